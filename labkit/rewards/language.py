"""Language consistency: the share of a thought's words that are in the target language (R1 section 2.3.2).

R1's authors do not describe how they detect a word's language. This rule detects *scripts*, not
languages: it finds Chinese in an English thought, the mixing that R1 describes, but French counts as
English. A Chinese character counts as one word, as in most counts of mixed text; a formula has no
words and is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.rewards.base import JudgedSpan, Rule
from labkit.traces import Parts

MAX_TEXT = 50_000  # characters read of a thought: about 15,000 tokens
MAX_MARKS = 20  # the most foreign words that are reported

_SCRIPTS = {
    "Latin": "A-Za-z\xaa\xba\xc0-\xd6\xd8-\xf6\xf8-\u02af\u1e00-\u1eff",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Cyrillic": "\u0400-\u052f",
    "Hebrew": "\u0590-\u05ff",
    "Arabic": "\u0600-\u06ff\u0750-\u077f",
    "Devanagari": "\u0900-\u097f",
    "Thai": "\u0e00-\u0e7f",
    "Hangul": "\u1100-\u11ff\uac00-\ud7a3",
    "Kana": "\u3041-\u30ff",
    "Han": "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002a6df",
}
_LATIN = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "vi")
_LANGUAGES: dict[str, tuple[str, ...]] = dict.fromkeys(_LATIN, ("Latin",)) | {
    "el": ("Greek",), "ru": ("Cyrillic",), "uk": ("Cyrillic",), "he": ("Hebrew",), "ar": ("Arabic",),
    "hi": ("Devanagari",), "th": ("Thai",), "ko": ("Hangul",), "ja": ("Kana", "Han"), "zh": ("Han",),
}  # fmt: skip
_ONE_A_WORD = ("Kana", "Han")  # scripts without blanks between words
_SINGLE = "".join(_SCRIPTS[name] for name in _ONE_A_WORD)
_WORD = re.compile(rf"[{_SINGLE}]|[^\W\d_{_SINGLE}]+")


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
    own = re.compile(rf"[{''.join(_SCRIPTS[name] for name in scripts)}]")
    letters = " and ".join(scripts)

    def judge(text: str, *, parts: Parts) -> Iterator[JudgedSpan]:
        start, end = parts.thinking
        end = min(end, start + MAX_TEXT)
        words = list(_WORD.finditer(text, start, end))
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
