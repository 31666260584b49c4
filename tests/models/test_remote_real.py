"""Servers as they are: transformers' and, where it is installed, llama.cpp's; and addresses where none is."""

from __future__ import annotations

import http.server
import json
import logging
import math
import re
import socket
import socketserver
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit import LabkitError
from labkit.models.remote import RemoteModel, errors
from labkit.models.remote import client as address
from tests.models.chat_server import Script, serving
from tests.models.real_servers import llama_server, transformers_server
from tests.models.test_remote import PROMPT, plain

pytest.importorskip("openai", reason="needs the extra server")
SECRET = "sk-very-secret-0123456789"


@pytest.fixture(scope="module")
def real() -> Iterator[tuple[str, str]]:
    with transformers_server() as served:
        yield served


@pytest.fixture(scope="module")
def model(real: tuple[str, str]) -> RemoteModel:
    url, name = real
    found = labkit.load(url, model=name)
    assert isinstance(found, RemoteModel)
    return found


# -- transformers, with R1-mini --------------------------------------------------------------------


@pytest.mark.slow
def test_a_real_server_thinks_and_answers(model: RemoteModel) -> None:
    trace = model.think(PROMPT, max_new_tokens=400)
    assert trace.finish == "stop" and "3 * 5" in trace.thinking
    said = re.search(r"<answer>(.*?)</answer>", trace.answer)
    assert said and labkit.tasks.countdown.verify(said[1], numbers=[3, 5, 9], target=24)
    assert trace.tokens.logprobs == [] and all(math.isfinite(t) for t in trace.tokens.times)
    assert model.think(PROMPT, max_new_tokens=5).finish == "length"


@pytest.mark.slow
def test_it_writes_what_the_model_in_this_process_writes(
    model: RemoteModel, mini: labkit.models.Model
) -> None:
    there, here = model.think(PROMPT, temperature=0), mini.think(PROMPT, temperature=0)
    assert (there.text, there.thinking, there.answer) == (here.text, here.thinking, here.answer)
    assert [s.kind for s in there.steps] == [s.kind for s in here.steps]


@pytest.mark.slow
@pytest.mark.parametrize("words", ["leaving", "vs", "answer"])
def test_a_greedy_fork_over_the_server_is_the_fork_in_this_process(
    model: RemoteModel, mini: labkit.models.Model, words: str
) -> None:
    def forked(thinker: Any, put: str) -> str:
        trace = thinker.think(PROMPT, temperature=0)
        at = next(i for i, text in enumerate(trace.tokens.texts) if words in text)
        arguments = {"replace": put} if put else {}
        return str(labkit.inside.fork(trace, at, n=1, temperature=0, **arguments).rollouts[0].text)

    for put in ("", "leaving 5.\n" if words == "leaving" else ""):
        assert forked(model, put) == forked(mini, put)


@pytest.mark.slow
def test_steps_are_weighed_over_the_server(model: RemoteModel) -> None:
    trace = model.think(PROMPT, temperature=0)
    found = labkit.inside.step_importance(trace, [1], n=3)
    assert [i.name for i in found] == ["forced-answer", "resampling", "counterfactual"]
    assert found[1].shares[0] is not None and found[1].shares[0].n == 3
    fork = labkit.inside.fork(trace, step=1, replace="First 5 and 9, leaving 3.", n=2)
    assert all(r.text.startswith("First 5 and 9, leaving 3.\n") for r in fork.rollouts)


@pytest.mark.slow
def test_it_samples_and_does_not_only_take_the_likeliest(model: RemoteModel) -> None:
    group = model.sample("Using 10, 12 and 14, make 5.", n=6, temperature=1.5, max_new_tokens=120)
    assert len({trace.text for trace in group}) > 1


@pytest.mark.slow
def test_a_model_that_it_does_not_have_is_named_with_one_that_it_has(real: tuple[str, str]) -> None:
    url, name = real
    with pytest.raises(LabkitError, match=rf"has no model 'huge'[\s\S]*it has {re.escape(name)}"):
        labkit.load(url, model="huge").think(PROMPT)


@pytest.mark.slow
def test_an_address_without_v1_is_told_the_right_one(real: tuple[str, str]) -> None:
    url, _ = real
    with pytest.raises(LabkitError, match=rf'begins with /v1[\s\S]*labkit.load\("{re.escape(url)}"\)'):
        labkit.load(url.removesuffix("/v1"))


@pytest.mark.slow
def test_https_to_a_port_of_http_is_told_so(real: tuple[str, str]) -> None:
    url, _ = real
    with pytest.raises(LabkitError, match=rf'does not speak https[\s\S]*labkit.load\("{re.escape(url)}"\)'):
        labkit.load(url.replace("http:", "https:"))


# -- llama.cpp, with SmolLM2 -----------------------------------------------------------------------


