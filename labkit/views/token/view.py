"""`TokenView`: the thought as running text, coloured by the model's certainty at each token."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Self

from labkit._arguments import checks_arguments
from labkit.traces import Block, Tokens, Trace, blocks
from labkit.traces.builder import TraceBuilder
from labkit.traces.text import is_text_only, with_words
from labkit.views.core.contract import Ack, Candidate, Color, Columns
from labkit.views.core.packing import key_of, pack, with_texts
from labkit.views.core.saved import SavedData, rounded
from labkit.views.core.streaming import StreamingTrace, common_prefix
from labkit.views.core.view import STATIC, Answer, View, check_choice
from labkit.views.core.wording import prompt_shown, title_of
from labkit.views.token.contract import Alternatives, AlternativesAsk, Ask, ColumnsAsk, Focus, Scene
from labkit.views.token.html import render_html
from labkit.views.token.png import render_png


class TokenView(View):
    """The tokens of a trace, coloured by probability, surprisal or entropy.

    Click a token, or move with the arrow keys, to see its alternatives. `n` jumps to the next
    surprising token, `/` searches.

    Args:
        trace: the result of `model.think(...)` or `labkit.Trace.load(...)`.
        color: `"probability"`, `"surprisal"` (nats) or `"entropy"` (nats); the toolbar changes it.

    Raises:
        LabkitError: `trace` is not a trace, or the colour does not exist.
    """

    bundle = STATIC / "token_view.js"
    focus_type = Focus
    ask_type = Ask
    next_focus = 'view.focus = {"token": 0, "color": "entropy"}'

    @checks_arguments
    def __init__(self, trace: Trace, *, color: Color = "probability") -> None:
        check_choice("TokenView", "colour", color, Color, next='labkit.TokenView(trace, color="entropy")')
        self._lock = threading.RLock()
        self._streaming: StreamingTrace | None = None
        self._stop: threading.Event | None = None
        self._trace = trace
        self._blocks: list[Block] = blocks(trace)
        super().__init__(scene_of(trace, running=False), {"color": color})

    # -- streaming -------------------------------------------------------------------------------

    @classmethod
    def stream(cls, builder: TraceBuilder, stop: threading.Event) -> Self:
        """A view of a thought before its start; `update` shows new tokens, `done` ends it.

        Args:
            builder: the growing trace, which another thread may extend.
            stop: an event that is set when the user presses Stop.
        """
        view = cls(builder.head)
        view._streaming, view._stop = StreamingTrace(builder), stop
        view.scene = scene_of(builder.head, running=True).model_dump()
        return view

    def update(self) -> None:
        """Sends the new tokens to the browser, from any thread; at most 25 messages a second."""
        with self._lock:
            streaming = self._streaming
            if streaming is not None and streaming.may_send():
                first, keep = streaming.sent, streaming.update_blocks()
                streaming.sent = streaming.n_tokens
                self._send_columns(streaming.builder.tokens(0, streaming.sent), first, keep, streaming.blocks)

    def show_prefill(self, tokens: int) -> None:
        """Shows the progress of a long prefill in tokens; the thought's first token comes after it."""
        if tokens != self.scene["read"]:
            self.scene = self.scene | {"read": tokens, "asked": len(self._trace.prompt_ids)}

    def done(self, trace: Trace) -> None:
        """The thought is complete: shows all of `trace`, ends Stop, and redraws the saved outputs."""
        with self._lock:
            streaming, self._streaming = self._streaming, None
            self._trace, self._blocks = trace, blocks(trace)
            if streaming is not None:
                self._send_rest(streaming)
            self.scene = scene_of(trace, running=False).model_dump()
        self.redraw()

    @property
    def trace(self) -> Trace:
        """The trace that is shown; during streaming, the tokens so far."""
        with self._lock:
            return self._trace if self._streaming is None else self._streaming.builder.trace("interrupted")

    def _send_rest(self, streaming: StreamingTrace) -> None:
        shown, final, sent = (
            streaming.builder.tokens(0, streaming.sent),
            with_texts(self._trace),
            streaming.sent,
        )
        as_sent = all(
            getattr(shown, name) == getattr(final, name)[:sent]
            for name in ("ids", "texts", "sizes", "logprobs", "entropies")
        )
        first = sent if as_sent else 0
        keep = common_prefix(streaming.blocks, self._blocks) if as_sent else 0
        self._send_columns(final, first, keep, self._blocks)

    def _send_columns(self, tokens: Tokens, first: int, keep: int, blocks: list[Block]) -> None:
        head, data = pack(tokens, first, len(tokens), keep=keep, blocks=blocks[keep:])
        self.send({**head.model_dump(), "id": 0}, [data])

    # -- requests from the browser ---------------------------------------------------------------

    def respond(self, ask: Any) -> Answer:
        """Answers an `Ask`; no torch here, since it may run during another cell."""
        match ask:
            case ColumnsAsk(first=first, last=last):
                return self._columns(first, last)
            case AlternativesAsk(index=index):
                return self._alternatives(index), b""
            case _:
                if self._stop is not None:
                    self._stop.set()
                return Ack(), b""

    def _columns(self, first: int, last: int) -> tuple[Columns, bytes]:
        with self._lock:
            streaming = self._streaming
            tokens = (
                with_texts(self._trace)
                if streaming is None
                else streaming.builder.tokens(0, streaming.n_tokens)
            )
            shown = self._blocks if streaming is None else streaming.blocks
        end = min(last, len(tokens))
        return pack(tokens, min(max(first, 0), end), end, blocks=list(shown))

    def _alternatives(self, index: int) -> Alternatives:
        with self._lock:
            # A word is not a token, and its alternatives are unknown.
            alternatives = () if is_text_only(self._trace) else self.trace.token(index).alternatives
        candidates = [Candidate(id=a.id, text=a.text, logprob=a.logprob) for a in alternatives]
        return Alternatives(index=index, candidates=candidates)

    def saved_variants(self) -> Iterator[SavedData]:
        """The trace, complete or without its alternatives; nothing while it grows."""
        if self._streaming is not None:
            return
        trace = rounded(self._trace.model_dump(mode="json", exclude={"tokens": {"times"}}))
        yield {"scene": self.scene, "focus": self.focus, "trace": trace}
        tokens = trace["tokens"] | {"top_ids": [], "top_logprobs": []}
        yield {"scene": self.scene, "focus": self.focus, "trace": trace | {"tokens": tokens, "pieces": {}}}

    # -- saved outputs ---------------------------------------------------------------------------

    def as_text(self) -> str:
        """Model and prompt: known before the first token, so that it is the same at every run."""
        return f"TokenView({title_of(self._trace)})"

    def as_html(self) -> str:
        """The coloured text, selectable, under its entropy strip."""
        trace = self.trace
        return render_html(trace, blocks(trace), self.focus["color"], running=self._streaming is not None)

    def as_png(self) -> bytes:
        """The coloured text as a picture."""
        trace = self.trace
        return render_png(trace, blocks(trace), self.focus["color"], running=self._streaming is not None)


def show_stream(builder: TraceBuilder, stop: threading.Event) -> TokenView:
    """A streaming `TokenView`, shown in the running cell (outside Jupyter it is not shown).

    `view.update()` shows the new tokens of the builder; `view.done(trace)` completes the view, also in the
    notebook's saved output.
    """
    return TokenView.stream(builder, stop).show()


def scene_of(trace: Trace, *, running: bool) -> Scene:
    """The scene of a token view."""
    return Scene(
        key="" if running else key_of(trace),
        model=trace.model, prompt=prompt_shown(trace), finish=trace.finish, running=running,
        count=len(with_words(trace)), words=is_text_only(trace),
    )  # fmt: skip
