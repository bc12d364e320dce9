"""Git's words, as they were observed, and the errors that they become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.model_assets import (
    AuthenticationError,
    ConnectionFailedError,
    DownloadError,
    DownloadTimeoutError,
    GitNotFoundError,
    IntegrityError,
    ModelAssetError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    StorageError,
)
from humanpose3d.model_assets.transports.git.diagnosis import diagnose, is_disk_full

URL = "https://host/models.git"
OBSERVED: list[tuple[str, type[ModelAssetError], bool]] = [
    (f"fatal: repository '{URL}/' not found", RepositoryNotFoundError, False),
    ("fatal: remote error: access denied or repository not exported: /m.git", RepositoryNotFoundError, False),
    ("fatal: '/m.git' does not appear to be a git repository", RepositoryNotFoundError, False),
    ("fatal: couldn't find remote ref models", RevisionNotFoundError, False),
    ("fatal: remote error: upload-pack: not our ref " + "1" * 40, RevisionNotFoundError, False),
    (f"error: {URL} did not send all necessary objects", RevisionNotFoundError, False),
    (
        f"fatal: could not read Username for '{URL}': terminal prompts disabled",
        AuthenticationError,
        False,
    ),
    (f"fatal: Authentication failed for '{URL}/'", AuthenticationError, False),
    ("git@host: Permission denied (publickey).", AuthenticationError, False),
    ("Host key verification failed.", AuthenticationError, False),
    (f"fatal: unable to access '{URL}/': The requested URL returned error: 403", AuthenticationError, False),
    (f"fatal: unable to access '{URL}/': The requested URL returned error: 429", ConnectionFailedError, True),
    (f"fatal: unable to access '{URL}/': The requested URL returned error: 502", ConnectionFailedError, True),
    ("error: RPC failed; HTTP 500 curl 22 The requested URL returned error: 500", ConnectionFailedError, True),
    (f"fatal: unable to access '{URL}/': Could not resolve host: host", ConnectionFailedError, True),
    ("fatal: unable to look up host (port 9418) (Name or service not known)", ConnectionFailedError, True),
    (f"fatal: unable to access '{URL}/': Failed to connect to host port 443", ConnectionFailedError, True),
    (
        f"fatal: unable to access '{URL}/': server certificate verification failed. CAfile: none CRLfile: none",
        ConnectionFailedError,
        False,
    ),
    (
        f"fatal: unable to access '{URL}/': SSL certificate problem: unable to get local issuer certificate",
        ConnectionFailedError,
        False,
    ),
    (
        f"fatal: unable to access '{URL}/': GnuTLS recv error (-110): The TLS connection was non-properly terminated",
        ConnectionFailedError,
        True,
    ),
    ("error: RPC failed; curl 18 transfer closed with outstanding read data remaining", ConnectionFailedError, True),
    ("error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly", ConnectionFailedError, True),
    ("fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF", ConnectionFailedError, True),
    ("fatal: the remote end hung up unexpectedly", ConnectionFailedError, True),
    ("error: inflate: data stream error (incorrect data check)\nfatal: serious inflate", ConnectionFailedError, True),
    ("fatal: pack has bad object at offset 12: inflate returned -3", ConnectionFailedError, True),
    ("fatal: protocol error: bad line length character: <htm", ConnectionFailedError, True),
    (
        "error: RPC failed; curl 28 Operation too slow. Less than 1 bytes/sec transferred the last 60 seconds",
        DownloadTimeoutError,
        False,
    ),
    ("Timeout, server host not responding.", DownloadTimeoutError, False),
    ("fatal: unable to create file: Read-only file system", StorageError, False),
    ("fatal: Unable to create temporary file '/x': Permission denied", StorageError, False),
    ("fatal: detected dubious ownership in repository at '/m.git'", AuthenticationError, False),
    ("fatal: transport 'ext' not allowed", DownloadError, False),
    ("fatal: strange hostname '-oProxyCommand=x' blocked", DownloadError, False),
    ("fatal: something nobody has ever seen", DownloadError, False),
    (f"fatal: unable to access '{URL}/': Received HTTP code 407 from proxy after CONNECT", AuthenticationError, False),
    (f"fatal: unable to access '{URL}/': CONNECT tunnel failed, response 407", AuthenticationError, False),
    (f"fatal: unable to access '{URL}/': The requested URL returned error: 407", AuthenticationError, False),
    (
        f"fatal: unable to access '{URL}/': Received HTTP code 403 from proxy after CONNECT",
        ConnectionFailedError,
        False,
    ),
    (f"fatal: unable to access '{URL}/': CONNECT tunnel failed, response 403", ConnectionFailedError, False),
    (f"fatal: unable to access '{URL}/': CONNECT tunnel failed, response 503", ConnectionFailedError, True),
    (f"fatal: unable to access '{URL}/': Could not resolve proxy: proxy", ConnectionFailedError, True),
    (f"fatal: unable to access '{URL}/': Proxy CONNECT aborted", ConnectionFailedError, True),
    (
        f"fatal: unable to access '{URL}/': OpenSSL SSL_connect: Connection reset by peer in connection to host:443 ",
        ConnectionFailedError,
        True,
    ),
    (
        f"fatal: unable to access '{URL}/': OpenSSL SSL_read: Connection was reset, errno 10054",
        ConnectionFailedError,
        True,
    ),
    (f"fatal: unable to access '{URL}/': Recv failure: Connection was reset", ConnectionFailedError, True),
    (f"fatal: unable to access '{URL}/': Send failure: Broken pipe", ConnectionFailedError, True),
    (
        f"fatal: unable to access '{URL}/': schannel: failed to receive handshake, SSL/TLS connection failed",
        ConnectionFailedError,
        True,
    ),
    (f"fatal: unable to access '{URL}/': SSL connection timeout", ConnectionFailedError, True),
    (
        f"fatal: unable to access '{URL}/': Failed to connect to host port 443 after 75003 ms: Operation timed out",
        ConnectionFailedError,
        True,
    ),
    ("error: RPC failed; curl 56 Recv failure: Operation timed out", ConnectionFailedError, True),
    (f"fatal: unable to access '{URL}/': Error in the HTTP2 framing layer", ConnectionFailedError, True),
    (
        "error: RPC failed; curl 92 HTTP/2 stream 0 was not closed cleanly: PROTOCOL_ERROR (err 1)",
        ConnectionFailedError,
        True,
    ),
    (
        f"fatal: unable to access '{URL}/': error:0A00010B:SSL routines::wrong version number",
        ConnectionFailedError,
        False,
    ),
    (
        f"fatal: unable to access '{URL}/': schannel: next InitializeSecurityContext failed: SEC_E_UNTRUSTED_ROOT",
        ConnectionFailedError,
        False,
    ),
    (
        "xcrun: error: invalid active developer path (/Library/Developer/CommandLineTools), missing xcrun at: /x",
        GitNotFoundError,
        False,
    ),
    ("xcode-select: note: no developer tools were found at '/Applications/Xcode.app'", GitNotFoundError, False),
    ("fatal: git was killed by signal 9", DownloadError, False),
    ("error: index-pack died of signal 9\nfatal: index-pack failed", DownloadError, False),
    ("error: index-pack died of signal 25\nfatal: index-pack failed", StorageError, False),
    ("fatal: write error: File too large\nfatal: fetch-pack: invalid index-pack output", StorageError, False),
    ("error: cannot create standard output pipe for git-upload-pack: Too many open files", StorageError, False),
    ("fatal: bad config line 1 in file /home/user/.gitconfig", DownloadError, False),
    ("fatal: bad boolean config value 'maybe' for 'http.sslverify'", DownloadError, False),
    ("fatal: unable to access '/home/user/.gitconfig': Permission denied", DownloadError, False),
    ("fatal: unable to find remote helper for 'https'", DownloadError, False),
    ("fatal: Out of memory, malloc failed (tried to allocate 2097153 bytes)", DownloadError, False),
    ("", DownloadError, False),
]


@pytest.mark.parametrize(("words", "error", "transient"), OBSERVED)
def test_observed_words(words: str, error: type[ModelAssetError], transient: bool) -> None:
    found = diagnose(words, remote=URL, subject="models/GRU.h5")
    assert type(found) is error
    assert found.transient is transient  # type: ignore[attr-defined]
    assert URL in str(found) and "models/GRU.h5" in str(found)
    quoted = words.splitlines()[0].partition(": ")[2] if words else "git said nothing"
    assert any(part in str(found) for part in (quoted, *words.rstrip(".").splitlines()))


@pytest.mark.parametrize("scheme", ["https", "ssh"])
def test_a_name_is_none_of_gits_words(scheme: str) -> None:
    """A host may be called so; only what the library says decides."""
    remote = f"{scheme}://schannel.tls-certificate.org/TLS.git"
    words = f"fatal: unable to access '{remote}/': The requested URL returned error: 400"
    assert type(diagnose(words, remote=remote, subject="x")) is DownloadError
    words = "fatal: schannel.tls-certificate.org is of no use"
    assert type(diagnose(words, remote=remote, subject="x")) is DownloadError
    words = f"fatal: unable to access '{remote}/': Could not resolve host: schannel.tls-certificate.org"
    assert "http.sslCAInfo" not in str(diagnose(words, remote=remote, subject="x"))


def test_what_the_server_says_decides_only_where_git_says_nothing_known() -> None:
    words = "remote: Authentication failed for no reason: certificate\nfatal: early EOF"
    found = diagnose(words, remote=URL, subject="x")
    assert type(found) is ConnectionFailedError and "early EOF" in str(found)
    words = "remote: Repository not found.\nfatal: what nobody has seen"
    assert type(diagnose(words, remote=URL, subject="x")) is RepositoryNotFoundError


def test_a_long_line_is_cut() -> None:
    assert len(str(diagnose("fatal: " + "x" * 10_000, remote=URL, subject="x"))) < 500


@pytest.mark.parametrize("words", ["fatal: early EOF", "fatal: index-pack died", "fatal: invalid gitfile format: /x"])
def test_a_bundle_is_damaged_not_cut_off(words: str) -> None:
    found = diagnose(words, remote="/stick/m.bundle", subject="models/GRU.h5", bundle=True)
    assert type(found) is IntegrityError
    assert "/stick/m.bundle" in str(found) and "Copy it again" in str(found)


@pytest.mark.parametrize(
    ("words", "full"),
    [
        ("fatal: write error: No space left on device", True),
        ("error: unable to write file: Disk quota exceeded", True),
        ("fatal: early EOF", False),
    ],
)
def test_a_full_disk(words: str, full: bool) -> None:
    assert is_disk_full(words) is full


@given(st.text())
@pytest.mark.slow
def test_any_words_become_an_error_with_advice(words: str) -> None:
    found = diagnose(words, remote=URL, subject="models/GRU.h5")
    assert isinstance(found, ModelAssetError)
    assert str(found).endswith(".")


def test_turning_tls_off_is_never_suggested() -> None:
    for words, _, _ in OBSERVED:
        message = str(diagnose(words, remote=URL, subject="models/GRU.h5"))
        assert "sslVerify" not in message and "NO_VERIFY" not in message
