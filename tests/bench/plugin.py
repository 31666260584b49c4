"""What the plugin costs in JupyterLab: its script, its start, and the time until a trace of 20 MB is on the screen.

    python tests/bench/plugin.py

Starts a JupyterLab on loopback and a headless Chromium. `start_ms` is the time with a function of the plugin on the
stack, from the navigation until JupyterLab has restored the page (samples of 0.2 ms); `open_ms` are the times from the
command "open" to the painted view, the first with the script of the view still to be loaded, and `open_cpu_ms` is what
the page's main thread computed for it, which other work on the machine does not change. Prints one JSON line.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))
from tests.browser.conftest import FLAGS, Lab, chromium, serving  # noqa: E402
from tests.views import make  # noqa: E402

BYTES = 20_000_000
OPEN = """async (path) => {
  const began = performance.now();
  const document_ = await window.jupyterapp.commands.execute("docmanager:open", { path });
  const drawn = () => document_.content.node.firstChild?.firstChild?.shadowRoot?.querySelector(".flow [data-i]");
  while (!drawn()) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const time = performance.now() - began;
  document_.close();
  return Math.round(time);
}"""


def main() -> None:
    """Prints the measurements."""
    with sync_playwright() as p, tempfile.TemporaryDirectory() as home:
        browser = p.chromium.launch(executable_path=chromium(), args=FLAGS)
        with serving(Path(home)) as (url, root):
            make.trace().save(root / "small.trace.json")
            size = write_large(root / "large.trace.json")
            lab = Lab(url, root, browser)
            starts = [start_time(lab) for _ in range(3)]
            page = lab.open_file("small.trace.json")
            page.wait_for_function("window.jupyterapp?.restored")
            page.evaluate("window.jupyterapp.restored")
            opened = [open_time(page, "large.trace.json") for _ in range(3)]
            found = {
                "javascript_kB": round(sum(script_sizes()) / 1000, 1),
                "start_ms": starts,
                "trace_MB": size / 1e6,
                "open_ms": [wall for wall, _ in opened],
                "open_cpu_ms": [cpu for _, cpu in opened],
                "console_errors": lab.console_errors,
            }
        browser.close()
    print(json.dumps(found))


def write_large(path: Path) -> int:
    """Writes a trace of at least `BYTES` bytes and returns its size."""
    thought = make.COUNTDOWN.partition("</think>")[0]
    steps = -(-BYTES // 14_500)
    return make.trace(thought * steps + "</think>\n\n24").save(path).stat().st_size


def open_time(page: Any, path: str) -> tuple[int, int]:
    """The milliseconds until a file is painted: on the clock, and of the page's main thread."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = busy(session)
    wall = page.evaluate(OPEN, path)
    cpu = round(1000 * (busy(session) - before))
    session.detach()
    return wall, cpu


def busy(session: Any) -> float:
    """The seconds that the page's main thread has computed."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")


def start_time(lab: Lab) -> float:
    """The milliseconds with the plugin on the stack while JupyterLab starts."""
    page = lab._page()
    session = page.context.new_cdp_session(page)
    session.send("Profiler.enable")
    session.send("Profiler.setSamplingInterval", {"interval": 200})
    session.send("Profiler.start")
    page.goto(f"{lab.url}/lab?reset", wait_until="domcontentloaded")
    page.wait_for_function("window.jupyterapp?.restored")
    page.evaluate("window.jupyterapp.restored")
    profile = session.send("Profiler.stop")["profile"]
    page.close()
    return round(time_of(profile, "/extensions/labkit/"), 1)


def time_of(profile: dict[str, Any], url: str) -> float:
    """The milliseconds of the samples that have a function of a script at `url` on their stack."""
    nodes = {node["id"]: node for node in profile["nodes"]}
    parents = {child: node["id"] for node in profile["nodes"] for child in node.get("children", ())}

    def is_ours(node: int | None) -> bool:
        while node is not None:
            if url in nodes[node]["callFrame"]["url"]:
                return True
            node = parents.get(node)
        return False

    ours = {node for node in nodes if is_ours(node)}
    samples = zip(profile["samples"], profile["timeDeltas"], strict=True)
    return sum(delta for node, delta in samples if node in ours) / 1000


def script_sizes() -> list[int]:
    """The bytes of each script of the plugin."""
    return [file.stat().st_size for file in (REPO / "labkit/jupyter/labextension/static").glob("*.js")]


if __name__ == "__main__":
    main()
