"""How each error of the resolver comes about."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import re
import shutil
import sys
import time
import zipfile
from collections import namedtuple
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import filelock
from support.faults import answer, black_hole, closed_port, silent_port
from support.repositories import commit_entries, commit_file, commit_tree, git

from docs.workbench import Workbench
from humanpose3d.cli.main import main
from humanpose3d.model_assets import download_models, get_model_path
from humanpose3d.model_assets.download import cold_path
from humanpose3d.model_assets.resolver import download_into
from humanpose3d.model_assets.service.maintenance import export_to, import_from, remove_models, write_lock
from humanpose3d.model_assets.settings import Settings
from humanpose3d.model_assets.store import folder, status
from humanpose3d.model_assets.store.manifest import read_lock
from humanpose3d.model_assets.transports.choice import find_git, version_of
from humanpose3d.model_assets.transports.git.diagnosis import diagnose
from humanpose3d.model_assets.transports.git.transport import GitTransport

Provocation = Callable[[Workbench], str]
MODEL_ERRORS: dict[str, Provocation] = {}

PAGE = b"<!DOCTYPE html><html><title>Welcome</title><body>Please log in</body></html>"
GRU = partial(get_model_path, "gru")


def provokes(name: str) -> Callable[[Provocation], Provocation]:
    """Register a function that returns the text of the error of that name."""

    def register(provocation: Provocation) -> Provocation:
        assert name not in MODEL_ERRORS, f"{name} is the name of another error"
        MODEL_ERRORS[name] = provocation
        return provocation

    return register


def _offline_in_the_usual_home(bench: Workbench) -> None:
    for name in ("HOME", "USERPROFILE"):
        bench.patch.setenv(name, str(bench.stick))
    bench.patch.delenv("HUMANPOSE3D_HOME")
    bench.set("OFFLINE", 1)


@provokes("main-offline")
def _(bench: Workbench) -> str:
    _offline_in_the_usual_home(bench)
    with contextlib.redirect_stderr(io.StringIO()) as said:
        assert main(["run", str(bench.clip)]) == 1
    return said.getvalue().rstrip()


@provokes("models-not-found")
def _(bench: Workbench) -> str:
    from humanpose3d.runs.models import require_models

    _offline_in_the_usual_home(bench)
    return bench.message(lambda: require_models(["mediapipe"]))


@provokes("offline-demo")
def _(bench: Workbench) -> str:
    bench.set("OFFLINE", 1)
    with contextlib.redirect_stderr(io.StringIO()) as said:
        assert main(["demo"]) == 1
    return said.getvalue().rstrip().removeprefix("humanpose3d: error: ")


@provokes("unknown-model")
def _(bench: Workbench) -> str:
    return bench.message(lambda: get_model_path("grru"))


def _setting(name: str, value: str) -> Provocation:
    def provoke(bench: Workbench) -> str:
        bench.set(name, value)
        return bench.message(Settings.from_environment)

    return provoke


MODEL_ERRORS["settings-switch"] = _setting("OFFLINE", "maybe")
MODEL_ERRORS["settings-seconds"] = _setting("STALL_TIMEOUT", "soon")
MODEL_ERRORS["settings-url"] = _setting("MODELS_URL", "--upload-pack=x")
MODEL_ERRORS["settings-url-space"] = _setting("MODELS_URL", "https://user:two words@git.example.org/models.git")
MODEL_ERRORS["settings-revision"] = _setting("MODELS_REVISION", "models..main")
MODEL_ERRORS["settings-progress"] = _setting("PROGRESS", "loud")
MODEL_ERRORS["settings-home"] = _setting("HOME", "~nobody-here/models")


@provokes("offline-update")
def _(bench: Workbench) -> str:
    GRU()
    bench.set("OFFLINE", 1)
    return bench.message(lambda: download_models(["gru"], force=True))


@provokes("offline")
def _(bench: Workbench) -> str:
    bench.set("OFFLINE", 1)
    return bench.message(GRU)


@provokes("git-not-found")
def _(bench: Workbench) -> str:
    bench.patch.setenv("PATH", str(bench.stick))
    bench.patch.setitem(sys.modules, "dulwich", None)
    return bench.message(GRU)


@provokes("git-chosen")
def _(bench: Workbench) -> str:
    bench.set("GIT", bench.stick / "git")
    return bench.message(GRU)


@provokes("repository-not-found")
def _(bench: Workbench) -> str:
    bench.set("MODELS_URL", f"{bench.server.url}/nothing.git")
    return bench.message(GRU)


@provokes("repository-web-page")
def _(bench: Workbench) -> str:
    bench.server.fault = answer(200, PAGE, Content_Type="text/html")
    return bench.message(GRU)


@provokes("authentication")
def _(bench: Workbench) -> str:
    bench.server.fault = answer(401, WWW_Authenticate='Basic realm="models"')
    return bench.message(GRU)


@provokes("revision-not-found")
def _(bench: Workbench) -> str:
    bench.set("MODELS_REVISION", "nowhere")
    return bench.message(GRU)


@provokes("revision-not-handed-out")
def _(bench: Workbench) -> str:
    bench.set("MODELS_REVISION", "0123456789abcdef" * 2 + "01234567")
    return bench.message(GRU)


@provokes("revision-gone")
def _(bench: Workbench) -> str:
    GRU()
    git("update-ref", "-d", "refs/heads/models", cwd=bench.repository)
    git("reflog", "expire", "--expire=now", "--all", cwd=bench.repository)
    git("gc", "-q", "--prune=now", cwd=bench.repository)
    git("update-ref", "refs/heads/models", "main", cwd=bench.repository)
    return bench.message(lambda: get_model_path("joint"))


@provokes("connection-refused")
def _(bench: Workbench) -> str:
    with bench.remote(closed_port()):
        return bench.message(GRU)


@provokes("connection-later")
def _(bench: Workbench) -> str:
    bench.server.fault = answer(503)
    return bench.message(GRU)


@provokes("connection-certificate")
def _(bench: Workbench) -> str:
    words = "fatal: unable to access 'x': SSL certificate problem: unable to get local issuer certificate"
    return str(diagnose(words, remote=f"{bench.server.url}/models.git", subject="revision 'models'"))


@provokes("download-other")
def _(bench: Workbench) -> str:
    words = "fatal: transport 'ext' not allowed"
    return str(diagnose(words, remote="ext::sh -c id", subject="revision 'models'"))


@provokes("download-limit")
def _(bench: Workbench) -> str:
    blob = bytes.fromhex(git("hash-object", "-w", "--stdin", cwd=bench.repository, stdin=b""))
    content = b"".join(b"100644 %08d\0" % index + blob for index in range(200_000))
    tree = git("hash-object", "-t", "tree", "-w", "--stdin", cwd=bench.repository, stdin=content)
    commit_tree(bench.repository, f"040000 tree {tree}\tmodels\n")
    return bench.message(GRU)


@provokes("other-remotes")
def _(bench: Workbench) -> str:
    bench.set("MODELS_URL", f"{bench.server.url}/nothing.git http://127.0.0.1:{closed_port()}/models.git")
    return bench.message(GRU)


@provokes("stalled")
def _(bench: Workbench) -> str:
    bench.set("STALL_TIMEOUT", 0.5)
    with black_hole() as port, bench.remote(port):
        return bench.message(GRU)


@provokes("stalled-curl")
def _(bench: Workbench) -> str:
    bench.set("STALL_TIMEOUT", 1)
    with silent_port() as port, bench.remote(port):
        return bench.message(GRU)


@provokes("filelock-old")
def _(bench: Workbench) -> str:
    bench.patch.setattr(filelock, "__version__", "3.9.0")
    return bench.message(GRU)


@provokes("lock-timeout")
def _(bench: Workbench) -> str:
    work = bench.home / "models" / ".resolver"
    work.mkdir(parents=True)
    note = {"host": "lab-server", "pid": 4242, "since": time.time() - 1805, "progress": "gru 12.30 MB"}
    (work / "holder.json").write_text(json.dumps(note), encoding="utf-8")
    bench.set("LOCK_TIMEOUT", 0.1)
    with filelock.FileLock(work / "lock"):
        return bench.message(GRU)


@provokes("layout-no-folder")
def _(bench: Workbench) -> str:
    bench.set("MODELS_REVISION", "main")
    return bench.message(GRU)


@provokes("layout-missing-model")
def _(bench: Workbench) -> str:
    commit_entries(bench.repository, {"models/GRU.h5": None})
    return bench.message(GRU)


@provokes("layout-irregular")
def _(bench: Workbench) -> str:
    blob = git("hash-object", "-w", "--stdin", cwd=bench.repository, stdin=b"/etc/passwd")
    commit_entries(bench.repository, {"models/GRU.h5": ("120000", blob)})
    return bench.message(GRU)


@provokes("layout-climbing")
def _(bench: Workbench) -> str:
    blob = git("hash-object", "-w", "--stdin", cwd=bench.repository, stdin=b"x")
    tree = git("mktree", cwd=bench.repository, stdin=f"100644 blob {blob}\t..\n".encode())
    commit_tree(bench.repository, f"040000 tree {tree}\tmodels\n")
    return bench.message(GRU)


@provokes("integrity-received")
def _(bench: Workbench) -> str:
    commit_file(bench.repository, "models/GRU.h5", PAGE)
    return bench.message(GRU)


@provokes("integrity-blob")
def _(bench: Workbench) -> str:
    fetch = GitTransport.fetch

    def fetch_another(self: GitTransport, snapshot: Any, blob: str, *rest: Any) -> Any:
        other = next(known for known in snapshot.blobs.values() if known != blob)
        return fetch(self, snapshot, other, *rest)

    bench.patch.setattr(GitTransport, "fetch", fetch_another)
    return bench.message(GRU)


def _put_there_by_hand(bench: Workbench, *, but: str = "") -> None:
    shutil.copytree(bench.models, bench.home / "models", ignore=shutil.ignore_patterns(but))


@provokes("integrity-locked")
def _(bench: Workbench) -> str:
    _put_there_by_hand(bench)
    write_lock(bench.stick / "models.lock.json")
    lock = json.loads((bench.stick / "models.lock.json").read_text(encoding="utf-8"))
    lock["sha256"]["GRU.h5"] = "0" * 64
    (bench.stick / "models.lock.json").write_text(json.dumps(lock), encoding="utf-8")
    remove_models()
    pinned = read_lock(bench.stick / "models.lock.json")
    settings = Settings.from_environment()
    return bench.message(lambda: download_into(settings, ["gru"], pinned=pinned))


@provokes("integrity-bundle")
def _(bench: Workbench) -> str:
    bundle = bench.stick / "models.bundle"
    git("bundle", "create", str(bundle), "models", cwd=bench.repository)
    bundle.write_bytes(bundle.read_bytes()[:-1000])
    bench.set("MODELS_URL", bundle)
    return bench.message(GRU)


@provokes("integrity-offline")
def _(bench: Workbench) -> str:
    (bench.home / "models").mkdir(parents=True)
    (bench.home / "models" / "GRU.h5").touch()
    bench.set("OFFLINE", 1)
    return bench.message(GRU)


def _export(bench: Workbench) -> Path:
    file = bench.stick / "models.zip"
    _put_there_by_hand(bench)
    export_to(file)
    remove_models()
    return file


def _rewrite(file: Path, changed: dict[str, bytes]) -> None:
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (members | changed).items():
            archive.writestr(name, content)


@provokes("import-not-an-export")
def _(bench: Workbench) -> str:
    file = bench.stick / "models.zip"
    file.write_bytes(PAGE)
    return bench.message(lambda: import_from(file))


@provokes("import-digest")
def _(bench: Workbench) -> str:
    file = _export(bench)
    _rewrite(file, {"GRU.h5": PAGE})
    return bench.message(lambda: import_from(file))


@provokes("import-structure")
def _(bench: Workbench) -> str:
    file = _export(bench)
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    manifest["models"]["GRU.h5"]["sha256"] = sha256(PAGE).hexdigest()
    _rewrite(file, {"GRU.h5": PAGE, "manifest.json": json.dumps(manifest).encode()})
    return bench.message(lambda: import_from(file))


@provokes("export-damaged")
def _(bench: Workbench) -> str:
    _put_there_by_hand(bench, but="GRU.h5")
    GRU()
    (bench.home / "models" / "GRU.h5").write_bytes(b"short")
    return bench.message(lambda: export_to(bench.stick / "models.zip"))


@provokes("lock-file-damaged")
def _(bench: Workbench) -> str:
    Path("models.lock.json").write_text("{}", encoding="utf-8")
    return bench.message(lambda: read_lock(Path("models.lock.json")))


_Usage = namedtuple("_Usage", "total used free")


def _almost_full(bench: Workbench) -> None:
    bench.patch.setattr(shutil, "disk_usage", lambda _folder: _Usage(10**9, 10**9, 10))


@provokes("storage-space")
def _(bench: Workbench) -> str:
    _almost_full(bench)
    return _same_units(bench.message(GRU))


@provokes("storage-full")
def _(bench: Workbench) -> str:
    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    bench.patch.setattr(GitTransport, "fetch", fail)
    return _same_units(bench.message(GRU))


def _same_units(message: str) -> str:
    """Let bytes, kilobytes and megabytes count as equal, as their numbers do."""
    return re.sub(r"(?<=\d )(bytes|B|kB|MB|GB|TB)\b", "MB", message)


@provokes("storage-permission")
def _(bench: Workbench) -> str:
    def fail(work_folder: Path) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(work_folder))

    bench.patch.setattr("humanpose3d.model_assets.locking.HomeLock", fail)
    return bench.message(GRU)


@provokes("storage-leftovers")
def _(bench: Workbench) -> str:
    stray = bench.home / "models" / ".resolver" / "tmp-elsewhere-0"
    stray.mkdir(parents=True)
    (stray / "pack").write_bytes(bytes(2 * 2**20))
    _almost_full(bench)
    return _same_units(bench.message(GRU))


@provokes("storage-link")
def _(bench: Workbench) -> str:
    bench.home.mkdir(exist_ok=True)
    (bench.home / "models").symlink_to(bench.stick / "models")
    return bench.message(GRU)


def _too_many_files(*_arguments: object) -> None:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


@provokes("storage-receipts")
def _(bench: Workbench) -> str:
    GRU()
    os.utime(bench.home / "models" / "manifest.json", (1, 1))
    bench.patch.setattr(folder, "read_text", _too_many_files)
    return bench.message(GRU)


@provokes("storage-model")
def _(bench: Workbench) -> str:
    GRU()
    os.utime(bench.home / "models" / "GRU.h5", (1, 1))
    bench.patch.setattr(status, "digest_file", _too_many_files)
    return bench.message(GRU)


@provokes("storage-gone")
def _(bench: Workbench) -> str:
    bench.patch.setattr(cold_path, "swap", lambda *_arguments: [])
    return bench.message(GRU)


@provokes("stays")
def _(bench: Workbench) -> str:
    (bench.home / "models").mkdir(parents=True)
    (bench.home / "models" / "GRU.h5").write_bytes(b"")
    with bench.remote(closed_port()):
        return bench.message(GRU)


@provokes("storage-read-only")
def _(bench: Workbench) -> str:
    words = "fatal: unable to create file: Read-only file system"
    return str(diagnose(words, remote=f"{bench.server.url}/models.git", subject="models/GRU.h5"))


@provokes("git-does-not-run")
def _(bench: Workbench) -> str:
    git = bench.stick / "git"
    git.write_text("#!/bin/sh\necho no >&2\nexit 1\n", encoding="utf-8")
    git.chmod(0o755)
    bench.patch.setenv("PATH", str(bench.stick), prepend=os.pathsep)
    bench.patch.setitem(sys.modules, "dulwich", None)
    return bench.message(lambda: version_of(find_git(10.0)))


@provokes("git-stand-in")
def _(bench: Workbench) -> str:
    words = "xcrun: error: invalid active developer path (/Library/Developer/CommandLineTools)"
    return str(diagnose(words, remote=f"{bench.server.url}/models.git", subject="models/GRU.h5"))


@provokes("authentication-proxy")
def _(bench: Workbench) -> str:
    words = "fatal: unable to access 'x': CONNECT tunnel failed, response 407"
    return str(diagnose(words, remote=f"{bench.server.url}/models.git", subject="models/GRU.h5"))


@provokes("connection-proxy")
def _(bench: Workbench) -> str:
    words = "fatal: unable to access 'x': CONNECT tunnel failed, response 403"
    return str(diagnose(words, remote=f"{bench.server.url}/models.git", subject="models/GRU.h5"))


@provokes("connection-not-tls")
def _(bench: Workbench) -> str:
    words = "fatal: unable to access 'x': SSL routines::wrong version number"
    return str(diagnose(words, remote=f"{bench.server.url}/models.git", subject="models/GRU.h5"))


@provokes("download-settings")
def _(bench: Workbench) -> str:
    words = "fatal: bad config line 1 in file /home/user/.gitconfig"
    return str(diagnose(words, remote=f"{bench.server.url}/models.git", subject="models/GRU.h5"))


@provokes("download-memory")
def _(bench: Workbench) -> str:
    words = "fatal: Out of memory, realloc failed"
    return str(diagnose(words, remote=f"{bench.server.url}/models.git", subject="models/GRU.h5"))


@provokes("download-killed")
def _(bench: Workbench) -> str:
    words = "fatal: git was killed by signal 9"
    return str(diagnose(words, remote=f"{bench.server.url}/models.git", subject="models/GRU.h5"))


@provokes("download-no-https")
def _(bench: Workbench) -> str:
    words = "fatal: unable to find remote helper for 'https'"
    return str(diagnose(words, remote=f"{bench.server.url}/models.git", subject="models/GRU.h5"))


@provokes("storage-limits")
def _(bench: Workbench) -> str:
    words = "fatal: unable to fork: Too many open files"
    return str(diagnose(words, remote=f"{bench.server.url}/models.git", subject="models/GRU.h5"))


@provokes("storage-file-size")
def _(bench: Workbench) -> str:
    words = "fatal: write error: File too large"
    return str(diagnose(words, remote=f"{bench.server.url}/models.git", subject="models/GRU.h5"))


@provokes("authentication-ownership")
def _(bench: Workbench) -> str:
    remote = f"{bench.stick}/models.git"
    words = f"fatal: detected dubious ownership in repository at '{remote}'"
    return str(diagnose(words, remote=remote, subject="models/GRU.h5"))


@provokes("import-missing")
def _(bench: Workbench) -> str:
    return bench.message(lambda: import_from(bench.stick / "models.zip"))


@provokes("write-failed")
def _(bench: Workbench) -> str:
    _put_there_by_hand(bench)
    return bench.message(lambda: export_to(bench.stick / "nothing" / "models.zip"))


@provokes("export-incomplete")
def _(bench: Workbench) -> str:
    _put_there_by_hand(bench, but="GRU.h5")
    return bench.message(lambda: export_to(bench.stick / "models.zip"))


@provokes("lock-incomplete")
def _(bench: Workbench) -> str:
    _put_there_by_hand(bench, but="GRU.h5")
    return bench.message(lambda: write_lock(bench.stick / "models.lock.json"))


@provokes("lock-file-missing")
def _(bench: Workbench) -> str:
    return bench.message(lambda: read_lock(Path("models.lock.json")))
