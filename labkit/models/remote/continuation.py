"""Request formats that make a server continue from the middle of a thought.

| format | content | supported by |
|---|---|---|
| text | templated prompt and thought so far, to `/v1/completions` | vLLM, SGLang, llama.cpp, `transformers serve` |
| chat | the thought so far, as a last message to be continued | vLLM, SGLang, llama.cpp, Ollama |

The text format needs the templated prompt: some servers return it (llama.cpp `/apply-template`, vLLM
`/tokenize`), and a local tokenizer can make it. The chat format depends on the template: Qwen3's inserts an
empty thought before the thought to be continued, and R1's drops a finished thought.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from labkit.models import families, prompts
from labkit.models.local.model import TOP_K
from labkit.models.remote.errors import library
from labkit.models.remote.model import RemoteModel
from labkit.models.remote.request import Message
from labkit.traces import SamplingParams

COUNTED = {"stream_options": {"include_usage": True}}


@dataclass(frozen=True)
class Going:
    """The continuation request for one thought of a model on a server.

    Attributes:
        text: the templated prompt, for the completions endpoint; None means the chat endpoint.
        told: extra body arguments, including template variables.
        lead: text between templated prompt and thought.
        apart: the server sends reasoning apart from the content.
    """

    model: RemoteModel
    chat: list[Message]
    told: dict[str, Any]
    text: str | None
    lead: str = ""
    apart: bool = False

    async def ask(self, thought: str, settings: SamplingParams, patience: float | None = None) -> Any:
        """Requests the continuation of `thought`; returns the stream.

        Raises:
            LabkitError: the server refuses.
        """
        model, so_far = self.model, self.lead + thought
        if self.text is None:
            chat = [*self.chat, {"role": "assistant", "content": so_far}]
            goes_on = {"add_generation_prompt": False, "continue_final_message": True}
            return await model.ask(chat, settings, {**self.told, **goes_on}, patience)
        if self.text.rstrip().endswith(model.tags.open) and so_far.startswith(model.tags.open):
            so_far = so_far.removeprefix(model.tags.open).lstrip("\n")  # the template already adds it
        return await model.stream(
            model.client.completions.create, settings, patience, {"logprobs": TOP_K}, prompt=self.text + so_far,
            extra_body={k: v for k, v in self.told.items() if k not in ("chat_template_kwargs", "reasoning_effort")},
        )  # fmt: skip

    def opened(self, opened: bool) -> Going:
        """A copy for a thought whose text lacks the opening tag."""
        tags = self.model.tags
        there = self.text is not None and families.prompt_opens_thinking(self.text, tags)
        return replace(self, lead=tags.think_open if opened and not there else "")

    def counted(self) -> Going:
        """A copy that requests token counts from the server."""
        return replace(self, told={**self.told, **COUNTED})


async def ways(
    model: RemoteModel, chat: list[Message], told: dict[str, Any]
) -> AsyncIterator[tuple[str, Going]]:
    """The request formats to try, the most exact first."""
    extra = {"add_special_tokens": False} if model.served_by == "vllm" else {}
    if families.named(model.family).special_tokens and extra:
        extra["skip_special_tokens"] = False  # its tags are special tokens
    text = await template_of_server(model, chat, told)
    if text:
        yield "its own template's text", Going(model, chat, {**told, **extra}, text)
    elif model.template is not None:
        text = prompts.templated(model.template, chat, **told.get("chat_template_kwargs", {}))
        text = text if extra else without_begin(model.template, text)
        yield "the template's text from here", Going(model, chat, {**told, **extra}, text)
    yield "a last message to be continued", Going(model, chat, told, None)


async def template_of_server(model: RemoteModel, chat: list[Message], told: dict[str, Any]) -> str | None:
    """The templated prompt, from a server that returns it."""
    root = model.url.removesuffix("/v1")
    asked = {"model": model.asked_as, "messages": chat, **told}
    try:
        if model.served_by == "llamacpp":
            said: Any = await model.client.post(f"{root}/apply-template", body=asked, cast_to=object)
            return str(said["prompt"])
        if model.served_by == "vllm":
            ids: Any = await model.client.post(f"{root}/tokenize", body=asked, cast_to=object)
            again = {"model": model.asked_as, "tokens": ids["tokens"]}
            said = await model.client.post(f"{root}/detokenize", body=again, cast_to=object)
            return str(said["prompt"])
    except (library().OpenAIError, LookupError, TypeError, ValueError, RecursionError):
        return None
    return None


def without_begin(tok: Any, text: str) -> str:
    """The text without its begin token, if the tokenizer, and so the server, adds one to every text."""
    ids = tok.encode("a")
    begins = tok.bos_token is not None and ids and ids[0] == tok.bos_token_id
    return text.removeprefix(tok.bos_token) if begins else text
