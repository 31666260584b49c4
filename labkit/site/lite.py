"""JupyterLite in the folder `lite` of the site: JupyterLab in the browser, with the lessons and without a kernel.

A lesson shows its saved outputs, and each saved view reacts, because the plugin draws it from the data in the notebook.
The one model that thinks there is that of the reasoning playground, which the browser computes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from labkit._host.extras import install_command, reinstall_command
from labkit._host.shipped import data_path, lessons_path
from labkit._host.untrusted import MB, read_json
from labkit.errors import LabkitError, Unsupported
from labkit.site.play import write_playground

NAME = "lite"
APPS = ("lab", "notebooks", "tree")
DATE = "1980-01-01T00:00:00Z"  # of all files, so that two builds of one copy are equal
# The dates of the files are not true, and lessons have long names.
SETTINGS = {"@jupyterlab/filebrowser-extension:browser": {"showLastModifiedColumn": False}}
PLAYGROUND = "extensions/labkit/static/play"  # beside the plugin, which opens it
OLD_FONTS = (
    ".eot",
    ".svg",
    ".ttf",
    ".woff",
)  # 2.8 MB; a browser that runs JupyterLab takes the same font as .woff2
# Texts in the scripts of Mermaid's diagrams and Vega's charts, 4 MB. JupyterLab loads them for such an output only, and
# no lesson has one.
UNUSED = ("org.eclipse.elk", "langium", "cytoscape", "dagre", "vega_scale", "vega/vega-lite")
CORE = "jlab_core"  # the script that JupyterLab begins with
SHARED = "share/jupyter/labextensions/labkit/package.json"


def address(notebook: str) -> str:
    """The address of a notebook in JupyterLite, relative to the front page of the site.

    >>> address("01-watch-it-think.ipynb")
    'lite/lab/index.html?path=01-watch-it-think.ipynb'
    """
    return f"{NAME}/lab/index.html?path={notebook}"


def build(folder: Path, work: Path) -> None:
    """Builds JupyterLite into a new folder.

    Args:
        folder: must not exist.
        work: a new folder for temporary files.

    Raises:
        LabkitError: JupyterLite could not build it, or this copy of labkit lacks its plugin.
    """
    contents = work / "contents"
    _add_contents(contents)
    (work / "overrides.json").write_text(json.dumps(SETTINGS), encoding="utf-8", newline="\n")
    _run(folder, work, contents)
    _leave_out(folder / "build")
    if not (folder / PLAYGROUND).exists():  # an installed plugin has it, that of a clone does not
        write_playground(folder / PLAYGROUND)
    for index in folder.glob("api/contents/**/all.json"):
        _settle(index)


def _leave_out(build: Path) -> None:
    """Removes files of JupyterLab that no page of the site loads."""
    for font in (path for path in build.glob("fa-*") if path.suffix in OLD_FONTS):
        font.unlink()
    for script in (path for path in build.glob("*.js") if not path.name.startswith(CORE)):
        text = script.read_text("utf-8")
        if any(mark in text for mark in UNUSED):
            script.unlink()


def _add_contents(contents: Path) -> None:
    """Copies the lessons, the shipped traces and the shipped run."""
    contents.mkdir(parents=True)
    for lesson in sorted(lessons_path().glob("*.ipynb")):
        shutil.copyfile(lesson, contents / lesson.name)
    shutil.copytree(data_path("traces"), contents / "traces", ignore=shutil.ignore_patterns("README.md"))
    shutil.copytree(data_path("runs", "first-run"), contents / "runs" / "first-run")


def _run(folder: Path, work: Path, contents: Path) -> None:
    options = [
        f"--lite-dir={work}",
        f"--contents={contents}",
        f"--output-dir={folder}",
        "--LiteBuildConfig.ignore_sys_prefix=True",  # other extensions of this environment stay out
        f"--LiteBuildConfig.federated_extensions={_plugin()}",
        "--no-sourcemaps",
        "--no-unused-shared-packages",
        *(option for app in APPS for option in ("--apps", app)),
    ]
    command = [sys.executable, "-m", "jupyterlite_core", "build", *options]
    done = subprocess.run(
        command, cwd=work, capture_output=True, text=True, encoding="utf-8", errors="replace"
    )
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise Unsupported(
            "JupyterLite could not be built.",
            why=(lines[-1] if lines else f"it ended with status {done.returncode}.")[:400],
            next=install_command("site"),
        )


def _plugin() -> Path:
    """The folder of the built plugin: in a clone beside the Python code, in an installed copy where pip put it.

    Raises:
        LabkitError: this copy of labkit lacks it.
    """
    clone = Path(__file__).parents[1] / "jupyter" / "labextension"
    plugin = next((path for path in (clone, *_installed()) if (path / "package.json").is_file()), None)
    if plugin is None:
        raise LabkitError(
            "This copy of labkit lacks its JupyterLab plugin.",
            why="JupyterLite shows the views with it.",
            next=reinstall_command(),
        )
    return plugin


def _installed() -> Iterator[Path]:
    for file in metadata.distribution("labkit").files or []:
        if file.as_posix().endswith(SHARED):
            yield Path(str(file.locate())).resolve().parent


def _settle(index: Path) -> None:
    """Sorts a list of files, and sets their dates, which are those of the build, to one date."""
    folder: dict[str, Any] = read_json(index, 10 * MB)
    folder["content"].sort(key=lambda each: each["path"])
    for each in (folder, *folder["content"]):
        each |= {"created": DATE, "last_modified": DATE}
    index.write_text(json.dumps(folder, indent=1), encoding="utf-8", newline="\n")
