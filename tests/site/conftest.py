"""The site, built once for all tests and all processes of pytest."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from labkit.cli import help_texts
from labkit.site.build import NEEDED, Site, build
from labkit.site.play import write_playground

from .serving import serving


def require_sphinx() -> None:
    for name in NEEDED:
        pytest.importorskip(name, reason="the site needs Sphinx: install the extra `site`")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    require_sphinx()
    from filelock import FileLock

    room = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        room = room.parent  # the folder that the processes share
    record = room / "site.json"
    with FileLock(room / "site.lock"):
        if not record.exists():
            record.write_text(json.dumps(asdict(build(room / "site", commands=help_texts())), default=str))
    data = json.loads(record.read_text())
    return Site(Path(data["folder"]), data["files"], data["megabytes"], tuple(data["warnings"]))


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    """The address of a server of the site's folder, without a slash at its end."""
    with serving(site.folder) as address:
        yield address


@pytest.fixture(scope="session")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the playground; a test that changes it makes one of its own."""
    folder = tmp_path_factory.mktemp("playground") / "play"
    write_playground(folder)
    return folder


@pytest.fixture(scope="session")
def playground_address(playground: Path) -> Iterator[str]:
    """The address of a server of the playground, with a slash at its end."""
    with serving(playground) as address:
        yield f"{address}/"
