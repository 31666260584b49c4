"""`SamplingParams`: how the tokens of a completion were drawn."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field

from labkit.errors import BadArgument
from labkit.traces.record import Record

_NUMBER = (int, float)


class SamplingParams(Record):
    """The sampling parameters of a completion, by the names of vLLM and `transformers`.

    Attributes:
        temperature: 0 is greedy; otherwise it divides the logits.
        top_p: above 0, at most 1: the likeliest tokens with this total mass can be drawn.
        top_k: this many of the likeliest tokens can be drawn; 0 means no limit by labkit (a server may have one).
        max_new_tokens: the most tokens to generate.
        seed: the seed of the random numbers; None if it was not recorded.
    """

    temperature: Annotated[float, Field(ge=0)] = 0.6
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    top_k: Annotated[int, Field(ge=0)] = 0
    max_new_tokens: Annotated[int, Field(ge=1)] = 512
    seed: int | None = None

    @classmethod
    def validated(cls, *, temperature: Any, top_p: Any, top_k: Any, max_new_tokens: int, seed: Any) -> Self:
        """The parameters, if all of them are in range.

        Raises:
            BadArgument: names the parameter and its range.
        """
        for name, value, valid, range_, example in (
            ("temperature", temperature, isinstance(temperature, _NUMBER) and 0 <= temperature < float("inf"),
             "a number from 0 (greedy) up; R1's authors advise 0.6", 0.6),
            ("top_p", top_p, isinstance(top_p, _NUMBER) and 0 < top_p <= 1, "a number above 0 and up to 1", 0.95),
            ("top_k", top_k, isinstance(top_k, int) and top_k >= 0, "a whole number from 0 (no limit)", 20),
            ("seed", seed, isinstance(seed, int) and 0 <= seed < 2**63, "a whole number from 0", 0),
        ):  # fmt: skip
            if not valid or isinstance(value, bool):
                raise BadArgument(
                    f"{name}={value!r} is not possible.",
                    why=f"{name} is {range_}.",
                    next=f"model.think(prompt, {name}={example})",
                )
        return cls(
            temperature=temperature, top_p=top_p, top_k=top_k, max_new_tokens=max_new_tokens, seed=seed
        )
