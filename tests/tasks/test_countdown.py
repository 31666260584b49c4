from __future__ import annotations

import random
import subprocess
import sys
import time
from fractions import Fraction
from hashlib import sha256
from itertools import islice, permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.errors import LabkitError
from labkit.tasks.answers import read_answer
from labkit.tasks.countdown import Problem, is_test, problems, reachable, stream, verify

from .answer_cases import ARITHMETIC, HOSTILE, LONG, RIGHT, WRONG, random_answers
from .oracle import solves

# -- the split ---------------------------------------------------------------------------------------


def test_the_split_rule_is_the_formula_in_the_design_word_for_word() -> None:
    for numbers in product(range(1, 21), repeat=3):
        a, b, c = sorted(numbers)
        assert is_test(numbers) == (int(sha256(f"{a},{b},{c}".encode()).hexdigest(), 16) % 10 == 0)


@given(st.lists(st.integers(1, 40), min_size=2, max_size=5), st.randoms())
def test_the_split_does_not_depend_on_the_order_of_the_numbers(
    numbers: list[int], rng: random.Random
) -> None:
    shuffled = list(numbers)
    rng.shuffle(shuffled)
    assert is_test(shuffled) == is_test(numbers)


def test_about_one_multiset_in_ten_is_held_out() -> None:
    multisets = {tuple(sorted(n)) for n in product(range(1, 21), repeat=3)}
    assert 0.07 < sum(map(is_test, multisets)) / len(multisets) < 0.13


@pytest.mark.slow
def test_the_training_stream_never_shows_a_test_multiset() -> None:
    held_out = {n for n in product(range(1, 21), repeat=3) if is_test(n)}
    for seed in range(5):
        for problem in islice(stream(split="train", seed=seed), 10_000):
            assert problem.numbers not in held_out
            assert problem.split == "train"


def test_a_mistyped_split_is_refused_and_not_taken_for_training() -> None:
    with pytest.raises(LabkitError, match="no split 'tset'"):
        next(stream(split="tset"))  # type: ignore[arg-type]


# -- problems ----------------------------------------------------------------------------------------


def solvable(numbers: tuple[int, ...], target: int) -> bool:
    """By brute force over written expressions, judged by the oracle."""
    shapes = ["({}{}{}){}{}", "{}{}({}{}{})"] if len(numbers) == 3 else ["{}{}{}"]
    for order in permutations(numbers):
        for ops in product("+-*/", repeat=len(numbers) - 1):
            woven = [order[0], *(part for pair in zip(ops, order[1:], strict=True) for part in pair)]
            if any(solves(shape.format(*woven), list(numbers), target) for shape in shapes):
                return True
    return False


@pytest.mark.parametrize("split", ["train", "test"])
def test_problems_are_distinct_solvable_and_of_their_split(split: str) -> None:
    made = problems(60, split=split, seed=3)  # type: ignore[arg-type]
    assert len({(tuple(sorted(p.numbers)), p.target) for p in made}) == 60
    for p in made:
        assert p.split == split
        assert 1 <= p.target <= 100
        assert all(1 <= n <= 20 for n in p.numbers)
        assert solvable(p.numbers, p.target)


def test_problems_are_the_same_in_another_process_and_differ_by_seed() -> None:
    code = "from labkit.tasks.countdown import problems; print(problems(5, seed=7))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert other.strip() == str(problems(5, seed=7))
    assert problems(5, seed=7) != problems(5, seed=8)


def test_a_longer_list_begins_with_the_shorter_one() -> None:
    assert problems(40, seed=1)[:10] == problems(10, seed=1)


def test_reachable_is_what_brute_force_finds() -> None:
    for numbers in [(3, 5, 9), (1, 1, 1), (2, 7, 20), (6, 6, 12)]:
        found = set(reachable(numbers))
        assert {t for t in range(1, 101) if solvable(numbers, t)} == {t for t in found if t <= 100}


def test_an_intermediate_fraction_may_lead_to_a_target() -> None:
    assert 12 in reachable((3, 4, 16))
    assert 24 in reachable((3, 3, 8, 8))  # 8 / (3 - 8 / 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"n": 0}, {"n": -1}, {"n": 2.5}, {"n": "3"}, {"n": True}, {"numbers": 1}, {"numbers": 6}, {"low": 0},
        {"low": 9, "high": 3}, {"split": "validation"}, {"max_target": 0}, {"high": 2.0},
    ],
)  # fmt: skip
def test_a_wrong_argument_says_what_to_type(wrong: dict[str, object]) -> None:
    with pytest.raises(LabkitError) as caught:
        problems(**({"n": 1} | wrong))  # type: ignore[arg-type]
    assert eval_next(caught.value.next)


def test_asking_for_more_problems_than_there_are_says_how_many_there_are() -> None:
    with pytest.raises(LabkitError, match=r"only about \d+ such train problems, and you asked for 5000"):
        problems(5000, numbers=2, split="train", high=4)


def test_a_range_without_a_test_problem_says_so() -> None:
    with pytest.raises(LabkitError, match=r"No test problem of 3 numbers from 1 to 1"):
        problems(1, low=1, high=1, split="test")


