"""Frames a second while a token view of 8,000 tokens scrolls, in headless Chromium.

    python tests/bench/token_view_scroll.py [TOKENS]

`requestAnimationFrame` counts the frames while the text scrolls from top to bottom. Prints one JSON line.
LABKIT_CHROMIUM names the browser.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO), str(REPO / "tests/views")]
import make  # noqa: E402
from _scrolling import scrolled  # noqa: E402

from labkit.views import TokenView  # noqa: E402


def main() -> None:
    """Measures and prints."""
    tokens = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    view = TokenView(make.long(tokens))
    answer = view.answer({"ask": "columns", "id": 1, "first": 0, "last": 2**31})
    count = view.scene["count"]
    frames = scrolled(view, "columns", answer, count, {"recolour_ms": ("[role=radio]", 2)})
    print(json.dumps({"tokens": count, "buffer_bytes": len(answer[1]), **frames}))


if __name__ == "__main__":
    main()
