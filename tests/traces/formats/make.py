"""Writes the samples of this folder with the libraries that own the formats.

    python -m pip install anthropic inspect_ai openai trackio verifiers
    python tests/traces/formats/make.py [FOLDER]

No thought of a model is in them: the texts are ours. vLLM and SGLang need a GPU: their samples are written by hand after
the sources named in `labkit/traces/readers`, and stand in the tests.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

PROMPT = "Using 3, 5 and 9, make 24."
THOUGHT = "3 * 5 = 15.\n\nWait, is 15 + 9 = 24? Yes."
ANSWER = "(3 * 5) + 9"
WRONG = "3 + 5 + 9"


def write(folder: Path, name: str, content: Any) -> None:
    """Writes one sample."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    (folder / name).write_text(text + "\n", encoding="utf-8", newline="\n")


def openai_samples(folder: Path) -> None:
    """A chat completion with a thought and two choices, one with logprobs; and an answer of Responses."""
    from openai.types.chat import ChatCompletion
    from openai.types.responses import Response

    def logprob(token: str, value: float) -> dict[str, Any]:
        other = {"token": "(", "bytes": [40], "logprob": -1.5}
        same = {"token": token, "bytes": [*token.encode()], "logprob": value}
        return {**same, "top_logprobs": [same, other]}

    tokens = ["<think>", "3 * 5 = 15.", "</think>", ANSWER]
    chat = ChatCompletion.model_validate(
        {
            "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "deepseek-reasoner",
            "choices": [
                {"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": ANSWER, "reasoning_content": THOUGHT}},
                {"index": 1, "finish_reason": "length",
                 "message": {"role": "assistant", "content": "".join(tokens)},
                 "logprobs": {"content": [logprob(token, -0.25) for token in tokens]}},
            ],
        }
    )  # fmt: skip
    write(folder, "openai-chat.json", chat.model_dump(mode="json"))
    response = Response.model_validate(
        {
            "id": "resp_1", "object": "response", "created_at": 0, "model": "gpt-oss-20b", "status": "completed",
            "parallel_tool_calls": False, "tool_choice": "auto", "tools": [],
            "output": [
                {"type": "reasoning", "id": "rs_1", "summary": [], "content": [{"type": "reasoning_text", "text": THOUGHT}]},
                {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                 "content": [{"type": "output_text", "text": ANSWER, "annotations": []}]},
            ],
        }
    )  # fmt: skip
    write(folder, "openai-responses.json", response.model_dump(mode="json"))


def anthropic_sample(folder: Path) -> None:
    """A message with thinking."""
    from anthropic.types import Message

    message = Message.model_validate(
        {
            "id": "msg_1", "type": "message", "role": "assistant", "model": "a-model", "stop_reason": "end_turn",
            "content": [
                {"type": "thinking", "thinking": THOUGHT, "signature": ""},
                {"type": "text", "text": ANSWER},
            ],
            "usage": {"input_tokens": 10, "output_tokens": 20},
        }
    )  # fmt: skip
    write(folder, "anthropic.json", message.model_dump(mode="json"))


def trackio_sample(folder: Path) -> None:
    """A rollout as trackio stores it."""
    import trackio

    messages = [
        {"role": "user", "content": PROMPT},
        {"role": "assistant", "content": f"<think>\n{THOUGHT}\n</think>\n\n{ANSWER}"},
    ]
    trace = trackio.Trace(messages, metadata={"accuracy_reward": 1.0, "step": 3, "model": "r1-mini"})
    write(folder, "trackio.json", trace._to_dict("labkit", "run", 3))


def verifiers_sample(folder: Path) -> None:
    """A rollout with token ids and logprobs, as verifiers writes it to disk."""
    from verifiers.v1.graph import MessageNode
    from verifiers.v1.trace import ModelCall, Reward, Trace
    from verifiers.v1.types import AssistantMessage, UserMessage

    nodes = [
        MessageNode(message=UserMessage(content=PROMPT), token_ids=[1, 2], mask=[False, False], timestamp=0.0),
        MessageNode(
            parent=0, sampled=True, timestamp=0.0, token_ids=[3, 4, 5], mask=[False, True, True],
            message=AssistantMessage(content=ANSWER, reasoning_content=THOUGHT),
            logprobs=[-0.25, -0.5], advantages=[1.0, 1.0],
        ),
    ]  # fmt: skip
    call = ModelCall(node=1, model="r1-mini", finish_reason="stop")
    trace = Trace.model_construct(nodes=nodes, calls=[call], rewards={"accuracy": Reward(score=1.0)})
    write(folder, "verifiers.json", trace.model_dump(mode="json"))


def inspect_sample(folder: Path) -> None:
    """A log of Inspect with two samples: one right, one wrong."""
    from inspect_ai import Task, eval
    from inspect_ai.dataset import Sample
    from inspect_ai.model import (
        ChatCompletionChoice,
        ChatMessageAssistant,
        ContentReasoning,
        ContentText,
        ModelOutput,
        ModelUsage,
        get_model,
    )
    from inspect_ai.scorer import includes
    from inspect_ai.solver import generate

    def output(answer: str) -> ModelOutput:
        content = [ContentReasoning(reasoning=THOUGHT), ContentText(text=answer)]
        choice = ChatCompletionChoice(message=ChatMessageAssistant(content=content), stop_reason="stop")
        usage = ModelUsage(
            input_tokens=10, output_tokens=20, total_tokens=30
        )  # otherwise it counts, with a download
        return ModelOutput(model="mockllm/model", choices=[choice], usage=usage)

    task = Task(
        dataset=[Sample(input=PROMPT, target=ANSWER, id=str(i)) for i in range(2)], solver=generate(),
        scorer=includes(), name="countdown",
    )  # fmt: skip
    model = get_model("mockllm/model", custom_outputs=[output(ANSWER), output(WRONG)])
    with tempfile.TemporaryDirectory() as logs:
        (log,) = eval(task, model=model, log_dir=logs, display="none", max_samples=1)
        shutil.copyfile(Path(log.location.removeprefix("file://")), folder / "inspect.eval")


def accept(folder: Path) -> None:
    """Checks that trackio and verifiers read what `write.py` has written with labkit, if it has."""
    import trackio
    from verifiers.v1.trace import WireTrace

    for path in folder.glob("labkit-*.json"):
        record = json.loads(path.read_text("utf-8"))
        if path.stem.endswith("trackio"):
            fields = {name: record[name] for name in ("messages", "metadata", "spans")}
            assert trackio.Trace(**fields)._to_dict("labkit", "run") == record
        else:
            (branch,) = WireTrace.model_validate(record).branches
            nodes = record["nodes"]
            assert branch.token_ids == [id for node in nodes for id in node["token_ids"]]
            assert branch.logprobs[-len(nodes[1]["logprobs"]) :] == nodes[1]["logprobs"]
        print(f"{path.name} is accepted")


def main() -> None:
    """Writes all samples, and checks those of labkit."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    os.environ.setdefault("TRACKIO_DIR", tempfile.mkdtemp())
    for make in (openai_samples, anthropic_sample, trackio_sample, verifiers_sample, inspect_sample):
        make(folder)
    accept(folder)


if __name__ == "__main__":
    main()
