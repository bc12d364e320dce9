"""``humanpose3d run``: run the pipeline on one video."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from humanpose3d.cli.arguments import Commands, add_format_options, chosen_formats, decimal, moment, person
from humanpose3d.cli.terminal import answer, frame_progress
from humanpose3d.errors import InvalidSettingError
from humanpose3d.pipeline.signals.settings import STEPS, SignalSettings
from humanpose3d.report.language import DEFAULT, languages
from humanpose3d.runs.settings import ABOUT, AUGMENTERS, PEOPLE, QUALITIES, SIDES, Settings

if TYPE_CHECKING:
    from humanpose3d.runs.trial import Trial


def add_command(commands: Commands) -> None:
    """Add ``run`` to the parser."""
    run = commands.add("run", "Turn a video of one person into 3D markers, joint angles and a report.", _run)
    run.add_argument(
        "video", type=Path, metavar="VIDEO", help="a video file, a folder of pictures, or - for standard input"
    )
    add_options(run)
    run.add_argument("--output", type=Path, metavar="DIR", help="folder for the results (default: VIDEO_humanpose3d)")
    run.if_too_many = "for several videos use: humanpose3d batch VIDEO VIDEO --output DIR"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a run, which ``run``, ``batch`` and the Django command share."""
    parser.add_argument("--height", type=decimal, metavar="M", help="the person's height in metres")
    parser.add_argument("--weight", type=decimal, metavar="KG", help="the person's weight in kilograms")
    parser.add_argument(
        "--focal-length",
        type=decimal,
        metavar="MM",
        help="the camera's, in terms of 35 mm film (default: what the file states, or an estimate)",
    )
    add_section_options(parser)
    who = parser.add_argument_group("who is analysed").add_mutually_exclusive_group()
    who.add_argument(
        "--person",
        type=person,
        metavar="N or X,Y[@S]",
        help="number in the list of 'humanpose3d people', or a point in the picture at a time "
        "(default: the one who is seen longest and largest)",
    )
    who.add_argument("--people", choices=PEOPLE, default="one", help="all: everybody, in a folder each (default: one)")
    stages = parser.add_argument_group("neural stages")
    stages.add_argument("--no-refine", action="store_true", help="leave out the depth, joint and main refiners")
    stages.add_argument("--no-motion", action="store_true", help="leave out the motion model")
    augmenter = stages.add_mutually_exclusive_group()
    augmenter.add_argument("--no-augment", action="store_true", help="leave out the 43 anatomical markers")
    augmenter.add_argument(
        "--augmenter",
        choices=[name for name in AUGMENTERS if name != "none"],
        default="auto",
        help="model that adds the anatomical markers (default: auto, the one that is available)",
    )
    signals = parser.add_argument_group("signals")
    off, on = f"switch off a step: {', '.join(STEPS)}", "switch on a step that is off by default"
    for option, name, text in (("--without", "without", off), ("--with", "also", on)):
        signals.add_argument(option, dest=name, action="append", default=[], choices=STEPS, metavar="STEP", help=text)
    signals.add_argument(
        "--cutoff", type=decimal, metavar="HZ", help="cut-off frequency of the low-pass filter (default: 6)"
    )
    signals.add_argument(
        "--filter-order", type=int, metavar="N", help="order of the low-pass filter, even (default: 4)"
    )
    signals.add_argument(
        "--quality",
        choices=QUALITIES,
        default="normal",
        help="high also detects in the mirrored frames, which takes twice the time (default: normal)",
    )
    signals.add_argument(
        "--slow-motion-factor",
        type=decimal,
        default=1.0,
        metavar="X",
        help="how many times slower than real time the video plays (default: 1)",
    )
    parser.add_argument("--no-overlay", action="store_true", help="do not write the video with the skeleton drawn in")
    add_format_options(parser)
    parser.add_argument("--blur-faces", action="store_true", help="blur the person's face in that video and the report")
    add_language_option(parser, DEFAULT)
    about = parser.add_argument_group("head of the report")
    about.add_argument("--subject", metavar="CODE", help="name or code of the person")
    about.add_argument("--date", metavar="DAY", help="day of the recording, such as 2026-11-28")
    about.add_argument("--task", metavar="TEXT", help="what was done, such as 'squat, arms crossed'")
    about.add_argument("--side", choices=SIDES, help="side of the body that matters, such as the operated one")
    about.add_argument("--note", metavar="TEXT", help="a remark")
    parser.add_argument("--offline", action="store_true", help="fetch no models: never start git, open no connection")
    parser.add_argument("--json", action="store_true", help="print the results as JSON")


