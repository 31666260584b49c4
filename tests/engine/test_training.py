"""What the training page computes is what torch and `labkit.training` compute."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import labkit
from labkit._host.shipped import data_path
from labkit.models import LocalModel, prompts
from labkit.rewards import group_advantages
from labkit.training.rl.loss import grpo_loss
from labkit.training.rl.recipe import Grpo
from labkit.training.rl.update import make_optimizer, token_logps

MODEL = "r1-nano-cold"
SCRIPTS = Path(labkit.__file__).parent / "site" / "play" / "scripts"
RUN = Path(__file__).parent / "learn.mjs"
CLOSE = 1e-4  # relative to the largest value: what two orders of adding float32 numbers may differ by
PUZZLES = ("Using 3, 5 and 9, make 24.", "Using 8, 2 and 2, make 32.", "Using 1, 2 and 3, make 6.")
LENGTHS = (37, 90, 1)  # tokens of the completions; the attention reads 32 tokens at once
RATE = 1e-2
LIMIT = 300

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("node") is None, reason="the training code is run in Node, which is not installed"
    ),
]


@pytest.fixture(scope="module")
def model() -> LocalModel:
    return labkit.load(MODEL).local()


@pytest.fixture(scope="module")
def job(model: LocalModel) -> dict[str, Any]:
    encoded = [
        prompts.encode(model.tokenizer, prompts.templated(model.tokenizer, prompts.messages(puzzle)))
        for puzzle in PUZZLES
    ]
    rng = np.random.default_rng(0)
    sequences = [
        {"prompt": ids, "completion": rng.integers(0, len(model.tokenizer), n).tolist()}
        for ids, n in zip(encoded, LENGTHS, strict=True)
    ]
    logps = rng.normal(-1, 0.5, 12)
    return {
        "gradient": {"sequences": sequences, "slopes": rng.normal(size=sum(LENGTHS)).tolist()},
        "steps": {
            "start": rng.normal(size=50).tolist(),
            "gradients": [(scale * rng.normal(size=50)).tolist() for scale in (1, 0.01, 3)],
            "rate": RATE,
        },
        "losses": [
            {
                "logps": logps.tolist(), "old": (logps + rng.normal(0, 0.4, 12)).tolist(), "advantage": advantage,
                "settings": {"variant": variant, "epsilon": 0.2, "maxNewTokens": LIMIT},
            }
            for variant in ("grpo", "dr-grpo") for advantage in (1.5, -0.7)
        ],
        "advantages": [[1, 0, 0, 1, 1, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0.2, 1]],
        "rollouts": {"prompts": encoded, "seed": 3, "maxNewTokens": 60, "endId": model.tokenizer.eos_token_id},
    }  # fmt: skip


@pytest.fixture(scope="module")
def result(job: dict[str, Any]) -> Any:
    command = ["node", str(RUN), str(SCRIPTS), str(data_path("models", MODEL))]
    done = subprocess.run(
        command, input=json.dumps(job), capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def logps_of(model: LocalModel, prompt: list[int], completion: list[int]) -> torch.Tensor:
    """The log-probability of each token of a completion, by torch."""
    ids = torch.tensor([prompt + completion])
    mask = torch.arange(1, ids.shape[1])[None] >= len(prompt)
    return token_logps(model.network, ids, mask)[mask]


def difference(ours: Any, theirs: Any) -> float:
    """The largest difference, relative to the largest value of `theirs`."""
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    assert a.shape == b.shape
    return float(np.abs(a - b).max() / np.abs(b).max())


def test_the_gradient_of_every_tensor_is_that_of_autograd(
    model: LocalModel, job: dict[str, Any], result: Any
) -> None:
    given = job["gradient"]
    slopes = torch.tensor(given["slopes"]).split(LENGTHS)
    logps = [logps_of(model, s["prompt"], s["completion"]) for s in given["sequences"]]
    torch.stack([(part * slope).sum() for part, slope in zip(logps, slopes, strict=True)]).sum().backward()  # type: ignore[no-untyped-call]
    ours = result["gradient"]
    assert difference(ours["logps"], torch.cat(logps).tolist()) < CLOSE
    assert ours["again"] == ours["logps"]
    named = {name: p.grad.flatten().numpy() for name, p in model.network.named_parameters()}
    model.network.zero_grad()
    assert ours["tensors"].keys() == named.keys()
    worst = {name: difference(ours["tensors"][name], grad) for name, grad in named.items()}
    assert max(worst.values()) < CLOSE, worst


def test_a_step_of_the_optimizer_is_that_of_torch(job: dict[str, Any], result: Any) -> None:
    given = job["steps"]
    holder = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(given["start"]))])
    optimizer = make_optimizer(holder, Grpo(lr=RATE))
    for ours, gradient in zip(result["steps"], given["gradients"], strict=True):
        holder[0].grad = torch.tensor(gradient)
        norm = torch.nn.utils.clip_grad_norm_(holder.parameters(), 1.0)
        optimizer.step()
        assert ours["norm"] == pytest.approx(float(norm), rel=1e-5)
        assert difference(ours["values"], holder[0].tolist()) < 1e-6


def test_the_loss_and_its_gradient_are_those_of_labkit_training(job: dict[str, Any], result: Any) -> None:
    stopped = 0
    for given, ours in zip(job["losses"], result["losses"], strict=True):
        logps = torch.tensor([given["logps"]], dtype=torch.float64, requires_grad=True)
        old = torch.tensor([given["old"]], dtype=torch.float64)
        advantage, mask = torch.tensor([given["advantage"]], dtype=torch.float64), torch.ones_like(old)
        settings = given["settings"]
        loss = grpo_loss(
            logps, old, old, advantage, mask,
            variant=settings["variant"], epsilon=settings["epsilon"], limit=LIMIT,
        )  # fmt: skip
        loss.sum().backward()  # type: ignore[no-untyped-call]
        assert ours["value"] == pytest.approx(loss.item(), rel=1e-6)
        assert logps.grad is not None
        assert ours["slopes"] == pytest.approx(logps.grad[0].tolist(), rel=1e-6)
        stopped += ours["slopes"].count(0)
    assert stopped, "no token of the test is past the clip"


def test_the_advantages_are_those_of_labkit_rewards(job: dict[str, Any], result: Any) -> None:
    for rewards, ours in zip(job["advantages"], result["advantages"], strict=True):
        assert ours == pytest.approx(group_advantages(rewards).tolist(), abs=1e-9)


def test_sampled_tokens_have_the_log_probabilities_of_torch(
    model: LocalModel, job: dict[str, Any], result: Any
) -> None:
    end = job["rollouts"]["endId"]
    for prompt, ours in zip(job["rollouts"]["prompts"], result["rollouts"], strict=True):
        assert ours["ids"][-1] == end or len(ours["ids"]) == 60
        assert end not in ours["ids"][:-1]
        with torch.no_grad():
            theirs = logps_of(model, prompt, ours["ids"]).tolist()
        assert np.abs(np.array(ours["logps"]) - theirs).max() < CLOSE
        assert len(ours["entropies"]) == len(theirs) and min(ours["entropies"]) >= -CLOSE
