"""Runs cases in a child process: a hang, an abort of a library and 500 MB of memory are seen from outside.

The law for every case: a result or a `LabkitError`, never another exception, never over 5 seconds of work, never
500 MB more memory.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

try:
    import resource
except ImportError:  # Windows, where nothing of this runs
    resource = None  # type: ignore[assignment]

SECONDS = 5.0  # of the processor, for one case
MEMORY = 500_000_000  # bytes
CHUNK = 250  # cases of one run of hypothesis
CEILING = 12 << 30  # bytes of addresses of the child: what takes more fails at once
TICK = 0.2  # seconds between two looks at the child
FIRST = 6  # times as long may the first case take: it imports
ROOT = Path(__file__).resolve().parents[2]
HEAD = struct.Struct("<qq")  # cases of the format so far, length of the words of the last one


@dataclass(frozen=True)
class Format:
    """One format that is fuzzed.

    Attributes:
        name: of the format.
        cases: a strategy of hypothesis.
        read: reads a case; its result does not matter.
        kept: cases that once failed; they are run first, every time.
    """

    name: str
    cases: SearchStrategy[Any]
    read: Callable[[Any], object]
    kept: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Limits:
    """What a case may take before it counts as a hang.

    Attributes:
        work: seconds of the processor.
        idle: seconds in which the case waits and no thread of it asks for the processor.
        children: that run, one after another, where one is ended.
    """

    work: float = SECONDS
    idle: float = 30.0
    children: int = 4


@dataclass
class Found:
    """What came of a format: how many cases ran, and each fault with its case."""

    cases: int = 0
    faults: list[str] = field(default_factory=list)


def fuzz(
    module: str,
    *,
    cases: int = 10**9,
    seconds: float,
    first_seed: int = 0,
    only: str = "",
    limits: Limits = Limits(),
) -> dict[str, Found]:
    """Runs the formats of a module, in one child process after another where one ends, until cases or seconds are used up.

    Args:
        module: a file of this folder with a list `FORMATS`.
        cases: the most of each format.
        seconds: for all formats of the module together.
        first_seed: of hypothesis; the next chunk has the next one.
        only: the name of one format.
        limits: what a case may take before it counts as a hang.
    """
    names = [only] if only else names_of(module)
    found = {name: Found() for name in names}
    for tries in range(limits.children):
        share = seconds / len(found) / (tries + 1)
        last = _child(module, names, cases, share, first_seed + 100_000 * tries, found, limits)
        if not last:
            break
        names = names[names.index(last) :]  # the child ended there: once more, with other seeds
    return found


def names_of(module: str) -> list[str]:
    """The formats of a module."""
    done = subprocess.run(
        [sys.executable, __file__, module],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env=_environment(),
    )
    return done.stdout.split()


def _environment() -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {
        **os.environ,
        "PYTHONPATH": path,
        "HF_HUB_OFFLINE": "1",
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
    }


def _child(
    module: str,
    names: list[str],
    cases: int,
    seconds: float,
    first_seed: int,
    found: dict[str, Found],
    limits: Limits,
) -> str:
    """One child, for `seconds` with each format; the format at which it was ended, or empty."""
    with tempfile.TemporaryDirectory() as folder:
        board = Path(folder) / "board"
        board.write_bytes(bytes(HEAD.size + 65_536))
        child = subprocess.Popen(
            [sys.executable, __file__, module, ",".join(names), str(cases), str(seconds), str(first_seed), str(board)],
            cwd=folder, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        with board.open("r+b") as file, mmap.mmap(file.fileno(), 0) as shared:
            why = _watch(child, shared, limits)
            said, errors = child.communicate()
            counted, length = HEAD.unpack_from(shared)
            last = bytes(shared[HEAD.size : HEAD.size + length]).decode("utf-8", "replace")
    at, done = names[0], 0
    for line in said.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "FORMAT":
            at, done = rest, 0
        elif kind == "FAULT":
            found[at].faults.append(json.loads(rest))
        elif kind == "CASES":
            done = int(rest)
            found[at].cases += done
    if child.returncode == 0 and not why:
        return ""
    found[at].cases += counted
    found[at].faults.append(
        f"{why or f'ended with {child.returncode}'} at the case {last}\n{errors[-1_500:]}"
    )
    return at


def _watch(child: subprocess.Popen[str], shared: mmap.mmap, limits: Limits) -> str:
    """Waits for the child; ends it where one case takes too long, and says so."""
    last, idle, used_then = -1, 0.0, 0.0
    while child.poll() is None:
        time.sleep(TICK)
        counted, _ = HEAD.unpack_from(shared)
        if counted != last:
            last, idle, used_then = counted, 0.0, _processor(child.pid)
            continue
        idle = 0.0 if _wants_processor(child.pid) else idle + TICK
        allowed = limits.work * (FIRST if counted <= 1 else 1)
        if last > 0 and (_processor(child.pid) - used_then > allowed or idle > limits.idle):
            child.kill()
            return f"a hang: {_processor(child.pid) - used_then:.0f} seconds of work, {idle:.0f} of waiting"
    return ""


def _wants_processor(pid: int) -> bool:
    """Whether a thread of the process computes, or would if the machine were less busy, or waits for the disk."""
    states = []
    for thread in Path(f"/proc/{pid}/task").glob("*/stat"):
        with suppress(OSError):
            states.append(thread.read_text().rpartition(")")[2].split()[0])
    return any(state in "RD" for state in states)


def _processor(pid: int) -> float:
    """Processor seconds of a process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# -- in the child --------------------------------------------------------------------------------------


