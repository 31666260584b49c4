"""Problems of reasoning-gym, scored without evaluating anything."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit._host import exact_json
from labkit.errors import LabkitError
from labkit.rewards import breakdown, gym_score
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

    @pytest.mark.slow
    def test_an_answer_that_outruns_the_bounds_earns_nothing_and_says_why(self) -> None:
        (problem,) = labkit.tasks.gym("rubiks_cube", 1)
        (part,) = breakdown("</think><answer>R1000000</answer>", problem, rules=[gym_score]).parts
        assert (part.value, "took more than 1 s" in part.why) == (0.0, True)
        assert problem.score("zzz not it 918273645") in (0.0, 0.01)  # a list of 918 million moves
        assert problem.score("x" * 20_000) == 0.0
        (problem,) = labkit.tasks.gym("leg_counting", 1)
        assert problem.verify(problem.answer)

    @pytest.mark.parametrize(
        ("name", "right"),
        [
            ("propositional_logic", lambda metadata: metadata["example_answer"]),
            ("graph_color", lambda metadata: json.dumps(metadata["possible_answer"])),
            ("rubiks_cube", lambda metadata: metadata["example_correct_answer"]),
            ("boxnet", None),
            ("rush_hour", None),
        ],
    )
    def test_where_there_is_no_gold_the_scorer_alone_judges(
        self, name: str, right: Callable[[dict[str, Any]], str] | None
    ) -> None:
        for problem in labkit.tasks.gym(name, 3):
            assert problem.answer == ""
            assert not problem.exact
            columns = {name: [value] * 2 for name, value in problem.columns.items()}
            values = gym_score(["<answer>None</answer>", "<answer></answer>"], **columns)
            assert all(value is not None and value < 0.05 for value in values)
            if right:
                assert problem.verify(right(problem.entry["metadata"]))
                assert gym_score([right(problem.entry["metadata"])] * 2, **columns) == [1.0, 1.0]

    def test_a_task_that_evaluates_and_has_no_gold_cannot_be_judged(self) -> None:
        (problem,) = labkit.tasks.gym("n_queens", 1)
        without = replace(problem, answer="", entry=problem.entry | {"answer": None})
        assert without.score("anything") is None
        assert not without.verify("anything")

    @pytest.mark.slow
    def test_every_task_scores_by_its_columns_as_by_its_entry(self) -> None:
        """An entry goes through JSON: tuples and numbers as keys must come back."""
        import reasoning_gym

        for name in sorted(reasoning_gym.factory.DATASETS):
            options = {"datasets": ["leg_counting", "chain_sum"]} if name == "composite" else {}
            (problem,) = labkit.tasks.gym(name, 1, **options)
            assert exact_json.loads(problem.columns["entry"]) == problem.entry, name
            for answer in filter(None, (problem.answer, "7")):
                columns = {column: [value] for column, value in problem.columns.items()}
                assert gym_score([answer], **columns) == [problem.score(answer)], name
            if problem.answer:
                assert problem.verify(problem.answer), name

    def test_a_mixture_is_judged_by_the_task_that_made_the_problem(self) -> None:
        found = labkit.tasks.gym("composite", 10, datasets=["leg_counting", "countdown"])
        assert {problem.task for problem in found} == {"leg_counting", "countdown"}
        assert {problem.task: problem.exact for problem in found} == {
            "leg_counting": False,
            "countdown": True,
        }

    @pytest.mark.parametrize("name", ["composite", "leg_counting"])
    def test_the_line_that_a_refusal_advises_works(self, name: str) -> None:
        with pytest.raises(LabkitError) as caught:
            labkit.tasks.gym(name, 10, legs=9)
        made = re.fullmatch(r'labkit\.tasks\.gym\("(\w+)", 10(?:, datasets=(\[.*\]))?\)', caught.value.next)
        assert made and made[1] == name
        assert len(labkit.tasks.gym(name, 10, **({"datasets": json.loads(made[2])} if made[2] else {}))) == 10

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
