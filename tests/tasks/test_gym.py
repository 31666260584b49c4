"""Problems of reasoning-gym, scored without evaluating anything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import labkit
from labkit.errors import LabkitError
from labkit.rewards import gym_score
from labkit.tasks import Problem


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    with pytest.raises(LabkitError, match=r'pip install "reasoning-gym>='):
        labkit.tasks.gym("leg_counting", 3)


class TestWithIt:
    @pytest.fixture(autouse=True)
    def library(self) -> None:
        pytest.importorskip("reasoning_gym")

    def test_problems_are_the_same_for_the_same_seed(self) -> None:
        made = labkit.tasks.gym("leg_counting", 3, seed=1)
        assert (
            made == labkit.tasks.gym("leg_counting", 3, seed=1) != labkit.tasks.gym("leg_counting", 3, seed=2)
        )
        assert all(isinstance(p, Problem) for p in made)

    def test_the_answer_after_the_thought_is_scored(self) -> None:
        (problem,) = labkit.tasks.gym("leg_counting", 1)
        assert problem.verify(f"I think 1</think><answer>{problem.answer}</answer>")
        assert not problem.verify(f"{problem.answer}</think><answer>1</answer>")
        columns = {name: [value] for name, value in problem.columns.items()}
        assert gym_score([f"</think>{problem.answer}"], **columns) == [1.0]

    @pytest.mark.parametrize("name", ["countdown", "spiral_matrix", "polynomial_multiplication", "n_queens"])
    def test_a_task_whose_scorer_evaluates_counts_the_expected_text_alone(
        self, name: str, tmp_path: Path
    ) -> None:
        (problem,) = labkit.tasks.gym(name, 1)
        target = tmp_path / "was-here"
        assert problem.exact
        assert problem.verify(f"</think>{problem.answer}")
        assert not problem.verify(f"</think>__import__('pathlib').Path('{target}').touch()")
        assert not target.exists()

    def test_a_wrong_name_option_or_number_says_what_to_type(self) -> None:
        with pytest.raises(LabkitError, match="leg_counting"):
            labkit.tasks.gym("leg_count", 3)
        with pytest.raises(LabkitError, match="cannot make"):
            labkit.tasks.gym("leg_counting", 3, legs=9)
        with pytest.raises(LabkitError, match="cannot make"):
            labkit.tasks.gym("leg_counting", 0)

    def test_it_does_not_bring_torch(self) -> None:
        code = "import sys, labkit; labkit.tasks.gym('leg_counting', 1); print('torch' in sys.modules)"
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert said.strip() == "False"
