"""What Windows and macOS lack or do otherwise, as far as another system can show it.

`mypy --platform win32` (`.ci/run`) finds what a module of the standard library lacks there, and
`.github/workflows/ci.yml` runs the quick tests on the systems themselves.
"""

from __future__ import annotations

import ast
import ctypes
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from safetensors.torch import load_file

import labkit
from labkit import cli
from labkit._host import atomic_folder, atomic_write, bounded_child, paths, rename, scratch
from labkit.errors import LabkitError
from labkit.models.capture.disk_spill import TENSOR
from labkit.serve import run as serve

from .lacking import NOT_ON_WINDOWS, ROOT, SIGNALS, run

STRANGE = ("日本", "<think>é\n\nWait, 日.</think>→")
SMALL = "Using 3, 5 and 9, make 24."


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """labkit takes this system for Windows."""
    for module in (atomic_folder, atomic_write, paths, rename, cli):
        monkeypatch.setattr(module, "WINDOWS", True)


# -- modules ---------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_without_the_modules_of_posix_everything_imports_a_worker_answers_and_r1_mini_thinks(
    tmp_path: Path,
) -> None:
    code = f"""if True:
        import importlib, pathlib, pkgutil, labkit
        names = [m.name for m in pkgutil.walk_packages(labkit.__path__, "labkit.") if not m.name.endswith("__main__")]
        for name in names:
            importlib.import_module(name)
        print(len(names) > 150)
        from labkit._host import bounded_child
        from labkit._host.bounded_worker import worker
        assert bounded_child.resource is None
        question = {{"template": "{{{{ 1 + 1 }}}}", "messages": [], "variables": {{}}}}
        print(worker.ask("chat_template", question, seconds=5)["text"])
        trace = labkit.load().think({SMALL!r}, seed=0)
        saved = trace.save(pathlib.Path({str(tmp_path)!r}) / "a")
        print(labkit.Trace.load(saved) == trace, trace.finish, saved.name)
    """
    out = run(code, tmp_path, absent=NOT_ON_WINDOWS, signals=SIGNALS)
    assert out.split() == ["True", "2", "True", "stop", "a.trace.json"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.trace.json", "sitecustomize.py"]


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("{{ 'a' * 10 ** 10 }}", "memory"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "time"),
    ],
)
def test_where_the_system_sets_no_limits_the_parent_ends_what_outruns_a_bound(
    tmp_path: Path, template: str, kind: str
) -> None:
    pytest.importorskip("psutil")
    code = f"""if True:
        from labkit._host import bounded_worker
        bounded_worker.SLACK_SECONDS = 1.0 if {kind!r} == "time" else 20.0
        def ask(template):
            question = {{"template": template, "messages": [], "variables": {{}}}}
            return bounded_worker.worker.ask("chat_template", question, seconds=0.2)["text"]
        ask("first")
        try:
            ask({template!r})
        except bounded_worker.JobError as error:
            print(error.kind, ask("next"))
    """
    assert run(code, tmp_path, absent=NOT_ON_WINDOWS, signals=SIGNALS).split() == [kind, "next"]


