"""What Python computes and the front end computes too: the inputs and results for `labkit/frontend/test`.

python -m tests.views.cross_check

`test_contract.py` compares the committed file with the output.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import math
import random
import zlib
from pathlib import Path
from typing import Any, get_args

import torch

from labkit.inside.attention.heads import HeadKind
from labkit.inside.attention.steps import sentences
from labkit.models.capture.qk_capture import AttentionLayout, QKCapture
from labkit.rewards import group_advantages, maj_at_k, pass_at_k
from labkit.tasks import countdown
from labkit.traces import Trace
from labkit.traces.blocks import blocks
from labkit.traces.families.family import registered
from labkit.traces.outline import section_starts
from labkit.traces.steps import Kind, kind_of
from labkit.views import AttentionView
from labkit.views.attention.color_scale import DARK_STOPS, LIGHT_STOPS, palette
from labkit.views.attention.data import AttentionQueries
from labkit.views.catalog.wording import count, size
from labkit.views.compare import color_scale as difference_scale
from labkit.views.compare.wording import nats
from labkit.views.core import axes
from labkit.views.core.color_scales import level
from labkit.views.core.drawable import drawable
from labkit.views.core.kind_colors import KNOWN, color_name
from labkit.views.core.packing import texts_of
from labkit.views.core.text_layout import token_label
from labkit.views.cost import data as cost
from labkit.views.cost.contract import Focus as CostFocus
from labkit.views.fork.wording import letter
from labkit.views.lens.data import answer_token
from labkit.views.reward.wording import bars, extent, lesson, number, order
from labkit.views.training import data as training
from labkit.views.training.contract import Curve

from .case_file import case_file

SAMPLE = Path(__file__).resolve().parents[1] / "traces/step_kinds"
FILE = Path(__file__).resolve().parents[2] / "labkit/frontend/test/python.json"

# Answers of a group, and whether each is right; a thought without an answer does not vote.
BALLOTS = [
    [("24", True)] * 3 + [("23", False)] * 4 + [("", False)],
    [("24", True), ("8 * 3", True), ("a", False), ("a", False), ("b", False)],
    [("", False)] * 5,
    [("24", True)] * 8,
]

THOUGHTS: dict[str, tuple[str, dict[str, Any]]] = {
    "closed by the model": (
        "First 3 and 5, leaving 9.\n3 + 5 = 8, no.\n3 * 5 = 15: 15 + 9 = 24, yes!\nCheck: 24, right.\n</think>\n\n"
        "<answer>(3 * 5) + 9</answer>", {}),
    "three sections": (
        "First 3 and 5.\n3 + 5 = 8, no.\nGo back. Now 9.\nFirst 9 and 3, leaving 5.\n9 / 3 = 3.\nGive up.\nWait.\n"
        "9 + 3 = 12.\nCheck: 12.\n</think>12", {}),
    "both tags": ("<think>\na\n\nb</think>\n\nc", {"opened": False}),
    "steps by a rule of the user's own": (
        "Was 🦉 it 4?\n\nNo, 5.</think>5", {"own_steps": [(0, 5, "owl"), (5, 12, "a question"), (12, 20, "self_checking")]}),
    "no tag": ("just an answer", {"opened": False}),
    "cut off": ("First 3 and 5.\n3 + 5", {}),
    "nothing": ("", {}),
    "paragraphs": (
        "Okay, so I need 24.\n\nWait, maybe not. Let me check.\nStill here.\n \n**Hmm**, 3 * 8.\n\n\nNo, wait\n\n"
        "Nowhere else to look, e.g. this very long sentence that does not come to any end before sixty characters"
        "</think>\n\n24", {"family": "r1-distill"}),
    "thinks again": ("a</think>b\n<think>c", {"opened": False}),
    "marked twice": ("a</think>\n<answer>1</answer> no,\n<answer> 24 </answer>", {}), "boxed": ("a</think>So \\boxed{ 3*8 }.", {}),
    "mentions the tag": ("a</think>I write <think> first", {}),
    "words before": ("So.\n<think>x</think>y", {"opened": False}),
    "other tags": ("[T]a[/T]b", {"open_tag": "[T]", "close_tag": "[/T]", "opened": False}),
    "channels": ("<|channel|>analysis<|message|>a\n\nb<|end|><|start|>assistant<|channel|>final<|message|>c", {
        "open_tag": "<|channel|>analysis<|message|>", "close_tag": "<|channel|>final<|message|>", "opened": False}),
    "half a tag": ("<thi", {"opened": False}),
    "does not think": ("a </think> b", {"close_tag": ""}),
    "wide characters": ("Check: 🦉 is é.\n思考。\n</think>\n\n🦉", {}),
    "carriage returns": ("First.\r\nWait, no.\r\n</think>ok", {}),
}  # fmt: skip


def family_thoughts() -> dict[str, tuple[str, dict[str, Any]]]:
    """Texts of every family that writes more than its tags, and of the first family of each pair of tags."""
    thoughts: dict[str, tuple[str, dict[str, Any]]] = {}
    pairs = set()
    for family in registered():
        tags = family.tags
        extras = (tags.after_close.strip(), tags.boundary, tags.answer_end, *tags.tool_calls)
        if (tags.open, tags.close) in pairs and not any(extras):
            continue
        pairs.add((tags.open, tags.close))
        fields = {"open_tag": tags.open, "close_tag": tags.close, "opened": False, "family": family.name}
        closed = f"{tags.think_open}A step.\n\nWait 🦉.{tags.think_close}It is 4."
        texts = {
            "closed": closed, "ends": f"{closed}{tags.answer_end} \n", "cut": f"{tags.think_open}A step.\n\nWait",
            "without the first mark": f"{tags.think_open}A step.{tags.boundary}{tags.close} It is 4.",
        }  # fmt: skip
        if call := next(iter(tags.tool_calls), ""):
            step = f"{tags.think_open}A step.{tags.boundary if not call.startswith(tags.boundary) else ''}{call} x"
            texts |= {"calls a tool": step, "calls and answers": f"{step}{tags.think_close}4"}
        thoughts |= {f"{family.name}: {name}": (text, fields) for name, text in texts.items()}
        thoughts[f"{family.name}: another name"] = (texts["ends"], fields | {"family": ""})
        thoughts[f"{family.name}: opened"] = (texts["cut"].removeprefix(tags.open), fields | {"opened": True})
    return thoughts


THOUGHTS |= family_thoughts()
COUNTDOWN = (
    "<answer>(3 * 5) + 9</answer>", "\n\n<answer>3 * 5 + 9</answer><\uff5cend\u2581of\u2581sentence\uff5c>", "3 \u00d7 5 + 9 = 24.", "3*5+9",
    "", "   ", "24", "<answer></answer>", "<answer>3 * 5</answer>", "<answer>3 * 5 + 9 + 1</answer>", "<answer>3 + 5 + 9</answer>",
    "<answer>3 * 5 + 9 = 25</answer>", "<answer>3 * 5 + 9 = 24 = 24</answer>", "<answer>9 / (3 - 3) + 5</answer>",
    "<answer>9 / 5 * 3</answer>", "<answer>-3 + 5 + 9</answer>", "<answer>3 ** 5 + 9</answer>", "<answer>3 5 9</answer>",
    "<answer>03 * 5 + 9</answer>", "<answer>3 // 5 + 9</answer>", "<answer>(3 * 5 + 9</answer>", "<answer>3 * 5) + 9</answer>",
    "<answer>()</answer>", "<answer>__import__('os')</answer>", "<answer>1</answer><answer>5 * 3 + 9</answer>", "<answer>9 + 5 * 3",
    "text\n9 + 5 * 3", "<answer>" + "(" * 150 + "3" + ")" * 150 + "</answer>", "<answer>" + "9" * 190 + " + 3 + 5</answer>",
    "<answer>5 - 3 - 9</answer>", "<answer>3 * 5 + 9...</answer>", "<answer>9 - 3 / 5</answer>", "<answer>3 3 * 5 + 9</answer>",
    "<answer>00 + 3 + 5 * 9</answer>",
)  # fmt: skip
HARD_STEPS = (
    "", "**Wait** \u2014 it\u2019s 4.", "Nowhere", "No\u00ebl is here.", "So\n\tthen: 24", "wait " * 100, "\U0001f989 " * 300 + "= 4",
    "\u0130 = 4", "x=3", "\u017f\u00f6, the answer is 4", "- Hmm\u2026 no", "Now, I need to solve it", "let's see if that is so",
)  # fmt: skip
GROUPS: list[list[list[float | None]]] = [
    [[1, 1], [0, 1], [0, 0], [1, 0]], [[1], [1], [1]], [[0.2], [None], [1]], [[None], [None]], [[1], [None]], [[1], [1]],
    [[1, -0.5, 0.25], [0, -1, None], [None, None, None], [0.5, 0, 1]],
]  # fmt: skip
WEIGHTS = [1.0, 0.5, -2.0]
TEXTS = ["plain", "a\u0301", "x" + "\u0301" * 12 + "y", "｜begin▁of▁sentence｜", "思考", "", "tab\tend"]
VALUES = [0, 0.004, 0.005, -0.004, 0.25, -0.5, 1, 12.345, -1234.5, 0.999]
LOG_RANGES = [(1, 16), (138.3, 386.2), (90, 2300), (1, 1e6), (0.02, 3e9), (3, 4), (25, 400)]
LABELS: list[list[float]] = [[], [50], [100, 101, 50], [199, 200, 198], [20, 20, 20, 20]]
AMOUNTS = [0, 1e-5, 0.00456, 0.0175, 0.08, 0.48, 0.999, 2.19, 99.994, 131, 1234.5, 30_000, 61_440_000]
CURVES = [(True, 0), (True, 1), (False, 0), (False, 2), (False, 3)]


def labelled() -> list[str]:
    """Every fourth step of the labelled sample on which the cues were developed."""
    lines = [
        line
        for name in ("steps.jsonl", "more.jsonl")
        for line in (SAMPLE / name).read_text("utf-8").splitlines()
    ]
    return [row["text"] for row in map(json.loads, lines) if row["split"] != "test"][::4]


def thought(text: str, fields: dict[str, Any]) -> dict[str, Any]:
    """A trace whose tokens cut words at random, as plain data, with its blocks and the visible text of each token."""
    dice = random.Random(text)
    edges = sorted(
        {0, len(text.encode()), *dice.sample(range(1, max(2, len(text.encode()))), min(9, len(text) // 2))}
    )
    sizes = [b - a for a, b in itertools.pairwise(edges)]
    n = len(sizes)
    tokens = {
        "ids": list(range(n)), "sizes": sizes, "logprobs": [-0.1] * n, "entropies": [0.1] * n, "times": [0.0] * n,
        "top_ids": [[i] for i in range(n)], "top_logprobs": [[-0.1]] * n,
    }  # fmt: skip
    defaults = {
        "model": "m",
        "family": "r1-mini",
        "prompt": "p",
        "opened": True,
        "finish": "stop",
        "text": text,
    }
    trace = Trace.model_validate(defaults | fields | {"tokens": tokens})
    made = [block.model_dump() for block in blocks(trace)]
    spans = [[part.first, part.last] for part in sentences(trace)]
    return {
        "trace": json.loads(trace.model_dump_json()), "texts": texts_of(trace), "blocks": made, "sentences": spans, "answer": answer_token(trace),
        "outline": outline_of_blocks(trace, made),
    }  # fmt: skip


def outline_of_blocks(trace: Trace, made: list[dict[str, Any]]) -> list[list[Any]] | None:
    """The sections; None if a step has no token: the browser, which draws tokens, then lacks this step."""
    if len(trace.steps) != sum(block["role"] == "step" for block in made):
        return None
    return [[s.title, len(s.steps), s.tokens, s.is_checked] for s in trace.outline]


def sections() -> list[list[Any]]:
    """Kinds of steps drawn at random, a limit, and the steps at which the sections begin."""
    dice = random.Random(23)
    drawn = [dice.choices([*get_args(Kind), "own"], k=dice.randrange(90)) for _ in range(60)]
    return [[kinds, limit, section_starts(kinds, limit)] for kinds in drawn for limit in (1, 4, 24)]


def group(values: list[list[float | None]], kind: Any) -> dict[str, Any]:
    """The advantages of a group, and what a reward view says and draws of it."""
    weights = WEIGHTS[: len(values[0])]
    rewards: list[float | None] = []
    for row in values:
        known = [value * weight for value, weight in zip(row, weights, strict=True) if value is not None]
        rewards.append(sum(known) if known else None)
    judged = [r for r in rewards if r is not None]
    gains = group_advantages(rewards, kind=kind).tolist() if len(judged) > 1 else [0.0] * len(rewards)
    counts = [30 - 7 * i for i in range(len(values))]
    stacked = [bars(row, weights) for row in values]
    return {
        "values": values, "weights": weights, "kind": kind, "rewards": rewards, "advantages": gains,
        "lesson": lesson(rewards, kind), "counts": counts, "bars": stacked, "extent": extent(stacked),
        "orders": {f"{sort} {down}": order(rewards, gains, counts, sort, down)
                   for sort in ("number", "reward", "advantage", "tokens") for down in (False, True)},
    }  # fmt: skip


def votes(ballots: list[tuple[str, bool]], k: int) -> dict[str, Any]:
    """pass@k and maj@k of the answers of a group."""
    answers, right = [answer for answer, _ in ballots], [good for _, good in ballots]
    return {
        "ballots": [{"answer": answer, "right": good} for answer, good in ballots],
        "k": k,
        "pass": pass_at_k([right], k).tolist()[0],
        "majority": maj_at_k(answers, right, k),
    }


def cost_grid() -> list[CostFocus]:
    """The defaults of a cost view, both ends of each slider, and focuses drawn inside the ranges."""
    scene = cost.scene_of()
    start, dice = cost.defaults(scene), random.Random(15)
    grid = [start]
    for slider in scene.sliders:
        grid += [start | {slider.name: slider.low}, start | {slider.name: slider.high}]
    for _ in range(40):
        drawn = {s.name: s.low + (s.high - s.low) * dice.random() ** 4 for s in scene.sliders}
        grid.append(drawn)
    return [CostFocus.model_validate(focus) for focus in grid]


def costs_of(focus: CostFocus) -> dict[str, Any]:
    """The costs of a focus, their parts and sentences."""
    result = cost.costs(focus)
    return {
        "focus": focus.model_dump(), "costs": dataclasses.asdict(result), "bars": cost.bars(result),
        "verdict": cost.verdict(result),
    }  # fmt: skip


def curve(percent: bool, digits: int) -> Curve:
    """A curve without values."""
    return Curve(name="x", title="x", unit="", digits=digits, percent=percent, values=[])


def attention() -> dict[str, Any]:
    """A captured thought with made-up queries and keys, and what an attention view answers about it."""
    dice = random.Random(3)
    ids, size = [1, 5, 6, 7, 5, 6, 9, 7, 5, 6, 9, 5, 8, 9, 6, 9, 4, 9, 5, 9, 3, 9, 2, 7], 4
    count = len(ids)
    numbers = [[round(dice.gauss(0, 1.5), 2) for _ in range(count * 2 * size)] for _ in range(4)]
    tensors = [torch.tensor(row).view(count, 2, size) for row in numbers]
    texts = [
        "3 ",
        "and ",
        "2",
        "4.",
        "First ",
        "3",
        ". ",
        "3 ",
        "+ ",
        "5",
        ": ",
        "8",
        "\n",
        "No! ",
        "5 ",
        "x. ",
        "Try. ",
        "3 ",
        "is: ",
        "24",
        "\n",
        "Yes.",
        "</think>",
        "24",
    ]
    trace = Trace.model_validate(
        {"model": "r1-mini", "family": "r1-mini", "prompt": "3 and 24.", "prompt_ids": ids[:4], "prompt_texts": texts[:4],
         "text": "".join(texts[4:]), "opened": True, "finish": "stop",
         "tokens": {"ids": ids[4:], "sizes": [len(text) for text in texts[4:]], "texts": texts[4:],
                    "logprobs": [-0.1] * (count - 4), "entropies": [0.1] * (count - 4), "times": [0.0] * (count - 4), "top_ids": [[i] for i in ids[4:]],
                    "top_logprobs": [[-0.1]] * (count - 4)}}
    )  # fmt: skip
    queries, keys = torch.stack(tensors[:2], 1), torch.stack(tensors[2:], 1)
    trace._inside = QKCapture(queries, keys, [AttentionLayout(size**-0.5)] * 2, [0, 1], prompt=4)
    queries_of = AttentionQueries(trace)
    asks = [
        {"ask": "thumbs"}, {"ask": "tile", "layer": 1, "head": 0, "rows": [0, count], "cols": [0, count], "per": 1, "how": "max"},
        *({"ask": "tile", "layer": 0, "head": 1, "rows": [2, 17], "cols": [1, 12], "per": 3, "how": how}
          for how in ("max", "mean", "sum")),
        *({"ask": "look", "layer": 1, "head": 1, "position": i} for i in (0, 5, count - 1)),
        {"ask": "steps", "layer": 0, "head": 0},
        *({"ask": "find", "what": what} for what in get_args(HeadKind)),
    ]  # fmt: skip
    view = AttentionView(trace)
    answers = []
    for ask in asks:
        header, buffer = view.answer({**ask, "id": 0})
        levels = list(zlib.decompress(buffer)) if buffer else []
        answers.append({"ask": ask, "header": header.model_dump(), "levels": levels})
    return {
        "ids": ids, "texts": texts, "parts": [part.model_dump() for part in queries_of.parts()],
        "sentences": [[part.first, part.last] for part in sentences(trace)],
        "queries": numbers[:2], "keys": numbers[2:], "answers": answers,
    }  # fmt: skip


def results() -> dict[str, Any]:
    """Everything that is compared."""
    ranges = [(0, 1, 3), (120, 260, 3), (0, 0.07, 2), (-3, 11, 5), (0, 12345, 4), (2, 2, 3)]
    series = [[0.1, 0.7], [5.0, -2.0, 13.0], [0.0], [0.001, 0.002], []]
    return {
        "thoughts": {name: thought(text, fields) for name, (text, fields) in THOUGHTS.items()},
        "levels": [
            [color, p, entropy, level(color, math.log(p), entropy)]
            for color in ("probability", "surprisal", "entropy")
            for p, entropy in ((1, 0.0), (0.5, 1.0), (0.013, 2.2), (1e-9, 7.0), (0.9999, 0.01))
        ],
        "palettes": {"light": palette(LIGHT_STOPS).tolist(), "dark": palette(DARK_STOPS).tolist()},
        "kinds": [[kind, color_name(kind)] for kind in (*KNOWN, "joke", "a question", "constructor", "Übung 🦉")],
        "step_kinds": [
            [text, kind_of(text)]
            for text in (*labelled(), *HARD_STEPS)
        ],
        "drawable": [[text, drawable(text)] for text in TEXTS],
        "cells": [[text, token_label(text)] for text in (" vs ", ".\n", "  ", "", "a b", "\n\n")],
        "letters": [letter(i) for i in (0, 25, 26, 27, 51, 52, 700)],
        "differences": [
            [value, nats(value), nats(value, 3), difference_scale.level(value, 2.0)]
            for value in (0.0, -0.0004, 0.0051, -0.5, 1.0, 1.999, 2.5, -17.25)
        ],
        "numbers": [[value, sign, number(value, sign=sign)] for value in VALUES for sign in (False, True)],
        "groups": [group(values, kind) for values in GROUPS for kind in ("grpo", "dr-grpo", "rloo")],
        "ticks": [[*given, axes.ticks(*given)] for given in ranges],
        "log_ticks": [[*given, axes.log_ticks(*given)] for given in LOG_RANGES],
        "spaced": [[heights, 200, 14, axes.spaced(heights, 200, 14)] for heights in LABELS],
        "spans": [[v, *c, training.span(v, *c)] for v in series for c in CURVES],
        "values": [[v, *c, training.number(curve(*c), v)] for v in VALUES for c in CURVES],
        "countdown": [
            [answer, verdict.right, verdict.why]
            for answer in COUNTDOWN
            for verdict in [countdown.judge(f"</think>{answer}", numbers=[3, 5, 9], target=24)]
        ],
        "attention": attention(),
        "sections": sections(),
        "votes": [votes(ballots, k) for ballots in BALLOTS for k in (1, 2, 5, len(ballots))],
        "costs": [costs_of(focus) for focus in cost_grid()],
        "questions": cost.axis_of_questions(cost.scene_of()),
        "money": [
            [v, cost.money(v), cost.amount(v, "tokens"), cost.count(v), cost.percent(v)] for v in AMOUNTS
        ],
        "sliders": [slider.model_dump() for slider in cost.scene_of().sliders],
        "sizes": [[n, size(n), count(n)] for n in (1_800_000, 29_000_000, 135_000_000, 3_600_000_000, 671_000_000_000)],
    }  # fmt: skip


def text() -> str:
    """The file."""
    return case_file(results())


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8", newline="\n")
