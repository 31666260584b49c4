"""The endpoints of the server, their authentication, and streamed responses."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from inspect import signature
from typing import Any

from pydantic import ValidationError
from transformers import PreTrainedTokenizerBase

from labkit.errors import LabkitError
from labkit.models import families, prompts
from labkit.models.local.model import LocalModel
from labkit.serve.protocol import (
    ApiError,
    ChatFormat,
    ChatRequest,
    CompletionRequest,
    Json,
    TextFormat,
    TextRequest,
    alternatives,
)
from labkit.serve.responses import Choice, Response
from labkit.serve.scheduler import Inbox, QueueFullError, Scheduler
from labkit.traces import SamplingParams

MAX_CHOICES = 32  # choices of one request: number of prompts times `n`
N_SEEDS = 2**63  # seeds are taken modulo this number
MIN_BODY_BYTES, BODY_BYTES_PER_TOKEN = (
    64_000,
    32,
)  # bytes allowed for any request, and for each token of the context
TEMPLATE_PARAMETERS = signature(PreTrainedTokenizerBase.apply_chat_template).parameters
# Arguments that control the rendering of a chat template, which clients may not set.
RESERVED_VARIABLES = {*TEMPLATE_PARAMETERS, "messages", "tok", "chat"} - {"kwargs"}
KEY_VARIABLE = "LABKIT_API_KEY"  # the client's environment variable for the key
App = Callable[[Any, Any, Any], Awaitable[None]]  # an ASGI application


class BearerAuth:
    """ASGI middleware for bearer-token authentication; `/health` is public. It logs nothing."""

    def __init__(self, app: App, token: str) -> None:
        self.app, self.token = app, token.encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers 401 to a request without the token."""
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            kind, _, key = headers.get(b"authorization", b"").partition(b" ")
            authorized = hmac.compare_digest(key.strip(), self.token) and kind.lower() == b"bearer"
            if not authorized and scope["path"] != "/health":
                why = "is wrong" if key else "is missing"
                message = f"The key {why}: set the environment variable {KEY_VARIABLE} to the one from your teacher."
                return await error_response(
                    ApiError(401, message, code="invalid_api_key", WWW_Authenticate="Bearer")
                )(scope, receive, send)
        await self.app(scope, receive, send)


