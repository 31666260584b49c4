"""Supervised fine-tuning, and the cold start: random weights on search traces (R1 section 2.3.1).

Left out compared with R1: the base model (R1 starts from DeepSeek-V3-Base, this model from random
weights), and human-written data. The loss is the mean of -log p over the tokens of the completion;
prompt and padding are masked. `fit` is the loop; its data comes in *pools*, lists of completions that
are sorted into batches of similar length.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedTokenizerBase, Qwen2Config, Qwen2ForCausalLM

from labkit.models import families, prompts
from labkit.tasks.countdown import Problem, stream
from labkit.traces.families.r1_mini import R1_MINI
from labkit.training import checkpoint
from labkit.training.batching import collate
from labkit.training.loggers import NO_LOGGERS, Loggers
from labkit.training.optim import optimizers
from labkit.training.output import export, log, open_run_folder, truncate_log
from labkit.training.sft import random_traces, tokenizer
from labkit.training.sft.search_traces import SearchStyle, SearchTraceWriter


@dataclass(frozen=True)
class Sft:
    """The settings of a supervised run; lengths in tokens, learning rates at their peak."""

    seed: int = 0
    tokens: int = 8_000_000  # total number of completion tokens
    batch: int = 6_144  # tokens per batch, padding included
    pool: int = 768  # completions sampled at a time and sorted into batches of similar length
    muon_lr: float = 0.02  # 0: AdamW also for the matrices, as usual for a pretrained model
    adam_lr: float = 0.004
    warmup: float = 0.02  # share of the run
    decay: float = 0.5  # share of the run over which the rate falls to zero
    save_every: int = 100  # steps
    bfloat16: bool = False  # autocast: products in bfloat16, weights and sums in float32


@dataclass(frozen=True)
class ColdStart(Sft):
    """The recipe of `r1-mini-cold`."""

    writer: str = "search"  # or "scribble" (no plan, see `labkit.training.sft.random_traces`)
    digits: bool = False  # one token per digit instead of one per number
    layers: int = 5
    hidden: int = 160
    heads: int = 5
    mlp: int = 448


WRITERS: dict[str, Callable[[Problem, random.Random], str]] = {
    "search": lambda problem, rng: SearchTraceWriter(problem, SearchStyle(), rng).write(),
    "scribble": random_traces.write,
}
Example = tuple[int, list[int]]  # length of the prompt, ids of prompt and completion
PoolSource = Callable[[int, random.Random], list[Example]]  # pool number k, from its own random generator


def new_model(recipe: ColdStart, vocabulary: int) -> Qwen2ForCausalLM:
    """A Qwen2 with the recipe's shape and random weights."""
    torch.manual_seed(recipe.seed)
    model = Qwen2ForCausalLM(Qwen2Config(
        vocab_size=vocabulary, hidden_size=recipe.hidden, intermediate_size=recipe.mlp,
        num_hidden_layers=recipe.layers, num_attention_heads=recipe.heads, num_key_value_heads=recipe.heads,
        max_position_embeddings=1024, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        bos_token_id=256, eos_token_id=257, pad_token_id=257,  # after the 256 byte tokens
    ))  # fmt: skip
    model.config.labkit_family = R1_MINI.name  # the family by which labkit parses its output
    return model


