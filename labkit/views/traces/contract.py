"""The messages between a traces view and the browser.

Numbers of all thoughts are sent in pages, as far as they are measured; texts are sent for the rows on the screen.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from labkit.views.core.contract import Wire

Index = Annotated[int, Field(ge=0)]
MOST_TEXTS = 200  # rows of one request


class Column(Wire):
    """A measure: its name, and how its values are written.

    `count` is a whole number, `value` any number, `share` a number from 0 to 1, `verdict` 1 for right and 0 for wrong,
    `finish` the index of a finish reason. A value that is not known is NaN.
    """

    name: str
    kind: Literal["count", "value", "share", "verdict", "finish"]


class Scene(Wire):
    """The labels of a traces view.

    Attributes:
        title: what was opened.
        columns: the measures, in the order of the table.
        expected: the number of records; a record holds one thought in most files.
    """

    title: str
    columns: list[Column]
    expected: int


class Range(Wire):
    """A filter: the values of a column in `[low, high)`; None leaves an end open. An unknown value is outside."""

    column: str
    low: float | None = None
    high: float | None = None


class Focus(Wire):
    """The user's selection.

    Attributes:
        row: the opened thought.
        sort: the name of a column, or "number" for the order of the records.
        down: largest first.
        ranges: the filters; a thought is shown if it passes all of them.
        search: a text that the prompt or the completion contains, whether letters are large or small.
        extreme: of the thoughts that pass the filters, only the five worst or best, by reward.
    """

    row: Index | None = None
    sort: str = "number"
    down: bool = False
    ranges: list[Range] = Field(default_factory=list)
    search: Annotated[str, Field(max_length=500)] = ""
    extreme: Literal["", "worst", "best"] = ""


class NumbersAsk(Wire):
    """Asks for the measures of the thoughts from `first` on."""

    ask: Literal["numbers"]
    id: int
    first: Index


class Numbers(Wire):
    """Header of measures; the buffer holds `count` little-endian float32 for each column.

    Attributes:
        read: records that were read so far.
        done: whether all records were read.
        skipped: records that gave no thought, so far.
        failure: the reason why reading ended too early; empty if it did not.
    """

    first: int
    count: int
    read: int
    done: bool
    skipped: int
    failure: str = ""


class TextsAsk(Wire):
    """Asks for the texts of rows; with a search also for the place that was found in each."""

    ask: Literal["texts"]
    id: int
    rows: Annotated[list[Index], Field(max_length=MOST_TEXTS)]
    search: str = ""


class RowText(Wire):
    """The beginning of a prompt and of an answer, and the text around a match, each in one line."""

    row: int
    prompt: str
    answer: str
    match: str = ""


class Texts(Wire):
    """The texts of the rows."""

    texts: list[RowText]


class SearchAsk(Wire):
    """Begins a search, or asks how far it is; another text ends the search before it. `first` matches are here."""

    ask: Literal["search"]
    id: int
    text: str
    first: Index


class Matches(Wire):
    """Header of a search; the buffer holds `count` little-endian uint32: the rows with a match from `first` on."""

    first: int
    count: int
    searched: int
    done: bool


class SkippedAsk(Wire):
    """Asks for the records that gave no thought."""

    ask: Literal["skipped"]
    id: int


class SkippedRecord(Wire):
    """Where a record stands, and why it gave no thought."""

    place: str
    why: str


class SkippedRecords(Wire):
    """The first records that gave no thought, and how many there are."""

    records: list[SkippedRecord]
    total: int


class OpenAsk(Wire):
    """Asks for a thought; `bundle` asks for the code of the token view, too."""

    ask: Literal["open"]
    id: int
    row: Index
    bundle: bool


class Opened(Wire):
    """A thought: where it stands, and the scene and the focus of its token view, whose code is in the buffer."""

    row: int
    place: str
    scene: dict[str, JsonValue]
    focus: dict[str, JsonValue]


class ThoughtAsk(Wire):
    """A request of the token view of the opened thought."""

    ask: Literal["thought"]
    id: int
    row: Index
    question: dict[str, JsonValue]


Ask = Annotated[
    NumbersAsk | TextsAsk | SearchAsk | SkippedAsk | OpenAsk | ThoughtAsk, Field(discriminator="ask")
]
