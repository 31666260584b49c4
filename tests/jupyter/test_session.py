"""What the side panel requests: the state of a session, Stop and unload, also while a cell runs."""

from __future__ import annotations

import gc
import json
import time
import weakref
from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any

import pytest

import labkit
from labkit import LabkitError
from labkit._host import session as tables
from labkit.jupyter import session
from labkit.models import LocalModel
from labkit.views.core.saved import read_payload

PROMPT = "Using 3, 5 and 9, make 24."
# What the plugin evaluates: labkit is not imported for it.
LISTEN = (
    '__import__("labkit.jupyter.session_channel", fromlist=["listen"]).listen() '
    'if "labkit" in __import__("sys").modules else None'
)


@pytest.fixture
def model() -> LocalModel:
    return labkit.load("r1-nano").local()


def row(model: Any) -> Any:
    """The row of a model."""
    (number,) = (n for n, m in tables.MODELS.items() if m is model)
    return next(r for r in session.state().models if r.number == number)


def act(action: str, number: int | None = None) -> Any:
    """The answer to a request of the front end, as it crosses the wire."""
    return json.loads(session.reply(action, number).model_dump_json())


def test_a_model_is_listed_with_the_bytes_of_its_weights(model: LocalModel) -> None:
    listed = row(model)
    assert (listed.name, listed.precision, listed.device) == ("r1-nano", "float32", "cpu")
    assert listed.weights >= 4 * model.network.num_parameters()
    assert listed.reloadable and listed.hint == "" and listed.cache == 0


def test_results_are_listed_with_their_verdicts_until_they_are_freed(model: LocalModel) -> None:
    trace = model.think(labkit.tasks.countdown.problems(1, seed=3)[0], max_new_tokens=40)
    group = model.sample(PROMPT, n=3, max_new_tokens=8)
    listed = {id(tables.RESULTS.get(r.number)): r for r in session.state().results}
    thought, rollouts = listed[id(trace)], listed[id(group)]
    assert (thought.kind, thought.rollouts, thought.tokens) == ("thought", 1, len(trace))
    assert (rollouts.kind, rollouts.rollouts, rollouts.model) == ("group", 3, "r1-nano")
    assert (rollouts.right, rollouts.judged, rollouts.prompt) == (0, 3, PROMPT)
    assert thought.judged == 1
    del trace, group
    gc.collect()
    assert not {thought.number, rollouts.number} & {r.number for r in session.state().results}


def test_a_hostile_prompt_is_listed_as_harmless_text() -> None:
    trace = labkit.Trace.from_text("\x1b]0;title\x07<img src=x>\ud800\n\nmore " + "x" * 900, "text")
    tables.RESULTS.add(trace)
    listed = session.state().results[-1]
    assert listed.prompt.startswith("<img src=x>\ufffd more xxx") and len(listed.prompt) == 200
    assert act("view", listed.number)["trace"].isascii(), "the file escapes half a surrogate pair"


def test_a_trace_is_sent_as_its_file(model: LocalModel) -> None:
    trace = model.think(PROMPT, max_new_tokens=8)
    (number,) = (n for n, r in tables.RESULTS.items() if r is trace)
    answer = act("view", number)
    assert answer["title"] == "r1-nano" and answer["payload"] is None
    assert labkit.Trace.model_validate_json(answer["trace"]) == trace
    assert "not in memory" in act("view", 10**9)["message"]


def test_a_group_is_sent_as_the_data_of_its_reward_view(model: LocalModel) -> None:
    group = model.sample(PROMPT, n=3, max_new_tokens=8)
    (number,) = (n for n, r in tables.RESULTS.items() if r is group)
    answer = act("view", number)
    assert answer["trace"] == "" and answer["payload"]["kind"] == "reward"
    data = read_payload(answer["payload"])
    assert data is not None and len(data["answers"]) == 3, "each rollout can be opened"


