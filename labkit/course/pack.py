"""`labkit course pack`: a folder from which a class installs labkit and starts the lessons with no network.

The folder holds the lessons, the wheels for the named systems and Pythons, models, `SHA256SUMS`, a program that checks
the sums, and a page with the one line that installs everything with `--no-index`. uv resolves the versions for a system
that is not this one (pip reads environment markers for the system that it runs on); pip downloads the wheels.

Left out: JupyterLab's own settings, Python itself, and packages that have no wheel for a system.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit._host.atomic_folder import make_folder
from labkit._host.atomic_write import not_written
from labkit._host.extras import ROOT, in_clone
from labkit._host.paths import typed_path
from labkit._host.system import WINDOWS
from labkit._names import nearest
from labkit.course import lessons
from labkit.errors import BadArgument, LabkitError
from labkit.models.checkpoints.checksums import SUMS, digest

TORCH = "2.13.0"  # the version that the README installs
EXTRAS = "lab,models"


@dataclass(frozen=True)
class System:
    """A system for which wheels are collected.

    Attributes:
        name: as it is typed.
        label: as it stands on the page for students.
        uv: uv's name of the platform.
        tags: pip's platform tags, the newest first.
        python: the interpreter in a virtual environment.
    """

    name: str
    label: str
    uv: str
    tags: tuple[str, ...]
    python: str = ".venv/bin/python"


SYSTEMS = {
    system.name: system
    for system in (
        System(
            "linux",
            "Linux (x86-64)",
            "x86_64-manylinux_2_28",
            ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_12_x86_64",
             "manylinux2010_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64", "linux_x86_64"),
        ),
        System(
            "linux-arm",
            "Linux (ARM)",
            "aarch64-manylinux_2_28",
            ("manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64", "linux_aarch64"),
        ),
        System(
            "macos",
            "macOS (Apple chips)",
            "aarch64-apple-darwin",
            ("macosx_14_0_arm64", "macosx_13_0_arm64", "macosx_12_0_arm64", "macosx_11_0_arm64",
             "macosx_11_0_universal2", "macosx_10_13_universal2", "macosx_10_9_universal2"),
        ),
        System("windows", "Windows", "x86_64-pc-windows-msvc", ("win_amd64",), r".venv\Scripts\python"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A system with a version of Python, as "3.12"."""

    system: System
    python: str


def pack(
    folder: str | Path,
    *,
    systems: Sequence[str] = (),
    pythons: Sequence[str] = (),
    models: Sequence[str] = (),
    wheel: str | Path | None = None,
    torch_index: str | None = None,
) -> Path:
    """Writes the folder for a class, whole or not at all.

    Args:
        folder: must not exist yet.
        systems: names among `SYSTEMS`; by default this system.
        pythons: versions as "3.12"; by default the version that runs.
        models: names for `labkit fetch`, or folders with a checkpoint. R1-mini is in labkit's wheel already.
        wheel: labkit's own wheel; by default it is built from the clone that labkit runs from.
        torch_index: the address of a package index that has builds of torch without CUDA, for Linux.

    Returns:
        The folder.

    Raises:
        LabkitError: the folder exists; a name is unknown; a package has no wheel for a system; a wheel of torch needs
            CUDA; labkit was not installed from a clone, and `wheel` is missing.
    """
    place = typed_path(folder, next='labkit course pack "for-my-class"')
    if place.exists():
        raise BadArgument(
            f"{str(place)!r} exists already.",
            why="a pack is written whole or not at all.",
            next=f'labkit course pack "{place.name}-2"',
        )
    targets = [Target(_system(name), _version(python)) for name in systems or (this_system(),)
               for python in pythons or (f"{sys.version_info[0]}.{sys.version_info[1]}",)]  # fmt: skip

    def fill(room: Path) -> None:
        _collect_wheels(room / "wheels", targets, wheel, torch_index)
        lessons.start(room / "lessons")
        for name in models:
            _add_model(room / "models", name)
        (room / "INSTALL.md").write_text(
            page(targets, [Path(name).name for name in models]), encoding="utf-8", newline="\n"
        )
        (room / "verify.py").write_text(VERIFY, encoding="utf-8", newline="\n")
        (room / SUMS).write_text("".join(_sums(room)), encoding="utf-8", newline="\n")

    try:
        make_folder(place, fill)
    except OSError as error:
        raise not_written(place.absolute(), error, what=None, retry_hint="labkit course pack {}") from None
    return place


