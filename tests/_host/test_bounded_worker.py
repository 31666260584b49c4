"""One bounded process judges what a model wrote: bounded in time, memory and length, and never one answer late."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labkit._host import bounded_child, bounded_worker
from labkit._host.bounded_worker import BoundedWorker, JobError
from labkit.errors import LabkitError

# Two tuples of tuples are compared 2^40 times, without a look at signals.
TUPLES = (
    "{% set n = namespace(a=1, b=1) %}{% for i in range(40) %}{% set n.a = (n.a, n.a) %}"
    "{% set n.b = (n.b, n.b) %}{% endfor %}{{ n.a == n.b }}"
)
posix = pytest.mark.skipif(os.name != "posix", reason="needs signals")


@pytest.fixture
def worker() -> Iterator[BoundedWorker]:
    """A process of the test's own."""
    made = BoundedWorker()
    yield made
    made.end()


def rendered(worker: BoundedWorker, template: str, seconds: float = 1.0) -> str:
    question = {"template": template, "messages": [], "variables": {}}
    return str(worker.ask("chat_template", question, seconds=seconds)["text"])


def pid(worker: BoundedWorker) -> int:
    assert worker._process is not None
    return worker._process.pid


def test_the_process_is_started_once_and_used_again(worker: BoundedWorker) -> None:
    assert rendered(worker, "{{ 1 + 1 }}") == "2"
    first = pid(worker)
    assert rendered(worker, "{{ 2 + 2 }}") == "4"
    assert pid(worker) == first


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "time"),
        ("{{ 'a' * 10 ** 10 }}", "memory"),
        ("{{ 'a' * 9000000 }}", "length"),
        ("{{ range(10 ** 9) }}", "failed"),
        ("{{ 1 / 0 }}", "failed"),
        ("{{ 1 + 'a' }}", "failed"),
        ("{{ " + "[" * 500 + "]" * 500 + " }}", "failed"),
        ("{{ " + "(" * 50_000, "failed"),
    ],
)
def test_a_question_that_outruns_a_bound_says_which_and_the_next_is_answered(
    worker: BoundedWorker, template: str, kind: str
) -> None:
    with pytest.raises(JobError) as caught:
        rendered(worker, template, seconds=0.3)
    assert caught.value.kind == kind
    assert caught.value.why
    assert rendered(worker, "{{ 2 + 2 }}") == "4"


@pytest.mark.slow
@posix
def test_what_never_comes_back_to_python_is_ended_by_the_system(worker: BoundedWorker) -> None:
    rendered(worker, "a")
    first = pid(worker)
    with pytest.raises(JobError) as caught:
        rendered(worker, TUPLES, seconds=0.3)
    assert caught.value.kind == "time"
    assert rendered(worker, "{{ 2 + 2 }}") == "4"
    assert pid(worker) != first


def test_a_question_of_many_megabytes_is_not_asked(worker: BoundedWorker) -> None:
    with pytest.raises(JobError) as caught:
        rendered(worker, "a" * (bounded_child.MAX_LINE + 1))
    assert caught.value.kind == "length"


def test_a_question_that_is_no_json_is_not_asked(worker: BoundedWorker) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    for strange in (deep, object(), {1: 2, "a": {3j: 4}}):
        with pytest.raises(JobError) as caught:
            worker.ask("chat_template", {"variables": strange}, seconds=1)
        assert caught.value.kind == "failed"


@posix
def test_a_process_that_another_program_ends_is_started_again(worker: BoundedWorker) -> None:
    rendered(worker, "a")
    for _ in range(3):
        os.kill(pid(worker), signal.SIGKILL)
        assert rendered(worker, "{{ 2 + 2 }}") == "4"


@posix
def test_a_question_during_which_the_process_is_ended_is_asked_once_more(worker: BoundedWorker) -> None:
    rendered(worker, "a")
    busy = "{% for a in range(99999) %}{% for b in range(6) %}{% endfor %}{% endfor %}done"
    killer = threading.Timer(0.05, os.kill, (pid(worker), signal.SIGKILL))
    killer.start()
    assert rendered(worker, busy, seconds=10) == "done"
    killer.join()


