"""Forks: keep a thought up to a token, change that token or a whole step, and let the model continue.

    fork = labkit.inside.fork(trace, at=41, replace="13", n=8)

The result is a sample: with 8 rollouts, a measured share of 75 % is consistent with 41 to 93 %. So every
share here has its interval (Wilson, 95 %).

Limits: the replacement is forced, however unlikely it is under the model (each rollout records its
logprob). A thought with a forced, off-policy text may continue in ways that the model would not choose
itself (Thought Branches, arXiv 2510.27484, recommends resampling instead: `replace=None`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from threading import Event

from labkit._arguments import checks_arguments
from labkit._deprecated import renamed
from labkit._host.progress import Progress
from labkit.errors import BadArgument, LabkitError
from labkit.inside.forks.batch import ContinuationBatch, fork_backend
from labkit.inside.forks.sampling import Replacement, make_batch, replacement_tokens, sample_batches
from labkit.inside.sequence import model_for_sampling
from labkit.models import LanguageModel
from labkit.rewards import Group, Outcome, SuccessRate, groups, outcome_of, success_rate
from labkit.traces import Step, Trace, TraceGroup


@dataclass(frozen=True)
class Fork:
    """A thought and its continuations after one change.

    Attributes:
        trace: the trunk: the original thought.
        at: the index of the first token of the completion that is not kept.
        replacement: the inserted text; empty if the model sampled again.
        step: the number of the changed step; None if a token was changed.
        rollouts: complete traces: the kept tokens, the inserted text, and the continuation.
        start: the first token of a rollout that the model sampled itself.
    """

    trace: Trace
    at: int
    replacement: str
    step: int | None
    rollouts: TraceGroup
    start: int

    put = renamed("put", "replacement")
    where = renamed("where", "description")

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The answer of each rollout, and whether the answer is right."""
        return tuple(outcome_of(rollout) for rollout in self.rollouts)

    @property
    def groups(self) -> list[Group]:
        """The rollouts by outcome: the branches of the tree."""
        return groups(self.outcomes)

    @property
    def share(self) -> SuccessRate | None:
        """How many answers were right, with the interval; None if the answers cannot be judged."""
        return success_rate(self.outcomes)

    @property
    def description(self) -> str:
        """The change as a short phrase, such as `step 3 resampled`."""
        if self.step is not None:
            return f"step {self.step} {'edited' if self.replacement else 'resampled'}"
        was = self.trace.token(self.at).text
        return f"at {self.at}: {was!r} " + (
            f"replaced by {self.replacement!r}" if self.replacement else "resampled"
        )

    @checks_arguments
    def continuation(self, rollout: int) -> str:
        """The model's text after the change, in rollout `rollout`."""
        t = self.rollouts[rollout]
        return t.text[t.char_starts[self.start] :]

    def tree(self) -> str:
        """The trunk, the change and the outcomes, as lines of text."""
        lines = [f"{self.trace.prompt}  {self.description}"]
        branches = self.groups
        for i, group in enumerate(branches):
            mark = {True: "right", False: "wrong", None: ""}[group.outcome.correct]
            answer = group.outcome.answer or "no answer"
            corner = "└─" if i == len(branches) - 1 else "├─"
            lines.append(f"{corner} {len(group)} x {mark:5} {answer}".rstrip())
        return "\n".join(lines)

    @property
    def code(self) -> str:
        """The Python call that reproduces this fork; `trace` is its trunk."""
        return code_of(self)

    def __repr__(self) -> str:
        summary = str(self.share) if self.share else f"{len(self.groups)} different answers"
        if interrupted := sum(t.finish == "interrupted" for t in self.rollouts):
            summary += f", {interrupted} interrupted"
        return f"Fork({self.description}: {len(self.rollouts)} rollouts, {summary})"


@checks_arguments
def fork(
    trace: Trace,
    at: int | None = None,
    *,
    step: int | None = None,
    replace: Replacement = None,
    n: int = 8,
    seed: int = 0,
    temperature: float = 0.6,
    top_p: float = 0.95,
    max_new_tokens: int | None = None,
    model: LanguageModel | None = None,
) -> Fork:
    """Continues a thought `n` times from token `at`, or from a step, with a replacement for it.

    Interrupt keeps the partial rollouts (`finish == "interrupted"`).

    Args:
        trace: the thought; everything before the change is kept.
        at: token of the completion, from 0; negative numbers count from the end.
        step: instead of `at`, the number of a step (`trace.steps`, from 1).
        replace: the replacement: a text, a token id, a list of token ids, or one of `trace.alternatives(at)`.
            None lets the model sample again. For a step: its new text; a line break at the step's end is kept.
        n: rollouts, sampled as one batch.
        seed: the same arguments give the same rollouts.
        temperature: 0 is greedy, so all `n` rollouts are equal.
        top_p: 0 to 1. Top-k is taken from the thought (`trace.settings.top_k`).
        max_new_tokens: maximum number of tokens after the change; by default the rest of the context.
        model: by default the model that wrote the thought. A model on a server must continue from the middle
            of a message (`labkit.models.remote.continuation_check`), which some servers cannot.

    Raises:
        LabkitError: the token or step does not exist, the model has no tokens for the replacement, the memory
            is too small, or the server does not continue a prefix.
    """
    model = model_for_sampling(trace, model)
    position, replaced = resolve_position(trace, at, step)
    replacement = replacement_tokens(model, replace, replaced, trace)
    batch = make_batch(model, trace, position, replacement, n, temperature, top_p, max_new_tokens, seed)
    bar = Progress(f"{n} rollouts", n)
    rollouts = sample_batches([batch], Event(), lambda: bar.show(batch.n_finished))[0]
    bar.close()
    return fork_from_batch(batch, rollouts, replaced)


