"""Converts a prompt to chat messages, templated text and token ids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from transformers import PreTrainedTokenizerBase

from labkit._names import kind_of
from labkit.errors import BadArgument
from labkit.models import catalog, chat_template
from labkit.tasks import Problem, puzzle_words, read_prompt
from labkit.traces import ProblemRecord, families

EXAMPLE = "Using 3, 5 and 9, make 24."
NOTE = "X-Labkit-Note"  # the header in which `labkit serve` sends its notes about an answer
Message = dict[str, str]
Prompt = str | Problem | Sequence[Message]


def messages(prompt: Prompt) -> list[Message]:
    """A prompt as chat messages: a string or a problem becomes one user message.

    Raises:
        LabkitError: the prompt is empty, is not text, a problem or messages, or holds a lone surrogate.
    """
    chat: Any = prompt.prompt if isinstance(prompt, Problem) else prompt
    if isinstance(chat, str):
        chat = [{"role": "user", "content": chat}]
    if not isinstance(chat, Sequence) or not all(_is_message(m) for m in chat):
        raise BadArgument(
            f"A prompt cannot be {kind_of(prompt)}.",
            why="it is a string, a task's problem, or a list of {'role': ..., 'content': ...}.",
            next=f'model.think("{EXAMPLE}")',
        )
    if not chat or not chat[-1]["content"].strip():
        raise BadArgument(
            "The prompt is empty.",
            why="a model continues text.",
            next=f'model.think("{EXAMPLE}")',
        )
    half = next(filter(None, (re.search(r"[\ud800-\udfff]", m["content"]) for m in chat)), None)
    if half:
        raise BadArgument(
            f"The prompt holds half a character, {half[0]!r}.",
            why="it is one of two that stand for one character, and alone it can be written nowhere.",
            next="model.think(prompt.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace'))",
        )
    return [dict(m) for m in chat]


def record_of(prompt: Prompt) -> ProblemRecord | None:
    """The problem of a prompt, for the trace: the problem itself, or the one that its text states; otherwise None."""
    if isinstance(prompt, Problem):
        return ProblemRecord.of(prompt)
    text = prompt if isinstance(prompt, str) else prompt[-1]["content"]
    return ProblemRecord.of(read_prompt(text))


def _is_message(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.get("role") in ("system", "user", "assistant")
        and isinstance(value.get("content"), str)
    )


def templated(tok: PreTrainedTokenizerBase, chat: list[Message], **template_vars: Any) -> str:
    """The templated text of the messages; the last message alone if the tokenizer has no chat template.

    Nothing is added: no system prompt, and no earlier thought that the template drops.

    Args:
        template_vars: further variables of the template, such as Qwen3's `enable_thinking`.

    Raises:
        LabkitError: the template refuses the messages, fails, takes too long or too much memory, or makes no text.
    """
    return (
        chat[-1]["content"] if tok.chat_template is None else chat_template.render(tok, chat, template_vars)
    )


def encode(tok: PreTrainedTokenizerBase, text: str) -> list[int]:
    """Token ids of a templated text. The template has written the begin token, so `encode` adds none."""
    # Not verbose: labkit itself refuses a text beyond the context, so a warning is redundant.
    return list(tok.encode(text, add_special_tokens=tok.chat_template is None, verbose=False))


def as_trained(
    tok: PreTrainedTokenizerBase, chat: list[Message], *, name: str, family: str
) -> tuple[list[Message], str]:
    """Messages in the wording of an embedded model's training, and a note on what its training did not cover.

    A natural form of the puzzle is converted to the wording of the training. The messages of any other model
    are unchanged. The note is empty if the training covers the prompt, and for a model that the reader trained.

    Raises:
        LabkitError: the prompt needs tokens that the model was never trained on.
    """
    if not families.named(family).closed_vocabulary:
        return chat, ""
    puzzles = [puzzle_words.parse_puzzle(m["content"]) if m["role"] == "user" else None for m in chat]
    chat = [m | {"content": p.wording} if p else m for m, p in zip(chat, puzzles, strict=True)]
    check_in_vocabulary(tok, chat, name)
    entry = catalog.find(name)
    if entry is None or not entry.carried:
        return chat, ""
    puzzle = puzzles[-1]
    outside = puzzle.outside_training() if puzzle else [f"another form than {EXAMPLE!r}"]
    if len(chat) > 1:
        outside.append(f"{len(chat)} messages")
    if not outside:
        return chat, ""
    return chat, (
        f"{name} was trained on one puzzle at a time, with {puzzle_words.TRAINED}. This prompt has "
        f"{puzzle_words.listed(tuple(outside))}, so expect a wrong answer."
    )


def check_in_vocabulary(tok: PreTrainedTokenizerBase, chat: list[Message], name: str) -> None:
    """Refuses a prompt that needs tokens which an embedded model was never trained on.

    Raises:
        LabkitError: there is such a token; the error names the word, and what the model understands.
    """
    known = set(tok.added_tokens_decoder)
    for message in chat:
        text = message["content"]
        coded = tok(text, add_special_tokens=False, return_offsets_mapping=True)
        strange = [
            at for i, at in zip(coded["input_ids"], coded["offset_mapping"], strict=True) if i not in known
        ]
        strange += [m.span() for m in re.finditer(r"\d{4,}", text)]
        if strange:
            raise _vocabulary_error(tok, text, min(strange)[0], name)


def _vocabulary_error(tok: PreTrainedTokenizerBase, text: str, at: int, name: str) -> BadArgument:
    word = next((m[0] for m in re.finditer(r"\w+|\S", text) if m.start() <= at < m.end()), text[at : at + 1])
    if word.isdigit():
        why = f"{name} knows the whole numbers from 0 to 999 (it was trained with numbers from 1 to 20)."
    else:
        words = sorted(
            {t.content.strip() for t in tok.added_tokens_decoder.values() if t.content.strip().isalpha()}
        )
        near = get_close_matches(word, words, n=1, cutoff=0.6)
        hint = f" The nearest word that it knows is {near[0]!r}." if near else ""
        why = (
            f"{name} was trained on Countdown puzzles alone and knows only {', '.join(words)}, numbers "
            f"and signs.{hint}"
        )
    return BadArgument(
        f"{name} cannot read {word!r} in your prompt.", why=why, next=f'model.think("{EXAMPLE}")'
    )
