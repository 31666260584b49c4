"""Builds a trace from sampled tokens without recomputing anything."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from labkit.errors import LabkitError
from labkit.models import families, prompts
from labkit.models.families import THINK, Tags, Thinking, prompt_opens_thinking
from labkit.models.local.sampling import SampledColumn
from labkit.traces import ProblemRecord, SamplingParams, Trace
from labkit.traces.builder import TraceBuilder, Vocabulary
from labkit.traces.trace import Finish

if TYPE_CHECKING:
    from labkit.models.local.model import LocalModel
    from labkit.models.prompts import Prompt

TOP_K = 8  # alternatives recorded at each position


@dataclass
class Recorder(TraceBuilder):
    """The growing trace of one rollout.

    Attributes:
        prefilled: tokens of a long prompt that the model has read so far.
        ended: the last token was an end token, or the server sent a finish reason.
    """

    prefilled: int = 0
    ended: bool = False

    def record(
        self, id: int, logprob: float, entropy: float, time: float, top_ids: Sequence[int],
        top_logprobs: Sequence[float], *, ended: bool,
    ) -> None:  # fmt: skip
        """Appends one sampled token; `ended` marks an end token.

        Raises:
            LabkitError: the token's distribution has NaN.
        """
        if not isfinite(logprob):
            raise LabkitError(
                f"{self.head.model} produced NaN logits for token {len(self.ids) + 1}.",
                why="some of its weights are NaN, a sum left the range of their precision, or an intervention did it.",
                next='model = labkit.load(name, dtype="float32"); or copy the files of its folder again',
            )
        self.ended = ended
        self.append(
            id, logprob=logprob, entropy=entropy, time=time, top_ids=top_ids, top_logprobs=top_logprobs
        )

    def finish_reason(self, *, stopped: bool) -> Finish:
        """The finish reason of a completed rollout; `stopped` means that the user ended it."""
        if self.ended:
            return "stop"
        return "interrupted" if stopped else "length"


def record_column(
    recorders: Sequence[Recorder], column: SampledColumn, time: float, end_ids: Collection[int]
) -> None:
    """Appends one decoding step to the recorders of its active rollouts; `time` in seconds since the start."""
    values = (column.ids, column.logps, column.entropies, column.top_ids, column.top_logps)
    for row, id, logprob, entropy, top_ids, top_logprobs in zip(
        column.rows.tolist(), *(value.tolist() for value in values), strict=True
    ):
        recorders[row].record(id, logprob, entropy, time, top_ids, top_logprobs, ended=id in end_ids)


def head_for(model: LocalModel, prompt: Prompt, thinking: Thinking) -> tuple[Trace, str]:
    """A trace with the templated prompt of a model and no tokens yet, and a note on what training did not cover.

    Raises:
        LabkitError: the model cannot read the prompt, or `thinking` does not fit its chat template.
    """
    chat = prompts.messages(prompt)
    given, outside = prompts.as_trained(model.tokenizer, chat, name=model.name, family=model.family)
    switches = families.thinking_kwargs(model.tokenizer, thinking, model.name, model.family)
    text = prompts.templated(model.tokenizer, given, **switches)
    ids = prompts.encode(model.tokenizer, text)
    model.check_rows(ids)
    head = head_of(
        model=model.name, family=model.family, prompt=chat[-1]["content"], prompt_text=text, prompt_ids=ids,
        vocabulary=model.pieces, settings=SamplingParams(), tags=model.tags, problem=prompts.record_of(prompt),
    )  # fmt: skip
    return head, outside


def head_of(
    *,
    model: str,
    family: str,
    prompt: str,
    prompt_text: str,
    prompt_ids: list[int],
    vocabulary: Vocabulary,
    settings: SamplingParams,
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
        prompt_texts=[vocabulary.text(i) for i in prompt_ids],
        text="",
        open_tag=tags.open,
        close_tag=tags.close,
        opened=prompt_opens_thinking(prompt_text, tags),
        finish="interrupted",
        settings=settings,
        problem=problem,
    )
