"""Prepares and samples the continuations of a fork: the replacement in the model's units, the checked sampling
parameters, the batches, one after the other in the generation thread.

`local.py` and `remote.py` hold what differs between a model in this process and a model on a server.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from threading import Event
from typing import Any

from labkit.errors import BadArgument
from labkit.inside.forks import local as _local  # noqa: F401  # registers its backend
from labkit.inside.forks import remote as _remote  # noqa: F401
from labkit.inside.forks.batch import ContinuationBatch, computation_of, fork_backend
from labkit.models import LanguageModel
from labkit.models.base import check_rollouts
from labkit.models.runtime import generation_thread
from labkit.traces import Alternative, SamplingParams, Step, Trace, TraceGroup

Replacement = str | int | Alternative | Sequence[int] | None


def replacement_tokens(
    model: LanguageModel, replace: Replacement, step: Step | None, trace: Trace
) -> tuple[Any, ...]:
    """The replacement of a token or step as the model takes it; empty if the model is to choose.

    Raises:
        LabkitError: `fork` does not accept the replacement, or the model has no tokens for it.
    """
    backend = fork_backend(model)
    if replace is None:
        return ()
    if isinstance(replace, Alternative):
        replace = replace.id
    if ids := _token_ids(replace):
        return tuple(token for id in ids for token in backend.token_by_id(trace, id))
    if not isinstance(replace, str) or not replace:
        raise BadArgument(
            f"replace={replace!r} cannot be put into a thought.",
            why="it is a text, a token id, a list of token ids or an alternative; to let the model choose again, "
            "leave it out.",
            next='labkit.inside.fork(trace, at=0, replace="Go back")',
        )
    text = replace + _trailing_whitespace(trace, step, replace)
    backend.check_in_vocabulary(text)
    return backend.encode(text)


def make_batch(
    model: LanguageModel, trace: Trace, prefix_len: int, replacement: Sequence[Any], n: int, temperature: float,
    top_p: float, max_new_tokens: int | None, seed: int,
) -> ContinuationBatch:  # fmt: skip
    """Checks the arguments and the memory, and makes the batch.

    Raises:
        LabkitError: names the invalid argument, or the missing bytes.
    """
    check_rollouts(n, "labkit.inside.fork(trace, at=0, n=8)")
    tokens_before = len(trace.prompt_ids) + prefix_len + len(replacement)
    params = SamplingParams.validated(
        temperature=temperature, top_p=top_p, seed=seed,
        top_k=trace.settings.top_k,  # as when the thought was sampled
        max_new_tokens=model.new_token_limit(tokens_before, max_new_tokens),
    )  # fmt: skip
    return fork_backend(model).make_batch(trace, prefix_len, replacement, n, params)


def sample_batches(
    batches: Sequence[ContinuationBatch], stop: Event, on_tick: Callable[[], None] = lambda: None
) -> list[TraceGroup]:
    """Samples batches one after the other in the generation thread; Stop or Interrupt returns partial rollouts.

    A batch that was not started gives an empty group.
    """

    def decoding_steps() -> Generator[None]:
        for batch in batches:
            yield from batch.steps(stop)

    generation_thread.run(decoding_steps(), [], stop, on_tick, computation_of(batches, stop))
    return [batch.rollouts(stop) for batch in batches]


def _token_ids(replace: object) -> tuple[int, ...]:
    """The ids of a replacement that is a token id or a list of them; empty for another value."""
    ids = (replace,) if isinstance(replace, int) else replace if isinstance(replace, list | tuple) else ()
    return tuple(ids) if all(isinstance(id, int) and not isinstance(id, bool) for id in ids) else ()


def _trailing_whitespace(trace: Trace, step: Step | None, text: str) -> str:
    """The line breaks that end a step, if its new text has none."""
    if step is None or text[-1:].isspace():
        return ""
    old_text = trace.text[step.start : step.end]
    return old_text[len(old_text.rstrip()) :]
