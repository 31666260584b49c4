"""Builds the response to one request from its rollouts: one choice or several, streamed or at once."""

from __future__ import annotations

import asyncio
import codecs
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from labkit.models.token_bytes import TokenBytes
from labkit.serve.batching import SampledToken
from labkit.serve.protocol import ApiError, ChatFormat, Json
from labkit.serve.scheduler import Inbox, Request
from labkit.serve.stop_strings import StopFilter

CHUNK_SECONDS = 0.04  # seconds between two messages of a stream: 25 a second, the rate of the view
KEEPALIVE_SECONDS = 10.0  # seconds between two keepalive messages to a waiting client


class Choice:
    """One choice of a response during generation.

    Args:
        index: its index in the response.
        thought: its rollout.
        pieces: the bytes of each token.
        stops: stop strings.
        ends: end tokens.
        prefix: text before the completion (`echo`).

    Attributes:
        finish: the finish reason; None during generation.
        wrote: number of generated tokens.
    """

    def __init__(
        self, index: int, request: Request, pieces: TokenBytes, *, stops: Sequence[str] = (),
        end_ids: Sequence[int] = (), prefix: str = "",
    ) -> None:  # fmt: skip
        self.index, self.request, self.pieces, self.end_ids = index, request, pieces, set(end_ids)
        self.finish_reason: str | None = None
        self.n_tokens = 0
        self._filter: StopFilter[SampledToken] = StopFilter(stops)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._tokens: list[SampledToken] = []
        self._text = prefix

    def add(self, token: SampledToken | None) -> None:
        """Adds a token; None marks the end."""
        if self.finish_reason is not None:  # a stop string was found one step ago
            return
        if token is None:
            last = self.request.row.ids[-1]
            self._end(*self._filter.rest(), "stop" if last in self.end_ids else "length")
            return
        self.n_tokens += 1
        tokens, raw = self._filter.add(token, self.pieces.bytes(token.id))
        if self._filter.matched:
            self.request.cancel()
            self._end(tokens, raw, "stop")
        else:
            self._tokens += tokens
            self._text += self._decoder.decode(raw)

    def take(self) -> tuple[list[SampledToken], str]:
        """The tokens since the last call, and their text."""
        pending = self._tokens, self._text
        self._tokens, self._text = [], ""
        return pending

    def _end(self, tokens: list[SampledToken], raw: bytes, finish_reason: str) -> None:
        self._tokens += tokens
        self._text += self._decoder.decode(raw, final=True)
        self.finish_reason = finish_reason


class Response:
    """The response to one request.

    Args:
        style: the response format.
        choices: its choices.
        inbox: the queue for the tokens of all its rollouts.
        prompts: total number of prompt tokens.
        usage: whether a stream ends with the token counts.
    """

    def __init__(
        self,
        format: ChatFormat,
        choices: Sequence[Choice],
        inbox: Inbox,
        *,
        n_prompt_tokens: int,
        usage: bool = False,
    ) -> None:
        self.format, self.choices, self.inbox = format, choices, inbox
        self.n_prompt_tokens, self.usage = n_prompt_tokens, usage
        self._by_request = {choice.request: choice for choice in choices}

    @property
    def unfinished(self) -> list[Choice]:
        """The unfinished choices."""
        return [choice for choice in self.choices if choice.finish_reason is None]

    @property
    def error(self) -> str | None:
        """The error of a failed rollout, if any."""
        return next((choice.request.error for choice in self.choices if choice.request.error), None)

    def cancel(self) -> None:
        """Ends every rollout."""
        for choice in self.choices:
            choice.request.cancel()

    async def events(self) -> AsyncIterator[str]:
        """Yields the messages of a stream, each with the tokens since the last message."""
        while active := self.unfinished:
            received = await self._receive(KEEPALIVE_SECONDS)
            error = self.error
            for choice in active:
                tokens, text = choice.take()
                if tokens or (text and choice.finish_reason is None):
                    yield event(self.format.chunk(tokens, text, index=choice.index))
                    text = ""
                if choice.finish_reason is not None and not error:
                    yield event(self.format.chunk([], text, choice.finish_reason, index=choice.index))
            if error:
                yield event(ApiError(503, error).body)
                return
            if not received:
                yield ": waiting\n\n"
            await asyncio.sleep(CHUNK_SECONDS if self.unfinished else 0)
        if self.usage:
            yield event({**self.format.envelope([], chunk=True), "usage": self.token_counts()})
        yield "data: [DONE]\n\n"

    async def complete(self, request: Any) -> Json:
        """The complete response, unless the client disconnects.

        Raises:
            RefusalError: a rollout failed.
        """
        while self.unfinished and self.error is None and not await request.is_disconnected():
            await self._receive(0.5)
        if self.error is not None:
            raise ApiError(503, self.error)
        choices = [
            self.format.choice(*choice.take(), choice.finish_reason, index=choice.index)
            for choice in self.choices
        ]
        return {**self.format.envelope(choices), "usage": self.token_counts()}

    def token_counts(self) -> Json:
        """The counts of prompt and completion tokens."""
        n_tokens = sum(choice.n_tokens for choice in self.choices)
        return {
            "prompt_tokens": self.n_prompt_tokens,
            "completion_tokens": n_tokens,
            "total_tokens": self.n_prompt_tokens + n_tokens,
        }

    async def _receive(self, timeout: float) -> bool:
        """Waits for a token, and passes all available tokens to their choices; returns whether there was one."""
        try:
            request, token = await asyncio.wait_for(self.inbox.get(), timeout)
        except TimeoutError:
            return False
        while True:
            self._by_request[request].add(token)
            try:
                request, token = self.inbox.get_nowait()
            except asyncio.QueueEmpty:
                return True


def event(body: Json) -> str:
    """Formats one message of a stream."""
    return f"data: {json.dumps(body, separators=(',', ':'))}\n\n"
