"""Settings of the signal path: a switch for each step, and its parameters."""

from dataclasses import dataclass, fields

from humanpose3d.errors import InvalidSettingError

__all__ = ["STEPS", "SignalSettings"]


@dataclass(frozen=True)
class SignalSettings:
    """Switches and parameters of the signal path; the defaults are those that lower the error (benchmarks/README.md).

    Attributes
    ----------
    follow_person : bool
        Empty the frames in which the detector shows somebody else.
    repair_swaps : bool
        Exchange left and right where the detector exchanged them, and drop the frames between.
    remove_outliers : bool
        Replace single frames that jump (Hampel).
    fill_gaps : bool
        Bridge short gaps.
    depth_prior : bool
        Let a network that knows how bodies move tell the fit about depth (docs/depth_prior.md).
    reproject : bool
        Fit bones of constant length to the 2D landmarks.
    constant_bones : bool
        Give each bone its median length, in the direction that it has.
    smooth : bool
        Zero-lag Butterworth low-pass.
    upright : bool
        Turn the person upright and put the feet on y = 0.
    visibility_gate : float
        A landmark less visible than this counts as missing, if the gap that arises is short.
    longest_gap_s : float
        Longer gaps stay empty.
    outlier_window_s, outlier_sigmas : float
        Half the Hampel window, and the number of standard deviations from its median.
    cutoff_hz : float
        Of the Butterworth filter, for each of its two passes, and of the reprojection. Raise it for sprints or kicks.
    filter_order : int
        Of both passes together; even.
    focal_length : float
        Of the camera, in lengths of the longer side of the picture. 0.85 is common for telephones in video mode
        (about 30 mm in terms of 35 mm film); the result depends little on it.

    Raises
    ------
    InvalidSettingError
        A number cannot be meant.
    """

    follow_person: bool = True
    repair_swaps: bool = True
    remove_outliers: bool = False
    fill_gaps: bool = True
    depth_prior: bool = True
    reproject: bool = True
    constant_bones: bool = False
    smooth: bool = True
    upright: bool = True
    visibility_gate: float = 0.5
    longest_gap_s: float = 0.25
    outlier_window_s: float = 0.1
    outlier_sigmas: float = 4.0
    cutoff_hz: float = 6.0
    filter_order: int = 4
    focal_length: float = 0.85

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 <= self.visibility_gate <= 1:
            raise InvalidSettingError(f"visibility_gate must lie between 0 and 1, not {self.visibility_gate}")
        for name in ("longest_gap_s", "outlier_window_s", "outlier_sigmas", "cutoff_hz", "focal_length"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InvalidSettingError(f"{name} must be positive, not {getattr(self, name)}")
        if self.filter_order < 2 or self.filter_order % 2:
            raise InvalidSettingError(f"filter_order must be even and at least 2, not {self.filter_order}")


STEPS = tuple(field.name for field in fields(SignalSettings) if isinstance(field.default, bool))
"""The steps that can be switched."""
