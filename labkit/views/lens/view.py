"""`LensView`: the prediction of every layer at every token, and the depth at which the answer appears."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument, LabkitError
from labkit.traces import Trace
from labkit.views.core.packing import key_of, texts_of
from labkit.views.core.saved import SavedData
from labkit.views.core.view import STATIC, Answer, View, check_choice
from labkit.views.core.wording import title_of
from labkit.views.lens import contract as wire
from labkit.views.lens import saved
from labkit.views.lens.data import LensData, answer_token, first_word
from labkit.views.lens.html import render_html
from labkit.views.lens.png import render_png
from labkit.views.lens.window import Window, window_of

if TYPE_CHECKING:
    from labkit.inside import Lens
    from labkit.models import LanguageModel, LocalModel


class LensView(View):
    """A heat map of layers x tokens; each cell shows the token that the layer predicts there.

    Bottom row: the embedding; top row: the last layer, which is the model itself. The actual next token is
    the column's header, and cells that already predict it are marked. Click a cell for its five likeliest
    tokens; arrows, Page Up and Down, Home and End move; `a` goes to the answer, `/` searches.

    Args:
        trace: the result of `model.think(...)`.
        model: the model for the forward pass; by default the model that wrote the thought.
        kind: `"logit"`, or `"tuned"` if labkit ships a tuned lens for the model (R1-mini).
        target: a token to follow through the layers, as text or id; by default the answer's first token.
        position: the initial position, counted from the prompt's first token; by default the answer.

    Source: logit lens: nostalgebraist 2020; tuned lens: Belrose et al. 2023, arXiv 2303.08112.
    """

    bundle = STATIC / "lens_view.js"
    focus_type = wire.Focus
    ask_type = wire.Ask
    next_focus = 'view.focus = {**view.focus, "position": 0, "layer": 0}'

    @checks_arguments
    def __init__(
        self,
        trace: Trace,
        model: LanguageModel | None = None,
        kind: wire.Kind = "logit",
        *,
        target: str | int | None = None,
        position: int | None = None,
    ) -> None:
        check_choice("LensView", "lens", kind, wire.Kind, next='labkit.LensView(trace, kind="logit")')
        from labkit.inside.sequence import model_for_inspection

        thinker = model_for_inspection(trace, model)
        self._trace = trace
        self._data = LensData(trace, lenses_of(trace, thinker, kind), thinker.pieces.text)
        answer = answer_token(trace)
        followed = self._data.piece(
            target_of(trace, thinker, answer) if target is None else token_of(thinker, target)
        )
        scene = wire.Scene(
            key=key_of(trace), model=trace.model, count=self._data.count, prompt=len(trace.prompt_ids),
            layers=self._data.layers, kinds=list(self._data.lenses), target=followed,
            answer=len(trace.prompt_ids) - 1 + answer if answer >= 0 else -1,
            held=self._data.lenses["logit"].residuals.held,
        )  # fmt: skip
        focus = {"kind": kind, "color": "top" if target is None else "target", "target": followed.id}
        cell = {} if position is None else {"position": position, "layer": self._data.layers}
        super().__init__(scene, focus | cell)

    @property
    def trace(self) -> Trace:
        """The trace that is shown."""
        return self._trace

    def respond(self, ask: Any) -> Answer:
        """Answers an `Ask` in the receiving thread; torch computes one tile, under a lock."""
        match ask:
            case wire.TileAsk(kind=kind, target=target, first=first, last=last):
                return self._data.tile(kind, target, first, last)
            case wire.DepthsAsk(kind=kind):
                return self._data.depths(kind)
            case wire.CellAsk(kind=kind, target=target, position=position, layer=layer):
                return self._data.cell(kind, target, position, layer), b""
            case wire.FindAsk(words=words):
                return self._data.find(words), b""
        raise AssertionError(ask)

    def check_focus(self, focus: wire.Focus) -> None:
        """Raises an error for a position, a layer or a target that the lens does not have."""
        for name, value, last in (
            ("position", focus.position, self._data.count - 1),
            ("layer", focus.layer, self._data.layers),
            ("target", focus.target, self._data.lens(focus.kind).vocab_size - 1),
        ):
            if value is not None and value > last:
                raise self.cannot_look_at(name, value, f"{name} runs from 0 to {last:,}")

    def saved_variants(self) -> Iterator[SavedData]:
        """The grid of each lens, and the likeliest tokens around the open cell; less of it for a long thought."""
        scene = wire.Scene.model_validate(self.scene)
        for parts in saved.variants(self._data, scene, self._focus):
            yield {"scene": self.scene, "focus": self.focus, **parts.model_dump()}

    # -- saved outputs ---------------------------------------------------------------------------

    def as_text(self) -> str:
        """Model, prompt and lens: the same at every run."""
        return f"LensView({title_of(self._trace)}, {self.focus['kind']} lens)"

    def as_html(self) -> str:
        """A window of the heat map as a table, under the strip of the whole trace."""
        return render_html(self._window())

    def as_png(self) -> bytes:
        """A window of the heat map as a picture."""
        return render_png(self._window())

    def _window(self) -> Window:
        return window_of(self._data, wire.Scene.model_validate(self.scene), self._focus)


def lenses_of(trace: Trace, model: LocalModel, kind: wire.Kind) -> dict[wire.Kind, Lens]:
    """The lenses available for a model; both share one forward pass over the trace."""
    from labkit.inside import lens
    from labkit.inside.lens.tuned import load_translators

    logit = lens(trace, model)
    try:
        translators = load_translators(model, "tuned")
    except LabkitError:  # the model has no tuned lens, or its weights have been trained since
        if kind == "tuned":
            raise
        return {"logit": logit}
    return {"logit": logit, "tuned": logit.with_translators(translators)}


def target_of(trace: Trace, model: LocalModel, answer: int) -> int:
    """The default token to follow: the answer's first word or number, or the last token."""
    texts = [model.pieces.text(i) for i in trace.tokens.ids] or texts_of(trace)
    return trace.tokens.ids[first_word(texts, answer) if answer >= 0 else -1]


def token_of(model: LocalModel, target: str | int) -> int:
    """The id of a token given by the user.

    Raises:
        LabkitError: the text is not a single token, or the id is outside the vocabulary.
    """
    vocabulary = len(model.tokenizer)
    if isinstance(target, int) and not isinstance(target, bool) and 0 <= target < vocabulary:
        return target
    ids = model.tokenizer.encode(target, add_special_tokens=False) if isinstance(target, str) else []
    if len(ids) == 1:
        return int(ids[0])
    parts = ", ".join(repr(model.pieces.text(i)) for i in ids[:6]) or "none"
    raise BadArgument(
        f"target={target!r} is not one token of {model.name}.",
        why=f"a lens follows a single token; this is {len(ids)} ({parts})." if isinstance(target, str)
        else f"ids run from 0 to {vocabulary - 1:,}.",
        next='labkit.LensView(trace, target="24")',
    )  # fmt: skip
