"""A model behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, `transformers serve`.

It works like a local model: the same view, the same `Trace`, and Stop keeps the partial trace. Missing data
stays missing: without logprobs from the server their column is empty, and the network on the server cannot be
inspected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING, Any, ClassVar

from labkit._arguments import checks_arguments
from labkit._host import session
from labkit._host.notebook import in_notebook, warn
from labkit._host.untrusted import parse_json
from labkit._names import NoSuchAttributeError
from labkit._printable import printable
from labkit.errors import BadArgument, Unsupported
from labkit.models import families, prompts
from labkit.models.base import LanguageModel, NearestName, check_max_new_tokens, check_rollouts
from labkit.models.catalog import Entry
from labkit.models.local.recorder import TOP_K
from labkit.models.prompts import Prompt
from labkit.models.reading_tags import reading_as
from labkit.models.remote import client as address
from labkit.models.remote import errors
from labkit.models.remote.identify import (
    announced_reading,
    display_name,
    entry_of,
    family_of,
    thinking_body,
    tokenizer_of,
)
from labkit.models.remote.recorder import RemoteRecorder
from labkit.models.remote.request import ChatRequest, Message
from labkit.models.remote.streaming import CompletionStream, StreamReader, run
from labkit.models.runtime import generation_thread
from labkit.traces import ProblemRecord, SamplingParams, Trace, TraceGroup
from labkit.traces.builder import SyntheticVocabulary
from labkit.traces.families import Thinking

DEFAULT_MAX_TOKENS = 4_096  # default number of requested tokens
GROUP_TIMEOUT = 10 * errors.TIMEOUT_SECONDS  # timeout of a silent server, if requests wait for each other
NOTES = 8  # distinct notes of a server that are shown after a request or a group
NAME = 300  # longest accepted model name, in characters
ON_THE_SERVER = ("network", "tokenizer", "pieces", "end_ids", "precision")
SEEDS = 2**63  # seeds wrap around
NO_LIMIT = {"vllm": -1, "sglang": -1}  # encoding of top-k 0: SGLang and older vLLM reject 0
if TYPE_CHECKING:
    from labkit.models.local.model import LocalModel


class RemoteModel(NearestName, LanguageModel):
    """A model behind a server; `labkit.load("http://host:8000/v1")` makes it.

    Args:
        url: the base URL of the server's API.
        model: the server's name of the model; by default the only model that it lists.

    Attributes:
        url: the base URL.
        served_name: the server's name of the model; `name` is the same, or the last part of a path.
        backend: the owner that the server reports ("vllm", "llamacpp", "library" for Ollama), or "".

    Raises:
        LabkitError: `openai` is not installed, no server answers, the server requires a key, or it lists several
            models and `model` is missing.
    """

    is_local = False
    _announced: tuple[str, families.Tags | None] = ("", None)  # family and tags, by labkit serve
    renamed: ClassVar = {"asked_as": "served_name", "served_by": "backend"}

    def __init__(self, url: str, model: str | None = None) -> None:
        self.url = address.parse_url(url)
        self._key = address.api_key_for(self.url)
        self.client = address.open_client(self.url, self._key)
        self.offered: list[str] = []
        self.backend = ""
        self.served_name = self._named(model)
        self.name = display_name(self.served_name)
        family, tags = self._announced
        self.family = family or family_of(self.name)
        if tags is not None:
            self.tags = tags
        self.notes: set[str] = set()  # the server's notes about prompts
        self.continuation_strategy: tuple[str, bool] | None = (
            None  # the working continuation format, from `continuation_check`
        )
        self._opens = bool(self.entry and self.entry.opened)
        session.MODELS.add(self)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Explains why the parts of a local model are missing; any other unknown name gets the nearest name."""
            if name in ON_THE_SERVER:
                raise NoSuchAttributeError(**self._on_server(name))
            return super().__getattr__(name)

    def local(self) -> LocalModel:
        """Refuses: network and tokenizer are on the server.

        Raises:
            Unsupported: always, with an alternative.
        """
        raise Unsupported(**self._on_server("network"))

    @property
    def entry(self) -> Entry | None:
        """The catalog entry of the model."""
        return entry_of(self.name)

    @cached_property
    def tags(self) -> families.Tags:
        """The tags that delimit the reasoning, from the family."""
        return families.named(self.family).tags

    @cached_property
    def template(self) -> Any:
        """A local tokenizer of the model, for its chat template. Returns None if this machine has none."""
        return tokenizer_of(self.served_name)

    @checks_arguments
    def think(
        self, prompt: Prompt, *, temperature: float | None = None, top_p: float | None = None,
        top_k: int | None = None, max_new_tokens: int | None = None, seed: int = 0, thinking: Thinking = None,
        show: bool | None = None, capture: Any = None, family: str = "", tags: Sequence[str] | None = None,
    ) -> Trace:  # fmt: skip
        """Generates one thought and its answer; see `labkit.models.Model.think`.

        Stop, Interrupt and a broken connection keep the partial trace. `labkit serve` tells the family and the tags of
        its model.

        Args:
            top_k: supported by vLLM, SGLang, llama.cpp and labkit serve, 0 for all; by default the server's value.
            thinking: False turns thinking off for a model with a switch (Qwen3, SmolLM3); gpt-oss
                takes `"low"`, `"medium"` or `"high"`.

        The other arguments are those of `Model.think`.

        Raises:
            LabkitError: invalid arguments, or the server refuses or does not answer.
        """
        if capture is not None:
            self.local()
        model = reading_as(self, family, tags)
        chat, extra_body = prompts.messages(prompt), model._extra_body(thinking, top_k)
        settings = model._settings(temperature, top_p, top_k, max_new_tokens, seed)
        stop = Event()
        reader, question = StreamReader(stop), partial_call(self.ask, chat, settings, extra_body)
        head = model._head(chat, settings, thinking=thinking, problem=prompts.record_of(prompt))
        recorder = model.recorder(head, thinking_off=families.is_off(thinking))
        # The request starts at the first step, when the view with its Stop button is shown.
        most = settings.max_new_tokens
        steps = reader.record((reader.open(question, most, chat[-1]["content"]), one) for one in [recorder])
        shown = bool(show or (show is None and in_notebook()))
        trace = (
            generation_thread.run_shown(steps, recorder, stop)
            if shown
            else generation_thread.run(steps, [recorder], stop)[0]
        )
        self.warn_truncated([recorder])
        trace = model._done(trace, chat, extra_body, thinking)
        session.RESULTS.add(trace)
        return trace

    @checks_arguments
    def sample(
        self, prompt: Prompt, *, n: int = 16, temperature: float | None = None, top_p: float | None = None,
        top_k: int | None = None, max_new_tokens: int | None = None, seed: int = 0, thinking: Thinking = None,
        family: str = "", tags: Sequence[str] | None = None,
    ) -> TraceGroup:  # fmt: skip
        """Samples `n` rollouts, eight at a time, with consecutive seeds; see `Model.sample`.

        Interrupt keeps the tokens of every rollout so far.

        Raises:
            LabkitError: as `think`.
        """
        check_rollouts(n)
        model = reading_as(self, family, tags)
        chat, extra_body = prompts.messages(prompt), model._extra_body(thinking, top_k)
        settings = model._settings(temperature, top_p, top_k, max_new_tokens, seed)
        recorders: list[RemoteRecorder] = []
        reader = StreamReader(Event())

        def answers() -> Iterator[tuple[CompletionStream, RemoteRecorder]]:
            for i in range(n):
                drawn = settings.model_copy(update={"seed": (seed + i) % SEEDS})
                head = model._head(chat, drawn, thinking=thinking, problem=prompts.record_of(prompt))
                recorders.append(model.recorder(head, thinking_off=families.is_off(thinking)))
                question = partial_call(self.ask, chat, drawn, extra_body, GROUP_TIMEOUT)
                yield reader.open(question, drawn.max_new_tokens, chat[-1]["content"]), recorders[-1]

        traces = generation_thread.run_counted(reader.record(answers()), recorders, n, reader.stop)
        self.warn_truncated(recorders)
        group = TraceGroup(tuple(model._done(trace, chat, extra_body, thinking) for trace in traces))
        session.RESULTS.add(group)
        return group

    def new_token_limit(self, prompt_tokens: int, requested: int | None) -> int:
        """The number of tokens to request. Only the server knows its context, and refuses a request that exceeds it.

        Raises:
            LabkitError: `requested` is not a whole number from 1.
        """
        if requested is None:
            return DEFAULT_MAX_TOKENS
        check_max_new_tokens(requested)
        return requested

    def __repr__(self) -> str:
        return f"RemoteModel({self.name} at {self.url})"

    # -- internals -------------------------------------------------------------------------------

    async def ask(
        self,
        chat: list[Message],
        settings: SamplingParams,
        extra_body: dict[str, Any],
        patience: float | None = None,
    ) -> Any:
        """Sends a request to the chat endpoint; returns its stream, with logprobs if the server has them.

        Args:
            extra_body: extra body arguments, which `openai` does not know.
            patience: timeout of a silent server, in seconds.

        Raises:
            LabkitError: the server refuses.
        """
        create = self.client.chat.completions.create
        return await self.stream(create, settings, patience, {"logprobs": True, "top_logprobs": TOP_K}, messages=chat,
                           extra_body=extra_body)  # fmt: skip

    async def stream(
        self, create: Callable[..., Any], settings: SamplingParams, patience: float | None, logprobs: dict[str, Any],
        **arguments: Any,
    ) -> Any:  # fmt: skip
        """A stream from one of the endpoints; retries without `logprobs` if the server refuses them.

        Raises:
            LabkitError: the server refuses, or the response is not a stream.
        """
        arguments |= {
            "model": self.served_name, "stream": True, "temperature": settings.temperature, "top_p": settings.top_p,
            "max_tokens": settings.max_new_tokens, "seed": settings.seed, "timeout": patience or errors.TIMEOUT_SECONDS,
        }  # fmt: skip
        if settings.top_k:
            arguments["extra_body"] = {**arguments["extra_body"], "top_k": settings.top_k}
        openai = errors.import_openai()
        try:
            try:
                messages = await create(**arguments, **logprobs)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if "logprobs" not in str(error):
                    raise
                messages = await create(**arguments)
        except openai.OpenAIError as error:
            raise errors.to_labkit_error(error, self.url, self.served_name, self.offered, self._key) from None
        kind = messages.response.headers.get("content-type", "")
        if kind and "event-stream" not in kind:  # the sign-in page of a proxy
            await messages.close()
            raise errors.no_stream_error(self.url, kind)
        if (note := messages.response.headers.get(prompts.NOTE, "")) and len(self.notes) < NOTES:
            self.notes.add(errors.redact(note, self._key)[:500])
        return messages

    def recorder(
        self, head: Trace, vocabulary: SyntheticVocabulary | None = None, *, thinking_off: bool = False
    ) -> RemoteRecorder:
        """A recorder for one response of this model."""
        vocabulary = vocabulary or SyntheticVocabulary()
        return RemoteRecorder(head, vocabulary, tags=self.tags, thinking_off=thinking_off)

    def warn_truncated(self, recorders: list[RemoteRecorder]) -> None:
        """Warns of a broken connection, and shows the server's notes about the prompts."""
        while self.notes:
            warn(self.notes.pop(), stacklevel=4)
        broken = [r for r in recorders if r.broken is not None]
        if broken:
            tokens = sum(len(r.ids) for r in broken)
            why = errors.redact(broken[0].broken or "", self._key)[:120]
            warn(f"{self.url} broke off after {tokens} tokens ({why}); they are kept.", stacklevel=4)

    def _head(
        self,
        chat: list[Message],
        settings: SamplingParams,
        *,
        thinking: Thinking,
        problem: ProblemRecord | None,
    ) -> Trace:
        """An empty trace. Whether the server's template opens the thought is known from the catalog or before."""
        several = "\n\n".join(f"{m['role']}: {m['content']}" for m in chat) if len(chat) > 1 else ""
        return Trace(
            model=self.name, family=self.family, prompt=chat[-1]["content"], prompt_text=several, text="",
            open_tag=self.tags.open, close_tag=self.tags.close, finish="interrupted", settings=settings,
            opened=(self._opens or not self.tags.open) and not families.is_off(thinking), problem=problem,
        )  # fmt: skip

    def _done(
        self, trace: Trace, chat: list[Message], extra_body: dict[str, Any], thinking: Thinking
    ) -> Trace:
        """Attaches the model and the request to the trace."""
        parts, tags = trace.parts, self.tags
        if parts.closed and not trace.opened and tags.open not in trace.text:
            self._opens = True  # only the closing tag: the template wrote the opening one
            trace = trace.model_copy(update={"opened": True})
        if families.is_off(thinking) and trace.thinking:
            warn(f"{self.name} thought all the same: {self.url} does not pass the switch on.", stacklevel=4)
        return trace.attach(language_model=self, request=ChatRequest(chat, extra_body))

    def _extra_body(self, thinking: Thinking, top_k: int | None) -> dict[str, Any]:
        """The extra body arguments. The settings cannot supply `top_k`: their 0 also means the server's default."""
        all_of_them = {"top_k": NO_LIMIT.get(self.backend, 0)} if top_k == 0 else {}
        return {**thinking_body(self.name, self.backend, thinking, self.family), **all_of_them}

    def _settings(
        self, temperature: float | None, top_p: float | None, top_k: int | None, max_new_tokens: int | None,
        seed: int,
    ) -> SamplingParams:  # fmt: skip
        name = self.entry.name if self.entry else self.name
        # OpenAI's API lacks top-k, and other servers have a default for their model: top-k is sent only if given.
        temperature, top_p, _ = families.sampling(name, temperature, top_p, top_k, family=self.family)
        return SamplingParams.validated(
            temperature=temperature, top_p=top_p, top_k=top_k or 0, seed=seed,
            max_new_tokens=self.new_token_limit(0, max_new_tokens),
        )  # fmt: skip

    def _named(self, model: str | None) -> str:
        """The server's name of the model. A given name is not checked: some servers do not list all their models."""
        if model is not None and (not isinstance(model, str) or not model.strip()):
            raise BadArgument(f"model={model!r} is not possible.", why="it is what the server calls the model, a text.",
                              next=f'labkit.load("{self.url}")')  # fmt: skip
        openai = errors.import_openai()
        try:
            answer = run(self.client.models.with_raw_response.list())
            listed: Any = parse_json(answer.content)["data"] or []  # Ollama without models sends None
            self.offered = [printable(str(row["id"]))[:NAME] for row in listed]
            rows = {str(row["id"]): row for row in listed}
            self._announced = announced_reading(
                rows.get(model) if model else listed[0] if len(listed) == 1 else None
            )
            self.backend = next((printable(str(row.get("owned_by") or "")) for row in listed), "")[:NAME]
        except (ValueError, KeyError, TypeError, AttributeError):  # not JSON, or unexpected JSON
            raise errors.no_server_error(self.url) from None
        except openai.APIStatusError as error:
            unable = error.status_code == 500  # `transformers serve` without a hub cache
            if error.status_code in (401, 403) or (model is None and not unable):
                raise errors.to_labkit_error(error, self.url, "", [], self._key) from None
        except openai.OpenAIError as error:
            raise errors.to_labkit_error(error, self.url, "", [], self._key) from None
        if model is not None:
            return model
        if len(self.offered) == 1:
            return self.offered[0]
        raise errors.several_models_error(self.url, self.offered)

    def _on_server(self, part: str) -> dict[str, str]:
        """The three parts of the error for a part of the model that is not in this process."""
        return {
            "what": f"{self.name} cannot be looked into from here: its {part} is elsewhere.",
            "why": "it runs on a server, which sends text and log-probabilities and nothing of its inside.",
            "next": 'model = labkit.load("r1-mini")  # attention, lenses and patches need a model in this process',
        }


def partial_call(ask: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
    """A deferred request."""
    return lambda: ask(*arguments)
