"""Downloading over a 5 MB/s link: the resolver, against a shallow clone and against curl.

Everything is real: git's own HTTP back end on loopback, git, curl, and a fresh Python process for each use of the
resolver, whose start counts. Needs git, dulwich, curl, a POSIX system and about 1 GB of disk.
"""

from __future__ import annotations

import argparse
import compileall
import dataclasses
import filecmp
import functools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(1, str(PROJECT))

from support.measuring import MIB, Run, Target, markdown_table, measure, median_run, peak_memory_of, targets_table  # noqa: E402
from support.narrow_link import NarrowLink, narrow_link  # noqa: E402
from support.random_models import write_models  # noqa: E402
from support.served_repository import NEUTRAL_GIT, make_repository  # noqa: E402

from humanpose3d.model_assets import MODELS  # noqa: E402

ONE_MODEL = "mediapipe"  # the one that a first run needs first
CURL_ONE = "curl: one file"
RESOLVER_ONE = "get_model_path: one model"
STAND_IN_ONE = "get_model_path: one model, without git"
CLONE = "git clone --depth 1 + copy: all five"
CURL_ALL = "curl: five files"
RESOLVER_ALL = "download_models: all five"
STAND_IN_ALL = "download_models: all five, without git"


@dataclasses.dataclass(frozen=True)
class Sandbox:
    """The folder of one run; home and temporary files are both in it."""

    folder: Path

    @property
    def models(self) -> Path:
        """Where the models are in the end."""
        return self.folder / ".humanpose3d" / "models"

    def run(self, *command: str, **environment: str) -> int:
        """Run a program to its end; return its peak memory in bytes."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("HUMANPOSE3D_", "PYTHON"))
        }
        home = {"HOME": str(self.folder), "TMPDIR": str(self.folder / "tmp")}
        everything = {**inherited, **NEUTRAL_GIT, **home, **environment}
        return peak_memory_of(command, env=everything, cwd=self.folder)


Contender = Callable[[Sandbox], int]


def contenders(url: str) -> dict[str, Contender]:
    """Return what is compared, by name; each puts models into its sandbox, and returns its peak memory."""
    repository = f"{url}/repository.git"

    def resolver(code: str, program: str = "git") -> Contender:
        def work(sandbox: Sandbox) -> int:
            command = (sys.executable, "-c", f"import humanpose3d.model_assets as assets; {code}")
            settings = {"HUMANPOSE3D_MODELS_URL": repository, "HUMANPOSE3D_PROGRESS": "0", "PYTHONPATH": str(PROJECT)}
            return sandbox.run(*command, HUMANPOSE3D_GIT=program, **settings)

        return work

    def clone(sandbox: Sandbox) -> int:
        checkout = sandbox.folder / "tmp" / "clone"
        options = ("--quiet", "--depth", "1", "--branch", "models", "--single-branch")
        memory = sandbox.run("git", "clone", *options, repository, str(checkout))
        shutil.copytree(checkout / "models", sandbox.models)
        shutil.rmtree(checkout)
        return memory

    def curl(*names: str) -> Contender:
        def work(sandbox: Sandbox) -> int:
            transfers = []
            for name in names:
                path = MODELS[name].path
                transfers += ["--output", str(sandbox.models / path), f"{url}/files/{path}"]
            return sandbox.run("curl", "--silent", "--show-error", "--fail", "--create-dirs", *transfers)

        return work

    return {
        CURL_ONE: curl(ONE_MODEL),
        RESOLVER_ONE: resolver(f"assets.get_model_path({ONE_MODEL!r})"),
        STAND_IN_ONE: resolver(f"assets.get_model_path({ONE_MODEL!r})", "dulwich"),
        CURL_ALL: curl(*MODELS),
        RESOLVER_ALL: resolver("assets.download_models()"),
        STAND_IN_ALL: resolver("assets.download_models()", "dulwich"),
        CLONE: clone,
    }


def compare(link: NarrowLink, originals: Path, scratch: Path, rounds: int) -> dict[str, list[Run]]:
    """Run every contender once a round, each round beginning with another one."""
    works = contenders(link.url)
    names = list(works)
    runs: dict[str, list[Run]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                sandbox = Sandbox(Path(folder))
                (sandbox.folder / "tmp").mkdir()
                run = measure(functools.partial(works[name], sandbox), sandbox.folder, link.take_count)
                check(
                    sandbox, originals, [ONE_MODEL] if name in (CURL_ONE, RESOLVER_ONE, STAND_IN_ONE) else list(MODELS)
                )
            runs[name].append(run)
            print(f"round {number + 1}/{rounds}: {name}: {run.seconds:.2f} s", file=sys.stderr, flush=True)
    return runs


def check(sandbox: Sandbox, originals: Path, names: list[str]) -> None:
    """Make sure that a run did its work: the files are there, byte for byte."""
    for name in names:
        path = MODELS[name].path
        if not filecmp.cmp(sandbox.models / path, originals / path, shallow=False):
            raise SystemExit(f"{path} did not arrive as it was sent; the measurement is void.")


def judge(medians: Mapping[str, Run]) -> list[Target]:
    """Compare the medians with what was promised."""
    clone, one, everything = medians[CLONE], medians[RESOLVER_ONE], medians[RESOLVER_ALL]
    return [
        Target("one model: bytes / clone's bytes", 0.25, one.received / clone.received),
        Target("one model: time / clone's time", 0.25, one.seconds / clone.seconds),
        Target("one model: time / curl's time", 1.08, one.seconds / medians[CURL_ONE].seconds),
        Target(
            "one model, without git: time / curl's time",
            1.10,
            medians[STAND_IN_ONE].seconds / medians[CURL_ONE].seconds,
        ),
        Target("all five, without git: time / with git", 1.05, medians[STAND_IN_ALL].seconds / everything.seconds),
        Target("all five, without git: MB in memory", 150, medians[STAND_IN_ALL].peak_memory / 1e6),
        Target("all five: time / clone's time", 1.02, everything.seconds / clone.seconds),
        Target("all five: peak disk / clone's peak disk", 0.50, everything.peak_disk / clone.peak_disk),
    ]


def costs_table(runs: Mapping[str, list[Run]]) -> str:
    """Return the medians, and the range of the times, as a markdown table."""
    rows = []
    for name, measured in runs.items():
        median, seconds = median_run(measured), [run.seconds for run in measured]
        spread = f"{median.seconds:.2f} ({min(seconds):.2f} to {max(seconds):.2f})"
        size, rate = f"{median.received / 1e6:.2f}", f"{median.received / median.seconds / 1e6:.2f}"
        rows.append((name, size, spread, rate, f"{median.peak_disk / MIB:.1f}", f"{median.peak_memory / MIB:.1f}"))
    return markdown_table(("", "MB received", "s, median (range)", "MB/s", "peak disk, MiB", "memory, MiB"), rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (5)")
    parser.add_argument("--rate", type=float, default=5.0, help="the link's bandwidth in MB/s (5)")
    parser.add_argument("--scratch", type=Path, help="folder for the files; the system's temporary folder by default")
    parser.add_argument("--json", action="store_true", help="print every run instead of tables")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="humanpose3d-benchmark-", dir=options.scratch) as folder:
        scratch = Path(folder)
        originals = scratch / "served" / "files"
        compileall.compile_dir(PROJECT / "humanpose3d" / "model_assets", quiet=1)  # as pip does
        with ProcessPoolExecutor(max_workers=1) as other:  # a program that is started counts the memory of its parent
            other.submit(write_models, originals).result()
        make_repository(scratch / "served" / "repository.git", originals)
        with narrow_link(scratch / "served", options.rate * 1e6) as link:
            runs = compare(link, originals, scratch, options.rounds)
    targets = judge({name: median_run(measured) for name, measured in runs.items()})
    if options.json:
        print(json.dumps({name: [dataclasses.asdict(run) for run in measured] for name, measured in runs.items()}))
    else:
        print(f"{options.rate:g} MB/s, medians of {options.rounds} alternating rounds.\n")
        print(costs_table(runs), targets_table(targets), sep="\n\n")
    return 0 if all(target.met for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
