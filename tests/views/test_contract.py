"""Python and TypeScript agree: types, colours, and the size of what ships."""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from labkit.views import TokenView
from labkit.views.core.color_scales import DARK, LIGHT, level

from . import cross_check, make

REPO = Path(__file__).resolve().parents[2]
FRONTEND = REPO / "labkit/frontend"
STRIP = '''"""The messages between a strip view and the browser."""

from labkit.views.core.contract import Candidate, Wire


class Scene(Wire):
    """The labels of a strip."""

    entropies: list[float | None]
    candidates: list[Candidate]
    span: tuple[int, int]
'''
STRIP_TYPESCRIPT = """// Written by generate_contract.py from labkit/views/strip/contract.py. Do not edit.

import type { Candidate } from "../../core/contract";

/** The labels of a strip. */
export interface Scene {
  readonly entropies: readonly (number | null)[];
  readonly candidates: readonly Candidate[];
  readonly span: readonly [number, number];
}
"""


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("generate_contract", FRONTEND / "generate_contract.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_typescript_is_what_python_says(generator):
    for path, text in generator.files().items():
        assert path.read_text("utf-8") == text, f"{path.name}: python labkit/frontend/generate_contract.py"


def test_the_front_end_is_tested_against_what_python_computes():
    assert cross_check.FILE.read_text("utf-8") == cross_check.text(), "python -m tests.views.cross_check"


def test_a_contract_is_generated_before_its_view_exists(generator, tmp_path, monkeypatch):
    """A new view needs no edit of the generator, and its package is not executed."""
    views = tmp_path / "views"
    shutil.copytree(REPO / "labkit/views", views, ignore=shutil.ignore_patterns("static", "__pycache__"))
    (views / "strip").mkdir()
    (views / "strip/__init__.py").write_text("raise RuntimeError('the view was imported')", "utf-8")
    (views / "strip/contract.py").write_text(STRIP, "utf-8")
    monkeypatch.setattr(generator, "VIEWS", views)
    written = {
        path.relative_to(generator.SOURCE).as_posix(): text for path, text in generator.files().items()
    }
    assert written["views/strip/contract.ts"] == STRIP_TYPESCRIPT
    assert "export interface Candidate" in written["core/contract.ts"]


def test_a_type_that_several_views_use_is_declared_once(generator):
    declared = Counter(
        name
        for path, text in generator.files().items()
        for name in re.findall(r"export (?:interface|type) (\w+)", text)
        if path.name == "contract.ts"
    )
    assert {name: n for name, n in declared.items() if name in ("Block", "Candidate", "Columns", "Color")} == {
        "Block": 1, "Candidate": 1, "Columns": 1, "Color": 1,
    }  # fmt: skip


def luminance(rgb):
    r, g, b = (v / 255 / 12.92 if v <= 10 else ((v / 255 + 0.055) / 1.055) ** 2.4 for v in rgb)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_is_readable_on_every_colour():
    assert min(contrast(c, (0x1F, 0x23, 0x28)) for c in LIGHT) >= 7
    assert min(contrast(c, (255, 255, 255)) for c in DARK) >= 4.5


def test_the_ramps_never_turn_back():
    """Lightness alone orders them, whatever kind of colour vision looks."""
    assert all(luminance(a) > luminance(b) - 1e-3 for a, b in itertools.pairwise(LIGHT))
    assert all(luminance(a) < luminance(b) + 1e-3 for a, b in itertools.pairwise(DARK))
    assert (len(LIGHT), len(DARK), LIGHT[0]) == (256, 256, (255, 255, 255))


@pytest.mark.parametrize(("color", "logprob", "entropy", "want"), [
    ("probability", 0.0, 9.0, 0), ("probability", -100.0, 0.0, 255), ("surprisal", -2.5, 0.0, 128),
    ("surprisal", 1e-7, 0.0, 0), ("entropy", -9.0, 3.0, 255), ("entropy", 0.0, None, 0), ("surprisal", None, 1.0, 0),
])  # fmt: skip
def test_levels_by_hand(color, logprob, entropy, want):
    assert level(color, logprob, entropy) == want


def test_a_failure_has_a_kind(monkeypatch):
    view, sent = TokenView(make.trace()), []
    monkeypatch.setattr(view, "send", lambda head, buffers: sent.append(head))
    view._reply({"ask": "alternatives", "id": 1, "index": 10**6})
    view._reply({"ask": "fly", "id": 2})
    assert [(head["id"], head["kind"]) for head in sent] == [(1, "refused"), (2, "invalid")]
    assert "Why:" in sent[0]["error"]


def test_bundles_are_within_their_budgets():
    for bundle in (REPO / "labkit/views/static").glob("*.js"):
        assert bundle.stat().st_size <= 48_000, bundle.name
    plugin = REPO / "labkit/jupyter/labextension"
    assert sum(f.stat().st_size for f in plugin.rglob("*.js")) <= 480_000


def test_the_plugin_is_whole():
    plugin = REPO / "labkit/jupyter/labextension"
    manifest = json.loads((plugin / "package.json").read_text("utf-8"))
    build = manifest["jupyterlab"]["_build"]
    assert build["extension"] == "./extension" and build["mimeExtension"] == "./mimeExtension"
    assert (plugin / build["load"]).is_file()
    assert len(list((plugin / "static").glob("remoteEntry.*.js"))) == 1


def test_model_text_cannot_become_markup():
    """No way but text nodes, in source and in bundles."""
    for file in [*(FRONTEND / "src").rglob("*.ts"), *(REPO / "labkit/views/static").glob("*.js")]:
        found = re.findall(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function",
            file.read_text("utf-8"),
        )
        assert not found, f"{file.name}: {found}"


def test_no_bundle_names_another_host():
    for file in [
        *(REPO / "labkit/views/static").glob("*.js"),
        *(REPO / "labkit/jupyter/labextension").rglob("*.js"),
    ]:
        text = file.read_text("utf-8").replace(
            'xmlns="http://www.w3.org/2000/svg"', ""
        )  # a name, not an address
        assert not re.findall(r"https?://", text)
