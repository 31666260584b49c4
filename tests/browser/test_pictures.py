"""Each view looks as its reference picture, within a tolerance for another machine's fonts.

    LABKIT_NEW_PICTURES=1 python -m pytest tests/browser/test_pictures.py     # writes the references anew: look at them

A reference is a sixth of the size, so that it is small and letters are shades of grey. The whole picture may differ by
`MEAN` of 255 on average, and each of its `PARTS` x `PARTS` parts by `PART`.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.views.every_view import EXAMPLES

from .plain_page import PlainPage

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parent / "pictures"
NEW = bool(os.environ.get("LABKIT_NEW_PICTURES"))
WIDTH, SCALE = 900, 6
MEAN, PARTS, PART = 2.0, 8, 12.0
TALLER = 0.06  # by what share the height may differ
FONTS = PICTURES / "fonts.txt"  # the width of a text in the fonts with which the references were made
TEXT_WIDTH = """() => {
  const context = document.createElement("canvas").getContext("2d");
  return ["system-ui, sans-serif", "monospace"].map((font) => {
    context.font = `100px ${font}`;
    return context.measureText("Check: 3 * 5 = 15, so 15 + 9 = 24.").width.toFixed(0);
  }).join(" ");
}"""
HIDE_LARGEST = """(host) => {
  const height = (e) => e.getBoundingClientRect().height;
  const parts = [...host.firstElementChild.shadowRoot.querySelector(".view").children];
  parts.sort((a, b) => height(b) - height(a))[0].style.visibility = "hidden";
}"""
VARIES = {"catalog"}  # its column "fits here" depends on the memory that is free


@pytest.fixture
def plain(browser: Any, request: pytest.FixtureRequest) -> Iterator[PlainPage]:
    page = browser.new_page(viewport={"width": WIDTH + 32, "height": 900})
    yield PlainPage(page, dark=request.param)
    page.close()


def picture(place: Any) -> Image.Image:
    """The picture of an element, small."""
    shot = Image.open(io.BytesIO(place.screenshot(animations="disabled"))).convert("RGB")
    return shot.resize((shot.width // SCALE, shot.height // SCALE), Image.Resampling.BOX)


def differences(now: Image.Image, before: Image.Image) -> tuple[float, float]:
    """The mean difference of two pictures, 0 to 255, and that of the part that differs most."""
    same_size = now.resize(before.size, Image.Resampling.BOX)
    apart = np.abs(np.asarray(same_size, float) - np.asarray(before, float)).mean(-1)
    parts = [block for row in np.array_split(apart, PARTS) for block in np.array_split(row, PARTS, axis=1)]
    return float(apart.mean()), max(float(part.mean()) for part in parts if part.size)


def is_alike(now: Image.Image, before: Image.Image) -> bool:
    """Whether a picture is its reference, within the tolerances."""
    mean, part = differences(now, before)
    return abs(now.height / before.height - 1) <= TALLER and mean <= MEAN and part <= PART


@pytest.mark.parametrize("plain", [False, True], ids=["light", "dark"], indirect=True)
@pytest.mark.parametrize("name", sorted({*EXAMPLES} - VARIES))
def test_a_view_looks_as_before(plain: PlainPage, name: str, request: pytest.FixtureRequest) -> None:
    fonts = plain.page.evaluate(TEXT_WIDTH)
    if not NEW and fonts != FONTS.read_text("utf-8"):
        pytest.skip("the references were made with other fonts than those of this machine")
    place = plain.add_live(name, EXAMPLES[name]())
    plain.settle()
    now = picture(place)
    file = PICTURES / f"{request.node.callspec.id}.png"
    if NEW:
        PICTURES.mkdir(exist_ok=True)
        FONTS.write_text(fonts, encoding="utf-8", newline="\n")
        now.save(file, optimize=True)
    before = Image.open(file).convert("RGB")
    assert is_alike(now, before), differences(now, before)
    place.evaluate(HIDE_LARGEST)
    assert not is_alike(picture(place), before), "a view without its largest part must not pass"


def test_the_references_are_small() -> None:
    assert sum(file.stat().st_size for file in PICTURES.glob("*.png")) <= 400_000
