"""A model behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, Ollama, `transformers serve`.

It thinks as a model in this process does: into the same view, Stop keeps what there is, the same `Trace`.
What a server does not send is not made up: without log-probabilities their column is empty, and a network
that lies elsewhere cannot be looked into.

Token ids are not sent either. A trace needs some, so the texts that came are numbered in their order.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any, NoReturn, cast

from labkit._notebook import in_notebook
from labkit.errors import LabkitError
from labkit.models import families, prompts, worker
from labkit.models.model import TOP_K, Model, check_settings
from labkit.models.pieces import Pieces
from labkit.models.prompts import Prompt
from labkit.models.recorder import Recorder
from labkit.traces import Settings, Tokens, Trace, TraceGroup

KEYS = ("LABKIT_API_KEY", "OPENAI_API_KEY")
SECONDS = 60.0  # without a word from the server
TICK = 0.05  # seconds between looks at Stop while the server says nothing
MOST = 4_096  # tokens to ask for, if nobody says how many
CLOSE = "</think>\n\n"
SERVED = "its server fills in the chat template, and most ignore what they do not know."


@dataclass(frozen=True)
class Said:
    """What one message of a stream holds: a piece of text, and what is known of it.

    `thought` says that the server sent it as reasoning, beside the content.
    """

    text: str
    thought: bool = False
    bytes: bytes | None = None
    logprob: float | None = None
    top: tuple[tuple[str, float], ...] = ()


@dataclass
class Vocabulary:
    """The texts that came, numbered in their order; stands in for `Pieces`."""

    ids: dict[bytes, int] = field(default_factory=dict)
    known: list[bytes] = field(default_factory=list)

    def id(self, raw: bytes) -> int:
        """The number of a text."""
        if raw not in self.ids:
            self.ids[raw] = len(self.known)
            self.known.append(raw)
        return self.ids[raw]

    def bytes(self, token: int) -> bytes:
        """What a token adds to the text."""
        return self.known[token]

    def text(self, token: int) -> str:
        """What to show for it."""
        return self.known[token].decode("utf-8", "replace")


@dataclass
class Received(Recorder):
    """A recorder that leaves empty what the server did not send.

    Attributes:
        dumb: a token came without its log-probability, so that there is no column of them.
    """

    dumb: bool = False

    def _tokens(self, start: int, end: int, sizes: list[int]) -> Tokens:
        whole = super()._tokens(start, end, sizes)
        unknown: dict[str, Any] = {"entropies": []}
        if self.dumb:
            unknown |= {"logprobs": [], "top_ids": [], "top_logprobs": []}
        return whole.model_copy(update=unknown)

    def hear(self, said: Said, vocabulary: Vocabulary, now: float) -> None:
        """One piece of text."""
        raw = said.bytes if said.bytes is not None else said.text.encode("utf-8", "replace")
        self.dumb = self.dumb or said.logprob is None
        top = [vocabulary.id(text.encode("utf-8", "replace")) for text, _ in said.top]
        chances = [p for _, p in said.top]
        self.logprobs.append(round(min(said.logprob or 0.0, 0.0), 6))
        self.entropies.append(0.0)
        self.times.append(round(now, 4))
        self.top_ids.append(top)
        self.top_logprobs.append([round(min(p, 0.0), 6) for p in chances])
        self.ids.append(vocabulary.id(raw))


class RemoteModel(Model):
    """A model behind a server; made by `labkit.load("http://host:8000/v1")`.

    Args:
        url: where the server's API begins.
        model: what the server calls it; by default the only one that it offers.

    Raises:
        LabkitError: `openai` is not installed, no server answers, it wants a key, or offers several models
            and none was named.
    """

    def __init__(self, url: str, model: str | None = None) -> None:
        key = next((os.environ[name] for name in KEYS if os.environ.get(name)), "none")
        self.url = url.rstrip("/")
        self._client = _library().OpenAI(base_url=self.url, api_key=key, timeout=SECONDS, max_retries=2)
        self._offered: list[str] = []
        self.name, self.family = self._named(model), "remote"

    @property
    def network(self) -> Any:  # type: ignore[override]
        """There is none here.

        Raises:
            LabkitError: always, with what to do instead.
        """
        raise self._elsewhere("network")

    @property
    def tokenizer(self) -> Any:  # type: ignore[override]
        """There is none here.

        Raises:
            LabkitError: always, with what to do instead.
        """
        raise self._elsewhere("tokenizer")

    def think(
        self, prompt: Prompt, *, temperature: float | None = None, top_p: float | None = None,
        max_new_tokens: int | None = None, seed: int = 0, thinking: bool | None = None, show: bool | None = None,
        capture: Any = None,
    ) -> Trace:  # fmt: skip
        """Lets the model think once; see `labkit.models.Model.think`.

        Stop, Interrupt and a server that dies keep what has come.

        Raises:
            LabkitError: bad arguments, or the server refuses or does not answer.
        """
        if capture is not None:
            raise self._elsewhere("network")
        families.unswitched(thinking, self.name, SERVED)
        drawn = families.sampling(self.name, temperature, top_p)
        settings = check_settings(*drawn, _most(max_new_tokens), seed)
        shown = bool(show or (show is None and in_notebook()))
        return self._think(prompts.messages(prompt), settings, shown=shown)

    def sample(
        self, prompt: Prompt, *, n: int = 16, temperature: float | None = None, top_p: float | None = None,
        max_new_tokens: int | None = None, seed: int = 0, thinking: bool | None = None,
    ) -> TraceGroup:  # fmt: skip
        """Samples `n` rollouts, one after the other, with seeds that follow each other; see `Model.sample`.

        Interrupt keeps the rollouts that have come.

        Raises:
            LabkitError: as `think`.
        """
        if not isinstance(n, int) or n < 1:
            raise LabkitError(f"n={n!r} rollouts cannot be sampled.", why="n is a whole number from 1.",
                              next="group = model.sample(prompt, n=16)")  # fmt: skip
        families.unswitched(thinking, self.name, SERVED)
        chat, traces = prompts.messages(prompt), []
        drawn = families.sampling(self.name, temperature, top_p)
        for i in range(n):
            settings = check_settings(*drawn, _most(max_new_tokens), seed + i)
            traces.append(self._think(chat, settings, shown=False))
            if traces[-1].finish == "interrupted":
                break
        return TraceGroup(tuple(traces))

    def __repr__(self) -> str:
        return f"RemoteModel({self.name} at {self.url})"

    # -- how -------------------------------------------------------------------------------------

    def _think(self, chat: list[dict[str, str]], settings: Settings, *, shown: bool) -> Trace:
        stop = Event()
        stream = Stream(self._asked(chat, settings), stop)
        vocabulary = Vocabulary()
        first = stream.first()
        head = Trace(
            model=self.name, family=self.family, prompt=chat[-1]["content"], text="", finish="interrupted",
            opened=first is not None and first.thought, settings=settings,
        )  # fmt: skip
        recorder = Received(head, cast(Pieces, vocabulary))
        steps = stream.into(recorder, vocabulary, first)
        run = worker.run_shown if shown else _run_quietly
        trace = run(steps, recorder, head, stop)
        finish = trace.finish if stop.is_set() else stream.finish
        if stream.broken is not None:
            finish = "interrupted"
            said = f"{self.url} broke off after {len(trace)} tokens ({stream.broken}); they are kept."
            warnings.warn(said, stacklevel=3)
        return trace.model_copy(update={"finish": finish or "interrupted"})

    def _asked(self, chat: list[dict[str, str]], settings: Settings) -> Any:
        """The server's stream, with log-probabilities if it has them."""
        asked: dict[str, Any] = {
            "model": self.name, "messages": chat, "stream": True, "temperature": settings.temperature,
            "top_p": settings.top_p, "max_tokens": settings.max_new_tokens, "seed": settings.seed,
        }  # fmt: skip
        openai = _library()
        try:
            try:
                return self._client.chat.completions.create(**asked, logprobs=True, top_logprobs=TOP_K)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if "logprobs" not in str(error):
                    raise
                return self._client.chat.completions.create(**asked)
        except openai.OpenAIError as error:
            self._refused(error)

    def _named(self, model: str | None) -> str:
        """What the server calls the model. A given name is not judged: some servers list less than they serve."""
        openai = _library()
        try:
            self._offered = [each.id for each in self._client.models.list().data]
        except openai.APIStatusError as error:
            if model is None or error.status_code in (401, 403):
                self._refused(error)
        except openai.OpenAIError as error:
            self._refused(error)
        if model is not None:
            return model
        if len(self._offered) == 1:
            return self._offered[0]
        raise LabkitError(
            f"{self.url} offers {len(self._offered)} models.",
            why=f"they are {', '.join(self._offered[:8]) or 'not listed'}.",
            next=f'labkit.load("{self.url}", model="{self._offered[0] if self._offered else "its-name"}")',
        )

    def _refused(self, error: Exception) -> NoReturn:
        """What went wrong before the first token, in words; the key is never among them."""
        openai = _library()
        said = str(getattr(error, "message", "") or error).strip()
        first = (said.splitlines() or [type(error).__name__])[0][:200]
        if isinstance(error, openai.APITimeoutError):
            what, why, then = (
                "does not answer",
                f"it said nothing for {SECONDS:.0f} seconds.",
                "ask again later",
            )
        elif isinstance(error, openai.APIConnectionError):
            what, why, then = (
                "does not answer",
                "no server listens there, or the network is down.",
                "check the address and the port",
            )
        elif isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            what, why = (
                "wants another key",
                f"labkit takes it from {' or '.join(KEYS)} and writes it nowhere.",
            )
            then = f"import os, getpass; os.environ['{KEYS[0]}'] = getpass.getpass()  # then load it again"
        elif isinstance(error, openai.NotFoundError) and self._offered:
            what, why = f"has no model {self.name!r}", f"it offers {', '.join(self._offered[:8])}."
            then = f'labkit.load("{self.url}", model="{self._offered[0]}")'
        elif "context" in first.lower():
            what, why, then = (
                "cannot hold so many tokens",
                f"{first}.",
                "model.think(prompt, max_new_tokens=512)",
            )
        else:
            what, why, then = "refused", f"{first}.", f'labkit.load("{self.url}", model=...)'
        raise LabkitError(f"{self.url} {what}.", why=why, next=then) from None

    def _elsewhere(self, what: str) -> LabkitError:
        return LabkitError(
            f"{self.name} has no {what} here.",
            why="it runs on a server, which sends text and log-probabilities and nothing of its inside.",
            next='model = labkit.load("r1-mini")  # attention, lenses and forks need a model in this process',
        )


