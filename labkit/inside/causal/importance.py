"""Step importance: the three measures of Thought Anchors, by their names.

Bogdan, Macar, Nanda, Conmy: Thought Anchors (arXiv 2506.19143). All three compare the answers with and
without a step S; they differ in how the answers are obtained.

| importance | with S | without S |
|---|---|---|
| forced-answer | cut the thought after S and make the model answer at once | the same, before S |
| resampling | let the model continue after S | let it continue from before S: it writes another step, or S again |
| counterfactual | as resampling, plus the resamples that wrote S again | only the resamples with a different step |

Each importance has two measures: the change in the share of right answers, and the Kullback-Leibler
divergence of the answers without S from the answers with S. Forced-answer importance is fast but misleading:
it measures what a step has *written down*, not what the model would have found without the step.

Differences from the paper, which used 100 rollouts per sentence and sentence embeddings:

* few rollouts (8 to 16), so each change has a 95 % interval (Wilson, Newcombe), and each divergence comes
  with its chance level: the 95th percentile after shuffling "with" and "without";
* a function (`steps_differ`) decides whether a step differs: other numbers, or fewer than 60 % of the words in
  common; the paper requires a cosine similarity of sentence embeddings below the median;
* counts are smoothed by half an answer, and a missing answer counts as an answer (and as a wrong one);
* a rollout ends when it is three times as long as the thought, and then has no answer;
* a step is a line of R1-mini's thought or a paragraph of a distill's thought, not a sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from threading import Event
from typing import Literal

import numpy as np

from labkit._arguments import checks_arguments
from labkit._deprecated import renamed
from labkit._host.progress import Progress
from labkit.errors import BadArgument
from labkit.inside.forks.batch import ContinuationBatch, fork_backend
from labkit.inside.forks.fork import first_token, step_of
from labkit.inside.forks.sampling import make_batch, sample_batches
from labkit.inside.sequence import model_for_sampling
from labkit.models import LanguageModel, families
from labkit.rewards import Outcome, SuccessRate, outcome_of, success_rate
from labkit.traces import Step, Trace, TraceGroup

Name = Literal["forced-answer", "resampling", "counterfactual"]
Differ = Callable[[str, str], bool]  # whether a step differs from another

NAMES: tuple[Name, ...] = ("forced-answer", "resampling", "counterfactual")
SMOOTH = 0.5  # added to the count of every observed answer (Krichevsky and Trofimov 1981)
ALIKE = 0.6  # from this share of common words on, two steps count as the same
SHUFFLES = 500
LONG = 3  # a rollout ends at this multiple of the thought's length
FORCED = 64  # tokens; enough for a forced answer


@dataclass(frozen=True)
class Importance:
    """The importance of one step by one of the three measures.

    Attributes:
        name: the measure.
        step: the step's number; `gist` is its first words.
        with_step: outcomes with the step.
        without_step: outcomes without the step; empty if every resample wrote the same step again.
        resampled: the number of resamples from which `without_step` was selected.
    """

    name: Name
    step: int
    gist: str
    with_step: tuple[Outcome, ...]
    without_step: tuple[Outcome, ...]
    resampled: int

    kept = renamed("kept", "with_step")
    without = renamed("without", "without_step")

    @property
    def shares(self) -> tuple[SuccessRate | None, SuccessRate | None]:
        """Right answers with the step and without it; None if the answers cannot be judged."""
        return success_rate(self.with_step), success_rate(self.without_step)

    @cached_property
    def change(self) -> float:
        """Share of right answers with the step minus the share without it: positive if it helped, nan if unknown."""
        one, other = self.shares
        return one.value - other.value if one is not None and other is not None else float("nan")

    @cached_property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of `change`, from the two Wilson intervals (Newcombe 1998); (-1, 1) if unknown."""
        one, other = self.shares
        if not one or not other or not one.n or not other.n:
            return -1.0, 1.0
        (low, high), (low_, high_) = one.interval, other.interval
        down = ((one.value - low) ** 2 + (high_ - other.value) ** 2) ** 0.5
        up = ((high - one.value) ** 2 + (other.value - low_) ** 2) ** 0.5
        return self.change - down, self.change + up

    @cached_property
    def kl(self) -> float:
        """KL(answers without || answers with) in nats, of smoothed counts; nan if one side is empty."""
        return divergence(answers(self.without_step), answers(self.with_step))

    @cached_property
    def chance(self) -> float:
        """The 95th percentile of `kl` over shuffles of the same answers: a `kl` below it is not significant."""
        both, n = np.array([*answers(self.without_step), *answers(self.with_step)]), len(self.without_step)
        if not n or not self.with_step:
            return float("nan")
        codes = np.unique(both, return_inverse=True)[1]
        rng = np.random.default_rng(0)
        shuffled = rng.permuted(np.tile(codes, (SHUFFLES, 1)), axis=1)
        return float(np.quantile([divergence(row[:n], row[n:]) for row in shuffled.tolist()], 0.95))

    def __str__(self) -> str:
        if not self.without_step:
            return (
                f"step {self.step}, {self.name}: unknown, all {self.resampled} resamples wrote the same step"
            )
        low, high = self.interval
        change = "" if np.isnan(self.change) else f"{self.change:+.0%} correct ({low:+.0%} to {high:+.0%}), "
        beside = "above" if self.kl > self.chance else "within"
        return f"step {self.step}, {self.name}: {change}KL {self.kl:.2f} nats, {beside} chance ({self.chance:.2f})"


