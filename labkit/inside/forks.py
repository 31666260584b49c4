"""Forks: keep a thought up to a token, change that token or a whole step, and let the model go on.

    fork = labkit.inside.fork(trace, at=41, replace="13", n=8)

What comes out is a sample: with 8 rollouts, a share of 75 % may be anything from 41 to 93 %. So every
share here has its interval (Wilson, 95 %).

What it leaves out: the replacement is forced, however unlikely the model finds it (its logprob stands
in each rollout); and a thought that is forced to say what it would never have said may go on in ways
that it never would (Thought Branches, arXiv 2510.27484, calls for resampling instead: `replace=None`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Event

import torch
from transformers.cache_utils import Cache

from labkit.errors import LabkitError
from labkit.inside.reading import beginning, scored
from labkit.inside.sequence import sequence, thinker_of
from labkit.models import Model, prompts, worker
from labkit.models.cache import new_cache
from labkit.models.memory import kv_bytes, require
from labkit.models.model import EMBEDDED_FAMILY, TOP_K, check_settings
from labkit.models.progress import Progress
from labkit.models.recorder import Recorder
from labkit.models.sampler import decode
from labkit.rewards import Group, Outcome, Share, groups, outcome_of, share
from labkit.traces import Alternative, Settings, Step, Tokens, Trace, TraceGroup

Replacement = str | int | Alternative | None
COLUMNS = ("logprobs", "entropies", "top_ids", "top_logprobs")


@dataclass(frozen=True)
class Fork:
    """A thought and what became of it after one change.

    Attributes:
        trace: the trunk: the thought as it was.
        at: the first token of the completion that is not kept.
        put: the text that was put there; empty where the model chose anew.
        step: the number of the step that was changed; None where it was a token.
        rollouts: each a whole trace: what was kept, what was put there, and what followed.
        start: the first token of a rollout that the model chose itself.
    """

    trace: Trace
    at: int
    put: str
    step: int | None
    rollouts: TraceGroup
    start: int

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The answer of each rollout, and whether it is right."""
        return tuple(outcome_of(rollout) for rollout in self.rollouts)

    @property
    def groups(self) -> list[Group]:
        """The rollouts by outcome: the branches of the tree."""
        return groups(self.outcomes)

    @property
    def share(self) -> Share | None:
        """How many were right, with its interval; None where nothing can judge the answers."""
        return share(self.outcomes)

    @property
    def where(self) -> str:
        """What was changed, in words."""
        if self.step is not None:
            return f"step {self.step} {'edited' if self.put else 'resampled'}"
        was = self.trace.token(self.at).text
        return f"at {self.at}: {was!r} " + (f"replaced by {self.put!r}" if self.put else "resampled")

    def continuation(self, rollout: int) -> str:
        """What the model wrote after the change, in rollout `rollout`."""
        t = self.rollouts[rollout]
        return t.text[t.char_starts[self.start] :]

    def tree(self) -> str:
        """The trunk, the change and the outcomes, as lines of text."""
        lines = [f"{self.trace.prompt}  {self.where}"]
        found = self.groups
        for i, group in enumerate(found):
            mark = {True: "right", False: "wrong", None: ""}[group.outcome.correct]
            said = group.outcome.answer or "no answer"
            corner = "└─" if i == len(found) - 1 else "├─"
            lines.append(f"{corner} {len(group)} x {mark:5} {said}".rstrip())
        return "\n".join(lines)

    @property
    def code(self) -> str:
        """The call that gives this fork again, `trace` being its trunk."""
        return code_of(self)

    def __repr__(self) -> str:
        judged = self.share
        said = str(judged) if judged else f"{len(self.groups)} different answers"
        cut = sum(t.finish == "interrupted" for t in self.rollouts)
        return f"Fork({self.where}: {len(self.rollouts)} rollouts, {said}{f', {cut} interrupted' if cut else ''})"


