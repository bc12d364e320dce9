"""The warm call and the import: the resolver, against pooch, huggingface_hub and cached_path.

All of them have the same file of 29.24 MiB, the pose model's size. Run it in an environment made from
``benchmarks/requirements.txt``; nothing beyond loopback is reached.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(1, str(PROJECT))

from support.measuring import Target, markdown_table, targets_table  # noqa: E402
from support.random_models import write_models  # noqa: E402

from humanpose3d.model_assets import MODELS, get_model_path  # noqa: E402

MODEL = MODELS["mediapipe"]
OURS = "get_model_path"
# Each as its documentation shows it, for a file that is there.
RIVALS = (
    "pooch.fetch",
    "hf_hub_download, offline",
    "cached_path of hf://, offline",
    "cached_path of http://, server answers at once",
)
# The least that each can be made to do, which is less than get_model_path does.
SHORTCUTS = (
    "pooch.fetch without a hash: the file exists",
    "hf_hub_download of a full commit id: the file exists",
    "cached_path of a local path: the file exists",
)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
_SECONDS_PER_BATCH = 0.05
Call = Callable[[], object]


def install_model(home: Path, file: Path) -> Call:
    """Put `file` where the resolver keeps it and let it write its receipt."""
    target = home / ".humanpose3d" / "models" / MODEL.path
    target.parent.mkdir(parents=True)
    target.hardlink_to(file)
    get_model_path(MODEL.name)
    if not (target.parent / "manifest.json").exists():
        raise SystemExit("The resolver wrote no receipt; the measurement would not be the usual warm call.")
    return functools.partial(get_model_path, MODEL.name)


def pooch_calls(folder: Path, file: Path, digest: str) -> dict[str, Call]:
    import pooch

    folder.mkdir()
    (folder / file.name).hardlink_to(file)
    calls: dict[str, Call] = {}
    for name, known in ((RIVALS[0], f"sha256:{digest}"), (SHORTCUTS[0], None)):
        store = pooch.create(path=folder, base_url="https://models.invalid/", registry={file.name: known})
        calls[name] = functools.partial(store.fetch, file.name)
    return calls


def hub_calls(cache: Path, file: Path, digest: str) -> dict[str, Call]:
    """Lay the file into a cache as the hub lays it, and return the calls that find it there."""
    from huggingface_hub import hf_hub_download

    repository = cache / "models--someone--models"
    snapshot = repository / "snapshots" / COMMIT
    for folder in (snapshot, repository / "refs", repository / "blobs"):
        folder.mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT, encoding="utf-8")
    (repository / "blobs" / digest).hardlink_to(file)
    (snapshot / file.name).symlink_to(Path("..", "..", "blobs", digest))
    download = functools.partial(hf_hub_download, "someone/models", file.name)
    return {RIVALS[1]: download, SHORTCUTS[1]: functools.partial(download, revision=COMMIT)}


def cached_path_calls(cache: Path, hub_cache: Path, file: Path, url: str) -> dict[str, Call]:
    from cached_path import cached_path

    logging.getLogger("cached_path").setLevel(logging.CRITICAL)
    fetch = functools.partial(cached_path, cache_dir=cache, quiet=True)
    return {
        RIVALS[2]: functools.partial(cached_path, f"hf://someone/models/{file.name}", cache_dir=hub_cache),
        RIVALS[3]: functools.partial(fetch, f"{url}/{file.name}"),
        SHORTCUTS[2]: functools.partial(fetch, str(file)),
    }


@contextmanager
def file_server(folder: Path) -> Iterator[str]:
    """Serve a folder over http on loopback, from a process of its own."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout
            port = process.stdout.readline().split("port ")[1].split()[0]
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def time_calls(calls: Mapping[str, Call], rounds: int) -> dict[str, float]:
    """Return the median of each call's batches in seconds; the calls take turns."""
    batches = {}
    for name, call in calls.items():
        call()
        once = timeit.timeit(call, number=1)
        batches[name] = max(1, min(20_000, int(_SECONDS_PER_BATCH / once)))
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            seconds[name].append(timeit.timeit(call, number=batches[name]) / batches[name])
    return {name: statistics.median(measured) for name, measured in seconds.items()}


