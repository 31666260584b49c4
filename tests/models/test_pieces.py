"""The bytes of tokens, with tokenizers of every construction: the text of all tokens is the text that was read."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

import labkit
from labkit.models.token_bytes import TokenBytes
from labkit.traces.builder import decode_utf8

BYTES = [f"<0x{b:02X}>" for b in range(256)]
TEXTS = [
    "two  blanks", "   three before", "four after    ", " ", "  ", "def f(x):\n        return x\n\n\n    # end", "\tone tab",
    "a\n\nb\n\n\n\n\nc", "naïve café", "你好，世界", "🤔 hmm 👩‍👩‍👧", "a\u00a0b", "<0x41> is text", "x" * 40, "1 + 2 =   3",
    "".join("  " * i + "deep\n" for i in range(16)), "<table>  <td> 9 </td></table>", "zero\u200dwidth", "end of▁block",
]  # fmt: skip


def gemma() -> PreTrainedTokenizerBase:
    """Of Gemma's construction: BPE with bytes behind it, blanks as `▁`, and runs of blanks as added tokens."""
    runs = ["▁" * n for n in range(2, 32)]
    letters = sorted(set("▁abcdefghijklmnopqrstuvwxyz0123456789.,:;()<>/+=#\n\té你"))
    vocab = {
        piece: i for i, piece in enumerate(["<pad>", "<eos>", "<bos>", *BYTES, *runs, *letters, "▁the", "re"])
    }
    merges = [("▁" * k, "▁" * (n - k)) for n in range(2, 32) for k in range(1, n)] + [("r", "e")]
    backend = Tokenizer(models.BPE(vocab=vocab, merges=merges, byte_fallback=True, fuse_unk=True))
    backend.normalizer = normalizers.Replace(" ", "▁")
    backend.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    backend.add_special_tokens(["<pad>", "<eos>", "<bos>"])
    added = [*runs, "\n\n", "\n\n\n", "<table>", "</table>", "<td>"]
    backend.add_tokens([AddedToken(piece, normalized=False) for piece in added])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>"
    )


