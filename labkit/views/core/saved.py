"""The data of a view in its saved output, from which the browser draws the view without a kernel."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labkit.views.core.contract import Wire

VERSION = 2  # version 1 marks an output as labkit's and holds no data
LIMIT = 120_000  # bytes of a view's data after compression, in a notebook
FILE_LIMIT = 4_000_000  # the same in a file of its own
PARTS = 10_000  # a weight or probability in an array is saved as a number of ten-thousandths
DIGITS = 5  # significant digits of a saved number; the views show at most four

SavedData = Mapping[str, Any]


def payload(kind: str, variants: Iterable[SavedData], *, limit: int = LIMIT) -> dict[str, Any]:
    """What an output holds under the MIME type of labkit's views.

    Args:
        kind: the view, as in the name of its bundle: `"token"` for `token_view.js`.
        variants: the view's data, from all of it to the least that can be drawn.
        limit: bytes of the data after compression.

    Returns:
        The version, the kind, and as `data` the first variant that has at most `limit` bytes: JSON, compressed
        (zlib), in base64. No variant that fits: no `data`, and the output stays a picture.
    """
    head = {"version": VERSION, "kind": kind}
    for data in variants:
        compressed = zlib.compress(_json(data), 9)
        if len(compressed) <= limit:
            return head | {"data": base64.b64encode(compressed).decode("ascii")}
    return head


def read_payload(output: Mapping[str, Any]) -> dict[str, Any] | None:
    """The data in a payload; None if it holds none.

    >>> read_payload(payload("cost", [{"scene": {}, "focus": {}}]))
    {'focus': {}, 'scene': {}}
    """
    data = output.get("data")
    read: dict[str, Any] | None = (
        None if data is None else json.loads(zlib.decompress(base64.b64decode(data)))
    )
    return read


def recorded(ask: Mapping[str, Any], header: Wire, buffer: bytes) -> dict[str, Any]:
    """One request of the browser (without its id) and its answer, as saved."""
    answer = {"ask": dict(ask), "header": header.model_dump()}
    return answer | ({"bytes": base64.b64encode(buffer).decode("ascii")} if buffer else {})


def halved(answers: Sequence[dict[str, Any]]) -> Iterator[Sequence[dict[str, Any]]]:
    """All answers, the first half of them, and so on to no answer.

    >>> [len(some) for some in halved([{}] * 5)]
    [5, 2, 1, 0]
    """
    while answers:
        yield answers
        answers = answers[: len(answers) // 2]
    yield answers


def rounded(value: Any) -> Any:
    """A JSON value with each number at `DIGITS` significant digits, the same on every machine.

    >>> rounded({"logprobs": [-0.117783039, 12.0, None], "text": "1.23456789"})
    {'logprobs': [-0.11778, 12.0, None], 'text': '1.23456789'}
    """
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, Mapping):
        return {name: rounded(each) for name, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list | tuple) else value


def ten_thousandths(shares: NDArray[np.float32]) -> list[list[int]]:
    """Weights or probabilities, 0 to 1, as whole numbers of ten-thousandths.

    >>> ten_thousandths(np.array([[0.25, 0.00004]], np.float32))
    [[2500, 0]]
    """
    return np.rint(PARTS * shares).astype(int).tolist()


def _json(data: SavedData) -> bytes:
    return json.dumps(data, separators=(",", ":"), sort_keys=True).encode("ascii")
