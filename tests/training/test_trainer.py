"""A run in a notebook: it stops, goes on exactly, is kept, and leaves the model alone that it began with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import torch

import labkit
from labkit import LabkitError
from labkit.models import LocalModel
from labkit.tasks import countdown
from labkit.training import Run, grpo, make_trainer
from labkit.training.rl.task import task_of
from labkit.training.run import MOST_KEPT, KeptRollout

pytestmark = pytest.mark.slow
SMALL: dict[str, Any] = {
    "problems": 2, "group": 4, "held_out": 5, "samples": 2, "every": 2, "max_new_tokens": 120, "warmup": 2
}  # fmt: skip


@pytest.fixture(scope="module")
def cold() -> LocalModel:
    return labkit.load("r1-mini-cold")


def weights(model: LocalModel) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in model.network.parameters()])


@pytest.fixture(scope="module")
def whole(cold: LocalModel, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Four steps without a break."""
    return grpo(cold, steps=4, folder=tmp_path_factory.mktemp("runs") / "whole", **SMALL)


def same(run: Run, other: Run) -> None:
    assert torch.equal(weights(run.model), weights(other.model))
    assert run.columns == other.columns and run.rule_columns == other.rule_columns
    assert [k.trace.text for k in run.kept] == [k.trace.text for k in other.kept]
    assert run.checks == other.checks and run.status == other.status == "done"


def test_the_model_that_it_began_with_is_not_changed(cold: LocalModel, whole: Run) -> None:
    assert torch.equal(weights(cold), weights(labkit.load("r1-mini-cold")))
    assert not torch.equal(weights(cold), weights(whole.model))
    assert whole.model.think("Using 3, 5 and 9, make 24.", max_new_tokens=5).tokens.ids


def test_two_steps_and_two_more_are_four(cold: LocalModel, whole: Run) -> None:
    run = grpo(cold, steps=2, **SMALL)
    assert len(run) == 2
    same(grpo(run, steps=4), whole)


def test_a_folder_goes_on_where_it_was(cold: LocalModel, whole: Run, tmp_path: Path) -> None:
    grpo(cold, steps=2, folder=tmp_path / "run", **SMALL)
    same(grpo(labkit.load("r1-mini-cold"), steps=4, folder=tmp_path / "run", **SMALL), whole)
    assert (
        grpo(cold, steps=4, folder=tmp_path / "run", **SMALL).columns == whole.columns
    )  # nothing left to do


def test_stop_keeps_the_model_as_the_step_before_left_it_and_goes_on(cold: LocalModel, whole: Run) -> None:
    one = make_trainer(cold, **SMALL)
    one.check()
    one.step()
    stopped, stop = make_trainer(cold, **SMALL), Event()

    def look() -> None:
        if stopped.progress.step == 2 and stopped.progress.doing == "sampling":
            stop.set()

    run = stopped.train(4, stop, look)
    assert run.status == "stopped" and len(run) == 1
    assert torch.equal(weights(run.model), weights(one.model))
    same(grpo(run, steps=4), whole)


def test_a_step_by_hand_measures_what_its_rollouts_show(cold: LocalModel) -> None:
    trainer = make_trainer(cold, keep=8, **SMALL)
    step = trainer.step()
    kept = trainer.run.kept
    assert len(kept) == 8 and {k.step for k in kept} == {1}
    assert step.length == sum(len(k.trace) for k in kept) / 8
    assert step.reward == pytest.approx(sum(k.reward for k in kept) / 8)
    assert step.right == sum(k.right for k in kept) / 8 == step.rules["countdown_accuracy"]
    assert step.entropy == pytest.approx(
        sum(sum(k.trace.tokens.entropies) for k in kept) / sum(len(k.trace) for k in kept), abs=1e-4
    )
    assert sum(k.advantage for k in kept) == pytest.approx(0, abs=1e-6)
    assert step.kl == pytest.approx(0, abs=1e-5) and trainer.step().kl < 0.1


def test_no_held_out_problem_is_trained_on(whole: Run) -> None:
    trained = [countdown.problem_in(k.trace.prompt) for k in whole.kept]
    assert trained and all(p is not None and p.split == "train" for p in trained)
    assert all(p.split == "test" for p in task_of("countdown", held_out=50).held_out)  # type: ignore[attr-defined]
    own = countdown.problems(20, split="train")
    task = task_of(own, held_out=10)
    assert {p.prompt for p in task.held_out}.isdisjoint(p.prompt for p in task.draw(500, 0))


def test_the_watched_problem_is_the_same_at_each_check(whole: Run) -> None:
    assert [k.step for k in whole.watched] == [c.step for c in whole.checks] == [0, 2, 4]
    assert len({k.trace.prompt for k in whole.watched}) == 1 and not whole.watched[0].right


