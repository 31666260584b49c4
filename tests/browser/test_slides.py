"""The slides in Chromium: every slide is reached, formulas are drawn, and no request leaves the folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labkit.course import lesson
from labkit.course.slides.export import slides

pytestmark = pytest.mark.browser
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
WITH_FORMULAS = "03-ask-many-times"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return slides(tmp_path_factory.mktemp("course") / "slides", chosen=lesson.read_all(NOTEBOOKS))


def test_the_slides_of_each_lesson_ask_no_other_site_for_anything(folder: Path, browser: Any) -> None:
    for page_file in sorted(folder.glob("*.slides.html")):
        _visit(browser.new_page(viewport={"width": 1280, "height": 800}), page_file)


def _visit(page: Any, file: Path) -> None:
    """Opens a page and goes through its slides."""
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(file.as_uri())
    page.wait_for_function("window.Reveal && Reveal.isReady() && window.MathJax.startup.promise")
    page.evaluate("MathJax.startup.promise")
    total = page.evaluate("Reveal.getTotalSlides()")
    seen = {str(page.evaluate("Reveal.getIndices()"))}
    for _ in range(total - 1):
        page.evaluate("Reveal.next()")
        seen.add(str(page.evaluate("Reveal.getIndices()")))
    assert total >= 15 and len(seen) == total, (file.name, total, len(seen))
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert complaints == []
    if file.name.startswith(WITH_FORMULAS):
        assert page.evaluate("document.querySelectorAll('mjx-container svg').length") > 5
        assert "$" not in page.evaluate(
            "document.querySelector('.slides').querySelectorAll('h2')[0].parentElement.innerText"
        )
    page.close()
