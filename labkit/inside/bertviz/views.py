"""bertviz's own pictures of a part of a thought: `head_view`, `model_view`, `neuron_view`.

bertviz (Vig 2019, arXiv 1906.05714) draws one line for each pair of tokens and each head, so it suits a
step or a sentence but not a whole thought; `labkit.AttentionView` shows the whole. Differences from calling
bertviz directly: nothing is fetched from the network; each number is written once and rounded to 1/10,000;
the page is the same at every run; each picture has its own frame, so that several fit in one notebook and
model text cannot reach the notebook's page.

Weights are those of the whole context, so a row sums to 1 only together with the tokens before the
window; the caption of the picture gives that share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from labkit._arguments import checks_arguments
from labkit._host.notebook import VIEW_MIME
from labkit.errors import BadArgument
from labkit.inside.attention.attention import Floats, attention
from labkit.inside.bertviz import page as pages
from labkit.inside.bertviz.png import render_png
from labkit.traces import Trace

Which = int | Sequence[int] | None
MOST_BYTES = 5_000_000
MOST_SHAPES = 120_000  # lines and boxes: some 5 s in Chromium


@checks_arguments
def head_view(
    trace: Trace,
    layers: Which = None,
    heads: Which = None,
    *,
    window: tuple[int, int] | None = None,
    step: int | None = None,
) -> Picture:
    """Token-to-token attention, one layer at a time, each head in its own colour.

    Args:
        trace: a captured trace: `model.think(prompt, capture="qk")`.
        layers: layers that can be chosen in the picture; all by default.
        heads: heads that are drawn; all by default.
        window: positions `[first, last)`, 0 being the first token of the prompt; the whole trace by default.
        step: a step of the thought instead of a window, counted as in `trace.steps`.

    Raises:
        LabkitError: bertviz is not installed; the trace was not captured; the layer, head, step or window
            does not exist; or the page would be too large for a browser.
    """
    part = _part(trace, layers, heads, window, step)
    _fits("head_view", part, lambda n: len(part.heads) * n**2)
    weights = part.weights()
    params = {
        "attention": [{"name": None, **part.texts(), "attn": pages.to_integers(weights)}],
        "default_filter": "0",
        "layer": None,
        "heads": None,
        "include_layers": part.layers,
        "note": f"Heads {_ranges(part.heads)} from left to right; double-click a colour to see that head alone.",
    }
    return Picture("head_view", part, weights, params, size=(420, part.size * 22.5 + 30))


@checks_arguments
def model_view(
    trace: Trace,
    layers: Which = None,
    heads: Which = None,
    *,
    window: tuple[int, int] | None = None,
    step: int | None = None,
) -> Picture:
    """All layers and heads as small pictures; a click makes one large. Arguments and errors as in `head_view`."""
    part = _part(trace, layers, heads, window, step)
    _fits("model_view", part, lambda n: len(part.layers) * len(part.heads) * n**2)
    weights = part.weights()
    total = trace.inside.heads
    params = {
        "attention": [{"name": None, **part.texts(), "attn": pages.to_integers(weights)}],
        "default_filter": "0",
        "include_layers": part.layers,
        "include_heads": part.heads,
        "total_heads": total,
        "note": "A click on a small picture shows its tokens.",
    }
    small, large = len(part.layers) * (part.size * 84 / total + 10) + 38, part.size * 18 + 55
    return Picture("model_view", part, weights, params, size=(1000, max(small, large)))


@checks_arguments
def neuron_view(
    trace: Trace,
    layers: Which = 0,
    heads: Which = None,
    *,
    window: tuple[int, int] | None = None,
    step: int | None = None,
) -> Picture:
    """How one weight is computed: query, key, their elementwise product, and the softmax.

    bertviz's `neuron_view` runs its own copies of old models; this function shows what labkit captured,
    rotation (RoPE) and query-key norms included. Arguments and errors as in `head_view`, except that
    `layers` is the first layer by default: the vectors of a head take more space than its weights.
    """
    part = _part(trace, layers, heads, window, step)
    inside, width = trace.inside, trace.inside.queries.shape[-1]
    vectors = 2 * len(part.layers) * len(part.heads) * width  # numbers per token, about 7 characters each
    _fits("neuron_view", part, lambda n: 7 * n**2 + 3 * n * width, lambda n: 7 * vectors * n)
    weights = part.weights()
    queries, keys = [], []
    for layer in part.layers:
        q, k = (x[slice(*part.window)].float() for x in inside.layer(layer))
        group = q.shape[1] // k.shape[1]  # query heads per key head
        queries.append([pages.rounded(q[:, head]) for head in part.heads])
        keys.append([pages.rounded(k[:, head // group]) for head in part.heads])
    data = {**part.texts(), "attn": pages.to_integers(weights), "queries": queries, "keys": keys}
    params = {
        "attention": {"all": data},
        "default_filter": "all",
        "bidirectional": False,
        "layer": 0,
        "head": 0,
        "note": "Point at a token at the left, then click its plus sign to see the numbers.",
        "names": {"layer": part.layers, "att_head": part.heads},  # bertviz would count them from 0
    }
    return Picture("neuron_view", part, weights, params, size=(1100, part.size * 26 + 100))


class Picture:
    """One bertviz picture with its static versions; a notebook shows it as the last value of a cell.

    Attributes:
        page: the picture as an HTML document that needs no network, for a file or a frame.
        weights: (layers, heads, n, n) float32, the drawn weights before rounding.
    """

    def __init__(
        self,
        name: str,
        part: Part,
        weights: Floats,
        params: dict[str, Any],
        size: tuple[float, float],
    ) -> None:
        self.weights = weights
        self._name, self._part, self._size = name, part, size
        self.page = pages.page(name, params)

    def as_text(self) -> str:
        """One short line, the same at every run."""
        return f"bertviz {self._name}({self._part})"

    def as_png(self) -> bytes:
        """The same weights as heat maps, for a page without scripts (GitHub)."""
        return render_png(self.weights, self._part.layers, self._part.heads, self._caption())

    def as_html(self) -> str:
        """The picture in a frame; the heat maps if frames are stripped."""
        return pages.framed(self.page, self.as_png(), self._caption(), self._size)

    def _caption(self) -> str:
        share = float(self.weights.sum(-1).mean()) if self.weights.size else 0.0
        return f"{self.as_text()}: {share:.0%} of what these tokens look at lies in this window."

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        png = self.as_png()
        size = pages.size_at_2x(png)
        return (
            {
                "text/plain": self.as_text(),
                "text/html": self.as_html(),
                "image/png": png,
                VIEW_MIME: {"version": 1},
            },
            {"image/png": size},
        )

    def __repr__(self) -> str:
        return self.as_text()


@dataclass(frozen=True)
class Part:
    """The part of a trace that is drawn."""

    trace: Trace
    layers: list[int]
    heads: list[int]
    window: tuple[int, int]

    @property
    def size(self) -> int:
        """The number of tokens in the window."""
        return self.window[1] - self.window[0]

    def weights(self) -> Floats:
        """The attention weights, (layers, heads, n, n)."""
        rows = [
            [attention(self.trace, layer, h, self.window, self.window) for h in self.heads]
            for layer in self.layers
        ]
        return np.asarray(rows, dtype=np.float32)

    def texts(self) -> dict[str, list[str]]:
        """The tokens of both sides, under bertviz's names."""
        trace = self.trace  # a trace from another source may lack the column of texts
        completion_texts = trace.tokens.texts or [trace.text[a:b] for a, b in pairwise(trace.char_starts)]
        prompt_texts = trace.prompt_texts or ["·"] * len(trace.prompt_ids)
        texts = [*prompt_texts, *completion_texts][slice(*self.window)]
        shown = [pages.visible(text) for text in texts]
        return {"left_text": shown, "right_text": shown}

    def __str__(self) -> str:
        first, last = self.window
        which = f"layers {_ranges(self.layers)}, heads {_ranges(self.heads)}"
        return f"{self.trace.model}: {which}, positions {first}-{last}"


