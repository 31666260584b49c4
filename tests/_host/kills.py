"""Kills (-9) every writer of labkit, at every boundary and at random moments, and counts what was lost.

    python tests/_host/kills.py              # 60 random kills, as in CI
    python tests/_host/kills.py --n 500      # 500; the same as LABKIT_KILLS=500 python -m pytest tests/_host/test_kills.py

A writer saves state number 1, 2, 3 ... in a child process and reports each number after the call has returned. The
parent kills the child, reads what is there, and lets the next call write once more. The table counts:

    boundaries  kills before an operation on a file or folder (create, rename, remove, chmod, fsync ...), each in turn;
                then a second kill at another boundary of the call after it
    random      kills at random moments of calls without a break
    lost        a state that was reported as saved and could not be read any more
    half        a state of which one part was read and another part was not
    litter      names that were left after the next call
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors.torch import load_file

import labkit
from labkit import LabkitError
from labkit.models.checkpoints import checksums
from labkit.models.checkpoints import export as fetch
from labkit.traces import Trace
from labkit.training import Run, checkpoint, make_trainer

EVENTS = {
    "open",
    "os.rename",
    "os.mkdir",
    "os.rmdir",
    "os.remove",
    "os.chmod",
    "os.chown",
    "os.link",
    "os.truncate",
}


class HalfReadError(Exception):
    """What was read does not belong together."""


class Writer(Protocol):
    """Saves a number in a folder, and reads it again."""

    def write(self, folder: Path, number: int) -> None: ...
    def read(self, folder: Path) -> int: ...
    def names(self, folder: Path) -> set[str]: ...


class Traces:
    """`trace.save` into one file."""

    def write(self, folder: Path, number: int) -> None:
        Trace(model="m", prompt=str(number), text=f"{number} " * 20_000, finish="stop").save(folder / "a")

    def read(self, folder: Path) -> int:
        trace = Trace.load(folder / "a.trace.json")
        if {*trace.text.split()} != {trace.prompt}:
            raise HalfReadError(trace.prompt)
        return int(trace.prompt)

    def names(self, folder: Path) -> set[str]:
        return {"a.trace.json"}


class States:
    """The state of a training, as recipes save it."""

    def __init__(self) -> None:
        self.network = torch.nn.Linear(64, 64)
        self.optimizer = torch.optim.Adam(self.network.parameters())
        self.network(torch.ones(1, 64)).sum().backward()
        self.optimizer.step()

    def write(self, folder: Path, number: int) -> None:
        with torch.no_grad():
            for p in self.network.parameters():
                p.fill_(number)
        checkpoint.save(folder / "state", self.network, [self.optimizer], {"step": number})

    def read(self, folder: Path) -> int:
        progress = checkpoint.restore(folder / "state", self.network, [self.optimizer])
        if progress is None:
            raise FileNotFoundError("state")
        if any((p != progress["step"]).any() for p in self.network.parameters()):
            raise HalfReadError(str(progress))
        return int(progress["step"])

    def names(self, folder: Path) -> set[str]:
        return {"state"}


class Runs:
    """`run.save`: what was measured, the model, and the state to go on from."""

    def __init__(self) -> None:
        self.trainer = make_trainer(labkit.load("r1-nano-cold"), problems=2, group=2, held_out=2)
        self.weight = next(self.trainer.model.network.parameters())
        self.name = next(name for name, _ in self.trainer.model.network.named_parameters())

    def write(self, folder: Path, number: int) -> None:
        self.trainer.run.settings["number"] = number
        with torch.no_grad():
            self.weight.fill_(number)
        self.trainer.run.save(folder / "run")

    def read(self, folder: Path) -> int:
        run = Run.load(folder / "run")
        assert run.folder is not None
        number = int(run.settings["number"])
        held = load_file(run.folder / "model/model.safetensors"), load_file(run.folder / "state.safetensors")
        if any(
            (tensors[name] != number).any()
            for tensors, name in zip(held, (self.name, f"model.{self.name}"), strict=True)
        ):
            raise HalfReadError(str(number))
        if (
            not (run.folder / "model/tokenizer.json").is_file()
            or not (run.folder / "model/config.json").is_file()
        ):
            raise HalfReadError(str(number))
        return number

    def names(self, folder: Path) -> set[str]:
        return {"run"}


class Fetches:
    """`labkit fetch r1-nano FOLDER`, each number into a new folder."""

    source = "r1-nano"

    def write(self, folder: Path, number: int) -> None:
        with contextlib.suppress(LabkitError):  # a call that was killed after the last rename has done it
            if not (folder / f"m{number}").exists():
                fetch.fetch(self.source, folder / f"m{number}")
        if not (folder / f"m{number}").exists():
            raise FileNotFoundError(f"m{number}")

    def read(self, folder: Path) -> int:
        places = sorted(folder.glob("m*"), key=lambda place: int(place.name[1:]))
        for place in places:
            if not all(right for _, right in checksums.check(place)):
                raise HalfReadError(place.name)
        for place in places[:-1]:
            shutil.rmtree(place)
        return int(places[-1].name[1:])

    def names(self, folder: Path) -> set[str]:
        return {place.name for place in folder.glob("m*")}


class Downloads(Fetches):
    """`labkit fetch http://... FOLDER`, of a folder that another process serves."""

    def __init__(self, source: str) -> None:
        self.source = source

    def write(self, folder: Path, number: int) -> None:
        for half in folder.glob(".m*"):  # the next call for the same place takes it up
            super().write(folder, int(half.name.split(".")[1][1:]))
        super().write(folder, number)


@dataclass
class Count:
    """What came of killing one writer."""

    boundaries: int = 0
    random: int = 0
    lost: int = 0
    half: int = 0
    litter: int = 0


class Killing:
    """Kills one writer in one folder, and keeps count."""

    def __init__(self, writer: Writer, folder: Path, seed: int) -> None:
        self.writer, self.folder, self.count = writer, folder, Count()
        self.rng = random.Random(seed)
        self.saved = self.tried = 0

    def boundaries(self, *, twice: int, stride: int) -> None:
        """Kills one call before each of its operations, and, `twice` times for each, the call after it, too.

        Every `stride` of them a call comes to its end.
        """
        self.whole()
        for at in count(1):
            if not self.child(at):
                return
            self.look()
            for _ in range(twice):
                self.child(at)
                self.child(self.rng.randint(1, at + 10))
                self.look()
            if at % stride == 0:
                self.whole()

    def at_random(self, kills: int) -> None:
        """Kills calls that follow each other without a break; two kills in a row about half the time."""
        began = time.monotonic()
        self.whole()
        took = time.monotonic() - began
        for n in range(kills):
            self.child(None, self.rng.uniform(0, 1.5 * took))
            if self.rng.random() < 0.5 or n == kills - 1:
                self.look()
                self.whole()

    def child(self, at: int | None, seconds: float = 0.0) -> bool:
        """Writes in a child process until it is killed; False if it came to its end before."""
        inlet, outlet = os.pipe()
        first = max(self.saved, self.tried) + 1
        pid = os.fork()
        if not pid:
            self._write(outlet, first, at)
        os.close(outlet)
        if at is None:
            time.sleep(seconds)
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        with os.fdopen(inlet, "rb") as reports:
            numbers = [int(line) for line in reports.read().split()]
        self.saved = max([self.saved, *numbers])
        self.tried = max([first, *(number + 1 for number in numbers)])
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if not killed:
            self.tried = self.saved
            assert os.waitstatus_to_exitcode(status) == 0 and at is not None, f"the writer failed: {status}"
        elif at is None:
            self.count.random += 1
        else:
            self.count.boundaries += 1
        return killed

    def _write(self, outlet: int, first: int, at: int | None) -> None:
        """The child's work; never returns."""
        try:
            if at is not None:
                _kill_before(at, str(self.folder))
            for number in count(first):
                self.writer.write(self.folder, number)
                os.write(outlet, f"{number}\n".encode())
                if at is not None:
                    os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        os._exit(1)

    def look(self) -> None:
        """Reads what is there."""
        if not self.saved:
            return
        try:
            number = self.writer.read(self.folder)
        except HalfReadError:
            self.count.half += 1
        except Exception as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            self.count.lost += 1
        else:
            self.count.lost += not self.saved <= number <= self.tried
            self.saved = number

    def whole(self) -> None:
        """Lets the next call come to its end, and counts what is left besides."""
        self.tried = max(self.saved, self.tried) + 1
        self.writer.write(self.folder, self.tried)
        self.saved = self.tried
        left = {*os.listdir(self.folder)} - self.writer.names(self.folder)
        if left:
            print("litter:", *sorted(left), file=sys.stderr, flush=True)
        self.count.litter += len(left)
        self.look()


