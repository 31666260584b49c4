"""The exercises of the lesson *Tokens and templates*."""

from collections.abc import Sequence
from typing import Any

from labkit.course.checks import Case
from labkit.course.registry import Exercise

_PAIR = "two numbers: all tokens, then the single bytes among them"


def _costs(tokenizer: Any) -> Sequence[Case]:
    """Cases with the counts of the lesson's tokenizer."""

    def cost(text: str) -> tuple[int, int]:
        ids = tokenizer.encode(text, add_special_tokens=False)
        return len(ids), sum(id < 256 for id in ids)

    def case(text: str) -> Case:
        tokens, single = cost(text)
        slips = [
            ((single, tokens), "Swapped: first the number of tokens, then the number of single bytes."),
            (tokens, "Close: that is the number of tokens. Return the number of single bytes, too."),
            ((len(text), single), "Close: that counts characters. Encode the text first."),
            ((tokens, sum(single_id <= 300 for single_id in tokenizer.encode(text, add_special_tokens=False))),
             "Close: single bytes are the ids below 256."),
        ]  # fmt: skip
        return Case((text,), (tokens, single), slips, _PAIR)

    return [case("24"), case("make 24."), case("naïve")]


EXERCISES = (
    Exercise(
        "tokens-1",
        writes="my_counts",
        value=True,
        asks="two counts (plain, twice)",
        minutes=6,
        cases=(
            Case(
                (),
                (1, 2),
                [
                    ((0, 1), "Close: the template has written one begin token. Look at the text."),
                    ((2, 1), "Swapped: first the count of plain, then of twice."),
                    ((1, 1), "Close: twice has one begin token more than plain."),
                    (1, "Close: that is one count. Give a count for each list."),
                    (lambda counts: len(counts) == 2, "Count again: a list has the method count."),
                ],
                "two counts (plain, twice)",
            ),
        ),
        hint="A list counts its entries: `plain.count(begin)`.",
        solution="my_counts = (1, 2)\n",
        done="Right. A program should use plain: the text of the template is encoded without extra tokens.",
        talk="Ask how one would notice this mistake: the model still answers, and its answers get worse.",
        wrong={
            "my_counts = (0, 1)": "has written one",
            "my_counts = (2, 1)": "Swapped",
            "my_counts = (1, 1)": "one begin token more",
            "my_counts = 1": "one count",
            "my_counts = (15, 16)": "Count again",
        },
    ),
    Exercise(
        "tokens-2",
        writes="cost",
        minutes=8,
        cases=_costs,
        hint="`ids = model.tokenizer.encode(text, add_special_tokens=False)` gives the ids.",
        solution=(
            "def cost(text):\n"
            "    ids = model.tokenizer.encode(text, add_special_tokens=False)\n"
            "    return len(ids), sum(i < 256 for i in ids)\n"
        ),
        talk="Let each student find a word of their language that costs many tokens.",
        wrong={
            "def cost(text):\n"
            "    ids = model.tokenizer.encode(text, add_special_tokens=False)\n"
            "    return sum(i < 256 for i in ids), len(ids)": "Swapped",
            "def cost(text):\n"
            "    return len(model.tokenizer.encode(text, add_special_tokens=False))": "the number of tokens",
            "def cost(text):\n    return len(text), 0": "counts characters",
            "def cost(text):\n"
            "    ids = model.tokenizer.encode(text, add_special_tokens=False)\n"
            "    return len(ids), sum(i <= 300 for i in ids)": "below 256",
        },
        setup=("import labkit",),
        context="tokenizer=model.tokenizer",
    ),
)
