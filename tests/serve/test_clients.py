"""The client of OpenAI against a real `labkit serve`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

import labkit
from labkit.models import LocalModel
from tests.serve.running import PROBLEMS, TOKEN, Server, said, serving

# Marks and no importorskip: other tests import from here, and would get half a module.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not all(map(find_spec, ("openai", "uvicorn"))), reason="needs the extra dev"),
]
N = 24  # tokens of an answer


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running
        running.end()
    assert running.said.count("frequency_penalty is ignored") <= 1, (
        "one line in the log, however often it is asked"
    )
    assert TOKEN not in running.said and "Error" not in running.said


@pytest.fixture(scope="module")
def mini() -> LocalModel:
    return labkit.load()


@pytest.fixture(scope="module")
def client(server: Server) -> Any:
    import openai

    return openai.OpenAI(base_url=server.url, api_key=TOKEN, max_retries=5)


def alone(mini: LocalModel, prompt: str = PROBLEMS[0], **told: Any) -> str:
    """What the model writes at home."""
    return mini.think(prompt, show=False, **{"temperature": 0.0, "max_new_tokens": N, **told}).text


def templated(mini: LocalModel, prompt: str) -> str:
    return str(mini.tokenizer.apply_chat_template(said(prompt), tokenize=False, add_generation_prompt=True))


def streamed(stream: Any) -> dict[int, tuple[str, str | None]]:
    """Text and end of each choice."""
    texts: dict[int, tuple[str, str | None]] = {}
    for message in stream:
        for choice in message.choices:
            text, finish = texts.get(choice.index, ("", None))
            piece = choice.delta.content if hasattr(choice, "delta") else choice.text
            texts[choice.index] = text + (piece or ""), choice.finish_reason or finish
    return texts


def asked(prompt: str = PROBLEMS[0], **more: Any) -> dict[str, Any]:
    return {"model": "r1-mini", "messages": said(prompt), "temperature": 0, "max_tokens": N, **more}


# -- openai --------------------------------------------------------------------------------------------


def test_a_stop_string_ends_the_answer_before_itself(client: Any, mini: LocalModel) -> None:
    text = alone(mini, max_new_tokens=60)
    for stop in (text[20:23], text[31:40], [text[50:55], text[30:33], "never"]):
        stops = [stop] if isinstance(stop, str) else stop
        expected = text[: min(at for each in stops if (at := text.find(each)) >= 0)]
        got = client.chat.completions.create(**asked(max_tokens=60, stop=stop, logprobs=True))
        assert (got.choices[0].message.content, got.choices[0].finish_reason) == (expected, "stop")
        told = "".join(token.token for token in got.choices[0].logprobs.content)
        assert expected.startswith(told) and got.usage.completion_tokens < 60
        assert streamed(client.chat.completions.create(**asked(max_tokens=60, stop=stop, stream=True))) == {
            0: (expected, "stop")
        }
    got = client.chat.completions.create(**asked(max_tokens=60, stop=["never", ""]))
    assert (got.choices[0].message.content, got.choices[0].finish_reason) == (text, "length")


def test_several_answers_have_a_seed_each(client: Any, mini: LocalModel) -> None:
    expected = [alone(mini, temperature=1.0, seed=5 + i) for i in range(3)]
    told = {"n": 3, "seed": 5, "temperature": 1.0, "top_p": 0.95}
    got = client.chat.completions.create(**asked(**told))
    assert [choice.message.content for choice in got.choices] == expected
    assert [choice.index for choice in got.choices] == [0, 1, 2]
    assert got.usage.completion_tokens == 3 * N
    texts = streamed(client.chat.completions.create(**asked(**told, stream=True)))
    assert [texts[i][0] for i in range(3)] == expected and {end for _, end in texts.values()} == {"length"}


def test_a_list_of_prompts_is_answered_in_its_order(client: Any, mini: LocalModel) -> None:
    prompts = [templated(mini, each) for each in PROBLEMS[:2]]
    expected = [alone(mini, each) for each in PROBLEMS[:2]]
    ids = [mini.tokenizer.encode(each, add_special_tokens=False) for each in prompts]
    told: dict[str, Any] = {"model": "r1-mini", "temperature": 0, "max_tokens": N}
    for prompt in (prompts, ids):
        got = client.completions.create(prompt=prompt, n=2, **told)
        assert [choice.text for choice in got.choices] == [expected[0]] * 2 + [expected[1]] * 2
    assert client.completions.create(prompt=ids[1], **told).choices[0].text == expected[1]
    texts = streamed(client.completions.create(prompt=prompts, stream=True, **told))
    assert [texts[i][0] for i in range(2)] == expected
    echoed = client.completions.create(prompt=prompts, echo=True, **told)
    assert [choice.text for choice in echoed.choices] == [
        p + e for p, e in zip(prompts, expected, strict=True)
    ]
    texts = streamed(client.completions.create(prompt=prompts[0], echo=True, stream=True, **told))
    assert texts[0][0] == prompts[0] + expected[0]


def test_the_developer_is_the_system(client: Any) -> None:
    def answer(role: str) -> str:
        chat = [{"role": role, "content": "Using 3, 5 and 9, make 24."}, *said(PROBLEMS[0])]
        return client.chat.completions.create(**asked() | {"messages": chat}).choices[0].message.content

    assert answer("developer") == answer("system") != ""


def test_a_seed_may_be_any_whole_number(client: Any) -> None:
    def answer(seed: int) -> str:
        got = client.chat.completions.create(**asked(seed=seed, temperature=1.5, top_p=1))
        return got.choices[0].message.content

    assert answer(-1) == answer(2**63 - 1)
    assert answer(-(2**63)) == answer(2**63) == answer(0)
    assert len({answer(-seed) for seed in range(1, 7)}) > 1, "and it counts"


def test_a_penalty_is_ignored_and_the_answer_says_so(client: Any, mini: LocalModel) -> None:
    note = "frequency_penalty is ignored: this server draws without penalties."
    raw = client.chat.completions.with_raw_response.create(**asked(frequency_penalty=0.5, presence_penalty=0))
    got = raw.parse()
    assert got.choices[0].message.content == alone(mini)
    assert got.warnings == [note] and raw.headers["X-Labkit-Note"] == note
    stream = list(client.chat.completions.create(**asked(frequency_penalty=0.5, stream=True)))
    assert [message.warnings for message in stream if "warnings" in message.model_extra] == [[note]]
    assert "warnings" not in client.chat.completions.create(**asked(frequency_penalty=0.0)).model_extra


def test_a_model_is_looked_up_by_its_name(client: Any) -> None:
    import openai

    assert client.models.retrieve("r1-mini").id == "r1-mini" == client.models.list().data[0].id
    with pytest.raises(openai.NotFoundError, match="this server has 'r1-mini'"):
        client.models.retrieve("gpt-4")
