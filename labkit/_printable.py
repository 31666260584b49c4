"""Makes text from files and servers safe to print in a terminal.

A terminal executes escape sequences: a text can clear the screen, set the window title or hide the line above
it. Such a text can come from a checkpoint, a server or a file name.
"""

from __future__ import annotations

import re

SEQUENCE = re.compile(
    r"""
      (?:\x1b\[|\x9b) [0-?]* [ -/]* [@-~]                       # CSI: colours, moves, erasing
    | (?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]) [^\x07\x1b\x9c]* (?:\x07|\x1b\\|\x9c)?  # OSC and others that hold a text
    | \x1b [ -/]* [0-~]?                                        # the short ones
    """,
    re.VERBOSE,
)
UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters except tab and line break
    r"\u202a-\u202e\u2066-\u2069]"  # marks that change the direction of the text
)
HALF = re.compile(r"[\ud800-\udfff]")  # half of a surrogate pair: it cannot be encoded for a terminal


def printable(text: str) -> str:
    r"""Removes escape sequences, control characters and direction marks from a text.

    Tabs and line breaks stay. U+FFFD replaces half of a surrogate pair.

    >>> printable("\x1b[31mred\x1b[0m \x1b]0;title\x07and\a plain\r\n")
    'red and plain\n'
    """
    return HALF.sub("\ufffd", UNSEEN.sub("", SEQUENCE.sub("", text)))
