"""bertviz's pictures in a real JupyterLab that reaches no network, live and reopened, and in an exported page."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import nbformat
import pytest

pytest.importorskip("bertviz", reason="needs the extra bertviz")
pytestmark = pytest.mark.browser

THINK = """
import labkit
from labkit.inside import bertviz
trace = labkit.load().think("Using 3, 5 and 9, make 24.", seed=0, show=False, capture="qk")
"""
HEAD = "bertviz.head_view(trace, window=(15, 40))"
MODEL = "bertviz.model_view(trace, layers=[0, 1], window=(15, 35))"
NEURON = "bertviz.neuron_view(trace, window=(15, 35))"
LINES = {HEAD: 5 * 25**2, MODEL: 2 * 5 * 20**2}


def write(lab: Any, name: str, *cells: str) -> str:
    """A notebook in the server's folder."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text.strip()) for text in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, lab.root / name)
    return name


def frames(page: Any, count: int) -> list[Any]:
    """The frames of `count` pictures, in the order of their cells, each drawn."""
    page.wait_for_function(f"() => document.querySelectorAll('iframe').length === {count}", timeout=60_000)
    found = [handle.content_frame() for handle in page.query_selector_all("iframe")]
    for frame in found:
        frame.wait_for_selector("#note:not(:empty)", state="attached", timeout=45_000)
    return found


def lines(frame: Any) -> int:
    return int(frame.evaluate("document.querySelectorAll('#vis line').length"))


def brightness(frame: Any, what: str, property: str) -> float:
    """Of a colour, 0 black to 1 white."""
    script = f"getComputedStyle(document.querySelector({what!r})).getPropertyValue({property!r}).match(/[\\d.]+/g).slice(0, 3)"
    return sum(map(float, frame.evaluate(script))) / 765


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_several_pictures_draw_in_one_notebook_with_no_network(lab: Any, dark: bool) -> None:
    page = lab.open(write(lab, f"bertviz-{dark}.ipynb", THINK, HEAD, MODEL, HEAD, NEURON), dark=dark)
    lab.run_all(page)
    first, model, again, neuron = frames(page, 4)
    assert [lines(first), lines(model), lines(again)] == [LINES[HEAD], LINES[MODEL], LINES[HEAD]]
    assert lines(neuron) > 20**2 and neuron.locator("#queries .element").count() == 20 * 32
    assert (
        first.locator("#left text").all_inner_texts()[:3]
        == first.locator("#right text").all_inner_texts()[:3]
    )
    for frame, text in ((first, "#left text"), (model, "svg > text")):
        paper, ink = brightness(frame, "body", "background-color"), brightness(frame, text, "fill")
        assert paper < 0.1 < 0.6 < ink if dark else ink < 0.1 < 0.9 < paper
    assert page.evaluate("[typeof window.$, typeof window.d3, typeof window.requirejs, typeof window.bertviz_params]") == [
        "undefined"
    ] * 4  # fmt: skip
    assert not page.locator("figure img").first.is_visible()  # the still picture has given way
    lab.assert_quiet()


def test_a_picture_answers_to_mouse_and_menu(lab: Any) -> None:
    page = lab.open(write(lab, "bertviz-use.ipynb", THINK, HEAD, NEURON))
    lab.run_all(page)
    head, neuron = frames(page, 2)
    shown = (
        "[...document.querySelectorAll('#attention line')].map(l => l.getAttribute('stroke-opacity')).join()"
    )
    before = head.evaluate(shown)
    head.select_option("#layer", "3")
    assert head.evaluate(shown) != before
    head.locator("#left text").nth(6).hover()
    assert head.locator("#attention line[visibility=visible]").count() == 5 * 25
    neuron.locator("#collapsed #leftText text").nth(5).hover()
    neuron.evaluate(  # its plus sign is a transparent square over the icon
        "[...document.querySelectorAll('#collapsed #leftText text')][5].parentNode.lastElementChild"
        ".dispatchEvent(new MouseEvent('click', {bubbles: true}))"
    )
    assert neuron.locator("#expanded").get_attribute("visibility") == "visible"
    assert neuron.locator("#dotproducts rect[data-value]").count() == 20
    lab.assert_quiet()


def test_a_trusted_notebook_draws_again_without_its_kernel_and_an_untrusted_one_shows_the_still_picture(
    lab: Any,
) -> None:
    name = write(lab, "bertviz-saved.ipynb", THINK, HEAD)
    page = lab.open(name)
    lab.run_all(page)
    frames(page, 1)
    lab.save(page)
    lab.shut_kernels()
    again = lab.open(name, kernel=False)
    (frame,) = frames(again, 1)
    assert lines(frame) == LINES[HEAD]
    assert lab.foreign_requests == []

    book = nbformat.read(lab.root / name, as_version=4)
    for cell in book.cells:
        cell.metadata.pop("trusted", None)
    book.cells[0].source += "  # another text, so that no signature fits"
    book.cells[1].outputs[0].data["text/html"] += " "
    nbformat.write(book, lab.root / "bertviz-stranger.ipynb")
    stranger = lab.open("bertviz-stranger.ipynb", kernel=False)
    stranger.wait_for_selector("img[src^='data:image/png']")
    assert stranger.locator("iframe").count() == 0
    assert stranger.locator("img[src^='data:image/png']").evaluate("(i) => i.naturalWidth") == 1520


def test_an_exported_page_draws_with_no_network(lab: Any, browser: Any) -> None:
    name = write(lab, "bertviz-export.ipynb", THINK, HEAD, HEAD)
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--to",
        "html",
        "--execute",
        "--output",
        "bertviz-export.html",
        name,
    ]
    subprocess.run(command, cwd=lab.root, check=True, capture_output=True)
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto((lab.root / "bertviz-export.html").as_uri(), wait_until="domcontentloaded")
    assert [lines(frame) for frame in frames(page, 2)] == [LINES[HEAD]] * 2
    assert errors == []
    page.close()
