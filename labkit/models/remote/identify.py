"""Identifies a model from the name that a server gives it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from labkit._arguments import checks_arguments
from labkit._host.shipped import data_path
from labkit.errors import BadArgument
from labkit.models import catalog, families
from labkit.models.catalog import Entry
from labkit.models.checkpoints import files as checkpoint_files
from labkit.models.model_names import embedded
from labkit.traces.families import Thinking, check_family, tags_of_pair

OLLAMA = "library"  # the owner in Ollama's list of models
QUANT = re.compile(r"[-_.](i?q\d\w*|f16|bf16|fp8|gguf|awq|gptq|\w*bit)$", re.IGNORECASE)


def entry_of(name: str) -> Entry | None:
    """The catalog entry for a name, a hub id, a path that ends in either, or an Ollama name.

    >>> entry_of("/models/DeepSeek-R1-Distill-Qwen-1.5B-Q4_K_M.gguf").name, entry_of("qwen3:0.6b").name
    ('r1-distill-qwen-1.5b', 'qwen3-0.6b')
    """
    last = _last(name).replace(":", "-")
    while True:
        entry = catalog.find(name) or catalog.find(last)
        by_hub = (e for e in catalog.entries() if e.hub.split("/")[-1].lower() == last.lower())
        entry = entry or next(by_hub, None)
        if entry or not QUANT.search(last):
            return entry
        last = QUANT.sub("", last)


def family_of(name: str) -> str:
    """The family of the catalog entry, else the family whose models are served under such a name, else "remote"."""
    entry = entry_of(name)
    if entry is not None:
        return entry.family
    return families.by_served_name(name) or "remote"


def announced_reading(row: Any) -> tuple[str, families.Tags | None]:
    """The family and the tags that `labkit serve` sends in its list of models; "" and None from another server.

    >>> family, tags = announced_reading({"owned_by": "labkit", "family": "qwen", "tags": ["<a>", "</a>"]})
    >>> family, tags.open, announced_reading({"owned_by": "vllm"})
    ('qwen', '<a>', ('', None))
    """
    if not isinstance(row, dict) or row.get("owned_by") != "labkit":
        return "", None
    try:
        family = str(row.get("family") or "")
        check_family(family)
        return family, tags_of_pair(row["tags"], family) if isinstance(row.get("tags"), list) else None
    except BadArgument:  # of another version
        return "", None


@checks_arguments
def tokenizer_of(name: str) -> Any:
    """A local tokenizer with a chat template. Returns None if this machine has none; downloads nothing.

    The places are labkit's own models, the folder of this name, and the cache of the hub.
    """
    entry, last = entry_of(name), _last(name)
    places = [str(data_path("models", last))] if last in embedded() else []
    places += [name] if Path(name).is_dir() else []
    places += [entry.hub] if entry and entry.hub else [name] if re.fullmatch(r"[\w.-]+/[\w.-]+", name) else []
    from transformers import AutoTokenizer

    for place in places:
        try:
            folder = _folder_of(place)
            if folder is None:
                continue
            checkpoint_files.check_files(
                folder, "", ("token*", "vocab*", "merges*", "*.jinja", "special*", "added*", "config*")
            )
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        except Exception:  # missing or broken: a dozen exception types
            continue
        if tokenizer.chat_template is not None:
            return tokenizer
    return None


def _folder_of(place: str) -> Path | None:
    """The local folder of a tokenizer: `place` itself, or its copy in the cache of the hub."""
    from huggingface_hub import try_to_load_from_cache

    if Path(place).is_dir():
        return Path(place)
    cached = try_to_load_from_cache(place, "tokenizer_config.json")
    return Path(cached).parent if isinstance(cached, str) else None


def thinking_body(name: str, backend: str, thinking: Thinking, family_name: str = "") -> dict[str, Any]:
    """The body arguments that turn thinking on or off; None leaves the default.

    vLLM, SGLang, llama.cpp and `transformers serve` pass `chat_template_kwargs` to the template; Ollama
    supports only `reasoning_effort`; a family that always thinks takes an effort. `family_name` is the family of the
    model, by default that of its name.

    Raises:
        LabkitError: the model has no such switch.
    """
    entry, family = entry_of(name), families.named(family_name or family_of(name))
    if thinking is None:
        return {}
    switch = entry.switch if entry is not None and entry.family == family.name else family.switch
    thinking = families.as_effort(thinking, family, name)
    if isinstance(thinking, int) and not isinstance(thinking, bool):
        return {"chat_template_kwargs": {"thinking_budget": thinking}}
    if family.efforts and (switch is None or isinstance(thinking, str)):
        if thinking not in family.efforts:
            raise families.effort_error(thinking, family, name)
        on = {switch: family.switch_value(not families.is_off(thinking))} if switch else {}
        kwargs = {family.effort_variable: thinking, **on}
        return {"reasoning_effort": thinking, "chat_template_kwargs": kwargs}
    families.check_switch(thinking)
    if switch is None:
        families.refuse_thinking(bool(thinking), name, "its chat template has none: that of Qwen3 does.")
    if backend == OLLAMA:
        return {"reasoning_effort": "medium" if thinking else "none"}
    return {"chat_template_kwargs": {switch: family.switch_value(bool(thinking))}}


def display_name(name: str) -> str:
    """A name to show and to save: only the last part of a path, because the path on the server is private.

    >>> display_name("/srv/models/r1-mini"), display_name("Qwen/Qwen3-0.6B")
    ('r1-mini', 'Qwen/Qwen3-0.6B')
    """
    return _last(name) if re.match(r"/|~|[A-Za-z]:[/\\]", name) else name


def _last(name: str) -> str:
    return re.split(r"[/\\]", name.rstrip("/\\" + os.sep))[-1]
