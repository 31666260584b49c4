"""Going on from the middle of a thought, on a server: what to send, and whether it really goes on.

| way | what is sent | who takes it |
|---|---|---|
| text | template, question and thought so far, to `/v1/completions` | vLLM, SGLang, llama.cpp, `transformers serve` |
| chat | the thought so far, as a last message to be continued | vLLM, SGLang, llama.cpp, Ollama |

The first needs the template's text: some servers tell it (llama.cpp `/apply-template`, vLLM `/tokenize`), and
a tokenizer on this machine has it. The second is at the mercy of the template: Qwen3's puts an empty
thought before the one to be continued, and R1's drops a thought that has ended.

So neither is believed. The server writes 16 greedy tokens, and is then made to go on from all of
them, and from the middle of them: it must have read exactly as many tokens as there are, and write what it
wrote. A server that begins anew, or reads something else, fails one of the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from labkit.errors import LabkitError
from labkit.models import families, prompts
from labkit.models import remote_errors as errors
from labkit.models.model import TOP_K
from labkit.models.remote import Message, RemoteModel
from labkit.models.remote_stream import Said, pieces_of, tidied
from labkit.traces import Settings, Trace

GREEDY = Settings(temperature=0, top_p=1, max_new_tokens=16, seed=0)
COUNTED = {"stream_options": {"include_usage": True}}
SURE = 4  # characters that must be the same: a later token may differ by rounding
SPARE = 1  # tokens by which counts may differ: an end token counts as written


@dataclass(frozen=True)
class Going:
    """How one thought of a model on a server is continued.

    Attributes:
        text: the template's text, for the endpoint of completions; None: the chat endpoint.
        told: what else the server is told, its template's switches among them.
        lead: what stands between template and thought.
        apart: it sends reasoning beside the content.
    """

    model: RemoteModel
    chat: list[Message]
    told: dict[str, Any]
    text: str | None
    lead: str = ""
    apart: bool = False

    def ask(self, thought: str, settings: Settings, patience: float | None = None) -> Any:
        """Asks for what follows `thought`; the stream of messages.

        Raises:
            LabkitError: the server refuses.
        """
        model, so_far = self.model, self.lead + thought
        if self.text is None:
            chat = [*self.chat, {"role": "assistant", "content": so_far}]
            goes_on = {"add_generation_prompt": False, "continue_final_message": True}
            return model.ask(chat, settings, {**self.told, **goes_on}, patience)
        if self.text.rstrip().endswith(model.tags.open) and so_far.startswith(model.tags.open):
            so_far = so_far.removeprefix(model.tags.open).lstrip("\n")  # the template has it already
        return model.stream(
            model.client.completions.create, settings, patience, {"logprobs": TOP_K}, prompt=self.text + so_far,
            extra_body={k: v for k, v in self.told.items() if k not in ("chat_template_kwargs", "reasoning_effort")},
        )  # fmt: skip

    def opened(self, opened: bool) -> Going:
        """The same for a thought whose opening tag is not in its text."""
        tags = self.model.tags
        there = self.text is not None and families.opened(self.text, tags)
        return replace(self, lead=families.opening(tags) if opened and not there else "")

    def counted(self) -> Going:
        """The same, and the server counts its tokens."""
        return replace(self, told={**self.told, **COUNTED})

    def keeps(self, thought: str) -> None:
        """Refuses a thought that has ended where the server's template drops those.

        Raises:
            LabkitError: it does.
        """
        whole, close = thought, self.model.tags.close
        if self.text is not None or close not in whole:
            return
        ask = self.counted().ask
        counts = [answer(ask(part, one_token())).read for part in (whole[: whole.rindex(close)], whole)]
        if None not in counts and counts[1] < counts[0]:  # type: ignore[operator]
            raise LabkitError(
                f"{self.model.url} cannot go on behind a thought that has ended.",
                why="its chat template drops the thought, and its text is not known here.",
                next=f"labkit.inside.fork(trace, at=0)  # within the thought; or {how(self.model)}",
            )


@dataclass(frozen=True)
class Answer:
    """What came of one question; `read` and `wrote` are the server's counts of tokens, None if it does not count."""

    pieces: list[Said]
    read: int | None
    wrote: int | None

    @property
    def text(self) -> str:
        """All of it."""
        return joined(self.pieces)


def answer(messages: Any, prompt: str = "") -> Answer:
    """Waits for the whole of an answer; `prompt` as in `tidied`.

    Raises:
        LabkitError: the line broke.
    """
    usage: Any = None

    def told() -> Iterator[Said]:
        nonlocal usage
        for message in messages:
            usage = getattr(message, "usage", None) or usage
            for choice in message.choices[:1]:
                yield from pieces_of(choice)

    try:
        pieces = [said for said in tidied(told(), prompt) if said.raw]
    except Exception as error:
        raise LabkitError("The server broke off.", why=str(error)[:120], next="ask again") from None
    finally:
        messages.close()
    return Answer(pieces, getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None))


def joined(pieces: Sequence[Said]) -> str:
    """Their text."""
    return b"".join(p.raw for p in pieces).decode("utf-8", "replace")


def within(whole: Answer, close: str) -> list[Said]:
    """The pieces before the thought ends, if it does: some templates drop one that has."""
    alike = list(takewhile(lambda piece: piece.thought == whole.pieces[0].thought, whole.pieces))
    return next((alike[:i] for i in range(len(alike)) if close in joined(alike[: i + 1])), alike)


