"""Each family of the field: a completion in its own form is split, and its name on a server is recognised.

The completions are ours; the marks and who writes the opening one are those of facts2.md B.1, from the templates and the
parsers that it names.
"""

from __future__ import annotations

import re

import pytest

from labkit import cli
from labkit.traces import Trace
from labkit.traces.families import by_served_name, named
from labkit.traces.families.family import of_tokens, registered

T, A = "2 + 2 is 4.", "The answer is 4."
MODEL = f"<think>\n{T}\n</think>\n\n{A}"  # the model writes both tags
TEMPLATE = f"{T}\n</think>\n\n{A}"  # the template wrote the opening tag

# family, a name under which its models are served, a completion
FORMS = [
    ("deepseek-r1", "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", TEMPLATE),
    ("deepseek-r1", "DeepSeek-R1-0528", MODEL),
    ("deepseek-v3", "DeepSeek-V3.1-Terminus", TEMPLATE),
    ("deepseek-v3", "deepseek-ai/DeepSeek-V3.2", TEMPLATE),
    ("deepseek-v4", "DeepSeek-V4-Flash", TEMPLATE),
    ("qwen", "Qwen/QwQ-32B", TEMPLATE),
    ("qwen", "Qwen/Qwen3-30B-A3B", MODEL),
    ("qwen", "Qwen/Qwen3.5-27B", TEMPLATE),
    ("qwen3.8", "Qwen3.8-27B", TEMPLATE),
    ("holo2", "Holo2-30B", MODEL),
    ("gpt-oss", "openai/gpt-oss-120b", f"<|channel|>analysis<|message|>{T}<|end|><|start|>assistant<|channel|>final<|message|>{A}"),
    ("glm", "zai-org/GLM-4.5-Air", MODEL),
    ("glm-5", "GLM-4.7", TEMPLATE),
    ("glm-5.2", "zai-org/GLM-5.2", TEMPLATE),
    ("kimi-1.5", "Kimi-VL-A3B-Thinking", f"◁think▷{T}◁/think▷{A}"),
    ("kimi-k2", "moonshotai/Kimi-K2-Thinking", MODEL),
    ("kimi-k2.5", "Kimi-K2.5", MODEL),
    ("kimi-k3", "Kimi-K3", f"{T}<|close|>think<|sep|><|open|>response<|sep|>{A}<|close|>response<|sep|>"),
    ("minimax-m2", "MiniMaxAI/MiniMax-M2.5", TEMPLATE),
    ("minimax-m3", "MiniMax-M3", f"<mm:think>{T}</mm:think>{A}"),
    ("magistral-1.0", "mistralai/Magistral-Small-2506", MODEL),
    ("magistral", "mistralai/Magistral-Small-2509", f"[THINK]{T}[/THINK]{A}"),
    ("magistral", "Ministral-3-14B-Reasoning", f"[THINK]{T}[/THINK]{A}"),
    ("mistral-small-4", "Mistral-Small-4-119B-2603", f"[THINK]{T}[/THINK]{A}"),
    ("nemotron", "nvidia/Llama-3.1-Nemotron-Nano-8B-v1", MODEL),
    ("nemotron-3", "NVIDIA-Nemotron-3-Nano-30B-A3B", TEMPLATE),
    ("olmo-3", "allenai/Olmo-3-7B-Think", TEMPLATE),
    ("smollm3", "HuggingFaceTB/SmolLM3-3B", MODEL),
    ("phi-4-reasoning", "microsoft/Phi-4-reasoning-plus", MODEL),
    ("gemma-4", "google/gemma-4-31B-it", f"<|channel>thought\n{T}<channel|>{A}"),
    ("seed-oss", "ByteDance-Seed/Seed-OSS-36B-Instruct", f"<seed:think>{T}</seed:think>{A}"),
    ("granite-3.2", "ibm-granite/granite-3.2-8b-instruct", f"Here is my thought process:\n{T}\nHere is my response:\n{A}"),
    ("granite-3.3", "ibm-granite/granite-3.3-8b-instruct", f"<think>{T}</think>\n\n<response>{A}</response>"),
    ("granite-4.2", "granite-4.2-8b", MODEL),
    ("exaone-4", "LGAI-EXAONE/EXAONE-4.0-32B", TEMPLATE),
    ("apriel", "ServiceNow-AI/Apriel-1.6-15b-Thinker", f"{T}\n[BEGIN FINAL RESPONSE]\n{A}"),
    ("lfm2.5", "LiquidAI/LFM2.5-1.2B-Thinking", MODEL),
    ("cogito", "deepcogito/cogito-v1-preview-llama-8B", TEMPLATE),
    ("mimo", "XiaomiMiMo/MiMo-7B-RL", MODEL),
    ("step-3.5", "stepfun-ai/Step-3.5-Flash", TEMPLATE),
    ("openthinker", "open-thoughts/OpenThinker-7B", f"<|begin_of_thought|>\n\n{T}\n\n<|end_of_thought|>\n\n<|begin_of_solution|>\n\n{A}\n\n<|end_of_solution|>"),
    ("hunyuan-a13b", "tencent/Hunyuan-A13B-Instruct", f"<think>\n{T}\n</think>\n<answer>\n{A}\n</answer>"),
    ("ring", "inclusionAI/Ring-2.6-1T", MODEL),
    ("ling-3", "inclusionAI/Ling-3.0-flash", MODEL),
    ("hy3", "tencent/Hy3", MODEL),
    ("command-a-reasoning", "CohereLabs/command-a-reasoning-08-2025", f"{T}<|END_THINKING|><|START_TEXT|>{A}<|END_TEXT|>"),
    ("apertus", "swiss-ai/Apertus-8B-2509", f"<|inner_prefix|>{T}<|inner_suffix|>{A}"),
    ("inkling", "Inkling-30B", f"<|message_model|><|content_thinking|>{T}<|end_message|><|content_text|>{A}"),
    ("glimmer", "Muse-Glimmer-30B", f"to=self<|message|>{T}<|eom|><|start|>assistant to=user<|message|>{A}"),
    ("laguna", "poolside/Laguna-S", TEMPLATE),
    ("ernie-4.5", "baidu/ERNIE-4.5-21B-A3B-Thinking", MODEL),
    ("intern-s1", "internlm/Intern-S1", TEMPLATE),
    ("trinity", "Trinity-Large-Thinking", TEMPLATE),
    ("mellum2", "JetBrains/Mellum2-Thinking", MODEL),
    ("minicpm5", "openbmb/MiniCPM5-1B", MODEL),
    ("telechat4", "TeleChat4-36B", MODEL),
]  # fmt: skip


