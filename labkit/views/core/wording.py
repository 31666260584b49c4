"""Texts shared by the saved outputs and the live view."""

from __future__ import annotations

from labkit.tasks import puzzle_words
from labkit.traces import Trace
from labkit.traces.text import is_text_only, with_words
from labkit.views.core.contract import Color

ENDS = {"stop": "came to its end", "length": "cut off at max_new_tokens", "interrupted": "interrupted"}
RUNNING = "still thinking when this was saved"
LEGEND: dict[Color, tuple[str, str]] = {
    "probability": ("sure: p = 100 %", "p = 0 %: unsure"),
    "surprisal": ("expected: 0 nats", "5 nats or more: surprising"),
    "entropy": ("decided: 0 nats", "3 nats or more: undecided"),
}

KIND_LABELS = {
    "other": "step", "problem_setup": "setup", "plan_generation": "plan", "fact_retrieval": "fact",
    "active_computation": "compute", "uncertainty_management": "uncertain", "result_consolidation": "result",
    "self_checking": "check", "final_answer_emission": "answer",
}  # fmt: skip
STRIP = "Entropy over the whole text, in nats (top: 3 or more)"
SURPRISALS = "Surprisal over the whole text, in nats (top: 5 or more): this trace has no entropies"
LENGTHS = "Length of each step over the whole text"
NO_PROBABILITIES = "This trace has no probabilities: its tokens have no colour"
TEXT_ONLY = "This trace came as text: it has no tokens and no probabilities"


def prompt_shown(trace: Trace) -> str:
    r"""The prompt and, if labkit reworded it, a second line with the text that the model received.

    >>> given = "<|User|>Using 3, 5 and 9, make 24.<|Assistant|>"
    >>> prompt_shown(Trace(model="m", prompt="use 3 5 9 to make 24", prompt_text=given, text="", finish="stop"))
    'use 3 5 9 to make 24\nread as: Using 3, 5 and 9, make 24.'
    """
    puzzle = puzzle_words.parse_puzzle(trace.prompt)
    if puzzle is None or puzzle.wording in trace.prompt or puzzle.wording not in trace.prompt_text:
        return trace.prompt
    return f"{trace.prompt.rstrip()}\nread as: {puzzle.wording}"


def plural(n: int, noun: str) -> str:
    """A number with a noun in the singular or plural.

    >>> plural(1, "rollout"), plural(2_000, "token")
    ('1 rollout', '2,000 tokens')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def shorten(text: str, limit: int = 60) -> str:
    """A text in one line of at most `limit` characters.

    >>> shorten("Using 3, 5 and 9, make 24.", 15)
    'Using 3, 5 and…'
    """
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def title_of(trace: Trace) -> str:
    """Model and prompt for the plain-text output: known before the first token, so the same at every run.

    >>> title_of(Trace(model="m", prompt="Make 24.", text="", finish="stop"))
    "m: 'Make 24.'"
    """
    return f"{trace.model}: {shorten(trace.prompt)!r}"


def kind_label(kind: str) -> str:
    """The kind of a step for display: "step" for the kind "other", and a short word for those of Thought Anchors."""
    return KIND_LABELS.get(kind, kind)


def summary(trace: Trace, *, running: bool = False) -> str:
    """The length and the ending of the thought; without timing, so the same at every run.

    >>> summary(Trace(model="m", prompt="p", text="", finish="stop"))
    '0 tokens, came to its end'
    """
    length = plural(len(with_words(trace)), "word" if is_text_only(trace) else "token")
    return f"{length}, {RUNNING if running else ENDS[trace.finish]}"


def uncolored_reason(trace: Trace) -> str:
    """The reason why the tokens have no colours; empty if they have.

    >>> uncolored_reason(Trace.from_text("2 + 2?", "4"))
    'This trace came as text: it has no tokens and no probabilities'
    """
    if is_text_only(trace):
        return TEXT_ONLY
    return NO_PROBABILITIES if len(trace) and not (trace.tokens.logprobs or trace.tokens.entropies) else ""
