"""Rule rewards as R1-Zero has them (R1 section 2.2.2): was the answer right, and was the form kept?

Each takes a list of completions and, by name, one entry a completion of whatever else it needs: the
signature of TRL's `GRPOTrainer`, so that each works there unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from labkit.tasks.countdown import verify

# The prompt's template opened the thought, so a completion holds its closing tag only.
_FORM = re.compile(r"(?:<think>)?(?:(?!</?think>|</?answer>)[\s\S])+</think>\s*<answer>[^<>]+</answer>\s*")


def countdown_accuracy(
    completions: Sequence[str], *, numbers: Sequence[Sequence[int]], target: Sequence[int], **_: Any
) -> list[float]:
    """1.0 where the answer solves the problem, else 0.0.

    >>> countdown_accuracy(["</think><answer>3 * 5 + 9</answer>"], numbers=[[3, 5, 9]], target=[24])
    [1.0]
    """
    return [
        float(verify(text, numbers=used, target=made))
        for text, used, made in zip(completions, numbers, target, strict=True)
    ]


def think_format(completions: Sequence[str], **_: Any) -> list[float]:
    r"""1.0 where a thought, its closing tag and one answer in its tags follow each other, else 0.0.

    >>> think_format(["I think.</think>\n\n<answer>7</answer>", "7", "</think><answer>7</answer>"])
    [1.0, 0.0, 0.0]
    """
    return [float(_FORM.fullmatch(text) is not None) for text in completions]