@dataclass(frozen=True)
class Batch:
    """What to sample: `n` continuations of the first `keep` tokens of a trace and of `put` after them."""

    trace: Trace
    keep: int
    put: tuple[int, ...]
    n: int
    settings: Settings
    recorders: list[Recorder] = field(default_factory=list, compare=False)

    @property
    def ended(self) -> int:
        """Rollouts that have come to their end."""
        return sum(r.ended for r in self.recorders)


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
    model: Model | None = None,
) -> Fork:
    """Continues a thought `n` times from token `at`, or from a step, with something else in its place.

    Interrupt keeps what every rollout has so far (`finish == "interrupted"`).

    Args:
        trace: the thought; everything before the change is kept as it is.
        at: token of the completion, from 0; negative ones count from the end.
        step: in place of `at`, the number of a step (`trace.steps`, from 1).
        replace: what to put there: a text, a token id, or one of `trace.alternatives(at)`. None lets the
            model choose again. For a step: its new text; a line break at its end is kept.
        n: rollouts, sampled as one batch.
        seed: the same arguments give the same rollouts.
        temperature: 0 is greedy, which makes all `n` alike.
        top_p: 0 to 1.
        max_new_tokens: the most tokens to write after the change; by default what the context has room for.
        model: by default the one that had the thought.

    Raises:
        LabkitError: no such token or step, a replacement that the model cannot read, or too little memory.
    """
    thinker = thinker_of(trace, model)
    place, found = place_of(trace, at, step)
    put = ids_of(thinker, replace, found, trace)
    batch = plan(thinker, trace, place, put, n, temperature, top_p, max_new_tokens, seed)
    bar = Progress(f"{n} rollouts", n)
    rollouts = sample(thinker, [batch], Event(), lambda: bar.show(batch.ended))[0]
    bar.close()
    return made(thinker, batch, rollouts, found)


def made(model: Model, batch: Batch, rollouts: TraceGroup, step: Step | None = None) -> Fork:
    """The fork that a sampled batch is."""
    put = b"".join(model.pieces.bytes(i) for i in batch.put).decode("utf-8", "replace")
    if batch.put and not put:  # an end token has no text of its own
        put = model.pieces.text(batch.put[0])
    start = batch.keep + len(batch.put)
    return Fork(batch.trace, batch.keep, put, step.number if step else None, rollouts, start)


def code_of(fork: Fork) -> str:
    """The Python of `Fork.code`: arguments that are as `fork` has them by default are left out."""
    put = fork.rollouts[0].tokens.ids[fork.at : fork.start] if len(fork.rollouts) else []
    one = len(put) == 1 and fork.step is None
    where = f"step={fork.step}" if fork.step is not None else f"at={fork.at}"
    told = [where] + ([f"replace={put[0] if one else repr(fork.put)}"] if fork.put else [])
    told.append(f"n={max(1, len(fork.rollouts))}")
    if len(fork.rollouts):
        settings, thinker = fork.rollouts[0].settings, fork.rollouts[0].thinker
        before = len(fork.trace.prompt_ids) + fork.start
        told.append(f"seed={settings.seed}")
        told += [f"temperature={settings.temperature:g}"] if settings.temperature != 0.6 else []
        told += [f"top_p={settings.top_p:g}"] if settings.top_p != 0.95 else []
        if thinker is None or settings.max_new_tokens != thinker._room(before, None):
            told.append(f"max_new_tokens={settings.max_new_tokens}")
    said = f"  # {put[0]} is {fork.put!r}" if one and fork.put else ""
    return f"labkit.inside.fork(trace, {', '.join(told)}){said}"


# -- where, and what -------------------------------------------------------------------------------


def place_of(trace: Trace, at: int | None, step: int | None) -> tuple[int, Step | None]:
    """The token at which to fork, and the step if it was one.

    Raises:
        LabkitError: neither or both are given, or there is no such token or step.
    """
    sequence(trace)
    if (at is None) == (step is None):
        raise LabkitError(
            "A fork needs one place: a token or a step.",
            why=f"at={at!r} and step={step!r} were given.",
            next="labkit.inside.fork(trace, at=0)  # or step=1",
        )
    if step is not None:
        found = step_of(trace, step)
        return first_token(trace, found), found
    return trace.token(at).index if isinstance(at, int) and not isinstance(at, bool) else _no_token(
        trace, at
    ), None