def time_starts(rounds: int) -> dict[str, float]:
    """Return the median time of a fresh isolated interpreter that runs each statement; they take turns."""
    path = f"import sys; sys.path.append({str(PROJECT)!r})"
    statements = {
        "nothing": "",
        "import humanpose3d.model_assets": "import humanpose3d.model_assets",
        "import pooch": "import pooch",
        "import huggingface_hub": "import huggingface_hub",
        "import cached_path": "import cached_path",
        "from humanpose3d.model_assets import get_model_path": "from humanpose3d.model_assets import get_model_path",
        "the same, and one warm call": (
            f"from humanpose3d.model_assets import get_model_path; get_model_path({MODEL.name!r})"
        ),
        "from pooch import create": "from pooch import create",
        "from huggingface_hub import hf_hub_download": "from huggingface_hub import hf_hub_download",
        "from cached_path import cached_path": "from cached_path import cached_path",
    }
    seconds: dict[str, list[float]] = {name: [] for name in statements}
    for number in range(rounds + 1):
        for name, statement in statements.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-I", "-c", f"{path}\n{statement}"], check=True)
            if number:  # the first round writes byte code and fills the page cache
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(measured) for name, measured in seconds.items()}


def judge(calls: Mapping[str, float], starts: Mapping[str, float]) -> list[Target]:
    """Compare the medians with what was promised."""
    fastest = min(RIVALS, key=lambda name: calls[name])
    bare, ours = starts["nothing"], starts["import humanpose3d.model_assets"]
    rivals = [starts[f"import {name}"] for name in ("pooch", "huggingface_hub", "cached_path")]
    return [
        Target("warm call, µs", 25, calls[OURS] * 1e6),
        Target(f"times faster than the fastest of the four ({fastest})", 20, calls[fastest] / calls[OURS], True),
        Target("import / start of the bare interpreter", 1.3, ours / bare),
        Target("import / fastest import of the three", 1.0, ours / min(rivals)),
    ]


def calls_table(calls: Mapping[str, float], names: Sequence[str]) -> str:
    rows = [(name, f"{calls[name] * 1e6:,.1f}", f"{calls[name] / calls[OURS]:,.1f}") for name in names]
    return markdown_table(("", "µs a call", "times ours"), rows)


def starts_table(starts: Mapping[str, float]) -> str:
    bare = starts["nothing"]
    rows = [(name, f"{seconds * 1e3:.1f}", f"{seconds / bare:.2f}") for name, seconds in starts.items()]
    return markdown_table(("a fresh interpreter that runs", "ms", "times bare"), rows)


def isolate(home: Path) -> None:
    """Keep everything in `home`, and everybody offline; must come before the others are imported."""
    for name in [name for name in os.environ if name.startswith(("HUMANPOSE3D_", "HF_"))]:
        del os.environ[name]
    os.environ |= {
        "HOME": str(home),
        "HUMANPOSE3D_OFFLINE": "1",
        "HF_HOME": str(home / "hub"),
        "HF_HUB_OFFLINE": "1",
        "NO_PROXY": "127.0.0.1",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=31, help="how often each is measured (31)")
    parser.add_argument("--json", action="store_true", help="print seconds instead of tables")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="humanpose3d-benchmark-") as folder:
        home = Path(folder)
        isolate(home)
        file = write_models(home / "files")[MODEL.name]
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        with file_server(file.parent) as url:
            hub_cache = home / "hub" / "hub"
            calls = {
                OURS: install_model(home, file),
                **pooch_calls(home / "pooch", file, digest),
                **hub_calls(hub_cache, file, digest),
                **cached_path_calls(home / "cached_path", hub_cache, file, url),
            }
            warm = time_calls(calls, options.rounds)
        starts = time_starts(options.rounds)
    targets = judge(warm, starts)
    if options.json:
        print(json.dumps({"calls": warm, "starts": starts}))
    else:
        print(f"Medians of {options.rounds} alternating rounds.\n")
        tables = calls_table(warm, [OURS, *RIVALS]), calls_table(warm, SHORTCUTS), starts_table(starts)
        print(*tables, targets_table(targets), sep="\n\n")
    return 0 if all(target.met for target in targets) else 1


if __name__ == "__main__":
    sys.exit(main())
