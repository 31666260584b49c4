"""One decoding step of a small Qwen2 with as few calls as possible.

A network of two million parameters spends most of a decoding step on call overhead: stock
`transformers` makes about two hundred Python calls a token for R1-mini. Large batches of rollouts
(`model.sample`, GRPO, evaluation) use this function instead, in which one layer is twelve lines; it
shares the weights of the network. `model.think` and every larger network use the stock path. A test
compares the two paths.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedModel
from transformers.cache_utils import Cache

from labkit.models.runtime.kv_cache import PreallocatedLayer

SMALL = 50_000_000  # parameters: the joined matrices are copies, so this stays below 200 MB

Step = Callable[[Tensor, Cache], Tensor]


def fast_decode_step(model: PreTrainedModel) -> Step | None:
    """A function from the last tokens (A, 1) and a preallocated cache to logits (A, V).

    Returns None unless the network is a plain Qwen2 of at most `SMALL` parameters in float32 on the CPU. The
    function reads the weights once: after an optimiser step, make a new one. A network with hooks (an
    intervention of `labkit.inside`, or your own) uses the stock path, because this function would bypass them.
    """
    if not _applies(model):
        return None
    config, body = model.config, model.model
    heads, groups = config.num_attention_heads, config.num_key_value_heads
    size = body.layers[0].self_attn.head_dim
    eps, width = config.rms_norm_eps, config.hidden_size
    weights = [
        (
            layer.input_layernorm.weight,
            torch.cat([p.weight for p in _projections(layer)]),
            torch.cat([p.bias for p in _projections(layer)]),
            layer.self_attn.o_proj.weight,
            layer.post_attention_layernorm.weight,
            torch.cat([layer.mlp.gate_proj.weight, layer.mlp.up_proj.weight]),
            layer.mlp.down_proj.weight,
        )
        for layer in body.layers
    ]
    positions = torch.arange(config.max_position_embeddings)[None]
    cosines, sines = (table[0] for table in body.rotary_emb(body.embed_tokens.weight, positions))  # (T, D)

    def step(ids: Tensor, cache: Cache) -> Tensor:
        at = cache.get_seq_length()
        cosine, sine = cosines[at], sines[at]
        h = F.embedding(ids[:, 0], body.embed_tokens.weight)  # (A, hidden): the residual stream
        slabs = cast(list[PreallocatedLayer], cache.layers)
        for (norm1, qkv, bias, out, norm2, gate_up, down), slab in zip(weights, slabs, strict=True):
            x = F.linear(F.rms_norm(h, (width,), norm1, eps), qkv, bias).view(len(h), -1, size)
            turned, v = x[:, : heads + groups], x[:, heads + groups :]
            half = turned.roll(size // 2, -1)  # RoPE; the sign of the rotation is in `sine`
            turned = turned * cosine + half * sine
            q, k = turned[:, :heads], turned[:, heads:]
            keys, values = slab.update(k[:, :, None], v[:, :, None])  # (A, groups, T, D)
            seen = F.scaled_dot_product_attention(q[:, :, None], keys, values, enable_gqa=heads != groups)
            h = h + F.linear(seen.reshape(len(h), -1), out)
            gate, up = F.linear(F.rms_norm(h, (width,), norm2, eps), gate_up).chunk(2, -1)
            h = h + F.linear(F.silu(gate) * up, down)
        return F.linear(F.rms_norm(h, (width,), body.norm.weight, eps), model.lm_head.weight)

    # rotate_half(x) = (-x2, x1) is a roll by half with the first half negated; the sine is negated here, once.
    sines = torch.cat([-sines[:, : size // 2], sines[:, size // 2 :]], -1)
    return step


def _projections(layer: Any) -> tuple[torch.nn.Linear, ...]:
    attention = layer.self_attn
    return attention.q_proj, attention.k_proj, attention.v_proj


def _applies(model: PreTrainedModel) -> bool:
    config = model.config
    return (
        config.model_type == "qwen2"
        and model.dtype == torch.float32
        and model.device.type == "cpu"
        and model.num_parameters() <= SMALL
        and set(config.layer_types) == {"full_attention"}
        and config.hidden_act == "silu"
        and not model.training
        and not hooked(model)
    )


def hooked(model: PreTrainedModel) -> bool:
    """Whether a module of the network has a forward hook, which may change its output."""
    return any(part._forward_hooks or part._forward_pre_hooks for part in model.modules())
