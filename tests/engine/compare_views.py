"""Holds what the page's lens and attention views show against Python, with the weights that the page ships (float16).

    python -m tests.engine.compare_views [--prompts 20] [--model r1-mini]

Python reads the same float16 values, widened to float32, also those of the tuned lens. A likeliest token is counted apart
where the two best are as good as equal.
"""

from __future__ import annotations

import argparse
import base64
import json
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from safetensors.torch import load_file

import labkit
from labkit._host.shipped import data_path
from labkit.inside.attention.heads import HeadKind
from labkit.inside.attention.steps import sentences
from labkit.inside.lens.tuned import Translators
from labkit.inside.sequence import sequence
from labkit.models import LocalModel
from labkit.site.play import LENS, write_float16
from labkit.tasks import countdown
from labkit.traces import Trace
from labkit.views import AttentionView
from labkit.views.lens.contract import Kind
from labkit.views.lens.data import LensData

from .compare import CLOSE, ENGINE, halved

RUN = Path(__file__).parent / "views.mjs"
TILE = 16  # columns
POOL = (1, 3)  # tokens a pixel
LEVEL = 1 / 255  # a probability is drawn as one of 256 colours
SEEN = 1e-4  # a view shows a smaller probability as "< 0.01 %"


@dataclass
class ViewComparison:
    """What was compared, and how far the page and Python differ.

    Attributes:
        answers: the number of answers of each kind.
        wrong: answers that differ by more than they may.
        cells: cells of lens tiles; `ties` of them have another likeliest token, which is as likely.
        probability: the largest relative difference of a probability of at least `SEEN`; `beyond` of them differ by more
            than `CLOSE`, and none by more than `LEVEL`.
        smaller: the largest difference of a probability below it.
        level: the largest difference of a level, 0 to 255.
        number: the largest difference of a number of a header, relative to the larger of it and 1.
        megabytes: of the residual streams, for each thought.
        tokens: prompt and thought, for each thought.
    """

    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    cells: int = 0
    ties: int = 0
    probability: float = 0.0
    beyond: int = 0
    smaller: float = 0.0
    level: int = 0
    number: float = 0.0
    megabytes: list[float] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)

    def tiles(self, ask: Any, ours: bytes, theirs: bytes) -> None:
        """Compares two buffers of lens tiles: ids, then three arrays of probabilities."""
        mine, other = (np.frombuffer(each, "<u4").reshape(4, -1) for each in (ours, theirs))
        shares, expected = mine[1:].view("<f4").astype(float), other[1:].view("<f4").astype(float)
        self.cells += mine.shape[1]
        differ = mine[0] != other[0]
        self.ties += int(differ.sum())
        gap = np.abs(shares - expected)
        seen = expected >= SEEN
        self.probability = max(self.probability, float((gap[seen] / expected[seen]).max(initial=0)))
        self.smaller = max(self.smaller, float(gap[~seen].max(initial=0)))
        beyond = gap > CLOSE * expected
        self.beyond += int((beyond & seen).sum())
        if (gap[0][differ] > CLOSE).any() or (gap[beyond] > LEVEL).any():
            self.wrong.append(str(ask))

    def levels(self, ask: Any, ours: bytes, theirs: bytes) -> None:
        """Compares two buffers of bytes."""
        a, b = (np.frombuffer(each, "u1").astype(int) for each in (ours, theirs))
        difference = int(np.abs(a - b).max(initial=0)) if a.shape == b.shape else 256
        self.level = max(self.level, difference)
        if difference > 1:
            self.wrong.append(str(ask))

    def headers(self, ask: Any, ours: Any, theirs: Any) -> None:
        """Compares two headers: numbers may differ by `CLOSE`, all else is equal."""
        difference = gap(ours, theirs)
        self.number = max(self.number, difference)
        if difference > CLOSE:
            self.wrong.append(f"{ask}: {ours} {theirs}")


