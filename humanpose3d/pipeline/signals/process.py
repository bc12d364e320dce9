"""Run the steps of the signal path in order, and report what each did."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from humanpose3d.kinematics.validity.sides import Sides
from humanpose3d.kinematics.validity.spreads import known_spreads
from humanpose3d.pipeline.camera_motion import CameraMotion, describe_motion
from humanpose3d.pipeline.signals.body import emptied
from humanpose3d.pipeline.signals.bone_lengths import constant_bones
from humanpose3d.pipeline.signals.depth_prior.network import DepthPriorError, Network
from humanpose3d.pipeline.signals.depth_prior.prior import DepthPrior, clearness_of_legs, depth_prior, exchanged_legs
from humanpose3d.pipeline.signals.filtering.gaps import fill_gaps
from humanpose3d.pipeline.signals.filtering.outliers import remove_outliers
from humanpose3d.pipeline.signals.filtering.smoothing import smooth
from humanpose3d.pipeline.signals.fit.focal_length import estimate_lens
from humanpose3d.pipeline.signals.fit.reprojection import reproject
from humanpose3d.pipeline.signals.fit.travel import lens_by_travel
from humanpose3d.pipeline.signals.identity.cuts import find_cuts, find_repeats, without_cuts
from humanpose3d.pipeline.signals.identity.left_right import repair_swaps, sides_of, undecided_legs
from humanpose3d.pipeline.signals.identity.person import follow_person
from humanpose3d.pipeline.signals.lens import ASSUMED, Lens, disagreement, prevailing
from humanpose3d.pipeline.signals.mirrored import average_with_mirrored, unmirrored
from humanpose3d.pipeline.signals.rays import rays_of
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.pipeline.signals.stature import scale_to_height
from humanpose3d.pipeline.signals.warnings import warnings_of
from humanpose3d.pipeline.signals.world.place import stand_upright
from humanpose3d.pipeline.trajectories import FloatArray, Landmarks

__all__ = ["SignalReport", "process"]

_Step = Callable[[Landmarks], tuple[Landmarks, Any]]
_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class SignalReport:
    """Report of the signal path."""

    steps: dict[str, dict[str, Any]]
    """For each step that ran, in order, its numbers; plain JSON."""
    skipped: dict[str, str]
    """For each step that did not, why."""
    lens: Lens
    """As it was used."""
    still: bool | None
    """Whether the fit saw the person as from a camera that stands still; None where that is not known."""
    warnings: tuple[str, ...]
    """What a user should know, one sentence each."""
    cuts: tuple[float, ...] = ()
    """Times of the first frames after a cut of the video, in seconds."""

    @property
    def camera(self) -> dict[str, float | None]:
        """Return the tilt of the camera and its height above the floor, as in ``run.json``; None is unknown."""
        upright = self.steps.get("upright", {})
        tilt = upright.get("tilt_deg") if upright.get("turned") else None
        return {"tilt_deg": tilt, "height_m": upright.get("camera_height_m")}

    def sides(self, frames: int) -> Sides:
        """Return how surely left and right were told apart in a trial of so many frames."""
        return sides_of(self.steps.get("repair_swaps", {}), frames)

    @property
    def spreads(self) -> dict[str, float]:
        """Return how uncertain the depth prior was of each limb; empty where it was not used."""
        return known_spreads(self.steps.get("depth_prior", {}).get("spreads"))

    def as_dict(self) -> dict[str, Any]:
        """Return the report for ``run.json``."""
        return {"steps": self.steps, "skipped": self.skipped}


def process(
    landmarks: Landmarks,
    settings: SignalSettings | None = None,
    *,
    size: tuple[int, int],
    height: float | None = None,
    mirrored: Landmarks | None = None,
    colours: FloatArray | None = None,
    network: Network | None = None,
    lens: Lens | None = None,
    motion: CameraMotion | None = None,
) -> tuple[Landmarks, SignalReport]:
    """Process raw landmarks with the steps that are switched on.

    Parameters
    ----------
    landmarks : Landmarks
        As detected. In slow motion the times must already be the true ones.
    settings : SignalSettings, optional
    size : tuple of int
        Width and height of the picture in square pixels.
    height : float, optional
        Of the person, in metres.
    mirrored : Landmarks, optional
        As detected in the mirrored frames of the same video.
    colours : ndarray, shape (T, 3), optional
        Of the torso in each frame, by :func:`~humanpose3d.pipeline.signals.torso_colour`.
    network : Network, optional
        Of the depth prior; by default the one that the package ships.
    lens : Lens, optional
        As given or stated by the file; else it is estimated.
    motion : CameraMotion, optional
        Of the background. Where the camera turned a little, the fit sees the landmarks as if it had not.

    Returns
    -------
    Landmarks
        The same frames. World landmarks have the axes of the camera and their origin mid-hip; with ``upright``, y
        points down along gravity, the floor is at y = 0, and the person moves over it (see
        :func:`~humanpose3d.pipeline.signals.world.place.stand_upright`). Missing is NaN.
    SignalReport
    """
    settings = settings or SignalSettings()
    aspect = size[0] / size[1]
    path = _Path(landmarks, settings, network)
    path.take("follow_person", lambda given: follow_person(given, aspect, colours))
    path.take("repair_swaps", lambda given: repair_swaps(given, aspect, lambda so: path.ask(exchanged_legs, so, size)))
    cuts, repeats = [], np.zeros(len(landmarks.times), bool)
    if settings.repair_swaps:
        path.find_undecided_legs(size)
        # With left and right still confused, each confusion would look like a cut.
        repeats = find_repeats(path.landmarks, aspect)
        path.landmarks = emptied(path.landmarks, repeats)
        cuts = find_cuts(path.landmarks, aspect)
    if repeats.any():
        path.steps["find_repeats"] = {"frames_repeated": int(repeats.sum())}
    if cuts:
        path.steps["find_cuts"] = {"cuts_s": cuts}
    if mirrored is not None:
        other = emptied(_prepared(unmirrored(mirrored), settings, aspect), repeats)
        path.take("average_with_mirrored", lambda given: average_with_mirrored(given, other))
    path.take(
        "remove_outliers", lambda given: remove_outliers(given, settings.outlier_window_s, settings.outlier_sigmas)
    )
    path.take("fill_gaps", lambda given: fill_gaps(given, settings.longest_gap_s, settings.visibility_gate))
    prior = path.ask_for_depth(size, ASSUMED)
    motion = motion or CameraMotion.unknown()
    used, doubt = path.find_lens(size, lens, prior, still=motion.still is not False and not cuts)
    if used != ASSUMED:
        prior = path.ask_for_depth(size, used)
    turned = settings.reproject and motion.still is False
    steady = motion.steadied(path.landmarks.image, size) if turned else None
    # As the camera of the first frame would see everything: place and size go by one camera.
    image = path.landmarks.image if steady is None else steady

    def fit(given: Landmarks) -> tuple[Landmarks, dict[str, float]]:
        fitted, report = reproject(replace(given, image=image), size, used.focal_length, settings.cutoff_hz, prior)
        return replace(fitted, image=given.image), report

    path.take("reproject", fit)
    path.take("constant_bones", constant_bones)
    path.landmarks = without_cuts(path.landmarks, cuts)  # before the filter, which stays within a stretch
    path.take("smooth", lambda given: smooth(given, settings.cutoff_hz, settings.filter_order))
    if height is None:
        path.skipped["scale_to_height"] = "the person's height is not known"
    else:
        rays = rays_of(image, size, used.focal_length)
        path.take("scale_to_height", lambda given: scale_to_height(given, height, rays))
    still = motion.still if steady is None else True
    path.forget_place("the video is cut" if cuts else "the camera moves" if still is False else "")
    placed = path.landmarks.place is not None
    path.take("upright", stand_upright)
    notes = filter(None, [doubt, describe_motion(motion, steady is not None)])
    warnings = (*warnings_of(path.steps, path.skipped, landmarks, cuts, settings, placed), *notes)
    return path.landmarks, SignalReport(path.steps, path.skipped, used, still, warnings, tuple(cuts))


def _prepared(mirrored: Landmarks, settings: SignalSettings, aspect: float) -> Landmarks:
    """Do to the second detection what must be done before the two can be averaged."""
    if settings.follow_person:
        mirrored, _ = follow_person(mirrored, aspect)
    return repair_swaps(mirrored, aspect)[0] if settings.repair_swaps else mirrored


class _Path:
    """The landmarks on their way, with the account of what was done to them."""

    def __init__(self, landmarks: Landmarks, settings: SignalSettings, network: Network | None) -> None:
        self.landmarks, self.settings, self.network = landmarks, settings, network
        self.steps: dict[str, dict[str, Any]] = {}
        self.skipped: dict[str, str] = {}

    def take(self, name: str, step: _Step) -> None:
        if self._wants(name):
            self.landmarks, self.steps[name] = step(self.landmarks)

    def _wants(self, name: str) -> bool:
        wanted = bool(getattr(self.settings, name, True))
        if not wanted:
            self.skipped[name] = "switched off"
        return wanted

    def ask(
        self,
        question: Callable[..., _Answer],
        landmarks: Landmarks,
        size: tuple[int, int],
        lens: Lens = ASSUMED,
    ) -> _Answer | None:
        """Ask the network of the depth prior; None where it is switched off, or its weights cannot be used."""
        if not self._wants("depth_prior"):
            return None
        try:
            return question(landmarks, size, lens, self.network)
        except DepthPriorError as error:
            self.skipped["depth_prior"] = str(error)
            return None

    def ask_for_depth(self, size: tuple[int, int], lens: Lens) -> DepthPrior | None:
        """Return the depth prior, as far as the lens is known; None where it cannot be used."""
        if (answer := self.ask(depth_prior, self.landmarks, size, lens)) is None:
            return None
        prior, self.steps["depth_prior"] = answer
        return prior

    def find_undecided_legs(self, size: tuple[int, int]) -> None:
        """Count the frames in which nothing tells which leg is the left one."""
        if (clearness := self.ask(clearness_of_legs, self.landmarks, size)) is not None:
            undecided = undecided_legs(self.landmarks, size[0] / size[1], clearness)
            self.steps["repair_swaps"]["frames_undecided"] = int(undecided.sum())

    def find_lens(
        self, size: tuple[int, int], told: Lens | None, prior: DepthPrior | None, *, still: bool
    ) -> tuple[Lens, str | None]:
        """Return the lens to go by, and what a user should know about it."""
        estimated = None
        if told is not None and told.source == "given":
            self.skipped["estimate_lens"] = "the focal length is given"
            if self.settings.estimate_lens and still and prior is not None:
                # The body from the side takes a quarter of the time of all steps, and speed there needs no lens.
                estimated = lens_by_travel(self.landmarks, size, prior)
        elif self._wants("estimate_lens"):
            estimated, self.steps["estimate_lens"] = estimate_lens(
                self.landmarks, size, self.settings.cutoff_hz, prior, still=still
            )
        return prevailing(told, estimated, size), disagreement(told, estimated, size)

    def forget_place(self, reason: str) -> None:
        """Leave out where the person was, if there is a reason: then the hips stay where they are."""
        if reason:
            self.landmarks, self.skipped["place"] = replace(self.landmarks, place=None), reason
