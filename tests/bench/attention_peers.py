"""Bytes and seconds until attention can be seen: AttentionView, the bertviz bridge, bertviz and CircuitsVis.

    python tests/bench/attention_peers.py [--lengths 64 256 1024 8192] [--gigabytes 8] [--seconds 180]

One random Qwen2 (4 layers, 4 heads, float32) reads T tokens; each view gets all layers and heads, but for
CircuitsVis' `attention_heads`, which takes one layer. `make` is Python's part; `paint` is from opening the
page in headless Chromium to the second frame after something was drawn. Each cell is a process of its own, with a
ceiling and a timeout; a page above `--open` MB is not opened. bertviz's page gets this repository's d3
and shim in place of its CDN, since offline it draws nothing.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

REPO = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPO), str(Path(__file__).parent)]
from _machine import child, forget_peak, machine, peak_mb  # noqa: E402

LAYERS, HEADS = 4, 4
PACKAGES = ("bertviz", "circuitsvis", "torch", "transformers")
PEERS = ("bertviz head_view", "bertviz model_view", "CircuitsVis attention_heads, one layer")
OURS = ("labkit AttentionView", "labkit bertviz.head_view")


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lengths", type=int, nargs="+", default=[64, 256, 1024, 8192])
    parser.add_argument("--gigabytes", type=float, default=8)
    parser.add_argument("--seconds", type=float, default=180)
    parser.add_argument("--open", type=float, default=100, help="MB of the largest page to open")
    parser.add_argument("--cell", nargs=2)
    parser.add_argument("--paint", nargs=2)
    parser.add_argument("--to", type=Path)
    args = parser.parse_args()
    if args.cell:
        return print(json.dumps(make(args.cell[0], int(args.cell[1]), args.to)))
    if args.paint:
        return print(json.dumps(paint(Path(args.paint[0]), args.paint[1])))
    print(machine("jupyterlab", "playwright", *PACKAGES))
    print(f"{'view':40} {'T':>6} {'bytes':>14} {'make s':>8} {'paint s':>8} {'elements':>9} {'peak MB':>8}")
    for view in (*OURS, *PEERS):
        before: tuple[int, int] | None = None
        for length in args.lengths:
            found = row(view, length, args)
            if "bytes" in found:
                before = found["bytes"], length
            print(line(view, length, found, before), flush=True)
    return None


def row(view: str, length: int, args: argparse.Namespace) -> dict[str, Any]:
    """One cell: made, then painted."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        ours = view == OURS[0]
        found = child(
            ["--cell", view, str(length), "--to", str(page)],
            seconds=args.seconds,
            gigabytes=None if ours else args.gigabytes,
        )
        if ours or "bytes" not in found or "said" in found:
            return found
        if found["bytes"] > args.open * 1e6:
            return found | {"paint": f"not opened (> {args.open:.0f} MB)"}
        seen = child(["--paint", str(page), view], seconds=args.seconds, gigabytes=None)
        return found | (seen if "paint" in seen else {"paint": f"not drawn in {args.seconds:.0f} s"})


def line(view: str, length: int, found: dict[str, Any], before: tuple[int, int] | None) -> str:
    """A row of the table; a cell that died says what it would have been."""
    if "bytes" not in found:
        guess = f"about {before[0] * (length / before[1]) ** 2 / 1e9:.1f} GB" if before else "unknown"
        return f"{view:40} {length:>6} {found['died']}; T squared says {guess}"
    shown = [found.get("paint", ""), found.get("elements", "")]
    cells = [f"{x:.2f}" if isinstance(x, float) else str(x) for x in shown]
    said = f"  {found['said']}" if "said" in found else ""
    return f"{view:40} {length:>6} {found['bytes']:>14,} {found['make']:>8.2f} {cells[0]:>8} {cells[1]:>9} {found['peak']:>8.0f}{said}"


# -- one cell ------------------------------------------------------------------------------------------