def fork_from_batch(batch: ContinuationBatch, rollouts: TraceGroup, step: Step | None = None) -> Fork:
    """Makes a `Fork` from a sampled batch."""
    start = batch.prefix_len + len(batch.replacement)
    return Fork(
        batch.trace, batch.prefix_len, batch.replacement_text, step.number if step else None, rollouts, start
    )


def code_of(fork: Fork) -> str:
    """The Python call for `Fork.code`; arguments with `fork`'s default values are left out."""
    ids = fork.rollouts[0].tokens.ids[fork.at : fork.start] if len(fork.rollouts) else []
    by_id = len(ids) == 1 and fork.step is None and _identifies_token(fork, ids[0])
    arguments = [f"step={fork.step}" if fork.step is not None else f"at={fork.at}"]
    put = ids[0] if by_id else fork.replacement if _spells(fork, ids) else ids
    arguments += [f"replace={put!r}"] if fork.replacement else []
    arguments.append(f"n={max(1, len(fork.rollouts))}")
    if len(fork.rollouts):
        settings, model = fork.rollouts[0].settings, fork.rollouts[0].language_model
        before = len(fork.trace.prompt_ids) + fork.start
        arguments.append(f"seed={settings.seed}")
        arguments += [f"temperature={settings.temperature:g}"] if settings.temperature != 0.6 else []
        arguments += [f"top_p={settings.top_p:g}"] if settings.top_p != 0.95 else []
        if model is None or settings.max_new_tokens != model.new_token_limit(before, None):
            arguments.append(f"max_new_tokens={settings.max_new_tokens}")
    comment = f"  # {ids[0]} is {fork.replacement!r}" if by_id and fork.replacement else ""
    return f"labkit.inside.fork(trace, {', '.join(arguments)}){comment}"


def _identifies_token(fork: Fork, id: int) -> bool:
    """Whether a token id identifies a token: ids from a server are local to each trace."""
    models = [rollout.language_model for rollout in fork.rollouts]
    return all(model is None or model.is_local for model in models) or id in fork.trace.pieces


def _spells(fork: Fork, ids: list[int]) -> bool:
    """Whether the text of the replacement gives its tokens again: a text may be cut into other tokens."""
    model = fork.rollouts[0].language_model if len(fork.rollouts) else None
    if model is None or not model.is_local:
        return True
    backend = fork_backend(model)
    try:
        backend.check_in_vocabulary(fork.replacement)
    except LabkitError:
        return False
    return backend.encode(fork.replacement) == tuple(ids)


# -- arguments -------------------------------------------------------------------------------------


def resolve_position(trace: Trace, at: int | None, step: int | None) -> tuple[int, Step | None]:
    """The token at which to fork, and the step if a step was given.

    Raises:
        LabkitError: neither or both are given, or the token or step does not exist.
    """
    if not len(trace):
        raise LabkitError("This trace holds no tokens.", why="there is nothing to keep and nothing to change.",
                          next="trace = model.think(prompt)")  # fmt: skip
    if (at is None) == (step is None):
        raise BadArgument(
            "A fork needs one place: a token or a step.",
            why=f"at={at!r} and step={step!r} were given.",
            next="labkit.inside.fork(trace, at=0)  # or step=1",
        )
    if step is not None:
        replaced = step_of(trace, step)
        return first_token(trace, replaced), replaced
    if not isinstance(at, int) or isinstance(at, bool):
        raise BadArgument(f"at={at!r} is not a token.", why=f"tokens are counted from 0 to {len(trace) - 1}.",
                          next="labkit.inside.fork(trace, at=0)")  # fmt: skip
    return trace.token(at).index, None


def step_of(trace: Trace, number: int) -> Step:
    """Step `number` of a trace.

    Raises:
        LabkitError: the step does not exist; the error names the range.
    """
    steps = trace.steps
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= len(steps):
        raise BadArgument(
            f"This trace has no step {number!r}.",
            why=f"its steps are counted from 1 to {len(steps)}."
            if steps
            else "its thought has no steps at all.",
            next="labkit.inside.fork(trace, step=1)" if steps else "labkit.inside.fork(trace, at=0)",
        )
    return steps[number - 1]


def first_token(trace: Trace, step: Step) -> int:
    """The first token of a step: the token that contains the step's first character."""
    first, last = trace.token_range(step.start, step.end)
    return first if last else len(trace) - 1
