"""A session of a JupyterHub: an installation that no user may write, an unwritable cache, a memory limit for each user.

Linux, and root: mounts and control groups are made for the test and end with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.course import lessons
from tests.bench._memory_group import MemoryGroup

pytestmark = pytest.mark.slow

REPO = Path(__file__).resolve().parents[2]
GIB = 1 << 30

READ_ONLY = """
set -e
for folder in "$INSTALLED" "$REPO"; do
    mount --bind "$folder" "$folder"
    mount -o remount,bind,ro "$folder"
done
mount -t tmpfs -o ro none "$LABKIT_CACHE"
cd "$HOME"
! touch "$INSTALLED/written" "$REPO/written" "$LABKIT_CACHE/written" 2>/dev/null
exec "$@"
"""


def may_mount() -> bool:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_mount(), reason="mounting needs Linux and root")
def test_a_lesson_runs_where_neither_the_installation_nor_the_cache_can_be_written(tmp_path: Path) -> None:
    cache, home = tmp_path / "cache", tmp_path / "home"
    cache.mkdir()
    lessons.start(home)
    environment = {
        **os.environ, "HOME": str(home), "LABKIT_CACHE": str(cache), "XDG_CACHE_HOME": str(cache),
        "LABKIT_PROGRESS": str(cache), "INSTALLED": sys.prefix, "REPO": str(REPO), "PYTHONPATH": str(REPO),
    }  # fmt: skip
    command = [
        "unshare",
        "-m",
        "bash",
        "-c",
        READ_ONLY,
        "bash",
        sys.executable,
        "-m",
        "jupyter",
        "execute",
        "01-watch-it-think.ipynb",
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert list(cache.iterdir()) == []


THINK = """
import labkit
from labkit._host.memory import memory
left = memory()
trace = labkit.load().think("Using 3, 5 and 9, make 24.", seed=0, show=False)
print(left.source, left.limit, left.available, trace.finish)
"""


def test_labkit_counts_with_the_memory_limit_of_the_user_and_not_with_the_machine() -> None:
    with MemoryGroup(GIB) as group:
        if not group.is_limited:
            pytest.skip("a control group needs Linux and root")
        done = subprocess.run(
            group.enter([sys.executable, "-c", THINK]),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        source, limit, left, finish = done.stdout.split()
        assert (source, int(limit), finish) == ("container", GIB, "stop")
        assert 0 < int(left) < GIB
        assert group.kills() == 0
