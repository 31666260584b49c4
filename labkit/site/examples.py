"""One example of each view: the saved output of a lesson, and the data of the views that react without a kernel."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from labkit._host.extras import import_with_models
from labkit._host.notebook import VIEW_MIME
from labkit._host.shipped import data_path
from labkit._host.untrusted import MB, read_json
from labkit.course.lesson import Lesson
from labkit.errors import BadArgument
from labkit.traces import Trace

PROMPT = "Using 3, 5 and 9, make 24."
FIRST_TOKENS = 16  # they are on the first screen
WIDEST_FENCE = "`" * 8  # longer than a fence that a saved output may hold


@dataclass(frozen=True)
class Example:
    """The example of one view.

    Attributes:
        view: the name of the view.
        saved: its saved HTML.
        lesson: the lesson that the saved output comes from.
        data: what the browser needs to draw the view without a kernel; None if it stays a picture.
    """

    view: str
    saved: str
    lesson: Lesson
    data: dict[str, Any] | None = None

    def markdown(self) -> str:
        """The example as a block of raw HTML in MyST Markdown."""
        live = f'<script type="{VIEW_MIME}">{script_text(self.data)}</script>' if self.data else ""
        name = escape(f"{self.view}, an example")
        block = (
            f'<div class="labkit-view" role="group" aria-label="{name}">'
            f'<div class="labkit-saved">{self.saved}</div>{live}</div>'
        )
        return f"{WIDEST_FENCE}{{raw}} html\n{block}\n{WIDEST_FENCE}"


def script_text(data: object) -> str:
    r"""JSON as the text of a script element: no `<`, which could end the element.

    >>> script_text({"text": "</script>"})
    '{"text":"\\u003c/script>"}'
    """
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


def examples(lessons: Sequence[Lesson]) -> dict[str, Example]:
    """The examples by the name of their view: the first saved output of each view in the lessons.

    Raises:
        LabkitError: a view that is drawn without a kernel has no saved output in the lessons, or torch is missing.
    """
    by_view: dict[str, Example] = {}
    for lesson in lessons:
        for view, saved in _saved_views(lesson):
            by_view.setdefault(view, Example(view, saved, lesson))
    for view, data in _live().items():
        if view not in by_view:
            raise BadArgument(
                f"No lesson has a saved {view}.",
                why="the gallery shows the first saved output of each view.",
                next="jupyter execute --inplace notebooks/01-watch-it-think.ipynb",
            )
        by_view[view] = Example(view, by_view[view].saved, by_view[view].lesson, data)
    return by_view


def _saved_views(lesson: Lesson) -> list[tuple[str, str]]:
    """The name and the saved HTML of each view in the outputs of a lesson."""
    bundles = [output.get("data", {}) for cell in lesson.code for output in cell.outputs]
    return [
        (_text(bundle["text/plain"]).partition("(")[0], _text(bundle["text/html"]))
        for bundle in bundles
        if VIEW_MIME in bundle and "text/html" in bundle
    ]


def _text(lines: str | list[str]) -> str:
    return lines if isinstance(lines, str) else "".join(lines)


def _live() -> dict[str, dict[str, Any]]:
    """The data of the views that react without a kernel."""
    from labkit.views import CatalogView, CostView, ScalingView

    trace = import_with_models("labkit.models").load().think(PROMPT, seed=0, show=False)
    groups = read_json(data_path("groups", "r1-mini-cold.json"), 64 * MB)["temperatures"]
    scaling = ScalingView({f"T = {t}": table for t, table in groups.items()}, title="r1-mini-cold")
    saved = json.loads(trace.model_dump_json(exclude={"tokens": {"times"}}))  # times differ by the run
    return {
        "TokenView": {"kind": "token", "trace": saved, "focus": _unsure(trace)},
        "ScalingView": _scene("scaling", scaling),
        "CostView": _scene("cost", CostView()),
        "CatalogView": _scene("catalog", CatalogView()),
    }


def _unsure(trace: Trace) -> dict[str, Any]:
    """The focus on the least probable of the first tokens, so that the page shows its alternatives at once."""
    first = trace.tokens.logprobs[:FIRST_TOKENS]
    return {"token": min(range(len(first)), key=lambda index: first[index])}


def _scene(kind: str, view: Any) -> dict[str, Any]:
    return {"kind": kind, "scene": view.scene, "focus": view.focus}
