"""How many threads a network computes with: one where it is small, and no more than the container has cores.

The threads of one operation wait for each other by spinning. Where a core has other work, too (a shared
hub, a container whose quota is below the cores that it sees, a browser), each such wait lasts as long as
the other is let run. On two cores of which one was busy, R1-mini drew 2.6 times more slowly with two
threads than with one (`python tests/bench/threads.py`), and far worse in the worst case; on a machine
that is idle two gain a fifth. One thread also adds up in the same order on every machine, whatever its
number of cores.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import wraps
from math import ceil
from pathlib import Path
from typing import Any, TypeVar, cast

import torch

SMALL = 20_000_000  # parameters

F = TypeVar("F", bound=Callable[..., Iterator[Any]])


@contextmanager
def threads_for(network: Any) -> Iterator[None]:
    """Computes with as many threads as suit a network, in the thread that asks; restored afterwards."""
    was = torch.get_num_threads()
    wanted = 1 if network.num_parameters() <= SMALL else min(was, quota() or was)
    if wanted == was:
        yield
        return
    torch.set_num_threads(wanted)
    try:
        yield
    finally:
        torch.set_num_threads(was)


def sparing(steps: F) -> F:
    """A generator function whose first argument is a network, run with the threads that suit it."""

    @wraps(steps)
    def inner(network: Any, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with threads_for(network):
            return (yield from steps(network, *args, **kwargs))

    return cast(F, inner)


def quota(root: Path = Path("/")) -> int | None:
    """Cores that this container may use, rounded up; None where nothing says that it is limited.

    Args:
        root: where `sys` lies; another folder in tests.
    """
    try:
        most, period = (root / "sys/fs/cgroup/cpu.max").read_text("utf-8").split()
        return max(1, ceil(int(most) / int(period)))
    except (OSError, ValueError):  # no such file, or "max 100000"
        return None
