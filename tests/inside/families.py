"""Small networks with random weights, one of each family whose attention labkit captures."""

from __future__ import annotations

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

VOCABULARY = 64


def network(
    family: str,
    *,
    heads: int = 4,
    groups: int = 2,
    size: int = 8,
    layers: int = 2,
    window: int | None = None,
    seed: int = 0,
) -> PreTrainedModel:
    """A network of random weights: `groups` KV heads, head size `size`; `window` where the family slides."""
    given: dict[str, object] = {
        "vocab_size": VOCABULARY, "hidden_size": heads * size, "intermediate_size": 32, "num_hidden_layers": layers,
        "num_attention_heads": heads, "num_key_value_heads": groups, "head_dim": size,
        "max_position_embeddings": 512, "tie_word_embeddings": False, "pad_token_id": 0, "bos_token_id": 1,
        "eos_token_id": 2,
    }  # fmt: skip
    if family == "qwen2":
        given.pop("head_dim")
        if window:
            given |= {"use_sliding_window": True, "sliding_window": window, "max_window_layers": 1}
    if family == "mistral":
        given["sliding_window"] = window
    if family == "gpt_oss":
        given |= {"sliding_window": window or 512, "num_local_experts": 2, "num_experts_per_tok": 1}
        given["hidden_size"] = 32  # its experts want rows of whole 16 bytes
        given["rope_parameters"] = {"rope_type": "default", "rope_theta": 10_000.0}
    torch.manual_seed(seed)
    made = AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **given)).eval()
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if "norm" not in name:
                weight.normal_(0, 0.3)  # far from uniform attention: what is to be compared must not be flat
    return made


def eager(made: PreTrainedModel, ids: torch.Tensor) -> list[torch.Tensor]:
    """Attention as the family's own eager code has it: a list of (heads, N, N), one a layer."""
    before = made.config._attn_implementation
    made.set_attn_implementation("eager")
    try:
        with torch.no_grad():
            return [a[0] for a in made(ids, output_attentions=True).attentions]
    finally:
        made.set_attn_implementation(before)
