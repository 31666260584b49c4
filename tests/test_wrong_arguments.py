"""Every public function refuses an argument of a wrong type, or one that is missing, in a sentence."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import labkit
from labkit import LabkitError, Trace, TraceGroup
from labkit.inside import bertviz
from labkit.models.local.model import LocalModel
from labkit.tasks import addition, countdown
from labkit.traces import TraceSequence

PACKAGES = (labkit.models, labkit.traces, labkit.tasks, labkit.rewards, labkit.inside, labkit.training)
TAKES_ANYTHING = {  # functions whose every argument may be of any type, or that take none
    "registered",
    "task_of",
    "accuracy_rule",
}
METHODS = [
    Trace.from_text, Trace.token, Trace.token_range, Trace.alternatives, Trace.save, Trace.load,
    TraceSequence.measures, TraceSequence.measuring, TraceSequence.select, TraceSequence.sort,
    TraceSequence.worst, TraceSequence.best, labkit.training.Run.worst, labkit.training.Run.best,
    labkit.training.Run.step, labkit.training.Run.save, labkit.training.Run.load,
    labkit.inside.Lens.logits, labkit.inside.Lens.tile, labkit.inside.Lens.of, labkit.inside.Lens.top,
    labkit.inside.Importances.of, labkit.inside.Fork.continuation, labkit.rewards.Breakdown.value,
    LocalModel.think, LocalModel.sample, countdown.problems, addition.problems,
    bertviz.head_view, bertviz.model_view, bertviz.neuron_view, labkit.catalog,
    *(view.__init__ for view in (labkit.TokenView, labkit.AttentionView, labkit.LensView, labkit.ForkView,
                                 labkit.RewardView, labkit.ScalingView, labkit.TracesView, labkit.TrainingView,
                                 labkit.CompareView)),
]  # fmt: skip


def public_functions() -> Iterator[Callable[..., Any]]:
    for package in PACKAGES:
        for name in package.__all__:
            value = getattr(package, name)
            if inspect.isfunction(value) and name not in TAKES_ANYTHING:
                yield value
    yield from METHODS


FUNCTIONS = {f"{f.__module__}.{f.__qualname__}": getattr(f, "__func__", f) for f in public_functions()}
NOTHING = object()  # a value of no type that any function takes
EXAMPLES = {"int": 1, "float": 0.5, "str": "x", "bool": True, "Path": "x", "Any": None, "None": None}
# Annotations that the decorator leaves to the function, which has a sentence of its own or takes much.
LEFT = ("Any", "ArrayLike", "Prompt", "Tensor", "Edit", "Kind", "Pool", "How", "Rule", "Record", "Split",
        "Which", "Span", "What", "Name", "DType", "Engine", "Replacement", "Capture", "Self", "Task", "Variant",
        "Outcome", "Message", "Color", "LogTo", "Measure")  # fmt: skip


@pytest.fixture(scope="module")
def mini() -> LocalModel:
    return labkit.load("r1-mini")


@pytest.fixture(scope="module")
def trace() -> Trace:
    return Trace.from_text("Make 8.", "<think>3 + 5</think><answer>3 + 5</answer>")


def example(annotation: str, mini: LocalModel, trace: Trace) -> Any:
    """A value of an annotated type."""
    first = annotation.split(" | ")[0]
    if first in EXAMPLES:
        return EXAMPLES[first]
    return {"Trace": trace, "TraceGroup": TraceGroup((trace,)), "LanguageModel": mini}.get(first, [])


def wrong_calls() -> Iterator[Any]:
    for path, function in FUNCTIONS.items():
        for parameter in inspect.signature(function).parameters.values():
            annotation = str(parameter.annotation)
            if (
                parameter.name in ("self", "cls")
                or parameter.kind is parameter.VAR_POSITIONAL
                or any(word in annotation for word in LEFT)
            ):
                continue
            yield pytest.param(function, parameter.name, id=f"{path}({parameter.name})")


@pytest.mark.parametrize("path", FUNCTIONS)
def test_a_public_function_checks_its_arguments(path: str) -> None:
    assert hasattr(FUNCTIONS[path], "__wrapped__"), "put @checks_arguments on it"


@pytest.mark.parametrize(("function", "name"), list(wrong_calls()))
def test_a_value_of_a_wrong_type_is_refused_in_a_sentence(
    mini: LocalModel, trace: Trace, function: Callable[..., Any], name: str
) -> None:
    others = {
        p.name: NOTHING if p.name in ("self", "cls") else example(str(p.annotation), mini, trace)
        for p in inspect.signature(function).parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    }
    with pytest.raises(LabkitError) as error:
        function(**others | {name: NOTHING})
    assert f"cannot take {name}=<object obj" in error.value.what
    assert error.value.why.startswith(f"{name} is ")
    compile(error.value.next, "next", "eval")


@pytest.mark.parametrize("path", FUNCTIONS)
def test_an_argument_that_does_not_exist_is_refused_in_a_sentence(path: str) -> None:
    function = FUNCTIONS[path]
    if any(p.kind is p.VAR_KEYWORD for p in inspect.signature(function).parameters.values()):
        pytest.skip("it takes any name")
    with pytest.raises(LabkitError) as error:
        function(no_such_argument=1)
    compile(error.value.next, "next", "eval")


def test_numbers_of_numpy_are_numbers() -> None:
    assert labkit.rewards.wilson(np.int64(3), 4) == labkit.rewards.wilson(3, 4)


def test_one_step_and_one_rule_are_taken_without_a_list(mini: LocalModel, trace: Trace) -> None:
    thought = mini.think("Using 3, 5 and 9, make 24.", max_new_tokens=60, show=False)
    assert len(list(labkit.inside.resampling_importance(thought, 1, n=1))) == 1
    rule = labkit.rewards.think_format
    assert len(labkit.rewards.breakdown(trace, rules=rule).parts) == 1