def _part(
    trace: Trace, layers: Which, heads: Which, window: tuple[int, int] | None, step: int | None
) -> Part:
    pages.installed()
    inside = trace.inside
    count = inside.count  # an interrupted thought may have captured one token less than it wrote
    if window is not None and step is not None:
        raise BadArgument(
            "A window and a step were given.",
            why="a step is a window: that of its tokens.",
            next=f"bertviz.head_view(trace, step={step})",
        )
    if step is not None:
        window = _window_of(trace, step)
    return Part(
        trace,
        _chosen("layer", layers, inside.layers),
        _chosen("head", heads, inside.heads),
        _check_window(window or (0, count), count),
    )


def _chosen(name: str, which: Which, size: int) -> list[int]:
    """Layers or heads as a list without duplicates, in the given order."""
    if which is None:
        return list(range(size))
    indices = list(which) if isinstance(which, Iterable) else [which]
    wrong = [i for i in indices if not isinstance(i, int) or isinstance(i, bool) or not 0 <= i < size]
    if wrong or not indices:
        raise BadArgument(
            f"There is no {name} {wrong[0]!r}." if wrong else f"No {name} was chosen.",
            why=f"this model has {size}, counted from 0 to {size - 1}.",
            next=f"bertviz.head_view(trace, {name}s=[0])  # {name}s: 0 to {size - 1}",
        )
    return list(dict.fromkeys(indices))


