"""Rows of a table: JSONL, Parquet, a data set of Hugging Face, the completions that TRL logs.

The columns are named by the user, or guessed by their names, which differ between data sets (OpenR1-Math: `problem`,
`generations`; s1K: `question`, `thinking_trajectories`, `attempt`; TRL: `prompt`, `completion`, one column a reward).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from labkit.traces.readers.completion import Completion, content_text, question_of
from labkit.traces.readers.openai_chat import thought_of
from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.readers.rewards import rewards_of
from labkit.traces.trace import Trace

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
GOLD = ("answer", "gtruth_answer", "gold", "target", "ground_truth")  # columns with the right answer


def columns_of(record: Mapping[str, Any], options: Options) -> dict[str, str]:
    """The column of each role: the named one, otherwise a guess.

    >>> columns_of({"problem": "2 + 2?", "message_thinking": "Add.", "message_content": "4"}, Options())
    {'prompt': 'problem', 'thought': 'message_thinking', 'answer': 'message_content'}
    """
    columns = {role: name for role, name in options.columns.items() if name in record}
    for role, guesses in GUESSES.items():
        free = [
            name
            for name in guesses
            if name in record and name not in columns.values() and _text(record[name])
        ]
        if role not in columns and free and not (role == "text" and "thought" in columns):
            columns[role] = free[0]
    if "thought" in columns and "text" in columns and "text" not in options.columns:
        columns.setdefault("answer", columns["text"])
        del columns["text"]
    if "thought" not in columns and "answer" not in options.columns:
        columns.pop("answer", None)  # without a thought, this is the right answer, or the text itself
    return columns


def recognises(record: Any, options: Options) -> bool:
    """Whether a column holds a text or a thought."""
    return isinstance(record, Mapping) and bool({"text", "thought"} & {*columns_of(record, options)})


def read(record: Any, options: Options) -> Iterator[Trace]:
    """One trace for each text of the row."""
    columns = columns_of(record, options)
    at = {role: _all(record.get(name)) for role, name in columns.items()}
    gold = next(
        (record[n] for n in GOLD if n in record and n not in columns.values() and record[n] is not None), None
    )
    texts, thoughts = at.get("text") or at.get("answer") or [""], at.get("thought") or [""]
    for i in range(max(len(texts), len(thoughts))):
        message = texts[i] if i < len(texts) else ""
        thought = thoughts[i] if i < len(thoughts) else ""
        rewards = rewards_of(record)
        others = {n: v for n, v in record.items() if n not in {*columns.values(), *rewards} and _is_simple(v)}
        yield Completion(
            text=_text(message), thought=_text(thought) or _thought(message),
            prompt=_prompt(record.get(columns.get("prompt"))),
            model=str(record.get(columns.get("model")) or ""), finish=record.get("finish_reason"),
            rewards=rewards, metadata=others, columns=None if gold is None else {"answer": gold},
        ).trace(options)  # fmt: skip


def _is_simple(value: Any) -> bool:
    """Whether a value is a text or a number; tables mark a missing value with NaN."""
    return isinstance(value, str | int) or (isinstance(value, float) and isfinite(value))


def _all(value: Any) -> list[Any]:
    """The texts of a cell: several if it is a list of texts, or of lists of messages."""
    many = isinstance(value, list) and value and not (isinstance(value[0], Mapping) and "content" in value[0])
    return value if many else [value]


def _text(value: Any) -> str:
    """The text of a cell: text, a list of texts, or messages."""
    if isinstance(value, list) and value and isinstance(value[0], Mapping) and "content" in value[0]:
        return content_text(value[-1].get("content"))
    if isinstance(value, list):
        return next((text for text in map(_text, value) if text), "")
    return value if isinstance(value, str) else ""


def _thought(value: Any) -> str:
    return (
        thought_of(value[-1]) if isinstance(value, list) and value and isinstance(value[-1], Mapping) else ""
    )


def _prompt(value: Any) -> str:
    return question_of(value) if isinstance(value, list) else _text(value)


ROWS = register(Reader("a row with named columns", "a column with a text or a thought", recognises, read))
