"""What the logs that ship with labkit say of the clip."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from labkit._host.shipped import data_path
from labkit.training import recipes


def updates_of(name: str) -> int:
    """Optimiser steps for each batch in the recipe of a run; a run with another seed has the recipe's."""
    recipe = recipes.HERE / f"{name}.toml"
    return int(tomllib.loads(recipe.read_text()).get("updates", 1)) if recipe.is_file() else 1


def test_no_token_of_a_shipped_run_was_clipped_with_one_update_a_batch() -> None:
    """The logs were written when `clipped` counted tokens on both sides of the clip: both meanings give 0 here."""
    logs = [
        log
        for log in Path(data_path("models")).parent.rglob("training.jsonl")
        if '"clipped"' in log.read_text() and updates_of(log.parent.name) == 1
    ]
    shares = [json.loads(line)["clipped"] for log in logs for line in log.read_text().splitlines()]
    assert len(logs) == 7 and set(shares) == {0.0}
    run = json.loads(data_path("runs", "first-run", "run.json").read_text())
    assert set(run["columns"]["clipped"]) == {0.0}
