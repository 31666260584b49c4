"""Writes `src/contract.ts` and `src/draw/ramps.ts` from the Python that they must agree with.

    python labkit/frontend/generate_contract.py

`tests/views/test_contract.py` compares what is committed with what this would write.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from labkit.traces import Trace, steps
from labkit.views import _contract as contract
from labkit.views import _scale, _words

HERE = Path(__file__).parent / "src"
MODELS = (
    contract.Scene, contract.Focus, contract.Block, contract.ColumnsAsk, contract.AlternativesAsk,
    contract.StopAsk, contract.Columns, contract.Candidate, contract.Alternatives, contract.Done,
    contract.Failure,
)  # fmt: skip
SIMPLE = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def type_of(schema: dict[str, Any]) -> str:
    """A JSON schema as a TypeScript type."""
    if "$ref" in schema:
        return schema["$ref"].rsplit("/", 1)[1]
    if "const" in schema:
        return f'"{schema["const"]}"' if isinstance(schema["const"], str) else str(schema["const"])
    if "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(type_of(part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        return f"readonly ({type_of(schema['items'])})[]" if "items" in schema else "readonly unknown[]"
    if schema.get("type") == "object" and "additionalProperties" in schema and "properties" not in schema:
        inner = schema["additionalProperties"]
        return f"Readonly<Record<string, {type_of(inner)}>>"
    return SIMPLE[schema["type"]]


def interface(name: str, schema: dict[str, Any]) -> str:
    """One object schema as an interface."""
    first = schema.get("description", "").split("\n")[0]
    lines = [f"  readonly {key}: {type_of(value)};" for key, value in schema.get("properties", {}).items()]
    body = "{\n" + "\n".join(lines) + "\n}" if lines else "{ readonly id?: number }"
    return f"/** {first} */\nexport interface {name} {body}\n"


def typescript() -> str:
    """The whole of contract.ts."""
    found: dict[str, dict[str, Any]] = {}
    for model in (*MODELS, Trace):
        schema = TypeAdapter(model).json_schema(mode="serialization")
        for name, part in schema.pop("$defs", {}).items():
            if part.get("type") == "object":
                found.setdefault(name, part)
        found.setdefault(model.__name__, schema)
    found["TraceFile"] = found.pop("Trace")
    head = "// Written by generate_contract.py from labkit/views and labkit/traces. Do not edit.\n\n"
    ask = "export type Ask = ColumnsAsk | AlternativesAsk | StopAsk;\n"
    ends = "".join(f'  {key}: "{words}",\n' for key, words in _words.ENDS.items())
    kind = 'Readonly<Record<Scene["finish"], string>>'
    words = f"/** How a thought ended, in words. */\nexport const ENDS: {kind} = {{\n{ends}}};\n"
    openings = ",\n".join(f"  [{json.dumps(kind)}, {json.dumps(words)}]" for kind, words in steps._OPENINGS)
    words += "/** How steps begin, by kind: labkit/traces/steps.py. */\nexport const OPENINGS"
    words += f': readonly (readonly [Block["kind"], string])[] = [\n{openings},\n];\n'
    return head + "\n".join(interface(name, part) for name, part in found.items()) + "\n" + ask + words


def ramps() -> str:
    """The whole of draw/ramps.ts."""

    def hexes(ramp: list[tuple[int, int, int]]) -> str:
        return "".join(f"{r:02x}{g:02x}{b:02x}" for r, g, b in ramp)

    return (
        "// Written by generate_contract.py from labkit/views/_scale.py. Do not edit.\n\n"
        f"export const SURPRISAL_TOP = {_scale.SURPRISAL_TOP:g};\n"
        f"export const ENTROPY_TOP = {_scale.ENTROPY_TOP:g};\n"
        f'export const LIGHT =\n  "{hexes(_scale.LIGHT)}";\nexport const DARK =\n  "{hexes(_scale.DARK)}";\n'
    )


def main() -> None:
    """Writes both files."""
    (HERE / "contract.ts").write_text(typescript(), "utf-8")
    (HERE / "draw" / "ramps.ts").write_text(ramps(), "utf-8")


if __name__ == "__main__":
    main()
