"""What a reader sees at the width of a laptop with the file browser open: nothing cut, nothing out of place."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

pytestmark = pytest.mark.browser

READY = 240_000  # ms; on a machine that is busy otherwise a kernel alone needs a minute
LAPTOP = {"width": 1280, "height": 800}
MADE = "import make, labkit\n"
RUN = "import labkit\nfrom labkit.training import Run\nlabkit.TrainingView(Run.load(labkit.__path__[0] + '/../data/runs/first-run'))"
ACCENT = "\u0301"
MARKS = f"labkit.TokenView(make.trace(tokens=['First e', *['{ACCENT}'] * 3_000, ' ends.'], prompt='e' + '{ACCENT}' * 300))"
TEXT = "labkit.TokenView(labkit.Trace.from_text('p', '<think>' + 'So 3. ' * 60 + '\\n\\nWait, 4.</think>5', family='deepseek-r1'))"
STEP = """async (flow) => {
  const began = performance.now();
  flow.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame); // the first comes before the picture, the second after it
  return performance.now() - began;
}"""
INSIDE = """(selector) => [...document.querySelectorAll('[data-lm-suppress-shortcuts]')]
  .flatMap((host) => [...(host.shadowRoot?.querySelectorAll(selector) ?? [])])"""


def opened(lab: Any, name: str, code: str, ready: str) -> Any:
    """A laptop's page, with the file browser open, on which the view of one cell is drawn."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)], metadata={"kernelspec": kernel})
    nbformat.write(book, lab.root / name)
    page = lab.open(name)
    page.set_viewport_size(LAPTOP)
    page.evaluate("() => { window.jupyterapp.shell.expandLeft() }")
    lab.run_all(page)
    failed = page.locator(".jp-OutputArea-output", has_text="Traceback (most recent call last)")
    page.locator(ready).or_(failed).first.wait_for(timeout=READY)
    assert failed.all_inner_texts() == []
    lab.wait_idle(page, timeout=READY)
    page.wait_for_timeout(500)
    return page


def measure(page: Any, selector: str, of: str) -> list[Any]:
    """An expression of every element `e` that matches, in shadow roots."""
    return list(page.evaluate(f"(selector) => ({INSIDE})(selector).map((e) => {of})", selector))


def clipped(page: Any, selector: str) -> list[str]:
    """The texts that do not fit where they stand."""
    found = measure(page, selector, "[e.textContent, e.scrollWidth - e.clientWidth]")
    return [text for text, over in found if over > 1]


def test_attention_has_its_text_at_the_right_of_the_map(lab: Any) -> None:
    page = opened(lab, "a.ipynb", f"{MADE}labkit.AttentionView(make.captured())", ".passage canvas")
    centre, right = (page.locator(s).bounding_box() for s in (".columns .centre", ".columns .right"))
    assert right["x"] >= centre["x"] + centre["width"] - 2 and abs(right["y"] - centre["y"]) < 2
    assert page.locator(".view").bounding_box()["height"] < 720
    assert page.locator(".columns canvas.matrix").bounding_box()["width"] > 250


def test_the_catalog_has_rows_of_one_height_and_all_its_columns(lab: Any) -> None:
    page = opened(lab, "c.ipynb", "import labkit\nlabkit.catalog()", "tbody button")
    heights = set(measure(page, "tbody tr:not(.group-row)", "Math.round(e.getBoundingClientRect().height)"))
    assert max(heights) - min(heights) <= 1 and max(heights) < 32
    assert clipped(page, ".scroll") == []
    assert all(size.endswith("16px") for size in measure(page, "td.kv", "getComputedStyle(e).backgroundSize"))


