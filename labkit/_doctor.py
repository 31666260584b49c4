"""Checks whether everything that labkit needs is installed. Each problem comes with the line to type next.

No heavy package (no torch) is imported: the checks must work in a broken environment. A network connection
that a check opens is also reported as a problem, since labkit needs no network.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from packaging.requirements import Requirement

from labkit import __version__
from labkit._host.extras import (
    ROOT,
    in_clone,
    install_command,
    is_satisfied,
    packages,
    pip_install,
    reinstall_command,
    requirements,
    version_or_none,
)
from labkit._host.memory import memory
from labkit._host.shipped import data_path
from labkit._host.system import WINDOWS
from labkit._host.untrusted import parse_json, read_json, read_text
from labkit.errors import LabkitError

Check = Callable[[], Iterator["Finding"]]
State = Literal["ok", "note", "missing"]

MODEL = "r1-mini"
MODEL_FILES = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")
SMALL_FILE = 4_000_000  # bytes
COMFORTABLE = 900_000_000  # bytes: one kernel with R1-mini and all views open (DESIGN, budgets)
REINSTALL = reinstall_command()
RESTORE = f'git -C "{ROOT}" checkout -- data' if in_clone() else REINSTALL
NEWER = "py -3.11 -m venv .venv" if WINDOWS else "python3.11 -m venv .venv"
OFFLINE = "$env:HF_HUB_OFFLINE=1; labkit doctor" if WINDOWS else "HF_HUB_OFFLINE=1 labkit doctor"
MARKS: dict[State, str] = {"ok": "ok  ", "note": "note", "missing": "MISS"}


@dataclass(frozen=True)
class Finding:
    """One line of the report: `next` is what to type, empty where nothing is wrong.

    A `"note"` is worth knowing; only `"missing"` makes the command fail.
    """

    about: str
    state: State
    message: str
    next: str = ""


def examine(*more: Check) -> list[Finding]:
    """Runs all checks, in the order in which problems should be fixed, and then the given checks."""
    opened = _watch_the_network()
    checks: tuple[Check, ...] = (
        _python, _packages, _models, _data, _model, _memory_left, _bundles, _plugin, _nbval, *more,
    )  # fmt: skip
    findings = [finding for check in checks for finding in _guarded(check)]
    return [*findings, _network(opened)]


def as_text(findings: list[Finding]) -> str:
    """The report as text for people."""
    width = max(len(f.about) for f in findings)
    lines = [f"labkit {__version__} in {sys.prefix}"]
    for f in findings:
        lines.append(f"  {MARKS[f.state]}  {f.about:<{width}}  {f.message}")
        if f.next:
            lines.append(f"        {'':<{width}}  Next: {f.next}")
    bad = sum(f.state == "missing" for f in findings)
    lines.append("Everything needed is here." if not bad else f"{bad} of {len(findings)} checks failed.")
    return "\n".join(lines)


def as_json(findings: list[Finding]) -> str:
    """The report as JSON for programs."""
    rows = [{"about": f.about, "state": f.state, "said": f.message, "next": f.next} for f in findings]
    return json.dumps({"labkit": __version__, "findings": rows}, indent=2)


def _guarded(check: Check) -> Iterator[Finding]:
    about = check.__name__.strip("_").replace("_", " ")
    try:
        yield from check()
    except LabkitError as error:
        yield Finding(about, "missing", f"{error.what} {error.why.capitalize()}", error.next)
    except Exception as error:  # an exception in a check is a finding and does not end the report
        yield Finding(about, "missing", f"{type(error).__name__}: {error}", REINSTALL)


# -- the checks ------------------------------------------------------------------------------------------


def _python() -> Iterator[Finding]:
    message = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < (3, 11):  # noqa: UP036  (it may be installed without pip)
        yield Finding("python", "missing", f"{message}; labkit needs 3.11 or newer", NEWER)
    else:
        yield Finding("python", "ok", message)


def _packages() -> Iterator[Finding]:
    needed = [r for r in requirements("labkit") if r.marker is None or r.marker.evaluate({"extra": ""})]
    wrong = [r for r in needed if not is_satisfied(r)]
    for requirement in wrong:
        version = version_or_none(requirement.name) or "absent"
        yield Finding(
            "package", "missing", f"{requirement.name} is {version}; labkit needs {requirement.specifier}",
            pip_install(str(requirement)),
        )  # fmt: skip
    if not wrong:
        yield Finding("packages", "ok", f"all {len(needed)} within their bounds; {_versions()}")


def _versions() -> str:
    versions = ((name, version_or_none(name)) for name in ("torch", "transformers", "jupyterlab"))
    return ", ".join(f"{name} {version or 'not installed'}" for name, version in versions)


def _models() -> Iterator[Finding]:
    """The packages that running a model needs: optional, since traces and views work without them."""
    wrong = [r for r in map(Requirement, packages("models")) if not is_satisfied(r)]
    if wrong:
        faults = ", ".join(f"{r.name} is {version_or_none(r.name) or 'absent'}" for r in wrong)
        message = f"models cannot run here ({faults}); traces and views work"
        yield Finding("models", "note", message, install_command("models"))
    else:
        yield Finding("models", "ok", "torch and what goes with it are here")


def _data() -> Iterator[Finding]:
    root = data_path()
    broken = [message for path in sorted(root.rglob("*.safetensors")) if (message := _broken_weights(path))]
    broken += [message for path in sorted(root.rglob("SHA256SUMS")) for message in _broken_sums(path)]
    for message in broken:
        yield Finding("data", "missing", message, RESTORE)
    if not broken:
        files = [p for p in root.rglob("*") if p.is_file()]
        megabytes = sum(p.stat().st_size for p in files) / 1e6
        yield Finding("data", "ok", f"{len(files)} files, {megabytes:.1f} MB, readable, in {root}")


def _broken_weights(path: Path) -> str:
    """The fault of a safetensors file, by its header and its length alone; empty if there is no fault."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > size - 8:
            return f"{path} is cut off: its header does not fit in {size} bytes"
        try:
            header = parse_json(file.read(length))
            ends = [row["data_offsets"][1] for name, row in header.items() if name != "__metadata__"]
        except (ValueError, KeyError, TypeError, AttributeError):
            return f"{path} is not a safetensors file"
    expected = 8 + length + max(ends, default=0)
    return "" if size == expected else f"{path} has {size} bytes and should have {expected}"