def gap(ours: Any, theirs: Any) -> float:
    """The largest difference of a fraction in two values of JSON, relative to the larger of it and 1; infinite elsewhere."""
    if isinstance(theirs, float) and isinstance(ours, int | float):
        return abs(ours - theirs) / max(1.0, abs(theirs))
    if isinstance(theirs, dict) and isinstance(ours, dict) and ours.keys() == theirs.keys():
        return max((gap(ours[key], theirs[key]) for key in theirs), default=0.0)
    if isinstance(theirs, list) and isinstance(ours, list) and len(ours) == len(theirs):
        return max((gap(a, b) for a, b in zip(ours, theirs, strict=True)), default=0.0)
    return 0.0 if ours == theirs else float("inf")


def compare_views(model: str = "r1-mini", prompts: int = 20) -> ViewComparison:
    """Asks both about greedy thoughts: every column of each lens, and every head."""
    comparison = ViewComparison()
    with tempfile.TemporaryDirectory() as work:
        half, widened = halved(data_path("models", model), Path(work))
        torch_model = labkit.load(str(widened)).local()
        maps = translators(model, half)
        problems = [problem.prompt for problem in countdown.problems(prompts, split="test", seed=0)]
        traces = [torch_model.think(each, temperature=0, capture="qk", show=False) for each in problems]
        lenses = [lens_data(trace, torch_model, maps) for trace in traces]
        looks = [AttentionView(trace) for trace in traces]
        job = [
            {"thought": thought_of(trace, look), "lens": lens_asks(trace, lens), "attention": attention_asks(look)}
            for trace, lens, look in zip(traces, lenses, looks, strict=True)
        ]  # fmt: skip
        result = run_views(half, job, half / LENS if maps else None)
    for asked, answers, lens, look in zip(job, result, lenses, looks, strict=True):
        compare_thought(comparison, asked, answers, lens, look)
    return comparison


def translators(model: str, half: Path) -> Translators | None:
    """The tuned lens with the rounded values, which are also written beside the weights; None for a model without one."""
    shipped = data_path() / "lenses" / model / LENS
    if not shipped.is_file():
        return None
    write_float16(shipped, half / LENS)
    values = {name: tensor.float() for name, tensor in load_file(half / LENS).items()}
    maps = Translators(*values["bias"].shape)
    maps.load_state_dict(values)
    return maps.requires_grad_(False)


def lens_data(trace: Trace, model: LocalModel, maps: Translators | None) -> LensData:
    """Python's answers about one trace."""
    logit = labkit.inside.lens(trace, model)
    lenses: dict[Kind, Any] = {"logit": logit} | ({"tuned": logit.with_translators(maps)} if maps else {})
    return LensData(trace, lenses, model.pieces.text)


def thought_of(trace: Trace, look: AttentionView) -> dict[str, Any]:
    """What the panels know about a thought beside the numbers."""
    words = look._queries.words()
    return {
        "ids": sequence(trace), "prompt": len(trace.prompt_ids), "texts": words.texts,
        "parts": [part.model_dump() for part in words.parts],
        "sentences": [[part.first, part.last] for part in sentences(trace)],
    }  # fmt: skip


def lens_asks(trace: Trace, lens: LensData) -> list[dict[str, Any]]:
    """Every column, the depths, a few cells and a search."""
    asks: list[dict[str, Any]] = [
        {"ask": "find", "words": words} for words in ("24", " vs ", "x", "", "CHECK")
    ]
    target = trace.tokens.ids[-1]
    for kind in lens.lenses:
        asks.append({"ask": "depths", "kind": kind})
        asks += [
            {"ask": "tile", "kind": kind, "target": target, "first": first, "last": min(first + TILE, lens.count)}
            for first in range(0, lens.count, TILE)
        ]  # fmt: skip
        asks += [
            {"ask": "cell", "kind": kind, "target": followed, "position": position, "layer": layer}
            for position in range(0, lens.count, 29)
            for layer in range(lens.layers + 1)
            for followed in (None, target)
        ]
    return asks


