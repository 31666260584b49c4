"""Diagnoses a run that does not learn: rules of thumb over the run's rows, each explained in a sentence.

"Reward 0, loss 0, no reason" is the commonest complaint in the field (huggingface/trl issue 3452,
huggingface/open-r1 issues 235 and 436). Each rule here is a few lines: its measure, its condition, and
its advice. Left out: whether the *task* can be learned at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from labkit._arguments import checks_arguments
from labkit.training.run import METRICS, Run, Step

LAST = 3  # a run is judged by the mean of its last steps
COLLAPSED = 0.2  # share of the entropy of the first steps
TINY = 1e-3  # nats per token: the policy is almost deterministic


@dataclass(frozen=True)
class Finding:
    """A problem: `what` was observed, `why` the run does not learn from it, and what to do `next`."""

    name: str
    what: str
    why: str
    next: str

    def __str__(self) -> str:
        return f"{self.what} {self.why} Next: {self.next}"


@dataclass(frozen=True)
class RecentSteps:
    """The last steps combined: means of the measures, means of the rules, the last reasons, the settings."""

    measures: dict[str, float]
    rules: dict[str, float]
    reasons: dict[str, str]
    settings: dict[str, Any]
    steps: int

    def __getattr__(self, name: str) -> float:
        return self.__dict__["measures"][name]


@checks_arguments
def diagnose(run: Run | Step) -> list[Finding]:
    """The problems of a run, or of one of its steps; empty if the run learns.

    Args:
        run: a run, judged by its last three steps, or `run.step(n)`.

    Returns:
        Findings, the most serious first; print one to read it.
    """
    steps = [run] if isinstance(run, Step) else list(run)
    if not steps:
        return []
    recent = combine(steps[-LAST:])
    findings = [finding for rule in RULES for finding in rule(recent, steps)]
    explained = {name for f in findings for name in FOLLOWS.get(f.name, ())}
    return [f for f in findings if f.name not in explained]


def combine(steps: list[Step]) -> RecentSteps:
    """Combines several steps."""

    def mean(column: list[float]) -> float:
        return fmean(column) if all(map(math.isfinite, column)) else math.nan

    last = steps[-1]
    return RecentSteps(
        {name: mean([s.measures[name] for s in steps]) for name in METRICS},
        {name: mean([s.rules[name] for s in steps]) for name in last.rules},
        last.reasons, last.settings, len(steps),
    )  # fmt: skip


def nan(recent: RecentSteps, steps: list[Step]) -> Iterator[Finding]:
    """The gradient is NaN or infinite."""
    bad = [
        s.number
        for s in steps
        if not (math.isfinite(s.measures["norm"]) and math.isfinite(s.measures["entropy"]))
    ]
    if bad:
        half, rate = recent.settings.get("dtype") == "float16", recent.settings["lr"]
        why = "Something was divided by zero, or grew past what the numbers can hold."
        if half:
            why = "float16 ends at 65,504, and something grew past it."
        elif rate > 3e-3:
            why = f"A learning rate of {rate:g} has thrown the weights so far that their products overflow."
        yield Finding(
            "NaN",
            f"In step {bad[0]} probabilities or gradient were NaN or infinite: training ended without this step.",
            why,
            "model.network.float()  # then train again" if half else "labkit.training.grpo(model, lr=3e-4)",
        )


def wrong_template(recent: RecentSteps, steps: list[Step]) -> Iterator[Finding]:
    """The prompts are of a kind that the model was not trained on."""
    if not recent.settings.get("chat", True) and recent.right < 0.1:
        yield Finding(
            "wrong template",
            f"The model is given the bare prompt, and {percent(recent.right)} of the rollouts are right.",
            "A model that was trained on a chat template reads anything else as text to go on with.",
            "labkit.training.grpo(model, chat=True)",
        )


def wrong_tags(recent: RecentSteps, steps: list[Step]) -> Iterator[Finding]:
    """No rollout can have the tags that a rule expects."""
    for name, value in recent.rules.items():
        if value <= 0 and recent.right > 0.05 and name in recent.reasons:
            yield Finding(
                "wrong tags",
                f"{percent(recent.right)} of the rollouts have the right answer, and {name} paid for none of them: "
                f"{recent.reasons[name]!r}",
                "The rule looks for the answer where the model does not put it; often the tags differ, or the chat "
                "template has already written the opening one.",
                "print(run.kept[-1].trace.text)  # and compare with what the rule looks for",
            )


def cut_off(recent: RecentSteps, steps: list[Step]) -> Iterator[Finding]:
    """Thoughts do not reach an answer."""
    if recent.cut > 0.3:
        most = recent.settings["max_new_tokens"]
        yield Finding(
            "cut off",
            f"{percent(recent.cut)} of the rollouts were cut off at {most} tokens.",
            "What is cut off has no answer and earns nothing: being short is learned, and not being right.",
            f"labkit.training.grpo(model, max_new_tokens={2 * most})",
        )


def rounding(recent: RecentSteps, steps: list[Step]) -> Iterator[Finding]:
    """Updates are too small for the precision of the weights."""
    moved = [s.measures["moved"] for s in steps[-LAST:] if s.measures["norm"] > 0]
    if moved and fmean(moved) < 0.5:
        kind, rate = recent.settings.get("dtype", "float32"), recent.settings["lr"]
        digits = {"bfloat16": 3, "float16": 4}.get(kind, 8)
        yield Finding(
            "lost in rounding",
            f"There are advantages and a gradient, but a step changes only {percent(fmean(moved))} of the weights.",
            f"{kind} has about {digits} digits: a change of {rate:g} disappears beside most weights.",
            "model.network.float()"
            if kind != "float32"
            else f"labkit.training.grpo(model, lr={10 * rate:g})",
        )


def collapse(recent: RecentSteps, steps: list[Step]) -> Iterator[Finding]:
    """The policy no longer explores."""
    start = max(s.measures["entropy"] for s in steps[:LAST])
    gone = len(steps) > LAST and recent.entropy < COLLAPSED * start
    if gone or recent.entropy < TINY:
        fell = f"has fallen from {start:.3g} to {recent.entropy:.3g}" if gone else f"is {recent.entropy:.2g}"
        yield Finding(
            "entropy collapse",
            f"The entropy {fell} nats a token: all rollouts of a group are nearly the same text.",
            "What is never tried is never rewarded; such a policy gets no further.",
            "labkit.training.grpo(model, lr=1e-4, epsilon_high=0.28)  # DAPO's clip-higher; or beta=0.01",
        )
    best = max(s.measures["reward"] for s in steps)
    if len(steps) > LAST and best > 0 and recent.reward < 0.5 * best and recent.kl > 0.1:
        yield Finding(
            "collapse",
            f"The reward was {best:.2f} and is {recent.reward:.2f}, {recent.kl:.2g} nats a token from where it began.",
            "The steps were too large: the policy forgot what it could do before it found anything better.",
            f"labkit.training.grpo(model, lr={recent.settings['lr'] / 10:.1g})",
        )


def no_spread(recent: RecentSteps, steps: list[Step]) -> Iterator[Finding]:
    """In a group, every rollout has the same reward."""
    if recent.same < 0.8:
        return
    share = "Every group" if recent.same == 1 else f"{percent(recent.same)} of the groups"
    hard = recent.right < 0.5
    yield Finding(
        "no spread",
        f"{share} had one and the same reward for all rollouts, {recent.reward:.2f} on average.",
        "An advantage is the difference to the group: without a difference, the gradient is zero.",
        "labkit.training.grpo(model, group=32)  # or easier problems, or a reward with grades" if hard
        else "harder problems: labkit.tasks.countdown.problems(500, numbers=4, split='train')",
    )  # fmt: skip


def unpaid_rule(recent: RecentSteps, steps: list[Step]) -> Iterator[Finding]:
    """A rule never gives a reward."""
    for name, value in recent.rules.items():
        if not value > 0 and name in recent.reasons:
            outcome = "gave nothing to any rollout" if math.isfinite(value) else "could judge no rollout"
            yield Finding(
                "unpaid rule",
                f"{name} {outcome}; most often: {recent.reasons[name]!r}",
                "A rule that rewards no rollout teaches nothing.",
                "labkit.RewardView(model.sample(prompt, n=8))  # what each rule says of each rollout",
            )


RULES: tuple[Callable[[RecentSteps, list[Step]], Iterator[Finding]], ...] = (
    nan, wrong_template, wrong_tags, cut_off, rounding, collapse, no_spread, unpaid_rule,
)  # fmt: skip
# Findings that merely follow from another finding.
NO_PAY = ("no spread", "unpaid rule")
FOLLOWS = {
    "NaN": ("cut off", "collapse", "entropy collapse", "lost in rounding", *NO_PAY),
    "wrong template": ("cut off", *NO_PAY),
    "wrong tags": NO_PAY,
    "cut off": NO_PAY,
    "collapse": ("cut off", *NO_PAY),
    "entropy collapse": ("no spread",),
}


def percent(share: float) -> str:
    """A share as a rounded percentage.

    >>> percent(0.034), percent(0.5)
    ('3 %', '50 %')
    """
    return f"{100 * share:.0f} %"
