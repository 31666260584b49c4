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
| Granite 3.3 | its template, on the page of Mellea: the system prompt asks for `<think>` and `<response>` |
| OpenThinker, the first release | its system prompt in ollama's library; its authors say that later ones have none |
"""

from labkit.traces.families.family import Family, Tags, register

# -- tags of their own -------------------------------------------------------------------------------------

register(
    Family(
        "gemma-4", tags=Tags(open="<|channel>thought\n", close="<channel|>", after_open="", after_close=""),
        special_tokens=frozenset({"<|channel>", "<channel|>"}), served_as=("gemma-4", "gemma4"),
        source="https://github.com/ggml-org/llama.cpp/blob/75f1ba7/models/templates/gemma4.jinja",
    )
)  # fmt: skip
register(
    Family(
        "seed-oss", tags=Tags(open="<seed:think>", close="</seed:think>", after_open="", after_close=""),
        special_tokens=frozenset({"<seed:think>", "</seed:think>"}), served_as=("seed-oss",), switch=None,
        temperature=1.1, top_p=0.95,
        source="https://github.com/ggml-org/llama.cpp/blob/b1933d3/models/templates/ByteDance-Seed-OSS.jinja",
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
        source="https://github.com/sgl-project/sglang/blob/002e9bf/python/sglang/srt/parser/reasoning_parser.py",
    )
)  # fmt: skip
register(
    Family(
        "apertus", tags=Tags(open="<|inner_prefix|>", close="<|inner_suffix|>", after_open="", after_close=""),
        special_tokens=frozenset({"<|inner_prefix|>", "<|inner_suffix|>"}), served_as=("apertus",), switch=None,
        source="https://github.com/sgl-project/sglang/blob/002e9bf/python/sglang/srt/parser/reasoning_parser.py",
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
        source="https://github.com/sgl-project/sglang/blob/002e9bf/python/sglang/srt/parser/reasoning_parser.py",
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
        source="https://github.com/ollama/ollama/blob/fb30760/model/renderers/testdata/glimmer_chat_template.jinja",
    )
)  # fmt: skip
register(
    Family(
        "granite-3.2",
        tags=Tags(open="Here is my thought process:", close="Here is my response:", after_close="\n"),
        served_as=("granite-3.2",), switch="thinking",
        source="https://github.com/vllm-project/vllm/blob/04dbd8f/vllm/reasoning/granite_reasoning_parser.py",
    )
)  # fmt: skip
register(
    Family(
        "granite-3.3", tags=Tags(after_close="<response>", answer_end="</response>"), served_as=("granite-3.3",),
        switch="thinking",
        source="https://docs.mellea.ai/api/mellea/formatters/granite/granite3/granite33/input",
    )
)  # fmt: skip
register(
    Family(
        "apriel", tags=Tags(open="", close="[BEGIN FINAL RESPONSE]", after_open=""), served_as=("apriel",), switch=None,
        source="https://github.com/ggml-org/llama.cpp/blob/20bdc4f/models/templates/Apriel-1.6-15b-Thinker-fixed.jinja",
    )
)  # fmt: skip
register(
    Family(
        "openthinker",
        tags=Tags(
            open="<|begin_of_thought|>", close="<|end_of_thought|>", after_close="\n\n<|begin_of_solution|>",
            answer_end="<|end_of_solution|>",
        ),
        served_as=("openthinker-7b", "openthinker-32b", "openthinker:"), switch=None,
        source="https://github.com/fmaclen/hollama/issues/290",
    )
)  # fmt: skip
register(
    Family(
        "hunyuan-a13b", tags=Tags(after_close="\n<answer>\n", answer_end="\n</answer>", boundary="\n"),
        served_as=("hunyuan-a13b",),
        source="https://github.com/vllm-project/vllm/blob/0011c74/vllm/reasoning/hunyuan_a13b_reasoning_parser.py",
    )
)  # fmt: skip

# -- <think> and </think> ------------------------------------------------------------------------------------

for family in (
    Family(
        "olmo-3",
        served_as=("olmo-3",),
        switch=None,
        temperature=0.6,
        top_p=0.95,
        source="https://github.com/vllm-project/vllm/blob/04dbd8f/vllm/reasoning/olmo3_reasoning_parser.py",
    ),
    Family(
        "smollm3",
        served_as=("smollm3",),
        source="https://github.com/ggml-org/llama.cpp/pull/14581",
    ),
    Family(
        "phi-4-reasoning",
        served_as=("phi-4-reasoning", "phi-4-mini-reasoning"),
        switch=None,
        source="https://huggingface.co/microsoft/Phi-4-reasoning",
    ),
    Family(
        "exaone-4",
        served_as=("exaone-4",),
        source="https://github.com/vllm-project/vllm/blob/456b8d1/vllm/reasoning/exaone4_reasoning_parser.py",
    ),
    Family(
        "granite-4.2",
        served_as=("granite-4.2",),
        switch=None,
        source="https://www.ibm.com/granite/docs/models/granite4-2",
    ),
    Family(
        "lfm2.5",
        served_as=("lfm2.5",),
        switch=None,
        source="https://github.com/ggml-org/llama.cpp/blob/6f4e9f5/models/templates/LFM2.5-8B-A1B.jinja",
    ),
    Family(
        "cogito",
        served_as=("cogito",),
        switch=None,
        source="https://github.com/ollama/ollama/blob/fb30760/model/renderers/cogito.go",
    ),
    Family(
        "mimo",
        served_as=("mimo",),
        source="https://github.com/sgl-project/sglang/blob/002e9bf/python/sglang/srt/parser/reasoning_parser.py",
    ),
    Family(
        "step-3.5",
        served_as=("step-3.5", "step3.5", "step-3.7", "stepfun3.7"),
        switch=None,
        temperature=1.0,
        source="https://github.com/ggml-org/llama.cpp/blob/ca13f4c/models/templates/StepFun3.7-Flash.jinja",
    ),
    Family(
        "ring",
        served_as=("ring-2", "ring-1"),
        switch=None,
        efforts=("low", "medium", "high"),
        temperature=0.6,
        source="https://github.com/vllm-project/recipes/blob/8959cf6/models/inclusionAI/Ring-2.6-1T.yaml",
    ),
    Family(
        "ling-3",
        served_as=("ling-3",),
        source="https://github.com/vllm-project/recipes/blob/8959cf6/models/inclusionAI/Ling-3.0-flash.yaml",
    ),
    Family(
        "hy3",
        served_as=("hy3",),
        switch=None,
        efforts=("no_think", "low", "high"),
        temperature=0.9,
        top_p=1.0,
        source="https://github.com/sgl-project/sglang/blob/002e9bf/python/sglang/srt/parser/reasoning_parser.py",
    ),
    Family(
        "laguna",
        served_as=("laguna",),
        source="https://github.com/sgl-project/sglang/blob/002e9bf/python/sglang/srt/parser/reasoning_parser.py",
    ),
    Family(
        "ernie-4.5",
        served_as=("ernie-4.5",),
        switch=None,
        source="https://github.com/vllm-project/vllm/blob/00256d5/docs/features/reasoning_outputs.md",
    ),
    Family(
        "intern-s1",
        served_as=("intern-s1", "intern-s2"),
        temperature=0.8,
        top_p=0.95,
        source="https://github.com/vllm-project/recipes/blob/8959cf6/models/internlm/Intern-S1.yaml",
    ),
    Family(
        "trinity",
        served_as=("trinity-large-thinking",),
        switch=None,
        source="https://github.com/vllm-project/recipes/blob/8959cf6/models/arcee-ai/Trinity-Large-Thinking.yaml",
    ),
    Family(
        "mellum2",
        served_as=("mellum2",),
        switch=None,
        temperature=0.6,
        top_p=0.95,
        top_k=20,
        source="https://github.com/vllm-project/recipes/blob/8959cf6/models/JetBrains/Mellum2-12B-A2.5B-Thinking.yaml",
    ),
    Family(
        "minicpm5",
        served_as=("minicpm5",),
        temperature=0.9,
        top_p=0.95,
        source="https://github.com/vllm-project/recipes/blob/8959cf6/models/openbmb/MiniCPM5-1B.yaml",
    ),
    Family(
        "telechat4",
        served_as=("telechat4",),
        source="https://github.com/sgl-project/sglang/blob/002e9bf/python/sglang/srt/parser/reasoning_parser.py",
    ),
):
    register(family)
