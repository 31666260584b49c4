"""Checks that a server really continues from the middle of a thought.

Every request format (`ways`) is tested. The server generates 16 greedy tokens, and then continues after all of
them, and from the middle of them. It must report exactly that many prompt tokens, and generate the same text. A
server that starts a new answer, or reads another prompt, fails one of the two checks.
"""

from __future__ import annotations

from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from labkit.errors import LabkitError, ServerError, Unsupported
from labkit.models.remote.continuation import COUNTED, Going, ways
from labkit.models.remote.deltas import DeltaCleaner, Said, joined, pieces_of
from labkit.models.remote.limits import Budget
from labkit.models.remote.model import RemoteModel
from labkit.models.remote.request import ChatRequest, Message
from labkit.traces import SamplingParams, Trace

GREEDY = SamplingParams(temperature=0, top_p=1, max_new_tokens=16, seed=0)
ONE = GREEDY.model_copy(update={"max_new_tokens": 1})
SURE = 4  # characters that must agree; a later token may differ by rounding
SPARE = 3  # allowed difference of token counts: an end token, and two tokens of a character that was cut


async def checked(model: RemoteModel, trace: Trace, thought: str) -> Going:
    """The continuation request for `thought`, the kept part of this trace's thought.

    Raises:
        LabkitError: as `going_on` and `check_kept`.
    """
    going = await going_on(model, trace)
    await check_kept(going, thought)
    return going


