"""A run's folder: nothing else is replaced by it, and a disk that does not take it does not cost the run."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

import labkit
from labkit import LabkitError, data_path
from labkit.models import LocalModel
from labkit.training import Run, checkpoint, grpo, make_trainer

from .._host.disks import FULL, small_disk

pytestmark = pytest.mark.slow
TINY: dict[str, Any] = {
    "problems": 2, "group": 2, "held_out": 2, "samples": 1, "every": 1, "max_new_tokens": 12, "warmup": 1
}  # fmt: skip


@pytest.fixture(scope="module")
def nano() -> LocalModel:
    return labkit.load("r1-nano-cold")


def tree(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*")}


def weights(run: Run) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in run.model.network.parameters()])


def test_a_folder_with_other_files_is_refused_by_save_and_before_training(
    nano: LocalModel, tmp_path: Path
) -> None:
    for name in ("course", "course.new", "course.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "thesis.txt").write_text("precious")
    before = tree(tmp_path)
    run = make_trainer(nano, **TINY).run
    for again in (
        lambda: run.save(tmp_path / "course"),
        lambda: grpo(nano, folder=tmp_path / "course", **TINY),
    ):
        with pytest.raises(LabkitError, match=r"course' is not a run: it holds thesis\.txt"):
            again()
    assert tree(tmp_path) == before
    with pytest.raises(LabkitError, match="is not a run"):
        Run("m", "t", {}, {}).save(tmp_path / "course")
    (tmp_path / "course/run.json").write_text('{"a": "web page that runs"}')
    with pytest.raises(LabkitError, match=r"is not a run: it holds run\.json, thesis\.txt"):
        run.save(tmp_path / "course")


def test_notes_in_a_runs_folder_stay(nano: LocalModel, tmp_path: Path) -> None:
    trainer = make_trainer(nano, **TINY)
    trainer.run.save(tmp_path / "run")
    (tmp_path / "run/notes.md").write_text("mine")
    trainer.run.save(tmp_path / "run")
    assert (tmp_path / "run/notes.md").read_text() == "mine"
    assert {*os.listdir(tmp_path / "run")} == {
        "run.json",
        "progress.json",
        "state.safetensors",
        "model",
        "notes.md",
    }


@pytest.mark.parametrize(
    ("folder", "said"),
    [(os.devnull + "/nope", "could not be written"), (".", "the folder that you work in|holds"), (5, "cannot take folder=5"),
     ("~no-such-user-here/x", "cannot be opened"), ("nul\0", "could not be written")],
)  # fmt: skip
def test_a_place_that_takes_no_run_is_said_before_training(
    nano: LocalModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Any, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LabkitError, match=said):
        make_trainer(nano, **TINY).run.save(folder)
    with pytest.raises(LabkitError, match=said):
        grpo(nano, folder=folder, **TINY)


def test_a_full_disk_is_a_warning_and_the_run_is_returned(nano: LocalModel, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 1_000) as disk:
        with pytest.warns(UserWarning, match=FULL) as warned:
            run = grpo(nano, steps=1, folder=disk / "run", **TINY)
        assert "Training goes on" in str(warned[0].message) and "in memory only" in str(warned[-1].message)
        assert os.listdir(disk) == [] and run.status == "done" and len(run) == 1
        with pytest.raises(LabkitError, match=FULL) as caught:
            run.save(disk / "run")
        assert str(disk) not in caught.value.next and os.listdir(disk) == []
    again = Run.load(run.save(tmp_path / "elsewhere"))
    assert again.record() == run.record() and torch.equal(weights(again), weights(run))


def test_a_run_that_was_read_takes_its_model_and_its_state_along(nano: LocalModel, tmp_path: Path) -> None:
    run = grpo(nano, steps=1, folder=tmp_path / "one", **TINY)
    read = Run.load(tmp_path / "one")
    read.save(tmp_path / "two")
    read.save(tmp_path / "one")  # onto itself: nothing goes
    for name in ("one", "two"):
        assert torch.equal(weights(Run.load(tmp_path / name)), weights(run))
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert len(grpo(nano, steps=2, folder=tmp_path / "two", **TINY)) == 2


def test_a_run_without_a_state_is_not_begun_again_over_it(nano: LocalModel, tmp_path: Path) -> None:
    run = grpo(nano, steps=1, folder=tmp_path / "run", **TINY)
    (tmp_path / "run/progress.json").unlink()
    with pytest.raises(LabkitError, match=r"cannot go on[\s\S]*no training state"):
        grpo(nano, steps=2, folder=tmp_path / "run", **TINY)
    assert Run.load(tmp_path / "run").record() == run.record()


def test_two_kills_in_a_row_lose_no_state(tmp_path: Path) -> None:
    """The first falls between the two renames, the second into the call after it."""
    network = torch.nn.Linear(2, 2)

    def cut(number: int, room: str) -> None:
        for name, n in (("old", number - 1), ("new", number)):
            checkpoint.save(tmp_path / room / name / "state", network, [], {"step": n})
        (tmp_path / room / "lock").touch()

    cut(2, ".state.1.labkit-part")
    room = (
        tmp_path / ".state.2.labkit-part"
    )  # of the second call: it was killed before it had written anything
    (room / "new").mkdir(parents=True)
    (room / "lock").touch()
    assert checkpoint.restore(tmp_path / "state", network, []) == {"step": 2}
    checkpoint.save(tmp_path / "state", network, [], {"step": 3})
    assert os.listdir(tmp_path) == ["state"]


def test_a_run_in_a_folder_between_two_names_is_found_and_goes_on(nano: LocalModel, tmp_path: Path) -> None:
    run = grpo(nano, steps=1, folder=tmp_path / "run", **TINY)
    for where in ("old", "new"):
        Run.load(tmp_path / "run").save(tmp_path / ".run.1.labkit-part" / where / "run")
    (tmp_path / ".run.1.labkit-part/lock").touch()
    for name in [*os.listdir(tmp_path / "run/model")]:
        (tmp_path / "run/model" / name).unlink()
    (tmp_path / "run/model").rmdir()
    for name in os.listdir(tmp_path / "run"):
        (tmp_path / "run" / name).unlink()
    (tmp_path / "run").rmdir()
    assert labkit.load(tmp_path / "run/model").network.config.vocab_size  # a path inside it finds it, too
    assert os.listdir(tmp_path) == ["run"]
    assert Run.load(tmp_path / "run").record() == run.record()
    assert len(grpo(nano, steps=2, folder=tmp_path / "run", **TINY)) == 2


@pytest.mark.skipif(os.name != "posix", reason="signals are those of POSIX")
def test_an_interrupt_at_any_moment_gives_a_run_that_is_kept(nano: LocalModel, tmp_path: Path) -> None:
    rng, idle = random.Random(0), signal.getsignal(signal.SIGINT)

    def interrupt(seconds: float, over: threading.Event) -> None:
        while signal.getsignal(signal.SIGINT) is idle and not over.wait(0.001):
            pass  # until the first line of `grpo` has run
        if not over.wait(seconds):
            os.kill(os.getpid(), signal.SIGINT)

    for n in range(6):
        run, over = None, threading.Event()
        thread = threading.Thread(target=interrupt, args=(rng.uniform(0, 0.6), over))
        try:
            thread.start()
            run = grpo(nano, steps=2, folder=tmp_path / str(n), **TINY)
            over.set()
            thread.join()
        except KeyboardInterrupt:  # it came after the run was returned, in this test
            assert run is not None
        assert isinstance(run, Run) and run.status in ("done", "stopped")
        assert len(Run.load(tmp_path / str(n))) == len(run)
        same = grpo(nano, steps=2, folder=tmp_path / str(n), **TINY)
        assert len(same) == 2 and same.status == "done"


@pytest.mark.parametrize(
    "change",
    [
        {"checks": [{"step": 0, "pass1": [{}], "low": 0, "high": 1, "problems": 9}]}, {"name": [1]}, {"reasons": []},
        {"rules": {"form": "much"}}, {"ending": "never"}, {"rule_columns": {"form": [1.0]}}, {"more": 1},
    ],
)  # fmt: skip
def test_a_file_of_another_form_is_refused_when_it_is_read(tmp_path: Path, change: dict[str, Any]) -> None:
    record = json.loads((data_path("runs", "first-run") / "run.json").read_text("utf-8"))
    (tmp_path / "run.json").write_text(json.dumps(record | change))
    with pytest.raises(LabkitError, match="holds no run that can be read"):
        Run.load(tmp_path)


def test_old_names_of_a_run_work_and_warn() -> None:
    run = Run.load(data_path("runs", "first-run"))
    with pytest.warns(DeprecationWarning, match="status"):
        assert run.ending == run.status == "done"
    with pytest.warns(DeprecationWarning, match="gain_points"):
        assert run.rise == run.gain_points > 0
    with pytest.warns(DeprecationWarning, match="make_trainer"):
        assert labkit.training.begin is make_trainer
    assert "ending" in run.record() and "status" not in run.record()


def test_a_step_has_its_metrics_by_column_and_by_standard_name() -> None:
    step = Run.load(data_path("runs", "first-run")).step(1)
    assert step.accuracy == step.right == step.measures["right"]
    assert (step.zero_std_groups, step.truncated) == (step.same, step.cut)
    assert (step.clip_fraction, step.grad_norm, step.changed_weights) == (step.clipped, step.norm, step.moved)
    with pytest.raises(AttributeError, match="grad_norm"):
        step.gradient  # noqa: B018


def test_the_old_name_of_load_works_for_one_more_version() -> None:
    with pytest.warns(DeprecationWarning, match=r"Run\.load"):
        run = Run.read(data_path("runs", "first-run"))
    assert len(run) == len(Run.load(data_path("runs", "first-run")))
