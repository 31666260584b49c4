"""What differs between model families: the reasoning tags, the chat template variables, the sampling settings.

| family | reasoning tags | the opening tag is written by |
|---|---|---|
| R1, its distills, QwQ, Qwen3-Thinking | `<think>` ... `</think>` | the template: the output has `</think>` alone |
| Qwen3, R1-0528, OpenR1-Distill | the same | the model; Qwen3 with thinking off: the template, with an empty thought |
| gpt-oss | its channels *analysis* and *final* | the model |
| s1 | `<|im_start|>think` ... `<|im_start|>answer` | the model |
| any other | `<think>` ... `</think>`, if any | the model |

Whether the template opened the thought is read from the templated text, never from a list: the first
release of R1's template did not open it. A tag may be one token (R1), several text tokens (a model that
was only fine-tuned to write it) or both (s1); `split` reads text, so it handles all three. Sources: the
READMEs of Qwen3, gpt-oss and s1; the closing tag of s1 is unverified.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeVar

from transformers import PreTrainedTokenizerBase

from labkit.errors import BadArgument, Unsupported
from labkit.models import catalog
from labkit.traces.split import MARKS, SEAM
from labkit.traces.split import tags_named as marks_named

T = TypeVar("T")
SWITCH = "enable_thinking"
TEMPERATURE, TOP_P = 0.6, 0.95  # recommended by the READMEs of R1 and Qwen3


class Tags(NamedTuple):
    """The tags that delimit the reasoning."""

    open: str
    close: str


THINK, CHANNELS, S1 = (Tags(*MARKS[kind]) for kind in ("tags", "channels", "text"))


def tags_named(family: str) -> Tags:
    """The tags of a family, without a tokenizer."""
    return next(tags for tags in (THINK, CHANNELS, S1) if tags == marks_named(family))


def opening(tags: Tags) -> str:
    """The text that opens the reasoning, as the model or its template writes it."""
    return tags.open if tags is CHANNELS else f"{tags.open}\n"


def lead(prompt_text: str, tags: Tags) -> str:
    """The text that a thought must begin with after a prompt: its opening, unless the template has written it."""
    return "" if opened(prompt_text, tags) else opening(tags)


def ending(tags: Tags) -> str:
    """The text that closes the reasoning; used to force the end, or to restore a tag that a server removed."""
    if tags is CHANNELS:
        return SEAM + tags.close
    return f"{tags.close}\n" if tags is S1 else f"{tags.close}\n\n"


def answer_now(tags: Tags, family: str) -> str:
    """The text that makes a model answer in the middle of a thought: the closing tag and the start of an answer."""
    if family == "r1-mini":
        return ending(tags) + "<answer>"
    return ("" if tags is CHANNELS else "\n") + ending(tags) + "The final answer is "


def tags_of(tok: PreTrainedTokenizerBase, family: str) -> Tags:
    """The tags of a model: from its special tokens if they show them, otherwise from its family."""
    if family == "s1":  # s1 uses the tokenizer of Qwen2.5
        return S1
    added = {token.content for token in tok.added_tokens_decoder.values()}
    return CHANNELS if {"<|channel|>", "<|message|>"} <= added else THINK


def spoken(tok: PreTrainedTokenizerBase, tags: Tags) -> set[int]:
    """Ids of special tokens that count as text, because tags contain them; other special tokens add no text."""
    marks = tok.encode(
        f"{tags.open}{SEAM}{tags.close}" if tags is CHANNELS else "".join(tags), add_special_tokens=False
    )
    return {*marks} & {*tok.all_special_ids}


def opened(prompt_text: str, tags: Tags) -> bool:
    """Whether the prompt, template included, ends with the opening tag."""
    return prompt_text.rstrip().endswith(tags.open)


def switched(tok: PreTrainedTokenizerBase, thinking: bool | None, name: str) -> dict[str, bool]:
    """The chat template variables that turn thinking on or off; None leaves the default.

    Raises:
        LabkitError: the template has no such switch.
    """
    if thinking is None:
        return {}
    if not isinstance(thinking, bool):
        raise BadArgument(
            f"thinking={thinking!r} is not possible.", why="it is True, False or None (as the template has it).",
            next="model.think(prompt, thinking=False)",
        )  # fmt: skip
    if not re.search(rf"\b{SWITCH}\b", str(tok.chat_template or "")):
        unswitched(thinking, name, f"its chat template knows no {SWITCH}: that of Qwen3 does.")
    return {SWITCH: thinking}


def unswitched(thinking: bool | None, name: str, why: str) -> None:
    """Refuses to turn thinking on or off for a model without a switch.

    Raises:
        LabkitError: `thinking` is not None.
    """
    if thinking is not None:
        raise Unsupported(
            f"{name} has no switch for its thinking.", why=why, next="model.think(prompt)  # as it is"
        )


def sampling(
    name: str, temperature: float | None, top_p: float | None, top_k: int | None
) -> tuple[float, float, int]:
    """Temperature, top-p and top-k: the given values, else those that the model's authors advise, else R1's 0.6 and
    0.95 with no top-k.
    """
    entry = catalog.find(name)
    advised = (entry.temperature, entry.top_p, entry.top_k) if entry else (None, None, None)
    return (
        _first(temperature, advised[0], TEMPERATURE),
        _first(top_p, advised[1], TOP_P),
        _first(top_k, advised[2], 0),
    )


def _first(given: T | None, advised: T | None, usual: T) -> T:
    """The first value that is not None."""
    return next(value for value in (given, advised, usual) if value is not None)
