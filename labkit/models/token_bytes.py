"""The bytes of each token, so that offsets are exact even inside a character."""

from __future__ import annotations

import builtins
import json
import re
from collections.abc import Set
from functools import cache
from typing import Any

from transformers import PreTrainedTokenizerBase

BLANKS = {"type": "Metaspace", "replacement": "▁"}  # for a tokenizer without a decoder
BYTES = {"type": "ByteFallback"}


@cache
def byte_alphabet() -> dict[str, int]:
    """The printable alphabet of byte-level tokenizers: character -> byte (GPT-2, 2019).

    Printable Latin-1 bytes stand for themselves; the others follow from U+0100 on, in order.
    """
    own = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in own]
    return {chr(b): b for b in own} | {chr(256 + i): b for i, b in enumerate(others)}


class TokenBytes:
    """The bytes of each token of a tokenizer.

    Args:
        tok: a fast tokenizer: byte-level (Qwen, Llama 3), SentencePiece-like (Gemma, Llama 2, T5), WordPiece
            (BERT), or with an end-of-word suffix (the first GPT).
        spoken: special tokens that count as text: those of the family's tags.
    """

    def __init__(self, tok: PreTrainedTokenizerBase, spoken: Set[int] = frozenset()) -> None:
        self.tok = tok
        self.special = set(tok.all_special_ids) - spoken
        self.added = {i: t.content for i, t in tok.added_tokens_decoder.items()}
        self.decoders = _decoders(json.loads(tok.backend_tokenizer.to_str())["decoder"]) or [BLANKS, BYTES]
        self.byte_level = any(decoder["type"] == "ByteLevel" for decoder in self.decoders)
        self._known: dict[int, bytes] = {}

    def bytes(self, token: int) -> bytes:
        """The bytes that a token adds to the text; empty for begin and end tokens."""
        if token not in self._known:
            self._known[token] = b"" if token in self.special else self._raw(token)
        return self._known[token]

    def text(self, token: int) -> str:
        """The display text of a token: U+FFFD for a partial character, the name for an end token."""
        if token in self.special:
            return self.added.get(token) or str(self.tok.convert_ids_to_tokens(token))
        return self.bytes(token).decode("utf-8", "replace")

    def _raw(self, token: int) -> builtins.bytes:
        piece = self.added.get(token) or str(self.tok.convert_ids_to_tokens(token) or "")
        if self.byte_level:
            alphabet = byte_alphabet()
            if token in self.added or any(c not in alphabet for c in piece):
                return piece.encode()
            return bytes(alphabet[c] for c in piece)
        for decoder in self.decoders:
            decoded = _decoded(piece, decoder)
            if isinstance(decoded, bytes):
                return decoded
            piece = decoded
        return piece.encode()


def _decoders(decoder: Any) -> list[dict[str, Any]]:
    """The steps of a decoder of `tokenizers`, in order."""
    if not isinstance(decoder, dict):
        return []
    steps = decoder.get("decoders", [decoder])
    return [step for part in steps for step in (_decoders(part) if "decoders" in part else [part])]


def _decoded(piece: str, decoder: dict[str, Any]) -> str | bytes:
    """A piece after one step of a decoder; bytes if the piece represents a byte.

    The special treatment of the first piece of a text (`Strip`, `Metaspace`) is left out: a completion follows a
    prompt. An added token goes through the same steps as any other token, as in `tokenizers`.
    """
    match decoder:
        case {"type": "Replace", "pattern": {"String": old}, "content": new}:
            return piece.replace(old, new)
        case {"type": "Metaspace", "replacement": blank}:
            return piece.replace(blank, " ")
        case {"type": "ByteFallback"} if byte := re.fullmatch(r"<0x([0-9A-Fa-f]{2})>", piece):
            return bytes.fromhex(byte[1])
        case {"type": "WordPiece", "prefix": prefix}:
            return piece.removeprefix(prefix) if piece.startswith(prefix) else f" {piece}"
        case {"type": "BPEDecoder", "suffix": suffix}:
            return piece.replace(suffix, " ")
    return piece
