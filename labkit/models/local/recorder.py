"""Builds a trace from sampled tokens without recomputing anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite

from labkit.errors import LabkitError
from labkit.models.families import THINK, Tags, prompt_opens_thinking
from labkit.models.token_bytes import Pieces, join
from labkit.traces import ProblemRecord, Settings, Tokens, Trace
from labkit.traces.trace import Finish


@dataclass
class Recorder:
    """The token columns of one growing rollout; `head` is its trace before the first token.

    `read` counts the prefilled tokens of a long prompt.
    """

    head: Trace
    pieces: Pieces
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    entropies: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    top_ids: list[list[int]] = field(default_factory=list)
    top_logprobs: list[list[float]] = field(default_factory=list)
    read: int = 0
    sent: int = 0
    ended: bool = False

    def add(
        self, id: int, logprob: float, entropy: float, time: float, top_ids: list[int], top_logprobs: list[float],
        *, ended: bool,
    ) -> None:  # fmt: skip
        """Adds one token; logprobs and entropy in nats, time in seconds since the start.

        `ended` marks an end token. `ids` grows last: a reader in another thread that uses its length
        always finds complete columns.

        Raises:
            LabkitError: the token's distribution has NaN.
        """
        if not isfinite(logprob):
            raise LabkitError(
                f"{self.head.model} computed numbers that are none (NaN) for token {len(self.ids) + 1}.",
                why="some of its weights are none, a sum left the range of their precision, or an intervention did it.",
                next='model = labkit.load(name, dtype="float32"); or copy its folder again, whole',
            )
        self.ended = ended
        self.logprobs.append(round(min(logprob, 0.0), 6))
        self.entropies.append(round(max(entropy, 0.0), 6))
        self.times.append(round(time, 4))
        self.top_ids.append(top_ids)
        self.top_logprobs.append([round(min(p, 0.0), 6) for p in top_logprobs])
        self.ids.append(id)

    def begin(self, tokens: Tokens) -> None:
        """Starts from existing tokens; all their columns must be filled."""
        for name in ("ids", "logprobs", "entropies", "times", "top_ids", "top_logprobs"):
            getattr(self, name).extend(getattr(tokens, name))

    def finish(self, *, stopped: bool) -> Finish:
        """The finish reason of a completed rollout."""
        if self.ended:
            return "stop"
        return "interrupted" if stopped else "length"

    def chunk(self) -> tuple[Tokens, dict[int, str]]:
        """The tokens since the last call, and the texts of their alternatives."""
        start, self.sent = self.sent, len(self.ids)
        sizes = [len(self.pieces.bytes(i)) for i in self.ids[start : self.sent]]
        return self._tokens(start, self.sent, sizes), self._texts(start, self.sent)

    def trace(self, finish: Finish) -> Trace:
        """The trace so far."""
        end = len(self.ids)
        text, sizes = join([self.pieces.bytes(i) for i in self.ids])
        tokens = self._tokens(0, end, sizes)
        found = {"text": text, "tokens": tokens, "pieces": self._texts(0, end), "finish": finish}
        return self.head.model_copy(update=found)

    def _tokens(self, start: int, end: int, sizes: list[int]) -> Tokens:
        span = slice(start, end)
        return Tokens(
            ids=self.ids[span],
            sizes=sizes,
            texts=[self.pieces.text(i) for i in self.ids[span]],
            logprobs=self.logprobs[span],
            entropies=self.entropies[span],
            times=self.times[span],
            top_ids=self.top_ids[span],
            top_logprobs=self.top_logprobs[span],
        )

    def _texts(self, start: int, end: int) -> dict[int, str]:
        return {i: self.pieces.text(i) for row in self.top_ids[start:end] for i in row}


def head_of(
    *,
    model: str,
    family: str,
    prompt: str,
    prompt_text: str,
    prompt_ids: list[int],
    pieces: Pieces,
    settings: Settings,
    tags: Tags = THINK,
    problem: ProblemRecord | None = None,
) -> Trace:
    """A trace with a prompt and no tokens yet."""
    return Trace(
        model=model,
        family=family,
        prompt=prompt,
        prompt_text=prompt_text,
        prompt_ids=prompt_ids,
        prompt_texts=[pieces.text(i) for i in prompt_ids],
        text="",
        open_tag=tags.open,
        close_tag=tags.close,
        opened=prompt_opens_thinking(prompt_text, tags),
        finish="interrupted",
        settings=settings,
        problem=problem,
    )
