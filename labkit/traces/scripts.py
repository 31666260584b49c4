"""Scripts of a text (Latin, Han, Cyrillic), for the measures of a thought and for the reward of language consistency.

These are scripts, not languages: Chinese in an English thought is visible, French is not. A Chinese character counts as
one word, as in most counts of mixed text; a formula has no words.
"""

from __future__ import annotations

import re
from functools import lru_cache

MAX_TEXT = 50_000  # characters read of a thought: about 15,000 tokens

SCRIPTS = {
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
_ONE_A_WORD = ("Kana", "Han")  # scripts without blanks between words
_SINGLE = "".join(SCRIPTS[name] for name in _ONE_A_WORD)
WORD = re.compile(rf"[{_SINGLE}]|[^\W\d_{_SINGLE}]+")
_LONG_WORD = re.compile(
    rf"[{_SINGLE}]|[^\W\d_{_SINGLE}]{{2,}}"
)  # a single letter is a symbol, such as x or π


@lru_cache(maxsize=64)
def letters_of(scripts: frozenset[str]) -> re.Pattern[str]:
    """Matches one letter of these scripts."""
    return re.compile(f"[{''.join(SCRIPTS[name] for name in sorted(scripts))}]")


def scripts_of(text: str) -> frozenset[str]:
    """The scripts in which a word of a text is written; single letters do not count, as they are symbols.

    >>> sorted(scripts_of("Solve 方程 for π"))
    ['Han', 'Latin']
    """
    initials = "".join({word[0] for word in _LONG_WORD.findall(text[:MAX_TEXT])})
    return frozenset(name for name in SCRIPTS if letters_of(frozenset({name})).search(initials))


def language_mixing(text: str, prompt: str) -> float:
    """The share of the words of a text that are in a script which the prompt does not use, 0 to 1.

    Single letters do not count. The first `MAX_TEXT` characters are read. If the prompt has no words, the script of
    the first word of the text is the expected one. A text without words has 0.

    >>> language_mixing("First 3, 然后 9.", "Make 24.")
    0.6666666666666666
    """
    text = text[:MAX_TEXT]
    if text.isascii() and (not prompt or prompt.isascii()):
        return 0.0
    words = _LONG_WORD.findall(text)
    expected = scripts_of(prompt) or scripts_of(words[0] if words else "")
    if not words or not expected:
        return 0.0
    own = letters_of(expected)
    return sum(not own.match(word) for word in words) / len(words)