def test_stop_ends_a_generation_in_another_thread_and_keeps_its_tokens(model: LocalModel) -> None:
    done: list[labkit.TraceGroup] = []
    worker = Thread(target=lambda: done.append(model.sample(PROMPT, n=400, temperature=2.0, seed=4)))
    worker.start()
    while not (running := session.state().computations) or not running[0].tokens:
        time.sleep(0.01)
    assert (running[0].kind, running[0].model, running[0].total) == ("rollouts", "r1-nano", 400)
    assert row(model).cache > 0
    assert act("stop", running[0].number)["count"] == 1
    worker.join(60)
    assert "interrupted" in {trace.finish for trace in done[0]} and sum(map(len, done[0]))
    assert session.state().computations == [] and session.state().speed
    assert act("stop")["count"] == 0


def test_unloading_frees_the_weights_and_the_model_says_how_to_load_it(model: LocalModel) -> None:
    trace = model.think(PROMPT, max_new_tokens=30)
    labkit.inside.fork(trace, at=5, n=2, max_new_tokens=5)  # fills the KV cache that is kept for forks
    listed = row(model)
    assert listed.cache > 0
    weights = weakref.ref(model.network)
    answer = act("unload", listed.number)
    assert answer["count"] == 1 and answer["next"] == 'model = labkit.load("r1-nano")'
    assert answer["message"].startswith("r1-nano is unloaded: its weights took ")
    assert weights() is None, "no cache holds the network"
    assert listed.number not in {r.number for r in session.state().models}
    assert repr(model) == "Model(r1-nano: unloaded)"
    with pytest.raises(LabkitError, match="was unloaded") as caught:
        model.think(PROMPT)
    assert caught.value.next == 'model = labkit.load("r1-nano")'
    assert act("unload", listed.number)["count"] == 0
    assert trace.text, "the traces stay"


def test_the_line_that_loads_a_model_again_has_its_arguments() -> None:
    model = labkit.load("r1-nano", dtype="bfloat16", device="cpu").local()
    assert model.load_line == 'model = labkit.load("r1-nano", dtype="bfloat16", device="cpu")'


def test_weights_that_are_in_no_file_are_not_unloaded(model: LocalModel) -> None:
    trainer = labkit.training.make_trainer(
        model, held_out=1, samples=1, problems=1, group=2, max_new_tokens=8
    )
    copy = row(trainer.model)
    assert not copy.reloadable and 'run.save("my-run")' in copy.hint
    assert "would be lost" in act("unload", copy.number)["message"]
    import torch

    with torch.no_grad():
        next(model.network.parameters()).add_(1.0)
    assert "were changed" in act("unload", row(model).number)["message"]
    assert model.is_loaded and trainer.model.is_loaded


def test_training_is_listed_with_its_steps_and_stop_ends_it(model: LocalModel) -> None:
    runs: list[Any] = []
    settings: dict[str, Any] = {"held_out": 2, "samples": 1, "problems": 2, "group": 2, "max_new_tokens": 60}
    worker = Thread(target=lambda: runs.append(labkit.training.grpo(model, steps=50, **settings)))
    worker.start()
    while not (running := session.state().computations) or not running[0].phase:
        time.sleep(0.01)
    assert (running[0].kind, running[0].total, running[0].tokens) == ("training", 50, None)
    assert running[0].phase in {"sampling", "learning", "judging"}
    act("stop", running[0].number)
    worker.join(60)
    assert runs[0].status == "stopped" and len(runs[0]) < 50


# -- a real kernel ---------------------------------------------------------------------------------------


