"""`read_text` gives the numbers that the model would have had if it had written the text."""

from __future__ import annotations

from threading import Event, Timer

import pytest

import labkit
from labkit._host import session
from labkit.errors import BadArgument, LabkitError
from labkit.models import LocalModel
from labkit.models.local import scoring

PROMPT = "Using 3, 5 and 9, make 24."


@pytest.fixture(scope="module")
def model() -> LocalModel:
    return labkit.load("r1-mini").local()


@pytest.mark.parametrize("piece", [512, 7, 1], ids=["one pass", "many passes", "token by token"])
def test_the_model_reads_its_own_thought_as_it_wrote_it(
    model: LocalModel, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "PIECE", piece)
    written = model.think(PROMPT, seed=3, show=False)
    read = model.read_text(PROMPT, written.text, show=False)
    n = len(read)
    assert written.tokens.ids[:n] == read.tokens.ids and len(written) - n <= 1, "the end token adds no text"
    assert read.text == written.text and read.prompt_ids == written.prompt_ids
    assert (read.thinking, read.answer, read.finish) == (written.thinking, written.answer, "stop")
    assert read.tokens.logprobs == pytest.approx(written.tokens.logprobs[:n], abs=1e-4)
    assert read.tokens.entropies == pytest.approx(written.tokens.entropies[:n], abs=1e-4)
    assert [row[0] for row in read.tokens.top_ids] == [row[0] for row in written.tokens.top_ids[:n]]
    assert read.pieces.items() <= {**written.pieces, **read.pieces}.items() and read.language_model is model


def test_another_model_is_surprised_by_the_same_text(model: LocalModel) -> None:
    text = model.think(PROMPT, seed=3, show=False).text
    own = model.read_text(PROMPT, text, show=False)
    other = labkit.load("r1-mini-cold").local().read_text(PROMPT, text, show=False)
    assert own.tokens.ids == other.tokens.ids and own.tokens.logprobs != other.tokens.logprobs
    assert other.model == "r1-mini-cold"


def test_the_inside_can_be_kept(model: LocalModel) -> None:
    written = model.think(PROMPT, seed=3, capture="qk", show=False)
    read = model.read_text(PROMPT, written.text, capture="qk", show=False)
    count = len(read.prompt_ids) + len(read)
    assert read.inside.count == count
    for layer in (0, 4):
        for own, again in zip(written.inside.layer(layer), read.inside.layer(layer), strict=True):
            assert again.numpy() == pytest.approx(own[:count].numpy(), abs=1e-4)


def test_an_opening_tag_stands_once(model: LocalModel) -> None:
    for text in ("<think>\n3 * 5 = 15.\n</think>\n\n15", "3 * 5 = 15.\n</think>\n\n15"):
        read = model.read_text(PROMPT, text, show=False)
        assert (read.thinking, read.answer) == ("3 * 5 = 15.", "15")
        assert (read.prompt_text + read.text).count("<think>") == 1


def test_stop_keeps_what_was_read(model: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "PIECE", 1)
    text = "3 * 5 = 15.\n" * 80
    stopped = Event()

    def stop() -> None:
        while not stopped.is_set() and not session.stop():
            stopped.wait(0.002)

    timer = Timer(0.0, stop)
    timer.start()
    read = model.read_text(PROMPT, text, show=False)
    stopped.set()
    assert read.finish == "interrupted" and text.startswith(read.text) and len(read.text) < len(text)
    assert len(read.tokens.logprobs) == len(read)


@pytest.mark.parametrize("text", ["", " \n "])
def test_an_empty_text_gets_a_sentence(model: LocalModel, text: str) -> None:
    with pytest.raises(BadArgument, match="no text to read"):
        model.read_text(PROMPT, text)


def test_words_that_the_model_never_saw_get_a_sentence(model: LocalModel) -> None:
    with pytest.raises(LabkitError, match="philosophy"):
        model.read_text(PROMPT, "<think>\n3 * 5 = 15.\n</think>\n\nphilosophy")


def test_a_text_longer_than_the_context_gets_a_sentence(model: LocalModel) -> None:
    with pytest.raises(BadArgument, match="do not fit into the"):
        model.read_text(PROMPT, "3 * 5 = 15.\n" * 1000)