def going_on(model: RemoteModel, trace: Trace) -> Going:
    """How a server is made to continue this thought; the way is looked for once a model, and checked.

    Raises:
        LabkitError: it cannot be made to, with what was tried; or the question is not known any more.
    """
    chat, told = question(trace, model)
    failed: list[str] = []
    if model.way is not None:
        name, apart = model.way
        found = next((going for way, going in ways(model, chat, told) if way == name), None)
        if found is not None:
            return replace(found, apart=apart).opened(trace.opened)
    whole = sample_of(model, chat, told, GREEDY.max_new_tokens)
    inner = len(within(whole, model.tags.close)) if whole.pieces else 0
    if inner < len(whole.pieces):  # too long to stay within the thought
        whole = sample_of(model, chat, told, max(1, inner // 2))
    for way, going in ways(model, chat, told):
        wrong = fault(going, whole, trace)
        if not wrong:
            model.way = way, going.text is None and whole.pieces[0].thought
            return replace(going, apart=model.way[1]).opened(trace.opened)
        failed.append(f"{way}: {wrong}")
    raise LabkitError(
        f"{model.url} does not go on from the middle of a thought.",
        why="; ".join(failed) + ".",
        next=how(model),
    )


def sample_of(model: RemoteModel, chat: list[Message], told: dict[str, Any], tokens: int) -> Answer:
    """The first tokens of the greedy answer to a question."""
    settings = GREEDY.model_copy(update={"max_new_tokens": tokens})
    return answer(model.ask(chat, settings, {**told, **COUNTED}), chat[-1]["content"])


def question(trace: Trace, model: RemoteModel) -> tuple[list[Message], dict[str, Any]]:
    """The messages that were asked, and what the server was told beside them.

    Raises:
        LabkitError: a trace from a file, of a conversation of which it holds the last message alone.
    """
    kept: tuple[list[Message], dict[str, Any]] | None = trace.__dict__.get("_asked")
    if kept is not None:
        return kept
    if trace.prompt_text and not trace.prompt_ids:
        raise LabkitError(
            "This trace does not hold the whole of its question.",
            why="it had several messages, and a file keeps the last one.",
            next="trace = model.think(messages)  # and fork that",
        )
    return [{"role": "user", "content": trace.prompt}], {}


def ways(model: RemoteModel, chat: list[Message], told: dict[str, Any]) -> Iterator[tuple[str, Going]]:
    """What can be tried, the most exact first."""
    extra = {"add_special_tokens": False} if model.served_by == "vllm" else {}
    if model.tags is families.CHANNELS and extra:
        extra["skip_special_tokens"] = False  # its tags are special tokens
    text = template_of_server(model, chat, told)
    if text:
        yield "its own template's text", Going(model, chat, {**told, **extra}, text)
    elif model.template is not None:
        text = prompts.templated(model.template, chat, **told.get("chat_template_kwargs", {}))
        text = text if extra else without_begin(model.template, text)
        yield "the template's text from here", Going(model, chat, {**told, **extra}, text)
    yield "a last message to be continued", Going(model, chat, told, None)


def fault(going: Going, whole: Answer, trace: Trace) -> str:
    """What is wrong with a way, if anything: the two checks of this module's head."""
    if not whole.pieces:
        return "it wrote nothing that could be continued"
    apart = whole.pieces[0].thought
    pieces = within(whole, going.model.tags.close)
    in_text = joined(pieces).startswith(going.model.tags.open)
    going = going.opened(apart or (trace.opened and not in_text)).counted()
    read, wrong = None, ""
    try:
        if len(pieces) == len(whole.pieces) and whole.read is not None and whole.wrote is not None:
            read, expected = answer(going.ask(joined(pieces), one_token())).read, whole.read + whole.wrote
            if read is not None and abs(read - expected) > SPARE:
                return f"it read {read} tokens where there are {expected}"
        if len(pieces) < 2:
            return "" if read is not None else "its answer is too short to tell"
        for cut in {
            len(pieces) // 2,
            len(pieces) // 4 or 1,
        }:  # a second try: rounding differs from batch to batch
            rest = joined(pieces[cut:]).strip()
            other = answer(going.ask(joined(pieces[:cut]), GREEDY)).text.strip()
            n = min(SURE, len(rest))
            if rest[:n] == other[:n]:
                return ""
            wrong = f"it wrote {other[:20]!r} where its own answer goes on with {rest[:20]!r}"
    except LabkitError as error:
        return error.why.rstrip(".")
    return wrong


def template_of_server(model: RemoteModel, chat: list[Message], told: dict[str, Any]) -> str | None:
    """The text that the server's template makes of a question, from those that tell it."""
    root = model.url.removesuffix("/v1")
    asked = {"model": model.name, "messages": chat, **told}
    try:
        if model.served_by == "llamacpp":
            said: Any = model.client.post(f"{root}/apply-template", body=asked, cast_to=object)
            return str(said["prompt"])
        if model.served_by == "vllm":
            ids: Any = model.client.post(f"{root}/tokenize", body=asked, cast_to=object)
            again = {"model": model.name, "tokens": ids["tokens"]}
            said = model.client.post(f"{root}/detokenize", body=again, cast_to=object)
            return str(said["prompt"])
    except (errors.library().OpenAIError, KeyError, TypeError):
        return None
    return None


def without_begin(tok: Any, text: str) -> str:
    """The text without its begin token where the tokenizer, and so the server, puts one before every text."""
    ids = tok.encode("a")
    begins = tok.bos_token is not None and ids and ids[0] == tok.bos_token_id
    return text.removeprefix(tok.bos_token) if begins else text


def one_token() -> Settings:
    """One greedy token."""
    return GREEDY.model_copy(update={"max_new_tokens": 1})


def how(model: RemoteModel) -> str:
    """What makes a server continue: a template where there is none."""
    hub = model.entry.hub if model.entry else model.name
    return (
        f'hf download {hub} --include "*token*" "*.jinja"  # its template; or serve it by vLLM or llama.cpp'
    )
