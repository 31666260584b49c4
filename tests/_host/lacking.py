"""A Python that lacks modules, as that of another system does: a hook that it loads before anything else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Python imports a module of this name at its start, and so do the processes that it starts. Only labkit misses the
# modules: torch and psutil for this system need theirs.
HOOK = """
import signal, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        frame = sys._getframe(1)
        while frame and "importlib" in frame.f_code.co_filename:
            frame = frame.f_back
        asks = frame.f_globals.get("__name__", "").partition(".")[0] if frame else ""
        if name.partition(".")[0] in {absent!r} and ({everybody!r} or asks in ("labkit", "__main__")):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
for name in {absent!r}:
    sys.modules.pop(name, None)
for name in {signals!r}:
    if hasattr(signal, name):
        delattr(signal, name)
"""
NOT_ON_WINDOWS = ("resource", "fcntl", "pwd", "grp", "termios", "tty")
SIGNALS = ("setitimer", "getitimer", "ITIMER_PROF", "SIGPROF", "SIGXCPU")


def run(
    code: str, folder: Path, *, absent: Iterable[str], signals: Iterable[str] = (), everybody: bool = False,
    **environment: str,
) -> str:  # fmt: skip
    """What a Python without some modules prints.

    Args:
        code: what it runs.
        folder: where the hook is written.
        absent: modules that cannot be imported.
        signals: names that `signal` lacks.
        everybody: whether other packages miss the modules, too.
        environment: variables that it is given on top of ours.
    """
    hook = HOOK.format(absent={*absent}, signals=[*signals], everybody=everybody)
    (folder / "sitecustomize.py").write_text(hook, "utf-8")
    path = os.pathsep.join([str(folder), str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", cwd=ROOT, timeout=300, check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout
