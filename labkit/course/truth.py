"""Whether the text of a lesson is true to its output: numbers and comparatives beside the saved outputs.

A number in a markdown cell is supported if it occurs in the output or the code of its section, or in a row of
`data/facts/` that the cell names in an invisible comment, `<!-- facts: r1-aime24-pass1 -->`. Numbers written as words
count ("sixteen"), and so do rounding and percent: 0.2309 supports 0.23 and "23 %".

Left out: numbers in formulas, in years, in names ("R1", "Table 2") and in headings; whether a number stands beside the
right noun. A comparative is listed only; what must hold for it, the lesson's test asserts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labkit.course.clean import Notebook, joined

# Sections that speak about the whole lesson. A number in such a section may come from any output of the lesson, and its
# sentences do not count as beside an output.
WHOLE_LESSON = re.compile(r"your turn|misconception|questions|what the papers|appendix", re.I)

WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
    "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
SCALES = {"k": 1e3, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}

COMPARATIVE = re.compile(
    r"\b(more|most|mostly|less|least|fewer|fewest|never|always|decid\w+|better|best|worse|worst|higher|highest"
    r"|lower|lowest|longer|longest|shorter|shortest|larger|largest|smaller|smallest|stronger|strongest|weaker|rises?"
    r"|rose|falls?|fell|grows?|grew|shrinks?|faster|fastest|slower|slowest|earlier|later than|nearly all"
    r"|no difference)\b",
    re.I,
)

_NUMBER = re.compile(
    r"(?<![\w.@#\-/])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e-?\d+)?)(?![\w]|\.\d|,\d{3})"
    r"(?:\s*(?P<percent>%|percent\b)|\s+(?P<scale>k|thousand|million|billion|trillion)\b)?"
)
_WORD = re.compile(
    r"(?<![\w-])(?:(?P<tens>twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-)?(?P<word>"
    + "|".join(sorted(WORDS, key=len, reverse=True))
    + r")(?![\w-])",
    re.I,
)
# What has digits and states nothing: a year, a reference, the number of a list entry, of an exercise or a version.
_NAMES = re.compile(
    r"\b(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?\b(?![.,]\d)"
    r"|\barXiv[: ]*\d{4}\.\d{4,5}(?:v\d+)?|\b(?:\d{4}\.\d{5})\b"
    r"|\b(?:table|figure|section|sections|eq\.|equation|appendix|chapter|stage|step|exercise|version|lesson|part|no\."
    r"|issue|question|python|layer|layers|head|heads|token|position|seed)s?\s+#?\(?\d+(?:\.\d+)*(?:\s*(?:,|and|to|-)\s*\d+(?:\.\d+)*)*\)?"
    r"|#\d+|^\s*\d+\.\s|\(\d+ minutes?\)",
    re.I | re.M,
)


@dataclass(frozen=True)
class Number:
    """A number in a text.

    Attributes:
        text: as it is written, e.g. "23 %".
        value: its value; 23 for "23 %", 2,000,000 for "2 million".
        step: one unit of its last digit; 0.1 for "0.5", 100,000 for "1.5 million".
        percent: whether a percent sign follows.
        exact: whether only an equal number supports it: small whole numbers and words.
    """

    text: str
    value: float
    step: float
    percent: bool = False
    exact: bool = False

    def supported_by(self, evidence: Iterable[float]) -> bool:
        """Whether the evidence has this number, rounded as the text rounds it."""
        return any(self._equals(e) or (self.percent and self._equals(100 * e)) for e in evidence)

    def _equals(self, value: float) -> bool:
        margin = 1e-9 if self.exact else self.step / 2 * 1.001
        return abs(abs(value) - self.value) <= margin


@dataclass(frozen=True)
class Unsupported:
    """A number that no output, code or fact of its section has."""

    cell: int
    number: str
    sentence: str


@dataclass(frozen=True)
class Sentence:
    """A sentence beside an output that compares."""

    cell: int
    text: str
    word: str


@dataclass
class _Section:
    """The code and output since a heading."""

    title: str = ""
    evidence: list[float] = field(default_factory=list)
    has_output: bool = False


def numbers(text: str) -> list[Number]:
    """The numbers of a text in reading order; years, references and names are left out.

    >>> [(n.value, n.percent) for n in numbers("Sixteen thoughts, 62 % right (Table 2, 2024), 1.5 million tokens")]
    [(16.0, False), (62.0, True), (1500000.0, False)]
    """
    text = _NAMES.sub(" ", text)
    matches = [(m.start(), _digits(m)) for m in _NUMBER.finditer(text)]
    matches += [(m.start(), _worded(m)) for m in _WORD.finditer(text)]
    return [number for _, number in sorted(matches, key=lambda pair: pair[0])]


def unsupported(notebook: Notebook, facts: Mapping[str, float] | None = None) -> list[Unsupported]:
    """The numbers of a lesson's text that its outputs, its code and the cited facts do not have.

    Args:
        notebook: the lesson with saved outputs.
        facts: the value of each row of `data/facts/` by id; none by default.
    """
    facts = facts or {}
    cells = notebook["cells"]
    all_evidence = [value for cell in cells if cell["cell_type"] == "code" for value in _evidence(cell)]
    shown = _code_and_outputs(cells)
    missing = []
    for index, cell, section in _text_cells(cells):
        of_lesson = WHOLE_LESSON.search(section.title)
        evidence = all_evidence if of_lesson else [*section.evidence, *_next_code(cells, index)]
        evidence = [*evidence, *(facts[id] for id in cited_facts(_source(cell)) if id in facts)]
        for sentence in sentences(_source(cell), is_shown=lambda span: span in shown):
            missing += [
                Unsupported(index, number.text, sentence)
                for number in numbers(sentence)
                if not number.supported_by(evidence)
            ]
    return missing


def comparatives(notebook: Notebook) -> list[Sentence]:
    """The sentences beside an output that compare; sections about the whole lesson have none."""
    return [
        Sentence(index, sentence, match[0])
        for index, cell, section in _text_cells(notebook["cells"])
        if section.has_output and not WHOLE_LESSON.search(section.title)
        for sentence in sentences(_source(cell))
        if (match := COMPARATIVE.search(sentence))
    ]


def cited_facts(markdown: str) -> list[str]:
    """The ids in the comments `<!-- facts: id, id -->` of a markdown cell."""
    lists = re.findall(r"<!--\s*facts:(.*?)-->", markdown, re.DOTALL)
    return [id.strip() for each in lists for id in each.split(",") if id.strip()]


def sentences(markdown: str, is_shown: Callable[[str], bool] = lambda span: False) -> list[str]:
    """The sentences of a markdown cell as plain text, without headings, formulas, code blocks, links and comments.

    Args:
        markdown: the source of the cell.
        is_shown: whether a piece of inline code stands in the lesson's code or output; such a piece is left out.
    """
    text = re.sub(r"<!--.*?-->|```.*?```|\$\$.*?\$\$", " ", markdown, flags=re.DOTALL)
    text = re.sub(r"\$[^$\n]+\$|<[^>]+>", " ", text)
    text = re.sub(r"^#+ .*$", "", text, flags=re.M)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`([^`]*)`", lambda m: "code" if is_shown(m[1].strip()) else m[1], text)
    text = re.sub(r"[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}", "", text)
    blocks = re.split(r"\n\s*\n|\n\s*(?:[-*]|\d+\.)\s|\n\|", text)
    joined = [re.sub(r"\s+", " ", block).strip() for block in blocks]
    return [
        sentence
        for block in joined
        for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z\"'(0-9])", block)
        if sentence
    ]


def _text_cells(cells: list[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any], _Section]]:
    """Each markdown cell after the first code cell, with what its section has shown before it."""
    section, code_seen = _Section(), False
    for index, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            code_seen = True
            section.evidence += _evidence(cell)
            section.has_output = bool(cell.get("outputs"))
            continue
        heading = re.search(r"^## (.*)$", _source(cell), re.M)
        if not heading:
            if code_seen:
                yield index, cell, section
            continue
        # The text above a heading belongs to the section before, the text below it to the new section.
        above, below = _source(cell)[: heading.start()], _source(cell)[heading.start() :]
        if code_seen and above.strip():
            yield index, {**cell, "source": above}, section
        section = _Section(heading[1])
        if code_seen:
            yield index, {**cell, "source": below}, section


def _next_code(cells: list[dict[str, Any]], index: int) -> list[float]:
    """The numbers in the code, not in the output, of the two cells that a text announces: a prediction and its run."""
    following = [cell for cell in cells[index + 1 :] if cell["cell_type"] == "code"][:2]
    return [number.value for cell in following for number in _all_numbers(_source(cell))]


def _evidence(cell: dict[str, Any]) -> list[float]:
    text = "\n".join([_source(cell), *output_texts(cell)])
    return [number.value for number in _all_numbers(text)]


def _all_numbers(text: str) -> list[Number]:
    """Every number of a code or an output, also those in names, as 16 in `pass@16`."""
    values = re.findall(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?(?:e-?\d+)?", text)
    digits = [Number(value, float(value.replace(",", "")), 0) for value in values]
    return digits + [_worded(match) for match in _WORD.finditer(text)]


def output_texts(cell: dict[str, Any]) -> list[str]:
    """The readable texts of a code cell's outputs: streams, plain text, HTML without its tags, messages of errors."""
    texts = []
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream":
            texts.append(joined(output["text"]))
        elif output["output_type"] == "error":
            texts.append(f"{output['ename']}: {output['evalue']}")
        else:
            data = output.get("data", {})
            texts.append(joined(data.get("text/plain", "")))
            texts.append(
                re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", joined(data.get("text/html", "")), flags=re.S)
            )
    return texts


def _code_and_outputs(cells: list[dict[str, Any]]) -> str:
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    return "\n".join(text for cell in code for text in [_source(cell), *output_texts(cell)])


def _digits(match: re.Match[str]) -> Number:
    digits = match["digits"].replace(",", "")
    scale = SCALES.get((match["scale"] or "").lower(), 1.0)
    decimals = len(digits.partition("e")[0].partition(".")[2])
    value, step = float(digits) * scale, 10.0**-decimals * scale
    exact = decimals == 0 and scale == 1 and not match["percent"] and value <= 20
    return Number(match[0].strip(), value, step, bool(match["percent"]), exact)


def _worded(match: re.Match[str]) -> Number:
    tens = WORDS.get((match["tens"] or "").lower(), 0)
    return Number(match[0], float(tens + WORDS[match["word"].lower()]), 1, exact=True)


def _source(cell: dict[str, Any]) -> str:
    return joined(cell["source"])
