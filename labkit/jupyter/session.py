"""What the side panel of the JupyterLab plugin shows of a kernel: the state of the session, Stop and unload.

`labkit.jupyter.session_channel` carries it. While a cell runs, requests arrive in a subshell, which is a thread of its
own: so nothing here computes with torch.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

from labkit._host import session
from labkit._host.memory import memory
from labkit._host.process_memory import resident_bytes
from labkit._printable import printable
from labkit.errors import BadArgument, LabkitError
from labkit.jupyter.session_contract import (
    ComputationRow,
    Done,
    MemoryRow,
    ModelRow,
    ResultRow,
    SessionState,
    ViewPayload,
    ViewReply,
    Wire,
)
from labkit.traces import Trace, TraceGroup

PROMPT_CHARACTERS = 200  # of a prompt in a row
MOST_RESULTS = 200  # rows; older results are left out
STOP_SECONDS = 5.0  # that unloading waits for a generation to end
# Tasks that are judged in this process; the others start a bounded worker, which is too slow for a list.
JUDGED_HERE = frozenset({"countdown", "addition"})

_judged: dict[int, tuple[int, int]] = {}  # number of a result -> (right, judged)


def reply(action: str, number: int | None = None) -> Wire:
    """Answers a request of the front end; an error becomes a sentence.

    Args:
        action: `"state"`, `"stop"`, `"unload"` or `"view"`.
        number: the number of a row; for `"stop"`, None stops everything.
    """
    if action not in _ACTIONS:
        return Done(message=f"The labkit of this kernel has no action {action[:40]!r}.", next="", count=0)
    try:
        return _ACTIONS[action](number)
    except LabkitError as error:
        return Done(message=f"{error.what} {_sentence(error.why)}", next=error.next, count=0)


# -- state -----------------------------------------------------------------------------------------------


def state() -> SessionState:
    """The models, results and computations of this kernel, and its memory."""
    namespace = _namespace()
    names = _names(namespace)
    return SessionState(
        models=[_model_row(n, m, names) for n, m in session.MODELS.items() if getattr(m, "is_loaded", True)],
        results=[_result_row(n, r, names) for n, r in _results(namespace)[-MOST_RESULTS:]],
        computations=[_computation_row(c) for c in session.computations()],
        memory=_memory_row(),
        speed=session.last_speed(),
    )


def _namespace() -> dict[str, Any]:
    """The user's variables, without the history of IPython; another thread may change them."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    variables = list(getattr(shell, "user_ns", {}).items())
    return {name: value for name, value in variables if not name.startswith("_")}


def _names(namespace: dict[str, Any]) -> dict[int, str]:
    """The names of variables, by the id of their value; of several names, the first."""
    names: dict[int, str] = {}
    for name, value in namespace.items():
        names.setdefault(id(value), name)
    return names


def _results(namespace: dict[str, Any]) -> list[tuple[int, Trace | TraceGroup]]:
    """What the models of this session generated, and what its variables hold, such as a trace from a file."""
    known = {id(result) for _, result in session.RESULTS.items()}
    for value in namespace.values():
        shown = isinstance(value, Trace) or (isinstance(value, TraceGroup) and len(value) > 0)
        if shown and id(value) not in known:
            known.add(id(value))
            session.RESULTS.add(value)
    return session.RESULTS.items()


def _model_row(number: int, model: Any, names: dict[int, str]) -> ModelRow:
    network = vars(model).get("network")
    if network is None:  # on a server
        return ModelRow(
            number=number, name=model.name, variable=names.get(id(model), ""), precision="", device=model.url,
            weights=0, cache=0, reloadable=False, hint="",
        )  # fmt: skip
    from labkit.models.local.unload import require_reloadable
    from labkit.models.runtime.weights import weight_bytes

    hint = ""
    try:
        require_reloadable(model)
    except LabkitError as error:
        hint = f"{_sentence(error.why)} Next: {error.next}"
    return ModelRow(
        number=number, name=model.name, variable=names.get(id(model), ""), precision=model.precision,
        device=str(network.device), weights=weight_bytes(network), cache=_cache_bytes(model), reloadable=not hint,
        hint=hint,
    )  # fmt: skip


def _cache_bytes(model: Any) -> int:
    """Bytes of the KV caches of a model: of its running generation, and the one that is kept for forks."""
    from labkit.models.runtime.memory_budget import kv_bytes

    network = model.network
    counts = [c.count() for c in session.computations() if c.kind != "training"]
    positions = sum(count.positions for count in counts if count.model == model.name)
    prefix_cache = sys.modules.get("labkit.inside.forks.prefix_cache")
    for_forks = prefix_cache.cached_bytes(network) if prefix_cache is not None else 0
    return kv_bytes(network.config, positions, width=network.dtype.itemsize) + int(for_forks)


