"""The catalog of open reasoning models: shape, licence, size, and the tags of their reasoning.

The rows are in `data/catalog/models.toml`, each with its source. Sizes are computed from the shape:

    weights   2 bytes each in bf16; 1 in int8, 5/8 in int4 (scales included), as `labkit.load`
              quantises them: the embedding keeps 16 bits, an untied unembedding keeps 8
    KV cache  2 x layers x KV heads x head size x 2 bytes a token (in bf16)

    This module does not import torch: the table is shown sooner than torch could be imported.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

from labkit._host.memory import memory
from labkit._host.shipped import data_path
from labkit._host.untrusted import read_json, read_toml
from labkit.errors import BadArgument

Precision = Literal["bf16", "int8", "int4"]
BITS: dict[str, int] = {"bf16": 16, "int8": 8, "int4": 5}  # of a quantised weight, scales included


class Entry(BaseModel):
    """One model, as published. None means that the value is unknown.

    Attributes:
        name: the name for `labkit.load`.
        group: the heading in the table.
        hub: the repository on the Hugging Face hub; empty for models that only labkit has.
        carried: the model ships with labkit.
        base: the model that it was trained from.
        family: the family of its chat template and tags.
        tied: embedding and unembedding are one matrix.
        window: half of its layers look back only this many tokens.
        parameters: the total; a mixture of experts uses `active` of them for one token.
        kv_token: bytes of the KV cache a token, in bf16.
        weight_bits: bits of a published weight, scales included, if not bf16; `unrounded`: the number of
            parameters that stayed in bf16.
        unpacked: without a GPU, transformers unpacks the weights to bf16.
        date: the day of the release, `2025-08-05`, or its month.
        think: how the model marks its reasoning: `"tags"`, `"channels"`, or `"text"` (tags of several tokens); `"none"`
            is not a reasoning model. Views describe any other word by the tags of the family.
        opened: the chat template writes the opening tag, so that the output has only the closing one.
        tag_ids: the ids of the two tags, if each is one token.
        switch: the argument of its chat template that turns thinking on and off; `control`: another way to do so.
        unverified: the fields above whose values are second-hand.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    group: str
    hub: str = ""
    carried: bool = False
    base: str | None = None
    family: str
    architecture: str | None = None
    layers: int | None = None
    hidden: int | None = None
    heads: int | None = None
    kv_heads: int | None = None
    head_size: int | None = None
    mlp: int | None = None
    vocabulary: int | None = None
    tied: bool = False
    window: int | None = None
    context: int | None = None
    parameters: int
    active: int | None = None
    kv_token: int | None = None
    weight_bits: float = 16
    unrounded: int = 0
    unpacked: bool = False
    licence: str | None = None
    base_licence: str | None = None
    date: str | None = None
    think: str | None = None
    opened: bool | None = None
    tag_ids: tuple[int, int] | None = None
    switch: str | None = None
    control: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    server_only: bool = False
    unverified: tuple[str, ...] = ()
    note: str | None = None
    source: str

    def bytes(self, precision: Precision = "bf16") -> int:
        """Bytes of the weights; weights that were published quantised stay as they are."""
        if self.weight_bits < 16:
            return int((self.parameters - self.unrounded) * self.weight_bits / 8) + 2 * self.unrounded
        bits, embedding = BITS[precision], (self.vocabulary or 0) * (self.hidden or 0)
        head = 0 if self.tied else embedding
        body = self.parameters - embedding - head
        return (body * bits + head * max(bits, 8) + embedding * 16) // 8 if bits < 16 else self.parameters * 2

    def kv(self, tokens: int) -> int | None:
        """Bytes of the KV cache of `tokens` tokens, in bf16."""
        if self.kv_token is None:
            return None
        short = tokens if self.window is None else min(tokens, self.window)
        return self.kv_token * (tokens + short) // 2

    def needs(self, precision: Precision = "bf16", tokens: int = 4_096, *, gpu: bool = False) -> int:
        """Bytes for one rollout of `tokens` tokens: the weights, a tenth more to load them, the KV cache."""
        weights = self.parameters * 2 if self.unpacked and not gpu else self.bytes(precision)
        return int(1.1 * weights) + (self.kv(tokens) or 0)

    def fits(
        self, precision: Precision = "bf16", left: int | None = None, *, gpu: bool = False
    ) -> bool | None:
        """Whether `needs` is less than nine tenths of the free memory; None if the system does not report it.

        Args:
            precision: the precision of the weights.
            left: free bytes; by default those of this machine or container (`labkit._host.memory`).
            gpu: whether `left` is the memory of a GPU.
        """
        if left is None:
            now = memory()
            if now is None:
                return None
            left = now.available
        return not self.server_only and self.needs(precision, gpu=gpu) <= 0.9 * left


