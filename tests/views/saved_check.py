"""Saved data of views, and what Python answers to the requests of the browser: the inputs of `frontend/test`.

python -m tests.views.saved_check

A view without a kernel must show what the kernel would answer. `test_saved_data.py` compares the committed file with
the output.
"""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import labkit
from labkit.views import AttentionView, ForkView, LensView, TrainingView
from labkit.views.core.saved import rounded
from labkit.views.core.view import View

from . import make
from .case_file import case_file

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


def lens_cases() -> dict[str, Any]:
    """The first tokens that a small model wrote, in two lenses."""
    thought = labkit.load("r1-mini").think("Using 3, 5 and 9, make 24.", show=False, max_new_tokens=12)
    view = LensView(thought, target="24")
    target, count, last = view.focus["target"], view.scene["count"], view.scene["layers"]
    asks: list[Ask] = [
        *({"ask": "tile", "kind": "logit", "target": target, "first": first, "last": min(first + 16, count)}
          for first in range(0, count, 16)),
        {"ask": "tile", "kind": "tuned", "target": target, "first": 0, "last": 16},
        {"ask": "depths", "kind": "logit"}, {"ask": "depths", "kind": "tuned"},
        *({"ask": "cell", "kind": kind, "target": followed, "position": count - 3, "layer": layer}
          for kind in ("logit", "tuned") for followed in (None, target) for layer in (0, last)),
        *({"ask": "find", "words": words} for words in ("3", "FIRST", " and 9", "")),
    ]  # fmt: skip
    return case(view, asks)


def training_cases() -> dict[str, Any]:
    """The thoughts of a recorded run."""
    view = TrainingView(labkit.training.Run.load(labkit.data_path("runs", "first-run")))
    opened = (("watched", 0), ("kept", 1))
    asks: list[Ask] = [{"ask": "text", "which": which, "at": at} for which, at in opened]
    made = case(view, asks)
    kept = [one for one in made["saved"]["thoughts"] if (one["which"], one["at"]) in opened]
    return made | {"saved": {"scene": {}, "focus": {}, "thoughts": kept}}


def fork_cases() -> dict[str, Any]:
    """A thought without forks."""
    view = ForkView(make.trace(SHORT))
    return case(view, [{"ask": "rows", "first": 0, "last": 20}, {"ask": "choices", "token": 3}])


def results() -> dict[str, Any]:
    """Every case, by the kind of its view."""
    return {
        "attention": attention_cases(),
        "fork": fork_cases(),
        "lens": lens_cases(),
        "training": training_cases(),
    }


def text() -> str:
    """The file."""
    return case_file(results())


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8", newline="\n")
