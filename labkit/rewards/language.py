"""Language consistency: the share of a thought's words that are in the target language (R1 section 2.3.2).

R1's authors do not describe how they detect a word's language. This rule detects *scripts*, not
languages: it finds Chinese in an English thought, the mixing that R1 describes, but French counts as
English. A Chinese character counts as one word, as in most counts of mixed text; a formula has no
words and is ignored.
"""

from __future__ import annotations

from collections.abc import Iterator

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.rewards.base import JudgedSpan, Rule
from labkit.traces import Parts
from labkit.traces.scripts import MAX_TEXT, WORD, letters_of

MAX_MARKS = 20  # the most foreign words that are reported

_LATIN = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "vi")
_LANGUAGES: dict[str, tuple[str, ...]] = dict.fromkeys(_LATIN, ("Latin",)) | {
    "el": ("Greek",), "ru": ("Cyrillic",), "uk": ("Cyrillic",), "he": ("Hebrew",), "ar": ("Arabic",),
    "hi": ("Devanagari",), "th": ("Thai",), "ko": ("Hangul",), "ja": ("Kana", "Han"), "zh": ("Han",),
}  # fmt: skip


@checks_arguments
def language_consistency(language: str = "en") -> Rule:
    """A rule: the share of the thought's words that are written in the script of `language`, 0 to 1.

    The value is None if the thought has no words.

    Args:
        language: a code such as "en", "zh" or "ru".

    Raises:
        LabkitError: the script of the language is unknown.

    >>> language_consistency("en")(["First 3 and 5, 然后 9.</think>24"])
    [0.5]
    """
    if language not in _LANGUAGES:
        raise BadArgument(
            f"language_consistency() does not know the language {language!r}.",
            why=f"it tells scripts apart, and knows those of {', '.join(sorted(_LANGUAGES))}.",
            next='labkit.rewards.language_consistency("en")',
        )
    scripts = _LANGUAGES[language]
    own = letters_of(frozenset(scripts))
    letters = " and ".join(scripts)

    def judge(text: str, *, parts: Parts) -> Iterator[JudgedSpan]:
        start, end = parts.thinking
        end = min(end, start + MAX_TEXT)
        words = list(WORD.finditer(text, start, end))
        if not words:
            return
        foreign = [word.span() for word in words if not own.match(word[0])]
        n_own = len(words) - len(foreign)
        yield n_own / len(words), (start, end), f"{n_own:,} of {len(words):,} words are in {letters} letters."
        for span in merge_adjacent(foreign)[:MAX_MARKS]:
            yield 0.0, span, f"This is not in {letters} letters."

    return Rule(judge, name="language_consistency", factory=(language_consistency, (language,)))


def merge_adjacent(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Merges adjacent spans.

    >>> merge_adjacent([(0, 1), (1, 2), (4, 5)])
    [(0, 2), (4, 5)]
    """
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and merged[-1][1] == start:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged
