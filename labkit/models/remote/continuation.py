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
from labkit.models.local.recorder import TOP_K
from labkit.models.remote.errors import import_openai
from labkit.models.remote.model import RemoteModel
from labkit.models.remote.request import Message
from labkit.traces import SamplingParams

CHAT_ONLY = ("chat_template_kwargs", "reasoning_effort")  # arguments of the chat endpoint
WITH_USAGE = {"stream_options": {"include_usage": True}}


@dataclass(frozen=True)
class Continuation:
    """The continuation request for one thought of a model on a server.

    Attributes:
        text: the templated prompt, for the completions endpoint; None means the chat endpoint.
        extra_body: extra body arguments, including template variables.
        prefix: text between templated prompt and thought.
        separate_reasoning: the server sends reasoning apart from the content.
    """

    model: RemoteModel
    chat: list[Message]
    extra_body: dict[str, Any]
    text: str | None
    prefix: str = ""
    separate_reasoning: bool = False

    async def ask(self, thought: str, settings: SamplingParams, patience: float | None = None) -> Any:
        """Requests the continuation of `thought`; returns the stream.

        Raises:
            LabkitError: the server refuses.
        """
        model, so_far = self.model, self.prefix + thought
        if self.text is None:
            chat = [*self.chat, {"role": "assistant", "content": so_far}]
            goes_on = {"add_generation_prompt": False, "continue_final_message": True}
            return await model.ask(chat, settings, {**self.extra_body, **goes_on}, patience)
        if self.text.rstrip().endswith(model.tags.open) and so_far.startswith(model.tags.open):
            so_far = so_far.removeprefix(model.tags.open).lstrip("\n")  # the template already adds it
        extra_body = {name: value for name, value in self.extra_body.items() if name not in CHAT_ONLY}
        return await model.stream(
            model.client.completions.create, settings, patience, {"logprobs": TOP_K}, prompt=self.text + so_far,
            extra_body=extra_body,
        )  # fmt: skip

    def opened(self, opened: bool) -> Continuation:
        """A copy for a thought whose text lacks the opening tag."""
        tags = self.model.tags
        is_written = self.text is not None and families.prompt_opens_thinking(self.text, tags)
        return replace(self, prefix=tags.think_open if opened and not is_written else "")

    def counted(self) -> Continuation:
        """A copy that requests token counts from the server."""
        return replace(self, extra_body={**self.extra_body, **WITH_USAGE})


async def strategies(
    model: RemoteModel, chat: list[Message], extra_body: dict[str, Any]
) -> AsyncIterator[tuple[str, Continuation]]:
    """The request formats to try, the most exact first."""
    extra = {"add_special_tokens": False} if model.backend == "vllm" else {}
    if families.named(model.family).special_tokens and extra:
        extra["skip_special_tokens"] = False  # its tags are special tokens
    text = await template_of_server(model, chat, extra_body)
    if text:
        yield "its own template's text", Continuation(model, chat, {**extra_body, **extra}, text)
    elif model.template is not None:
        text = prompts.templated(model.template, chat, **extra_body.get("chat_template_kwargs", {}))
        text = text if extra else without_begin(model.template, text)
        yield "the template's text from here", Continuation(model, chat, {**extra_body, **extra}, text)
    yield "a last message to be continued", Continuation(model, chat, extra_body, None)


async def template_of_server(
    model: RemoteModel, chat: list[Message], extra_body: dict[str, Any]
) -> str | None:
    """The templated prompt, from a server that returns it."""
    root = model.url.removesuffix("/v1")
    request = {"model": model.served_name, "messages": chat, **extra_body}
    try:
        if model.backend == "llamacpp":
            reply: Any = await model.client.post(f"{root}/apply-template", body=request, cast_to=object)
            return str(reply["prompt"])
        if model.backend == "vllm":
            ids: Any = await model.client.post(f"{root}/tokenize", body=request, cast_to=object)
            detokenize = {"model": model.served_name, "tokens": ids["tokens"]}
            reply = await model.client.post(f"{root}/detokenize", body=detokenize, cast_to=object)
            return str(reply["prompt"])
    except (import_openai().OpenAIError, LookupError, TypeError, ValueError, RecursionError):
        return None
    return None


def without_begin(tok: Any, text: str) -> str:
    """The text without its begin token, if the tokenizer, and so the server, adds one to every text."""
    ids = tok.encode("a")
    begins = tok.bos_token is not None and ids and ids[0] == tok.bos_token_id
    return text.removeprefix(tok.bos_token) if begins else text