def _broken_sums(sums: Path) -> Iterator[str]:
    """Files whose checksums differ from a list in the format of `sha256sum`."""
    for line in read_text(sums, SMALL_FILE).splitlines():
        digest, _, name = line.partition(" ")
        path = sums.parent / name.lstrip(" *")
        if not path.is_file():
            yield f"{path} is absent"
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield f"{path} is not what was shipped (its SHA-256 differs)"


def _model() -> Iterator[Finding]:
    folder = data_path() / "models" / MODEL
    if not folder.is_dir():
        yield Finding("model", "missing", f"{MODEL} is not in {folder.parent}", RESTORE)
        return
    absent = [name for name in MODEL_FILES if not (folder / name).is_file()]
    if not list(folder.glob("*.safetensors")):
        absent.append("*.safetensors")
    if absent:
        yield Finding("model", "missing", f"{MODEL} lacks {', '.join(absent)}", RESTORE)
        return
    config = read_json(folder / "config.json", SMALL_FILE)
    megabytes = sum(p.stat().st_size for p in folder.iterdir() if p.is_file()) / 1e6
    yield Finding("model", "ok", f"{MODEL}: {config['model_type']}, {megabytes:.1f} MB")


def _memory_left() -> Iterator[Finding]:
    now = memory()
    if now is None:
        message = (
            "psutil is not installed, so labkit cannot see the free memory and refuses no model for its size"
        )
        yield Finding("memory", "note", message, pip_install("psutil"))
        return
    message = f"{now.available / 1e9:.1f} of {now.limit / 1e9:.1f} GB left on this {now.source}"
    if now.available < COMFORTABLE:
        advice = "close other kernels (Jupyter's menu: Kernel, Shut Down All Kernels)"
        yield Finding("memory", "note", f"{message}; a kernel with all views takes up to 0.9 GB", advice)
    else:
        yield Finding("memory", "ok", message)


