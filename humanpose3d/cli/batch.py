"""``humanpose3d batch``: run many videos, with a folder for each and one table of all."""

from __future__ import annotations

import argparse
import copy
import functools
import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from humanpose3d.cli.arguments import Commands, decimal
from humanpose3d.cli.run import add_options, chosen_settings
from humanpose3d.cli.terminal import DONE, FAILED, answer, table
from humanpose3d.errors import VideoNotFoundError
from humanpose3d.runs.settings import Settings

if TYPE_CHECKING:
    from humanpose3d.batch.run import Engine
    from humanpose3d.batch.sources import Source
    from humanpose3d.batch.summary import Summary
    from humanpose3d.batch.trials import BatchTrial

_NO_COLUMNS = frozenset({"offline", "json"})
_CLUSTER = ("partition", "account", "memory", "cores")
_LISTS = {"without": "also", "with": "without"}
"""Columns with several steps in a cell, and the option that says the opposite of a step."""
_YES = frozenset({"yes", "true", "1", "x", "on"})
_NO = frozenset({"no", "false", "0", "off"})


def add_command(commands: Commands) -> None:
    """Add ``batch`` to the parser."""
    batch = commands.add("batch", "Run many videos, several at once.", _batch)
    batch.add_argument(
        "inputs",
        nargs="+",
        type=Path,
        metavar="VIDEO",
        help="videos, folders of videos, or CSV tables with a column 'video' and one for each option",
    )
    add_options(batch)
    batch.add_argument(
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder for the results, must be given: a folder for each video, index.html and the tables",
    )
    many = batch.add_argument_group("parallel runs")
    many.add_argument(
        "--jobs", type=_positive, metavar="N", help="videos at once (default: one for each core; 50 on a cluster)"
    )
    many.add_argument("--resume", action="store_true", help="run only videos whose results are missing or outdated")
    many.add_argument(
        "--time-limit",
        "--time",
        type=_minutes,
        metavar="MIN",
        help="end a video that takes longer, as failed (default: no limit; 60 on a cluster)",
    )
    many.add_argument("--engine", choices=["local", "slurm"], default="local", help="where to run (default: local)")
    cluster = batch.add_argument_group("resources of each video, for --engine slurm")
    cluster.add_argument("--partition", metavar="NAME", help="default: the cluster's default partition")
    cluster.add_argument("--account", metavar="NAME", help="default: your default account")
    cluster.add_argument("--memory", metavar="SIZE", help="such as 8GB (default: 4GB)")
    cluster.add_argument("--cores", type=_positive, metavar="N", help="processor cores (default: 2)")
    cluster.add_argument("--dry-run", action="store_true", help="print the job script without submitting it")
    batch.set_defaults(usage_error=batch.error)


def _batch(options: argparse.Namespace) -> int:
    from humanpose3d.batch.sources import find_sources

    trials = make_trials(find_sources(options.inputs, options.output), options)
    if options.engine == "slurm":
        return _on_cluster(trials, options)
    if unfit := [name for name in (*_CLUSTER, "dry_run") if getattr(options, name)]:
        options.usage_error(f"--{unfit[0].replace('_', '-')} needs --engine slurm")
    from humanpose3d.batch.pool import run_trials
    from humanpose3d.threads import usable_cores

    jobs = options.jobs or min(len(trials), usable_cores())
    engine = functools.partial(run_trials, jobs=jobs, minutes=options.time_limit)
    return _run(trials, options, engine, jobs=jobs, engine_name="local")


def _require_a_video(trials: Sequence[BatchTrial]) -> None:
    """Raise VideoNotFoundError if none of the videos is there, as with a misspelt folder: before models are fetched."""
    if not any(os.path.exists(trial.video) for trial in trials):  # noqa: PTH110  (false for a name no system takes)
        raise VideoNotFoundError(f"There is no video at {trials[0].video}; check the name and the folder.")


def _on_cluster(trials: Sequence[BatchTrial], options: argparse.Namespace) -> int:
    from humanpose3d.batch.slurm import DEFAULT_JOBS, SlurmEngine, SlurmOptions, array_sizes, batch_script

    jobs = options.jobs or DEFAULT_JOBS
    given = {name: getattr(options, name) for name in _CLUSTER if getattr(options, name)}
    if options.time_limit:
        given["minutes"] = math.ceil(options.time_limit)
    wanted = SlurmOptions(**given)
    sizes = array_sizes(len(trials))
    if options.dry_run:
        for number, size in enumerate(sizes, 1):
            if len(sizes) > 1:
                print(f"# Array {number} of {len(sizes)}{', when the one before has ended' if number > 1 else ''}:")
            print(batch_script(size, options.output, jobs, wanted))
        return DONE
    engine = SlurmEngine(options.output, jobs, wanted)
    engine.require()
    return _run(trials, options, engine, jobs=jobs, engine_name="slurm")


