"""The words that the saved faces and the live one share."""

from __future__ import annotations

from labkit.tasks import puzzle_words
from labkit.traces import Trace
from labkit.views._contract import Color

ENDS = {"stop": "came to its end", "length": "cut off at max_new_tokens", "interrupted": "interrupted"}
RUNNING = "still thinking when this was saved"
LEGEND: dict[Color, tuple[str, str]] = {
    "probability": ("p = 100 %", "p = 0 %"),
    "surprisal": ("0 nats", "surprisal 5 nats or more"),
    "entropy": ("0 nats", "entropy 3 nats or more"),
}


STRIP = "Entropy over the whole text, in nats (top: 3 or more)"
SURPRISALS = "Surprisal over the whole text, in nats (top: 5 or more): this trace has no entropies"
NO_STRIP = "This trace has no entropies"


def drawable(text: str) -> str:
    """DeepSeek's special tokens with signs that every font has: theirs are a full-width bar and a block.

    >>> drawable("<\uff5cend\u2581of\u2581sentence\uff5c>"), drawable("\u2581")
    ('<|end_of_sentence|>', '\u2581')
    """
    return text.translate({0xFF5C: "|", 0x2581: "_"}) if "\uff5c" in text else text


def prompt_shown(trace: Trace) -> str:
    r"""The prompt, and on a line of its own how the model was given it where labkit has worded it anew.

    >>> given = "<|User|>Using 3, 5 and 9, make 24.<|Assistant|>"
    >>> prompt_shown(Trace(model="m", prompt="use 3 5 9 to make 24", prompt_text=given, text="", finish="stop"))
    'use 3 5 9 to make 24\nread as: Using 3, 5 and 9, make 24.'
    """
    puzzle = puzzle_words.read(trace.prompt)
    if puzzle is None or puzzle.wording in trace.prompt or puzzle.wording not in trace.prompt_text:
        return trace.prompt
    return f"{trace.prompt.rstrip()}\nread as: {puzzle.wording}"


def said(trace: Trace, *, running: bool = False) -> str:
    """How long the thought was and how it ended: no timing, so the same at every run.

    >>> said(Trace(model="m", prompt="p", text="", finish="stop"))
    '0 tokens, came to its end'
    """
    n = len(trace)
    return f"{n:,} token{'' if n == 1 else 's'}, {RUNNING if running else ENDS[trace.finish]}"
