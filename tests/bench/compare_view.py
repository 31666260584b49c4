"""Seconds and bytes of a compare view of 32,000 pieces, and its frames a second while it scrolls in headless Chromium.

    python tests/bench/compare_view.py [PIECES]

Two made-up traces of one text are compared. The built bundle (labkit/views/static/compare_view.js) runs in a bare page with a
model that answers as the kernel would. Prints one line of JSON for each half. LABKIT_CHROMIUM names the browser.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO), str(REPO / "tests/views")]
import make  # noqa: E402
from _machine import machine  # noqa: E402

from labkit.inside import Comparison, compare  # noqa: E402
from labkit.views import CompareView  # noqa: E402

PAGE = """
async ([bundle, scene, header, data]) => {
  const url = URL.createObjectURL(new Blob([bundle], { type: "text/javascript" }));
  const widget = (await import(url)).default();
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const handlers = {};
  const state = { scene, focus: { text: 0, piece: null, color: "difference" } };
  const model = {
    get: (name) => state[name], set: (name, value) => (state[name] = value), save_changes() {},
    on: (name, handler) => (handlers[name] = handler),
    send: (ask) => setTimeout(() => ask.ask === "pieces" &&
      handlers["msg:custom"]({ ...header, id: ask.id }, [new DataView(bytes.buffer)])),
  };
  const began = performance.now();
  widget.initialize({ model });
  widget.render({ model, el: document.body });
  const root = document.body.firstElementChild.shadowRoot;
  while (root.querySelectorAll("[data-i]").length < scene.texts[0].count) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  const ready = performance.now() - began;
  const flow = root.querySelector(".flow");
  const times = [performance.now()];
  const end = times[0] + 4000;
  while (times.at(-1) < end) {
    flow.scrollTop = (flow.scrollHeight * (times.at(-1) - times[0])) / 4000;
    times.push(await new Promise(requestAnimationFrame));
  }
  const gaps = times.slice(2).map((t, i) => t - times[i + 1]).sort((a, b) => a - b);
  const timed = async (act) => {
    const before = performance.now();
    act();
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return Math.round(performance.now() - before);
  };
  const recolour = await timed(() => root.querySelectorAll("[role=radio]")[1].click());
  const jump = await timed(() => root.querySelector("[data-piece]").click());
  return {
    first_paint_ms: Math.round(ready), recolour_ms: recolour, jump_ms: jump,
    frames_per_second: Math.round((1000 * gaps.length) / gaps.reduce((a, b) => a + b, 0)),
    p95_frame_ms: Math.round(gaps[Math.floor(0.95 * gaps.length)]), elements: root.querySelectorAll("*").length,
  };
}
"""


def timed(measured: dict[str, Any], name: str, act: Callable[[], Any]) -> Any:
    """The result of a function; its seconds go into `measured`."""
    began = time.perf_counter()
    result = act()
    measured[f"{name}_s"] = round(time.perf_counter() - began, 2)
    return result


def compared(pieces: int, measured: dict[str, Any]) -> Comparison:
    """A made-up text under two models, of which one expects every token less."""
    b = make.long(pieces)
    logprobs = [1.25 * value - 0.3 * (i % 9 == 5) for i, value in enumerate(b.tokens.logprobs)]
    a = b.model_copy(update={"model": "a", "tokens": b.tokens.model_copy(update={"logprobs": logprobs})})
    return timed(measured, "compare", lambda: compare(a, b))


def main() -> None:
    """Measures and prints."""
    measured: dict[str, Any] = {}
    comparison = compared(int(sys.argv[1]) if len(sys.argv) > 1 else 32_000, measured)
    view = timed(measured, "view", lambda: CompareView(comparison))
    header, data = timed(measured, "answer", lambda: view.answer({"ask": "pieces", "id": 1, "text": 0}))
    page_html = timed(measured, "html", view.as_html)
    png = timed(measured, "png", view.as_png)
    saved = timed(measured, "saved", view.saved_payload)
    sizes = {
        "buffer_bytes": len(data),
        "header_bytes": len(header.model_dump_json()),
        "html_bytes": len(page_html.encode()),
        "png_bytes": len(png),
        "saved_bytes": len(saved.get("data", "")),
    }
    print(machine("labkit"))
    print(json.dumps({"pieces": len(comparison.segments), **measured, **sizes}))
    bundle = (REPO / "labkit/views/static/compare_view.js").read_text("utf-8")
    chrome = os.environ.get("LABKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chrome, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        args = [bundle, view.scene, header.model_dump(), base64.b64encode(data).decode("ascii")]
        print(json.dumps(page.evaluate(PAGE, args)))
        browser.close()


if __name__ == "__main__":
    main()
