"""The data of a lens view in its saved output: the grid of each lens, and the likeliest tokens around the open cell.

A saved view of a long thought, or of a large model, holds less: `LEVELS_OF_DETAIL` is the order of the reductions.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

from labkit.views.core.saved import ten_thousandths
from labkit.views.lens.contract import Focus, Kind, Saved, SavedCells, SavedGrid, Scene
from labkit.views.lens.data import LensData
from labkit.views.lens.window import COLUMNS, center_column

CELLS = 32  # columns whose likeliest tokens are saved
PASSES = 3  # the likeliest tokens and the ranks of a column take as long as so many columns of a grid
WORK = 3e10  # multiplications and additions for a grid: about a second on two cores
ALL = 1 << 30

# Columns of the grid, columns with the likeliest tokens, and whether the lens that is not shown is saved, too.
LEVELS_OF_DETAIL = (
    (ALL, CELLS, True), (4096, CELLS, True), (2048, CELLS, True), (1024, CELLS, True), (1024, CELLS, False),
    (512, CELLS, False), (256, CELLS, False), (64, COLUMNS, False), (COLUMNS, COLUMNS, False), (0, 0, False),
)  # fmt: skip


def variants(data: LensData, scene: Scene, focus: Focus) -> Iterator[Saved]:
    """The data of the view by level of detail."""
    grid = cache(partial(grid_of, data, scene, focus))
    cells = cache(partial(cells_of, data, scene, focus))
    quick = data.work(COLUMNS) <= WORK
    most = max(COLUMNS, int(WORK / data.work(1)))  # the picture has computed `COLUMNS` already
    for columns, detailed, both in LEVELS_OF_DETAIL:
        kinds = scene.kinds if quick and both else [focus.kind]
        grids = [grid(kind, min(columns, most)) for kind in kinds]
        windows = [cells(kind, min(detailed, most // PASSES)) for kind in kinds if quick and detailed]
        yield with_texts(data, grids, windows, focus.target)


def columns_around(scene: Scene, focus: Focus, columns: int) -> tuple[int, int]:
    """A window of columns: with the open cell, and with the window of the saved picture if it is as wide as that."""
    count = min(columns, scene.count)
    before = max(count // 3, (count - COLUMNS) // 2 + COLUMNS // 3)
    first = max(0, min(center_column(scene, focus) - before, scene.count - count))
    return first, first + count


def grid_of(data: LensData, scene: Scene, focus: Focus, kind: Kind, columns: int) -> SavedGrid:
    """A window of one lens, and the depth of every column."""
    first, last = columns_around(scene, focus, columns)
    _, depths = data.depths(kind)
    grid = SavedGrid(
        kind=kind, depths=list(depths), first=first, count=0, ids=[], top=[], came=[], target=[]
    )  # fmt: skip
    if last == first:
        return grid
    tile = data.window(kind, focus.target, first, last)
    assert tile.target_probabilities is not None
    shares = {"top": tile.probabilities, "came": tile.next_probabilities, "target": tile.target_probabilities}
    arrays = {name: ten_thousandths(values) for name, values in shares.items()}
    return grid.model_copy(update={"count": last - first, "ids": tile.ids.tolist(), **arrays})


def cells_of(data: LensData, scene: Scene, focus: Focus, kind: Kind, columns: int) -> SavedCells:
    """The likeliest tokens of each cell of a window."""
    first, last = columns_around(scene, focus, columns)
    cells = [data.likeliest(kind, position) for position in range(first, last)]
    ranks = [data.ranks(kind, position, focus.target) for position in range(first, last)]
    return SavedCells(
        kind=kind, first=first, ids=[ids.tolist() for ids, _ in cells],
        shares=[ten_thousandths(shares) for _, shares in cells],
        came_ranks=[came for came, _ in ranks], target_ranks=[target for _, target in ranks],
    )  # fmt: skip


def with_texts(data: LensData, grids: list[SavedGrid], cells: list[SavedCells], target: int) -> Saved:
    """The parts with the texts of all their tokens."""
    sequence = list(data.ids)
    ids = {target, *sequence}
    for grid in grids:
        ids.update(*grid.ids)
    for window in cells:
        ids.update(*(row for column in window.ids for row in column))
    known = sorted(ids)
    texts = [data.text_of(token) for token in known]
    return Saved(sequence=sequence, ids=known, texts=texts, target=target, grids=grids, cells=cells)
