"""A regular expression of the user on texts of models: the search is bounded in time.

A pattern without repetition and without groups, such as `wait|hold on`, takes a time proportional to the text and is
searched for here. Every other pattern is searched for in the bounded process (`labkit._host.bounded_worker`): on a text
that was made for it, `(a+)+b` would take years.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from labkit._host.bounded_worker import JobError, worker
from labkit._host.jobs.regex import search
from labkit.errors import BadArgument

MAX_TEXT = 1_000_000  # characters of a text that are searched
SECONDS = 2.0  # CPU time for one text, and for a batch of texts
BATCH = 1_000_000  # characters that are sent at once
SPANS = 3  # character ranges of matches of one text
MOST_FAILURES = 5  # texts that take too long, after which the search is given up
_LINEAR = re.compile(r"(?:\(\?[aimsux]+\))?[^*+?{(]*")


class Matches(NamedTuple):
    """The matches in one text: their number and the first ranges; if the text was not searched, the reason."""

    number: int
    spans: Sequence[Sequence[int]]
    why_not: str = ""


class BoundedSearch:
    """Searches texts with one pattern.

    Args:
        pattern: a regular expression of Python.

    Raises:
        BadArgument: it is not one.
    """

    def __init__(self, pattern: str | re.Pattern[str]) -> None:
        text: object = pattern if isinstance(pattern, str) else pattern.pattern
        if not isinstance(text, str):
            raise BadArgument(
                f"{text!r:.80} is a pattern of bytes.", why="thoughts are text.",
                next='traces.ask({"waits": r"wait|hold on"})',
            )  # fmt: skip
        try:
            self._pattern = re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise BadArgument(
                f"{str(pattern)[:80]!r} is not a regular expression.",
                why=f"{error}.",
                next='traces.ask({"waits": r"wait|hold on"})  # re.escape(text) for a literal text',
            ) from None
        self._is_linear = _LINEAR.fullmatch(self._pattern.pattern) is not None
        self._failures = 0

    def search(self, texts: Sequence[str]) -> Iterator[Matches]:
        """The matches in each text."""
        batch: list[str] = []
        size = 0  # characters of the batch
        for text in texts:
            batch.append(text[:MAX_TEXT])
            size += len(batch[-1])
            if size >= BATCH:
                yield from self._search_batch(batch)
                batch, size = [], 0
        if batch:
            yield from self._search_batch(batch)

    def _search_batch(self, texts: list[str]) -> Iterator[Matches]:
        if self._is_linear:
            yield from (Matches(*search(self._pattern, text, SPANS)) for text in texts)
        elif self._failures >= MOST_FAILURES:
            yield from [Matches(0, (), f"The search was given up after {MOST_FAILURES} texts.")] * len(texts)
        else:
            yield from self._search_bounded(texts)

    def _search_bounded(self, texts: list[str]) -> Iterator[Matches]:
        """The matches by the bounded process. A batch that fails is searched text by text."""
        question = {
            "pattern": self._pattern.pattern, "flags": self._pattern.flags, "texts": texts, "n_spans": SPANS,
        }  # fmt: skip
        try:
            replies = worker.ask("regex", question, seconds=SECONDS)
        except JobError as error:
            if len(texts) > 1:
                yield from (matches for text in texts for matches in self._search_batch([text]))
                return
            self._failures += 1
            yield Matches(0, (), error.why)
        else:
            yield from (Matches(number, spans) for number, spans in replies)
