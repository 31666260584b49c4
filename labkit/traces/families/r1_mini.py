"""R1-mini and labkit's other embedded models: they solve Countdown puzzles, one line a step."""

from labkit.traces.families.family import Family, register
from labkit.traces.step_kinds import kind_of_line
from labkit.traces.step_rules import lines

R1_MINI = register(
    Family(
        "r1-mini",
        step_rule=lines,
        kind_rule=kind_of_line,
        before_forced_close="",
        answer_start="<answer>",
        switch=None,
        closed_vocabulary=True,
        source="data/models/r1-mini",
    )
)