def this_system() -> str:
    """The name of the system that runs, among `SYSTEMS`."""
    if WINDOWS:
        return "windows"
    if platform.system() == "Darwin":
        return "macos"
    return "linux-arm" if platform.machine() in ("aarch64", "arm64") else "linux"


VERIFY = '''"""Compares every file of this folder with SHA256SUMS: python verify.py"""

import hashlib
import pathlib
import sys

here = pathlib.Path(__file__).parent
bad = []
for line in (here / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
    expected, name = line.split("  ", 1)
    file = here / name
    if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != expected:
        bad.append(name)
for name in bad:
    print("missing or damaged:", name)
print("copy the folder again" if bad else "every file is whole")
sys.exit(bool(bad))
'''


def page(targets: Sequence[Target], models: Sequence[str] = ()) -> str:
    """The page for students in Markdown: check, install, start, one line each for every system."""
    parts = ["# labkit without a network\n\nOpen a terminal in this folder. No line below uses the network."]
    for system in dict.fromkeys(target.system for target in targets):
        pythons = ", ".join(target.python for target in targets if target.system == system)
        start = "py" if system.name == "windows" else "python3"
        parts.append(
            f"## {system.label}, Python {pythons}\n\n```sh\n"
            f"{start} verify.py\n"
            f"{start} -m venv .venv\n"
            f'{system.python} -m pip install --no-index --find-links wheels "labkit[{EXTRAS}]"\n'
            f"{system.python} -m jupyter lab lessons/{lessons.names()[0]}\n```"
        )
    if models:
        parts.append("## Models\n\n" + "\n".join(f'* `labkit.load("../models/{name}")`' for name in models))
    parts.append(
        "## For a whole room\n\nOne machine serves the folder, and the others install from it:\n\n```sh\n"
        "python3 -m http.server --directory . 8080\n"
        "python -m pip install --no-index --find-links http://ADDRESS:8080/wheels/ --trusted-host ADDRESS "
        f'"labkit[{EXTRAS}]"\n```'
    )
    return "\n\n".join(parts) + "\n"


def _collect_wheels(
    folder: Path, targets: Iterable[Target], wheel: str | Path | None, torch_index: str | None
) -> None:
    folder.mkdir()
    ours = _labkit_wheel(folder, wheel)
    for target in targets:
        pins = _resolve(target, ours)
        _download(folder, target, pins)
        _download(folder, target, [f"torch=={TORCH}"], torch_index)
    for torch in folder.glob("torch-*linux*.whl"):
        _refuse_cuda(torch)


def _labkit_wheel(folder: Path, wheel: str | Path | None) -> Path:
    if wheel is not None:
        source = typed_path(wheel, next="labkit course pack my-folder --wheel labkit-1.0-py3-none-any.whl")
        if not source.is_file() or source.suffix != ".whl":
            raise BadArgument(f"{str(source)!r} is not a wheel.", why="a wheel is a file that ends in .whl.",
                              next="python -m build --wheel")  # fmt: skip
        return Path(shutil.copy(source, folder))
    if not in_clone():
        raise LabkitError(
            "labkit's own wheel is missing.",
            why="this copy of labkit was not installed from a clone, so no wheel can be built from it.",
            next="labkit course pack my-folder --wheel PATH_OF_THE_WHEEL",
        )
    _run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    )
    return next(folder.glob("labkit-*.whl"))


