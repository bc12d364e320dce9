"""MediaPipe's pose landmarker: one RGB frame in, 33 body landmarks out."""

import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from humanpose3d.errors import ModelLoadError, explained_imports, missing_library
from humanpose3d.loaders.unsmoothing import Unsmoothing

FloatArray = npt.NDArray[np.float32]
_STDERR = 2
_KEPT_BYTES = 4096

# File descriptor 2 belongs to the whole process: without the lock, a second thread
# could restore the first one's temporary file instead of the original.
_descriptor_lock = threading.RLock()


class PoseDetection(NamedTuple):
    """The 33 landmarks of one person in one frame, in MediaPipe's order."""

    world: FloatArray
    """Shape (33, 3), metres: x to the right of the image, y down, z away from the camera; origin mid-hip."""
    image: FloatArray
    """Shape (33, 3): x and y as fractions of the image's width and height, z on the scale of x."""
    visibility: FloatArray
    """Shape (33,): the model's belief, 0 to 1, that the landmark is in the picture and not hidden."""


class PoseLandmarker:
    """A loaded pose model that follows one person through a video.

    Use it as a context manager, or call :meth:`close`: MediaPipe complains when Python ends before that. One
    object serves one video: it carries the track of the person from frame to frame. What MediaPipe smooths is undone.
    """

    def __init__(self, native: Any, image_class: Any, image_format: Any, unsmoothing: Unsmoothing | None) -> None:
        self._native = native
        self._unsmoothing = unsmoothing
        self._image_class = image_class
        self._image_format = image_format
        self._last_ms = -1
        self._quiet_until_first_pose = True

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
        return next(iter(self.detect_all(rgb, time_ms)), None)

    def detect_all(self, rgb: npt.NDArray[np.uint8], time_ms: int) -> list[PoseDetection]:
        """Find all persons in the next frame, up to the number that the model was loaded for."""
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
            raise ValueError(f"rgb must be uint8 of shape (height, width, 3), not {rgb.dtype} {rgb.shape}")
        self._last_ms = max(time_ms, self._last_ms + 1)
        # MediaPipe reads the memory as if it had no gaps between rows, whatever the strides say.
        image = self._image_class(self._image_format, np.ascontiguousarray(rgb))
        # Graph nodes print when they first run, the later ones when there is a first pose.
        with quiet_stderr() if self._quiet_until_first_pose else nullcontext():
            detections = _detections(self._native.detect_for_video(image, self._last_ms))
        self._quiet_until_first_pose &= not detections
        if self._unsmoothing is None:
            return detections
        if not detections:
            self._unsmoothing.reset()
        size = rgb.shape[1], rgb.shape[0]
        return [PoseDetection(each.world, *self._unsmoothing(*each[1:], size, self._last_ms)) for each in detections]

    def close(self) -> None:
        """Free the native model; calling it again does nothing."""
        with quiet_stderr():
            self._native.close()

    def __enter__(self) -> "PoseLandmarker":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def load_pose_landmarker(path: Path | None = None, *, people: int = 1) -> PoseLandmarker:
    """Load MediaPipe's pose landmarker for one video.

    Parameters
    ----------
    path : Path, optional
        A ``pose_landmarker*.task`` file; None asks the resolver for the model ``mediapipe``, which fetches it
        on first use.
    people : int
        How many to look for.

    Raises
    ------
    ModelLoadError
        The file cannot be read, or is not a pose landmarker.
    PackageImportError, MissingSystemLibraryError
        MediaPipe, or a system library that it needs, is not installed.
    """
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
            base_options=BaseOptions(**model), running_mode=vision.RunningMode.VIDEO, num_poses=people
        )
        failure: Exception | None = None
        try:
            native = vision.PoseLandmarker.create_from_options(options)
        except (OSError, RuntimeError, ValueError) as error:
            failure = error
    if failure is not None:
        # MediaPipe opens its native library only here, and with it what that links to.
        raise missing_library("mediapipe", failure) or _model_error(path, failure, log.text) from failure
    # MediaPipe smooths one person alone.
    return PoseLandmarker(native, mediapipe.Image, mediapipe.ImageFormat.SRGB, Unsmoothing() if people == 1 else None)


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


@dataclass
class CapturedLog:
    """The end of what was printed while the descriptor was redirected; filled in when the block ends."""

    text: str = ""


@contextmanager
def quiet_stderr() -> Iterator[CapturedLog]:
    """Redirect file descriptor 2 to a temporary file within the block, and restore it however the block ends.

    C++ logs go to the descriptor and never pass through ``sys.stderr``, so only the descriptor is touched.
    Where there is no such descriptor (a process started without standard error) nothing is redirected.
    """
    log = CapturedLog()
    with _descriptor_lock:
        try:
            original = os.dup(_STDERR)
        except OSError:
            yield log
            return
        try:
            with tempfile.TemporaryFile() as sink:
                _flush_python_stderr()
                os.dup2(sink.fileno(), _STDERR)
                try:
                    yield log
                finally:
                    _flush_python_stderr()
                    os.dup2(original, _STDERR)
                    log.text = _tail(sink.fileno())
        finally:
            os.close(original)


def _flush_python_stderr() -> None:
    """Write out what Python has buffered, before the descriptor changes."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):  # closed, or a replacement that cannot be flushed
            sys.stderr.flush()


def _tail(descriptor: int) -> str:
    size = os.lseek(descriptor, 0, os.SEEK_END)
    os.lseek(descriptor, max(0, size - _KEPT_BYTES), os.SEEK_SET)
    return os.read(descriptor, _KEPT_BYTES).decode("utf-8", "replace").strip()
