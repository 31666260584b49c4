"""What `labkit doctor --lab` finds in the JupyterLab of this environment, and in one that is not well."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from labkit import __version__, _doctor, _doctor_lab, cli
from labkit._doctor import Finding

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a reader's own Jupyter settings, which count more than those of the environment: none yet."""
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "config"


def only(check: Callable[[], Iterator[Finding]]) -> Finding:
    (finding,) = _doctor._guarded(check)
    return finding


def write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def old_copy(tmp_path: Path, extension: str, version: str) -> Path:
    """An extension in the reader's home folder, which JupyterLab takes before the one of the environment."""
    folder = tmp_path / "data/labextensions" / extension
    build = {"_build": {"load": "static/entry.js", "extension": "./extension"}}
    write(folder / "package.json", {"name": extension, "version": version, "jupyterlab": build})
    return folder


def test_the_jupyterlab_of_this_environment_shows_the_views(capsys: pytest.CaptureFixture[str]) -> None:
    findings = [only(check) for check in _doctor_lab.checks()]
    assert [f.state for f in findings] == ["ok"] * 5, findings
    assert findings[2].message.startswith(f"labkit {__version__}, enabled, in {sys.prefix}")
    assert cli.main(["doctor", "--lab"]) == 0
    printed = capsys.readouterr().out
    assert all(f.message in printed for f in findings)
    assert "no check opened a connection" in printed


def test_the_plugin_that_ships_has_the_version_of_the_package() -> None:
    for folder in ("jupyter/labextension", "frontend"):
        assert json.loads((ROOT / "labkit" / folder / "package.json").read_text())["version"] == __version__


@pytest.mark.parametrize(
    ("check", "extension"),
    [
        (_doctor_lab._labkit_in_lab, "labkit"),
        (_doctor_lab._anywidget_in_lab, "anywidget"),
        (_doctor_lab._widgets_in_lab, "@jupyter-widgets/jupyterlab-manager"),
    ],
)
def test_an_old_copy_in_the_readers_home_is_named_and_without_it_all_is_well(
    tmp_path: Path, check: Callable[[], Iterator[Finding]], extension: str
) -> None:
    folder = old_copy(tmp_path, extension, "0.0.9")
    finding = only(check)
    assert finding.state == "missing"
    assert finding.message.startswith(f"JupyterLab takes {extension} 0.0.9 from {folder}, and Python has ")
    assert finding.next == f'delete the folder "{folder}"'
    shutil.rmtree(folder)
    assert only(check).state == "ok"


def test_an_extension_that_jupyterlab_does_not_find_is_missed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *_: [str(tmp_path)])
    finding = only(_doctor_lab._anywidget_in_lab)
    version = _doctor.version_or_none("anywidget")
    assert finding.message == "JupyterLab does not find the extension anywidget"
    assert finding.next == f'pip install --force-reinstall --no-deps "anywidget=={version}"'


def follow(advice: str) -> None:
    program, *arguments = shlex.split(advice)
    line = [str(Path(sys.executable).with_name(program)), *arguments]
    subprocess.run(line, check=True, capture_output=True)


@pytest.mark.parametrize("disabled", ["labkit", "labkit:trace"])
def test_an_extension_that_is_disabled_is_missed(config: Path, disabled: str) -> None:
    write(config / "labconfig/page_config.json", {"disabledExtensions": {"labkitten": True, disabled: True}})
    finding = only(_doctor_lab._labkit_in_lab)
    assert finding.message == f"{disabled} is disabled"
    assert finding.next == f"jupyter labextension enable --level=user {disabled}"


@pytest.mark.slow
def test_what_is_disabled_is_enabled_by_the_lines_that_the_findings_advise(config: Path) -> None:
    write(config / "labconfig/page_config.json", {"disabledExtensions": {"labkit": True}})
    follow(only(_doctor_lab._labkit_in_lab).next)
    assert only(_doctor_lab._labkit_in_lab).state == "ok"
    off = {"ServerApp": {"jpserver_extensions": {"jupyterlab": False}}}
    write(config / "jupyter_server_config.d/jupyterlab.json", off)
    finding = only(_doctor_lab._server)
    assert (finding.state, finding.next) == ("note", "jupyter server extension enable --user jupyterlab")
    follow(finding.next)
    assert only(_doctor_lab._server).state == "ok"


@pytest.mark.parametrize(
    ("version", "said"), [("4.1.9", "JupyterLab is 4.1.9"), ("5.0.0", "is 5.0.0"), (None, "is absent")]
)
def test_a_jupyterlab_of_another_generation_is_missed(
    monkeypatch: pytest.MonkeyPatch, version: str | None, said: str
) -> None:
    monkeypatch.setattr(_doctor_lab, "version_or_none", lambda _: version)
    finding = only(_doctor_lab.checks()[0])
    assert said in finding.message and "labkit's plugin needs <5,>=4.2" in finding.message
    assert finding.next == 'pip install "jupyterlab<5,>=4.2"'
    assert len(_doctor_lab.checks()) == (1 if version is None else 5)


@pytest.mark.parametrize("version", ["1.1.11", None])
def test_a_widget_manager_of_another_generation_than_ipywidgets_is_missed(
    monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    installed = {"ipywidgets": "8.1.9", "jupyterlab_widgets": version}
    monkeypatch.setattr(_doctor_lab, "version_or_none", installed.get)
    finding = only(_doctor_lab._widgets_in_lab)
    assert finding.message.startswith(
        f"jupyterlab_widgets is {version or 'absent'}; the installed ipywidgets needs"
    )
    assert finding.next.startswith('pip install "jupyterlab_widgets~=3')


@pytest.mark.parametrize("package", ["anywidget", "ipywidgets"])
def test_a_package_that_is_absent_is_missed_in_lab_too(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    monkeypatch.setattr(_doctor_lab, "version_or_none", lambda name: None if name == package else "1.0")
    check = _doctor_lab._anywidget_in_lab if package == "anywidget" else _doctor_lab._widgets_in_lab
    finding = only(check)
    assert finding.message == f"{package} is absent" and finding.next == f'pip install "{package}"'


def test_the_jupyterlab_that_is_needed_is_the_one_of_the_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [Requirement(line) for line in project["optional-dependencies"]["lab"]]
    assert [str(r.specifier) for r in needed if r.name == "jupyterlab"] == [_doctor_lab.LAB]


def test_versions_are_compared_as_versions() -> None:
    assert _doctor_lab._same_version("0.10.0-alpha.1", "0.10.0a1")
    assert not _doctor_lab._same_version("0.10.0", "0.10.1")
    assert not _doctor_lab._same_version("next", "0.10.1")