def _run(
    trials: Sequence[BatchTrial], options: argparse.Namespace, engine: Engine, *, jobs: int, engine_name: str
) -> int:
    from humanpose3d.batch.run import run_batch
    from humanpose3d.runs.models import offline

    _require_a_video(trials)
    with offline(options.offline):
        summary = run_batch(
            trials,
            options.output,
            engine,
            engine_name=engine_name,
            jobs=jobs,
            resume=options.resume,
            language=options.language,
        )
    answer(options, summary, _summary_text(summary, options.output))
    return FAILED if summary["counts"]["failed"] else DONE


def make_trials(sources: Sequence[Source], options: argparse.Namespace) -> list[BatchTrial]:
    """Return the trials; the options in a row of a table override those of the command line.

    Raises
    ------
    TrialListError
        A table names a column that is no option, or a trial that cannot be called so.
    """
    from humanpose3d.batch.naming import trial_names
    from humanpose3d.batch.trials import BatchTrial

    parser = _RowParser(add_help=False)
    add_options(parser)
    _check_rows(sources, parser.columns)
    Settings(**chosen_settings(options))  # an error in the command line ends the batch, not each trial
    names = trial_names([source.video for source in sources], [source.name for source in sources])
    trials = []
    for source, name in zip(sources, names, strict=True):
        try:
            chosen, fault = _chosen(source, parser, options), None
        except ValueError as error:
            chosen, fault = {}, f"In {source.where}: {error}."
        trials.append(BatchTrial(name, source.video, options.output.absolute() / name, chosen, fault))
    return trials


class _RowParser(argparse.ArgumentParser):
    """Parses the cells of a row as options of the command line."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(message)

    @property
    def columns(self) -> dict[str, argparse.Action]:
        """The options by column name."""
        options = {string.lstrip("-"): action for string, action in self._option_string_actions.items()}
        return {name: action for name, action in options.items() if name not in _NO_COLUMNS}


def _chosen(source: Source, parser: _RowParser, options: argparse.Namespace) -> dict[str, Any]:
    arguments: list[str] = []
    row = copy.copy(options)
    for column, cell in source.cells.items():
        action = parser.columns[column]
        if action.nargs == 0:
            if cell.lower() not in _YES | _NO:
                raise ValueError(f"{column} is yes or no, not {cell!r}")
            setattr(row, action.dest, cell.lower() in _YES)
        elif column in _LISTS:
            arguments += [f"--{column}={one}" for one in cell.split()]
            other = _LISTS[column]
            setattr(row, other, [one for one in getattr(row, other) if one not in cell.split()])
        else:
            arguments.append(f"--{column}={cell}")
    for choice, other, default in (("person", "people", "one"), ("people", "person", None)):
        if choice in source.cells and other not in source.cells:
            setattr(row, other, default)
    if "augmenter" in source.cells and "no-augment" not in source.cells:
        row.no_augment = False
    chosen = chosen_settings(parser.parse_args(arguments, row))
    del chosen["output"]
    return chosen


def _check_rows(sources: Iterable[Source], columns: Iterable[str]) -> None:
    """Raise TrialListError for a column that is no option, or a name that no folder can have or that is there twice."""
    from humanpose3d.batch.errors import TrialListError
    from humanpose3d.batch.naming import is_folder_name

    seen: set[str] = set()
    for source in sources:
        for column in source.cells:
            if column not in columns:
                known = ", ".join(("video", "name", *columns))
                raise TrialListError(f"The column {column!r} ({source.where}) is no option; there are: {known}.")
        if source.name and not is_folder_name(source.name):
            raise TrialListError(f"The name {source.name!r} ({source.where}) cannot be a folder's; choose another.")
        if source.name and source.name.casefold() in seen:
            raise TrialListError(f"The name {source.name!r} ({source.where}) is there twice; each trial needs its own.")
        seen.add(source.name.casefold())


def _summary_text(summary: Summary, output: Path) -> str:
    rows = []
    for trial in summary["trials"]:
        status, reason = trial["status"], trial["reason"] or ""
        if trial["skipped"]:
            status, reason = "skipped", "done before, and nothing has changed"
        rows.append(
            (
                trial["trial"],
                status,
                str(trial["frames"] or ""),
                trial["movement"] or "",
                trial["verdict"] or "",
                reason,
            )
        )
    counts = ", ".join(f"{number} {word}" for word, number in summary["counts"].items() if number)
    return (
        f"{table(('trial', 'outcome', 'frames', 'movement', 'verdict', 'reason'), rows)}\n\n"
        f"{counts} in {summary['seconds']:.0f} s. Open {output / 'index.html'}; batch.csv is beside it."
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"it takes a whole number of at least 1, not {text}")
    return int(text)


def _minutes(text: str) -> float:
    number = decimal(text)
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"it takes minutes, more than 0, not {text}")
    return number
