"""The reasoning playground in a panel of JupyterLab: it thinks without a kernel, and opens its thought as a notebook."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from .test_accessibility import AXE, VIOLATIONS

pytestmark = pytest.mark.browser
VERDICT = ".verdict b"
NOTEBOOK = "make-24-from-3-5-9"


def launcher(lab: Any) -> Any:
    """A page of JupyterLab with a text file and the launcher."""
    (lab.root / "notes.txt").write_text("", encoding="utf-8")
    page = lab.open_file("notes.txt")
    page.wait_for_selector(".jp-FileEditor", timeout=60_000)
    lab.command(page, "launcher:create")
    return page


def opened(lab: Any) -> tuple[Any, Any]:
    """A page of JupyterLab with the panel, and the frame of the panel; the panel is opened from the launcher."""
    page = launcher(lab)
    page.locator(".jp-LauncherCard", has_text="Reasoning Playground").click(timeout=60_000)
    frame = page.frame_locator("#labkit-playground iframe")
    frame.locator(VERDICT).wait_for(timeout=60_000)
    return page, frame


def brightness(color: str) -> float:
    """The mean of the parts of a colour such as `rgb(255, 255, 255)`, 0 to 255."""
    parts = [float(part) for part in re.findall(r"[\d.]+", color)[:3]]
    return sum(parts) / len(parts)


def shot(page: Any, name: str) -> None:
    """A screenshot, where the variable LABKIT_SHOTS names a folder."""
    if "LABKIT_SHOTS" in os.environ:
        page.screenshot(path=str(Path(os.environ["LABKIT_SHOTS"], f"{name}.png")))


def test_it_thinks_without_a_kernel_and_follows_the_theme(lab: Any) -> None:
    page, frame = opened(lab)
    background = "element => getComputedStyle(element).backgroundColor"
    light = frame.locator("body").evaluate(background)
    shot(page, "light")
    assert "Right." in frame.locator(".verdict").inner_text()
    assert frame.locator("header").is_hidden()
    assert lab._api("sessions") == []
    lab.command(page, "apputils:change-theme", theme="JupyterLab Dark")
    page.wait_for_selector('body[data-jp-theme-light="false"]', state="attached")
    page.wait_for_timeout(500)
    shot(page, "dark")
    dark = frame.locator("body").evaluate(background)
    lab.command(page, "apputils:change-theme", theme="JupyterLab Light")
    page.wait_for_selector('body[data-jp-theme-light="true"]', state="attached")
    assert brightness(light) > 200 > 60 > brightness(dark)
    lab.assert_quiet()


def test_a_thought_opens_as_a_notebook_and_a_second_one_gets_another_name(lab: Any) -> None:
    page, frame = opened(lab)
    frame.get_by_text("More").click()
    for name in (f"{NOTEBOOK}.ipynb", f"{NOTEBOOK}-2.ipynb"):
        frame.get_by_role("button", name="Open in a notebook").click()
        page.locator(".jp-NotebookPanel:visible").get_by_text("model.think(").first.wait_for(timeout=60_000)
        page.locator(".lm-TabBar-tabLabel", has_text=name).first.wait_for()
        cells = json.loads((lab.root / name).read_text("utf-8"))["cells"]
        assert "seed=0" in "".join(cells[2]["source"])
        page.evaluate("window.jupyterapp.shell.activateById('labkit-playground')")
    lab.assert_quiet()


def test_the_panel_and_its_thought_are_there_after_a_reload(lab: Any) -> None:
    page, frame = opened(lab)
    frame.get_by_text("More").click()
    frame.get_by_label("Seed").fill("5")
    frame.get_by_role("button", name="Think").click()
    frame.locator(VERDICT).wait_for(timeout=60_000)
    page.wait_for_timeout(2000)  # JupyterLab saves its layout a second after the last change
    page.goto(page.url.replace("?reset", "").replace("&reset", ""))
    frame.locator(VERDICT).wait_for(timeout=120_000)
    assert frame.get_by_label("Seed").input_value() == "5"


def test_a_message_of_another_frame_writes_no_notebook(lab: Any) -> None:
    page, _ = opened(lab)
    page.evaluate("window.postMessage({ labkit: 'notebook', name: 'stolen.ipynb', notebook: {} }, '*')")
    page.wait_for_timeout(500)
    assert not (lab.root / "stolen.ipynb").exists()


def test_missing_files_get_a_sentence(lab: Any) -> None:
    page = launcher(lab)
    page.route("**/static/play/**", lambda route: route.fulfill(status=404, body="no"))
    page.locator(".jp-LauncherCard", has_text="Reasoning Playground").click(timeout=60_000)
    page.get_by_role("alert").get_by_text("are not beside labkit's plugin").wait_for()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core comes with the packages of the front end")
def test_axe_finds_nothing_in_the_panel(lab: Any) -> None:
    page, _ = opened(lab)
    frame = next(each for each in page.frames if "host=jupyter" in each.url)
    frame.evaluate(AXE.read_text("utf-8"))
    assert frame.evaluate(VIOLATIONS) == []