@cache
def entries() -> tuple[Entry, ...]:
    """Every model of the catalog, in its order: models that ship with labkit come first."""
    rows = read_toml(data_path("catalog", "models.toml"), 1_000_000)["model"]
    return tuple(Entry(**with_shape(row)) for row in rows)


def with_shape(row: dict[str, Any]) -> dict[str, Any]:
    """A row, completed with the shape in its config.json and the values that follow from the shape."""
    if row.get("carried"):
        row = row | shape(read_json(data_path("models", row["name"], "config.json"), 1_000_000))
    if "parameters" not in row:
        row = row | {"parameters": parameters(row)}
    if "kv_token" not in row and {"layers", "kv_heads", "head_size"} <= {*row}:
        row = row | {"kv_token": 2 * row["layers"] * row["kv_heads"] * row["head_size"] * 2}
    return row


def shape(config: dict[str, Any]) -> dict[str, Any]:
    """The fields of an `Entry` that the config.json of a dense model gives, by the names of `transformers`."""
    return {
        "architecture": config["model_type"], "layers": config["num_hidden_layers"], "hidden": config["hidden_size"],
        "heads": config["num_attention_heads"], "kv_heads": config["num_key_value_heads"],
        "head_size": config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"],
        "mlp": config["intermediate_size"], "vocabulary": config["vocab_size"],
        "tied": config["tie_word_embeddings"], "context": config["max_position_embeddings"],
    }  # fmt: skip


def parameters(row: dict[str, Any]) -> int:
    """Number of weights of a dense decoder with grouped queries and a gated MLP, from its shape."""
    hidden, layers = row["hidden"], row["layers"]
    query, key = row["heads"] * row["head_size"], row["kv_heads"] * row["head_size"]
    attention = 2 * hidden * query + 2 * hidden * key
    biases = query + 2 * key if row["architecture"] == "qwen2" else 0
    norms = 2 * hidden + (2 * row["head_size"] if row["architecture"] == "qwen3" else 0)
    embeddings = row["vocabulary"] * hidden * (1 if row.get("tied") else 2)
    return int(layers * (attention + biases + 3 * hidden * row["mlp"] + norms) + embeddings + hidden)


def find(name: str) -> Entry | None:
    """The model with this name or hub id, ignoring case. Returns None if the catalog lacks it."""
    key = name.lower()
    return next((e for e in entries() if key and key in (e.name, e.hub.lower())), None)


def near(name: str, *, loaded: bool = False) -> list[str]:
    """Similar names, the most similar first; `loaded` keeps only models that one machine can load."""
    scores = {e.name: _likeness(name.lower(), e) for e in entries() if not (loaded and e.server_only)}
    return [n for n in sorted(scores, key=lambda n: -max(scores[n])) if max(scores[n]) >= 0.6][:3]


def _likeness(name: str, entry: Entry) -> tuple[float, float]:
    """Similarity of a name and the name of a model, 0 to 1: by letters, and by shared words."""
    words = {w for w in re.split(r"[^a-z0-9.]+", name) if w}
    theirs = {*re.split(r"[^a-z0-9.]+", f"{entry.name} {entry.hub}".lower())}
    one, other = (re.sub("[^a-z0-9]", "", n) for n in (name, entry.name))
    letters = SequenceMatcher(None, one, other).ratio()
    return letters, 0.9 * len(words & theirs) / max(1, len(words)) if len(words) > 1 else 0.0


def smaller(left: int, than: int, precision: Precision = "bf16") -> Entry | None:
    """The largest reasoning model below `than` parameters that fits into `left` bytes, of those with a known cache."""
    thinking = (e for e in entries() if e.think != "none" and e.kv_token is not None)
    fitting = [e for e in thinking if e.parameters < than and e.fits(precision, left=left)]
    return max(fitting, key=lambda e: e.parameters, default=None)


def parse_precision(precision: str) -> Precision:
    """Checks the name of a precision and returns it.

    Raises:
        LabkitError: the precision is unknown.
    """
    if precision not in get_args(Precision):
        raise BadArgument(
            f"There is no precision {precision!r}.",
            why=f"the catalog knows {', '.join(BITS)}.",
            next='labkit.catalog(precision="int4")',
        )
    return precision  # type: ignore[return-value]
