"""The token view in a real JupyterLab, driven by a real Chromium."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

pytestmark = pytest.mark.browser

# Some tokens come fast and the rest slowly: what is to be stopped must not end by itself.
STREAM = """
import threading, time, make, labkit.views
whole, stop = make.trace(make.COUNTDOWN * 8), threading.Event()
builder = make.builder(whole)
view = labkit.views.show_stream(builder, stop)
n = 0
while n < len(whole) and not stop.is_set():
    builder.extend(make.chunk(whole, n, n + 1))
    view.update()
    n += 1
    time.sleep(0.02 if n < 40 else 0.5)
view.done(make.until(whole, n))
n
"""


THREAD = """
import threading, time, make, labkit.views
whole, stop = make.trace(make.COUNTDOWN * 8), threading.Event()
builder = make.builder(whole)
view = labkit.views.show_stream(builder, stop)
n = 0
def think():
    global n
    while n < len(whole) and not stop.is_set():
        builder.extend(make.chunk(whole, n, n + 1))
        view.update()
        n += 1
        time.sleep(0.02 if n < 40 else 0.5)
thread = threading.Thread(target=think)
thread.start()
try:
    while thread.is_alive():
        thread.join(0.1)
except KeyboardInterrupt:
    stop.set()
    thread.join()
view.done(make.until(whole, n))
n
"""


def write(lab: Any, name: str, *cells: str) -> str:
    """A notebook in the server's folder."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text.strip()) for text in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, lab.root / name)
    return name


BUTTON, INTERRUPT = "the view's button", "Interrupt"


@pytest.mark.parametrize(
    ("code", "way"),
    [(STREAM, BUTTON), (THREAD, BUTTON), (THREAD, INTERRUPT)],
    ids=["in the cell, by button", "in a thread, by button", "in a thread, by Interrupt"],
)
def test_tokens_appear_and_stop_works_while_the_cell_runs(lab: Any, code: str, way: str) -> None:
    page = lab.open(write(lab, "stream.ipynb", code))
    lab.run_all(page)
    page.wait_for_function(tokens_over(20), timeout=30_000)
    assert "*" in page.locator(".jp-InputPrompt").first.inner_text(), (
        "the cell was over before a token showed"
    )
    assert page.locator(".view .status").inner_text().endswith("thinking …")
    if way == INTERRUPT:
        lab.command(page, "notebook:interrupt-kernel")
    else:
        page.locator(".view .stop").click()
    lab.wait_idle(page, timeout=45_000)
    written = int(page.locator(".jp-OutputArea-executeResult pre").inner_text())
    assert 20 < written < 600
    page.wait_for_function(exactly(written), timeout=45_000)  # the last tokens are drawn a frame later
    assert page.locator(".view .stop").is_hidden()
    assert "interrupted" in page.locator(".view .status").inner_text()
    lab.assert_quiet()


TRUSTED = "() => window.jupyterapp.shell.currentWidget.content.model.cells.get(0).trusted"


def tokens_over(n: int) -> str:
    """A page condition: more than `n` tokens, in or out of shadow roots."""
    return f"() => [...document.querySelectorAll('[data-lm-suppress-shortcuts]')].some(e => e.shadowRoot?.querySelectorAll('[data-i]').length > {n})"


def exactly(n: int) -> str:
    """A page condition: the view shows `n` tokens."""
    return tokens_over(0).replace("> 0", f"=== {n}")


def test_a_click_shows_what_else_could_have_come(lab: Any) -> None:
    page = lab.open(
        write(lab, "click.ipynb", "import make, labkit.views\nlabkit.views.TokenView(make.trace())")
    )
    lab.run_all(page)
    page.locator('.flow [data-i="29"]').click(timeout=30_000)
    page.wait_for_selector(".panel .alt.came")
    assert page.locator(".panel .alt").count() == 5
    assert "token 30 of 93, step 2" in page.locator(".panel .big").inner_text()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("text=token 31 of 93")
    page.keyboard.press("n")
    page.keyboard.press("End")
    page.wait_for_selector("text=token 93 of 93, answer")
    page.keyboard.press("/")
    page.keyboard.type("vs 24")
    page.wait_for_selector("text=1/5")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=2/5")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector("text=Click a token")
    assert page.locator(".jp-Notebook .jp-Cell").count() == 1, "a key reached JupyterLab"
    lab.assert_quiet()


