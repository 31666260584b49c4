"""The reward view in a real JupyterLab, with real rollouts; its numbers against Python's and torch's."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import numpy as np
import pytest

import labkit
from labkit.rewards import countdown_accuracy, countdown_steps, overlong, think_format

pytestmark = pytest.mark.browser

MAKE = """
import labkit
from labkit.rewards import countdown_accuracy, countdown_steps, overlong, think_format
group = labkit.load("r1-mini-cold").sample("Using 10, 12 and 14, make 5.", n=16, temperature=1.0, seed=0)
rules = [countdown_accuracy, think_format, countdown_steps, overlong(512, 256)]
view = labkit.RewardView(group, rules=rules, weights=[1, 0.2, 0.3, 0.5], policy=labkit.load("r1-mini"))
view
"""
ROOT = "[...document.querySelectorAll('[data-lm-suppress-shortcuts]')].map(e => e.shadowRoot).filter(Boolean)"
RULES = [countdown_accuracy, think_format, countdown_steps, overlong(512, 256)]


def write(lab: Any, name: str, *cells: str) -> str:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text.strip()) for text in cells], metadata={"kernelspec": kernel}
    )
    nbformat.write(book, lab.root / name)
    return name


def opened(lab: Any, name: str, *cells: str, dark: bool = False) -> Any:
    page = lab.open(write(lab, name, *cells), dark=dark)
    lab.run_all(page)
    page.wait_for_function(
        f"() => {ROOT}.some(r => r.querySelectorAll('tr.rollout').length > 0)", timeout=60_000
    )
    return page


def column(page: Any, n: int) -> list[str]:
    return [
        cell.replace("−", "-") for cell in page.locator(f"tr.rollout td:nth-child({n})").all_inner_texts()
    ]


def numbers(page: Any, n: int) -> list[float]:
    return [float(cell) for cell in column(page, n)]


def slide(page: Any, label: str, value: float) -> None:
    page.get_by_label(label).evaluate(
        "(e, value) => { e.value = value; e.dispatchEvent(new Event('input', {bubbles: true})); }", str(value)
    )


@pytest.fixture(scope="module")
def expected() -> Any:
    """The same view in this process: sampling is the same for the same seed."""
    group = labkit.load("r1-mini-cold").sample("Using 10, 12 and 14, make 5.", n=16, temperature=1.0, seed=0)
    return labkit.RewardView(group, rules=RULES, weights=[1, 0.2, 0.3, 0.5], policy=labkit.load("r1-mini"))


def test_every_slider_computes_what_python_computes(lab: Any, expected: Any) -> None:
    page = opened(lab, "reward.ipynb", MAKE)
    settings = [
        ("GRPO", [1, 0.2, 0.3, 0.5]), ("Dr. GRPO", [1, 0.2, 0.3, 0.5]), ("RLOO", [0.5, -0.4, 1.2, 0]), ("GRPO", [0, 0, 0, 1.5]),
    ]  # fmt: skip
    kinds = {"GRPO": "grpo", "Dr. GRPO": "dr-grpo", "RLOO": "rloo"}
    for name, weights in settings:
        page.get_by_role("radio", name=name, exact=True).click()
        for rule, weight in zip(RULES, weights, strict=True):
            slide(page, f"Weight of {rule.name}", weight)
        expected.focus = {**expected.focus, "weights": weights, "kind": kinds[name]}
        assert numbers(page, 3) == pytest.approx(expected.rewards, abs=0.0051)
        assert numbers(page, 5) == pytest.approx(expected.advantages, abs=0.0051)
    lab.assert_quiet()


def test_a_token_carries_what_the_loss_gives_it(lab: Any, expected: Any) -> None:
    torch = pytest.importorskip("torch")
    from labkit.training.rl.loss import grpo_loss

    page = opened(lab, "loss.ipynb", MAKE)
    slide(page, "Epsilon", 0.1)
    slide(page, "Beta", 0.05)
    page.get_by_role("button", name="Rollout 7:").click()
    page.wait_for_selector(".flow span")
    expected.focus = {**expected.focus, "weights": [1, 0.2, 0.3, 0.5], "kind": "grpo"}
    _, data = expected.answer({"ask": "open", "id": 1, "row": 6})
    old, now, ref = torch.tensor(np.frombuffer(data, "<f4").reshape(3, 1, -1).copy())
    gain = torch.tensor([expected.advantages[6]])
    ratio = torch.exp(now - old)[0]
    tokens = [int(ratio.argmax()), int(ratio.argmin()), int((ratio - 0.95).abs().argmin()), 40]
    for token in tokens:
        one = torch.zeros_like(old)
        one[0, token] = 1
        carried = float(grpo_loss(now, old, ref, gain.float(), one, epsilon=0.1, beta=0.05))
        page.locator(".flow span").nth(token).click()
        shown = dict(
            zip(
                page.locator(".numbers dt").all_inner_texts(),
                page.locator(".numbers dd").all_inner_texts(),
                strict=True,
            )
        )
        assert float(shown["its share of the loss"].replace("−", "-")) == pytest.approx(
            carried, rel=1e-3, abs=6e-5
        )
        assert float(shown["ratio"].split(",")[0]) == pytest.approx(float(ratio[token]), rel=1e-3, abs=6e-5)
        assert ("clipped" in shown["ratio"]) == (
            (float(gain) > 0 and float(ratio[token]) > 1.1) or (float(gain) < 0 and float(ratio[token]) < 0.9)
        )
        assert shown["times"] == f"1/{16 * old.shape[1]:,}"
    page.get_by_role("radio", name="Dr. GRPO").click()
    assert page.locator(".numbers dd").last.inner_text() == f"1/{16 * expected.scene['limit']:,}"
    lab.assert_quiet()


def test_rows_sort_open_and_close_by_keyboard_and_stay_few_elements(lab: Any) -> None:
    page = opened(lab, "keys.ipynb", MAKE)
    assert page.evaluate(f"{ROOT}[0].querySelectorAll('*').length") <= 300
    page.locator("thead").get_by_role("button", name="tokens").click()
    assert numbers(page, 6) == sorted(numbers(page, 6), reverse=True)
    page.locator("thead").get_by_role("button", name="tokens").click()
    assert numbers(page, 6) == sorted(numbers(page, 6))
    assert page.locator("th[aria-sort=ascending]").inner_text().startswith("tokens")
    page.locator("tr.rollout .open").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".flow span")
    assert page.locator("tr.rollout .open").nth(1).get_attribute("aria-expanded") == "true"
    assert page.locator("tr.rollout.on + tr.opened").count() == 1
    page.locator(".flow").focus()
    page.keyboard.press("End")
    assert "token" in page.locator(".big").inner_text()
    page.keyboard.press("ArrowLeft")
    assert "ratio" in page.locator(".sr").inner_text()
    page.locator(".marks button").last.click()
    assert page.locator(".flow .on").count() == 1
    page.locator("tr.rollout .open").nth(1).click()
    assert page.locator(".opened").count() == 0
    assert page.locator("tr.rollout .open").first.get_attribute("aria-label").startswith("Rollout ")
    lab.assert_quiet()


def test_a_selected_token_is_selected_in_the_other_view_of_the_same_rollout(lab: Any) -> None:
    page = opened(lab, "link.ipynb", MAKE, "labkit.TokenView(group[2])")
    page.get_by_role("button", name="Rollout 3:").click()
    page.wait_for_selector(".judged .flow span")
    page.wait_for_selector(".panel")
    page.locator(".judged .flow span").nth(12).click()
    page.wait_for_selector("text=token 13 of")
    assert "token 13 of" in page.locator(".panel .big").inner_text()
    page.locator("[aria-label='Token view'] .text > span").nth(20).click()
    page.wait_for_function(
        f"() => {ROOT}[0].querySelector('.numbers .big')?.textContent.includes('token 21 of')"
    )
    lab.assert_quiet()


def test_a_group_that_agrees_says_that_it_teaches_nothing_and_python_follows(lab: Any) -> None:
    page = opened(lab, "same.ipynb", MAKE)
    for rule in RULES:
        slide(page, f"Weight of {rule.name}", 0)
    assert "so this group teaches nothing" in page.locator(".lesson.nothing").inner_text()
    assert set(column(page, 5)) == {"0.00"}
    lab.command(page, "notebook:insert-cell-below")
    page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource('print(view.weights, view.rewards[:2])')"
    )
    lab.command(page, "notebook:run-cell")
    page.wait_for_selector("text='overlong': 0.0} [0.0, 0.0]")
    lab.assert_quiet()


def test_what_cannot_be_judged_is_a_question_mark(lab: Any) -> None:
    code = f"""
import json, labkit
from labkit.rewards import countdown_accuracy, think_format
traces = [labkit.Trace(model="m", prompt="Hello?", text=text, finish="stop") for text in {json.dumps(["a</think>b", "c"])}]
labkit.RewardView(traces, rules=[countdown_accuracy])
"""
    page = opened(lab, "unjudged.ipynb", code, dark=True)
    assert column(page, 3) == ["?", "?"] and column(page, 5) == ["–", "–"]
    assert "cannot be judged" in page.locator("td.bars").first.get_attribute("title")
    page.locator("tr.rollout .open").first.click()
    page.wait_for_selector("text=Cannot be judged: It needs numbers and target to judge by.")
    assert page.locator(".view.dark").count() == 1
    lab.assert_quiet()
