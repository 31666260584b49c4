"""`Completion`: the parts of an answer in any format, and the trace that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.traces import families
from labkit.traces.builder import SyntheticVocabulary, TraceBuilder
from labkit.traces.problem import ProblemRecord, json_values
from labkit.traces.readers.reader import Options
from labkit.traces.trace import Finish, Trace

# The finish reasons of the formats; every other reason, such as a filter or a broken connection, is "interrupted".
STOP = frozenset({"stop", "end_turn", "stop_sequence", "completed", "tool_calls", "tool_use", "eos", "end"})
LENGTH = frozenset({"length", "max_tokens", "max_output_tokens", "model_length", "incomplete"})


@dataclass(frozen=True)
class Piece:
    """One token as a server sends it.

    Attributes:
        raw: its UTF-8 bytes; empty for an end token.
        logprob: in nats.
        top: the alternatives: their bytes and logprobs, in nats.
        id: its id in the vocabulary; None if it was not sent, and then it gets a number.
        top_ids: the ids of the alternatives, if `id` is known.
    """

    raw: bytes
    logprob: float
    top: tuple[tuple[bytes, float], ...] = ()
    id: int | None = None
    top_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Completion:
    """What a format holds of one completion.

    Attributes:
        text: the completion with its tags, or the answer if `thought` is given.
        thought: the thought, where a format has it apart from the answer.
        prompt: the user's prompt; empty if the format does not hold it.
        model: the name of the model.
        finish: the finish reason, in the words of the format; None if it is unknown.
        tokens: the tokens of the text, if they were sent; they are dropped if they do not add up to the text.
        rewards: the reward of each rule, by the rule's name.
        columns: the columns of the problem.
        metadata: other values that came with the completion.
    """

    text: str
    thought: str = ""
    prompt: str = ""
    model: str = ""
    finish: str | None = None
    tokens: Sequence[Piece] = ()
    rewards: Mapping[str, float] | None = None
    columns: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] | None = None

    def trace(self, options: Options) -> Trace:
        """The trace. Raises a `ValueError` if the completion has no text."""
        if not (self.text.strip() or self.thought.strip()):
            raise ValueError("it has no text")
        family = families.named(options.family or families.by_served_name(self.model))
        tags = options.tags or family.tags
        thought, text = self.thought.strip("\n"), self.text
        if thought:  # the format removed the tags, or left the closing one on either side
            thought = thought.removesuffix(tags.close).rstrip("\n") if tags.close else thought
            text = text.lstrip("\n").removeprefix(tags.close) if tags.close else text
            text = thought + tags.boundary + tags.close + (tags.after_close or "") + text.lstrip("\n")
        opened = bool(thought) or (tags.close in text and tags.open not in text)
        head = Trace(
            model=self.model or "unknown", family=family.name, prompt=self.prompt or options.prompt, text=text,
            opened=opened, open_tag=tags.open, close_tag=tags.close, finish=finish_of(self.finish),
            problem=ProblemRecord.of(self.columns or None), rewards=dict(self.rewards or {}),
            metadata=json_values({name: v for name, v in (self.metadata or {}).items() if v is not None}),
        )  # fmt: skip
        return _with_tokens(head, self.tokens) or head


def finish_of(reason: Any) -> Finish:
    """The finish of a trace, from the finish reason of a format; an unknown one counts as complete."""
    name = str(reason).lower()
    if reason is None or name in STOP:
        return "stop"
    return "length" if name in LENGTH else "interrupted"


def content_text(content: Any) -> str:
    """The text of the content of a message: text, or a list of parts, whose texts are joined.

    >>> content_text([{"type": "text", "text": "4"}, {"type": "image"}])
    '4'
    """
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (
        part if isinstance(part, str) else part.get("text") for part in parts if isinstance(part, str | dict)
    )
    return "".join(text for text in texts if isinstance(text, str))


def question_of(messages: Sequence[Any]) -> str:
    """The user's last message before an answer; of other messages, all texts."""
    texts = [(m.get("role"), content_text(m.get("content"))) for m in messages if isinstance(m, Mapping)]
    users = [text for role, text in texts if role in ("user", "human") and text]
    return users[-1] if users else "\n\n".join(text for _, text in texts if text)


def _with_tokens(head: Trace, pieces: Sequence[Piece]) -> Trace | None:
    """The trace with its tokens; None if their bytes are not the text, with or without its thought."""
    joined = b"".join(piece.raw for piece in pieces).decode("utf-8", "replace")
    if not pieces or joined != head.text:
        return None
    vocabulary = SyntheticVocabulary()
    for piece in pieces:  # known ids first, so that numbers for other texts do not meet them
        if piece.id is not None:
            vocabulary.put(piece.id, piece.raw)
            for id, (raw, _) in zip(piece.top_ids, piece.top, strict=True):
                vocabulary.put(id, raw)
    builder = TraceBuilder(head, vocabulary, frozenset({"entropies", "times"}))
    for piece in pieces:
        id = vocabulary.id(piece.raw) if piece.id is None else piece.id
        top_ids = piece.top_ids or tuple(vocabulary.id(raw) for raw, _ in piece.top)
        builder.append(id, logprob=piece.logprob, top_ids=top_ids, top_logprobs=[p for _, p in piece.top])
    if not any(piece.top for piece in pieces):
        builder.missing |= {"top_ids", "top_logprobs"}
    return builder.trace(head.finish)