def llama_2() -> PreTrainedTokenizerBase:
    """Of Llama 2's construction: the first blank of a text is the tokenizer's own."""
    letters = sorted(set("▁abcdefghijklmnopqrstuvwxyz0123456789.,"))
    vocab = {piece: i for i, piece in enumerate(["<unk>", "<s>", "</s>", *BYTES, *letters, "▁▁", "▁t"])}
    backend = Tokenizer(
        models.BPE(vocab=vocab, merges=[("▁", "▁"), ("▁", "t")], byte_fallback=True, unk_token="<unk>")
    )
    backend.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    backend.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    backend.add_special_tokens(["<unk>", "<s>", "</s>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )


def metaspace(scheme: str) -> PreTrainedTokenizerBase:
    """A unigram model with `Metaspace` on both sides, as of T5, and runs of blanks as added tokens."""
    known = "▁abcdefghijklmnopqrstuvwxyz0123456789.,:()<>/+=#\n\t"
    backend = Tokenizer(
        models.Unigram([("<unk>", 0.0), *((c, -1.0) for c in known), ("▁the", -2.0)], 0, False)
    )
    backend.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False)
    backend.decoder = decoders.Metaspace(prepend_scheme=scheme, split=False)
    backend.add_special_tokens(["<eos>"])
    backend.add_tokens([AddedToken("▁▁▁", normalized=False), AddedToken("<td>", normalized=False)])
    return PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<eos>", unk_token="<unk>")


def byte_level() -> PreTrainedTokenizerBase:
    """Of Qwen's construction, with added tokens that hold blanks and letters of the byte alphabet."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE(vocab={b: i for i, b in enumerate(alphabet)}, merges=[]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(["<eos>"])
    backend.add_tokens([AddedToken(piece, normalized=False) for piece in (" vs ", "▁▁", "ñandú", "<td>")])
    return PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<eos>")


def word_piece() -> PreTrainedTokenizerBase:
    """Of BERT's construction: a blank stands before every piece that does not begin with `##`."""
    words = ["[UNK]", "the", "small", "##er", "##s", "think", "s", "er", "a"]
    backend = Tokenizer(models.WordPiece({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.decoder = decoders.WordPiece(prefix="##", cleanup=False)
    return PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="[UNK]")


def text_of(tok: PreTrainedTokenizerBase, text: str) -> str:
    pieces = TokenBytes(tok)
    return decode_utf8([pieces.bytes(i) for i in tok.encode(text, add_special_tokens=False)])[0]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("build", [gemma, byte_level])
def test_every_text_comes_back_as_it_was_read(
    build: Callable[[], PreTrainedTokenizerBase], text: str
) -> None:
    if "▁" in text and build is gemma:
        text = text.replace("▁", " ")  # it reads both as the same
    assert text_of(build(), text) == text


GEMMA, BYTE_LEVEL = gemma(), byte_level()
anything = st.text(alphabet=st.sampled_from(" \n\tab9<>é你🤔é"), max_size=60) | st.text(max_size=40)


@given(text=anything.filter(lambda t: "▁" not in t))
@settings(max_examples=300, deadline=None)
def test_any_text_comes_back_from_a_tokenizer_of_gemmas_construction(text: str) -> None:
    raw = text.encode("utf-8", "replace").decode()
    assert text_of(GEMMA, raw) == raw


@given(text=anything)
@settings(max_examples=200, deadline=None)
def test_any_text_comes_back_from_a_byte_level_tokenizer(text: str) -> None:
    raw = text.encode("utf-8", "replace").decode()
    assert text_of(BYTE_LEVEL, raw) == raw


@pytest.mark.parametrize("seed", range(5))
def test_any_tokens_of_gemma_give_what_its_own_decoder_gives(seed: int) -> None:
    pieces, random_ids = TokenBytes(GEMMA), random.Random(seed)
    plain = [i for i in range(len(GEMMA)) if i not in GEMMA.all_special_ids and not 3 <= i < 3 + len(BYTES)]
    ids = random_ids.choices(plain, k=200)
    assert decode_utf8([pieces.bytes(i) for i in ids])[0] == GEMMA.decode(
        ids, clean_up_tokenization_spaces=False
    )


def test_a_run_of_blanks_is_shown_as_blanks() -> None:
    (run,) = GEMMA.encode("    ", add_special_tokens=False)
    assert GEMMA.convert_ids_to_tokens(run) == "▁▁▁▁" and run in GEMMA.added_tokens_decoder
    assert TokenBytes(GEMMA).text(run) == "    "


@pytest.mark.parametrize("text", ["the  end", "a   b", "naïve 你好", "9, 8"])
def test_llama_2_puts_one_blank_before_a_text_and_none_within_it(text: str) -> None:
    assert text_of(llama_2(), text) == f" {text}", "behind a prompt this blank is the model's own"


@pytest.mark.parametrize("text", ["the  end", "a b", "x = (1 + 2)\n\ty", "<td> 9", "a   b    c"])
def test_metaspace_reads_and_writes_blanks(text: str) -> None:
    assert text_of(metaspace("never"), text) == text
    assert text_of(metaspace("always"), text).removeprefix(" ") == text
    tok = metaspace("never")
    run = tok.convert_tokens_to_ids("▁▁▁")
    assert TokenBytes(tok).bytes(run) == b"   " and tok.decode([run]) == "   "


def test_the_pieces_of_words_are_joined_as_bert_joins_them() -> None:
    tok = word_piece()
    assert text_of(tok, "the smallers thinks") == " the smallers thinks"
    assert text_of(tok, "the smaller s") == " the smaller s"


def test_the_text_of_an_embedded_model_stays_what_it_is() -> None:
    tok = labkit.load("r1-mini").tokenizer
    for text in (
        "First 3 and 5, leaving 9.\n",
        "3 * 5 = 15: 15 + 9 = 24 vs 24, 0 off, yes!\n",
        "naïve  ▁▁ 你好",
    ):
        assert text_of(tok, text) == text
