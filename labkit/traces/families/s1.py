"""s1: tags of several tokens, with the tokenizer of Qwen2.5.

Source: the README of s1; the closing tag is unverified.
"""

from labkit.traces.families.family import Family, Tags, register

S1 = register(
    Family(
        "s1",
        tags=Tags(open="<|im_start|>think", close="<|im_start|>answer", after_close="\n"),
        switch=None,
        source="https://arxiv.org/abs/2501.19393",
    )
)
