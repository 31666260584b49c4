"""10,000 thoughts in a traces view in JupyterLab: seconds to the first paint and until all are measured, and memory.

    python tests/bench/traces_view.py [THOUGHTS]

Writes made-up thoughts of about 4,000 characters as JSONL, starts a JupyterLab on loopback and a headless Chromium, and
runs a cell that opens the file. Prints one JSON line:

* `first_paint_s`: from running the cell (labkit is imported) until a row with its prompt is on the screen;
* `measured_s`: until all thoughts are measured;
* `search_s`: from the last key of a search until all texts are searched;
* `open_s`: from a click on a row until the tokens of the thought are on the screen;
* `sort_ms`: from a click on a head until the rows are in their order;
* `kernel_MB`: the peak of the kernel's memory, above that after the imports.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import sync_playwright

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))
from tests.browser.conftest import FLAGS, Lab, chromium, serving  # noqa: E402

WORDS = (
    "so the sum of these two numbers would be larger than target which",
    "means that we should try again with",
)
OPENINGS = ("Okay, so", "Wait,", "Let me", "First,", "Alternatively,", "Hmm,", "Therefore", "Now", "Check:")
IMPORT = """import labkit, labkit.views
def peak():  # MB
    (line,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1000
base = peak()"""
OPEN = 'labkit.open("many.jsonl")'
PEAK = "print(round(peak() - base), 'MB')"
SEARCH = "target which"
SORTED = """([column, sort]) => new Promise((resolve) => {
  const began = performance.now(), root = document.querySelector(".jp-OutputArea-output .jupyter-widgets, .jp-OutputArea-output").getRootNode();
  const all = (node) => [...node.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
  const head = all(document).find((e) => e.getAttribute("data-column") === column);
  head.querySelector("button").click();
  const check = () => head.getAttribute("aria-sort") === sort ? resolve(performance.now() - began) : requestAnimationFrame(check);
  check();
})"""


def write_thoughts(path: Path, n: int) -> int:
    """Writes n thoughts with steps and rewards; returns the number of bytes."""
    dice = random.Random(0)
    with path.open("w", encoding="utf-8") as file:
        for i in range(n):
            paragraphs = [
                f"{dice.choice(OPENINGS)} {' '.join(dice.choices(WORDS, k=dice.randint(2, 6)))}."
                for _ in range(20)
            ]
            completion = "<think>" + "\n\n".join(paragraphs) + f"</think>{i}"
            row = {"prompt": f"Problem {i}: make {i}.", "completion": completion, "reward": dice.random()}
            file.write(json.dumps(row) + "\n")
    return path.stat().st_size


def notebook(path: Path) -> None:
    """A cell that imports, one that opens the file, and one that prints the peak of the memory."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [nbformat.v4.new_code_cell(code) for code in (IMPORT, OPEN, PEAK)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)


def run_next(lab: Lab, page: Any) -> None:
    """Runs the current cell and goes to the next one."""
    lab.command(page, "notebook:run-cell-and-select-next")


def measured(lab: Lab, n: int) -> dict[str, float | int]:
    """The seconds and the memory."""
    page = lab.open("many.ipynb")
    run_next(lab, page)
    page.wait_for_timeout(500)
    lab.wait_idle(page)
    began = time.perf_counter()
    run_next(lab, page)
    page.locator(".rows .row.ready").first.wait_for(timeout=120_000)
    first_paint = time.perf_counter() - began
    status = page.locator("section.view .status").first
    status.get_by_text(f"{n:,} thoughts", exact=True).wait_for(timeout=600_000)
    all_measured = time.perf_counter() - began
    run_next(lab, page)
    page.locator(".jp-OutputArea-output", has_text=" MB").last.wait_for()
    peak = page.locator(".jp-OutputArea-output", has_text=" MB").last.inner_text()
    sort_ms = page.evaluate(SORTED, ["characters", "descending"])
    began = time.perf_counter()
    page.locator(".rows .row.ready").nth(2).click()
    page.locator(".thought .flow [data-i]").first.wait_for(timeout=60_000)
    opened = time.perf_counter() - began
    began = time.perf_counter()
    page.get_by_label("Search the prompts and the completions").fill(SEARCH)
    page.locator(".chip", has_text=SEARCH).wait_for()
    page.wait_for_function(
        """() => { const all = (node) => [...node.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
        return all(document).find((e) => e.className === "searched")?.textContent === ""; }""",
        timeout=600_000,
    )
    searched = time.perf_counter() - began
    seconds = {
        "first_paint_s": first_paint, "measured_s": all_measured, "search_s": searched, "open_s": opened,
    }  # fmt: skip
    rounded = {name: round(value, 2) for name, value in seconds.items()}
    return {**rounded, "sort_ms": round(sort_ms), "kernel_MB": int(peak.split()[0])}


def main() -> None:
    """Prints the measurements."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with sync_playwright() as p, tempfile.TemporaryDirectory() as home:
        browser = p.chromium.launch(executable_path=chromium(), args=FLAGS)
        with serving(Path(home)) as (url, root):
            size = write_thoughts(root / "many.jsonl", n)
            notebook(root / "many.ipynb")
            lab = Lab(url, root, browser)
            print(json.dumps({"thoughts": n, "file_MB": round(size / 1e6, 1), **measured(lab, n)}))
            lab.close()
        browser.close()


if __name__ == "__main__":
    main()
