"""Frames a second while a token view of 8,000 tokens scrolls, in headless Chromium.

    python tests/bench/token_view_scroll.py [TOKENS]

The built bundle (labkit/views/static/token_view.js) runs in a bare page with a model that answers as
the kernel would; `requestAnimationFrame` counts the frames while the text scrolls from top to bottom.
Prints one JSON line. LABKIT_CHROMIUM names the browser.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO), str(REPO / "tests/views")]
import make  # noqa: E402

from labkit.views import TokenView  # noqa: E402

PAGE = """
async ([bundle, scene, header, data]) => {
  const url = URL.createObjectURL(new Blob([bundle], { type: "text/javascript" }));
  const widget = (await import(url)).default();
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const handlers = {};
  const state = { scene, focus: { token: null, color: "probability" } };
  const model = {
    get: (name) => state[name], set: (name, value) => (state[name] = value), save_changes() {},
    on: (name, handler) => (handlers[name] = handler),
    send: (ask) => setTimeout(() => ask.ask === "columns" &&
      handlers["msg:custom"]({ ...header, id: ask.id }, [new DataView(bytes.buffer)])),
  };
  const began = performance.now();
  widget.initialize({ model });
  widget.render({ model, el: document.body });
  const root = document.body.firstElementChild.shadowRoot;
  while (root.querySelectorAll("[data-i]").length < scene.count) await new Promise(requestAnimationFrame);
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
  const before = performance.now();
  root.querySelectorAll("[role=radio]")[2].click();
  flow.getBoundingClientRect();
  return {
    first_paint_ms: Math.round(ready), recolour_ms: Math.round(performance.now() - before),
    frames_per_second: Math.round((1000 * gaps.length) / gaps.reduce((a, b) => a + b, 0)),
    p95_frame_ms: Math.round(gaps[Math.floor(0.95 * gaps.length)]), elements: root.querySelectorAll("*").length,
  };
}
"""


def main() -> None:
    """Measures and prints."""
    tokens = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    view = TokenView(make.long(tokens))
    header, data = view.answer({"ask": "columns", "id": 1, "first": 0, "last": 2**31})
    bundle = (REPO / "labkit/views/static/token_view.js").read_text("utf-8")
    chrome = os.environ.get("LABKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chrome, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        args = [bundle, view.scene, header.model_dump(), base64.b64encode(data).decode("ascii")]
        print(
            json.dumps(
                {"tokens": view.scene["count"], "buffer_bytes": len(data), **page.evaluate(PAGE, args)}
            )
        )
        browser.close()


if __name__ == "__main__":
    main()
