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
from labkit.rewards import countdown_accuracy, think_format
from labkit.tasks.countdown import stream
from labkit.training.evaluation.evaluation import reading_of, texts_of, write_out
from labkit.training.output import AGAIN, opened
from labkit.training.sft.sft import Pool, Row, Sft, example, fit

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
        ids = write_out(
            teacher, some, recipe.samples, temperature=recipe.temperature, top_p=1.0,
            seed=recipe.seed + 10_000 * chunk, max_new_tokens=recipe.max_new_tokens,
        )  # fmt: skip
        texts, reading = texts_of(teacher, ids), reading_of(teacher)
        each = [p for p in some for _ in range(recipe.samples)]
        numbers, targets = [p.numbers for p in each], [p.target for p in each]
        right = countdown_accuracy(texts, numbers=numbers, target=targets, **reading)
        formed = think_format(texts, **reading)
        kept = [
            {"prompt": p.prompt, "completion": text}
            for p, text, i, good, well in zip(each, texts, ids, right, formed, strict=True)
            if good and well and len(i) < recipe.max_new_tokens
        ]
        row = {"kept": kept, "rollouts": len(ids), "tokens": sum(map(len, ids))}
        json_lines.append(path, row)
    chunks = json_lines.rows(path)
    kept = [example for chunk in chunks for example in chunk["kept"]]
    counted = {what: sum(chunk[what] for chunk in chunks) for what in ("rollouts", "tokens")}
    summary = json.dumps({**counted, "kept": len(kept)}) + "\n"
    write_text(path.parent / "gathered.json", summary, what="summary", again=AGAIN)
    return kept


def distill(
    student: Qwen2ForCausalLM,
    tok: PreTrainedTokenizerBase,
    teacher: LocalModel,
    recipe: Distill,
    folder: Path,
) -> Qwen2ForCausalLM:
    """Fine-tunes a student on a teacher's right rollouts; see `gather` and `labkit.training.sft.sft.fit`."""
    opened(folder)
    rows = [
        example(tok, kept["prompt"], kept["completion"])
        for kept in gather(teacher, recipe, folder / "rollouts.jsonl")
    ]
    return fit(student, tok, recipe, folder, again_and_again(rows, recipe))


def again_and_again(rows: list[Row], recipe: Sft) -> Pool:
    """Pools from a fixed set: the whole set in a new order, epoch after epoch."""
    size = min(recipe.pool, len(rows))
    passes = max(1, len(rows) // size)

    def pool(k: int, rng: random.Random) -> list[Row]:
        order = random.Random(f"{recipe.seed}-pass-{k // passes}").sample(range(len(rows)), len(rows))
        return [rows[i] for i in order[k % passes :: passes]]

    return pool
