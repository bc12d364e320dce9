"""Git's commands as far as the git transport gives them, with dulwich in place of git.

What they print, their exit codes, and the words in which they complain are git's: the table of faults knows these.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from dulwich.errors import NotGitRepository

from humanpose3d.model_assets.transports.dulwich.objects import CHUNK, FatalError, Objects
from humanpose3d.model_assets.transports.git.remote import choose_commit, is_full_commit_id, parse_remote
from humanpose3d.model_assets.transports.git.supervisor import bound_memory
from humanpose3d.model_assets.transports.git.tree import parse_tree


def main(arguments: Sequence[str]) -> int:
    """Run a command; return its exit code, all that it prints being written."""
    bound_memory()
    try:
        _run(list(arguments))
        sys.stdout.flush()
    except FatalError as error:
        words = str(error)
    except MemoryError:
        words = "out of memory"
    except NotGitRepository as error:
        words = f"'{error}' does not appear to be a git repository"
    except OSError as error:
        words = f"could not create '{error.filename}': {error.strerror}" if error.filename else str(error)
    except Exception as error:  # noqa: BLE001  (whatever dulwich makes of what a server sent)
        words = f"protocol error: {error or type(error).__name__}"
    else:
        return 0
    print(f"fatal: {words}", file=sys.stderr, flush=True)
    return 128


def _run(arguments: list[str]) -> None:
    settings = {}
    while arguments[0] == "-c":
        name, _, value = arguments[1].partition("=")
        settings[name], arguments = value, arguments[2:]
    if arguments == ["--version"]:
        import dulwich

        print("dulwich", ".".join(map(str, dulwich.__version__)))
        return
    folder = Path(arguments[0].removeprefix("--git-dir="))
    if arguments[1] == "cat-file":
        _show(folder, arguments[2:])
    elif arguments[1:3] == ["ls-remote", "--get-url"]:
        from dulwich.config import StackedConfig, apply_instead_of

        print(apply_instead_of(StackedConfig.default(), arguments[-1]))
    elif arguments[1] == "ls-remote":
        sys.stdout.write(_listing(_refs_at(arguments[-1])))
    elif arguments[1] == "fetch":
        *options, _, address, wanted = arguments[2:]
        found = _fetch(folder, address, wanted, options, float(settings["http.lowSpeedTime"]))
        (folder / "FETCH_HEAD").write_text(found, encoding="ascii")
    else:
        raise FatalError(f"'{arguments[1]}' is not a git command")


def _fetch(folder: Path, address: str, wanted: str, options: Sequence[str], stall_timeout: float) -> str:
    """Bring what is wanted, and what belongs to it, into a repository; return its id."""
    if is_full_commit_id(wanted) and wanted in Objects(folder):
        return wanted
    if parse_remote(address).is_http:
        from humanpose3d.model_assets.transports.dulwich.http import fetch_pack
        from humanpose3d.model_assets.transports.dulwich.packs import IncomingPack

        pack = IncomingPack(folder)

        def choose(refs: Mapping[str, str]) -> str:
            return _chosen(refs, wanted)

        found = fetch_pack(address, choose, wanted, pack.write, options, stall_timeout)
        pack.finish()
    else:
        found = _chosen(_refs_at(address), wanted)
        _take(folder, address)
    if found not in Objects(folder):
        raise FatalError(f"the source did not send all necessary objects: bad object {found}")
    return found


def _listing(refs: Mapping[str, str]) -> str:
    return "".join(f"{commit}\t{ref}\n" for ref, commit in refs.items())


def _chosen(refs: Mapping[str, str], wanted: str) -> str:
    found = wanted if is_full_commit_id(wanted) else choose_commit(_listing(refs), wanted)
    if found is None:
        raise FatalError(f"couldn't find remote ref {wanted}")
    return found


def _refs_at(address: str) -> dict[str, str]:
    """Return the refs of a bundle or repository in this file system."""
    if parse_remote(address).bundle:
        with _opened_bundle(address) as (refs, _):
            return refs
    if not os.path.isabs(address):  # noqa: PTH117
        raise FatalError(f"unable to find remote helper for '{address.partition(':')[0]}'")
    from dulwich.repo import Repo

    with closing(Repo(address)) as repository:
        return {os.fsdecode(ref): commit.decode() for ref, commit in repository.get_refs().items()}


def _take(folder: Path, address: str) -> None:
    """Make the objects of a bundle or repository in this file system those of `folder` too."""
    if parse_remote(address).bundle:
        from humanpose3d.model_assets.transports.dulwich.packs import IncomingPack

        pack = IncomingPack(folder)
        with _opened_bundle(address) as (_, file):
            while data := file.read(CHUNK):
                pack.write(data)
        pack.finish()
        return
    from dulwich.repo import Repo

    with closing(Repo(address)) as repository, (folder / "objects/info/alternates").open("ab") as alternates:
        alternates.write(os.fsencode(repository.object_store.path) + b"\n")


@contextmanager
def _opened_bundle(address: str) -> Iterator[tuple[dict[str, str], BinaryIO]]:
    """Read the head of a bundle; yield its refs, and the file at the beginning of the pack."""
    with open(address, "rb") as file:  # noqa: PTH123
        if file.readline(99) not in (b"# v2 git bundle\n", b"# v3 git bundle\n"):
            raise FatalError(f"'{address}' does not look like a v2 or v3 bundle file")
        refs = {}
        while (line := file.readline(CHUNK)) != b"\n":
            if not line.endswith(b"\n"):
                raise FatalError("early EOF")
            commit, _, ref = os.fsdecode(line.rstrip()).partition(" ")
            if is_full_commit_id(commit):  # the other lines are no refs
                refs[ref] = commit
        yield refs, file


def _show(folder: Path, options: Sequence[str]) -> None:
    """Print the size of an object, or objects with what they are, as ``git cat-file`` does."""
    objects, out = Objects(folder), sys.stdout.buffer
    if options[0] == "-s":
        out.write(b"%d\n" % objects.read(options[1])[1])
        return
    for name in sys.stdin.buffer.read().decode("utf-8", "surrogateescape").splitlines():
        found = _find(folder, objects, name)
        if found is None:
            out.write(os.fsencode(f"{name} missing\n"))
            continue
        kind, size, pieces = objects.read(found)
        out.write(f"{found} {kind} {size}\n".encode())
        out.writelines(pieces)
        out.write(b"\n")


def _find(folder: Path, objects: Objects, name: str) -> str | None:
    """Return the id of ``ID``, ``REVISION^{commit}``, ``REVISION^{tree}`` or ``REVISION:PATH``, if it is there."""
    revision, colon, path = name.partition(":")
    revision, _, kind = revision.partition("^")
    found = (folder / revision).read_text(encoding="ascii") if revision == "FETCH_HEAD" else revision
    if kind or colon:
        found = _follow(objects, found, "tag", b"object ")
        if found not in objects or objects.read(found)[0] != "commit":
            return None
        if kind != "{commit}":
            found = _follow(objects, found, "commit", b"tree ")
    for part in path.split("/") if colon else ():
        content = b"".join(objects.read(found)[2]) if found in objects and objects.read(found)[0] == "tree" else b""
        found = next((entry.object_id for entry in parse_tree(content, "") if entry.path == part), "")
    return found if found in objects else None


def _follow(objects: Objects, found: str, kind: str, field: bytes) -> str:
    """Return what an object of a kind leads to by its first line, and by that of the next, or what is none."""
    while found in objects and objects.read(found)[0] == kind:
        line, _, _ = b"".join(objects.read(found)[2]).partition(b"\n")
        found = line.removeprefix(field).decode()
    return found
