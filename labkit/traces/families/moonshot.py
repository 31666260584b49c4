"""Kimi of Moonshot: four ways to mark a thought.

Sources: the template of Kimi K2 Thinking in llama.cpp; SGLang's detectors KimiDetector and KimiK3Detector; its
cookbook for K2.5 and K3.
"""

from labkit.traces.families.family import Family, Tags, register

KIMI_1_5 = register(
    Family(
        "kimi-1.5", tags=Tags(open="◁think▷", close="◁/think▷"), special_tokens=frozenset({"◁think▷", "◁/think▷"}),
        served_as=("kimi-vl", "kimi-k1.5"), switch=None,
        source="https://github.com/sgl-project/sglang/blob/002e9bf/python/sglang/srt/parser/reasoning_parser.py",
    )
)  # fmt: skip
KIMI_K2 = register(
    Family(
        "kimi-k2",
        served_as=("kimi-k2-thinking",),
        switch=None,
        source="https://github.com/ggml-org/llama.cpp/blob/0c3c896/models/templates/moonshotai-Kimi-K2-Thinking.jinja",
    )
)
KIMI_K2_5 = register(
    Family(
        "kimi-k2.5",
        served_as=("kimi-k2.",),
        switch="thinking",
        temperature=1.0,
        top_p=0.95,
        source="https://github.com/sgl-project/sgl-cookbook/blob/7b5bd9c/docs/autoregressive/Moonshotai/Kimi-K2.5.md",
    )
)
KIMI_K3 = register(
    Family(
        "kimi-k3",
        tags=Tags(
            open="<|open|>think<|sep|>", close="<|close|>think<|sep|>", after_open="",
            after_close="<|open|>response<|sep|>", answer_end="<|close|>response<|sep|>",
        ),
        special_tokens=frozenset({"<|open|>", "<|close|>", "<|sep|>"}),
        served_as=("kimi-k3",), switch="thinking",
        efforts=("low", "medium", "high", "max"), effort_variable="thinking_effort", temperature=1.0, top_p=0.95,
        source="https://github.com/ggml-org/llama.cpp/blob/181a4a8/models/templates/Kimi-K3.jinja",
    )
)  # fmt: skip
