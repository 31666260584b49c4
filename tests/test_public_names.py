from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import labkit
from labkit.errors import LabkitError


@pytest.mark.parametrize("name", labkit._WHERE)
def test_each_public_name_is_what_its_module_calls_so(name: str) -> None:
    module = import_module(labkit._WHERE[name])
    value = getattr(labkit, name)
    assert value is (module if module.__name__ == f"labkit.{name}" else getattr(module, name))
    assert value is getattr(labkit, name)


def test_the_table_the_list_for_tools_and_the_imports_for_editors_are_the_same() -> None:
    assert labkit.__all__ == sorted({*labkit._WHERE} - {"open"}), (
        "a star import must not hide Python's own open"
    )
    tree = ast.parse(Path(labkit.__file__).read_text("utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    names = {a.name: n.module for n in block.body if isinstance(n, ast.ImportFrom) for a in n.names}
    submodule = {name: f"{module}.{name}" if module == "labkit" else module for name, module in names.items()}
    assert submodule == labkit._WHERE


def test_tab_completion_offers_every_public_name() -> None:
    assert set(labkit.__all__) <= set(dir(labkit))


def test_a_star_import_brings_the_public_names_and_no_other() -> None:
    space: dict[str, object] = {}
    exec("from labkit import *", space)
    assert set(space) - {"__builtins__"} == set(labkit.__all__)


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_labkit_imports_nothing_heavy_and_no_other_module_of_labkit() -> None:
    loaded = ast.literal_eval(
        run("import sys; was = {*sys.modules}; import labkit; print({*sys.modules} - was)")
    )
    assert {m for m in loaded if m.startswith("labkit")} == {"labkit"}
    assert not loaded & {"torch", "transformers", "numpy", "pydantic", "IPython", "anywidget"}


@pytest.mark.parametrize(
    "name",
    ["Trace", "TraceGroup", "tasks", "traces", "rewards", "data_path", "facts", "LabkitError", "TokenView"],
)
def test_what_needs_no_model_needs_no_torch(name: str) -> None:
    assert run(f"import sys, labkit; labkit.{name}; print('torch' in sys.modules)").strip() == "False"


def test_a_name_that_is_not_there_suggests_the_nearest() -> None:
    with pytest.raises(AttributeError, match="labkit has no 'TokenVeiw'") as caught:
        labkit.TokenVeiw  # noqa: B018
    assert isinstance(caught.value, LabkitError)
    assert caught.value.next == "labkit.TokenView"


def test_a_probe_for_a_private_name_gets_a_plain_answer() -> None:
    assert not hasattr(labkit, "_ipython_display_")
    assert not hasattr(labkit, "nothing")
    assert getattr(labkit, "nothing", 5) == 5
