"""How each error of a run comes about."""

from __future__ import annotations

import json
import sys
import wave
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from docs.workbench import Workbench
from humanpose3d.cli.main import make_parser
from humanpose3d.errors import explained_imports, missing_library, place_of
from humanpose3d.kinematics.conventions import JOINT_NAMES
from humanpose3d.loaders.pose_landmarker import load_pose_landmarker
from humanpose3d.pipeline.signals.settings import SignalSettings
from humanpose3d.runs.output import output_folder, refuse_foreign_results
from humanpose3d.runs.settings import Settings
from humanpose3d.runs.trial import Trial
from humanpose3d.video.container import picture_stream
from humanpose3d.video.inputs import STANDARD_INPUT, local_video
from humanpose3d.video.reader import VideoReader
from humanpose3d.video.recording import Recording

RUN_ERRORS: dict[str, Callable[[Workbench], str]] = {}


def provokes(name: str) -> Callable[[Callable[[Workbench], str]], None]:
    """Register a function that returns the text of the error of that name."""
    return lambda provocation: RUN_ERRORS.update({name: provocation})


def _opening(bench: Workbench, name: str) -> str:
    def read() -> None:
        with VideoReader(Path(name)) as reader:
            for _ in reader.frames():
                continue

    return bench.message(read)


@provokes("video-not-found")
def _(bench: Workbench) -> str:
    return _opening(bench, "walk.mp4")


@provokes("video-address")
def _(bench: Workbench) -> str:
    return _opening(bench, "https://example.org/walk.mp4")


@provokes("video-still")
def _(bench: Workbench) -> str:
    Path("walk.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(20))
    return _opening(bench, "walk.jpg")


@provokes("setting-focal-length")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(focal_length=5))


@provokes("completion-missing")
def _(bench: Workbench) -> str:
    bench.patch.setitem(sys.modules, "argcomplete.shell_integration", None)
    options = make_parser().parse_args(["completion", "bash"])
    return bench.message(lambda: options.command(options))


@provokes("video-folder")
def _(bench: Workbench) -> str:
    Path("clips").mkdir()
    return _opening(bench, "clips")


def _pictures(*names: str) -> None:
    Path("pictures").mkdir()
    for name in names:
        Path("pictures", name).write_bytes(b"no picture")


@provokes("pictures-rate")
def _(bench: Workbench) -> str:
    _pictures("walk_1.png")
    return _opening(bench, "pictures")


@provokes("pictures-unnumbered")
def _(bench: Workbench) -> str:
    _pictures("walk_1.png", "cover.png")
    return _opening(bench, "pictures")


@provokes("pictures-twice")
def _(bench: Workbench) -> str:
    _pictures("left_1.png", "right_1.png")
    return _opening(bench, "pictures")


@provokes("pictures-broken")
def _(bench: Workbench) -> str:
    _pictures("walk_1.png")
    return bench.message(lambda: VideoReader(Path("pictures"), rate=30))


@provokes("stdin-missing")
def _(bench: Workbench) -> str:
    bench.patch.setattr(sys, "stdin", None)

    def use() -> None:
        with local_video(STANDARD_INPUT):
            raise AssertionError("nothing was taken for a video")

    return bench.message(use)


@provokes("section-outside")
def _(bench: Workbench) -> str:
    _write_video(Path("walk.mp4"), frames=5)
    return bench.message(lambda: VideoReader(Path("walk.mp4"), start=90))


@provokes("section-empty")
def _(bench: Workbench) -> str:
    _write_video(Path("walk.mp4"), frames=5)
    return bench.message(lambda: VideoReader(Path("walk.mp4"), start=90, end=95))


@provokes("setting-start")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(start=-1))


@provokes("setting-end")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(start=20, end=10))


@provokes("setting-rate")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(rate=0))


@provokes("video-device")
def _(bench: Workbench) -> str:
    Path("device").touch()
    bench.patch.setattr(Path, "is_file", lambda _path: False)
    return _opening(bench, "device")


@provokes("video-empty")
def _(bench: Workbench) -> str:
    Path("empty.mp4").touch()
    return _opening(bench, "empty.mp4")


