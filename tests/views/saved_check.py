"""Saved data of views, and what Python answers to the requests of the browser: the inputs of `frontend/test`.

python tests/views/saved_check.py

A view without a kernel must show what the kernel would answer. `test_saved_data.py` compares the committed file with
the output.
"""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

from labkit.views import AttentionView
from labkit.views.core.saved import rounded
from labkit.views.core.view import View

try:
    from . import make
except ImportError:  # run as a script
    import make  # type: ignore[no-redef]

FILE = Path(__file__).resolve().parents[2] / "labkit/frontend/test/saved.json"
SHORT = "First 3 and 5.\n3 + 5 = 8, no.\nCheck: 24.\n</think>\n\n<answer>24</answer>"

Ask = dict[str, Any]


def answered(view: View, ask: Ask) -> dict[str, Any]:
    """A request and its answer; a compressed buffer is decompressed."""
    header, buffer = view.answer({**ask, "id": 0})
    if view.kind == "attention" and buffer:
        buffer = zlib.decompress(buffer)
    return {
        "ask": ask,
        "header": rounded(header.model_dump()),
        "bytes": base64.b64encode(buffer).decode("ascii"),
    }


def case(view: View, asks: list[Ask], variant: int = 0) -> dict[str, Any]:
    """The data of one variant, and the answers to requests."""
    return {
        "saved": json.loads(json.dumps([*view.saved_variants()][variant])),
        "answers": [answered(view, ask) for ask in asks],
    }


def attention_cases() -> dict[str, Any]:
    """A short thought, whose open head is saved unpooled."""
    view = AttentionView(make.captured(make.trace(SHORT), layers=2, heads=2, size=4), layer=1, head=1)
    count, head = view.scene["count"], {"layer": 1, "head": 1}
    every = [0, count]
    asks: list[Ask] = [
        {"ask": "texts"}, {"ask": "thumbs"}, {"ask": "steps", **head}, {"ask": "steps", "layer": 0, "head": 1},
        {"ask": "tile", **head, "rows": every, "cols": every, "per": 1, "how": "max"},
        *({"ask": "look", **head, "position": position} for position in range(0, count, 5)),
        *({"ask": "find", "what": search["what"]} for search in view.scene["searches"][1:4]),
    ]  # fmt: skip
    return case(view, asks)


def results() -> dict[str, Any]:
    """Every case, by the kind of its view."""
    return {"attention": attention_cases()}


def text() -> str:
    """The file: one line for each kind of view."""
    lines = (f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in results().items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8", newline="\n")