class Importances(tuple[Importance, ...]):
    """The importances of several steps; prints as a table."""

    @checks_arguments
    def of(self, step: int, name: Name) -> Importance:
        """The importance of one step by one measure.

        Raises:
            LabkitError: this importance was not computed.
        """
        for importance in self:
            if (importance.step, importance.name) == (step, name):
                return importance
        raise BadArgument(
            f"Step {step} has no {name} importance here.",
            why=f"computed were: {', '.join(f'{i.name} of step {i.step}' for i in self) or 'none'}.",
            next=f"labkit.inside.step_importance(trace, [{step}])",
        )

    def __repr__(self) -> str:
        rows = ["step  importance      with    without  change in share correct    KL   by chance"]
        for i in self:
            with_, without = (f"{s.right}/{s.n}" if s and s.n else "-" for s in i.shares)
            low, high = i.interval
            change = "unknown" if np.isnan(i.change) else f"{i.change:+.0%} ({low:+.0%} to {high:+.0%})"
            numbers = f"{i.kl:5.2f}  {i.chance:5.2f}" if i.without_step else "    -      -"
            rows.append(f"{i.step:4}  {i.name:14}  {with_:>5}  {without:>7}  {change:24}  {numbers}")
        return "\n".join(rows)


# -- the three measures ----------------------------------------------------------------------------


@checks_arguments
def forced_answer_importance(
    trace: Trace, steps: int | Sequence[int] | None = None, *, n: int = 8, seed: int = 0, temperature: float = 0.6,
    top_p: float = 0.95, model: LanguageModel | None = None,
) -> Importances:  # fmt: skip
    """How the answer forced right after a step differs from the answer forced right before it.

        KL[ p(answer | thought cut before S, end of thought) || p(answer | thought cut after S, end of thought) ]

    The thought is ended by force (closing tag and beginning of an answer) after S, and before S. The paper uses
    this measure as a baseline for the other two: a step that only writes a result down looks important.

    Args:
        trace: the thought.
        steps: the number of a step, or several of them, counted from 1; by default all steps.
        n: rollouts with the step, and as many without it.
        seed, temperature, top_p: as in `labkit.inside.fork`.
        model: by default the model that wrote the thought.

    Raises:
        LabkitError: as `labkit.inside.fork`.
    """
    return _importances(trace, steps, ("forced-answer",), n, seed, temperature, top_p, model, steps_differ)


