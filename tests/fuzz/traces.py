"""Files of traces and of runs."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import labkit
from labkit._host.shipped import data_path
from labkit.traces import SamplingParams, Tokens, Trace, blocks
from labkit.training.run import Run
from tests.fuzz.guard import Format
from tests.fuzz.hostile import Case, cases


@cache
def scratch() -> Path:
    """A folder for what is written."""
    return Path(tempfile.mkdtemp(prefix="labkit-fuzz-"))


SMALL = Trace(
    model="r1-mini", family="r1-mini", prompt="Using 3, 5 and 9, make 24.", prompt_text="<|user|>Using", prompt_ids=[1, 2],
    prompt_texts=["<|user|>", "Using"], text="<think>3 + 5 = 8: 8 * 9 = 72\n3 * 5 = 15: é</think><answer>3 * 5 + 9</answer>",
    tokens=Tokens(
        ids=[1, 2, 3, 4], sizes=[7, 30, 12, 32], texts=["<think>", "a", "b", "c"], logprobs=[-0.1, -2, 0, -1e-9],
        entropies=[0.1, 2, 0, 0], times=[0.1, 0.2, 0.3, 0.4], top_ids=[[1, 2]] * 4, top_logprobs=[[-0.1, -3]] * 4,
    ),
    pieces={1: "<think>", 2: "a"}, finish="stop", settings=SamplingParams(seed=3),
)  # fmt: skip
TRACES = [
    json.loads(SMALL.model_dump_json()),
    json.loads(data_path("traces", "smollm2-make-24.trace.json").read_text()),
]


def read_trace(case: Case) -> None:
    """Opens a trace, and does with it what a lesson does."""
    file = scratch() / "a.trace.json"
    file.write_bytes(case.content(TRACES[len(repr(case)) % 2]))
    trace = Trace.load(file)
    assert repr(trace)
    assert trace.thinking is not None and trace.answer is not None and trace.steps is not None
    assert len(trace.char_starts) == len(trace) + 1
    blocks(trace)
    if len(trace):
        trace.token(0), trace.token(-1), trace.alternatives(len(trace) - 1)
    again = Trace.load(trace.save(scratch() / "b"))
    assert again == trace
    labkit.rewards.outcome_of(trace)
    if len(repr(case)) % 8 == 0:  # the views take longer than all the rest
        view = labkit.TokenView(trace)
        assert view._repr_mimebundle_()
        view.close()


def _run() -> dict[str, Any]:
    record = json.loads(data_path("runs", "first-run", "run.json").read_text())
    record["kept"], record["watched"] = record["kept"][:2], record["watched"][:1]
    return dict(record)


RUN = _run()


def read_run(case: Case) -> None:
    """Opens a run, and saves it again."""
    (scratch() / "run").mkdir(exist_ok=True)
    (scratch() / "run" / "run.json").write_bytes(case.content(RUN))
    run = Run.load(scratch() / "run")
    assert repr(run) and len(run) >= 0
    run.record()


FORMATS = [Format("trace", cases, read_trace), Format("run", cases, read_run)]