def test_captions_and_buttons_are_whole(lab: Any) -> None:
    page = opened(lab, "t.ipynb", RUN, "figcaption")
    assert clipped(page, "figcaption span, figcaption") == []
    page = opened(lab, "k.ipynb", f"{MADE}labkit.TokenView(make.trace())", ".flow [data-i='20']")
    tops = {
        round(page.get_by_role("button", name=name, exact=True).bounding_box()["y"])
        for name in ("Copy", "Outline", "Next surprise")
    }
    assert len(tops) == 1, "the buttons stand in one row"
    assert "sure" in page.locator(".legend").inner_text() and "unsure" in page.locator(".legend").inner_text()


def test_an_opened_rollout_adds_up_and_every_kind_has_its_colour(lab: Any) -> None:
    page = opened(lab, "r.ipynb", f"{MADE}labkit.RewardView([make.trace(), make.trace()])", "button.open")
    colours = measure(page, ".kinds .square", "getComputedStyle(e).backgroundColor")
    assert len(set(colours)) == len(colours) > 3
    page.locator("button.open").first.click()
    page.locator(".judged li b, .opened li b").first.wait_for()
    parts = measure(page, ".opened li b", "e.textContent")
    reward = measure(page, "tr.rollout td:nth-child(3)", "e.textContent")[0]
    assert abs(sum(float(part.replace("\u2212", "-")) for part in parts) - float(reward)) < 0.01


def test_marks_stay_in_their_line_and_each_of_their_tokens_is_reached(lab: Any) -> None:
    page = opened(lab, "m.ipynb", f"{MADE}{MARKS}", ".flow [data-i='2000']")
    assert "".join(measure(page, ".flow .text", "e.textContent")).count(ACCENT) == 6
    assert "".join(measure(page, ".prompt .text", "e.textContent")).count(ACCENT) == 6
    page.locator(".flow [data-i='2000']").click()
    page.get_by_text("token 2001 of 3002").wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_text("token 2002 of 3002").wait_for()
    flow = page.locator(".flow")
    assert min(flow.evaluate(STEP) for _ in range(5)) < 250, (
        "ms from a key to the next picture; on two cores about 40"
    )
    assert "token 2007 of 3002" in page.locator(".panel .big").inner_text()
    page.get_by_role("button", name="Outline").click()
    assert page.locator(".gist").inner_text().count(ACCENT) == 6
    lab.assert_quiet()


def test_a_thought_that_came_as_text_can_be_read_searched_and_folded(lab: Any) -> None:
    page = opened(lab, "w.ipynb", f"{MADE}{TEXT}", ".flow [data-i='20']")
    for words in ("words, came to its end", "it has no tokens and no probabilities"):
        assert page.get_by_text(words).filter(visible=True).count() == 1, words
    assert page.get_by_role("radio").count() == page.get_by_role("button", name="Next surprise").count() == 0
    assert page.locator(".map").is_visible() and "Length of each step" in page.locator(".map").get_attribute(
        "title"
    )
    page.locator(".flow [data-i='20']").click()
    page.get_by_text("word 21 of").wait_for()
    assert "probability" not in page.locator(".panel dt").all_inner_texts()
    page.keyboard.press("/")
    page.keyboard.type("Wait")
    page.get_by_text("1/1", exact=True).wait_for()
    page.get_by_role("button", name="Outline").click()
    assert page.locator(".gist", has_text="Wait, 4.").is_visible()
    lab.assert_quiet()


THINKS = """
import threading, make, labkit.views
whole = make.trace(make.COUNTDOWN * 8)
builder = make.builder(whole)
view = labkit.views.show_stream(builder, threading.Event())
builder.extend(make.chunk(whole, 0, 30))
view.update()
"""


def test_what_was_under_way_when_the_kernel_was_restarted_is_broken_off(lab: Any) -> None:
    page = opened(lab, "g.ipynb", THINKS, ".view .stop")
    assert page.locator(".view .status.running").count() == 1
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.get_by_text("broken off: the kernel was restarted").wait_for(timeout=30_000)
    assert page.locator(".view .status.running").count() == 0
    assert page.locator(".view .stop").is_hidden()
