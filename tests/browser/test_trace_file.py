"""A trace file with no kernel: the plugin cuts it into the same blocks as Python does."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labkit.traces import Tokens, Trace
from labkit.traces.blocks import blocks
from labkit.views.core.packing import texts_of
from labkit.views.core.wording import kind_label

from ..views import make
from .conftest import Lab

pytestmark = pytest.mark.browser

DISTILL = (
    "Okay, so I need 24.\n\nWait, maybe not. Let me check.\nStill here.\n \n**Hmm**, 3 * 8.\n\n\nNo, wait\n\n"
    "Nowhere else to look, e.g. this very long sentence that does not come to any end before sixty characters"
)
TEXTS = {
    "closed by the model": (make.COUNTDOWN, {}),
    "both tags": ("<think>\na\n\nb</think>\n\nc", {"opened": False}),
    "no tag": ("just an answer", {"opened": False}),
    "cut off": ("First 3 and 5.\n3 + 5", {}),
    "nothing": ("", {}),
    "paragraphs": (DISTILL + "</think>\n\n24", {"family": "r1-distill"}),
    "thinks again": ("a</think>b\n<think>c", {"opened": False}),
    "mentions the tag": ("a</think>I write <think> first", {}),
    "words before": ("So.\n<think>x</think>y", {"opened": False}),
    "other tags": ("[T]a[/T]b", {"open_tag": "[T]", "close_tag": "[/T]", "opened": False}),
    "channels": (
        "<|channel|>analysis<|message|>a\n\nb<|end|><|start|>assistant<|channel|>final<|message|>c",
        {
            "open_tag": "<|channel|>analysis<|message|>",
            "close_tag": "<|channel|>final<|message|>",
            "opened": False,
        },
    ),
    "half a tag": ("<thi", {"opened": False}),
    "does not think": ("a </think> b", {"close_tag": ""}),
    "wide characters": ("Check: 🦉 is é.\n思考。\n</think>\n\n🦉", {}),
}

SHOW = """
async (trace) => {
  const MIME = "application/vnd.labkit.trace+json";
  const notebook = [...window.jupyterapp.shell.widgets("main")].find((widget) => widget.content.rendermime);
  const renderer = notebook.content.rendermime.createRenderer(MIME);
  document.body.append(renderer.node);
  try {
    await renderer.renderModel({ data: { [MIME]: trace } });
    const root = renderer.node.firstChild.shadowRoot;
    if (!root) return renderer.node.textContent;
    const number = (span) => Number(span.dataset.i);
    return [...root.querySelectorAll(".row")].map((row) => {
      const spans = [...row.querySelectorAll("[data-i]")];
      return [row.className.split(" ")[1], number(spans[0]), number(spans.at(-1)) + 1,
        Number(row.querySelector(".fold b")?.textContent ?? 0), row.querySelector(".fold span")?.textContent ?? "",
        row.querySelector(".gist")?.textContent ?? "", spans.map((span) => span.textContent).join("")];
    });
  } finally {
    renderer.node.remove();
    renderer.dispose();
  }
}
"""


@pytest.fixture(scope="module")
def notebook(browser: Any, lab_server: tuple[str, Path]) -> Iterator[Any]:
    """A page of JupyterLab with a notebook, whose renderers are those of the plugin."""
    url, root = lab_server
    lab = Lab(url, root, browser)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("")]), root / "renderers.ipynb")
    yield lab.open("renderers.ipynb", kernel=False)
    lab.close()


@pytest.fixture
def shown(notebook: Any) -> Callable[[Any], Any]:
    """What the plugin shows of a trace's JSON."""
    return lambda trace: notebook.evaluate(SHOW, trace)


@pytest.mark.parametrize(("text", "fields"), TEXTS.values(), ids=TEXTS)
def test_a_file_is_cut_into_the_blocks_that_python_cuts(
    shown: Any, text: str, fields: dict[str, Any]
) -> None:
    trace = make.trace(text, **fields)
    assert shown(trace.model_dump(mode="json")) == rows(trace)


def test_half_characters_and_missing_columns(shown: Any) -> None:
    tokens = Tokens(ids=[1, 2, 3, 4], sizes=[2, 2, 3, 0])
    trace = Trace(model="m", prompt="p", text="🦉 ok", tokens=tokens, finish="stop")
    assert shown(trace.model_dump(mode="json")) == rows(trace)
    assert "".join(texts_of(trace)) == "🦉 ok"


def rows(trace: Trace) -> list[list[Any]]:
    """The same, by Python."""
    texts = texts_of(trace)
    return [
        [
            b.role,
            b.first,
            b.last,
            b.number,
            kind_label(b.kind) if b.role == "step" else "",
            b.gist,
            "".join(texts[b.first : b.last]),
        ]
        for b in blocks(trace)
    ]


@pytest.mark.parametrize("text", [DISTILL, "<think>" + DISTILL + "</think>\n\n24 ", "no tag", " "])
def test_a_file_that_came_as_text_is_cut_into_the_words_that_python_cuts(shown: Any, text: str) -> None:
    trace = Trace.from_text("p", text, family="qwen")
    assert shown(trace.model_dump(mode="json")) == rows(trace)


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (None, "holds no trace"),
        ([], "version undefined"),
        ({"version": 2}, "This is a trace of version 2"),
        ({"version": 1}, "its model, prompt, text, finish are not as they should be"),
        ({**make.trace("a b").model_dump(mode="json"), "tokens": {"ids": 3}}, "its ids are not"),
    ],
)
def test_a_file_that_is_no_trace_gets_a_sentence(shown: Any, file: Any, says: str) -> None:
    assert says in shown(file)


def test_jupyterlab_opens_a_trace_file(lab: Any) -> None:
    make.trace().save(lab.root / "one.trace.json")
    shutil.copy(lab.root / "one.trace.json", lab.root / "two.trace.json")
    page = lab.open_file("one.trace.json")
    page.locator('.flow [data-i="29"]').click(timeout=30_000)
    page.wait_for_selector(".panel .alt.came")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("text=token 31 of 93")
    lab.assert_quiet()