def step_of(trace: Trace, number: int) -> Step:
    """Step `number` of a trace.

    Raises:
        LabkitError: there is none, with the range.
    """
    steps = trace.steps
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= len(steps):
        raise LabkitError(
            f"This trace has no step {number!r}.",
            why=f"its steps are counted from 1 to {len(steps)}."
            if steps
            else "its thought has no steps at all.",
            next="labkit.inside.fork(trace, step=1)" if steps else "labkit.inside.fork(trace, at=0)",
        )
    return steps[number - 1]


def first_token(trace: Trace, step: Step) -> int:
    """The first token of a step: the one in which its first character stands."""
    first, last = trace.token_range(step.start, step.end)
    return first if last else len(trace) - 1


def _no_token(trace: Trace, at: object) -> int:
    raise LabkitError(f"at={at!r} is no token.", why=f"tokens are counted from 0 to {len(trace) - 1}.",
                      next="labkit.inside.fork(trace, at=0)")  # fmt: skip


def ids_of(model: Model, replace: Replacement, step: Step | None, trace: Trace) -> tuple[int, ...]:
    """The tokens to put in place of a token or step; none where the model is to choose.

    Raises:
        LabkitError: it is none of the things that `fork` takes, or the model has no tokens for it.
    """
    known = len(model.tokenizer)
    if replace is None:
        return ()
    if isinstance(replace, Alternative):
        return (replace.id,)
    if isinstance(replace, int) and not isinstance(replace, bool):
        if 0 <= replace < known:
            return (replace,)
        raise LabkitError(f"There is no token {replace:,}.", why=f"{model.name} has {known:,}, from 0.",
                          next="trace.alternatives(0)  # the likeliest ones, with their ids")  # fmt: skip
    if not isinstance(replace, str) or not replace:
        raise LabkitError(
            f"replace={replace!r} cannot be put into a thought.",
            why="it is a text, a token id or an alternative; to let the model choose again, leave it out.",
            next='labkit.inside.fork(trace, at=0, replace="Go back")',
        )
    text = replace + _ending(trace, step, replace)
    if model.family == EMBEDDED_FAMILY:
        _check_understood(model, text)
    return tuple(model.tokenizer.encode(text, add_special_tokens=False))


def _ending(trace: Trace, step: Step | None, text: str) -> str:
    """The line breaks that end a step, where its new text has none."""
    if step is None or text[-1:].isspace():
        return ""
    old = trace.text[step.start : step.end]
    return old[len(old.rstrip()) :]


def _check_understood(model: Model, text: str) -> None:
    try:
        prompts.check_understood(model.tokenizer, [{"content": text}], model.name)
    except LabkitError as error:
        raise LabkitError(
            f"{model.name} has no tokens for {text.strip()!r}.", why=error.why,
            next='labkit.inside.fork(trace, at=0, replace="Go back")',
        ) from None  # fmt: skip


# -- sampling --------------------------------------------------------------------------------------


def plan(
    model: Model, trace: Trace, keep: int, put: Sequence[int], n: int, temperature: float, top_p: float,
    max_new_tokens: int | None, seed: int,
) -> Batch:  # fmt: skip
    """A batch that is possible, its memory checked before it is spent.

    Raises:
        LabkitError: naming the argument that is not, or the bytes that are missing.
    """
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise LabkitError(f"n={n!r} rollouts cannot be sampled.", why="n is a whole number from 1.",
                          next="labkit.inside.fork(trace, at=0, n=8)")  # fmt: skip
    before = len(trace.prompt_ids) + keep + len(put)
    settings = check_settings(temperature, top_p, model._room(before, max_new_tokens), seed)
    longest = before + settings.max_new_tokens
    require(
        n * kv_bytes(model.network.config, longest, width=model.network.dtype.itemsize),
        what=f"The KV cache of {n} x {longest:,} tokens",
        next=f"labkit.inside.fork(trace, at={keep}, n={max(1, n // 2)}, max_new_tokens=512)",
    )
    return Batch(trace, keep, tuple(put), n, settings)


