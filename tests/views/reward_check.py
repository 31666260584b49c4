"""What the rules of Countdown and a reward view compute in Python: inputs of `labkit/frontend/test/rewards.test.ts`.

python -m tests.views.reward_check

`test_reward_view.py` compares the committed file with the output. The rollouts are R1-mini's own and are held in
`rollouts.json` beside it, because their log-probabilities differ in the last digits from machine to machine;
`python -m tests.views.reward_check --sample` draws them again.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import labkit
from labkit.models.token_bytes import TokenBytes
from labkit.rewards import Part, countdown_accuracy, group_advantages, think_format
from labkit.rewards.advantages import Kind
from labkit.tasks import countdown
from labkit.tasks.answers import read_answer
from labkit.tasks.arithmetic import canonical
from labkit.traces import Trace
from labkit.views import RewardView
from labkit.views.core.saved import rounded
from tests.tasks import answer_cases

from .case_file import case_file

TESTS = Path(__file__).resolve().parents[2] / "labkit/frontend/test"
FILE = TESTS / "rewards.json"
ROLLOUTS = TESTS / "rollouts.json"
RANDOM = 200  # of the oracle's random answers; tests/engine/test_rules.py holds all of them
PUZZLE = ([3, 5, 9], 24)
KINDS: tuple[Kind, ...] = ("grpo", "dr-grpo", "rloo")

Puzzle = tuple[list[int], int]
Case = tuple[str, bool, Puzzle]  # a completion, whether the prompt opened its thought, and the puzzle

FORMATS = [
    "a</think><answer>1</answer> b", "a <answer>1</answer></think>", "a", "</think><answer>1</answer>", "a</think> ",
    "a</think><answer><b></answer>", " a</think> <answer>1</answer>\n", "<think></think><answer>1</answer>",
    "<think>a</think>\n\n<answer>3 * 5 + 9</answer><\uff5cend\u2581of\u2581sentence\uff5c>", "a</think><answer></answer>",
    "a</think>b<answer>1</answer>", "a<think>b</think><answer>1</answer>", "a</think></think><answer>1</answer>", "",
    "a</think><answer>1</answer><answer>2</answer>", "a</think>\u00a0<answer>\u0663</answer>\u3000", "a</think><answer></\u00e9></answer>",
]  # fmt: skip
LATEX = [
    r"3 \times 5 + 9", r"$3\cdot5+9$", r"\boxed{3 \times 5 + 9}", r"\left(3 \cdot 5\right) + 9 = 24", r"\boxed{9 + \frac{15}{1}}",
    r"\boxed{\dfrac{3 \times 5}{1}}", r"\boxed{3*5+9} or \boxed{24}", r"\boxed{3*5+9} or \boxed{3 * 5 + 9}", r"\boxed{3*5+9",
    r"\boxed 24.", r"**The answer is 3 * 5 + 9.**", r"> ## So the final answer: `3*5+9`.", r"\[3*5+9\]", r"$$3*5+9$$.", r"3*5+9...",
    r"\frac{\frac{9}{3}}{5}", r"\timesx", r"\boxed{\boxed{3*5+9}}", r"\fbox{3*5\,+\,9}", "3 * 5 + 9</s><eos>\n<|im_end|>",
]  # fmt: skip
SPELLED = [
    "9 + (5 * 3)", "3*5+9 = 24.", "9 - (5 - 3)", "9 / (5 / 3)", "9 / 5 / 3", "9 * (5 / 3)", "1 / (2 * 3)", "9 - 5 - (3 - 1)", "(9)",
    "I  give\n up", "10 + 9 + 1", "8 / (3 - 8 / 3)", "03 + 1", "00 + 1", "x" * 90, "5 * (9 + 3) - 1", "(1 + 2) * (4 - 3)", "-3", "",
    r"\frac{9}{3} \times 5", "2 / (3 / 4 / 5)",
]  # fmt: skip


def cases() -> Iterator[Case]:
    """The answers of Python's own tests, those of the random answers that are compared with the oracle, and more."""
    answers = [*answer_cases.RIGHT, *answer_cases.WRONG, *answer_cases.HOSTILE, *LATEX]
    tagged = [f"<answer>{answer}</answer>" for answer in answer_cases.HOSTILE]
    after = [f"a</think>{answer}" for answer in [*answers, *tagged]]
    forms = [text for text, _, _ in answer_cases.FORMS]
    for text in [*answers, *tagged, *after, *forms, *FORMATS]:
        yield text, False, PUZZLE
    for text in ["I get\n3*5+9", r"I get \boxed{42}. Wait", *FORMATS]:
        yield text, True, PUZZLE
    for text, numbers, target, _ in answer_cases.ARITHMETIC:
        yield text, False, (numbers, target)
    for text, numbers, target in answer_cases.random_answers(RANDOM):
        yield text, False, (numbers, target)


