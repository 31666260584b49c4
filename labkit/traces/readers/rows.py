"""Rows of a table: JSONL, Parquet, a data set of Hugging Face, the completions that TRL logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from labkit.traces.readers.cells import cell_prompt, cell_text, cell_texts, cell_thought, is_simple
from labkit.traces.readers.columns import columns_of, right_answer
from labkit.traces.readers.completion import Completion
from labkit.traces.readers.reader import Options, Reader, register
from labkit.traces.readers.rewards import rewards_of
from labkit.traces.trace import Trace


def recognises(record: Any, options: Options) -> bool:
    """Whether a column holds a text or a thought."""
    return isinstance(record, Mapping) and bool({"text", "thought"} & {*columns_of(record, options)})


def read(record: Any, options: Options) -> Iterator[Trace]:
    """One trace for each text of the row."""
    columns, rewards = columns_of(record, options), rewards_of(record)
    cells = {role: record.get(name) for role, name in columns.items()}
    used = {*columns.values(), *rewards}
    texts = cell_texts(cells["text"] if "text" in cells else cells.get("answer", ""))
    thoughts = cell_texts(cells.get("thought", ""))
    for text, thought in zip_longest(texts, thoughts, fillvalue=""):
        yield Completion(
            text=cell_text(text), thought=cell_text(thought) or cell_thought(text),
            prompt=cell_prompt(cells.get("prompt")), model=str(cells.get("model") or ""),
            finish=record.get("finish_reason"), rewards=rewards, columns=right_answer(record, columns),
            metadata={name: v for name, v in record.items() if name not in used and is_simple(v)},
        ).trace(options)  # fmt: skip


ROWS = register(Reader("a row with named columns", "a column with a text or a thought", recognises, read))
