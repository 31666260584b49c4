"""A checkpoint whose files are not what `transformers` takes them for is refused with a sentence, at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

import labkit
from labkit import LabkitError
from labkit._host.shipped import data_path
from labkit.models.checkpoints import checksums
from labkit.models.checkpoints import files as checkpoint_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of r1-nano."""
    return Path(shutil.copytree(data_path("models", "r1-nano"), tmp_path / "nano"))


def change(file: Path, **values: Any) -> None:
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | values), "utf-8")


def refused(folder: Path, match: str) -> LabkitError:
    with pytest.raises(LabkitError, match=match) as caught:
        labkit.load(folder)
    assert len(str(caught.value)) < 600
    return caught.value


needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")


@needs_pipes
@pytest.mark.parametrize(
    "name",
    ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja",
     "special_tokens_map.json", "added_tokens.json", "model.safetensors", "model.safetensors.index.json", "other"],
)  # fmt: skip
def test_a_pipe_in_place_of_a_file_does_not_hang(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    refused(folder, "it is a pipe and no file")


@needs_pipes
def test_sums_that_are_a_pipe_do_not_hang(folder: Path) -> None:
    os.mkfifo(folder / checksums.SUMS)
    with pytest.raises(LabkitError, match="it is a pipe"):
        list(checksums.check(folder))


@pytest.mark.parametrize(
    "name", ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"]
)
@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "{", "", "[]", "nul", '"\\ud800"'])
def test_json_that_is_deep_or_broken_is_named(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, "utf-8")
    refused(folder, "not a checkpoint" if name == "config.json" else f"{name} in .* cannot be used")


def test_a_deep_labkit_json_names_no_model(folder: Path) -> None:
    (folder / "labkit.json").write_text("[" * 100_000)
    assert labkit.load(folder).name == "nano"


@pytest.mark.parametrize("name", ["generation_config.json", "config.json"])
@pytest.mark.parametrize("wrong", [[[1]], {"a": 1}, 2**64, 2**31, "257", 1.5, -2, [257, None], True], ids=str)
def test_an_end_token_that_is_no_id_is_refused_at_load(folder: Path, name: str, wrong: object) -> None:
    change(folder / name, eos_token_id=wrong)
    refused(folder, "eos_token_id")


@pytest.mark.parametrize("right", [257, [257, 3], [], None, -1], ids=str)
def test_an_end_token_that_is_one_is_taken(folder: Path, right: object) -> None:
    change(folder / "generation_config.json", eos_token_id=right)
    trace = labkit.load(folder).think("Using 3, 5 and 9, make 24.", max_new_tokens=4)
    assert len(trace) <= 4


@pytest.mark.parametrize("wrong", ["x", -1, 0, [1], {"a": 1}, True, "1024"], ids=str)
def test_a_length_that_is_no_number_is_refused_at_load(folder: Path, wrong: object) -> None:
    change(folder / "tokenizer_config.json", model_max_length=wrong)
    refused(folder, "model_max_length")


def test_the_length_that_transformers_writes_for_none_is_taken(folder: Path) -> None:
    change(folder / "tokenizer_config.json", model_max_length=1000000000000000019884624838656)
    assert len(labkit.load(folder).think("Using 3, 5 and 9, make 24.", max_new_tokens=2)) == 2


@pytest.mark.parametrize("largest", [2**31, 2**32, checkpoint_files.LARGEST_ID + 1])
@pytest.mark.parametrize("where", ["vocabulary", "added"])
def test_a_tokenizer_with_a_huge_id_is_refused_before_memory_is_set_aside(
    folder: Path, largest: int, where: str
) -> None:
    tokenizer = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    if where == "added":
        tokenizer["added_tokens"][-1]["id"] = largest
    else:
        vocabulary = tokenizer["model"]["vocab"]
        vocabulary[max(vocabulary, key=vocabulary.get)] = largest
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    refused(folder, "tokenizer.json in .* cannot be used")


@pytest.mark.parametrize(
    ("name", "number"),
    [("num_hidden_layers", 10**9), ("num_hidden_layers", 9_000), ("hidden_size", 10**12), ("vocab_size", 2**31),
     ("num_attention_heads", 10**8), ("intermediate_size", 9_999_999), ("head_dim", 10**9)],
)  # fmt: skip
def test_a_network_that_its_files_cannot_hold_is_not_built(folder: Path, name: str, number: int) -> None:
    change(folder / "config.json", **{name: number})
    refused(folder, "cannot be right|not a checkpoint")


def test_missing_tensors_of_a_wide_network_are_not_made_up_in_memory(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    save_file({name: t for name, t in weights.items() if "mlp" not in name}, folder / "model.safetensors")
    change(folder / "config.json", intermediate_size=5_000_000)
    refused(folder, "describes .* weights, and the files hold")


def test_an_index_that_leads_out_of_its_folder_is_refused(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "../../a.safetensors"}}')
    refused(folder, "not a file of its folder")


def test_a_link_that_leads_nowhere_is_passed_over(folder: Path) -> None:
    (folder / "notes.txt").symlink_to("nowhere")
    assert labkit.load(folder).name == "nano"


@pytest.mark.slow
def test_a_large_file_in_place_of_a_small_one_is_not_read(folder: Path) -> None:
    with (folder / "config.json").open("wb") as file:
        file.truncate(50_000_000_000)  # takes no place on the disk
    code = f"import resource; resource.setrlimit(resource.RLIMIT_AS, (8 << 30,) * 2); import labkit; labkit.load({str(folder)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert "labkit.errors.FileDamaged" in done.stderr and "larger than 1 MB" in done.stderr


@pytest.mark.parametrize(
    "wrong",
    [{"attn_implementation": "them/kernel"}, {"_attn_implementation": {"": "them/kernel"}},
     {"text_config": {"attn_implementation": "them/kernel@main"}}, {"experts_implementation": "them/kernel"}],
    ids=str,
)  # fmt: skip
def test_compiled_kernels_of_the_hub_are_not_run(folder: Path, wrong: dict[str, Any]) -> None:
    change(folder / "config.json", **wrong)
    refused(folder, "asks to run code from 'them/kernel")


def test_a_tokenizer_for_a_template_is_looked_at_before_it_is_read(folder: Path) -> None:
    from labkit.models.remote.identify import tokenizer_of

    assert tokenizer_of(str(folder)) is not None
    change(folder / "tokenizer_config.json", model_max_length="x")
    assert tokenizer_of(str(folder)) is None


def test_sums_that_name_a_file_twice_are_refused(folder: Path) -> None:
    line = f"{checksums.digest(folder / 'config.json')}  config.json\n"
    (folder / checksums.SUMS).write_text(line)
    assert list(checksums.check(folder)) == [("config.json", True)]
    (folder / checksums.SUMS).write_text(2 * line)
    with pytest.raises(LabkitError, match="empty or broken"):
        list(checksums.check(folder))


def test_a_number_that_no_float_holds_is_named(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 10**400}))
    with pytest.raises(LabkitError, match="its hidden_size is 1e"):
        labkit.load(folder)


def test_a_sum_of_a_file_whose_name_no_disk_holds_is_refused(folder: Path) -> None:
    (folder / "SHA256SUMS").write_text(f"{'0' * 64}  {'n' * 300}\n")
    with pytest.raises(LabkitError, match="no SHA256SUMS that can be read"):
        labkit.load(folder)
