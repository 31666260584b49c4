"""Files of a model: configuration, tokenizer, weights, sums, GGUF."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import labkit
from labkit._host.shipped import data_path
from labkit.models.checkpoints import checksums
from tests.fuzz.guard import Format
from tests.fuzz.hostile import Case, cases, written

PROMPT = "Using 3, 5 and 9, make 24."
INDEX = {"metadata": {"total_size": 1}, "weight_map": {"model.norm.weight": "model.safetensors"}}


@cache
def scratch() -> Path:
    """A folder for what is written."""
    return Path(tempfile.mkdtemp(prefix="labkit-fuzz-"))


@cache
def tiny() -> Path:
    """A checkpoint that loads in milliseconds: one layer, with the tokenizer of r1-nano."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    place, source = scratch() / "tiny", data_path("models", "r1-nano")
    vocabulary = json.loads((source / "config.json").read_text())["vocab_size"]
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=vocabulary, hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=256, tie_word_embeddings=True, eos_token_id=257, bos_token_id=256,
    )  # fmt: skip
    Qwen2ForCausalLM(config).save_pretrained(place)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copy(source / name, place / name)
    return place


@cache
def good() -> dict[str, bytes]:
    """The files of that checkpoint."""
    return {file.name: file.read_bytes() for file in tiny().iterdir()}


def use(folder: Path) -> None:
    """Loads a model and thinks with it."""
    model = labkit.load(folder)
    assert repr(model)
    trace = model.think(PROMPT, max_new_tokens=2, temperature=0, show=False)
    assert repr(trace)


def reading(name: str, document: Any = None) -> Callable[[Case], None]:
    """What loads the tiny checkpoint with one JSON file of it broken; `document` is a file that it has not."""

    def read(case: Case) -> None:
        whole, file = good(), tiny() / name
        file.write_bytes(case.content(json.loads(whole[name]) if document is None else document))
        try:
            use(tiny())
        finally:
            if name in whole:
                file.write_bytes(whole[name])
            else:
                file.unlink()

    return read


def read_weights(case: Case) -> None:
    """Loads the tiny checkpoint with a broken header of its weights, whose length is right unless a patch hits it."""
    weights = good()["model.safetensors"]
    end = 8 + int.from_bytes(weights[:8], "little")
    header = written(case.document(json.loads(weights[8:end])))
    (tiny() / "model.safetensors").write_bytes(
        case.patched(len(header).to_bytes(8, "little") + header + weights[end:])
    )
    try:
        use(tiny())
    finally:
        (tiny() / "model.safetensors").write_bytes(weights)


def read_sums(case: Case) -> None:
    """Compares a folder with broken sums."""
    lines = [
        f"{checksums.digest(tiny() / name)}  {name}"
        for name in ("config.json", "generation_config.json", "chat_template.jinja")
    ]
    document = case.document(lines)
    text = "\n".join(map(str, document)) if isinstance(document, list) else str(document)
    (tiny() / checksums.SUMS).write_bytes(case.patched(text.encode("utf-8", "surrogatepass")))
    try:
        list(checksums.check(tiny()))
    finally:
        (tiny() / checksums.SUMS).unlink()


@cache
def gguf_file() -> bytes:
    """A GGUF file of one layer, in the architecture of Llama."""
    import torch
    from gguf import GGUFWriter

    file = scratch() / "good.gguf"
    writer = GGUFWriter(file, "llama")
    writer.add_block_count(1)
    writer.add_context_length(64)
    writer.add_embedding_length(8)
    writer.add_feed_forward_length(16)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{i:02X}>" for i in range(256)), "a", "b", "ab", "▁"]
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([3, 3, 3, *[6] * 256, *[1] * (len(tokens) - 259)])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    shapes = {"token_embd.weight": (len(tokens), 8), "output_norm.weight": (8,), "blk.0.attn_norm.weight": (8,),
              "blk.0.ffn_norm.weight": (8,), "blk.0.ffn_gate.weight": (16, 8), "blk.0.ffn_up.weight": (16, 8),
              "blk.0.ffn_down.weight": (8, 16)}  # fmt: skip
    shapes |= {f"blk.0.attn_{name}.weight": (8, 8) for name in ("q", "k", "v", "output")}
    for name, shape in shapes.items():
        writer.add_tensor(name, torch.randn(shape).numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file.read_bytes()


def read_gguf(case: Case) -> None:
    """Loads a GGUF file whose bytes are broken; a change of a JSON document puts a number somewhere into its header."""
    content = whole = gguf_file()
    for change in case.changes:
        at = sum(n * 37**i for i, n in enumerate(change.path)) % (len(whole) - 4_000)
        number = change.value if isinstance(change.value, int) else len(str(change.value))
        content = content[:at] + (number % 2**64).to_bytes(8, "little") + content[at + 8 :]
    file = scratch() / "broken.gguf"
    file.write_bytes(case.patched(content))
    model = labkit.load(file)
    assert repr(model)
    model.think("a", max_new_tokens=2, temperature=0, show=False)


FORMATS = [
    *(
        Format(name, cases, reading(name))
        for name in ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")
    ),
    Format("labkit.json", cases, reading("labkit.json", {"model": "r1-mini"})),
    Format("model.safetensors.index.json", cases, reading("model.safetensors.index.json", INDEX)),
    Format("safetensors", cases, read_weights),
    Format("SHA256SUMS", cases, read_sums),
    Format("gguf", cases, read_gguf),
]
