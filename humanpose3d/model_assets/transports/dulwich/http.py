"""Requests over http(s), as git makes them: its proxies, certificates and redirects, its trace, and its words."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3
from dulwich.client import HttpGitClient, default_urllib3_manager
from dulwich.config import ConfigFile, StackedConfig, apply_instead_of
from dulwich.errors import GitProtocolError, NotGitRepository
from dulwich.object_store import ObjectStoreGraphWalker
from urllib3 import exceptions as faults

from humanpose3d.model_assets.transports.dulwich.objects import FatalError
from humanpose3d.model_assets.transports.git.remote import credentials_in, parse_remote

_LARGEST_LISTING = 1 << 26  # bytes of what a server lists
_REDIRECTS = 5


def fetch_pack(
    address: str,
    choose: Callable[[Mapping[str, str]], str],
    wanted: str,
    write: Callable[[bytes], int],
    options: Sequence[str],
    stall_timeout: float,
) -> str:
    """Ask a server for an object and what belongs to it, and `write` the pack; return the id that was chosen.

    `choose` finds the id among the refs; `options` are those of ``git fetch``.
    """
    config = StackedConfig.default()
    remote = parse_remote(apply_instead_of(config, address))
    login = remote.credentials or (credentials_in(os.environ) if remote.address == address else None)
    name, password = (login.username, login.password) if login else (None, None)
    requests = _Requests(_manager(remote.address, config), stall_timeout)
    client = HttpGitClient(
        remote.address,
        pool_manager=requests,  # type: ignore[arg-type]  # all that it calls is there
        config=config,
        username=name,
        password=password,
        thin_packs=False,
    )
    found = ""

    def determine_wants(refs: Mapping[bytes, bytes], depth: int | None = None) -> list[bytes]:  # noqa: ARG001
        nonlocal found
        found = choose({os.fsdecode(ref): commit.decode() for ref, commit in refs.items()})
        return [found.encode()]

    try:
        client.fetch_pack(
            b"",
            determine_wants,  # type: ignore[arg-type]  # its own types are bytes with another name
            ObjectStoreGraphWalker([], lambda _commit: []),  # nothing is here already
            write,
            progress=_repeat,
            depth=1 if "--depth=1" in options else None,
            ref_prefix=[prefix + wanted.encode() for prefix in (b"", b"refs/tags/", b"refs/heads/")],
            filter_spec=b"blob:none" if "--filter=blob:none" in options else None,
        )
    except (FatalError, GitProtocolError) as error:
        if client.protocol_version != 2 and "not our ref" in str(error):
            raise FatalError(f"Server does not allow request for unadvertised object {found}") from error
        raise
    except NotGitRepository:
        raise FatalError(f"repository '{remote.address}' not found") from None
    return found


def _repeat(text: bytes) -> None:
    """Print what the server says as git does, so that nobody takes it for words of our own."""
    for line in text.decode("utf-8", "replace").splitlines():
        print(f"remote: {line}", file=sys.stderr, flush=True)


def _manager(address: str, config: StackedConfig) -> Any:
    """Return what makes connections: dulwich reads git's settings, and curl's variables are for us to tell it."""
    url, proxies = urlsplit(address), getproxies()
    proxy = None if proxy_bypass(url.netloc) else proxies.get(url.scheme, proxies.get("all"))
    for name in list(os.environ):
        if name.lower() in ("http_proxy", "https_proxy", "all_proxy"):
            del os.environ[name]
    if proxy:
        os.environ["https_proxy"] = proxy if "://" in proxy else f"http://{proxy}"
    chosen = ConfigFile()
    for variable in ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "GIT_SSL_CAINFO"):
        if file := os.environ.get(variable):
            chosen.set((b"http", url.geturl().encode()), b"sslCAInfo", os.fsencode(file))
    if os.environ.get("GIT_SSL_NO_VERIFY"):
        chosen.set((b"http", url.geturl().encode()), b"sslVerify", b"false")
    try:
        return default_urllib3_manager(StackedConfig([chosen, *config.backends]), base_url=address)
    except (faults.HTTPError, NotImplementedError) as error:
        raise FatalError(f"Failed to connect to the proxy: {error}") from error


class _Requests:
    """The requests of one client."""

    def __init__(self, manager: Any, stall_timeout: float) -> None:
        self.headers: Mapping[str, str] = manager.headers
        self._manager = manager
        self._stall_timeout = stall_timeout

    def request(self, method: str, url: str, **options: Any) -> _Response:
        """Make a request; only a first one, which sends nothing, may be redirected."""
        # A host may have several addresses, which are tried one after the other.
        options["timeout"] = urllib3.Timeout(connect=self._stall_timeout / 3, read=self._stall_timeout)
        options["retries"] = urllib3.Retry(total=None, connect=0, read=0, status=0, other=0, redirect=_REDIRECTS)
        _trace("==", "Info:   Trying")
        answer = self.told(lambda: self._manager.request(method, url, redirect=method == "GET", **options))
        _trace("=>", "Send header: ")
        _trace("<=", f"Recv header: HTTP/1.1 {answer.status}")
        _trace("<=", f"Recv header: content-type: {answer.headers.get('Content-Type', '')}")
        if answer.status == 401:
            raise FatalError(f"Authentication failed for '{url}'")
        if answer.status not in (200, 404):
            raise FatalError(f"The requested URL returned error: {answer.status}")
        if urlsplit(answer.geturl() or url).path.rpartition("/")[2] != urlsplit(url).path.rpartition("/")[2]:
            raise FatalError(f"unable to update url base from redirection: {answer.geturl()}")
        lists = "/info/refs" in url or b"command=ls-refs" in options.get("body", b"")
        return _Response(answer, self, _LARGEST_LISTING if lists else None)

    def told(self, work: Callable[[], Any]) -> Any:
        """Do `work`, and say in git's words what goes wrong."""
        try:
            return work()
        except faults.HTTPError as error:
            reason = getattr(error, "reason", None) or error
            if isinstance(reason, faults.TimeoutError) and not isinstance(reason, faults.NewConnectionError):
                raise FatalError(f"Operation too slow: not one byte for {self._stall_timeout:g} s") from error
            raise FatalError(_words(reason)) from error


