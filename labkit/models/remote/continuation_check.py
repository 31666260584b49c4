"""Checks that a server really continues from the middle of a thought.

Every request format (`strategies`) is tested. The server generates 16 greedy tokens, and then continues after all of
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
from labkit.models.remote.continuation import WITH_USAGE, Continuation, strategies
from labkit.models.remote.deltas import Delta, DeltaCleaner, deltas_of, join_text
from labkit.models.remote.limits import Budget
from labkit.models.remote.model import RemoteModel
from labkit.models.remote.request import ChatRequest, Message
from labkit.traces import SamplingParams, Trace

GREEDY = SamplingParams(temperature=0, top_p=1, max_new_tokens=16, seed=0)
ONE_TOKEN = GREEDY.model_copy(update={"max_new_tokens": 1})
MATCHING_CHARACTERS = 4  # characters that must agree; a later token may differ by rounding
COUNT_TOLERANCE = (
    3  # allowed difference of token counts: an end token, and two tokens of a character that was cut
)


async def checked_continuation(model: RemoteModel, trace: Trace, thought: str) -> Continuation:
    """The continuation request for `thought`, the kept part of this trace's thought.

    Raises:
        LabkitError: as `find_continuation` and `check_kept`.
    """
    continuation = await find_continuation(model, trace)
    await check_kept(continuation, thought)
    return continuation


async def find_continuation(model: RemoteModel, trace: Trace) -> Continuation:
    """The continuation request for this thought; it is searched for and checked once a model.

    Raises:
        LabkitError: no request format works (the error lists them), or the prompt is no longer known.
    """
    chat, extra_body = request_of(trace, model)
    failed: list[str] = []
    if model.continuation_strategy is not None:
        name, apart = model.continuation_strategy
        async for way, continuation in strategies(model, chat, extra_body):
            if way == name:
                return replace(continuation, separate_reasoning=apart).opened(trace.opened)
    sample = await sample_of(model, chat, extra_body, GREEDY.max_new_tokens)
    inner = len(before_close_tag(sample, model.tags.close)) if sample.pieces else 0
    if inner < len(sample.pieces):  # the sample continues past the thought
        sample = await sample_of(model, chat, extra_body, max(1, inner // 2))
    async for way, continuation in strategies(model, chat, extra_body):
        wrong = await why_not(continuation, sample, trace)
        if not wrong:
            model.continuation_strategy = way, continuation.text is None and sample.pieces[0].thought
            return replace(continuation, separate_reasoning=model.continuation_strategy[1]).opened(
                trace.opened
            )
        failed.append(f"{way}: {wrong}")
    raise Unsupported(
        f"{model.url} does not go on from the middle of a thought.",
        why="; ".join(failed) + ".",
        next=how_to_fix(model),
    )


async def check_kept(continuation: Continuation, thought: str) -> None:
    """Refuses a finished thought if the server's template drops finished thoughts.

    Raises:
        LabkitError: the template drops it.
    """
    model = continuation.model
    if continuation.text is not None or model.tags.close not in thought:
        return
    ask = continuation.counted().ask
    unended = (await answer(ask(thought[: thought.rindex(model.tags.close)], ONE_TOKEN), ONE_TOKEN)).read
    ended = (await answer(ask(thought, ONE_TOKEN), ONE_TOKEN)).read
    if unended is not None and ended is not None and ended < unended:
        raise Unsupported(
            f"{model.url} cannot go on behind a thought that has ended.",
            why="its chat template drops the thought, and its text is not known here.",
            next=f"labkit.inside.fork(trace, at=0)  # within the thought; or {how_to_fix(model)}",
        )


def request_of(trace: Trace, model: RemoteModel) -> ChatRequest:
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


async def why_not(continuation: Continuation, sample: Answer, trace: Trace) -> str:
    """The reason why a request format fails the two checks above; empty if it passes."""
    if not sample.pieces:
        return "it wrote nothing that could be continued"
    tags, pieces = continuation.model.tags, before_close_tag(sample, continuation.model.tags.close)
    in_text = join_text(pieces).startswith(tags.open)
    continuation = continuation.opened(sample.pieces[0].thought or (trace.opened and not in_text))
    try:
        counted = (
            await token_count_mismatch(continuation, sample) if len(pieces) == len(sample.pieces) else None
        )
        wrong = counted or await text_mismatch(continuation, pieces)
    except LabkitError as error:
        return error.why.rstrip(".")
    return "its answer is too short to tell" if counted is None and wrong is None else wrong or ""


async def token_count_mismatch(continuation: Continuation, sample: Answer) -> str | None:
    """Checks the prompt token count. Returns the fault, "" if the counts agree, None if the server does not count."""
    read = (await answer(continuation.counted().ask(sample.text, ONE_TOKEN), ONE_TOKEN)).read
    if read is None or sample.read is None or sample.wrote is None:
        return None
    expected = sample.read + sample.wrote
    return (
        "" if abs(read - expected) <= COUNT_TOLERANCE else f"it read {read} tokens where there are {expected}"
    )


async def text_mismatch(continuation: Continuation, pieces: list[Delta]) -> str | None:
    """Checks that the text repeats. Returns the fault, "" if it repeats, None if the text is too short."""
    wrong = None
    cuts = {characters(pieces, at) for at in (len(pieces) // 2, len(pieces) // 4)}
    for cut in sorted(cuts - {0}):  # twice: rounding differs from batch to batch
        rest = join_text(pieces[cut:]).strip()
        repeated = (await answer(continuation.ask(join_text(pieces[:cut]), GREEDY), GREEDY)).text.strip()
        n = min(MATCHING_CHARACTERS, len(rest))
        if n and rest[:n] == repeated[:n]:
            return ""
        wrong = f"it wrote {repeated[:20]!r} where its own answer goes on with {rest[:20]!r}" if n else wrong
    return wrong


async def sample_of(
    model: RemoteModel, chat: list[Message], extra_body: dict[str, Any], tokens: int
) -> Answer:
    """The first tokens of the greedy answer to the messages."""
    settings = GREEDY.model_copy(update={"max_new_tokens": tokens})
    return await answer(
        model.ask(chat, settings, {**extra_body, **WITH_USAGE}), settings, chat[-1]["content"]
    )


@dataclass(frozen=True)
class Answer:
    """The response to one request, up to its last complete character.

    `read` and `wrote` are the server's counts of prompt and completion tokens, None if it does not count.
    """

    pieces: list[Delta]
    read: int | None
    wrote: int | None

    @property
    def text(self) -> str:
        """The whole text."""
        return join_text(self.pieces)


async def answer(response: Awaitable[Any], settings: SamplingParams, prompt: str = "") -> Answer:
    """Waits for a response, up to the requested number of tokens and a few more; `prompt` as in `DeltaCleaner`.

    Raises:
        LabkitError: the connection broke.
    """
    messages, usage = await response, None
    cleaner, budget = DeltaCleaner(prompt), Budget(settings.max_new_tokens + COUNT_TOLERANCE)
    pieces: list[Delta] = []
    try:
        async for message in messages:
            usage = getattr(message, "usage", None) or usage
            for choice in message.choices[:1]:
                for piece in deltas_of(choice):
                    pieces += [delta for delta in budget.take_all(cleaner.clean(piece)) if delta.raw]
            if budget.spent:
                break
    except Exception as error:
        why = f"the connection broke in the middle of an answer ({type(error).__name__})."
        raise ServerError("The server broke off.", why=why, next="fork again") from None
    finally:
        await messages.close()
    complete, wrote = characters(pieces, len(pieces)), getattr(usage, "completion_tokens", None)
    wrote = wrote and wrote - len(pieces) + complete
    return Answer(pieces[:complete], getattr(usage, "prompt_tokens", None), wrote)


def characters(pieces: list[Delta], at: int) -> int:
    """The last position up to `at` that is not inside a character: servers accept text, so a cut must be UTF-8."""
    for place in range(at, 0, -1):
        with suppress(UnicodeDecodeError):
            b"".join(p.raw for p in pieces[:place]).decode()
            return place
    return 0


def before_close_tag(sample: Answer, close: str) -> list[Delta]:
    """The pieces before the closing tag, if there is one: some templates drop a finished thought."""
    alike = list(takewhile(lambda piece: piece.thought == sample.pieces[0].thought, sample.pieces))
    return next((alike[:i] for i in range(len(alike)) if close in join_text(alike[: i + 1])), alike)


def how_to_fix(model: RemoteModel) -> str:
    """The advice that makes a server continue: provide a template if none is known."""
    hub = (model.entry and model.entry.hub) or model.name
    return (
        f'hf download {hub} --include "*token*" "*.jinja"  # its template; or serve it by vLLM or llama.cpp'
    )
