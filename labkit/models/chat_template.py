"""Renders chat templates as `transformers` does.

A template is a program by the publisher of the model. The template that ships with labkit is rendered in this
process; any other is rendered in the bounded process (`labkit._host.bounded_worker`), so that it can neither hang
a notebook or a server nor fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from transformers import PreTrainedTokenizerBase

from labkit._host.bounded_worker import JobError, worker
from labkit._host.jobs import chat_template
from labkit.errors import BadArgument, Unsupported

SECONDS = 2.0  # of CPU time for one rendering
OWN = {
    "81d8461e0d71f5a3b39f220993765f56cfd249f8c840e5fff6a4098e62f7bff5"
}  # SHA-256 of the templates that ship
CONTINUED = "CONTINUE_FINAL_MESSAGE_TAG "  # follows a message that will be continued
THOUGHTS = ("reasoning_content", "thinking", "reasoning")  # keys of an earlier thought in a message


def render(tok: PreTrainedTokenizerBase, chat: Sequence[dict[str, Any]], extra: dict[str, Any]) -> str:
    """The templated text of the messages, with the generation prompt.

    Args:
        tok: a tokenizer that has a chat template.
        chat: at least one message.
        extra: further variables of the template; `add_generation_prompt=False` leaves the generation prompt out; adding
            `continue_final_message=True` also leaves out the end of the last message.

    Raises:
        LabkitError: the template refuses the messages, fails, exceeds its bounds, or makes no text.
    """
    variables = {
        "tools": None,
        "documents": None,
        "add_generation_prompt": True,
        **tok.special_tokens_map,
        **extra,
    }
    continued = bool(variables.pop("continue_final_message", False))
    messages = [_named(message) for message in chat]
    if continued:
        messages[-1]["content"] += CONTINUED
    try:
        template = tok.get_chat_template()
    except ValueError as error:  # several templates without a default
        raise _unusable(str(error)) from None
    text = _text({"template": template, "messages": messages, "variables": variables})
    if continued:
        text = _cut(text)
    if not text:
        raise _unusable("it makes an empty text of these messages.")
    if half := re.search(r"[\ud800-\udfff]", text):
        raise _unusable(f"it writes half a character, {half[0]!r}.")
    return text


def _text(question: dict[str, Any]) -> str:
    own = sha256(question["template"].encode(errors="surrogatepass")).hexdigest() in OWN
    try:
        reply = (
            chat_template.answer(question) if own else worker.ask("chat_template", question, seconds=SECONDS)
        )
    except JobError as error:
        raise _unusable(error.why) from None
    if "refused" in reply:
        raise BadArgument(
            "The model's chat template refuses these messages.",
            why=f"it says: {reply['refused'][:200]}.",
            next="model.think([{'role': 'user', 'content': prompt}])  # for an earlier turn give trace.answer",
        )
    return str(reply["text"])


def _named(message: dict[str, Any]) -> dict[str, Any]:
    """A copy without empty entries; an earlier thought is stored under every key that templates use."""
    given = {key: value for key, value in message.items() if value is not None}
    thought = next((given[key] for key in THOUGHTS if key in given), None)
    return given if thought is None else {"thinking": thought, **given, "reasoning_content": thought}


def _cut(text: str) -> str:
    """The text up to the end of the message that will be continued."""
    at = text.rfind(CONTINUED.strip())
    if at < 0:
        raise _unusable("it leaves away the message that is to be continued.")
    return text[:at] if text.startswith(CONTINUED, at) else text[:at].rstrip()


def _unusable(why: str) -> Unsupported:
    return Unsupported(
        "The model's chat template cannot be used.",
        why=why[:300],
        next="model.tokenizer.chat_template = None  # then the model is given the prompt as it is",
    )
