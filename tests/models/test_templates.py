"""Chat templates: the text is that of transformers, and a template of somebody else can do no harm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models
from transformers import AutoTokenizer, PreTrainedTokenizerFast
from transformers.utils import chat_template_utils

from labkit import LabkitError, data_path
from labkit._host.bounded_worker import worker
from labkit.models import chat_template, prompts

# What the templates of Qwen3 and of the distills of R1 do, written anew: blanks cut, earlier thoughts dropped, a
# namespace that a loop writes, slices, tests, filters and string methods.
QWEN3 = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}{% for tool in tools %}{{ tool | tojson }}{% endfor %}{{- '<|im_end|>\\n' }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- set ns = namespace(searching=true, last=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.searching and message.role == "user" and message.content is string %}
        {%- set ns.searching = false %}{%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- set content = message.content if message.content is string else '' %}
    {%- if message.role == "user" %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set thought = message.reasoning_content if message.reasoning_content is string else '' %}
        {%- if not thought and '</think>' in content %}
            {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last and (loop.last or thought) %}
            {{- '<|im_start|>assistant\\n<think>\\n' + thought.strip('\\n') + '\\n</think>\\n\\n' + content }}
        {%- else %}
            {{- '<|im_start|>assistant\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}"""
R1 = (
    "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}"
    "{% set ns = namespace(system_prompt='') %}{%- for message in messages %}{%- if message['role'] == 'system' %}"
    "{% set ns.system_prompt = message['content'] %}{%- endif %}{%- endfor %}{{bos_token}}{{ns.system_prompt}}"
    "{%- for message in messages %}{%- if message['role'] == 'user' %}{{'<｜User｜>' + message['content']}}{%- endif %}"
    "{%- if message['role'] == 'assistant' %}{% set content = message['content'] %}{% if '</think>' in content %}"
    "{% set content = content.split('</think>')[-1] %}{% endif %}{{'<｜Assistant｜>' + content + eos_token}}{%- endif %}"
    "{%- endfor -%}{% if add_generation_prompt %}{{'<｜Assistant｜><think>\\n'}}{% endif %}"
)
FEATURES = """{% macro bold(text) %}**{{ text }}**{% endmacro %}
{% set d = dict(a=1, b=[1, "ü<&>"]) %}
  {% for key, value in d.items() %}
    {% if loop.first %}{% continue %}{% endif %}
{{ key }}: {{ value | tojson(indent=2) }} {{ dict.fromkeys(["x"]) | tojson }}
  {% endfor %}
{% for m in messages %}
  {% generation %}{{ bold(m.content | trim) }}{{ m.thinking }}{% endgeneration %}
{% endfor %}
{{ tools is none }} {{ documents is none }} {{ effort | default("none") }} {{ strftime_now("%Y") }} {{ bos_token }}
"""

CHATS: list[list[dict[str, Any]]] = [
    [{"role": "user", "content": " What is 2 + 2?\n"}],
    [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "½ <b> {{ 1 }}"}],
    [
        {"role": "user", "content": "2 + 2?"},
        {"role": "assistant", "content": "<think>\nSECRET\n</think>\n\n4"},
        {"role": "user", "content": "And 3 more?"},
    ],
]
if hasattr(
    chat_template_utils, "_REASONING_FIELDS"
):  # transformers 5.0 leaves the names of an earlier thought as they are
    CHATS.append(
        [
            {"role": "user", "content": "2 + 2?", "name": None},
            {"role": "assistant", "content": "4 ", "reasoning": "two and two"},
        ]
    )
TOLD: list[dict[str, Any]] = [
    {},
    {"enable_thinking": False},
    {"enable_thinking": True, "effort": "low", "bos_token": "<other>"},
    {"add_generation_prompt": False},
    {"add_generation_prompt": False, "continue_final_message": True},
]


def tokenizer(template: Any) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.BPE()), bos_token="<s>", eos_token="</s>", chat_template=template
    )


@pytest.mark.parametrize("told", TOLD, ids=str)
@pytest.mark.parametrize("template", [QWEN3, R1, FEATURES], ids=["qwen3", "r1", "features"])
def test_the_text_is_that_of_transformers(template: str, told: dict[str, Any]) -> None:
    tok = tokenizer(template)
    for chat in CHATS:
        expected = tok.apply_chat_template(chat, tokenize=False, **{"add_generation_prompt": True, **told})
        assert prompts.templated(tok, chat, **told) == expected
        assert len(expected) > 10


@pytest.mark.parametrize(
    "folder", sorted(data_path("models").glob("*/tokenizer.json")), ids=lambda p: p.parent.name
)
def test_a_template_that_ships_is_rendered_here_and_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tok = AutoTokenizer.from_pretrained(folder.parent, local_files_only=True)
    monkeypatch.setattr(worker, "ask", None)  # would fail: no process is started for the first token
    for chat in CHATS:
        assert prompts.templated(tok, chat) == tok.apply_chat_template(
            chat, tokenize=False, add_generation_prompt=True
        )


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ 'a' * (10 ** 10) }}", "1 GB"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "took more than"),
        ("{{ range(10 ** 9) }}", "OverflowError"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{{ 1 + 'a' }}", "TypeError"),
        ("{{ " + "(" * 500 + ")" * 500 + " }}", "Error"),
        ("{{ nothing.at.all }}", "UndefinedError"),
        ("{% if %}", "TemplateSyntaxError"),
        ("{{ messages.__class__.__mro__ }}", "SecurityError"),
        ("{% set n = namespace(__init__=1) %}", "SecurityError"),
        ("{{ messages.append(1) }}", "SecurityError"),
        ("{% include 'file' %}", "TypeError"),
        ("", "empty text"),
        ("{# nothing #}", "empty text"),
        ("{{ '\\ud800' }}", "half a character"),
        ({"other": "{{ messages }}"}, "default"),
    ],
)
def test_a_template_that_cannot_be_used_is_a_sentence(template: Any, why: str) -> None:
    tok = tokenizer(template)
    with pytest.raises(LabkitError, match="cannot be used") as caught:
        prompts.templated(tok, prompts.messages("Hi"))
    assert why in caught.value.why
    assert caught.value.next.startswith("model.tokenizer.chat_template = None")
    tok.chat_template = None  # as it advises
    assert prompts.templated(tok, prompts.messages("Hi")) == "Hi"
    assert prompts.templated(tokenizer(R1), prompts.messages("Hi")).endswith("<think>\n")


def test_a_template_that_refuses_is_quoted() -> None:
    with pytest.raises(LabkitError, match="says: no system prompt here"):
        prompts.templated(tokenizer("{{ raise_exception('no system prompt here') }}"), prompts.messages("Hi"))


def test_a_message_that_is_to_be_continued_and_left_away_is_a_sentence() -> None:
    with pytest.raises(LabkitError, match="to be continued"):
        prompts.templated(
            tokenizer("nothing of it"),
            prompts.messages("Hi"),
            add_generation_prompt=False,
            continue_final_message=True,
        )


def test_the_hash_is_that_of_the_template_that_our_tokenizers_are_made_with() -> None:
    from hashlib import sha256

    from labkit.training.sft.tokenizer import TEMPLATE

    assert {sha256(TEMPLATE.encode()).hexdigest()} == chat_template.OWN
