"""Limits on the response of a server.

A server is untrusted: it may send one line of 600 MB, continue after the requested number of tokens, answer with a
compressed gigabyte, or redirect the prompt and the key to another host. The HTTP client calls `check_response`
before it reads the body of a response; `Budget` counts the pieces of a thought.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from labkit.errors import ServerError
from labkit.models.remote.deltas import Delta
from labkit.models.remote.errors import host

MB = 1_000_000
MESSAGE = 4 * MB  # bytes of one message of a stream: 3,000 tokens with eight alternatives each
BODY = 4 * MB  # bytes of any other response: a list of models, an error
TOKEN = 512  # bytes of the longest text of one token: 128 blanks, or 128 Chinese characters
BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r")  # ends a message of a stream
ENDPOINT = re.compile(r"/(models|chat/completions|completions)/?$")


class TooLongError(Exception):
    """A message of a stream exceeds the limit."""


async def check_response(response: Any) -> None:
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
    limit = MessageLimit() if is_stream else BodyLimit(url)
    response.aiter_raw = _checked(response.aiter_raw, limit.check)


class MessageLimit:
    r"""Limits each message of a stream.

    Args:
        most: bytes of the longest accepted message.

    >>> limit = MessageLimit(10)
    >>> [limit.check(piece) for piece in (b"data: 1\n", b"\ndata: 2\n\n")]
    [None, None]
    """

    def __init__(self, most: int = MESSAGE) -> None:
        self.most = most
        self.size, self.tail = 0, b""

    def check(self, piece: bytes) -> None:
        """Counts the next piece of the stream.

        Raises:
            TooLongError: the message is longer.
        """
        ends = [match.end() for match in BLANK_LINE.finditer(self.tail + piece)]
        self.size = len(self.tail + piece) - ends[-1] if ends else self.size + len(piece)
        if max(self.size, len(piece)) > self.most:
            raise TooLongError(f"it sent more than {self.most // MB} MB in one message")
        self.tail = (self.tail + piece)[-3:]


class BodyLimit:
    """Limits the body of any other response."""

    def __init__(self, url: str) -> None:
        self.url, self.size = url, 0

    def check(self, piece: bytes) -> None:
        """Counts the next piece of the body.

        Raises:
            ServerError: the body is longer than `BODY`.
        """
        self.size += len(piece)
        if self.size > BODY:
            raise ServerError(
                f"{host(self.url)} sends too much.",
                why=f"its answer is longer than {BODY // MB} MB, and was not read.",
                next=f'labkit.load("{host(self.url)}/v1")  # with the address of a model server',
            )


@dataclass
class Budget:
    """Limits a thought to the requested number of tokens.

    A server without logprobs sends text, and each piece of text has one token or more.

    Attributes:
        tokens: number of requested tokens.
        spent: the server sent more; the stream ends here.
    """

    tokens: int
    spent: bool = False

    def __post_init__(self) -> None:
        self._written = self._ended = 0
        self._bytes_left = TOKEN * self.tokens

    def take_all(self, deltas: Iterable[Delta]) -> Iterator[Delta]:
        """The deltas up to the requested number; sets `spent` if there was another.

        >>> budget = Budget(2)
        >>> [delta.text for delta in budget.take_all(map(Delta, "abc"))], budget.spent
        (['a', 'b'], True)
        """
        for delta in deltas:
            raw = delta.raw
            self._written, self._ended = self._written + bool(raw), self._ended + (not raw)
            too_many = self._written > self.tokens or self._ended > 1
            self.spent = too_many or len(raw) > self._bytes_left
            if too_many:
                return
            if self.spent:
                yield replace(delta, text=raw[: self._bytes_left].decode("utf-8", "ignore"), bytes=None)
                return
            self._bytes_left -= len(raw)
            yield delta


def _checked(
    read: Callable[..., AsyncIterator[bytes]], check: Callable[[bytes], None]
) -> Callable[..., AsyncIterator[bytes]]:
    """`read`, with each piece of the body checked before anything parses it."""

    async def checked(*arguments: Any, **named: Any) -> AsyncIterator[bytes]:
        async for piece in read(*arguments, **named):
            check(piece)
            yield piece

    return checked


def _redirect(url: str, location: str) -> ServerError:
    """The error for a redirect."""
    try:
        target = urljoin(url, location)
    except ValueError:  # an unmatched bracket
        target = "another address"
    base = ENDPOINT.sub("", target.split("?")[0])
    base = re.sub(r"//[^/]*@", "//", re.sub(r"[^\w.:/@%~\[\]-]", "", base))[
        :200
    ]  # it is part of a line to be pasted
    return ServerError(
        f"{host(url)} sends us to {base}.",
        why="labkit does not follow: your question and your key would go there.",
        next=f'labkit.load("{base}")  # if you trust that address',
    )
