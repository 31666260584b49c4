"""The reward of one completion, part by part: the choice of rules, columns and weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.rewards.base import Breakdown, JudgedSpan, Rule, text_of
from labkit.rewards.functions import rules_of
from labkit.rewards.math_answers import math_accuracy
from labkit.rewards.rules import countdown_accuracy, exact_answer, gym_score, think_format
from labkit.tasks import Problem, Task, problem_of, registered, task_of
from labkit.tasks.answers import answer_in
from labkit.traces import Parts, ProblemRecord, Trace

WEIGHTS = {"think_format": 0.2}  # as in the recipe of r1-mini; other rules have weight 1.0
OF_TASK = {
    "countdown": countdown_accuracy, "math": math_accuracy, "exact": exact_answer, "gym": gym_score,
}  # fmt: skip


@checks_arguments
def breakdown(
    completion: Any,
    problem: Any = None,
    *,
    rules: Rule | Callable[..., Any] | Sequence[Rule | Callable[..., Any]] | None = None,
    weights: Sequence[float] | Mapping[str, float] | None = None,
) -> Breakdown:
    """The reward of one completion, part by part.

    Args:
        completion: a `Trace`, a text, or a list of messages.
        problem: a problem of `labkit.tasks`, or a mapping such as `{"numbers": [3, 5, 9], "target": 24}`; by
            default that of the trace.
        rules: the rules; by default accuracy, by the task of the problem, and format, as in R1-Zero. TRL
            reward functions, `f(completions, **columns) -> list[float]`, are also accepted.
        weights: one for each rule in order, or a mapping by name (1 for missing names); by default those of
            the recipe of `r1-mini`, 0.2 for the format and 1.0 for every other rule.

    Raises:
        LabkitError: an element is not a rule, or the weights do not fit the rules.

    >>> breakdown("...</think><answer>3 * 5</answer>", {"numbers": [3, 5, 9], "target": 24})
         0 x 1     countdown_accuracy   The answer leaves out 9.
        +1 x 0.2   think_format         A thought, its closing tag and one answer, in this order.
      +0.2 in all
    """
    chosen = default_rules(problem_for(completion, problem)) if rules is None else rules_of(rules)
    weight_of = weights_of(chosen, weights)
    text, known = context_of(completion, problem)
    return Breakdown(
        tuple(part for rule, w in zip(chosen, weight_of, strict=True) for part in rule.parts(text, known, w))
    )


def default_rules(problem: Any = None) -> list[Rule]:
    """The rules of R1-Zero (R1 section 2.2.2): accuracy, by the task of the problem, and format."""
    return [accuracy_rule(problem), think_format]


def accuracy_rule(problem: Any = None) -> Rule:
    """The accuracy rule of a problem: that of its task, otherwise its own `verify`.

    Args:
        problem: a problem, its record or its columns; None for a free question, which `accuracy` cannot judge.
    """
    if _knows_best(problem):
        return _rule_of_verifier(problem)
    task = task_of(problem)
    if task is None:
        return Rule(_unknown, name="accuracy", factory=(accuracy_rule, ()))
    return OF_TASK.get(task.name) or _rule_of_task(task)


def _knows_best(problem: Any) -> bool:
    """Whether the class of a problem is outside labkit and its task is not registered: its own `verify` judges."""
    named = getattr(type(problem), "task", "") in registered()
    return isinstance(problem, Problem) and not named and not type(problem).__module__.startswith("labkit.")


def _rule_of_task(task: Task) -> Rule:
    def judge(text: str, *, parts: Parts, **columns: Any) -> Iterator[JudgedSpan]:
        verdict = task.verdict(answer_in(text, parts.answer), columns)
        yield verdict.score, verdict.span, verdict.why

    return Rule(
        judge, name=f"{task.name}_accuracy", required=task.columns, factory=(_rule_named, (task.name,))
    )


def _rule_named(task: str) -> Rule:
    return accuracy_rule(ProblemRecord(task=task))


def _rule_of_verifier(problem: Problem) -> Rule:
    def judge(text: str, *, parts: Parts) -> Iterator[JudgedSpan]:
        start, end = parts.answer
        right = bool(text[start:end].strip()) and bool(problem.verify(text[start:end]))
        yield float(right), (start, end), f"The problem's own verify() says {right}."

    return Rule(judge, name="accuracy", factory=(_rule_of_verifier, (problem,)))


def _unknown(text: str) -> Iterator[JudgedSpan]:
    yield None, (0, 0), "Nothing says what a right answer is: give the problem, or register its task."


def weights_of(rules: Sequence[Rule], weights: Sequence[float] | Mapping[str, float] | None) -> list[float]:
    """One weight for each rule, in order; see `breakdown`."""
    names = [rule.name for rule in rules]
    if weights is None:
        return [WEIGHTS.get(name, 1.0) for name in names]
    unknown = sorted({*weights} - {*names}) if isinstance(weights, Mapping) else []
    given = [weights.get(name, 1.0) for name in names] if isinstance(weights, Mapping) else list(weights)
    if unknown or len(given) != len(names):
        raise BadArgument(
            f"The weights {weights!r} do not fit the rules {', '.join(names)}.",
            why=f"there is no rule {unknown[0]!r}." if unknown else "each rule has one weight.",
            next=f"weights={dict.fromkeys(names, 1.0)!r}",
        )
    return [float(w) for w in given]


def problem_for(completion: Any, problem: Any = None) -> Any:
    """The given problem, otherwise that of the trace. Returns None if both are missing."""
    if problem is None and isinstance(completion, Trace):
        return problem_of(completion)
    return problem


def context_of(completion: Any, problem: Any = None) -> tuple[str | None, dict[str, Any]]:
    """The text of a completion and the arguments for its rules: its parts, its tokens, the columns."""
    record = ProblemRecord.of(problem_for(completion, problem))
    columns = {} if record is None else dict(record.columns)
    if not isinstance(completion, Trace):
        return text_of(completion), columns
    trace = completion
    known = {
        "parts": trace.parts,
        "opened": trace.opened,
        "open_tag": trace.open_tag,
        "close_tag": trace.close_tag,
    }
    if len(trace):
        known |= {"completion_ids": trace.tokens.ids, "token_starts": trace.char_starts}
    return trace.text, {**columns, **known}
