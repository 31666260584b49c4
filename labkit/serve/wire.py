"""What is asked and answered, as OpenAI's API writes it.

A field that is not known is passed over, as other servers do; one that would change the text and cannot be
heeded (`NEUTRAL`) is refused, unless its value changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from pydantic import BaseModel, Field, model_validator

from labkit.models.model import TOP_K
from labkit.models.pieces import Pieces
from labkit.serve.batch import Drawn

Json = dict[str, Any]
# What changes a text elsewhere and not here -> the values that change nothing; None never does.
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "n": (1,), "best_of": (1,), "stop": ([],), "stop_token_ids": ([],), "suffix": ("",), "echo": (False,),
    "frequency_penalty": (0,), "presence_penalty": (0,), "repetition_penalty": (1,), "logit_bias": ({},),
    "min_p": (0,), "min_tokens": (0,), "ignore_eos": (False,), "response_format": ({"type": "text"},),
    "tools": ([],), "guided_json": (), "guided_regex": (), "guided_choice": (), "guided_grammar": (), "grammar": (),
}  # fmt: skip


class Options(BaseModel):
    """Of a stream."""

    include_usage: bool = False


class Asked(BaseModel):
    """What both endpoints take."""

    model: str
    stream: bool = False
    stream_options: Options | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None  # not OpenAI's: vLLM, SGLang and llama.cpp take it
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _heeded(cls, asked: Any) -> Any:
        for name, neutral in NEUTRAL.items():
            value = asked.get(name) if isinstance(asked, dict) else None
            if value is not None and value not in neutral:
                raise RefusalError(400, f"{name} is not possible here: this server cannot heed it.")
        return asked


class ChatAsked(Asked):
    """`/v1/chat/completions`; the two last are vLLM's, for a thought that goes on."""

    messages: list[Json]
    logprobs: bool | None = None
    top_logprobs: int | None = None
    chat_template_kwargs: Json | None = None
    add_generation_prompt: bool = True
    continue_final_message: bool = False


class TextAsked(Asked):
    """`/v1/completions`."""

    prompt: str
    logprobs: int | None = None


class RefusalError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str, *, code: str | None = None, **headers: str) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    @property
    def body(self) -> Json:
        """In OpenAI's shape."""
        kind = "invalid_request_error" if self.status < 500 and self.status != 429 else "server_error"
        kind = "rate_limit_error" if self.status == 429 else kind
        return {"error": {"message": self.message, "type": kind, "param": None, "code": self.code}}


@dataclass
class Chat:
    """Writes the answers of the chat endpoint.

    Args:
        model: what the server calls it.
        pieces: the bytes of its tokens.
        top: alternatives to tell of each token; None tells no log-probabilities.
    """

    model: str
    pieces: Pieces
    top: int | None
    id: str = field(default_factory=lambda: uuid4().hex)
    created: int = field(default_factory=lambda: int(time.time()))
    kind = "chat.completion"

    def chunk(self, tokens: Sequence[Drawn], text: str, finish: str | None = None) -> Json:
        """A piece of a stream."""
        choice = {"delta": {"role": "assistant", "content": text}, "logprobs": self.told(tokens)}
        return self.envelope(choice, finish, ".chunk")

    def whole(self, tokens: Sequence[Drawn], text: str, finish: str) -> Json:
        """All at once."""
        choice = {"message": {"role": "assistant", "content": text}, "logprobs": self.told(tokens)}
        return self.envelope(choice, finish)

    def envelope(self, choice: Json, finish: str | None, suffix: str = "") -> Json:
        """What stands around a choice."""
        head = {
            "id": f"labkit-{self.id}",
            "object": self.kind + suffix,
            "created": self.created,
            "model": self.model,
        }
        return {**head, "choices": [{"index": 0, **choice, "finish_reason": finish}]}

    def told(self, tokens: Sequence[Drawn]) -> Json | None:
        """Log-probabilities."""
        if self.top is None or not tokens:
            return None
        content = []
        for t in tokens:
            others = zip(t.top_ids[: self.top], t.top_logprobs, strict=False)
            content.append(
                {**self._token(t.id, t.logprob), "top_logprobs": [self._token(*each) for each in others]}
            )
        return {"content": content}

    def _token(self, id: int, logprob: float) -> Json:
        raw = self.pieces.bytes(id)
        return {"token": self.pieces.text(id), "logprob": round(min(logprob, 0.0), 6), "bytes": list(raw)}


class Text(Chat):
    """Writes those of the older endpoint."""

    kind = "text_completion"

    def chunk(self, tokens: Sequence[Drawn], text: str, finish: str | None = None) -> Json:
        """A piece of a stream; here it looks like the whole."""
        return self.envelope({"text": text, "logprobs": self.told(tokens)}, finish)

    def whole(self, tokens: Sequence[Drawn], text: str, finish: str) -> Json:
        """All at once."""
        return self.chunk(tokens, text, finish)

    def told(self, tokens: Sequence[Drawn]) -> Json | None:
        """Log-probabilities in columns, and by the token as llama.cpp has them here too: a text of half a character
        says nothing of its bytes.
        """
        by_token = super().told(tokens)
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


def alternatives(wanted: int | None) -> int:
    """How many are told: as many as are asked for, up to those that are kept."""
    return max(0, min(wanted or 0, TOP_K))
