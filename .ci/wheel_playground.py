"""Puts the playground beside the JupyterLab plugin when a wheel is built, also the one of `pip install -e`.

The weights are written anew from those in `data/`, so that the repository holds them once. Needs hatchling alone.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "share/jupyter/labextensions/labkit/static/play"  # JupyterLab serves it as lab/extensions/labkit/static/play


class PlaygroundHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the files of `write_playground` to the shared data of the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Writes the files into a temporary folder, from which hatchling packs them."""
        sys.dont_write_bytecode = True  # the source stays as it is
        sys.path.insert(0, self.root)
        from labkit.site.play import write_playground

        self._work = tempfile.TemporaryDirectory(prefix="labkit-playground-")
        folder = Path(self._work.name, "play")
        write_playground(folder)
        build_data["shared_data"][str(folder)] = FOLDER

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Removes the temporary folder."""
        self._work.cleanup()