@provokes("video-text")
def _(bench: Workbench) -> str:
    Path("text.mp4").write_text("I am no video.\n" * 100, encoding="utf-8")
    return _opening(bench, "text.mp4")


@provokes("video-sound")
def _(bench: Workbench) -> str:
    with wave.open("sound.wav", "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        sound.writeframes(bytes(16000))
    return _opening(bench, "sound.wav")


@provokes("video-no-picture")
def _(bench: Workbench) -> str:
    container = SimpleNamespace(streams=SimpleNamespace(video=[], audio=[]))
    return bench.message(lambda: picture_stream(Path("subtitles.mkv"), container))


@provokes("video-not-ours")
def _(bench: Workbench) -> str:
    import av

    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError

    Path("walk.mp4").write_bytes(b"somebody's")
    bench.patch.setattr(av, "open", refuse)
    return _opening(bench, "walk.mp4")


@provokes("video-codec")
def _(bench: Workbench) -> str:
    stream = SimpleNamespace(disposition=0, codec_context=None)
    container = SimpleNamespace(streams=SimpleNamespace(video=[stream], audio=[]))
    return bench.message(lambda: picture_stream(Path("walk.mp4"), container))


@provokes("video-no-frame")
def _(bench: Workbench) -> str:
    _write_video(Path("walk.mp4"), frames=1)
    bench.patch.setattr(Recording, "frames", lambda _recording: iter(()))
    return _opening(bench, "walk.mp4")


@provokes("video-cut-off")
def _(bench: Workbench) -> str:
    _write_video(Path("whole.mp4"), frames=50, index_first=True)
    content = Path("whole.mp4").read_bytes()
    Path("cut.mp4").write_bytes(content[: len(content) * 2 // 3])
    return _opening(bench, "cut.mp4")


def _write_video(path: Path, *, frames: int, index_first: bool = False) -> None:
    import av
    import numpy as np

    chance = np.random.default_rng(1)
    with av.open(str(path), "w", options={"movflags": "faststart"} if index_first else {}) as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height = 64, 64
        for _ in range(frames):
            noise = chance.integers(0, 60, (64, 64, 3), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, "rgb24")))
        container.mux(stream.encode())


@provokes("nobody")
def _(bench: Workbench) -> str:
    from humanpose3d.runs.run import run_pipeline

    _write_video(Path("empty-room.mp4"), frames=5)
    return bench.message(lambda: run_pipeline("empty-room.mp4"))


@provokes("nobody-listed")
def _(bench: Workbench) -> str:
    from humanpose3d.runs.people.detect import nobody_listed

    return str(nobody_listed(Path("empty-room.mp4")))


@provokes("person-number")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(person=0))


@provokes("person-point")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(person=(-1.0, 5.0)))


@provokes("person-or-all")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(person=1, people="all"))


@provokes("people-choice")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(people="some"))


def _choosing(bench: Workbench, choice: int | tuple[float, ...]) -> str:
    from support.sightings import look, standing_person

    from humanpose3d.pipeline.detection.people import Point, choose, list_people

    people = list_people([look(0.0, standing_person(300.0))])
    wanted = choice if isinstance(choice, int) else Point(*choice)
    return bench.message(lambda: choose(people, wanted, (640, 480), [0.0]))


@provokes("person-absent")
def _(bench: Workbench) -> str:
    return _choosing(bench, 2)


@provokes("person-nowhere")
def _(bench: Workbench) -> str:
    return _choosing(bench, (600.0, 20.0))


@provokes("person-time")
def _(bench: Workbench) -> str:
    return _choosing(bench, (600.0, 20.0, 90.0))


@provokes("people-many")
def _(bench: Workbench) -> str:
    from support.sightings import look, standing_person

    from humanpose3d.pipeline.detection.people import everybody, list_people

    crowd = [standing_person(100.0 * i, metre=20.0 + i) for i in range(40)]
    return bench.message(lambda: everybody(list_people([look(0.0, *crowd)])))


@provokes("setting-height")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(height=178))


@provokes("setting-weight")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(weight=75000))


@provokes("setting-choice")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(quality="best"))


@provokes("setting-date")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(date="28.11.2026"))


