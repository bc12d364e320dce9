"""MediaPipe's pose landmarker: one RGB frame in, 33 body landmarks out."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from humanpose3d.errors import ModelLoadError, explained_imports, missing_library
from humanpose3d.loaders.native_log import quiet_stderr
from humanpose3d.loaders.unsmoothing import Unsmoothing

if TYPE_CHECKING:
    from typing_extensions import Self

FloatArray = npt.NDArray[np.float32]


class PoseDetection(NamedTuple):
    """The 33 landmarks of one person in one frame, in MediaPipe's order."""

    world: FloatArray
    """Shape (33, 3), metres: x to the right of the image, y down, z away from the camera; origin mid-hip."""
    image: FloatArray
    """Shape (33, 3): x and y as fractions of the image's width and height, z on the scale of x."""
    visibility: FloatArray
    """Shape (33,): the model's belief, 0 to 1, that the landmark is in the picture and not hidden."""


class _NativeModel:
    """A loaded pose model; a context manager, because MediaPipe complains when Python ends before :meth:`close`."""

    def __init__(self, native: Any, image_class: Any, image_format: Any) -> None:
        self._native = native
        self._image_class = image_class
        self._image_format = image_format
        self._quiet_until_first_pose = True

    def _poses(self, detect: Callable[..., Any], rgb: npt.NDArray[np.uint8], *time_ms: int) -> list[PoseDetection]:
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
            raise ValueError(f"rgb must be uint8 of shape (height, width, 3), not {rgb.dtype} {rgb.shape}")
        # MediaPipe reads the memory as if it had no gaps between rows, whatever the strides say.
        image = self._image_class(self._image_format, np.ascontiguousarray(rgb))
        # Graph nodes print when they first run, the later ones when there is a first pose.
        with quiet_stderr() if self._quiet_until_first_pose else nullcontext():
            detections = _detections(detect(image, *time_ms))
        self._quiet_until_first_pose &= not detections
        return detections

    def close(self) -> None:
        """Free the native model; calling it again does nothing."""
        with quiet_stderr():
            self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class PoseLandmarker(_NativeModel):
    """A loaded pose model that follows one person through a video.

    One object serves one video: it carries the track of the person from frame to frame. What MediaPipe smooths is
    undone.
    """

    def __init__(self, native: Any, image_class: Any, image_format: Any) -> None:
        super().__init__(native, image_class, image_format)
        self._last_ms = -1
        self._unsmoothing = Unsmoothing()

    def detect(self, rgb: npt.NDArray[np.uint8], time_ms: int) -> PoseDetection | None:
        """Find the person in the next frame of the video.

        Parameters
        ----------
        rgb : ndarray of uint8, shape (height, width, 3)
            The upright frame, red first.
        time_ms : int
            Presentation time. MediaPipe wants whole, strictly increasing milliseconds; a time that does not
            increase (above 500 frames/s rounding makes some equal) is moved to the next free millisecond.

        Returns
        -------
        PoseDetection or None
            None where nobody was found.
        """
        self._last_ms = max(time_ms, self._last_ms + 1)
        detections = self._poses(self._native.detect_for_video, rgb, self._last_ms)
        if not detections:
            self._unsmoothing.reset()
            return None
        size = rgb.shape[1], rgb.shape[0]
        return PoseDetection(detections[0].world, *self._unsmoothing(*detections[0][1:], size, self._last_ms))


class PoseFinder(_NativeModel):
    """A loaded pose model that looks at single pictures, each for itself."""

    def find(self, rgb: npt.NDArray[np.uint8]) -> list[PoseDetection]:
        """Find the persons in a picture of shape (height, width, 3), up to the number that it was loaded for."""
        return self._poses(self._native.detect, rgb)


def load_pose_landmarker(path: Path | None = None) -> PoseLandmarker:
    """Load MediaPipe's pose landmarker for one video.

    Parameters
    ----------
    path : Path, optional
        A ``pose_landmarker*.task`` file; None asks the resolver for the model ``mediapipe``, which fetches it
        on first use.

    Raises
    ------
    ModelLoadError
        The file cannot be read, or is not a pose landmarker.
    PackageImportError, MissingSystemLibraryError
        MediaPipe, or a system library that it needs, is not installed.
    """
    return PoseLandmarker(*_native_model(path, "VIDEO", people=1))


def load_pose_finder(path: Path | None = None, *, people: int) -> PoseFinder:
    """Load MediaPipe's pose landmarker for pictures with up to so many `people`; otherwise as for a video."""
    return PoseFinder(*_native_model(path, "IMAGE", people=people))


def _native_model(path: Path | None, mode: str, *, people: int) -> tuple[Any, Any, Any]:
    """Return the native model, and MediaPipe's class and format of images."""
    if path is None:
        from humanpose3d.model_assets import get_model_path

        path = get_model_path("mediapipe")
    model = _model_asset(path)

    with quiet_stderr() as log:
        with explained_imports("mediapipe"):
            import mediapipe
            from mediapipe.tasks.python import BaseOptions, vision

        # An interrupt inside its initialiser would be followed by a traceback of its finaliser, which reads this.
        mediapipe.Image._image_ptr = None
        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(**model), running_mode=vision.RunningMode[mode], num_poses=people
        )
        failure: Exception | None = None
        try:
            native = vision.PoseLandmarker.create_from_options(options)
        except (OSError, RuntimeError, ValueError) as error:
            failure = error
    if failure is not None:
        # MediaPipe opens its native library only here, and with it what that links to.
        raise missing_library("mediapipe", failure) or _model_error(path, failure, log.text) from failure
    return native, mediapipe.Image, mediapipe.ImageFormat.SRGB


def _model_asset(path: Path) -> dict[str, Any]:
    """Return what MediaPipe opens: the file itself, which it maps into memory once for all landmarkers.

    On Windows it is the content, because paths with non-ASCII letters do not reach native code whole there, and a
    mapped file could not be replaced.
    """
    try:
        if os.name == "nt":
            return {"model_asset_buffer": path.read_bytes()}
        with path.open("rb"):
            return {"model_asset_path": str(path.absolute())}
    except OSError as error:
        raise ModelLoadError(
            f"The pose model {path} cannot be read ({error.strerror or error}); "
            "fetch it with: humanpose3d models download mediapipe"
        ) from error


def _model_error(path: Path, error: Exception, log: str) -> ModelLoadError:
    """Compose one sentence from the exception and what native code printed beside it."""
    reason = " ".join(f"{error} {log}".split()).rstrip(".")
    return ModelLoadError(
        f"{path} is not a MediaPipe pose landmarker model (MediaPipe says: {reason}); "
        "remove it and fetch it again with: humanpose3d models download mediapipe"
    )


def _detections(result: Any) -> list[PoseDetection]:
    return [
        PoseDetection(
            np.array([(point.x, point.y, point.z) for point in world], np.float32),
            np.array([(point.x, point.y, point.z) for point in image], np.float32),
            np.array([point.visibility for point in image], np.float32),
        )
        for world, image in zip(result.pose_world_landmarks, result.pose_landmarks, strict=True)
    ]
