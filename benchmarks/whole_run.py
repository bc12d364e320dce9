"""How much the whole run costs over MediaPipe alone, in time and in memory.

``python benchmarks/whole_run.py`` times two things in turn, in one process, and prints the ratio of their speeds:

* MediaPipe alone: create the pose landmarker, detect on frames that lie decoded in memory;
* the whole run: ``run_pipeline`` from the file to the written results, that is decoding,
  detecting and writing tables, without the stages and pictures that come between and after.

``python benchmarks/whole_run.py --memory`` runs the pipeline over the same clip looped to 10 seconds and to 10
minutes, each in a process of its own, and prints the difference of their peak memory (about 5 minutes of work).

Both use the demo's clip and the demo's model unless told otherwise. Targets: at least 0.9, at most 200 MB.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

SPEED_TARGET = 0.9
MEMORY_TARGET_MB = 200


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--video", type=Path, help="default: the demo's clip")
    parser.add_argument("--model", type=Path, help="a pose_landmarker*.task file; default: the demo's")
    parser.add_argument("--rounds", type=int, default=7, help="pairs of measurements (default 7)")
    parser.add_argument("--memory", action="store_true", help="measure memory instead of time")
    parser.add_argument("--minutes", type=float, default=10, help="length of the long clip for --memory")
    parser.add_argument("--peak-of", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder, demo_data(Path(folder), options) as (video, model):
        if options.peak_of:
            print(peak_memory_mb(options.peak_of, model, Path(folder)))
            return 0
        if options.memory:
            return compare_memory(video, model, options.minutes, Path(folder))
        return compare_speed(video, model, options.rounds, Path(folder))


@contextmanager
def demo_data(folder: Path, options: argparse.Namespace) -> Iterator[tuple[Path, Path]]:
    from humanpose3d.demo import clip_path, demo_environment
    from humanpose3d.model_assets import get_model_path

    with demo_environment(folder / "home"):
        yield options.video or clip_path(), options.model or get_model_path("mediapipe")


def compare_speed(video: Path, model: Path, rounds: int, folder: Path) -> int:
    frames = decoded(video)
    times = []
    print(f"{video.name}: {len(frames)} frames of {frames[0][1].shape[1]} x {frames[0][1].shape[0]}")
    for number in range(rounds + 1):
        pair = time_alone(frames, model), time_whole(video, model, folder)
        if number == 0:  # imports, caches
            continue
        times.append(pair)
        alone, whole = (len(frames) / seconds for seconds in pair)
        print(f"MediaPipe alone {alone:6.1f} frames/s   whole run {whole:6.1f} frames/s   ratio {whole / alone:.3f}")
    fastest = min(alone for alone, _ in times) / min(whole for _, whole in times)
    median = statistics.median(alone / whole for alone, whole in times)
    print(f"ratio of the fastest rounds, the least disturbed ones: {fastest:.3f} (target: at least {SPEED_TARGET})")
    print(f"median of the ratios: {median:.3f}")
    return 0 if fastest >= SPEED_TARGET else 1


def decoded(video: Path) -> list:
    from humanpose3d.video.reader import VideoReader

    with VideoReader(video) as reader:
        return list(reader.frames())


def time_alone(frames: list, model: Path) -> float:
    from humanpose3d.loaders._quiet import quiet_stderr

    content = model.read_bytes()
    with quiet_stderr():
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision

        start = time.perf_counter()
        options = vision.PoseLandmarkerOptions(
            base_options=BaseOptions(model_asset_buffer=content), running_mode=vision.RunningMode.VIDEO
        )
        with vision.PoseLandmarker.create_from_options(options) as landmarker:
            for moment, rgb in frames:
                image = mediapipe.Image(mediapipe.ImageFormat.SRGB, rgb)
                landmarker.detect_for_video(image, round(moment * 1000))
        return time.perf_counter() - start


def time_whole(video: Path, model: Path, folder: Path) -> float:
    from humanpose3d.pipeline.signals.settings import STEPS, SignalSettings
    from humanpose3d.runs.run import run_pipeline

    with (
        mock.patch("humanpose3d.runs.stages.get_model_path", return_value=model),
        mock.patch("humanpose3d.runs.run.write_pictures"),
    ):
        start = time.perf_counter()
        detected_only = SignalSettings(**dict.fromkeys(STEPS, False))
        run_pipeline(video, output=folder / "out", refine=False, motion=False, augmenter="none", signals=detected_only)
        return time.perf_counter() - start


def compare_memory(video: Path, model: Path, minutes: float, folder: Path) -> int:
    peaks = []
    for seconds in (10, minutes * 60):
        clip = looped(video, folder / f"{seconds:.0f}s.mp4", seconds)
        command = [sys.executable, __file__, "--peak-of", str(clip), "--model", str(model)]
        start = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        peaks.append(float(done.stdout))
        print(f"{seconds:6.0f} s of video: peak {peaks[-1]:.0f} MB ({time.perf_counter() - start:.0f} s of work)")
    more = peaks[1] - peaks[0]
    print(f"{more:.0f} MB more for the long one (target: at most {MEMORY_TARGET_MB} MB)")
    return 0 if more <= MEMORY_TARGET_MB else 1


def looped(video: Path, target: Path, seconds: float) -> Path:
    """Repeat the packets of a clip, without encoding them again, until they last long enough."""
    import av

    with av.open(str(video)) as given, av.open(str(target), "w") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        length, shift = stream.duration, 0
        while shift * stream.time_base < seconds:
            given.seek(0)
            for packet in given.demux(stream):
                if packet.dts is not None:
                    packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, copy
                    made.mux(packet)
            shift += length
    return target


def peak_memory_mb(video: Path, model: Path, folder: Path) -> float:
    import resource

    time_whole(video, model, folder)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    sys.exit(main())