@checks_arguments
def resampling_importance(
    trace: Trace, steps: int | Sequence[int] | None = None, *, n: int = 8, seed: int = 0, temperature: float = 0.6,
    top_p: float = 0.95, model: LanguageModel | None = None,
) -> Importances:  # fmt: skip
    """How the final answers change when the model samples a step again, whatever it writes.

        KL[ p(answer | thought before S) || p(answer | thought up to and with S) ]

    This importance is small if the model writes S again almost every time, however much S matters.

    Args and errors as `forced_answer_importance`.
    """
    return _importances(trace, steps, ("resampling",), n, seed, temperature, top_p, model, steps_differ)


@checks_arguments
def counterfactual_importance(
    trace: Trace, steps: int | Sequence[int] | None = None, *, n: int = 8, seed: int = 0, temperature: float = 0.6,
    top_p: float = 0.95, model: LanguageModel | None = None, differ: Callable[[str, str], bool] | None = None,
) -> Importances:  # fmt: skip
    """How the final answers change when the model writes something *different* in place of a step.

        KL[ p(answer | thought before S, next step T differs from S) || p(answer | thought up to and with S) ]

    Unknown if all resamples wrote S again: the step is overdetermined (try a higher temperature or `n`).

    Args:
        differ: decides whether a resampled step differs from the original step; by default `steps_differ`.

    Other arguments and errors as `forced_answer_importance`.
    """
    return _importances(
        trace, steps, ("counterfactual",), n, seed, temperature, top_p, model, differ or steps_differ
    )


@checks_arguments
def step_importance(
    trace: Trace, steps: int | Sequence[int] | None = None, *, n: int = 8, seed: int = 0, temperature: float = 0.6,
    top_p: float = 0.95, model: LanguageModel | None = None, differ: Callable[[str, str], bool] | None = None,
) -> Importances:  # fmt: skip
    """All three importances of some steps; resampling and counterfactual share their rollouts.

    Interrupt keeps the completed steps. Arguments and errors as in `counterfactual_importance`.
    """
    return _importances(trace, steps, NAMES, n, seed, temperature, top_p, model, differ or steps_differ)


# -- comparing steps and answers ---------------------------------------------------------------------


def steps_differ(step: str, other: str) -> bool:
    """Whether two steps differ: other numbers, or fewer than 60 % of the words in common, in order.

    >>> steps_differ("Go back. Now 3 and 9.", "Go back.  Now 3 and 9.")
    False
    >>> steps_differ("First 3 and 5.", "First 3 and 9.")
    True
    """
    one, two = (re.findall(r"\w+|[^\w\s]", text.lower()) for text in (step, other))
    if [w for w in one if w.isdigit()] != [w for w in two if w.isdigit()]:
        return True
    return SequenceMatcher(None, one, two, autojunk=False).ratio() < ALIKE


def divergence(p: Sequence[str | int], q: Sequence[str | int]) -> float:
    """KL(p || q) in nats between two samples of answers; `SMOOTH` is added to every answer's count on both sides.

    >>> divergence(["a", "a"], ["a", "a"]), round(divergence(["a", "a"], ["b", "b"]), 2)
    (0.0, 1.07)
    """
    if not p or not q:
        return float("nan")
    ps, qs, seen = Counter(p), Counter(q), dict.fromkeys((*p, *q))
    total = [side + SMOOTH * len(seen) for side in (len(p), len(q))]
    one = np.array([(ps[a] + SMOOTH) / total[0] for a in seen])
    two = np.array([(qs[a] + SMOOTH) / total[1] for a in seen])
    return max(0.0, float((one * np.log(one / two)).sum()))


def answers(outcomes: Sequence[Outcome]) -> list[str]:
    """The answers without their verdicts."""
    return [outcome.answer for outcome in outcomes]


# -- internals -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cut:
    """A position between two steps, and whether the answer is forced there."""

    prefix_len: int
    forced: bool


