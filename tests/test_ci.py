"""How the stages of `.ci/run` run and what it prints of them, in a real bash; and what the workflow tries."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
STAGES = """
good() { echo "the log of good"; }
bad() { echo "the log of bad"; false; echo "what comes after an error"; }
late() { sleep 0.3; echo "the log of late"; }
count() { mkdir -p "$WORK/now"; touch "$WORK/now/$BASHPID"; ls "$WORK/now" | wc -l; sleep 0.2; rm "$WORK/now/$BASHPID"; }
count_a() { count; }; count_b() { count; }; count_c() { count; }; count_d() { count; }
interruptible() { (trap 'echo interrupted' INT; kill -INT $BASHPID; true); }
"""


def run(script: str, **environment: str) -> tuple[int, str]:
    lines = ["set -euo pipefail", "WORK=$(mktemp -d)", "PROCESSES=2", ". .ci/stages.sh", STAGES, script]
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True, timeout=60,
        env={"PATH": "/usr/bin:/bin", **environment},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def bash_is_new() -> bool:
    bash = shutil.which("bash") if os.name == "posix" else None  # that of Windows may be another system's
    version = subprocess.run([bash, "--version"], capture_output=True, text=True).stdout if bash else ""
    found = re.search(r"version (\d+)\.(\d+)", version)
    return found is not None and int(found[1]) >= 4


needs_bash = pytest.mark.skipif(not bash_is_new(), reason="the stages need bash 4")


@needs_bash
def test_a_stage_that_fails_beside_another_shows_its_log_and_its_name_and_the_other_ends() -> None:
    status, output = run("together Bad bad Late late\nstage Never good")
    assert status == 1
    assert "the log of bad" in output and "what comes after an error" not in output
    assert "===== Late =====\nthe log of late" in output and "the log of good" not in output
    assert output.rstrip().endswith("##### FAILED in: Bad (status 1)")


@needs_bash
def test_a_stage_that_fails_alone_ends_the_run() -> None:
    status, output = run("stage Bad bad\nstage Never good")
    assert status == 1 and "the log of good" not in output and "FAILED in: Bad" in output


@needs_bash
def test_the_summary_has_the_seconds_of_every_stage_and_what_was_not_as_it_should_be() -> None:
    status, output = run(
        "stage Alone good\ntogether First late Second good\nloud 'one test was late'\nsummary"
    )
    assert status == 0
    _, _, table = output.partition("seconds by stage")
    rows = re.findall(r"^ +\d+ s  (.+)$", table, re.M)
    assert rows == ["Alone", "Second, beside another", "First, beside another"]
    assert output.rstrip().endswith("!!!!! one test was late")


@needs_bash
def test_no_more_stages_run_side_by_side_than_there_are_processes() -> None:
    status, output = run("together A count_a B count_b C count_c D count_d")
    assert status == 0
    assert set(re.findall(r"^(\d)$", output, re.M)) <= {"1", "2"}


@needs_bash
def test_only_the_stages_that_are_named_run() -> None:
    status, output = run(
        "stage environment good\nstage Alone bad\ntogether First bad Second late\nsummary",
        LABKIT_CI_ONLY="Sec",
    )
    assert status == 0
    assert re.findall(r"===== (\w+) =====", output) == ["environment", "Second"]


@needs_bash
def test_a_stage_beside_another_can_be_interrupted_as_a_kernel_is() -> None:
    status, output = run("together Kernel interruptible")
    assert status == 0 and "interrupted" in output


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    """The jobs of the workflow, as YAML reads them."""
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def commands(job: dict[str, Any]) -> str:
    return "\n".join(step["run"] for step in job["steps"] if "run" in step)


def test_the_workflow_runs_the_full_form_every_week(workflow: dict[str, Any]) -> None:
    assert workflow[True]["schedule"]  # YAML 1.1 reads the key `on` as a truth value
    full = workflow["jobs"]["run"]
    assert full["env"]["LABKIT_CI"] == "${{ github.event_name == 'schedule' && 'full' || '' }}"
    assert commands(full) == "bash .ci/run"


def test_the_workflow_tries_every_python_and_every_system_that_the_package_names(
    workflow: dict[str, Any], project: dict[str, Any]
) -> None:
    matrix = workflow["jobs"]["quick"]["strategy"]["matrix"]
    named = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert matrix["python"] == named and named[0] == project["requires-python"].removeprefix(">=")
    systems = {"Linux": "ubuntu", "MacOS": "macos", "Windows": "windows"}
    wanted = {
        systems[c.rsplit(" :: ")[-1]] for c in project["classifiers"] if c.startswith("Operating System")
    }
    assert {name.removesuffix("-latest") for name in matrix["system"]} == wanted
    assert '-m "not browser and not slow"' in commands(workflow["jobs"]["quick"])


def test_the_workflow_tries_the_oldest_torch_that_the_package_takes(
    workflow: dict[str, Any], project: dict[str, Any]
) -> None:
    lines = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    (floor,) = {found[1] for line in lines if (found := re.match(r"torch>=(\d+\.\d+)", line))}
    said = commands(workflow["jobs"]["oldest-torch"])
    assert f'"torch=={floor}.*" -e' in said and '-m "not browser and not slow"' in said


def test_the_jobs_of_the_workflow_install_extras_that_there_are(
    workflow: dict[str, Any], project: dict[str, Any]
) -> None:
    for name in ("quick", "oldest-torch"):
        (extras,) = re.findall(r'-e "\.\[([\w,]+)\]"', commands(workflow["jobs"][name]))
        assert {*extras.split(",")} <= {*project["optional-dependencies"]}


def test_the_workflow_of_the_site_builds_by_the_lock_and_publishes_only_where_that_is_wanted() -> None:
    yaml = pytest.importorskip("yaml")
    jobs = yaml.safe_load((ROOT / ".github/workflows/site.yml").read_text("utf-8"))["jobs"]
    assert commands(jobs["build"]).splitlines() == [
        'python -m pip install -c .ci/lock.txt -e ".[site]"',
        "labkit site _site",
    ]
    assert jobs["build"]["steps"][-1]["with"]["path"] == "_site"
    assert "vars.LABKIT_PAGES == 'yes'" in jobs["publish"]["if"]
