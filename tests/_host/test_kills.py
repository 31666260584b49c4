"""Nothing that was saved is lost to a kill, and nothing half is read; `kills.py` says how that is tried."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the writers are killed in child processes that fork")
def test_a_kill_at_any_moment_loses_nothing_that_was_saved_and_leaves_nothing() -> None:
    kills = os.environ.get("LABKIT_KILLS", "60")
    command = [sys.executable, str(Path(__file__).with_name("kills.py")), "--n", kills]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout.splitlines()[-1])
    assert sum(each["random"] for each in counts.values()) == int(kills)
    assert all(each["boundaries"] > 10 for each in counts.values())
    found = {name: each for name, each in counts.items() if each["lost"] or each["half"] or each["litter"]}
    assert found == {}, done.stderr
