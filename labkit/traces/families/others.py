"""Families with one or two models each: their marks, their switches, and where these are documented.

| family | source |
|---|---|
| OLMo 3 Think | ollama's renderer and vLLM's parser `olmo3`; its tags are ordinary text |
| SmolLM3, Granite 3.2, Hunyuan A13B, EXAONE 4 | vLLM's page on reasoning outputs and its parsers |
| Phi-4-reasoning | its model card: the system prompt asks for the tags |
| Gemma 4 | the template in llama.cpp; its marks are not symmetric |
| Seed-OSS | its README and the template in llama.cpp; the budget is in tokens |
| Apriel 1.6 | the template in llama.cpp, which writes "Here are my reasoning steps:" |
| LFM2.5, MiMo, Step 3.5, Ring, Ling, ERNIE 4.5, Intern-S1, Trinity, Mellum2, MiniCPM5 | vLLM's recipes |
| Command A Reasoning, Apertus, Inkling, Laguna | SGLang's detectors |
| Muse Glimmer | its template, as ollama tests it; the recipient stands in place of a channel |
| Cogito | ollama's renderer; a sentence of the system prompt switches it on |
"""

from labkit.traces.families.family import Family, Tags, register

# -- tags of their own -------------------------------------------------------------------------------------

register(
    Family(
        "gemma-4", tags=Tags(open="<|channel>thought\n", close="<channel|>", after_open="", after_close=""),
        special_tokens=frozenset({"<|channel>", "<channel|>"}), served_as=("gemma-4", "gemma4"),
    )
)  # fmt: skip
register(
    Family(
        "seed-oss", tags=Tags(open="<seed:think>", close="</seed:think>", after_open="", after_close=""),
        special_tokens=frozenset({"<seed:think>", "</seed:think>"}), served_as=("seed-oss",), switch=None,
        temperature=1.1, top_p=0.95,
    )
)  # fmt: skip
register(
    Family(
        "command-a-reasoning",
        tags=Tags(
            open="<|START_THINKING|>", close="<|END_THINKING|>", after_open="", after_close="<|START_TEXT|>",
            answer_end="<|END_TEXT|>",
        ),
        special_tokens=frozenset({"<|START_THINKING|>", "<|END_THINKING|>"}), served_as=("command-a",),
        switch="reasoning",
    )
)  # fmt: skip
register(
    Family(
        "apertus", tags=Tags(open="<|inner_prefix|>", close="<|inner_suffix|>", after_open="", after_close=""),
        special_tokens=frozenset({"<|inner_prefix|>", "<|inner_suffix|>"}), served_as=("apertus",), switch=None,
    )
)  # fmt: skip
register(
    Family(
        "inkling",
        tags=Tags(
            open="<|message_model|><|content_thinking|>", close="<|content_text|>", after_open="", after_close="",
            boundary="<|end_message|>",
        ),
        special_tokens=frozenset({"<|content_thinking|>", "<|content_text|>"}), served_as=("inkling",), switch=None,
    )
)  # fmt: skip
register(
    Family(
        "glimmer",
        tags=Tags(
            open="to=self<|message|>", close="to=user<|message|>", after_open="", after_close="",
            boundary="<|eom|><|start|>assistant ",
        ),
        served_as=("glimmer",), switch=None, efforts=("low", "medium", "high", "xhigh"), temperature=1.0, top_p=0.95,
    )
)  # fmt: skip
register(
    Family(
        "granite-3.2",
        tags=Tags(open="Here is my thought process:", close="Here is my response:", after_close="\n"),
        served_as=("granite-3.2",), switch="thinking",
    )
)  # fmt: skip
register(
    Family(
        "apriel", tags=Tags(open="", close="[BEGIN FINAL RESPONSE]", after_open=""), served_as=("apriel",), switch=None,
    )
)  # fmt: skip
register(
    Family(
        "hunyuan-a13b", tags=Tags(after_close="\n<answer>\n", answer_end="\n</answer>", boundary="\n"),
        served_as=("hunyuan-a13b",),
    )
)  # fmt: skip

# -- <think> and </think> ------------------------------------------------------------------------------------

for family in (
    Family("olmo-3", served_as=("olmo-3",), switch=None, temperature=0.6, top_p=0.95),
    Family("smollm3", served_as=("smollm3",)),
    Family("phi-4-reasoning", served_as=("phi-4-reasoning", "phi-4-mini-reasoning"), switch=None),
    Family("exaone-4", served_as=("exaone-4",)),
    Family("granite-4.2", served_as=("granite-4.2",), switch=None),
    Family("lfm2.5", served_as=("lfm2.5",), switch=None),
    Family("cogito", served_as=("cogito",), switch=None),
    Family("mimo", served_as=("mimo",)),
    Family(
        "step-3.5", served_as=("step-3.5", "step3.5", "step-3.7", "stepfun3.7"), switch=None, temperature=1.0
    ),
    Family(
        "ring",
        served_as=("ring-2", "ring-1"),
        switch=None,
        efforts=("low", "medium", "high"),
        temperature=0.6,
    ),
    Family("ling-3", served_as=("ling-3",)),
    Family(
        "hy3",
        served_as=("hy3",),
        switch=None,
        efforts=("no_think", "low", "high"),
        temperature=0.9,
        top_p=1.0,
    ),
    Family("laguna", served_as=("laguna",)),
    Family("ernie-4.5", served_as=("ernie-4.5",), switch=None),
    Family("intern-s1", served_as=("intern-s1", "intern-s2"), temperature=0.8, top_p=0.95),
    Family("trinity", served_as=("trinity-large-thinking",), switch=None),
    Family("mellum2", served_as=("mellum2",), switch=None, temperature=0.6, top_p=0.95, top_k=20),
    Family("minicpm5", served_as=("minicpm5",), temperature=0.9, top_p=0.95),
    Family("telechat4", served_as=("telechat4",)),
):
    register(family)
