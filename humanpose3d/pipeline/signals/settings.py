"""Settings of the signal path: a switch for each step, and its parameters."""

from dataclasses import dataclass, fields

from humanpose3d.errors import InvalidSettingError

__all__ = ["STEPS", "SignalSettings"]


@dataclass(frozen=True)
class SignalSettings:
    """Switches and parameters of the signal path; the defaults are those that lower the error (benchmarks/README.md).

    Raises
    ------
    InvalidSettingError
        A number cannot be meant.
    """

    follow_person: bool = True
    """Empty the frames in which the detector shows somebody else."""
    repair_swaps: bool = True
    """Exchange left and right where the detector exchanged them, and drop the frames between."""
    remove_outliers: bool = False
    """Replace single frames that jump (Hampel)."""
    fill_gaps: bool = True
    """Bridge short gaps."""
    depth_prior: bool = True
    """Let a network that knows how bodies move tell the fit about depth (docs/depth_prior.md)."""
    estimate_lens: bool = True
    """Estimate the camera's focal length from how the person looks in the picture, unless it is given."""
    reproject: bool = True
    """Fit bones of constant length to the 2D landmarks."""
    constant_bones: bool = False
    """Give each bone its median length, in the direction that it has."""
    smooth: bool = True
    """Zero-lag Butterworth low-pass."""
    upright: bool = True
    """Turn the person upright and put the feet on y = 0."""
    visibility_gate: float = 0.5
    """A landmark less visible than this counts as missing, if the gap that arises is short."""
    longest_gap_s: float = 0.25
    """Longer gaps stay empty."""
    outlier_window_s: float = 0.1
    """Half the Hampel window."""
    outlier_sigmas: float = 4.0
    """Number of standard deviations from its median."""
    cutoff_hz: float = 6.0
    """Of the Butterworth filter, for each of its two passes, and of the fit. Raise it for sprints or kicks."""
    filter_order: int = 4
    """Of both passes together; even."""

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 <= self.visibility_gate <= 1:
            raise InvalidSettingError(f"visibility_gate must lie between 0 and 1, not {self.visibility_gate}")
        for name in ("longest_gap_s", "outlier_window_s", "outlier_sigmas", "cutoff_hz"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InvalidSettingError(f"{name} must be positive, not {getattr(self, name)}")
        if self.filter_order < 2 or self.filter_order % 2:
            raise InvalidSettingError(f"filter_order must be even and at least 2, not {self.filter_order}")


STEPS = tuple(field.name for field in fields(SignalSettings) if isinstance(field.default, bool))
"""The steps that can be switched."""
