"""The tuned lens: a translator for each layer, trained to match the last layer's distribution.

        minimise over A_l, b_l:   KL( p_L || p_l ),   p_l = softmax(unembedding(norm(A_l h_l + b_l)))

(Belrose et al. 2023, arXiv 2303.08112). The model is frozen and writes the data itself: it solves
training problems, and every position of these thoughts is an example. Left out compared with the paper:
SGD with Nesterov momentum, and transfer between models; Adam suffices for five maps of 160 x 160.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel

from labkit.inside.lens import tuned as translators
from labkit.inside.lens.residual import model_parts, record_residual_stream
from labkit.inside.lens.tuned import Translators
from labkit.models import LocalModel
from labkit.tasks import countdown
from labkit.tasks.countdown import Problem, stream
from labkit.training import checkpoint
from labkit.training.batching import collate
from labkit.training.evaluation.evaluation import chat_ids, continue_ids, metric
from labkit.training.evaluation.metrics import Metric
from labkit.training.loggers import NO_LOGGERS, Loggers
from labkit.training.output import log, open_run_folder, truncate_log


@dataclass(frozen=True)
class TunedLens:
    """The recipe of `r1-mini-tuned-lens`."""

    seed: int = 0
    problems: int = 512  # training problems, one thought each
    temperature: float = 0.6
    max_new_tokens: int = 500
    epochs: int = 6
    batch: int = 12  # thoughts per step
    lr: float = 2e-3  # decays linearly to zero
    save_every: int = 20  # steps


def thoughts(
    model: LocalModel, problems: Sequence[Problem], *, temperature: float, max_new_tokens: int, seed: int
) -> list[list[int]]:
    """One thought about each problem: ids of prompt and completion together."""
    prompts = [chat_ids(model, problem) for problem in problems]
    completions = continue_ids(
        model, prompts, temperature=temperature, top_p=0.95, seed=seed, max_new_tokens=max_new_tokens
    )
    return [prompt + completion for prompt, completion in zip(prompts, completions, strict=True)]


def streams(network: PreTrainedModel, ids: Tensor) -> Tensor:
    """The residual stream of a batch, (B, T) ids to (L + 1, B, T, D); right padding needs no mask."""
    with torch.no_grad(), record_residual_stream(model_parts(network)) as seen:
        network.base_model(ids, use_cache=False)
    return torch.stack(seen)


def kl_to_last(network: PreTrainedModel, rows: Tensor, known: int, lens: Translators | None = None) -> Tensor:
    """KL(p_L || p_l) in nats at each position: streams (L + 1, N, D) to (L, N).

    Args:
        known: size of the tokenizer's vocabulary; later rows are padding and masked.
        lens: None means the logit lens.
    """
    parts = model_parts(network)

    def logps(part: Tensor) -> Tensor:
        return parts.head(parts.norm(part))[..., :known].float().log_softmax(-1)

    with torch.no_grad():
        last = logps(rows[-1])  # (N, V)
    lower = (lens(rows) if lens else rows)[:-1]
    return torch.stack([(last.exp() * (last - logps(layer))).sum(-1) for layer in lower])


def batches(
    written: Sequence[list[int]], recipe: TunedLens, pad: int, *, start: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """(ids, mask), each (B, T), for every step from `start` on; the mask excludes the padding.

    A batch has thoughts of similar length. Its choice depends only on the seed and the step.
    """
    by_length = sorted(written, key=len)
    groups = [by_length[i : i + recipe.batch] for i in range(0, len(by_length), recipe.batch)]
    order = [k for epoch in range(recipe.epochs) for k in shuffled(len(groups), f"{recipe.seed}-{epoch}")]
    for k in order[start:]:
        yield collate([(0, ids) for ids in groups[k]], pad)


def shuffled(n: int, seed: str) -> list[int]:
    """A random permutation of 0 to n - 1."""
    return random.Random(seed).sample(range(n), n)


def tuned_lens(
    model: LocalModel, recipe: TunedLens, folder: Path, loggers: Loggers = NO_LOGGERS
) -> Translators:
    """Trains, logs to `folder/metrics.jsonl`, saves `folder/model`; resumes an interrupted run."""
    open_run_folder(folder)
    network = model.network.requires_grad_(False)
    lens = Translators(len(model_parts(network).layers), network.config.get_text_config().hidden_size)
    optimizer = torch.optim.Adam(lens.parameters(), lr=recipe.lr, betas=(0.9, 0.98))
    problems = list(islice(stream(split="train", seed=recipe.seed), recipe.problems))
    written = thoughts(
        model,
        problems,
        temperature=recipe.temperature,
        max_new_tokens=recipe.max_new_tokens,
        seed=recipe.seed,
    )  # the same at every call
    steps = recipe.epochs * -(-len(written) // recipe.batch)
    done = (checkpoint.restore(folder / "state", lens, [optimizer]) or {"step": 0})["step"]
    truncate_log(folder, done)
    began = time.monotonic()
    for step, (ids, mask) in enumerate(batches(written, recipe, model.end_ids[0], start=done), done + 1):
        optimizer.param_groups[0]["lr"] = recipe.lr * (1 - (step - 1) / steps)
        rows = streams(network, ids)[:, mask]  # (L + 1, N, D)
        kl = kl_to_last(network, rows, len(model.tokenizer), lens).mean(1)  # (L,)
        kl.sum().backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        log(folder, loggers, step=step, tokens=int(mask.sum()), seconds=round(time.monotonic() - began, 1),
            **{f"kl_{layer}": round(value, 4) for layer, value in enumerate(kl.tolist())})  # fmt: skip
        if step % recipe.save_every == 0 or step == steps:
            translators.save(lens, network, folder / "model" / translators.FILE)
            checkpoint.save(folder / "state", lens, [optimizer], {"step": step})
    return lens.requires_grad_(False)


def evaluate(model: LocalModel, lens: Translators, *, n: int = 200, seed: int = 0) -> Iterator[Metric]:
    """KL to the last layer and agreement with it on held-out problems, per layer, for both lenses.

    Args:
        model: the model that the lens was trained on.
        n: held-out problems, one thought each at temperature 0.6 and top-p 0.95.
        seed: the seed of problems and thoughts.
    """
    network, known = model.network, len(model.tokenizer)
    written = thoughts(
        model, countdown.problems(n, split="test", seed=seed), temperature=0.6, max_new_tokens=500, seed=seed
    )
    figures: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for what, translated in (("logit", None), ("tuned", lens)):
        kl, agree = [], []
        for ids in written:
            rows = streams(network, torch.tensor([ids]))[:, 0]
            with torch.no_grad():
                kl.append(kl_to_last(network, rows, known, translated).mean(1).numpy())  # (L,)
                agree.append(agreement(network, rows, known, translated))
        figures[what] = np.array(kl), np.array(agree)  # (problems, L) each
    for layer in range(len(lens.bias)):
        for what, (kl_of, agrees) in figures.items():
            yield metric(f"layer {layer}, {what} lens: KL", kl_of[:, layer])
            yield metric(f"layer {layer}, {what} lens: agrees", agrees[:, layer])


def agreement(network: PreTrainedModel, rows: Tensor, known: int, lens: Translators | None) -> np.ndarray:
    """The share of positions at which a layer's likeliest token is also the last layer's, (L,)."""
    parts = model_parts(network)
    best = parts.head(parts.norm(lens(rows) if lens else rows))[..., :known].argmax(-1)  # (L + 1, N)
    return (best[:-1] == best[-1]).float().mean(1).numpy()
