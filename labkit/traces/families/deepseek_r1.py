"""DeepSeek: R1, its distills and OpenR1, then the hybrids from V3.1 on.

The template of R1 writes the opening tag, that of R1-0528 does not. Off is a bare closing tag from V3.1 on.
Sources: the README of R1; the templates of V3.1 and V3.2 in llama.cpp; vLLM's page on reasoning outputs.
"""

from labkit.traces.families.family import Family, register

DEEPSEEK_R1 = register(
    Family(
        "deepseek-r1",
        served_as=("deepseek-r1", "deepseek-reasoner"),
        switch=None,
        temperature=0.6,
        top_p=0.95,
        source="https://arxiv.org/abs/2501.12948",
    )
)
DEEPSEEK_V3 = register(
    Family(
        "deepseek-v3",
        served_as=("deepseek-v3.1", "deepseek-v3.2"),
        switch="thinking",
        source="https://github.com/ggml-org/llama.cpp/blob/0374c5b/models/templates/deepseek-ai-DeepSeek-V3.1.jinja",
    )
)
DEEPSEEK_V4 = register(
    Family(
        "deepseek-v4",
        served_as=("deepseek-v4",),
        switch="thinking",
        efforts=("high", "max"),
        temperature=1.0,
        top_p=1.0,
        source="https://github.com/vllm-project/vllm/blob/3e10d2f/vllm/reasoning/deepseek_v4_reasoning_parser.py",
    )
)
