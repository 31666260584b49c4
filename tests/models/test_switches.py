"""`thinking=` is told to a local model by the variable of its chat template, family by family (faults.md E3).

The templates are ours. Each has the variable of its family, with the default and the words that facts2.md B.1 names.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers import models as kinds
from transformers import PreTrainedTokenizerFast

from labkit import LabkitError
from labkit.jupyter.magic_options import parse_line
from labkit.jupyter.magic_syntax import THINK
from labkit.models import families, prompts
from labkit.models.remote.identify import thinking_body
from labkit.serve.app import Endpoints
from labkit.serve.protocol import ChatRequest

ASK = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
EFFORT = "[effort {{ reasoning_effort | default('DEFAULT') }}]" + ASK
SWITCH = ASK + "{% if NAME is defined and not NAME %}[off]{% else %}[on]{% endif %}"
OPT_IN = ASK + "{% if NAME | default(false) %}[on]{% else %}[off]{% endif %}"
TEMPLATES = {
    "qwen": SWITCH.replace("NAME", "enable_thinking"),
    "deepseek-v3": OPT_IN.replace("NAME", "thinking"),
    "granite-3.2": OPT_IN.replace("NAME", "thinking"),
    "exaone-4": OPT_IN.replace("NAME", "enable_thinking"),
    "command-a-reasoning": SWITCH.replace("NAME", "reasoning"),
    "minimax-m3": ASK + "[{{ thinking_mode | default('adaptive') }}]",
    "gpt-oss": EFFORT.replace("DEFAULT", "medium"),
    "mistral-small-4": EFFORT.replace("DEFAULT", "none"),
    "hy3": EFFORT.replace("DEFAULT", "no_think"),
    "glimmer": EFFORT.replace("DEFAULT", "high"),
    "qwen3.8": EFFORT.replace("DEFAULT", "xhigh")
    + SWITCH.replace(ASK, "").replace("NAME", "enable_thinking"),
    "deepseek-v4": EFFORT.replace("DEFAULT", "high") + OPT_IN.replace(ASK, "").replace("NAME", "thinking"),
    "glm-5.2": EFFORT.replace("DEFAULT", "max") + SWITCH.replace(ASK, "").replace("NAME", "enable_thinking"),
    "kimi-k3": "[effort {{ thinking_effort | default('max') }}]" + SWITCH.replace("NAME", "thinking"),
    "seed-oss": "[budget {{ thinking_budget | default(-1) }}]" + ASK,
}

# family, thinking=, what the template writes
CASES: list[tuple[str, Any, str]] = [
    ("qwen", None, "Hi[on]"), ("qwen", False, "Hi[off]"), ("qwen", True, "Hi[on]"),
    ("deepseek-v3", None, "Hi[off]"), ("deepseek-v3", True, "Hi[on]"),
    ("granite-3.2", True, "Hi[on]"), ("granite-3.2", False, "Hi[off]"),
    ("exaone-4", True, "Hi[on]"),
    ("command-a-reasoning", False, "Hi[off]"),
    ("minimax-m3", None, "Hi[adaptive]"), ("minimax-m3", True, "Hi[enabled]"), ("minimax-m3", False, "Hi[disabled]"),
    ("gpt-oss", None, "[effort medium]Hi"), ("gpt-oss", "low", "[effort low]Hi"),
    ("mistral-small-4", "high", "[effort high]Hi"), ("mistral-small-4", True, "[effort high]Hi"),
    ("mistral-small-4", False, "[effort none]Hi"),
    ("hy3", "low", "[effort low]Hi"), ("hy3", False, "[effort no_think]Hi"),
    ("glimmer", "xhigh", "[effort xhigh]Hi"),
    ("qwen3.8", "low", "[effort low]Hi[on]"), ("qwen3.8", False, "[effort xhigh]Hi[off]"),
    ("deepseek-v4", "max", "[effort max]Hi[on]"), ("deepseek-v4", False, "[effort high]Hi[off]"),
    ("glm-5.2", "high", "[effort high]Hi[on]"),
    ("kimi-k3", "low", "[effort low]Hi[on]"), ("kimi-k3", False, "[effort max]Hi[off]"),
    ("seed-oss", None, "[budget -1]Hi"), ("seed-oss", 512, "[budget 512]Hi"), ("seed-oss", 0, "[budget 0]Hi"),
]  # fmt: skip


def tokenizer(family: str) -> PreTrainedTokenizerFast:
    backend = Tokenizer(
        kinds.BPE(vocab={b: i for i, b in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}, merges=[])
    )
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="!", chat_template=TEMPLATES[family])


def written(family: str, thinking: Any) -> str:
    tok = tokenizer(family)
    variables = families.thinking_kwargs(tok, thinking, family, family)
    return prompts.templated(tok, prompts.messages("Hi"), **variables)


@pytest.mark.parametrize(("family", "thinking", "text"), CASES)
def test_the_template_of_a_family_is_told(family: str, thinking: Any, text: str) -> None:
    assert written(family, thinking) == text


def test_a_server_is_told_the_same_variables_as_the_local_template() -> None:
    for family, thinking, text in CASES:
        sent = thinking_body("my-model", "vllm", thinking, family)
        tok = tokenizer(family)
        assert prompts.templated(tok, prompts.messages("Hi"), **sent.get("chat_template_kwargs", {})) == text


@pytest.mark.parametrize(
    ("family", "thinking", "possible"),
    [
        ("gpt-oss", "lots", '"low", "medium" or "high"'),
        ("gpt-oss", False, '"low", "medium" or "high"'),
        ("mistral-small-4", "medium", '"none" or "high"'),
        ("kimi-k3", "xhigh", '"low", "medium", "high" or "max"'),
        ("qwen", "low", "True, False or None"),
        ("qwen", 512, "True, False or None"),
        ("seed-oss", True, "no enable_thinking"),
    ],
)
def test_a_value_that_a_family_does_not_know_gets_the_possible_ones(
    family: str, thinking: Any, possible: str
) -> None:
    with pytest.raises(LabkitError, match=possible):
        written(family, thinking)


@pytest.mark.parametrize(
    ("typed", "value"), [("low", "low"), ("off", False), ("on", True), ("512", 512), ("0", 0)]
)
def test_the_magic_takes_the_same_values(typed: str, value: Any) -> None:
    read = parse_line(f"qwen3-0.6b --thinking {typed}", THINK).values["thinking"]
    assert read == value and type(read) is type(value)


@pytest.mark.parametrize(
    ("family", "body", "text", "note"),
    [
        ("gpt-oss", {"reasoning_effort": "low"}, "[effort low]Hi", ""),
        ("qwen", {"reasoning_effort": "none"}, "Hi[off]", ""),
        ("hy3", {"reasoning_effort": "no_think"}, "[effort no_think]Hi", ""),
        ("qwen", {"reasoning_effort": "high"}, "Hi[on]", "reasoning_effort is ignored"),
        ("gpt-oss", {"reasoning_effort": "lots"}, "[effort medium]Hi", "reasoning_effort is ignored"),
        ("kimi-k3", {"chat_template_kwargs": {"thinking_effort": "low"}, "reasoning_effort": "max"}, "[effort low]Hi[on]", ""),
    ],
)  # fmt: skip
def test_labkit_serve_tells_the_template(family: str, body: dict[str, Any], text: str, note: str) -> None:
    tok = tokenizer(family)
    model: Any = SimpleNamespace(tokenizer=tok, name=family, family=family)
    request = ChatRequest(model=family, messages=[{"role": "user", "content": "Hi"}], **body)
    ids, noted = Endpoints(model, SimpleNamespace())._templated(request)  # type: ignore[arg-type]
    assert tok.decode(ids) == text and note in noted and bool(noted) == bool(note)
