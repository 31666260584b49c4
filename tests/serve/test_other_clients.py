"""The other clients that people bring, litellm and langchain-openai, against a real `labkit serve`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import pytest

import labkit
from labkit.models import LocalModel
from tests.serve.running import PROBLEMS, TOKEN, Server, said, serving
from tests.serve.test_clients import N, alone, streamed, templated

MISSING = [name for name in ("litellm", "langchain_openai", "uvicorn") if find_spec(name) is None]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(MISSING), reason="needs the extra dev")]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def mini() -> LocalModel:
    return labkit.load()


# -- litellm -------------------------------------------------------------------------------------------


def test_litellm_is_answered(server: Server, mini: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it looks for prices in the network
    import litellm

    where: dict[str, Any] = {"api_base": server.url, "api_key": TOKEN, "temperature": 0, "max_tokens": N}
    chat = {"model": "openai/r1-mini", "messages": said(PROBLEMS[0]), **where}
    expected = alone(mini)
    got = litellm.completion(**chat, n=2, frequency_penalty=0.5, seed=-1, user="a student")
    assert [choice.message.content for choice in got.choices] == [expected] * 2
    assert streamed(litellm.completion(**chat, stream=True))[0][0] == expected
    cut = litellm.completion(**chat, stop=[expected[20:24]])
    assert cut.choices[0].message.content == expected[: expected.index(expected[20:24])]
    texts = litellm.text_completion(
        model="text-completion-openai/r1-mini", prompt=[templated(mini, PROBLEMS[0])] * 2, **where
    )
    assert [choice["text"] for choice in texts["choices"]] == [expected] * 2


# -- langchain -----------------------------------------------------------------------------------------


def test_langchain_is_answered(server: Server, mini: LocalModel) -> None:
    from langchain_core.messages import HumanMessage
    from langchain_openai import ChatOpenAI, OpenAI

    where: dict[str, Any] = {"model": "r1-mini", "base_url": server.url, "api_key": TOKEN, "temperature": 0,
                             "max_tokens": N}  # fmt: skip
    expected = [alone(mini, each) for each in PROBLEMS[:2]]
    chat = ChatOpenAI(**where, frequency_penalty=0.5, seed=3)
    assert chat.invoke(PROBLEMS[0]).content == expected[0]
    assert [each.content for each in chat.batch(PROBLEMS[:2])] == expected
    pieces = list(chat.stream(PROBLEMS[0], stream_usage=True))
    assert "".join(str(each.content) for each in pieces) == expected[0]
    stop = expected[0][20:24]
    assert chat.invoke(PROBLEMS[0], stop=[stop]).content == expected[0][: expected[0].index(stop)]
    several = ChatOpenAI(**where, n=2).generate([[HumanMessage(PROBLEMS[0])]])
    assert [each.text for each in several.generations[0]] == [expected[0]] * 2

    text = OpenAI(**where)
    prompts = [templated(mini, each) for each in PROBLEMS[:2]]
    assert text.invoke(prompts[0]) == expected[0]
    assert text.batch(prompts) == expected
    assert "".join(text.stream(prompts[1])) == expected[1]