def sample(
    model: Model, batches: Sequence[Batch], stop: Event, look: Callable[[], None] = lambda: None
) -> list[TraceGroup]:
    """Samples batches one after the other in the thread that thinks; partial ones after Stop or Interrupt.

    A batch that was not begun gives an empty group.
    """

    def all_steps() -> Generator[None]:
        for batch in batches:
            yield from steps(model, batch, stop)

    worker.run(all_steps(), [], stop, look)
    return [finished(model, batch, stop) for batch in batches]


def finished(model: Model, batch: Batch, stop: Event) -> TraceGroup:
    """The rollouts of a batch as they stand."""
    ended = [r.trace(r.finish(stopped=stop.is_set())) for r in batch.recorders]
    return TraceGroup(tuple(t.attach(thinker=model) for t in ended))


def steps(model: Model, batch: Batch, stop: Event) -> Generator[None]:
    """Decodes a batch into its recorders, one token of all rollouts at each `next`."""
    trace, first = batch.trace, len(batch.trace.prompt_ids) + batch.keep
    ids = [*sequence(trace)[:first], *batch.put]
    columns, cache = _written(model, batch, ids)
    began, last = time.perf_counter(), columns.times[-1] if len(columns) else 0.0
    head = trace.model_copy(
        update={"model": model.name, "text": "", "tokens": Tokens(), "settings": batch.settings}
    )
    for _ in range(batch.n):
        recorder = Recorder(head, model.pieces)
        recorder.begin(columns)
        recorder.ended = bool(batch.put) and batch.put[-1] in model.end_ids
        batch.recorders.append(recorder)
    if batch.recorders[0].ended or stop.is_set():
        return
    for draw in decode(
        model.network, torch.tensor([ids[-1:]], device=model.network.device), cache=cache,
        repeat=batch.n, top_k=TOP_K, known=len(model.tokenizer), lean=True, stop=stop, end_ids=model.end_ids,
        temperature=batch.settings.temperature, top_p=batch.settings.top_p,
        max_new_tokens=batch.settings.max_new_tokens,
        generator=torch.Generator().manual_seed(batch.settings.seed or 0),
    ):  # fmt: skip
        now = last + time.perf_counter() - began
        drawn = (draw.ids, draw.logps, draw.entropies, draw.top_ids, draw.top_logps)
        for row, id, logp, entropy, top, top_logps in zip(
            draw.rows.tolist(), *(c.tolist() for c in drawn), strict=True
        ):
            batch.recorders[row].add(id, logp, entropy, now, top, top_logps, ended=id in model.end_ids)
        yield


def _written(model: Model, batch: Batch, ids: Sequence[int]) -> tuple[Tokens, Cache]:
    """The columns of what is kept and put, and a cache of all of it but the last token."""
    tokens, prompt = batch.trace.tokens, len(batch.trace.prompt_ids)
    if any(not getattr(tokens, name) for name in COLUMNS):  # a trace from elsewhere: read it again
        cache = new_cache(model.network)
        return scored(model, ids, prompt, cache), cache
    first = prompt + batch.keep
    cache = beginning(model, sequence(batch.trace), first - 1)
    return _joined(tokens, batch.keep, scored(model, ids, first, cache)), cache


def _joined(old: Tokens, keep: int, new: Tokens) -> Tokens:
    """The first `keep` tokens of one and all of the other; texts are left out."""
    begun = old.times[:keep] or [0.0] * keep
    columns = {name: [*getattr(old, name)[:keep], *getattr(new, name)] for name in ("ids", "sizes", *COLUMNS)}
    return Tokens(**columns, times=[*begun, *(begun[-1:] or [0.0]) * len(new)])
