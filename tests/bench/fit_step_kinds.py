"""Finds the points of the cues of `labkit.traces.step_kind_cues` and writes `labkit/traces/step_kind_points.py`.

    python -m tests.bench.fit_step_kinds         # writes the points
    python -m tests.bench.fit_step_kinds folds   # macro F1 of the kinds on each tenth, by points from the other nine

A multinomial logistic regression with an L2 penalty is fitted to the labelled steps of the splits `train` and `dev`.
Its weights times `SCALE` are rounded, so that a reader can add the points up by hand. The split `test` is not read.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from labkit.traces import step_kind_points
from labkit.traces.step_kind_cues import CUES, LABELS, Kind
from labkit.traces.step_kinds import EVERY_STEP, cues_of
from tests.bench.step_kinds import macro_f1
from tests.traces.step_kinds.sample import labelled_steps

PENALTY, SCALE, STEPS = 7e-4, 3, 1000
Matrix = NDArray[np.float64]


def fitted(cues: Matrix, labels: Matrix) -> Matrix:
    """Weights (cues, labels) with the least penalised cross-entropy, by Nesterov's gradient method."""
    rate = 1 / (np.linalg.norm(cues, 2) ** 2 / len(cues) / 2 + PENALTY)
    weights = ahead = np.zeros((cues.shape[1], labels.shape[1]))
    for step in range(STEPS):
        logits = cues @ ahead
        odds = np.exp(logits - logits.max(1, keepdims=True))
        gradient = cues.T @ (odds / odds.sum(1, keepdims=True) - labels) / len(cues) + PENALTY * ahead
        before, weights = weights, ahead - rate * gradient
        ahead = weights + step / (step + 3) * (weights - before)
    return weights


def rounded(weights: Matrix) -> Matrix:
    """Points: whole numbers, zero for the label in the middle of each row."""
    return np.rint(SCALE * (weights - np.median(weights, 1, keepdims=True)))


def data() -> tuple[Matrix, Matrix]:
    """The cues of each step with a column of ones (steps, cues + 1), and its label (steps, labels)."""
    steps = [*labelled_steps("dev"), *labelled_steps("train")]
    pairs = list(LABELS.values())
    cues = [[1.0, *map(float, cues_of(step.text))] for step in steps]
    return np.array(cues), np.array(
        [[float(pair == (step.kind, step.category)) for pair in pairs] for step in steps]
    )


def table(points: Matrix) -> str:
    """The points with the names of cues and labels; a full stop for no points."""
    names = [EVERY_STEP, *(cue.name for cue in CUES)]
    rows = (
        f"{name:22}" + "".join(f"{int(value) or '.':>8}" for value in row)
        for name, row in zip(names, points, strict=True)
    )
    return "\n".join([f"{'cue':22}" + "".join(f"{label:>8}" for label in LABELS), *rows])


def folds(cues: Matrix, labels: Matrix, n: int = 10) -> float:
    """Macro F1 of the kinds, each tenth of the steps drawn at random being judged by points from the others."""
    fold = np.random.default_rng(0).permutation(len(cues)) % n
    kinds = [kind for kind, _ in LABELS.values()]
    pairs = [
        (kinds[int(label)], kinds[int(given)])
        for k in range(n)
        for label, given in zip(
            labels[fold == k].argmax(1),
            (cues[fold == k] @ rounded(fitted(cues[fold != k], labels[fold != k]))).argmax(1),
            strict=True,
        )
    ]
    return macro_f1(pairs, get_args(Kind))


def main() -> None:
    """Writes the points, or prints how well points do on steps that they were not fitted to."""
    if sys.argv[1:] == ["folds"]:
        print(f"macro F1 {folds(*data()):.3f}")
        return
    text = f'''"""The points that each cue gives to each label, written by `python -m tests.bench.fit_step_kinds`. Do not edit."""

POINTS = """
{table(rounded(fitted(*data())))}
"""
'''
    Path(str(step_kind_points.__file__)).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
