"""Servers that send too much, elsewhere, or what a terminal would obey: one on loopback that does."""

from __future__ import annotations

import gzip
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

import labkit
from labkit import LabkitError
from labkit.models.remote import errors, limits
from labkit.models.remote.deltas import Delta
from labkit.models.remote.limits import Budget, MessageLimit, TooLongError
from tests.models.chat_server import Script, serving
from tests.models.test_remote import PROMPT, plain, told

pytest.importorskip("openai", reason="needs the extra server")


@pytest.mark.parametrize("deltas", [plain(*["na "] * 3_000), [told("na ")] * 3_000])
def test_a_server_that_ignores_the_limit_is_cut_at_what_was_asked_for(deltas: list) -> None:
    script = Script(deltas, overlong=True, pause=0.001)
    with serving(script) as url:
        trace = labkit.load(url).think(PROMPT, max_new_tokens=16)
        assert len(trace) == 16 and trace.finish == "length" and trace.text == "na " * 16
        assert script.left.wait(10), "the line was cut"
        group = labkit.load(url).sample(PROMPT, n=3, max_new_tokens=5)
        assert [len(each) for each in group] == [5] * 3 and {each.finish for each in group} == {"length"}


def test_a_server_that_stops_at_the_limit_itself_is_believed() -> None:
    with serving(Script(plain(*"abc"))) as url:
        trace = labkit.load(url).think(PROMPT, max_new_tokens=3)
        assert (trace.text, trace.finish) == ("abc", "length")
    with serving(Script(plain("ab", "c", "<|im_end|>"), overlong=True)) as url:
        trace = labkit.load(url).think(PROMPT, max_new_tokens=2)
        assert (trace.text, trace.finish) == ("abc", "stop"), "the end of a text counts as no token"


def test_one_piece_is_cut_where_no_tokens_are_so_long() -> None:
    with serving(Script(plain("é" * 100_000), overlong=True)) as url:
        trace = labkit.load(url).think(PROMPT, max_new_tokens=2)
    assert trace.text == "é" * limits.TOKEN and trace.finish == "length"
    assert [p.text for p in Budget(9).take_all(iter([Delta(""), Delta(""), Delta("x")]))] == [""], (
        "ends without end"
    )