class Stream:
    """The messages of a server, read in a thread of its own so that Stop need not wait for the next one.

    Attributes:
        finish: how the server says that it ended; None while it has not.
        broken: what broke the line, if it broke.
    """

    def __init__(self, messages: Any, stop: Event) -> None:
        self.messages, self.stop = messages, stop
        self.finish: str | None = None
        self.broken: str | None = None
        self.queue: Queue[Said | None] = Queue()
        Thread(target=self._read, name="labkit-server", daemon=True).start()

    def _read(self) -> None:
        try:
            for message in self.messages:
                for said in self._pieces(message):
                    self.queue.put(said)
                if self.stop.is_set():
                    break
            if self.finish is None and not self.stop.is_set():
                self.broken = "it did not say that it was done"
        except Exception as error:  # httpx and openai raise their own kinds, and a server may send anything
            if not self.stop.is_set():
                self.broken = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        finally:
            self.messages.close()
            self.queue.put(None)

    def _pieces(self, message: Any) -> Iterator[Said]:
        if not message.choices:
            return
        choice = message.choices[0]
        if choice.finish_reason is not None:
            self.finish = "length" if choice.finish_reason == "length" else "stop"
        more = choice.delta.model_extra or {}
        reasoning = more.get("reasoning_content") or more.get("reasoning")
        if isinstance(reasoning, str) and reasoning:
            yield Said(reasoning, thought=True)
        told = (choice.logprobs.content if choice.logprobs else None) or []
        for each in told:
            raw = None if each.bytes is None else bytes(each.bytes)
            yield Said(
                each.token,
                bytes=raw,
                logprob=each.logprob,
                top=tuple((t.token, t.logprob) for t in each.top_logprobs or ()),
            )
        if not told and choice.delta.content:
            yield Said(choice.delta.content)

    def first(self) -> Said | None:
        """The first piece of text: it says whether the server sends the thought by itself. None: there is none."""
        while not self.stop.is_set():
            try:
                return self.queue.get(timeout=TICK)
            except Empty:
                continue
            except KeyboardInterrupt:
                self.stop.set()
        return None

    def into(self, recorder: Received, vocabulary: Vocabulary, first: Said | None) -> Generator[None]:
        """Records piece by piece; the closing tag stands where reasoning ends and content begins."""
        began, said, before = time.perf_counter(), first, False
        while said is not None:
            now = time.perf_counter() - began
            if before and not said.thought:
                recorder.hear(Said(CLOSE, logprob=said.logprob and 0.0), vocabulary, now)
            before = said.thought
            recorder.hear(said, vocabulary, now)
            yield
            while True:
                try:
                    said = self.queue.get(timeout=TICK)
                    break
                except Empty:
                    yield


def _run_quietly(steps: Generator[None], recorder: Recorder, head: Trace, stop: Event) -> Trace:
    return worker.run(steps, [recorder], stop)[0]


def _most(wanted: int | None) -> int:
    if wanted is not None and (not isinstance(wanted, int) or isinstance(wanted, bool) or wanted < 1):
        raise LabkitError(f"max_new_tokens={wanted!r} is not possible.", why="it is a whole number from 1.",
                          next="model.think(prompt, max_new_tokens=512)")  # fmt: skip
    return MOST if wanted is None else wanted


def _library() -> Any:
    """The `openai` package.

    Raises:
        LabkitError: it is not installed.
    """
    try:
        import openai
    except ImportError:
        raise LabkitError(
            "Asking a server needs the package openai.",
            why="its client speaks to vLLM, SGLang, llama.cpp and Ollama alike; labkit itself does not need it.",
            next='pip install "labkit[server]"',
        ) from None
    return openai
