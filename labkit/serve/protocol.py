"""Requests and responses in the format of OpenAI's API.

Unknown fields are ignored, as in other servers. An unsupported field that would change the text (`NEUTRAL`) is
refused, unless its value is neutral. Penalties (`IGNORED`) are ignored with a note in the response: chat programs
send them by default, and the sampling distribution without them is that of the model.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Self
from uuid import uuid4

from pydantic import BaseModel, Field, field_validator, model_validator

from labkit.models.local.recorder import TOP_K
from labkit.models.token_bytes import TokenBytes
from labkit.serve.batching import SampledToken

Json = dict[str, Any]
# Unsupported fields -> their neutral values; None is always neutral.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "stop_token_ids": ([],), "include_stop_str_in_output": (False,), "suffix": ("",), "logit_bias": ({},),
    "min_p": (0,), "min_tokens": (0,), "ignore_eos": (False,), "response_format": ({"type": "text"},),
    "tools": ([],), "guided_json": (), "guided_regex": (), "guided_choice": (), "guided_grammar": (), "grammar": (),
}  # fmt: skip
IGNORED: dict[str, float] = {"frequency_penalty": 0.0, "presence_penalty": 0.0, "repetition_penalty": 1.0}
MAX_STOPS, MAX_STOP_CHARS = 16, 200  # the most stop strings, and the most characters of each
Stops = Annotated[list[Annotated[str, Field(max_length=MAX_STOP_CHARS)]], Field(max_length=MAX_STOPS)]
TokenIds = list[Annotated[int, Field(ge=0, strict=True)]]


class StreamOptions(BaseModel):
    """Options of a stream."""

    include_usage: bool = False


class CompletionRequest(BaseModel):
    """The fields of both endpoints."""

    model: str
    stream: bool = False
    stream_options: StreamOptions | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None  # not in OpenAI's API; an extension of vLLM, SGLang and llama.cpp
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None
    n: int = Field(default=1, ge=1)
    best_of: int | None = None
    stop: Stops = []
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    repetition_penalty: float | None = None

    @property
    def ignored(self) -> list[str]:
        """Names of the given penalties, which are ignored."""
        return [name for name, neutral in IGNORED.items() if getattr(self, name) not in (None, neutral)]

    @field_validator("n", mode="before")
    @classmethod
    def _default_n(cls, n: Any) -> Any:
        return 1 if n is None else n

    @field_validator("stop", mode="before")
    @classmethod
    def _parse_stop(cls, stop: Any) -> Any:
        stops = [] if stop is None else [stop] if isinstance(stop, str) else stop
        return [entry for entry in stops if entry != ""] if isinstance(stops, list) else stops

    @model_validator(mode="after")
    def _check_best_of(self) -> Self:
        if self.best_of not in (None, 1, self.n):
            raise ApiError(400, "best_of is not possible here: this server does not rank answers.")
        return self

    @model_validator(mode="before")
    @classmethod
    def _refuse_unsupported(cls, body: Any) -> Any:
        for name, neutral in NEUTRAL.items():
            value = body.get(name) if isinstance(body, dict) else None
            if value is not None and value not in neutral:
                raise ApiError(400, f"{name} is not possible here: this server does not support it.")
        return body


class ChatRequest(CompletionRequest):
    """`/v1/chat/completions`; the last two fields are vLLM's, to continue a thought.

    `reasoning_effort` of OpenAI becomes the variable of the model's chat template that tells how long to think.
    """

    messages: list[Json]
    logprobs: bool | None = None
    top_logprobs: int | None = None
    reasoning_effort: str | None = None
    chat_template_kwargs: Json | None = None
    add_generation_prompt: bool = True
    continue_final_message: bool = False


class TextRequest(CompletionRequest):
    """`/v1/completions`."""

    prompt: str | list[str] | TokenIds | list[TokenIds]
    logprobs: int | None = None
    echo: bool | None = None

    @property
    def prompts(self) -> list[str | list[int]]:
        """Each prompt, as text or as token ids."""
        given: Any = self.prompt
        one = isinstance(given, str) or (bool(given) and isinstance(given[0], int))
        return [given] if one else given


class ApiError(Exception):
    """An error response."""

    def __init__(self, status: int, message: str, *, code: str | None = None, **headers: str) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    @property
    def body(self) -> Json:
        """The error in OpenAI's format."""
        kind = "invalid_request_error" if self.status < 500 and self.status != 429 else "server_error"
        kind = "rate_limit_error" if self.status == 429 else kind
        return {"error": {"message": self.message, "type": kind, "param": None, "code": self.code}}


