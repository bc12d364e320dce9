"""HumanPose3D: one ordinary video in, three-dimensional human movement out.

Importing the package never loads a heavy library; public names are imported on first use.
"""

TYPE_CHECKING = False  # as from `typing`, whose import takes longer than all of this
if TYPE_CHECKING:
    from typing import Any

    from humanpose3d.runs.load import load_trial
    from humanpose3d.runs.people.everybody import list_people, run_people
    from humanpose3d.runs.run import run_pipeline
    from humanpose3d.runs.trial import Trial

__all__ = ["Trial", "__version__", "list_people", "load_trial", "run_people", "run_pipeline"]

__version__ = "0.2.0"

_MODULE_OF = {
    "Trial": "humanpose3d.runs.trial",
    "list_people": "humanpose3d.runs.people.everybody",
    "load_trial": "humanpose3d.runs.load",
    "run_people": "humanpose3d.runs.people.everybody",
    "run_pipeline": "humanpose3d.runs.run",
}


def __getattr__(name: str) -> "Any":
    # PEP 562
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> "list[str]":
    return sorted({*globals(), *__all__} - {"TYPE_CHECKING"})