def _bundles() -> Iterator[Finding]:
    static = Path(__file__).with_name("views") / "static"
    bundles = sorted(p for p in static.glob("*.js") if p.stat().st_size)
    if not bundles:
        yield Finding("views", "missing", f"no bundle in {static}", REINSTALL)
        return
    sizes = ", ".join(f"{p.name} {p.stat().st_size / 1e3:.0f} kB" for p in bundles)
    yield Finding("views", "ok", sizes)


def _plugin() -> Iterator[Finding]:
    try:
        from jupyter_core.paths import jupyter_path
    except ModuleNotFoundError:
        message = (
            "JupyterLab is not installed; scripts, and notebooks in VS Code or Colab, do not need its plugin"
        )
        yield Finding("plugin", "note", message, install_command("lab"))
        return

    folders = [Path(p) / "labkit" for p in jupyter_path("labextensions")]
    folder = next((p for p in folders if (p / "package.json").is_file()), None)
    if folder is None:
        message = "JupyterLab does not find the plugin, so saved pictures stay hidden in a reopened notebook"
        yield Finding("plugin", "missing", message, REINSTALL)
        return
    build = read_json(folder / "package.json", SMALL_FILE)["jupyterlab"]["_build"]
    if not (folder / build["load"]).is_file():
        yield Finding("plugin", "missing", f"{folder / build['load']} is absent", REINSTALL)
        return
    source = Path(__file__).with_name("jupyter") / "labextension" / "package.json"
    if source.is_file() and source.read_bytes() != (folder / "package.json").read_bytes():
        message = f"{folder} is older than the one in this clone"
        yield Finding("plugin", "note", message, REINSTALL)
    else:
        yield Finding("plugin", "ok", str(folder))


def _nbval() -> Iterator[Finding]:
    points = [e for e in metadata.entry_points(group="pytest11") if e.name == "labkit_nbval"]
    if not points:
        yield Finding("nbval", "missing", "the nbval helper is not registered with pytest", REINSTALL)
        return
    pinned, version = _pinned("nbval"), version_or_none("nbval")
    if version is None:
        message = "helper registered; nbval itself is only needed to test notebooks"
        yield Finding("nbval", "note", message, pip_install(f"nbval{pinned or ''}"))
    elif pinned and version not in pinned:
        message = f"helper registered; it was tested with nbval {pinned}, and version {version} is installed"
        yield Finding("nbval", "note", message, pip_install(f"nbval{pinned or ''}"))
    else:
        yield Finding("nbval", "ok", f"helper registered, nbval {version}")


def _pinned(package: str) -> Any:
    return next((r.specifier for r in requirements("labkit") if r.name == package), None)


# -- the network -----------------------------------------------------------------------------------------


def _watch_the_network() -> list[str]:
    """Records every address that this process connects to or looks up from now on."""
    opened: list[str] = []

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.getaddrinfo"):
            opened.append(str(args[1] if event == "socket.connect" else args[0]))

    sys.addaudithook(hook)
    return opened


def _network(opened: list[str]) -> Finding:
    if opened:
        message = f"a check reached for {', '.join(opened[:3])}"
        return Finding("network", "note", message, OFFLINE)
    offline = " (HF_HUB_OFFLINE is set)" if os.environ.get("HF_HUB_OFFLINE") else ""
    return Finding("network", "ok", f"none needed, and no check opened a connection{offline}")
