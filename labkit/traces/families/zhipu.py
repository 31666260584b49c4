"""GLM of Zhipu: the model opens the thought in GLM-4.5 and 4.6, the template from GLM-4.7 on.

Sources: the template of GLM-4.6 in llama.cpp; vLLM's recipes for GLM-5 and GLM-5.2.
"""

from labkit.traces.families.family import Family, register

GLM = register(
    Family(
        "glm",
        served_as=("glm-4.5", "glm-4.6"),
        source="https://github.com/ggml-org/llama.cpp/blob/afefa65/models/templates/GLM-4.6.jinja",
    )
)
GLM_5_2 = register(
    Family(
        "glm-5.2", served_as=("glm-5.2",), efforts=("high", "max"), temperature=1.0,
        source="https://github.com/vllm-project/recipes/blob/8959cf6/models/zai-org/GLM-5.2.yaml",
    )
)  # fmt: skip
GLM_5 = register(
    Family(
        "glm-5",
        served_as=("glm-4.7", "glm-5"),
        temperature=1.0,
        source="https://github.com/ollama/ollama/blob/fb30760/model/renderers/glm47.go",
    )
)