class Endpoints:
    """The endpoints for one model.

    Args:
        model: the served model.
        scheduler: the scheduler of its rollouts.
    """

    def __init__(self, model: LocalModel, scheduler: Scheduler) -> None:
        self.model, self.scheduler = model, scheduler
        self._logged: set[str] = set()  # messages that the log has already

    async def health(self, request: Any) -> Any:
        """The state of the server; public."""
        from starlette.responses import JSONResponse

        scheduler = self.scheduler
        state = {
            "status": "ok" if scheduler.alive else "ended", "model": self.model.name, "places": scheduler.slots,
            "thinking": scheduler.running, "waiting": scheduler.queued, "served": scheduler.served,
            "tokens": scheduler.tokens,
        }  # fmt: skip
        return JSONResponse(state, 200 if scheduler.alive else 503)

    async def models(self, request: Any) -> Any:
        """A list with the served model; the model itself if the address has its name."""
        from starlette.responses import JSONResponse

        card = {"id": self.model.name, "object": "model", "created": 0, "owned_by": "labkit",
               "max_model_len": self.scheduler.context, "family": self.model.family,
               "tags": [self.model.tags.open, self.model.tags.close]}  # fmt: skip
        name = request.path_params.get("name", "")
        if name:
            self._check_name(name)
        return JSONResponse(card if name else {"object": "list", "data": [card]})

    async def chat(self, request: Any) -> App:
        """`/v1/chat/completions`."""
        body = await self._parse(request, ChatRequest)
        top = alternatives(body.top_logprobs) if body.logprobs else None
        # In a thread: a long prompt must not block the event loop.
        ids, note = await asyncio.to_thread(self._templated, body)
        format = ChatFormat(self.model.name, self.model.pieces, top, notes=self._notes(body, note))
        return await self._respond(request, body, [ids], format)

    async def text(self, request: Any) -> App:
        """`/v1/completions`: each text unchanged, with the begin token if the tokenizer adds one."""
        body = await self._parse(request, TextRequest)
        if body.echo and body.logprobs is not None:
            raise ApiError(
                400, "echo is not possible with logprobs: this server computes no logprobs of a prompt."
            )
        top = alternatives(body.logprobs) if body.logprobs is not None else None
        prompt_ids = await asyncio.to_thread(lambda: [self._encoded(prompt) for prompt in body.prompts])
        format = TextFormat(self.model.name, self.model.pieces, top, notes=self._notes(body))
        prefixes = [self._echo(prompt) for prompt in body.prompts] if body.echo else []
        return await self._respond(request, body, prompt_ids, format, prefixes)

    # -- internals -------------------------------------------------------------------------------

    async def _parse(self, request: Any, kind: Any) -> Any:
        """The validated request."""
        limit = max(MIN_BODY_BYTES, BODY_BYTES_PER_TOKEN * self.scheduler.context)
        try:
            body = kind.model_validate_json(await read_body(request, limit))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "the question"
            raise ApiError(400, f"{field} is not possible: {first['msg']}.") from None
        self._check_name(body.model)
        return body

    def _check_name(self, name: str) -> None:
        if name != self.model.name:
            message = f"The model {name!r} does not exist here; this server has {self.model.name!r}."
            raise ApiError(404, message, code="model_not_found")

    def _templated(self, body: ChatRequest) -> tuple[list[int], str]:
        """The prompt token ids, and a note about them for the client."""
        model, variables = self.model, dict(body.chat_template_kwargs or {})
        if reserved := sorted(
            RESERVED_VARIABLES & {*variables}
        ):  # the client's own template would run on this machine
            raise ApiError(
                400, f"{reserved[0]} is not possible: it is not a variable of the model's template."
            )
        if body.continue_final_message:
            variables |= {"add_generation_prompt": False, "continue_final_message": True}
        try:
            chat = prompts.messages([with_system_role(message) for message in body.messages])
            given, note = chat, ""
            effort, ignored = self._effort(body)
            variables = effort | variables
            if not body.continue_final_message:
                given, note = prompts.as_trained(model.tokenizer, chat, name=model.name, family=model.family)
            if given != chat:
                note = f"The prompt was read as: {given[-1]['content']} {note}".rstrip()
            note = f"{note} {ignored}".strip()
            return prompts.encode(
                model.tokenizer, prompts.templated(model.tokenizer, given, **variables)
            ), note
        except LabkitError as error:
            raise ApiError(400, one_line(error)) from None
        except (TypeError, ValueError) as error:  # variables that the template does not accept
            raise ApiError(400, f"The chat template refuses: {str(error)[:200]}") from None

    def _effort(self, body: ChatRequest) -> tuple[Json, str]:
        """The variables of the template for `reasoning_effort`, and a note if the model has none for it."""
        effort, model = body.reasoning_effort, self.model
        if effort is None or body.chat_template_kwargs:
            return {}, ""
        thinking = False if effort == "none" and families.named(model.family).switch else effort
        try:
            return dict(families.thinking_kwargs(model.tokenizer, thinking, model.name, model.family)), ""
        except LabkitError as error:
            return {}, f"reasoning_effort is ignored: {error.why}"

    def _encoded(self, prompt: str | list[int]) -> list[int]:
        """The token ids of a prompt for the older endpoint."""
        tok = self.model.tokenizer
        ids = prompt if isinstance(prompt, list) else list(tok.encode(prompt))
        if not ids:
            raise ApiError(400, "The prompt is empty: a model continues a text.")
        if max(ids) >= len(tok):
            message = f"{self.model.name} has no token {max(ids):,}: its tokens are 0 to {len(tok) - 1:,}."
            raise ApiError(400, message)
        return ids

    def _echo(self, prompt: str | list[int]) -> str:
        """The text of a prompt, to be put before its completion."""
        if isinstance(prompt, str):
            return prompt
        return b"".join(self.model.pieces.bytes(id) for id in prompt).decode("utf-8", "replace")

    def _notes(self, body: CompletionRequest, note: str = "") -> list[str]:
        """The notes for the client; an ignored penalty is also logged once."""
        ignored = [f"{name} is ignored: this server draws without penalties." for name in body.ignored]
        for sentence in ignored:
            if sentence not in self._logged:
                self._logged.add(sentence)
                print(sentence, flush=True)
        return [note, *ignored] if note else ignored

    def _settings(self, body: CompletionRequest, prompt: int, index: int) -> SamplingParams:
        """The sampling settings of choice `index`; each choice has its own seed."""
        context = self.scheduler.context
        if prompt >= context:
            name = self.model.name
            message = (
                f"The prompt has {prompt:,} tokens, and the context length of {name} is {context:,} here"
            )
            raise ApiError(
                400, f"{message}: thought and answer must fit behind it.", code="context_length_exceeded"
            )
        requested = body.max_completion_tokens or body.max_tokens or context
        temperature, top_p, top_k = families.sampling(
            self.model.name, body.temperature, body.top_p, body.top_k, family=self.model.family
        )
        seed = ((body.seed or 0) + index) % N_SEEDS
        try:
            return SamplingParams.validated(
                temperature=temperature, top_p=top_p, top_k=top_k, seed=seed,
                max_new_tokens=min(requested, context - prompt),
            )  # fmt: skip
        except LabkitError as error:
            raise ApiError(400, one_line(error)) from None

    async def _respond(
        self,
        request: Any,
        body: CompletionRequest,
        prompt_ids: Sequence[list[int]],
        format: ChatFormat,
        prefixes: Sequence[str] = (),
    ) -> App:
        """The response to prompts, with `body.n` choices for each, in order."""
        from starlette.responses import JSONResponse, StreamingResponse

        limit = min(MAX_CHOICES, self.scheduler.slots + self.scheduler.max_queued)
        if not 1 <= len(prompt_ids) * body.n <= limit:
            message = (
                f"{len(prompt_ids)} prompts, {body.n} answers each, are not possible: 1 to {limit} at a time."
            )
            raise ApiError(400, message)
        rollouts = [(ids, self._settings(body, len(ids), i)) for ids in prompt_ids for i in range(body.n)]
        inbox: Inbox = asyncio.Queue()
        try:
            queued = self.scheduler.submit(rollouts, inbox)
        except QueueFullError as error:
            message = f"Too many rollouts are running; retry in {error.seconds} seconds."
            raise ApiError(429, message, code="rate_limit_exceeded", Retry_After=str(error.seconds)) from None
        choices = [
            Choice(i, queued_request, self.model.pieces, stops=body.stop, end_ids=self.model.end_ids,
                   prefix=prefixes[i // body.n] if prefixes else "")
            for i, queued_request in enumerate(queued)
        ]  # fmt: skip
        usage = bool(body.stream_options and body.stream_options.include_usage)
        response = Response(format, choices, inbox, n_prompt_tokens=sum(map(len, prompt_ids)), usage=usage)
        note_header = (
            {prompts.NOTE: " ".join(format.notes).encode("ascii", "replace").decode()} if format.notes else {}
        )
        if body.stream:
            headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no", **note_header}
            return stop_on_disconnect(
                StreamingResponse(response.events(), media_type="text/event-stream", headers=headers),
                response,
            )
        try:
            return JSONResponse(await response.complete(request), headers=note_header)
        finally:
            response.cancel()


async def read_body(request: Any, limit: int) -> bytes:
    """The request body, counted while it arrives: the length header may be wrong or missing."""
    sent = bytearray()
    async for piece in request.stream():
        sent += piece
        if len(sent) > limit:
            raise ApiError(413, f"The question is too large: {limit:,} bytes may be sent.")
    return bytes(sent)


def stop_on_disconnect(app: App, response: Response) -> App:
    """Wraps an app that sends a response: when it ends, also by a disconnect, the rollouts are cancelled."""

    async def run(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        finally:
            response.cancel()

    return run


def build(model: LocalModel, scheduler: Scheduler, token: str) -> App:
    """Builds the server as an ASGI app."""
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.routing import Route

    endpoints = Endpoints(model, scheduler)
    routes = [
        Route("/health", endpoints.health),
        Route("/v1/models", endpoints.models),
        Route("/v1/models/{name:path}", endpoints.models),
        Route("/v1/chat/completions", endpoints.chat, methods=["POST"]),
        Route("/v1/completions", endpoints.text, methods=["POST"]),
    ]

    async def api_error(request: Any, error: Any) -> Any:
        return error_response(error)

    async def http_error(request: Any, error: Any) -> Any:
        return error_response(ApiError(error.status_code, f"{request.url.path}: {error.detail}."))

    async def server_error(request: Any, error: Exception) -> Any:
        return error_response(ApiError(500, f"The server could not answer this: {type(error).__name__}."))

    handlers = {ApiError: api_error, HTTPException: http_error, Exception: server_error}
    server = Starlette(routes=routes, exception_handlers=handlers)
    server.router.redirect_slashes = False  # a redirect would send a client to the host of the Host header
    return BearerAuth(server, token)


def error_response(error: ApiError) -> Any:
    """The response for an error."""
    from starlette.responses import JSONResponse

    return JSONResponse(error.body, error.status, error.headers)


def with_system_role(message: Json) -> Json:
    """A message in the form that chat templates expect; OpenAI's newer role `developer` becomes `system`."""
    role = "system" if message.get("role") == "developer" else message.get("role")
    return {**message, "role": role, "content": joined_text(message.get("content"))}


def joined_text(content: Any) -> Any:
    """The text of a message; OpenAI's API also accepts a list of parts."""
    if isinstance(content, list) and all(
        isinstance(p, dict) and isinstance(p.get("text"), str) for p in content
    ):
        return "".join(part["text"] for part in content)
    return content


def one_line(error: LabkitError) -> str:
    """The error on one line, for clients that show only one."""
    return f"{error.what.rstrip('.')}: {error.why}"
