"""What a server sends, piece by piece, and the trace that grows out of it.

Token ids are not sent. A trace needs some, so the texts that came are numbered in their order.
"""

from __future__ import annotations

import builtins
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any

from labkit.errors import LabkitError
from labkit.models.families import THINK, Tags, ending
from labkit.models.recorder import Recorder
from labkit.traces import Tokens, Trace
from labkit.traces.trace import Finish

TICK = 0.05  # seconds between looks at Stop while the server says nothing
END = "<end>"  # what is shown for the end of a text, which has none
ENDS = ("<｜end▁of▁sentence｜>", "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|return|>")
WIDE = 8  # questions that a server is asked at the same time


@dataclass(frozen=True)
class Said:
    """One piece of text, and what is known of it; `thought`: it came as reasoning, beside the content."""

    text: str
    thought: bool = False
    bytes: bytes | None = None
    logprob: float | None = None
    top: tuple[tuple[str, float], ...] = ()

    @property
    def raw(self) -> builtins.bytes:
        """Its bytes: half a character is no text."""
        return self.bytes if self.bytes is not None else self.text.encode("utf-8", "replace")


@dataclass
class Vocabulary:
    """Texts and their numbers; stands in for `Pieces`."""

    ids: dict[bytes, int] = field(default_factory=dict)
    known: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, trace: Trace) -> Vocabulary:
        """The texts of a trace, with the numbers that it gives them."""
        made = cls()
        for id, text in trace.pieces.items():
            made._know(id, b"" if text == END else text.encode("utf-8", "replace"))
        raw, at = trace.text.encode("utf-8", "surrogatepass"), 0
        for id, size in zip(trace.tokens.ids, trace.tokens.sizes, strict=True):
            made._know(id, raw[at : at + size])
            at += size
        return made

    def _know(self, id: int, raw: bytes) -> None:
        self.ids[raw], self.known[id] = id, raw

    def id(self, raw: bytes) -> int:
        """The number of a text."""
        if raw not in self.ids:
            self._know(max(self.known, default=-1) + 1, raw)
        return self.ids[raw]

    def bytes(self, token: int) -> bytes:
        """What a token adds to the text."""
        return self.known[token]

    def text(self, token: int) -> str:
        """What to show for it."""
        return self.known[token].decode("utf-8", "replace") or END


@dataclass
class Received(Recorder):
    """A recorder that leaves empty what the server did not send.

    Attributes:
        tags: those of the model's family; the closing one is put where reasoning ends and content begins.
        thought: the last piece came as reasoning.
        closed: the thought has ended already, whatever the server takes the rest for.
        dumb: a token came without its log-probability, so that there is no column of them.
        outcome: how the server says that it ended; None while it has not.
        broken: what broke the line, if it broke.
    """

    tags: Tags = THINK
    thought: bool = False
    closed: bool = False
    dumb: bool = False
    outcome: Finish | None = None
    broken: str | None = None

    def hear(self, said: Said, now: float) -> None:
        """One piece of text; `now` in seconds since the start."""
        if self.thought and not said.thought and said.text.strip() != self.tags.close:
            end = ending(self.tags)
            self.write(
                Said(end.rstrip() if said.text[:1].isspace() else end, logprob=said.logprob and 0.0), now
            )
        self.thought = said.thought and not self.closed
        self.write(said, now)

    def write(self, said: Said, now: float) -> None:
        """One piece of text as it is. `ids` grows last: a reader in another thread goes by its length."""
        self.dumb = self.dumb or said.logprob is None
        self.logprobs.append(round(min(said.logprob or 0.0, 0.0), 6))
        self.entropies.append(0.0)
        self.times.append(round(now, 4))
        self.top_ids.append([self.number(text.encode("utf-8", "replace")) for text, _ in said.top])
        self.top_logprobs.append([round(min(p, 0.0), 6) for _, p in said.top])
        self.ids.append(self.number(said.raw))

    def number(self, raw: bytes) -> int:
        """The number of a text in this trace."""
        assert isinstance(self.pieces, Vocabulary)
        return self.pieces.id(raw)

    def begin(self, tokens: Tokens) -> None:
        """Takes over tokens that are written already; what they do not tell stays untold."""
        n = len(tokens)
        self.dumb = self.dumb or (n > 0 and not tokens.logprobs)
        self.ids.extend(tokens.ids)
        for name in ("logprobs", "entropies", "times"):
            getattr(self, name).extend(getattr(tokens, name) or [0.0] * n)
        for name in ("top_ids", "top_logprobs"):
            getattr(self, name).extend(getattr(tokens, name) or [[]] * n)

    def finish(self, *, stopped: bool) -> Finish:
        """How the rollout ended, by what the server said."""
        return self.outcome or "interrupted"

    def _tokens(self, start: int, end: int, sizes: list[int]) -> Tokens:
        whole = super()._tokens(start, end, sizes)
        unknown: dict[str, Any] = {"entropies": []}
        if self.dumb:
            unknown |= {"logprobs": [], "top_ids": [], "top_logprobs": []}
        return whole.model_copy(update=unknown)


