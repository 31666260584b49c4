"""The server's addresses: who may ask, and how an answer becomes a stream."""

from __future__ import annotations

import asyncio
import codecs
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from inspect import signature
from typing import Any

from pydantic import ValidationError
from transformers import PreTrainedTokenizerBase

from labkit.errors import LabkitError
from labkit.models import families, prompts
from labkit.models.model import Model, check_settings
from labkit.serve.batch import Drawn
from labkit.serve.desk import Desk, FullError, Thought
from labkit.serve.wire import Asked, Chat, ChatAsked, Json, RefusalError, Text, TextAsked, alternatives
from labkit.traces import Settings

PAUSE = 0.04  # seconds between two messages of a stream: 25 a second, as the view shows them
ALIVE = 10.0  # seconds after which one who waits hears that the line still stands
SMALLEST, A_TOKEN = 64_000, 32  # bytes that any question may have, and bytes for each token of the context
APPLIES = signature(PreTrainedTokenizerBase.apply_chat_template).parameters
# What says how a chat template is run, and not what it is told: none of a student's.
NOT_THEIRS = {*APPLIES, "messages", "tok", "chat"} - {"kwargs"}
KEY = "LABKIT_API_KEY"  # where the client takes its key from
App = Callable[[Any, Any, Any], Awaitable[None]]  # as ASGI has it