def add_language_option(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Add the option for the language of the report; its default is None where the run that was made decides."""
    text = f"language of the report (default: {default or 'that of the run'})"
    parser.add_argument("--language", choices=languages(), default=default, help=text)


def add_section_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what of a video is used."""
    video = parser.add_argument_group("what of the video")
    video.add_argument(
        "--from",
        dest="start",
        type=moment,
        default=0.0,
        metavar="S",
        help="first second to use, or MM:SS (default: the beginning)",
    )
    video.add_argument("--to", dest="end", type=moment, metavar="S", help="last second to use (default: the end)")
    video.add_argument("--rate", type=decimal, metavar="HZ", help="pictures per second, for a folder of pictures")


def chosen_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options of `add_options` as keyword arguments of the pipeline."""
    return {
        "height": options.height,
        "weight": options.weight,
        "focal_length": options.focal_length,
        "output": options.output,
        "refine": not options.no_refine,
        "motion": not options.no_motion,
        "augmenter": "none" if options.no_augment else options.augmenter,
        "signals": _signals(options),
        "quality": options.quality,
        "slow_motion_factor": options.slow_motion_factor,
        "overlay": not options.no_overlay,
        "start": options.start,
        "end": options.end,
        "rate": options.rate,
        "person": options.person,
        "people": options.people,
        "formats": chosen_formats(options),
        "osim": options.osim,
        "osim_markers": options.osim_markers,
        "blur_faces": options.blur_faces,
        "language": options.language,
        **{name: getattr(options, name) for name in ABOUT},
    }


def run_as_chosen(video: Path, options: argparse.Namespace) -> list[Trial]:
    """Run the pipeline with the options of `add_options`, showing progress.

    Raises
    ------
    ModelsNotFoundError
        Offline, and a model is missing.
    PipelineError, humanpose3d.model_assets.ModelAssetError
        As :func:`humanpose3d.runs.run.run_pipeline`.
    """
    from humanpose3d.errors import explained_imports
    from humanpose3d.runs.models import offline, require_models

    chosen = chosen_settings(options)
    with offline(options.offline):
        require_models(Settings(**chosen).needed_models)
        with explained_imports("numpy"):
            from humanpose3d.runs.people.everybody import run_chosen
        with frame_progress() as progress:
            return run_chosen(video, progress=progress, command=getattr(options, "command_line", None), **chosen)


def _signals(options: argparse.Namespace) -> SignalSettings:
    chosen: dict[str, Any] = {**dict.fromkeys(options.without, False), **dict.fromkeys(options.also, True)}
    if options.cutoff is not None:
        chosen["cutoff_hz"] = options.cutoff
    if options.filter_order is not None:
        chosen["filter_order"] = options.filter_order
    try:
        return SignalSettings(**chosen)
    except InvalidSettingError as error:
        text = str(error).replace("cutoff_hz", "--cutoff").replace("filter_order", "--filter-order")
        raise InvalidSettingError(text) from error


def _run(options: argparse.Namespace) -> int:
    from humanpose3d.video.inputs import local_video

    with local_video(options.video) as video:
        trials = run_as_chosen(video, options)
    records = [trial.record for trial in trials]
    text = "\n\n".join(results_of(trial) for trial in trials)
    if options.people != "all":
        return answer(options, records[0], text)
    index = trials[0].folder.parent / "index.html"
    return answer(options, records, f"{text}\n\nEverybody: open {index}")


def results_of(trial: Trial) -> str:
    """Return a summary as text: the verdict, the report, what concerns the trial, its files, and stages left out."""
    from humanpose3d.report.data.verdict import LEFT_OUT

    landmarks, verdict = trial.landmarks, trial.verdict
    found, seconds = int(landmarks.detected.sum()), landmarks.times[-1] - landmarks.times[0]
    level = {"with care": "usable with care"}.get(verdict["level"], verdict["level"])
    told = [reason["text"] for reason in verdict["reasons"]]
    doubts = [each["text"] for each in verdict["reasons"] if each["level"] in ("with care", "not usable")]
    notes = [each for each in doubts[1:] if each not in LEFT_OUT.values()]
    notes += [warning for warning in trial.warnings if warning not in told]
    skipped = [stage for stage in trial.record["stages"] if stage["status"] == "skipped"]
    return "\n".join(
        [
            " ".join([f"Verdict: {level}.", *doubts[:1]]),
            f"Report: open {trial.outputs['report']}",
            f"Found a person in {found} of {len(landmarks.times)} frames ({seconds:.2f} s).",
            *(f"Note: {note}" for note in notes),
            *filter(None, [verdict["advice"]]),
            f"Wrote to {trial.folder}:",
            *map(_listed, _grouped(trial.folder, trial.outputs.values())),
            *(f"Left out: {stage['name']} ({stage['reason']})." for stage in skipped),
        ]
    )


def _grouped(folder: Path, paths: Iterable[Path]) -> list[Path]:
    """Return files and folders directly in `folder`, each once."""
    return list({folder / path.relative_to(folder).parts[0]: None for path in paths})


def _listed(path: Path) -> str:
    if not path.is_dir():
        return f"  {path.name} ({path.stat().st_size / 1024:.0f} kB)"
    files = list(path.iterdir())
    return f"  {path.name}/ ({len(files)} files, {sum(file.stat().st_size for file in files) / 1024:.0f} kB)"
