"""Rule rewards as R1-Zero has them (R1 section 2.2.2): was the answer right, and was the form kept?

Each is a `Rule`: called with a list of completions and, by name, one entry a completion of whatever
else it needs, it is a reward function for TRL's `GRPOTrainer`, unchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labkit.rewards.parts import Finding, Rule
from labkit.tasks.answers import answer_span
from labkit.tasks.countdown import judge

OPEN, CLOSE, ANSWER, END = "<think>", "</think>", "<answer>", "</answer>"
MAX_EXACT = 10_000  # characters of an answer that are compared


@Rule
def countdown_accuracy(text: str, *, numbers: Sequence[int], target: int) -> Iterator[Finding]:
    """1.0 where the answer solves the problem, else 0.0.

    >>> countdown_accuracy(["</think><answer>3 * 5 + 9</answer>"], numbers=[[3, 5, 9]], target=[24])
    [1.0]
    """
    verdict = judge(text, numbers=numbers, target=target)
    yield float(verdict.right), verdict.span, verdict.why


@Rule
def think_format(text: str) -> Iterator[Finding]:
    r"""1.0 where a thought, its closing tag and one answer in its tags follow each other, else 0.0.

    The prompt's template opened the thought, so a completion may hold its closing tag only.

    >>> think_format(["I think.</think>\n\n<answer>7</answer>", "7", "</think><answer>7</answer>"])
    [1.0, 0.0, 0.0]
    """
    start = len(OPEN) if text.startswith(OPEN) else 0
    close = text.find(CLOSE, start)
    if close < 0:
        yield 0.0, (len(text), len(text)), f"The thought never ends: there is no {CLOSE}."
        return
    early = [at for tag in (OPEN, ANSWER, END) if (at := text.find(tag, start, close)) >= 0]
    after = close + len(CLOSE)
    said = text[after:].strip()
    where = (after + len(text[after:]) - len(text[after:].lstrip()), len(text.rstrip()))
    inner = said[len(ANSWER) : -len(END)]
    if early:
        at = min(early)
        yield 0.0, (at, text.index(">", at) + 1), "A tag stands inside the thought."
    elif close == start:
        yield 0.0, (0, after), "The thought is empty."
    elif not said:
        yield 0.0, (close, after), "Nothing follows the thought."
    elif not (said.startswith(ANSWER) and said.endswith(END)) or not inner:
        yield 0.0, where, f"What follows the thought is not one answer between {ANSWER} and {END}."
    elif "<" in inner or ">" in inner:
        yield 0.0, where, "The answer holds a tag."
    else:
        yield 1.0, (close, where[1]), "A thought, its closing tag and one answer, in this order."


@Rule
def exact_answer(text: str, *, answer: str) -> Iterator[Finding]:
    """1.0 where the answer is the expected text, blanks and capitals aside.

    >>> exact_answer(["...</think><answer> Paris </answer>"], answer=["paris"])
    [1.0]
    """
    start, end = answer_span(text)
    said, wanted = (" ".join(t.split()).casefold() for t in (text[start:end][:MAX_EXACT], str(answer)))
    right = said == wanted and bool(said)
    yield (
        float(right),
        (start, end),
        "It is the expected answer." if right else "It is not the expected answer.",
    )
