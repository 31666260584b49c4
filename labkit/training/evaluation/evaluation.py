"""Evaluates a checkpoint on held-out Countdown problems, as for R1: several samples per problem.

R1's authors report pass@1 as the mean over k samples at temperature 0.6 and top-p 0.95, since greedy
decoding leads to repetitions and unstable scores (R1 section 3). The greedy score is also printed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

import numpy as np
import torch

from labkit.models import LocalModel, families, prompts
from labkit.models.local.sampling import sample_batch
from labkit.models.runtime.memory_budget import max_batch
from labkit.models.runtime.threads import ONE_THREAD_BELOW
from labkit.rewards import bootstrap_interval, countdown_accuracy, pass_at_k, think_format
from labkit.tasks import countdown
from labkit.tasks.countdown import Problem
from labkit.traces import SamplingParams
from labkit.training.batching import group_by_length
from labkit.training.evaluation.metrics import Metric

BATCH = 512  # rollouts decoded in one batch


@dataclass(frozen=True)
class Samples:
    """A model's answers to each problem, (problems, n): right, well-formed, and lengths in tokens."""

    right: np.ndarray
    formed: np.ndarray
    lengths: np.ndarray


def evaluate(
    model: LocalModel, *, n: int = 500, samples: int = 8, seed: int = 0, max_new_tokens: int = 800
) -> Iterator[Metric]:
    """Yields the figures of the model card, one by one.

    Args:
        model: a Countdown model, such as `labkit.load("r1-mini")`.
        n: held-out problems; each outlier set (4 numbers, numbers 21-40) has a fifth as many.
        samples: rollouts per problem at temperature 0.6 and top-p 0.95.
        seed: the seed of problems and rollouts.
        max_new_tokens: a longer rollout counts as wrong.
    """
    held_out = countdown.problems(n, split="test", seed=seed)
    few = max(1, n // 5)
    sampled = sample_and_grade(
        model, held_out, samples, temperature=0.6, top_p=0.95, seed=seed, max_new_tokens=max_new_tokens
    )
    for k in (1, 2, 4, 8):
        if k <= samples:
            yield metric(f"pass@{k}, T = 0.6", pass_at_k(sampled.right, k))
    yield metric("format kept, T = 0.6", sampled.formed.mean(1))
    yield metric("tokens, T = 0.6", sampled.lengths.mean(1))

    greedy = sample_and_grade(
        model, held_out, 1, temperature=0.0, top_p=1.0, seed=seed, max_new_tokens=max_new_tokens
    )
    yield metric("greedy", greedy.right[:, 0])
    yield metric("tokens, greedy", greedy.lengths[:, 0])

    empty = sample_and_grade(
        model, held_out, 1, temperature=0.6, top_p=0.95, seed=seed, max_new_tokens=40, thought=""
    )
    yield metric("thought emptied, T = 0.6", empty.right[:, 0])

    for what, problems in (
        ("4 numbers, T = 0.6", countdown.problems(few, numbers=4, split="test", seed=seed)),
        ("numbers 21-40, T = 0.6", countdown.problems(few, split="test", seed=seed, low=21, high=40)),
    ):
        outlier = sample_and_grade(
            model, problems, 1, temperature=0.6, top_p=0.95, seed=seed, max_new_tokens=max_new_tokens
        )
        yield metric(what, outlier.right[:, 0])


class Sampling(TypedDict):
    """How completions are sampled."""

    temperature: float
    top_p: float
    seed: int
    max_new_tokens: int


def sample_and_grade(
    model: LocalModel,
    problems: Sequence[Problem],
    n: int,
    *,
    thought: str | None = None,
    **sampling: Unpack[Sampling],
) -> Samples:
    """`n` judged rollouts of each problem; `thought` prefills a finished thought."""
    ids = sample_ids(model, problems, n, thought=thought, **sampling)
    texts, lengths = texts_of(model, ids), [len(completion) for completion in ids]
    if thought is not None:  # the prefilled thought is ended; the format requires a thought that is not empty
        texts = [f"{thought}.{model.tags.close}{text}" for text in texts]
    right = grade(model, texts, problems, n)
    formed = np.array(think_format(texts, **reading_of(model)), dtype=float)
    return Samples(right, formed.reshape(-1, n), np.array(lengths, dtype=float).reshape(-1, n))


def grade(model: LocalModel, texts: Sequence[str], problems: Sequence[Problem], n: int) -> np.ndarray:
    """Verdicts on `n` completions of each problem, (problems, n) of 0 and 1; a thought without an end has no answer."""
    numbers = [p.numbers for p in problems for _ in range(n)]
    targets = [p.target for p in problems for _ in range(n)]
    right = countdown_accuracy(texts, numbers=numbers, target=targets, **reading_of(model))
    return np.array(right, dtype=float).reshape(-1, n)


def sample_ids(
    model: LocalModel,
    problems: Sequence[Problem],
    n: int,
    *,
    thought: str | None = None,
    **sampling: Unpack[Sampling],
) -> list[list[int]]:
    """`n` rollouts of each problem, one problem after the other, as ids; see `sample_and_grade`."""
    return continue_ids(model, [chat_ids(model, p, thought) for p in problems], n, **sampling)


def continue_ids(
    model: LocalModel, prompt_ids: Sequence[list[int]], n: int = 1, **sampling: Unpack[Sampling]
) -> list[list[int]]:
    """The completions of several prompts, `n` for each prompt; prompts may differ in length."""
    completions: list[list[int]] = [[] for _ in range(n * len(prompt_ids))]
    network, longest_prompt = model.network, max(map(len, prompt_ids), default=0)
    # A completion that does not fit into the context would make the figures meaningless.
    params = SamplingParams(
        temperature=sampling["temperature"], top_p=sampling["top_p"],
        max_new_tokens=model.new_token_limit(longest_prompt, sampling["max_new_tokens"]),
    )  # fmt: skip
    # Samples depend on the composition of a batch, so a small model's batches must not depend on the free memory.
    small = network.num_parameters() <= ONE_THREAD_BELOW
    together = BATCH if small else max_batch(network, longest_prompt + params.max_new_tokens, BATCH)
    n_done = 0
    for batch in _batches(prompt_ids, max(1, together // n)):
        for column in sample_batch(
            network, torch.tensor([prompt_ids[i] for i in batch], device=network.device), params, repeat=n,
            alternatives=1, vocab_size=len(model.tokenizer), fast_path=True, end_ids=model.end_ids,
            generator=torch.Generator().manual_seed(sampling["seed"] + n_done),
        ):  # fmt: skip
            for row, id in zip(column.rows.tolist(), column.ids.tolist(), strict=True):
                completions[n * batch[row // n] + row % n].append(id)
        n_done += n * len(batch)
    return completions


def texts_of(model: LocalModel, completions: Sequence[Sequence[int]]) -> list[str]:
    """The texts of completions, with tags but without end tokens."""
    return [b"".join(map(model.pieces.bytes, ids)).decode("utf-8", "replace") for ids in completions]


def reading_of(model: LocalModel) -> dict[str, Any]:
    """How to parse a problem's completion, for rules and `labkit.traces.split`."""
    prompt = prompts.templated(model.tokenizer, prompts.messages(countdown.Problem((3, 5, 9), 24)))
    tags = model.tags
    return {
        "opened": families.prompt_opens_thinking(prompt, tags),
        "open_tag": tags.open,
        "close_tag": tags.close,
    }


def metric(what: str, values: np.ndarray) -> Metric:
    """The mean over problems with its interval."""
    return Metric(what, float(np.mean(values)), *bootstrap_interval(values), len(values))


def chat_ids(model: LocalModel, problem: Problem, thought: str | None = None) -> list[int]:
    """The ids of a problem's prompt under the chat template, followed by the finished `thought`, if any."""
    text = prompts.templated(model.tokenizer, prompts.messages(problem))
    if thought is not None:
        text += families.think_prefix(text, model.tags) + thought + model.tags.think_close
    return prompts.encode(model.tokenizer, text)


def _batches(prompts: Sequence[list[int]], size: int) -> Iterator[list[int]]:
    """Batches of prompt indices, at most `size` each; the prompts of a batch have the same number of tokens."""
    for group in group_by_length(prompts):
        yield from (group[start : start + size] for start in range(0, len(group), size))
