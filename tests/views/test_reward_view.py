"""A reward view's faces, what it answers, and that its numbers are those of the rewards and of the loss."""

from __future__ import annotations

import io
import math
import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from PIL import Image

import labkit
from labkit import LabkitError, TraceGroup
from labkit.rewards import Rule, countdown_accuracy, countdown_steps, group_advantages, length, think_format
from labkit.views import RewardView
from labkit.views.reward import contract as wire
from labkit.views.reward.wording import bars, extent, lesson, number, order

from . import make, reward_check

PROMPT = "Using 10, 12 and 14, make 5."
RULES = [countdown_accuracy, think_format, countdown_steps, length(640, "long")]
WRONG = make.COUNTDOWN.replace("(3 * 5) + 9", "(3 + 5) * 9")


@pytest.fixture(scope="module")
def group() -> TraceGroup:
    return labkit.load("r1-mini-cold").sample(PROMPT, n=6, temperature=1.0, seed=0)


@pytest.fixture
def made() -> TraceGroup:
    return TraceGroup((make.trace(), make.trace(WRONG), make.trace("3 + 5 = 8: 8 + 9 = 17", finish="length")))


def opened(view: RewardView, row: int) -> tuple[wire.RolloutDetail, np.ndarray]:
    head, data = view.answer({"ask": "open", "id": 1, "row": row})
    assert isinstance(head, wire.RolloutDetail)
    return head, np.frombuffer(data, "<f4").reshape(3, head.count)


# -- numbers -----------------------------------------------------------------------------------------


def test_rewards_and_advantages_follow_the_sliders(group: TraceGroup) -> None:
    view = RewardView(group, rules=RULES, weights=[1, 0.2, 0.3, 0])
    assert view.rewards == [b.total for b in view.breakdowns]
    assert view.advantages == group_advantages(view.rewards).tolist()
    view.focus = {**view.focus, "weights": [0, 1, 0, -1], "kind": "rloo"}
    columns = {
        "numbers": [[10, 12, 14]] * 6,
        "target": [5] * 6,
        "completion_ids": [t.tokens.ids for t in group],
    }
    form, long = (rule([t.text for t in group], **columns) for rule in (RULES[1], RULES[3]))
    assert view.rewards == pytest.approx([f - n for f, n in zip(form, long, strict=True)])  # type: ignore[operator]
    assert view.advantages == group_advantages(view.rewards, kind="rloo").tolist()
    assert view.weights == {
        "countdown_accuracy": 0,
        "think_format": 1,
        "countdown_steps": 0,
        "length_long": -1,
    }


def test_an_opened_rollout_brings_its_tokens_its_marks_and_its_logprobs(group: TraceGroup) -> None:
    view = RewardView(group, rules=RULES)
    head, columns = opened(view, 2)
    trace = group[2]
    assert "".join(head.texts[:-1]) == trace.text
    assert columns[0] == pytest.approx(trace.tokens.logprobs)
    assert (columns[0] == columns[1]).all() and (columns[0] == columns[2]).all()
    for mark, part in zip(head.marks, view.breakdowns[2], strict=True):
        assert trace.text[slice(*part.span)] in "".join(head.texts[mark.first : mark.last])
        assert RULES[mark.rule].name == part.rule and (mark.value, mark.why) == (part.value, part.why)


def test_another_policy_gives_real_ratios_and_the_same_one_gives_one(group: TraceGroup) -> None:
    view = RewardView(group, policy=labkit.load("r1-mini"), reference=labkit.load("r1-mini-cold"))
    _, (old, now, ref) = opened(view, 0)
    assert view.scene["policy"] == "r1-mini" and view.scene["reference"] == "r1-mini-cold"
    assert np.exp(ref - old) == pytest.approx(1, abs=2e-3)  # the model that sampled, read again in one pass
    assert np.abs(np.exp(now - old) - 1).max() > 0.2
    given = RewardView(group, policy=[t.tokens.logprobs for t in group])
    assert opened(given, 0)[1][1] == pytest.approx(old)


