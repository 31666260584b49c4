"""A self-contained bertviz page: bertviz's JavaScript, its libraries, and the numbers once.

All text from the model is in one JSON string, in which `<` is escaped so that no tag can begin; bertviz
writes it into text nodes. The page runs in a sandboxed frame, so even a flaw in bertviz could not affect
the notebook around it.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from labkit._host.extras import packages, pip_install
from labkit.errors import LabkitError
from labkit.inside.attention.attention import Floats

STATIC = Path(__file__).parent / "static"
TALLEST = 720  # points; a taller picture scrolls inside its frame
UNIT = 10_000  # a weight is written as an integer in units of 1/UNIT

LAYER = '<label>Layer: <select id="layer"></select></label> '
HEAD = '<label>Head: <select id="att_head"></select></label> '
CONTROLS = {
    "head_view": LAYER,
    "model_view": "",
    "neuron_view": f'<span class="dropdown-label">{LAYER}{HEAD}</span>',
}
STYLE = """
body { margin: 0; padding: 6px; background: white; color: black; font: 13px Helvetica, Arial, sans-serif }
p { margin: 0 0 8px; user-select: none }
#note { color: #7a828e; font-size: 12px }
[data-mode=dark] { color-scheme: dark }
[data-mode=dark] body { background: black; color: #ccc }
[data-mode=dark] #vis > svg > text, [data-mode=dark] .head_view text { fill: #ccc }
[data-mode=dark] .head_view .background { fill: #444 }
"""


def installed() -> Path:
    """The folder of the bertviz package.

    Raises:
        LabkitError: bertviz is not installed.
    """
    spec = find_spec("bertviz")
    if spec is None or not spec.submodule_search_locations:
        raise LabkitError(
            "bertviz is not installed.",
            why="its pictures are an extra of labkit; labkit.AttentionView needs nothing more.",
            next=pip_install("--no-deps", *packages("bertviz")),  # only its JavaScript files are read
        )
    return Path(spec.submodule_search_locations[0])


def to_integers(weights: Floats) -> list[Any]:
    """Weights (..., n, n) as integers in units of 1/10,000, each row without its trailing zeros."""
    if weights.ndim > 2:
        return [to_integers(part) for part in weights]
    rows = np.rint(weights * UNIT).astype(int)
    return [np.trim_zeros(row, "b").tolist() for row in rows]


def rounded(values: Any) -> list[list[float]]:
    """A matrix rounded to three decimals."""
    return [[round(v, 3) for v in row] for row in values.tolist()]


def visible(text: str) -> str:
    r"""Makes line breaks visible, and the spaces of a token that has nothing but white space.

    >>> visible("\n\n"), visible(" "), visible(" so")
    ('⏎⏎', '␣', ' so')
    """
    text = text.replace("\n", "⏎")
    return text.replace(" ", "␣") if not text.strip() else text


def page(name: str, params: dict[str, Any]) -> str:
    """The complete HTML document."""
    return _shell(name).replace("NUMBERS", _json({**params, "root_div_id": "bertviz"}), 1)


def predicted_bytes(name: str, size: int, maps: int) -> int:
    """Upper bound of the bytes of a page with `maps` heads over `size` tokens.

    A row of m weights that sum to 1 holds at most 10 numbers of four digits, 100 of three and 1,000 of two;
    each number has at least a digit and a comma.
    """
    rows = sum(4 + 2 * m + sum(min(m, 10**k) for k in (1, 2, 3)) for m in range(1, size + 1))
    return len(_shell(name)) + 32 * size + maps * rows


def framed(page: str, png: bytes, caption: str, size: tuple[float, float]) -> str:
    """The page in a frame, under a static picture that the frame replaces.

    `onload` runs only if scripts are allowed; otherwise the frame is stripped and the picture stays.
    """
    picture = base64.b64encode(png).decode("ascii")
    width = size_at_2x(png)["width"]
    on_load = (
        "this.previousElementSibling.style.display='none';"
        "this.contentWindow.postMessage(getComputedStyle(this).color,'*')"
    )
    style = (
        f"width:{size[0]:.0f}px;max-width:100%;height:{min(size[1] + 48, TALLEST):.0f}px;"
        "border:1px solid #8080804d;border-radius:6px;box-sizing:border-box"
    )
    return (
        f'<figure style="margin:0"><img alt="{escape(caption)}" width="{width}" src="data:image/png;base64,{picture}">'
        f'<iframe title="{escape(caption)}" sandbox="allow-scripts" style="{style}" onload="{on_load}" '
        f'srcdoc="{escape(page)}"></iframe>'
        f'<figcaption style="color:#7a828e;font-size:11px">{escape(caption)}</figcaption></figure>'
    )


def size_at_2x(png: bytes) -> dict[str, int]:
    """Width and height in points of a PNG drawn at two pixels per point."""
    width, height = struct.unpack(">II", png[16:24])
    return {"width": width // 2, "height": height // 2}


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


@cache
def _shell(name: str) -> str:
    """The document with the placeholder NUMBERS; its first occurrence is the one to replace."""
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>bertviz {name}</title><style>{STYLE}</style>'
        f'<script type="application/json" id="numbers">NUMBERS</script>'
        f'<div id="bertviz" class="{name}"><p>{CONTROLS[name]}<span id="note"></span></p><div id="vis"></div></div>'
        f"<script>{_static_text('d3.js')}</script><script>{_static_text('shim.js')}</script>"
        f"<script>// bertviz, by Jesse Vig, Apache License 2.0\nfunction draw() {{\n{_source(name)}\n}}</script>"
        f"<script>{_static_text('page.js')}</script>"
    )


def _static_text(name: str) -> str:
    return (STATIC / name).read_text("utf-8")


def _source(name: str) -> str:
    """bertviz's own JavaScript; its line of parameters reads the page's data instead of a value from Python."""
    source = (installed() / f"{name}.js").read_text("utf-8")
    return re.sub(r"const params = .*", "const params = window.bertviz_params;", source, count=1)
