"""R1-mini and labkit's other embedded models: they solve Countdown puzzles, one line a step."""

from labkit.traces.families.family import Family, register
from labkit.traces.step_rules import lines

R1_MINI = register(
    Family(
        "r1-mini",
        step_rule=lines,
        plain_step="try",
        before_forced_close="",
        answer_start="<answer>",
        switch=None,
        closed_vocabulary=True,
        source="data/models/r1-mini",
    )
)
