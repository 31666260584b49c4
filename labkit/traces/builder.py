"""`TraceBuilder`: the one place where the columns of a growing completion stand.

The recorders of `labkit.models` append to a builder, the streaming view reads it while it grows, and
`labkit.training` makes the traces of its rollouts with one. No torch here.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

from labkit.traces.tokens import Tokens
from labkit.traces.trace import Finish, Trace

RECORDED = ("logprobs", "entropies", "times", "top_ids", "top_logprobs")  # `ids` apart


class Vocabulary(Protocol):
    """What a builder needs to know of a tokenizer."""

    def bytes(self, token: int) -> bytes:
        """The bytes that a token adds to the text; empty for begin and end tokens."""

    def text(self, token: int) -> str:
        """The display text of a token: U+FFFD for a partial character, the name for an end token."""


@dataclass
class TraceBuilder:
    """The columns of one growing completion.

    One thread appends; another may read at the same time. `ids` grows last, so its length counts complete rows.

    Attributes:
        head: the trace before its first token: model, prompt, sampling parameters.
        vocabulary: gives the bytes and the display text of each token.
        missing: columns of `Tokens` that the source does not provide; they stay empty in the trace.
    """

    head: Trace
    vocabulary: Vocabulary
    missing: frozenset[str] = frozenset()
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    entropies: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    top_ids: list[list[int]] = field(default_factory=list)
    top_logprobs: list[list[float]] = field(default_factory=list)
    _texts: list[str] = field(default_factory=list, repr=False)
    _sizes: list[int] = field(default_factory=list, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.ids)

    def append(
        self, id: int, *, logprob: float = 0.0, entropy: float = 0.0, time: float = 0.0,
        top_ids: Sequence[int] = (), top_logprobs: Sequence[float] = (),
    ) -> None:  # fmt: skip
        """Appends one token; logprobs and entropy in nats, time in seconds since the start."""
        self.logprobs.append(round(min(logprob, 0.0), 6))
        self.entropies.append(round(max(entropy, 0.0), 6))
        self.times.append(round(time, 4))
        self.top_ids.append(list(top_ids))
        self.top_logprobs.append([round(min(p, 0.0), 6) for p in top_logprobs])
        self.ids.append(id)

    def extend(self, tokens: Tokens) -> None:
        """Appends recorded tokens; a column that they lack is filled with zeros, or with no alternatives."""
        n = len(tokens)
        for name in RECORDED:
            empty: list[Any] = [[] for _ in range(n)] if name.startswith("top_") else [0.0] * n
            getattr(self, name).extend(getattr(tokens, name) or empty)
        self.ids.extend(tokens.ids)

    def tokens(self, first: int = 0, last: int | None = None) -> Tokens:
        """The columns of tokens `[first, last)`, by default of all tokens so far."""
        last = len(self.ids) if last is None else last
        self._decode(last)
        columns: dict[str, list[Any]] = {"ids": self.ids, "sizes": self._sizes, "texts": self._texts}
        columns |= {name: getattr(self, name) for name in RECORDED}
        return Tokens.model_construct(
            None,
            **{name: [] if name in self.missing else column[first:last] for name, column in columns.items()},
        )

    def pieces(self, first: int = 0, last: int | None = None) -> dict[int, str]:
        """The display texts of the alternatives of tokens `[first, last)`, by their ids."""
        last = len(self.ids) if last is None else last
        return {id: self.vocabulary.text(id) for row in self.top_ids[first:last] for id in row}

    def trace(self, finish: Finish) -> Trace:
        """The trace so far."""
        n = len(self.ids)
        text, sizes = decode_utf8([self.vocabulary.bytes(id) for id in self.ids[:n]])
        columns = {**vars(self.tokens(0, n)), "sizes": sizes}
        return self.head.model_copy(
            update={"text": text, "tokens": Tokens(**columns), "pieces": self.pieces(0, n), "finish": finish}
        )

    def _decode(self, last: int) -> None:
        """Adds the texts and sizes of new tokens; they are derived when they are read, not while tokens are sampled."""
        with self._lock:
            for id in self.ids[len(self._sizes) : last]:
                self._texts.append(self.vocabulary.text(id))
                self._sizes.append(len(self.vocabulary.bytes(id)))


def decode_utf8(parts: Sequence[bytes]) -> tuple[str, list[int]]:
    r"""The text of all parts, and the number of its bytes from each part.

    U+FFFD replaces invalid UTF-8 (a thought that ends inside a character); its bytes count for the part
    at which the error became certain.

    >>> decode_utf8([b"h", b"\xc3", b"\xa9"])
    ('hé', [1, 1, 1])
    """
    raw = b"".join(parts)
    try:
        return raw.decode("utf-8"), [len(part) for part in parts]
    except UnicodeDecodeError:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        texts = [decoder.decode(part, final=i == len(parts) - 1) for i, part in enumerate(parts)]
        return "".join(texts), [len(text.encode()) for text in texts]


@dataclass
class SyntheticVocabulary:
    """A vocabulary of texts in the order in which they came, for a source that sends no token ids.

    Attributes:
        ids: the id of each text.
        known: the bytes of each id.
        free: the first free id.
        end_text: the display text of a token that adds no text.
    """

    ids: dict[bytes, int] = field(default_factory=dict)
    known: dict[int, bytes] = field(default_factory=dict)
    free: int = 0
    end_text: str = "<end>"

    @classmethod
    def of(cls, trace: Trace) -> SyntheticVocabulary:
        """The vocabulary of a trace: its tokens and their alternatives."""
        vocabulary = cls()
        for id, text in trace.pieces.items():
            vocabulary.put(id, b"" if text == vocabulary.end_text else text.encode("utf-8", "replace"))
        raw, start = trace.text.encode("utf-8", "surrogatepass"), 0
        for id, size in zip(trace.tokens.ids, trace.tokens.sizes, strict=True):
            vocabulary.put(id, raw[start : start + size])
            start += size
        return vocabulary

    def put(self, id: int, raw: bytes) -> None:
        """Adds a token with a known id."""
        self.ids[raw], self.known[id] = id, raw
        self.free = max(self.free, id + 1)

    def id(self, raw: bytes) -> int:
        """The id of a text; a new text gets the first free id."""
        if raw not in self.ids:
            self.put(self.free, raw)
        return self.ids[raw]

    def bytes(self, token: int) -> bytes:
        """The bytes that a token adds to the text."""
        return self.known[token]

    def text(self, token: int) -> str:
        """The display text of a token."""
        return self.known[token].decode("utf-8", "replace") or self.end_text