def cuts_of(trace: Trace, step: Step, names: Sequence[Name]) -> dict[Name, tuple[Cut, Cut]]:
    """The positions at which to sample for a step: after it and before it."""
    before = first_token(trace, step)
    after = trace.token_range(step.start, step.end)[1] or before
    return {n: (Cut(after, n == "forced-answer"), Cut(before, n == "forced-answer")) for n in names}


def batches_of(
    model: LanguageModel, trace: Trace, steps: Sequence[Step], names: Sequence[Name], n: int, seed: int,
    temperature: float, top_p: float,
) -> dict[Cut, ContinuationBatch]:  # fmt: skip
    """One batch for every position, in the order of the thought; neighbouring steps share a batch."""
    cuts = dict.fromkeys(c for s in steps for pair in cuts_of(trace, s, names).values() for c in pair)
    forced = fork_backend(model).encode(
        families.force_answer_suffix(families.tags_of_trace(trace), trace.family)
    )
    return {
        cut: make_batch(model, trace, cut.prefix_len, forced if cut.forced else (), n, temperature, top_p,
                  FORCED if cut.forced else LONG * len(trace) - cut.prefix_len, seed + cut.prefix_len)
        for cut in sorted(cuts, key=lambda c: (c.prefix_len, c.forced))
    }  # fmt: skip


def _importances(
    trace: Trace, steps: int | Sequence[int] | None, names: Sequence[Name], n: int, seed: int, temperature: float,
    top_p: float, model: LanguageModel | None, differ: Differ,
) -> Importances:  # fmt: skip
    model = model_for_sampling(trace, model)
    require_rule(trace)
    numbers = (
        range(1, len(trace.steps) + 1) if steps is None else [steps] if isinstance(steps, int) else steps
    )
    chosen = [step_of(trace, number) for number in numbers]
    batches = batches_of(model, trace, chosen, names, n, seed, temperature, top_p)
    every = list(batches.values())
    bar, stop = Progress(f"{len(every) * n} rollouts", len(every) * n), Event()
    sampled = dict(
        zip(
            batches,
            sample_batches(every, stop, lambda: bar.show(sum(b.n_finished for b in every))),
            strict=True,
        )
    )
    bar.close()
    return Importances(importances_of(trace, chosen, names, sampled, differ))


def importances_of(
    trace: Trace, steps: Sequence[Step], names: Sequence[Name], sampled: dict[Cut, TraceGroup], differ: Differ
) -> Iterator[Importance]:
    """The importances whose rollouts are complete."""
    for step in steps:
        for name, (after, before) in cuts_of(trace, step, names).items():
            after_step, resampled = sampled[after], sampled[before]
            if (
                any(t.finish == "interrupted" for t in (*after_step, *resampled))
                or not after_step
                or not resampled
            ):
                continue
            others = list(resampled)
            same: list[Trace] = []
            if name == "counterfactual":
                was = trace.text[step.start : step.end]
                others = [t for t in resampled if differ(was, text_of(t, step))]
                same = [t for t in resampled if not differ(was, text_of(t, step))]
            yield Importance(
                name, step.number, step.gist,
                with_step=tuple(outcome_of(t) for t in (*after_step, *same)),
                without_step=tuple(outcome_of(t) for t in others),
                resampled=len(resampled),
            )  # fmt: skip


def require_rule(trace: Trace) -> None:
    """Refuses a trace that holds steps by a rule of the user's own but not the rule.

    Raises:
        LabkitError: the rollouts would be cut into steps by another rule than the trace.
    """
    if trace.own_steps is not None and trace.segmenter is None:
        raise BadArgument(
            "The rule for the steps of this trace is missing.",
            why="its file holds the resulting steps, and rollouts need the rule itself.",
            next="trace = trace.with_steps(rule)  # or None, for the rules of its family",
        )


def text_of(rollout: Trace, step: Step) -> str:
    """The text that a rollout wrote in place of `step`; empty if its thought ended before."""
    if len(rollout.steps) < step.number:
        return ""
    other = rollout.steps[step.number - 1]
    return rollout.text[other.start : other.end]
