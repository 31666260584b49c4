"""The model families that labkit knows, one module each; importing this package registers them.

| family | reasoning tags | the opening tag is written by |
|---|---|---|
| `r1-mini` | `<think>` ... `</think>` | the model |
| `deepseek-r1` | the same | the template, so that the output has `</think>` alone; R1-0528, OpenR1-Distill: the model |
| `qwen` | the same | the model; QwQ, Qwen3-Thinking: the template; thinking off: the template, with an empty thought |
| `gpt-oss` | its channels *analysis* and *final* | the model |
| `s1` | `<|im_start|>think` ... `<|im_start|>answer` | the model |
| 44 others | those of their modules, and of `others` | |
| any other | `<think>` ... `</think>`, if any | the model |

Whether the template opened the thought is read from the templated text, never from a family: the first
release of R1's template did not open it. A tag may be one token (R1), several text tokens (a model that
was only fine-tuned to write it) or both (s1); `split` reads text, so it handles all three.
"""

# isort: off
from labkit.traces.families import deepseek_r1, gpt_oss, qwen, r1_mini, s1  # noqa: F401 (each registers itself)
from labkit.traces.families import minimax, mistral, moonshot, nvidia, zhipu, others  # noqa: F401

# isort: on
from labkit.traces.families.choice import check_family, tags_of_pair
from labkit.traces.families.family import Family, Tags, Thinking, by_served_name, named, register

__all__ = [
    "Family",
    "Tags",
    "Thinking",
    "by_served_name",
    "check_family",
    "named",
    "register",
    "tags_of_pair",
]
