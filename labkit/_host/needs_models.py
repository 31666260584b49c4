"""Importing this module fails with a sentence where the packages of the extra `models` are not installed.

A package that is of no use without torch imports it first.
"""

from __future__ import annotations

from importlib.util import find_spec

from labkit._host.extras import not_installed

for _package in ("torch", "transformers"):
    if find_spec(_package) is None:
        raise not_installed(ModuleNotFoundError(name=_package))
