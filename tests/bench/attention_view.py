"""What an attention view costs: bytes to first paint, page elements, seconds a tile, frames a second while panning.

    python tests/bench/attention_view.py [--tokens 256 1024 8192] [--shapes r1-mini 1.5b]

The built bundle runs in a bare page in headless Chromium; each ask is answered by the Python half, at
once, and counted. The inside is made of random queries and keys in the shape of R1-mini (5 layers x 5
heads of 32) and of the 1.5B distill (28 x 12 of 128, 2 KV heads, bfloat16, so at 8,192 tokens 0.8 GB);
random attention is the worst case for bytes, since nothing in it repeats. Prints one JSON line each.
LABKIT_CHROMIUM names the browser.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import torch
from _machine import machine, peak_mb
from playwright.sync_api import sync_playwright

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO), str(REPO / "tests/views")]
import make  # noqa: E402

from labkit.inside import QKCapture  # noqa: E402
from labkit.models.capture.qk_capture import AttentionLayout  # noqa: E402
from labkit.traces import Trace  # noqa: E402
from labkit.views import AttentionView  # noqa: E402

SHAPES = {  # layers, heads, KV heads, head size, dtype
    "r1-mini": (5, 5, 5, 32, torch.float32),
    "1.5b": (28, 12, 2, 128, torch.bfloat16),
}
PAN_MS = 4000
PAGE = """
async ([bundle, scene, focus, panMs]) => {
  const handlers = {};
  const state = { scene, focus };
  let [waiting, last] = [0, 0];
  const model = {
    get: (name) => state[name], set: (name, value) => (state[name] = value), save_changes() {},
    on: (name, handler) => (handlers[name] = handler),
    send: async (ask) => {
      waiting++;
      const [header, data] = await window.answer(ask);
      const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
      handlers["msg:custom"](header, [new DataView(bytes.buffer)]);
      setTimeout(() => ((waiting -= 1), (last = performance.now())), 30);
    },
  };
  const frame = () => new Promise(requestAnimationFrame);
  const rest = async () => { for (let calm = 0; calm < 20; ) { await frame(); calm = waiting ? 0 : calm + 1; } };
  const began = performance.now();
  const url = URL.createObjectURL(new Blob([bundle], { type: "text/javascript" }));
  const widget = (await import(url)).default();
  widget.initialize({ model });
  widget.render({ model, el: document.body });
  await rest();
  const first_paint_ms = Math.round(last - began);
  await window.painted();
  const root = document.body.firstElementChild.shadowRoot;
  const canvas = root.querySelector(".matrix");
  const press = (key, shiftKey = false) => canvas.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey }));
  const [plus] = [...root.querySelectorAll(".workbar .radios button")].filter((b) => b.textContent === "+");
  for (let i = 0; i < 4; i++) { plus.click(); await rest(); }
  const box = canvas.getBoundingClientRect();
  const point = (kind, x, y) => canvas.dispatchEvent(new PointerEvent(kind,
    { pointerId: 1, clientX: box.left + x, clientY: box.top + y, bubbles: true, buttons: 1 }));
  canvas.setPointerCapture = () => undefined;
  const pan = async () => {
    point("pointerdown", 200, 200);
    const times = [performance.now()];
    const end = times[0] + panMs;
    while (times.at(-1) < end) {
      const t = (times.at(-1) - times[0]) / 300;
      point("pointermove", 200 + 120 * Math.sin(t), 200 + 120 * Math.cos(1.3 * t));
      times.push(await frame());
    }
    point("pointerup", 200, 200);
    const gaps = times.slice(2).map((t, i) => t - times[i + 1]).sort((a, b) => a - b);
    return [Math.round((1000 * gaps.length) / gaps.reduce((a, b) => a + b, 0)), Math.round(gaps[Math.floor(0.95 * gaps.length)])];
  };
  const idle = [performance.now()];
  while (idle.at(-1) < idle[0] + 1000) idle.push(await frame());
  const [frames_per_second, p95_frame_ms] = await pan();
  await rest();
  return { first_paint_ms, elements: root.querySelectorAll("*").length, frames_per_second, p95_frame_ms,
    idle_frames_per_second: Math.round(1000 * (idle.length - 1) / (idle.at(-1) - idle[0])) };
}
"""


def trace_of(shape: str, tokens: int) -> Trace:
    """A made-up thought of so many tokens in all, with random queries and keys."""
    layers, heads, kv, size, dtype = SHAPES[shape]
    written = make.long(tokens)
    asked = make.cut("<user>How many?</user>")
    keep = tokens - len(asked)
    read = make.until(written, keep).model_copy(
        update={"prompt_texts": asked, "prompt_ids": list(range(900, 900 + len(asked)))}
    )
    n, dice = len(asked) + len(read), torch.Generator().manual_seed(0)
    queries = 2 * torch.randn(n, layers, heads, size, generator=dice, dtype=dtype)
    keys = torch.randn(n, layers, kv, size, generator=dice, dtype=dtype)
    rules = [AttentionLayout(scale=size**-0.5) for _ in range(layers)]
    return read.attach(inside=QKCapture(queries, keys, rules, list(range(layers)), prompt=len(asked)))


def measure(shape: str, tokens: int, chrome: Any) -> dict[str, Any]:
    """One view, from its making to the end of a pan."""
    trace = trace_of(shape, tokens)
    start = time.perf_counter()
    view = AttentionView(trace)
    made = time.perf_counter() - start
    bundle = AttentionView.bundle.read_text("utf-8")
    sent: list[tuple[str, int, float]] = [
        ("bundle", len(bundle.encode()), 0.0),
        ("scene", len(json.dumps(view.scene)) + len(json.dumps(view.focus)), 0.0),
    ]
    first: list[tuple[str, int, float]] = []
    cpu: list[float] = []  # seconds of processor for each tile: what a busy machine does not stretch

    def answer(ask: dict[str, Any]) -> tuple[dict[str, Any], str]:
        began, worked = time.perf_counter(), time.process_time()
        header, data = view.answer(ask)
        took = time.perf_counter() - began
        if ask["ask"] == "tile":
            cpu.append(time.process_time() - worked)
        said = header.model_dump() | {"id": ask["id"]}
        sent.append((ask["ask"], len(json.dumps(said).encode()) + len(data), took))
        return said, base64.b64encode(data).decode("ascii")

    page = chrome.new_page(viewport={"width": 1280, "height": 800})
    page.expose_function("answer", answer)
    page.expose_function("painted", lambda: first.extend(sent))
    page.goto("about:blank")
    found = page.evaluate(PAGE, [bundle, view.scene, view.focus, PAN_MS])
    page.close()
    tiles = [took for kind, _, took in sent[len(first) :] if kind == "tile"]
    return {
        "shape": shape, "tokens": view.scene["count"], "make_s": round(made, 2),
        "first_paint_bytes": sum(size for _, size, _ in first), **{f"{kind}_bytes": size for kind, size, _ in first},
        "thumbs_s": next(round(took, 2) for kind, _, took in first if kind == "thumbs"),
        "whole_tile_s": next(round(took, 3) for kind, _, took in first if kind == "tile"),
        "look_s": next(round(took, 3) for kind, _, took in first if kind == "look"),
        "tiles_while_zooming": len(tiles), "slowest_tile_s": round(max(tiles, default=0), 3),
        "whole_tile_cpu_s": round(cpu[0], 3), "slowest_tile_cpu_s": round(max(cpu[1:], default=0), 3), **found,
    }  # fmt: skip


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tokens", type=int, nargs="*", default=[256, 1024, 8192])
    parser.add_argument("--shapes", nargs="*", default=list(SHAPES), choices=list(SHAPES))
    args = parser.parse_args()
    print(machine("torch", "numpy"))
    path = os.environ.get("LABKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as p:
        chrome = p.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        for shape in args.shapes:
            for tokens in args.tokens:
                print(json.dumps({**measure(shape, tokens, chrome), "peak_mb": round(peak_mb())}), flush=True)
        chrome.close()


if __name__ == "__main__":
    main()
