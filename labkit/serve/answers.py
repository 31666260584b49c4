"""Builds the response to one request from its rollouts: one choice or several, streamed or at once."""

from __future__ import annotations

import asyncio
import codecs
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

from labkit.models.token_bytes import Pieces
from labkit.serve.batch import Drawn
from labkit.serve.desk import Inbox, Thought
from labkit.serve.stops import StopFilter
from labkit.serve.wire import Chat, Json, RefusalError

PAUSE = 0.04  # seconds between two messages of a stream: 25 a second, the rate of the view
ALIVE = 10.0  # seconds between two keepalive messages to a waiting client


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
        self, index: int, thought: Thought, pieces: Pieces, *, stops: Sequence[str] = (), ends: Sequence[int] = (),
        prefix: str = "",
    ) -> None:  # fmt: skip
        self.index, self.thought, self.pieces, self.ends = index, thought, pieces, set(ends)
        self.finish: str | None = None
        self.wrote = 0
        self._filter: StopFilter[Drawn] = StopFilter(stops)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._tokens: list[Drawn] = []
        self._text = prefix

    def add(self, token: Drawn | None) -> None:
        """Adds a token; None marks the end."""
        if self.finish is not None:  # a stop string was found one step ago
            return
        if token is None:
            last = self.thought.row.ids[-1]
            self._end(*self._filter.rest(), "stop" if last in self.ends else "length")
            return
        self.wrote += 1
        tokens, raw = self._filter.add(token, self.pieces.bytes(token.id))
        if self._filter.found:
            self.thought.cancel()
            self._end(tokens, raw, "stop")
        else:
            self._tokens += tokens
            self._text += self._decoder.decode(raw)

    def take(self) -> tuple[list[Drawn], str]:
        """The tokens since the last call, and their text."""
        taken = self._tokens, self._text
        self._tokens, self._text = [], ""
        return taken

    def _end(self, tokens: list[Drawn], raw: bytes, finish: str) -> None:
        self._tokens += tokens
        self._text += self._decoder.decode(raw, final=True)
        self.finish = finish


class Answer:
    """The response to one request.

    Args:
        style: the response format.
        choices: its choices.
        inbox: the queue for the tokens of all its rollouts.
        prompts: total number of prompt tokens.
        usage: whether a stream ends with the token counts.
    """

    def __init__(
        self, style: Chat, choices: Sequence[Choice], inbox: Inbox, *, prompts: int, usage: bool = False
    ) -> None:
        self.style, self.choices, self.inbox = style, choices, inbox
        self.prompts, self.usage = prompts, usage
        self._by_thought = {choice.thought: choice for choice in choices}

    @property
    def open(self) -> list[Choice]:
        """The unfinished choices."""
        return [choice for choice in self.choices if choice.finish is None]

    @property
    def error(self) -> str | None:
        """The error of a failed rollout, if any."""
        return next((choice.thought.error for choice in self.choices if choice.thought.error), None)

    def cancel(self) -> None:
        """Ends every rollout."""
        for choice in self.choices:
            choice.thought.cancel()

    async def events(self) -> AsyncIterator[str]:
        """Yields the messages of a stream, each with the tokens since the last message."""
        while writing := self.open:
            came = await self._hear(ALIVE)
            error = self.error
            for choice in writing:
                tokens, text = choice.take()
                if tokens or (text and choice.finish is None):
                    yield event(self.style.chunk(tokens, text, index=choice.index))
                    text = ""
                if choice.finish is not None and not error:
                    yield event(self.style.chunk([], text, choice.finish, index=choice.index))
            if error:
                yield event(RefusalError(503, error).body)
                return
            if not came:
                yield ": waiting\n\n"
            await asyncio.sleep(PAUSE if self.open else 0)
        if self.usage:
            yield event({**self.style.envelope([], chunk=True), "usage": self.used()})
        yield "data: [DONE]\n\n"

    async def at_once(self, request: Any) -> Json:
        """The complete response, unless the client disconnects.

        Raises:
            RefusalError: a rollout failed.
        """
        while self.open and self.error is None and not await request.is_disconnected():
            await self._hear(0.5)
        if self.error is not None:
            raise RefusalError(503, self.error)
        choices = [self.style.choice(*each.take(), each.finish, index=each.index) for each in self.choices]
        return {**self.style.envelope(choices), "usage": self.used()}

    def used(self) -> Json:
        """The counts of prompt and completion tokens."""
        wrote = sum(choice.wrote for choice in self.choices)
        return {
            "prompt_tokens": self.prompts,
            "completion_tokens": wrote,
            "total_tokens": self.prompts + wrote,
        }

    async def _hear(self, patience: float) -> bool:
        """Waits for a token, and passes all available tokens to their choices; returns whether there was one."""
        try:
            thought, token = await asyncio.wait_for(self.inbox.get(), patience)
        except TimeoutError:
            return False
        while True:
            self._by_thought[thought].add(token)
            try:
                thought, token = self.inbox.get_nowait()
            except asyncio.QueueEmpty:
                return True


def event(body: Json) -> str:
    """Formats one message of a stream."""
    return f"data: {json.dumps(body, separators=(',', ':'))}\n\n"
