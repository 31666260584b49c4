"""What a reward is made of."""

from __future__ import annotations

import pytest

import labkit
from labkit.errors import LabkitError
from labkit.rewards import Rule, breakdown, countdown_accuracy, countdown_steps, overlong, think_format
from labkit.tasks.countdown import Problem
from tests.views.make import trace

PROBLEM = Problem((3, 5, 9), 24)
TEXT = "3 * 5 = 15: 15 + 9 = 25.</think><answer>3 * 5 + 9</answer>"


def test_parts_add_up_to_what_the_reward_functions_say() -> None:
    found = breakdown(
        TEXT, PROBLEM, rules=[countdown_accuracy, think_format, countdown_steps], weights=[1, 0.2, 0.5]
    )
    assert found.total == pytest.approx(1 + 0.2 + 0.5 * 0.5)
    assert found.value("countdown_steps") == countdown_steps([TEXT])[0] == 0.5
    assert len(found) == 4
    assert [TEXT[slice(*p.span)] for p in found if p.rule == "countdown_steps"] == [
        "3 * 5 = 15",
        "15 + 9 = 25",
    ]


def test_a_trace_brings_its_problem_and_its_tokens() -> None:
    thought = trace()
    found = breakdown(thought, rules=[countdown_accuracy, overlong(60, 40)])
    assert found.value("countdown_accuracy") == 1
    n = len(thought)
    assert found.value("overlong") == pytest.approx(max(-1, (20 - n) / 40))
    assert found.parts[1].span == (thought.char_starts[20], len(thought.text))


def test_what_cannot_be_judged_is_left_out_of_the_sum_and_is_not_zero() -> None:
    found = breakdown("I think.</think><answer>7</answer>", rules=[countdown_accuracy, think_format])
    assert found.value("countdown_accuracy") is None and found.total == 0.2
    assert breakdown("7", rules=[countdown_accuracy]).total is None
    assert "?" in repr(breakdown("7", rules=[countdown_accuracy]))


def test_weights_go_by_name_or_by_order() -> None:
    rules = [countdown_accuracy, think_format]
    by_name = breakdown(TEXT, PROBLEM, rules=rules, weights={"think_format": 3})
    assert by_name == breakdown(TEXT, PROBLEM, rules=rules, weights=[1, 3])
    assert breakdown(TEXT, PROBLEM) == breakdown(TEXT, PROBLEM, rules=rules, weights=[1, 0.2])


@pytest.mark.parametrize(
    "wrong",
    [
        {"rules": [len]},
        {"rules": []},
        {"rules": [think_format] * 2},
        {"weights": [1]},
        {"weights": {"form": 1}},
    ],
)
def test_wrong_rules_and_weights_say_what_to_type(wrong: dict[str, object]) -> None:
    with pytest.raises(LabkitError) as caught:
        breakdown(TEXT, PROBLEM, **wrong)  # type: ignore[arg-type]
    given = eval(f"dict({caught.value.next})", {"labkit": labkit})
    assert len(breakdown(TEXT, PROBLEM, **given)) == 2


def test_a_rule_of_ones_own_is_a_function_with_reasons() -> None:
    @Rule
    def polite(text: str):  # type: ignore[no-untyped-def]
        at = text.find("please")
        if at >= 0:
            yield 1.0, (at, at + 6), "It says please."

    assert polite(["say it, please", "no"]) == [1.0, None]
    assert breakdown("please", rules=[polite]).parts[0].span == (0, 6)