@pytest.mark.slow
def test_llama_cpp_from_the_key_to_a_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    question = "What is the capital of France? Tell me three things about it."
    with llama_server(SECRET) as url:
        monkeypatch.setenv("LABKIT_API_KEY", "sk-a-wrong-one")
        with pytest.raises(LabkitError, match="does not accept the API key"):
            labkit.load(url).think(question)
        monkeypatch.setenv("LABKIT_API_KEY", SECRET)
        model = labkit.load(url)
        assert isinstance(model, RemoteModel) and model.backend == "llamacpp"
        trace = model.think(question, temperature=0, max_new_tokens=40)
        assert trace.answer and len(trace.tokens.logprobs) == len(trace) > 5
        first = trace.token(2).alternatives
        assert first[0].logprob >= first[1].logprob
        for way, without in (("its own template's text", False), ("a last message to be continued", True)):
            model.continuation_strategy = None
            if without:
                monkeypatch.setattr("labkit.models.remote.continuation.template_of_server", lambda *_: None)
                model.__dict__["template"] = None
            fork = labkit.inside.fork(trace, at=3, n=2, temperature=0, max_new_tokens=40)
            assert model.continuation_strategy is not None and model.continuation_strategy[0] == way
            assert fork.rollouts[0].text[:30] == trace.text[:30]  # its rounding differs from batch to batch
        with pytest.raises(LabkitError, match="cannot hold so many tokens"):
            model.think("word " * 3_000)
        everything = [repr(model), trace.model_dump_json(), fork.code, repr(fork), json.dumps(labkit.ForkView(trace).scene)]  # fmt: skip
        assert SECRET not in "".join(everything)


# -- where no model server is ----------------------------------------------------------------------


@contextmanager
def listening(handler: Any) -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            server.shutdown()


class Page(http.server.BaseHTTPRequestHandler):
    """A web site that has a page for every address."""

    def do_GET(self) -> None:
        body = b"<!doctype html><html><body>Welcome to the library</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


class Missing(Page):
    """One that has none."""

    def do_GET(self) -> None:
        self.send_error(404)


class Silent(socketserver.BaseRequestHandler):
    """Takes the line and says nothing."""

    def handle(self) -> None:
        self.request.recv(65_536)
        threading.Event().wait(3)


class Deaf(socketserver.BaseRequestHandler):
    """Hangs up."""

    def handle(self) -> None:
        self.request.recv(16)


@pytest.mark.parametrize("handler", [Page, Missing])
def test_a_web_site_is_no_model_server(handler: Any) -> None:
    with listening(handler) as url, pytest.raises(LabkitError, match=r"No model server answers[\s\S]*11434"):
        labkit.load(url)


@pytest.mark.slow
def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "TIMEOUT_SECONDS", 0.3)
    with listening(Silent) as url, pytest.raises(LabkitError, match=r"sent nothing for 0.3 seconds"):
        labkit.load(url)


def test_a_server_that_hangs_up() -> None:
    with listening(Deaf) as url, pytest.raises(LabkitError, match=r"closes the connection[\s\S]*https:"):
        labkit.load(url)


def test_nobody_at_that_port() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(LabkitError, match=r"no server listens there[\s\S]*vLLM listens at 8000"):
        labkit.load(f"http://127.0.0.1:{port}/v1")


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",  # vLLM
        "request (3035 tokens) exceeds the available context size (512 tokens), try increasing it",  # llama.cpp
    ],
)
def test_a_context_that_is_too_long(said: str) -> None:
    with serving(Script([], refuse=said)) as url, pytest.raises(LabkitError, match=r"so many tokens[\s\S]*max_new_tokens=512"):  # fmt: skip
        labkit.load(url).think(PROMPT)


# -- the key ---------------------------------------------------------------------------------------


def said_of(error: BaseException) -> str:
    """All that a reader could see of an error: its text, and the whole of its traceback."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


@pytest.mark.parametrize("refuse", [None, f"bad request with {SECRET} in it", f"model {SECRET} not found"])
def test_the_key_is_in_nothing_that_is_shown_or_saved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture, refuse: str | None
) -> None:
    monkeypatch.setenv("LABKIT_API_KEY", SECRET)
    caplog.set_level(logging.DEBUG)  # `openai` and its `httpx` tell much there
    script = Script(plain("3 ", "* ", "5 ", "is ", "15"), key=SECRET, goes_on="yes")
    seen: list[str] = []

    def caught(ask: Callable[[], Any]) -> None:
        with pytest.raises(LabkitError) as error:
            ask()
        seen.append(said_of(error.value))

    with serving(script) as url:
        model = labkit.load(url)
        trace = model.think(PROMPT)
        fork = labkit.inside.fork(trace, at=2, n=2)
        view = labkit.ForkView(trace, forks=[fork])
        trace.save(tmp_path / "thought")
        fork.rollouts[0].save(tmp_path / "rollout")
        seen += [repr(model), repr(trace), repr(fork), fork.code, view.as_html(), json.dumps(view.get_state(), default=str)]  # fmt: skip
        seen += [path.read_text("utf-8") for path in tmp_path.iterdir()]
        script.refuse = refuse
        if refuse:
            caught(lambda: model.think(PROMPT))
            caught(lambda: model.sample(PROMPT, n=2))
        monkeypatch.setenv("LABKIT_API_KEY", SECRET + "-wrong")
        caught(lambda: labkit.load(url))
        monkeypatch.setenv("LABKIT_API_KEY", SECRET + "\nX")
        caught(lambda: labkit.load(url))
        monkeypatch.setenv("LABKIT_API_KEY", SECRET)
        caught(lambda: labkit.load(url.replace("http:", "https:")))
        caught(lambda: labkit.load(url.replace("http://", f"http://me:{SECRET}@")))
        caught(lambda: labkit.load(f"{url}?key={SECRET}"))
    assert "chat/completions" in caplog.text
    seen.append(caplog.text)
    assert len(seen) > 10 and [text for text in seen if SECRET in text] == []


def test_the_key_for_openai_goes_to_openai_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABKIT_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    assert address.api_key_for("http://classroom:8000/v1") == "none"
    assert address.api_key_for("http://not-openai.com/v1") == address.api_key_for("http://api.openai.com/v1") == "none"  # fmt: skip
    assert address.api_key_for("https://api.openai.com/v1") == SECRET
