"""Writes `src/contract*.ts` and `src/draw/ramps.ts` from the Python that they must agree with.

A view has a module of wire types, `labkit/views/NAME/contract.py`, and gets `src/contract_NAME.ts`.

    python labkit/frontend/generate_contract.py

`tests/views/test_contract.py` compares what is committed with what this would write.
"""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter

from labkit.traces import Trace, steps
from labkit.views.attention import color_scale as _heat
from labkit.views.core import color_scales as _scale
from labkit.views.core import contract
from labkit.views.core import wording as _words
from labkit.views.lens import color_scale as _lens_ramp
from labkit.views.token import contract as token_contract

HERE = Path(__file__).parent / "src"
VIEWS = Path(contract.__file__).parents[1]
NAMES = sorted(
    path.parent.name for path in VIEWS.glob("*/contract.py") if path.parent.name not in ("core", "token")
)
MODULES = [contract, *(import_module(f"labkit.views.{name}.contract") for name in NAMES)]
SIMPLE = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def type_of(schema: dict[str, Any]) -> str:
    """A JSON schema as a TypeScript type."""
    if "$ref" in schema:
        name: str = schema["$ref"].rsplit("/", 1)[1]
        return "unknown" if name == "JsonValue" else name
    if "const" in schema:
        return f'"{schema["const"]}"' if isinstance(schema["const"], str) else str(schema["const"])
    if "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(type_of(part) for part in schema["anyOf"])
    if "prefixItems" in schema:
        return f"readonly [{', '.join(type_of(part) for part in schema['prefixItems'])}]"
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


def models_of(module: ModuleType) -> list[type[contract.Wire]]:
    """The wire types that a module defines, in its order."""
    every = [value for value in vars(module).values() if isinstance(value, type)]
    return [m for m in every if issubclass(m, contract.Wire) and m.__module__ == module.__name__]


def interfaces(models: list[Any]) -> dict[str, dict[str, Any]]:
    """The schema of each model, and of those that it holds, by name."""
    found: dict[str, dict[str, Any]] = {}
    for model in models:
        schema = TypeAdapter(model).json_schema(mode="serialization")
        for name, part in schema.pop("$defs", {}).items():
            if part.get("type") == "object":
                found.setdefault(name, part)
        found.setdefault(model.__name__, schema)
    return found


def typescript(module: ModuleType = contract) -> str:
    """The whole of a contract's TypeScript; that of the token view has the trace file too."""
    own = module is contract
    models = [*models_of(module), *(models_of(token_contract) if own else [])]
    found = interfaces([m for m in models if m is not contract.Wire] + ([Trace] if own else []))
    if own:
        found["TraceFile"] = found.pop("Trace")
    asks = " | ".join(m.__name__ for m in models if m.__name__.endswith("Ask"))
    head = f"// Written by generate_contract.py from {module.__name__.replace('.', '/')}.py. Do not edit.\n\n"
    body = "\n".join(interface(name, part) for name, part in found.items())
    asked = f"\nexport type Ask = {asks};\n" if asks else ""
    return f"{head}{body}{asked}{words() if own else ''}"


def words() -> str:
    """What both sides say alike."""
    ends = "".join(f'  {key}: "{said}",\n' for key, said in _words.ENDS.items())
    kind = 'Readonly<Record<Scene["finish"], string>>'
    found = f"/** How a thought ended, in words. */\nexport const ENDS: {kind} = {{\n{ends}}};\n"
    openings = ",\n".join(f"  [{json.dumps(kind)}, {json.dumps(said)}]" for kind, said in steps._OPENINGS)
    found += "/** How steps begin, by kind: labkit/traces/steps.py. */\nexport const OPENINGS"
    return found + f': readonly (readonly [Block["kind"], string])[] = [\n{openings},\n];\n'


def hexes(ramp: list[tuple[int, int, int]]) -> str:
    """Colours in a row, six digits each."""
    return "".join(f"{r:02x}{g:02x}{b:02x}" for r, g, b in ramp)


def lens_ramps() -> str:
    """The whole of draw/lens_ramps.ts."""
    return (
        "// Written by generate_contract.py from labkit/views/lens/color_scale.py. Do not edit.\n\n"
        f'export const LIGHT =\n  "{hexes(_lens_ramp.LIGHT)}";\nexport const DARK =\n  "{hexes(_lens_ramp.DARK)}";\n'
    )


def ramps() -> str:
    """The whole of draw/ramps.ts."""
    return (
        "// Written by generate_contract.py from labkit/views/core/color_scales.py. Do not edit.\n\n"
        f"export const SURPRISAL_TOP = {_scale.SURPRISAL_TOP:g};\n"
        f"export const ENTROPY_TOP = {_scale.ENTROPY_TOP:g};\n"
        f'export const LIGHT =\n  "{hexes(_scale.LIGHT)}";\nexport const DARK =\n  "{hexes(_scale.DARK)}";\n'
    )


def heats() -> str:
    """The whole of draw/heats.ts."""
    return (
        "// Written by generate_contract.py from labkit/views/attention/color_scale.py. Do not edit.\n\n"
        f'export const LIGHT_HEAT = "{hexes(_heat.LIGHT_STOPS)}";\n'
        f'export const DARK_HEAT = "{hexes(_heat.DARK_STOPS)}";\n'
    )


def files() -> dict[Path, str]:
    """Every generated file and what belongs into it."""
    stems = ["contract", *(f"contract_{name}" for name in NAMES)]
    contracts = {HERE / f"{stem}.ts": typescript(m) for stem, m in zip(stems, MODULES, strict=True)}
    drawn = {"ramps.ts": ramps(), "lens_ramps.ts": lens_ramps(), "heats.ts": heats()}
    return contracts | {HERE / "draw" / name: text for name, text in drawn.items()}


def main() -> None:
    """Writes them all."""
    for path, text in files().items():
        path.write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
