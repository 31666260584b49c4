from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from labkit._host.memory import Memory, memory
from labkit.errors import LabkitError

MB = 1024 * 1024


def machine(root: Path, *, total: int = 8000, free: int = 6000, cgroup: str = "0::/\n", **files: str) -> Path:
    """A file system like that of a machine of `total` MB; `files` lie in sys/fs/cgroup, `__` for a slash."""
    proc = root / "proc/self"
    proc.mkdir(parents=True)
    (root / "proc/meminfo").write_text(f"MemTotal: {total * 1024} kB\nMemAvailable: {free * 1024} kB\n")
    (proc / "cgroup").write_text(cgroup)
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def found(root: Path) -> tuple[int, int, str]:
    result = memory(root)
    assert result is not None
    return result.limit // MB, result.available // MB, result.source


def test_without_a_container_the_machine_sets_the_limit(tmp_path: Path) -> None:
    assert found(machine(tmp_path, memory_dot_max="max\n")) == (8000, 6000, "machine")


def test_a_container_of_version_2_sets_the_limit(tmp_path: Path) -> None:
    files = {"memory_dot_max": f"{2000 * MB}\n", "memory_dot_current": f"{500 * MB}\n"}
    assert found(machine(tmp_path, **files)) == (2000, 1500, "container")


def test_file_pages_that_nobody_uses_count_as_free(tmp_path: Path) -> None:
    files = {
        "memory_dot_max": f"{2000 * MB}\n",
        "memory_dot_current": f"{1900 * MB}\n",
        "memory_dot_stat": f"anon 1\ninactive_file {1000 * MB}\n",
    }
    assert found(machine(tmp_path, **files)) == (2000, 1100, "container")


def test_the_tightest_group_on_the_way_up_counts(tmp_path: Path) -> None:
    files = {
        "a__b__memory_dot_max": f"{4000 * MB}\n",
        "a__b__memory_dot_current": f"{100 * MB}\n",
        "a__memory_dot_max": f"{2000 * MB}\n",
        "a__memory_dot_current": f"{1800 * MB}\n",
    }
    assert found(machine(tmp_path, cgroup="0::/a/b\n", **files)) == (2000, 200, "container")


def test_a_container_of_version_1_sets_the_limit_whatever_path_the_host_gave_it(tmp_path: Path) -> None:
    root = machine(tmp_path, cgroup="5:cpu:/x\n4:memory,hugetlb:/docker/abc\n")
    folder = root / "sys/fs/cgroup/memory"
    folder.mkdir(parents=True)
    (folder / "memory.limit_in_bytes").write_text(f"{1000 * MB}\n")
    (folder / "memory.usage_in_bytes").write_text(f"{900 * MB}\n")
    (folder / "memory.stat").write_text(f"total_inactive_file {50 * MB}\n")
    assert found(root) == (1000, 150, "container")


def test_no_limit_is_not_a_limit(tmp_path: Path) -> None:
    root = machine(tmp_path, cgroup="4:memory:/\n")
    folder = root / "sys/fs/cgroup/memory"
    folder.mkdir(parents=True)
    (folder / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    (folder / "memory.usage_in_bytes").write_text(f"{900 * MB}\n")
    assert found(root) == (8000, 6000, "machine")


def test_a_container_on_a_full_machine_has_no_more_than_the_machine(tmp_path: Path) -> None:
    files = {"memory_dot_max": f"{4000 * MB}\n", "memory_dot_current": f"{500 * MB}\n"}
    assert found(machine(tmp_path, free=300, **files)) == (4000, 300, "container")


def test_a_container_over_its_limit_has_nothing_left(tmp_path: Path) -> None:
    files = {"memory_dot_max": f"{1000 * MB}\n", "memory_dot_current": f"{1100 * MB}\n"}
    assert found(machine(tmp_path, **files)) == (1000, 0, "container")


@pytest.mark.parametrize("text", ["", "max", "-1", "lots"])
def test_nonsense_in_a_control_file_is_no_limit(tmp_path: Path, text: str) -> None:
    assert found(machine(tmp_path, memory_dot_max=text, memory_dot_current="0"))[2] == "machine"


def test_where_there_is_no_proc_psutil_is_asked(tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    real = memory(tmp_path)
    assert real is not None
    assert (real.limit, real.source) == (psutil.virtual_memory().total, "machine")
    assert 0 < real.available <= real.limit


@pytest.mark.parametrize("absent", [True, False])
def test_without_proc_and_psutil_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, absent: bool
) -> None:
    def refused() -> None:
        raise RuntimeError("not on this system")

    monkeypatch.setitem(sys.modules, "psutil", None if absent else SimpleNamespace(virtual_memory=refused))  # type: ignore[arg-type]
    assert memory(tmp_path) is None


def test_with_proc_psutil_is_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert found(machine(tmp_path)) == (8000, 6000, "machine")


def test_this_machine_says_something_true() -> None:
    real = memory()
    assert real is not None
    assert 0 < real.available <= real.limit


# Blocks of a size that the C library keeps when they are freed, since the last one, which is above them, is in use.
FREED = """
from labkit._host.memory import trim_freed_memory
def held():
    return int(next(row for row in open("/proc/self/status") if row.startswith("RssAnon")).split()[1]) // 1024
blocks = [bytes([1]) * 65_536 for _ in range(3_200)]
last = blocks.pop()
full = held()
blocks.clear()
freed = held()
trim_freed_memory()
print(full, freed, held())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library gives memory back by itself")
def test_freed_memory_is_given_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", FREED], capture_output=True, text=True, check=True)
    full, freed, given_back = map(int, done.stdout.split())
    assert full - freed < 20  # MB: else there is nothing to give back
    assert freed - given_back > 180


def test_memory_that_can_be_given_back_is_not_a_reason_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    from labkit.models.runtime import memory_budget as module

    left = [100 * MB]
    monkeypatch.setattr(module, "memory", lambda: Memory(1000 * MB, left[0], "container"))
    monkeypatch.setattr(module, "trim_freed_memory", lambda: left.append(left.pop() + 400 * MB))
    module.require_memory(400 * MB, what="It", next="pass")
    with pytest.raises(LabkitError, match=r"It needs about 1\.0 GB, and 944 MB are left on this container"):
        module.require_memory(1000 * MB, what="It", next="pass")