LONG = "import make, labkit.views\nlabkit.views.TokenView(make.long(4000))"
IN_SIGHT = """(e) => {
  const [box, view] = [e.getBoundingClientRect(), e.closest(".flow").getBoundingClientRect()];
  return box.top >= view.top - 1 && box.bottom <= view.bottom + 1;
}"""


def test_wherever_one_jumps_the_token_is_in_sight(lab: Any) -> None:
    page = lab.open(write(lab, "long.ipynb", LONG))
    lab.run_all(page)
    page.wait_for_function(tokens_over(3900), timeout=30_000)
    page.locator(".flow").focus()
    for key in ("End", "Home", "n", "n", "End", "ArrowUp", "ArrowUp"):
        page.keyboard.press(key)
        page.wait_for_timeout(250)
        assert page.locator(".flow .on").evaluate(IN_SIGHT), f"after {key}"
    strip = page.locator(".map").bounding_box()
    page.mouse.click(strip["x"] + strip["width"] / 2, strip["y"] + 10)
    page.wait_for_timeout(250)
    middle = page.locator(".flow [data-i]").count() // 2
    assert page.locator(f'.flow [data-i="{middle}"]').evaluate(IN_SIGHT)
    page.get_by_role("button", name="Outline").click()
    assert not page.locator('.flow [data-i="5"]').is_visible()
    page.get_by_role("button", name="Copy", exact=True).click()
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith(
        page.locator(".gist").first.inner_text()[:40]
    )
    lab.assert_quiet()


OUTLINE = """import make, labkit.views
line = "First 3 and 5.\\n3 + 5 = 8, no.\\nGo back. Now 9.\\n9 / 3 = 3.\\nCheck: 3.\\n"
labkit.views.TokenView(make.trace(line * 40 + "</think>24"))"""


def lines(page: Any) -> list[str]:
    """The lines of the outline that are shown: the titles of sections, and the gists of steps."""
    return [line.inner_text() for line in page.locator(".title, .gist").filter(visible=True).all()]


def test_an_outline_has_sections_that_unfold_to_steps_and_tokens(lab: Any) -> None:
    page = lab.open(write(lab, "outline.ipynb", OUTLINE))
    lab.run_all(page)
    page.wait_for_function(tokens_over(400), timeout=30_000)
    page.locator(".flow").focus()
    page.keyboard.press("o")  # the focus is on the first section
    titles = lines(page)
    assert 12 < len(titles) <= 24 and set(titles) <= {"First 3 and 5.", "Go back. Now 9."}
    box, view = page.locator(".section").last.bounding_box(), page.locator(".flow").bounding_box()
    assert box["y"] + box["height"] <= view["y"] + view["height"], "the outline fits without scrolling"
    numbers = page.locator(".count-tokens").all_inner_texts()
    shown = page.locator(".flow [data-i]").count()
    assert shown - 8 <= sum(map(int, numbers)) <= shown

    page.keyboard.press("ArrowRight")  # opens it
    steps = lines(page)[1 : 2 - len(titles)]
    assert steps[:3] == ["First 3 and 5.", "3 + 5 = 8, no.", "Go back. Now 9."]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator(".row.step:not(.closed):not(.folded)").all_inner_texts()[0].endswith("3 + 5 = 8, no.")
    page.keyboard.press("ArrowLeft")  # to the section
    page.keyboard.press("ArrowLeft")  # closes it
    assert lines(page) == titles

    page.locator(".section .kinds").nth(3).click(position={"x": 2, "y": 4})
    page.locator(".flow .on").wait_for()
    assert page.locator(".section").nth(3).get_attribute("aria-expanded") == "true"
    assert page.locator(".flow .on").evaluate(IN_SIGHT)
    page.locator(".gist", has_text="Check: 3.").filter(visible=True).first.click()
    assert page.locator(".row.step:not(.closed):not(.folded)").last.inner_text().endswith("Check: 3.")
    page.get_by_role("button", name="Outline").click()
    assert page.locator(".section").count() == page.locator(".closed").count() == 0
    lab.assert_quiet()


