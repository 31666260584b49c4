"""The number of CPU threads of a network: one for a small network, and at most the container's cores.

The threads of one operation wait for each other by spinning. If a core also has other work (a shared
hub, a container whose quota is below the visible cores, a browser), each wait lasts as long as the
other work runs. On two cores, one of them busy, R1-mini sampled 2.6 times more slowly with two
threads than with one (`python tests/bench/threads.py`), and far more slowly in the worst case; on an
idle machine two threads gain a fifth. One thread also sums in the same order on every machine,
independently of its number of cores.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import wraps
from math import ceil
from pathlib import Path
from typing import Any, TypeVar, cast

import torch

ONE_THREAD_BELOW = 20_000_000  # parameters; a smaller network uses one thread

F = TypeVar("F", bound=Callable[..., Iterator[Any]])


@contextmanager
def threads_for(network: Any) -> Iterator[None]:
    """Sets the thread count that suits a network, for the calling thread; restores it afterwards."""
    was = torch.get_num_threads()
    target = 1 if network.num_parameters() <= ONE_THREAD_BELOW else min(was, cpu_quota() or was)
    if target == was:
        yield
        return
    torch.set_num_threads(target)
    try:
        yield
    finally:
        torch.set_num_threads(was)


def with_cpu_threads(steps: F) -> F:
    """Decorates a generator function whose first argument is a network, to run with `threads_for`."""

    @wraps(steps)
    def inner(network: Any, *args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with threads_for(network):
            return (yield from steps(network, *args, **kwargs))

    return cast(F, inner)


def cpu_quota(root: Path = Path("/")) -> int | None:
    """The CPU quota of this container in cores, rounded up. Returns None if there is no limit.

    Args:
        root: the folder of `sys`; another folder in tests.
    """
    try:
        most, period = (root / "sys/fs/cgroup/cpu.max").read_text("utf-8").split()
        return max(1, ceil(int(most) / int(period)))
    except (OSError, ValueError):  # no such file, or "max 100000"
        return None
