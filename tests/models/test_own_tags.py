"""`family=` and `tags=`: the user says how the thought of a model that labkit does not know is marked."""

from __future__ import annotations

import gc
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit import LabkitError, Trace
from labkit.inside import fork
from labkit.models import LocalModel, families
from labkit.rewards import breakdown, think_format
from labkit.traces import TraceSet
from labkit.traces.blocks import blocks
from labkit.traces.families import named
from labkit.views.core.streaming import StreamingTrace
from tests.models.chat_server import Script, serving
from tests.models.test_remote import plain

TAGS = ("<reason>", "</reason>")
PROMPT = "Using 3, 5 and 9, make 24."
TEXT = "<reason>\n3 * 5 is 15.\n\nWait, 15 + 9 is 24.\n</reason>\n\n<answer>24</answer>"
needs_openai = pytest.mark.skipif(find_spec("openai") is None, reason="needs the extra server")


@pytest.fixture
def model(distill_folder: Path) -> LocalModel:
    return labkit.load(distill_folder, tags=TAGS).local()


def read(trace: Trace) -> tuple[str, str]:
    return trace.thinking.splitlines()[-1], trace.answer


SPLIT = ("Wait, 15 + 9 is 24.", "<answer>24</answer>")


def test_a_loaded_model_reads_its_thoughts_by_these_tags(model: LocalModel) -> None:
    trace = model.read_text(PROMPT, TEXT)
    assert read(trace) == SPLIT and (trace.open_tag, trace.close_tag) == TAGS
    assert [step.kind for step in trace.steps] == ["try", "try"]
    assert [block.role for block in blocks(trace)] == ["tag", "step", "step", "tag", "answer"]
    (rollout,) = model.sample(PROMPT, n=1, max_new_tokens=2)
    assert (rollout.open_tag, model.think(PROMPT, max_new_tokens=2).close_tag) == TAGS
    assert "tags=" in str(model.load_line) and eval(str(model.load_line).split(" = ")[1]).tags == model.tags  # fmt: skip


def test_a_single_call_has_tags_of_its_own_and_the_model_keeps_its_own(distill: Any) -> None:
    trace = distill.read_text(PROMPT, TEXT, tags=TAGS)
    assert read(trace) == SPLIT
    assert distill.read_text(PROMPT, TEXT).answer == "", "its template has opened a thought with other tags"
    (rollout,) = distill.sample(PROMPT, n=1, max_new_tokens=2, family="magistral")
    assert (rollout.open_tag, rollout.family) == ("[THINK]", "magistral")
    assert distill.think(PROMPT, max_new_tokens=2, tags=TAGS).close_tag == TAGS[1]
    assert (distill.tags.open, distill.family) == ("<think>", "qwen2")


def test_forks_and_forced_answers_keep_the_tags(distill: Any) -> None:
    trace = distill.read_text(PROMPT, TEXT, tags=TAGS)
    forked = fork(trace, 3, n=2, max_new_tokens=3)
    assert {(t.open_tag, t.close_tag) for t in forked.rollouts} == {TAGS}
    assert trace.language_model is not None and trace.language_model.tags.open == TAGS[0]
    suffix = families.force_answer_suffix(families.tags_of_trace(trace), trace.family)
    assert suffix == "\n</reason>\n\nThe final answer is "


def test_the_streaming_view_finds_the_steps_between_these_tags(distill: Any) -> None:
    from labkit.models.local.recorder import Recorder, head_for
    from labkit.models.reading_tags import reading_as

    twin = reading_as(distill, "", TAGS)
    recorder = Recorder(head_for(twin, PROMPT, None)[0], twin.pieces)
    for id in distill.tokenizer.encode(TEXT, add_special_tokens=False):
        recorder.record(id, 0.0, 0.0, 0.0, [], [], ended=False)
    streaming = StreamingTrace(recorder)
    streaming.update_blocks()
    assert [block.role for block in streaming.blocks] == ["tag", "step", "step", "tag", "answer"]


def test_the_format_rule_asks_for_these_tags(distill: Any) -> None:
    assert (
        breakdown(distill.read_text(PROMPT, TEXT, tags=TAGS), rules=[think_format]).value("think_format")
        == 1.0
    )
    assert breakdown(distill.read_text(PROMPT, TEXT), rules=[think_format]).value("think_format") == 0.0
    nested = "[R]a[R]b[/R]<answer>7</answer>"  # a tag without ">"
    assert think_format([nested], open_tag="[R]", close_tag="[/R]") == [0.0]


@pytest.mark.parametrize(
    "message",
    [
        {"reasoning_content": "I add.", "content": "<answer>24</answer>"},
        {"thinking": "I add.", "content": "<answer>24</answer>"},
        {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "I add."}]}, {"type": "text", "text": "<answer>24</answer>"}]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("tags", [("<think>", "</think>"), TAGS])
def test_a_rule_reads_the_thought_of_a_message_wherever_it_stands(
    message: dict[str, Any], tags: tuple[str, str]
) -> None:
    completion = [{"role": "assistant", **message}]
    assert think_format([completion], open_tag=tags[0], close_tag=tags[1]) == [1.0]


def test_a_copy_with_other_tags_keeps_no_weights(distill_folder: Path) -> None:
    model = labkit.load(distill_folder).local()
    trace = model.think(PROMPT, max_new_tokens=2, tags=TAGS)
    twin: Any = trace.language_model
    assert twin.is_loaded and twin.network is model.network
    model.unload()
    gc.collect()
    assert not twin.is_loaded
    with pytest.raises(LabkitError, match="was unloaded"):
        twin.think(PROMPT)


