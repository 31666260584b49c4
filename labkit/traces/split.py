"""Splits a completion into thought and answer: the four tag cases, and the unusual ones.

| case | text | thought | answer |
|---|---|---|---|
| both tags | `<think>A</think>B` | A | B |
| the template wrote the opening tag | `A</think>B` | A | B |
| cut off, or stopped, before the end | `<think>A`, or `A` after an opening template | A | nothing |
| no tags | `B` | nothing | B |

Repeated, nested or missing tags: the thought begins at the first opening tag, or with the text if
the template opened it (known from `opened`, or from a closing tag that comes first). It ends at the
*last* closing tag, as in the R1 templates, which keep the text after that tag. Words before the
opening tag belong to neither part. After a closed thought, an opening tag at the start of a line
opens another thought, and the answer is empty until that is closed; an opening tag inside a line is
plain text. An incomplete opening tag is not an answer.

A tool call may begin before the thought has its closing tag. The thought ends at the call. If no closing tag
follows, the call is in the answer, where a call behind a closed thought is, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from labkit._arguments import checks_arguments
from labkit.traces.families.family import Tags, around

OPEN, CLOSE = Tags.open, Tags.close


@dataclass(frozen=True)
class Parts:
    """Character ranges in a completion, `[start, end)`, without the tags.

    `closed` is whether the thought has ended: at its closing tag, or at a tool call.
    """

    thinking: tuple[int, int]
    answer: tuple[int, int]
    closed: bool


@checks_arguments
def split(
    text: str, *, opened: bool = False, open_tag: str = OPEN, close_tag: str = CLOSE, family: str = ""
) -> Parts:
    """Splits a completion into thought and answer. The split is defined for every text.

    Args:
        text: the completion, without the prompt.
        opened: whether the prompt's template already wrote the opening tag.
        open_tag: the family's opening tag; `""` if only the template writes it.
        close_tag: the family's closing tag; `""` for a family that does not think.
        family: the name of the family, of several with these tags: what they write around the tags differs.

    >>> text = "2 + 2 = 4</think>4"
    >>> parts = split(text, opened=True)
    >>> text[slice(*parts.thinking)], text[slice(*parts.answer)]
    ('2 + 2 = 4', '4')
    """
    end = len(text)
    if not close_tag:
        return Parts((0, 0), (0, end), closed=False)
    first_open = text.find(open_tag) if open_tag else -1
    start = 0
    if first_open >= 0:
        after_tag = first_open + len(open_tag)
        leads = not text[
            :first_open
        ].strip()  # an opening tag that the model repeats after the template is not part of the thought
        opened = opened or (not leads and 0 <= text.find(close_tag) < first_open)
        start = after_tag if leads or not opened else 0
    close = text.rfind(close_tag)
    tags = around(open_tag, close_tag, family)
    call = _tool_call(text, max(start, text.rfind(open_tag, start) if open_tag else start), tags)
    if close >= start:
        rest = close + len(close_tag)
        thought_end = call if tags.boundary and start <= call < close else close
        thought_end = max(start, len(text[:thought_end].removesuffix(tags.boundary)))
        if open_tag and _begins_a_line(text, open_tag, rest):
            return Parts((start, end), (end, end), closed=False)
        return Parts((start, thought_end), _answer(text, rest, tags), closed=True)
    if call >= 0 and (opened or first_open >= 0):
        thought_end = max(start, len(text[:call].removesuffix(tags.boundary)))
        return Parts((start, thought_end), (call, end), closed=True)
    if opened or first_open >= 0:
        return Parts((start, end), (end, end), closed=False)
    if open_tag.startswith(text.strip()):  # an incomplete tag, which consists of several tokens
        return Parts((0, 0), (end, end), closed=False)
    return Parts((0, 0), (0, end), closed=False)


def _tool_call(text: str, start: int, tags: Tags) -> int:
    """Where the first tool call in `text[start:]` begins; -1 without a tool call."""
    calls = (text.find(mark, start) for mark in tags.tool_calls)
    return min((place for place in calls if place >= 0), default=-1)


def _answer(text: str, rest: int, tags: Tags) -> tuple[int, int]:
    """The answer behind the closing tag, without what the family writes around it."""
    before = tags.after_close.strip()
    start = rest + len(text[rest:]) - len(text[rest:].lstrip())
    start = start + len(before) if before and text.startswith(before, start) else rest
    end = len(text.rstrip())
    if tags.answer_end and text.endswith(tags.answer_end.strip(), start, end):
        return start, end - len(tags.answer_end.strip())
    return start, len(text)


def _begins_a_line(text: str, tag: str, start: int) -> bool:
    """Whether `tag` begins a line of `text[start:]`, after optional blanks."""
    return any(line.lstrip().startswith(tag) for line in text[start:].split("\n"))