def test_a_watched_problem_of_ones_own_is_judged_and_not_counted(cold: LocalModel) -> None:
    trainer = make_trainer(cold, watch="Using 3, 5 and 9, make 24.", **SMALL)
    assert trainer.check().problems == 5
    watched = trainer.run.watched[0]
    assert watched.trace.prompt == "Using 3, 5 and 9, make 24."
    assert watched.right == countdown.verify(watched.trace.text, numbers=[3, 5, 9], target=24)


def test_a_run_is_read_again_without_torch(whole: Run) -> None:
    assert whole.trainer.folder is not None
    code = (
        "import sys; from labkit.training import Run, diagnose; run = Run.load(sys.argv[1]); diagnose(run)\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules\n"
        "print(repr(run), run.columns['reward'], len(run.kept), run.kept[-1].trace.text)"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(whole.trainer.folder)], capture_output=True, text=True
    )
    assert out.returncode == 0, out.stderr
    assert (
        out.stdout.strip()
        == f"{whole!r} {whole.columns['reward']} {len(whole.kept)} {whole.kept[-1].trace.text}".strip()
    )
    again = Run.load(whole.trainer.folder)
    assert again.record() == whole.record() and torch.equal(weights(again.model), weights(whole.model))


def test_a_save_that_breaks_off_leaves_the_run_before(
    cold: LocalModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make_trainer(cold, **SMALL)
    trainer.step()
    trainer.run.save(tmp_path / "run")
    trainer.step()
    with monkeypatch.context() as patch, pytest.raises(LabkitError, match="full"):
        patch.setattr(Run, "write", lambda *_: (_ for _ in ()).throw(OSError("full")))
        trainer.run.save(tmp_path / "run")
    assert len(Run.load(tmp_path / "run")) == 1
    trainer.run.save(tmp_path / "run")
    assert len(Run.load(tmp_path / "run")) == 2


def test_kept_rollouts_stay_few(whole: Run) -> None:
    run = Run("m", "t", {}, {})
    trace = whole.kept[0].trace
    for step in range(1, 2_001):
        run.columns["reward"].append(0.0)
        run.keep([KeptRollout(step, 0.0, 0.0, False, trace)] * 2)
    assert len(run.kept) <= MOST_KEPT
    steps = sorted({k.step for k in run.kept})
    assert steps[0] == 1 and steps[-1] == 2_000 and len(steps) > 100


def test_problems_of_ones_own_are_trained_on_with_the_rule_that_judges_them(
    cold: LocalModel, tmp_path: Path
) -> None:
    rows = [{"prompt": p.prompt, "answer": str(p.target)} for p in countdown.problems(12, split="train")]
    (tmp_path / "own.jsonl").write_text("\n".join(map(json.dumps, rows)))
    run = grpo(cold, labkit.tasks.from_jsonl(tmp_path / "own.jsonl"), steps=1, **SMALL)
    assert [*run.rules] == ["exact_answer", "think_format"] and run.checks[0].problems == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"steps": -1}, "steps=-1"), ({"group": 1}, "group=1"), ({"lr": 0}, "lr=0"), ({"variant": "ppo"}, "variant='ppo'"),
        ({"learning_rate": 1e-3}, "no setting 'learning_rate'"), ({"task": "chess"}, "no task 'chess'"),
        ({"task": [countdown.Problem((1, 2, 3), 6)]}, "a list of 1"), ({"temperature": 0}, "temperature=0"),
        ({"held_out": 0}, "held_out=0"), ({"rules": []}, "There are no rules"),
    ],
)  # fmt: skip
def test_what_is_not_possible_is_refused_in_words(
    cold: LocalModel, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(LabkitError, match=said):
        grpo(cold, **arguments)


def test_a_run_is_not_mixed_with_another(cold: LocalModel, whole: Run, tmp_path: Path) -> None:
    folder = whole.trainer.folder
    with pytest.raises(LabkitError, match=r"made with lr = 0.0006, not 0.001"):
        grpo(cold, folder=folder, lr=1e-3, **SMALL)
    with pytest.raises(LabkitError, match="cannot change its lr"):
        grpo(whole, steps=5, lr=1e-3)
    with pytest.raises(LabkitError, match="cannot go on by itself"):
        grpo(Run.load(folder), steps=5)
    with pytest.raises(LabkitError, match="no run that can be read"):
        Run.load(tmp_path)
    with pytest.raises(LabkitError, match="cannot take model="):
        grpo("r1-mini-cold")  # type: ignore[arg-type]
    with pytest.raises(LabkitError, match="no step 9"):
        whole.step(9)