@pytest.mark.parametrize(("family", "served", "completion"), FORMS, ids=[served for _, served, _ in FORMS])
def test_a_completion_of_a_family_is_split_and_its_name_is_recognised(
    family: str, served: str, completion: str
) -> None:
    assert by_served_name(served) == family
    opened = completion.startswith(T) and bool(named(family).tags.open)
    trace = Trace.from_text("2 + 2?", completion, family=family, opened=opened)
    assert (trace.thinking, trace.answer) == (T, A)


def test_forty_families_have_a_form_here() -> None:
    known = {family.name for family in registered()} - {"", "r1-mini", "s1", "brackets"}
    assert known == {family for family, _, _ in FORMS} and len(known) >= 40


def test_every_family_has_the_address_of_a_source() -> None:
    for family in registered():
        own = family.name in ("r1-mini", "brackets")
        assert own or re.fullmatch(r"https://[\w.-]+\.\w+/[\w./-]+", family.source), family.name


def test_the_command_lists_every_family_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["families"]) == 0
    printed = capsys.readouterr().out
    for family in registered():
        line = next(line for line in printed.splitlines() if line.split()[:1] == [family.name])
        assert family.source in line and family.tags.close in line
    assert f"{len({*registered()})} families." in printed


def test_a_tool_call_ends_a_thought_that_has_no_closing_tag() -> None:
    text = "<think>\nI add them.\n<tool_call>{}</tool_call>"
    trace = Trace.from_text("2 + 2?", text, family="qwen")
    assert (trace.thinking, trace.answer) == ("I add them.", "<tool_call>{}</tool_call>")
    closed = Trace.from_text("2 + 2?", "<think>I write <tool_call> here.</think>4", family="qwen")
    assert (closed.thinking, closed.answer) == ("I write <tool_call> here.", "4")


def test_a_tokenizer_with_the_tokens_of_a_family_is_of_that_family() -> None:
    for family in registered():
        if family.special_tokens:
            assert of_tokens(family.special_tokens | {"<s>"}, "").tags == family.tags


def test_a_name_that_tells_nothing_is_of_no_family() -> None:
    assert by_served_name("my-model") == by_served_name("") == ""
    assert by_served_name("r1-mini") == "r1-mini"