def test_a_trace_without_probabilities_has_none(made: TraceGroup) -> None:
    bare = made[0].model_copy(update={"tokens": made[0].tokens.model_copy(update={"logprobs": []})})
    _, columns = opened(RewardView([bare, made[1]]), 0)
    assert np.isnan(columns).all()


# -- what cannot be judged, and what teaches nothing ----------------------------------------------------


def test_what_cannot_be_judged_is_shown_as_that(made: TraceGroup) -> None:
    unknown = TraceGroup(tuple(t.model_copy(update={"prompt": "Say hello."}) for t in made))
    view = RewardView(unknown, rules=[countdown_accuracy])
    assert view.rewards == [None] * 3 and view.advantages == [0, 0, 0]
    assert "cannot be judged" in view.as_html() and "None of these rollouts can be judged" in view.as_html()
    assert view.as_png()
    mixed = RewardView(unknown, rules=[countdown_accuracy, think_format])
    assert mixed.rewards == pytest.approx([0.2, 0.2, 0.0]) and mixed.scene["rollouts"][0]["values"] == [
        None,
        1.0,
    ]


@pytest.mark.parametrize(
    ("rewards", "said"),
    [
        ([1.2, 1.2, 1.2], "All 3 earned 1.20: every advantage is 0, so this group teaches nothing."),
        ([0.1 + 0.2, 0.3], "Both earned 0.30"),
        ([1.0, None], "Only one rollout can be judged"),
        ([1.0, 0.0], "Mean 0.50, spread 0.50. GRPO: A = (reward − 0.50) / 0.50."),
        ([None], "None of these rollouts can be judged"),
    ],
)
def test_the_group_says_what_it_teaches(rewards: list[float | None], said: str) -> None:
    assert said in lesson(rewards, "grpo")


def test_bars_stack_to_the_right_what_was_earned_and_to_the_left_what_was_lost() -> None:
    row = bars([1.0, -0.5, None, 0.0, 0.5, -1.0], [1, 1, 1, 1, 2, 0.5])
    assert row == [(0, 0.0, 1.0), (1, -0.5, 0.0), (4, 1.0, 2.0), (5, -1.0, -0.5)]
    assert extent([row, []]) == (-1.0, 2.0) and extent([[]]) == (0, 1)


def test_rows_are_sorted_and_what_cannot_be_judged_comes_last() -> None:
    rewards, counts = [0.5, None, 1.0, 0.5], [4, 3, 2, 1]
    gains = [0.0, 0.0, 2.0, -1.0]
    assert order(rewards, gains, counts, "reward", True) == [2, 0, 3, 1]
    assert order(rewards, gains, counts, "reward", False) == [0, 3, 2, 1]
    assert order(rewards, gains, counts, "advantage", True) == [2, 0, 3, 1]
    assert order(rewards, gains, counts, "tokens", False) == [3, 2, 1, 0]
    assert order(rewards, gains, counts, "number", True) == [3, 2, 1, 0]


def test_a_number_is_written_one_way() -> None:
    assert [number(v) for v in (-0.001, 0.0, 1.0, -1.234, None)] == ["0.00", "0.00", "1.00", "−1.23", "?"]


