"""`RewardView`: the rollouts of one prompt side by side, with rewards, advantages and the terms of the loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.models import LanguageModel
from labkit.rewards import Breakdown, Rule, breakdown, outcome_of
from labkit.rewards.advantages import Kind
from labkit.rewards.functions import rules_of
from labkit.rewards.scoring import default_rules, problem_for, weights_of
from labkit.traces import Trace, TraceGroup
from labkit.views.core.view import STATIC, Answer, View
from labkit.views.core.wording import plural, shorten
from labkit.views.reward import contract as wire
from labkit.views.reward import data
from labkit.views.reward.html import render_html
from labkit.views.reward.png import render_png

COLUMNS = ("advantage", "number", "reward", "tokens")  # the sortable columns
MAX_ROLLOUTS = 64
EXAMPLE = "labkit.RewardView(model.sample(prompt, n=8))"


class RewardView(View):
    """Rewards, advantages and each token's share of the loss, for a group of rollouts.

    A row is a rollout: its reward by rule, its advantage, its length, its thought as a strip. Sort by a
    column's header; open a row for the text, in which rewarded and penalised parts are marked and explained.
    The sliders change weights, epsilon, beta and the normalisation, and the browser recomputes everything;
    `view.weights`, `view.rewards` and `view.advantages` follow.

    Args:
        group: the result of `model.sample(prompt, n=8)`.
        problem: the problem, for the rules (see `labkit.rewards.breakdown`); by default the prompt's problem.
        rules: by default a right answer and the format.
        weights: one per rule, in order or by name.
        policy: the policy in training: a model, or log p of the tokens of each rollout. By default the
            sampling policy, and then every ratio is 1.
        reference: the reference of the KL term, in the same form; by default the sampling policy.
        kind: `"grpo"`, `"dr-grpo"` or `"rloo"`.
        epsilon: how far a ratio may move before it is clipped.
        beta: weight of the KL term.

    Raises:
        LabkitError: the group is missing, its rollouts have several prompts, or an argument does not fit.
    """

    bundle = STATIC / "reward_view.js"
    focus_type = wire.Focus
    ask_type = wire.Ask
    next_focus = 'view.focus = {**view.focus, "kind": "dr-grpo", "epsilon": 0.2, "beta": 0.0}'

    @checks_arguments
    def __init__(
        self,
        group: TraceGroup | Sequence[Trace],
        problem: Any = None,
        *,
        rules: Rule | Sequence[Rule] | None = None,
        weights: Sequence[float] | Mapping[str, float] | None = None,
        policy: Any = None,
        reference: Any = None,
        kind: Kind = "grpo",
        epsilon: float = 0.2,
        beta: float = 0.0,
    ) -> None:
        traces = rollouts_of(group)
        used = default_rules(problem_for(traces[0], problem)) if rules is None else rules_of(rules)
        per_rule = weights_of(used, weights)
        policy_logprobs, policy_name = logprobs_of(policy, traces, "policy")
        reference_logprobs, reference_name = logprobs_of(reference, traces, "reference")
        self._group = data.GradedGroup(
            traces=traces,
            outcomes=tuple(outcome_of(trace, problem) for trace in traces),
            rules=tuple(used),
            breakdowns=tuple(breakdown(trace, problem, rules=used, weights=per_rule) for trace in traces),
            policy_logprobs=policy_logprobs,
            reference_logprobs=reference_logprobs,
            policy_name=policy_name,
            reference_name=reference_name or traces[0].model,
        )
        focus = {"weights": per_rule, "epsilon": epsilon, "beta": beta, "kind": kind}
        super().__init__(data.scene_of(self._group), focus)

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each rule, by the current sliders."""
        return dict(zip((rule.name for rule in self._group.rules), self.focus["weights"], strict=True))

    @property
    def rewards(self) -> list[float | None]:
        """The reward of each rollout, by the current sliders; None if it cannot be judged."""
        return data.totals(self._group, self.focus["weights"])

    @property
    def advantages(self) -> list[float]:
        """The advantage of each rollout, by the current sliders."""
        return data.advantages(self.rewards, self.focus["kind"])

    @property
    def breakdowns(self) -> tuple[Breakdown, ...]:
        """The parts of each rollout's reward, with the view's initial weights."""
        return self._group.breakdowns

    def respond(self, ask: wire.OpenAsk) -> Answer:
        """Answers an `Ask`."""
        if ask.row >= len(self._group.traces):
            raise BadArgument(
                f"There is no rollout {ask.row}.",
                why=f"the group has {len(self._group.traces)}, counted from 0.",
                next="view.breakdowns[0]",
            )
        return data.rollout_detail(self._group, ask.row)

    def recorded_asks(self) -> Iterable[dict[str, Any]]:
        """All rollouts."""
        return ({"ask": "open", "row": row} for row in range(len(self._group.traces)))

    def check_focus(self, focus: wire.Focus) -> None:
        """Raises an error for a wrong number of weights, or for a column that the table does not have."""
        if len(focus.weights) != len(self._group.rules):
            raise self.cannot_look_at("weights", focus.weights, f"it needs {len(self._group.rules)} weights")
        if focus.sort not in COLUMNS:
            raise self.cannot_look_at("sort", focus.sort, f"a column is one of {', '.join(COLUMNS)}")

    # -- saved outputs ---------------------------------------------------------------------------

    def as_text(self) -> str:
        """The number of rollouts, the prompt and the rules."""
        traces = self._group.traces
        names = ", ".join(rule.name for rule in self._group.rules)
        return f"RewardView({plural(len(traces), 'rollout')} of {shorten(traces[0].prompt)!r}: {names})"

    def as_html(self) -> str:
        """The table as selectable text."""
        return render_html(self._group, self._focus)

    def as_png(self) -> bytes:
        """The table as a picture."""
        return render_png(self._group, self._focus)