@posix
def test_a_process_that_stands_still_is_ended_by_the_clock(
    worker: BoundedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered(worker, "a")
    monkeypatch.setattr(bounded_worker, "CLOCK_SECONDS", 0.5)
    os.kill(pid(worker), signal.SIGSTOP)
    with pytest.raises(JobError) as caught:
        rendered(worker, "a" * 1_000_000)  # more than the pipe holds
    assert caught.value.kind == "time"
    monkeypatch.undo()
    assert rendered(worker, "{{ 2 + 2 }}") == "4"


@posix
def test_after_an_interrupt_the_next_answer_is_that_of_the_next_question() -> None:
    code = """if True:
        import os, signal, threading
        from labkit._host.bounded_worker import worker
        def ask(template):
            return worker.ask("chat_template", {"template": template, "messages": [], "variables": {}}, seconds=20)
        ask("a")
        for _ in range(5):
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
            try:
                ask("{% for a in range(99999) %}{% for b in range(99) %}{% endfor %}{% endfor %}late")
                print("no interrupt")
            except KeyboardInterrupt:
                print(ask("next")["text"])
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=200, check=False
    )
    assert done.stdout.split() == ["next"] * 5, done.stderr


@posix
def test_an_interrupt_of_the_terminal_does_not_reach_the_process(worker: BoundedWorker) -> None:
    rendered(worker, "a")
    assert os.getpgid(pid(worker)) != os.getpgid(0)
    os.kill(pid(worker), signal.SIGINT)
    first = pid(worker)
    assert rendered(worker, "{{ 2 + 2 }}") == "4"
    assert pid(worker) == first


def test_sixteen_threads_each_get_their_own_answer(worker: BoundedWorker) -> None:
    def ask(n: int) -> bool:
        return all(rendered(worker, f"{n}-{i}") == f"{n}-{i}" for i in range(20))

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(16)))


@posix
def test_a_forked_copy_has_a_process_of_its_own() -> None:
    code = """if True:
        import os
        from labkit._host.bounded_worker import worker
        def ask(text):
            return worker.ask("chat_template", {"template": text, "messages": [], "variables": {}}, seconds=1)["text"]
        ask("a")
        mine = worker._process.pid
        copy = os.fork()
        wrong = [i for i in range(100) if ask(f"{copy and 1} {i}") != f"{copy and 1} {i}"]
        assert not wrong, wrong
        if not copy:
            assert worker._process.pid != mine
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) == 0
        assert ask("still") == "still" and worker._process.pid == mine
        print("both")
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout.strip() == "both", done.stderr


@posix
@pytest.mark.parametrize("way", ["os._exit(0)", "os.kill(os.getpid(), 9)", "pass"])
def test_the_process_ends_with_its_parent_even_in_the_middle_of_a_question(way: str) -> None:
    code = f"""if True:
        import os, threading, time
        from labkit._host.bounded_worker import worker
        def ask(text, seconds=1):
            worker.ask("chat_template", {{"template": text, "messages": [], "variables": {{}}}}, seconds=seconds)
        ask("a")
        print(worker._process.pid, flush=True)
        endless = "{{% for a in range(99999) %}}{{% for b in range(99999) %}}{{% endfor %}}{{% endfor %}}"
        threading.Thread(target=ask, args=(endless, 0.5), daemon=True).start()
        time.sleep(0.1)
        {way}
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    child = int(done.stdout)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{child}/stat").exists() and ") Z " in Path(f"/proc/{child}/stat").read_text():
            return  # ended, and not yet waited for by the system
        time.sleep(0.1)
    pytest.fail("the process outlives its parent")


def test_the_process_inherits_no_key_and_no_folder_of_modules(
    worker: BoundedWorker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "jinja2.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "a secret")
    assert "a secret" not in str(bounded_worker._environment())
    assert rendered(worker, "{{ 2 + 2 }}") == "4"


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_process_has_none_of_our_open_files(worker: BoundedWorker, tmp_path: Path) -> None:
    with (tmp_path / "precious").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        rendered(worker, "a")
        held = {os.readlink(link) for link in Path(f"/proc/{pid(worker)}/fd").iterdir()}
    assert not any("precious" in name for name in held)
    environment = Path(f"/proc/{pid(worker)}/environ").read_bytes().split(b"\0")
    assert {pair.split(b"=")[0].decode() for pair in environment if pair} <= {
        *bounded_worker.PASSED_ON, "PYTHONPATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LC_CTYPE",
    }  # fmt: skip


def test_an_unknown_job_is_refused(worker: BoundedWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(bounded_worker.PACKAGES, "os", "os")
    with pytest.raises(LabkitError, match="no job 'os'"):
        worker.ask("os", {}, seconds=1)
