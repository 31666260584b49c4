"""Files of labkit open in JupyterLab by double click, with no kernel; two traces are compared."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from labkit.traces import TraceGroup

from ..views import make

pytestmark = pytest.mark.browser

REPO = Path(__file__).resolve().parents[2]
OTHER = make.COUNTDOWN.replace("3 * 5 = 15: 15 + 9", "9 - 5 = 4: 4 + 3").replace("(3 * 5) + 9", "(9 * 3) - 3")
OPEN = "(path) => { window.jupyterapp.commands.execute('docmanager:open', { path }) }"
COMPARE = "(paths) => { window.jupyterapp.commands.execute('labkit:compare', { paths }) }"


@pytest.fixture
def page(lab: Any) -> Any:
    """JupyterLab with an open trace, and the files of this module in its folder."""
    make.trace().save(lab.root / "left.trace.json")
    make.trace(OTHER).save(lab.root / "right.trace.json")
    page = lab.open_file("left.trace.json")
    page.locator(".flow [data-i='29']").wait_for(timeout=60_000)
    page.set_default_timeout(15_000)
    return page


def test_a_trace_opens_and_says_how_python_reads_it(lab: Any, page: Any) -> None:
    page.locator(".flow [data-i='29']").click()
    page.wait_for_selector(".panel .alt.came")
    page.get_by_text('trace = labkit.Trace.load("left.trace.json")').wait_for()
    lab.assert_quiet()


def test_a_trace_that_changes_on_the_disk_is_drawn_again(lab: Any, page: Any) -> None:
    make.trace("First 9.\n</think>\n\n24").save(lab.root / "left.trace.json")
    page.evaluate("window.jupyterapp.commands.execute('docmanager:reload')")
    page.locator(".text", has_text="First 9.").wait_for()


def test_a_group_opens_as_a_table_in_which_two_are_compared(lab: Any, page: Any) -> None:
    TraceGroup((make.trace(), make.trace(OTHER))).save(lab.root / "two.group.json")
    page.evaluate(OPEN, "two.group.json")
    page.get_by_role("button", name="Rollout 2").click()
    page.get_by_text("(9 * 3) - 3").last.wait_for()
    page.get_by_role("button", name="Compare with 2").click()
    page.get_by_text("The first 46 tokens are equal.").wait_for()
    lab.assert_quiet()


def test_a_run_opens_with_its_curves_and_its_thoughts(lab: Any, page: Any) -> None:
    shutil.copytree(REPO / "data/runs/first-run", lab.root / "first-run", dirs_exist_ok=True)
    page.evaluate(OPEN, "first-run/run.json")
    page.get_by_text("Held-out pass@1 rose by 23 points, from 59 % to 82 %").wait_for()
    page.get_by_text("after step 24").wait_for()
    page.get_by_text('run = labkit.training.Run.load("first-run")').wait_for()
    page.get_by_text("Kept rollouts").click()
    page.locator(".thoughts .flow [data-i='5']").wait_for()
    lab.assert_quiet()


def test_captured_insides_say_what_they_hold(lab: Any, page: Any) -> None:
    header = {"queries": {"dtype": "F32", "shape": [150, 5, 4, 8], "data_offsets": [0, 96_000]}}
    head = json.dumps(header).encode()
    content = len(head).to_bytes(8, "little") + head + bytes(96_000)
    (lab.root / "my.inside.safetensors").write_bytes(content)
    page.evaluate(OPEN, "my.inside.safetensors")
    page.get_by_text(
        "Queries and keys of 5 layers with 4 heads each, at 150 positions: 0.1 MB in F32."
    ).wait_for()
    page.get_by_text('labkit.AttentionView(labkit.inside.load("my.trace.json"))').wait_for()
    lab.assert_quiet()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.trace.json", '{"version": 1, "text": "<b>half', "it is not JSON"),
        ("b.trace.json", "", "the file is empty."),
        ("c.trace.json", '{"version": 1}', "its model, prompt, text, finish are not as they should be"),
        ("d.group.json", "[]", "it holds no group of traces."),
        ("e/run.json", '{"version": 2, "columns": {}}', "it is a run of version 2"),
        ("f/run.json", '{"version": 1, "columns": {"reward": [1]}}', "its columns and rollouts"),
        ("g.inside.safetensors", "no tensors", "it is not a file of safetensors."),
    ],
)
def test_a_broken_file_gets_a_sentence_and_shows_its_text(
    lab: Any, page: Any, name: str, content: str, reason: str
) -> None:
    (lab.root / name).parent.mkdir(exist_ok=True)
    (lab.root / name).write_text(content)
    page.evaluate(OPEN, name)
    alert = page.get_by_role("alert").filter(has_text="This file cannot be shown")
    alert.wait_for()
    assert reason in alert.inner_text()
    if content and not name.endswith("safetensors"):
        assert page.locator(".labkit-document pre").inner_text() == content
    assert page.locator(".labkit-document pre b").count() == 0
    lab.assert_quiet()


def test_two_traces_of_the_file_browser_are_compared_side_by_side(lab: Any, page: Any) -> None:
    page.locator(".jp-DirListing-item", has_text="right.trace.json").wait_for()
    page.locator(".jp-DirListing-item", has_text="left.trace.json").click()
    page.locator(".jp-DirListing-item", has_text="right.trace.json").click(modifiers=["Control"])
    page.locator(".jp-DirListing-item", has_text="right.trace.json").click(button="right")
    page.locator(".lm-Menu-item", has_text="Compare two thoughts").click()
    page.get_by_text("The first 46 tokens are equal. At token 47 the left thought has “3”").wait_for()
    first = page.locator("tr.first")
    assert first.locator("mark").all_inner_texts() == ["3 * 5 = 15: 15 + 9", "9 - 5 = 4: 4 + 3"]
    assert page.locator("tr.equal").count() == 3
    assert page.locator("tr.answer mark").count() == 2
    page.get_by_role("button", name="Go to the first difference").click()
    page.wait_for_timeout(3_000)  # JupyterLab saves the workspace a second after a change
    page.goto(page.url.partition("?")[0], wait_until="domcontentloaded")
    page.get_by_text("The first 46 tokens are equal.").wait_for(timeout=60_000)  # the workspace has it
    lab.assert_quiet()


def test_a_comparison_says_which_file_is_broken(lab: Any, page: Any) -> None:
    (lab.root / "half.trace.json").write_text("{")
    page.evaluate(COMPARE, ["left.trace.json", "half.trace.json"])
    page.get_by_text("half.trace.json cannot be compared: it is not JSON").wait_for()
    page.evaluate(COMPARE, [])
    page.get_by_text("Select two files *.trace.json in the file browser").wait_for()