def _check_window(window: tuple[int, int], count: int) -> tuple[int, int]:
    try:
        first, last = window
        good = 0 <= first < last <= count and first == int(first) and last == int(last)
    except (TypeError, ValueError):
        good = False
    if not good:
        raise BadArgument(
            f"window={window!r} is not a part of this trace.",
            why=f"a window is (first, last), last not included, and the trace has positions 0 to {count - 1}.",
            next=f"bertviz.head_view(trace, window=(0, {min(count, 40)}))",
        )
    return int(first), int(last)


def _window_of(trace: Trace, step: int) -> tuple[int, int]:
    block = next((s for s in trace.steps if s.number == step), None)
    if block is None:
        numbers = [s.number for s in trace.steps]
        raise BadArgument(
            f"There is no step {step!r}.",
            why=f"this thought has {len(numbers)}, counted from 1." if numbers else "this thought has none.",
            next=f"bertviz.head_view(trace, {f'step={numbers[0]}' if numbers else 'window=(0, 40)'})",
        )
    p = len(trace.prompt_ids)
    first, last = trace.token_range(block.start, block.end)
    return p + first, min(p + last, trace.inside.count)


def _fits(
    name: str, part: Part, shapes: Callable[[int], int], more: Callable[[int], int] = lambda n: 0
) -> None:
    """Raises an error for a page that would hang the browser, before anything is computed.

    Args:
        shapes: the number of lines or boxes that bertviz draws for n tokens.
        more: bytes of a page of n tokens beyond its weights.
    """
    maps = len(part.layers) * len(part.heads)

    def bytes_of(n: int) -> int:
        return pages.predicted_bytes(name, n, maps) + more(n)

    size, drawn, fits = bytes_of(part.size), shapes(part.size), part.size
    if size <= MOST_BYTES and drawn <= MOST_SHAPES:
        return
    while fits > 1 and (bytes_of(fits) > MOST_BYTES or shapes(fits) > MOST_SHAPES):
        fits = fits * 9 // 10
    limit = f"{MOST_BYTES / 1e6:.0f} MB" if size > MOST_BYTES else f"{MOST_SHAPES:,} of them"
    first = part.window[0]
    raise BadArgument(
        f"{name} of {part.size:,} tokens would be a page of {size / 1e6:,.1f} MB that draws {drawn:,} lines.",
        why=f"bertviz draws every pair of tokens in every head, and above {limit} a browser stalls; "
        "AttentionView shows any length, because it sends pixels instead of pairs.",
        next=f"labkit.AttentionView(trace)  # or bertviz.{name}(trace, window=({first}, {first + fits}))",
    )


def _ranges(numbers: Sequence[int]) -> str:
    """Formats [0, 1, 2, 4] as "0-2, 4"."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