def batches(
    recipe: Sft, tok: PreTrainedTokenizerBase, *, start: int = 0, pools: PoolSource | None = None
) -> Iterator[tuple[int, Tensor, Tensor]]:
    """Endless batches of (pool, ids, mask), ids and mask (B, T): similar lengths, mask on the completion.

    PoolSource number k depends only on the seed and k, so a run resumes exactly.
    """
    draw = pools or program_traces(recipe, tok)
    for k in range(start, 10**9):
        rng = random.Random(f"{recipe.seed}-{k}")
        rows = sorted(draw(k, rng), key=lambda row: len(row[1]))
        packed = []
        while rows:
            longest = len(rows[-1][1])
            take = max(1, recipe.batch // longest)
            packed.append(collate(rows[-take:], tok.pad_token_id))
            del rows[-take:]
        rng.shuffle(packed)
        for ids, mask in packed:
            yield k, ids, mask


def program_traces(recipe: Sft, tok: PreTrainedTokenizerBase) -> PoolSource:
    """Pools of program-written traces, on training problems."""
    write = WRITERS[getattr(recipe, "writer", "search")]

    def pool(k: int, rng: random.Random) -> list[Example]:
        rows = []
        for problem in islice(stream(split="train", seed=rng.getrandbits(32)), recipe.pool):
            rows.append(example(tok, problem.prompt, write(problem, rng)))
        return rows

    return pool


def example(tok: PreTrainedTokenizerBase, prompt: str, completion: str) -> Example:
    """Prompt, completion and end token as one row; the opening tag is added if the template lacks it."""
    ids = prompt_ids(tok, prompt)
    text = families.think_prefix(str(tok.decode(ids)), families.THINK) + completion
    return len(ids), [*ids, *tok.encode(text, add_special_tokens=False), tok.eos_token_id]


def prompt_ids(tok: PreTrainedTokenizerBase, prompt: str) -> list[int]:
    """The prompt's ids under the chat template."""
    return prompts.encode(tok, prompts.templated(tok, prompts.messages(prompt)))


def sft_loss(model: Qwen2ForCausalLM, ids: Tensor, mask: Tensor) -> Tensor:
    """Mean of -log p(token) over the masked tokens. ids, mask: (B, T). Right padding needs no attention mask."""
    targets = mask[:, 1:]  # (B, T - 1)
    hidden = model.model(ids[:, :-1]).last_hidden_state[targets]  # (N, D): only positions with a loss
    return F.cross_entropy(model.lm_head(hidden), ids[:, 1:][targets])


def learning_rate_factor(recipe: Sft, done: float) -> float:
    """The share of the peak learning rate after the share `done` (0 to 1) of the run: warmup, constant, decay to 0."""
    return max(0.0, min(1.0, done / recipe.warmup, (1 - done) / recipe.decay))


def cold_start(recipe: ColdStart, folder: Path, loggers: Loggers = NO_LOGGERS) -> Qwen2ForCausalLM:
    """Trains random weights on program-written traces; see `fit`."""
    tok = tokenizer.build(digits=recipe.digits)
    return fit(new_model(recipe, len(tok)), tok, recipe, folder, program_traces(recipe, tok), loggers)


def fit(
    model: Qwen2ForCausalLM, tok: PreTrainedTokenizerBase, recipe: Sft, folder: Path, pools: PoolSource,
    loggers: Loggers = NO_LOGGERS,
) -> Qwen2ForCausalLM:  # fmt: skip
    """Trains, logs to `folder/metrics.jsonl`, saves `folder/model`; resumes an interrupted run."""
    open_run_folder(folder)
    both = optimizers(model, muon_lr=recipe.muon_lr, adam_lr=recipe.adam_lr)
    peaks = [group["lr"] for o in both for group in o.param_groups]
    saved = checkpoint.restore(folder / "state", model, both) or {
        "step": 0,
        "tokens": 0,
        "pool": 0,
        "in_pool": 0,
    }
    step, tokens, pool, in_pool = saved["step"], saved["tokens"], saved["pool"], saved["in_pool"]
    truncate_log(folder, step)
    source = islice(batches(recipe, tok, start=pool, pools=pools), in_pool, None)
    began, began_at = time.monotonic(), tokens

    while tokens < recipe.tokens:
        k, ids, mask = next(source)
        pool, in_pool = k, in_pool + 1 if k == pool else 1
        for group, peak in zip((g for o in both for g in o.param_groups), peaks, strict=True):
            group["lr"] = peak * learning_rate_factor(recipe, tokens / recipe.tokens)
        with torch.autocast(model.device.type, torch.bfloat16, enabled=recipe.bfloat16):
            loss = sft_loss(model, ids, mask)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for o in both:
            o.step()
            o.zero_grad(set_to_none=True)
        step, tokens = step + 1, tokens + int(mask.sum())
        if step % 20 == 0:
            speed = (tokens - began_at) / (time.monotonic() - began)
            log(
                folder,
                loggers,
                step=step,
                tokens=tokens,
                loss=round(loss.item(), 4),
                tokens_per_s=round(speed),
            )
        if step % recipe.save_every == 0:
            progress = {"step": step, "tokens": tokens, "pool": pool, "in_pool": in_pool}
            checkpoint.save(folder / "state", model, both, progress)
            export(model, tok, folder / "model")
    export(model, tok, folder / "model")
    return model
