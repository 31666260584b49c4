"""How the rules for the kinds of steps agree with the labels of `tests/traces/step_kinds`.

    python -m tests.bench.step_kinds          # the half to measure on
    python -m tests.bench.step_kinds dev      # the half to develop the rules on, with each wrong step
    python -m tests.bench.step_kinds train    # the steps of `more.jsonl`, in the same way

Prints a table of labels (rows) and rules (columns), precision, recall and F1 of each kind and category, and macro F1,
the mean of the F1 of all kinds.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from typing import get_args

from labkit.traces.step_kind_cues import Category, Kind
from labkit.traces.step_kinds import category_of, kind_of_text
from tests.traces.step_kinds.sample import Split, labelled_steps

Pairs = Sequence[tuple[str, str]]  # (label, what the rules give)


def pairs_of(split: Split) -> tuple[Pairs, Pairs]:
    """Labels and rules of one part: of the kinds, and of the categories."""
    steps = labelled_steps(split)
    return (
        [(step.kind, kind_of_text(step.text)) for step in steps],
        [(step.category, category_of(step.text)) for step in steps],
    )


def scores(pairs: Pairs, label: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of one label."""
    right = sum(a == b == label for a, b in pairs)
    predicted, labelled = (sum(pair[i] == label for pair in pairs) for i in (1, 0))
    precision, recall = right / max(predicted, 1), right / max(labelled, 1)
    return precision, recall, 2 * right / max(predicted + labelled, 1)


def macro_f1(pairs: Pairs, labels: Sequence[str]) -> float:
    """The mean of the F1 of all labels."""
    return sum(scores(pairs, label)[2] for label in labels) / len(labels)


def table(pairs: Pairs, labels: Sequence[str]) -> str:
    """The confusion table with the scores of each label."""
    counts, width = Counter(pairs), max(map(len, labels))
    heads = "".join(f"{label[:7]:>8}" for label in labels)
    lines = [f"{'label':{width}}{heads}   precision  recall    F1"]
    for label in labels:
        cells = "".join(f"{counts[label, other]:8}" for other in labels)
        precision, recall, f1 = scores(pairs, label)
        lines.append(f"{label:{width}}{cells}{precision:12.2f}{recall:8.2f}{f1:6.2f}")
    right = sum(a == b for a, b in pairs)
    return "\n".join([*lines, f"macro F1 {macro_f1(pairs, labels):.3f}; {right} of {len(pairs)} agree"])


def main(split: Split) -> None:
    """Prints both tables; of the parts to develop on, also the steps that differ."""
    kinds, categories = pairs_of(split)
    print(table(kinds, get_args(Kind)), table(categories, get_args(Category)), sep="\n\n")
    if split != "test":
        for step, (label, kind), (_, category) in zip(labelled_steps(split), kinds, categories, strict=True):
            if label != kind or step.category != category:
                print(f"{label}/{step.category} -> {kind}/{category}: {step.text}")


if __name__ == "__main__":
    main(next((split for split in get_args(Split) if [split] == sys.argv[1:]), "test"))
