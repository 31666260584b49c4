"""Loading: one path for all, and a sentence for what cannot be loaded."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

import labkit
from labkit import LabkitError
from labkit.models.local.model import LocalModel
from labkit.models.runtime import memory_budget

TEXT = "First 3 and 5, leaving 9.\n3 * 5 = 15: 15 + 9 = 24 vs 24, 0 off, yes!\n</think>\n\n<answer>(3 * 5) + 9</answer>"
posix = pytest.mark.skipif(os.name != "posix", reason="another sentence is right where Windows finds no file")


def test_stock_transformers_loads_what_ships(mini: LocalModel) -> None:
    folder = labkit.data_path("models/r1-mini")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForCausalLM.from_pretrained(folder)
    assert type(network) is type(mini.network)
    assert tokenizer.encode(TEXT, add_special_tokens=False) == mini.tokenizer.encode(
        TEXT, add_special_tokens=False
    )
    assert network.num_parameters() <= 5_000_000
    assert sum(f.stat().st_size for f in labkit.data_path("models").rglob("*")) <= 25_000_000


def test_the_tokenizer_gives_back_every_text(mini: LocalModel) -> None:
    tok = mini.tokenizer
    for text in (TEXT, "Using 3, 5 and 9, make 24.", " \n\n vs vs  Go back.", "naïve 你好 🤔"):
        assert tok.decode(tok.encode(text, add_special_tokens=False)) == text


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(LabkitError, match=r'labkit\.load\("r1-mini-cold"\)'):
        labkit.load("r1-mini-colt")


def test_a_truncated_file_is_named(tmp_path: Path) -> None:
    broken = shutil.copytree(labkit.data_path("models/r1-mini"), tmp_path / "broken")
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(LabkitError, match=r"could not be loaded[\s\S]*cut off"):
        labkit.load(broken)


def test_pickled_weights_and_code_of_its_own_are_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "qwen2"}))
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(LabkitError, match="pickled"):
        labkit.load(tmp_path)
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "x", "auto_map": {"AutoModel": "evil.Model"}})
    )
    with pytest.raises(LabkitError, match="auto_map"):
        labkit.load(tmp_path)


def test_a_folder_without_a_checkpoint_says_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(LabkitError, match=r"holds notes\.txt"):
        labkit.load(tmp_path)


def test_a_folder_without_a_tokenizer_is_refused(distill_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(distill_folder, tmp_path / "mute")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(LabkitError, match=r"mute has no tokenizer[\s\S]*copy tokenizer\.json"):
        labkit.load(folder)


@pytest.mark.parametrize(
    ("lost", "said"),
    [("layers.1.", r"lacks 12 of its tensors, such as model\.layers\.1\."), ("lm_head", "lacks 1 of")],
)
def test_weights_that_are_not_there_are_no_random_numbers(
    distill_folder: Path, tmp_path: Path, lost: str, said: str
) -> None:
    folder = shutil.copytree(distill_folder, tmp_path / "part")
    rewrite(folder, lambda weights: {name: w for name, w in weights.items() if lost not in name})
    with pytest.raises(LabkitError, match=said):
        labkit.load(folder)


def test_an_unembedding_that_is_the_embedding_is_not_missed(distill_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(distill_folder, tmp_path / "tied")
    Qwen2ForCausalLM(Qwen2Config.from_pretrained(folder, tie_word_embeddings=True)).save_pretrained(folder)
    assert "lm_head.weight" not in load_file(folder / "model.safetensors")
    assert labkit.load(folder).think("Using 3, 5 and 9, make 24.", max_new_tokens=2).tokens.ids


def test_a_tokenizer_of_another_model_is_refused(distill_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(distill_folder, tmp_path / "few")
    Qwen2ForCausalLM(Qwen2Config.from_pretrained(folder, vocab_size=100)).save_pretrained(folder)
    with pytest.raises(LabkitError, match=r"few has 100 rows of embeddings, and its tokenizer 256 tokens"):
        labkit.load(folder)


def test_a_prompt_with_a_token_that_has_no_row_is_refused(distill_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(distill_folder, tmp_path / "few")
    config = Qwen2Config.from_pretrained(folder, vocab_size=258)  # all bytes, and not the four added tokens
    Qwen2ForCausalLM(config).save_pretrained(folder)
    with pytest.raises(LabkitError, match=r"few has no row of its embedding for '<think>'"):
        labkit.load(folder).think("Using 3, 5 and 9, make 24.", max_new_tokens=3)


def test_a_network_that_computes_no_numbers_says_so(distill_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(distill_folder, tmp_path / "nan")
    rewrite(folder, lambda weights: {name: w.fill_(float("nan")) for name, w in weights.items()})
    model = labkit.load(folder)
    for ask in (model.think, model.sample):
        with pytest.raises(LabkitError, match=r"nan produced NaN logits for token 1\b"):
            ask("Using 3, 5 and 9, make 24.", max_new_tokens=3)


@pytest.mark.parametrize(
    ("change", "why", "next"),
    [
        ({"model_type": "newer"}, "no network of its kind", "pip install --upgrade transformers"),
        ({"model_type": "t5"}, "no network of its kind", "pip install --upgrade transformers"),
        (
            {"quantization_config": {"quant_method": "gptq", "bits": 4}},
            "a package that is not",
            "install that package",
        ),
    ],
)
def test_what_is_whole_and_cannot_be_loaded_is_not_said_to_be_cut_off(
    distill_folder: Path, tmp_path: Path, change: dict[str, object], why: str, next: str
) -> None:
    folder = shutil.copytree(distill_folder, tmp_path / "whole")
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | change))
    with pytest.raises(LabkitError, match=r"whole could not be loaded\.") as said:
        labkit.load(folder)
    assert why in said.value.why and said.value.next.startswith(next) and "cut off" not in said.value.why


def rewrite(folder: Path, change: Callable[[dict[str, Tensor]], dict[str, Tensor]]) -> None:
    """Changes the weights of a checkpoint."""
    file = folder / "model.safetensors"
    held = {
        name: tensor.clone() for name, tensor in load_file(file).items()
    }  # Windows writes to no mapped file
    save_file(change(held), file, metadata={"format": "pt"})


def test_what_does_not_fit_is_refused_with_the_numbers() -> None:
    with pytest.raises(LabkitError, match=r"needs about 1000000\.0 GB"):
        memory_budget.require_memory(10**15, what="This", next="labkit.load()")


def test_the_kv_cache_of_the_real_distill_is_what_its_shape_says() -> None:
    from transformers import Qwen2Config

    shape = Qwen2Config(num_hidden_layers=28, num_attention_heads=12, num_key_value_heads=2, hidden_size=1536)
    assert memory_budget.kv_bytes(shape, 1, width=2) == 28_672  # facts.md 2.1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("127.0.0.1:8771/v1", "http://127.0.0.1:8771/v1"), ("localhost:8000", "http://localhost:8000"),
        ("http:/127.0.0.1:8771/v1", "http://127.0.0.1:8771/v1"), ("htp://a-host/v1", "http://a-host/v1"),
        ("http//127.0.0.1:8771", "http://127.0.0.1:8771"), ("https:/a-host/v1", "https://a-host/v1"),
    ],
)  # fmt: skip
def test_an_address_without_its_http_is_told_with_it(typed: str, meant: str) -> None:
    with pytest.raises(LabkitError, match="begins with http") as error:
        labkit.load(typed)
    assert error.value.next == f'model = labkit.load("{meant}")'


def test_a_shipped_model_has_its_name_in_any_capitals() -> None:
    assert labkit.load("R1-Nano").name == "r1-nano"


@pytest.mark.parametrize(
    ("typed", "said", "next"),
    [
        ("missing.gguf", "There is no model", 'model = labkit.load("r1-mini")'),
        ("qwen3-0.6", "There is no model", 'model = labkit.load("qwen3-0.6b")'),
        ("../no-such-folder", "There is no folder", 'model = labkit.load("r1-mini")'), ("", "There is no model", "labkit.load"),
        pytest.param("~no-such-user-here/x", "cannot be opened", "model = labkit.load()", marks=posix),
        pytest.param("x" * 5000, "cannot be opened", "model = labkit.load()", marks=posix),
    ],
)  # fmt: skip
def test_a_name_that_is_none_is_said_with_one_that_is(typed: str, said: str, next: str) -> None:
    with pytest.raises(LabkitError, match=said) as error:
        labkit.load(typed)
    assert next in error.value.next


def test_what_only_servers_can_run_is_suggested_to_nobody() -> None:
    with pytest.raises(LabkitError) as error:
        labkit.load("deepseek-r1:1.5b")
    assert not error.value.next.startswith('model = labkit.load("deepseek-r1')


def test_a_repository_that_could_be_a_folder_is_said_to_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(LabkitError, match="there is no folder of that name here; HF_HUB_OFFLINE is set"):
        labkit.load("no/such")


def test_a_file_of_weights_is_answered_with_its_folder(tmp_path: Path) -> None:
    (tmp_path / "w.safetensors").write_bytes(b"")
    with pytest.raises(LabkitError, match="is a single file") as error:
        labkit.load(tmp_path / "w.safetensors")
    assert error.value.next == f'model = labkit.load("{tmp_path.as_posix()}")'


def test_an_argument_that_would_do_nothing_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(labkit.data_path("models/r1-nano"), tmp_path / "nano")
    for name in ("r1-nano", folder, "r1-distill-qwen-1.5b"):
        with pytest.raises(LabkitError, match=r"it is not a \.gguf file"):
            labkit.load(name, engine="llama.cpp")
    with pytest.raises(LabkitError, match="is not a server"):
        labkit.load("r1-nano", model="x")


def test_advice_about_a_folder_names_the_folder_and_not_only_its_last_part(tmp_path: Path) -> None:
    folder = shutil.copytree(labkit.data_path("models/r1-nano"), tmp_path / "big")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"quantization_config": {}}))
    with pytest.raises(LabkitError, match="cannot be loaded as int8") as error:
        labkit.load(folder, dtype="int8")
    assert error.value.next == f'model = labkit.load("{folder.as_posix()}")'


def test_a_fetched_model_that_is_cut_off_is_to_be_deleted_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "models--lab--nano"
    folder = shutil.copytree(labkit.data_path("models/r1-nano"), kept / "snapshots" / "0123")
    (folder / "model.safetensors").write_bytes(b"cut off")
    monkeypatch.setattr("labkit.models.checkpoints.hub.snapshot", lambda *_: folder)
    with pytest.raises(LabkitError, match="could not be loaded") as error:
        labkit.load("lab/nano")
    assert error.value.next == f"delete {kept} and load it again: it is fetched anew"
