"""Views on a plain page, without Jupyter: live ones with an anywidget model that Python answers, and saved ones.

    with_views = PlainPage(page, dark=True)
    with_views.add_live("token", view)
    with_views.add_saved("token", view.as_html())
    with_views.add_from_data("token", view)

A live view runs its committed bundle. Its model sends requests and the focus to the view in this process, so
that Python answers them as in a kernel. A view from data has what a notebook saves, and the committed script of its
kind, and no Python.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from labkit import LabkitError
from labkit._host.notebook import VIEW_MIME
from labkit.views import View
from labkit.views.core.view import STATIC

ADDRESS = "http://localhost/views"  # answered by the route below: no server listens there
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Views</title>
<style>
body { margin: 16px; font: 14px/1.5 system-ui, sans-serif; }
body.night {
  background: #111; color: #e3e3e3;
  --jp-layout-color1: #111; --jp-content-font-color1: #e3e3e3; --jp-content-font-color2: #b5b5b5;
  --jp-ui-font-color1: #e3e3e3; --jp-ui-font-color2: #b5b5b5; --jp-border-color1: #555; --jp-border-color2: #444;
  --jp-brand-color1: #64b5f6;
}
.labkit-live > .labkit-saved { display: none; }
</style></head><body><main><h1>Views</h1></main></body></html>"""
ADD = """async ([name, number, esm, state]) => {
  const listeners = new Map();
  const emit = (event, ...values) => { for (const act of listeners.get(event) ?? []) act(...values); };
  const bytes = (text) => new DataView(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
  const changed = new Set();
  const receive = ({ traits, messages }) => {
    for (const [trait, value] of Object.entries(traits))
      if (JSON.stringify(state[trait]) !== JSON.stringify(value)) { state[trait] = value; emit(`change:${trait}`); }
    for (const [header, buffers] of messages) emit("msg:custom", header, buffers.map(bytes));
  };
  const model = {
    get: (trait) => state[trait],
    set: (trait, value) => { state[trait] = value; changed.add(trait); emit(`change:${trait}`); },
    save_changes: () => {
      const traits = Object.fromEntries([...changed].map((trait) => [trait, state[trait]]));
      changed.clear();
      void window.labkitAsk(number, { traits }).then(receive);
    },
    send: (content) => void window.labkitAsk(number, { content }).then(receive),
    on: (event, act) => listeners.set(event, [...(listeners.get(event) ?? []), act]),
    off: () => undefined,
  };
  const url = URL.createObjectURL(new Blob([esm], { type: "text/javascript" }));
  const widget = await (await import(url)).default();
  const el = document.createElement("article");
  el.id = `live-${name}`;
  document.querySelector("main").append(el);
  await widget.initialize({ model });
  await widget.render({ model, el });
}"""
ADD_SAVED = """([name, html]) => {
  const el = document.createElement("article");
  el.id = `saved-${name}`;
  el.innerHTML = html;
  document.querySelector("main").append(el);
}"""


ADD_DATA = """([name, html, payload, mime]) => {
  const frame = document.createElement("article");
  frame.id = `data-${name}`;
  const saved = document.createElement("div");
  saved.className = "labkit-saved";
  saved.innerHTML = html;
  const data = document.createElement("script");
  data.type = mime;
  data.textContent = payload;
  frame.append(saved, data);
  document.querySelector("main").append(frame);
}"""


class Answers:
    """The Python halves of the views of a page, and what they send to it."""

    def __init__(self) -> None:
        self.views: list[View] = []
        self._sent: list[list[tuple[Any, Sequence[bytes]]]] = []

    def add(self, view: View) -> int:
        """Takes a view; the number under which the page asks for it."""
        sent: list[tuple[Any, Sequence[bytes]]] = []
        view.send = lambda head, buffers=(): sent.append((head, buffers or ()))  # type: ignore[method-assign]
        self.views.append(view)
        self._sent.append(sent)
        return len(self.views) - 1

    def ask(self, number: int, message: dict[str, Any]) -> dict[str, Any]:
        """Gives a message of the page to its view; the messages and the traits that the page gets for it."""
        view, sent = self.views[number], self._sent[number]
        for trait, value in message.get("traits", {}).items():
            with suppress(LabkitError):  # the page gets the valid value back
                setattr(view, trait, value)
        if "content" in message:
            view._reply(message["content"])
        messages = [[head, [base64.b64encode(bytes(b)).decode() for b in buffers]] for head, buffers in sent]
        sent.clear()
        return {"traits": {"scene": view.scene, "focus": view.focus}, "messages": messages}


class PlainPage:
    """A page of a browser that holds views; `page` is Playwright's."""

    def __init__(self, page: Any, *, dark: bool = False) -> None:
        self.page, self.errors = page, list[str]()
        self._answers = Answers()
        self._kinds: set[str] = set()
        page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.route(ADDRESS, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
        page.expose_function("labkitAsk", self._answers.ask)
        page.goto(ADDRESS)
        if dark:
            page.evaluate("document.body.classList.add('night')")

    def add_live(self, name: str, view: View) -> Any:
        """Draws a live view; the locator of its element, in which it has drawn what it asked for."""
        number = self._answers.add(view)
        state = {"scene": view.scene, "focus": view.focus, "_bundle": view._bundle}
        self.page.evaluate(ADD, [name, number, view._esm, state])
        place = self.page.locator(f"#live-{name}")
        place.locator("section").first.wait_for()
        return place

    def add_saved(self, name: str, html: str) -> Any:
        """Shows saved HTML; the locator of its element."""
        self.page.evaluate(ADD_SAVED, [name, html])
        return self.page.locator(f"#saved-{name}")

    def add_from_data(self, name: str, view: View) -> Any:
        """Adds a view as its notebook saves it; `settle` draws it. The locator of its element."""
        payload = json.dumps(view.saved_payload())
        self.page.evaluate(ADD_DATA, [name, view.as_html(), payload, VIEW_MIME])
        self._kinds.add(view.kind)
        return self.page.locator(f"#data-{name}")

    def settle(self) -> None:
        """Waits until every view has its answers and has drawn them."""
        for kind in sorted(self._kinds):
            self.page.add_script_tag(path=STATIC / "saved" / f"{kind}.js")
        self._kinds.clear()
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(700)
