"""The connection between a kernel and the side panel of the JupyterLab plugin.

The plugin calls `listen` once in each kernel that has imported labkit, and opens a comm. Then the kernel sends the
state of the session after each cell, and once a second while a model generates or is trained: the plugin requests
nothing while nothing runs. Stop and unload are messages to the comm; JupyterLab sends them to a subshell, so that
they arrive while a cell runs.

| direction | message |
|---|---|
| kernel to plugin | `{"state": SessionState}` |
| plugin to kernel | `{"id": 1, "action": "stop", "number": 3}` |
| kernel to plugin | `{"id": 1, "answer": Done}` |
"""

from __future__ import annotations

import contextlib
import logging
from threading import RLock
from typing import Any

from labkit._host import session as tables
from labkit._host.notebook import keep_subshell
from labkit.jupyter import session

TARGET = "labkit.session"
MOST_OPEN = 8  # comms; a page that is reloaded leaves its comm open

_open: list[Any] = []
_lock = RLock()


def listen() -> bool:
    """Lets front ends open a comm to this kernel; returns False outside a kernel."""
    from IPython import get_ipython

    shell: Any = get_ipython()
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return False
    kernel.comm_manager.register_target(TARGET, _opened)
    if send_state not in tables.LISTENERS:
        tables.LISTENERS.append(send_state)
        shell.events.register("post_run_cell", _cell_ended)
    return True


def send_state() -> None:
    """Sends the state of this session to all open comms."""
    with _lock:
        if not _open:
            return
        try:
            message = {"state": session.state().model_dump()}
            for comm in list(_open):
                comm.send(message)
        except Exception:  # a side panel must not end a generation
            logging.getLogger("labkit").exception("The state of the session was not sent.")


def _cell_ended(_: Any) -> None:
    send_state()


def _opened(comm: Any, _: Any) -> None:
    """Answers a front end that opened a comm."""
    keep_subshell(comm)
    comm.on_msg(lambda message: _answer(comm, message["content"]["data"]))
    comm.on_close(lambda _: _closed(comm))
    with _lock:
        _open.append(comm)
        del _open[:-MOST_OPEN]
    send_state()


def _closed(comm: Any) -> None:
    with _lock, contextlib.suppress(ValueError):
        _open.remove(comm)


def _answer(comm: Any, request: Any) -> None:
    """Answers a request; may run in another thread while a cell runs."""
    fields = request if isinstance(request, dict) else {}
    answer = session.reply(str(fields.get("action")), fields.get("number"))
    comm.send({"id": fields.get("id"), "answer": answer.model_dump()})
    send_state()
