r"""Answers of mathematics, compared as formulas by `math-verify`: `\frac{1}{2}` is 0.5.

Its packages are the extra `math`. The comparison runs in a process beside this one that
is ended when it takes too long, so it works in any thread and no formula can hang a training run.
"""

from __future__ import annotations

import atexit
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.util import find_spec

from labkit._host.extras import install_command
from labkit.errors import LabkitError
from labkit.rewards.parts import Finding, Rule
from labkit.tasks.answers import answer_span

MAX_FORMULA = 500  # characters
SECONDS = 3.0  # for one comparison
START = 120.0  # seconds for the process to import SymPy, on a busy machine
BOXED = "\\boxed{"


@Rule
def math_accuracy(text: str, *, solution: str) -> Iterator[Finding]:
    r"""1.0 where the answer equals the solution, else 0.0; None where the solution cannot be read.

    The answer is what stands in the last `\boxed{...}` after the thought, or between answer tags.

    Raises:
        LabkitError: `math-verify` is not installed.
    """
    found = formula_span(text)
    if found is None:
        yield 0.0, answer_span(text), "There is no \\boxed{...} and no <answer> after the thought."
        return
    said, gold = text[slice(*found)], str(solution)
    if len(said) > MAX_FORMULA:
        yield 0.0, found, f"The answer is longer than {MAX_FORMULA} characters."
        return
    gold_at = formula_span(gold)
    gold = gold[slice(*gold_at)] if gold_at else gold.strip().strip("$")
    equal = _worker.compare(gold, said) if len(gold) <= MAX_FORMULA else None
    if equal is None:
        yield None, found, "The two could not be compared: unreadable, or too hard to work out."
    else:
        yield equal, found, "It equals the solution." if equal else "It does not equal the solution."


def formula_span(text: str) -> tuple[int, int] | None:
    r"""Where the formula of an answer stands: in its last `\boxed{...}`, or between answer tags.

    >>> text = r"so</think>It is \boxed{\frac{1}{2}}."
    >>> text[slice(*formula_span(text))]
    '\\frac{1}{2}'
    """
    after = text.rfind("</think>") + len("</think>") if "</think>" in text else 0
    at = text.rfind(BOXED, after)
    if at >= 0:
        start = at + len(BOXED)
        depth = 1
        for i in range(start, min(len(text), start + MAX_FORMULA + 1)):
            depth += {"{": 1, "}": -1}.get(text[i], 0)
            if not depth:
                return start, i
        return start, len(text)
    start, end = answer_span(text)
    tagged = text.rfind("<answer>", after, start + 1) >= 0
    return (start, end) if tagged and start < end else None


class _Worker:
    """The comparing process: started when it is first needed, again after it had to be ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._lock = threading.Lock()

    def compare(self, solution: str, said: str) -> float | None:
        with self._lock:
            try:
                process = self._running()
                assert process.stdin is not None
                process.stdin.write(json.dumps({"solution": solution, "said": said}) + "\n")
                process.stdin.flush()
                line = self._lines.get(timeout=SECONDS)
            except (queue.Empty, OSError):
                line = None
            if line is None:
                self.end()
                return None
            return json.loads(line)

    def _running(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        if find_spec("math_verify") is None:
            raise LabkitError(
                "math_accuracy() needs math-verify, which is not installed.",
                why="formulas are compared by that package; Countdown needs nothing of it.",
                next=install_command("math"),
            )
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [sys.executable, "-m", "labkit.rewards._maths_worker"],
            stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
        )  # fmt: skip
        self._lines = queue.Queue()
        threading.Thread(target=_read, args=(self._process, self._lines), daemon=True).start()
        if self._lines.get(timeout=START) is None:
            raise OSError("the comparing process did not start")
        return self._process

    def end(self) -> None:
        """Ends the process, if there is one."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
            self._process = None


def _read(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    """Hands on what the process says, then None."""
    assert process.stdout is not None
    try:
        for line in process.stdout:
            lines.put(line)
    except ValueError:  # closed while reading
        pass
    lines.put(None)


_worker = _Worker()
atexit.register(_worker.end)
