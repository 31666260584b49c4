"""Mistral: Magistral and Ministral, whose system prompt asks for the thought; later models have an effort.

Magistral Small 1.0 wrote `<think>` as text; later releases have the special tokens `[THINK]` and `[/THINK]`.
Sources: the model cards of Magistral Small 2506 and 2507; vLLM's recipes for Ministral 3 and Mistral Small 4.
"""

from labkit.traces.families.family import Family, Tags, register

_TAGS = Tags(open="[THINK]", close="[/THINK]", after_open="", after_close="")
_TOKENS = frozenset({"[THINK]", "[/THINK]"})

MAGISTRAL_1 = register(
    Family(
        "magistral-1.0",
        served_as=("magistral-small-2506",),
        switch=None,
        temperature=0.7,
        top_p=0.95,
        source="https://huggingface.co/mistralai/Magistral-Small-2506",
    )
)
MISTRAL_SMALL_4 = register(
    Family(
        "mistral-small-4", tags=_TAGS, served_as=("mistral-small-4", "mistral-medium-3.5"), switch=None,
        efforts=("none", "high"), temperature=0.7,
        source="https://github.com/vllm-project/recipes/blob/8959cf6/models/mistralai/Mistral-Small-4-119B-2603.yaml",
    )
)  # fmt: skip
MAGISTRAL = register(
    Family(
        "magistral", tags=_TAGS, special_tokens=_TOKENS, served_as=("magistral", "ministral-3"), switch=None,
        temperature=0.7, top_p=0.95,
        source="https://huggingface.co/mistralai/Magistral-Small-2507",
    )
)  # fmt: skip
