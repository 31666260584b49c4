"""Measures of a batch of rollouts before the update: rewards, reasons, lengths, traces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from labkit.models import LocalModel, prompts
from labkit.models.local.recorder import head_of
from labkit.models.prompts import Prompt
from labkit.models.runtime.memory_budget import kv_bytes
from labkit.rewards import has_signal
from labkit.rewards.base import total_of
from labkit.tasks import Problem, read_prompt
from labkit.traces import ProblemRecord, SamplingParams, Trace, split
from labkit.traces.builder import TraceBuilder
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.rollout import Rewards, Rollouts, prompt_of
from labkit.training.rl.task import Task


def score_rollouts(
    task: Task, rollouts: Rollouts
) -> tuple[list[float | None], dict[str, float], dict[str, str]]:
    """The reward of each rollout, the mean of each rule before its weight, and the reasons for zero rewards."""
    earned: list[list[Any]] = [[] for _ in rollouts.texts]
    rules: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for rule, weight in zip(task.rules, task.weights, strict=True):
        whys: list[str] = []
        values: list[float] = []
        for i, (problem, text) in enumerate(zip(rollouts.problems, rollouts.texts, strict=True)):
            known = {**problem.columns, **rollouts.reading(i), "completion_ids": rollouts.ids[i]}
            parts = rule.parts(text, known, weight)
            earned[i] += parts
            value = total_of(rule.parts(text, known)) if weight != 1 else total_of(parts)
            if value is not None:
                values.append(value)
            if value is None or value <= 0:
                whys += [part.why for part in parts[:1]]
        rules[rule.name] = float(np.mean(values)) if values else float("nan")
        if whys:
            reasons[rule.name] = most_common_reason(whys)
    return [total_of(parts) for parts in earned], rules, reasons


def rollout_metrics(
    rollouts: Rollouts, totals: Rewards, recipe: Grpo, ends: Sequence[int]
) -> dict[str, float]:
    """Measures of a step's rollouts before the update."""
    known, n = [t for t in totals if t is not None], recipe.group
    return {
        "reward": float(np.mean(known)) if known else float("nan"),
        "right": float(np.mean([is_correct(rollouts, i) for i in range(len(rollouts.texts))])),
        "same": float(np.mean([not has_signal(list(totals[i : i + n])) for i in range(0, len(totals), n)])),
        "length": float(np.mean([len(ids) for ids in rollouts.ids])),
        "cut": float(np.mean([ids[-1] not in ends for ids in rollouts.ids])),
        "entropy": rollouts.entropy,
    }


def problem_of_prompt(watch: Prompt) -> Problem | str:
    """The problem, if the prompt is a problem that can be judged; otherwise its text."""
    if isinstance(watch, Problem):
        return watch
    text = prompts.messages(watch)[-1]["content"]
    return read_prompt(text) or text


def is_correct(rollouts: Rollouts, i: int) -> bool:
    """Whether rollout `i` solves its problem; a bare prompt has no right answer."""
    problem: Any = rollouts.problems[i]
    start, end = split(rollouts.texts[i], **rollouts.reading(i)).answer
    answer = rollouts.texts[i][start:end]
    return not isinstance(problem, str) and bool(answer.strip()) and bool(problem.verify(answer))


def most_common_reason(whys: Sequence[str]) -> str:
    """The most frequent sentence; sentences that differ only in a number count as one."""
    plain = ["".join("#" if c.isdigit() else c for c in why) for why in whys]
    most = Counter(plain).most_common(1)[0][0]
    return whys[plain.index(most)]


def training_bytes(model: LocalModel, recipe: Grpo) -> int:
    """Maximum bytes of training: the copy, its gradient, Adam's two moments, and the rollouts' KV cache."""
    network = model.network
    width = network.dtype.itemsize
    weights = network.num_parameters() * width
    half = (
        recipe.max_new_tokens // 2
    )  # few rollouts reach the maximum length, and finished rollouts leave the cache
    return 4 * weights + recipe.problems * recipe.group * kv_bytes(network.config, half, width=width)


def trace_of(
    model: LocalModel, rollouts: Rollouts, i: int, prompt_text: str, settings: SamplingParams
) -> Trace:
    """Rollout `i` as a trace; `prompt_text` is the model's input text."""
    ids = rollouts.ids[i]
    head = head_of(
        model=model.name, family=model.family, prompt=prompt_of(rollouts.problems[i]), prompt_text=prompt_text,
        prompt_ids=rollouts.prompts[i], vocabulary=model.pieces, settings=settings,
        problem=ProblemRecord.of(rollouts.problems[i]),
    ).model_copy(update=rollouts.reading(i))  # fmt: skip
    builder = TraceBuilder(head, model.pieces, missing=frozenset({"times", "top_ids", "top_logprobs"}))
    for id, logprob, entropy in zip(ids, rollouts.old_logps[i], rollouts.entropies[i], strict=True):
        is_nan = logprob != logprob
        builder.append(
            id, logprob=-100.0 if is_nan else round(logprob, 4), entropy=0.0 if is_nan else round(entropy, 4)
        )
    return builder.trace("stop" if ids[-1] in model.end_ids else "length")
