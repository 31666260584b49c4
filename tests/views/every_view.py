"""One example of each view, small and the same at every run; and each view with hostile text in every field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import labkit
from labkit import ScalingPoint, Trace, TraceGroup
from labkit.inside import Comparison, Fork, compare, fork
from labkit.training.run import Run
from labkit.views import (
    AttentionView,
    CompareView,
    CostView,
    ForkView,
    LensView,
    RewardView,
    ScalingView,
    TokenView,
    TracesView,
    TrainingView,
    View,
)

from . import make
from .test_training_view import run_of

PROMPT = "Using 3, 5 and 9, make 24."
WRONG = make.COUNTDOWN.replace("(3 * 5) + 9", "(3 + 5) * 9")
# Each part would set `window.hurt` if the page took it for markup.
HOSTILE = "<img src=x onerror=window.hurt=1><script>window.hurt=1</script>"

Example = Callable[[], View]


@cache
def thought() -> Trace:
    """A thought of the smallest model: at most 60 tokens."""
    return labkit.load("r1-nano").think(PROMPT, max_new_tokens=60, seed=0, show=False)


def fork_view(trace: Trace) -> ForkView:
    """A fork view with one fork of three short rollouts."""
    return ForkView(trace, forks=[fork(trace, 4, n=3, max_new_tokens=20, seed=0)])


def votes() -> list[ScalingPoint]:
    """Two series of two points each."""
    return [
        ScalingPoint(name, k, None, 0.4 + 0.1 * k, 0.3 + 0.1 * k, 0.5 + 0.1 * k, 20)
        for name in ("pass@k", "maj@k")
        for k in (1, 4)
    ]


def comparison(text: str = make.COUNTDOWN) -> Comparison:
    """A made-up trace under two models: one expects every token a little less."""
    b = make.trace(text)
    logprobs = [1.25 * value - 0.4 * (i % 9 == 5) for i, value in enumerate(b.tokens.logprobs)]
    a = b.model_copy(
        update={"model": "r1-mini-cold", "tokens": b.tokens.model_copy(update={"logprobs": logprobs})}
    )
    return compare(a, b)


EXAMPLES: dict[str, Example] = {
    "token": lambda: TokenView(make.trace()),
    "text": lambda: TokenView(Trace.from_text("Make 24.", "<think>So 3 * 8.\n\nWait, 9 - 1.</think>24")),
    "attention": lambda: AttentionView(make.captured(), layer=1, head=0, token=20),
    "lens": lambda: LensView(thought()),
    "fork": lambda: fork_view(thought()),
    "reward": lambda: RewardView([make.trace(), make.trace(WRONG)]),
    "traces": lambda: TracesView([make.trace(), make.trace(WRONG), make.long(300)]),
    "training": lambda: TrainingView(Run.load(labkit.data_path("runs", "first-run"))),
    "scaling": lambda: ScalingView(votes()),
    "catalog": labkit.catalog,
    "compare": lambda: CompareView([comparison(), comparison(WRONG)]),
    "cost": CostView,
}


def hostile_trace() -> Trace:
    """A trace whose prompt, model and tokens are markup."""
    half = len(HOSTILE) // 2
    return make.trace(
        HOSTILE * 2, tokens=[HOSTILE[:half], HOSTILE[half:], HOSTILE], prompt=HOSTILE, model=HOSTILE
    )


def hostile_run() -> Run:
    """A run whose watched thoughts and reasons are markup."""
    run = run_of(2)
    run.watched = [replace(kept, trace=hostile_trace()) for kept in run.watched]
    run.reasons[-1]["countdown_accuracy"] = HOSTILE
    return run


def hostile_lens() -> LensView:
    """A lens view in whose vocabulary every piece is markup."""
    view = LensView(thought())
    view._data.text_of = lambda token: HOSTILE
    target = {**view.scene["target"], "text": HOSTILE}
    view.scene = {**view.scene, "model": HOSTILE, "target": target}
    return view


def hostile_fork() -> ForkView:
    """A fork view whose trunk, replacement and rollouts are markup."""
    trunk = hostile_trace()
    return ForkView(trunk, forks=[Fork(trunk, 1, HOSTILE, None, TraceGroup((trunk, trunk)), 2)])


HOSTILE_EXAMPLES: dict[str, Example] = {
    "token": lambda: TokenView(hostile_trace()),
    "text": lambda: TokenView(Trace.from_text(HOSTILE, f"<think>{HOSTILE}</think>{HOSTILE}")),
    "attention": lambda: AttentionView(make.captured(hostile_trace()), layer=1, head=0, token=2),
    "lens": hostile_lens,
    "fork": hostile_fork,
    "reward": lambda: RewardView([hostile_trace(), hostile_trace()]),
    "traces": lambda: TracesView([hostile_trace(), hostile_trace()], measures={HOSTILE: len}),
    "training": lambda: TrainingView(hostile_run()),
    "compare": lambda: CompareView(compare(hostile_trace(), hostile_trace())),
    "scaling": lambda: ScalingView(
        {HOSTILE: [ScalingPoint(HOSTILE, k, None, 0.5, 0.4, 0.6, 9) for k in (1, 2)]}, title=HOSTILE
    ),
}
