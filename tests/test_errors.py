from __future__ import annotations

import pickle
import socket
import traceback
from importlib.util import find_spec
from pathlib import Path

import pytest

import labkit
from labkit._host.memory import Memory
from labkit._names import WrongCallError
from labkit.errors import LabkitError
from labkit.models.runtime import memory_budget
from tests.models.chat_server import Script, serving

needs_openai = pytest.mark.skipif(find_spec("openai") is None, reason="needs the extra server")
KINDS = [
    labkit.BadArgument, labkit.FileDamaged, labkit.ModelNotFound,
    labkit.NotEnoughMemory, labkit.ServerError, labkit.Unsupported,
]  # fmt: skip

ERROR = LabkitError("No prompt.", why="a model continues text.", next='model.think("...")')


def test_an_error_says_what_happened_why_and_what_to_type_next() -> None:
    assert str(ERROR) == 'No prompt.\n  Why:  a model continues text.\n  Next: model.think("...")'
    assert (ERROR.what, ERROR.why, ERROR.next) == (
        "No prompt.",
        "a model continues text.",
        'model.think("...")',
    )


def test_its_three_parts_are_the_last_lines_of_a_traceback() -> None:
    try:
        raise ERROR
    except LabkitError as error:
        lines = traceback.format_exception(error)
    assert lines[-1].rstrip().endswith(str(ERROR))


def test_it_survives_the_way_from_another_process() -> None:
    again = pickle.loads(pickle.dumps(ERROR))
    assert (str(again), again.next) == (str(ERROR), ERROR.next)


def test_ipython_shows_the_sentence_alone() -> None:
    error = LabkitError("No prompt.", why="a model continues text.", next='model.think("...")')
    (shown,) = error._render_traceback_()
    assert shown == f"LabkitError: {error}"


def test_a_notebook_shows_one_that_was_caught_as_its_sentences() -> None:
    from IPython.lib.pretty import pretty

    assert pretty(ERROR) == f"LabkitError: {ERROR}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_notebook_shows_every_kind_as_a_labkit_error(kind: type[LabkitError]) -> None:
    from IPython.lib.pretty import pretty

    error = kind("No prompt.", why="a model continues text.", next='model.think("...")')
    assert kind.__name__ == "LabkitError"  # the field `ename` of a saved cell
    assert error._render_traceback_() == [f"LabkitError: {error}"] == [pretty(error)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_plain_traceback_names_the_kind(kind: type[LabkitError]) -> None:
    error = kind("No prompt.", why="a model continues text.", next='model.think("...")')
    (name,) = [name for name in labkit.__all__ if getattr(labkit, name) is kind]
    assert traceback.format_exception(error)[-1].startswith(f"labkit.errors.{name}: No prompt.")


@pytest.mark.parametrize("kind", [*KINDS, WrongCallError])
def test_a_kind_survives_the_way_from_another_process(kind: type[LabkitError]) -> None:
    error = kind("No prompt.", why="a model continues text.", next='model.think("...")')
    copy = pickle.loads(pickle.dumps(error))
    assert isinstance(error, type(copy)) and type(copy) in KINDS and str(copy) == str(error)


def test_a_misspelt_argument_is_a_bad_argument_and_a_type_error() -> None:
    with pytest.raises(labkit.BadArgument) as caught:
        labkit.Trace.from_text("2 + 2?", "4", famly="s1")  # type: ignore[call-arg]
    assert isinstance(caught.value, TypeError)
    with pytest.raises(labkit.BadArgument):
        labkit.tasks.countdown.problems(3, split="exam")  # type: ignore[arg-type]


@pytest.mark.parametrize("content", ['{"version": 1, "text"', "[]", '{"version": 1}'])
def test_a_broken_trace_file_is_damaged(tmp_path: Path, content: str) -> None:
    path = tmp_path / "half.trace.json"
    path.write_text(content, "utf-8")
    with pytest.raises(labkit.FileDamaged):
        labkit.Trace.load(path)


def test_an_unknown_name_is_a_model_not_found() -> None:
    with pytest.raises(labkit.ModelNotFound):
        labkit.load("r1-maxi")


def test_too_little_memory_is_not_enough_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_budget, "memory", lambda: Memory(1_000_000, 1_000, "container"))
    with pytest.raises(labkit.NotEnoughMemory):
        labkit.load("r1-mini")


@needs_openai
def test_a_dead_server_is_a_server_error() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(labkit.ServerError):
        labkit.load(f"http://127.0.0.1:{port}/v1")


@needs_openai
def test_capture_on_a_server_is_unsupported_and_no_token_a_bad_argument() -> None:
    with serving(Script([({"content": "4"}, None)])) as url:
        with pytest.raises(labkit.Unsupported):
            labkit.load(url).think("2 + 2?", capture="qk")
        with pytest.raises(labkit.BadArgument):
            labkit.load(url).think("2 + 2?", max_new_tokens=0)
