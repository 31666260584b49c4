"""A view in a bare page of headless Chromium that scrolls through its text: seconds to the first paint and frames.

The built bundle runs with a model that answers one request as the kernel would. LABKIT_CHROMIUM names the browser.
"""

from __future__ import annotations

import base64
import os
import shutil
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parents[2] / "labkit/views/static"
PAGE = """
async ([bundle, scene, focus, header, data, request, count, actions]) => {
  const url = URL.createObjectURL(new Blob([bundle], { type: "text/javascript" }));
  const widget = (await import(url)).default();
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const handlers = {};
  const state = { scene, focus };
  const model = {
    get: (name) => state[name], set: (name, value) => (state[name] = value), save_changes() {},
    on: (name, handler) => (handlers[name] = handler),
    send: (ask) => setTimeout(() => ask.ask === request &&
      handlers["msg:custom"]({ ...header, id: ask.id }, [new DataView(bytes.buffer)])),
  };
  const began = performance.now();
  widget.initialize({ model });
  widget.render({ model, el: document.body });
  const root = document.body.firstElementChild.shadowRoot;
  while (root.querySelectorAll("[data-i]").length < count) await new Promise(requestAnimationFrame);
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
  const seconds = {};
  for (const [name, selector, index] of actions) {
    const before = performance.now();
    root.querySelectorAll(selector)[index].click();
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    seconds[name] = Math.round(performance.now() - before);
  }
  return {
    first_paint_ms: Math.round(ready), ...seconds,
    frames_per_second: Math.round((1000 * gaps.length) / gaps.reduce((a, b) => a + b, 0)),
    p95_frame_ms: Math.round(gaps[Math.floor(0.95 * gaps.length)]), elements: root.querySelectorAll("*").length,
  };
}
"""


def scrolled(
    view: Any, request: str, answer: tuple[Any, bytes], count: int, actions: dict[str, tuple[str, int]]
) -> dict[str, Any]:
    """Milliseconds to the first paint and of each action up to its second frame; frames a second; elements.

    Args:
        view: a view with a `.flow` of elements with `data-i`.
        request: the request that gets the answer.
        answer: the header and the buffer of the kernel.
        count: the elements after which the first paint is complete.
        actions: for each name, a selector and the index of the element that is clicked after the scrolling.
    """
    header, data = answer
    chrome = os.environ.get("LABKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chrome, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        bundle = (STATIC / view.bundle.name).read_text("utf-8")
        encoded = base64.b64encode(data).decode("ascii")
        clicks = [[name, *where] for name, where in actions.items()]
        result: dict[str, Any] = page.evaluate(
            PAGE, [bundle, view.scene, view.focus, header.model_dump(), encoded, request, count, clicks]
        )
        browser.close()
    return result
