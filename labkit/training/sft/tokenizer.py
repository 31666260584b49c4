"""R1-mini's tokenizer: a plain `tokenizers` file in which a whole number is one token.

Its base is the byte-level alphabet of every Qwen2 tokenizer (stock `transformers` builds that class for
any Qwen2 checkpoint), without merges. R1-mini's trained tokens are added to it: the chat tokens and tags
of the R1 distills, the numbers from 0 to 999, about twenty words and a few signs. Words and signs include
the spaces around them (`" vs "`, `"leaving "`) and numbers do not, so a number has one embedding at any
place, and decoding reproduces every text byte for byte. The byte tokens exist only because the class
needs them, and were never trained: `labkit` refuses a prompt that needs them.
"""

from __future__ import annotations

from itertools import product

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

BOS, EOS = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"
USER, ASSISTANT = "<｜User｜>", "<｜Assistant｜>"
TAGS = ("<think>", "</think>", "<answer>", "</answer>")
LARGEST = 999

WORDS = ("Using", "and", "make", "First", "Go", "back", "Now", "leaving", "vs", "off", "yes", "too", "big",
         "Check", "right", "not", "Give", "up")  # fmt: skip

# The template drops earlier thoughts from the history and opens `<think>\n` for the model, like the
# templates of the R1 distills.
TEMPLATE = (
    "{{ bos_token }}"
    "{% for m in messages %}"
    "{% if m.role == 'system' %}{{ m.content }}"
    "{% elif m.role == 'user' %}<｜User｜>{{ m.content }}"
    "{% else %}<｜Assistant｜>{{ m.content.split('</think>')[-1] }}<｜end▁of▁sentence｜>{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<｜Assistant｜><think>\n{% endif %}"
)


def trained_tokens(*, digits: bool = False) -> list[str]:
    """The trained tokens, in the order of their ids."""
    numbers = [str(n) for n in range(10 if digits else LARGEST + 1)]
    words = [before + word + after for word, before, after in product(WORDS, ("", " "), ("", " "))]
    signs = [before + sign + after for sign, before, after in product("+-*/=", ("", " "), ("", " "))]
    stops = [stop + after for stop, after in product(".,:!", ("", " ", "\n"))]
    return [BOS, EOS, USER, ASSISTANT, *TAGS, *numbers, *words, *signs, *stops, "(", ")", "\n\n", "\n", " "]


def build(*, digits: bool = False) -> PreTrainedTokenizerFast:
    """The tokenizer, built from this file alone.

    Args:
        digits: one token per digit instead of one per number, for the comparison in the model card.
    """
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={byte: i for i, byte in enumerate(alphabet)}, merges=[]))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])  # fmt: skip
    tokenizer.decoder = decoders.ByteLevel()
    # Only the begin and end tokens are `special`: as in the distills, the tags are part of the text. A number
    # is matched as a whole word, so that 1234 is not split into 123 and 4.
    for piece in trained_tokens(digits=digits):
        added = AddedToken(piece, normalized=False, special=piece in (BOS, EOS),
                           single_word=piece.isdigit() and not digits)  # fmt: skip
        (tokenizer.add_special_tokens if added.special else tokenizer.add_tokens)([added])

    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS, eos_token=EOS, unk_token=None, pad_token=EOS,
        chat_template=TEMPLATE, clean_up_tokenization_spaces=False, model_max_length=1024,
    )  # fmt: skip
