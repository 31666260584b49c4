"""A served folder comes whole or not at all, from a real server: Python's own, and one whose line breaks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import HTTPServer, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from filelock import FileLock

import labkit
from labkit import LabkitError
from labkit.cli import main
from labkit.models.checkpoints import checksums
from labkit.models.checkpoints import download as classroom
from labkit.models.checkpoints import export as fetch


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fetch.fetch("r1-nano", tmp_path_factory.mktemp("teacher") / "nano")


class Plain(SimpleHTTPRequestHandler):
    """What `python -m http.server` runs."""

    def log_message(self, *_: Any) -> None: ...


class Breaking(Plain):
    """Knows ranges, and hangs up in the middle of the weights as often as it is told."""

    breaks = 0
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        if file.name != "model.safetensors":
            return super().do_GET()
        data, start = file.read_bytes(), 0
        if said := self.headers.get("Range"):
            start = int(said.removeprefix("bytes=").rstrip("-"))
        type(self).asked.append(said or "")
        self.send_response(206 if said else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = len(data)
        if type(self).breaks:
            type(self).breaks -= 1
            end = start + (len(data) - start) // 2
        self.wfile.write(data[start:end])
        self.close_connection = True
        return None


@pytest.fixture
def serve() -> Iterator[Any]:
    running: list[HTTPServer] = []

    def start(folder: Path, handler: type = Plain) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        running.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/"

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def test_thirty_laptops_take_it_from_one(
    stick: Path, serve: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fetch", serve(stick), str(tmp_path / "mine")]) == 0
    assert f'labkit.load("{(tmp_path / "mine").as_posix()}")' in capsys.readouterr().out
    assert {f.name: f.read_bytes() for f in (tmp_path / "mine").iterdir()} == {
        f.name: f.read_bytes() for f in stick.iterdir()
    }
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]
    assert labkit.load(tmp_path / "mine").think("Using 3, 5 and 9, make 24.", max_new_tokens=4).tokens.ids


def test_a_line_that_breaks_is_taken_up_where_it_broke(stick: Path, serve: Any, tmp_path: Path) -> None:
    class Once(Breaking):
        breaks, asked = 1, []

    fetch.fetch(serve(stick, Once), tmp_path / "mine")
    assert Once.asked[0] == "" and Once.asked[1].startswith("bytes=") and len(Once.asked) == 2
    assert all(right for _, right in checksums.check(tmp_path / "mine"))


def test_half_a_copy_waits_for_the_next_call(stick: Path, serve: Any, tmp_path: Path) -> None:
    class Often(Breaking):
        breaks, asked = classroom.ATTEMPTS, []

    url = serve(stick, Often)
    with pytest.raises(
        LabkitError,
        match=r"the connection broke[\s\S]*the received part is kept[\s\S]*asks for what is missing",
    ):
        fetch.fetch(url, tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
    fetch.fetch(url, tmp_path / "mine")
    assert Often.asked[-1].startswith("bytes=") and all(
        right for _, right in checksums.check(tmp_path / "mine")
    )


def test_a_file_that_is_here_whole_is_not_sent_again(stick: Path, serve: Any, tmp_path: Path) -> None:
    asked: list[str] = []

    class Noting(Plain):
        def do_GET(self) -> None:
            asked.append(self.path)
            super().do_GET()

    half = tmp_path / ".mine.half"
    half.mkdir()
    (half / "model.safetensors").write_bytes((stick / "model.safetensors").read_bytes())
    (half / "config.json").write_bytes((stick / "config.json").read_bytes()[::-1])  # of the right size only
    fetch.fetch(serve(stick, Noting), tmp_path / "mine")
    assert "/config.json" in asked and "/model.safetensors" not in asked
    assert all(right for _, right in checksums.check(tmp_path / "mine"))


def test_half_a_copy_of_another_model_is_not_mixed_in_and_other_files_are_left_alone(
    stick: Path, serve: Any, tmp_path: Path
) -> None:
    half = tmp_path / ".mine.half"
    half.mkdir()
    (half / "model-00001-of-00002.safetensors").write_bytes(b"of another model")
    fetch.fetch(serve(stick), tmp_path / "mine")
    assert {f.name for f in (tmp_path / "mine").iterdir()} == {f.name for f in stick.iterdir()}
    (tmp_path / ".yours.half").mkdir()
    (tmp_path / ".yours.half/thesis.txt").write_text("precious")
    with pytest.raises(LabkitError, match=r"is not half a copy of a model: it holds thesis\.txt"):
        fetch.fetch(serve(stick), tmp_path / "yours")
    assert (tmp_path / ".yours.half/thesis.txt").read_text() == "precious"


def test_what_comes_otherwise_than_its_sum_is_not_kept(stick: Path, serve: Any, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for file in stick.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    (other / "config.json").write_text("{}")
    with pytest.raises(LabkitError, match=r"config\.json arrived damaged"):
        fetch.fetch(serve(other), tmp_path / "mine")
    assert not (tmp_path / "mine").exists() and not (tmp_path / ".mine.half/config.json").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"{'0' * 64}  pytorch_model.bin\n", r"no model is made of: pytorch_model\.bin"),
        (f"{'0' * 64}  setup.py\n", r"no model is made of: setup\.py"),
        (f"{'0' * 64}  ../../.bashrc\n", "no SHA256SUMS that can be read"),
        (f"{'0' * 64}  ..\n", "no SHA256SUMS that can be read"),
        ("<html>\n", "no SHA256SUMS that can be read"),
    ],
)
def test_sums_of_what_is_no_model_are_refused(serve: Any, tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / checksums.SUMS).write_text(line)
    with pytest.raises(LabkitError, match=said):
        fetch.fetch(serve(tmp_path / "served"), tmp_path / "mine")


def test_who_serves_nothing_is_told_how(serve: Any, tmp_path: Path) -> None:
    with pytest.raises(LabkitError, match=r"serves no SHA256SUMS[\s\S]*http\.server --directory"):
        fetch.fetch(serve(tmp_path), tmp_path / "mine")
    with pytest.raises(LabkitError, match="no server answers"):
        fetch.fetch("http://127.0.0.1:9/", tmp_path / "mine")
    with pytest.raises(LabkitError, match="is not an address"):
        fetch.fetch("http://a b:x/", tmp_path / "mine")


def test_two_at_once_do_not_write_into_each_other(stick: Path, serve: Any, tmp_path: Path) -> None:
    with (
        FileLock(tmp_path / ".mine.lock"),
        pytest.raises(LabkitError, match="being fetched already"),
    ):
        fetch.fetch(serve(stick), tmp_path / "mine")
