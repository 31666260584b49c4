"""Metrics and rollouts reach the real trackio, wandb and TensorBoard, and a logger that fails ends no training."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit.errors import BadArgument, LabkitError
from labkit.models import LocalModel
from labkit.training import grpo, loggers, recipes

SMALL: dict[str, Any] = {
    "problems": 2,
    "group": 4,
    "held_out": 3,
    "samples": 1,
    "every": 2,
    "max_new_tokens": 60,
}
NAMES = {f"train/{name}" for name in ("reward", "reward_std", "kl", "entropy", "clip_ratio/region_mean",
                                     "completions/mean_length", "grad_norm", "learning_rate")}  # fmt: skip


@pytest.fixture(scope="module")
def cold() -> LocalModel:
    return labkit.load("r1-mini-cold")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No logger writes anywhere else."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SILENT", "true")
    return tmp_path


class Recorder:
    """A logger of a user."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    def init(self, **about: Any) -> None:
        self.calls.append(("init", about))

    def log(self, metrics: dict[str, float], *, step: int) -> None:
        self.calls.append(("log", (step, metrics)))

    def log_rollouts(self, rollouts: Any, *, step: int) -> None:
        self.calls.append(("rollouts", (step, [rollout.trace.text for rollout in rollouts])))

    def finish(self) -> None:
        self.calls.append(("finish", None))


@pytest.mark.slow
def test_a_logger_of_ones_own_gets_settings_steps_checks_and_rollouts(cold: LocalModel) -> None:
    recorder, rows = Recorder(), []
    run = grpo(cold, steps=2, log=[recorder, lambda metrics, step: rows.append((step, metrics))], **SMALL)
    names = [name for name, _ in recorder.calls]
    assert names == ["init", "log", "log", "rollouts", "log", "rollouts", "log", "finish"]
    about = recorder.calls[0][1]
    assert about["project"] == "labkit" and about["config"]["lr"] == 6e-4 and about["config"]["group"] == 4
    assert [call for name, call in recorder.calls if name == "log"] == rows
    assert [step for step, _ in rows] == [0, 1, 2, 2]
    assert {*rows[0][1]} == {"eval/pass@1", "eval/pass@1_low", "eval/pass@1_high"} and {*rows[1][1]} >= NAMES
    for (_, metrics), step in zip(rows[1:3], run, strict=True):
        assert metrics["train/reward"] == step.reward and metrics["train/grad_norm"] == step.grad_norm
        assert metrics["train/rewards/think_format/mean"] == step.rules["think_format"]
    assert rows[3][1]["eval/pass@1"] == run.checks[-1].pass1
    assert recorder.calls[3][1] == (1, [k.trace.text for k in run.kept if k.step == 1])


@pytest.mark.slow
def test_a_run_that_goes_on_has_the_same_name_in_the_log(cold: LocalModel, tmp_path: Path) -> None:
    first, second, third = Recorder(), Recorder(), Recorder()
    run = grpo(cold, steps=1, log=first, folder=tmp_path / "run", **SMALL)
    grpo(run, steps=2, log=second)
    grpo(cold, steps=3, log=third, folder=tmp_path / "run", **SMALL)
    names = {recorder.calls[0][1]["name"] for recorder in (first, second, third)}
    assert len(names) == 1 and names.pop().startswith("r1-mini-cold-countdown-")
    assert [call[0] for name, call in second.calls if name == "rollouts"] == [2]
    assert [call[0] for name, call in third.calls if name == "rollouts"] == [3]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["init", "log", "log_rollouts", "finish"])
def test_a_logger_that_fails_is_named_once_and_the_training_goes_on(
    cold: LocalModel, method: str, recwarn: pytest.WarningsRecorder
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    broken, healthy = Recorder(), Recorder()
    setattr(broken, method, fail)
    run = grpo(cold, steps=2, log=[broken, healthy], **SMALL)
    assert run.status == "done" and len(run) == 2 and healthy.calls[-1][0] == "finish"
    (message,) = [str(w.message) for w in recwarn if "logger" in str(w.message)]
    assert message == (
        "The logger Recorder failed (OSError: [Errno 28] No space left on device) and gets nothing more; "
        "the training goes on."
    )


def test_what_is_no_logger_and_what_is_not_installed_get_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadArgument, match="There is no logger 'mlflow'"):
        loggers.Loggers("mlflow")
    with pytest.raises(BadArgument, match="There is no logger 3"):
        loggers.Loggers([3])  # type: ignore[list-item]
    monkeypatch.setitem(__import__("sys").modules, "wandb", None)
    with pytest.raises(LabkitError, match='pip install "wandb"'):
        loggers.Loggers("wandb")


