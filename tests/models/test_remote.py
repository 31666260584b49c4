"""Models behind a server: one on loopback that says, and breaks, what a test wants."""

from __future__ import annotations

import _thread
import asyncio
import gc
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import wait
from importlib.util import find_spec
from threading import Timer
from typing import Any

import pytest

import labkit
from labkit import LabkitError
from labkit.models.local.recorder import TOP_K
from labkit.models.remote import client as address
from labkit.models.remote import errors
from labkit.models.remote.streaming import StreamReader, _loop
from labkit.traces.builder import SyntheticVocabulary
from tests.models.chat_server import Script, serving

# A mark and no importorskip: other tests import from here, and would get half a module.
pytestmark = pytest.mark.skipif(find_spec("openai") is None, reason="needs the extra server")
PROMPT = "Using 3, 5 and 9, make 24."


def told(
    text: str, logprob: float = -0.1, raw: bytes | None = None, top: tuple[tuple[str, float], ...] = ()
) -> Any:
    """A message with one token and what is known of it."""
    others = [{"token": t, "logprob": p, "bytes": list(t.encode())} for t, p in top]
    content = [
        {"token": text, "logprob": logprob, "bytes": list(raw or text.encode()), "top_logprobs": others}
    ]
    return {"content": text}, {"content": content}


def plain(*texts: str) -> list[tuple[dict[str, Any], Any]]:
    return [({"content": text}, None) for text in texts]


