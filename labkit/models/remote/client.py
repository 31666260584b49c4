"""The address of a server as the reader typed it, its API key, and the HTTP client."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import Any
from urllib.parse import SplitResult, urlsplit
from weakref import finalize

from labkit.errors import BadArgument, LabkitError
from labkit.models.remote import errors
from labkit.models.remote.errors import KEY, NO_KEY, OPENAI_KEY
from labkit.models.remote.limits import check_response
from labkit.models.remote.streaming import submit


def parse_url(url: str) -> str:
    """The address without surrounding blanks and without a trailing slash.

    Raises:
        LabkitError: the text is not an address, or holds a password or a query, which would be shown and saved.
    """
    where = _split(url)
    if where.username or where.password or where.query:
        raise BadArgument(
            "The address of a server must hold no name, password or key.",
            why=f"it is shown; a key belongs into the environment ({KEY}).",
            next=f'labkit.load("{errors.host(where.geturl())}{where.path}")',
        )
    return where.geturl().rstrip("/")


def api_key_for(url: str) -> str:
    """The API key for a server, from the environment; the OpenAI key goes only to OpenAI.

    Raises:
        LabkitError: the key has characters that cannot be sent.
    """
    for name in (KEY, OPENAI_KEY) if _is_openai(url) else (KEY,):
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


def open_client(url: str, key: str) -> Any:
    """The asynchronous `openai` client. Account settings from the environment are used for OpenAI only.

    Raises:
        LabkitError: `openai` is not installed, or the HTTP library rejects the address.
    """
    library = errors.import_openai()
    try:
        http = library.DefaultAsyncHttpxClient(
            event_hooks={"response": [check_response]}, follow_redirects=False,
            headers={"Accept-Encoding": "identity"},
        )  # fmt: skip
        openai_client = library.AsyncOpenAI(
            base_url=url, api_key=key, timeout=errors.TIMEOUT_SECONDS, max_retries=2, http_client=http
        )
    except Exception:  # httpx is stricter than `urlsplit`
        raise _address_error(url) from None
    finalize(openai_client, _close, http)  # `openai` closes only a client that it created itself
    if not _is_openai(url):
        openai_client.organization = openai_client.project = None
        openai_client._custom_headers = {}
    return openai_client


def _close(http: Any) -> None:
    with suppress(RuntimeError):  # the loop has ended with its process
        submit(http.aclose())


def _split(url: str) -> SplitResult:
    try:
        where = urlsplit(url.strip())
        usable = bool(where.hostname) and where.port != 0
    except ValueError:  # an unmatched bracket, or a port that is not a number
        usable = False
    if not usable:
        raise _address_error(url)
    return where


def _address_error(url: str) -> BadArgument:
    shown = re.sub(r"//.*@", "//", url.strip()).split("?")[
        0
    ]  # without a password or a query, which may hold one
    return BadArgument(
        f"{shown!r} is not an address.",
        why="behind http:// stand a host and, after a colon, a port: a number from 1 to 65535.",
        next='labkit.load("http://127.0.0.1:8000/v1")  # with its host and port',
    )


def _is_openai(url: str) -> bool:
    where = urlsplit(url)
    return where.scheme == "https" and f".{where.hostname}".endswith(".openai.com")