def eval_next(line: str) -> bool:
    """Pastes the advice of an error, as rule 11 of the house style asks."""
    import labkit

    return bool(eval(line, {"labkit": labkit}))


# -- answers that are right, answers that are wrong ----------------------------------------------------


@pytest.mark.parametrize("answer", RIGHT)
def test_a_right_answer_is_right_however_it_is_written(answer: str) -> None:
    assert verify(answer, numbers=[3, 5, 9], target=24)
    assert Problem((9, 3, 5), 24).verify(answer)


@pytest.mark.parametrize("answer", WRONG)
def test_a_wrong_answer_is_wrong(answer: str) -> None:
    assert not verify(answer, numbers=[3, 5, 9], target=24)


@pytest.mark.parametrize(
    ("answer", "numbers", "target", "right"),
    ARITHMETIC,
)
def test_the_arithmetic_is_exact_and_each_number_counts_once(
    answer: str, numbers: list[int], target: int, right: bool
) -> None:
    assert verify(answer, numbers=numbers, target=target) is right


# -- hostile text --------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", HOSTILE)
def test_hostile_text_is_wrong_and_nothing_worse(answer: str) -> None:
    assert verify(answer, numbers=[3, 5, 9], target=24) is False
    assert verify(f"<answer>{answer}</answer>", numbers=[3, 5, 9], target=24) is False


@pytest.mark.parametrize(
    "text",
    ["".join(piece * times for piece, times in pieces) for pieces in LONG],
)
def test_a_million_characters_are_judged_in_no_time(text: str) -> None:
    began = time.perf_counter()
    verify(text, numbers=[3, 5, 9], target=24)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("answer", [None, 24, 24.0, b"3 * 5 + 9", ["3 * 5 + 9"], object()])
def test_what_is_no_text_is_no_answer(answer: object) -> None:
    assert verify(answer, numbers=[3, 5, 9], target=24) is False  # type: ignore[arg-type]


@given(st.text())
def test_no_text_whatever_makes_it_raise(text: str) -> None:
    assert verify(text, numbers=[3, 5, 9], target=24) in (True, False)


@given(st.text(alphabet="0123456789+-*/() =.", max_size=40))
@settings(max_examples=500)
def test_no_text_of_its_own_alphabet_makes_it_raise_or_disagrees_with_the_oracle(text: str) -> None:
    bare = text.strip().rstrip(".").partition("=")[0].strip()
    claimed = text.strip().rstrip(".").partition("=")[2].strip()
    expected = solves(bare, [3, 5, 9], 24) and claimed in ("", "24")
    assert verify(text, numbers=[3, 5, 9], target=24) is expected


# -- against the oracle --------------------------------------------------------------------------------

Tree = tuple[str, list[int], Fraction | None]


def trees() -> st.SearchStrategy[Tree]:
    """(text, numbers used, value or None) of random expressions, built upward: the value needs no parser."""
    leaf = st.integers(1, 30).map(lambda n: (str(n), [n], Fraction(n)))

    def join(parts: tuple[Tree, str, Tree]) -> Tree:
        (lt, ln, lv), op, (rt, rn, rv) = parts
        text, numbers = f"({lt} {op} {rt})", ln + rn
        if lv is None or rv is None or (op == "/" and rv == 0):
            return text, numbers, None
        return text, numbers, {"+": lv + rv, "-": lv - rv, "*": lv * rv}.get(op, lv / rv if rv else None)

    return st.recursive(leaf, lambda t: st.tuples(t, st.sampled_from("+-*/"), t).map(join), max_leaves=6)


@given(trees())
@settings(max_examples=400)
def test_it_agrees_with_the_value_that_an_expression_tree_was_built_with(tree: Tree) -> None:
    text, numbers, value = tree
    target = int(value) if value is not None and value.denominator == 1 else 7
    assert verify(text, numbers=numbers, target=target) is (value == target)
    assert verify(text, numbers=[*numbers, 1], target=target) is False


@pytest.mark.slow
def test_a_hundred_thousand_random_answers_are_judged_as_the_oracle_judges_them() -> None:
    right = 0
    for text, numbers, target in random_answers(100_000):
        expected = solves(text.strip().rstrip(".").strip(), numbers, target)
        assert verify(text, numbers=numbers, target=target) is expected, (text, numbers, target)
        right += expected
    assert right > 2_000  # both sides of the question were asked


# -- where the answer stands -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("A</think>B", "B"),
        ("A</think><answer>B</answer>", "B"),
        ("A</think><answer>B</answer> and so on", "B"),
        ("A</think><answer>B", "B"),
        ("A</think>B</answer>", "B</answer>"),
        ("<answer>A</answer></think>B", "B"),
        ("A", "A"),
        ("A</think>", ""),
        ("", ""),
        ("<answer>A</answer><answer>B</answer>", "B"),
        ("<answer>A<answer>B</answer>", "B"),
    ],
)
def test_the_answer_is_the_last_one_after_the_thought(completion: str, answer: str) -> None:
    assert read_answer(completion).text == answer