class Doorkeeper:
    """Lets in who knows the token; `/health` is open. Nothing is written down."""

    def __init__(self, inner: App, token: str) -> None:
        self.inner, self.token = inner, token.encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers 401 in place of the app."""
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            kind, _, key = headers.get(b"authorization", b"").partition(b" ")
            known = hmac.compare_digest(key.strip(), self.token) and kind.lower() == b"bearer"
            if not known and scope["path"] != "/health":
                why = "is wrong" if key else "is missing"
                said = f"The key {why}: set the environment variable {KEY} to the one that your teacher gives you."
                return await refused(
                    RefusalError(401, said, code="invalid_api_key", WWW_Authenticate="Bearer")
                )(scope, receive, send)
        await self.inner(scope, receive, send)


class Counter:
    """What the addresses do, for one model.

    Args:
        model: the one that is served.
        desk: where it thinks.
    """

    def __init__(self, model: Model, desk: Desk) -> None:
        self.model, self.desk = model, desk

    async def health(self, request: Any) -> Any:
        """How it is going; open to everyone."""
        from starlette.responses import JSONResponse

        desk = self.desk
        said = {
            "status": "ok" if desk.alive else "ended", "model": self.model.name, "places": desk.places,
            "thinking": desk.thinking, "waiting": desk.waiting, "served": desk.served, "tokens": desk.tokens,
        }  # fmt: skip
        return JSONResponse(said, 200 if desk.alive else 503)

    async def models(self, request: Any) -> Any:
        """A list of the one that there is; that one, where its name is in the address."""
        from starlette.responses import JSONResponse

        one = {"id": self.model.name, "object": "model", "created": 0, "owned_by": "labkit",
               "max_model_len": self.desk.context}  # fmt: skip
        name = request.path_params.get("name", "")
        if name:
            self._check_name(name)
        return JSONResponse(one if name else {"object": "list", "data": [one]})

    async def chat(self, request: Any) -> App:
        """`/v1/chat/completions`."""
        asked = await self._asked(request, ChatAsked)
        top = alternatives(asked.top_logprobs) if asked.logprobs else None
        style = Chat(self.model.name, self.model.pieces, top)
        # Beside the loop: who asks something long must not keep the others waiting.
        ids, note = await asyncio.to_thread(self._templated, asked)
        return await self._answer(request, asked, ids, style, note)

    async def text(self, request: Any) -> App:
        """`/v1/completions`: the text as it is, with the begin token if the tokenizer puts one before."""
        asked = await self._asked(request, TextAsked)
        top = alternatives(asked.logprobs) if asked.logprobs is not None else None
        ids = await asyncio.to_thread(self.model.tokenizer.encode, asked.prompt)
        if not ids:
            raise RefusalError(400, "The prompt is empty: a model goes on from a text, and here is none.")
        return await self._answer(request, asked, ids, Text(self.model.name, self.model.pieces, top))

    # -- how -------------------------------------------------------------------------------------

    async def _asked(self, request: Any, kind: Any) -> Any:
        """The question, if it is one for this server."""
        try:
            asked = kind.model_validate_json(await body(request, max(SMALLEST, A_TOKEN * self.desk.context)))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the question"
            raise RefusalError(400, f"{where} is not possible: {first['msg']}.") from None
        self._check_name(asked.model)
        return asked

    def _check_name(self, name: str) -> None:
        if name != self.model.name:
            message = f"The model {name!r} does not exist here; this server has {self.model.name!r}."
            raise RefusalError(404, message, code="model_not_found")

    def _templated(self, asked: ChatAsked) -> tuple[list[int], str]:
        """The token ids that the model is given, and what the client must know of them."""
        model, told = self.model, dict(asked.chat_template_kwargs or {})
        if ours := sorted(NOT_THEIRS & {*told}):  # a template of the student's own would run on this machine
            raise RefusalError(400, f"{ours[0]} is not possible: it is no variable of the model's template.")
        if asked.continue_final_message:
            told |= {"add_generation_prompt": False, "continue_final_message": True}
        try:
            chat = prompts.messages([{**m, "content": flat(m.get("content"))} for m in asked.messages])
            given, note = chat, ""
            if not asked.continue_final_message:
                given, note = prompts.as_trained(model.tokenizer, chat, name=model.name, family=model.family)
            if given != chat:
                note = f"The prompt was read as: {given[-1]['content']} {note}".rstrip()
            return prompts.encode(model.tokenizer, prompts.templated(model.tokenizer, given, **told)), note
        except LabkitError as error:
            raise RefusalError(400, in_a_line(error)) from None
        except (TypeError, ValueError) as error:  # of variables that the template does not take
            raise RefusalError(400, f"The chat template refuses: {str(error)[:200]}") from None

    def _settings(self, asked: Asked, prompt: int) -> Settings:
        context = self.desk.context
        if prompt >= context:
            said = f"The prompt has {prompt:,} tokens, and the context length of {self.model.name} is {context:,} here"
            raise RefusalError(
                400, f"{said}: thought and answer must fit behind it.", code="context_length_exceeded"
            )
        wanted = asked.max_completion_tokens or asked.max_tokens or context
        drawn = families.sampling(self.model.name, asked.temperature, asked.top_p, asked.top_k)
        try:
            return check_settings(*drawn, min(wanted, context - prompt), asked.seed or 0)
        except LabkitError as error:
            raise RefusalError(400, in_a_line(error)) from None

    async def _answer(self, request: Any, asked: Asked, ids: list[int], style: Chat, note: str = "") -> App:
        from starlette.responses import JSONResponse, StreamingResponse

        noted = {prompts.NOTE: note} if note else {}
        try:
            thought = self.desk.ask(ids, self._settings(asked, len(ids)))
        except FullError as full:
            said = f"Too many are thinking already; again in {full.seconds} seconds."
            raise RefusalError(429, said, code="rate_limit_exceeded", Retry_After=str(full.seconds)) from None
        if asked.stream:
            usage = bool(asked.stream_options and asked.stream_options.include_usage)
            calm = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no", **noted}
            events = self._events(thought, style, usage)
            return until_gone(
                StreamingResponse(events, media_type="text/event-stream", headers=calm), thought
            )
        try:
            tokens = await self._all(request, thought)
        finally:
            thought.cancel()
        text = b"".join(self.model.pieces.bytes(t.id) for t in tokens).decode("utf-8", "replace")
        whole = style.whole(tokens, text, self._finish(thought))
        return JSONResponse({**whole, "usage": used(thought)}, headers=noted)

    async def _events(self, thought: Thought, style: Chat, usage: bool) -> AsyncIterator[str]:
        """Messages of a stream, each with the tokens that came since the last."""
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        more = True
        while more:
            tokens, more = await some(thought)
            if tokens:
                raw = b"".join(self.model.pieces.bytes(t.id) for t in tokens)
                yield event(style.chunk(tokens, decoder.decode(raw)))
            elif more:
                yield ": waiting\n\n"
            await asyncio.sleep(PAUSE if more else 0)
        if thought.error is not None:
            yield event(RefusalError(503, thought.error).body)
            return
        yield event(style.chunk([], decoder.decode(b"", final=True), self._finish(thought)))
        if usage:
            yield event(
                {
                    **style.envelope({}, None, ".chunk" if type(style) is Chat else ""),
                    "choices": [],
                    "usage": used(thought),
                }
            )
        yield "data: [DONE]\n\n"

    async def _all(self, request: Any, thought: Thought) -> list[Drawn]:
        """Every token of a thought, unless its student goes away."""
        tokens: list[Drawn] = []
        more = True
        while more:
            new, more = await some(thought, patience=0.5)
            tokens += new
            if await request.is_disconnected():
                break
        if thought.error is not None:
            raise RefusalError(503, thought.error)
        return tokens

    def _finish(self, thought: Thought) -> str:
        return "stop" if thought.row.ids[-1] in self.model.end_ids else "length"


async def body(request: Any, most: int) -> bytes:
    """What was sent, counted as it comes: a header could be wrong about it, or missing."""
    sent = bytearray()
    async for piece in request.stream():
        sent += piece
        if len(sent) > most:
            raise RefusalError(413, f"The question is too large: {most:,} bytes may be sent.")
    return bytes(sent)


async def some(thought: Thought, patience: float = ALIVE) -> tuple[list[Drawn], bool]:
    """The tokens that are there, after waiting for one; and whether more may come."""
    found: list[Drawn] = []
    try:
        token = await asyncio.wait_for(thought.tokens.get(), patience)
        while token is not None:
            found.append(token)
            token = thought.tokens.get_nowait()
        return found, False
    except (TimeoutError, asyncio.QueueEmpty):
        return found, True


def until_gone(response: App, thought: Thought) -> App:
    """The response; when it ends, and be it because nobody listens, the thought is over."""

    async def run(scope: Any, receive: Any, send: Any) -> None:
        try:
            await response(scope, receive, send)
        finally:
            thought.cancel()

    return run


def build(model: Model, desk: Desk, token: str) -> App:
    """The whole server as an ASGI app."""
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.routing import Route

    counter = Counter(model, desk)
    routes = [
        Route("/health", counter.health),
        Route("/v1/models", counter.models),
        Route("/v1/models/{name:path}", counter.models),
        Route("/v1/chat/completions", counter.chat, methods=["POST"]),
        Route("/v1/completions", counter.text, methods=["POST"]),
    ]

    async def refuse(request: Any, error: Any) -> Any:
        return refused(error)

    async def lost(request: Any, error: Any) -> Any:
        return refused(RefusalError(error.status_code, f"{request.url.path}: {error.detail}."))

    async def failed(request: Any, error: Exception) -> Any:
        return refused(RefusalError(500, f"The server could not answer this: {type(error).__name__}."))

    handlers = {RefusalError: refuse, HTTPException: lost, Exception: failed}
    server = Starlette(routes=routes, exception_handlers=handlers)
    server.router.redirect_slashes = False  # it would send a client to whatever the Host header names
    return Doorkeeper(server, token)


def refused(refusal: RefusalError) -> Any:
    """The answer that is an error."""
    from starlette.responses import JSONResponse

    return JSONResponse(refusal.body, refusal.status, refusal.headers)


def used(thought: Thought) -> Json:
    """Tokens read and written."""
    wrote, whole = thought.row.wrote, len(thought.row.ids)
    return {"prompt_tokens": whole - wrote, "completion_tokens": wrote, "total_tokens": whole}


def event(body: Json) -> str:
    """One message of a stream."""
    return f"data: {json.dumps(body, separators=(',', ':'))}\n\n"


def flat(content: Any) -> Any:
    """The text of a message, of which OpenAI's API also takes a list of parts."""
    if isinstance(content, list) and all(
        isinstance(p, dict) and isinstance(p.get("text"), str) for p in content
    ):
        return "".join(part["text"] for part in content)
    return content


def in_a_line(error: LabkitError) -> str:
    """What happened and why, for a client that shows one line."""
    return f"{error.what.rstrip('.')}: {error.why}"
