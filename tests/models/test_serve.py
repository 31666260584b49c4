"""`labkit serve`: a real server in a process of its own, the real R1-mini in it, and real clients."""

from __future__ import annotations

import json
import logging
import re
import signal
import time
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from transformers import GPT2Config, GPT2LMHeadModel

import labkit
from labkit import LabkitError
from labkit.models import LocalModel, prompts
from labkit.models.local.recorder import TOP_K
from labkit.serve import run as serve
from labkit.serve.batching import ContinuousBatch, RoundRobin, Row, SampledToken
from labkit.serve.protocol import TextFormat
from labkit.traces import SamplingParams
from tests.serve.running import HARD, PROBLEMS, TOKEN, Server, post, refusal, said, serving

for needed in ("openai", "starlette", "uvicorn"):
    pytest.importorskip(needed, reason="needs the extras serve and server")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running
        running.end()
    assert TOKEN not in running.said and "Error" not in running.said


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_API_KEY", TOKEN)


# -- rows that think together --------------------------------------------------------------------------


def ids_of(model: LocalModel, prompt: str) -> list[int]:
    return prompts.encode(model.tokenizer, prompts.templated(model.tokenizer, said(prompt)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", [ContinuousBatch, RoundRobin])
def test_rows_that_come_and_go_write_what_each_would_write_alone(mini: LocalModel, kind: type[Any]) -> None:
    ways: list[Any] = [{"temperature": 0.0, "top_p": 1.0}, {"temperature": 0.8, "top_p": 0.9, "top_k": 3}]
    rows = [
        Row(i, ids_of(mini, p), SamplingParams(max_new_tokens=60 + 10 * i, seed=i, **ways[i % 2]))
        for i, p in enumerate([*PROBLEMS[:4], "Using 19, 17, 20 and 13, make 20."])
    ]
    batch, coming, wrote = kind(mini), list(rows), {row: [] for row in rows}
    for step in range(200):
        for row, token in batch.step([coming.pop()] if coming and step % 7 == 0 else []):
            wrote[row].append(token)
    for row in rows:
        text = mini.tokenizer.decode(row.ids[: len(row.ids) - row.n_sampled])
        alone = mini.think(
            [*PROBLEMS[:4], "Using 19, 17, 20 and 13, make 20."][row.owner], show=False, seed=row.settings.seed,
            temperature=row.settings.temperature, top_p=row.settings.top_p, top_k=row.settings.top_k,
            max_new_tokens=row.settings.max_new_tokens,
        )  # fmt: skip
        assert [t.id for t in wrote[row]] == alone.tokens.ids == row.ids[-row.n_sampled :], text
        assert [t.logprob for t in wrote[row]] == pytest.approx(alone.tokens.logprobs, abs=1e-4)
        assert [t.top_ids[0] for t in wrote[row]] == [top[0] for top in alone.tokens.top_ids]
    assert batch.step() == [] and [row for row in batch.rows if not row.finished] == []


def test_a_row_that_is_given_up_disturbs_nobody(mini: LocalModel) -> None:
    settings = SamplingParams(temperature=0.0, top_p=1.0, max_new_tokens=40, seed=0)
    rows = [Row(i, ids_of(mini, p), settings) for i, p in enumerate(PROBLEMS[:3])]
    batch: ContinuousBatch[int] = ContinuousBatch(mini)
    batch.step(rows)
    rows[1].finished = True
    for _ in range(50):
        batch.step()
    alone = [mini.think(p, show=False, temperature=0.0, max_new_tokens=40).tokens.ids for p in PROBLEMS[:3]]
    assert [row.n_sampled for row in rows] == [len(alone[0]), 1, len(alone[2])]
    assert rows[0].ids[-rows[0].n_sampled :] == alone[0] and rows[2].ids[-rows[2].n_sampled :] == alone[2]


@pytest.mark.parametrize("kind", [ContinuousBatch, RoundRobin])
def test_a_prompt_that_cannot_be_read_ends_nobody_elses_thought(mini: LocalModel, kind: type[Any]) -> None:
    settings = SamplingParams(temperature=0.0, top_p=1.0, max_new_tokens=20, seed=0)
    good, broken = Row(0, ids_of(mini, PROBLEMS[0]), settings), Row(1, [10**6], settings)
    batch = kind(mini)
    batch.step([good])
    assert [row for row, _ in batch.step([broken])] == [good]
    assert broken.finished and isinstance(broken.error, IndexError) and good.error is None
    for _ in range(18):
        batch.step()
    assert good.ids[-20:] == mini.think(PROBLEMS[0], show=False, temperature=0, max_new_tokens=20).tokens.ids


def test_a_row_that_has_filled_its_context_ends_nobody_elses_thought(mini: LocalModel) -> None:
    shape = GPT2Config(vocab_size=len(mini.tokenizer), n_positions=48, n_embd=32, n_layer=2, n_head=2)
    batch: ContinuousBatch[str] = ContinuousBatch(
        LocalModel("learned-positions", GPT2LMHeadModel(shape).eval(), mini.tokenizer, family="x")
    )
    batch.end_ids = set()
    rows = [Row("full", list(range(1, 41)), SamplingParams(max_new_tokens=8, seed=0))]
    rows += [Row(str(i), [1, 2, 3], SamplingParams(max_new_tokens=40, seed=i)) for i in range(6)]
    batch.step(rows)
    for _ in range(40):
        batch.step()
    assert [row.n_sampled for row in rows] == [8] + [40] * 6


def test_a_network_of_fewer_key_value_heads_thinks_in_rows_too(distill: LocalModel) -> None:
    settings = SamplingParams(temperature=0.0, top_p=1.0, max_new_tokens=24, seed=0)
    rows = [Row(i, ids_of(distill, p), settings) for i, p in enumerate(["Hé?", "What is 2 + 2, and why?"])]
    batch: ContinuousBatch[int] = ContinuousBatch(distill)
    batch.step(rows[:1])
    batch.step(rows[1:])
    for _ in range(30):
        batch.step()
    for row, prompt in zip(rows, ["Hé?", "What is 2 + 2, and why?"], strict=True):
        alone = distill.think(prompt, show=False, temperature=0.0, max_new_tokens=24)
        assert row.ids[-row.n_sampled :] == alone.tokens.ids


# -- what students do ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_student_gets_what_the_model_writes_at_home(server: Server, mini: LocalModel) -> None:
    away = labkit.load(server.url, model="r1-mini")
    for prompt, told in ((PROBLEMS[0], {"temperature": 0.0}), (PROBLEMS[1], {"temperature": 0.8, "seed": 5})):
        there, here = away.think(prompt, **told), mini.think(prompt, show=False, **told)
        assert there.text == here.text and there.answer == here.answer and there.finish == here.finish
        assert len(there) == len(here)
        assert there.tokens.logprobs == pytest.approx(here.tokens.logprobs, abs=1e-4)
        tops = [[a.text for a in t.token(3).alternatives] for t in (there, here)]
        assert tops[0] == tops[1] and len(tops[0]) == TOP_K
    assert away.think(PROBLEMS[0], max_new_tokens=5).finish == "length"


@pytest.mark.slow
def test_students_who_ask_at_once_get_their_own_answers(server: Server, mini: LocalModel) -> None:
    away = labkit.load(server.url, model="r1-mini")
    ways = [{"temperature": 0.0}, {"temperature": 1.0, "seed": 3}]

    def ask(i: int) -> str:
        return away.think(PROBLEMS[i], show=False, max_new_tokens=80, **ways[i % 2]).text

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    alone = [mini.think(PROBLEMS[i], show=False, max_new_tokens=80, **ways[i % 2]).text for i in range(4)]
    assert answers == alone


@pytest.mark.slow
def test_an_answer_need_not_be_a_stream(server: Server, mini: LocalModel) -> None:
    with post(server, messages=said(PROBLEMS[0]), temperature=0, max_tokens=20, logprobs=True) as answer:
        got = json.loads(answer.read())
    alone = mini.think(PROBLEMS[0], show=False, temperature=0.0, max_new_tokens=20)
    (choice,) = got["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == (alone.text, "length")
    assert len(choice["logprobs"]["content"]) == 20 == got["usage"]["completion_tokens"]
    assert got["usage"]["prompt_tokens"] == len(alone.prompt_ids)


@pytest.mark.slow
def test_a_thought_can_be_continued_from_its_middle(server: Server, mini: LocalModel) -> None:
    alone = mini.think(PROBLEMS[0], show=False, temperature=0.0, max_new_tokens=60)
    head = "".join(alone.tokens.texts[:30])
    with post(
        server, "completions", prompt=alone.prompt_text + head, temperature=0, max_tokens=30, logprobs=2
    ) as answer:
        (choice,) = json.loads(answer.read())["choices"]
    assert choice["text"] == "".join(alone.tokens.texts[30:])
    assert len(choice["logprobs"]["tokens"]) == 30 and len(choice["logprobs"]["top_logprobs"][0]) == 2
    chat = [*said(PROBLEMS[0]), {"role": "assistant", "content": "<think>\n" + head}]
    with post(server, messages=chat, temperature=0, max_tokens=30, add_generation_prompt=False, continue_final_message=True) as answer:  # fmt: skip
        (choice,) = json.loads(answer.read())["choices"]
    assert choice["message"]["content"] == "".join(alone.tokens.texts[30:])


@pytest.mark.slow
def test_what_cannot_be_asked_is_said_in_a_sentence(server: Server) -> None:
    away = labkit.load(server.url, model="r1-mini")
    with pytest.raises(LabkitError, match="cannot read 'How'"):
        away.think("How is the weather?")
    with pytest.raises(LabkitError, match="cannot hold so many tokens"):
        away.think("Using " + "3, " * 600 + "make 3.")
    with pytest.raises(LabkitError, match=r"has no model 'r2'"):
        labkit.load(server.url, model="r2").think(PROBLEMS[0])
    for body, told in (
        ({"temperature": -1}, "temperature"), ({"n": 200}, "1 to 32"), ({"stop": ["x"] * 20}, "stop is not possible"),
        ({"min_p": 0.5}, "min_p is not possible"), ({"prompt": ""}, "prompt is empty"), ({"prompt": []}, "0 prompts"),
        ({"n": 0}, "n is not possible"), ({"n": 2, "best_of": 4}, "best_of"), ({"prompt": [10**6]}, "no token 1,000,000"),
        ({"prompt": [[1], [-1]]}, "prompt"), ({"prompt": "3", "echo": True, "logprobs": 1}, "echo"), ({"stop": [7]}, "stop"),
        ({"prompt": ["3"] * 40}, "40 prompts"), ({"seed": "x"}, "seed"),
        ({"chat_template_kwargs": {"chat_template": "{{ 1 / 0 }}"}}, "chat_template is not possible"),
        ({"messages": []}, "prompt"), ({"messages": "x"}, "messages"), ({"max_tokens": 0}, "max_tokens"),
    ):  # fmt: skip
        status, error, _ = refusal(server, "completions" if "prompt" in body else "chat/completions", **body)
        assert status == 400 and told in error["message"] and error["type"] == "invalid_request_error"
    assert post(server, n=1, stop=[], frequency_penalty=0.0, max_tokens=1).status == 200, (
        "what changes nothing may stand"
    )
    status, error, _ = refusal(server, messages=said("9" * 64_000))
    assert status == 413 and "64,000 bytes" in error["message"]
    pieces = (b"9" * 10_000 for _ in range(50))  # without a length: sent by chunks
    asked = urllib.request.Request(f"{server.url}/completions", pieces, {"Authorization": f"Bearer {TOKEN}"})
    with pytest.raises((urllib.error.HTTPError, ConnectionError, urllib.error.URLError)) as refused:
        urllib.request.urlopen(asked, timeout=60)
    assert getattr(refused.value, "code", 413) == 413, "or the line is cut while it still sends"
    assert server.health()["status"] == "ok"
    status, error, _ = refusal(server, "nothing")
    assert status == 404 and "/v1/nothing" in error["message"]


@pytest.mark.slow
def test_who_does_not_know_the_key_learns_what_to_do_and_nothing_else(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert server.health()["status"] == "ok"
    for key in (None, "", "a-token-that-is-wrong", TOKEN + "x"):
        status, error, headers = refusal(server, key=key)
        assert status == 401 and error["code"] == "invalid_api_key" and "LABKIT_API_KEY" in error["message"]
        assert headers["WWW-Authenticate"] == "Bearer" and TOKEN not in str(error)
    monkeypatch.setenv("LABKIT_API_KEY", "a-token-that-is-wrong")
    with pytest.raises(LabkitError, match="does not accept the API key"):
        labkit.load(server.url, model="r1-mini")


@pytest.mark.slow
def test_a_student_who_leaves_sets_a_place_free_and_one_who_was_sent_away_comes_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "openai")
    with serving("--together", "1", "--waiting", "1") as server:
        away = labkit.load(server.url)
        first = post(server, stream=True, temperature=0)
        assert first.readline().startswith(b"data: ")
        behind = ThreadPoolExecutor(1).submit(
            lambda: post(server, messages=said(PROBLEMS[0]), max_tokens=4).read()
        )
        server.until(thinking=1, waiting=1)

        status, error, headers = refusal(server)  # a third has no place
        assert (
            status == 429 and error["type"] == "rate_limit_error" and 1 <= int(headers["Retry-After"]) <= 60
        )

        patient = ThreadPoolExecutor(1).submit(away.think, PROBLEMS[0], max_new_tokens=5)
        while "Retrying" not in caplog.text:
            assert not patient.done()
            time.sleep(0.05)
        first.close()
        assert json.loads(behind.result(30))["usage"]["completion_tokens"] == 4
        assert patient.result(60).finish == "length", "Retry-After was heeded"
        now = server.until(thinking=0, waiting=0, served=3)
        assert now["tokens"] < 900  # left alone the first would have written till the context was full


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_with_one_line_and_students_keep_what_came(how: int) -> None:
    with serving(token=None) as server:
        found = re.search(r"and type the key  ((?:[a-z]{4}-){2}[a-z]{4})$", server.said, re.M)
        assert found
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LABKIT_API_KEY", found[1])
            away = labkit.load(server.url, model="r1-mini")
            with ThreadPoolExecutor(1) as pool, warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always")
                kept = pool.submit(lambda: away.think(HARD, show=False, temperature=0.0))
                while server.health()["tokens"] < 20:
                    time.sleep(0.02)
                before = server.said
                assert server.end(how) == 0
                trace = kept.result(30)
        assert trace.finish == "interrupted" and len(trace) > 0
        ours = [
            str(w.message) for w in heard if w.category is UserWarning
        ]  # not of what others left to be collected
        assert any("The server has ended" in warned for warned in ours)
        assert re.fullmatch(r"labkit serve has ended after 1 thoughts\.\n", server.said.removeprefix(before))


# -- what teachers do ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_before_anything_is_loaded(server: Server) -> None:
    port = int(server.root.rsplit(":", 1)[1])
    with pytest.raises(
        LabkitError, match=rf"cannot listen at 127.0.0.1:{port}[\s\S]*Next: labkit serve --port {port + 1}"
    ):
        serve.run("no-such-model", host="127.0.0.1", port=port, token=TOKEN)


def test_what_cannot_be_served_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LabkitError, match=r"cannot listen at 192\.0\.2\.77:0"):
        serve.run(host="192.0.2.77", port=0, token=TOKEN)
    with pytest.raises(LabkitError, match=r"cannot listen at .*:70000"):
        serve.run(port=70_000, token=TOKEN)
    with pytest.raises(LabkitError, match="There is no model 'r1-mni'"):
        serve.run("r1-mni", host="127.0.0.1", port=0, token=TOKEN)
    for token in ("", "short", "with a space in it", "schlüsselchen"):
        with pytest.raises(LabkitError, match="token is not possible") as error:
            serve.run(token=token)
        assert not token or token not in str(error.value)
    with pytest.raises(LabkitError, match="0 together"):
        serve.run(together=0)
    monkeypatch.setattr(serve, "find_spec", lambda name: None)
    with pytest.raises(
        LabkitError, match=r'starlette and uvicorn[\s\S]*pip install .*"starlette>=\d.*"uvicorn>=\d'
    ):
        serve.run(token=TOKEN)
    with pytest.raises(LabkitError, match="vLLM is not installed"):
        serve.run(token=TOKEN, engine="vllm")


def test_vllm_is_told_the_token_where_nobody_sees_it() -> None:
    command, env = serve.vllm("r1-distill-qwen-1.5b", "0.0.0.0", 8000, TOKEN)
    assert TOKEN not in " ".join(command) and env == {"VLLM_API_KEY": TOKEN}
    assert command[command.index("--model") + 1] == "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B"
    assert command[command.index("--served-model-name") + 1] == "r1-distill-qwen-1.5b"


def test_vllm_finds_a_shipped_model_in_any_capitals_and_names_a_fetched_one_as_labkit_does(
    tmp_path: Path,
) -> None:
    command, _ = serve.vllm("R1-Mini", "0.0.0.0", 8000, TOKEN)
    assert command[command.index("--model") + 1] == str(labkit.data_path("models/r1-mini"))
    (tmp_path / "labkit.json").write_text('{"model": "qwen3-0.6b"}')
    command, _ = serve.vllm(str(tmp_path), "0.0.0.0", 8000, TOKEN)
    assert command[command.index("--served-model-name") + 1] == "qwen3-0.6b"


def test_the_older_endpoint_tells_the_bytes_of_half_a_character() -> None:
    from openai.types import CompletionChoice

    from labkit.models.remote.deltas import deltas_of, join_text

    class Halves:
        def bytes(self, token: int) -> bytes:
            return bytes([token])

        def text(self, token: int) -> str:
            return self.bytes(token).decode("utf-8", "replace")

    raw = "\N{PARTY POPPER}".encode()
    drawn = [SampledToken(byte, -0.5, [byte, byte + 1], [-0.5, -1.5]) for byte in raw]
    told = TextFormat("tiny", Halves(), 8).chunk(drawn, raw.decode())["choices"][0]  # type: ignore[arg-type]
    pieces = list(deltas_of(CompletionChoice.construct(**told)))
    assert join_text(pieces) == raw.decode() and [p.logprob for p in pieces] == [-0.5] * 4
    assert [dict(p.top) for p in pieces] == [{bytes([b]): -0.5, bytes([b + 1]): -1.5} for b in raw]
    assert told["logprobs"]["tokens"] == ["\ufffd"] * 4, "as OpenAI has it"


@pytest.mark.slow
def test_a_natural_form_is_read_as_the_trained_one_and_the_client_is_told(
    server: Server, mini: LocalModel
) -> None:
    natural, away = "Using 3, 5, and 9, make 24.", labkit.load(server.url, model=server.model)
    with pytest.warns(UserWarning, match=r"^The prompt was read as: Using 3, 5 and 9, make 24\.$"):
        trace = away.think(natural, temperature=0, show=False)
    assert trace.text == mini.think("Using 3, 5 and 9, make 24.", temperature=0, show=False).text
    assert labkit.rewards.outcome_of(trace).correct is True
    with pytest.warns(UserWarning, match="This prompt has 4 numbers") as caught:
        away.sample("Using 2, 4, 6 and 8, make 24.", n=3, max_new_tokens=2)
    assert len(caught) == 1
    with post(server, messages=said(natural), max_tokens=1) as answer:
        assert answer.headers[prompts.NOTE] == "The prompt was read as: Using 3, 5 and 9, make 24."
    with post(server, messages=said("Using 3, 5 and 9, make 24."), max_tokens=1) as answer:
        assert prompts.NOTE not in answer.headers