def test_training_goes_on_with_these_tags(model: LocalModel) -> None:
    from labkit.training import grpo

    run = grpo(model, steps=1, problems=1, group=2, max_new_tokens=4)
    assert run.model.tags == model.tags


def test_a_saved_trace_and_rows_open_with_the_same_parts(tmp_path: Path) -> None:
    trace = Trace.from_text(PROMPT, TEXT, tags=TAGS, family="qwen")
    assert read(trace) == SPLIT and trace.family == "qwen"
    again = Trace.load(trace.save(tmp_path / "own.trace.json"))
    assert again == trace and read(again) == SPLIT
    assert labkit.open(tmp_path / "own.trace.json") == trace
    rows = tmp_path / "rows.jsonl"
    rows.write_text(json.dumps({"prompt": PROMPT, "completion": TEXT}) + "\n", "utf-8")
    opened = labkit.open(rows, tags=TAGS)
    assert isinstance(opened, TraceSet) and read(opened[0]) == SPLIT
    plain_split = labkit.open(rows)
    assert isinstance(plain_split, TraceSet) and plain_split[0].thinking == ""
    wrong = Trace.from_text(PROMPT, TEXT).save(tmp_path / "wrong.trace.json")
    reread = labkit.open(wrong, tags=TAGS)
    assert isinstance(reread, Trace) and read(reread) == SPLIT


def test_a_closing_tag_alone_is_enough_if_the_template_opens_the_thought() -> None:
    trace = Trace.from_text(PROMPT, "so ### 24", tags=("", "###"))
    assert (trace.thinking, trace.answer) == ("so", "24")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"family": "qwn"}, r"no family 'qwn'[\s\S]*qwen"),
        ({"family": "DeepSeek-R1-Distill"}, r"deepseek-r1"),
        ({"family": "zzzz"}, r"labkit families"),
        ({"tags": "<x>"}, r"sequence of texts"),
        ({"tags": ("<x>",)}, r"two texts"),
        ({"tags": ("<x>", " ")}, r"closing tag is empty"),
        ({"tags": ("<x>", "y" * 201)}, r"too long"),
    ],
)
def test_a_wrong_family_or_tag_is_refused_with_what_is_possible(
    distill: Any, given: dict[str, Any], message: str
) -> None:
    calls: list[Any] = [
        lambda: labkit.load("r1-mini", **given),
        lambda: labkit.open([{"text": TEXT}], **given),
        lambda: Trace.from_text(PROMPT, TEXT, **given),
        lambda: distill.think(PROMPT, **given),
        lambda: distill.sample(PROMPT, **given),
        lambda: distill.read_text(PROMPT, TEXT, **given),
    ]
    for call in calls:
        with pytest.raises(LabkitError, match=message):
            call()


@needs_openai
def test_a_model_on_a_server_is_read_by_these_tags() -> None:
    script = Script(plain("<reason>", "so", "</reason>", "24"))
    with serving(script) as url:
        model = labkit.load(url, tags=TAGS)
        trace = model.think(PROMPT)
        (rollout,) = labkit.load(url).sample(PROMPT, n=1, tags=TAGS)
        script.deltas = [({"reasoning": "so"}, None), *plain("24")]
        apart = model.think(PROMPT)
    for each in (trace, rollout, apart):
        assert (each.thinking, each.answer, each.close_tag) == ("so", "24", "</reason>")
    assert apart.text == "so</reason>\n\n24"


@needs_openai
def test_a_family_tells_the_switch_of_a_model_on_a_server() -> None:
    script = Script(plain("24"), models=("my-model",))
    with serving(script) as url:
        labkit.load(url, family="deepseek-v3").think(PROMPT, thinking=False)
        labkit.load(url).think(PROMPT, thinking="low", family="gpt-oss")
    assert [asked["chat_template_kwargs"] for asked in script.asked] == [
        {"thinking": False},
        {"reasoning_effort": "low"},
    ]


@needs_openai
@pytest.mark.parametrize(
    ("row", "tags"),
    [
        ({"owned_by": "labkit", "family": "qwen", "tags": list(TAGS)}, TAGS),
        ({"owned_by": "labkit", "family": "of tomorrow", "tags": list(TAGS)}, ("<think>", "</think>")),
        ({"owned_by": "labkit", "family": 3, "tags": [1, 2]}, ("<think>", "</think>")),
        ({"owned_by": "us", "family": "qwen", "tags": list(TAGS)}, ("<think>", "</think>")),
    ],
)
def test_a_class_learns_the_tags_from_labkit_serve(row: dict[str, Any], tags: tuple[str, str]) -> None:
    listed = json.dumps({"data": [{"id": "tiny", **row}]}).encode()
    with serving(Script(plain("24"), listed=listed)) as url:
        model = labkit.load(url)
    assert (model.tags.open, model.tags.close) == tags


@needs_openai
@pytest.mark.slow
def test_labkit_serve_takes_tags_and_tells_them(
    distill_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.serve.running import TOKEN
    from tests.serve.running import serving as labkit_serve

    monkeypatch.setenv("LABKIT_API_KEY", TOKEN)
    with labkit_serve(str(distill_folder), "--tags", *TAGS, "--family", "qwen") as server:
        model = labkit.load(server.url)
        trace = model.think(PROMPT, max_new_tokens=3)
    assert (trace.open_tag, trace.close_tag, trace.family) == (*TAGS, "qwen")
    assert named(trace.family).switch == "enable_thinking"
