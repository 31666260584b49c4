"""The training view in a real JupyterLab, with a real run of the real model."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

import labkit
from labkit.training import Run, grpo
from labkit.views.training.data import number, scene_of, summary

pytestmark = pytest.mark.browser

SMALL = "problems=2, group=4, held_out=5, samples=1, every=1, max_new_tokens=200"
LONG = f"import labkit\nrun = labkit.training.grpo(labkit.load('r1-mini-cold'), steps=500, {SMALL})"
PULSES = "(status) => getComputedStyle(status, '::before').animationName === 'pulse'"
ROOT = "[...document.querySelectorAll('[data-lm-suppress-shortcuts]')].map(e => e.shadowRoot).filter(Boolean)"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs") / "run"
    return grpo(
        labkit.load("r1-mini-cold"), steps=3, folder=folder, problems=2, group=4, held_out=5, samples=1, every=1,
        max_new_tokens=200,
    )  # fmt: skip


def write(lab: Any, name: str, code: str) -> str:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [nbformat.v4.new_code_cell(code)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), lab.root / name)
    return name


def opened(lab: Any, name: str, run: Run, *, dark: bool = False) -> Any:
    folder = run.trainer.folder
    code = f"import labkit\nview = labkit.TrainingView(labkit.training.Run.load({str(folder)!r}))\nview"
    page = lab.open(write(lab, name, code), dark=dark)
    lab.run_all(page)
    page.wait_for_selector(".thoughts .row", timeout=60_000)
    return page


def wait_for_text(page: Any, text: str) -> None:
    """Until the thought that is open ends with what this one ends with."""
    page.wait_for_function(
        """text => [...document.querySelectorAll('[data-lm-suppress-shortcuts]')].some(e => [...e.shadowRoot
          .querySelectorAll('.flow .text > span')].map(s => s.textContent).join('').replaceAll(/\\s/g, '').includes(text))""",
        arg="".join(text.split())[-60:],
    )


def test_it_shows_the_numbers_of_the_run(lab: Any, run: Run) -> None:
    page = opened(lab, "training.ipynb", run)
    assert page.locator(".summary").inner_text() == summary(run)
    scene = scene_of(run, 3)
    shown = page.locator("figcaption output").all_inner_texts()
    check = scene.checks[-1]
    assert shown[0].startswith(f"{100 * check.value:.0f} %")
    assert shown[1] == number(scene.curves[0], scene.curves[0].values[-1])
    first = number(scene.curves[0], scene.curves[0].values[0])
    page.locator(".curves").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert page.locator("figcaption output").all_inner_texts()[1] == first
    said = page.locator("[aria-live=polite]").last.inner_text()
    assert said.startswith("Step 1: held-out pass@1") and f"reward {first}" in said
    assert page.evaluate(f"{ROOT}[0].querySelectorAll('.curves *').length") < 80
    lab.assert_quiet()


def test_the_slider_goes_through_the_thoughts_of_one_problem(lab: Any, run: Run) -> None:
    page = opened(lab, "slider.ipynb", run)
    slider = page.get_by_role("slider", name="Check")
    for at, kept in enumerate(run.watched):
        slider.fill(str(at))
        wait_for_text(page, kept.trace.text)
        where = page.locator(".slide output").inner_text()
        assert (f"after step {kept.step}" if kept.step else "before training") in where
        assert ("right" if kept.right else "wrong") in where
    assert page.locator(".thoughts .prompt").inner_text().endswith(run.watched[0].trace.prompt)
    lab.assert_quiet()


def test_what_a_step_has_kept_opens_by_a_click(lab: Any, run: Run) -> None:
    page = opened(lab, "kept.ipynb", run)
    page.get_by_role("radio", name="Kept rollouts").click()
    page.get_by_role("slider", name="Step").fill("0")
    of_first = [k for k in run.kept if k.step == 1]
    chips = page.locator(".chips button")
    page.wait_for_function(
        f"n => {ROOT}[0].querySelectorAll('.chips button').length === n", arg=len(of_first)
    )
    page.get_by_role("radio", name="The same problem").click()  # and back: at the step that was looked at
    page.get_by_role("radio", name="Kept rollouts").click()
    assert page.get_by_role("slider", name="Step").input_value() == "0"
    chips.nth(1).click()
    wait_for_text(page, of_first[1].trace.text)
    assert chips.nth(1).get_attribute("aria-pressed") == "true"
    assert f"reward {of_first[1].reward:.2f}" in chips.nth(1).inner_text()
    lab.assert_quiet()


def test_stop_ends_a_run_and_the_cell_goes_on(lab: Any) -> None:
    page = lab.open(write(lab, "stop.ipynb", f"{LONG}\nprint('kept', len(run), run.status)"))
    lab.command(page, "notebook:run-all-cells")
    page.wait_for_function(
        f"() => {ROOT}[0]?.querySelector('.status')?.textContent.includes('step 2 of 500')", timeout=90_000
    )
    page.locator(".stop").click()
    page.wait_for_function("() => document.body.innerText.includes('kept ')", timeout=60_000)
    assert "stopped" in page.locator(".status").inner_text() and not page.locator(".stop").is_visible()
    lab.wait_idle(page)
    lab.save(page)
    (cell,) = json.loads((lab.root / "stop.ipynb").read_text())["cells"]
    view = next(o for o in cell["outputs"] if o["output_type"] == "display_data")
    assert "".join(view["data"]["text/plain"]) == "TrainingView(r1-mini-cold on countdown)"
    assert "image/png" in view["data"] and "stopped" in "".join(view["data"]["text/html"])
    lab.assert_quiet()


def test_a_run_whose_kernel_was_restarted_is_broken_off(lab: Any) -> None:
    page = lab.open(write(lab, "restart.ipynb", LONG))
    lab.run_all(page)
    status = page.locator(".view .status")
    status.filter(has_text=", sampling").wait_for(timeout=90_000)
    assert status.evaluate(PULSES) and page.locator(".view .stop").is_visible()
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    status.filter(has_text="broken off: the kernel was restarted").wait_for(timeout=30_000)
    assert not status.evaluate(PULSES) and page.locator(".view .stop").is_hidden()


def test_dark_is_dark(lab: Any, run: Run) -> None:
    page = opened(lab, "dark.ipynb", run, dark=True)
    assert page.evaluate(f"{ROOT}[0].querySelector('.view').classList.contains('dark')")
    lab.assert_quiet()