class Stream:
    """One question to a server, asked and read in a thread of its own so that Stop need not wait for it.

    Args:
        ask: sends the question; returns its messages.
        stop: set it, and the thread ends after the message at hand.
        heard: where it puts itself and each piece of text; None when there are no more.

    Attributes:
        finish, broken: as in `Received`.
        error: what `ask` raised.
    """

    def __init__(
        self, ask: Callable[[], Any], stop: Event, heard: Queue[tuple[Stream, Said | None]], prompt: str = ""
    ) -> None:
        self.ask, self.stop, self.heard, self.prompt = ask, stop, heard, prompt
        self.finish: Finish | None = None
        self.broken: str | None = None
        self.error: LabkitError | None = None
        Thread(target=self._read, name="labkit-server", daemon=True).start()

    def _read(self) -> None:
        messages: Any = None
        try:
            messages = self.ask()
            for said in tidied(self._pieces(messages), self.prompt):
                self.heard.put((self, said))
            if self.finish is None and not self.stop.is_set():
                self.broken = "it did not say that it was done"
        except LabkitError as error:
            self.error = error
        except Exception as error:  # httpx and openai raise their own kinds, and a server may send anything
            self.broken = (str(error).strip().splitlines() or [type(error).__name__])[0][:120]
        finally:
            if messages is not None:
                messages.close()
            self.heard.put((self, None))

    def _pieces(self, messages: Any) -> Iterator[Said]:
        for message in messages:
            for choice in message.choices[:1]:
                if getattr(choice, "finish_reason", None) is not None:
                    self.finish = "length" if choice.finish_reason == "length" else "stop"
                yield from pieces_of(choice)
            if self.stop.is_set():
                return


def tidied(pieces: Iterator[Said], prompt: str) -> Iterator[Said]:
    r"""The pieces without what is not the model's: `transformers serve` sends the prompt first, where its
    template opens the thought, and some servers spell the end token out.

    >>> [p.text for p in tidied(iter([Said("<u>2 + 2?<a>"), Said("\n", True), Said("4<|im_end|>")]), "2 + 2?")]
    ['4', '<|im_end|>']
    """
    began = False
    for said in pieces:
        echo = not said.thought and bool(prompt) and said.text.find(prompt) > 0
        if not began and (echo or (said.thought and not said.text.strip())):
            continue
        began = True
        end = next((mark for mark in ENDS if said.text.endswith(mark)), "")
        if not end:
            yield said
            continue
        if said.text != end:
            yield replace(said, text=said.text.removesuffix(end), bytes=None)
        yield replace(said, text=end, thought=False, bytes=b"")


