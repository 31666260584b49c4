"""Small real models: a random Qwen2 with a byte-level tokenizer, and the one that ships."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers
from tokenizers import models as kinds
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

import labkit

DISTILL_TOKENS = (
    "<｜begin▁of▁sentence｜>",
    "<｜end▁of▁sentence｜>",
    "<｜User｜>",
    "<｜Assistant｜>",
    "<think>",
    "</think>",
)


@pytest.fixture(scope="session")
def distill_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Qwen2 in the shape of R1-Distill-Qwen-1.5B, scaled down: GQA 12:2, untied, surplus vocabulary rows.

    As there, `config.bos_token_id` is the *end* token (facts.md 2.3), and single bytes are tokens.
    """
    folder = tmp_path_factory.mktemp("distill")
    torch.manual_seed(0)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(kinds.BPE(vocab={b: i for i, b in enumerate(alphabet)}, merges=[]))
    backend.normalizer = normalizers.NFC()
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PRETOKENIZE_REGEX), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(list(DISTILL_TOKENS[:2]))
    backend.add_tokens(list(DISTILL_TOKENS[2:]))
    shipped = labkit.load("r1-mini").tokenizer
    PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token=DISTILL_TOKENS[0], eos_token=DISTILL_TOKENS[1],
        pad_token=DISTILL_TOKENS[1], chat_template=shipped.chat_template,
    ).save_pretrained(folder)  # fmt: skip
    config = Qwen2Config(
        vocab_size=300, hidden_size=96, intermediate_size=128, num_hidden_layers=2, num_attention_heads=12,
        num_key_value_heads=2, max_position_embeddings=512, tie_word_embeddings=False,
        bos_token_id=257, eos_token_id=257,
    )  # fmt: skip
    Qwen2ForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def distill(distill_folder: Path) -> labkit.models.Model:
    """The random distill, loaded as any local folder is."""
    return labkit.load(distill_folder)


@pytest.fixture(scope="session")
def mini() -> labkit.models.Model:
    """R1-mini, as shipped."""
    return labkit.load()
