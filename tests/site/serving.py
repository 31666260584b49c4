"""A server of a folder in a thread, and a visit of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from labkit.site.play import address_of, static_server


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a server of a folder, without a slash at its end."""
    with static_server(folder) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield address_of(server)
        server.shutdown()


@contextmanager
def visiting(browser: Any, address: str, **settings: Any) -> Iterator[Any]:
    """A page of a new context of the browser, not opened yet, with its `troubles`.

    These are the messages of the console, the errors, and the requests that leave the address. At the end of the visit
    the page has none of them.
    """
    context = browser.new_context(**settings)
    page = context.new_page()
    page.troubles = []
    page.on("console", lambda message: page.troubles.append(message.text))
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on(
        "request",
        lambda request: request.url.startswith((address, "data:")) or page.troubles.append(request.url),
    )
    yield page
    assert page.troubles == []
    context.close()
