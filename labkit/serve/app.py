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
from labkit.serve.answers import Answer, Choice
from labkit.serve.desk import Desk, FullError, Inbox
from labkit.serve.wire import Asked, Chat, ChatAsked, Json, RefusalError, Text, TextAsked, alternatives
from labkit.traces import SamplingParams

CHOICES = 32  # choices of one request: number of prompts times `n`
SEEDS = 2**63  # seeds are taken modulo this number
SMALLEST, A_TOKEN = 64_000, 32  # bytes allowed for any request, and for each token of the context
APPLIES = signature(PreTrainedTokenizerBase.apply_chat_template).parameters
# Arguments that control the rendering of a chat template, which clients may not set.
NOT_THEIRS = {*APPLIES, "messages", "tok", "chat"} - {"kwargs"}
KEY = "LABKIT_API_KEY"  # the client's environment variable for the key
App = Callable[[Any, Any, Any], Awaitable[None]]  # an ASGI application


class Doorkeeper:
    """ASGI middleware for bearer-token authentication; `/health` is public. It logs nothing."""

    def __init__(self, inner: App, token: str) -> None:
        self.inner, self.token = inner, token.encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answers 401 to a request without the token."""
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
    """The endpoints for one model.

    Args:
        model: the served model.
        desk: its scheduler.
    """

    def __init__(self, model: LocalModel, desk: Desk) -> None:
        self.model, self.desk = model, desk
        self.logged: set[str] = set()  # messages that are in the log already

    async def health(self, request: Any) -> Any:
        """The state of the server; public."""
        from starlette.responses import JSONResponse

        desk = self.desk
        said = {
            "status": "ok" if desk.alive else "ended", "model": self.model.name, "places": desk.places,
            "thinking": desk.thinking, "waiting": desk.waiting, "served": desk.served, "tokens": desk.tokens,
        }  # fmt: skip
        return JSONResponse(said, 200 if desk.alive else 503)

    async def models(self, request: Any) -> Any:
        """A list with the served model; the model itself if the address has its name."""
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
        # In a thread: a long prompt must not block the event loop.
        ids, note = await asyncio.to_thread(self._templated, asked)
        style = Chat(self.model.name, self.model.pieces, top, notes=self._notes(asked, note))
        return await self._answer(request, asked, [ids], style)

    async def text(self, request: Any) -> App:
        """`/v1/completions`: each text unchanged, with the begin token if the tokenizer adds one."""
        asked = await self._asked(request, TextAsked)
        if asked.echo and asked.logprobs is not None:
            raise RefusalError(400, "echo is not possible with logprobs: this server has none of a prompt.")
        top = alternatives(asked.logprobs) if asked.logprobs is not None else None
        prompts_ids = await asyncio.to_thread(lambda: [self._encoded(prompt) for prompt in asked.prompts])
        style = Text(self.model.name, self.model.pieces, top, notes=self._notes(asked))
        prefixes = [self._echo(prompt) for prompt in asked.prompts] if asked.echo else []
        return await self._answer(request, asked, prompts_ids, style, prefixes)

    # -- internals -------------------------------------------------------------------------------

    async def _asked(self, request: Any, kind: Any) -> Any:
        """The validated request."""
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
        """The prompt token ids, and a note about them for the client."""
        model, told = self.model, dict(asked.chat_template_kwargs or {})
        if ours := sorted(NOT_THEIRS & {*told}):  # the client's own template would run on this machine
            raise RefusalError(400, f"{ours[0]} is not possible: it is no variable of the model's template.")
        if asked.continue_final_message:
            told |= {"add_generation_prompt": False, "continue_final_message": True}
        try:
            chat = prompts.messages([plain(message) for message in asked.messages])
            given, note = chat, ""
            if not asked.continue_final_message:
                given, note = prompts.as_trained(model.tokenizer, chat, name=model.name, family=model.family)
            if given != chat:
                note = f"The prompt was read as: {given[-1]['content']} {note}".rstrip()
            return prompts.encode(model.tokenizer, prompts.templated(model.tokenizer, given, **told)), note
        except LabkitError as error:
            raise RefusalError(400, in_a_line(error)) from None
        except (TypeError, ValueError) as error:  # variables that the template does not accept
            raise RefusalError(400, f"The chat template refuses: {str(error)[:200]}") from None

    def _encoded(self, prompt: str | list[int]) -> list[int]:
        """The token ids of a prompt for the older endpoint."""
        tok = self.model.tokenizer
        ids = prompt if isinstance(prompt, list) else list(tok.encode(prompt))
        if not ids:
            raise RefusalError(400, "The prompt is empty: a model goes on from a text, and here is none.")
        if max(ids) >= len(tok):
            message = f"{self.model.name} has no token {max(ids):,}: its tokens are 0 to {len(tok) - 1:,}."
            raise RefusalError(400, message)
        return ids

    def _echo(self, prompt: str | list[int]) -> str:
        """The text of a prompt, to be put before its completion."""
        if isinstance(prompt, str):
            return prompt
        return b"".join(self.model.pieces.bytes(id) for id in prompt).decode("utf-8", "replace")

    def _notes(self, asked: Asked, note: str = "") -> list[str]:
        """The notes for the client; an ignored penalty is also logged once."""
        ignored = [f"{name} is ignored: this server draws without penalties." for name in asked.ignored]
        for sentence in ignored:
            if sentence not in self.logged:
                self.logged.add(sentence)
                print(sentence, flush=True)
        return [note, *ignored] if note else ignored

    def _settings(self, asked: Asked, prompt: int, index: int) -> SamplingParams:
        """The sampling settings of choice `index`; each choice has its own seed."""
        context = self.desk.context
        if prompt >= context:
            said = f"The prompt has {prompt:,} tokens, and the context length of {self.model.name} is {context:,} here"
            raise RefusalError(
                400, f"{said}: thought and answer must fit behind it.", code="context_length_exceeded"
            )
        wanted = asked.max_completion_tokens or asked.max_tokens or context
        temperature, top_p, top_k = families.sampling(
            self.model.name, asked.temperature, asked.top_p, asked.top_k, family=self.model.family
        )
        seed = ((asked.seed or 0) + index) % SEEDS
        try:
            return SamplingParams.checked(
                temperature=temperature, top_p=top_p, top_k=top_k, seed=seed,
                max_new_tokens=min(wanted, context - prompt),
            )  # fmt: skip
        except LabkitError as error:
            raise RefusalError(400, in_a_line(error)) from None

    async def _answer(
        self,
        request: Any,
        asked: Asked,
        prompts_ids: Sequence[list[int]],
        style: Chat,
        prefixes: Sequence[str] = (),
    ) -> App:
        """The response to prompts, with `asked.n` choices for each, in order."""
        from starlette.responses import JSONResponse, StreamingResponse

        most = min(CHOICES, self.desk.places + self.desk.most_waiting)
        if not 1 <= len(prompts_ids) * asked.n <= most:
            message = f"{len(prompts_ids)} prompts, {asked.n} answers each, are not possible: 1 to {most} at a time."
            raise RefusalError(400, message)
        rollouts = [(ids, self._settings(asked, len(ids), i)) for ids in prompts_ids for i in range(asked.n)]
        inbox: Inbox = asyncio.Queue()
        try:
            thoughts = self.desk.ask(rollouts, inbox)
        except FullError as full:
            said = f"Too many are thinking already; again in {full.seconds} seconds."
            raise RefusalError(429, said, code="rate_limit_exceeded", Retry_After=str(full.seconds)) from None
        choices = [
            Choice(i, thought, self.model.pieces, stops=asked.stop, ends=self.model.end_ids,
                   prefix=prefixes[i // asked.n] if prefixes else "")
            for i, thought in enumerate(thoughts)
        ]  # fmt: skip
        usage = bool(asked.stream_options and asked.stream_options.include_usage)
        answer = Answer(style, choices, inbox, prompts=sum(map(len, prompts_ids)), usage=usage)
        noted = (
            {prompts.NOTE: " ".join(style.notes).encode("ascii", "replace").decode()} if style.notes else {}
        )
        if asked.stream:
            calm = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no", **noted}
            return until_gone(
                StreamingResponse(answer.events(), media_type="text/event-stream", headers=calm), answer
            )
        try:
            return JSONResponse(await answer.at_once(request), headers=noted)
        finally:
            answer.cancel()


async def body(request: Any, most: int) -> bytes:
    """The request body, counted while it arrives: the length header may be wrong or missing."""
    sent = bytearray()
    async for piece in request.stream():
        sent += piece
        if len(sent) > most:
            raise RefusalError(413, f"The question is too large: {most:,} bytes may be sent.")
    return bytes(sent)


def until_gone(response: App, answer: Answer) -> App:
    """Wraps a response: when it ends, also by a disconnect, its rollouts are cancelled."""

    async def run(scope: Any, receive: Any, send: Any) -> None:
        try:
            await response(scope, receive, send)
        finally:
            answer.cancel()

    return run


def build(model: LocalModel, desk: Desk, token: str) -> App:
    """Builds the server as an ASGI app."""
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
    server.router.redirect_slashes = False  # a redirect would send a client to the host of the Host header
    return Doorkeeper(server, token)


def refused(refusal: RefusalError) -> Any:
    """The response for an error."""
    from starlette.responses import JSONResponse

    return JSONResponse(refusal.body, refusal.status, refusal.headers)


def plain(message: Json) -> Json:
    """A message in the form that chat templates expect; OpenAI's newer role `developer` becomes `system`."""
    role = "system" if message.get("role") == "developer" else message.get("role")
    return {**message, "role": role, "content": flat(message.get("content"))}


def flat(content: Any) -> Any:
    """The text of a message; OpenAI's API also accepts a list of parts."""
    if isinstance(content, list) and all(
        isinstance(p, dict) and isinstance(p.get("text"), str) for p in content
    ):
        return "".join(part["text"] for part in content)
    return content


def in_a_line(error: LabkitError) -> str:
    """The error on one line, for clients that show only one."""
    return f"{error.what.rstrip('.')}: {error.why}"
