"""Open the results that a run wrote, as the run itself returned them."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from humanpose3d.report.data.content import Provenance
from humanpose3d.report.data.folder import movement_of, read_results
from humanpose3d.report.errors import ReportError
from humanpose3d.runs.trial import Trial
from humanpose3d.video.reader import VideoInfo

__all__ = ["load_trial"]


def load_trial(folder: str | Path) -> Trial:
    """Open the results in a folder that :func:`~humanpose3d.runs.run.run_pipeline` or the command line wrote.

    Arrays are as precise as the files; events and numbers are found in them again, or come from ``events.csv`` where a
    person has corrected it; the visibility of markers, which no file has, is NaN.

    Parameters
    ----------
    folder : path
        With ``run.json`` in it.

    Returns
    -------
    Trial

    Raises
    ------
    ReportError
        There are no results in the folder, or they are damaged.
    """
    folder = Path(folder)
    found = read_results(folder)
    provenance = Provenance(found.record)
    video = _video_of(provenance.input.get("video"))
    if found.landmarks is None or found.raw_angles is None or video is None:
        raise ReportError(f"The results in {folder} are not complete; run the video again.")
    return Trial(
        video=video,
        landmarks=found.landmarks,
        markers=found.initial,
        final_markers=found.final,
        raw_angles=found.raw_angles,
        angles=found.angles,
        movement=movement_of(found)[0],
        opensim_angles=found.opensim_angles,
        folder=folder,
        outputs=found.files,
        record=found.record,
    )


def _video_of(known: Any) -> VideoInfo | None:
    """Return the properties of the video; None where the record lacks some of them."""
    if not isinstance(known, dict):
        return None
    try:
        return VideoInfo(**{field.name: known[field.name] for field in fields(VideoInfo) if field.name in known})
    except TypeError:
        return None
