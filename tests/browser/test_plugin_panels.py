"""The side panel, the status bar, the launcher, the commands and the settings, in a real JupyterLab with real kernels."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import serving
from .test_places import PLACES, interpreter

REPO = Path(__file__).resolve().parents[2]
PROMPT = "Using 3, 5 and 9, make 24."
LOAD = f'import labkit\nmodel = labkit.load("r1-nano")\ntrace = model.think("{PROMPT}", show=False)'
LONG = f'many = [model.think("{PROMPT}", seed=s, show=False) for s in range(4000)]'
pytestmark = pytest.mark.browser

PANEL = ".labkit-panel"
# A computation without torch, which the other environments do not have.
COMPUTES = """from threading import Event
from labkit._host import session
stop = Event()
with session.computing(session.Computation("thought", stop, lambda: session.Count("m", tokens=5))):
    while not stop.wait(0.05):
        session.tick()
print("ended")"""
HOSTILE = "<img src=x onerror=\"document.title='stolen'\">"


def notebook(folder: Path, name: str, *cells: str, kernel: str = "python3") -> str:
    """Writes a notebook with these code cells."""
    written = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": cell, "outputs": [], "execution_count": None}
        for i, cell in enumerate(cells)
    ]  # fmt: skip
    metadata = {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
    content = {"cells": written, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    (folder / name).write_text(json.dumps(content), "utf-8")
    return name


def open_panel(page: Any) -> Any:
    """Shows the side panel."""
    page.evaluate("window.jupyterapp.shell.activateById('labkit-side-panel')")
    return page.locator(PANEL)


def run_next(lab: Any, page: Any) -> None:
    """Runs the selected cell and selects the next one."""
    lab.command(page, "notebook:run-cell-and-select-next")


def source_of_active_cell(page: Any) -> str:
    return str(
        page.evaluate(
            "window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.getSource()"
        )
    )


@pytest.fixture
def loaded(lab: Any) -> Any:
    """A notebook whose kernel has a model and a thought, with the side panel open."""
    page = lab.open(notebook(lab.root, "panel.ipynb", LOAD, LONG))
    panel = open_panel(page)
    panel.get_by_text("has not loaded labkit").wait_for()
    assert page.locator(".labkit-status").is_hidden()
    run_next(lab, page)
    panel.get_by_role("button", name="Unload: r1-nano").wait_for(timeout=60_000)
    return page


def test_stop_and_unload_work_while_a_cell_generates(lab: Any, loaded: Any) -> None:
    page, panel = loaded, loaded.locator(PANEL)
    assert "model · float32 on cpu" in panel.inner_text().replace("\u00a0", " ")
    run_next(lab, page)
    stop = panel.get_by_role("button", name="Stop: r1-nano thinks").first
    stop.click(timeout=60_000)
    panel.get_by_text("The generation ends after the current token.").wait_for()
    panel.get_by_text("interrupted").first.wait_for()
    assert page.locator(".jp-InputPrompt").nth(1).inner_text() == "[*]:", "the cell still runs"
    panel.get_by_role("button", name="Unload: r1-nano").click()
    panel.get_by_text('model = labkit.load("r1-nano")').wait_for()
    panel.get_by_text("No model is loaded.").wait_for()
    lab.wait_idle(page)
    assert "r1-nano was unloaded" in page.locator(".jp-OutputArea-output").last.inner_text()
    panel.get_by_role("button", name="Close this message").click()
    assert panel.locator("[role=status]").text_content() == ""
    lab.assert_quiet()


def test_the_status_bar_shows_speed_and_memory_and_opens_the_panel(lab: Any, loaded: Any) -> None:
    page = loaded
    item = page.locator(".labkit-status button")
    speed, memory = item.inner_text().split("\u00a0· ")
    assert speed.endswith(" tokens/s") and memory.endswith(" MB")
    page.evaluate("window.jupyterapp.shell.collapseLeft()")
    item.click()
    page.locator(PANEL).wait_for()
    box, neighbour = item.bounding_box(), page.locator("#jp-main-statusbar").bounding_box()
    assert abs((box["y"] + box["height"] / 2) - (neighbour["y"] + neighbour["height"] / 2)) <= 2, (
        "in the middle"
    )


def test_nothing_is_sent_while_nothing_runs(lab: Any, loaded: Any) -> None:
    page = loaded
    page.wait_for_timeout(1_500)
    page.evaluate("""() => {
        const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
        window.seen = [];
        kernel.anyMessage.connect((_, { msg }) => window.seen.push(msg.header.msg_type));
    }""")
    page.wait_for_timeout(4_000)
    assert page.evaluate("window.seen") == []


def test_the_kernel_stays_busy_in_the_toolbar_while_the_panel_is_updated(lab: Any, loaded: Any) -> None:
    page = loaded
    run_next(lab, page)
    page.locator(PANEL).get_by_role("button", name="Stop: r1-nano thinks").first.wait_for()
    seen = set()
    for _ in range(25):
        seen.add(page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"))
        page.wait_for_timeout(100)
    assert seen == {"busy"}


def test_a_thought_opens_beside_the_notebook_in_the_colours_of_the_settings(lab: Any, loaded: Any) -> None:
    page = loaded
    set_setting(page, "colorScale", "entropy")
    page.locator(PANEL).get_by_role("button", name=PROMPT).first.click()
    shown = page.locator(".jp-MainAreaWidget .view[aria-label]").last
    shown.wait_for(timeout=30_000)
    page.locator('.jp-MainAreaWidget .view [aria-checked="true"]', has_text="entropy").wait_for()
    page.locator(PANEL).get_by_role("button", name=PROMPT).first.click()
    page.wait_for_timeout(300)
    assert page.locator(".lm-TabBar-tab", has_text="trace").count() == 1, "opened once"
    set_setting(page, "colorScale", "probability")
    lab.assert_quiet()


def test_a_hostile_prompt_is_text(lab: Any) -> None:
    code = f"import labkit\ntrace = labkit.Trace.from_text({HOSTILE!r}, 'text', model={HOSTILE!r})"
    page = lab.open(notebook(lab.root, "hostile.ipynb", code))
    panel = open_panel(page)
    run_next(lab, page)
    panel.get_by_text(HOSTILE).first.wait_for()
    assert panel.locator("img").count() == 0 and page.title() != "stolen"


def test_a_kernel_without_subshells_says_why_and_interrupt_works(lab: Any) -> None:
    # The kernel itself says that it has no subshells, as ipykernel 6 does.
    spec = lab.root.parent / "share/kernels/old"
    spec.mkdir(parents=True, exist_ok=True)
    (spec / "kernel.json").write_text(
        json.dumps(
            {
                "argv": ["python", str(spec / "old.py"), "-f", "{connection_file}"],
                "display_name": "old",
                "language": "python",
            }
        )
    )
    (spec / "old.py").write_text(
        "from ipykernel.ipkernel import IPythonKernel\n"
        "from ipykernel.kernelapp import IPKernelApp\n"
        "IPythonKernel._supports_kernel_subshells = property(lambda self: False)\n"
        "IPKernelApp.launch_instance()\n"
    )
    page = lab.open(notebook(lab.root, "old.ipynb", LOAD, LONG, kernel="old"))
    panel = open_panel(page)
    run_next(lab, page)
    panel.get_by_role("button", name="Unload: r1-nano").wait_for(timeout=60_000)
    run_next(lab, page)
    panel.get_by_text("This kernel reads no message while a cell runs").wait_for()
    assert panel.get_by_role("button", name="Unload: r1-nano").is_disabled()
    panel.get_by_text("r1-nano thinks").wait_for()
    assert panel.get_by_role("button", name="Stop: r1-nano thinks").first.is_disabled()
    before = panel.get_by_text("interrupted").count()
    panel.get_by_role("button", name="Interrupt the kernel").click()
    page.wait_for_function(f"document.querySelector('{PANEL}').innerText.includes('interrupted')")
    assert before == 0


def test_the_panel_is_reached_and_used_with_the_keyboard(lab: Any, loaded: Any) -> None:
    page = loaded
    page.locator(PANEL).get_by_role("button", name="Unload: r1-nano").focus()
    page.wait_for_timeout(1_200)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText").startswith("trace"), (
        "the next thing is the thought"
    )
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.locator(PANEL).get_by_text("r1-nano is unloaded").wait_for()


# -- launcher, commands, settings ------------------------------------------------------------------------


def set_setting(page: Any, name: str, value: str) -> None:
    """Changes a setting of labkit in the settings editor, and closes the editor."""
    page.evaluate("window.jupyterapp.commands.execute('settingeditor:open', { query: 'labkit' })")
    field = page.locator(f".jp-SettingsPanel [id$='_{name}']").first
    field.wait_for()
    if field.evaluate("e => e.tagName") == "SELECT":
        field.select_option(label=value)
    else:
        field.fill(value)
        field.press("Tab")
    page.wait_for_timeout(800)  # the editor saves after a pause
    page.evaluate("window.jupyterapp.shell.currentWidget.close()")


def test_the_cards_of_the_launcher_open_a_notebook_that_works(lab: Any) -> None:
    page = lab.open(notebook(lab.root, "first.ipynb", ""))
    set_setting(page, "defaultModel", "r1-nano")
    lab.command(page, "launcher:create")
    cards = page.locator(".jp-LauncherCard")
    for name in ("New Reasoning Notebook", "The Course", "Open a Thought"):
        assert cards.filter(has_text=name).count() == 1
    cards.filter(has_text="New Reasoning Notebook").click()
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget?.content?.activeCell?.model.sharedModel.getSource().includes('labkit')"
    )
    assert source_of_active_cell(page) == (
        f'import labkit\n\nmodel = labkit.load("r1-nano")\ntrace = model.think("{PROMPT}")'
    )
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"
    )
    lab.command(page, "notebook:run-cell")
    page.locator(".jp-OutputArea .view[aria-label]").wait_for(timeout=60_000)
    lab.wait_idle(page)
    set_setting(page, "defaultModel", "r1-mini")
    lab.assert_quiet()


def test_a_new_thought_uses_the_loaded_model(lab: Any, loaded: Any) -> None:
    page = loaded
    page.locator(".jp-NotebookPanel-toolbar").click()
    page.keyboard.press("Alt+Shift+N")
    field = page.locator(".jp-Dialog input")
    field.wait_for()
    assert field.input_value() == PROMPT
    field.fill("Using 2, 3 and 7, make 13.")
    page.keyboard.press("Enter")
    page.locator(".jp-OutputArea .view[aria-label]").wait_for(timeout=60_000)
    assert source_of_active_cell(page) == 'trace = model.think("Using 2, 3 and 7, make 13.")'


@pytest.fixture
def folders(lab: Any) -> Iterator[Path]:
    """The folder of the server; folders that a test adds are removed."""
    before = {*lab.root.iterdir()}
    yield lab.root
    for path in {*lab.root.iterdir()} - before:
        if path.is_dir():
            shutil.rmtree(path)


def test_the_next_lesson_and_the_course_are_found(lab: Any, folders: Path) -> None:
    (folders / "lessons").mkdir()
    for name in ("01-watch-it-think.ipynb", "02-second.ipynb"):
        notebook(folders / "lessons", name, "1")
    page = lab.open(notebook(lab.root, "plain.ipynb", "1"))
    title = "window.jupyterapp.shell.currentWidget.title.label"
    lab.command(page, "labkit:open-course")
    page.wait_for_function(f"{title} === '01-watch-it-think.ipynb'")
    lab.command(page, "labkit:next-lesson")
    page.wait_for_function(f"{title} === '02-second.ipynb'")
    lab.command(page, "labkit:next-lesson")
    page.get_by_text("This folder has no lesson after 02-second.ipynb.").wait_for()


def test_the_course_is_copied_where_no_folder_has_it(lab: Any, folders: Path) -> None:
    page = lab.open(notebook(lab.root, "plain.ipynb", "1"))
    lab.command(page, "labkit:open-course")
    page.get_by_text("labkit course start labkit-course").wait_for()
    page.get_by_role("button", name="Copy the lessons").click()
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.title.label === '01-watch-it-think.ipynb'", timeout=60_000
    )
    lessons = {path.name for path in (REPO / "notebooks").glob("[0-9]*.ipynb")}
    assert lessons <= {path.name for path in (folders / "labkit-course").iterdir()}


def test_a_notebook_is_cleaned_as_on_the_command_line(lab: Any) -> None:
    name = notebook(lab.root, "unclean.ipynb", "1")
    content = json.loads((lab.root / name).read_text("utf-8"))
    content["metadata"]["widgets"] = {"state": {}}
    (lab.root / name).write_text(json.dumps(content), "utf-8")
    page = lab.open(name)
    lab.command(page, "labkit:clean-notebook")
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_text("metadata.widgets: GitHub then refuses to show the notebook").wait_for()
    assert "the cells were not run once each from top to bottom" in dialog.inner_text()
    dialog.get_by_role("button", name="Close").click()
    assert "widgets" not in json.loads((lab.root / name).read_text("utf-8"))["metadata"]


def test_a_trace_is_opened_with_the_dialog(lab: Any) -> None:
    shutil.copy(REPO / "data/traces/smollm2-make-24.trace.json", lab.root)
    page = lab.open(notebook(lab.root, "plain.ipynb", "1"))
    page.locator(".jp-NotebookPanel-toolbar").click()
    page.keyboard.press("Alt+Shift+O")
    dialog = page.locator(".jp-Dialog")
    dialog.get_by_text("smollm2-make-24.trace.json").wait_for()
    assert dialog.get_by_text("plain.ipynb").count() == 0
    dialog.get_by_text("smollm2-make-24.trace.json").click()
    dialog.locator(".jp-mod-accept").click()
    page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.title.label === 'smollm2-make-24.trace.json'"
    )


def test_reduced_motion_and_the_language_act_at_once(lab: Any, loaded: Any) -> None:
    page = loaded
    set_setting(page, "motion", "reduced")
    set_setting(page, "language", "de")
    panel = page.locator(PANEL)
    panel.get_by_text("Es läuft nichts.").wait_for()
    panel.get_by_role("button", name="Entladen: r1-nano").wait_for()
    assert page.evaluate("window.jupyterapp.commands.label('labkit:next-lesson')") == "Nächste Lektion"
    animation = "getComputedStyle(document.body).getPropertyValue('--labkit-animation')"
    assert page.evaluate(animation) == "none"
    set_setting(page, "motion", "system")
    set_setting(page, "language", "auto")
    panel.get_by_text("Nothing is running.").wait_for()
    assert page.evaluate(animation) == ""


# -- other places ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLACES)
def test_the_panel_works_in_other_places(name: str, browser: Any, tmp_path: Path) -> None:
    variable, app, kind = PLACES[name]
    with serving(tmp_path, interpreter(variable), app) as (url, root):
        place = kind(url, root, browser)
        try:
            page = place.open(
                notebook(root, "a.ipynb", "import labkit, make\ntrace = make.trace()", COMPUTES)
            )
            panel = open_panel(page)
            run_next(place, page)
            panel.locator("button.open", has_text="trace").click(timeout=60_000)
            page.locator(".jp-Dialog, .jp-MainAreaWidget").locator(".view[aria-label] .flow").wait_for()
            if app == "notebook":
                page.get_by_role("button", name="Close", exact=True).click()
            page.evaluate("window.jupyterapp.shell.activateById(window.jupyterapp.shell.currentWidget.id)")
            end_of_a_computation(place, page, panel)
            assert place.foreign_requests == []
        finally:
            place.close()


def end_of_a_computation(place: Any, page: Any, panel: Any) -> None:
    """Ends the running cell from the panel: by Stop, or by Interrupt in a JupyterLab that has no subshells."""
    page.evaluate("""() => {
        const { shell, commands } = window.jupyterapp;
        const notebook = [...shell.widgets("main")].find((widget) => widget.context?.sessionContext);
        shell.activateById(notebook.id);
        notebook.content.activeCellIndex = 1;
        commands.execute("notebook:run-cell");
    }""")
    stop = panel.get_by_role("button", name="Stop: m thinks")
    stop.wait_for(timeout=60_000)
    page.wait_for_timeout(500)
    if stop.is_disabled():
        panel.get_by_text("This kernel reads no message while a cell runs").wait_for()
        panel.get_by_role("button", name="Interrupt the kernel").click()
        page.get_by_text("KeyboardInterrupt").first.wait_for()
    else:
        stop.click()
        page.locator(".jp-OutputArea-output", has_text="ended").wait_for()
    panel.get_by_text("Nothing is running.").wait_for()