def until(true: Callable[[], Any], seconds: float = 15) -> bool:
    """Waits for it to be true; False if it never is."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(true())


def interrupt_when(true: Callable[[], Any]) -> None:
    """Presses Interrupt as soon as it is true."""
    threading.Thread(target=lambda: until(true) and _thread.interrupt_main(), daemon=True).start()


def asking() -> set[asyncio.Task[Any]]:
    """The requests that are under way."""
    return asyncio.all_tasks(_loop(os.getpid()))


def test_tokens_come_with_their_logprobs_and_alternatives() -> None:
    script = Script([told("I", -0.5, top=(("I", -0.5), ("You", -1.2))), told("�", -0.1, b"\xc3"), told("�", -0.2, b"\xa9"), told("</think>"), told("24")])  # fmt: skip
    with serving(script) as url:
        trace = labkit.load(url).think(PROMPT, temperature=0.7, max_new_tokens=9, seed=5)
    assert trace.text == "Ié</think>24" and trace.answer == "24" and trace.finish == "stop"
    assert trace.tokens.logprobs == [-0.5, -0.1, -0.2, -0.1, -0.1] and trace.tokens.entropies == []
    assert [a.text for a in trace.token(0).alternatives] == ["I", "You"] and trace.model == "tiny"
    asked = script.asked[0]
    assert (asked["temperature"], asked["max_tokens"], asked["seed"], asked["top_logprobs"]) == (
        0.7,
        9,
        5,
        TOP_K,
    )
    assert asked["messages"] == [{"role": "user", "content": PROMPT}]
    assert len(labkit.TokenView(trace).as_png()) > 3_000


@pytest.mark.parametrize("odd", [None, float("nan"), float("-inf")])
def test_a_logprob_that_is_no_number_is_one_that_is_not_known(odd: Any) -> None:
    script = Script([told("so "), told("it ", odd), told("is", -0.1, top=(("is", -0.1), ("was", odd)))])
    with serving(script) as url:
        trace = labkit.load(url).think(PROMPT)
        script.deltas = [told("is", -0.1, top=(("is", -0.1), ("was", odd)))]
        one = labkit.load(url).think(PROMPT)
    assert trace.text == "so it is" and trace.finish == "stop" and trace.tokens.logprobs == []
    assert [a.text for a in one.token(0).alternatives] == ["is"] and one.tokens.logprobs == [-0.1]


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_beside_the_content_is_the_thought(field: str) -> None:
    script = Script([({field: "3 * 5 "}, None), ({field: "+ 9"}, None), *plain("It is ", "24.")])
    with serving(script) as url:
        trace = labkit.load(url, model="tiny").think(PROMPT)
    assert trace.thinking == "3 * 5 + 9" and trace.answer == "It is 24." and trace.opened


def test_a_server_without_logprobs_is_asked_again_without(tmp_path: Any) -> None:
    script = Script(plain("so", "</think>", "24"), logprobs=False)
    with serving(script) as url:
        trace = labkit.load(url).think(PROMPT)
    assert trace.text == "so</think>24" and trace.tokens.logprobs == [] and len(trace) == 3
    assert "logprobs" in script.asked[0] and "logprobs" not in script.asked[1]
    trace.save(tmp_path / "t.trace.json")
    assert labkit.Trace.load(tmp_path / "t.trace.json") == trace


def test_a_server_that_dies_leaves_what_has_come() -> None:
    with serving(Script(plain("one ", "two ", "three"), die_after=2)) as url, pytest.warns(UserWarning, match=r"broke off after 2 tokens"):  # fmt: skip
        trace = labkit.load(url).think(PROMPT)
    assert trace.text == "one two " and trace.finish == "interrupted"


def test_interrupt_keeps_what_has_come_and_does_not_wait_for_the_next_word() -> None:
    with serving(Script(plain(*["word "] * 50), pause=0.2)) as url:
        model = labkit.load(url)
        Timer(1.0, _thread.interrupt_main).start()
        trace = model.think(PROMPT)
    assert trace.finish == "interrupted" and 1 <= len(trace) < 20 and trace.text.startswith("word ")


def test_a_stop_ends_the_request_too() -> None:
    script = Script(plain(*["word "] * 200), pause=0.05)
    with serving(script) as url:
        model = labkit.load(url)
        Timer(0.5, _thread.interrupt_main).start()
        assert model.think(PROMPT).finish == "interrupted"
        assert script.left.wait(10), "the server still writes for nobody"


def test_a_stop_hangs_up_on_a_server_that_has_said_nothing_yet() -> None:
    script = Script(plain("24"), quiet_after=0)  # as where others think, and one waits for them
    with serving(script) as url:
        model = labkit.load(url)
        interrupt_when(lambda: script.asked)
        assert model.think(PROMPT).finish == "interrupted"
        assert script.left.wait(10), "the place in the queue is still held"


@pytest.mark.parametrize("words", [0, 1])
def test_stop_is_there_before_the_first_word(monkeypatch: pytest.MonkeyPatch, words: int) -> None:
    views: list[Any] = []
    shown = labkit.views.show_stream
    monkeypatch.setattr(labkit.views, "show_stream", lambda *a: views.append(shown(*a)) or views[0])
    script = Script([({"reasoning_content": "so"}, None), *plain("24")], quiet_after=words)
    opened: list[bool] = []

    def press() -> None:
        assert until(lambda: script.asked and views and len(views[0].trace) == words)
        opened.append(views[0].trace.opened)
        views[0].answer({"ask": "stop", "id": 1})

    with serving(script) as url:
        threading.Thread(target=press, daemon=True).start()
        trace = labkit.load(url).think(PROMPT, show=True)
        assert script.left.wait(10), "it was not Stop that ended it"
    assert trace.finish == "interrupted" and trace.thinking == "so" * words and opened == [words == 1]


def test_a_refusal_leaves_no_view_that_still_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    views: list[Any] = []
    shown = labkit.views.show_stream
    monkeypatch.setattr(labkit.views, "show_stream", lambda *a: views.append(shown(*a)) or views[0])
    with serving(Script([], refuse="no")) as url, pytest.raises(LabkitError, match="refused"):
        labkit.load(url).think(PROMPT, show=True)
    assert not views[0].scene["running"]


def test_what_fails_after_a_stop_is_no_error() -> None:
    reader = StreamReader(threading.Event())

    async def ask() -> None:
        reader.stop.set()
        raise LabkitError("It was stopped.", why="you have pressed Stop.", next="ask again")

    stream = reader.open(ask, 16)
    wait([stream.future], 10)
    assert stream.future.done() and [*reader.record(iter([(stream, None)]))] == []  # type: ignore[list-item]


def test_who_has_stopped_asks_a_busy_server_no_more() -> None:
    script = Script(plain("24"), statuses=[429], retry_after=1)
    with serving(script) as url:
        model, before = labkit.load(url), asking()
        interrupt_when(lambda: script.asked)
        assert model.think(PROMPT).finish == "interrupted"
        assert until(lambda: not asking() - before) and len(script.asked) == 1


def test_one_refusal_ends_a_group_and_hangs_up_on_the_rest() -> None:
    script = Script(plain("24"), statuses=[400], quiet_after=0)
    with serving(script) as url:
        before = asking()
        with pytest.raises(LabkitError, match="not now"):
            labkit.load(url).sample(PROMPT, n=4)
        assert until(lambda: not asking() - before), "the others are still read"


def test_a_server_that_falls_silent_leaves_what_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errors, "TIMEOUT_SECONDS", 0.5)
    with serving(Script(plain("one ", "two ", "three"), quiet_after=2)) as url, pytest.warns(UserWarning, match=r"broke off after 2 tokens"):  # fmt: skip
        trace = labkit.load(url).think(PROMPT)
    assert trace.text == "one two " and trace.finish == "interrupted"


def test_a_busy_server_is_asked_again_when_it_says() -> None:
    script = Script(plain("24"), statuses=[429, 503], retry_after=1)
    with serving(script) as url:
        assert labkit.load(url).think(PROMPT).text == "24"
    first, second, third = script.at
    assert second - first >= 1 and third - second >= 1  # by itself the client would wait half of that


def test_a_server_that_stays_busy_is_given_up() -> None:
    script = Script(plain("24"), statuses=[503] * 9)
    with serving(script) as url, pytest.raises(LabkitError, match=r"is busy[\s\S]*three times"):
        labkit.load(url).think(PROMPT)
    assert len(script.asked) == 3


def test_a_server_that_does_not_list_its_models_wants_one_named() -> None:
    with serving(Script(plain("24"), models=("/srv/models/r1-mini",), lists=False)) as url:
        with pytest.raises(LabkitError, match=r'does not say which models[\s\S]*model="the-name'):
            labkit.load(url)
        model = labkit.load(url, model="/srv/models/r1-mini")
        trace = model.think(PROMPT)
    assert trace.text == "24" and model.family == "r1-mini"
    assert "/srv" not in repr(model) + trace.model_dump_json()


def test_the_key_comes_from_the_environment_and_goes_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "sk-very-secret"
    with serving(Script(plain("24"), key=secret)) as url:
        monkeypatch.setenv("LABKIT_API_KEY", "sk-something-wrong")
        with pytest.raises(LabkitError, match=r"does not accept the API key[\s\S]*LABKIT_API_KEY") as error:
            labkit.load(url)
        assert "sk-something-wrong" not in str(error.value)
        monkeypatch.setenv("LABKIT_API_KEY", secret)
        model = labkit.load(url)
        trace = model.think(PROMPT)
    assert secret not in repr(model) and secret not in trace.model_dump_json() and trace.text == "24"


def test_every_refusal_says_what_to_do() -> None:
    with serving(Script(plain("24"), models=("tiny", "large"))) as url:
        with pytest.raises(LabkitError, match=r'offers 2 models[\s\S]*tiny, large[\s\S]*model="tiny"'):
            labkit.load(url)
        with pytest.raises(LabkitError, match=r"has no model 'huge'[\s\S]*it has tiny, large"):
            labkit.load(url, model="huge").think(PROMPT)
        assert labkit.load(url, model="large").think(PROMPT).text == "24"
    with serving(Script([], refuse="This model's maximum context length is 4096 tokens.")) as url, pytest.raises(LabkitError, match="cannot hold so many tokens"):  # fmt: skip
        labkit.load(url).think(PROMPT)
    with pytest.raises(LabkitError, match="no server listens there"):
        labkit.load("http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    ("said", "next"),
    [
        ("r1-mini cannot read 'a' in your prompt.", f'model.think("{PROMPT}")'),
        ("Unexpected fields: {'top_k'}", f'model.think("{PROMPT}")  # without top_k'),
        ("max_tokens is not possible", f'model.think("{PROMPT}")  # without max_new_tokens'),
    ],
)
def test_a_refusal_says_what_to_ask_instead(said: str, next: str) -> None:
    with serving(Script([], refuse=said)) as url, pytest.raises(LabkitError, match="refused") as error:
        labkit.load(url).think(PROMPT)
    assert error.value.next == next and said.rstrip(".") in error.value.why


def test_a_server_that_fails_is_asked_again_later() -> None:
    with serving(Script([], statuses=[500] * 3)) as url, pytest.raises(LabkitError, match=r"failed[\s\S]*not now[\s\S]*ask again"):  # fmt: skip
        labkit.load(url).think(PROMPT)


@pytest.mark.parametrize(("status", "next"), [(403, "NO_PROXY"), (407, "NO_PROXY"), (502, "ask again"), (503, "ask again")])  # fmt: skip
def test_a_proxy_is_not_taken_for_the_server(status: int, next: str) -> None:
    with serving(Script([], statuses=[status] * 3, page=True)) as url, pytest.raises(LabkitError, match="A proxy answers") as error:  # fmt: skip
        labkit.load(url).think(PROMPT)
    assert next in error.value.next and f"status {status}" in error.value.why


def test_what_a_server_says_is_cut_after_the_key_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "sk-very-secret-0123456789"
    monkeypatch.setenv("LABKIT_API_KEY", secret)
    with (
        serving(Script([], refuse="x" * 290 + secret)) as url,
        pytest.raises(LabkitError, match="xxx") as error,
    ):
        labkit.load(url).think(PROMPT)
    assert "sk-" not in str(error.value)
    with serving(Script(plain("so"), breaks="x" * 110 + secret)) as url, pytest.warns(UserWarning, match=r"x\.\.\.") as warned:  # fmt: skip
        assert labkit.load(url).think(PROMPT).text == "so"
    assert "sk-" not in str(warned[0].message)


def test_settings_of_an_account_at_openai_stay_at_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "not-yours")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Mine: not-yours")
    script = Script(plain("24"))
    with serving(script) as url:
        labkit.load(url).think(PROMPT)
    assert script.headers and "not-yours" not in str(script.headers)
    sent = address.open_client("https://api.openai.com/v1", "none").default_headers
    assert sent["OpenAI-Organization"] == sent["OpenAI-Project"] == sent["X-Mine"] == "not-yours"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:877l/v1", "http://127.0.0.1:99999/v1", "http://127.0.0.1:0/v1", "http://[::1/v1",
        "http://[127.0.0.1]:8771/v1", "http://127.0.0.1:8771\\v1", "http:///v1", "http://me:sk-secret@[::1/v1",
        "http://[::1/v1?key=sk-secret", "http://127.0.0.1:80\x01/v1",
    ],
)  # fmt: skip
def test_what_is_no_address_is_said(url: str) -> None:
    with pytest.raises(LabkitError, match="is not an address") as error:
        labkit.load(url)
    assert "sk-secret" not in str(error.value)


def test_an_address_may_stand_among_blanks_and_in_capitals() -> None:
    with serving(Script(plain("24"))) as url:
        for typed in (f" {url}", f"{url} ", f"{url}/\n", url.replace("http", "HTTP")):
            assert labkit.load(typed).url == url  # type: ignore[attr-defined]
        for model in (5, "", " "):
            with pytest.raises(LabkitError, match=r"model=.* is not possible|cannot take model=5"):
                labkit.load(url, model=model)  # type: ignore[arg-type]


def test_an_address_that_was_pasted_whole_is_cut_where_the_api_begins() -> None:
    with serving(Script(plain("24"))) as url:
        root = url.removesuffix("/v1")
        for typed in ("/v1/chat/completions", "/v1/models", "/V1", "/v2", "/chat/completions", ""):
            with pytest.raises(LabkitError, match="is not where a model server has its API") as error:
                labkit.load(root + typed)
            assert error.value.next == f'labkit.load("{url}")'
        with pytest.raises(LabkitError, match="is not where") as error:
            labkit.load(f"{root}/proxied/here")
        assert error.value.next == f'labkit.load("{root}/proxied/here/v1")'


@pytest.mark.parametrize(("page", "said"), [(True, "A proxy answers"), (False, "sent application/json")])
def test_what_is_no_stream_is_no_empty_thought(page: bool, said: str) -> None:
    with (
        serving(Script(plain("24"), statuses=[200], page=page)) as url,
        pytest.raises(LabkitError, match=said),
    ):
        labkit.load(url).think(PROMPT)


def test_a_server_that_dies_before_its_first_word_is_not_taken_for_another() -> None:
    with serving(Script(plain("24"), statuses=[0] * 3)) as url, pytest.raises(LabkitError, match=r"closes the connection[\s\S]*may have died") as error:  # fmt: skip
        labkit.load(url).think(PROMPT)
    assert "https" not in str(error.value)


def test_an_answer_that_repeats_the_question_is_kept_and_an_echo_of_the_template_is_not() -> None:
    answer = plain(f"You ask: {PROMPT} It is 24.", " More.")
    echo = plain(f"<|im_start|>user\n{PROMPT}<|im_end|>\n<|im_start|>assistant\n<think>\n")
    for deltas in (answer, [*echo, *answer]):
        with serving(Script(deltas)) as url:
            assert labkit.load(url).think(PROMPT).text == f"You ask: {PROMPT} It is 24. More."


def test_what_a_server_cannot_show_is_said(tmp_path: Any) -> None:
    with serving(Script(plain("so</think>", "24"))) as url:
        model = labkit.load(url)
        trace = model.think(PROMPT)
        for ask in (
            lambda: model.network, lambda: model.tokenizer, lambda: model.think(PROMPT, capture="qk"),
            lambda: labkit.inside.capture(trace), lambda: labkit.inside.lens(trace), lambda: labkit.LensView(trace),
            lambda: labkit.AttentionView(trace), lambda: labkit.inside.attention(trace, 0, 0),
            lambda: labkit.inside.cost(model, 100), lambda: labkit.inside.logprobs(trace, model),
            lambda: labkit.inside.effect(trace, labkit.inside.zero_layer(0), model=model),
        ):  # fmt: skip
            with pytest.raises(LabkitError, match="runs on a server"):
                ask()
        with pytest.raises(LabkitError, match="max_new_tokens=0"):
            model.think(PROMPT, max_new_tokens=0)


@pytest.mark.parametrize(
    ("name", "thinking", "told"),
    [
        ("Qwen/Qwen3-0.6B", False, {"chat_template_kwargs": {"enable_thinking": False}}),
        ("somebodys-own", True, {"chat_template_kwargs": {"enable_thinking": True}}),
        (
            "gpt-oss:20b",
            "low",
            {"reasoning_effort": "low", "chat_template_kwargs": {"reasoning_effort": "low"}},
        ),
        ("Qwen/Qwen3-0.6B", None, {}),
    ],
)
def test_the_switch_of_thinking_goes_to_the_server(name: str, thinking: Any, told: dict[str, Any]) -> None:
    script = Script(plain("24"), models=(name,))
    with serving(script) as url:
        assert labkit.load(url).think(PROMPT, thinking=thinking).answer == "24"
    sent = {k: v for k, v in script.asked[0].items() if k in ("chat_template_kwargs", "reasoning_effort")}
    assert sent == told


def test_a_model_that_nobody_holds_leaves_no_line_open() -> None:
    with serving(Script(plain("24"))) as url:
        model = labkit.load(url)
        model.think(PROMPT)
        http = model.client._client
        del model
        assert until(lambda: (gc.collect(), http.is_closed)[1])  # the end of the request may still hold it


def test_top_k_goes_to_the_server_only_where_it_is_given() -> None:
    script = Script(plain("24"), models=("Qwen/Qwen3-0.6B",))
    with serving(script) as url:
        model = labkit.load(url)
        assert model.think(PROMPT).settings.top_k == 0, "the server has its own"
        assert model.think(PROMPT, top_k=20).settings.top_k == 20
        with pytest.raises(LabkitError, match="top_k=-1"):
            model.think(PROMPT, top_k=-1)
    assert [asked.get("top_k") for asked in script.asked] == [None, 20]


@pytest.mark.parametrize(("owner", "sent"), [("us", 0), ("vllm", -1), ("sglang", -1)])
def test_no_limit_of_ours_is_sent_as_the_server_writes_it(owner: str, sent: int) -> None:
    script = Script(plain("24"), owner=owner)
    with serving(script) as url:
        model = labkit.load(url)
        assert model.think(PROMPT, top_k=0).settings.top_k == 0
        model.sample(PROMPT, n=1, top_k=0)
    assert [asked["top_k"] for asked in script.asked] == [sent, sent]


def test_ollama_is_told_in_its_own_way() -> None:
    script = Script(plain("24"), models=("qwen3:0.6b",), owner="library")
    with serving(script) as url:
        labkit.load(url).think(PROMPT, thinking=False)
    assert script.asked[0]["reasoning_effort"] == "none" and "chat_template_kwargs" not in script.asked[0]


def test_a_model_without_a_switch_says_so() -> None:
    for name, thinking, said in (
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B", False, "no switch"),
        ("openai/gpt-oss-20b", False, 'how long is "low"'),
        ("tiny", "low", "True, False or None"),
    ):
        with serving(Script(plain("24"), models=(name,))) as url:
            model = labkit.load(url)
            for ask in (model.think, model.sample):
                with pytest.raises(LabkitError, match=said):
                    ask(PROMPT, thinking=thinking)


def test_a_switch_that_the_server_drops_is_noticed() -> None:
    with serving(Script(plain("<think>", "so", "</think>", "24"), models=("qwen3-0.6b",))) as url, pytest.warns(UserWarning, match="thought all the same"):  # fmt: skip
        labkit.load(url).think(PROMPT, thinking=False)


R1, QWEN3, OSS, S1 = "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", "Qwen/Qwen3-4B", "openai/gpt-oss-20b", "simplescaling/s1.1-32B"  # fmt: skip


@pytest.mark.parametrize(
    ("name", "deltas", "thought", "answer"),
    [
        (R1, plain("so", "</think>", "24"), "so", "24"),
        (R1, plain("so it is"), "so it is", ""),  # cut off: its template had opened the thought
        (QWEN3, plain("<think>\n", "so", "\n</think>", "24"), "so", "24"),
        (QWEN3, [({"reasoning_content": "so"}, None), *plain("24")], "so", "24"),
        (QWEN3, plain("24"), "", "24"),
        (OSS, [({"reasoning": "so"}, None), *plain("24")], "so", "24"),
        (
            OSS,
            plain("<|channel|>analysis<|message|>so<|end|><|start|>assistant<|channel|>final<|message|>24"),
            "so",
            "24",
        ),
        (S1, plain("<|im_start|>think\nso\n<|im_start|>answer\n24"), "so", "24"),
        ("unheard-of", plain("so", "</think>", "24"), "so", "24"),
        ("unheard-of", plain("24"), "", "24"),
        ("smollm2:135m", plain("24"), "", "24"),
    ],
)
def test_thought_and_answer_of_each_family(name: str, deltas: Any, thought: str, answer: str) -> None:
    with serving(Script(deltas, models=(name,))) as url:
        trace = labkit.load(url).think(PROMPT)
    assert (trace.thinking, trace.answer) == (thought, answer)


def test_reasoning_comes_with_its_logprobs_and_is_not_told_twice() -> None:
    def token(text: str) -> Any:
        return told(text, -0.5)[1]

    deltas = [({"reasoning_content": "so"}, token("so")), ({"content": ""}, token("</think>")), ({"content": "24"}, token("24"))]  # fmt: skip
    with serving(Script(deltas)) as url:
        trace = labkit.load(url).think(PROMPT)
    assert trace.text == "so</think>24" and trace.thinking == "so" and trace.tokens.logprobs == [-0.5] * 3


def test_a_template_that_opens_the_thought_is_remembered() -> None:
    script = Script(plain("so", "</think>", "24"))
    with serving(script) as url:
        model = labkit.load(url)
        model.think(PROMPT)
        script.deltas = plain("so it")
        assert model.think(PROMPT).thinking == "so it"


def test_a_group_has_seeds_of_its_own() -> None:
    script = Script(plain("24"))
    with serving(script) as url:
        group = labkit.load(url).sample(PROMPT, n=3, seed=7)
    assert len(group) == 3 and sorted(asked["seed"] for asked in script.asked) == [7, 8, 9]
    assert [t.settings.seed for t in group] == [7, 8, 9]


def test_behind_the_last_seed_comes_the_first() -> None:
    script = Script(plain("24"))
    with serving(script) as url:
        labkit.load(url).sample(PROMPT, n=3, seed=2**63 - 2)
    assert sorted(asked["seed"] for asked in script.asked) == [0, 2**63 - 2, 2**63 - 1]


def test_half_a_character_is_refused_before_it_is_sent() -> None:
    script = Script(plain("24"))
    with serving(script) as url, pytest.raises(LabkitError, match="half a character"):
        labkit.load(url).think("a \ud83d b")
    assert not script.asked


def test_alternatives_that_are_half_characters_keep_their_bytes() -> None:
    halves = [
        {"token": "", "logprob": p, "bytes": raw}
        for p, raw in ((-1.0, [240, 159]), (-2.0, [226]), (-3.0, []))
    ]
    script = Script([({"content": "so"}, {"content": [{"token": "so", "logprob": -0.1, "bytes": [115, 111], "top_logprobs": halves}]})])  # fmt: skip
    with serving(script) as url:
        trace = labkit.load(url).think(PROMPT)
    assert [a.text for a in trace.token(0).alternatives] == ["\ufffd", "\ufffd", "<end>"]
    assert len({a.id for a in trace.token(0).alternatives}) == 3


@pytest.mark.parametrize("raw", [None, list("\ufffd".encode())])
def test_tokens_that_lost_half_a_character_do_not_stand_for_the_text(raw: list[int] | None) -> None:
    lost = {"content": [{"token": "\ufffd", "logprob": -0.1, "bytes": raw, "top_logprobs": []}]}
    with serving(
        Script([({"content": ""}, lost), ({"content": "\N{PARTY POPPER}"}, lost), *plain(" 24")])
    ) as url:
        trace = labkit.load(url).think(PROMPT)
    assert trace.text == "\N{PARTY POPPER} 24" and trace.tokens.logprobs == []


def test_texts_are_numbered_in_their_order_and_behind_those_of_a_trace() -> None:
    words = SyntheticVocabulary()
    assert [words.id(raw) for raw in (b"a", b"b", b"a")] == [0, 1, 0]
    with serving(Script([told("a"), told("b")])) as url:
        trace = labkit.load(url).think(PROMPT)
    known = SyntheticVocabulary.of(trace)
    assert known.id(b"c") == max(trace.tokens.ids) + 1 and known.id(b"a") == trace.tokens.ids[0]


def test_a_long_thought_of_ever_new_words_is_numbered_without_delay() -> None:
    class Counted(dict[int, bytes]):
        looks = 0

        def __iter__(self) -> Iterator[int]:
            Counted.looks += 1
            return super().__iter__()

    words = SyntheticVocabulary(known=Counted())
    assert [words.id(str(i).encode()) for i in range(50)] == list(range(50)) and Counted.looks == 0


def test_the_old_names_of_its_attributes_work_with_a_warning() -> None:
    with serving(Script([told("4")])) as url:
        model = labkit.load(url)
        with pytest.warns(DeprecationWarning, match="is now served_name"):
            assert model.asked_as == model.served_name
        with pytest.raises(LabkitError, match="has no 'served_nam'"):
            model.served_nam  # noqa: B018
