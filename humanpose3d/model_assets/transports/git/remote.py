"""What kind of place a remote is, and its login, which nothing but git gets to see."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

WITHOUT_COMMIT = "the source does not hand out this commit"
"""Put before git's words by the transport, which knows that a commit was asked for; git words it in many ways."""

_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]+:/+"
_CREDENTIALS = tuple(
    re.compile(form, re.DOTALL)
    for form in (
        rf"{_SCHEME}(?P<secret>[^/?#]*@)",
        # What follows the colon is no port: a password with a character in it that ends the part of the host.
        rf"{_SCHEME}(?P<secret>[^/?#@:\[]*:(?![0-9]*[/?#]).*@)",
        r"(?P<secret>[^/@]*:[^/@]*@)[^/@]*:",  # as scp has it, which knows no passwords
    )
)
_SSH = re.compile(r"(git\+)?ssh(\+git)?://|(?![A-Za-z][A-Za-z0-9+.-]+:/)", re.IGNORECASE)
_FULL_ID = re.compile(r"[0-9a-f]{40}")
_USERNAME, _PASSWORD = "MODELS_LOGIN_USERNAME", "MODELS_LOGIN_PASSWORD"
# Git runs it by a shell, whose own printf it is: no process has the secret in its arguments.
_HELPER = f'!f() {{ printf "username=%s\\npassword=%s\\n" "${_USERNAME}" "${_PASSWORD}"; }}; f'
_SHORTEST_SECRET = 4  # shorter ones are parts of many words
_IN_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^/\s'\"]*@")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A login for one host, which reaches git through its environment: no other user can read that.

    Arguments, configuration, and files hold the address without it. No other host gets it, wherever the server
    redirects.
    """

    host: str  # scheme, host and port, as in https://host:8443
    username: str = field(repr=False)  # or a token
    password: str | None = field(repr=False)  # None where the address names none

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that carry it."""
        return {_USERNAME: self.username, _PASSWORD: self.password or ""}

    @property
    def settings(self) -> Sequence[str]:
        """The ``-c`` arguments: for this host our helper alone, since others would store what they hear."""
        key = f"credential.{self.host}.helper"
        return ["-c", f"{key}=", "-c", f"{key}={_HELPER}"]

    @property
    def question(self) -> bytes:
        """What to ask ``git credential fill`` for the password."""
        scheme, _, host = self.host.partition("://")
        return f"protocol={scheme}\nhost={host}\nusername={self.username}\n\n".encode()

    @property
    def secrets(self) -> Sequence[str]:
        """Every form in which a message could hold it."""
        pair = f"{self.username}:{self.password or ''}"
        forms = [b64encode(pair.encode()).decode(), self.password or self.username]
        return [form for form in forms if len(form) >= _SHORTEST_SECRET]


def credentials_in(environ: Mapping[str, str]) -> Credentials | None:
    """Return the login that an environment carries; its host is the one that git was called for."""
    name = environ.get(_USERNAME)
    return None if name is None else Credentials("", name, environ.get(_PASSWORD))


@dataclass(frozen=True, slots=True)
class GitRemote:
    """A remote, as git is to be given it."""

    address: str  # a URL or an absolute path, without a password, since every user can read arguments
    shown: str  # the same without a user
    bundle: bool = False  # a bundle file, which is always taken whole
    objects: Path | None = None  # of a repository in this file system, whose objects can be read where they lie
    credentials: Credentials | None = None  # the login that an http address carried

    @property
    def at_hand(self) -> bool:
        """Whether everything that is in it can be read from this file system."""
        return self.bundle or self.objects is not None

    @property
    def is_http(self) -> bool:
        """Whether curl watches the transfer and ends it when it stalls."""
        return self.address.startswith(("http://", "https://"))


def parse_remote(remote: str) -> GitRemote:
    """Find out what `remote` is; looks at the disk, opens nothing else."""
    path = _local_path(remote)
    if path is None:
        return _with_login(remote)
    address = str(path)
    if os.path.isfile(address):  # noqa: PTH113
        return GitRemote(address, address, bundle=True)
    folders = (path / "objects", path / ".git" / "objects")
    # git reads one path a line from the alternates file and gives a leading quote or hash a meaning.
    objects = (folder for folder in folders if os.path.isdir(folder) and "\n" not in str(folder))  # noqa: PTH112
    return GitRemote(address, address, objects=next(objects, None))


def _local_path(remote: str) -> Path | None:
    if remote.startswith("file://"):
        from urllib.request import url2pathname  # brings an HTTP client along, which nothing else here needs

        _host, slash, path = remote.removeprefix("file://").partition("/")
        return Path(url2pathname(slash + path))
    name = os.path.expanduser(remote)  # noqa: PTH111  (these functions of os.path accept any text, Path's do not)
    if "://" not in remote and (os.path.exists(name) or ":" not in remote):  # noqa: PTH110
        return Path(name).absolute()
    return None


def _with_login(remote: str) -> GitRemote:
    start, end = _place_of_credentials(remote)
    shown = hide_credentials(remote)
    user, colon, password = remote[start:end].removesuffix("@").partition(":")
    if (user or password) and _SSH.match(remote):  # needs the user, and takes no password from an address
        return GitRemote(f"{remote[:start]}{user}@{remote[end:]}", shown)
    if not (user or password) or not shown.lower().startswith(("http://", "https://")):
        return GitRemote(shown, shown)
    host = re.split("[/?#]", shown, maxsplit=3)
    login = Credentials(f"{host[0]}//{host[2]}", _decoded(user), _decoded(password) if colon else None)
    return GitRemote(shown, shown, credentials=login)


def _decoded(text: str) -> str:
    from urllib.parse import unquote

    decoded = unquote(text)
    return decoded if decoded.isprintable() else text


def hide_credentials(remote: str) -> str:
    """Return `remote` without the user and password that it may carry, even where they are miswritten."""
    start, end = _place_of_credentials(remote)
    return remote[:start] + remote[end:]


def _place_of_credentials(remote: str) -> tuple[int, int]:
    for form in _CREDENTIALS:
        if found := form.match(remote):
            return found.span("secret")
    return 0, 0


def is_full_commit_id(revision: str) -> bool:
    """Whether `revision` is a complete SHA-1 object id."""
    return _FULL_ID.fullmatch(revision) is not None


def choose_commit(listing: str, revision: str) -> str | None:
    """Find a revision in what ``git ls-remote`` printed, in git's own order: full ref, tag (peeled), branch."""
    refs = {}
    for line in listing.splitlines():
        object_id, _, ref = line.partition("\t")
        refs[ref] = object_id
    candidates = (revision, f"refs/tags/{revision}^{{}}", f"refs/tags/{revision}", f"refs/heads/{revision}")
    return next((refs[ref] for ref in candidates if ref in refs), None)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Return what git said without secrets, without logins in addresses, and without control characters."""
    for secret in secrets:
        text = text.replace(secret, "***")
    lines = _IN_ADDRESS.sub(r"\1", text).replace("\r", "\n").split("\n")
    return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in lines)
