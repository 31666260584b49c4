"""`labkit.open` reads what other libraries write: the samples of `formats/` were written by these libraries."""

from __future__ import annotations

import ast
import io
import json
import os
import sys
import tokenize
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit.errors import BadArgument, FileDamaged, LabkitError
from labkit.traces import Trace, TraceSet
from labkit.traces.readers import Options, Reader, reader_of, register, registered, seen
from labkit.traces.readers.completion import Completion

HERE = Path(__file__).parent
FORMATS = Path(os.environ.get("LABKIT_FORMATS") or HERE / "formats")
PROMPT = "Using 3, 5 and 9, make 24."
THOUGHT = "3 * 5 = 15.\n\nWait, is 15 + 9 = 24? Yes."
ANSWER = "(3 * 5) + 9"
TEXT = f"<think>\n{THOUGHT}\n</think>\n\n{ANSWER}"


def one(source: Any, **options: Any) -> Trace:
    trace = labkit.open(source, **options)
    assert isinstance(trace, Trace)
    return trace


def many(source: Any, **options: Any) -> TraceSet:
    traces = labkit.open(source, **options)
    assert isinstance(traces, TraceSet)
    return traces


def lines(path: Path, *rows: Any) -> Path:
    path.write_bytes(b"".join(r if isinstance(r, bytes) else json.dumps(r).encode() + b"\n" for r in rows))
    return path


# -- formats ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["anthropic", "openai-responses", "trackio", "verifiers"])
def test_a_record_of_another_library_becomes_a_trace(name: str) -> None:
    trace = one(FORMATS / f"{name}.json", prompt=PROMPT)
    assert (trace.prompt, trace.thinking, trace.answer) == (PROMPT, THOUGHT, ANSWER)
    assert trace.finish == "stop" and trace.model != "unknown"
    assert trace.steps[-1].gist == "Wait, is 15 + 9 = 24?"
    record = json.loads((FORMATS / f"{name}.json").read_text("utf-8"))
    assert one(record, prompt=PROMPT) == trace, "the object and its file give the same trace"


def test_choices_become_thoughts_and_logprobs_become_tokens() -> None:
    first, second = many(FORMATS / "openai-chat.json", prompt=PROMPT)
    assert (first.thinking, first.answer, first.finish, len(first)) == (THOUGHT, ANSWER, "stop", 0)
    assert (second.thinking, second.answer, second.finish) == ("3 * 5 = 15.", ANSWER, "length")
    assert second.tokens.texts == ["<think>", "3 * 5 = 15.", "</think>", ANSWER]
    assert second.tokens.logprobs == [-0.25] * 4
    assert [(a.text, a.logprob) for a in second.alternatives(0)] == [("<think>", -0.25), ("(", -1.5)]
    assert second.tokens.entropies == [], "a server sends no entropies"


def test_the_rewards_and_the_family_come_along() -> None:
    trace = one(FORMATS / "trackio.json")
    assert trace.rewards == {"accuracy_reward": 1.0} and trace.family == "r1-mini"
    assert one(FORMATS / "verifiers.json").rewards == {"accuracy": 1.0}
    assert one(FORMATS / "verifiers.json").metadata["advantages"] == [1.0, 1.0]
    assert one(FORMATS / "openai-responses.json").family == "gpt-oss"


def test_a_log_of_inspect_gives_the_scores_and_the_target() -> None:
    pytest.importorskip("pyarrow")  # unpacks Zstandard
    right, wrong = many(FORMATS / "inspect.eval")
    assert right.rewards == {"includes": 1.0} and wrong.rewards == {"includes": 0.0}
    assert right.problem is not None and right.problem.columns == {"answer": ANSWER}
    assert (right.prompt, right.thinking, wrong.answer) == (PROMPT, THOUGHT, "3 + 5 + 9")


def test_a_line_of_a_batch_has_its_prompt_in_the_request(tmp_path: Path) -> None:
    body = json.loads((FORMATS / "openai-chat.json").read_text("utf-8"))
    request = {
        "body": {"messages": [{"role": "system", "content": "Think."}, {"role": "user", "content": PROMPT}]}
    }
    batch = lines(
        tmp_path / "batch.jsonl", {"custom_id": "1", "request": request, "response": {"body": body}}
    )
    assert [trace.prompt for trace in many(batch)] == [PROMPT, PROMPT]


