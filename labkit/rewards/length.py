"""Rewards for length, in tokens. Lesson 6 shows how a model hacks them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from labkit._arguments import checks_arguments
from labkit.errors import BadArgument
from labkit.rewards.base import JudgedSpan, Rule


@checks_arguments
def overlong(limit: int, cache: int) -> Rule:
    """A rule: DAPO's soft overlong punishment, 0 down to -1.

                  0                              len <= limit - cache
        R(len) =  (limit - cache - len) / cache  limit - cache < len <= limit
                  -1                             limit < len          (DAPO, arXiv 2503.14476, eq. 13)

    Args:
        limit: length limit in tokens, L_max; DAPO used 20,480.
        cache: number of tokens below the limit over which the punishment grows, L_cache; DAPO used 4,096.

    Raises:
        LabkitError: not 0 < cache <= limit.

    >>> overlong(100, 20)(["...", "...", "..."], completion_ids=[[7] * 80, [7] * 90, [7] * 101])
    [0.0, -0.5, -1.0]
    """
    if not 0 < cache <= limit:
        raise BadArgument(
            f"overlong() got limit={limit} and cache={cache}.",
            why="the punishment grows over the last `cache` of `limit` tokens, so 0 < cache <= limit.",
            next="labkit.rewards.overlong(640, 128)",
        )

    def judge(
        text: str, *, completion_ids: Sequence[int], token_starts: Sequence[int] | None = None
    ) -> Iterator[JudgedSpan]:
        n, free = len(completion_ids), limit - cache
        past = (_start(text, token_starts, free), len(text))
        if n <= free:
            yield 0.0, (0, 0), f"{n:,} tokens: no more than {free:,}."
        elif n <= limit:
            yield (free - n) / cache, past, f"{n:,} tokens: {n - free:,} of {cache:,} in the last stretch."
        else:
            yield -1.0, past, f"{n:,} tokens: more than {limit:,}."

    return Rule(judge, name="overlong", factory=(overlong, (limit, cache)))


@checks_arguments
def length(limit: int, prefer: Literal["short", "long"] = "short") -> Rule:
    """A rule: the share of `limit` tokens that was saved (`"short"`) or used (`"long"`), 0 to 1.

    R1 has no such reward, and its thoughts grow without one: this rule is an example of reward hacking.

    Raises:
        LabkitError: `limit` is below 1, or `prefer` is unknown.

    >>> length(100)(["..."], completion_ids=[[7] * 25]), length(100, "long")(["..."], completion_ids=[[7] * 25])
    ([0.75], [0.25])
    """
    if not isinstance(limit, int) or limit < 1 or prefer not in ("short", "long"):
        raise BadArgument(
            f"length() got limit={limit} and prefer={prefer!r}.",
            why="it counts tokens up to a limit of 1 or more, and prefers short or long completions.",
            next='labkit.rewards.length(640, prefer="short")',
        )

    def judge(text: str, *, completion_ids: Sequence[int]) -> Iterator[JudgedSpan]:
        used = min(1.0, len(completion_ids) / limit)
        why = f"{len(completion_ids):,} tokens of {limit:,}."
        yield (used if prefer == "long" else 1 - used), (0, len(text)), why

    return Rule(judge, name=f"length_{prefer}", factory=(length, (limit, prefer)))


def _start(text: str, starts: Sequence[int] | None, token: int) -> int:
    """The character index of the start of a token; the end of the text if unknown."""
    return starts[token] if starts is not None and token < len(starts) else len(text)
