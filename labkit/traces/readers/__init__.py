"""Readers: what other libraries and data sets write becomes traces. No torch here.

| reader | reads |
|---|---|
| `labkit_trace`, `labkit_run` | `*.trace.json`, `*.group.json`; the rollouts of a `run.json` |
| `openai_chat`, `openai_responses`, `anthropic` | answers of servers: objects, JSON, lines of a batch |
| `vllm`, `sglang` | outputs of the engines, with token ids and logprobs |
| `verifiers`, `inspect_log` | rollouts and evaluation logs |
| `conversation` | messages: OpenAI, trackio, ShareGPT |
| `rows` | rows with columns: JSONL, Parquet, data sets of Hugging Face, completions that TRL logs |
| `plain_text` | a text |

A format is one module, which registers its reader; the order of the imports is the order in which they are asked.
"""

# isort: off
from labkit.traces.readers import labkit_trace, labkit_run  # noqa: F401 (each registers itself)
from labkit.traces.readers import openai_chat, openai_responses, anthropic, vllm, sglang  # noqa: F401
from labkit.traces.readers import verifiers, inspect_log, conversation, rows, plain_text  # noqa: F401

# isort: on
from labkit.traces.readers.reader import Options, Reader, reader_of, register, registered, seen

__all__ = ["Options", "Reader", "reader_of", "register", "registered", "seen"]
