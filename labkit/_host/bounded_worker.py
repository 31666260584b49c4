"""Runs third-party code on untrusted text in one bounded child process.

math-verify, reasoning-gym and the templates of foreign models compute with untrusted text: a few characters can
keep them busy for hours or fill the memory. They run in a separate process (`bounded_child`), with limits on time,
memory and the length of questions and answers.

* The process is started at the first question and reused. A process that has ended is restarted.
* A question has an id, and its answer must repeat the id, so answers cannot be mixed up.
* Any exception before the answer, KeyboardInterrupt included, ends the process.
* Threads take turns. A forked copy of this process starts its own child process.
* If the system supports it, the limit is on CPU time: a busy machine does not change a verdict.
* On systems without memory limits (macOS, Windows), this process monitors the child's memory with psutil and
  ends the child. Without psutil, only the time is limited there.
"""

from __future__ import annotations

import atexit
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, cast

from labkit._host.bounded_child import HAS_LIMIT_OF_MEMORY, MAX_LINE, MEMORY, PACKAGES
from labkit._host.process_memory import resident_bytes
from labkit._host.system import WEB_PAGE
from labkit.errors import LabkitError

START_SECONDS = 120.0  # wall time for a job to import its package on a busy machine
CLOCK_SECONDS = 30.0  # wall time for one question if the process limits its own CPU time
SLACK_SECONDS = 2.0  # extra wall time beyond the question's own seconds if it cannot (Windows)
BOUNDS_ITSELF = hasattr(signal, "setitimer")
OUT_OF_TIME = -getattr(signal, "SIGXCPU", 0)  # exit status of a process that exceeds its CPU time
LOOK_SECONDS = 0.05  # between two checks of the child's memory
PASSED_ON = (
    "PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "TZ", "LANG", "LC_ALL", "LC_TIME",
    "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX",
    "VIRTUAL_ENV", "CONDA_PREFIX",
)  # fmt: skip


class JobError(Exception):
    """The failure of a question.

    Attributes:
        kind: "time", "memory" or "length" (a limit was reached), "crash" (the process ended twice in a row),
            "failed" (the job raised an exception).
        why: one sentence; for a failed job, the exception.
    """

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind, self.why = kind, why


class _EndedError(Exception):
    """The process ended without an answer, or gave an answer to another question."""


