"""Forks of a thought on a server: by continuing a message, by raw text, and where neither goes."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest

import labkit
from labkit import LabkitError
from tests.models.chat_server import Script, serving
from tests.models.test_remote import PROMPT, interrupt_when, plain, told

pytest.importorskip("openai", reason="needs the extra server")
WORDS = ("3 ", "* ", "5 ", "is ", "15, ", "and ", "9 ", "more ", "are ", "24", "</think>", "24")


def script(goes_on: str = "yes", **more: Any) -> Script:
    return Script(plain(*WORDS), goes_on=goes_on, **more)


def test_a_message_is_continued_from_the_token_on() -> None:
    with serving(script()) as url:
        trace = labkit.load(url).think(PROMPT)
        fork = labkit.inside.fork(trace, at=4, n=3, seed=5, max_new_tokens=50)
    assert [r.text for r in fork.rollouts] == [trace.text] * 3 and trace.text == "".join(WORDS)
    assert all(
        r.tokens.ids == trace.tokens.ids and r.finish == "stop" and r.answer == "24" for r in fork.rollouts
    )
    assert [r.settings.seed for r in fork.rollouts] == [5, 6, 7]
    assert fork.continuation(0) == "".join(WORDS[4:]) and fork.description == "at 4: '15, ' resampled"
    assert fork.code == "labkit.inside.fork(trace, at=4, n=3, seed=5, max_new_tokens=50)"


def test_the_thought_so_far_is_what_is_sent() -> None:
    said = script()
    with serving(said) as url:
        trace = labkit.load(url, model="tiny").think([{"role": "system", "content": "Be brief."}, {"role": "user", "content": PROMPT}])  # fmt: skip
        labkit.inside.fork(trace, at=3, replace="make ", n=1)
    sent = said.asked[-1]
    assert [m["role"] for m in sent["messages"]] == ["system", "user", "assistant"]
    assert sent["messages"][-1]["content"] == "<think>\n3 * 5 make "  # its template had opened the thought
    assert (sent["continue_final_message"], sent["add_generation_prompt"]) == (True, False)


def test_an_alternative_is_put_by_its_number_and_an_end_ends() -> None:
    tops = (("3 ", -0.1), ("4 ", -2.5), ("", -3.0))
    deltas = [told("3 ", -0.1, top=tops), *(told(word) for word in WORDS[1:])]
    with serving(Script(deltas, goes_on="yes")) as url:
        trace = labkit.load(url).think(PROMPT)
        _, four, end = trace.token(0).alternatives
        fork = labkit.inside.fork(trace, at=0, replace=four, n=1)
        over = labkit.inside.fork(trace, at=0, replace=end, n=2)
        with pytest.raises(LabkitError, match="no token 999"):
            labkit.inside.fork(trace, at=0, replace=999, n=1)
    assert fork.replacement == "4 " and fork.rollouts[0].tokens.logprobs[0] == -2.5
    assert fork.code.startswith(f"labkit.inside.fork(trace, at=0, replace={four.id}, n=1")
    assert end.text == "<end>" and [(r.text, r.finish) for r in over.rollouts] == [("", "stop")] * 2


def test_reasoning_beside_the_content_is_continued_too() -> None:
    thought = [({"reasoning_content": word}, None) for word in WORDS[:10]]
    with serving(Script([*thought, *plain("24")], goes_on="yes")) as url:
        trace = labkit.load(url).think(PROMPT)
        fork = labkit.inside.fork(trace, at=4, n=1)
        behind = labkit.inside.fork(trace, at=10, replace="</think>\n\nSo ", n=1)
    assert trace.thinking == "".join(WORDS[:10]) and trace.answer == "24"
    assert fork.rollouts[0].text == trace.text and fork.rollouts[0].answer == "24"
    assert behind.rollouts[0].text.startswith("".join(WORDS[:10]) + "</think>\n\nSo ")


@pytest.mark.parametrize(
    ("goes_on", "why"),
    [("", r"it wrote '3 \* 5"), ("inserts", r"it read 19 tokens where there are 15")],
)
def test_a_server_that_does_not_go_on_is_found_out(goes_on: str, why: str) -> None:
    with serving(script(goes_on)) as url:
        trace = labkit.load(url).think(PROMPT)
        with pytest.raises(LabkitError, match=rf"does not go on[\s\S]*{why}[\s\S]*hf download"):
            labkit.inside.fork(trace, at=4, n=2)


BYTES = [({"content": "" if i else "💩"}, told("", raw=b)[1]) for i, b in enumerate([bytes([c]) for c in "💩".encode()])]  # fmt: skip
HELD = ({"held": "💩"}, None)  # what a server knows and has not sent: half of it is to come


@pytest.mark.parametrize(
    "deltas", [[told("a "), *BYTES * 5], [*map(told, "abcdefghijklmn"), HELD, HELD, *BYTES]]
)
def test_a_character_that_is_cut_does_not_make_a_server_wrong(deltas: Any) -> None:
    with serving(Script(deltas, goes_on="yes")) as url:
        trace = labkit.load(url).think(PROMPT)
        assert labkit.inside.fork(trace, at=1, n=1).rollouts[0].text == trace.text


def test_a_template_that_drops_a_thought_is_found_out_where_it_matters() -> None:
    with serving(script("drops")) as url:
        trace = labkit.load(url).think(PROMPT)
        assert len(labkit.inside.fork(trace, at=4, n=1).rollouts) == 1
        with pytest.raises(LabkitError, match="behind a thought that has ended"):
            labkit.inside.fork(trace, at=11, n=1)


def test_a_stop_ends_the_check_too() -> None:
    said = script()
    with serving(said) as url:
        trace = labkit.load(url).think(PROMPT)
        said.quiet_after = 0
        interrupt_when(lambda: len(said.asked) == 2)
        fork = labkit.inside.fork(trace, at=4, n=2)
        assert said.left.wait(10) and not fork.rollouts and len(said.asked) == 2


def test_half_a_character_is_no_place() -> None:
    one, other = told("", raw=b"\xc3"), ({"content": "é"}, told("", raw=b"\xa9")[1])
    deltas = [told("a "), one, other, *(told(word) for word in WORDS)]
    with serving(Script(deltas, goes_on="yes")) as url:
        trace = labkit.load(url).think(PROMPT)
        with pytest.raises(LabkitError, match=r"inside a character[\s\S]*at=1"):
            labkit.inside.fork(trace, at=2, n=1)
        assert labkit.inside.fork(trace, at=3, n=1).rollouts[0].text.startswith("a é3 * 5")


def test_half_a_character_is_nothing_to_put(tmp_path: Any) -> None:
    half = {"token": "", "logprob": -2.0, "bytes": [240, 159]}
    first = {"content": "3 "}, {"content": [{"token": "3 ", "logprob": -0.1, "bytes": [51, 32], "top_logprobs": [half]}]}  # fmt: skip
    with serving(Script([first, *(told(word) for word in WORDS[1:])], goes_on="yes")) as url:
        model = labkit.load(url)
        trace = model.think(PROMPT)
        (other,) = trace.token(0).alternatives
        for same in (trace, labkit.Trace.load(trace.save(tmp_path / "one"))):
            with pytest.raises(LabkitError, match="is half a character"):
                labkit.inside.fork(same, at=0, replace=other, n=1, model=model)


def test_behind_the_last_seed_comes_the_first() -> None:
    with serving(script()) as url:
        trace = labkit.load(url).think(PROMPT)
        fork = labkit.inside.fork(trace, at=4, n=2, seed=2**63 - 1)
    assert [r.settings.seed for r in fork.rollouts] == [2**63 - 1, 0]


def test_a_trace_from_a_file_is_forked_with_its_server_and_a_conversation_is_not(tmp_path: Any) -> None:
    with serving(script()) as url:
        model = labkit.load(url)
        path = model.think(PROMPT).save(tmp_path / "one")
        again = labkit.Trace.load(path)
        assert labkit.inside.fork(again, at=4, n=1, model=model).rollouts[0].text == again.text
        with pytest.raises(LabkitError, match="came without its model"):
            labkit.inside.fork(again, at=4, n=1)
        chat = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "?"}, {"role": "user", "content": PROMPT}]  # fmt: skip
        path = model.think(chat).save(tmp_path / "two")
        with pytest.raises(LabkitError, match="several messages"):
            labkit.inside.fork(labkit.Trace.load(path), at=4, n=1, model=model)


def test_a_server_that_dies_leaves_the_rollouts_as_far_as_they_came() -> None:
    said = script()
    with serving(said) as url:
        trace = labkit.load(url).think(PROMPT)
        labkit.inside.fork(trace, at=4, n=1)  # the way is known now
        said.die_after = 2
        with pytest.warns(UserWarning, match="broke off"):
            fork = labkit.inside.fork(trace, at=4, n=2)
    assert [(r.finish, r.text) for r in fork.rollouts] == [("interrupted", "".join(WORDS[:6]))] * 2


def test_the_view_forks_and_weighs_over_a_server() -> None:
    from labkit.inside.forks.job import SamplingJob
    from labkit.inside.forks.sampling import make_batch, replacement_tokens

    with serving(script()) as url:
        model = labkit.load(url)
        trace = model.think(PROMPT)
        view = labkit.ForkView(trace)
        assert view.scene["unable"] == "" and len(view.fork(4, n=2).rollouts) == 2
        over = Event()
        job = SamplingJob([make_batch(model, trace, 4, replacement_tokens(model, "7 ", None, trace), 2, 0.6, 0.95, None, 0)], lambda j: j.is_finished and over.set())  # fmt: skip
        job.start()
        assert over.wait(20) and job.error is None and job.n_finished == 2
        found = labkit.inside.resampling_importance(trace, n=2)
    assert len(found) == len(trace.steps) and found[0].kl == 0
    assert "of 2" not in view.as_html() or len(view.as_png()) > 5_000