def judged(case: Case) -> dict[str, Any]:
    """The parts of the reward of a completion by the default rules, and its answer in one spelling."""
    text, opened, (numbers, target) = case
    known = {"opened": opened, "numbers": numbers, "target": target}
    (accuracy,), (form,) = countdown_accuracy.parts(text, known), think_format.parts(text, known)
    answer = canonical(read_answer(text, opened=opened).text)
    return {
        "text": text, "opened": opened, "numbers": numbers, "target": target, "answer": answer,
        "parts": [part_of(accuracy), part_of(form)],
    }  # fmt: skip


def part_of(part: Part) -> list[Any]:
    """The value, the span and the reason of a part."""
    return [part.value, *part.span, part.why]


def long_cases() -> Iterator[list[Any]]:
    """Texts of a million characters, as pieces with their numbers of repetitions, and their verdict."""
    for pieces in answer_cases.LONG:
        text = "".join(piece * times for piece, times in pieces)
        verdict = countdown.judge(text, numbers=PUZZLE[0], target=PUZZLE[1])
        yield [pieces, verdict.right, verdict.why]


def sample() -> list[list[dict[str, Any]]]:
    """Two real groups of R1-mini: as the page draws them, and some at a temperature at which rollouts go wrong."""
    model = labkit.load("r1-mini")
    usual = model.sample("Using 8, 2 and 2, make 32.", n=8, temperature=0.6, top_p=0.95, seed=0)
    hot = model.sample("Using 3, 5 and 9, make 24.", n=8, temperature=1.6, top_p=1.0, seed=0)
    groups = (usual, [hot[i] for i in (0, 1, 5, 7)])
    return [[lean(trace, model.local().pieces) for trace in group] for group in groups]


def lean(trace: Trace, pieces: TokenBytes) -> dict[str, Any]:
    """What a reward view needs of a rollout, and the bytes of each token, in hexadecimal digits."""
    columns = trace.tokens.model_dump(include={"ids", "sizes", "texts"})
    tokens = {**columns, "logprobs": rounded(trace.tokens.logprobs)}
    fields = {"model", "family", "prompt", "prompt_text", "text", "opened", "finish", "settings", "problem"}
    raw = [pieces.bytes(token).hex() for token in trace.tokens.ids]
    return {**json.loads(trace.model_dump_json(include=fields)), "tokens": tokens, "raw": raw}


def filled(lean: dict[str, Any]) -> Trace:
    """The rollout of `lean`; columns that a reward view does not read are made up."""
    tokens = lean["tokens"]
    n = len(tokens["ids"])
    others = {
        "entropies": [0.0] * n, "times": [0.0] * n, "top_ids": [[i] for i in tokens["ids"]], "top_logprobs": [[0.0]] * n,
    }  # fmt: skip
    fields = {name: value for name, value in lean.items() if name != "raw"}
    return Trace.model_validate({**fields, "tokens": {**tokens, **others}})


def graded(group: list[dict[str, Any]]) -> dict[str, Any]:
    """What a reward view says of a group: its scene, its advantages, and each rollout when it is opened."""
    view = RewardView([filled(trace) for trace in group])
    details = []
    for row in range(len(group)):
        header, buffer = view.answer({"ask": "open", "row": row, "id": 0})
        details.append({"header": header.model_dump(), "bytes": base64.b64encode(buffer).decode("ascii")})
    return {
        "scene": view.scene, "weights": [*view.weights.values()], "rewards": view.rewards, "details": details,
        "advantages": {kind: group_advantages(view.rewards, kind=kind).tolist() for kind in KINDS},
    }  # fmt: skip


def text() -> str:
    """The file."""
    groups = json.loads(ROLLOUTS.read_text("utf-8"))
    cases_by_kind = {
        "judged": [judged(case) for case in cases()],
        "long": [*long_cases()],
        "spelled": [[answer, canonical(answer)] for answer in SPELLED],
        "groups": [graded(group) for group in groups],
    }
    return case_file(cases_by_kind)


if __name__ == "__main__":
    if "--sample" in sys.argv:
        drawn = ",\n".join(json.dumps(group) for group in sample())
        ROLLOUTS.write_text(f"[\n{drawn}\n]\n", "utf-8", newline="\n")
    FILE.write_text(text(), "utf-8", newline="\n")