def rollouts_of(group: Any) -> tuple[Trace, ...]:
    """The rollouts of a group.

    Raises:
        LabkitError: this is not a group of rollouts of one prompt, or it has too many rollouts.
    """
    traces = tuple(group) if isinstance(group, TraceGroup | list | tuple) else ()
    if not traces or not all(isinstance(trace, Trace) for trace in traces):
        kind = f"a {type(group).__name__} of {len(traces)}" if traces else f"{type(group).__name__}"
        raise BadArgument(
            f"RewardView() got {kind} and needs a group of rollouts.",
            why="it compares rollouts of one prompt with each other.",
            next=EXAMPLE,
        )
    if len(traces) > MAX_ROLLOUTS:
        raise BadArgument(
            f"RewardView() got {len(traces)} rollouts and shows at most {MAX_ROLLOUTS}.",
            why="a page with more is slow to draw and slow to read.",
            next=f"labkit.RewardView(group[:{MAX_ROLLOUTS}])",
        )
    if len({trace.prompt for trace in traces}) > 1:
        raise BadArgument(
            "RewardView() got rollouts of several prompts.",
            why="an advantage compares rollouts of one prompt.",
            next=EXAMPLE,
        )
    return traces


def logprobs_of(policy: Any, traces: Sequence[Trace], name: str) -> tuple[tuple[list[float], ...], str]:
    """log p of each rollout's tokens under a policy, and its name; empty if no policy is given."""
    if policy is None:
        return tuple([] for _ in traces), ""
    if isinstance(policy, LanguageModel):
        from labkit.inside import logprobs

        return tuple(logprobs(trace, policy) for trace in traces), policy.name
    rows = [[float(x) for x in row] for row in policy] if isinstance(policy, list | tuple) else []
    if [len(row) for row in rows] != [len(trace) for trace in traces]:
        raise BadArgument(
            f"{name}= does not fit the {len(traces)} rollouts.",
            why="it is a model, or for each rollout a list with log p of each of its tokens.",
            next=f'labkit.RewardView(group, {name}=labkit.load("r1-mini"))',
        )
    return tuple(rows), f"a given {name}"
