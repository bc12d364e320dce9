"""Make the bench of trials: rendered videos of people who move, with their exact truth.

For each trial ``NAME.mp4``, ``NAME.npz`` (the truth; see `trials.truth.truth`) and ``NAME.json`` (the parameters, and
the half of the bench). A trial that is there with the same parameters is not made again. Trials of recorded movement
need a folder with recordings (``.asf`` with ``.amc``, or ``.bvh``), and are left out without it. Instead of them,
``--walkers`` makes people by chance who walk in manners of their own, for the bands of the numbers, and ``--drawn N``
trials by chance that the depth prior is trained on and nothing is measured with.

Usage: ``python scripts/make_trials.py [FOLDER] [--recordings DIR] [--jobs N] [--only NAME ...] [--walkers | ...]``
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from trials.drawn import drawn_trials, drawn_walkers
from trials.files import is_made, make
from trials.parameters import Trial
from trials.recordings import RecordingError
from trials.table import SHORT, whole_bench

_FOLDER = Path(__file__).resolve().parent.parent / "trials_bench"


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the trials that are not there yet; returns the exit code."""
    parser = argparse.ArgumentParser(description="Render the bench of trials, with their truth.")
    parser.add_argument("folder", type=Path, nargs="?", default=_FOLDER, help="where the trials go")
    parser.add_argument("--recordings", type=Path, metavar="DIR", help="folder with recorded movement (.amc, .bvh)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes side by side")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="trials to make; default: all")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--short", action="store_true", help="the eight short trials of the tests instead")
    instead.add_argument("--walkers", action="store_true", help="people who walk in manners of their own instead")
    instead.add_argument("--drawn", type=int, metavar="N", help="N trials by chance instead, for training")
    parser.add_argument("--list", action="store_true", help="print names and halves, and make nothing")
    options = parser.parse_args(arguments)
    if options.drawn is not None:
        trials = list(drawn_trials(options.drawn))
    elif options.walkers:
        trials = list(drawn_walkers())
    else:
        trials = list(SHORT.values()) if options.short else whole_bench()
    if options.only:
        if unknown := set(options.only) - {trial.name for trial in trials}:
            parser.error(f"there is no trial {', '.join(sorted(unknown))}; --list prints all names")
        trials = [trial for trial in trials if trial.name in options.only]
    if options.list:
        print("\n".join(f"{trial.name}\t{trial.half}" for trial in trials))
        return 0
    if options.jobs < 1:
        parser.error(f"--jobs must be at least 1, not {options.jobs}")
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        return _make_all(trials, options.folder, options.recordings, options.jobs)
    except RecordingError as error:
        parser.error(str(error))
    except OSError as error:
        print(f"Trials cannot be written to {options.folder}: {error}. Choose another folder.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; run the same command again to go on.", file=sys.stderr)
        return 130


def _make_all(trials: Sequence[Trial], folder: Path, recordings: Path | None, jobs: int) -> int:
    missing = [t for t in trials if recordings is None and t.movement.kind == "recorded"]
    if missing:
        print(
            f"{len(missing)} trials of recorded movement are left out; --recordings names the folder.", file=sys.stderr
        )
    # Each process has one core: threads that wait for one another would only take it from the others.
    os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
    wanted = [t for t in trials if t not in missing and not is_made(t, folder)]
    print(f"{len(trials) - len(missing) - len(wanted)} trials are there, {len(wanted)} to make.", file=sys.stderr)
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn"))
    try:
        running = {pool.submit(make, trial, folder, recordings): trial for trial in wanted}
        for done, future in enumerate(as_completed(running), start=1):
            future.result()
            print(f"{done}/{len(wanted)} {running[future].name}", file=sys.stderr)
    finally:
        pool.shutdown(cancel_futures=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
