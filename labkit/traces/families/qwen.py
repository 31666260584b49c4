"""Qwen: Qwen3, QwQ and their fine-tunes; Qwen3.5 and later; and Holo2, which is made of Qwen.

The template of a Qwen3 that can do both has the switch `enable_thinking`. The template opens the thought from
Qwen3-Thinking-2507 on. Qwen3.5 thinks by default from 4B up, and not below.
Qwen3.5 may begin a tool call before it closes its thought.
Sources: the README of Qwen3; the templates of Qwen3.5 and Qwen3.6 in TRL; vLLM's recipe for Qwen3.8; SGLang's parser.
"""

from labkit.traces.families.family import Family, Tags, register

QWEN_3_8 = register(
    Family(
        "qwen3.8", served_as=("qwen3.8",), efforts=("low", "medium", "xhigh"), temperature=1.0, top_p=0.95, top_k=20,
        source="https://github.com/vllm-project/recipes/blob/8959cf6/models/Qwen/Qwen3.8-27B.yaml",
    )
)  # fmt: skip
QWEN = register(
    Family(
        "qwen",
        tags=Tags(tool_calls=("<tool_call>",)),
        served_as=("qwq", "qwen3"),
        switch="enable_thinking",
        temperature=0.6,
        top_p=0.95,
        source="https://arxiv.org/abs/2505.09388",
    )
)
HOLO2 = register(
    Family(
        "holo2",
        served_as=("holo2",),
        switch="thinking",
        source="https://github.com/vllm-project/vllm/blob/00256d5/docs/features/reasoning_outputs.md",
    )
)
