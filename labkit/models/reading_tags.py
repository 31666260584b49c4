"""Which family and which tags a model reads its thoughts by, where the user gives them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TypeVar

from labkit.models.base import LanguageModel
from labkit.traces.families import check_family, named, tags_of_pair

M = TypeVar("M", bound=LanguageModel)
OWN = ("network", "pieces", "tags")  # attributes that a copy takes from the model, or derives anew


def set_reading(model: LanguageModel, family: str, tags: Sequence[str] | None) -> None:
    """Makes a model read its thoughts by a family, by tags or by both; "" and None change nothing.

    Raises:
        BadArgument: the family is unknown, or the tags are not two texts.
    """
    check_family(family)
    if not family and tags is None:
        return
    own = named(family).tags if tags is None else tags_of_pair(tags, family or model.family)
    model.family = family or model.family
    vars(model).pop("pieces", None)  # which special tokens are text depends on the tags
    vars(model)["tags"] = own


def reading_as(model: M, family: str, tags: Sequence[str] | None) -> M:
    """The model, or a copy of it that reads its thoughts by another family or other tags. Both have one network.

    Raises:
        BadArgument: as `set_reading`.
    """
    if not family and tags is None:
        return model
    twin = copy.copy(model)
    for name in OWN:
        vars(twin).pop(name, None)
    vars(twin)["original"] = vars(model).get("original", model)
    vars(twin)["tags"] = model.tags
    set_reading(twin, family, tags)
    return twin
