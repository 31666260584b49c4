"""From the command line to a server that listens, and to its end."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from labkit._host.extras import install_command
from labkit._paths import data_path
from labkit.errors import LabkitError
from labkit.models import catalog, load
from labkit.models.load import EMBEDDED, called
from labkit.serve.app import KEY, build
from labkit.serve.desk import TOGETHER, WAITING, Desk

if TYPE_CHECKING:
    from labkit.serve.connections import Limits

Engine = Literal["auto", "transformers", "vllm"]
TOKEN = "LABKIT_TOKEN"  # where the server takes its token from
LETTERS = "abcdefghjkmnpqrstuvwxyz"  # a student types it from the board: no i, l, o
ANYWHERE = ("0.0.0.0", "::", "")


def run(
    name: str = "r1-mini", *, host: str = "0.0.0.0", port: int = 8000, token: str | None = None,
    engine: Engine = "auto", together: int = TOGETHER, waiting: int = WAITING, connections: int | None = None,
    by_address: int | None = None,
) -> None:  # fmt: skip
    """Serves a model until Ctrl-C.

    Args:
        name: what `labkit.load` takes.
        host: the address to listen at; `"0.0.0.0"` is every one that this machine has.
        port: 0 takes one that is free.
        token: the key that students need; by default the one in `LABKIT_TOKEN`, or a new one, which is printed.
        engine: `"transformers"` computes in this process; `"vllm"` hands over to vLLM; `"auto"` does that where
            vLLM is installed and the model is one for an NVIDIA card.
        together: the most thoughts at the same time; fewer where memory is short.
        waiting: the most that wait behind them; who comes after is asked to come again.
        connections, by_address: the most that are open, in all and from one address (`labkit.serve.connections`).

    Raises:
        LabkitError: the port is taken, there is no such model, a package is missing, the token cannot be sent, or
            the system does not allow so many connections.
    """
    if min(together, waiting + 1) < 1:
        raise LabkitError(f"{together} together and {waiting} waiting is not possible.",
                          why="one thought at least must have a place.", next="labkit serve")  # fmt: skip
    given = token if token is not None else os.environ.get(TOKEN)
    key = checked(given) if given is not None else made()
    wanted = wants_vllm(name) if engine == "auto" else engine == "vllm"
    if wanted and find_spec("vllm") is None:
        raise LabkitError("vLLM is not installed.", why="it is no part of labkit, and wants an NVIDIA card.",
                          next="pip install vllm  # or: labkit serve --engine transformers")  # fmt: skip
    limits = None
    if not wanted:
        require_library()
        from labkit.serve.connections import limits_for

        limits = limits_for(most_files(), connections, by_address)
    listener = bound(host, port)
    port = listener.getsockname()[1]
    if limits is None:
        listener.close()
        says = f"vLLM loads {name}; it says when it listens. Ctrl-C ends it."
        announce(says, name_of(name), host, port, key, given)
        sys.stdout.flush()
        arguments, told = vllm(name, host, port, key)
        os.execve(sys.executable, arguments, {**os.environ, **told})
    model = load(name)
    desk = Desk(model, together=together, waiting=waiting)
    says = f"{model.name} is served: {desk.places} think at the same time, {waiting} more may wait. Ctrl-C ends it."
    announce(says, model.name, host, port, key, given)
    listen(build(model, desk, key), desk, listener, limits)
    print(f"labkit serve has ended after {desk.served} thoughts.", flush=True)


def listen(app: Any, desk: Desk, listener: socket.socket, limits: Limits) -> None:
    """Answers until Ctrl-C or a signal to end; open streams are told, and keep what they have."""
    import uvicorn

    from labkit.serve.connections import Connection, Gate

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            desk.close()
            self.force_exit = self.should_exit and sig == signal.SIGINT
            self.should_exit = True

    connection: Any = partial(Connection, Gate(limits))
    # No access log: who asked what is nobody's business, and a key could stand in an address. No websockets: a
    # connection that became one would have no deadline.
    said = uvicorn.Config(
        app, log_level="critical", access_log=False, timeout_graceful_shutdown=2, http=connection, ws="none",
        backlog=limits.backlog,
    )  # fmt: skip
    Server(said).run(sockets=[listener])


def most_files() -> int | None:
    """Raises how many files may be open at a time to what the system lets this process have, and returns that; None
    where it has no such limit.
    """
    try:
        resource: Any = import_module("resource")
    except ImportError:  # Windows
        return None
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in (10_240, hard):  # macOS says that there is no limit, and takes 10,240
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def announce(says: str, name: str, host: str, port: int, key: str, given: str | None) -> None:
    """What the teacher shows. A token that was given is not repeated: a service writes this into its log."""
    address = reachable() if host in ANYWHERE else host
    typed = f"the key  {key}" if given is None else "the key that you have given this server"
    lonely = host in ANYWHERE and address == "127.0.0.1"
    alone = "\nNo network is up: nobody but this machine will find the address." if lonely else ""
    print(
        f"{says}{alone}\nStudents paste\n\n"
        f'    import getpass, os, labkit; os.environ["{KEY}"] = getpass.getpass("key: ")\n'
        f'    model = labkit.load("http://{bracketed(address)}:{port}/v1", model="{name}")\n\n'
        f"and type {typed}",
        flush=True,
    )


def wants_vllm(name: str) -> bool:
    """Whether vLLM is here with a card for it, and the model is not one of labkit's small ones."""
    if name.lower() in EMBEDDED or find_spec("vllm") is None:
        return False
    import torch

    return torch.cuda.is_available()


