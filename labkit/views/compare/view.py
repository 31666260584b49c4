"""`CompareView`: one text under two models, coloured by what changed between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from typing import TYPE_CHECKING, Any

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.views.compare import contract as wire
from labkit.views.compare import data
from labkit.views.compare.html import render_html
from labkit.views.compare.png import render_png
from labkit.views.core.saved import SavedData, recorded
from labkit.views.core.view import STATIC, Answer, View, check_choice
from labkit.views.core.wording import plural, shorten

if TYPE_CHECKING:  # its package needs torch
    from labkit.inside import Comparison

MAX_TEXTS = 200
RECORDED = 600  # pieces whose alternatives are saved with the view, those with the largest differences
LEAST = 60  # the same where that is too much
EXAMPLE = "labkit.CompareView(labkit.compare(before.read_text(prompt, text), after.read_text(prompt, text)))"


class CompareView(View):
    """One text under two models: each piece is coloured by log p(b) - log p(a), or by a bound of KL(b || a).

    Click a piece, or move with the arrow keys, to see its probability and the likeliest tokens under both models;
    `n` jumps to the next large difference. Below are the mean difference by kind of step and the largest differences.
    With several comparisons, one text is shown at a time, and the means have 95 % intervals over the texts
    (`labkit.inside.mean_by_kind`).

    Args:
        comparison: the result of `labkit.compare(a, b)`, or at most 200 of them, of the same two models.
        color: `"difference"` (nats) or `"kl"` (nats, a lower bound); the toolbar changes it.

    Raises:
        LabkitError: no comparison, too many of them, or those of other models; or the colour does not exist.
    """

    bundle = STATIC / "compare_view.js"
    focus_type = wire.Focus
    ask_type = wire.Ask
    next_focus = 'view.focus = {"text": 0, "piece": 0, "color": "kl"}'

    @checks_arguments
    def __init__(
        self, comparison: Comparison | Sequence[Comparison], *, color: wire.Measure = "difference"
    ) -> None:
        check_choice("CompareView", "colour", color, wire.Measure, next='labkit.CompareView(c, color="kl")')
        self._comparisons = comparisons_of(comparison)
        self._data = data.scene_of(self._comparisons)
        super().__init__(self._data, {"color": color})

    @property
    def comparison(self) -> Comparison:
        """The comparison that is shown."""
        return self._comparisons[self.focus["text"]]

    def check_focus(self, focus: wire.Focus) -> None:
        """Raises an error for a text or a piece that does not exist."""
        texts = self._data.texts
        if focus.text >= len(texts):
            raise self.cannot_look_at("text", focus.text, f"it has {plural(len(texts), 'text')}")
        count = texts[focus.text].count
        if focus.piece is not None and focus.piece >= count:
            raise self.cannot_look_at("piece", focus.piece, f"the text has {plural(count, 'piece')}")

    # -- requests from the browser ---------------------------------------------------------------

    def respond(self, ask: Any) -> Answer:
        """Answers an `Ask`."""
        index = ask.piece if isinstance(ask, wire.AlternativesAsk) else None
        self.check_focus(wire.Focus(text=ask.text, piece=index))
        comparison = self._comparisons[ask.text]
        if index is None:
            return data.pieces_of(comparison, ask.text)
        return data.alternatives_of(comparison, ask.text, index), b""

    def recorded_asks(self) -> Iterable[dict[str, Any]]:
        """The pieces of each text, then the alternatives where the differences are largest."""
        texts = range(len(self._comparisons))
        yield from ({"ask": "pieces", "text": text} for text in texts)
        share = max(1, RECORDED // len(self._comparisons))
        ranked = (
            [(rank, text, piece) for rank, piece in enumerate(data.ranked(self._comparisons[text], share))]
            for text in texts
        )
        for _, text, piece in merge(*ranked):
            yield {"ask": "alternatives", "text": text, "piece": piece}

    def saved_variants(self) -> Iterator[SavedData]:
        """All of these answers, those of the 60 largest differences, or the pieces alone."""
        answers = [recorded(ask, *self.answer({**ask, "id": 0})) for ask in self.recorded_asks()]
        pieces = len(self._comparisons)
        for count in (len(answers), pieces + LEAST, pieces):
            yield {"scene": self.scene, "focus": self.focus, "answers": answers[:count]}

    # -- saved outputs ---------------------------------------------------------------------------

    def as_text(self) -> str:
        """Both models, and the prompt or the number of texts."""
        scene = self._data
        of = plural(len(scene.texts), "text")
        if len(scene.texts) == 1:
            of = repr(shorten(scene.texts[0].prompt))
        return f"CompareView({scene.a} \u2192 {scene.b}: {of})"

    def as_html(self) -> str:
        """The coloured text, selectable, with both tables."""
        return render_html(self._comparisons, self._data, self._focus)

    def as_png(self) -> bytes:
        """The coloured text as a picture, with the means and the largest differences."""
        return render_png(self._comparisons, self._data, self._focus)


def comparisons_of(comparison: Comparison | Sequence[Comparison]) -> tuple[Comparison, ...]:
    """The comparisons of a view.

    Raises:
        LabkitError: no comparison is given, too many are given, or they are of other models.
    """
    comparisons = tuple(comparison) if isinstance(comparison, Sequence) else (comparison,)
    if not comparisons:
        raise BadArgument("CompareView() got no comparison.", why="the list is empty.", next=EXAMPLE)
    if len(comparisons) > MAX_TEXTS:
        raise BadArgument(
            f"CompareView() got {len(comparisons)} comparisons and shows at most {MAX_TEXTS}.",
            why="a page with more is slow to draw and slow to read.",
            next=f"labkit.CompareView(comparisons[:{MAX_TEXTS}])",
        )
    pairs = dict.fromkeys((each.a.model, each.b.model) for each in comparisons)
    if len(pairs) > 1:
        named = ", ".join(f"{a} and {b}" for a, b in [*pairs][:3])
        raise BadArgument(
            "CompareView() got comparisons of several pairs of models.",
            why=f"one view has one model a and one model b; these have {named}.",
            next=EXAMPLE,
        )
    return comparisons
