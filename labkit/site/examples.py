"""One example of each view: the first saved output of the view in the lessons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labkit._host.notebook import VIEW_MIME
from labkit.course.lesson import Lesson
from labkit.course.saved_views import Bundle, html_of, plain_text, saved_views
from labkit.views.core.saved import SavedData, payload, read_payload

FIRST_TOKENS = 16  # they are on the first screen
WIDEST_FENCE = "`" * 8  # longer than a fence that a saved output may hold


@dataclass(frozen=True)
class Example:
    """The example of one view.

    Attributes:
        lesson: the lesson that the saved output comes from.
        html: the view, which reacts on the page if its data was saved.
    """

    lesson: Lesson
    html: str

    def markdown(self) -> str:
        """The example as a block of raw HTML in MyST Markdown."""
        return f"{WIDEST_FENCE}{{raw}} html\n{self.html}\n{WIDEST_FENCE}"


def examples(lessons: Sequence[Lesson]) -> dict[str, Example]:
    """The examples by the name of their view, such as `TokenView`."""
    by_view: dict[str, Example] = {}
    for lesson in lessons:
        for bundle in saved_views(lesson.notebook):
            by_view.setdefault(view_name(bundle), Example(lesson, html_of(_with_unsure_token(bundle))))
    return by_view


def view_name(bundle: Bundle) -> str:
    """The name of the view, such as `TokenView`."""
    return plain_text(bundle).partition("(")[0]


def _with_unsure_token(bundle: Bundle) -> Bundle:
    """A token view with a focus on the least probable of the first tokens, so that the page shows its alternatives."""
    if bundle[VIEW_MIME].get("kind") != "token":
        return bundle
    data = read_payload(bundle[VIEW_MIME])
    return bundle if data is None else {**bundle, VIEW_MIME: payload("token", [_on_unsure_token(data)])}


def _on_unsure_token(data: SavedData) -> SavedData:
    logprobs = data["trace"]["tokens"]["logprobs"][:FIRST_TOKENS]
    token = min(range(len(logprobs)), key=lambda index: logprobs[index], default=None)
    return {**data, "focus": {**data["focus"], "token": token}}
