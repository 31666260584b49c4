"""Pictures of every view in JupyterLab, to look at: by width, by theme, live and saved.

    python -m tests.screenshots FOLDER [--views token,fork] [--widths 1280,1440,900] [--themes light,dark]
                                       [--saved]

One notebook runs once. At 1,280 pixels the file browser is open, at the other widths it is closed. `--saved`
opens the notebook again without a kernel and takes the saved pictures. Writes VIEW-WIDTH-THEME.png; no pictures
are compared: a person looks at them. LABKIT_CHROMIUM names the browser.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, Lab, chromium, serving

REPO = Path(__file__).resolve().parents[1]

HEIGHT = 1500  # so that a view is on the page from its top to its end
WITH_FILES = 1280  # the width at which the file browser is open
THINK = """
import labkit
from labkit.training import Run
model = labkit.load()
trace = model.think("Using 10, 12 and 14, make 5.", capture="qk", show=False)
group = model.sample("Using 3, 5 and 9, make 24.", n=8)
problems = labkit.tasks.countdown.problems(12)
words = "Okay, so 3 and 5.\\n\\nWait, 3 * 8 is 24. Let me check.\\n\\nYes, 9 - 1 = 8."
"""
CELLS = {
    "token": "labkit.TokenView(trace)",
    "text": 'labkit.TokenView(labkit.Trace.from_text("Make 24.", f"<think>{words}</think>3 * (9 - 1)"))',
    "fork": "view = labkit.ForkView(trace); view.fork(1, n=8); view.fork(24, n=8); view",
    "attention": "labkit.AttentionView(trace, layer=1, head=0, token=40)",
    "lens": "labkit.LensView(trace)",
    "reward": "labkit.RewardView(group)",
    "traces": "view = labkit.TracesView(Run.load(labkit.data_path('runs', 'first-run')), sort='reward'); view.focus = {**view.focus, 'row': 3}; view",
    "training": f"labkit.TrainingView(Run.load({str(REPO / 'data/runs/first-run')!r}))",
    "scaling": "labkit.ScalingView({f'T = {t}': [model.sample(p, n=8, temperature=t) for p in problems] for t in (0.6, 1.0)})",
    "compare": "before = labkit.load('r1-mini-cold'); labkit.CompareView([labkit.compare(before.read_text(t.prompt, t.text, show=False), t) for t in group])",
    "catalog": "labkit.catalog()",
    "cost": "labkit.CostView()",
}
CLICKS = {  # what a reader would click first
    "compare": "[data-i='11']",
    "token": "[data-i='30']",
    "fork": ".rows .text",
    "reward": "button.open",
    "text": "[data-i='5']",
}
TO_TOP = """(n) => {
  const cell = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[n];
  cell.scrollIntoView({ block: 'start' });
}"""
SHOW_ALL_CELLS = """() => {
  const { content } = window.jupyterapp.shell.currentWidget;
  content.notebookConfig = { ...content.notebookConfig, windowingMode: "none" };
}"""
SETTLE = 1_500  # ms


def write(root: Path, views: list[str]) -> str:
    """The notebook with a cell for each view."""
    cells = [nbformat.v4.new_code_cell(code.strip()) for code in (THINK, *(CELLS[v] for v in views))]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), root / "views.ipynb"
    )
    return "views.ipynb"


def take(lab: Lab, page: Any, args: argparse.Namespace, suffix: str = "") -> None:
    """One picture for each view, width and theme."""
    for theme in args.themes:
        lab.command(page, "apputils:change-theme", theme=f"JupyterLab {theme.title()}")
        light = str(theme == "light").lower()
        page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached", timeout=60_000)
        for width in args.widths:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            side = "expandLeft" if width == WITH_FILES else "collapseLeft"
            page.evaluate(f"() => {{ window.jupyterapp.shell.{side}() }}")
            for n, view in enumerate(args.views, 1):
                page.evaluate(TO_TOP, n)
                page.wait_for_timeout(SETTLE)
                page.screenshot(path=args.folder / f"{view}-{width}-{theme}{suffix}.png")
                print(f"{view}-{width}-{theme}{suffix}.png", flush=True)


def main() -> None:
    """Runs the notebook and takes the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--views", type=lambda text: text.split(","), default=list(CELLS))
    parser.add_argument(
        "--widths", type=lambda text: [int(w) for w in text.split(",")], default=[1280, 1440, 900]
    )
    parser.add_argument("--themes", type=lambda text: text.split(","), default=["light", "dark"])
    parser.add_argument("--saved", action="store_true")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, serving(Path(home)) as (url, root), sync_playwright() as p:
        lab = Lab(url, root, p.chromium.launch(executable_path=chromium(), args=FLAGS))
        name = write(root, args.views)
        page = lab.open(name)
        page.evaluate(SHOW_ALL_CELLS)
        lab.run_all(page)
        lab.wait_idle(page, timeout=300_000)
        page.wait_for_timeout(2 * SETTLE)
        for n, view in enumerate(args.views, 1):
            if view in CLICKS:
                page.locator(".jp-CodeCell").nth(n).locator(CLICKS[view]).first.click(timeout=60_000)
        take(lab, page, args)
        if args.saved:
            lab.save(page)
            page.close()
            lab.shut_kernels()
            page = lab.open(name, kernel=False)
            page.locator(".jp-Dialog .jp-mod-accept").click()  # no kernel could be started
            page.evaluate(SHOW_ALL_CELLS)
            take(lab, page, args, "-saved")
        lab.close()


if __name__ == "__main__":
    main()
