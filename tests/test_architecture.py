"""Which modules may import torch, what no module may contain, and the contracts of import-linter."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "labkit"
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "frontend" not in p.parts)
SOURCES = [
    *MODULES,
    *(p for p in sorted((PACKAGE / "frontend").rglob("*.ts")) if "node_modules" not in p.parts),
]

NO_TORCH = (
    "_printable",
    "errors",
    "_host",
    "_names",
    "facts",
    "_arguments",
    "tasks",
    "traces",
    "rewards",
    "views",
    "jupyter",
    "_doctor",
    "_doctor_lab",
    "cli",
    "_course_commands",
    "_trace_commands",
)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST, *, deep: bool) -> list[str]:
    """Modules that are imported; those under `if TYPE_CHECKING` never, those in functions if `deep`."""
    found: list[str] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not deep:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where they point"
            found += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            found += imports(node, deep=deep)
    return found


def test_imports_in_functions_and_for_type_checkers_are_told_apart() -> None:
    tree = ast.parse("import a\nif TYPE_CHECKING:\n  import b\ndef f():\n  from c import d")
    assert imports(tree, deep=False) == ["a"]
    assert imports(tree, deep=True) == ["a", "c", "c.d"]


def test_the_contracts_of_the_folders_hold() -> None:
    """`[tool.importlinter]` of pyproject.toml: who may import whom. The message names each wrong import.

    import-linter runs in a process of its own: it disables all loggers that exist, on which other tests rely.
    """
    pytest.importorskip("importlinter", reason="import-linter is in the extra dev")
    run = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", run, "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [p for p in MODULES if name_of(p).split(".")[1:2] and name_of(p).split(".")[1] in NO_TORCH], ids=name_of)  # fmt: skip
def test_torch_is_imported_only_where_models_are(path: Path) -> None:
    tops = {n.split(".")[0] for n in imports(ast.parse(path.read_text("utf-8")), deep=False)}
    assert not tops & {"torch", "transformers", "safetensors"}


# Text that a model wrote must meet none of these; `ast.parse(..., mode="eval")` only reads.
FORBIDDEN_CALLS = {"eval", "exec", "compile", "parse_expr", "sympify", "__import__"}
FORBIDDEN_TEXT = [
    r"\bpickle\b", r"\bdill\b", r"\bcloudpickle\b", r"parse_expr", r"innerHTML", r"outerHTML", r"insertAdjacentHTML",
    r"document\.write", r"new Function\(", r"trust_remote_code\s*[=:]\s*[Tt]rue", r"allow_pickle\s*=\s*True",
    r"torch\.load\(", r"shell\s*=\s*True", r"os\.system",
]  # fmt: skip


def strip_prose(path: Path) -> str:
    """Code without comments and docstrings, so that a module may say what it does not do."""
    source = path.read_text("utf-8")
    if path.suffix != ".py":
        return re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.DOTALL)
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def offences(code: str, *, python: bool) -> list[str]:
    found = [pattern for pattern in FORBIDDEN_TEXT if re.search(pattern, code)]
    if python:
        calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
        names = {c.func.id for c in calls if isinstance(c.func, ast.Name)}
        names |= {c.func.attr for c in calls if isinstance(c.func, ast.Attribute)} & {"parse_expr", "sympify"}
        found += sorted(names & FORBIDDEN_CALLS)
    elif re.search(r"(?<![.\w])eval\(", code):
        found.append("eval")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_nothing_evaluates_unpickles_or_writes_markup(path: Path) -> None:
    assert offences(strip_prose(path), python=path.suffix == ".py") == []


@pytest.mark.parametrize(
    ("code", "python"),
    [
        ("eval(answer)", True), ("exec(answer)", True), ("sympy.parse_expr(answer)", True), ("import pickle", True),
        ("load(x, trust_remote_code=True)", True), ("np.load(f, allow_pickle=True)", True), ("torch.load(f)", True),
        ("el.innerHTML = text", False), ("eval(text)", False), ("new Function(text)", False),
        ("el.insertAdjacentHTML('beforeend', text)", False),
    ],
)  # fmt: skip
def test_each_forbidden_thing_would_be_noticed(code: str, python: bool) -> None:
    assert offences(code, python=python)


def test_reading_without_evaluating_is_allowed() -> None:
    assert offences("ast.parse(text, mode='eval'); model.eval(); re.compile(x)", python=True) == []


def test_a_module_fits_in_a_sitting() -> None:
    long = {
        str(p.relative_to(ROOT)): n for p in MODULES if (n := len(p.read_text("utf-8").splitlines())) > 400
    }
    assert long == {}


def test_the_top_level_holds_what_the_design_says_and_nothing_else() -> None:
    import subprocess

    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git clone")
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert {name for name in top if not name.startswith(".")} <= {
        "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "pyproject.toml", "LICENSE", "notebooks", "labkit",
        "data", "tests",
    }  # fmt: skip
