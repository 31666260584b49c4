"""Limits on the response of a server.

A server is untrusted: it may send one line of 600 MB, continue after the requested number of tokens, answer with a
compressed gigabyte, or redirect the prompt and the key to another host. The HTTP client calls `check_response`
before it reads the body of a response; `Budget` counts the pieces of a thought.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from labkit.errors import ServerError
from labkit.models.remote.deltas import Said
from labkit.models.remote.errors import host

MB = 1_000_000
MESSAGE = 4 * MB  # bytes of one message of a stream: 3,000 tokens with eight alternatives each
BODY = 4 * MB  # bytes of any other response: a list of models, an error
TOKEN = 512  # bytes of the longest text of one token: 128 blanks, or 128 Chinese characters
BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r")  # ends a message of a stream
ENDPOINT = re.compile(r"/(models|chat/completions|completions)/?$")


class TooLongError(Exception):
    """A message of a stream exceeds the limit."""


def check_response(response: Any) -> None:
    """Refuses a redirect and a compressed response, and limits the size of the others.

    Args:
        response: the response of the HTTP client, before its body is read.

    Raises:
        LabkitError: a redirect, or a compressed response.
    """
    url = str(response.request.url)
    if response.has_redirect_location:
        raise _redirect(url, str(response.headers["location"]))
    coding = response.headers.get("content-encoding", "identity")
    if coding.lower() not in ("identity", ""):
        raise ServerError(
            f"{host(url)} sends compressed answers.",
            why=f"it was asked not to, and sent {coding[:40]}; a small answer of that kind may unpack to gigabytes.",
            next=f'labkit.load("{host(url)}/v1")  # with compression switched off there',
        )
    kind = response.headers.get("content-type", "")
    is_stream = response.status_code == 200 and "event-stream" in kind and url.endswith("/completions")
    response.iter_raw = _bounded(response.iter_raw, in_messages if is_stream else _in_all(url))


def in_messages(pieces: Iterator[bytes], most: int = MESSAGE) -> Iterator[bytes]:
    r"""Yields the pieces of a stream while each of its messages has at most `most` bytes.

    Raises:
        TooLongError: a message is longer.

    >>> list(in_messages(iter([b"data: 1\n", b"\ndata: 2\n\n"]), 10))
    [b'data: 1\n', b'\ndata: 2\n\n']
    """
    size, tail = 0, b""
    for piece in pieces:
        ends = [found.end() for found in BLANK_LINE.finditer(tail + piece)]
        size = len(tail + piece) - ends[-1] if ends else size + len(piece)
        if max(size, len(piece)) > most:
            raise TooLongError(f"it sent more than {most // MB} MB in one message")
        tail = (tail + piece)[-3:]
        yield piece


@dataclass
class Budget:
    """Limits a thought to the requested number of tokens.

    A server without logprobs sends text, and each piece of text has one token or more.

    Attributes:
        tokens: number of requested tokens.
        spent: the server sent more.
    """

    tokens: int
    spent: bool = False

    def limit(self, pieces: Iterator[Said]) -> Iterator[Said]:
        """Yields the pieces up to the requested number; sets `spent` if there was another.

        >>> budget = Budget(2)
        >>> [piece.text for piece in budget.limit(map(Said, "abc"))], budget.spent
        (['a', 'b'], True)
        """
        wrote = ends = 0
        room = TOKEN * self.tokens
        for piece in pieces:
            raw = piece.raw
            wrote, ends = wrote + bool(raw), ends + (not raw)
            self.spent = wrote > self.tokens or ends > 1 or len(raw) > room
            if wrote > self.tokens or ends > 1:
                return
            if self.spent:
                yield replace(piece, text=raw[:room].decode("utf-8", "ignore"), bytes=None)
                return
            room -= len(raw)
            yield piece


def _bounded(
    read: Callable[..., Iterator[bytes]], bound: Callable[[Iterator[bytes]], Iterator[bytes]]
) -> Any:
    return lambda *arguments, **named: bound(read(*arguments, **named))


def _in_all(url: str) -> Callable[[Iterator[bytes]], Iterator[bytes]]:
    def bound(pieces: Iterator[bytes]) -> Iterator[bytes]:
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > BODY:
                raise ServerError(
                    f"{host(url)} sends too much.", why=f"its answer is longer than {BODY // MB} MB, and was not read.",
                    next=f'labkit.load("{host(url)}/v1")  # with the address of a model server',
                )  # fmt: skip
            yield piece

    return bound


def _redirect(url: str, location: str) -> ServerError:
    """The error for a redirect."""
    try:
        there = urljoin(url, location)
    except ValueError:  # an unmatched bracket
        there = "another address"
    base = ENDPOINT.sub("", there.split("?")[0])
    base = re.sub(r"//[^/]*@", "//", re.sub(r"[^\w.:/@%~\[\]-]", "", base))[
        :200
    ]  # it is part of a line to be pasted
    return ServerError(
        f"{host(url)} sends us to {base}.",
        why="labkit does not follow: your question and your key would go there.",
        next=f'labkit.load("{base}")  # if you trust that address',
    )
