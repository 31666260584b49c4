"""The frame of an HTML file that makes no request.

Its policy (CSP) forbids every request: the only scripts that a browser runs are those whose SHA-256 sum the policy
names, so that no text of a model can become one.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape

from labkit import __version__


def policy(scripts: Iterable[str]) -> str:
    """The content security policy of a page that runs these inline scripts and makes no request.

    >>> policy([]).split("; ")[:4]
    ["default-src 'none'", "script-src 'none'", "style-src 'unsafe-inline'", 'img-src data:']
    """
    sums = [base64.b64encode(sha256(text.encode("utf-8")).digest()).decode("ascii") for text in scripts]
    allowed = " ".join(f"'sha256-{each}'" for each in sums) or "'none'"
    rest = "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    return f"default-src 'none'; script-src {allowed}; {rest}"


def html_page(title: str, block: str, *, scripts: Sequence[str], style: str) -> str:
    """One HTML file.

    Args:
        title: of the page, as text.
        block: what the page shows below its title, as HTML.
        scripts: JavaScript, run in this order after the block.
        style: CSS.
    """
    code = "".join(f"<script>{text}</script>\n" for text in scripts)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy(scripts)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="labkit {__version__}">
<title>{escape(title)}</title>
<style>
{style}{_BODY}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{block}
</main>
<footer>Saved by labkit {__version__}. This file needs no network and no Python.</footer>
{code}</body>
</html>
"""


_BODY = """
body { margin: 0; background: var(--jp-layout-color1); color: var(--jp-content-font-color1); }
body { font: 14px/1.5 system-ui, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 16px; }
h1 { margin: 0 0 12px; font-size: 15px; font-weight: 600; overflow-wrap: anywhere; }
footer { max-width: 1100px; margin: 0 auto; padding: 0 16px 24px; font-size: 12px; }
footer { color: var(--jp-content-font-color2); }
"""
