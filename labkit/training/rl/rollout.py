"""Rollouts: groups of completions, sampled from the current policy."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import torch

from labkit._host.memory import trim_freed_memory
from labkit.models import LocalModel, families, prompts
from labkit.models.local.sampling import sample_batch
from labkit.tasks import Problem
from labkit.traces import SamplingParams
from labkit.training.batching import group_by_length

T = TypeVar("T")
Rewards = Sequence[float | None] | np.ndarray  # (B,); None for a rollout that cannot be judged


@dataclass(frozen=True)
class Rollouts:
    """B completions, G in a row for each problem.

    `opened` tells, for each completion, whether its prompt contains the opening tag of the thought; `tags` are the
    tags of the model's family. `ids`, `old_logps` and `entropies` hold one list per completion: its tokens, the log p
    of each token at sampling, and the entropy of its distribution; `entropy` is the mean entropy, in nats.
    """

    problems: list[Any]  # `Problem`, or the text of a prompt that no task judges
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


@dataclass(frozen=True)
class Progress:
    """The current phase of a step, and how far it is: `done` of `total`; (0, 0) if that is not known."""

    doing: str
    done: int = 0
    total: int = 0
    step: int = 0


def iter_rollouts(
    model: LocalModel,
    problems: Sequence[Problem | str],
    n: int,
    settings: SamplingParams,
    seed: int,
    *,
    chat: bool = True,
) -> Generator[Progress, None, Rollouts]:
    """`n` rollouts of each problem, as a generator: yields after each decoding step how many rollouts have ended.

    Args:
        model: the current policy.
        settings: temperature, top-p and the maximum length.
        chat: False samples from the bare prompt without the chat template.
    """
    tok = model.tokenizer
    prompt_ids = [prompts.encode(tok, prompt_text(model, problem, chat=chat)) for problem in problems]
    limit = model.new_token_limit(max(map(len, prompt_ids)), settings.max_new_tokens)
    params = settings.model_copy(update={"max_new_tokens": limit, "top_k": 0})
    ids: list[list[int]] = [[] for _ in range(n * len(prompt_ids))]
    logps: list[list[float]] = [[] for _ in ids]
    entropies: list[list[float]] = [[] for _ in ids]
    n_ended, end_ids = 0, set(model.end_ids)
    for k, batch in enumerate(group_by_length(prompt_ids)):  # a batch needs prompts of the same length
        for column in sample_batch(
            model.network, torch.tensor([prompt_ids[i] for i in batch], device=model.network.device), params, repeat=n,
            end_ids=model.end_ids, vocab_size=len(tok), fast_path=True, alternatives=1,
            generator=torch.Generator().manual_seed(seed + k),
        ):  # fmt: skip
            values = (column.rows, column.ids, column.logps, column.entropies)
            for row, token, logp, entropy in zip(*(value.tolist() for value in values), strict=True):
                i = n * batch[row // n] + row % n  # the rollout
                ids[i].append(token)
                logps[i].append(logp)
                entropies[i].append(entropy)
                n_ended += token in end_ids
            yield Progress("sampling", n_ended, len(ids))
    trim_freed_memory()  # the KV cache
    texts = tok.batch_decode([row[:-1] if row[-1] in end_ids else row for row in ids])
    opened = [families.prompt_opens_thinking(str(tok.decode(prompt)), model.tags) for prompt in prompt_ids]
    return Rollouts(
        problems=_repeat(problems, n), prompts=_repeat(prompt_ids, n), ids=ids, old_logps=logps, texts=texts,
        entropy=float(np.mean([e for row in entropies for e in row])), entropies=entropies,
        opened=_repeat(opened, n), tags=model.tags,
    )  # fmt: skip


def prompt_of(problem: Problem | str) -> str:
    """The text of the prompt."""
    return problem if isinstance(problem, str) else problem.prompt


def prompt_text(model: LocalModel, problem: Problem | str, *, chat: bool = True) -> str:
    """The model's input text: the prompt under the chat template, or the bare prompt."""
    prompt = prompt_of(problem)
    return prompts.templated(model.tokenizer, prompts.messages(prompt)) if chat else prompt


def run_to_end(steps: Generator[Any, None, T]) -> T:
    """Runs a generator to its end and returns its return value."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def _repeat(items: Sequence[Any], n: int) -> list[Any]:
    return [item for item in items for _ in range(n)]
