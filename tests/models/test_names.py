"""A misspelt name is answered with the nearest one, in a sentence."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import pytest

import labkit
from labkit import LabkitError, Trace
from labkit.models import LanguageModel, LocalModel
from labkit.models.local.rollout_memory import require_rollouts

PROMPT = "Using 3, 5 and 9, make 24."


@pytest.fixture(scope="module")
def trace(mini: LocalModel) -> Trace:
    return mini.think(PROMPT, max_new_tokens=20, show=False)


@pytest.mark.parametrize(
    ("name", "next"),
    [
        ("r1mini", 'model = labkit.load("r1-mini")'),
        ("deepseek-r1-1.5b", 'model = labkit.load("r1-distill-qwen-1.5b")'),
        ("qwen3-0.6", 'model = labkit.load("qwen3-0.6b")'),
        ("r1-distil-qwen-7b", 'model = labkit.load("r1-distill-qwen-7b")'),
    ],
)
def test_a_model_that_is_not_there_names_the_nearest(name: str, next: str) -> None:
    with pytest.raises(LabkitError) as error:
        labkit.load(name)
    assert error.value.next == next


@pytest.mark.parametrize("name", ["gpt-4", "gpt-4o", "o1", "claude-3-opus", "gemini-2.5-pro"])
def test_a_model_that_is_not_open_is_said_to_be_closed(name: str) -> None:
    with pytest.raises(LabkitError, match="is not an open model"):
        labkit.load(name)


@pytest.mark.parametrize("name", ["./no/folder", "../x", "runs/mine/model"])
def test_a_folder_that_is_not_there_is_said_to_be_missing(name: str) -> None:
    with pytest.raises(LabkitError, match="There is no folder"):
        labkit.load(name)


def test_a_wrong_precision_names_the_nearest_of_the_same_model() -> None:
    with pytest.raises(LabkitError) as error:
        labkit.load("r1-mini", dtype="int3")  # type: ignore[arg-type]
    assert error.value.next.startswith('model = labkit.load("r1-mini", dtype="int')


CALLS: list[tuple[Callable[[LocalModel, Trace], Any], str]] = [
    (lambda m, t: m.think(PROMPT, temprature=1), "model.think(prompt, temperature=1)"),
    (lambda m, t: m.think(PROMPT, max_tokens=5), "model.think(prompt, max_new_tokens=5)"),
    (lambda m, t: m.sample(PROMPT, num_samples=4), "model.sample(prompt, n=4)"),
    (lambda m, t: m.think(), "model.think(prompt)"),
    (lambda m, t: labkit.load("r1-mini", devise="cpu"), "labkit.load(device='cpu')"),
    (lambda m, t: labkit.inside.fork(t, att=3), "labkit.inside.fork(trace, at=3)"),
    (lambda m, t: labkit.TokenView(t, colour="entropy"), "labkit.TokenView(trace, color='entropy')"),
    (lambda m, t: labkit.tasks.countdown.problems(3, sed=1), "labkit.tasks.countdown.problems(n, seed=1)"),
    (lambda m, t: t.anwser, "trace.answer"),
    (lambda m, t: labkit.TraceGroup((t,)).promt, "group.prompt"),
    (lambda m, t: m.thnik, "model.think"),
    (lambda m, t: labkit.training.grpo(m, problems=[1, 2]), "labkit.training.grpo(model, task=problems)"),
    (lambda m, t: labkit.training.grpo(m, steps=0), "labkit.training.grpo(model, steps=12)"),
]


@pytest.mark.parametrize("case", range(len(CALLS)))
def test_a_misspelt_argument_or_attribute_names_the_nearest(
    mini: LocalModel, trace: Trace, case: int
) -> None:
    call, next = CALLS[case]
    with pytest.raises(LabkitError) as error:
        call(mini, trace)
    assert error.value.next == next
    ast.parse(error.value.next)


def test_programs_that_probe_for_names_get_the_errors_that_they_expect(
    mini: LocalModel, trace: Trace
) -> None:
    assert not hasattr(trace, "anwser") and not hasattr(mini, "url") and not hasattr(mini, "_nothing")
    with pytest.raises(TypeError):
        mini.think(PROMPT, temprature=1)  # type: ignore[call-arg]
    assert trace.model_copy() == trace


@pytest.mark.parametrize("position", [999, -1])
def test_a_position_that_is_not_there_is_named_without_the_inner_dictionary(
    trace: Trace, position: Any
) -> None:
    with pytest.raises(LabkitError) as error:
        labkit.LensView(trace, position=position)
    assert error.value.what == f"This LensView cannot look at position={position!r}."


def test_a_number_of_rollouts_that_is_refused_advises_one_that_is_not(mini: LocalModel) -> None:
    with pytest.raises(LabkitError) as error:
        mini.sample(PROMPT, n=10_000_000)
    call = ast.parse(error.value.next, mode="eval").body
    assert isinstance(call, ast.Call)
    advised = {k.arg: ast.literal_eval(k.value) for k in call.keywords}
    require_rollouts(mini.network, 30 + advised["max_new_tokens"], advised["n"], None)


def test_a_model_is_a_name_or_a_path() -> None:
    with pytest.raises(LabkitError, match="cannot take name=3"):
        labkit.load(3)  # type: ignore[arg-type]


def test_each_model_is_a_language_model_and_says_what_it_can_do(mini: LocalModel) -> None:
    assert isinstance(mini, LanguageModel) and mini.is_local and mini.local() is mini
    assert not isinstance("r1-mini", LanguageModel)


def test_the_old_names_work_for_one_more_version_and_warn(mini: LocalModel) -> None:
    with pytest.warns(DeprecationWarning, match="LocalModel"):
        assert labkit.models.Model is LocalModel
    trace = mini.think(PROMPT, max_new_tokens=4, show=False)
    with pytest.warns(DeprecationWarning, match="language_model"):
        assert trace.thinker is trace.language_model is mini
    with pytest.warns(DeprecationWarning, match="SamplingParams"):
        assert labkit.traces.Settings is labkit.traces.SamplingParams
