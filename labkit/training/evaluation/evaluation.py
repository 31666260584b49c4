"""Evaluates a checkpoint on held-out Countdown problems, as for R1: several samples per problem.

R1's authors report pass@1 as the mean over k samples at temperature 0.6 and top-p 0.95, since greedy
decoding leads to repetitions and unstable scores (R1 section 3). The greedy score is also printed here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from labkit._host.atomic_write import write_text
from labkit.models import LocalModel, families, prompts
from labkit.models.local.sampling import sample_batch
from labkit.models.runtime.memory_budget import side_by_side
from labkit.models.runtime.threads import SMALL
from labkit.rewards import countdown_accuracy, interval, pass_at_k, think_format
from labkit.tasks import countdown
from labkit.tasks.countdown import Problem
from labkit.traces import SamplingParams

BATCH = 512  # rollouts decoded in one batch


@dataclass(frozen=True)
class Row:
    """One figure with its 95 % interval (bootstrap over problems)."""

    what: str
    value: float
    low: float
    high: float
    problems: int

    def __str__(self) -> str:
        digits = 1 if self.value > 2 else 3
        low, mean, high = (f"{x:.{digits}f}" for x in (self.low, self.value, self.high))
        return f"{self.what:28} {mean:>7}   ({low} to {high}, {self.problems} problems)"


@dataclass(frozen=True)
class Samples:
    """A model's answers to each problem, (problems, n): right, well-formed, and lengths in tokens."""

    right: np.ndarray
    formed: np.ndarray
    lengths: np.ndarray


def evaluate(
    model: LocalModel, *, n: int = 500, samples: int = 8, seed: int = 0, max_new_tokens: int = 800
) -> Iterator[Row]:
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
    sampled = answer(
        model, held_out, samples, temperature=0.6, top_p=0.95, seed=seed, max_new_tokens=max_new_tokens
    )
    for k in (1, 2, 4, 8):
        if k <= samples:
            yield row(f"pass@{k}, T = 0.6", pass_at_k(sampled.right, k))
    yield row("format kept, T = 0.6", sampled.formed.mean(1))
    yield row("tokens, T = 0.6", sampled.lengths.mean(1))

    greedy = answer(model, held_out, 1, temperature=0.0, top_p=1.0, seed=seed, max_new_tokens=max_new_tokens)
    yield row("greedy", greedy.right[:, 0])
    yield row("tokens, greedy", greedy.lengths[:, 0])

    empty = answer(model, held_out, 1, temperature=0.6, top_p=0.95, seed=seed, max_new_tokens=40, thought="")
    yield row("thought emptied, T = 0.6", empty.right[:, 0])

    for what, problems in (
        ("4 numbers, T = 0.6", countdown.problems(few, numbers=4, split="test", seed=seed)),
        ("numbers 21-40, T = 0.6", countdown.problems(few, split="test", seed=seed, low=21, high=40)),
    ):
        outlier = answer(
            model, problems, 1, temperature=0.6, top_p=0.95, seed=seed, max_new_tokens=max_new_tokens
        )
        yield row(what, outlier.right[:, 0])


def answer(
    model: LocalModel,
    problems: Sequence[Problem],
    n: int,
    *,
    temperature: float,
    top_p: float,
    seed: int,
    max_new_tokens: int,
    thought: str | None = None,
) -> Samples:
    """`n` judged rollouts of each problem; `thought` prefills a finished thought."""
    written = write_out(
        model, problems, n, temperature=temperature, top_p=top_p, seed=seed,
        max_new_tokens=max_new_tokens, thought=thought,
    )  # fmt: skip
    texts = texts_of(model, written)
    lengths = [len(w) for w in written]
    each = [p for p in problems for _ in range(n)]
    if thought is not None:  # the prefilled thought is ended; the format requires a thought that is not empty
        texts = [f"{thought}.{model.tags.close}{text}" for text in texts]
    reading = reading_of(model)
    numbers, targets = [p.numbers for p in each], [p.target for p in each]
    right = countdown_accuracy(texts, numbers=numbers, target=targets, **reading)
    formed = think_format(texts, **reading)
    return Samples(*(np.array(x, dtype=float).reshape(-1, n) for x in (right, formed, lengths)))


