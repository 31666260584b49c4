"""An embedded model and the many ways in which people word its puzzle."""

from __future__ import annotations

import warnings

import pytest

import labkit
from labkit import LabkitError, Trace
from labkit.models.local.model import LocalModel
from labkit.tasks import countdown
from labkit.views.core.wording import prompt_shown

TRAINED = "Using 3, 5 and 9, make 24."
NATURAL = ["Using 3, 5, and 9, make 24.", "using 3 5 9 make 24", "Use 3, 5 & 9 to make 24?", f"{TRAINED} "]


@pytest.fixture(scope="module")
def trained(mini: LocalModel) -> Trace:
    return mini.think(TRAINED, show=False)


@pytest.mark.parametrize("prompt", NATURAL)
def test_a_natural_form_gives_the_thought_of_the_trained_form_without_a_warning(
    mini: LocalModel, trained: Trace, prompt: str
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace = mini.think(prompt, show=False)
    assert trace.tokens.ids == trained.tokens.ids and trace.prompt_ids == trained.prompt_ids
    assert trace.prompt == prompt and TRAINED in trace.prompt_text
    assert labkit.rewards.outcome_of(trace).correct is True


@pytest.mark.slow
def test_the_views_say_how_the_prompt_was_read(mini: LocalModel, trained: Trace) -> None:
    trace = mini.think(NATURAL[0], show=False)
    view = labkit.TokenView(trace)
    assert view.scene["prompt"] == f"{NATURAL[0]}\nread as: {TRAINED}"
    assert "read as: Using 3, 5 and 9, make 24." in view.as_html()
    assert labkit.TokenView(trained).scene["prompt"] == prompt_shown(trained) == TRAINED
    assert prompt_shown(mini.think(f"{TRAINED} ", show=False, max_new_tokens=1)) == f"{TRAINED} "
    assert "read as" in prompt_shown(mini.think(TRAINED[:-1], show=False, max_new_tokens=1))


@pytest.mark.slow
def test_a_group_and_a_fork_of_a_natural_form_are_those_of_the_trained_form(
    mini: LocalModel, trained: Trace
) -> None:
    groups = [mini.sample(p, n=2, seed=3, max_new_tokens=30) for p in (TRAINED, NATURAL[0])]
    assert [t.tokens.ids for t in groups[0]] == [t.tokens.ids for t in groups[1]]
    forks = [
        labkit.inside.fork(t, at=5, n=2, max_new_tokens=20)
        for t in (trained, mini.think(NATURAL[0], show=False))
    ]
    assert [t.tokens.ids for t in forks[0].rollouts] == [t.tokens.ids for t in forks[1].rollouts]


@pytest.mark.slow
def test_a_natural_form_as_messages_is_read_too_and_another_model_is_given_what_was_typed(
    mini: LocalModel, trained: Trace, distill: LocalModel
) -> None:
    asked = [{"role": "user", "content": NATURAL[0]}]
    assert mini.think(asked, show=False).tokens.ids == trained.tokens.ids
    assert NATURAL[0] in distill.think(NATURAL[0], max_new_tokens=1).prompt_text


@pytest.mark.parametrize(
    "name", ["r1-mini", "r1-mini-cold", "r1-nano", "r1-nano-cold", "r1-nano-rl", "r1-base", "r1-zero"]
)
def test_every_embedded_model_reads_natural_forms_and_warns_of_what_lies_outside(name: str) -> None:
    model = labkit.load(name)
    assert TRAINED in model.think(NATURAL[1], max_new_tokens=1, show=False).prompt_text
    with pytest.warns(UserWarning, match=f"^{name} was trained .*This prompt has 4 numbers, so") as caught:
        model.think("Using 2, 4, 6 and 8, make 24.", max_new_tokens=1, show=False)
    assert len(caught) == 1


@pytest.mark.parametrize(
    ("prompt", "outside"),
    [
        ("Using 3 and 5, make 15.", "2 numbers"),
        ("Using 1, 2, 3, 4 and 5, make 24.", "5 numbers"),
        ("Using 25, 50 and 75, make 100.", "the numbers 25, 50 and 75"),
        ("Using 3.5, 5 and 9, make 24.", "the number 3.5"),
        ("Using -3, 5 and 9, make 24.", "the number -3"),
        ("Using 3, 5 and 9, make 250.", "the target 250"),
        ("Using 25, 5, 9 and 3, make 250.", "4 numbers, the number 25 and the target 250"),
        ("make 24", "another form than 'Using 3, 5 and 9, make 24.'"),
        (f"{TRAINED} Using 1, 2 and 3, make 6.", "another form than"),
    ],
)
def test_what_lies_outside_the_training_runs_with_one_warning_that_names_it(
    mini: LocalModel, prompt: str, outside: str
) -> None:
    with pytest.warns(UserWarning, match="^r1-mini was trained") as caught:
        trace = mini.think(prompt, max_new_tokens=2, show=False)
    assert len(trace) == 2 and len(caught) == 1
    assert f"This prompt has {outside}" in str(caught[0].message)
    assert caught[0].filename == __file__, "the warning points at the line of the reader"
    with pytest.warns(UserWarning, match="^r1-mini was trained") as caught:
        mini.sample(prompt, n=2, max_new_tokens=2)
    assert len(caught) == 1 and caught[0].filename == __file__


def test_a_conversation_runs_with_a_warning(mini: LocalModel) -> None:
    asked = [
        {"role": "user", "content": TRAINED},
        {"role": "assistant", "content": "3 * 5 + 9"},
        {"role": "user", "content": "Using 1, 2 and 3, make 6."},
    ]
    with pytest.warns(UserWarning, match="This prompt has 3 messages"):
        mini.think(asked, max_new_tokens=1, show=False)


def test_a_prompt_that_is_refused_does_not_warn_as_well(mini: LocalModel) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(LabkitError, match="cannot read 'Please'"):
            mini.think("Please use 3, 5 and 9 to make 24.")
        with pytest.raises(LabkitError, match="temperature"):
            mini.think("Using 3 and 5, make 15.", temperature=-1)


def test_a_model_that_the_reader_trained_is_not_said_to_lack_what_it_may_have_learnt(
    mini: LocalModel,
) -> None:
    own = LocalModel("r1-mini, trained", mini.network, mini.tokenizer, family=mini.family)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace = own.think("using 2 4 6 8 make 24", max_new_tokens=1, show=False)
    assert "Using 2, 4, 6 and 8, make 24." in trace.prompt_text


def test_in_training_a_watched_prompt_in_natural_form_is_its_problem() -> None:
    from labkit.training.rl.metrics import problem_of_prompt

    assert problem_of_prompt(NATURAL[0]) == countdown.Problem((3, 5, 9), 24)


@pytest.mark.slow
def test_in_a_notebook_the_warning_is_one_sentence_and_not_a_file_and_a_line() -> None:
    import nbclient
    import nbformat

    ask = "import labkit\nlabkit.load().think('Using 3 and 5, make 15.', show=False, max_new_tokens=1);"
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(ask)])
    nbclient.NotebookClient(book, kernel_name="python3", store_widget_state=False).execute()
    (output,) = (o for o in book.cells[0].outputs if o.get("name") == "stderr")
    assert output.text == (
        "Warning: r1-mini was trained on one puzzle at a time, with 3 whole numbers from 1 to 20 and a target from 1 "
        "to 100. This prompt has 2 numbers, so expect a wrong answer.\n"
    )
