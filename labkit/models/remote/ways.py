"""Ways to make a server go on from the middle of a thought: what to send.

| way | what is sent | who takes it |
|---|---|---|
| text | template, question and thought so far, to `/v1/completions` | vLLM, SGLang, llama.cpp, `transformers serve` |
| chat | the thought so far, as a last message to be continued | vLLM, SGLang, llama.cpp, Ollama |

The first needs the template's text: some servers tell it (llama.cpp `/apply-template`, vLLM `/tokenize`), and
a tokenizer on this machine has it. The second is at the mercy of the template: Qwen3's puts an empty
thought before the one to be continued, and R1's drops a thought that has ended.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from labkit.models import families, prompts
from labkit.models.model import TOP_K
from labkit.models.remote.errors import library
from labkit.models.remote.model import Message, RemoteModel
from labkit.traces import Settings

COUNTED = {"stream_options": {"include_usage": True}}


@dataclass(frozen=True)
class Going:
    """How one thought of a model on a server is continued.

    Attributes:
        text: the template's text, for the endpoint of completions; None: the chat endpoint.
        told: what else the server is told, its template's switches among them.
        lead: what stands between template and thought.
        apart: it sends reasoning beside the content.
    """

    model: RemoteModel
    chat: list[Message]
    told: dict[str, Any]
    text: str | None
    lead: str = ""
    apart: bool = False

    def ask(self, thought: str, settings: Settings, patience: float | None = None) -> Any:
        """Asks for what follows `thought`; the stream of messages.

        Raises:
            LabkitError: the server refuses.
        """
        model, so_far = self.model, self.lead + thought
        if self.text is None:
            chat = [*self.chat, {"role": "assistant", "content": so_far}]
            goes_on = {"add_generation_prompt": False, "continue_final_message": True}
            return model.ask(chat, settings, {**self.told, **goes_on}, patience)
        if self.text.rstrip().endswith(model.tags.open) and so_far.startswith(model.tags.open):
            so_far = so_far.removeprefix(model.tags.open).lstrip("\n")  # the template has it already
        return model.stream(
            model.client.completions.create, settings, patience, {"logprobs": TOP_K}, prompt=self.text + so_far,
            extra_body={k: v for k, v in self.told.items() if k not in ("chat_template_kwargs", "reasoning_effort")},
        )  # fmt: skip

    def opened(self, opened: bool) -> Going:
        """The same for a thought whose opening tag is not in its text."""
        tags = self.model.tags
        there = self.text is not None and families.opened(self.text, tags)
        return replace(self, lead=families.opening(tags) if opened and not there else "")

    def counted(self) -> Going:
        """The same, and the server counts its tokens."""
        return replace(self, told={**self.told, **COUNTED})


def ways(model: RemoteModel, chat: list[Message], told: dict[str, Any]) -> Iterator[tuple[str, Going]]:
    """What can be tried, the most exact first."""
    extra = {"add_special_tokens": False} if model.served_by == "vllm" else {}
    if model.tags is families.CHANNELS and extra:
        extra["skip_special_tokens"] = False  # its tags are special tokens
    text = template_of_server(model, chat, told)
    if text:
        yield "its own template's text", Going(model, chat, {**told, **extra}, text)
    elif model.template is not None:
        text = prompts.templated(model.template, chat, **told.get("chat_template_kwargs", {}))
        text = text if extra else without_begin(model.template, text)
        yield "the template's text from here", Going(model, chat, {**told, **extra}, text)
    yield "a last message to be continued", Going(model, chat, told, None)


def template_of_server(model: RemoteModel, chat: list[Message], told: dict[str, Any]) -> str | None:
    """The text that the server's template makes of a question, from those that tell it."""
    root = model.url.removesuffix("/v1")
    asked = {"model": model.asked_as, "messages": chat, **told}
    try:
        if model.served_by == "llamacpp":
            said: Any = model.client.post(f"{root}/apply-template", body=asked, cast_to=object)
            return str(said["prompt"])
        if model.served_by == "vllm":
            ids: Any = model.client.post(f"{root}/tokenize", body=asked, cast_to=object)
            again = {"model": model.asked_as, "tokens": ids["tokens"]}
            said = model.client.post(f"{root}/detokenize", body=again, cast_to=object)
            return str(said["prompt"])
    except (library().OpenAIError, LookupError, TypeError, ValueError, RecursionError):
        return None
    return None


def without_begin(tok: Any, text: str) -> str:
    """The text without its begin token where the tokenizer, and so the server, puts one before every text."""
    ids = tok.encode("a")
    begins = tok.bos_token is not None and ids and ids[0] == tok.bos_token_id
    return text.removeprefix(tok.bos_token) if begins else text
