"""Qwen: Qwen3, QwQ and their fine-tunes; Qwen3.5 and later; and Holo2, which is made of Qwen.

The template of a Qwen3 that can do both has the switch `enable_thinking`. The template opens the thought from
Qwen3-Thinking-2507 on. Qwen3.5 thinks by default from 4B up, and not below.
Sources: the README of Qwen3; the templates of Qwen3.5 and Qwen3.6 in TRL; vLLM's recipe for Qwen3.8.
"""

from labkit.traces.families.family import Family, register

QWEN = register(Family("qwen", served_as=("qwq",), switch="enable_thinking", temperature=0.6, top_p=0.95))
QWEN_3_8 = register(
    Family(
        "qwen3.8", served_as=("qwen3.8",), efforts=("low", "medium", "xhigh"), temperature=1.0, top_p=0.95, top_k=20
    )
)  # fmt: skip
HOLO2 = register(Family("holo2", served_as=("holo2",), switch="thinking"))