class Logprob:
    def __init__(self, logprob: float, decoded_token: str) -> None:
        self.logprob, self.rank, self.decoded_token = logprob, 1, decoded_token


class Output:  # of vLLM's `CompletionOutput`
    def __init__(self) -> None:
        self.index, self.text, self.finish_reason = 0, "so</think>24", "length"
        self.token_ids = (7, 8, 9)
        self.logprobs = [
            {7: Logprob(-0.5, "so"), 3: Logprob(-0.75, "if")},
            {8: Logprob(-0.1, "</think>")},
            {9: Logprob(-2.0, "24"), 4: Logprob(-0.2, "25")},
        ]


class RequestOutput:
    def __init__(self) -> None:
        self.request_id, self.prompt, self.prompt_token_ids, self.outputs = "0", PROMPT, [1, 2], [Output()]


def test_an_output_of_vllm_has_its_ids_and_alternatives() -> None:
    trace = one(RequestOutput())
    assert (trace.prompt, trace.thinking, trace.answer, trace.finish) == (PROMPT, "so", "24", "length")
    assert trace.tokens.ids == [7, 8, 9] and trace.tokens.logprobs == [-0.5, -0.1, -2.0]
    assert [(a.id, a.text) for a in trace.alternatives(2)] == [(4, "25"), (9, "24")]


def test_an_output_of_sglang_has_its_ids_and_alternatives() -> None:
    trace = one(
        {
            "text": "so</think>24", "output_ids": [7, 8, 9],
            "meta_info": {
                "finish_reason": {"type": "stop"},
                "output_token_logprobs": [[-0.5, 7, "so"], [-0.1, 8, "</think>"], [-2.0, 9, "24"]],
                "output_top_logprobs": [[[-0.5, 7, "so"]], [[-0.1, 8, "</think>"]], [[-0.2, 4, "25"], [-2.0, 9, "24"]]],
            },
        },
        prompt=PROMPT,
    )  # fmt: skip
    assert (trace.thinking, trace.answer, trace.finish, trace.tokens.ids) == ("so", "24", "stop", [7, 8, 9])
    assert [a.text for a in trace.alternatives(2)] == ["25", "24"]


def test_tokens_that_are_not_the_text_are_dropped_and_the_text_stays() -> None:
    trace = one({"text": "another</think>24", "meta_info": {"output_token_logprobs": [[-0.5, 7, "so"]]}})
    assert len(trace) == 0 and trace.answer == "24"


# -- rows ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": PROMPT, "completion": TEXT},
        {"problem": PROMPT, "generations": [TEXT, TEXT], "answer": ANSWER},
        {"question": PROMPT, "thinking_trajectories": [THOUGHT], "attempt": ANSWER},
        {"problem": PROMPT, "message_thinking": THOUGHT, "message_content": ANSWER, "gtruth_answer": ANSWER},
        {
            "prompt": [{"role": "user", "content": PROMPT}],
            "completion": [{"role": "assistant", "content": TEXT}],
        },
        {"messages": [{"role": "user", "content": PROMPT}, {"role": "assistant", "content": TEXT}]},
        {"conversations": [{"from": "human", "value": PROMPT}, {"from": "gpt", "value": TEXT}]},
    ],
    ids=["plain", "OpenR1-Math", "s1K", "thought apart", "TRL conversation", "messages", "ShareGPT"],
)
def test_the_columns_of_a_row_are_guessed_by_their_names(row: dict[str, Any]) -> None:
    for trace in many([row]):
        assert (trace.prompt, trace.thinking, trace.answer) == (PROMPT, THOUGHT, ANSWER)


def test_the_display_shows_the_guess_and_a_named_column_replaces_it() -> None:
    row = {"problem": PROMPT, "response": TEXT, "other": "<think>a</think>b"}
    assert "prompt='problem', text='response'" in repr(many([row]))
    assert many([row], columns={"text": "other"})[0].answer == "b"


