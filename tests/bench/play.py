"""The playground: bytes to the first thought, seconds from the link to the finished thought, and tokens a second.

The bytes are those of the requests that the page makes before its first thought has ended, by gzip.

    python tests/bench/play.py

LABKIT_CHROMIUM names the browser. `python -m tests.engine.compare` compares the engine with torch.
"""

from __future__ import annotations

import gzip
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

from _machine import machine

from labkit.site.play import write_playground

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.browser.conftest import FLAGS, chromium
from tests.site.serving import serving

VISITS = 5


def main() -> None:
    """Visits the page a few times, each time with an empty cache."""
    from playwright.sync_api import sync_playwright

    print(machine())
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "play"
        write_playground(folder)
        with serving(folder) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            seconds, speeds = [], []
            for _ in range(VISITS):
                page = browser.new_context().new_page()
                requested: list[str] = []
                page.on("request", lambda request, seen=requested: seen.append(request.url))
                began = time.perf_counter()
                page.goto(f"{address}/")
                page.wait_for_selector(".verdict b")
                seconds.append(time.perf_counter() - began)
                first = [*requested]
                began = time.perf_counter()
                page.get_by_role("button", name="Think").click()
                page.wait_for_selector(".verdict b", state="detached")
                page.wait_for_selector(".verdict b")
                status = page.locator(".thought .status").inner_text()
                tokens = int(re.sub(r"\D", "", status.split("token")[0]))
                speeds.append(tokens / (time.perf_counter() - began))
                page.context.close()
            browser.close()
        contents = [
            (folder / (url.removeprefix(f"{address}/") or "index.html")).read_bytes() for url in first
        ]
    wire = sum(len(gzip.compress(content)) for content in contents)
    print(f"{len(contents)} requests before the first thought has ended: {sum(map(len, contents)) / 1e6:.2f} MB, "
          f"{wire / 1e6:.2f} MB by gzip")  # fmt: skip
    print(f"link to finished thought: {statistics.median(seconds):.1f} s (median of {VISITS}: "
          f"{', '.join(f'{each:.1f}' for each in seconds)})")  # fmt: skip
    print(f"{statistics.median(speeds):.0f} tokens/s in Chromium, drawing included")


if __name__ == "__main__":
    main()
