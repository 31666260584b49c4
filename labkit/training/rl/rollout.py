"""Rollouts: groups of completions, sampled from the current policy."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase, Qwen2ForCausalLM

from labkit.models import families
from labkit.models.local.sampling import decode
from labkit.tasks.countdown import Problem
from labkit.training.rl.recipe import Grpo
from labkit.training.sft.sft import chat

T = TypeVar("T")


@dataclass(frozen=True)
class Rollouts:
    """B completions, G in a row for each problem.

    `opened` tells, for each completion, whether its prompt contains the opening tag of the thought; `tags` are the
    tags of the model's family. `ids`, `old_logps` and `entropies` hold one list per completion: its tokens, the log p
    of each token at sampling, and the entropy of its distribution; `entropy` is the mean entropy, in nats.
    """

    problems: list[Problem]
    prompts: list[list[int]]
    ids: list[list[int]]
    old_logps: list[list[float]]
    texts: list[str]
    entropy: float
    entropies: list[list[float]] = field(default_factory=list)
    opened: list[bool] = field(default_factory=list)
    tags: families.Tags = families.THINK

    def reading(self, i: int) -> dict[str, Any]:
        """How to parse completion `i`, for rules and `labkit.traces.split`."""
        opened = self.opened[i] if self.opened else False
        return {"opened": opened, "open_tag": self.tags.open, "close_tag": self.tags.close}


def rollout(
    model: Qwen2ForCausalLM,
    tok: PreTrainedTokenizerBase,
    problems: Sequence[Problem],
    recipe: Grpo,
    seed: int,
) -> Rollouts:
    """Samples a group for each problem from the current policy."""
    asked = [chat(tok, p.prompt) for p in problems]
    drawing = rolling(
        model, tok, problems, asked, recipe.group, temperature=recipe.temperature, top_p=1.0,
        max_new_tokens=recipe.max_new_tokens, end_ids=[tok.eos_token_id], seed=seed,
    )  # fmt: skip
    return exhaust(drawing)


def rolling(
    model: Any,
    tok: Any,
    problems: Sequence[Any],
    asked: Sequence[list[int]],
    n: int,
    *,
    temperature: float,
    top_p: float,
    max_new_tokens: int,
    end_ids: Sequence[int],
    seed: int,
    known: int | None = None,
    tags: families.Tags = families.THINK,
) -> Generator[int, None, Rollouts]:
    """`n` rollouts of each problem, as a generator: yields the number of ended rollouts after each decoding step.

    Args:
        problems: the problems; `asked` are their prompts as ids.
        known: ids from here on are padding rows of the embedding and are never sampled.
        tags: the tags of the model's family.
    """
    each = [p for p in problems for _ in range(n)]
    ids: list[list[int]] = [[] for _ in each]
    logps: list[list[float]] = [[] for _ in each]
    entropies: list[list[float]] = [[] for _ in each]
    ended, ends = 0, set(end_ids)
    for k, batch in enumerate(alike(asked)):  # a batch needs prompts of the same length
        for draw in decode(
            model, torch.tensor([asked[i] for i in batch], device=model.device), repeat=n, temperature=temperature,
            top_p=top_p, max_new_tokens=max_new_tokens, end_ids=end_ids, known=known, lean=True, alternatives=1,
            generator=torch.Generator().manual_seed(seed + k),
        ):  # fmt: skip
            columns = (draw.rows, draw.ids, draw.logps, draw.entropies)
            for row, token, logp, entropy in zip(*(c.tolist() for c in columns), strict=True):
                at = n * batch[row // n] + row % n
                ids[at].append(token)
                logps[at].append(logp)
                entropies[at].append(entropy)
                ended += token in ends
            yield ended
    texts = tok.batch_decode([row[:-1] if row[-1] in ends else row for row in ids])
    prompts = [prompt for prompt in asked for _ in range(n)]
    mean = float(np.mean([e for row in entropies for e in row]))
    opened = [families.opened(tok.decode(prompt), tags) for prompt in asked for _ in range(n)]
    return Rollouts(each, prompts, ids, logps, texts, mean, entropies, opened, tags)


def alike(asked: Sequence[list[int]]) -> list[list[int]]:
    """Indices of prompts, grouped by the number of tokens."""
    of_length: dict[int, list[int]] = {}
    for i, prompt in enumerate(asked):
        of_length.setdefault(len(prompt), []).append(i)
    return list(of_length.values())


def exhaust(steps: Generator[Any, None, T]) -> T:
    """Runs a generator to its end and returns its return value."""
    while True:
        try:
            next(steps)
        except StopIteration as over:
            return over.value
