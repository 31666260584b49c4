"""The cell of an exercise: the student's stub, and the solution in its place."""

from __future__ import annotations

import ast

from labkit.course.registry import Exercise


def with_solution(source: str, exercise: Exercise) -> str:
    """The source of an exercise's cell with the solution in place of the stub.

    The stub is the definition of the function, or the assignments of the values, that the exercise asks for. Where the
    cell holds no such stub, the solution stands before the call of `check`.
    """
    lines = source.splitlines()
    stub = _lines_of_stub(source, exercise)
    solution = exercise.solution.rstrip().splitlines()
    if stub:
        first = min(stub)
        rest = [line for number, line in enumerate(lines[first - 1 :], first) if number not in stub]
        return "\n".join([*lines[: first - 1], *solution, *rest])
    call = next((i for i, line in enumerate(lines) if "check(" in line), len(lines))
    return "\n".join([*lines[:call], *solution, "", *lines[call:]])


def _lines_of_stub(source: str, exercise: Exercise) -> set[int]:
    """The numbers of the lines, from 1, on which the names of the exercise are defined."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a cell with a magic command
        return set()
    names = {name.strip() for name in exercise.writes.split(",")}
    stub: set[int] = set()
    for node in statements:
        if _defined_names(node) & names:
            stub |= {*range(node.lineno, (node.end_lineno or node.lineno) + 1)}
    return stub


def _defined_names(node: ast.stmt) -> set[str]:
    match node:
        case ast.FunctionDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()
