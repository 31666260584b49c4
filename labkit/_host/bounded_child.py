"""The bounded process: reads a line of JSON, writes a line of JSON, one question at a time.

`bounded_worker` starts it as `python -m labkit._host.bounded_child`. It has a few named jobs
(`labkit._host.jobs`) and limits itself if the system supports it:

* CPU time: a signal aborts the job, and the process continues. If the job does not return to Python
  (a power of huge numbers), the system ends the process a second or two later;
* memory: the memory of the job beyond its package;
* length: the length of a line in either direction.

Otherwise the parent ends the process: by wall time on Windows, by memory on Windows and macOS.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import signal
from types import FrameType
from typing import IO, Any, Protocol

try:
    resource: Any = importlib.import_module("resource")
except ImportError:  # Windows
    resource = None
signals: Any = signal  # on Windows, signal has no timers
HAS_LIMIT_OF_MEMORY = resource is not None and os.path.exists(
    "/proc/self/statm"
)  # macOS does not enforce its limit

PACKAGES = {
    "maths": "math_verify",
    "gym": "reasoning_gym",
    "chat_template": "jinja2",
    "regex": "re",
}  # by job
MAX_LINE = 8_000_000  # characters of a question or an answer
MEMORY = 1_000_000_000  # bytes of address space beyond that of the job's package
GRACE = 1  # seconds of CPU time between the signal and the end of the process


class Job(Protocol):
    """A module of `labkit._host.jobs`."""

    def load(self) -> None:
        """Imports the package and computes an example, so that the first question is not slow."""

    def answer(self, question: dict[str, Any]) -> Any:
        """The answer, as JSON."""

    def restore(self) -> None:
        """Repairs the state after an aborted job."""


class TimeIsUp(BaseException):
    """The CPU time is used up. It is not an Exception, so that packages do not catch it."""


class _Clock:
    """Limits the CPU time of one question."""

    def __init__(self) -> None:
        self._running = self._rang = False
        if resource is not None:
            signals.signal(signals.SIGPROF, self._ring)

    def start(self, seconds: float) -> None:
        if resource is None:
            return
        self._running, self._rang = True, False
        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        _limit(resource.RLIMIT_CPU, math.ceil(used + seconds) + GRACE)
        signals.setitimer(signals.ITIMER_PROF, seconds)

    def check(self) -> None:
        """Raises TimeIsUp again if a package caught it (a bare `except:`) and continued."""
        if self._rang:
            raise TimeIsUp

    def stop(self) -> None:
        self._running = False
        if resource is not None:
            signals.setitimer(signals.ITIMER_PROF, 0)
            _limit(resource.RLIMIT_CPU, resource.RLIM_INFINITY)

    def _ring(self, number: int, frame: FrameType | None) -> None:
        if self._running:
            self._running, self._rang = False, True
            raise TimeIsUp


def main() -> None:
    """Answers questions until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    questions, answers = _lines()
    if resource is not None:
        _limit(resource.RLIMIT_CORE, 0)
    jobs: dict[str, Job] = {}
    clock = _Clock()
    while line := questions.readline(2 * MAX_LINE):
        message = json.loads(line)
        if message["job"] not in jobs:
            reply = _load(message["job"], jobs)
        else:
            reply = _work(jobs[message["job"]], message["question"], message["seconds"], clock)
        text = json.dumps({"id": message["id"], **reply})
        if len(text) > MAX_LINE:
            text = json.dumps({"id": message["id"], "error": "length"})
        answers.write(text.encode() + b"\n")
        answers.flush()


def _lines() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes to and from the parent. Standard input and output of packages are discarded."""
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nowhere, standard)
    return questions, answers


def _load(name: str, jobs: dict[str, Job]) -> dict[str, Any]:
    if name not in PACKAGES:
        return {"error": "failed", "why": f"there is no job {name!r}."}
    if resource is not None:
        _limit(resource.RLIMIT_AS, resource.RLIM_INFINITY)
    try:
        job: Any = importlib.import_module(f"labkit._host.jobs.{name}")
        job.load()
    except Exception as error:
        return {"error": "failed", "why": _words(error)}
    jobs[name] = job
    _limit_memory()
    return {"answer": None}


def _work(job: Job, question: dict[str, Any], seconds: float, clock: _Clock) -> dict[str, Any]:
    try:
        try:
            clock.start(seconds)
            answer = job.answer(question)
            clock.check()
            return {"answer": answer}
        except MemoryError:
            return {"error": "memory"}
        except (Exception, SystemExit) as error:
            return {"error": "failed", "why": _words(error)}
        finally:
            clock.stop()
    except TimeIsUp:
        clock.stop()
        job.restore()
        return {"error": "time"}


def _words(error: BaseException) -> str:
    try:
        return f"{type(error).__name__}: {str(error)[:200]}"
    except Exception:  # an error about a number with a million digits cannot be formatted
        return type(error).__name__


def _limit_memory() -> None:
    if not HAS_LIMIT_OF_MEMORY:
        return
    with open("/proc/self/statm", "rb") as file:
        size = int(file.read().split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_AS, size + MEMORY)


def _limit(kind: int, most: int) -> None:
    """Sets a resource limit of this process, as far as the system allows."""
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        most = hard if most == resource.RLIM_INFINITY else min(most, hard)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (most, hard))


if __name__ == "__main__":
    main()
