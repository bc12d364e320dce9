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
    ("fatal: detected dubious ownership in repository at '/m.git'", StorageError, False),
    ("fatal: transport 'ext' not allowed", DownloadError, False),
    ("fatal: strange hostname '-oProxyCommand=x' blocked", DownloadError, False),
    ("fatal: something nobody has ever seen", DownloadError, False),
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
