"""gpt-oss: the thought is in the channel *analysis*, the answer in *final*, tools in *commentary*. It always thinks.

Source: the README of gpt-oss, and the harmony response format.
"""

from labkit.traces.families.family import Family, Tags, register

GPT_OSS = register(
    Family(
        "gpt-oss",
        tags=Tags(
            open="<|channel|>analysis<|message|>",
            close="<|channel|>final<|message|>",
            after_open="",
            after_close="",
            boundary="<|end|><|start|>assistant",
            tool_calls=("<|channel|>commentary", "<|end|><|start|>assistant to="),
        ),
        special_tokens=frozenset({"<|channel|>", "<|message|>"}),
        served_as=("gpt-oss",),
        before_forced_close="",
        switch=None,
        efforts=("low", "medium", "high"),
        temperature=1.0,
        top_p=1.0,
        source="https://github.com/openai/openai-cookbook/blob/main/articles/openai-harmony.md",
    )
)
