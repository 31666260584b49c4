"""What the magics accept: their options with ranges, and the words of `%labkit`."""

from __future__ import annotations

from typing import Any

from labkit.jupyter.magic_options import INTEGER, NUMBER, TEXT, THINKING, Option, Syntax

PROMPT = "Using 3, 5 and 9, make 24."
_VALID: dict[str, Any] = {"temperature": 0.6, "top_p": 0.95, "top_k": 0, "max_new_tokens": 512, "seed": 0}


def _check_setting(**setting: Any) -> None:
    from labkit.traces import SamplingParams

    SamplingParams.validated(**{**_VALID, **setting})


def _check_tokens(value: int) -> None:
    from labkit.models.base import check_max_new_tokens

    check_max_new_tokens(value)


def _check_rollouts(value: int) -> None:
    from labkit.models.base import check_rollouts

    check_rollouts(value)


THINK = Syntax(
    "%%think",
    "MODEL",
    "the prompt stands in the lines below.",
    f"%%think r1-mini\n{PROMPT}",
    (
        Option("--temperature", NUMBER, "0.6", "0 is greedy", lambda v: _check_setting(temperature=v)),
        Option("--top-p", NUMBER, "0.95", "draw from this mass of tokens", lambda v: _check_setting(top_p=v)),
        Option("--top-k", INTEGER, "20", "draw from so many tokens", lambda v: _check_setting(top_k=v)),
        Option("--max-new-tokens", INTEGER, "512", "the most tokens", _check_tokens),
        Option("--seed", INTEGER, "0", "the same seed, the same thought", lambda v: _check_setting(seed=v)),
        Option("--thinking", THINKING, "low", "on, off, an effort or a budget"),
        Option("-n", INTEGER, "8", "so many rollouts, in group", _check_rollouts),
        Option("--capture", TEXT, "qk", "for labkit.AttentionView(trace)", choices=("qk",)),
        Option("--name", TEXT, "first", "the variable, if not trace or group"),
    ),
)
REWARD = Syntax(
    "%%reward",
    "NAME",
    "the name of the rule stands in the first line, and its code in the lines below.",
    '%%reward short\nyield float(len(text) < 400), (0, len(text)), f"{len(text)} characters."',
    (Option("--group", TEXT, "group", "the variable with the rollouts, if not that of the last %%think -n"),),
)
LABKIT = Syntax("%labkit", "", "it takes one word.", "%labkit help")
SUBJECTS = {  # the words of %labkit -> what each shows
    "model": "the model of the magics; with a name, loads it: %labkit model r1-nano",
    "models": "the models that labkit knows: labkit.catalog()",
    "traces": "the variables that hold a thought or a group",
    "memory": "the memory that this kernel holds, and what is left",
    "doctor": "whether all that labkit needs is installed",
    "help": "this list",
}
