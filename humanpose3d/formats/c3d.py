"""Write C3D files, the exchange format of motion laboratories: markers, joint angles and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from humanpose3d.errors import explained_imports
from humanpose3d.formats.atomic import replacing
from humanpose3d.formats.frames import FloatArray, check_table

__all__ = ["MOST_FRAMES", "C3dEvent", "write_c3d"]

MOST_FRAMES = 65535
"""The header counts frames with 16 bits."""

_SIDES = {"R": "Right", "L": "Left", "": "General"}
_ICONS = {"Foot Strike": 1, "Foot Off": 2}
_ON_A_SAMPLE = 1e-3
"""Of a frame: nearer than this to a sample, a time is that of the sample."""
_RATE_OF_ONE_FRAME = 30.0


class C3dEvent(NamedTuple):
    """One event of a trial."""

    time: float
    """Seconds, as those of the frames."""
    label: str
    """``Foot Strike`` and ``Foot Off`` are what gait programs look for."""
    side: str
    """``R``, ``L``, or empty for both."""


def write_c3d(
    path: Path,
    names: Sequence[str],
    times: FloatArray,
    positions: FloatArray,
    *,
    angles: Mapping[str, FloatArray] | None = None,
    events: Sequence[C3dEvent] = (),
    subject: str = "",
    height: float | None = None,
    mass: float | None = None,
    software: str = "",
) -> None:
    """Write markers, angles and events; a path is written atomically.

    Parameters
    ----------
    path : Path
    names : sequence of M str
        Marker names: unique, without white space.
    times : ndarray, shape (T,)
        Strictly increasing seconds.
    positions : ndarray, shape (T, M, 3)
        Metres, y up. A marker with any coordinate that is not finite is missing in that frame.
    angles : mapping of str to ndarray, shape (T, 3), optional
        Degrees, by label such as ``RKneeAngles``: flexion, abduction, rotation; any may be NaN.
    events : sequence of C3dEvent
    subject : str
        Name or code of the person.
    height, mass : float, optional
        Of the person, metres and kilograms.
    software : str
        Program and version that made the data.

    Raises
    ------
    PackageImportError
        ezc3d is not installed.
    ValueError
        The arrays do not fit together, or there are more than 65,535 frames.

    Notes
    -----
    C3D has one constant rate and no times: samples are taken at the mean rate, linearly between the frames, which are
    those of `times` where these are even. The first one is at time 0. Lengths are in metres, because some readers scale
    whatever the file holds, angles too, where they are in millimetres. A missing point has the residual -1, as the
    format asks, and ezc3d writes zeros for its coordinates. ``POINT:ANGLES`` tells angles from markers.
    """
    with explained_imports("ezc3d", extra="c3d"):
        import ezc3d
    times, positions = np.asarray(times, np.float64), np.asarray(positions, np.float64)
    check_table(names, times, positions, "marker", 3)
    angles = angles or {}
    points = np.concatenate([positions, *(each[:, np.newaxis] for each in angles.values())], axis=1)
    points[~np.isfinite(points)] = np.nan
    rate = (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else _RATE_OF_ONE_FRAME
    points = _evenly_sampled(times, points, rate)
    if len(points) > MOST_FRAMES:
        raise ValueError(f"a C3D file holds {MOST_FRAMES} frames, not {len(points)}")

    file = ezc3d.c3d()
    parameters = file["parameters"]["POINT"]
    for key, value in {"RATE": [rate], "UNITS": ["m"], "LABELS": [*names, *angles]}.items():
        parameters[key]["value"] = value
    known = np.isfinite(points)
    whole = np.concatenate([known[:, : len(names)].all(axis=-1), known[:, len(names) :].any(axis=-1)], axis=1)
    points[~whole] = np.nan
    file["data"]["points"] = np.concatenate([points.T, np.ones((1, *whole.T.shape))])
    file["data"]["meta_points"]["residuals"] = np.where(whole.T, 0.0, -1.0)[np.newaxis]
    _add(file, "POINT", {"X_SCREEN": "+X", "Y_SCREEN": "+Y"})
    if angles:
        _add(file, "POINT", {"ANGLES": list(angles), "ANGLE_UNITS": "deg"})
    _add(file, "SUBJECTS", {"USED": 1, "NAMES": [subject or "subject"], "IS_STATIC": 0})
    _add(file, "MANUFACTURER", {"SOFTWARE": software})
    if height:
        _add(file, "PROCESSING", {"Height": 1000 * height})  # millimetres, as Vicon writes it
    if mass:
        _add(file, "PROCESSING", {"Bodymass": mass})
    _add_events(file, [event._replace(time=event.time - times[0]) for event in events], subject)
    with replacing(path, "bytes") as target, TemporaryDirectory() as folder:  # ezc3d wants a name that ends in .c3d
        written = Path(folder) / "trial.c3d"
        file.write(str(written))
        target.write(written.read_bytes())


def _add(file: Any, group: str, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        file.add_parameter(group, name, value)


def _add_events(file: Any, events: Sequence[C3dEvent], subject: str) -> None:
    _add(file, "EVENT", {"USED": len(events)})
    if not events:
        return
    minutes, seconds = np.divmod([event.time for event in events], 60)
    _add(
        file,
        "EVENT",
        {
            "CONTEXTS": [_SIDES[event.side] for event in events],
            "LABELS": [event.label for event in events],
            "SUBJECTS": [subject or "subject"] * len(events),
            "TIMES": np.array([minutes, seconds]),
            "ICON_IDS": [_ICONS.get(event.label, 0) for event in events],
            "GENERIC_FLAGS": [0] * len(events),
        },
    )


def _evenly_sampled(times: FloatArray, values: FloatArray, rate: float) -> FloatArray:
    """Sample values (T, N, 3) at `rate` from the first time to the last, linearly; missing next to a missing one."""
    if len(times) == 1:
        return values
    at = times[0] + np.arange(round((times[-1] - times[0]) * rate) + 1) / rate
    before = np.clip(np.searchsorted(times, at, "right") - 1, 0, len(times) - 2)
    share = (at - times[before]) / (times[before + 1] - times[before])
    share = np.where(share < _ON_A_SAMPLE, 0.0, np.where(share > 1 - _ON_A_SAMPLE, 1.0, share))
    share = share[:, np.newaxis, np.newaxis]
    early, late = values[before], values[before + 1]
    between = np.where((share > 0) & (share < 1), early + share * (late - early), early)
    return np.asarray(np.where(share == 1, late, between))
