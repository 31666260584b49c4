"""`labkit.catalog()`: the open reasoning models, as a sortable table."""

from __future__ import annotations

from labkit._arguments import checks_arguments
from labkit.errors import ModelNotFound
from labkit.views.catalog import contract as wire
from labkit.views.catalog import data
from labkit.views.catalog.html import render_html
from labkit.views.catalog.png import render_png
from labkit.views.core.view import STATIC, View


class CatalogView(View):
    """All known models: size, KV cache, context, thought, licence, and whether they fit into this machine's memory.

    A click on a column's header sorts by it, a click on a name opens its shape, sampling and source. Sort by
    the KV cache: it depends little on the size.

    Args:
        model: the row that is initially open.
        sort: `"name"` (groups together), `"parameters"`, `"weights"`, `"kv"`, `"context"`, `"thought"`,
            `"family"` or `"licence"`.
        precision: `"bf16"`, `"int8"` or `"int4"`, for the sizes.

    Raises:
        LabkitError: the model, column or precision does not exist.
    """

    bundle = STATIC / "catalog_view.js"
    focus_type = wire.Focus
    next_focus = 'labkit.catalog(sort="kv", precision="int4")'

    def __init__(self, model: str | None = None, *, sort: str = "name", precision: str = "bf16") -> None:
        self._scene = data.scene_of()
        focus = {"sort": sort, "precision": precision, "open": name_of(model)}
        super().__init__(self._scene, focus)

    def as_text(self) -> str:
        """The number of models."""
        return f"CatalogView({len(self._scene.entries)} models)"

    def as_table(self) -> str:
        """The table for a terminal."""
        return data.table(self._scene, self._focus)

    def as_html(self) -> str:
        """The table as selectable text."""
        return render_html(self._scene, self._focus)

    def as_png(self) -> bytes:
        """The table as a picture."""
        return render_png(self._scene, self._focus)


@checks_arguments
def catalog(model: str | None = None, *, sort: str = "name", precision: str = "bf16") -> CatalogView:
    """All known open reasoning models; see `CatalogView`."""
    return CatalogView(model, sort=sort, precision=precision)


def name_of(model: str | None) -> str:
    """The name of a model of the catalog, by its name or hub id; empty for None.

    Raises:
        LabkitError: the catalog has no such model.
    """
    from labkit.models.catalog import find, near

    if model is None:
        return ""
    entry = find(str(model))
    if entry is not None:
        return entry.name
    similar = near(str(model))
    raise ModelNotFound(
        f"The catalog has no {model!r}.",
        why=f"the most similar names are {', '.join(similar)}." if similar else "no name is similar.",
        next=f'labkit.catalog("{similar[0]}")' if similar else "labkit.catalog()",
    )
