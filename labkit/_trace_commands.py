"""The commands about files of thoughts: each parses, calls the library once, and prints."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from labkit._course_commands import argument
from labkit._printable import printable
from labkit.errors import BadArgument

SHOWN = 5  # records that could not be read, in the output of `convert`

CONVERT_ARGUMENTS = (
    argument("source", type=Path, help="a file or a folder of any form that labkit.open reads"),
    argument("file", type=Path, help="the new file; its ending decides: .jsonl or .parquet"),
    argument("--form", choices=["rows", "trackio", "verifiers"], default="rows",
             help="what a line of a .jsonl file is (default: a row with columns)"),
    argument("--text-only", action="store_true", help="without labkit's own record: no tokens, no log-probabilities"),
    argument("--family", default="", help="the family of the model, if its name does not tell (see labkit families)"),
    argument("--column", action="append", default=[], metavar="ROLE=NAME",
             help="the column of a role (prompt, text, thought, answer, model, messages); may be given several times"),
)  # fmt: skip


def convert(args: Namespace) -> int:
    """Converts thoughts of any form into rows (JSONL, Parquet), or into records of trackio or verifiers.

    A record that cannot be read is named and left out.
    """
    from labkit.traces import writers

    columns = dict(_column(text) for text in args.column)
    done = writers.convert(
        args.source,
        args.file,
        form=args.form,
        complete=not args.text_only,
        family=args.family,
        columns=columns,
    )
    print(f"{done.path}: {done.n_traces:,} thought{'' if done.n_traces == 1 else 's'}")
    for each in done.skipped[:SHOWN]:
        print(f"  left out: {printable(each.place)}: {printable(each.why)}")
    if len(done.skipped) > SHOWN:
        print(f"  left out: {len(done.skipped) - SHOWN:,} more")
    return 0


def schema(args: Namespace) -> int:
    """Prints the JSON Schema of a trace file; its version is in the field `version`."""
    import json

    from labkit.traces.schema import trace_schema

    print(json.dumps(trace_schema(), indent=1))
    return 0


def _column(text: str) -> tuple[str, str]:
    role, equals, name = text.partition("=")
    if not equals:
        raise BadArgument(
            f"--column {text} names no column.",
            why="it is a role, an equals sign and the name of a column.",
            next="labkit convert IN.jsonl OUT.parquet --column text=generation",
        )
    return role, name
