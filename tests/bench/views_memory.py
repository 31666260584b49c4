"""What views 100 to 1,000 of one session cost: heap in Chromium, and memory of the kernel, after a collection.

    python tests/bench/views_memory.py [--views 1000] [--left] [--slider]

A real JupyterLab runs one cell again and again. Each run shows 25 views, one after the other in the same output, as a
cell that is run again does, and clicks go to none of them. Each view is closed by `view.close()`; with `--left` none is
closed, which is what a session does that shows views and never closes one; with `--slider` a slider of ipywidgets is in their
place, which tells what JupyterLab itself keeps of every widget.
The budget from view 100 on: 2 MB of heap, 5 MB of resident memory. LABKIT_CHROMIUM names the browser.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import sync_playwright

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))
from tests.browser.conftest import FLAGS, Lab, chromium, serving  # noqa: E402

RUN = 25  # views a run of the cell
FIRST = 100  # the view from which the growth counts
BEGIN = "import gc, os, ipywidgets, make, labkit\nfrom IPython.display import clear_output, display\ntrace = make.trace()"
SHOW = """
for _ in range({run}):
    view = {view}
    clear_output(wait=True)
    display(view)
    {end}
del view
clear_output()
"""
RESIDENT = """
gc.collect()
print("resident", next(line for line in open("/proc/self/status") if line.startswith("VmRSS")).split()[1])
"""


def write(root: Path, view: str, end: str) -> str:
    """The notebook: a cell that begins, one that shows views, one that prints the memory."""
    cells = [
        nbformat.v4.new_code_cell(text.strip())
        for text in (BEGIN, SHOW.format(run=RUN, view=view, end=end), RESIDENT)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), root / "many.ipynb"
    )
    return "many.ipynb"


def run_cell(lab: Lab, page: Any, number: int) -> None:
    """Runs one cell and waits for its end."""
    page.evaluate(
        """(number) => {
          const { content, context } = window.jupyterapp.shell.currentWidget;
          content.activeCellIndex = number;
          return window.jupyterapp.commands.execute("notebook:run-cell");
        }""",
        number,
    )
    lab.wait_idle(page, timeout=300_000)


def heap(page: Any) -> float:
    """Megabytes of the JavaScript heap after a collection."""
    session = page.context.new_cdp_session(page)
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
        page.wait_for_timeout(500)
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used) / 1e6


def resident(lab: Lab, page: Any) -> float:
    """Megabytes of the kernel after a collection."""
    run_cell(lab, page, 2)
    text = page.locator(".jp-Cell").nth(2).locator(".jp-OutputArea-output").inner_text()
    return int(text.split()[-1]) / 1e3


def main() -> None:
    """Prints a line for every 100 views, and the growth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--views", type=int, default=1_000)
    parser.add_argument("--left", action="store_true", help="no view is closed")
    parser.add_argument("--slider", action="store_true", help="sliders of ipywidgets in place of views")
    args = parser.parse_args()
    view = "ipywidgets.IntSlider()" if args.slider else "labkit.TokenView(trace)"
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as (url, root), sync_playwright() as p:
        lab = Lab(url, root, p.chromium.launch(executable_path=chromium(), args=FLAGS))
        page = lab.open(write(root, view, "" if args.left else "view.close()"))
        run_cell(lab, page, 0)
        start = (0.0, 0.0)
        for shown in range(RUN, args.views + 1, RUN):
            run_cell(lab, page, 1)
            if shown % FIRST:
                continue
            now = (heap(page), resident(lab, page))
            start = now if shown == FIRST else start
            print(f"{shown:5} views: heap {now[0]:6.1f} MB, kernel {now[1]:6.1f} MB", flush=True)
        print(
            f"views {FIRST} to {args.views}: heap {now[0] - start[0]:+.1f} MB, kernel {now[1] - start[1]:+.1f} MB"
        )
        lab.close()


if __name__ == "__main__":
    main()
