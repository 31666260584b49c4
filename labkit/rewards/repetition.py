"""A penalty for repeated words."""

from __future__ import annotations

from collections.abc import Iterator

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.rewards.base import JudgedSpan, Rule
from labkit.traces.repeats import MAX_TEXT, WORD, ngram_hashes


@checks_arguments
def repetition(n: int = 20, worst: float = -1.0) -> Rule:
    """A rule: `worst` times the share of word n-grams that occurred before, 0 down to `worst`.

        R = worst * (1 - distinct n-grams / n-grams)       (arXiv 2502.03373 gives 0 to a negative limit for repeated
                                                            n-grams; as in Open-R1, over the whole completion)

    The value is None if the completion has fewer than n words. Numbers and signs count as words. A small n
    punishes honest arithmetic: a search often repeats short n-grams.

    Args:
        n: words of an n-gram, at least 1.
        worst: the value for a completion that only repeats one n-gram, 0 or less.

    Raises:
        LabkitError: n is below 1 or `worst` above 0.

    >>> repetition(2)(["no no no no", "one two three"])
    [-0.6666666666666667, 0.0]
    """
    if not isinstance(n, int) or n < 1 or worst > 0:
        raise BadArgument(
            f"repetition() got n={n!r} and worst={worst!r}.",
            why="n counts words, from 1 up, and what is lost is 0 or less.",
            next="labkit.rewards.repetition(20, worst=-1.0)",
        )

    def judge(text: str) -> Iterator[JudgedSpan]:
        words = [(match[0].casefold(), match.start()) for match in WORD.finditer(text[:MAX_TEXT])]
        grams = ngram_hashes([word for word, _ in words], n)
        if not grams:
            return
        seen: set[int] = set()
        first = next((i for i, gram in enumerate(grams) if gram in seen or seen.add(gram)), None)  # type: ignore[func-returns-value]
        repeated = 1 - len(set(grams)) / len(grams)
        span = (0, 0) if first is None else (words[first][1], len(text))
        yield worst * repeated, span, f"{repeated:.0%} of the {len(grams):,} runs of {n} words came before."

    return Rule(judge, name="repetition", factory=(repetition, (n, worst)))
