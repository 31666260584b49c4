"""Watch an open reasoning model think.

`import labkit` is fast: each public name is imported from its module on first use, so torch is
imported only when a model is loaded.

>>> import labkit
>>> labkit.tasks.countdown.verify("(3 * 5) + 9", numbers=[3, 5, 9], target=24)
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for editors and type checkers; the table below is what runs
    from labkit import facts as facts
    from labkit import inside as inside
    from labkit import models as models
    from labkit import rewards as rewards
    from labkit import tasks as tasks
    from labkit import traces as traces
    from labkit import training as training
    from labkit import views as views
    from labkit._host.shipped import data_path as data_path
    from labkit.errors import BadArgument as BadArgument
    from labkit.errors import FileDamaged as FileDamaged
    from labkit.errors import LabkitError as LabkitError
    from labkit.errors import ModelNotFound as ModelNotFound
    from labkit.errors import NotEnoughMemory as NotEnoughMemory
    from labkit.errors import ServerError as ServerError
    from labkit.errors import Unsupported as Unsupported
    from labkit.inside import compare as compare
    from labkit.models import load as load
    from labkit.traces import Trace as Trace
    from labkit.traces import TraceGroup as TraceGroup
    from labkit.traces import TraceSet as TraceSet
    from labkit.traces import open as open
    from labkit.views import AttentionView as AttentionView
    from labkit.views import CompareView as CompareView
    from labkit.views import CostView as CostView
    from labkit.views import ForkView as ForkView
    from labkit.views import LensView as LensView
    from labkit.views import RewardView as RewardView
    from labkit.views import ScalingPoint as ScalingPoint
    from labkit.views import ScalingView as ScalingView
    from labkit.views import TokenView as TokenView
    from labkit.views import TracesView as TracesView
    from labkit.views import TrainingView as TrainingView
    from labkit.views.catalog.view import catalog as catalog
    from labkit.views.core.language import set_language as set_language

__version__ = "0.1.0"

# Public name -> the module that defines it. A name that is itself a module maps to itself.
_WHERE = {
    "AttentionView": "labkit.views",
    "BadArgument": "labkit.errors",
    "CompareView": "labkit.views",
    "CostView": "labkit.views",
    "FileDamaged": "labkit.errors",
    "ForkView": "labkit.views",
    "LabkitError": "labkit.errors",
    "LensView": "labkit.views",
    "ModelNotFound": "labkit.errors",
    "NotEnoughMemory": "labkit.errors",
    "RewardView": "labkit.views",
    "ScalingPoint": "labkit.views",
    "ScalingView": "labkit.views",
    "ServerError": "labkit.errors",
    "TokenView": "labkit.views",
    "Trace": "labkit.traces",
    "TraceGroup": "labkit.traces",
    "TraceSet": "labkit.traces",
    "TracesView": "labkit.views",
    "TrainingView": "labkit.views",
    "Unsupported": "labkit.errors",
    "catalog": "labkit.views.catalog.view",
    "compare": "labkit.inside",
    "data_path": "labkit._host.shipped",
    "facts": "labkit.facts",
    "inside": "labkit.inside",
    "load": "labkit.models",
    "models": "labkit.models",
    "open": "labkit.traces",
    "rewards": "labkit.rewards",
    "set_language": "labkit.views.core.language",
    "tasks": "labkit.tasks",
    "traces": "labkit.traces",
    "training": "labkit.training",
    "views": "labkit.views",
}

__all__ = [  # without `open`, which would hide Python's own after `from labkit import *`
    "AttentionView",
    "BadArgument",
    "CompareView",
    "CostView",
    "FileDamaged",
    "ForkView",
    "LabkitError",
    "LensView",
    "ModelNotFound",
    "NotEnoughMemory",
    "RewardView",
    "ScalingPoint",
    "ScalingView",
    "ServerError",
    "TokenView",
    "Trace",
    "TraceGroup",
    "TraceSet",
    "TracesView",
    "TrainingView",
    "Unsupported",
    "catalog",
    "compare",
    "data_path",
    "facts",
    "inside",
    "load",
    "models",
    "rewards",
    "set_language",
    "tasks",
    "traces",
    "training",
    "views",
]


def __getattr__(name: str) -> Any:
    """Imports a public name from its module and caches it."""
    if name not in _WHERE:
        raise _no_such_name(name)
    from labkit._host.extras import import_with_models

    module = import_with_models(_WHERE[name])
    value = module if _WHERE[name] == f"labkit.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_WHERE})


def load_ipython_extension(shell: Any) -> None:
    """Adds the magics `%%think`, `%%reward` and `%labkit`: IPython calls it for `%load_ext labkit`."""
    _magics().load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Removes the magics: IPython calls it for `%unload_ext labkit`."""
    _magics().unload(shell)


def _magics() -> Any:
    from importlib import import_module  # by name, as the table above: labkit imports no folder of its own

    return import_module("labkit.jupyter.magics")


def _no_such_name(name: str) -> AttributeError:
    if name.startswith("_"):  # lookups by IPython, copy and pickle need no advice
        return AttributeError(f"module 'labkit' has no attribute {name!r}")
    from difflib import SequenceMatcher

    from labkit.errors import LabkitError

    class NoSuchNameError(LabkitError, AttributeError):
        """Also an `AttributeError`, so that `hasattr` returns False."""

    close = sorted(_WHERE, key=lambda n: -SequenceMatcher(None, n.lower(), name.lower()).ratio())
    return NoSuchNameError(
        f"labkit has no {name!r}.",
        why=f"its names are {', '.join(close[:10])}.",
        next=f"labkit.{close[0]}",
    )