def _kill_before(at: int, folder: str) -> None:
    """Ends this process before its operation number `at` on the files of a folder."""
    left, sync = at, os.fsync

    def one() -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in EVENTS and (event != "open" or str(arguments[0]).startswith(folder)):
            one()

    def synced(file: int) -> None:
        one()
        sync(file)

    sys.addaudithook(hook)
    os.fsync = synced  # which is no event of its own


def small_model(folder: Path) -> None:
    """What `labkit fetch` takes for a model: two files and their sums."""
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(os.urandom(300_000))
    lines = [f"{checksums.digest(file)}  {file.name}\n" for file in sorted(folder.iterdir())]
    (folder / checksums.SUMS).write_text("".join(lines))


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a process that serves a folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "http.server",
        str(port),
        "--bind",
        "127.0.0.1",
        "--directory",
        str(folder),
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Kills each writer in turn, and prints the table; the last line is the same as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=60, help="random kills in all (default 60)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="one writer: trace, state, run, fetch or download")
    args = parser.parse_args()
    torch.set_num_threads(1)
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115 (as it is before every fork)
    memory = Path("/dev/shm")  # a kill is no power cut: what was written is there without a disk, too
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as made:
        root = Path(made).resolve()
        small_model(root / "served")
        with served(root / "served") as address:
            writers: dict[str, Callable[[], Writer]] = {
                "trace": Traces, "state": States, "run": Runs, "fetch": Fetches, "download": lambda: Downloads(address)
            }  # fmt: skip
            counts = {}
            print(
                f"{'writer':10}{'boundaries':>12}{'random':>8}{'lost':>6}{'half':>6}{'litter':>8}{'seconds':>9}"
            )
            for n, (name, make) in enumerate(writers.items()):
                if args.only not in (None, name):
                    continue
                began = time.monotonic()
                (root / name).mkdir()
                killing = Killing(make(), root / name, args.seed)
                twice = args.n // 60 if name in ("trace", "state") else args.n // 500
                killing.boundaries(twice=twice, stride=1 if args.n >= 500 else 5)
                killing.at_random(args.n // len(writers) + (n < args.n % len(writers)))
                c = counts[name] = killing.count
                seconds = time.monotonic() - began
                print(
                    f"{name:10}{c.boundaries:12}{c.random:8}{c.lost:6}{c.half:6}{c.litter:8}{seconds:9.1f}",
                    flush=True,
                )
    print(json.dumps({name: asdict(c) for name, c in counts.items()}))


if __name__ == "__main__":
    main()
