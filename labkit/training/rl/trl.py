"""Runs a GRPO recipe on TRL: its `GRPOTrainer` with labkit's task and reward functions, on accelerate.

For models that are too large for two cores. With a CUDA GPU and vLLM, vLLM samples (`colocate`: on the
training GPUs); otherwise TRL's own `generate` samples. The packages are the extra `trl`. A recipe is a
TOML file; its `start` is a name or a folder for `labkit.load`, of a Qwen2 such as a distill of 1.5B:

    stage = "grpo"
    start = "r1-distill-qwen-1.5b"
    steps = 200
    problems = 16
    group = 8
    max_new_tokens = 8000
    lr = 1e-6

    # one GPU of 80 GB:
    labkit train my-1.5b.toml --engine trl
    # eight GPUs of 80 GB:
    accelerate launch --use_deepspeed --zero_stage 3 --num_processes 8 -m labkit train my-7b.toml --engine trl

`labkit memory 1.5b` and `labkit memory 7b --gpus 8 --rollouts 32` estimate the memory: by formula 58 GB for
1.5B on one GPU with 64 rollouts of 8,192 tokens at a time, and 58 GB on each of eight for 7B with 32. This is
arithmetic. Only R1-mini's steps on a CPU were run and tested; the sizes 1.5B and 7B were not run.

Differences from labkit's own loop: TRL draws its own random numbers, divides by the sample standard deviation
(G - 1) instead of the group's (G) as in R1's equation, and pads a batch to its longest rollout.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from labkit._host.extras import install_command
from labkit.errors import BadArgument, LabkitError, Unsupported
from labkit.models import LocalModel
from labkit.rewards import countdown_accuracy, think_format
from labkit.tasks.countdown import stream
from labkit.training.evaluation.evaluation import reading_of
from labkit.training.loggers import NO_LOGGERS, PROJECT, new_name
from labkit.training.output import METRICS, export, open_run_folder
from labkit.training.output import log as write_row
from labkit.training.rl.recipe import Grpo

LOSS_TYPES = {"grpo": "grpo", "dapo": "dapo", "dr-grpo": "dr_grpo"}
SCALE_REWARDS = {"grpo": "group", "dr-grpo": "none"}
COLUMNS = {  # TRL's names -> labkit's names
    "rewards/countdown_accuracy/mean": "accuracy",
    "rewards/think_format/mean": "format",
    "frac_reward_zero_std": "same",
    "completions/mean_length": "length",
    "entropy": "entropy",
    "clip_ratio/region_mean": "clipped",
    "step_time": "seconds",
}


def train(start: LocalModel, recipe: Grpo, folder: Path, log: Sequence[str] = ()) -> Any:
    """Trains a GRPO recipe on TRL; logs to `folder/metrics.jsonl`, saves `folder/model`. Returns TRL's trainer.

    Args:
        log: what TRL reports to, such as `"trackio"`.

    Raises:
        LabkitError: TRL is not installed, or does not support a setting of the recipe.
    """
    trl = import_trl()
    trainer = make_trl_trainer(trl, start, recipe, folder, log)
    trainer.train()
    export(trainer.accelerator.unwrap_model(trainer.model), trainer.processing_class, folder / "model")
    return trainer


def make_trl_trainer(trl: Any, start: LocalModel, recipe: Grpo, folder: Path, log: Sequence[str] = ()) -> Any:
    """TRL's trainer for a recipe, before its first step."""
    from datasets import Dataset
    from transformers import TrainerCallback

    open_run_folder(folder)
    (folder / METRICS).unlink(missing_ok=True)

    class Log(TrainerCallback):
        """Logs labkit's columns, one line per step."""

        def on_log(
            self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
        ) -> None:
            logged = logs or {}
            row = {
                ours: round(float(logged[theirs]), 4) for theirs, ours in COLUMNS.items() if theirs in logged
            }
            if row and state.is_world_process_zero:
                write_row(folder, NO_LOGGERS, step=-(-state.global_step // recipe.updates), **row)

    class Trainer(trl.GRPOTrainer):  # type: ignore[misc]
        """TRL's trainer with the recipe's learning rate."""

        def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
            schedule = lambda step: recipe.learning_rate(step // recipe.updates) / recipe.lr  # noqa: E731
            self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer or self.optimizer, schedule)
            return self.lr_scheduler

    return Trainer(
        start.network.float(),  # autocast computes in bf16, but updates of 1e-6 are lost in bf16 weights
        reward_funcs=[countdown_accuracy, think_format],
        args=trl.GRPOConfig(**trl_config(recipe, folder, log)),
        train_dataset=Dataset.from_list(list(training_rows(recipe, reading_of(start)))),
        processing_class=start.tokenizer,
        callbacks=[Log()],
    )


def training_rows(recipe: Grpo, reading: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The training problems of every step, in order, with the columns for labkit's reward functions."""
    for problem in islice(stream(split="train", seed=recipe.seed), recipe.steps * recipe.problems):
        yield {"prompt": [{"role": "user", "content": problem.prompt}], **problem.columns, **reading}


def trl_config(recipe: Grpo, folder: Path, log: Sequence[str] = ()) -> dict[str, Any]:
    """A recipe as TRL's settings.

    Raises:
        LabkitError: TRL lacks the recipe's advantage, or the rollouts cannot be divided among the processes.
    """
    if recipe.advantage not in SCALE_REWARDS:
        raise Unsupported(
            f"TRL's GRPO has no advantage {recipe.advantage!r}.",
            why=f"it has {' and '.join(SCALE_REWARDS)}; RLOO is a trainer of its own there.",
            next="labkit train RECIPE  # our own engine",
        )
    gpu, world = torch.cuda.is_available(), int(os.environ.get("WORLD_SIZE", "1"))  # accelerate sets it
    every = recipe.problems * recipe.group
    if every % (recipe.updates * world):
        raise BadArgument(
            f"{every} rollouts a step cannot be divided among {world} processes and {recipe.updates} updates.",
            why="each process takes as many rollouts as the others for each optimiser step.",
            next=f"problems = {recipe.updates * world}",
        )
    batch = every // recipe.updates // world  # rollouts per optimiser step, in each process
    most = max(1, recipe.micro // recipe.max_new_tokens) if gpu else batch  # rollouts per micro-batch
    device = max(n for n in range(1, most + 1) if batch % n == 0)
    return {
        "output_dir": str(folder / "trl"), "seed": recipe.seed, "max_steps": recipe.steps * recipe.updates,
        "per_device_train_batch_size": device, "gradient_accumulation_steps": batch // device,
        "generation_batch_size": every, "num_generations": recipe.group,
        "max_completion_length": recipe.max_new_tokens, "temperature": recipe.temperature, "top_p": 1.0, "top_k": 0,
        "learning_rate": recipe.lr, "adam_beta1": 0.9, "adam_beta2": 0.95, "weight_decay": 0.0, "max_grad_norm": 1.0,
        "loss_type": LOSS_TYPES[recipe.variant], "scale_rewards": SCALE_REWARDS[recipe.advantage],
        "epsilon": recipe.epsilon, "epsilon_high": recipe.epsilon_high, "beta": recipe.beta,
        "use_bias_correction_kl": False,  # R1's equation
        "reward_weights": [1.0, recipe.format_weight], "shuffle_dataset": False, "disable_dropout": True,
        "use_cpu": not gpu, "bf16": gpu, "gradient_checkpointing": gpu,
        "use_vllm": gpu and find_spec("vllm") is not None, "vllm_mode": "colocate",
        "logging_steps": recipe.updates, "save_strategy": "no", "report_to": list(log), "project": PROJECT,
        "run_name": new_name(folder.name), "disable_tqdm": True,
    }  # fmt: skip


def import_trl() -> Any:
    """Imports TRL.

    Raises:
        LabkitError: TRL is not installed.
    """
    try:
        import trl
    except ImportError:
        raise LabkitError(
            "TRL is not installed.",
            why="--engine trl drives Hugging Face's trainer, which labkit itself does not need.",
            next=install_command("trl"),
        ) from None
    return trl
