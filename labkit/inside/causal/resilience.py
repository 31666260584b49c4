"""Resilience: how often a step comes back after it is removed, and what the answer is once it stays away.

Macar, Bogdan, Rajamanoharan, Nanda: Thought Branches (arXiv 2510.27484). A step is removed by resampling, and not by
editing: the thought is cut before the step, and the model continues. If the continuation has the step again, at this
place or later, it is cut before that place and continued once more, until the step stays away.

| measure | what it is |
|---|---|
| resilience | how often the step had to be removed, as a mean over rollouts |
| importance | the change in the share of right answers: with the step, minus rollouts in which it stayed away |

Resampling importance removes a step once, so a step that comes back looks unimportant. This measure keeps it out.

Differences from the paper: a function (`steps_differ`) and not an embedding decides whether a step came back; there are
few rollouts, so that the change has its 95 % interval; a rollout that still has the step after `rounds` removals is
counted as a return and has no part in the importance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

from labkit._arguments import checks_arguments
from labkit._host.progress import Progress
from labkit.errors import BadArgument
from labkit.inside.causal.importance import LONG, Differ, Importance, require_rule, steps_differ
from labkit.inside.forks.batch import ContinuationBatch
from labkit.inside.forks.fork import first_token, step_of
from labkit.inside.forks.sampling import make_batch, sample_batches
from labkit.inside.sequence import model_for_sampling
from labkit.models import LanguageModel
from labkit.models.base import check_rollouts
from labkit.rewards import outcome_of
from labkit.traces import Step, Trace, TraceGroup

SEED_STEP = 1_009  # between the seeds of two rounds


@dataclass(frozen=True)
class Resilience:
    """How a step fared that was removed again and again.

    Attributes:
        step: the step's number; `gist` is its first words.
        rounds: how often a rollout was cut at most.
        removals: for each rollout, how often the step was removed, 1 to `rounds`.
        absent: for each rollout, whether the step stayed away in the end.
        rollouts: the rollouts after the last removal.
        with_step: as many rollouts that continue after the step.
    """

    step: int
    gist: str
    rounds: int
    removals: tuple[int, ...]
    absent: tuple[bool, ...]
    rollouts: TraceGroup
    with_step: TraceGroup

    @property
    def score(self) -> float:
        """The mean number of removals; a step that never stayed away counts with `rounds`. nan without rollouts."""
        return sum(self.removals) / len(self.removals) if self.removals else float("nan")

    @property
    def importance(self) -> Importance:
        """With the step against without it, of those rollouts in which it stayed away."""
        away = [outcome_of(t) for t, gone in zip(self.rollouts, self.absent, strict=True) if gone]
        return Importance(
            "counterfactual", self.step, self.gist,
            with_step=tuple(outcome_of(t) for t in self.with_step),
            without_step=tuple(away), resampled=len(self.rollouts),
        )  # fmt: skip

    def __repr__(self) -> str:
        present, away = self.importance.shares
        right = f", right {away.right}/{away.n} without it" if away and away.n else ""
        compared = f", {present.right}/{present.n} with it" if right and present else ""
        return (
            f"step {self.step}: removed {self.score:.1f} times on average, "
            f"away at last in {sum(self.absent)} of {len(self.absent)}{right}{compared}"
        )


@checks_arguments
def resilience(
    trace: Trace, step: int, *, n: int = 8, rounds: int = 8, seed: int = 0, temperature: float = 0.6,
    top_p: float = 0.95, model: LanguageModel | None = None, differ: Callable[[str, str], bool] | None = None,
) -> Resilience:  # fmt: skip
    """Removes a step by resampling until it stays away, in each of `n` rollouts.

    Interrupt keeps the rollouts that are complete.

    Args:
        trace: the thought.
        step: the number of the step, from 1.
        n: rollouts without the step, and as many with it.
        rounds: how often a rollout is cut at most, at least 1.
        seed, temperature, top_p: as in `labkit.inside.fork`.
        model: by default the model that wrote the thought.
        differ: decides whether a step differs from the removed step; by default `steps_differ`.

    Raises:
        LabkitError: as `labkit.inside.fork`; or `rounds` is less than 1.
    """
    if rounds < 1:
        raise BadArgument(f"rounds={rounds} removes nothing.", why="each rollout is cut at least once.",
                          next=f"labkit.inside.resilience(trace, {step}, rounds=8)")  # fmt: skip
    check_rollouts(n, f"labkit.inside.resilience(trace, {step}, n=8)")
    model = model_for_sampling(trace, model)
    require_rule(trace)
    removed = step_of(trace, step)
    bar, stop = Progress(f"{n} rollouts, at most {rounds} removals each", n * rounds), Event()

    def continued(thought: Trace, prefix_len: int, count: int, seed: int) -> ContinuationBatch:
        limit = max(1, LONG * len(trace) - prefix_len)
        return make_batch(model, thought, prefix_len, (), count, temperature, top_p, limit, seed + prefix_len)

    after = trace.token_range(removed.start, removed.end)[1] or len(trace)
    with_step = sample_batches([continued(trace, after, n, seed)], stop)[0]
    current, cuts, removals = [trace] * n, [first_token(trace, removed)] * n, [0] * n
    for number in range(rounds):
        pending = [i for i, cut in enumerate(cuts) if cut >= 0]
        if not pending or stop.is_set():
            break
        groups = _same_prefix(current, cuts, pending)
        batches = [continued(current[g[0]], cuts[g[0]], len(g), seed + SEED_STEP * number) for g in groups]
        sampled = sample_batches(batches, stop)
        for group, rollouts in zip(groups, sampled, strict=True):
            for i, rollout in zip(group, rollouts, strict=False):
                current[i], removals[i] = rollout, removals[i] + 1
                cuts[i] = _return_of(removed, trace, rollout, differ or steps_differ)
        bar.show(n * rounds - sum(cut >= 0 for cut in cuts) * (rounds - number - 1))
    bar.close()
    complete = [i for i, t in enumerate(current) if removals[i] and t.finish != "interrupted"]
    return Resilience(
        removed.number, removed.gist, rounds,
        tuple(removals[i] for i in complete), tuple(cuts[i] < 0 for i in complete),
        TraceGroup(tuple(current[i] for i in complete)), with_step,
    )  # fmt: skip


def _same_prefix(current: Sequence[Trace], cuts: Sequence[int], pending: Sequence[int]) -> list[list[int]]:
    """The rollouts to continue, in groups that share all tokens before the cut: each group is one batch."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for i in pending:
        groups.setdefault(tuple(current[i].tokens.ids[: cuts[i]]), []).append(i)
    return list(groups.values())


def _return_of(removed: Step, trace: Trace, rollout: Trace, differ: Differ) -> int:
    """The token at which a rollout writes the removed step again, at its place or later; -1 if it does not."""
    was = trace.text[removed.start : removed.end]
    for step in rollout.steps[removed.number - 1 :]:
        if not differ(was, rollout.text[step.start : step.end]):
            return first_token(rollout, step)
    return -1
