"""Reads the labelled steps of `steps.jsonl`; README.md beside it defines the labels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from labkit.traces.steps import Kind

Split = Literal["dev", "test"]
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
FILE = Path(__file__).with_name("steps.jsonl")


@dataclass(frozen=True)
class LabelledStep:
    """One step of the sample: its text, and the labels that a reader gave by its meaning."""

    text: str
    kind: Kind
    category: Category
    split: Split


def labelled_steps(split: Split) -> list[LabelledStep]:
    """The steps of one half of the sample, in the order of the file."""
    rows = [LabelledStep(**json.loads(line)) for line in FILE.read_text("utf-8").splitlines()]
    return [row for row in rows if row.split == split]
