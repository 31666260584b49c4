"""What one Jupyter kernel takes with R1-mini and all views of its thought open.

    python tests/bench/kernel_memory.py

Starts a real kernel, runs a cell a line below and prints its memory (resident, and the highest until
then) after each. The budget is 900 MB: a Binder session has 2 GB for everything.
"""

from __future__ import annotations

from pathlib import Path

from jupyter_client.manager import start_new_kernel

CELLS = {
    "an empty kernel": "pass",
    "import labkit": "import labkit",
    "load": "model = labkit.load()",
    "think, streaming": 'trace = model.think("Using 3, 5 and 9, make 24.", capture="qk")',
    "TokenView": "labkit.TokenView(trace)",
    "AttentionView": "labkit.AttentionView(trace)",
    "LensView": "labkit.LensView(trace)",
    "ForkView": "labkit.ForkView(trace)",
    "a fork of 16": "labkit.inside.fork(trace, at=30, n=16)",
    "importance of 3 steps": "labkit.inside.step_importance(trace, [1, 2, 3])",
    "a group of 16": "group = model.sample('Using 3, 5 and 9, make 24.', n=16)",
}


def resident(pid: int) -> tuple[float, float]:
    """Megabytes now, and at most until now (Linux)."""
    said = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    now, most = (int(said[name].split()[0]) / 1e3 for name in ("VmRSS", "VmHWM"))
    return now, most


def main() -> None:
    """Prints a line a cell."""
    manager, client = start_new_kernel()
    try:
        for what, code in CELLS.items():
            answer = client.execute_interactive(code, output_hook=lambda _: None, timeout=300)
            if answer["content"]["status"] != "ok":
                print(f"{what:24} failed: {answer['content']['evalue']}")
                continue
            now, most = resident(manager.provisioner.pid)
            print(f"{what:24} {now:6.0f} MB, at most {most:6.0f}")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
