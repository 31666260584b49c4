"""The base class of all views; each view has four forms.

*Live* in a notebook (anywidget), *saved* (`image/png` and `text/html`, for GitHub, nbviewer and a
notebook without a kernel; and the data from which a page draws the view without a kernel), *plain
text* (one fixed line, which nbval compares), *keyboard and screen reader* (in the live form).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, get_args

import anywidget
import traitlets
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from labkit._host.notebook import VIEW_MIME, in_notebook, keep_subshell
from labkit._names import nearest
from labkit._printable import printable
from labkit.errors import BadArgument, LabkitError, Unsupported
from labkit.views.core import page
from labkit.views.core.contract import Failure, Wire
from labkit.views.core.html import untypeset
from labkit.views.core.language import language_script
from labkit.views.core.saved import FILE_LIMIT, LIMIT, SavedData, halved, payload, recorded

STATIC = Path(__file__).parents[1] / "static"

Answer = tuple[Wire, bytes]  # the header and the binary buffer of a reply


class View(anywidget.AnyWidget):
    """A view of a trace: live, saved, as text, and by keyboard.

    A subclass defines `bundle`, `focus_type`, `next_focus`, `as_text`, `as_html` and `as_png`. If the browser
    requests data, it also defines `ask_type` and `respond`; if a valid focus depends on the scene, `check_focus`.
    """

    bundle: ClassVar[Path]  # the browser's half
    focus_type: ClassVar[type[Wire]]  # the model of `focus`
    ask_type: ClassVar[Any] = None  # the union of the browser's requests; None if the scene holds all data
    next_focus: ClassVar[str]  # what to type after an invalid focus
    # A trait instead of a path: anywidget watches the file of a path, and the watch keeps every view alive.
    _esm = traitlets.Unicode().tag(sync=True)
    _bundle = traitlets.Unicode().tag(sync=True)  # the module `_esm` imports it once for all views of a page
    scene = traitlets.Dict().tag(sync=True)  # the displayed data; Python writes, the browser reads
    focus = traitlets.Dict().tag(sync=True)  # the user's selection; Python validates it

    _output: Any = None  # the handle of the output that `redraw` replaces

    # ipywidgets 7 shows a widget by this method, in addition to an updatable display: there would be two views.
    _ipython_display_ = None

    def __init__(self, scene: Wire, focus: dict[str, Any] | None = None) -> None:
        """Builds a view; `focus` holds the fields that differ from their defaults.

        A subclass first sets the attributes that its `check_focus` uses.
        """
        super().__init__(scene=scene.model_dump(), focus=self.checked_focus(focus or {}))
        self.on_msg(lambda _, ask, __: self._reply(ask))
        keep_subshell(self.comm)

    def close(self) -> None:
        """Closes the view and its layout, a separate widget that ipywidgets would leave open."""
        layout = self.layout
        super().close()
        if layout is not None:
            layout.close()

    def show(self) -> Self:
        """Shows the view in the running cell, so that `redraw` can replace its output; does nothing elsewhere."""
        if in_notebook():
            from IPython.display import display

            self._output = display(self, display_id=True)  # type: ignore[no-untyped-call]
        return self

    def redraw(self) -> None:
        """Replaces the saved outputs of a view that `show` has shown; once."""
        if self._output is not None:
            self._output.update(self)
            self._output = None

    @traitlets.default("_esm")
    def _read_loader(self) -> str:
        return language_script() + bundled(STATIC / "loader.js")

    @traitlets.default("_bundle")
    def _read_bundle(self) -> str:
        return bundled(self.bundle)

    @traitlets.validate("focus")
    def _validate_focus(self, proposal: dict[str, Any]) -> dict[str, Any]:
        return self.checked_focus(proposal["value"])

    def checked_focus(self, value: Any) -> dict[str, Any]:
        """A complete focus, with defaults for missing fields.

        Raises:
            LabkitError: the view lacks a field, or a value is invalid.
        """
        try:
            focus = self.focus_type.model_validate(value)
        except ValidationError as error:
            raise self._invalid_focus(error.errors()[0]) from None
        self.check_focus(focus)
        return focus.model_dump()

    @property
    def _focus(self) -> Any:
        """The focus as `focus_type`."""
        return self.focus_type.model_validate(self.focus)

    def check_focus(self, focus: Any) -> None:
        """Raises an error for a value outside this scene, such as a token after the last token."""

    def cannot_look_at(self, name: str, value: object, why: str) -> BadArgument:
        """The error for one field of a focus."""
        return BadArgument(
            f"This {type(self).__name__} cannot look at {name}={value!r}.",
            why=f"{why}.",
            next=self.next_focus,
        )

    def _invalid_focus(self, error: ErrorDetails) -> BadArgument:
        name = ".".join(map(str, error["loc"]))
        fields = list(self.focus_type.model_fields)
        if error["type"] == "missing" or not name:
            return BadArgument(
                f"This {type(self).__name__} needs a focus with {name or 'names'}.",
                why=f"a focus is a dict of {', '.join(fields)}.",
                next=self.next_focus,
            )
        if error["type"] == "extra_forbidden":
            near = nearest(name, fields)
            why = f"the name that is most like it is {near}" if near else f"its names are {', '.join(fields)}"
            return self.cannot_look_at(name, error["input"], why)
        return self.cannot_look_at(name, error["input"], error["msg"])

    def answer(self, ask: dict[str, Any]) -> Answer:
        """Validates a request from the browser and answers it.

        Raises:
            ValidationError: the request is not one of `ask_type`.
            LabkitError: this view answers no requests, or the requested data does not exist.
        """
        if self.ask_type is None:
            raise Unsupported(
                f"A {type(self).__name__} answers no requests.",
                why="the browser has all of its data.",
                next=self.next_focus,
            )
        return self.respond(adapter(self.ask_type).validate_python(ask))

    def respond(self, ask: Any) -> Answer:
        """Answers a valid request; may run in another thread while a cell runs."""
        raise NotImplementedError

    def as_text(self) -> str:
        """One short line, the same at every run."""
        raise NotImplementedError

    def as_html(self) -> str:
        """The saved HTML, with selectable text."""
        raise NotImplementedError

    def as_png(self) -> bytes:
        """The saved picture, at two pixels per point."""
        raise NotImplementedError

    # -- the view without a kernel -----------------------------------------------------------------

    @property
    def kind(self) -> str:
        """The name of the view in the browser: `"token"` for `token_view.js`."""
        return self.bundle.stem.removesuffix("_view")

    def recorded_asks(self) -> Iterable[dict[str, Any]]:
        """The requests, without an id, whose answers are saved with the view; the most important first."""
        return ()

    def saved_variants(self) -> Iterator[SavedData]:
        """The data that draws this view without a kernel, from all of it to the least; the first that fits is saved.

        Every variant has `scene`, `focus` and `answers`. A view that is not finished has no variant.
        """
        answers = [recorded(ask, *self.answer({**ask, "id": 0})) for ask in self.recorded_asks()]
        for some in halved(answers):
            yield {"scene": self.scene, "focus": self.focus, "answers": some}

    def saved_payload(self, *, limit: int = LIMIT) -> dict[str, Any]:
        """What the saved output holds for the browser, in at most `limit` bytes; see `labkit.views.core.saved`."""
        return payload(self.kind, self.saved_variants(), limit=limit)

    def save(self, path: str | Path) -> Path:
        """Writes the view as one HTML file, whole or not at all, and returns the path.

        Any browser shows the file and lets the reader explore the view, without a network and without Python. What
        only a kernel can compute is not in it. A view without data, such as that of a thought that still grows, is
        saved as a picture.

        Args:
            path: a name that ends with `.html`; an existing file is replaced.

        Raises:
            LabkitError: the name has another ending, the disk is full, or the folder is missing or read-only.
        """
        file = page.page_file(path)  # a wrong name is reported before anything is computed
        data = self.saved_payload(limit=FILE_LIMIT)
        title = repr(self)
        block = page.view_block(self.as_html(), data, name=title)
        kinds = [self.kind] if page.is_drawable(data) else []
        return page.write_page(file, page.page(title, block, kinds))

    def _reply(self, ask: Any) -> None:
        number = ask.get("id") if isinstance(ask, dict) else None
        try:
            head, data = self.answer(ask)
        except (LabkitError, ValidationError) as error:  # every request gets a reply, here an error
            kind: Literal["refused", "invalid"] = "refused" if isinstance(error, LabkitError) else "invalid"
            head, data = Failure(kind=kind, error=str(error)), b""
        self.send({**head.model_dump(), "id": number}, [data])

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        live, metadata = bundle if bundle is not None else ({}, {})
        png = self.as_png()
        faces = {
            "text/plain": repr(self),
            "text/html": untypeset(self.as_html()),
            "image/png": png,
            VIEW_MIME: self.saved_payload(),
        }
        return live | faces, metadata | {"image/png": size_at_2x(png)}

    def __repr__(self) -> str:
        return printable(self.as_text())


@cache
def bundled(path: Path) -> str:
    """A bundle's text, read once."""
    return path.read_text("utf-8")


@cache
def adapter(ask_type: Any) -> TypeAdapter[Any]:
    """The validator of a view's requests, built once."""
    return TypeAdapter(ask_type)


def check_choice(view: str, name: str, value: object, choices: Any, *, next: str) -> None:
    """Raises an error for a value outside `choices`, a `Literal`."""
    if value not in get_args(choices):
        known = ", ".join(get_args(choices))
        raise BadArgument(f"{view} has no {name} {value!r}.", why=f"it knows {known}.", next=next)


def size_at_2x(png: bytes) -> dict[str, int]:
    """Width and height in points of a PNG drawn at two pixels per point."""
    width, height = struct.unpack(">II", png[16:24])
    return {"width": width // 2, "height": height // 2}