def _formats(module: str) -> list[Format]:
    import importlib

    sys.path.insert(0, str(ROOT))
    return list(importlib.import_module(f"tests.fuzz.{module}").FORMATS)


def _run(format: Format, cases: int, seconds: float, first_seed: int, shared: mmap.mmap) -> None:
    """Runs one format, and prints its faults and how many cases there were."""
    from labkit.errors import LabkitError

    faults: set[str] = set()
    counted = 0

    def read(case: Any) -> None:
        nonlocal counted
        words = repr(case).encode("utf-8", "backslashreplace")[:65_000]
        shared[HEAD.size : HEAD.size + len(words)] = words
        counted += 1
        HEAD.pack_into(shared, 0, counted, len(words))
        before, began = _memory(), time.process_time()
        with suppress(LabkitError):
            format.read(case)
        if counted > 1 and _peak() - before > MEMORY:
            raise MemoryError(f"{(_peak() - before) / 1e6:.0f} MB more")
        if counted > 1 and time.process_time() - began > SECONDS:
            raise TimeoutError(f"{time.process_time() - began:.1f} seconds")

    def tell(case: Any, error: BaseException) -> None:
        key = f"{type(error).__name__} {_place(error)}"
        if key not in faults and len(faults) < 20:
            faults.add(key)
            print("FAULT " + json.dumps(f"{key}: {str(error)[:300]!r}, at {case!r:.1500}"), flush=True)

    HEAD.pack_into(shared, 0, 0, 0)
    print(f"FORMAT {format.name}", flush=True)
    for case in format.kept:
        try:
            read(case)
        except BaseException as error:  # a panic of Rust is no Exception
            tell(case, error)
    end, chunk = time.monotonic() + seconds, 0
    while counted < cases and (time.monotonic() < end or chunk == 0):
        count = min(CHUNK, cases - counted) if chunk else 1  # the first imports
        for case, error in _chunk(format.cases, read, count, first_seed + chunk, end if chunk else end + 1e9):
            tell(case, error)
        if chunk == 0:
            end = time.monotonic() + seconds
        chunk += 1
    print(f"CASES {counted}", flush=True)
    HEAD.pack_into(shared, 0, 0, 0)


def _chunk(
    strategy: SearchStrategy[Any], read: Callable[[Any], None], count: int, number: int, end: float
) -> Iterator[tuple[Any, BaseException]]:
    """The faults of a few cases, each as small as hypothesis sees it first."""
    failed: list[tuple[Any, BaseException]] = []

    @seed(number)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck), print_blob=False,
    )  # fmt: skip
    @given(strategy)
    def one(case: Any) -> None:
        if time.monotonic() > end:
            return
        try:
            read(case)
        except BaseException as error:
            failed.append((case, error))

    one()
    yield from failed


def _memory() -> int:
    """Bytes of this process now; the peak is counted from here on."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _peak() -> int:
    """The most bytes since the last call of `_memory`."""
    return _status("VmHWM")


def _status(name: str) -> int:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _place(error: BaseException) -> str:
    """The last line of labkit's own that the error went through."""
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "/labkit/" in file or not place:
            place = f"{Path(file).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


if __name__ == "__main__":
    if len(sys.argv) == 2:
        print(*(f.name for f in _formats(sys.argv[1])))
    else:
        module, names, cases, seconds, number, board = sys.argv[1:]
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_AS, (CEILING, CEILING))
        known = {format.name: format for format in _formats(module)}
        with Path(board).open("r+b") as file, mmap.mmap(file.fileno(), 0) as shared:
            for name in names.split(","):
                _run(known[name], int(cases), float(seconds), int(number), shared)
        os._exit(0)  # threads of servers must not keep the child
