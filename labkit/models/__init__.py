"""Who thinks? Loading a model, and letting it think with everything that it leaves behind kept.

The names below are fetched when they are first used, so that what needs no torch (the catalog) does
not wait for it.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from labkit._host.extras import import_with_models

if TYPE_CHECKING:
    from labkit.models.load import load as load
    from labkit.models.model import Model as Model
    from labkit.models.remote.names import tokenizer_of as tokenizer_of

__all__ = ["Model", "load", "tokenizer_of"]

_WHERE = {
    "Model": "labkit.models.model",
    "load": "labkit.models.load",
    "tokenizer_of": "labkit.models.remote.names",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_with_models(_WHERE[name]), name)
    globals()[name] = value
    return value


class _Package(ModuleType):
    """`load` is the function, also after the module of its name was imported, which Python would put here."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name == "load" and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
