"""GRPO with rewards other than correctness: controls, and rewards that a model learns to hack.

The steps are those of `labkit.training.rl.loop`; only the reward differs. The log has the reward and the
true accuracy side by side: with a good reward both curves rise, with a bad reward only the reward's
curve.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedTokenizerBase, Qwen2ForCausalLM

from labkit.errors import LabkitError
from labkit.rewards import Rule, length
from labkit.rewards.parts import Finding
from labkit.tasks.countdown import stream
from labkit.training import checkpoint
from labkit.training.output import export, forget, log, opened
from labkit.training.rl.loop import advantages, rate, reward
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.rollout import Rollouts, rollout
from labkit.training.rl.update import update

CLAIM = re.compile(r"right\.\n</think>")  # the end of a thought that claims a right answer


@dataclass(frozen=True)
class Paid(Grpo):
    """A GRPO recipe with a choice of reward; `reward` is one of `SIGNALS`."""

    reward: str = "truth"


@Rule
def claims_right(text: str) -> Iterator[Finding]:
    r"""1.0 if the thought ends by calling its own check "right": a judge that trusts the text.

    >>> claims_right(["Check: 3 + 5 = 8, 8 + 9 = 17 vs 24, right.\n</think>\n\n<answer>7</answer>"])
    [1.0]
    """
    found = CLAIM.search(text)
    at = (found.start(), found.start() + len("right")) if found else (len(text), len(text))
    yield float(found is not None), at, "It says that it is right." if found else "It does not say so."


def truth(rolls: Rollouts, recipe: Paid, seed: int) -> np.ndarray:
    """R1-Zero's rewards (R1 section 2.2.2): a right answer, and the format."""
    right, formed = reward(rolls, recipe)
    return right + recipe.format_weight * formed


def coin(rolls: Rollouts, recipe: Paid, seed: int) -> np.ndarray:
    """1 or 0 at random, whatever the completion is (Shao et al., arXiv 2506.10947)."""
    return np.random.default_rng(seed).integers(0, 2, len(rolls.texts)).astype(float)


def form(rolls: Rollouts, recipe: Paid, seed: int) -> np.ndarray:
    """The format alone."""
    return reward(rolls, recipe)[1]


def claim(rolls: Rollouts, recipe: Paid, seed: int) -> np.ndarray:
    """1 for the word "right", and up to 1 for a short completion: a judge that trusts the text, and a length cost."""
    short = length(recipe.max_new_tokens)(rolls.texts, completion_ids=rolls.ids)
    return np.array(claims_right(rolls.texts), dtype=float) + np.array(short, dtype=float)


SIGNALS: dict[str, Callable[[Rollouts, Paid, int], np.ndarray]] = {
    "truth": truth,
    "coin": coin,
    "form": form,
    "claim": claim,
}


def train(
    model: Qwen2ForCausalLM, tok: PreTrainedTokenizerBase, recipe: Paid, folder: Path
) -> Qwen2ForCausalLM:
    """Trains, logs rewards and true accuracy, saves `folder/model`; resumes an interrupted run.

    Raises:
        LabkitError: `recipe.reward` is not one of `SIGNALS`.
    """
    if recipe.reward not in SIGNALS:
        raise LabkitError(
            f"There is no reward {recipe.reward!r}.",
            why=f"the rewards of a recipe are {', '.join(SIGNALS)}.",
            next='reward = "truth"',
        )
    pay = SIGNALS[recipe.reward]
    opened(folder)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=recipe.lr, betas=(0.9, 0.95), weight_decay=0.0, fused=True
    )
    progress = checkpoint.restore(folder / "state", model, [optimizer]) or {"step": 0, "tokens": 0}
    tokens = progress["tokens"]
    forget(folder, progress["step"])
    for step in range(progress["step"], recipe.steps):
        seed = random.Random(f"grpo-{recipe.seed}-{step}").getrandbits(32)
        for group in optimizer.param_groups:
            group["lr"] = rate(recipe, step)
        problems = list(islice(stream(split="train", seed=seed), recipe.problems))
        rolls = rollout(model, tok, problems, recipe, seed)
        right, formed = reward(rolls, recipe)
        paid = pay(rolls, recipe, seed)
        updated = update(
            model,
            optimizer,
            rolls,
            advantages(paid, recipe.group, recipe.advantage),
            recipe,
            int(tok.pad_token_id),
        )
        tokens += sum(map(len, rolls.ids))
        log(
            folder, step=step + 1, tokens=tokens, paid=round(float(paid.mean()), 4),
            accuracy=round(float(right.mean()), 4), format=round(float(formed.mean()), 4),
            claims=round(float(np.mean(np.array(claims_right(rolls.texts), float))), 4),
            same=round(float(np.mean([np.ptp(r) == 0 for r in paid.reshape(-1, recipe.group)])), 3),
            length=round(float(np.mean([len(i) for i in rolls.ids])), 1),
            entropy=round(rolls.entropy, 4), clipped=round(updated.clipped, 4),
        )  # fmt: skip
        if (step + 1) % recipe.save_every == 0 or step + 1 == recipe.steps:
            export(model, tok, folder / "model")  # before the state, which marks this step as done
            checkpoint.save(folder / "state", model, [optimizer], {"step": step + 1, "tokens": tokens})
    return model