def vllm(name: str, host: str, port: int, token: str) -> tuple[list[str], dict[str, str]]:
    """The command that serves a model by vLLM, and the environment that carries its token: `ps` shows arguments."""
    entry = catalog.find(name)
    where = name if entry is None else str(data_path("models", entry.name)) if entry.carried else entry.hub
    arguments = ["-m", "vllm.entrypoints.openai.api_server", "--model", where, "--served-model-name", name_of(name),
                 "--host", host, "--port", str(port)]  # fmt: skip
    return [sys.executable, *arguments], {"VLLM_API_KEY": token}


def name_of(name: str) -> str:
    """What a model is called, as `labkit.load` calls it."""
    entry = catalog.find(name)
    return entry.name if entry else called(Path(name), Path(name).name)


def bound(host: str, port: int) -> socket.socket:
    """A socket at that address, taken before the model is loaded.

    Raises:
        LabkitError: it is taken, or none of this machine's.
    """
    try:
        if not 0 <= port < 65_536:  # getaddrinfo would take the remainder
            raise OverflowError("a port is a number from 0 to 65535")
        family, kind, _, _, address = socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM)[0]
        taken = socket.socket(family, kind)
        # A port that was in use a moment ago is free; on Windows the same option would share one that is in use.
        option = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        taken.setsockopt(socket.SOL_SOCKET, option, 1)
        taken.bind(address)
        taken.listen(256)  # tells of a port that is taken, which bind alone does not everywhere
        return taken
    except (OSError, OverflowError) as error:
        reason = str(getattr(error, "strerror", None) or error)
        raise LabkitError(
            f"labkit serve cannot listen at {host}:{port}.",
            why=f"the system says: {reason}.",
            next=f"labkit serve --port {port + 1 if 1024 <= port < 65_535 else 8000}"
            + ("" if host in ANYWHERE else "  # without --host: every address of this machine"),
        ) from None


def reachable() -> str:
    """The address under which others find this machine; its own, where no network is up. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address that belongs to nobody (RFC 5737)
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def bracketed(address: str) -> str:
    """As it stands in a URL."""
    return f"[{address}]" if ":" in address else address


def made() -> str:
    """A new token, to be read out and typed: twelve letters, 54 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def checked(token: str) -> str:
    """A token that can be sent.

    Raises:
        LabkitError: it cannot, or there is nothing to it.
    """
    if len(token) < 8 or not (token.isascii() and token.isprintable()) or " " in token:
        raise LabkitError(
            "This token is not possible.",
            why="it has at least 8 characters, letters, digits and signs, and no spaces.",
            next=f"labkit serve --token {made()}  # with neither --token nor {TOKEN}, a token is made",
        )
    return token


def require_library() -> None:
    """Refuses where the packages of a server are missing.

    Raises:
        LabkitError: they are.
    """
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise LabkitError(
            f"labkit serve needs {' and '.join(missing)}.",
            why="a server is no part of what every reader installs.",
            next=install_command("serve"),
        )
