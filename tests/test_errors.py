from __future__ import annotations

import pickle
import traceback

from labkit.errors import LabkitError

ERROR = LabkitError("No prompt.", why="a model continues text.", next='model.think("...")')


def test_an_error_says_what_happened_why_and_what_to_type_next() -> None:
    assert str(ERROR) == 'No prompt.\n  Why:  a model continues text.\n  Next: model.think("...")'
    assert (ERROR.what, ERROR.why, ERROR.next) == (
        "No prompt.",
        "a model continues text.",
        'model.think("...")',
    )


def test_its_three_parts_are_the_last_lines_of_a_traceback() -> None:
    try:
        raise ERROR
    except LabkitError as error:
        lines = traceback.format_exception(error)
    assert lines[-1].rstrip().endswith(str(ERROR))


def test_it_survives_the_way_from_another_process() -> None:
    again = pickle.loads(pickle.dumps(ERROR))
    assert (str(again), again.next) == (str(ERROR), ERROR.next)


def test_ipython_shows_the_sentence_alone() -> None:
    error = LabkitError("No prompt.", why="a model continues text.", next='model.think("...")')
    (shown,) = error._render_traceback_()
    assert shown == f"LabkitError: {error}"


def test_a_notebook_shows_one_that_was_caught_as_its_sentences() -> None:
    from IPython.lib.pretty import pretty

    assert pretty(ERROR) == f"LabkitError: {ERROR}"
