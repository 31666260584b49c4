"""What labkit does in Pyodide, with pydantic as the only package beside it; prints it as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from labkit.errors import LabkitError


def main() -> dict[str, Any]:
    """Reads and writes a trace, judges answers, asks for a problem, and reads a run."""
    import labkit
    from labkit.tasks import countdown
    from labkit.training.run import Run

    trace = labkit.Trace.load(labkit.data_path("traces", "smollm2-make-24.trace.json"))
    saved = trace.save(Path("/tmp") / "copy")
    run = Run.load(labkit.data_path("runs", "first-run"))
    thought = next(kept.trace for kept in run.kept if kept.right)
    assert thought.problem is not None
    return {
        "platform": sys.platform,
        "python": sys.version_info[:2],
        "trace": repr(trace),
        "thinking": thought.thinking,
        "answer": thought.answer,
        "steps": [step.kind for step in thought.steps],
        "same": labkit.Trace.load(saved) == trace,
        "right": countdown.verify(thought.answer, **thought.problem.columns),
        "wrong": countdown.verify("9 + 3 = 12", numbers=[3, 5, 9], target=24),
        "problems": [problem.prompt for problem in countdown.problems(2)],
        "price": labkit.facts.fact("price-r1-output").number,
        "run": repr(run),
        "worker": refused(),
    }


def refused() -> str:
    """The sentence for what needs a process of its own, which a web page cannot start."""
    from labkit._host.bounded_worker import worker

    try:
        worker.ask("chat_template", {"template": "a", "messages": [], "variables": {}}, seconds=1)
    except LabkitError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    print(json.dumps(main()))
