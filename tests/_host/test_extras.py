"""What is printed to install something: never the name `labkit`, which is a stranger's on the package index."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from labkit._host import extras

ROOT = Path(__file__).resolve().parents[2]
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]

# `pip install`, then options and requirements with a version, then labkit itself, with or without extras.
OF_A_STRANGER = re.compile(
    r"""pip3?\s+install(?:\s+(?:-\S+|\S*[=<>]\S*))*\s+[\\"'`]*labkit(?:\[[^\]\s]*\])?[\\"'`.,;:)*]*(?=\s|$)"""
)


def declared(extra: str) -> set[str]:
    """What pyproject lists for an extra, with labkit's own extras replaced by their packages."""
    lines = [Requirement(line) for line in DECLARED[extra]]
    own = [name for line in lines if line.name == "labkit" for name in line.extras]
    packages = {f"{line.name}{line.specifier}" for line in lines if line.name != "labkit"}
    return packages.union(*(declared(name) for name in own))


@pytest.mark.parametrize("extra", sorted({*DECLARED} - {"dev", "test"}))  # those that a message names
def test_an_extra_installs_the_packages_that_pyproject_lists(extra: str) -> None:
    def bare(names: set[str]) -> set[str]:
        return {re.split(r"[=<>]", name)[0] for name in names}

    assert bare({*extras.packages(extra)}) == bare(declared(extra)), (
        "pyproject.toml changed: pip install -e . again"
    )
    assert {str(Requirement(name).specifier) for name in extras.packages(extra)} == {
        str(Requirement(name).specifier) for name in declared(extra)
    }


def test_a_missing_extra_names_its_packages_and_not_labkit() -> None:
    assert extras.install_command("server") == 'pip install "openai>=3"'


def test_in_ipython_the_line_installs_for_the_running_kernel() -> None:
    code = "from IPython.core.interactiveshell import InteractiveShell as S; S.instance()\n"
    code += "from labkit._host.extras import install_command; print(install_command('server'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == '%pip install "openai>=3"'


def test_a_clone_without_an_installed_labkit_names_its_own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: str) -> None:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(extras.metadata, "requires", absent)
    assert extras.install_command("server") == f'pip install -e "{ROOT}[server]"'


def test_a_clone_is_installed_again_and_updated_where_it_lies() -> None:
    assert extras.reinstall_command() == f'pip install --no-deps -e "{ROOT}"'
    assert extras.update_command() == f'git -C "{ROOT}" pull'


FILE = (Path.cwd() / "labkit-0.1-py3-none-any.whl").as_uri()
GIT = {"url": "https://example.org/labkit", "vcs_info": {"vcs": "git", "commit_id": "0"}}


@pytest.mark.parametrize(
    ("record", "again", "newer"),
    [
        ({"url": FILE}, f'"{Path.cwd() / "labkit-0.1-py3-none-any.whl"}"', "install a newer labkit"),
        (GIT, '"git+https://example.org/labkit"', '"git+https://example.org/labkit"'),
        (None, "install labkit again from where you got it", "install a newer labkit"),
    ],
)
def test_an_installed_copy_comes_again_from_where_it_came(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, record: dict[str, object] | None, again: str, newer: str
) -> None:
    folder = tmp_path / "labkit-0.1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: labkit\nVersion: 0.1\n")
    if record is not None:
        (folder / "direct_url.json").write_text(json.dumps(record))
    monkeypatch.setattr(extras, "ROOT", tmp_path)  # which holds no pyproject.toml
    monkeypatch.setattr(extras.metadata, "distribution", lambda _: metadata.Distribution.at(folder))
    assert again in extras.reinstall_command()
    assert newer in extras.update_command()


def readable(path: Path) -> str:
    """A file as a reader sees it: of a notebook, the sources and the texts of the outputs."""
    text = path.read_text("utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join(
        "".join(part) if isinstance(part, list) else str(part)
        for cell in json.loads(text)["cells"]
        for part in (
            cell["source"],
            *(o.get("text", o.get("data", {}).get("text/plain", "")) for o in cell.get("outputs", [])),
        )
    )


def test_no_file_of_ours_tells_a_reader_to_install_the_strangers_labkit() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git clone")
    suffixes = {".py", ".ts", ".md", ".ipynb", ".toml", ".yml", ".jinja", ""}
    names = [name for name in listed.stdout.splitlines() if Path(name).suffix in suffixes]
    assert len(names) > 200
    bad = {
        name: found[0]
        for name in names
        if (ROOT / name).is_file() and (found := OF_A_STRANGER.search(readable(ROOT / name)))
    }
    assert bad == {}


STRANGER = "lab" + "kit"  # apart, so that this file passes its own test


@pytest.mark.parametrize(
    "text",
    [
        f"pip install {STRANGER}",
        f'%pip install "{STRANGER}[server]"',
        f"`pip install\n{STRANGER}[bertviz]`.",
        f"pip install --upgrade {STRANGER}",
        f"pip3 install torch==2.13.0 '{STRANGER}'",
    ],
)
def test_each_way_to_install_the_stranger_would_be_noticed(text: str) -> None:
    assert OF_A_STRANGER.search(text)


@pytest.mark.parametrize(
    "text",
    [
        'pip install -e ".[server]"',
        "pip install git+https://github.com/OWNER/" + STRANGER,
        f"pip install --no-deps -e /a/clone/of/{STRANGER}",
        f"pip install it; {STRANGER} serve",
        'pip install "openai>=3"',
    ],
)
def test_a_clone_and_its_packages_are_allowed(text: str) -> None:
    assert not OF_A_STRANGER.search(text)