class _Response:
    """An answer, of which at most `largest` bytes are read."""

    def __init__(self, answer: Any, requests: _Requests, largest: int | None) -> None:
        self.status, self.headers, self.geturl, self.close = answer.status, answer.headers, answer.geturl, answer.close
        self._answer, self._told, self._left = answer, requests.told, largest
        self._begin: bytes = self._told(lambda: answer.read(8))
        if self._begin[4:8] == b"ERR ":
            raise FatalError("remote error: " + self._told(lambda: answer.read(1000)).decode("utf-8", "replace"))

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer at the end."""
        data, self._begin = self._begin[:size], self._begin[size:]
        if len(data) < size:
            data += self._told(lambda: self._answer.read(size - len(data)))
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise FatalError("out of memory: the repository lists more than 64 MiB of branches and tags")
        return data


def _trace(direction: str, words: str) -> None:
    """Say as git's own trace does that a connection is tried and what is sent and answered."""
    if os.environ.get("GIT_TRACE_CURL"):
        print(f"00:00:00.000000 http.c:1 {direction} {words}", file=sys.stderr, flush=True)


def _words(error: Exception) -> str:
    text = str(error).replace("_", " ")
    if "Tunnel connection failed: " in text:
        return f"CONNECT tunnel failed, response {text.partition('Tunnel connection failed: ')[2]}"
    lead = next((lead for kind, lead in _LEADS if isinstance(error, kind)), "Recv failure")
    return f"{lead}: {text.rpartition('>: ')[2] or text}"


_LEADS = (
    (faults.NameResolutionError, "Could not resolve host"),
    (faults.NewConnectionError, "Failed to connect"),
    (faults.SSLError, "SSL"),
    (faults.ProxyError, "Failed to connect to the proxy"),
    (faults.LocationValueError, "A redirection is not followed"),
)
