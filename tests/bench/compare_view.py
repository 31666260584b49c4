"""Seconds and bytes of a compare view of 32,000 pieces, and its frames a second while it scrolls in headless Chromium.

    python tests/bench/compare_view.py [PIECES]

Two made-up traces of one text are compared. The built bundle (labkit/views/static/compare_view.js) runs in a bare page with a
model that answers as the kernel would. Prints one line of JSON for each half. LABKIT_CHROMIUM names the browser.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO), str(REPO / "tests/views")]
import make  # noqa: E402
from _machine import machine  # noqa: E402
from _scrolling import scrolled  # noqa: E402

from labkit.inside import Comparison, compare  # noqa: E402
from labkit.views import CompareView  # noqa: E402


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
    count = view.scene["texts"][0]["count"]
    actions = {"recolour_ms": ("[role=radio]", 1), "jump_ms": ("[data-piece]", 0)}
    print(json.dumps(scrolled(view, "pieces", (header, data), count, actions)))


if __name__ == "__main__":
    main()
