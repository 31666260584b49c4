"""Nemotron of NVIDIA: the first ones and Nano v2 are switched by a sentence of the prompt, Nemotron 3 by the template.

Sources: NVIDIA's page on reasoning models (NIM 1.8.0); the templates of Nemotron Super 49B v1.5 and of Nano v2 in
llama.cpp, and of Nemotron 3 in TRL.
"""

from labkit.traces.families.family import Family, register

NEMOTRON_3 = register(
    Family(
        "nemotron-3",
        served_as=("nemotron-3", "nemotron3", "nemotron-3.5"),
        temperature=1.0,
        source="https://github.com/huggingface/trl/blob/f2cd577/trl/chat_templates/nemotron_3_nano.jinja",
    )
)
NEMOTRON = register(
    Family(
        "nemotron",
        served_as=("nemotron",),
        switch=None,
        temperature=0.6,
        top_p=0.95,
        source="https://github.com/ggml-org/llama.cpp/blob/1035d60/models/templates/nvidia-Llama-3_3-Nemotron-Super-49B-v1_5.jinja",
    )
)
