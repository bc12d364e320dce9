"""The one module that wires the stages together and knows the file system."""

from contextlib import ExitStack
from pathlib import Path

from humanpose3d.formats.atomic import replacing
from humanpose3d.formats.landmarks_csv import write_landmarks_csv
from humanpose3d.formats.trc import write_trc
from humanpose3d.loaders.pose_landmarker import load_pose_landmarker
from humanpose3d.pipeline.detection import ProgressCallback, detect_landmarks
from humanpose3d.pipeline.errors import NobodyDetectedError
from humanpose3d.pipeline.markers import markers_from_landmarks
from humanpose3d.pipeline.output import (
    RECORD_NAME,
    explained_write_errors,
    output_folder,
    refuse_foreign_results,
)
from humanpose3d.pipeline.record import ModelRecord, StageLog, build_record, file_digest, write_record
from humanpose3d.pipeline.settings import Settings
from humanpose3d.pipeline.trial import Landmarks, Trial, sampling_rate
from humanpose3d.pipeline.video import VideoReader

__all__ = ["run_pipeline"]

# A single frame has no rate of its own, and a file may not declare one.
_FALLBACK_RATE_HZ = 30.0


def run_pipeline(
    video: str | Path,
    *,
    height: float | None = None,
    weight: float | None = None,
    output: str | Path | None = None,
    progress: ProgressCallback | None = None,
) -> Trial:
    """Turn a video of one person into 3D markers on disk.

    What can be refused cheaply is refused first: settings, then the video, then the output folder, then the model.
    The files appear together at the end, or not at all.

    Parameters
    ----------
    video : path
        Any file that FFmpeg reads.
    height, weight : float, optional
        Of the person, in metres and kilograms; noted in ``run.json``.
    output : path, optional
        Folder for the results; by default ``<video>_humanpose3d`` in the current folder, where ``<video>`` is the
        file's name without its ending.
    progress : callable, optional
        Called with (frames done, frames in all or None) after each frame.

    Returns
    -------
    Trial
        The results, also written as ``<video>_landmarks.csv``, ``<video>_initial.trc`` and ``run.json``.

    Raises
    ------
    PipelineError
        Bad settings or input, nobody in the video, output that cannot be written, a model that cannot be loaded.
    humanpose3d.model_assets.ModelAssetError
        The model is missing and cannot be fetched.
    """
    video = Path(video)
    settings = Settings(height, weight, None if output is None else Path(output))
    log = StageLog()
    with VideoReader(video) as reader, output_folder(settings.folder_for(video)) as folder:
        digest = file_digest(video)
        refuse_foreign_results(folder, digest)
        model = _model_path()

        with load_pose_landmarker(model) as landmarker, log.running("detect", device=landmarker.device):
            landmarks = detect_landmarks(
                reader.frames(), landmarker, total=reader.info.declared_frames, progress=progress
            )
        _refuse_empty(landmarks, video)
        with log.running("markers"):
            markers = markers_from_landmarks(landmarks)

        outputs = {
            "landmarks": folder / f"{video.stem}_landmarks.csv",
            "initial_markers": folder / f"{video.stem}_initial.trc",
            "run": folder / RECORD_NAME,
        }
        rate = sampling_rate(landmarks.times) or reader.info.nominal_rate or _FALLBACK_RATE_HZ
        with explained_write_errors(folder), ExitStack() as files:
            # Opened first, and so put in place last: run.json stands for a complete set.
            run_file = files.enter_context(replacing(outputs["run"]))
            landmarks_file = files.enter_context(replacing(outputs["landmarks"]))
            markers_file = files.enter_context(replacing(outputs["initial_markers"]))
            with log.running("write"):
                write_landmarks_csv(
                    landmarks_file,
                    landmarks.names,
                    landmarks.times,
                    landmarks.world,
                    landmarks.image,
                    landmarks.visibility,
                )
                write_trc(
                    markers_file,
                    markers.names,
                    markers.times,
                    markers.positions,
                    rate=rate,
                    title=outputs["initial_markers"].name,
                )
            record = build_record(
                video=video,
                video_sha256=digest,
                info=reader.info,
                skipped_frames=reader.skipped_frames,
                settings=settings,
                models=[ModelRecord.of("mediapipe", model)],
                log=log,
                landmarks=landmarks,
                outputs=outputs,
            )
            write_record(run_file, record)
    return Trial(reader.info, landmarks, markers, folder, outputs, record)


def _model_path() -> Path:
    from humanpose3d.model_assets import get_model_path

    return get_model_path("mediapipe")


def _refuse_empty(landmarks: Landmarks, video: Path) -> None:
    if not landmarks.detected.any():
        raise NobodyDetectedError(
            f"Nobody was detected in the {len(landmarks.times)} frames of {video}; "
            "the whole person should be in the picture, well lit, and not too small."
        )
