"""How far the numbers and curves of a trial are from the truth, by kind of number and place in the view."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from humanpose3d.kinematics.angles import JointAngles, joint_angles
from humanpose3d.kinematics.conventions import ANGLE_NAMES, JOINT_NAMES
from humanpose3d.kinematics.events import Movement, analyse_movement
from humanpose3d.kinematics.mid_hip.numbers import hip_numbers
from humanpose3d.kinematics.peaks import Peaks, peaks_within
from humanpose3d.kinematics.quantities import Measured
from humanpose3d.kinematics.rotations import FloatArray, within
from humanpose3d.kinematics.validity.bands import Bands, band_name, measured_bands, place_of
from humanpose3d.kinematics.validity.plausible import without_implausible
from humanpose3d.kinematics.validity.sight import sight_of_joints, without_unseen, without_unseen_legs
from humanpose3d.kinematics.validity.spreads import Spreads, spread_of
from humanpose3d.kinematics.view import View
from humanpose3d.kinematics.walking.numbers import row_of
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.signals.lens import ASSUMED, OF_BANDS, SPREADS, Lens, Source
from humanpose3d.pipeline.signals.process import SignalReport, process
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.pipeline.trajectories import Landmarks, Markers, y_up
from humanpose3d.report.data.cycles import cycles_of
from humanpose3d.report.data.numbers import cycles_of_movement
from humanpose3d.video.reader import VideoReader
from support.accuracy_metrics import read_reference
from support.trials import BenchTrial, observed

UNSETTLED = 3  # frames, at either end, in which no filter is settled
CURVE_SAMPLES = 40  # of one curve of one trial: neighbours say the same
_GRAVITY, _CLEAR = 9.81, 0.02
_STANDS_S = 2.0  # the trials are short
NO_BANDS = Bands("", {}, {})
"""With these every number is shown."""


class Deviation(NamedTuple):
    """One value less the true one.

    Attributes
    ----------
    name : str
        Row of the table of bands, or the delay of a ``heel_strike`` or ``toe_off`` in parts
        of a stride.
    place : str
        Column of the table.
    half, trial : str
        ``half`` is ``real`` for a real trial.
    error : float
    found : float
        The value itself, of angles.
    walking : bool
        Whether the analysis took the movement for walking.
    spread : float
        Of the depth prior, of the limb that the band goes by, in lengths of trunk and leg; NaN where it is not known.
    """

    name: str
    place: str
    half: str
    trial: str
    error: float
    found: float
    walking: bool
    spread: float


Solver = Callable[[Markers, JointAngles, float | None], JointAngles]
"""Gives the angles of markers of a person of some height, instead of our own ones, which it is given, too."""


class _Error(NamedTuple):
    name: str
    place: str
    error: float
    found: float = math.nan
    side: str = ""


def uncertainty_of(each: Deviation, bands: Bands) -> float:
    """Return the uncertainty that a table gives a value, which it must have a row and a place for."""
    return bands.at_spread(each.name, bands.uncertainties[each.name][each.place], each.spread)


def rendered_deviations(trial: BenchTrial, model: Path, solver: Solver | None = None) -> list[Deviation]:
    """Compare what a rendered trial's run says with its truth; nothing where several people are in the picture.

    With a `solver` it is only angles that are compared, and they are the solver's.
    """
    truth = trial.truth
    if truth["persons"].max() > 1:
        return []
    clean, markers, report = _markers(trial, model, _size(trial), trial.stature)
    lens = report.lens.source_of_bands
    angles, movement = _analysed(clean, markers, lens)
    if solver is not None:
        angles = solver(markers, angles, trial.stature)
    frames = min(len(angles.times), len(truth["time"]))
    true = JointAngles(angles.times[:frames], truth["angles"][:frames].astype(float), angles.defined, 0.0)
    settled = slice(UNSETTLED, frames - UNSETTLED)
    found = [*_angles(movement, _cut(angles, settled), _cut(true, settled))]
    if solver is None:
        found += _numbers(trial, model, movement, markers, lens)
    return _deviations(found, trial.half, trial.name, movement, report.spreads)


def _numbers(trial: BenchTrial, model: Path, movement: Movement, markers: Markers, lens: str) -> Iterator[_Error]:
    if movement.kind != "walking" or trial.kind not in ("walk", "recorded") or not len(trial.truth["heel_strike_r"]):
        yield from _of_the_body(movement, markers, trial.truth)
        return
    yield from _gait(movement, trial.truth)
    if not movement.on_belt:
        for source in (each for each in OF_BANDS if each != lens):
            yield from _with_another_lens(trial, model, source)


def _deviations(
    found: Iterable[_Error], half: str, trial: str, movement: Movement, spreads: Spreads
) -> list[Deviation]:
    walking = movement.kind == "walking"
    return [
        Deviation(*each[:2], half, trial, each.error, each.found, walking, spread_of(spreads, each.name, each.side))
        for each in found
    ]


def _with_another_lens(trial: BenchTrial, model: Path, source: Source) -> Iterator[_Error]:
    """Yield the errors over ground with a lens that is as wrong as those of a source are."""
    true = float(trial.truth["focal_length"])
    wrong = [true * math.exp(sign * SPREADS[source]) for sign in (-1, 1)] if source in SPREADS else []
    for focal_length in wrong or [ASSUMED.focal_length]:
        # Always as a given one: what the estimate does to metadata that are wrong is measured elsewhere.
        lens = Lens(focal_length, 0.0, "given")
        clean, markers, _ = _markers(trial, model, _size(trial), trial.stature, lens=lens)
        _, movement = _analysed(clean, markers, source)
        if movement.kind == "walking":
            found = _gait(movement, trial.truth)
            yield from (each for each in found if each.name.endswith(f"lens {source}"))


def real_deviations(
    folder: Path, camera: int, model: Path, cache: Path, solver: Solver | None = None
) -> list[Deviation]:
    """Compare one of the four real cameras with what all of them together say; `solver` as in the function above."""
    name = f"cam0{camera + 1}"
    trial = BenchTrial(name, "test", {}, folder / f"{name}.mp4")
    with VideoReader(trial.video) as reader:
        size = (reader.info.width, reader.info.height)
    clean, markers, report = _markers(trial, model, size, None, cache)
    angles, movement = _analysed(clean, markers, report.lens.source_of_bands)
    if solver is not None:
        angles = solver(markers, angles, None)
    with np.load(folder / "reference.npz") as values:
        reference, valid = read_reference(values, camera), np.flatnonzero(values["valid"])
    frames = min(len(angles.times), len(reference))
    empty = np.zeros(reference.shape[:2])[:frames]
    seen = markers_from_landmarks(
        Landmarks(angles.times[:frames], reference[:frames], empty[..., None] * (0, 0), empty)
    )
    true = joint_angles(seen.times, seen.names, seen.positions)
    settled = slice(valid[0], min(valid[-1] + 1, frames))
    found = _angles(movement, _cut(angles, settled), _cut(true, settled))
    limbs = [each for each in found if each.name.split()[1] not in ("pelvis", "trunk")]
    return _deviations(limbs, "real", name, movement, report.spreads)


def _size(trial: BenchTrial) -> tuple[int, int]:
    width, height = (int(length) for length in trial.truth["size"])
    return width, height


def _analysed(clean: Landmarks, final: Markers, lens: str) -> tuple[JointAngles, Movement]:
    """Do what a run does after the signal path, without the networks."""
    sight = sight_of_joints(clean.names, clean.image, clean.visibility)
    angles = joint_angles(final.times, final.names, final.positions)
    angles, _ = without_implausible(without_unseen(angles, sight))
    positions = without_unseen_legs(final.names, final.positions, final.times, sight)
    return angles, analyse_movement(final.names, positions, angles, bands=NO_BANDS, lens=lens)


@lru_cache(maxsize=1)
def _markers(
    trial: BenchTrial,
    model: Path,
    size: tuple[int, int],
    height: float | None,
    cache: Path | None = None,
    lens: Lens | None = None,
) -> tuple[Landmarks, Markers, SignalReport]:
    seen = observed(trial, model, cache=cache)
    given = {"size": size, "height": height, "colours": seen.colours, "network": trial.network, "lens": lens}
    clean, report = process(seen.landmarks, SignalSettings(), **given)
    return clean, markers_from_landmarks(clean), report


def _angles(movement: Movement, found: JointAngles, true: JointAngles) -> Iterator[_Error]:
    for column, joint in enumerate(JOINT_NAMES):
        side = joint.partition("_")[2]
        place = _place(movement.view, side)
        for plane, angle in enumerate(ANGLE_NAMES):
            values = found.degrees[:, column, plane]
            error = within(values - true.degrees[:, column, plane], 0)
            known = np.flatnonzero(np.isfinite(error))
            if place is None or len(known) < UNSETTLED:
                continue
            for frame in known[np.unique(np.linspace(0, len(known) - 1, CURVE_SAMPLES).astype(int))]:
                yield _Error(band_name("curve", joint, angle), place, float(error[frame]), float(values[frame]), side)
            means = [_mean_peaks(movement, joint, plane, angles) for angles in (found, true)]
            if np.isfinite(means).all():
                (maximum, minimum), errors = means[0], means[0] - means[1]
                yield _Error(band_name("range", joint, angle), place, errors[0] - errors[1], maximum - minimum, side)
                yield _Error(band_name("maximum", joint, angle), place, errors[0], maximum, side)
                yield _Error(band_name("minimum", joint, angle), place, errors[1], minimum, side)


def _mean_peaks(movement: Movement, joint: str, plane: int, angles: JointAngles) -> FloatArray:
    """Return maximum and minimum, each the mean over the cycles; NaN where it is in none."""
    cycles = cycles_of(joint, cycles_of_movement(movement)[0])
    windows = [(cycle.start, cycle.end) for cycle in cycles] or [(angles.times[0], angles.times[-1])]
    inside = [w for w in windows if w[0] >= angles.times[0] - 0.2 and w[1] <= angles.times[-1] + 0.2]
    values = angles.degrees[:, JOINT_NAMES.index(joint), plane]
    found = [peaks_within(angles.times, values, *window) for window in inside]
    peaks = [(each.maximum, each.minimum) for each in found if isinstance(each, Peaks)]
    return np.mean(peaks, axis=0) if peaks else np.full(2, np.nan)


def _gait(movement: Movement, truth: dict[str, FloatArray]) -> Iterator[_Error]:
    strikes = movement.heel_strikes
    place = _place(movement.view, "")
    if place is None:
        return
    first, last = strikes[0].time - 0.25, strikes[-1].time + 0.25
    true = {side: truth[f"heel_strike_{side.lower()}"] for side in "RL"}
    shown = {side: (true[side] >= first) & (true[side] <= last) for side in "RL"}
    strides = np.concatenate([np.diff(true[side][shown[side]]) for side in "RL"])
    if not len(strides):
        return
    for event, events in (("heel_strike", strikes), ("toe_off", movement.toe_offs)):
        late = measured_bands().delay(event, movement.view)
        for each in events:
            errors = each.time - truth[f"{event}_{each.side.lower()}"]
            nearest = errors[np.abs(errors).argmin()] if len(errors) else np.inf
            if abs(nearest) < strides.mean() / 4:
                yield _Error(event, place, nearest / strides.mean() + late)
    yield from _number(movement, "cadence", place, 120 / strides.mean())
    stances = []
    for side in "RL":
        own = np.diff(true[side][shown[side]])
        if len(own):
            yield from _number(movement, f"stride_time_{side}", place, float(own.mean()))
        of_truth = true_movement(truth).numbers.get(f"foot_progression_{side}")
        if isinstance(of_truth, Measured):
            yield from _number(movement, f"foot_progression_{side}", place, of_truth.value)
        for name in ("step_time", "step_length"):
            steps = truth[f"{name}_{side.lower()}"][shown[side]]
            if np.isfinite(steps).any():
                yield from _number(movement, f"{name}_{side}", place, float(np.nanmean(steps)))
        after = truth[f"toe_off_{side.lower()}"] - true[side][:, np.newaxis]
        stances.append(100 * float(np.mean(after[(after > 0) & (after < strides.mean())])) / strides.mean())
        yield from _number(movement, f"stance_{side}", place, stances[-1])
    length = float(np.nanmean(np.concatenate([truth[f"stride_length_{side}"] for side in "rl"])))
    yield from _number(movement, "stride_length", place, length)
    yield from _number(movement, "walking_speed", place, length / strides.mean())
    widths = np.concatenate([truth[f"step_width_{side.lower()}"][shown[side]] for side in "RL"])
    yield from _number(movement, "step_width", place, float(np.nanmean(widths)))
    yield from _number(movement, "double_support", place, sum(stances) - 100)


def _of_the_body(movement: Movement, found: Markers, truth: dict[str, FloatArray]) -> Iterator[_Error]:
    """Yield the errors of jumps, seats and sway; of a jump only where the true one is found, too."""
    place = _place(movement.view, "")
    true = true_markers(truth)
    numbers, right = (hip_numbers(each.times, _by_name(each), None, NO_BANDS, _STANDS_S) for each in (found, true))
    if "jump_height_flight" in right:
        soles = np.min([true[f"{side}{name}"][:, 1] for side in "RL" for name in ("Heel", "BigToe")], axis=0)
        right["jump_height_flight"] = Measured(_GRAVITY * true_flight(true.times, soles) ** 2 / 8, 0.0, "m")
    for name, of_truth in right.items():
        number = numbers.get(name)
        if place is not None and isinstance(number, Measured) and isinstance(of_truth, Measured):
            yield _Error(name, place, number.value - of_truth.value)


def _by_name(markers: Markers) -> dict[str, FloatArray]:
    return dict(zip(markers.names, np.moveaxis(markers.positions, 1, 0), strict=True))


def true_flight(times: FloatArray, soles: FloatArray) -> float:
    """Return the time in the air of the highest jump, from the true height of the lowest sole.

    It is seen where that is 2 cm above the floor, and both feet need the time for 2 cm more at the speed of take-off.
    """
    level = soles.min() + _CLEAR
    top = int(soles.argmax())
    left, right = np.flatnonzero(soles[:top] <= level)[-1], top + np.flatnonzero(soles[top:] <= level)[0]
    rises = float(np.interp(level, soles[left : left + 2], times[left : left + 2]))
    falls = float(np.interp(level, soles[right - 1 : right + 1][::-1], times[right - 1 : right + 1][::-1]))
    return falls - rises + 4 * _CLEAR / (_GRAVITY * (falls - rises))


def _number(movement: Movement, name: str, place: str, true: float) -> Iterator[_Error]:
    quantity = movement.numbers[name]
    if isinstance(quantity, Measured):
        yield _Error(row_of(name, movement.on_belt, movement.lens), place, quantity.value - true)


def true_movement(truth: dict[str, FloatArray]) -> Movement:
    """Return what the analysis finds in the true markers."""
    true = true_markers(truth)
    angles = joint_angles(true.times, true.names, true.positions)
    return analyse_movement(true.names, true.positions, angles, bands=NO_BANDS)


def true_markers(truth: dict[str, FloatArray]) -> Markers:
    times, empty = truth["time"], np.zeros(truth["world"].shape[:2])
    world = y_up(truth["world"].astype(float))
    return markers_from_landmarks(Landmarks(times, world, empty[..., None] * (0, 0), empty))


def _place(view: View | None, side: str) -> str | None:
    """One column; of a number of both sides the near one stands for both."""
    return None if view is None or view.sector == "turning" else place_of(view, side)[0]


def _cut(angles: JointAngles, frames: slice) -> JointAngles:
    return JointAngles(angles.times[frames], angles.degrees[frames], angles.defined, angles.heading)
