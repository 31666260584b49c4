"""`AttentionView`: all heads of all layers, one of them large, and the chosen token's attention in the text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.traces import Trace
from labkit.views.attention import saved
from labkit.views.attention.contract import (
    Ask,
    FindAsk,
    Focus,
    How,
    Scene,
    Search,
    StepsAsk,
    TextsAsk,
    ThumbsAsk,
    TileAsk,
    TokenAttentionAsk,
    What,
)
from labkit.views.attention.data import AttentionQueries, out_of_range
from labkit.views.attention.html import render_html
from labkit.views.attention.png import render_png
from labkit.views.core.packing import key_of
from labkit.views.core.saved import SavedData, rounded
from labkit.views.core.view import STATIC, Answer, View, check_choice
from labkit.views.core.wording import title_of

SEARCHES: dict[What, str] = {
    "target": "look at the target number",
    "previous-token": "look at the previous token",
    "induction": "continue what came before (induction)",
    "first-token": "rest on the first token (sink)",
    "receiver": "single out a few sentences (receiver)",
}


class AttentionView(View):
    """Attention between the tokens of a thought: all heads, at any length.

    Left: every head as a small picture. Middle: one head large, with zoom down to a single token. Right:
    the text, which marks the tokens that the chosen token attends to and the tokens that attend to it. A
    click selects the token in every view of this trace.

    Args:
        trace: a captured thought: `model.think(prompt, capture="qk")`.
        layer: the initial layer, from 0; by default the middle layer.
        head: the initial head of this layer, from 0.
        token: the initial position (0 is the first token of the prompt); by default the first number of
            the answer.
        how: how a pixel pools several weights: `"max"`, `"mean"` or `"sum"`.

    Raises:
        LabkitError: `trace` is not a trace or was not captured; or the layer, head or token does not exist.
    """

    bundle = STATIC / "attention_view.js"
    focus_type = Focus
    ask_type = Ask
    next_focus = 'view.focus = {"layer": 0, "head": 0, "token": 0}'

    @checks_arguments
    def __init__(
        self,
        trace: Trace,
        *,
        layer: int | None = None,
        head: int = 0,
        token: int | None = None,
        how: How = "max",
    ) -> None:
        check_choice("AttentionView", "pooling", how, How, next='labkit.AttentionView(trace, how="mean")')
        self._trace, self._queries = trace, AttentionQueries(trace)
        self._picture: tuple[Focus, bytes] | None = None
        inside = self._queries.inside
        for name, value, size in (("layer", layer or 0, inside.layers), ("head", head, inside.heads)):
            check_index(name, value, size)
        focus = {
            "layer": inside.layers // 2 if layer is None else layer,
            "head": head,
            "token": self._queries.first_number() if token is None else token,
            "how": how,
        }
        super().__init__(self._scene(), focus)

    @property
    def trace(self) -> Trace:
        """The trace that is shown."""
        return self._trace

    def _scene(self) -> Scene:
        inside = self._queries.inside
        return Scene(
            key=key_of(self._trace), model=self._trace.model, count=self._queries.count, prompt=inside.prompt,
            layers=inside.layers, heads=inside.heads, held=inside.location,
            searches=[Search(what=what, title=title) for what, title in SEARCHES.items()],
        )  # fmt: skip

    # -- requests from the browser ---------------------------------------------------------------

    def respond(self, ask: Any) -> Answer:
        """Answers an `Ask` in the receiving thread, one at a time."""
        queries = self._queries
        match ask:
            case TextsAsk():
                return queries.texts()
            case ThumbsAsk():
                return queries.thumbs()
            case TileAsk(layer=layer, head=head, rows=rows, cols=cols, per=per, how=how):
                return queries.tile(layer, head, rows, cols, per, how)
            case TokenAttentionAsk(layer=layer, head=head, position=position):
                return queries.token_attention(layer, head, position)
            case StepsAsk(layer=layer, head=head):
                return queries.steps(layer, head)
            case FindAsk(what=what):
                return queries.find(what)
        raise AssertionError(ask)

    def check_focus(self, focus: Focus) -> None:
        """Raises an error for a layer, a head or a token that was not captured."""
        check_index("layer", focus.layer, self._queries.inside.layers)
        check_index("head", focus.head, self._queries.inside.heads)
        if focus.token is not None and focus.token >= self._queries.count:
            raise out_of_range(focus.token, self._queries.count)

    def saved_variants(self) -> Iterator[SavedData]:
        """All heads small, the open head, and its strongest weights; less of it for a long thought."""
        searches = Scene.model_validate(self.scene).searches
        for parts in saved.variants(self._queries, self._focus, searches):
            yield {"scene": self.scene, "focus": self.focus, **rounded(parts.model_dump())}

    # -- saved outputs ---------------------------------------------------------------------------

    def as_text(self) -> str:
        """Model, prompt and head: the same at every run."""
        focus = self._focus
        return f"AttentionView({title_of(self._trace)}, layer {focus.layer}, head {focus.head})"

    def as_html(self) -> str:
        """The picture, and the strongest weights as text."""
        return render_html(self._queries, self._focus, self.as_png())

    def as_png(self) -> bytes:
        """All heads, the chosen head large, and a legend."""
        focus = self._focus
        if self._picture is None or self._picture[0] != focus:
            self._picture = (focus, render_png(self._queries, focus))
        return self._picture[1]


def check_index(name: str, value: object, size: int) -> None:
    """Raises an error for a layer or head that does not exist."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < size:
        raise BadArgument(
            f"There is no {name} {value!r}.",
            why=f"this model has {size}, counted from 0 to {size - 1}.",
            next=f"labkit.AttentionView(trace, {name}={size - 1})",
        )
