"""What the lesson *Tokens and templates* says about its outputs."""

from __future__ import annotations

from tests.lessons.lesson import Lesson

ALLOWED: dict[str, str] = {}


def compared(lesson: Lesson) -> list[float]:
    """The numbers that the thought without an opened tag compares with."""
    return lesson.rows("compared = re.findall")[0]


CLAIMS = {
    "it never compares with 24": lambda lesson: compared(lesson) and 24 not in compared(lesson),
    "each result is compared with 24": lambda lesson: (
        lesson.output("opened = continued").splitlines()[0].count("vs 24") == 3
        and lesson.output("opened = continued").splitlines()[0].count("vs ") == 3
    ),
    "Two tokens that you did not write decide": lambda lesson: 24 not in compared(lesson),
    "The emoji becomes 4 bytes": lambda lesson: "4 [b'\\xf0'" in lesson.output("def tokens_of"),
    "so it needs 5 tokens for a text that takes 3 in R1-mini": lambda lesson: (
        "' make', ' ', '2', '4', '.'" in lesson.output("other = labkit.Trace.load")
        and "'make ', '24', '.'" in lesson.output("other = labkit.Trace.load")
    ),
    "The template keeps only the text after the last": lambda lesson: (
        "B: nothing of the first thought (0 of" in lesson.output("chat = [")
    ),
}
DEFINITIONS: tuple[str, ...] = ()