def attention_asks(look: AttentionView) -> list[dict[str, Any]]:
    """Every head whole and pooled, between steps and of three tokens, and every search that the thought is long enough for."""
    scene, every = look.scene, [0, look.scene["count"]]
    asks: list[dict[str, Any]] = [{"ask": "thumbs"}]
    for layer in range(scene["layers"]):
        for head in range(scene["heads"]):
            which = {"layer": layer, "head": head}
            asks += [
                {"ask": "tile", **which, "rows": every, "cols": every, "per": per, "how": how}
                for per in POOL for how in ("max", "mean", "sum")
            ]  # fmt: skip
            asks.append({"ask": "steps", **which})
            asks += [{"ask": "look", **which, "position": at} for at in (0, every[1] // 2, every[1] - 1)]
    short = len(sentences(look.trace)) < 8
    asks += [
        {"ask": "find", "what": what} for what in get_args(HeadKind) if not (short and what == "receiver")
    ]
    return asks


def run_views(checkpoint: Path, job: Sequence[Any], lens: Path | None) -> Any:
    """The page's answers, from Node."""
    command = ["node", str(RUN), str(ENGINE.parent), str(checkpoint), str(lens or "")]
    done = subprocess.run(
        command, input=json.dumps(job), capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def compare_thought(
    comparison: ViewComparison, asked: Any, answers: Any, lens: LensData, look: AttentionView
) -> None:
    """Compares all answers about one thought."""
    comparison.tokens.append(len(asked["thought"]["ids"]))
    comparison.megabytes.append(answers["bytes"] / 1e6)
    for ask, ours in zip(asked["lens"], answers["lens"], strict=True):
        comparison.answers[f"lens {ask['ask']}"] += 1
        header, buffer = answer_of(lens, ask)
        if ask["ask"] == "tile":
            ours["header"].pop("ids"), ours["header"].pop("texts")
            header.pop("ids"), header.pop("texts")  # they are in the buffer
            comparison.tiles(ask, base64.b64decode(ours["bytes"]), buffer)
        elif ask["ask"] == "depths":
            comparison.levels(ask, base64.b64decode(ours["bytes"]), buffer)
        comparison.headers(ask, ours["header"], header)
    for ask, ours in zip(asked["attention"], answers["attention"], strict=True):
        comparison.answers[f"attention {ask['ask']}"] += 1
        reply, buffer = look.answer({**ask, "id": 0})
        header = reply.model_dump(mode="json")
        for key in ("at", "by") if ask["ask"] == "look" else ():
            by_rank(ours["header"][key], header[key])
        comparison.headers(ask, ours["header"], header)
        comparison.levels(ask, base64.b64decode(ours["bytes"]), zlib.decompress(buffer) if buffer else b"")


def by_rank(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> None:
    """Gives listed weights that are as good as equal the same position: rounding orders them. The buffer has all weights."""
    for mine, other in zip(ours, theirs, strict=False):
        if abs(mine["weight"] - other["weight"]) < CLOSE * other["weight"]:
            mine["position"] = other["position"]


def answer_of(lens: LensData, ask: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Python's header and buffer."""
    question = dict(ask)
    reply = getattr(lens, question.pop("ask"))(**question)
    header, buffer = reply if isinstance(reply, tuple) else (reply, b"")
    return header.model_dump(mode="json"), buffer


def main() -> None:
    """Prints one comparison."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompts", type=int, default=20)
    parser.add_argument("--model", default="r1-mini")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    comparison = compare_views(chosen.model, chosen.prompts)
    print(f"{chosen.model}: {chosen.prompts} thoughts, answers: {dict(comparison.answers)}")
    print(f"  {len(comparison.wrong)} differ by more than they may")
    for line in comparison.wrong[:10]:
        print("  differs:", line[:300])
    print(f"  {comparison.cells:,} cells; {comparison.ties} have another likeliest token")
    print(
        f"  probabilities of {SEEN:.0e} and more: {comparison.probability:.1e} relative ({comparison.beyond} beyond {CLOSE:.0e})"
    )
    print(f"  smaller ones: {comparison.smaller:.1e}")
    print(f"  levels: {comparison.level} of 255; numbers: {comparison.number:.1e}")
    rate = sum(comparison.megabytes) / sum(comparison.tokens)
    print(f"  residual streams: {rate * 1000:.2f} kB a token, {300 * rate:.2f} MB for 300 tokens")
    sys.exit(bool(comparison.wrong))


if __name__ == "__main__":
    main()
