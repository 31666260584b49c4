"""The window of the heat map that the saved outputs show: ten columns around the chosen token or the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labkit.views.core.text_layout import token_label
from labkit.views.lens.contract import UNREAD, Focus, Piece, Scene
from labkit.views.lens.data import LensData

COLUMNS = 10
KINDS = {"logit": "logit lens", "tuned": "tuned lens"}
STRIP = "From which layer on each token is the likeliest: a tall bar was settled late, amber never was"
PARTIAL = "; only the tokens below were read"
UNTRAINED = (
    "Each layer is read as if it were the last. Lower layers write in a basis of their own: "
    "nonsense there is no proof of ignorance."
)
TRAINED = (
    "Each layer goes through a map trained to say what the last layer says. "
    "It may find more than the layers above make use of."
)


@dataclass(frozen=True)
class Window:
    """The cells of `COLUMNS` columns W: arrays (layers + 1, W), row 0 the embedding.

    `shares` are the probabilities that the colours show; `agree` marks cells that predict the actual next token,
    whose texts are `came`; `depths` are those of the whole trace, as in `Depths`.
    """

    scene: Scene
    focus: Focus
    target: Piece
    first: int
    texts: list[list[str]]
    shares: np.ndarray
    agree: np.ndarray
    came: list[str]
    depths: np.ndarray

    @property
    def title(self) -> str:
        """The right part of the heading."""
        n = self.scene.count + 1
        return f"{KINDS[self.focus.kind]}, {n:,} tokens, {self.scene.layers} layers"

    @property
    def strip_title(self) -> str:
        """The title of the depth strip."""
        return STRIP if (self.depths != UNREAD).any() else STRIP + PARTIAL

    @property
    def legend(self) -> str:
        """The meaning of the colour."""
        meaning = {
            "top": "the cell's token",
            "came": "the token that came",
            "target": f"“{token_label(self.target.text)}”",
        }
        return f"probability of {meaning[self.focus.color]}"

    @property
    def note(self) -> str:
        """The limits of this lens."""
        return TRAINED if self.focus.kind == "tuned" else UNTRAINED


def first_column(scene: Scene, focus: Focus) -> int:
    """The first column of the window."""
    return max(0, min(center_column(scene, focus) - COLUMNS // 3, scene.count - COLUMNS))


def center_column(scene: Scene, focus: Focus) -> int:
    """The column of the open cell, or of the answer."""
    return focus.position if focus.position is not None else max(scene.answer, 0)


def window_of(data: LensData, scene: Scene, focus: Focus) -> Window:
    """Computes the window."""
    first = first_column(scene, focus)
    tile = data.columns(focus.kind, focus.target, first, first + COLUMNS)
    _, depths = data.depths(focus.kind)
    shares: dict[str, Any] = {
        "top": tile.probabilities, "came": tile.next_probabilities, "target": tile.target_probabilities
    }  # fmt: skip
    return Window(
        scene, focus, data.piece(focus.target), first, [[data.text_of(int(i)) for i in row] for row in tile.ids],
        shares[focus.color], tile.ids == tile.next_ids, [data.text_of(int(i)) for i in tile.next_ids],
        np.frombuffer(depths, "u1"),
    )  # fmt: skip


def row_name(layer: int, layers: int) -> str:
    """The label of a row."""
    return "embedding" if layer == 0 else f"{layer} (last)" if layer == layers else str(layer)