def write_out(
    model: LocalModel,
    problems: Sequence[Problem],
    n: int,
    *,
    temperature: float,
    top_p: float,
    seed: int,
    max_new_tokens: int,
    thought: str | None = None,
) -> list[list[int]]:
    """`n` rollouts of each problem, one problem after the other, as ids; see `answer`."""
    ids = [chat_ids(model, p, thought) for p in problems]
    return go_on(
        model, ids, n, temperature=temperature, top_p=top_p, seed=seed, max_new_tokens=max_new_tokens
    )


def go_on(
    model: LocalModel,
    ids: Sequence[list[int]],
    n: int = 1,
    *,
    temperature: float,
    top_p: float,
    seed: int,
    max_new_tokens: int,
) -> list[list[int]]:
    """The completions of several prompts, `n` for each prompt; prompts may differ in length."""
    written: list[list[int]] = [[] for _ in range(n * len(ids))]
    done = 0
    network, prompt = model.network, max(map(len, ids), default=0)
    max_new_tokens = model.new_token_limit(
        prompt, max_new_tokens
    )  # beyond the context the figures would be meaningless
    params = SamplingParams(temperature=temperature, top_p=top_p, max_new_tokens=max_new_tokens)
    longest = prompt + max_new_tokens
    # Samples depend on the composition of a batch, so a small model's batches must not depend on the free memory.
    together = BATCH if network.num_parameters() <= SMALL else side_by_side(network, longest, BATCH)
    for batch in _batches(ids, max(1, together // n)):
        for column in sample_batch(
            network, torch.tensor([ids[i] for i in batch], device=network.device), params, repeat=n,
            alternatives=1, vocab_size=len(model.tokenizer), fast_path=True, end_ids=model.end_ids,
            generator=torch.Generator().manual_seed(seed + done),
        ):  # fmt: skip
            for row, id in zip(column.rows.tolist(), column.ids.tolist(), strict=True):
                written[n * batch[row // n] + row % n].append(id)
        done += n * len(batch)
    return written


def texts_of(model: LocalModel, written: Sequence[Sequence[int]]) -> list[str]:
    """The texts of completions, with tags but without end tokens."""
    return [b"".join(map(model.pieces.bytes, ids)).decode("utf-8", "replace") for ids in written]


def reading_of(model: LocalModel) -> dict[str, Any]:
    """How to parse a problem's completion, for rules and `labkit.traces.split`."""
    prompt = prompts.templated(model.tokenizer, prompts.messages(countdown.Problem((3, 5, 9), 24)))
    tags = model.tags
    return {
        "opened": families.prompt_opens_thinking(prompt, tags),
        "open_tag": tags.open,
        "close_tag": tags.close,
    }


def row(what: str, values: np.ndarray) -> Row:
    """The mean over problems with its interval."""
    return Row(what, float(np.mean(values)), *interval(values), len(values))


def chat_ids(model: LocalModel, problem: Problem, thought: str | None = None) -> list[int]:
    """The ids of a problem's prompt under the chat template, followed by the finished `thought`, if any."""
    text = prompts.templated(model.tokenizer, prompts.messages(problem))
    if thought is not None:
        text += families.think_prefix(text, model.tags) + thought + model.tags.think_close
    return prompts.encode(model.tokenizer, text)


def _batches(ids: Sequence[list[int]], size: int) -> Iterator[list[int]]:
    """Batches of prompt indices, at most `size` each; the prompts of a batch have the same number of tokens."""
    of_length: dict[int, list[int]] = {}
    for i, prompt in enumerate(ids):
        of_length.setdefault(len(prompt), []).append(i)
    for alike in of_length.values():
        for start in range(0, len(alike), size):
            yield alike[start : start + size]


def write(rows: Sequence[Row], path: Path) -> None:
    """The figures as JSON, a list of objects."""
    text = json.dumps([asdict(row) for row in rows], indent=1) + "\n"
    write_text(path, text, what="table of figures", again="labkit eval r1-mini --json {}")
