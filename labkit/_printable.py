"""Text of a file or of a server, made safe to print in a terminal.

A terminal obeys escape sequences: a text can clear the screen, set the title of the window or hide the line above
it. Such a text comes from a checkpoint, from a server or from the name of a file.
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
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, without the tab and the line break
    r"\u202a-\u202e\u2066-\u2069]"  # marks that turn the direction of the text round
)
HALF = re.compile(r"[\ud800-\udfff]")  # half a character: no terminal can be sent it


def printable(text: str) -> str:
    r"""The text without escape sequences, control characters and marks of direction.

    Tabs and line breaks stay. U+FFFD stands for half a surrogate pair.

    >>> printable("\x1b[31mred\x1b[0m \x1b]0;title\x07and\a plain\r\n")
    'red and plain\n'
    """
    return HALF.sub("\ufffd", UNSEEN.sub("", SEQUENCE.sub("", text)))
