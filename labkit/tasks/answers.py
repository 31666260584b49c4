r"""Extracts the answer of a completion, in the same way for every rule and every view.

The answer part follows the thought (`labkit.traces.split`). The first of these forms in it counts:

| form | where | the answer |
|---|---|---|
| box | `\boxed{...}`, `\fbox{...}` or `\boxed 9`, in the last `<answer>` if there is one | the content of the boxes |
| tag | the last `<answer>...</answer>` | the text between the tags |
| line | the last line with a word | the line without "The answer is", Markdown, `$` and the full stop |

Different boxes contradict each other, so the result is empty. The result is also empty if the text ends inside a
box, because the box is incomplete.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from labkit._arguments import checks_arguments
from labkit.traces.split import CLOSE, OPEN, split

Span = tuple[int, int]
MAX_READ = 100_000  # characters read at the end of an answer part: about 30,000 tokens
MAX_BOX = 10_000  # characters of one box
MAX_BOXES = 100

# End-of-turn tokens of common tokenizers: they belong to the chat template, not to the answer.
_END_OF_TURN = re.compile(
    r"(?:\s|<\|(?:im_end|endoftext|eot_id|end_of_text|end|return)\|>|<｜end▁of▁sentence｜>|</s>|<eos>|<end_of_turn>)+\Z"
)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*(?:(?P<brace>\{)|(?P<bare>\\[A-Za-z]+|[^\s${}\\]+))")
_LEAD = re.compile(  # heading marks, then "The answer is", which may be bold
    r"\s*(?:#{1,6}\s+|>\s+)*(?:(?:\*\*|__)?(?:(?:so|thus|therefore|hence)[,:]?\s+)?(?:the\s+|my\s+)?(?:final\s+)?answer"
    r"(?:\s+is(?:\*\*|__)?\s*:?|\s*(?:\*\*|__)?\s*[:=])(?:\*\*|__)?)?\s*",
    re.IGNORECASE,
)
_DELIMITERS = (
    ("**", "**"),
    ("__", "__"),
    ("`", "`"),
    ("$$", "$$"),
    ("$", "$"),
    (r"\(", r"\)"),
    (r"\[", r"\]"),
)


@dataclass(frozen=True)
class Answer:
    """The answer of a completion.

    Attributes:
        text: the result; empty if it is missing, or if boxes contradict each other.
        span: characters `[start, end)` of the result in the completion; empty if the result is missing.
        form: the form of the result, as in the table above.
        boxes: the different contents of the boxes, in order.
        block: the source of `text`: the content of the last `<answer>`, or everything after the thought. A
            result with several lines, such as a grid, is the whole block.
    """

    text: str
    span: Span
    form: Literal["box", "tag", "line", "missing"]
    boxes: tuple[str, ...]
    block: str

    @property
    def why_missing(self) -> str:
        """One sentence on why the result is missing; empty if there is a result."""
        if self.text:
            return ""
        if len(self.boxes) > 1:
            return f"The answer gives different results: {' and '.join(map(_short, self.boxes[:3]))}."
        return "There is no answer after the thought."


@checks_arguments
def read_answer(
    completion: str, *, opened: bool = False, open_tag: str = OPEN, close_tag: str = CLOSE
) -> Answer:
    r"""The answer of a completion; it is empty if the thought has not ended.

    Args:
        completion: any text.
        opened, open_tag, close_tag: as in `labkit.traces.split`.

    >>> read_answer(r"<think>\boxed{3}? No.</think>It is \boxed{4}.").text
    '4'
    >>> read_answer(r"<think>I get \boxed{3}. Wait").text
    ''
    """
    parts = split(completion, opened=opened, open_tag=open_tag, close_tag=close_tag)
    return answer_in(completion, parts.answer)


def answer_in(completion: str, part: Span) -> Answer:
    """The answer of a completion whose answer part is known; see `read_answer`."""
    start, end = answer_part(completion, part)
    tag = _tag(completion, start, end)
    block = _trim(completion, *(tag or (start, end)))
    boxes, cut = _boxes(completion, max(block[0], block[1] - MAX_READ), block[1])
    texts = _different(completion, boxes)
    if cut:
        return Answer("", (block[1], block[1]), "missing", (), completion[slice(*block)])
    if boxes:
        span, form = (boxes[0][0], boxes[-1][1]), "box"
        text = texts[0] if len(texts) == 1 else ""
    elif tag and "\n" in completion[slice(*block)]:
        span, form, text = block, "tag", completion[slice(*block)]
    else:
        span = _line(completion, *block)
        text = completion[slice(*span)]
        form = ("tag" if tag else "line") if text else "missing"
    return Answer(text, span, form, texts, completion[slice(*block)])  # type: ignore[arg-type]


def answer_part(completion: str, part: Span) -> Span:
    """The answer part without surrounding blanks and without end-of-turn tokens of a chat template."""
    start, end = part
    tail = max(start, end - 1_000)  # end-of-turn tokens are short; anything longer is text
    marks = _END_OF_TURN.search(completion[tail:end])
    return _trim(completion, start, tail + marks.start() if marks else end)


def _tag(text: str, start: int, end: int) -> Span | None:
    """The content of the last `<answer>`; an unclosed tag extends to the end."""
    close = text.rfind("</answer>", start, end)
    opening = text.rfind("<answer>", start, end if close < 0 else close)
    if opening < 0:
        return None
    return opening + len("<answer>"), end if close < 0 else close


def _trim(text: str, start: int, end: int) -> Span:
    """The range without surrounding blanks."""
    part = text[start:end]
    bare = part.strip()
    start += len(part) - len(part.lstrip())
    return (start, start + len(bare)) if bare else (start, start)


def _boxes(text: str, start: int, end: int) -> tuple[list[Span], bool]:
    """The content of each box in order, the innermost of nested boxes; and whether the text ends inside a box."""
    boxes: list[Span] = []
    while len(boxes) < MAX_BOXES and (match := _BOX.search(text, start, end)):
        if match["brace"] is None:
            stop = match.end("bare")
            boxes.append(_trim(text, match.start("bare"), stop - text[:stop].endswith((".", ","))))
            start = stop
            continue
        close = _closing(text, match.end(), min(end, match.end() + MAX_BOX))
        if close is None:
            return [], True
        inner = _BOX.search(text, match.end(), close)
        if inner:  # nested boxes: the inner one counts
            start = inner.start()
            continue
        boxes.append(_trim(text, match.end(), close))
        start = close + 1
    return [span for span in boxes if span[0] < span[1]], False


def _closing(text: str, start: int, end: int) -> int | None:
    """The position of the brace that closes the one before `start`; escaped braces are ignored."""
    depth, i = 1, start
    while i < end:
        if text[i] == "\\":
            i += 2
            continue
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if not depth:
            return i
        i += 1
    return None


def _different(text: str, boxes: list[Span]) -> tuple[str, ...]:
    """The distinct contents, ignoring blanks, in order."""
    different: dict[str, str] = {}
    for box in boxes:
        content = text[slice(*box)]
        different.setdefault(re.sub(r"\s|\\[,;:! ]", "", content), content)
    return tuple(different.values())


def _line(text: str, start: int, end: int) -> Span:
    """The last line with a word, without introductory words and markup."""
    start = max(start, end - MAX_READ)
    start = max(start, text.rfind("\n", start, end) + 1)
    lead = _LEAD.match(text, start, end)
    if lead:
        start = lead.end()
    for mark in (
        "**",
        "__",
    ):  # closing mark of a bold line whose opening mark was removed with the introduction
        if (
            lead
            and mark in lead[0]
            and text.endswith(mark, start, end)
            and not text.startswith(mark, start, end)
        ):
            end -= len(mark)
    start, end = _without_stop(text, *_trim(text, start, end))
    for left, right in _DELIMITERS:
        part = text[start:end]
        inner = part[len(left) : -len(right)]
        if part == f"{left}{inner}{right}" and inner and left not in inner and right not in inner:
            start, end = _without_stop(text, *_trim(text, start + len(left), end - len(right)))
    return start, end


def _without_stop(text: str, start: int, end: int) -> Span:
    """The range without one final full stop; an ellipsis stays."""
    stop = text.endswith(".", start, end) and not text.endswith("..", start, end)
    return _trim(text, start, end - stop)


def _short(text: str) -> str:
    return text if len(text) <= 20 else text[:19] + "…"