# -- arguments -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"group": "text"}, "cannot take group='text'"), ({"group": []}, "needs a group of rollouts"),
        ({"group": [7]}, r"cannot take group=\[7\]"), ({"weights": [1]}, "do not fit the rules"),
        ({"rules": [len]}, "is not a rule"), ({"policy": [[0.0]]}, "policy= does not fit the 3 rollouts"),
        ({"policy": 7}, "policy= does not fit"), ({"kind": "ppo"}, "This RewardView cannot look at"),
        ({"epsilon": 2}, "This RewardView cannot look at"), ({"beta": math.nan}, "This RewardView cannot look at"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_in_words(made: TraceGroup, arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(LabkitError, match=said):
        RewardView(**({"group": made} | arguments))


def test_rollouts_of_several_prompts_or_too_many_are_refused(made: TraceGroup) -> None:
    with pytest.raises(LabkitError, match="several prompts"):
        RewardView([made[0], made[1].model_copy(update={"prompt": "Another."})])
    with pytest.raises(LabkitError, match="at most 64"):
        RewardView([made[0]] * 65)


@pytest.mark.parametrize(
    "change", [{"weights": [1]}, {"sort": "beauty"}, {"row": -1}, {"kind": 3}, {"more": 1}]
)
def test_what_is_no_focus_is_refused_and_the_old_one_stays(made: TraceGroup, change: dict[str, Any]) -> None:
    view = RewardView(made)
    before = view.focus
    with pytest.raises(LabkitError) as caught:
        view.focus = {**before, **change}
    assert view.focus == before
    space = {"view": view}
    exec(caught.value.next, space)
    assert view.focus["kind"] == "dr-grpo"


def test_an_ask_for_no_rollout_is_answered_with_a_sentence(made: TraceGroup) -> None:
    with pytest.raises(LabkitError, match="There is no rollout 3"):
        RewardView(made).answer({"ask": "open", "id": 1, "row": 3})


# -- saved faces ---------------------------------------------------------------------------------------


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_saved_faces_hold_the_table_and_no_markup_of_the_models() -> None:
    evil = "<img src=x onerror=alert(1)>"
    text = f"{evil}</think><answer>{evil}</answer>"
    group = [
        make.trace(text, model=evil, prompt=f"Say {evil}"),
        make.trace("x</think>y", model=evil, prompt=f"Say {evil}"),
    ]
    view = RewardView(group, rules=[think_format])
    face = view.as_html()
    tags = Tags()
    tags.feed(face)
    assert not tags.open and tags.seen <= {"div", "b", "span", "table", "tr", "th", "td", "img"}
    assert "onerror=alert" in face and "<img src=x" not in face
    with Image.open(io.BytesIO(view.as_png())) as picture:
        assert picture.width == 1520 and picture.mode == "P"


def test_the_faces_are_the_same_at_every_run_and_follow_the_sliders(made: TraceGroup) -> None:
    one, other = RewardView(made, rules=RULES), RewardView(made, rules=RULES)
    assert one.as_html() == other.as_html() and one.as_png() == other.as_png()
    assert (
        repr(one)
        == one.as_text()
        == (
            "RewardView(3 rollouts of 'Using 3, 5 and 9, make 24.': "
            "countdown_accuracy, think_format, countdown_steps, length_long)"
        )
    )
    other.focus = {**other.focus, "kind": "dr-grpo", "sort": "reward", "down": True}
    assert "Dr. GRPO" in other.as_html() and one.as_png() != other.as_png()
    assert one.as_text() == other.as_text()


def test_long_names_and_many_rollouts_fit_into_the_picture(made: TraceGroup) -> None:
    def judge(text: str) -> Any:
        yield -1.0, (0, 0), "It is long."

    rules = [Rule(judge, name=f"a_rule_with_a_very_long_name_{i}") for i in range(8)]
    view = RewardView([made[i % 3] for i in range(40)], rules=rules)
    with Image.open(io.BytesIO(view.as_png())) as picture:
        assert picture.height < 2200
    assert "8 more rollouts" not in view.as_html() and re.search(r">40</td>", view.as_html())


@pytest.mark.slow
def test_it_needs_no_torch() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests'); from views import make; import labkit\n"
        "view = labkit.RewardView([make.trace(), make.trace()]); view._repr_mimebundle_()\n"
        "print('torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"


def test_the_front_end_is_held_against_what_python_computes_of_rules_and_rollouts() -> None:
    assert reward_check.FILE.read_text("utf-8") == reward_check.text(), "python -m tests.views.reward_check"
