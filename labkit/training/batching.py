"""Batches of sequences: prompts of one length side by side, and rows of different lengths with padding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def group_by_length(prompts: Sequence[list[int]]) -> list[list[int]]:
    """Indices of prompts, grouped by the number of tokens.

    >>> group_by_length([[7], [7, 8], [9]])
    [[0, 2], [1]]
    """
    of_length: dict[int, list[int]] = {}
    for i, prompt in enumerate(prompts):
        of_length.setdefault(len(prompt), []).append(i)
    return list(of_length.values())


def collate(rows: Sequence[tuple[int, list[int]]], pad: int) -> tuple[Tensor, Tensor]:
    """Pads rows of (prompt length, ids) on the right; the mask marks the completion's tokens. Both are (B, T).

    >>> ids, mask = collate([(1, [5, 6, 7]), (1, [5, 6])], pad=0)
    >>> ids.tolist(), mask.int().tolist()
    ([[5, 6, 7], [5, 6, 0]], [[0, 1, 1], [0, 1, 0]])
    """
    width = max(len(ids) for _, ids in rows)
    ids = torch.tensor([row + [pad] * (width - len(row)) for _, row in rows])  # (B, T)
    position = torch.arange(width)  # (T,)
    first = torch.tensor([n for n, _ in rows])[:, None]  # (B, 1)
    last = torch.tensor([len(row) for _, row in rows])[:, None]  # (B, 1)
    return ids, (position >= first) & (position < last)
