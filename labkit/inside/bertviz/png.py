"""The static picture for pages without scripts: one heat map for each layer and head, drawn with Pillow."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from labkit.inside.attention.attention import Floats

FONT = Path(__file__).parents[2] / "views" / "static" / "fonts" / "DejaVuSans.ttf"
SCALE = 2
WIDTH, LEFT, TOP, GAP, BOTTOM = 760, 44, 40, 8, 30  # points
LARGEST, SMALLEST = 220, 12
INK, MUTED, PAPER, RULE = "#1f2328", "#6b7280", "#ffffff", "#e4e6ea"
DARKEST = np.array([37, 99, 168])


def render_png(weights: Floats, layers: Sequence[int], heads: Sequence[int], caption: str) -> bytes:
    """Weights (layers, heads, n, n) as a PNG at two pixels per point.

    Rows of a map are query tokens, columns are key tokens; colour grows with the square root of the
    weight, so that a weight of 0.1 is still visible.
    """
    side = (WIDTH - LEFT - GAP) / len(heads) - GAP
    side = int(min(max(side, SMALLEST), LARGEST))
    width = max(WIDTH, LEFT + len(heads) * (side + GAP) + GAP)
    height = TOP + len(layers) * (side + GAP) + BOTTOM
    image = Image.new("RGB", (width * SCALE, height * SCALE), PAPER)
    draw = ImageDraw.Draw(image)
    small, text = (
        ImageFont.truetype(str(FONT), n * SCALE, layout_engine=ImageFont.Layout.BASIC) for n in (10, 11)
    )
    draw.text((8 * SCALE, 14 * SCALE), caption, INK, text, "ls")
    for i, layer in enumerate(layers):
        y = TOP + i * (side + GAP)
        draw.text(((LEFT - 6) * SCALE, (y + side / 2) * SCALE), f"layer {layer}", MUTED, small, "rm")
        for j, head in enumerate(heads):
            x = LEFT + j * (side + GAP)
            if i == 0:
                draw.text(((x + side / 2) * SCALE, (TOP - 6) * SCALE), f"head {head}", MUTED, small, "ms")
            image.paste(_map(weights[i, j], side * SCALE), (x * SCALE, y * SCALE))
            corners = (x * SCALE - 1, y * SCALE - 1, (x + side) * SCALE, (y + side) * SCALE)
            draw.rectangle(corners, outline=RULE)
    words = "Rows look, columns are looked at; darker is more (square root). The cell, run, draws bertviz's lines."
    draw.text((8 * SCALE, (height - 10) * SCALE), words, MUTED, small, "ls")
    out = io.BytesIO()
    image.quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _map(weights: Floats, pixels: int) -> Image.Image:
    strength = np.sqrt(np.clip(weights, 0, 1))[..., None]
    colors = 255 - strength * (255 - DARKEST)
    image = Image.fromarray(colors.round().astype(np.uint8), "RGB")
    resample = Image.Resampling.NEAREST if len(weights) <= pixels else Image.Resampling.BOX
    return image.resize((pixels, pixels), resample)
