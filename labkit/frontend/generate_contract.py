"""Writes the TypeScript that must agree with Python: wire types, colours and shared wordings.

A view `NAME` has its wire types in `labkit/views/NAME/contract.py` and gets `src/views/NAME/contract.ts`. A type
that several views use is written once, into `src/core/contract.ts`, and imported from there.

    python labkit/frontend/generate_contract.py

Contract modules are found by their path and loaded without their packages, so the contract of a view can be
generated before the view exists. `tests/views/test_contract.py` compares the committed files with the output.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter

from labkit.traces import Trace, step_kind_cues, step_kinds
from labkit.traces.families.family import registered

SOURCE = Path(__file__).parent / "src"
VIEWS = Path(__file__).parents[1] / "views"
SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}

Schema = dict[str, Any]
RGB = tuple[int, int, int]


@contextlib.contextmanager
def without_packages() -> Iterator[None]:
    """Replaces `labkit.views` and its packages by empty ones, so that a contract loads alone."""
    saved = {name: sys.modules.pop(name) for name in list(sys.modules) if name.startswith("labkit.views")}
    try:
        for folder in (VIEWS, *(path for path in VIEWS.iterdir() if path.is_dir())):
            name = ".".join(("labkit", *folder.relative_to(VIEWS.parent).parts))
            sys.modules[name] = ModuleType(name)
            sys.modules[name].__path__ = [str(folder)]
        yield
    finally:
        for name in [name for name in sys.modules if name.startswith("labkit.views")]:
            del sys.modules[name]
        sys.modules.update(saved)


def load(names: list[str]) -> dict[str, ModuleType]:
    """Modules of `labkit.views` by name, such as `token.contract`."""
    with without_packages():
        return {name: import_module(f"labkit.views.{name}") for name in names}


# -- JSON schema to TypeScript ---------------------------------------------------------------------------


def type_of(schema: Schema) -> str:
    """A JSON schema as a TypeScript type."""
    if "$ref" in schema:
        name: str = schema["$ref"].rsplit("/", 1)[1]
        return "unknown" if name == "JsonValue" else name
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(type_of(part) for part in schema["anyOf"])
    if "prefixItems" in schema:
        return f"readonly [{', '.join(type_of(part) for part in schema['prefixItems'])}]"
    if schema.get("type") == "array":
        item = type_of(schema["items"]) if "items" in schema else "unknown"
        return f"readonly ({item})[]" if " " in item else f"readonly {item}[]"
    if schema.get("type") == "object" and "additionalProperties" in schema and "properties" not in schema:
        return f"Readonly<Record<string, {type_of(schema['additionalProperties'])}>>"
    return SCALARS[schema["type"]]


def declaration(name: str, schema: Schema) -> str:
    """An object schema as an interface, with the first line of its docstring."""
    first_line = schema.get("description", "").split("\n")[0]
    fields = [f"  readonly {key}: {type_of(value)};\n" for key, value in schema.get("properties", {}).items()]
    if not fields:
        return f"/** {first_line} */\nexport type {name} = Readonly<Record<string, never>>;\n"
    return f"/** {first_line} */\nexport interface {name} {{\n{''.join(fields)}}}\n"


def schemas(models: list[type[BaseModel]]) -> dict[str, Schema]:
    """The schemas of models and of all models that they contain, by name."""
    result: dict[str, Schema] = {}
    for model in models:
        schema = TypeAdapter(model).json_schema(mode="serialization")
        for name, part in schema.pop("$defs", {}).items():
            if part.get("type") == "object":
                result.setdefault(name, part)
        result.setdefault(model.__name__, schema)
    return result


# -- contracts -------------------------------------------------------------------------------------------


def models_of(module: ModuleType) -> list[type[BaseModel]]:
    """The wire types that a contract defines, in its order, without their base class."""
    types = dict.fromkeys(value for value in vars(module).values() if isinstance(value, type))
    own = [t for t in types if issubclass(t, BaseModel) and t.__module__ == module.__name__]
    return [t for t in own if BaseModel not in t.__bases__]


def heading(*modules: str) -> str:
    """The first line of a generated file."""
    paths = " and ".join(f"{name.replace('.', '/')}.py" for name in modules)
    return f"// Written by generate_contract.py from {paths}. Do not edit.\n"


def view_schemas(contracts: dict[str, ModuleType]) -> dict[str, dict[str, Schema]]:
    """The schemas that each file declares: what several contracts use is declared in `core` only."""
    everything = {view: schemas(models_of(module)) for view, module in contracts.items()}
    uses = Counter(name for found in everything.values() for name in found)
    own = {view: {m.__name__ for m in models_of(module)} for view, module in contracts.items()}
    core = dict(everything.pop("core"))
    for view, found in everything.items():
        foreign = {name: part for name, part in found.items() if name not in own[view]}
        core |= {name: part for name, part in foreign.items() if uses[name] > 1 and name not in core}
    result = {"core": core}
    for view, found in everything.items():
        result[view] = {name: part for name, part in found.items() if name in own[view] or name not in core}
    return result


def literals_of(module: ModuleType) -> str:
    """The type aliases of a contract."""
    aliases = {name: value for name, value in vars(module).items() if get_origin(value) is Literal}
    return "".join(
        f"export type {name} = {' | '.join(map(json.dumps, get_args(value)))};\n"
        for name, value in aliases.items()
    )


def imports(text: str, declared: dict[str, Schema], core: dict[str, Schema]) -> str:
    """The import of the shared types that a contract uses."""
    names = [name for name in sorted(core) if name not in declared and re.search(rf"\b{name}\b", text)]
    return f'import type {{ {", ".join(names)} }} from "../../core/contract";\n\n' if names else ""


def contract(view: str, module: ModuleType, declared: dict[str, Schema], core: dict[str, Schema]) -> str:
    """The TypeScript of one contract."""
    body = "\n".join(declaration(name, schema) for name, schema in declared.items())
    if view == "core":
        return f"{heading(module.__name__)}\n{literals_of(module)}\n{body}"
    requests = [m.__name__ for m in models_of(module) if m.__name__.endswith("Ask")]
    union = f"\nexport type Ask = {' | '.join(requests)};\n" if requests else ""
    code = re.sub(r"/\*\*.*?\*/", "", body)
    return f"{heading(module.__name__)}\n{imports(code, declared, core)}{body}{union}"


def trace_file(core: dict[str, Schema]) -> str:
    """The trace file."""
    declared = {name: part for name, part in schemas([Trace]).items() if name not in core}
    declared["TraceFile"] = declared.pop("Trace")
    body = "\n".join(declaration(name, schema) for name, schema in declared.items())
    return f"{heading('labkit.traces.trace')}\n{body}"


def letters(points: list[int]) -> str:
    """Points as one letter each, which is shorter: m is 0, n is 1, l is -1."""
    return "".join(chr(ord("m") + value) for value in points)


def step_rules() -> str:
    """The cues by which the kind of a step is found, and their points."""
    points = step_kinds.points()
    cues = "".join(
        f"  {json.dumps([cue.place, step_kinds.cue_expression(cue.place, cue.pattern), letters(points[cue.name])])},\n"
        for cue in step_kind_cues.CUES
    )
    lines = "".join(f"  {json.dumps([words, kind])},\n" for words, kind in step_kinds.LINE_OPENINGS.items())
    kinds = [kind for kind, _ in step_kind_cues.LABELS.values()]
    return (
        f"{heading('labkit.traces.step_kind_cues', 'labkit.traces.step_kinds')}\n"
        f"export const [LENGTH, ENDING] = [{step_kinds.LENGTH}, {step_kinds.ENDING}];\n\n"
        "/** The words at the beginning of a step that say little. */\n"
        f"export const LEAD = {json.dumps(step_kinds.lead_expression())};\n\n"
        "/** The kind of each label. */\n"
        f"export const KINDS: readonly string[] = {json.dumps(kinds)};\n\n"
        "/** The points of each label without a cue. */\n"
        f"export const EVERY_STEP: readonly number[] = {json.dumps(points[step_kinds.EVERY_STEP])};\n\n"
        "/** The place and the pattern of each cue, and its points for each label: m is 0, n is 1, l is -1. */\n"
        f"export const CUES: readonly (readonly [string, string, string])[] = [\n{cues}];\n\n"
        "/** The first words of a line of R1-mini, and its kind. */\n"
        f"export const LINE_OPENINGS: readonly (readonly [string, string])[] = [\n{lines}];\n"
    )


def family_tags() -> str:
    """The families whose tags need more than the tags in a trace: what they write around thought and answer."""
    rows, pairs = [], set()
    for family in registered():
        tags = family.tags
        pair = (tags.open, tags.close)
        first = pair not in pairs  # the family stands for these tags in a trace that names none
        pairs.add(pair)
        row: dict[str, Any] = {"name": family.name, "first": first, **dataclasses.asdict(tags)}
        del row["after_open"]
        if tags.after_close.strip() or tags.boundary or tags.answer_end or tags.tool_calls:
            rows.append("  " + json.dumps(row, ensure_ascii=False) + ",\n")
    fields = "name|string first|boolean open|string close|string after_close|string boundary|string answer_end|string"
    lines = [f"  readonly {name}: {kind};\n" for name, kind in (field.split("|") for field in fields.split())]
    return (
        f"{heading('labkit.traces.families.family')}\n/** The tags of a family, and what it writes around them. */\n"
        f"export interface FamilyTags {{\n{''.join(lines)}  readonly tool_calls: readonly string[];\n}}\n\n"
        "/** The families that write more than their tags; `first` stands for its tags where no family is named. */\n"
        f"export const FAMILY_TAGS: readonly FamilyTags[] = [\n{''.join(rows)}];\n"
    )


def session_contract() -> str:
    """What the kernel answers to the side panel of the plugin."""
    module = import_module("labkit.jupyter.session_contract")
    body = "\n".join(declaration(name, schema) for name, schema in schemas(models_of(module)).items())
    return f"{heading(module.__name__)}\n{body}"


# -- wordings and colours ----------------------------------------------------------------------------------


def endings(ends: dict[str, str]) -> str:
    """How a thought ended, in words."""
    kind = " | ".join(map(json.dumps, ends))
    lines = "".join(f"  {key}: {json.dumps(words)},\n" for key, words in ends.items())
    comment = "/** How a thought ended, in words. */"
    return f"\n{comment}\nexport const ENDS: Readonly<Record<{kind}, string>> = {{\n{lines}}};\n"


def constant(name: str, value: float | list[RGB]) -> str:
    """A number, or colours in a row with six hexadecimal digits each."""
    if isinstance(value, float):
        return f"export const {name} = {value:g};\n"
    digits = "".join(f"{channel:02x}" for color in value for channel in color)
    return f'export const {name} =\n  "{digits}";\n'


def constants(module: ModuleType, *names: str) -> str:
    """A file of constants of a module."""
    return heading(module.__name__) + "\n" + "".join(constant(name, getattr(module, name)) for name in names)


def files() -> dict[Path, str]:
    """Every generated file and its text."""
    views = [path.parent.name for path in sorted(VIEWS.glob("*/contract.py"))]
    extra = [
        "core.wording", "core.color_scales", "attention.color_scale", "compare.color_scale", "lens.color_scale"
    ]  # fmt: skip
    modules = load([f"{view}.contract" for view in views] + extra)
    contracts = {view: modules[f"{view}.contract"] for view in views}
    declared = view_schemas(contracts)
    folders = {view: SOURCE / "core" if view == "core" else SOURCE / "views" / view for view in views}
    result = {
        folders[view] / "contract.ts": contract(view, module, declared[view], declared["core"])
        for view, module in contracts.items()
    }
    result[folders["core"] / "contract.ts"] += endings(modules["core.wording"].ENDS)
    result[SOURCE / "plugin/session-contract.ts"] = session_contract()
    result[folders["token"] / "trace-file.ts"] = trace_file(declared["core"])
    result[folders["token"] / "family-tags.ts"] = family_tags()
    result[folders["token"] / "step-rules.ts"] = step_rules()
    scales = modules["core.color_scales"]
    result[folders["core"] / "colors.ts"] = constants(scales, "SURPRISAL_TOP", "ENTROPY_TOP", "LIGHT", "DARK")
    result[folders["core"] / "series-colors.ts"] = constants(scales, "SERIES_LIGHT", "SERIES_DARK")
    stops = constants(modules["attention.color_scale"], "LIGHT_STOPS", "DARK_STOPS")
    result[folders["attention"] / "colors.ts"] = stops
    names = ("MORE_LIGHT", "MORE_DARK", "KL_LIGHT", "KL_DARK")
    result[folders["compare"] / "colors.ts"] = constants(modules["compare.color_scale"], *names)
    result[folders["lens"] / "colors.ts"] = constants(modules["lens.color_scale"], "LIGHT", "DARK")
    return result


def main() -> None:
    """Writes every generated file."""
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")


if __name__ == "__main__":
    main()