@provokes("setting-side")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(side="near"))


@provokes("setting-text")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(subject=200 * "x"))


@provokes("setting-slow-motion")
def _(bench: Workbench) -> str:
    return bench.message(lambda: Settings(slow_motion_factor=240))


@provokes("setting-filter-order")
def _(bench: Workbench) -> str:
    return bench.message(lambda: SignalSettings(filter_order=3))


@provokes("setting-cutoff")
def _(bench: Workbench) -> str:
    return bench.message(lambda: SignalSettings(cutoff_hz=-1.0))


@provokes("setting-cutoff-rate")
def _(bench: Workbench) -> str:
    from humanpose3d.demo import clip_path
    from humanpose3d.runs.run import run_pipeline

    return bench.message(lambda: run_pipeline(clip_path(), signals=SignalSettings(cutoff_hz=16.0)))


@provokes("setting-gate")
def _(bench: Workbench) -> str:
    return bench.message(lambda: SignalSettings(visibility_gate=65))


@provokes("output-not-writable")
def _(bench: Workbench) -> str:
    Path("clip.mp4").touch()

    def use() -> None:
        with output_folder(Path("clip.mp4")):
            raise AssertionError("a file was taken for a folder")

    return bench.message(use)


def _record(content: object) -> Path:
    folder = Path("results")
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


@provokes("output-other-video")
def _(bench: Workbench) -> str:
    folder = _record({"input": {"name": "other.mp4", "sha256": "0" * 64}})
    return bench.message(lambda: refuse_foreign_results(folder, "1" * 64))


@provokes("output-not-ours")
def _(bench: Workbench) -> str:
    folder = _record(["something else"])
    return bench.message(lambda: refuse_foreign_results(folder, "1" * 64))


@provokes("dataframe-package")
def _(bench: Workbench) -> str:
    bench.patch.setitem(sys.modules, "pandas", None)
    return bench.message(lambda: Trial.to_dataframe(None))  # type: ignore[arg-type]


def _import(bench: Workbench, error: ImportError) -> str:
    def fail() -> None:
        with explained_imports("mediapipe"):
            raise error

    return bench.message(fail)


@provokes("unknown-joint")
def _(bench: Workbench) -> str:
    return bench.message(lambda: place_of("joint", "knee", JOINT_NAMES))


@provokes("package-missing")
def _(bench: Workbench) -> str:
    return _import(bench, ModuleNotFoundError("No module named 'mediapipe'", name="mediapipe"))


@provokes("package-broken")
def _(bench: Workbench) -> str:
    return _import(bench, ImportError("cannot import name 'solutions'"))


@provokes("library-missing")
def _(bench: Workbench) -> str:
    words = "libGLESv2.so.2: cannot open shared object file: No such file or directory"
    return str(missing_library("mediapipe", OSError(words)))


@provokes("library-windows")
def _(bench: Workbench) -> str:
    bench.patch.setattr("sys.platform", "win32")
    words = "DLL load failed while importing _framework_bindings: The specified module could not be found."
    return str(missing_library("mediapipe", ImportError(words)))


def _pose_model(bench: Workbench) -> Path:
    path = bench.home / "models" / "pose_landmarker_heavy.task"
    path.parent.mkdir(parents=True)
    return path


@provokes("model-unreadable")
def _(bench: Workbench) -> str:
    path = _pose_model(bench)
    path.mkdir()
    return bench.message(lambda: load_pose_landmarker(path))


@provokes("model-not-a-landmarker")
def _(bench: Workbench) -> str:
    path = _pose_model(bench)
    path.write_bytes((bench.models / "checkpoints" / "best_joint_model.pth").read_bytes())
    return bench.message(lambda: load_pose_landmarker(path))


@provokes("checkpoint-other")
def _(bench: Workbench) -> str:
    from humanpose3d.loaders.refiners import load_joint_refiner

    path = bench.home / "models" / "checkpoints" / "best_joint_model.pth"
    path.parent.mkdir(parents=True)
    path.write_bytes((bench.models / "checkpoints" / "best_depth_model.pth").read_bytes())
    return bench.message(lambda: load_joint_refiner(path))