async def going_on(model: RemoteModel, trace: Trace) -> Going:
    """The continuation request for this thought; it is searched for and checked once a model.

    Raises:
        LabkitError: no request format works (the error lists them), or the prompt is no longer known.
    """
    chat, told = question(trace, model)
    failed: list[str] = []
    if model.way is not None:
        name, apart = model.way
        async for way, going in ways(model, chat, told):
            if way == name:
                return replace(going, apart=apart).opened(trace.opened)
    whole = await sample_of(model, chat, told, GREEDY.max_new_tokens)
    inner = len(within(whole, model.tags.close)) if whole.pieces else 0
    if inner < len(whole.pieces):  # the sample continues past the thought
        whole = await sample_of(model, chat, told, max(1, inner // 2))
    async for way, going in ways(model, chat, told):
        wrong = await fault(going, whole, trace)
        if not wrong:
            model.way = way, going.text is None and whole.pieces[0].thought
            return replace(going, apart=model.way[1]).opened(trace.opened)
        failed.append(f"{way}: {wrong}")
    raise Unsupported(
        f"{model.url} does not go on from the middle of a thought.",
        why="; ".join(failed) + ".",
        next=how(model),
    )


async def check_kept(going: Going, thought: str) -> None:
    """Refuses a finished thought if the server's template drops finished thoughts.

    Raises:
        LabkitError: the template drops it.
    """
    model = going.model
    if going.text is not None or model.tags.close not in thought:
        return
    ask = going.counted().ask
    unended = (await answer(ask(thought[: thought.rindex(model.tags.close)], ONE), ONE)).read
    ended = (await answer(ask(thought, ONE), ONE)).read
    if unended is not None and ended is not None and ended < unended:
        raise Unsupported(
            f"{model.url} cannot go on behind a thought that has ended.",
            why="its chat template drops the thought, and its text is not known here.",
            next=f"labkit.inside.fork(trace, at=0)  # within the thought; or {how(model)}",
        )


def question(trace: Trace, model: RemoteModel) -> ChatRequest:
    """The messages of the request, and its extra arguments.

    Raises:
        LabkitError: the trace comes from a file, and holds only the last message of a conversation.
    """
    if trace.request is not None:
        return trace.request
    if trace.prompt_text and not trace.prompt_ids:
        raise LabkitError(
            "This trace does not hold the whole of its question.",
            why="it had several messages, and a file keeps the last one.",
            next="trace = model.think(messages)  # and fork that",
        )
    return ChatRequest([{"role": "user", "content": trace.prompt}], {})


async def fault(going: Going, whole: Answer, trace: Trace) -> str:
    """The reason why a request format fails the two checks above; empty if it passes."""
    if not whole.pieces:
        return "it wrote nothing that could be continued"
    tags, pieces = going.model.tags, within(whole, going.model.tags.close)
    in_text = joined(pieces).startswith(tags.open)
    going = going.opened(whole.pieces[0].thought or (trace.opened and not in_text))
    try:
        counted = await misread(going, whole) if len(pieces) == len(whole.pieces) else None
        wrong = counted or await miswritten(going, pieces)
    except LabkitError as error:
        return error.why.rstrip(".")
    return "its answer is too short to tell" if counted is None and wrong is None else wrong or ""


async def misread(going: Going, whole: Answer) -> str | None:
    """Checks the prompt token count. Returns the fault, "" if the counts agree, None if the server does not count."""
    read = (await answer(going.counted().ask(whole.text, ONE), ONE)).read
    if read is None or whole.read is None or whole.wrote is None:
        return None
    expected = whole.read + whole.wrote
    return "" if abs(read - expected) <= SPARE else f"it read {read} tokens where there are {expected}"


async def miswritten(going: Going, pieces: list[Said]) -> str | None:
    """Checks that the text repeats. Returns the fault, "" if it repeats, None if the text is too short."""
    wrong = None
    cuts = {characters(pieces, at) for at in (len(pieces) // 2, len(pieces) // 4)}
    for cut in sorted(cuts - {0}):  # twice: rounding differs from batch to batch
        rest = joined(pieces[cut:]).strip()
        again = (await answer(going.ask(joined(pieces[:cut]), GREEDY), GREEDY)).text.strip()
        n = min(SURE, len(rest))
        if n and rest[:n] == again[:n]:
            return ""
        wrong = f"it wrote {again[:20]!r} where its own answer goes on with {rest[:20]!r}" if n else wrong
    return wrong


async def sample_of(model: RemoteModel, chat: list[Message], told: dict[str, Any], tokens: int) -> Answer:
    """The first tokens of the greedy answer to the messages."""
    settings = GREEDY.model_copy(update={"max_new_tokens": tokens})
    return await answer(model.ask(chat, settings, {**told, **COUNTED}), settings, chat[-1]["content"])


@dataclass(frozen=True)
class Answer:
    """The response to one request, up to its last complete character.

    `read` and `wrote` are the server's counts of prompt and completion tokens, None if it does not count.
    """

    pieces: list[Said]
    read: int | None
    wrote: int | None

    @property
    def text(self) -> str:
        """The whole text."""
        return joined(self.pieces)


async def answer(response: Awaitable[Any], settings: SamplingParams, prompt: str = "") -> Answer:
    """Waits for a response, up to the requested number of tokens and a few more; `prompt` as in `DeltaCleaner`.

    Raises:
        LabkitError: the connection broke.
    """
    messages, usage = await response, None
    cleaner, budget = DeltaCleaner(prompt), Budget(settings.max_new_tokens + SPARE)
    pieces: list[Said] = []
    try:
        async for message in messages:
            usage = getattr(message, "usage", None) or usage
            for choice in message.choices[:1]:
                for piece in pieces_of(choice):
                    pieces += [delta for delta in budget.take_all(cleaner.clean(piece)) if delta.raw]
            if budget.spent:
                break
    except Exception as error:
        why = f"the line broke in the middle of an answer ({type(error).__name__})."
        raise ServerError("The server broke off.", why=why, next="fork again") from None
    finally:
        await messages.close()
    whole, wrote = characters(pieces, len(pieces)), getattr(usage, "completion_tokens", None)
    wrote = wrote and wrote - len(pieces) + whole
    return Answer(pieces[:whole], getattr(usage, "prompt_tokens", None), wrote)


def characters(pieces: list[Said], at: int) -> int:
    """The last position up to `at` that is not inside a character: servers accept text, so a cut must be UTF-8."""
    for place in range(at, 0, -1):
        with suppress(UnicodeDecodeError):
            b"".join(p.raw for p in pieces[:place]).decode()
            return place
    return 0


def within(whole: Answer, close: str) -> list[Said]:
    """The pieces before the closing tag, if there is one: some templates drop a finished thought."""
    alike = list(takewhile(lambda piece: piece.thought == whole.pieces[0].thought, whole.pieces))
    return next((alike[:i] for i in range(len(alike)) if close in joined(alike[: i + 1])), alike)


def how(model: RemoteModel) -> str:
    """The advice that makes a server continue: provide a template if none is known."""
    hub = (model.entry and model.entry.hub) or model.name
    return (
        f'hf download {hub} --include "*token*" "*.jinja"  # its template; or serve it by vLLM or llama.cpp'
    )
