"""The rule rewards of R1-Zero (R1 section 2.2.2): accuracy and format.

Each is a `Rule`: called with a list of completions and columns with one entry a completion, it is a
reward function for TRL's `GRPOTrainer`. All rules find the end of the thought and the answer with the
same code: `labkit.traces.split` and `labkit.tasks.answers`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from labkit.rewards.base import JudgedSpan, Rule
from labkit.tasks import _gym, countdown, exact
from labkit.tasks.answers import answer_in, answer_part
from labkit.traces import Parts

ANSWER, END = "<answer>", "</answer>"
_TAG = re.compile(r"</?[A-Za-z][\w-]*>")


@Rule
def countdown_accuracy(
    text: str, *, parts: Parts, numbers: Sequence[int], target: int
) -> Iterator[JudgedSpan]:
    """1.0 if the answer solves the problem, otherwise 0.0.

    >>> countdown_accuracy(["</think><answer>3 * 5 + 9</answer>"], numbers=[[3, 5, 9]], target=[24])
    [1.0]
    """
    verdict = countdown.judge_answer(answer_in(text, parts.answer), numbers=numbers, target=target)
    yield verdict.score, verdict.span, verdict.why


@Rule
def exact_answer(text: str, *, parts: Parts, answer: str) -> Iterator[JudgedSpan]:
    """1.0 if the answer is the expected text, ignoring blanks and case.

    >>> exact_answer(["...</think><answer> Paris </answer>"], answer=["paris"])
    [1.0]
    """
    verdict = exact.judge(answer_in(text, parts.answer), answer=answer)
    yield verdict.score, verdict.span, verdict.why


@Rule
def gym_score(text: str, *, parts: Parts, task: str, entry: str) -> Iterator[JudgedSpan]:
    """The score of a reasoning-gym task, 0 to 1; see `labkit.tasks.gym`.

    An answer that is too long, takes too long to judge or needs too much memory earns 0.0, with the reason. The
    value is None if the task has no gold and its scorer would run the answer as a program.
    """
    verdict = _gym.judge(answer_in(text, parts.answer), task=task, entry=entry)
    yield verdict.score, verdict.span, verdict.why


@Rule
def think_format(text: str, *, parts: Parts, open_tag: str, close_tag: str) -> Iterator[JudgedSpan]:
    r"""1.0 if the completion is a thought, its closing tag and one tagged answer, in this order, otherwise 0.0.

    The template of the prompt may have opened the thought, so the opening tag may be missing. The thought has the
    tags of the family; the answer is between `<answer>` and `</answer>`. Surrounding blanks and end-of-turn tokens
    of a chat template are ignored.

    >>> think_format(["I think.</think>\n\n<answer>7</answer>", "7", "</think><answer>7</answer>"])
    [1.0, 0.0, 0.0]
    """
    blanks = len(text) - len(text.lstrip())
    start = blanks + len(open_tag) if open_tag and text.startswith(open_tag, blanks) else 0
    close = text.find(close_tag, start) if close_tag else -1
    if close < 0:
        yield (
            0.0,
            (len(text), len(text)),
            f"The thought never ends: there is no {close_tag or 'closing tag'}.",
        )
        return
    early = [(i, tag) for tag in (open_tag, ANSWER, END) if tag and (i := text.find(tag, start, close)) >= 0]
    after = close + len(close_tag)
    where = answer_part(text, (after, len(text)))
    reply = text[slice(*where)]
    inner = reply[len(ANSWER) : -len(END)]
    if early:
        first, tag = min(early)
        yield 0.0, (first, first + len(tag)), "A tag stands inside the thought."
    elif not text[start:close]:
        yield 0.0, (0, after), "The thought is empty."
    elif not reply:
        yield 0.0, (close, after), "Nothing follows the thought."
    elif not (reply.startswith(ANSWER) and reply.endswith(END)) or not inner:
        yield 0.0, where, f"What follows the thought is not one answer between {ANSWER} and {END}."
    elif _TAG.search(inner) or open_tag in inner or close_tag in inner:
        yield 0.0, where, "The answer holds a tag."
    else:
        yield 1.0, (close, where[1]), "A thought, its closing tag and one answer, in this order."
