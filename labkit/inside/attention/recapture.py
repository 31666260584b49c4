"""Captures the internals of a recorded trace by a new forward pass; saves and loads captures."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from labkit._arguments import checks_arguments
from labkit._host.atomic_write import not_written, write_file
from labkit._host.paths import typed_path
from labkit._host.untrusted import parse_json, require_regular
from labkit.errors import BadArgument, FileDamaged, LabkitError
from labkit.inside.sequence import sequence, thinker_of
from labkit.models import LanguageModel
from labkit.models.capture.capture import Capture, Cost, wanted
from labkit.models.capture.capture import cost as cost_of
from labkit.models.capture.qk_capture import Inside, Rule
from labkit.traces import Trace
from labkit.traces.trace import trace_file

VERSION = "1"


@checks_arguments
def capture(trace: Trace, model: LanguageModel | None = None, *, capture: str | Capture = "qk") -> Trace:
    """The same trace with its internals, captured by one forward pass over prompt and completion.

    For a trace from a file, or a trace sampled without `capture="qk"`. The model that wrote the thought
    reproduces its own internals; another model gives the internals of a reader.

    Args:
        trace: a trace with the ids of its prompt.
        model: a model from `labkit.load`; by default the model that wrote the thought.
        capture: as in `model.think`.

    Raises:
        LabkitError: the model is missing, or it cannot be captured.
    """
    reader, ids = thinker_of(trace, model), sequence(trace)
    what = wanted(capture) or Capture()
    return trace.attach(
        language_model=reader, inside=reader.read(ids, prompt=len(trace.prompt_ids), capture=what)
    )


@checks_arguments
def cost(model: LanguageModel, tokens: int, *, capture: str | Capture = "qk") -> Cost:
    """The cost of capturing `tokens` positions, prompt and completion; print it before you capture.

    Raises:
        LabkitError: `tokens` is not a whole number from 1, or `capture` is not possible.
    """
    if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens < 1:
        raise BadArgument(f"tokens={tokens!r} cannot be captured.", why="it is a whole number from 1.",
                          next="print(labkit.inside.cost(model, 1_024))")  # fmt: skip
    network = model.local().network
    return cost_of(network.config, tokens, capture=wanted(capture), width=network.dtype.itemsize)


@checks_arguments
def save(trace: Trace, path: str | Path) -> Path:
    """Writes `NAME.trace.json` and beside it `NAME.inside.safetensors`; returns the path of the trace.

    Raises:
        LabkitError: nothing was captured, or the folder cannot be written.
    """
    inside = trace.inside
    where = trace_file(path)
    tensors = {"queries": inside.queries.contiguous(), "keys": inside.keys.contiguous()}
    tensors |= {f"sinks.{i}": r.sinks.contiguous() for i, r in enumerate(inside.rules) if r.sinks is not None}
    rules = [[rule.scale, rule.window] for rule in inside.rules]
    about = {"version": VERSION, "kept": inside.kept, "prompt": inside.prompt, "rules": rules}
    about["trace"] = _fingerprint(trace)

    def write(fresh: Path) -> None:
        save_file(tensors, fresh, metadata={"labkit_inside": json.dumps(about)})
        trace.save(where)  # after the larger file is on the disk

    beside = file_of(where)
    try:
        write_file(beside, write)
    except OSError as error:
        raise not_written(beside, error, what="trace", again="labkit.inside.save(trace, {})") from None
    return where


@checks_arguments
def load(path: str | Path) -> Trace:
    """Reads a trace and the capture beside it; no model is needed. The numbers are read from the file on demand.

    Raises:
        LabkitError: one of the two files is missing or broken.
    """
    path = typed_path(path, next='labkit.inside.load("my.trace.json")')
    trace = Trace.load(path)
    beside = file_of(path)
    if not beside.exists():
        raise LabkitError(
            f"There is no {beside.name} beside {path.name}.",
            why="labkit.inside.save writes both; trace.save writes the trace alone.",
            next=f'trace = labkit.inside.capture(labkit.Trace.load("{path.as_posix()}"), '
            f'model=labkit.load("{trace.model}"))',
        )
    try:
        require_regular(beside)
        with safe_open(beside, "pt") as file:
            about = parse_json((file.metadata() or {})["labkit_inside"])
            held = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        rules = [Rule(s, w, held.get(f"sinks.{i}")) for i, (s, w) in enumerate(about["rules"])]
        inside = Inside(
            held["queries"], held["keys"], rules, about["kept"], about["prompt"], held=f"in {beside.name}"
        )
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise FileDamaged(f"{beside.name} is not an inside that can be read.", why=str(error),
                          next="labkit.inside.save(trace, ...) writes a good one") from None  # fmt: skip
    total = len(trace.prompt_ids) + len(trace)
    if not total - 1 <= inside.count <= total:
        raise FileDamaged(f"{beside.name} belongs to another trace than {path.name}.",
                          why=f"it has {inside.count:,} positions, and the trace {total:,}.",
                          next="labkit.inside.save(trace, ...) writes the two together")  # fmt: skip
    if about.get("trace", _fingerprint(trace)) != _fingerprint(trace):
        raise FileDamaged(f"{beside.name} belongs to another trace than {path.name}.",
                          why="its queries and keys are those of other tokens: a call ended between the two files.",
                          next="labkit.inside.save(trace, ...) writes the two together")  # fmt: skip
    return trace.attach(inside=inside)


def _fingerprint(trace: Trace) -> str:
    """A digest of the ids of prompt and completion; it identifies the tokens."""
    return sha256(json.dumps([trace.prompt_ids, trace.tokens.ids]).encode()).hexdigest()[:16]


def file_of(path: Path) -> Path:
    """The path of the capture that belongs to a trace's file."""
    return path.with_name(path.name.removesuffix(".trace.json") + ".inside.safetensors")