def _resolve(target: Target, wheel: Path) -> list[str]:
    """The pinned packages that labkit needs on a target, less torch and what only its CUDA builds need."""
    override = wheel.with_name("override.txt")
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate",
               "--python-platform", target.system.uv, "--python-version", target.python, "--only-binary", ":all:",
               "--override", str(override), "-"]  # fmt: skip
    override.write_text(f"torch=={TORCH}\n", encoding="utf-8", newline="\n")
    try:
        lines = _run(command, f"labkit[{EXTRAS}] @ {wheel.absolute().as_uri()}\n").splitlines()
    finally:
        override.unlink()
    # The names are those that NVIDIA's and torch's CUDA builds add; a build for processors needs none of them.
    return [line for line in lines if re.match(r"[a-z0-9]", line) and not _NOT_FOR_PROCESSORS.match(line)]


_NOT_FOR_PROCESSORS = re.compile(r"(torch|triton|labkit|nvidia-[a-z0-9-]+|cuda-[a-z0-9-]+)( |=|$)")


def _download(folder: Path, target: Target, pins: Sequence[str], index: str | None = None) -> None:
    tags = [part for tag in target.system.tags for part in ("--platform", tag)]
    more = ["--extra-index-url", index] if index else []
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:", *tags,
               "--python-version", target.python, "--implementation", "cp", "--dest", str(folder)]  # fmt: skip
    _run([*command, *more, *pins])


def _refuse_cuda(wheel: Path) -> None:
    """Refuses a wheel of torch that needs NVIDIA's packages, which take gigabytes and are not in the pack."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = archive.read(name).decode("utf-8", "replace")
    if re.search(r"^Requires-Dist: (nvidia|cuda)-", metadata, re.M):
        raise LabkitError(
            f"{wheel.name} is a build for NVIDIA cards.",
            why="it needs several gigabytes of CUDA packages. The index of torch has builds for processors.",
            next="labkit course pack my-folder --torch-index https://download.pytorch.org/whl/cpu",
        )


def _add_model(folder: Path, name: str) -> None:
    from labkit.models.checkpoints.export import fetch

    folder.mkdir(exist_ok=True)
    source = Path(name).expanduser()
    if source.is_dir():
        shutil.copytree(source, folder / source.name)
    else:
        fetch(name, folder / name.rpartition("/")[2])


def _sums(folder: Path) -> Iterator[str]:
    """The lines of `SHA256SUMS` for every file of a folder, in the format of `sha256sum -c`."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / SUMS):
        yield f"{digest(path)}  {path.relative_to(folder).as_posix()}\n"


def _system(name: str) -> System:
    if name in SYSTEMS:
        return SYSTEMS[name]
    near = nearest(name, SYSTEMS)
    raise BadArgument(
        f"There is no system {name!r}.",
        why=f"the systems are {', '.join(SYSTEMS)}.",
        next=f"labkit course pack my-folder --systems {near or 'linux'}",
    )


def _version(python: str) -> str:
    if re.fullmatch(r"3\.[0-9]{1,2}", python):
        return python
    raise BadArgument(f"{python!r} is not a version of Python.", why="a version is as 3.12.",
                      next="labkit course pack my-folder --pythons 3.12")  # fmt: skip


def _run(command: list[str], text: str | None = None) -> str:
    """The output of a program.

    Raises:
        LabkitError: the program failed; the error has its last lines.
    """
    # uv takes macOS 13 without the variable, and torch has wheels from macOS 14 on.
    environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"}
    done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", check=False,
                          env=environment)  # fmt: skip
    if done.returncode == 0:
        return done.stdout
    if "No module named uv" in done.stderr:
        raise LabkitError("uv is not installed.", why="uv finds the versions for a system that is not this one.",
                          next="pip install uv")  # fmt: skip
    last = " ".join(done.stderr.strip().splitlines()[-3:])
    raise LabkitError(
        f"{' '.join(command[2:4])} failed.",
        why=f"{last[-400:].rstrip('.')}.",
        next="labkit course pack my-folder --systems linux --pythons 3.12",
    )