@pytest.mark.slow
def test_trackio_stores_the_metrics_and_the_rollouts_are_read_back_with_their_tokens(
    cold: LocalModel, place: Path
) -> None:
    pytest.importorskip("trackio", reason="needs trackio (.ci/environment-sets loggers)")
    run = grpo(cold, steps=2, log="trackio", **SMALL)
    (database,) = place.glob("trackio/**/labkit*.db")
    with sqlite3.connect(database) as connection:
        rows = [json.loads(row[0]) for row in connection.execute("select metrics from metrics order by id")]
        (config,) = (json.loads(row[0]) for row in connection.execute("select config from configs"))
        stored = connection.execute("select messages, metadata, spans from traces order by step, trace_index")
        names = ("messages", "metadata", "spans")
        traces = [dict(zip(names, map(json.loads, row), strict=True)) for row in stored]
    assert {name for row in rows for name in row} >= NAMES | {"eval/pass@1"}
    assert [row["train/reward"] for row in rows if "train/reward" in row] == run.columns["reward"]
    assert config["lr"] == 6e-4 and config["task"] == "countdown"
    assert [labkit.open(trace) for trace in traces] == [kept.trace for kept in run.kept]
    assert [trace["metadata"]["reward"] for trace in traces] == [kept.reward for kept in run.kept]


@pytest.mark.slow
def test_tensorboard_reads_the_metrics_and_the_rollouts(cold: LocalModel, place: Path) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="needs tensorboard (.ci/environment-sets loggers)",
    )
    run = grpo(cold, steps=2, log=loggers.TensorBoard(place / "boards"), **SMALL)
    events = accumulator.EventAccumulator(str(place / "boards" / run.settings["log_name"]))
    events.Reload()
    assert {*events.Tags()["scalars"]} >= NAMES
    rewards = [event.value for event in events.Scalars("train/reward")]
    assert rewards == pytest.approx(run.columns["reward"])
    (pass1,) = [tag for tag in events.Tags()["scalars"] if tag.startswith("eval/pass") and tag.endswith("1")]
    assert [event.step for event in events.Scalars(pass1)] == [0, 2]
    best = [k for k in run.kept if k.step == 1][0]
    (text,) = events.Tensors("rollouts/1/text_summary")[0].tensor_proto.string_val
    shown = text.decode("utf-8").splitlines()
    assert shown[0].startswith(f"reward {best.reward}, advantage ")
    assert [line[4:] for line in shown[2:]] == [
        *best.trace.prompt.splitlines(),
        "",
        *best.trace.text.splitlines(),
    ]


@pytest.mark.slow
def test_wandb_writes_a_run_offline(cold: LocalModel, place: Path) -> None:
    pytest.importorskip("wandb", reason="needs wandb (.ci/environment-sets loggers)")
    run = grpo(cold, steps=2, log="wandb", **SMALL)
    (file,) = place.glob("wandb/offline-run-*/*.wandb")
    assert run.settings["log_name"] in file.name
    names = {*NAMES, "eval/pass@1"}
    ends = time.monotonic() + 30  # wandb's own process may still be writing
    while missing := [name for name in names if name.encode() not in file.read_bytes()]:
        assert time.monotonic() < ends, f"the file lacks {missing}"
        time.sleep(0.1)
    (table,) = [
        json.loads(path.read_text("utf-8"))
        for path in place.glob("wandb/offline-run-*/files/media/table/rollouts_1_*.table.json")
    ]
    first = [k for k in run.kept if k.step == 1]
    assert table["columns"] == ["step", "prompt", "completion", "reward", "advantage", "right"]
    assert [row[2] for row in table["data"]] == [kept.trace.text for kept in first]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["labkit", "trl"])
def test_a_recipe_of_either_engine_logs_by_name(place: Path, engine: str) -> None:
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="needs tensorboard (.ci/environment-sets loggers)",
    )
    if engine == "trl":
        pytest.importorskip("trl", reason="needs the extra trl")
    recipe = place / "mine.toml"
    recipe.write_text(
        'stage = "grpo"\nsteps = 2\nproblems = 2\ngroup = 4\nmax_new_tokens = 60\nupdates = 1\n', "utf-8"
    )
    recipes.run(str(recipe), place / "out", engine=engine, log=["tensorboard"])
    tags: set[str] = set()
    for folder in {file.parent for file in place.rglob("events.out.tfevents.*")}:
        events = accumulator.EventAccumulator(str(folder))
        events.Reload()
        tags |= {*events.Tags()["scalars"]}
    if engine == "trl":  # the names that a run of `grpo` has, too
        assert tags >= NAMES - {"train/kl"}  # TRL measures it where beta is above 0
    else:
        assert tags == {
            f"train/{name}" for name in ("accuracy", "format", "same", "length", "entropy", "clipped")
        }
    rows = [json.loads(line) for line in (place / "out/metrics.jsonl").read_text("utf-8").splitlines()]
    assert [row["step"] for row in rows] == [1, 2]
