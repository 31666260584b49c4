"""A lesson asks for a prediction before a cell runs, and resolves it by what the cell computed.

>>> predict("sampling-vote", "B", options={"A": "far above", "B": "a little above"})
You predict B: a little above.
>>> resolve("sampling-vote", "A")
You predicted B. The output says A: far above.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from labkit.course import progress

NOT_YET = "?"


@dataclass(frozen=True)
class _Prediction:
    options: Mapping[str, str]
    chosen: str | None


_predictions: dict[str, _Prediction] = {}  # of this kernel, so that a fresh run prints the same text


def predict(id: str, guess: str = NOT_YET, *, options: Mapping[str, str]) -> None:
    """Asks for a prediction: prints the options, or repeats the chosen one. A wrong letter gets one sentence.

    Args:
        id: the slug of the lesson, a hyphen and a name, as "sampling-vote".
        guess: a letter among the options; "?" until the student has decided.
        options: a letter for each possible outcome, and the outcome in words.
    """
    letter = guess.strip().upper() if isinstance(guess, str) else str(guess)
    chosen = letter if letter in options else None
    _predictions[id] = _Prediction(dict(options), chosen)
    if chosen:
        progress.record_prediction(id, predicted=chosen)
        print(f"You predict {chosen}: {options[chosen]}.")
        return
    letters = _alternatives(list(options))
    for each, words in options.items():
        print(f"{each}  {words}")
    if letter == NOT_YET:
        print(f'Write {letters} in place of "?" and run this cell again.')
    else:
        print(f"{guess!r} is not one of the options: write {letters}.")


def resolve(id: str, outcome: str, because: str = "") -> None:
    """Prints what came, beside what the student predicted.

    Args:
        id: as in `predict`.
        outcome: the letter of the outcome, which the lesson computes from its own output.
        because: figures of the output that decide it, as a short text.
    """
    prediction = _predictions.get(id, _Prediction({}, None))
    words = f": {prediction.options[outcome]}" if outcome in prediction.options else ""
    if prediction.chosen:
        progress.record_prediction(id, resolved=outcome)
    before = {None: "", outcome: f"You predicted {outcome}, and you were right. "}.get(
        prediction.chosen, f"You predicted {prediction.chosen}. "
    )
    reason = f" ({because})" if because else ""
    print(f"{before}The output says {outcome}{words}{reason}.")


def _alternatives(letters: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(letters[:-1]), letters[-1])))
