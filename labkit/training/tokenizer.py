"""R1-mini's tokenizer: a plain `tokenizers` file in which a whole number is one token.

Words carry the spaces around them (`" vs "`, `"leaving "`), numbers carry none, so each number has
one embedding wherever it stands and decoding is plain concatenation: every text that can be
encoded comes back byte for byte. The chat tokens and the template are those of the R1 distills
(`data/facts`), so what parses R1-mini's output parses theirs.
"""

from __future__ import annotations

from itertools import product

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

BOS, EOS, UNK = "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<unk>"
USER, ASSISTANT = "<｜User｜>", "<｜Assistant｜>"
TAGS = ("<think>", "</think>", "<answer>", "</answer>")
LARGEST = 999

WORDS = ("Using", "and", "make", "First", "Go", "back", "Now", "leaving", "vs", "no", "yes", "too", "big",
         "Check", "right", "not", "Give", "up")  # fmt: skip
SPLIT = r"[0-9]+| ?[+\-*/=] ?| ?[A-Za-z]+ ?|[.,:!?][ \n]?|[()]|\n\n|\n| "
DIGITS = SPLIT.replace("[0-9]+", "[0-9]")

# An earlier thought is dropped from the history and `<think>\n` is opened for the model, as the
# templates of the R1 distills do.
TEMPLATE = (
    "{{ bos_token }}"
    "{% for m in messages %}"
    "{% if m.role == 'system' %}{{ m.content }}"
    "{% elif m.role == 'user' %}<｜User｜>{{ m.content }}"
    "{% else %}<｜Assistant｜>{{ m.content.split('</think>')[-1] }}<｜end▁of▁sentence｜>{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}<｜Assistant｜><think>\n{% endif %}"
)


def build(*, digits: bool = False) -> PreTrainedTokenizerFast:
    """The tokenizer, made from this file alone.

    Args:
        digits: one token a digit instead of one a number, for the comparison in the model card.
    """
    special = [BOS, EOS, UNK, USER, ASSISTANT, *TAGS]
    words = [before + word + after for word, before, after in product(WORDS, ("", " "), ("", " "))]
    signs = [before + sign + after for sign, before, after in product("+-*/=", ("", " "), ("", " "))]
    stops = [stop + after for stop, after in product(".,:!?", ("", " ", "\n"))]
    numbers = [str(n) for n in range(10 if digits else LARGEST + 1)]
    pieces = [*special, *numbers, *words, *signs, *stops, "(", ")", "\n\n", "\n", " "]

    tokenizer = Tokenizer(models.WordLevel({piece: i for i, piece in enumerate(pieces)}, unk_token=UNK))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(DIGITS if digits else SPLIT), "isolated")
    tokenizer.decoder = decoders.Fuse()
    # Only begin, end and unknown are `special`: as in the distills, the tags are part of the text.
    tokenizer.add_special_tokens([BOS, EOS, UNK])
    tokenizer.add_tokens([AddedToken(t, normalized=False) for t in (USER, ASSISTANT, *TAGS)])

    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS, eos_token=EOS, unk_token=UNK, pad_token=EOS,
        chat_template=TEMPLATE, clean_up_tokenization_spaces=False, model_max_length=1024,
    )  # fmt: skip
