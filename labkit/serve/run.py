"""Starts the server from the command line, and shuts it down."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from labkit._host.extras import install_command
from labkit._host.shipped import data_path
from labkit.errors import BadArgument, LabkitError
from labkit.models import catalog, load
from labkit.models.model_names import embedded, name_of_folder
from labkit.serve.app import KEY_VARIABLE, build
from labkit.serve.scheduler import MAX_CONCURRENT, MAX_QUEUED, Scheduler

if TYPE_CHECKING:
    from labkit.serve.connections import Limits

Engine = Literal["auto", "transformers", "vllm"]
TOKEN_VARIABLE = "LABKIT_TOKEN"  # the server's environment variable for the token
LETTERS = "abcdefghjkmnpqrstuvwxyz"  # without i, l and o, because a student types the token from the board
ANYWHERE = ("0.0.0.0", "::", "")


def run(
    name: str = "r1-mini", *, host: str = "0.0.0.0", port: int = 8000, token: str | None = None,
    engine: Engine = "auto", together: int = MAX_CONCURRENT, waiting: int = MAX_QUEUED, connections: int | None = None,
    by_address: int | None = None, family: str = "", tags: Sequence[str] | None = None,
) -> None:  # fmt: skip
    """Serves a model until Ctrl-C.

    Args:
        name: a name for `labkit.load`.
        host: the address to listen on; `"0.0.0.0"` means every address of this machine.
        port: 0 takes a free port.
        token: the key for students; by default that in `LABKIT_TOKEN`, or a new key, which is printed.
        engine: `"transformers"` computes in this process; `"vllm"` starts vLLM; `"auto"` starts vLLM if it is
            installed and the model suits an NVIDIA GPU.
        together: the most concurrent rollouts; fewer if memory is short.
        waiting: the most queued rollouts; further requests are rejected with a retry time.
        connections, by_address: the most open connections, in total and from one address
            (`labkit.serve.connections`).
        family, tags: as in `labkit.load`; `labkit.load` of a student learns them from the server. vLLM takes neither.

    Raises:
        LabkitError: the port is taken, the model is unknown, a package is missing, the token cannot be sent, or
            the system does not allow so many connections.
    """
    if min(together, waiting + 1) < 1:
        raise BadArgument(f"{together} together and {waiting} waiting is not possible.",
                          why="at least one thought must be able to run.", next="labkit serve")  # fmt: skip
    given = token if token is not None else os.environ.get(TOKEN_VARIABLE)
    key = check_token(given) if given is not None else new_token()
    use_vllm = wants_vllm(name) if engine == "auto" else engine == "vllm"
    if use_vllm and find_spec("vllm") is None:
        raise LabkitError("vLLM is not installed.", why="it is not a part of labkit, and needs an NVIDIA GPU.",
                          next="pip install vllm  # or: labkit serve --engine transformers")  # fmt: skip
    if use_vllm and (family or tags is not None):
        raise BadArgument("vLLM takes no family and no tags.", why="its answers are read by those who ask it.",
                          next='labkit.load("http://HOST:8000/v1", tags=("<think>", "</think>"))')  # fmt: skip
    limits = None
    if not use_vllm:
        require_packages()
        from labkit.serve.connections import limits_for

        limits = limits_for(most_files(), connections, by_address)
    listener = bind(host, port)
    port = listener.getsockname()[1]
    if limits is None:
        listener.close()
        status = f"vLLM loads {name}, and prints a line once it listens. Ctrl-C ends it."
        announce(status, name_of(name), host, port, key, given)
        sys.stdout.flush()
        arguments, environment = vllm(name, host, port, key)
        os.execve(sys.executable, arguments, {**os.environ, **environment})
    model = load(name, family=family, tags=tags).local()
    scheduler = Scheduler(model, max_concurrent=together, max_queued=waiting)
    slots = scheduler.slots
    status = (
        f"{model.name} is served: {slots} think at the same time, {waiting} more may wait. Ctrl-C ends it."
    )
    announce(status, model.name, host, port, key, given)
    listen(build(model, scheduler, key), scheduler, listener, limits)
    print(f"labkit serve has ended after {scheduler.served} thoughts.", flush=True)


def listen(app: Any, scheduler: Scheduler, listener: socket.socket, limits: Limits) -> None:
    """Serves until Ctrl-C or a termination signal; open streams end with an error, and clients keep their tokens."""
    import uvicorn

    from labkit.serve.connections import Connection, Gate

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            scheduler.close()
            self.force_exit = self.should_exit and sig == signal.SIGINT
            self.should_exit = True

    connection: Any = partial(Connection, Gate(limits))
    # No access log: requests are private, and an address may contain a key. No websockets: a websocket connection
    # would have no deadline.
    config = uvicorn.Config(
        app, log_level="critical", access_log=False, timeout_graceful_shutdown=2, http=connection, ws="none",
        backlog=limits.backlog,
    )  # fmt: skip
    Server(config).run(sockets=[listener])


def most_files() -> int | None:
    """Raises the file descriptor limit of this process as far as the system allows, and returns it. Returns None if
    the system has no such limit.
    """
    try:
        resource: Any = import_module("resource")
    except ImportError:  # Windows
        return None
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (10_240, hard):  # macOS reports no limit, but accepts at most 10,240
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def announce(status: str, name: str, host: str, port: int, key: str, given: str | None) -> None:
    """Prints the lines for the class. A given token is not printed, because a service would log it."""
    address = reachable() if host in ANYWHERE else host
    typed = f"the key  {key}" if given is None else "the key that you have given this server"
    lonely = host in ANYWHERE and address == "127.0.0.1"
    alone = "\nNo network is up: only this machine can reach the address." if lonely else ""
    print(
        f"{status}{alone}\nStudents paste\n\n"
        f'    import getpass, os, labkit; os.environ["{KEY_VARIABLE}"] = getpass.getpass("key: ")\n'
        f'    model = labkit.load("http://{bracketed(address)}:{port}/v1", model="{name}")\n\n'
        f"and type {typed}",
        flush=True,
    )


def wants_vllm(name: str) -> bool:
    """Whether vLLM and a GPU are available, and the model is not one of labkit's small models."""
    if name.lower() in embedded() or find_spec("vllm") is None:
        return False
    import torch

    return torch.cuda.is_available()


