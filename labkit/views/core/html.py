"""The inline styles of saved HTML, and the escaping of model text. No script, no SVG."""

from __future__ import annotations

from html import escape

from labkit.views.core.text_layout import printable

MUTED = "color:#7a828e;font-size:11px"
LABEL = f"display:inline-block;width:72px;text-indent:0;white-space:nowrap;{MUTED}"
HANGING = "margin:2px 0;padding:3px 10px 3px 82px;text-indent:-72px;white-space:pre-wrap"
CARD = (
    "max-width:760px;border:1px solid #8080804d;border-radius:8px;padding:12px 16px;"
    "font-family:system-ui,sans-serif;font-size:14px;line-height:1.6"
)


def quoted(text: str) -> str:
    """Escapes model text."""
    return escape(printable(text))
