"""The engine of the page writes what torch writes; `python -m tests.engine.compare` holds it on 200 prompts."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from labkit._host.shipped import data_path

from . import compare_forks
from .compare import CLOSE, compare, run_engine

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("node") is None, reason="the engine is run in Node, which is not installed"
    ),
]


@pytest.mark.parametrize("model", ["r1-mini", "r1-nano"])
def test_the_engine_writes_the_tokens_of_torch(model: str) -> None:
    comparison = compare(model, prompts=2, rollouts=2)
    assert not comparison.wrong and comparison.equal + comparison.close == comparison.thoughts == 8
    assert {*comparison.worst} == {"logprob", "entropy", "alternatives", "residuals", "queries", "keys"}
    assert max(comparison.worst.values()) < CLOSE


SHAPES: dict[str, dict[str, Any]] = {
    "tied": {"tie_word_embeddings": True},
    "untied": {"tie_word_embeddings": False},
    "grouped heads": {"num_key_value_heads": 2},
    "one key for all heads": {"num_key_value_heads": 1},
    "wide heads": {"head_dim": 20},
    "an odd width of the MLP": {"intermediate_size": 77},
    "another base of RoPE": {"rope_parameters": {"rope_type": "default", "rope_theta": 1e6}},
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("fields", SHAPES.values(), ids=SHAPES.keys())
def test_the_engine_runs_a_qwen2_checkpoint_of_another_shape(
    fields: dict[str, Any], dtype: torch.dtype, tmp_path: Path
) -> None:
    from transformers import Qwen2ForCausalLM

    _random_checkpoint(tmp_path, dtype, **fields)
    params = {"topP": 1, "topK": 0, "maxNewTokens": 60, "alternatives": 2}
    job = {"prompt": "Using 3, 5 and 9, make 24.", "seed": 0, "count": 1, "index": 0}
    jobs = [job | {"params": params | {"temperature": temperature}} for temperature in (0, 1)]
    greedy, sampled = run_engine(tmp_path, jobs, [])["thoughts"]
    model = Qwen2ForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    prompt = torch.tensor([greedy["promptIds"]])
    expected = model.generate(prompt, do_sample=False, max_new_tokens=60)[0, prompt.shape[1] :].tolist()
    assert [token["id"] for token in greedy["tokens"]] == expected
    written = torch.tensor([[token["id"] for token in sampled["tokens"]]])
    with torch.inference_mode():
        logits = model(torch.cat([prompt, written], 1)).logits[0, prompt.shape[1] - 1 : -1]
    logprobs = logits.log_softmax(-1).gather(1, written.T).squeeze(1)
    assert len(logprobs) > 20
    assert [token["logprob"] for token in sampled["tokens"]] == pytest.approx(logprobs.tolist(), rel=CLOSE)


def _random_checkpoint(folder: Path, dtype: torch.dtype, **fields: Any) -> None:
    """A small Qwen2 model with random weights and biases, as transformers saves it, with R1-mini's tokenizer."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    small = {"hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 2, "num_attention_heads": 4}
    special = {"vocab_size": 1352, "eos_token_id": 257, "pad_token_id": 257, "max_position_embeddings": 256}
    torch.manual_seed(0)
    model = Qwen2ForCausalLM(Qwen2Config(**{**small, "num_key_value_heads": 4, **special, **fields}))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    model.to(dtype).save_pretrained(folder)
    shutil.copyfile(data_path("models", "r1-nano") / "tokenizer.json", folder / "tokenizer.json")


def test_forks_of_the_page_are_those_of_python() -> None:
    comparison = compare_forks.compare("r1-mini", thoughts=1, weighed=0)
    assert comparison.wrong == [] and comparison.equal == comparison.rollouts == 8 * comparison.forks == 40
