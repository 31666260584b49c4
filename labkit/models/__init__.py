"""Loads models and generates with them; every trace keeps its token columns.

The names below are imported on first use, so that modules that do not need torch (the catalog) do
not wait for it.
"""

from __future__ import annotations

import sys
import warnings
from types import ModuleType
from typing import TYPE_CHECKING, Any

from labkit._host.extras import import_with_models

if TYPE_CHECKING:
    from labkit.models.base import LanguageModel as LanguageModel
    from labkit.models.load import load as load
    from labkit.models.local.model import LocalModel as LocalModel
    from labkit.models.remote.identify import tokenizer_of as tokenizer_of

__all__ = ["LanguageModel", "LocalModel", "load", "tokenizer_of"]

_WHERE = {
    "LanguageModel": "labkit.models.base",
    "LocalModel": "labkit.models.local.model",
    "load": "labkit.models.load",
    "tokenizer_of": "labkit.models.remote.identify",
}


def __getattr__(name: str) -> Any:
    if name == "Model":
        warnings.warn(
            "labkit.models.Model is now labkit.models.LocalModel; what every model can do is "
            "labkit.models.LanguageModel.",
            DeprecationWarning,
            stacklevel=2,
        )
        name = "LocalModel"
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_with_models(_WHERE[name]), name)
    globals()[name] = value
    return value


class _Package(ModuleType):
    """Keeps `load` the function: importing the module `load` would replace the attribute by the module."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name == "load" and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
