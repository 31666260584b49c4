"""Where the thought ends and the answer begins: the four tag cases, and the odd ones.

| case | text | thought | answer |
|---|---|---|---|
| both tags | `<think>A</think>B` | A | B |
| the template wrote the opening one | `A</think>B` | A | B |
| cut off, or stopped, before the end | `<think>A`, or `A` after a template that opened | A | nothing |
| no tag at all | `B` | nothing | B |

Tags that repeat, nest or go missing: the thought begins at the first opening tag, or with the text
where the template opened it (known from `opened`, or seen from a closing tag that comes first). It
ends at the *last* closing tag, as in the R1 templates, which keep what follows that one. Words before
the opening tag belong to neither part. After a closed thought, an opening tag at the start of a line
begins to think again: until it is closed there is no answer yet; in the middle of a line it is only
mentioned. A text that is but the beginning of an opening tag is no answer yet.
"""

from __future__ import annotations

from dataclasses import dataclass

from labkit._arguments import checks_arguments

OPEN, CLOSE = "<think>", "</think>"
MARKS: dict[str, tuple[str, str]] = {  # the tags that delimit the reasoning, by kind
    "tags": (OPEN, CLOSE),
    "channels": ("<|channel|>analysis<|message|>", "<|channel|>final<|message|>"),
    "text": ("<|im_start|>think", "<|im_start|>answer"),
}

_KINDS = {"gpt-oss": "channels", "s1": "text"}  # of the families whose kind is not "tags"
SEAM = "<|end|><|start|>assistant"  # what gpt-oss writes between two of its channels: part of the closing tag


@dataclass(frozen=True)
class Parts:
    """Character ranges in a completion, `[start, end)`, without the tags.

    `closed` says whether the thought came to its closing tag.
    """

    thinking: tuple[int, int]
    answer: tuple[int, int]
    closed: bool


@checks_arguments
def split(text: str, *, opened: bool = False, open_tag: str = OPEN, close_tag: str = CLOSE) -> Parts:
    """Splits a completion into thought and answer; total: every text has exactly one reading.

    Args:
        text: what the model wrote, prompt excluded.
        opened: whether the prompt's template already wrote the opening tag.
        open_tag: the family's opening tag; `""` where only the template writes it.
        close_tag: the family's closing tag; `""` for a family that does not think.

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
        ].strip()  # a tag that the model repeats after the template's is no thought
        opened = opened or (not leads and 0 <= text.find(close_tag) < first_open)
        start = after_tag if leads or not opened else 0
    close = text.rfind(close_tag)
    if close >= start:
        rest = close + len(close_tag)
        close = max(start, len(text[:close].removesuffix(SEAM)))
        if open_tag and _begins_a_line(text, open_tag, rest):
            return Parts((start, end), (end, end), closed=False)
        return Parts((start, close), (rest, end), closed=True)
    if opened or first_open >= 0:
        return Parts((start, end), (end, end), closed=False)
    if open_tag.startswith(text.strip()):  # in the middle of writing it, where it is several tokens
        return Parts((0, 0), (end, end), closed=False)
    return Parts((0, 0), (0, end), closed=False)


def tags_named(family: str) -> tuple[str, str]:
    """The opening and the closing tag of a family; `<think>` and `</think>` for a family that is not known.

    >>> tags_named("s1")
    ('<|im_start|>think', '<|im_start|>answer')
    """
    return MARKS[_KINDS.get(family, "tags")]


def _begins_a_line(text: str, tag: str, start: int) -> bool:
    """Whether `tag` stands at the start of a line of `text[start:]`, blanks before it allowed."""
    return any(line.lstrip().startswith(tag) for line in text[start:].split("\n"))