def test_the_outline_of_a_thought_grows_with_it_and_keeps_the_section_that_the_reader_opened(
    lab: Any,
) -> None:
    page = lab.open(write(lab, "grow.ipynb", GROWS, "more()"))
    lab.command(page, "notebook:run-cell")
    page.wait_for_function(tokens_over(150), timeout=30_000)
    page.get_by_role("button", name="Outline").click()
    sections = page.locator(".section")
    assert sections.last.get_attribute("aria-expanded") == "true", "the section that is growing is open"
    before = sections.count()
    sections.nth(1).click()
    page.evaluate("""() => {
      const notebook = window.jupyterapp.shell.currentWidget.content;
      notebook.activeCellIndex = 1;
    }""")
    lab.command(page, "notebook:run-cell")
    page.wait_for_function(tokens_over(290), timeout=30_000)
    sections.nth(before).wait_for(timeout=30_000)  # the outline is drawn after the tokens
    page.wait_for_timeout(200)
    opened = [section.get_attribute("aria-expanded") for section in sections.all()]
    assert [i for i, value in enumerate(opened) if value == "true"] == [1, len(opened) - 1]
    lab.assert_quiet()


GROWS = """
import threading, make, labkit.views
whole = make.trace("First 3 and 5.\\n3 + 5 = 8, no.\\nGo back. Now 9.\\n9 / 3 = 3.\\nCheck: 3.\\n" * 14)
builder = make.builder(whole)
view = labkit.views.show_stream(builder, threading.Event())
def send(first, last):
    builder.extend(make.chunk(whole, first, last))
    view.update()
def more():
    send(160, 300)
send(0, 160)
"""


def test_colours_follow_the_choice_and_the_theme(lab: Any) -> None:
    code = "import make, labkit.views\nlabkit.views.TokenView(make.trace(), color='surprisal')"
    page = lab.open(write(lab, "color.ipynb", code))
    lab.run_all(page)
    page.wait_for_function(tokens_over(20), timeout=30_000)

    def shown() -> str:
        return str(page.locator('.flow [data-i="9"]').evaluate("e => e.style.backgroundColor"))

    at_first = shown()
    seen = set()
    for color in ("probability", "entropy", "surprisal"):
        page.get_by_role("radio", name=color).click()
        seen.add(shown())
    assert shown() == at_first
    lab.command(page, "apputils:change-theme", theme="JupyterLab Dark")
    page.wait_for_selector(".view.dark", timeout=45_000)
    assert len(seen | {shown()}) == 4
    lab.assert_quiet()


def test_model_text_stays_text(lab: Any) -> None:
    evil = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
    code = f"import make, labkit.views\nlabkit.views.TokenView(make.trace({evil!r}, prompt={evil!r}))"
    page = lab.open(write(lab, "evil.ipynb", code))
    lab.run_all(page)
    page.wait_for_function(tokens_over(3), timeout=30_000)
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    assert evil in page.locator(".prompt .text").inner_text()
    lab.assert_quiet()


@pytest.mark.parametrize("kernel", [False, True], ids=["no kernel", "a new kernel that has no such model"])
def test_a_reopened_notebook_shows_the_whole_thought(lab: Any, kernel: bool) -> None:
    name = write(lab, "again.ipynb", STREAM.replace("* 8", "* 1"))
    page = lab.open(name)
    lab.run_all(page)
    page.wait_for_function(tokens_over(20), timeout=30_000)
    lab.wait_idle(page)
    page.wait_for_timeout(300)
    lab.save(page)
    page.close()
    lab.shut_kernels()
    saved = json.loads((lab.root / name).read_text())
    output = next(o for o in saved["cells"][0]["outputs"] if "image/png" in o["data"])
    assert "93 tokens" in "".join(output["data"]["text/html"])
    assert "widgets" not in saved["metadata"]
    again = lab.open(name, kernel=kernel)
    again.locator("text=93 tokens, came to its end >> visible=true").wait_for(timeout=45_000)
    again.wait_for_timeout(1500)
    assert again.evaluate(TRUSTED), (
        "an untrusted notebook never asks for the widget, so this would show nothing"
    )
    text = again.locator(".flow").inner_text().replace("\u23ce", "")
    assert "Check: 3 * 5 = 15, 15 + 9 = 24 vs 24, right." in text
    assert "Loading widget" not in visible_text(again)
    assert "model not found" not in visible_text(again)


def visible_text(page: Any) -> str:
    """What a reader sees in the outputs."""
    return str(page.locator(".jp-OutputArea").first.evaluate("e => e.innerText"))
