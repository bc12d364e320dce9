"""Measure the package: entries a folder, lines, and the modules that a call passes through, as a Markdown table.

A module counts as passed through if one of its functions runs; the body of a class is none. The calls are those of the
embedded demo: a first ``get_model_path("joint")``, a second one, and a run of the clip. Name further checkouts to
compare them::

    python benchmarks/rooms.py [CHECKOUT ...]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

_PROGRAM = """
import inspect, json, sys, threading
from pathlib import Path
from tempfile import TemporaryDirectory

import humanpose3d
from humanpose3d.demo import clip_path, demo_environment
from humanpose3d.model_assets import get_model_path

package = str(Path(humanpose3d.__file__).parent)

def modules_of(call):
    passed = set()
    def note(frame, event, _):
        code = frame.f_code
        is_function = code.co_flags & inspect.CO_OPTIMIZED and not code.co_name.startswith("<")
        if event == "call" and is_function and code.co_filename.startswith(package):
            passed.add(code.co_filename)
    threading.setprofile(note)
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return len(passed)

with TemporaryDirectory() as folder, demo_environment(Path(folder, "home")):
    fetch = lambda: get_model_path("joint")
    counts = {"first fetch": modules_of(fetch), "warm call": modules_of(fetch)}
    run = lambda: humanpose3d.run_pipeline(clip_path(), output=Path(folder, "out"))
    run()  # fetches the other models
    counts["run"] = modules_of(run)
print(json.dumps(counts))
"""


def count(checkout: Path) -> dict[str, int]:
    """Return the rows of the table for one checkout."""
    package = checkout / "humanpose3d"
    folders = {file.parent for file in package.rglob("__init__.py")}
    sizes = {folder.relative_to(package).as_posix(): len(_entries(folder)) for folder in folders}
    lines = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in package.rglob("*.py"))
    environment = {**os.environ, "PYTHONPATH": str(checkout), "HUMANPOSE3D_PROGRESS": "0"}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=environment, cwd=checkout, check=True, stdout=subprocess.PIPE, text=True
    )
    passed = {f"modules: {call}": number for call, number in json.loads(done.stdout.splitlines()[-1]).items()}
    most = {f"entries: `{name}`": size for name, size in sizes.items() if size > 4}
    return {"lines": lines, "folders": len(folders), **passed, **dict(sorted(most.items()))}


def _entries(folder: Path) -> list[Path]:
    inside = [path for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    return [path for path in inside if not path.stem.startswith("__")]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkouts", nargs="*", metavar="CHECKOUT", help="folder of another version")
    checkouts = parser.parse_args().checkouts
    here = Path(__file__).resolve().parents[1]
    columns = [count(Path(checkout).resolve()) for checkout in (*checkouts, here)]
    titles = [*map(str, checkouts), "here"]
    print("| |", " | ".join(titles), "|")
    print("|---|", "|".join("---:" for _ in titles), "|", sep="")
    totals = [name for name in columns[-1] if not name.startswith("entries")]
    rooms = {name for column in columns for name in column} - set(totals)
    for name in (*totals, *sorted(rooms)):
        print("|", " | ".join([name, *(str(column.get(name, "–")) for column in columns)]), "|")


if __name__ == "__main__":
    main()