@dataclass
class ChatFormat:
    """Formats the responses of the chat endpoint.

    Args:
        model: the name of the model.
        pieces: the bytes of each token.
        top: number of alternatives for each token; None leaves the logprobs out.
        notes: notes for the client.
    """

    model: str
    pieces: TokenBytes
    top: int | None
    notes: Sequence[str] = ()
    id: str = field(default_factory=lambda: uuid4().hex)
    created: int = field(default_factory=lambda: int(time.time()))
    kind = "chat.completion"
    suffix = ".chunk"

    def chunk(
        self, tokens: Sequence[SampledToken], text: str, finish_reason: str | None = None, *, index: int = 0
    ) -> Json:
        """A chunk of a stream."""
        choice = {"delta": {"role": "assistant", "content": text}, "logprobs": self.logprobs_of(tokens)}
        return self.envelope([with_index(choice, index, finish_reason)], chunk=True)

    def choice(
        self, tokens: Sequence[SampledToken], text: str, finish_reason: str | None, *, index: int = 0
    ) -> Json:
        """A choice of a complete response."""
        choice = {"message": {"role": "assistant", "content": text}, "logprobs": self.logprobs_of(tokens)}
        return with_index(choice, index, finish_reason)

    def envelope(self, choices: Sequence[Json], *, chunk: bool = False) -> Json:
        """The response around the choices; it includes the notes once a choice has ended."""
        head = {
            "id": f"labkit-{self.id}",
            "object": self.kind + (self.suffix if chunk else ""),
            "created": self.created,
            "model": self.model,
        }
        ended = any(choice["finish_reason"] is not None for choice in choices)
        notes = {"warnings": list(self.notes)} if self.notes and ended else {}
        return {**head, "choices": list(choices), **notes}

    def logprobs_of(self, tokens: Sequence[SampledToken]) -> Json | None:
        """The logprobs of tokens."""
        if self.top is None or not tokens:
            return None
        content = []
        for t in tokens:
            alternatives = zip(t.top_ids[: self.top], t.top_logprobs, strict=False)
            content.append(
                {
                    **self._token(t.id, t.logprob),
                    "top_logprobs": [self._token(*entry) for entry in alternatives],
                }
            )
        return {"content": content}

    def _token(self, id: int, logprob: float) -> Json:
        raw = self.pieces.bytes(id)
        return {"token": self.pieces.text(id), "logprob": round(min(logprob, 0.0), 6), "bytes": list(raw)}


class TextFormat(ChatFormat):
    """Formats the responses of the older completions endpoint."""

    kind = "text_completion"
    suffix = ""

    def chunk(
        self, tokens: Sequence[SampledToken], text: str, finish_reason: str | None = None, *, index: int = 0
    ) -> Json:
        """A chunk of a stream; it has the same format as a complete response."""
        return self.envelope([self.choice(tokens, text, finish_reason, index=index)], chunk=True)

    def choice(
        self, tokens: Sequence[SampledToken], text: str, finish_reason: str | None, *, index: int = 0
    ) -> Json:
        """A choice, streamed or not."""
        return with_index({"text": text, "logprobs": self.logprobs_of(tokens)}, index, finish_reason)

    def logprobs_of(self, tokens: Sequence[SampledToken]) -> Json | None:
        """The logprobs in columns, and also by token as in llama.cpp, because the text of a partial character lacks its
        bytes.
        """
        by_token = super().logprobs_of(tokens)
        if by_token is None:
            return None
        tops = [zip(t.top_ids[: self.top], t.top_logprobs, strict=False) for t in tokens]
        return {
            "tokens": [self.pieces.text(t.id) for t in tokens],
            "token_logprobs": [round(min(t.logprob, 0.0), 6) for t in tokens],
            "top_logprobs": [{self.pieces.text(id): round(min(p, 0.0), 6) for id, p in top} for top in tops],
            "text_offset": [],
            **by_token,
        }


def with_index(choice: Json, index: int, finish_reason: str | None) -> Json:
    """A choice with its index and finish reason."""
    return {"index": index, **choice, "finish_reason": finish_reason}


def alternatives(requested: int | None) -> int:
    """The number of alternatives in a response: the requested number, limited by `TOP_K`."""
    return max(0, min(requested or 0, TOP_K))
