"""The catalog: what it says agrees with itself, and with the formulas; and what fits."""

from __future__ import annotations

import pytest

from labkit.models import catalog
from labkit.models.catalog import Entry, entries, find
from labkit.training.arithmetic import SHAPES

DENSE = [e for e in entries() if e.kv_heads and not e.active]
GIB = 1 << 30


def parameters(e: Entry) -> int:
    """Of a dense decoder with grouped queries and a gated MLP, by its shape."""
    assert e.kv_heads and e.head_size and e.mlp
    query, key = e.heads * e.head_size, e.kv_heads * e.head_size
    attention = 2 * e.hidden * query + 2 * e.hidden * key
    biases = query + 2 * key if e.architecture == "qwen2" else 0
    norms = 2 * e.hidden + (2 * e.head_size if e.architecture == "qwen3" else 0)
    tied = e.name.startswith(("qwen3", "smollm", "phi")) and e.name != "qwen3-8b"
    embeddings = e.vocabulary * e.hidden * (1 if tied else 2)
    return e.layers * (attention + biases + 3 * e.hidden * e.mlp + norms) + embeddings + e.hidden


@pytest.mark.parametrize("entry", DENSE, ids=lambda e: e.name)
def test_parameters_and_cache_are_those_of_the_shape(entry: Entry) -> None:
    assert entry.parameters == parameters(entry)
    assert entry.kv_heads and entry.head_size
    assert entry.kv_token == 2 * entry.layers * entry.kv_heads * entry.head_size * 2


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


def test_every_row_has_a_source_and_names_its_hearsay_by_its_fields() -> None:
    names = [e.name for e in entries()]
    assert len({*names}) == len(names) >= 20
    for entry in entries():
        assert len(entry.source) > 10 and entry.hub.count("/") == 1
        assert {*entry.unverified} <= {*Entry.model_fields}


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
    assert catalog.smaller(10**8, 7 * 10**9) is None


def test_what_the_facts_do_not_vouch_for_is_marked() -> None:
    """Facts, sections 2.1 to 2.4: these rest on memory or on a model's card that nobody read."""
    doubted = {
        "r1-distill-qwen-7b": "context", "r1-0528-qwen3-8b": "opened", "deepseek-r1-0528": "parameters",
        "qwq-32b": "opened", "gpt-oss-20b": "layers", "phi-4-mini-reasoning": "parameters", "smollm3-3b": "think",
        "openthinker-7b": "kv_token", "openr1-distill-7b": "context", "s1.1-32b": "licence",
    }  # fmt: skip
    for name, field in doubted.items():
        entry = find(name)
        assert entry is not None and field in entry.unverified
    for name in ("qwen3-0.6b", "qwen3-1.7b", "qwen3-4b"):
        entry = find(name)
        assert entry is not None and not entry.unverified and (entry.temperature, entry.top_k) == (0.6, 20)
