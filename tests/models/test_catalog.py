"""The catalog: what it says agrees with itself, and with the formulas; and what fits."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import labkit
from labkit import LabkitError
from labkit.models import catalog, families
from labkit.models.catalog import Entry, entries, find
from labkit.models.checkpoints import checkpoint, gguf, hub
from labkit.models.model_names import embedded
from labkit.models.runtime.memory_budget import kv_bytes
from labkit.models.runtime.quantization import BITS
from labkit.training.rl.gpu_memory import SHAPES

GIB = 1 << 30


# Counts that somebody else worked out or printed: facts, section 2.1 (llama.cpp logs say 14.77 and 32.76 billion).
PUBLISHED = {
    "r1-distill-qwen-1.5b": 1_777_088_000, "r1-distill-qwen-7b": 7_615_616_512, "r1-distill-qwen-14b": 14_770_033_664,
    "r1-distill-qwen-32b": 32_763_876_352, "r1-distill-llama-8b": 8_030_261_248, "r1-distill-llama-70b": 70_553_706_496,
    "r1-0528-qwen3-8b": 8_190_735_360, "qwen3-0.6b": 596_049_920, "qwen3-1.7b": 1_720_574_976,
    "qwen3-4b": 4_022_468_096, "smollm3-3b": 3_075_098_624, "phi-4-mini-reasoning": 3_836_021_760,
    "phi-4-reasoning": 14_659_507_200, "smollm2-135m": 134_515_008,
}  # fmt: skip
KV = {
    "r1-distill-qwen-1.5b": 28_672, "r1-distill-qwen-7b": 57_344, "r1-distill-llama-8b": 131_072,
    "deepseek-r1": 70_272, "qwen3-4b": 147_456, "smollm3-3b": 73_728, "phi-4-reasoning": 204_800,
}  # fmt: skip


@pytest.mark.parametrize(("name", "count"), PUBLISHED.items())
def test_the_formula_gives_the_counts_that_others_found(name: str, count: int) -> None:
    entry = find(name)
    assert entry is not None and entry.parameters == count


def test_the_cache_of_a_token_is_that_of_the_facts() -> None:
    assert {name: getattr(find(name), "kv_token", None) for name in KV} == KV


@pytest.mark.parametrize("name", embedded())
def test_what_labkit_carries_is_as_the_catalog_says(name: str) -> None:
    entry, model = find(name), labkit.load(name)
    assert entry is not None and entry.carried and entry.family == model.family
    assert entry.parameters == model.network.num_parameters()
    assert entry.kv_token == kv_bytes(model.network.config, 1, width=2)
    assert entry.tag_ids == tuple(model.tokenizer.convert_tokens_to_ids([model.tags.open, model.tags.close]))
    assert entry.context == model.network.config.max_position_embeddings


# Families whose tags are not <think> and </think>, by the way in which the catalog describes them (facts2.md, B.1).
OTHER_MARKS = {
    "tags": {"magistral", "mistral-small-4", "gemma-4", "seed-oss", "minimax-m3", "kimi-k3"},
    "channels": {"gpt-oss", "glimmer"},
    "text": {"s1", "granite-3.2", "apriel", "openthinker"},
}


def test_the_marks_of_a_thought_are_those_that_are_looked_for() -> None:
    for entry in entries():
        tags = families.named(entry.family).tags
        if entry.family in OTHER_MARKS.get(entry.think or "", ()):
            assert (tags.open, tags.close) != ("<think>", "</think>") and tags.close
        elif entry.think not in (None, "none"):
            assert entry.think == "tags" and (tags.open, tags.close) == ("<think>", "</think>"), entry.name


def test_a_model_of_a_server_has_the_family_of_its_row() -> None:
    for entry in entries():
        by_name = families.by_served_name(entry.hub)
        assert by_name in ("", entry.family), entry.name
        known = families.named(entry.family).name == entry.family
        assert known or entry.think in (None, "none"), f"{entry.name}: {entry.family} is not registered"


def test_efforts_and_switches_of_a_row_are_those_of_its_family() -> None:
    for entry in entries():
        family = families.named(entry.family)
        assert entry.switch in (None, family.switch), entry.name
        if entry.control and ("effort" in entry.control or "strength" in entry.control):
            assert family.efforts and all(word in entry.control for word in family.efforts), entry.name


def test_a_new_kind_of_mark_needs_no_word_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    from labkit.traces.families import family as registry
    from labkit.views.catalog import data

    monkeypatch.setattr(registry, "_FAMILIES", dict(registry._FAMILIES))
    families.register(families.Family("runes", tags=families.Tags("<runes>", "</runes>")))
    row = Entry(
        name="runes-1b",
        group="New",
        hub="a/b",
        family="runes",
        parameters=10**9,
        think="runes",
        source="ours",
    )
    monkeypatch.setattr(catalog, "entries", lambda: (*entries(), row))
    (shown,) = (each for each in data.scene_of().entries if each.name == "runes-1b")
    assert (shown.mark, shown.thought) == ("<runes>", "from <runes> to </runes>")
    assert "runes-1b" in labkit.catalog().as_table() and labkit.catalog("runes-1b").as_html()


def test_what_is_rounded_takes_what_loading_says_that_it_takes(distill_folder: Path) -> None:
    from transformers import AutoConfig

    row = catalog.with_shape(
        catalog.shape(AutoConfig.from_pretrained(distill_folder).to_dict())
        | {"name": "random", "group": "", "family": "", "source": ""}
    )
    entry = Entry(**row)
    for dtype in ("int8", "int4"):
        said = checkpoint.size([*distill_folder.glob("*.safetensors")], dtype)
        assert entry.bytes(dtype) == pytest.approx(said, rel=0.05)
    assert {"bf16": BITS["bfloat16"], "int8": BITS["int8"], "int4": BITS["int4"]} == catalog.BITS


def test_the_table_shows_before_torch_is_imported() -> None:
    code = "import labkit, sys; print(labkit.catalog().as_table()); sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "r1-distill-qwen-1.5b" in done.stdout, done.stderr


@pytest.mark.parametrize("entry", [e for e in entries() if not e.carried], ids=lambda e: e.name)
def test_every_name_can_be_loaded_or_is_refused_with_a_reason(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(hub, "snapshot", lambda repository, weigh: asked.append(repository) or weigh(10**15))
    if entry.name in gguf.PACKAGED:
        return
    with pytest.raises(LabkitError, match=r"too large to load here|needs about"):
        labkit.load(entry.name)
    assert asked == ([] if entry.server_only else [entry.hub])


def test_the_kv_cache_is_not_about_size() -> None:
    """Facts, section 2.2, at 32,768 tokens."""
    told = {
        "r1-distill-qwen-1.5b": 0.88, "r1-distill-qwen-7b": 1.75, "deepseek-r1": 2.14, "smollm3-3b": 2.25,
        "qwen3-0.6b": 3.50, "r1-distill-llama-8b": 4.00, "qwen3-4b": 4.50, "r1-distill-qwen-14b": 6.00,
        "r1-distill-qwen-32b": 8.00, "r1-distill-llama-70b": 10.00,
    }  # fmt: skip
    for name, gib in told.items():
        entry = find(name)
        assert entry is not None and round((entry.kv(32_768) or 0) / GIB, 2) == gib
    assert find("r1-distill-qwen-1.5b").bytes() == 3_554_176_000  # type: ignore[union-attr]


def test_every_row_has_a_source_and_names_its_unverified_figures_by_its_fields() -> None:
    names = [e.name for e in entries()]
    assert len({*names}) == len(names) >= 100
    for entry in entries():
        assert len(entry.source) > 10 and (entry.carried or entry.hub.count("/") == 1)
        assert {*entry.unverified} <= {*Entry.model_fields}
        assert re.fullmatch(r"202[4-6]-\d\d(-\d\d)?|", entry.date or ""), entry.name


def test_the_training_arithmetic_has_the_same_shapes() -> None:
    for size, shape in SHAPES.items():
        entry = find(f"r1-distill-qwen-{size}")
        assert entry is not None
        assert (shape.parameters, shape.kv, shape.hidden) == (entry.parameters, entry.kv_token, entry.hidden)


def test_a_model_is_found_by_its_hub_id_and_near_misses_are_named() -> None:
    assert find("deepseek-ai/deepseek-r1-distill-qwen-1.5B") is find("R1-Distill-Qwen-1.5B") is not None
    assert find("gpt-5") is None and catalog.near("r1-distil-qwen-7b")[0] == "r1-distill-qwen-7b"


def test_what_fits() -> None:
    small, server = find("r1-distill-qwen-1.5b"), find("deepseek-r1")
    assert small is not None and server is not None
    assert (
        small.fits(left=6 * 10**9) and not small.fits(left=3 * 10**9) and small.fits("int4", left=2 * 10**9)
    )
    assert not server.fits(left=10**13)  # whatever there is: labkit does not load it
    found = catalog.smaller(6 * 10**9, 7 * 10**9)
    assert found is not None and found.name == "r1-distill-qwen-1.5b"
    nano = catalog.smaller(10**8, 7 * 10**9)
    assert nano is not None and nano.name == "r1-mini" and catalog.smaller(10**5, 7 * 10**9) is None


def test_what_the_facts_do_not_vouch_for_is_marked() -> None:
    """Facts, sections 2.1 to 2.4: these rest on memory or on a model's card that nobody read."""
    doubted = {
        "r1-distill-qwen-7b": "context", "r1-0528-qwen3-8b": "opened", "deepseek-r1-0528": "parameters",
        "qwq-32b": "opened", "gpt-oss-20b": "layers", "phi-4-mini-reasoning": "parameters", "smollm3-3b": "temperature",
        "openthinker-7b": "kv_token", "openr1-distill-7b": "context", "s1.1-32b": "licence",
    }  # fmt: skip
    for name, field in doubted.items():
        entry = find(name)
        assert entry is not None and field in entry.unverified
    for name in ("qwen3-0.6b", "qwen3-1.7b", "qwen3-4b"):
        entry = find(name)
        assert entry is not None and not entry.unverified and (entry.temperature, entry.top_k) == (0.6, 20)
