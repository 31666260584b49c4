"""The labelled steps are complete enough to measure on."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest

from labkit.traces.steps import Kind
from tests.traces.step_kinds.sample import Category, Split, labelled_steps


@pytest.mark.parametrize("split", get_args(Split))
def test_each_half_has_25_steps_of_each_kind_and_of_each_category(split: Split) -> None:
    steps = labelled_steps(split)
    for labels, counts in (
        (get_args(Kind), Counter(step.kind for step in steps)),
        (get_args(Category), Counter(step.category for step in steps)),
    ):
        assert set(counts) == set(labels)
        assert min(counts.values()) >= 25, counts


def test_no_step_stands_twice_in_the_sample() -> None:
    texts = [step.text.casefold() for split in get_args(Split) for step in labelled_steps(split)]
    assert len(texts) == len(set(texts))
