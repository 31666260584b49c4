"""Which column of a row holds what. The user names the columns, or their names tell, which differ between data sets.

OpenR1-Math has `problem` and `generations`; s1K `question`, `thinking_trajectories` and `attempt`; TRL `prompt`,
`completion` and one column a reward.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.traces.readers.cells import cell_text
from labkit.traces.readers.reader import Options

# For each role, the names by which a column is guessed, best one first.
GUESSES = {
    "prompt": ("prompt", "problem", "question", "instruction", "query", "input"),
    "text": ("completion", "completions", "generation", "generations", "response", "responses", "output", "text"),
    "thought": ("reasoning_content", "reasoning", "thinking", "thought", "message_thinking",
                "thinking_trajectory", "thinking_trajectories", "deepseek_thinking_trajectory", "cot"),
    "answer": ("message_content", "content", "attempt", "deepseek_attempt", "response", "completion", "output",
               "answer"),
    "model": ("model", "model_name", "generator"),
}  # fmt: skip
RIGHT_ANSWERS = ("answer", "gtruth_answer", "gold", "target", "ground_truth")


def columns_of(record: Mapping[str, Any], options: Options) -> dict[str, str]:
    """The column of each role: the named one, otherwise a guess.

    >>> columns_of({"problem": "2 + 2?", "message_thinking": "Add.", "message_content": "4"}, Options())
    {'prompt': 'problem', 'thought': 'message_thinking', 'answer': 'message_content'}
    """
    columns = {role: name for role, name in options.columns.items() if name in record}
    for role, guesses in GUESSES.items():
        if role in columns or (role == "text" and "thought" in columns):
            continue
        free = (name for name in guesses if name in record and name not in columns.values())
        if name := next((name for name in free if cell_text(record[name])), ""):
            columns[role] = name
    if "thought" in columns and "text" in columns and "text" not in options.columns:
        columns.setdefault("answer", columns["text"])
        del columns["text"]
    if "thought" not in columns and "answer" not in options.columns:
        columns.pop("answer", None)  # without a thought, this is the right answer, or the text itself
    return columns


def right_answer(record: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any] | None:
    """The right answer, as a column of the problem; None if the row has none."""
    free = (name for name in RIGHT_ANSWERS if name not in columns.values())
    answers = (record[name] for name in free if record.get(name) is not None)
    return next(({"answer": answer} for answer in answers), None)