class Kernel:
    """A kernel and what the plugin sends to it."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.states: list[dict[str, Any]] = []
        self.answers: dict[int, dict[str, Any]] = {}
        self.replies: dict[str, dict[str, Any]] = {}
        self.printed = ""

    def execute(self, code: str) -> dict[str, Any]:
        """Runs a cell to its end."""
        return self.finish(self.start(code))

    def start(self, code: str) -> str:
        """Starts a cell."""
        return str(self.client.execute(code))

    def finish(self, sent: str) -> dict[str, Any]:
        """Waits for the reply to a message of the shell channel."""
        while sent not in self.replies:
            reply = self.client.get_shell_msg(timeout=60)
            self.replies[reply["parent_header"]["msg_id"]] = reply["content"]
        return self.replies[sent]

    def listen(self) -> str:
        """What the plugin evaluates after a cell: `"True"` in a kernel that has imported labkit."""
        sent = self.client.execute("", silent=True, store_history=False, user_expressions={"it": LISTEN})
        return str(self.finish(sent)["user_expressions"]["it"]["data"]["text/plain"])

    def subshell(self) -> str:
        """A new subshell."""
        self.client.control_channel.send(self.client.session.msg("create_subshell_request", {}))
        return str(self.client.get_control_msg(timeout=20)["content"]["subshell_id"])

    def send(self, kind: str, content: dict[str, Any], subshell: str | None = None) -> None:
        """Sends a message of a comm."""
        message = self.client.session.msg(kind, {"comm_id": "panel", "data": {}, **content})
        message["header"]["subshell_id"] = subshell
        self.client.shell_channel.send(message)

    def act(self, action: str, number: int | None = None, subshell: str | None = None) -> Any:
        """Sends a request and waits for its answer."""
        id = len(self.answers)
        self.send("comm_msg", {"data": {"id": id, "action": action, "number": number}}, subshell)
        self.read(lambda: id in self.answers)
        return self.answers[id]

    def read(self, until: Callable[[], object]) -> None:
        """Reads what the kernel sends until something is true."""
        while not until():
            message = self.client.get_iopub_msg(timeout=60)
            if message["msg_type"] == "stream":
                self.printed += message["content"]["text"]
            data = message["content"].get("data", {}) if message["msg_type"] == "comm_msg" else {}
            if "state" in data:
                self.states.append(data["state"])
            if "answer" in data:
                self.answers[data["id"]] = data["answer"]


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel()
    try:
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.slow
def test_a_kernel_sends_its_state_and_obeys_in_a_subshell_while_a_cell_generates(kernel: Kernel) -> None:
    assert kernel.listen() == "None", "a kernel without labkit"
    kernel.execute("import labkit; model = labkit.load('r1-nano')")
    assert kernel.listen() == "True" == kernel.listen()
    kernel.send("comm_open", {"target_name": "labkit.session"})
    kernel.read(lambda: kernel.states)
    (listed,) = kernel.states[-1]["models"]
    assert listed["variable"] == "model" and kernel.states[-1]["memory"]["used"] > listed["weights"] > 0

    cell = kernel.execute(f"first = model.think({PROMPT!r}, max_new_tokens=5, show=False)")
    kernel.read(lambda: kernel.states[-1]["results"])  # sent after the cell, without a request
    assert [r["variable"] for r in kernel.states[-1]["results"]] == ["first"] and kernel.states[-1][
        "speed"
    ] > 0

    features = kernel.client.kernel_info(reply=True, timeout=20)["content"].get("supported_features", [])
    if "kernel subshells" not in features:
        pytest.skip("this ipykernel has no subshells")
    shell = kernel.subshell()
    running = kernel.start(f"t = [model.think({PROMPT!r}, show=False, seed=s) for s in range(4000)]")
    kernel.read(lambda: any((c["tokens"] or 0) > 50 for c in kernel.states[-1]["computations"]))
    while not kernel.act("stop", subshell=shell)["count"]:
        pass  # the request came between two thoughts
    assert running not in kernel.replies
    answer = kernel.act("unload", listed["number"], shell)
    assert answer["next"] == 'model = labkit.load("r1-nano")'
    assert kernel.act("state", subshell=shell)["models"] == []
    ended = kernel.finish(running)
    assert ended["evalue"].startswith("r1-nano was unloaded.")
    assert ended["execution_count"] == cell["execution_count"] + 1, "no request counts as a cell"
    assert "has no action" in kernel.act("eval")["message"]
    kernel.send("comm_close", {})
    kernel.start("print('closed')")  # a state from before the end of the panel may still be under way
    kernel.read(lambda: kernel.printed.endswith("closed\n"))
    count = len(kernel.states)
    kernel.start("print('end')")
    kernel.read(lambda: kernel.printed.endswith("end\n"))
    assert len(kernel.states) == count, "a closed panel receives nothing"
