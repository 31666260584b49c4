"""The pip commands that install missing packages of an extra, reinstall labkit, or update it.

The commands do not name `labkit` to pip: the package index has an unrelated project of that name. A missing extra is
installed by the names of its packages, and labkit from the source of this copy (PEP 610, `direct_url.json`).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from labkit.errors import LabkitError

if TYPE_CHECKING:
    from packaging.requirements import Requirement

# The imports of the modules that run models; the extra `models` installs all of them.
OF_MODELS = (
    "torch",
    "transformers",
    "tokenizers",
    "safetensors",
    "filelock",
    "huggingface_hub",
    "httpx",
    "tqdm",
)
ROOT = Path(__file__).resolve().parents[2]  # the clone, if labkit was installed with `-e`


def install_command(extra: str) -> str:
    """The line that installs the missing packages of an extra; in IPython `%pip`, for the running kernel.

    Args:
        extra: a name of pyproject's optional dependencies.
    """
    from packaging.requirements import Requirement

    every = packages(extra)
    names = [line for line in every if not is_satisfied(Requirement(line))] or every
    return pip_install(*names) if names else pip_install("-e", f"{ROOT}[{extra}]")


class NotInstalledError(LabkitError, ImportError):
    """Also an `ImportError`, for programs that try an import."""


def import_with_models(module: str) -> ModuleType:
    """Imports a labkit module that needs the packages of the extra `models`.

    Raises:
        LabkitError: a package is not installed; the error has the install command.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise not_installed(error) from None


def import_extra(module: str, extra: str, *, why: str) -> Any:
    """Imports a module of a package of an extra.

    Args:
        module: the module, such as `"pyarrow.parquet"`.
        extra: a name of pyproject's optional dependencies.
        why: what labkit does with it, as a sentence.

    Raises:
        LabkitError: the package is not installed; the error has the install command.
    """
    return import_package(module, why=why, command=lambda: install_command(extra))


def import_package(module: str, *, why: str, command: Callable[[], str]) -> Any:
    """Imports a module of a package that is not always installed.

    Args:
        module: the module.
        why: what labkit does with it, as a sentence.
        command: returns the install command; called for the error only.

    Raises:
        LabkitError: the package is not installed.
    """
    try:
        return import_module(module)
    except ImportError:
        raise missing_package(module, why=why, next=command()) from None


def missing_package(module: str, *, why: str, next: str) -> NotInstalledError:
    """The error for the package of a module that cannot be imported."""
    return NotInstalledError(f"The package {module.partition('.')[0]} is not installed.", why=why, next=next)


def not_installed(error: ModuleNotFoundError) -> ImportError:
    """The error for a missing package of the extra `models`; other errors are returned unchanged."""
    package = (error.name or "").partition(".")[0]
    if package not in OF_MODELS:
        return error
    return missing_package(
        package,
        why="a model needs it to think; traces, views, rewards and tasks work without it.",
        next=install_command("models"),
    )


def packages(extra: str) -> list[str]:
    """The packages of an extra, from the metadata of the installed copy; empty if that copy lacks the extra.

    >>> packages("bertviz")
    ['bertviz==1.4.1']
    """
    try:
        needed = requirements("labkit")
    except metadata.PackageNotFoundError:  # a clone on Python's path, not installed
        return []
    return [
        f"{r.name}{r.specifier}"
        for r in needed
        if r.marker and r.marker.evaluate({"extra": extra}) and not r.marker.evaluate({"extra": ""})
    ]


def requirements(package: str) -> list[Requirement]:
    """The requirements of an installed package, including those of its extras.

    Raises:
        importlib.metadata.PackageNotFoundError: it is not installed.
    """
    from packaging.requirements import Requirement

    return [Requirement(line) for line in metadata.requires(package) or []]


def version_or_none(package: str) -> str | None:
    """The version of an installed package; None if it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def is_satisfied(requirement: Requirement) -> bool:
    """Whether the required package is installed in a version within the bounds."""
    version = version_or_none(requirement.name)
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def pip_install(*arguments: str) -> str:
    """A pip command that works in a shell and in IPython; options are bare, other arguments are quoted."""
    percent = "%" if _in_ipython() else ""
    return " ".join([f"{percent}pip install", *(a if a.startswith("-") else f'"{a}"' for a in arguments)])


def reinstall_command() -> str:
    """The command that reinstalls this labkit from its source."""
    if in_clone():
        return pip_install("--no-deps", "-e", str(ROOT))
    source = _source()
    if source:
        return pip_install("--force-reinstall", "--no-deps", source)
    return "install labkit again from where you got it"


def update_command() -> str:
    """The command that updates labkit."""
    if in_clone():
        return f'git -C "{ROOT}" pull'
    source = _source()
    if source.startswith("git+"):
        return pip_install("--force-reinstall", "--no-deps", source)
    return "install a newer labkit from where you got this one"


def in_clone() -> bool:
    """Whether labkit runs from a clone of its repository."""
    return (ROOT / "pyproject.toml").is_file()


def _source() -> str:
    """The source that pip recorded for this copy: a path or an address; empty without a record."""
    try:
        record = metadata.distribution("labkit").read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return ""
    origin: dict[str, Any] = json.loads(record) if record else {}
    url: str = origin.get("url", "")
    if "vcs_info" in origin:
        return f"{origin['vcs_info']['vcs']}+{url}"
    return url2pathname(urlsplit(url).path) if url.startswith("file:") else url


def _in_ipython() -> bool:
    ipython = sys.modules.get("IPython")
    return ipython is not None and ipython.get_ipython() is not None
