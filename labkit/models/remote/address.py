"""Where a server is: its address as somebody typed it, the key that goes there, and the client that asks."""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit
from weakref import finalize

from labkit.errors import LabkitError
from labkit.models.remote import errors
from labkit.models.remote.errors import KEY, NO_KEY, OPENAI_KEY
from labkit.models.remote.stream import hooks


def checked(url: str) -> str:
    """The address without blanks around it and without a slash at its end.

    Raises:
        LabkitError: it is none; or it holds a password or a question, which would be shown and saved with it.
    """
    where = _split(url)
    if where.username or where.password or where.query:
        raise LabkitError(
            "The address of a server must hold no name, password or key.",
            why=f"it is shown; a key belongs into the environment ({KEY}).",
            next=f'labkit.load("{errors.host(where.geturl())}{where.path}")',
        )
    return where.geturl().rstrip("/")


def key_for(url: str) -> str:
    """The key of a server, from the environment; that for OpenAI goes to OpenAI and to nobody else.

    Raises:
        LabkitError: it holds what cannot be sent.
    """
    for name in (KEY, OPENAI_KEY) if _openai_s(url) else (KEY,):
        key = os.environ.get(name, "").strip()
        if key and not (key.isascii() and key.isprintable()):
            raise LabkitError(
                f"The key in {name} cannot be sent.",
                why="it holds a character that no key has, a line break perhaps.",
                next=errors.new_key(name),
            )
        if key:
            return key
    return NO_KEY


def client(url: str, key: str) -> Any:
    """Who asks the server. `openai` adds the account's settings from the environment: for OpenAI alone.

    Raises:
        LabkitError: `openai` is not installed, or the address is none after all.
    """
    library = errors.library()
    try:
        http = library.DefaultHttpxClient(
            event_hooks=hooks(), follow_redirects=False, headers={"Accept-Encoding": "identity"}
        )
        made = library.OpenAI(
            base_url=url, api_key=key, timeout=errors.SECONDS, max_retries=2, http_client=http
        )
    except Exception:  # of the library beneath, which is stricter than `urlsplit`
        raise _no_address(url) from None
    finalize(made, http.close)  # `openai` does so with a client of its own, and not with one that it is given
    if not _openai_s(url):
        made.organization = made.project = None
        made._custom_headers = {}
    return made


def _split(url: str) -> SplitResult:
    try:
        where = urlsplit(url.strip())
        usable = bool(where.hostname) and where.port != 0
    except ValueError:  # a bracket without its other half, or a port that is no number
        usable = False
    if not usable:
        raise _no_address(url)
    return where


def _no_address(url: str) -> LabkitError:
    shown = re.sub(r"//.*@", "//", url.strip()).split("?")[0]  # without a password, or what may hold one
    return LabkitError(
        f"{shown!r} is not an address.",
        why="behind http:// stand a host and, after a colon, a port: a number from 1 to 65535.",
        next='labkit.load("http://127.0.0.1:8000/v1")  # with its host and port',
    )


def _openai_s(url: str) -> bool:
    where = urlsplit(url)
    return where.scheme == "https" and f".{where.hostname}".endswith(".openai.com")
