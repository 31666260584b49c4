"""The catalog as a view: its faces, its order, and what it refuses."""

from __future__ import annotations

import re

import pytest

import labkit
from labkit import LabkitError
from labkit.cli import main
from labkit.models.catalog import find
from labkit.views.catalog.contract import Focus
from labkit.views.catalog.data import ordered, scene_of


def names(**focus: object) -> list[str]:
    return [e.name for e in ordered(scene_of(), Focus.model_validate(focus))]


def test_it_has_four_faces_and_only_the_live_one_tells_of_this_machine() -> None:
    view = labkit.catalog()
    bundle, metadata = view._repr_mimebundle_()
    assert bundle["text/plain"] == f"CatalogView({len(view.scene['entries'])} models)"
    assert bundle["image/png"].startswith(b"\x89PNG") and metadata["image/png"]["width"] == 760
    assert metadata["image/png"]["height"] < 1_500, "a picture of all rows would be too long to scroll past"
    saved = bundle["text/html"]
    assert "r1-distill-qwen-1.5b" in saved and "3.6 GB" in saved and "<script" not in saved
    assert "left on this" in view.scene["left"] and "left on this" not in saved and "fits here" not in saved


def test_sorting_by_the_cache_does_not_sort_by_size() -> None:
    by_cache, by_size = names(sort="kv"), names(sort="parameters")
    assert by_cache.index("deepseek-r1") < by_cache.index("qwen3-0.6b")
    assert by_size.index("deepseek-r1") > by_size.index("qwen3-0.6b")
    for down in (False, True):  # what nobody knows comes last either way
        assert find(names(sort="context", down=down)[-1]).context is None
    assert names() == names(down=True)[::-1] and names()[0] == "r1-mini"


def test_the_sizes_follow_the_precision_and_published_ones_are_not_blown_up() -> None:
    shown = {e.name: e.sizes for e in scene_of().entries}
    small = {precision: sized.weights for precision, sized in shown["r1-distill-qwen-1.5b"].items()}
    embedding = 151_936 * 1536
    assert small["bf16"] == 2 * 1_777_088_000
    assert small["int8"] == 1_777_088_000 + embedding  # the embedding keeps two bytes
    assert small["int4"] == (1_777_088_000 - 2 * embedding) * 5 // 8 + embedding + 2 * embedding
    assert shown["deepseek-r1"]["bf16"].weights == 671 * 10**9  # fp8 as published
    assert shown["deepseek-r1"]["bf16"].fits is False


@pytest.mark.parametrize("wrong", [{"sort": "beauty"}, {"precision": "int2"}])
def test_a_column_that_there_is_not_is_said(wrong: dict[str, str]) -> None:
    with pytest.raises(LabkitError, match=re.escape(next(iter(wrong.values())))):
        labkit.catalog(**wrong)


def test_the_command_prints_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "--sort", "kv", "--precision", "int4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["model", "parameters", "weights"]
    assert lines[1].startswith("r1-nano") and "Weights in int4" in lines[-2]
    assert (
        main(["catalog", "r1-distill-qwen-7b"]) == 0
        and 'labkit.load("r1-distill-qwen-7b")' in capsys.readouterr().out
    )
    assert main(["catalog", "--sort", "beauty"]) == 1 and "beauty" in capsys.readouterr().err
