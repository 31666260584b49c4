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
from labkit.inside.sequence import model_for_inspection, sequence
from labkit.models import LanguageModel
from labkit.models.capture.capture import Capture, Cost, parse_capture
from labkit.models.capture.capture import cost as cost_of
from labkit.models.capture.qk_capture import AttentionLayout, QKCapture
from labkit.traces import Trace
from labkit.traces.trace_file import trace_file

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
    reader, ids = model_for_inspection(trace, model), sequence(trace)
    what = parse_capture(capture) or Capture()
    return trace.attach(
        language_model=reader, inside=reader.prefill(ids, prompt=len(trace.prompt_ids), capture=what)
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
    return cost_of(network.config, tokens, capture=parse_capture(capture), width=network.dtype.itemsize)


@checks_arguments
def save(trace: Trace, path: str | Path) -> Path:
    """Writes `NAME.trace.json` and beside it `NAME.inside.safetensors`; returns the path of the trace.

    Raises:
        LabkitError: nothing was captured, or the folder cannot be written.
    """
    inside = trace.inside
    trace_path = trace_file(path)
    tensors = {"queries": inside.queries.contiguous(), "keys": inside.keys.contiguous()}
    tensors |= {
        f"sinks.{i}": r.sinks.contiguous() for i, r in enumerate(inside.layouts) if r.sinks is not None
    }
    rules = [[rule.scale, rule.window] for rule in inside.layouts]
    metadata = {"version": VERSION, "kept": inside.captured_layers, "prompt": inside.prompt, "rules": rules}
    metadata["trace"] = _fingerprint(trace)

    def write(fresh: Path) -> None:
        save_file(tensors, fresh, metadata={"labkit_inside": json.dumps(metadata)})
        trace.save(trace_path)  # after the larger file is on the disk

    capture_path = file_of(trace_path)
    try:
        write_file(capture_path, write)
    except OSError as error:
        raise not_written(
            capture_path, error, what="trace", retry_hint="labkit.inside.save(trace, {})"
        ) from None
    return trace_path


@checks_arguments
def load(path: str | Path) -> Trace:
    """Reads a trace and the capture beside it; no model is needed. The numbers are read from the file on demand.

    Raises:
        LabkitError: one of the two files is missing or broken.
    """
    path = typed_path(path, next='labkit.inside.load("my.trace.json")')
    trace = Trace.load(path)
    capture_path = file_of(path)
    if not capture_path.exists():
        raise LabkitError(
            f"There is no {capture_path.name} beside {path.name}.",
            why="labkit.inside.save writes both; trace.save writes the trace alone.",
            next=f'trace = labkit.inside.capture(labkit.Trace.load("{path.as_posix()}"), '
            f'model=labkit.load("{trace.model}"))',
        )
    try:
        require_regular(capture_path)
        with safe_open(capture_path, "pt") as file:
            metadata = parse_json((file.metadata() or {})["labkit_inside"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        rules = [
            AttentionLayout(s, w, tensors.get(f"sinks.{i}")) for i, (s, w) in enumerate(metadata["rules"])
        ]
        inside = QKCapture(
            tensors["queries"], tensors["keys"], rules, metadata["kept"], metadata["prompt"],
            location=f"in {capture_path.name}",
        )  # fmt: skip
    except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
        raise FileDamaged(f"{capture_path.name} is not a capture that can be read.", why=str(error),
                          next="labkit.inside.save(trace, ...) writes a good one") from None  # fmt: skip
    total = len(trace.prompt_ids) + len(trace)
    if not total - 1 <= inside.count <= total:
        raise FileDamaged(f"{capture_path.name} belongs to another trace than {path.name}.",
                          why=f"it has {inside.count:,} positions, and the trace {total:,}.",
                          next="labkit.inside.save(trace, ...) writes the two together")  # fmt: skip
    if metadata.get("trace", _fingerprint(trace)) != _fingerprint(trace):
        raise FileDamaged(f"{capture_path.name} belongs to another trace than {path.name}.",
                          why="its queries and keys are those of other tokens: a call ended between the two files.",
                          next="labkit.inside.save(trace, ...) writes the two together")  # fmt: skip
    return trace.attach(inside=inside)


def _fingerprint(trace: Trace) -> str:
    """A digest of the ids of prompt and completion; it identifies the tokens."""
    return sha256(json.dumps([trace.prompt_ids, trace.tokens.ids]).encode()).hexdigest()[:16]


def file_of(path: Path) -> Path:
    """The path of the capture that belongs to a trace's file."""
    return path.with_name(path.name.removesuffix(".trace.json") + ".inside.safetensors")