def vllm(name: str, host: str, port: int, token: str) -> tuple[list[str], dict[str, str]]:
    """The vLLM command, and the environment that carries the token, because `ps` shows arguments."""
    entry = catalog.find(name)
    where = name if entry is None else str(data_path("models", entry.name)) if entry.carried else entry.hub
    arguments = ["-m", "vllm.entrypoints.openai.api_server", "--model", where, "--served-model-name", name_of(name),
                 "--host", host, "--port", str(port)]  # fmt: skip
    return [sys.executable, *arguments], {"VLLM_API_KEY": token}


def name_of(name: str) -> str:
    """The name of a model, as in `labkit.load`."""
    entry = catalog.find(name)
    return entry.name if entry else name_of_folder(Path(name), Path(name).name)


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to the address before the model is loaded.

    Raises:
        LabkitError: the port is taken, or the address is not one of this machine's.
    """
    try:
        if not 0 <= port < 65_536:  # getaddrinfo would wrap the number around
            raise OverflowError("a port is a number from 0 to 65535")
        family, kind, _, _, address = socket.getaddrinfo(host or "0.0.0.0", port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        # Allows a recently used port; on Windows the same option would share a port in use.
        option = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        listener.setsockopt(socket.SOL_SOCKET, option, 1)
        listener.bind(address)
        listener.listen(256)  # fails on a taken port, which bind alone does not on every system
        return listener
    except (OSError, OverflowError) as error:
        reason = str(getattr(error, "strerror", None) or error)
        raise LabkitError(
            f"labkit serve cannot listen at {host}:{port}.",
            why=f"the system says: {reason}.",
            next=f"labkit serve --port {port + 1 if 1024 <= port < 65_535 else 8000}"
            + ("" if host in ANYWHERE else "  # without --host: every address of this machine"),
        ) from None


def reachable() -> str:
    """The address of this machine for others; the loopback address without a network. Sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an unassigned address (RFC 5737)
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def bracketed(address: str) -> str:
    """The address in the form for a URL."""
    return f"[{address}]" if ":" in address else address


def new_token() -> str:
    """A new token that is easy to read out and type: twelve letters, 54 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def check_token(token: str) -> str:
    """Checks that a token can be sent, and returns it.

    Raises:
        LabkitError: the token cannot be sent, or is empty.
    """
    if len(token) < 8 or not (token.isascii() and token.isprintable()) or " " in token:
        raise BadArgument(
            "This token is not possible.",
            why="a token has at least 8 characters: ASCII letters, digits and signs, without spaces.",
            next=f"labkit serve --token {new_token()}  # without --token and {TOKEN_VARIABLE}, labkit makes a token",
        )
    return token


def require_packages() -> None:
    """Checks that the packages of the server are installed.

    Raises:
        LabkitError: a package is missing.
    """
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise LabkitError(
            f"labkit serve needs {' and '.join(missing)}.",
            why="the packages of the server are an extra, which not every reader needs.",
            next=install_command("serve"),
        )