def test_the_completions_that_trl_logs_are_read_with_their_rewards(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    table = pandas.DataFrame(
        {"step": [1, 1], "prompt": [PROMPT] * 2, "completion": [TEXT, "24"], "accuracy_reward": [1.0, None],
         "advantage": [0.7, -0.7]}
    )  # fmt: skip
    table.to_parquet(tmp_path / "completions_00001.parquet")
    for source in (tmp_path / "completions_00001.parquet", tmp_path, table):
        right, wrong = many(source)
        assert right.rewards == {"accuracy_reward": 1.0} and right.metadata == {
            "step": 1,
            "advantage": 0.7,
        }
        assert wrong.rewards == {} and wrong.answer == "24"


def test_a_data_set_of_hugging_face_is_read_row_by_row() -> None:
    datasets = pytest.importorskip("datasets")
    rows = datasets.Dataset.from_list([{"problem": PROMPT, "generation": TEXT}] * 3)
    assert [trace.answer for trace in many(rows)] == [ANSWER] * 3


def test_a_table_of_comma_separated_values(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('prompt,completion\n"1 + 1?","<think>a\n\nb</think>2"\n', "utf-8")
    assert [(t.prompt, t.thinking, t.answer) for t in many(tmp_path / "a.csv")] == [("1 + 1?", "a\n\nb", "2")]


def test_real_thoughts_are_read() -> None:
    samples = HERE.parents[2] / "shared" / "thoughts"
    if not samples.is_dir():
        pytest.skip("the real thoughts are not beside the repository")
    traces = many(samples)
    assert len(traces) == 10 and not traces.skipped
    assert all(len(trace.thinking) > 500 and trace.answer and trace.prompt for trace in traces)


# -- many, and bad ones ----------------------------------------------------------------------------------


def test_a_bad_row_is_named_and_the_others_stay(tmp_path: Path) -> None:
    good = {"prompt": PROMPT, "completion": TEXT}
    path = lines(
        tmp_path / "rows.jsonl", good, b"\n", {"prompt": PROMPT, "completion": ""}, b"{broken\n", b'{"prompt": "\xff"}\n',
        {"prompt": PROMPT, "completion": 7}, {"choices": [{"message": None, "text": None}]}, good,
    )  # fmt: skip
    traces = many(path)
    assert len(traces) == 2 and traces[-1].answer == ANSWER and [t.answer for t in traces[:1]] == [ANSWER]
    assert [place.split(" of ")[0] for place, _ in traces.skipped] == [f"line {n}" for n in (3, 4, 5, 6, 7)]
    reasons = [why for _, why in traces.skipped]
    assert "does not know this form" in reasons[0] and "not JSON" in reasons[1] and "UTF-8" in reasons[2]
    assert reasons[4] == "it has no text"
    assert "left out: line 3 of rows.jsonl" in repr(traces)
    assert traces.place(1) == "line 8 of rows.jsonl"
    with pytest.raises(IndexError, match="2 thoughts"):
        traces[2]


def test_forms_may_be_mixed_in_one_file(tmp_path: Path) -> None:
    chat = json.loads((FORMATS / "openai-chat.json").read_text("utf-8"))
    path = lines(tmp_path / "mixed.jsonl", {"prompt": PROMPT, "completion": TEXT}, chat)
    assert [trace.answer for trace in many(path)] == [ANSWER] * 3


def test_a_thought_is_read_when_it_is_asked_for_and_once(tmp_path: Path) -> None:
    read: list[str] = []

    def reading(record: Any, options: Options) -> Any:
        read.append(record["lazy"])
        yield Completion(text=record["lazy"]).trace(options)

    reader = Reader(
        "a lazy test", '"lazy"', lambda record, _: isinstance(record, dict) and "lazy" in record, reading
    )
    register(reader)
    assert registered()[-1] == reader
    traces = many(lines(tmp_path / "lazy.jsonl", *({"lazy": str(i)} for i in range(1000))))
    assert len(read) == 1, "the first one shows that the file can be read"
    assert traces[3].text == "3" and len(read) == 4
    assert traces[2].text == "2" and len(read) == 4, "a recent one is still in memory"
    assert len(traces) == 1000 and len(read) == 1000


def test_our_own_files_are_read(tmp_path: Path) -> None:
    trace = Trace.from_text(PROMPT, TEXT, family="r1-mini")
    assert one(trace.save(tmp_path / "a.trace.json")) == trace
    group = labkit.TraceGroup((trace, trace))
    assert list(many(group.save(tmp_path / "b.group.json"))) == [trace, trace]
    assert len(many(tmp_path)) == 3
    assert one(trace) is trace


def test_rewards_and_metadata_are_saved_and_a_file_without_them_has_no_such_fields(tmp_path: Path) -> None:
    plain = Trace.from_text(PROMPT, TEXT)
    assert not {"rewards", "metadata"} & {*json.loads(plain.save(tmp_path / "a").read_text("utf-8"))}
    rich = plain.model_copy(update={"rewards": {"accuracy": 1.0}, "metadata": {"row": 3}})
    assert Trace.load(rich.save(tmp_path / "b")) == rich


def test_an_unknown_form_is_described_with_the_known_ones() -> None:
    with pytest.raises(LabkitError) as caught:
        labkit.open({"alpha": 1, "beta": 2})
    text = str(caught.value)
    assert "the keys 'alpha' and 'beta'" in text and "OpenAI chat" in text and "columns=" in text
    assert seen({}) == "an object without keys" and seen(3) == "a value of type int"
    with pytest.raises(LabkitError, match="does not know this form"):
        reader_of(3, Options())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no thought"),
        (b'{"prompt": ', "not JSON"),
        (b"[]", "holds no thought"),
        (b"PK\x03\x04 and no more", "cannot be read"),
        (b"PAR1 and no more", "cannot be read"),
        (b"caf\xe9", "UTF-8"),
    ],
)
def test_a_damaged_file_gets_a_sentence(tmp_path: Path, content: bytes, message: str) -> None:
    if content.startswith(b"PAR1"):
        pytest.importorskip("pyarrow")
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(FileDamaged, match=message):
        labkit.open(tmp_path / "a.json")


