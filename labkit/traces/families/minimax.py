"""MiniMax: M2 always thinks, and its template opens the thought; M3 has tags of its own.

Sources: the template of MiniMax-M2 in llama.cpp; SGLang's detector MiniMaxM3Detector; vLLM's recipe for M3.
"""

from labkit.traces.families.family import Family, Tags, register

MINIMAX_M2 = register(
    Family(
        "minimax-m2",
        served_as=("minimax-m2",),
        switch=None,
        source="https://github.com/ggml-org/llama.cpp/blob/a21f05a/models/templates/unsloth-MiniMax-M2.jinja",
    )
)
MINIMAX_M3 = register(
    Family(
        "minimax-m3", tags=Tags(open="<mm:think>", close="</mm:think>"),
        special_tokens=frozenset({"<mm:think>", "</mm:think>"}), served_as=("minimax-m3",),
        switch="thinking_mode", switch_words=("enabled", "disabled"),
        temperature=1.0, top_p=0.95,
        source="https://github.com/sgl-project/sglang/blob/002e9bf/python/sglang/srt/parser/reasoning_parser.py",
    )
)  # fmt: skip