# -- files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["aux.trace.json", "NUL", "com1.x.json", "ab:c.trace.json", "what?", "end.", "a\n"]
)
@pytest.mark.usefixtures("windows")
def test_a_name_that_windows_does_not_take_is_refused_and_another_is_advised(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(LabkitError, match="not every name") as caught:
        atomic_write.write_text(tmp_path / name, "x", retry_hint="{}")
    assert list(tmp_path.iterdir()) == []
    other = Path(caught.value.next.strip('"'))
    assert other.name == "my.trace.json" and paths.fits_windows(other.name)


@pytest.mark.parametrize(
    "name", ["auxiliary.trace.json", "con-1.json", ".hidden", "日本.trace.json", "a b", ".", ".."]
)
def test_a_name_that_only_resembles_a_device_is_taken(name: str) -> None:
    assert paths.fits_windows(name)


@pytest.mark.usefixtures("windows")
def test_a_file_that_a_virus_scanner_holds_for_a_moment_is_replaced_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, held = os.replace, [PermissionError(13, "in use")] * 3

    def replace(old: Path, new: Path) -> None:
        if held:
            raise held.pop()
        real(old, new)

    monkeypatch.setattr(os, "replace", replace)
    atomic_write.write_text(tmp_path / "a", "new")
    assert (tmp_path / "a").read_text("utf-8") == "new" and not held

    held += [PermissionError(13, "in use")] * 100
    monkeypatch.setattr(rename, "PATIENCE", 0.1)
    with pytest.raises(LabkitError, match="a program has it open"):
        atomic_write.write_text(tmp_path / "a", "newer")
    assert (tmp_path / "a").read_text("utf-8") == "new" and os.listdir(tmp_path) == ["a"]


@pytest.mark.skipif(os.name != "posix", reason="Windows has the real lock")
def test_the_lock_of_windows_tells_a_living_call_from_a_dead_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def locking(file: int, mode: int, count: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(locking=locking, LK_NBLCK=2))  # type: ignore[arg-type]
    monkeypatch.setattr(scratch, "sys", SimpleNamespace(platform="win32"))
    room, lock = scratch.claim(tmp_path / "a")
    scratch.clear(tmp_path)
    assert room.exists()
    os.close(lock)
    scratch.clear(tmp_path)
    assert not room.exists()


def test_the_name_of_a_scratch_folder_is_one_of_whole_letters(tmp_path: Path) -> None:
    with scratch.scratch(tmp_path / ("日本語" * 20)) as room:
        assert room.name.isprintable() and len(room.name.encode()) < 80
        assert "日" in room.name


@pytest.mark.skipif(os.name != "posix", reason="the mark of a folder is set otherwise there")
def test_the_mark_of_a_folder_forbids_nothing_on_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = atomic_folder.Kind(
        "box", ("box.txt",), lambda folder: (folder / "box.txt").exists(), "box.save({})"
    )
    (tmp_path / "box").mkdir()
    (tmp_path / "box/box.txt").touch()
    (tmp_path / "box").chmod(0o555)
    with pytest.raises(LabkitError, match="box is read-only"):
        atomic_folder.require(tmp_path / "box", kind)
    monkeypatch.setattr(atomic_folder, "WINDOWS", True)
    atomic_folder.require(tmp_path / "box", kind)
    (tmp_path / "box/box.txt").chmod(0o444)
    with pytest.raises(LabkitError, match=r"box\.txt is read-only"):
        atomic_folder.require(tmp_path / "box", kind)


def test_a_number_of_the_system_is_read_as_one_of_windows_there(monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(28, "There is not enough space on the disk")
    monkeypatch.setattr(ctypes, "WinError", {112: full}.__getitem__, raising=False)
    monkeypatch.setattr(atomic_write, "sys", SimpleNamespace(platform="win32"))
    with pytest.raises(OSError, match="not enough space"), atomic_write.system_errors():
        raise Exception("I/O error: There is not enough space on the disk. (os error 112)")


@pytest.mark.slow
def test_a_capture_in_a_file_that_windows_does_not_shorten_is_one_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mapped(path: Path, length: int) -> None:
        raise OSError(22, "the file is mapped")

    monkeypatch.setattr(os, "truncate", mapped)
    capture = labkit.inside.Capture(ceiling=1, folder=tmp_path)
    trace = labkit.load().think(SMALL, seed=0, capture=capture)
    (file,) = tmp_path.rglob("*.safetensors")
    held = load_file(file)
    assert held[TENSOR].shape[0] == trace.inside.count
    assert held["unused"].numel() > 0


def test_every_name_in_the_repository_is_one_that_windows_and_macos_take() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    if listed.returncode:
        pytest.skip("not a git clone")
    names = listed.stdout.rstrip("\0").split("\0")
    assert [n for n in names if not all(map(paths.fits_windows, n.split("/"))) or len(n) > 120] == []
    assert len({n.casefold() for n in names}) == len(names), "two names differ by capitals alone"
    attributes = (ROOT / ".gitattributes").read_text("utf-8")
    assert "* text=auto eol=lf" in attributes, (
        "git for Windows would change line breaks, and with them every sum"
    )


MODULES = [p for p in sorted((ROOT / "labkit").rglob("*.py")) if "frontend" not in p.parts]


def careless(code: str) -> list[int]:
    """Lines that write a text whose line breaks, or read or write one whose encoding, would be those of the system."""
    found = []
    for call in (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        given = {keyword.arg for keyword in call.keywords}
        literals = [arg.value for arg in call.args if isinstance(arg, ast.Constant)]
        is_method = isinstance(call.func, ast.Attribute)
        mode = next((m for m in literals if isinstance(m, str) and re.fullmatch("[rwax]b?[+]?b?", m)), "r")
        is_open = name == "open" and (not is_method or not literals or mode in literals)
        is_text = (
            is_open
            and "b" not in mode
            and "O_" not in ast.unparse(call)
            and ast.unparse(call.func) != "io.open"
        )
        if (is_method and name == "write_text" and "newline" not in given) or (
            is_text and mode[0] in "wax" and "newline" not in given
        ):
            found.append(call.lineno)
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_text_is_written_with_the_same_bytes_on_every_system(path: Path) -> None:
    assert careless(path.read_text("utf-8")) == []


def test_a_text_with_the_line_breaks_of_the_system_would_be_noticed() -> None:
    assert careless('p.write_text("a", "utf-8")\nopen(p, "w", encoding="utf-8")\np.open("a")') == [1, 2, 3]
    assert (
        careless('p.write_text("a", "utf-8", newline="\\n")\nopen(p)\np.open("ab")\nwrite_text(p, "a")') == []
    )


# -- text ------------------------------------------------------------------------------------------------


def test_a_terminal_of_256_signs_shows_the_others_as_question_marks(tmp_path: Path) -> None:
    code = """if True:
        from labkit import cli, LabkitError
        @cli.command()
        def show(args):
            "Shows."
            print("├── 日本 é")
            raise LabkitError("日本.", why="─.", next="→")
        print(cli.main(["show"]))
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=False, cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.decode("cp1252").split() == ["???", "??", "é", "1"]
    assert done.stderr.decode("cp1252").splitlines()[0] == "??."


@pytest.mark.slow
def test_no_file_is_read_or_written_in_the_encoding_of_the_system(tmp_path: Path) -> None:
    code = f"""if True:
        import locale, pathlib, warnings
        warnings.filterwarnings("error", category=EncodingWarning, module="labkit")
        import labkit
        assert locale.getpreferredencoding(False) != "utf-8", locale.getpreferredencoding(False)
        folder = pathlib.Path({str(tmp_path)!r})
        model = labkit.load()
        trace = labkit.Trace.from_text(*{STRANGE!a})
        assert labkit.Trace.load(trace.save(folder / "a")) == trace
        labkit.TokenView(trace)._repr_mimebundle_()
        group = model.sample("Using 3, 5 and 9, make 24.", n=2, seed=0)
        labkit.RewardView(group)._repr_mimebundle_()
        print(labkit.catalog().as_text() != "")
    """
    system = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONWARNDEFAULTENCODING": "1"}
    assert run(code, tmp_path, absent=(), **system) == "True\n"


# -- lines to type ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("windows")
def test_a_line_to_type_has_the_quotes_of_windows_there() -> None:
    assert paths.quoted("D:/a stick/nano") == '"D:/a stick/nano"'
    assert paths.quoted("http://192.168.1.20:8000/") == "http://192.168.1.20:8000/"


@pytest.mark.parametrize(("windows", "status"), [(True, 0), (False, 1)])
def test_a_pipe_that_has_ended_is_no_traceback_where_the_system_calls_it_an_invalid_argument(
    windows: bool, status: int
) -> None:
    code = f"""if True:
        import sys
        from labkit import cli
        cli.WINDOWS = {windows}
        @cli.command()
        def fail(args):
            "Fails."
            raise OSError(22, "Invalid argument")
        sys.exit(cli.main(["fail"]))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=False)
    assert done.returncode == status and bool(done.stderr) == bool(status)


# -- the network -----------------------------------------------------------------------------------------


def test_a_port_is_taken_for_this_server_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # On Windows SO_REUSEADDR would let two servers listen at one port. Another option stands for theirs here.
    monkeypatch.setattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_KEEPALIVE, raising=False)
    with serve.bind("127.0.0.1", 0) as listener:
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert not listener.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR)
        with pytest.raises(LabkitError, match="cannot listen"):
            serve.bind("127.0.0.1", listener.getsockname()[1])


def test_where_the_system_limits_no_open_files_there_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resource", None)
    assert serve.most_files() is None


def test_the_limit_of_memory_is_the_systems_own_only_where_it_keeps_to_it() -> None:
    assert (sys.platform == "linux") == bounded_child.HAS_LIMIT_OF_MEMORY
