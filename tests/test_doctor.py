from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labkit import _doctor
from labkit._doctor import Finding
from labkit._host.memory import Memory

HEADER = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
WEIGHTS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(8)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with a model that is whole."""
    folder = tmp_path / "models" / "r1-mini"
    folder.mkdir(parents=True)
    for name in _doctor.MODEL_FILES:
        (folder / name).write_text('{"model_type": "qwen2"}')
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    monkeypatch.setattr(_doctor, "data_path", lambda: tmp_path)
    return tmp_path


def only(check: Callable[[], Iterator[Finding]]) -> Finding:
    (finding,) = _doctor._guarded(check)
    return finding


def test_every_finding_that_is_not_well_says_what_to_type() -> None:
    for finding in _doctor.examine():
        assert finding.message
        assert bool(finding.next) == (finding.state != "ok"), finding


def test_no_check_opens_a_connection() -> None:
    assert _doctor.examine()[-1] == Finding("network", "ok", _doctor.examine()[-1].message)


def test_a_connection_would_be_noticed() -> None:
    opened = _doctor._watch_the_network()
    with socket.socket() as s, pytest.raises(OSError, match=r"."):
        s.connect(("127.0.0.1", 1))
    assert _doctor._network(opened).message == "a check reached for ('127.0.0.1', 1)"


def test_data_and_model_that_are_whole_are_well(data: Path) -> None:
    assert only(_doctor._data).state == only(_doctor._model).state == "ok"
    assert only(_doctor._model).message == "r1-mini: qwen2, 0.0 MB"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (WEIGHTS[:-1], "should have"),
        (WEIGHTS + b"x", "should have"),
        (WEIGHTS[:20], "is cut off"),
        (WEIGHTS[:5], "is cut off"),
        (b"", "is cut off"),
        ((4).to_bytes(8, "little") + b"nope", "is not a safetensors file"),
        ((2).to_bytes(8, "little") + b"[]", "is not a safetensors file"),
        ((2**63).to_bytes(8, "little") + HEADER, "is cut off"),
    ],
)
def test_weights_that_are_cut_off_are_noticed_without_reading_them(
    data: Path, content: bytes, said: str
) -> None:
    (data / "models/r1-mini/model.safetensors").write_bytes(content)
    finding = only(_doctor._data)
    assert finding.state == "missing"
    assert said in finding.message


def test_files_that_differ_from_their_checksums_are_named(data: Path) -> None:
    (data / "a.csv").write_bytes(b"1,2\n")
    (data / "b.csv").write_bytes(b"3,4\n")
    right = hashlib.sha256(b"1,2\n").hexdigest()
    (data / "SHA256SUMS").write_text(f"{right}  a.csv\n{right}  b.csv\n{right}  c.csv\n")
    said = [f.message for f in _doctor._data()]
    assert said == [
        f"{data / 'b.csv'} is not what was shipped (its SHA-256 differs)",
        f"{data / 'c.csv'} is absent",
    ]


def test_a_model_that_lacks_a_file_says_which(data: Path) -> None:
    (data / "models/r1-mini/tokenizer.json").unlink()
    (data / "models/r1-mini/model.safetensors").unlink()
    assert only(_doctor._model).message == "r1-mini lacks tokenizer.json, *.safetensors"


def test_a_model_that_is_not_there_is_missed(data: Path) -> None:
    (data / "models/r1-mini").rename(data / "models/other")
    assert only(_doctor._model).state == "missing"


@pytest.mark.parametrize(("left", "state"), [(200_000_000, "note"), (2_000_000_000, "ok")])
def test_little_memory_is_worth_a_note(monkeypatch: pytest.MonkeyPatch, left: int, state: str) -> None:
    monkeypatch.setattr(_doctor, "memory", lambda: Memory(4_000_000_000, left, "container"))
    finding = only(_doctor._memory_left)
    assert finding.state == state
    assert f"{left / 1e9:.1f} of 4.0 GB left on this container" in finding.message


def test_memory_that_is_not_known_says_what_would_know_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor, "memory", lambda: None)
    finding = only(_doctor._memory_left)
    assert finding.state == "note" and "psutil" in finding.message
    assert finding.next == 'pip install "psutil"'


@pytest.mark.parametrize(
    ("requirement", "said"),
    [("no-such-package>=1", "no-such-package is absent"), ("pytest>=999", "labkit needs >=999")],
)
def test_a_package_out_of_its_bounds_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, requirement: str, said: str
) -> None:
    monkeypatch.setattr(_doctor.metadata, "requires", lambda _: [requirement, "ruff>=999; extra == 'dev'"])
    finding = only(_doctor._packages)
    assert finding.state == "missing"
    assert said in finding.message
    assert finding.next == f'pip install "{requirement}"'


def test_a_plugin_that_jupyterlab_does_not_find_is_missed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *_: [str(tmp_path)])
    assert only(_doctor._plugin).state == "missing"
    (tmp_path / "labkit").mkdir()
    build = {"jupyterlab": {"_build": {"load": "static/entry.js"}}}
    (tmp_path / "labkit/package.json").write_text(json.dumps(build))
    assert "entry.js is absent" in only(_doctor._plugin).message


def test_an_nbval_that_was_not_tested_is_worth_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_doctor, "version_or_none", lambda _: "0.99")
    tested = f'pip install "nbval{_doctor._pinned("nbval")}"'
    assert only(_doctor._nbval).next == tested
    monkeypatch.setattr(_doctor, "version_or_none", lambda _: None)
    assert only(_doctor._nbval).next == tested


def test_a_check_that_breaks_is_a_finding_and_not_the_end_of_the_report() -> None:
    def _broken() -> Iterator[Finding]:
        yield Finding("x", "ok", "first")
        raise KeyError("boom")

    first, second = _doctor._guarded(_broken)
    assert first.state == "ok"
    assert (second.about, second.state, second.message) == ("broken", "missing", "KeyError: 'boom'")


def test_the_report_counts_what_is_missing_and_reads_as_json() -> None:
    findings = [Finding("a", "ok", "fine"), Finding("bb", "missing", "gone", "get it")]
    text = _doctor.as_text(findings)
    assert text.endswith("ok    a   fine\n  MISS  bb  gone\n            Next: get it\n1 of 2 checks failed.")
    assert json.loads(_doctor.as_json(findings))["findings"][1]["next"] == "get it"
