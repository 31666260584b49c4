"""Importing this module raises a clear error if the packages of the extra `models` are not installed.

A package that requires torch imports it first.
"""

from __future__ import annotations

from importlib.util import find_spec

from labkit._host.extras import not_installed

for _package in ("torch", "transformers"):
    if find_spec(_package) is None:
        raise not_installed(ModuleNotFoundError(name=_package))
