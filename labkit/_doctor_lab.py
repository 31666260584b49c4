"""Checks whether this environment's JupyterLab can show labkit's views (`labkit doctor --lab`).

A view needs three extensions in JupyterLab: labkit's own, anywidget's, and the widget manager of ipywidgets.
JupyterLab takes the first copy of each on Jupyter's path. Outside a virtual environment, a copy in the user's home
folder comes before the copy that pip installed, and an old copy there does not match the Python half.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from labkit import __version__
from labkit._doctor import REINSTALL, SMALL_FILE, Check, Finding
from labkit._host.extras import pip_install, requirements, version_or_none
from labkit._host.untrusted import read_json

LAB = "<5,>=4.2"  # as in the extra `lab`
MANAGER = "@jupyter-widgets/jupyterlab-manager"


def _jupyterlab() -> Iterator[Finding]:
    from packaging.specifiers import SpecifierSet

    version = version_or_none("jupyterlab")
    if version is None or not SpecifierSet(LAB).contains(version, prereleases=True):
        message = f"JupyterLab is {version or 'absent'}; labkit's plugin needs {LAB}"
        yield Finding("jupyterlab", "missing", message, pip_install(f"jupyterlab{LAB}"))
    else:
        yield Finding("jupyterlab", "ok", version)


def _server() -> Iterator[Finding]:
    """Whether Jupyter's server loads JupyterLab. The command `jupyter lab` loads it in any case."""
    from jupyter_core.paths import jupyter_config_dir, jupyter_config_path
    from jupyter_server.extension.config import ExtensionConfigManager

    manager: Any = ExtensionConfigManager(read_config_path=jupyter_config_path())
    if manager.enabled("jupyterlab"):
        yield Finding("server", "ok", "JupyterLab is enabled as an extension of Jupyter's server")
        return
    own: Any = ExtensionConfigManager(read_config_path=[jupyter_config_dir()])
    option = "--user " if "jupyterlab" in own.get_jpserver_extensions() else ""
    message = (
        "JupyterLab is not enabled as an extension of Jupyter's server: the command jupyter lab still starts it, "
        "and a JupyterHub may not"
    )
    yield Finding("server", "note", message, f"jupyter server extension enable {option}jupyterlab")


def _labkit_in_lab() -> Iterator[Finding]:
    yield _extension("labkit", "labkit", __version__, REINSTALL)


def _anywidget_in_lab() -> Iterator[Finding]:
    version = version_or_none("anywidget")
    if version is None:
        yield Finding("anywidget in lab", "missing", "anywidget is absent", pip_install("anywidget"))
    else:
        yield _extension("anywidget", "anywidget", version, _reinstall("anywidget"))


def _widgets_in_lab() -> Iterator[Finding]:
    """Checks the widget manager and whether its major version is the one that ipywidgets requires."""
    from packaging.specifiers import SpecifierSet
    from packaging.utils import canonicalize_name

    if version_or_none("ipywidgets") is None:
        yield Finding("widgets in lab", "missing", "ipywidgets is absent", pip_install("ipywidgets"))
        return
    managers = (r for r in requirements("ipywidgets") if canonicalize_name(r.name) == "jupyterlab-widgets")
    needed = next((r.specifier for r in managers), SpecifierSet())
    version = version_or_none("jupyterlab_widgets")
    if version is None or version not in needed:
        message = f"jupyterlab_widgets is {version or 'absent'}; the installed ipywidgets needs {needed}"
        yield Finding("widgets in lab", "missing", message, pip_install(f"jupyterlab_widgets{needed}"))
    else:
        yield _extension(
            "widgets",
            MANAGER,
            _packaged_version("jupyterlab_widgets", MANAGER),
            _reinstall("jupyterlab_widgets"),
        )


def checks() -> tuple[Check, ...]:
    """The checks for `labkit._doctor.examine`; only one check if JupyterLab is not installed."""
    if version_or_none("jupyterlab") is None:
        return (_jupyterlab,)
    return _jupyterlab, _server, _labkit_in_lab, _anywidget_in_lab, _widgets_in_lab


def _extension(name: str, extension: str, version: str | None, reinstall: str) -> Finding:
    """Checks the state of an extension in JupyterLab.

    Args:
        name: its name in the report.
        extension: its name in JupyterLab.
        version: the version of the Python half; None if unknown.
        reinstall: the command that reinstalls the extension.
    """
    from jupyter_core.paths import jupyter_path
    from jupyterlab_server.config import get_federated_extensions

    about, path = f"{name} in lab", jupyter_path("labextensions")
    installed = get_federated_extensions(path).get(extension)
    if installed is None:
        return Finding(about, "missing", f"JupyterLab does not find the extension {extension}", reinstall)
    folder = Path(installed["ext_path"])
    if version is not None and not _same_version(installed["version"], version):
        message = (
            f"JupyterLab takes {extension} {installed['version']} from {folder}, and Python has {version}"
        )
        ours = folder.is_relative_to(sys.prefix)
        return Finding(about, "missing", message, reinstall if ours else f'delete the folder "{folder}"')
    if off := _disabled(path, extension):
        return Finding(
            about, "missing", f"{off} is disabled", f"jupyter labextension enable {_level(off)}{off}"
        )
    return Finding(about, "ok", f"{extension} {installed['version']}, enabled, in {folder}")


def _disabled(path: list[str], extension: str) -> str | None:
    """The disabled part of an extension: the whole extension, or one of its plugins, `extension:plugin`."""
    from jupyterlab_server.config import get_page_config

    settings = Path(os.environ.get("JUPYTERLAB_DIR") or Path(sys.prefix, "share/jupyter/lab"), "settings")
    disabled: list[str] = get_page_config(path, app_settings_dir=str(settings))["disabledExtensions"]
    return next((name for name in disabled if name.partition(":")[0] == extension), None)


def _level(name: str) -> str:
    """The `--level` option for the place where a name is disabled. JupyterLab's default level is the environment."""
    from jupyterlab_server.config import get_static_page_config

    for level in ("user", "system"):
        disabled = get_static_page_config(level=level).get("disabledExtensions", {})
        if name in disabled and (isinstance(disabled, list) or disabled[name]):
            return f"--level={level} "
    return ""


def _same_version(first: str, second: str) -> bool:
    """Whether two version strings mean the same version: Python's 1.0a1 is JavaScript's 1.0-alpha.1."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(first) == Version(second)
    except InvalidVersion:
        return first == second


def _packaged_version(package: str, extension: str) -> str | None:
    """The version of the extension that an installed package contains; None if the package has no list of files."""
    for file in metadata.distribution(package).files or []:
        if file.as_posix().endswith(f"labextensions/{extension}/package.json"):
            content: dict[str, Any] = read_json(Path(str(file.locate())), SMALL_FILE)
            return str(content["version"])
    return None


def _reinstall(package: str) -> str:
    return pip_install("--force-reinstall", "--no-deps", f"{package}=={version_or_none(package)}")