def pieces_of(choice: Any) -> Iterator[Said]:
    """The pieces of one message: its tokens where they are told and add up to its text, or else the text."""
    delta = getattr(choice, "delta", None)
    more = getattr(delta, "model_extra", None) or {}
    found = more.get("reasoning_content") or more.get("reasoning")
    reasoning = found if isinstance(found, str) else ""
    content = (delta.content if delta is not None else getattr(choice, "text", "")) or ""
    told = list(_told(getattr(choice, "logprobs", None)))
    if (
        told and not reasoning
    ):  # servers hold text back at times (half a character), and tell the token all the same
        yield from told
    elif told and not content and "".join(each.text for each in told) == reasoning:
        yield from (Said(t.text, True, t.bytes, t.logprob, t.top) for t in told)
    else:
        if reasoning:
            yield Said(reasoning, thought=True)
        if content:
            yield Said(content)


def _told(logprobs: Any) -> Iterator[Said]:
    """Tokens of a message, as the chat endpoint tells them or as the older endpoint of completions does."""
    content = getattr(logprobs, "content", None)
    if isinstance(content, list):
        for each in map(_Fields, content):
            raw = None if each.bytes is None else bytes(each.bytes)
            top = tuple((t.token, t.logprob) for t in map(_Fields, each.top_logprobs or ()))
            yield Said(each.token, bytes=raw, logprob=each.logprob, top=top)
    elif getattr(logprobs, "tokens", None):
        tops = logprobs.top_logprobs or [None] * len(logprobs.tokens)
        for text, logprob, top in zip(logprobs.tokens, logprobs.token_logprobs, tops, strict=False):
            likeliest = sorted((top or {}).items(), key=lambda pair: -pair[1])
            yield Said(text, logprob=logprob, top=tuple(likeliest))


class _Fields:
    """A record of `openai`, or the plain dict that it leaves where it did not expect one."""

    def __init__(self, record: Any) -> None:
        self.record = record

    def __getattr__(self, name: str) -> Any:
        return self.record.get(name) if isinstance(self.record, dict) else getattr(self.record, name, None)


class Ear:
    """Listens to one or several questions.

    Args:
        stop: ends all of them.
    """

    def __init__(self, stop: Event) -> None:
        self.stop = stop
        self.heard: Queue[tuple[Stream, Said | None]] = Queue()
        self._before: list[tuple[Stream, Said | None]] = []
        self._began = time.perf_counter()

    def ask(self, ask: Callable[[], Any], prompt: str = "") -> Stream:
        """Asks a question; `prompt` is what the reader asked, for servers that send it back."""
        return Stream(ask, self.stop, self.heard, prompt)

    def first(self) -> Said | None:
        """The first piece of text, which `listen` gives again; None: there is none."""
        while not self.stop.is_set():
            try:
                self._before.append(self.heard.get(timeout=TICK))
                return self._before[-1][1]
            except Empty:
                continue
            except KeyboardInterrupt:
                self.stop.set()
        return None

    def listen(
        self, answers: Iterator[tuple[Stream, Received]], *, wide: int = WIDE, last: float = 0.0
    ) -> Generator[None]:
        """Records what comes until every question is answered; yields after each piece, and each `TICK`.

        Args:
            answers: makes a question when it is asked for the next, with the recorder of its answer.
            wide: the most that are open at the same time.
            last: the time of what is recorded already.

        Raises:
            LabkitError: a question was refused.
        """
        open_ = dict(islice(answers, wide))
        while open_ and not self.stop.is_set():
            try:
                stream, said = self._before.pop() if self._before else self.heard.get(timeout=TICK)
            except Empty:
                yield
                continue
            if said is not None:
                open_[stream].hear(said, last + time.perf_counter() - self._began)
                yield
                continue
            if stream.error is not None:
                raise stream.error
            recorder = open_.pop(stream)
            recorder.outcome, recorder.broken = stream.finish, stream.broken
            recorder.ended = True
            open_ |= dict(islice(answers, 1))
