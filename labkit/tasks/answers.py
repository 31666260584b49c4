"""Where in a completion the answer stands."""

from __future__ import annotations


def answer_text(completion: str) -> str:
    """The part of a completion that claims to be the answer.

    Of what follows the last `</think>` (of everything, where there is none), the last
    `<answer>...</answer>`, or all of it where it has no such tag.

    >>> answer_text("<answer>1 + 2</answer>? No.</think> <answer>2 + 3</answer>")
    '2 + 3'
    """
    start, end = answer_span(completion)
    return completion[start:end]


def answer_span(completion: str) -> tuple[int, int]:
    """Where `answer_text` stands in the completion: characters `[start, end)`."""
    after = completion.rfind("</think>")
    start, end = 0 if after < 0 else after + len("</think>"), len(completion)
    close = completion.rfind("</answer>", start)
    opening = completion.rfind("<answer>", start, end if close < 0 else close)
    if opening >= 0:
        start, end = opening + len("<answer>"), end if close < 0 else close
    said = completion[start:end]
    bare = said.strip()
    start += len(said) - len(said.lstrip())
    return (start, start + len(bare)) if bare else (start, start)