class BoundedWorker:
    """The parent's side of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self.forget()

    def ask(self, job: str, question: dict[str, Any], *, seconds: float) -> Any:
        """The answer of a job to a question; both are JSON.

        Args:
            job: one of `bounded_child.PACKAGES`.
            question: the input of the job.
            seconds: CPU time for this question; loading the job at its first question does not count.

        Raises:
            JobError: the question exceeded a limit, ended the process, or the job raised an exception.
            LabkitError: the process cannot be started, or the job's package cannot be imported.
        """
        try:
            size = len(json.dumps(question))
        except (RecursionError, TypeError, ValueError) as error:
            raise JobError("failed", f"{type(error).__name__}: {str(error)[:200]}") from None
        if size > MAX_LINE:
            raise JobError("length", f"It is longer than {MAX_LINE // 10**6} million characters.")
        with self._lock:
            try:
                reply = self._reply(job, question, seconds)
                if reply.get("error") == "memory":  # its free memory may be fragmented
                    self._end()
            except BaseException:  # a late answer must not go to another question
                self._end()
                raise
        if "error" in reply:
            raise JobError(reply["error"], _sentence(reply, seconds))
        return reply["answer"]

    def end(self) -> None:
        """Ends the process, if it runs. The next question starts another."""
        with self._lock:
            self._end()

    def forget(self) -> None:
        """In a forked copy, leaves the child process to the parent."""
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: io.BufferedReader | None = None
        self._loaded: set[str] = set()
        self._memory = 0  # bytes of memory of its packages

    def _reply(self, job: str, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Asks once more if the process ended: another program may have ended it."""
        clock = CLOCK_SECONDS if BOUNDS_ITSELF else seconds + SLACK_SECONDS
        for _ in range(2):
            try:
                self._load(job)
                return self._exchange({"job": job, "question": question, "seconds": seconds}, clock)
            except _EndedError:
                self._end()
        return {"error": "crash"}

    def _load(self, job: str) -> None:
        """Starts the process and imports the job's package if necessary."""
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._start()
        if job in self._loaded:
            return
        reply = self._exchange({"job": job, "question": None, "seconds": START_SECONDS}, START_SECONDS)
        if "error" in reply:
            raise LabkitError(
                f"The process that judges with {PACKAGES[job]} does not start.",
                why=reply.get("why") or f"it did not import {PACKAGES[job]} in {START_SECONDS:.0f} s.",
                next=f"import {PACKAGES[job]}  # shows what is wrong",
            )
        self._loaded.add(job)
        if not HAS_LIMIT_OF_MEMORY and self._process is not None:
            self._memory = resident_bytes(self._process.pid) or 0

    def _start(self) -> None:
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "labkit._host.bounded_child"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
                cwd=Path(sys.executable).anchor or None, env=_environment(),
                start_new_session=os.name == "posix",  # Ctrl-C in a terminal reaches this process only
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)
                | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )  # fmt: skip
        except OSError as error:
            raise LabkitError(
                "The process that judges answers and searches texts, with a limit of time, does not start.",
                why=f"the system says: {str(error.strerror or error).rstrip('.')}.",
                next="do it in a Jupyter outside the web page"
                if WEB_PAGE
                else "close other programs and try again",
            ) from None
        self._process, self._answers = process, io.BufferedReader(cast(io.RawIOBase, process.stdout))

    def _exchange(self, message: dict[str, Any], clock: float) -> dict[str, Any]:
        """Writes one line and reads one line; kills the process after `clock` seconds."""
        process, answers, id = self._process, self._answers, next(self._ids)
        assert process is not None
        assert process.stdin is not None
        assert answers is not None
        over, outran = threading.Event(), []

        def watch() -> None:
            if bound := self._outrun(process, message["question"] is not None, clock, over):
                outran.append(bound)
                process.kill()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            rest = memoryview(json.dumps({"id": id, **message}).encode() + b"\n")
            while rest:
                rest = rest[process.stdin.write(rest) or 0 :]
            line = answers.readline(2 * MAX_LINE)
        except OSError:  # the process ended before the question
            line = b""
        finally:
            over.set()
            watcher.join()  # so that a late kill cannot meet the next question
        if not line and not outran and BOUNDS_ITSELF and process.wait() == OUT_OF_TIME:
            outran.append("time")
        if outran:
            self._end()
            return {"error": outran[0]}
        return _parse_reply(line, id)

    def _outrun(
        self, process: subprocess.Popen[bytes], working: bool, clock: float, over: threading.Event
    ) -> str:
        """Waits for the end of a question. Returns the exceeded limit, "time" or "memory", or an empty string.

        Args:
            process: the child process.
            working: whether it works on a question; loading a package has no memory limit.
            clock: seconds of wall time.
            over: set when the answer has arrived.
        """
        end = time.monotonic() + clock
        looks = working and not HAS_LIMIT_OF_MEMORY
        while (left := end - time.monotonic()) > 0:
            if over.wait(min(left, LOOK_SECONDS) if looks else left):
                return ""
            if looks and (resident_bytes(process.pid) or 0) > self._memory + MEMORY:
                return "memory"
        return "time"

    def _end(self) -> None:
        process, answers = self._process, self._answers
        self.forget()
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, answers):
                if stream is not None:
                    stream.close()


def _parse_reply(line: bytes, id: int) -> dict[str, Any]:
    try:
        reply = json.loads(line)
    except ValueError:
        raise _EndedError from None
    if not isinstance(reply, dict) or reply.get("id") != id or not {"answer", "error"} & reply.keys():
        raise _EndedError
    return reply


def _sentence(reply: dict[str, Any], seconds: float) -> str:
    return {
        "time": f"It took more than {seconds:g} s to work out.",
        "memory": f"It needed more than {MEMORY / 1e9:g} GB of memory.",
        "length": f"It gave more than {MAX_LINE // 10**6} million characters.",
        "crash": "It ended the process that works it out.",
    }.get(reply["error"]) or str(reply.get("why", ""))


def _environment() -> dict[str, str]:
    """The environment variables for finding the same Python modules, without keys and tokens."""
    package = str(Path(__file__).resolve().parents[2])
    places = [os.path.abspath(place) for place in sys.path if place]
    own = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return own | threads | {"PYTHONPATH": os.pathsep.join(dict.fromkeys([*places, package]))}


worker = BoundedWorker()
atexit.register(worker.end)


def _forget_in_a_forked_copy() -> None:
    streams = (worker._process.stdin if worker._process else None, worker._answers)
    worker.__init__()  # type: ignore[misc]  # in the fork, another thread may have held the lock
    for stream in streams:
        if stream is not None:
            stream.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_in_a_forked_copy)
