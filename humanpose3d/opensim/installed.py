"""Find OpenSim, and the generic model with its markers and set-up files, which Pose2Sim has; nothing is imported."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from humanpose3d.errors import PackageImportError
from humanpose3d.opensim.errors import OpenSimError

__all__ = ["ModelFiles", "find_model_files", "require_opensim"]

_INSTALL_OPENSIM = "pip install 'humanpose3d[opensim]'"
_ANATOMICAL = "r.ASIS_study"
_INSTALL_POSE2SIM = "pip install --no-deps 'pose2sim>=0.10'"


class ModelFiles(NamedTuple):
    """A generic model, and what Pose2Sim knows about it."""

    model: Path
    """``.osim``."""
    markers: Path
    """Its markers, with the names of ours."""
    scaling: Path
    """Set-up file of the ScaleTool: which pair of markers scales which body."""
    inverse_kinematics: Path
    """Set-up file of the InverseKinematicsTool: the weight of each marker."""
    geometry: tuple[Path, ...]
    """Folders with the shapes of bones."""
    anatomical: bool
    """Whether the markers are the anatomical ones."""


def require_opensim() -> None:
    """Raise PackageImportError where OpenSim or Pose2Sim is not installed."""
    found = find_spec("opensim")
    if found is None or found.origin is None:  # a folder of that name, such as that of our results, is no package
        raise PackageImportError(
            f"OpenSim is not installed for this Python; install it with: {_INSTALL_OPENSIM} && {_INSTALL_POSE2SIM}"
        )
    _setup_folder()


def find_model_files(anatomical: bool, model: Path | None = None, markers: Path | None = None) -> ModelFiles:
    """Return the files for trials with the 43 anatomical markers, or without them.

    Parameters
    ----------
    anatomical : bool
        Whether the trial has them. An own marker file without them is used with the body markers.
    model, markers : Path, optional
        The user's own model, and its markers with the names of ours; the model may have them itself.

    Raises
    ------
    PackageImportError
        Pose2Sim is not installed, or has not these files.
    OpenSimError
        A file of the user is not there.
    """
    folder = _setup_folder()
    for path in (model, markers):
        if path is not None and not path.is_file():
            raise OpenSimError(
                f"There is no file {path}; --osim takes a model (.osim), --osim-markers its markers (.xml)."
            )
    own = markers or model
    if anatomical and own is not None:
        anatomical = _ANATOMICAL in own.read_text(encoding="utf-8", errors="replace")
    kind = "LSTM" if anatomical else "Halpe26"
    found = ModelFiles(
        model or folder / "Model_Pose2Sim_simple.osim",
        own or folder / f"Markers_{kind}.xml",
        folder / f"Scaling_Setup_Pose2Sim_{kind}.xml",
        folder / f"IK_Setup_Pose2Sim_{'withoutHands_LSTM' if anatomical else kind}.xml",
        (*((model.parent, model.parent / "Geometry") if model else ()), folder / "Geometry"),
        anatomical,
    )
    for path in found[:4]:
        if not path.is_file():
            raise PackageImportError(f"The installed Pose2Sim has no file {path}; install it with: {_INSTALL_POSE2SIM}")
    return found


def _setup_folder() -> Path:
    try:
        package = distribution("pose2sim")
    except PackageNotFoundError as error:
        raise PackageImportError(
            "Pose2Sim, which has the OpenSim model and its set-up, is not installed; "
            f"install it with: {_INSTALL_POSE2SIM}"
        ) from error
    return Path(str(package.locate_file("Pose2Sim/OpenSim_Setup")))
