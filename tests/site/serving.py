"""A server of a folder in a thread."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from labkit.site.play import address_of, static_server


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a server of a folder, without a slash at its end."""
    with static_server(folder) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield address_of(server)
        server.shutdown()
