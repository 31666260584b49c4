"""The training page of the playground in Chromium: held-out pass@1 before and after a run, for some seeds, and its seconds.

    python tests/bench/play_train.py [SEED ...]

LABKIT_CHROMIUM names the browser. `tests/engine/test_training.py` compares the gradient with torch.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _machine import machine

from labkit.site.play import write_playground

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.browser.conftest import FLAGS, chromium
from tests.site.serving import serving

LONGEST = 1_800_000  # ms of a run


def main() -> None:
    """Runs the page once for each seed, with its own settings otherwise."""
    from playwright.sync_api import sync_playwright

    print(machine())
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room) / "play"
        write_playground(folder)
        with serving(folder) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            for seed in sys.argv[1:] or ["0", "1", "2"]:
                train(browser.new_context().new_page(), f"{address}/train.html", seed)
            browser.close()


def train(page: Any, address: str, seed: str) -> None:
    """Runs the page with one seed, and prints what it says."""
    page.goto(address)
    page.get_by_text("Settings").click()
    page.get_by_label("Seed").fill(seed)
    steps = page.get_by_label("Steps", exact=True).input_value()
    began = time.perf_counter()
    page.get_by_role("button", name="Start").click()
    page.get_by_text(f"{steps} steps, done").wait_for(timeout=LONGEST)
    seconds = time.perf_counter() - began
    print(f"seed {seed}: {page.locator('.summary').inner_text()}")
    print(f"  {seconds:.0f} s with the held-out puzzles; {page.locator('.speed').inner_text()}", flush=True)
    page.context.close()


if __name__ == "__main__":
    main()
