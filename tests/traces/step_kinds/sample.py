"""Reads the labelled steps of `steps.jsonl` and `more.jsonl`; README.md beside it defines the labels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from labkit.traces.steps import Kind

Split = Literal["train", "dev", "test"]
Category = Literal[
    "problem_setup",
    "plan_generation",
    "fact_retrieval",
    "active_computation",
    "uncertainty_management",
    "result_consolidation",
    "self_checking",
    "final_answer_emission",
]
FILES = [Path(__file__).with_name(name) for name in ("steps.jsonl", "more.jsonl")]


@dataclass(frozen=True)
class LabelledStep:
    """One step of the sample: its text, and the labels that a reader gave by its meaning."""

    text: str
    kind: Kind
    category: Category
    split: Split


def labelled_steps(split: Split) -> list[LabelledStep]:
    """The steps of one part of the sample, in the order of the files."""
    lines = [line for file in FILES for line in file.read_text("utf-8").splitlines()]
    rows = [LabelledStep(**json.loads(line)) for line in lines]
    return [row for row in rows if row.split == split]