def test_a_missing_file_and_a_text_in_place_of_a_path_get_a_sentence(tmp_path: Path) -> None:
    for source in (tmp_path / "none.jsonl", TEXT):
        with pytest.raises(LabkitError, match="There is no file or folder") as caught:
            labkit.open(source)
        assert "from_text" in caught.value.next
    with pytest.raises(FileDamaged, match="holds no thought"):
        labkit.open(tmp_path)


@pytest.mark.parametrize("columns", [{"txt": "a"}, {"text": 3}, "text"])
def test_wrong_columns_get_a_sentence(columns: Any) -> None:
    with pytest.raises(BadArgument):
        labkit.open([{"a": "b"}], columns=columns)


def lines_of_code(source: str) -> int:
    """The lines that hold code: without docstrings, comments and blank lines."""
    documented: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and ast.get_docstring(node) is not None
        ):
            documented |= {*range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)}
    left_out = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type not in left_out]
    return len({line for t in tokens for line in range(t.start[0], t.end[0] + 1)} - documented)


def test_the_reader_of_a_format_has_at_most_40_lines_of_code() -> None:
    assert lines_of_code('"""Two\nlines."""\n\n# A comment.\nx = [\n    1,\n]  # one\n') == 3
    modules = {
        reader.read.__module__ for reader in registered() if reader.read.__module__.startswith("labkit.")
    }
    assert len(modules) >= 12
    sizes = {
        name: lines_of_code(Path(str(sys.modules[name].__file__)).read_text("utf-8")) for name in modules
    }
    assert {name: size for name, size in sizes.items() if size > 40} == {}


def test_a_set_of_verifiers_says_that_its_tokens_have_no_texts() -> None:
    record = json.loads((FORMATS / "verifiers.json").read_text("utf-8"))
    opened = labkit.open([record, record])
    assert "verifiers (token ids without their texts, so words are shown instead of tokens)" in repr(opened)
    sampled = [node for node in record["nodes"] if node["sampled"]]
    assert [trace.metadata.get("n_token_ids") for trace in opened] == [
        len(n["token_ids"]) or None for n in sampled
    ] * 2
