"""Learning from right answers only: sample, keep the right rollouts, fine-tune on them.

With a larger teacher this is R1's distillation (R1 section 2.4); with the model's own rollouts it is
rejection sampling and SFT (section 2.3.3). Left out compared with R1: the general data, the readability
filter, and the restart from the base model.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from transformers import PreTrainedTokenizerBase, Qwen2ForCausalLM

from labkit._host import json_lines
from labkit._host.atomic_write import write_text
from labkit.models import LocalModel
from labkit.rewards import think_format
from labkit.tasks.countdown import stream
from labkit.training.evaluation.evaluation import grade, reading_of, sample_ids, texts_of
from labkit.training.loggers import NO_LOGGERS, Loggers
from labkit.training.output import RETRY_HINT, open_run_folder
from labkit.training.sft.sft import Example, PoolSource, Sft, example, fit

CHUNK = 256  # problems sampled between two saves


@dataclass(frozen=True)
class Distill(Sft):
    """How rollouts are sampled and selected; the other settings are those of `Sft`."""

    problems: int = 2_400  # training problems
    samples: int = 2  # rollouts per problem
    temperature: float = 1.0
    max_new_tokens: int = 500  # a longer rollout is discarded


def gather(teacher: LocalModel, recipe: Distill, path: Path) -> list[dict[str, str]]:
    """The right, well-formed rollouts of a teacher on training problems, each with `prompt` and `completion`.

    They are written to `path` during sampling, one line per chunk of problems, so that an interrupted call resumes.
    """
    problems = list(islice(stream(split="train", seed=recipe.seed + 1), recipe.problems))
    for chunk in range(len(json_lines.rows(path)), -(-len(problems) // CHUNK)):
        some = problems[CHUNK * chunk : CHUNK * (chunk + 1)]
        ids = sample_ids(
            teacher, some, recipe.samples, temperature=recipe.temperature, top_p=1.0,
            seed=recipe.seed + 10_000 * chunk, max_new_tokens=recipe.max_new_tokens,
        )  # fmt: skip
        texts = texts_of(teacher, ids)
        right = grade(teacher, texts, some, recipe.samples).flatten()
        formed = think_format(texts, **reading_of(teacher))
        repeated = [p for p in some for _ in range(recipe.samples)]
        examples = [
            {"prompt": p.prompt, "completion": text}
            for p, text, i, is_right, is_formed in zip(repeated, texts, ids, right, formed, strict=True)
            if is_right and is_formed and len(i) < recipe.max_new_tokens
        ]
        row = {"kept": examples, "rollouts": len(ids), "tokens": sum(map(len, ids))}
        json_lines.append(path, row)
    chunks = json_lines.rows(path)
    examples = [example for chunk in chunks for example in chunk["kept"]]
    counted = {what: sum(chunk[what] for chunk in chunks) for what in ("rollouts", "tokens")}
    summary = json.dumps({**counted, "kept": len(examples)}) + "\n"
    write_text(path.parent / "gathered.json", summary, what="summary", retry_hint=RETRY_HINT)
    return examples


def distill(
    student: Qwen2ForCausalLM,
    tok: PreTrainedTokenizerBase,
    teacher: LocalModel,
    recipe: Distill,
    folder: Path,
    loggers: Loggers = NO_LOGGERS,
) -> Qwen2ForCausalLM:
    """Fine-tunes a student on a teacher's right rollouts; see `gather` and `labkit.training.sft.sft.fit`."""
    open_run_folder(folder)
    rows = [
        example(tok, row["prompt"], row["completion"])
        for row in gather(teacher, recipe, folder / "rollouts.jsonl")
    ]
    return fit(student, tok, recipe, folder, epochs(rows, recipe), loggers)


def epochs(rows: list[Example], recipe: Sft) -> PoolSource:
    """Pools from a fixed set: the whole set in a new order, epoch after epoch."""
    size = min(recipe.pool, len(rows))
    passes = max(1, len(rows) // size)

    def pool(k: int, rng: random.Random) -> list[Example]:
        order = random.Random(f"{recipe.seed}-pass-{k // passes}").sample(range(len(rows)), len(rows))
        return [rows[i] for i in order[k % passes :: passes]]

    return pool
