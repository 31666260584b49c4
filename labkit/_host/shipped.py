"""Paths of what ships (data, lessons, changelog): inside an installed wheel, beside the package in a clone."""

from __future__ import annotations

from pathlib import Path

from labkit._host.extras import reinstall_command
from labkit.errors import BadArgument, LabkitError


def data_path(*parts: str) -> Path:
    """The folder of shipped data, or a file or folder in it.

    In an installed wheel the folder is `labkit/data`; in a clone it is beside the package.

    Args:
        parts: names below the folder, such as `"models", "r1-mini"` or `"models/r1-mini"`.

    Raises:
        LabkitError: the path does not exist.

    >>> data_path("README.md").is_file()
    True
    """
    root = _shipped("data")
    path = root.joinpath(*parts)
    if not path.exists():
        parent = path.parent
        while not parent.is_dir():
            parent = parent.parent
        names = sorted(p.name for p in parent.iterdir() if not p.name.startswith("."))[:10]
        inside = "/".join(parent.relative_to(root).parts) if parent.is_relative_to(root) else ""
        raise BadArgument(
            f"The shipped data has no {'/'.join(parts)}.",
            why=f"data/{inside} holds {', '.join(names) or 'nothing'}.",
            next=f"labkit.data_path({inside!r})" if inside else "labkit.data_path()",
        )
    return path


def lessons_path() -> Path:
    """The folder of the shipped lessons. In a clone, the user works in this folder itself.

    Raises:
        LabkitError: this copy of labkit has no lessons.
    """
    return _shipped("notebooks")


def changelog_path() -> Path:
    """The file `CHANGELOG.md`.

    Raises:
        LabkitError: this copy of labkit has none.
    """
    return _shipped("CHANGELOG.md")


def _shipped(name: str) -> Path:
    package = Path(__file__).resolve().parents[1]
    root = next((p for p in (package / name, package.parent / name) if p.exists()), None)
    if root is None:
        raise LabkitError(
            f"{name}, which ships with labkit, is not beside {package}.",
            why=f"a wheel carries it as labkit/{name} and a clone as {name}; this copy has neither.",
            next=reinstall_command(),
        )
    return root