@pytest.mark.slow
def test_one_line_without_end_is_cut_and_takes_no_memory() -> None:
    """In a process of its own, whose peak is its own."""
    code = """
import itertools, resource, warnings
import labkit
from tests.models.chat_server import Script, serving
from tests.models.test_remote import plain
warnings.simplefilter("ignore")
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000
with serving(Script(plain("ab"))) as url:
    labkit.load(url).think("x")
before = peak()
for piece in (b"x" * 65_536, b"data: 1\\n", b": waiting\\n"):
    endless = itertools.chain([b"data: "], itertools.repeat(piece))
    with serving(Script(plain("ab"), raw=endless)) as url:
        trace = labkit.load(url).think("x")
        assert trace.text == "" and trace.finish == "interrupted"
print(peak() - before)
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) < 150, "MB"


def test_a_message_without_end_leaves_what_had_come() -> None:
    def raw() -> Iterator[bytes]:
        choice = {"index": 0, "delta": {"content": "ab"}, "finish_reason": None}
        yield f"data: {json.dumps({'id': 'x', 'choices': [choice]})}\n\n".encode()
        yield b"data: "
        yield from itertools.repeat(b"x" * 65_536)

    with (
        serving(Script([], raw=raw())) as url,
        pytest.warns(UserWarning, match="more than 4 MB in one message"),
    ):
        trace = labkit.load(url).think(PROMPT)
    assert trace.text == "ab" and trace.finish == "interrupted"


def test_messages_are_counted_by_themselves() -> None:
    stream, limit = (
        [b"data: 12345\n", b"\n", b"data: 12345\r\n\r", b"\ndata: 1\r\rdata: 2"] * 50,
        MessageLimit(30),
    )
    for piece in stream:
        limit.check(piece)
    for pieces in ([b"x" * 31], [b"x" * 20, b"\n", b"y" * 20], [b"a\n\n", b"x" * 16, b"x" * 16]):
        limit = MessageLimit(30)
        with pytest.raises(TooLongError):
            for piece in pieces:
                limit.check(piece)


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": ' + b"[" * 100_000, b"[" * 100_000, b'{"data": [{"id": ' + b"9" * 5_000 + b"}]}",
        b'{"data": [1, 2]}', b'{"data": {"a": 1}}', b"null", b"\xff\xfe", b"",
    ],
)  # fmt: skip
def test_a_list_of_models_that_is_none_is_refused_in_a_sentence(body: bytes) -> None:
    with serving(Script([], listed=body)) as url, pytest.raises(LabkitError, match="No model server answers"):
        labkit.load(url)


def test_a_list_that_is_too_long_is_not_read() -> None:
    with (
        serving(Script([], listed=b" " * 5_000_000)) as url,
        pytest.raises(LabkitError, match="sends too much"),
    ):
        labkit.load(url)


def test_a_refusal_that_is_too_long_is_not_read() -> None:
    with serving(Script([], refuse="no " * 2_000_000)) as url:
        model = labkit.load(url)
        with pytest.raises(LabkitError, match="sends too much"):
            model.think(PROMPT)


def test_messages_that_nest_too_deep_break_the_line_and_nothing_else() -> None:
    with serving(Script([], raw=iter([b"data: " + b"[" * 100_000 + b"\n\n"]))) as url:
        model = labkit.load(url)
        with pytest.warns(UserWarning, match="broke off after 0 tokens"):
            assert model.think(PROMPT).text == ""


def test_a_compressed_answer_is_refused_and_was_not_asked_for() -> None:
    packed = gzip.compress(b" " * 50_000_000)
    script = Script([], listed=packed, encoding="gzip")
    with serving(script) as url, pytest.raises(LabkitError, match="sends compressed answers"):
        labkit.load(url)
    script = Script(plain("ab"))
    with serving(script) as url:
        labkit.load(url).think(PROMPT)
    assert {headers["Accept-Encoding"] for headers in script.headers} == {"identity"}


def test_a_redirect_is_not_followed_with_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_API_KEY", "a-key-that-is-secret")
    elsewhere = Script(plain("stolen"))
    with serving(elsewhere) as other, serving(Script(plain("ab"))) as url:
        model = labkit.load(url)
        assert model.think(PROMPT).text == "ab"
        here = Script(plain("ab"), redirect=f"{other}/chat/completions")
        with serving(here) as turned:
            with pytest.raises(LabkitError) as refused:
                labkit.load(turned)
            model.client.base_url = turned  # it turns its students away in the middle of the lesson
            with pytest.raises(LabkitError, match="sends us to") as later:
                model.think(PROMPT)
        for error in (refused.value, later.value):
            assert f'labkit.load("{other}")' in error.next and "your key" in error.why
    assert elsewhere.asked == [] and elsewhere.headers == []


@pytest.mark.parametrize(
    "location",
    [
        'http://x/v1"); import os; os.abort()  #',
        "//[",
        "http://a:b@x/v1/models",
        "/v1/models?next=\x1b[2J",
        "\x07",
    ],
)
def test_where_a_server_sends_us_is_a_text_that_can_be_pasted(location: str) -> None:
    with serving(Script([], redirect=location)) as url, pytest.raises(LabkitError) as refused:
        labkit.load(url)
    assert refused.value.next.count('"') == 2 and "a:b" not in refused.value.next
    assert compile(refused.value.next, "next", "eval")


ESCAPES = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b0m\x08"


def test_what_a_terminal_would_obey_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_API_KEY", "a-key-that-is-secret")
    key = "a-key-that-\x1b[0mis-secret"
    shown = []
    with serving(Script([], refuse=f"{ESCAPES} {key}")) as url, pytest.raises(LabkitError) as refused:
        labkit.load(url).think(PROMPT)
    shown.append(str(refused.value))
    names = (f"a{ESCAPES}", 'b"); import os; os.abort()  #')
    with serving(Script([], models=names)) as url, pytest.raises(LabkitError) as several:
        labkit.load(url)
    shown.append(str(several.value))
    with serving(Script(plain("ab"), models=names[:1])) as url:
        shown.append(repr(labkit.load(url)))
    with (
        serving(Script(plain("ab"), breaks=f"{ESCAPES} {key}")) as url,
        pytest.warns(UserWarning, match="broke") as warned,
    ):
        labkit.load(url).think(PROMPT)
    shown.append(str(warned[0].message))
    for text in shown:
        assert not set(text) & set("\x1b\x07\x08\x9b") and "secret" not in text, text
    assert "red" in shown[0] and "red" in shown[3]


def test_a_name_of_a_server_cannot_end_the_line_that_is_to_be_pasted() -> None:
    error = errors.several_models_error("http://x/v1", ['b"); import os; os.abort()  #', "c"])
    assert compile(error.next, "next", "eval") and '\\"' in error.next
