"""Test-time compute: majority voting over several rollouts, and budget forcing (shorter or longer thoughts).

Nothing is trained here. Majority voting is self-consistency (arXiv 2203.11171; `cons@64` in R1's
tables). Budget forcing follows s1 (arXiv 2501.19393): the end of the thought is inserted early, or
removed and replaced by a word that makes the model continue. s1 uses "Wait"; R1-mini, which knows about
twenty words, gets the two words with which its own thoughts turn back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from labkit.models import LocalModel, families
from labkit.rewards import maj_at_k, pass_at_k
from labkit.tasks import read_answer
from labkit.tasks.arithmetic import canonical
from labkit.tasks.countdown import Problem
from labkit.training.evaluation.evaluation import (
    chat_ids,
    continue_ids,
    grade,
    metric,
    reading_of,
    sample_ids,
    texts_of,
)
from labkit.training.evaluation.metrics import Metric

WAIT = "Go back. Now "
GIVE_UP = "Give up.\n"
ANSWER_TOKENS = 32  # enough for a forced answer
CONTEXT = 1_000  # maximum tokens of prompt and completion together


def majority_vote(
    model: LocalModel, problems: Sequence[Problem], *, n: int = 8, ks: Sequence[int] = (1, 2, 4, 8), seed: int = 0,
    temperature: float = 0.6, max_new_tokens: int = 800,
) -> Iterator[Metric]:  # fmt: skip
    """Yields pass@k (one of k is right) and maj@k (the commonest of k is right), from `n` rollouts per problem."""
    completions = sample_ids(
        model, problems, n, temperature=temperature, top_p=0.95, seed=seed, max_new_tokens=max_new_tokens
    )
    texts, reading = texts_of(model, completions), reading_of(model)
    right = grade(model, texts, problems, n)
    spelled = [canonical(read_answer(text, **reading).text) for text in texts]
    for k in ks:
        yield metric(f"pass@{k}", pass_at_k(right, k))
        votes = [
            maj_at_k(spelled[n * i : n * (i + 1)], right[i].astype(bool).tolist(), k)
            for i in range(len(problems))
        ]
        yield metric(f"maj@{k}", np.array(votes))


def truncate_thinking(
    model: LocalModel, problems: Sequence[Problem], budgets: Sequence[int] = (25, 50, 100, 200, 400), *,
    n: int = 2, seed: int = 0,
) -> Iterator[Metric]:  # fmt: skip
    """Yields the share of right answers if each thought is ended after a budget of tokens and must answer."""
    prompts, thoughts = _thoughts(model, problems, n, seed)
    close = _encode(model, families.force_answer_suffix(model.tags, model.family))
    ends = [_end(model, t) for t in thoughts]
    for budget in budgets:
        within = [end is not None and end < budget for end in ends]  # these thoughts had ended without force
        forced = [
            [*q, *t[:budget], *close] for q, t, ok in zip(prompts, thoughts, within, strict=True) if not ok
        ]
        answers = iter(
            continue_ids(model, forced, temperature=0.0, top_p=1.0, seed=seed, max_new_tokens=ANSWER_TOKENS)
        )
        completions = [
            t if ok else [*t[:budget], *close, *next(answers)] for t, ok in zip(thoughts, within, strict=True)
        ]
        yield metric(
            f"at most {budget} tokens", grade(model, texts_of(model, completions), problems, n).mean(1)
        )


def budget_forcing(
    model: LocalModel, problems: Sequence[Problem], times: int = 2, *, n: int = 2, seed: int = 0,
    given_up: bool = False,
) -> Iterator[Metric]:  # fmt: skip
    """Yields the share of right answers, and the tokens, if the end of each thought is replaced by `WAIT`.

    Each thought continues 0 to `times` times, whether it is right or wrong: the model does not know which.
    With `given_up`, only thoughts that end in "Give up." continue, and these words are removed.
    """
    prompts, completions = _thoughts(model, problems, n, seed)
    wait, give_up = _encode(model, WAIT), _encode(model, GIVE_UP)
    for turn in range(times + 1):
        if turn:
            ends = [_end(model, w) for w in completions]
            short = [len(a) + len(w) < CONTEXT // 2 for a, w in zip(prompts, completions, strict=True)]
            going = [i for i, end in enumerate(ends) if end is not None and short[i]]
            starts = [completions[i][: ends[i]] for i in going]
            if given_up:
                ended = [s[-len(give_up) :] == give_up for s in starts]
                going = [i for i, e in zip(going, ended, strict=True) if e]
                starts = [s[: -len(give_up)] for s, e in zip(starts, ended, strict=True) if e]
            starts = [[*s, *wait] for s in starts]
            more = continue_ids(
                model, [prompts[i] + start for i, start in zip(going, starts, strict=True)],
                temperature=0.6, top_p=0.95, seed=seed + turn, max_new_tokens=CONTEXT // 2,
            )  # fmt: skip
            for i, start, rest in zip(going, starts, more, strict=True):
                completions[i] = start + rest
        yield metric(f"sent on {turn} times", grade(model, texts_of(model, completions), problems, n).mean(1))
        lengths = np.array([len(w) for w in completions], dtype=float).reshape(-1, n)
        yield metric(f"tokens, sent on {turn} times", lengths.mean(1))


def _thoughts(
    model: LocalModel, problems: Sequence[Problem], n: int, seed: int
) -> tuple[list[list[int]], list[list[int]]]:
    """The prompts, `n` times each, and their completions."""
    completions = sample_ids(model, problems, n, temperature=0.6, top_p=0.95, seed=seed, max_new_tokens=800)
    return [chat_ids(model, p) for p in problems for _ in range(n)], completions


def _encode(model: LocalModel, text: str) -> list[int]:
    return list(model.tokenizer.encode(text, add_special_tokens=False))


def _end(model: LocalModel, ids: Sequence[int]) -> int | None:
    """The index of the token that ends a thought, by the family's tag; None if the thought does not end."""
    close = _encode(model, model.tags.close)
    return next((i for i in range(len(ids)) if list(ids[i : i + len(close)]) == close), None)
