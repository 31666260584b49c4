"""Where the thought ends and the answer begins: the four tag cases, and the odd ones.

| case | text | thought | answer |
|---|---|---|---|
| both tags | `<think>A</think>B` | A | B |
| the template wrote the opening one | `A</think>B` | A | B |
| cut off, or stopped, before the end | `<think>A`, or `A` after a template that opened | A | nothing |
| no tag at all | `B` | nothing | B |

Nested or repeated tags: the thought runs from the first opening tag to the *last* closing one that
comes before the answer's text does, which is what the R1 templates keep as the answer too (they
drop everything up to the last `</think>`).
"""

from __future__ import annotations

from dataclasses import dataclass

OPEN, CLOSE = "<think>", "</think>"


@dataclass(frozen=True)
class Parts:
    """Character ranges in a completion, `[start, end)`, without the tags.

    `closed` says whether the thought came to its closing tag.
    """

    thinking: tuple[int, int]
    answer: tuple[int, int]
    closed: bool


def split(text: str, *, opened: bool = False, open_tag: str = OPEN, close_tag: str = CLOSE) -> Parts:
    """Splits a completion into thought and answer; total: every text has exactly one reading.

    Args:
        text: what the model wrote, prompt excluded.
        opened: whether the prompt's template already wrote the opening tag.
        open_tag, close_tag: the family's tags; the special case of none is `close_tag=""`.

    >>> text = "2 + 2 = 4</think>4"
    >>> parts = split(text, opened=True)
    >>> text[slice(*parts.thinking)], text[slice(*parts.answer)]
    ('2 + 2 = 4', '4')
    """
    end = len(text)
    if not close_tag:
        return Parts((0, 0), (0, end), closed=False)
    start_tag = text.find(open_tag)
    close = text.rfind(close_tag)
    # A leading tag that the model repeats after the template belongs to neither part.
    leads = start_tag >= 0 and not text[:start_tag].strip()
    start = start_tag + len(open_tag) if leads else 0
    if close >= start:
        if not (opened or leads) and start_tag >= 0 and start_tag < close:
            start = start_tag + len(open_tag)  # words before the thought: they count as neither
        return Parts((start, close), (close + len(close_tag), end), closed=True)
    if opened or leads:
        return Parts((start, end), (end, end), closed=False)
    if start_tag >= 0:
        return Parts((start_tag + len(open_tag), end), (0, start_tag), closed=False)
    return Parts((0, 0), (0, end), closed=False)