def _result_row(number: int, result: Trace | TraceGroup, names: dict[int, str]) -> ResultRow:
    traces = [result] if isinstance(result, Trace) else list(result)
    right, judged = _verdicts(number, traces)
    return ResultRow(
        number=number, kind="thought" if isinstance(result, Trace) else "group",
        variable=names.get(id(result), ""), model=traces[0].model if traces else "",
        prompt=printable(" ".join(result.prompt.split()))[:PROMPT_CHARACTERS],
        tokens=sum(len(trace) for trace in traces),
        rollouts=len(traces), finish=traces[0].finish if traces else "stop", right=right, judged=judged,
        captured=sum(_captured_bytes(t) for t in traces),
    )  # fmt: skip


def _verdicts(number: int, traces: list[Trace]) -> tuple[int, int]:
    """How many answers are right, and how many can be judged; computed once for each result."""
    if number not in _judged:
        from labkit.rewards.outcomes import accuracy
        from labkit.tasks import problem_of, task_of

        verdicts = []
        for trace in traces:
            problem = problem_of(trace)
            task = task_of(problem)
            if task is not None and task.name in JUDGED_HERE:
                verdicts.append(accuracy(trace, problem))
        for freed in {*_judged} - {n for n, _ in session.RESULTS.items()}:
            _judged.pop(freed, None)
        _judged[number] = (verdicts.count(True), len(verdicts) - verdicts.count(None))
    return _judged[number]


def _captured_bytes(trace: Trace) -> int:
    capture = trace._inside
    return 0 if capture is None else int(capture.queries.nbytes + capture.keys.nbytes)


def _computation_row(computation: session.Computation) -> ComputationRow:
    count = computation.count()
    return ComputationRow(
        number=computation.number, kind=computation.kind, model=count.model, done=count.done, total=count.total,
        tokens=count.tokens, phase=count.phase, seconds=time.monotonic() - computation.started,
        stopping=computation.stop.is_set(),
    )  # fmt: skip


def _memory_row() -> MemoryRow | None:
    used, now = resident_bytes(os.getpid(), children=False), memory()
    if used is None or now is None:
        return None
    return MemoryRow(used=used, available=now.available, limit=now.limit, source=now.source)


# -- actions ---------------------------------------------------------------------------------------------


def stop(number: int | None = None) -> Done:
    """Ends one computation, or all of them, after the current token; what was generated stays."""
    count = session.stop(number)
    if not count:
        return Done(message="Nothing that Stop can end is running.", next="Interrupt the kernel", count=0)
    return Done(message="The generation ends after the current token.", next="", count=count)


def unload(number: int | None) -> Done:
    """Frees the weights of a model, after its running generation has been stopped.

    Raises:
        LabkitError: there is no such model in this process, or its weights would be lost.
    """
    model = session.MODELS.get(number or 0)
    if model is None or "network" not in vars(model):
        raise BadArgument(
            "This model is not in memory.", why="it was freed.", next='model = labkit.load("r1-mini")'
        )
    from labkit.models.local.unload import require_reloadable

    require_reloadable(model)
    _stop_generations_of(model.name)
    before = resident_bytes(os.getpid(), children=False)
    size = model.unload()
    after = resident_bytes(os.getpid(), children=False)
    freed = max(0, before - after) if before is not None and after is not None else size
    message = (
        f"{model.name} is unloaded: its weights took {_size(size)}, and the kernel holds {_size(freed)} less."
    )
    return Done(message=message, next=model.load_line, count=1)


def _stop_generations_of(name: str) -> None:
    """Stops the computations of a model, and waits for their end."""
    end = time.monotonic() + STOP_SECONDS
    while time.monotonic() < end:
        numbers = [c.number for c in session.computations() if c.count().model == name]
        if not numbers:
            return
        for number in numbers:
            session.stop(number)
        time.sleep(0.05)


def _sentence(why: str) -> str:
    return why[:1].upper() + why[1:]


def _size(n: int) -> str:
    from labkit.models.runtime.memory_budget import format_bytes

    return format_bytes(n)


def view(number: int | None) -> ViewReply:
    """A thought as the text of its trace file, or a group as the data of its reward view.

    Raises:
        LabkitError: the result was freed, or its rollouts have no rewards.
    """
    result = session.RESULTS.get(number or 0)
    if result is None:
        raise BadArgument(
            "This trace is not in memory.", why="no variable holds it.", next="trace = model.think(prompt)"
        )
    first = result if isinstance(result, Trace) else result[0]
    title = _names(_namespace()).get(id(result), "") or printable(first.model)
    if isinstance(result, Trace):
        return ViewReply(title=title, trace=result._as_json(), payload=None)
    from labkit.views import RewardView

    shown = RewardView(result)
    try:
        return ViewReply(title=title, trace="", payload=ViewPayload(**shown.saved_payload()))
    finally:
        shown.close()


_ACTIONS: dict[str, Callable[[int | None], Wire]] = {
    "state": lambda _: state(), "stop": stop, "unload": unload, "view": view,
}  # fmt: skip