def captured(length: int) -> Any:
    """A trace of `length` tokens that a random network has read, with its queries and keys."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from labkit.models.capture.capture import Capture, QKRecorder, prefill
    from labkit.traces import Tokens, Trace

    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=4096, hidden_size=128, intermediate_size=352, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        num_key_value_heads=2, max_position_embeddings=16_384,
    )  # fmt: skip
    network = Qwen2ForCausalLM(config).eval()
    ids = torch.randint(0, 4096, (1, length))
    keeper = QKRecorder(network, Capture(), length)
    prefill(network, ids, keeper)
    asked = length // 4
    texts = ["\n" if i % 40 == 39 else f" tok{i}" for i in range(asked, length)]
    tokens = Tokens(ids=ids[0, asked:].tolist(), sizes=[len(t) for t in texts], texts=texts)
    trace = Trace(
        model="random", prompt="?", prompt_ids=ids[0, :asked].tolist(), prompt_texts=[f" tok{i}" for i in range(asked)],
        text="".join(texts), tokens=tokens, opened=True, finish="length",
    )  # fmt: skip
    return trace.attach(inside=keeper.inside(asked))


def make(view: str, length: int, to: Path) -> dict[str, Any]:
    """Makes the page of a view and writes it to a file; seconds and memory are of this alone."""
    from labkit.errors import LabkitError
    from labkit.inside import attention, bertviz

    trace = captured(length)
    if view == OURS[0]:
        return live(trace)
    if view == OURS[1]:
        forget_peak()
        start = time.perf_counter()
        try:
            text = bertviz.head_view(trace).as_html()
        except LabkitError as error:
            took = time.perf_counter() - start
            return {"bytes": 0, "make": took, "peak": peak_mb(), "said": f"refused: {error.what}"}
        return written(text, start, to)
    weights = [
        [torch.from_numpy(attention(trace, layer, head)) for head in range(HEADS)] for layer in range(LAYERS)
    ]
    weights = [torch.stack(heads)[None] for heads in weights]
    texts = [*trace.prompt_texts, *trace.tokens.texts]
    import bertviz as classic
    import circuitsvis

    forget_peak()
    start = time.perf_counter()
    text = {
        PEERS[0]: lambda: classic.head_view(weights, texts, html_action="return").data,
        PEERS[1]: lambda: classic.model_view(weights, texts, html_action="return").data,
        PEERS[2]: lambda: circuitsvis.attention.attention_heads(weights[0][0], texts).local_src,
    }[view]()
    return written(text, start, to)


def written(text: str, start: float, to: Path) -> dict[str, Any]:
    """The figures of a page, which is written to a file."""
    took, peak = time.perf_counter() - start, peak_mb()
    with to.open("w", encoding="utf-8") as file:
        file.write(text)
        size = file.tell()
    return {"bytes": size, "make": took, "peak": peak}


# -- the browser ---------------------------------------------------------------------------------------

DRAWN = {
    OURS[1]: "() => document.querySelector('#note:not(:empty)')",
    PEERS[0]: "() => document.querySelector('#vis rect')",
    PEERS[1]: "() => document.querySelector('#vis line')",
    PEERS[2]: "() => document.querySelector('canvas, img')",
}
PATIENCE = 600_000  # ms; the process is ended before
TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def browse(work: Any) -> Any:
    """Runs `work(page)` in a headless Chromium with no network."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("LABKIT_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    flags = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=path, args=flags)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        try:
            return work(page)
        finally:
            browser.close()


def paint(file: Path, view: str) -> dict[str, Any]:
    """Seconds from opening the page to the second frame after it was drawn, and its elements."""
    if view in PEERS[:2]:
        offline(file)

    def look(page: Any) -> dict[str, Any]:
        start = time.perf_counter()
        page.goto(file.as_uri(), wait_until="commit", timeout=PATIENCE)
        page.wait_for_load_state("load", timeout=PATIENCE)
        frame = page.frames[-1]
        frame.wait_for_function(DRAWN[view], timeout=PATIENCE, polling=50)
        frame.evaluate(TWO_FRAMES)
        took = time.perf_counter() - start
        return {"paint": took, "elements": frame.evaluate("document.querySelectorAll('*').length")}

    return browse(look)


def offline(file: Path) -> None:
    """Gives bertviz's page the libraries that it would fetch."""
    static = REPO / "labkit/inside/bertviz/static"
    libraries = "".join(
        f"<script>{(static / name).read_text('utf-8')}</script>" for name in ("d3.js", "shim.js")
    )
    text = file.read_text("utf-8")
    end = text.index("</script>") + len("</script>")
    file.write_text(f"<!doctype html><meta charset=utf-8>{libraries}{text[end:]}", "utf-8")


LIVE = """
async ([bundle, scene, focus]) => {
  const handlers = {};
  const state = { scene, focus };
  const model = {
    get: (name) => state[name], set: (name, value) => (state[name] = value), save_changes() {},
    on: (name, handler) => (handlers[name] = handler), off() {},
    async send(ask) {
      window.waiting += 1;
      const [header, data] = await window.answer(ask);
      const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
      handlers["msg:custom"]?.(header, [new DataView(bytes.buffer)]);
      window.waiting -= 1;
      await frame();
      await frame();
      window.painted = performance.now();
    },
  };
  const frame = () => new Promise(requestAnimationFrame);
  Object.assign(window, { waiting: 0, painted: Infinity });
  const began = performance.now();
  const url = URL.createObjectURL(new Blob([bundle], { type: "text/javascript" }));
  const widget = (await import(url)).default();
  widget.initialize?.({ model });
  widget.render({ model, el: document.body });
  while (window.waiting || performance.now() < window.painted + 500 || window.painted === Infinity) await frame();
  const roots = [document, ...[...document.querySelectorAll("*")].map((e) => e.shadowRoot).filter(Boolean)];
  const elements = roots.reduce((sum, root) => sum + root.querySelectorAll("*").length, 0);
  return { paint: (window.painted - began) / 1000, elements };
}
"""


def live(trace: Any) -> dict[str, Any]:
    """AttentionView as a notebook has it: its bundle, its scene, and what it asks for until it has painted."""
    from labkit.views import AttentionView

    forget_peak()
    start = time.perf_counter()
    view = AttentionView(trace)
    took = time.perf_counter() - start
    text = type(view).bundle.read_text("utf-8")
    sent = [len(text.encode()), len(json.dumps(view.scene)), len(json.dumps(view.focus))]

    def answer(ask: dict[str, Any]) -> tuple[dict[str, Any], str]:
        header, data = view.answer(ask)
        said = header.model_dump() | {"id": ask["id"]}
        sent.append(len(json.dumps(said)) + len(data))
        return said, base64.b64encode(data).decode("ascii")

    def look(page: Any) -> dict[str, Any]:
        page.expose_function("answer", answer)
        page.goto("about:blank")
        return page.evaluate(LIVE, [text, view.scene, view.focus])

    found = browse(look)
    return {"bytes": sum(sent), "make": took, "peak": peak_mb(), **found}


if __name__ == "__main__":
    main()
