"""The published JSON Schema is what the models of a trace give, and real traces are valid under it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import labkit
from labkit.cli import main
from labkit.errors import LabkitError
from labkit.site import build
from labkit.traces.schema import NAME
from labkit.traces.writers import as_trackio, rows_of

PUBLISHED = Path(build.HERE) / build.SCHEMA / NAME
PAGE = Path(build.HERE) / "reference/trace-file.md"
TEXT = labkit.Trace.from_text("2 + 2?", "<think>4?</think>4", problem={"answer": 4})


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json.loads(PUBLISHED.read_text("utf-8"))


def test_the_published_schema_is_that_of_the_models(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert capsys.readouterr().out == PUBLISHED.read_text("utf-8"), (
        f"labkit schema > labkit/site/schema/{NAME}"
    )


def test_saved_traces_are_valid_and_have_their_version(schema: dict[str, Any], tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema)
    shipped = sorted(labkit.data_path("traces").rglob("*.trace.json"))
    own = TEXT.model_copy(update={"rewards": {"accuracy": 1.0}, "metadata": {"row": 3}}).save(
        tmp_path / "own"
    )
    assert shipped
    for path in (*shipped, own):
        record = json.loads(path.read_text("utf-8"))
        jsonschema.validate(record, schema)
        assert record["version"] == 1
    for name, value in (("finish", "tired"), ("version", 2), ("tokens", {"ids": ["a"]}), ("colour", "red")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(record | {name: value}, schema)
    for name in ("version", "model", "prompt", "text", "finish"):
        with pytest.raises(jsonschema.ValidationError, match="is a required property"):
            jsonschema.validate({key: value for key, value in record.items() if key != name}, schema)


def test_a_thought_of_a_model_is_valid(schema: dict[str, Any], tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    thought = labkit.load("r1-nano").think("Using 3, 5 and 9, make 24.", max_new_tokens=20, show=False)
    jsonschema.validate(json.loads(thought.save(tmp_path / "a").read_text("utf-8")), schema)


def test_the_example_of_the_page_is_valid_and_opens(schema: dict[str, Any], tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    (example,) = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.S)
    jsonschema.validate(json.loads(example), schema)
    (tmp_path / "page.trace.json").write_text(example, "utf-8")
    trace = labkit.Trace.load(tmp_path / "page.trace.json")
    assert (trace.thinking, trace.answer, trace.token(0).alternatives[1].text) == (
        "2 + 2 = 4",
        "4",
        "<think>2 + 2 = 5",
    )
    assert labkit.open(tmp_path / "page.trace.json") == trace


@pytest.mark.parametrize("form", ["file", "row", "trackio"])
def test_a_newer_version_is_refused_with_a_sentence_in_every_place(form: str, tmp_path: Path) -> None:
    newer = TEXT.as_record() | {"version": 2, "colour": "red"}
    source: Any = {
        "file": tmp_path / "newer.trace.json",
        "row": rows_of([TEXT])[0] | {"labkit": json.dumps(newer)},
        "trackio": as_trackio(TEXT) | {"metadata": {"labkit": newer}},
    }[form]
    if form == "file":
        source.write_text(json.dumps(newer), "utf-8")
    with pytest.raises(LabkitError, match="a trace of version 2, and this labkit reads up to 1"):
        labkit.open(source)
