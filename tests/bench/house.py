"""Figures of the structure of labkit: modules, imports, imports against the list of folders, longest module and function.

    python tests/bench/house.py [--root PATH]     the clone that is measured, by default this one

The list of folders is that of the first contract in `[tool.importlinter]` of pyproject.toml. Imports inside functions
count; those for type checkers alone do not.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import sys
import tomllib
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]


def layers() -> list[str]:
    contracts = tomllib.loads((HERE / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    return [layer.split(".")[1] for layer in contracts[0]["layers"]]


def lengths(package: Path) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """(lines, name) of each module, and of each function without its docstring."""
    modules, functions = [], []
    for path in sorted(package.rglob("*.py")):
        if "frontend" in path.parts:
            continue
        source, name = path.read_text("utf-8"), path.relative_to(package).as_posix()
        modules.append((len(source.splitlines()), name))
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                docstring = node.body[0].end_lineno if ast.get_docstring(node) else node.body[0].lineno - 1
                functions.append(((node.end_lineno or 0) - (docstring or 0), f"{name}: {node.name}"))
    return modules, functions


def main() -> None:
    import grimp  # of import-linter, in the extra dev

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=HERE)
    root = parser.parse_args().root.resolve()
    sys.path.insert(0, str(root))
    graph = grimp.build_graph("labkit", exclude_type_checking_imports=True, cache_dir=None)
    imports = [(a, b) for a in graph.modules for b in graph.find_modules_directly_imported_by(a)]
    order = {name: i for i, name in enumerate(layers())}
    upward = [
        (a, b) for a, b in imports
        if (x := order.get(a.split(".")[1] if "." in a else "")) is not None
        and (y := order.get(b.split(".")[1] if "." in b else "")) is not None and y < x
    ]  # fmt: skip
    modules, functions = lengths(root / "labkit")
    print(f"modules {len(graph.modules)}, imports {len(imports)}, against the list of folders {len(upward)}")
    for a, b in upward:
        print(f"  {a} -> {b}")
    rooms = Counter(path.parent.name for path in (root / "labkit").glob("*/*.py"))
    print("modules directly in a folder: " + ", ".join(f"{k} {v}" for k, v in sorted(rooms.items())))
    print(f"longest module: {max(modules)[1]}, {max(modules)[0]} lines")
    print(f"longest function: {max(functions)[1]}, {max(functions)[0]} lines without its docstring")
    print(f"median function: {statistics.median(n for n, _ in functions):.0f} lines, of {len(functions)}")


if __name__ == "__main__":
    main()
