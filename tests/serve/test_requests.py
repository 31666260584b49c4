"""Stop strings, token by token, against a search in the text that is there at the end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.serve.app import Endpoints
from labkit.serve.protocol import ChatRequest, TextRequest
from labkit.serve.stop_strings import StopFilter

TEXTS = st.text("abé ", min_size=1, max_size=4)


@given(st.lists(st.binary(max_size=3) | TEXTS.map(str.encode), max_size=30), st.lists(TEXTS, max_size=3))
def test_what_is_shown_is_the_text_before_the_first_stop_string(raw: list[bytes], stops: list[str]) -> None:
    filter: StopFilter[int] = StopFilter(stops)
    shown, tokens, text = b"", [], b""
    for i, piece in enumerate(raw):
        more, came = filter.add(i, piece)
        text += piece
        tokens, shown = tokens + more, shown + came
        assert text.startswith(shown), "nothing is taken back"
        if filter.matched:
            break
        longest = max((len(stop.encode()) for stop in stops), default=1) - 1
        held = raw[len(tokens) : i + 1]
        assert not held or len(b"".join(held[1:])) <= longest, (
            "no more is held back than may begin a stop string"
        )
    begins = [at for stop in stops if (at := b"".join(raw).find(stop.encode())) >= 0]
    if not filter.matched:
        more, came = filter.rest()
        assert not begins and shown + came == b"".join(raw) and tokens + more == list(range(len(raw)))
    else:
        first = min(at for stop in stops if (at := text.find(stop.encode())) >= 0)
        assert shown == text[:first] and tokens == list(range(len(tokens)))
        assert b"".join(raw[: len(tokens)]) == shown[: len(b"".join(raw[: len(tokens)]))]


def test_what_clients_send_for_nothing_is_nothing() -> None:
    chat = {"model": "m", "messages": []}
    asked = ChatRequest.model_validate(
        {**chat, "n": None, "stop": None, "seed": None, "frequency_penalty": None}
    )
    assert (asked.n, asked.stop, asked.ignored) == (1, [], [])
    assert ChatRequest.model_validate({**chat, "stop": "x"}).stop == ["x"]
    assert ChatRequest.model_validate({**chat, "stop": ["", "x"]}).stop == ["x"]
    for value, ignored in ((0, []), (0.0, []), (0.5, ["frequency_penalty"]), (-2, ["frequency_penalty"])):
        assert ChatRequest.model_validate({**chat, "frequency_penalty": value}).ignored == ignored
    assert ChatRequest.model_validate({**chat, "repetition_penalty": 1}).ignored == []


def test_a_penalty_stands_in_every_answer_and_once_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    endpoints = Endpoints(None, None)  # type: ignore[arg-type]
    asked = ChatRequest.model_validate(
        {"model": "m", "messages": [], "frequency_penalty": 0.5, "presence_penalty": 0}
    )
    note = "frequency_penalty is ignored: this server draws without penalties."
    assert endpoints._notes(asked) == [note] and endpoints._notes(asked, "Another.") == ["Another.", note]
    assert capsys.readouterr().out == f"{note}\n"


def test_a_prompt_is_one_or_several() -> None:
    for prompt, expected in (
        ("a", ["a"]), (["a", "b"], ["a", "b"]), ([1, 2], [[1, 2]]), ([[1], [2, 3]], [[1], [2, 3]]), ([], []), ([[]], [[]]),
    ):  # fmt: skip
        assert TextRequest.model_validate({"model": "m", "prompt": prompt}).prompts == expected
