"""The slides of the lessons: what stands on a slide, and that a page asks no other site for anything."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from labkit.cli import main
from labkit.course.lesson import Lesson
from labkit.course.slides.export import STATIC, slides, to_page
from labkit.course.slides.outline import outline
from labkit.errors import LabkitError

LONG = "The first sentence is short. The second " + "goes on and on " * 9 + "to its end."


def outlined(*cells: str) -> list[tuple[str, str]]:
    """(kind of slide, text) of each cell of the outline; a source that begins with `>>> ` is code."""
    made = [
        new_code_cell(c.removeprefix(">>> ")) if c.startswith(">>> ") else new_markdown_cell(c) for c in cells
    ]
    lesson = outline(Lesson(Path("01-ask.ipynb"), new_notebook(cells=made)), {"02-more"})
    return [(cell.metadata["slideshow"]["slide_type"], cell.source) for cell in lesson.cells]


def test_a_heading_begins_a_slide_and_code_joins_the_text_before_it() -> None:
    assert outlined("# 1. Ask\n\n## Two ways\n\nRun it.", ">>> 1 + 1", ">>> 2 + 2") == [
        ("slide", "# 1. Ask"),
        ("slide", "## Two ways\n\nRun it."),
        ("-", "1 + 1"),
        ("subslide", "2 + 2"),
    ]


def test_the_explanation_of_an_output_stays_on_its_slide() -> None:
    assert outlined("## A\n\nRun it.", ">>> 1", "It is one.\n\nRun the next.", ">>> 2", "It is two.\n\n## B")[
        2:
    ] == [
        ("-", "It is one."),
        ("subslide", "Run the next."),
        ("-", "2"),
        ("-", "It is two."),
        ("slide", "## B"),
    ]


def test_a_long_paragraph_shows_its_first_sentence_and_all_of_it_is_a_note() -> None:
    assert outlined(f"## A\n\n{LONG}\n\n$$x = 1$$") == [
        ("slide", "## A\n\nThe first sentence is short.\n\n$$x = 1$$"),
        ("notes", LONG.strip()),
    ]


def test_as_many_sentences_are_shown_as_fit() -> None:
    assert (
        outlined(f"You ask. The model reads. {LONG}")[0][1]
        == "You ask. The model reads. The first sentence is short."
    )


def test_emphasis_of_a_whole_sentence_stays_with_it() -> None:
    assert (
        outlined(f"**Look.** The model *reads.* {LONG}")[0][1]
        == "**Look.** The model *reads.* The first sentence is short."
    )


def test_a_sentence_that_is_cut_inside_emphasis_ends_it() -> None:
    assert outlined(f"*{LONG.strip()}*")[0] == ("subslide", "*The first sentence is short.*")
    assert outlined(f"**{LONG.strip()}**")[0] == ("subslide", "**The first sentence is short.**")


def test_an_exercise_is_a_slide_with_its_whole_text_and_without_its_solution() -> None:
    exercise = f"**Exercise 1 (4 minutes).** {LONG.strip()}"
    solution = "<details><summary>Solution</summary>\n\nsecret\n</details>"
    assert outlined(f"## Your turn\n\n{exercise}\n\n{solution}\n\n**Exercise 2 (4 minutes).** Why?") == [
        ("slide", f"## Your turn\n\n{exercise}"),
        ("slide", "**Exercise 2 (4 minutes).** Why?"),
    ]


def test_a_fold_is_a_note_and_links_lead_to_slides_or_are_text() -> None:
    text = "## Questions\n\n1. What?\n\n<details><summary>Answer</summary>\n\nThat.\n</details>\n\n"
    text += "A [token](glossary.ipynb#token), [More](02-more.ipynb), [Less](03-less.ipynb)."
    assert outlined(text) == [
        ("slide", "## Questions\n\n1. What?\n\nA token, [More](02-more.slides.html), Less."),
        ("notes", "Answer: That."),
    ]


def test_much_text_goes_on_below() -> None:
    entries = "\n".join(f"* {'word ' * 20}{n}." for n in range(9))
    kinds = [kind for kind, _ in outlined(f"## A\n\n{entries}")]
    assert kinds == ["slide", "subslide", "subslide"]


def test_a_view_is_shown_as_its_picture_with_its_plain_text_beside_it() -> None:
    data = {"image/png": "iVBORw0KGgo=", "text/html": "<p>long</p>", "text/plain": 'TokenView("<b>")'}
    code = new_code_cell("view", outputs=[new_output("display_data", data), new_output("display_data", {})])
    page = to_page(outline(Lesson(Path("01-ask.ipynb"), new_notebook(cells=[code]))))
    (picture,) = re.findall(r"<img[^>]*>", page)
    assert (
        'alt="TokenView(&quot;&lt;b&gt;&quot;)"' in picture or "alt='TokenView(\"&lt;b&gt;\")'" in picture
    ), picture
    assert "<p>long</p>" not in page


def test_the_files_beside_the_slides_are_those_that_were_published() -> None:
    for package, source in json.loads((STATIC / "sources.json").read_text("utf-8")).items():
        assert "LICENSE" in source["sha256"]
        for name, sum in source["sha256"].items():
            assert hashlib.sha256((STATIC / package / name).read_bytes()).hexdigest() == sum, name


def test_the_pages_of_all_lessons_name_no_other_site_to_load_from(tmp_path: Path) -> None:
    assert main(["course", "slides", str(tmp_path / "slides")]) == 0
    pages = sorted((tmp_path / "slides").glob("*.html"))
    lessons = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.ipynb"))
    assert [page.name for page in pages] == [*(f"{path.stem}.slides.html" for path in lessons), "index.html"]
    for page in pages:
        text = page.read_text("utf-8")
        assert not re.search(
            r"<(?:script|link|img|iframe|source)[^>]*(?:src|href)=[\"']?(?:https?:)?//", text
        ), page.name
        assert not re.search(r"@import|url\([\"']?(?:https?:)?//|\bfrom ['\"]https?:", text), page.name
    for name in ("reveal.js/LICENSE", "mathjax/LICENSE", "reveal.js/dist/reveal.js", "mathjax/tex-svg.js"):
        assert (tmp_path / "slides" / name).is_file()


def test_a_zip_of_slides_is_the_same_each_time_and_nothing_is_replaced(tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert main(["course", "slides", str(tmp_path / name / "slides"), "watch", "--zip"]) == 0
    assert (tmp_path / "one/slides.zip").read_bytes() == (tmp_path / "two/slides.zip").read_bytes()
    with pytest.raises(LabkitError, match="could not be written"):
        slides(tmp_path / "one")
    with pytest.raises(LabkitError, match="no lessons for slides"):
        slides(tmp_path / "three", chosen=[])
