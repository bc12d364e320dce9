"""What kind of place a remote is, whatever text it is given as."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from humanpose3d.model_assets.transports.git.remote import (
    choose_commit,
    hide_credentials,
    is_full_commit_id,
    parse_remote,
)

ID = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        ("https://user:s3cret@host/repository.git", "https://host/repository.git"),
        ("https://token@host:8443/r.git", "https://host:8443/r.git"),
        ("https://a:b@c@host/r.git", "https://host/r.git"),
        ("ssh://git@host/r.git", "ssh://host/r.git"),
        ("git@host:r.git", "git@host:r.git"),
        ("https://user:p@ss[word@host/r.git", "https://host/r.git"),
        ("http://user:s3cret@[::1", "http://[::1"),
        # Passwords that ought to have been written with %2F, %3F, %23, and other slips.
        ("https://user:s3/c?r#et@host/r.git", "https://host/r.git"),
        ("https:/user:s3cret@host/r.git", "https:/host/r.git"),
        ("user:s3cret@host:r.git", "host:r.git"),
        ("https://host:8443/r.git/branch@2", "https://host:8443/r.git/branch@2"),
        ("https://host/r.git/a:b@2", "https://host/r.git/a:b@2"),
        ("https://[::1]:80/r@2", "https://[::1]:80/r@2"),
        ("host:r.git@2", "host:r.git@2"),
    ],
)
def test_credentials_are_hidden(remote: str, shown: str) -> None:
    assert hide_credentials(remote) == shown
    assert parse_remote(remote).shown == shown
    assert parse_remote(remote).address in (shown, remote.replace(":s3cret@", "@"))


@pytest.mark.parametrize(
    ("remote", "address", "login"),
    [
        ("https://user:s3cret@host/r.git", "https://host/r.git", ("https://host", "user", "s3cret")),
        ("https://token@host:8443/r.git", "https://host:8443/r.git", ("https://host:8443", "token", None)),
        ("http://user:@[::1]:80/r.git", "http://[::1]:80/r.git", ("http://[::1]:80", "user", "")),
        ("https://:token@host", "https://host", ("https://host", "", "token")),
        ("https://a%40b:p%2Fq%3A@host/r.git", "https://host/r.git", ("https://host", "a@b", "p/q:")),
        ("https://a:b%0Ahost=evil@host/r.git", "https://host/r.git", ("https://host", "a", "b%0Ahost=evil")),
        ("https://host/r.git", "https://host/r.git", None),
        ("ssh://git:s3cret@host/r.git", "ssh://git@host/r.git", None),
        ("git@host:r.git", "git@host:r.git", None),
        ("git:s3cret@host:r.git", "git@host:r.git", None),
        ("git://user:s3cret@host/r.git", "git://host/r.git", None),
        ("https:/s3cret@host/r.git", "https:/host/r.git", None),
    ],
)
def test_no_address_that_git_gets_has_a_password(
    remote: str, address: str, login: tuple[str, str, str | None] | None
) -> None:
    parsed = parse_remote(remote)
    assert parsed.address == address
    found = parsed.credentials
    assert (found and (found.host, found.username, found.password)) == login
    assert "s3cret" not in repr(parsed)


words = st.text(st.characters(exclude_characters="/@?#\\", min_codepoint=33, max_codepoint=0x2FF), min_size=3)


@given(words, words, st.sampled_from(["https", "http", "ssh"]))
@example("user", "p[ss", "https")
def test_no_password_is_shown(user: str, password: str, scheme: str) -> None:
    shown = parse_remote(f"{scheme}://{user}:{password}@host.invalid/models.git").shown
    assert f":{password}@" not in shown
    assert shown.endswith("host.invalid/models.git")


@given(st.text())
@example("http://[")
@example("file://[")
@example("~nobody-of-that-name/models.git")
@example("x" * 5000)
@example("a\0b")
@example("file://host/%00")
def test_any_text_is_understood_without_an_error(text: str) -> None:
    remote = parse_remote(text)
    assert remote.address
    assert not remote.bundle or Path(remote.address).is_file()


@pytest.mark.parametrize("name", ["models.git", "my models.git", "mödels.git", "a#b", '"quoted"'])
def test_a_repository_in_the_file_system_is_read_where_it_lies(name: str, tmp_path: Path) -> None:
    (tmp_path / name / "objects").mkdir(parents=True)
    for text in (str(tmp_path / name), (tmp_path / name).as_uri()):
        remote = parse_remote(text)
        assert remote.at_hand and not remote.bundle
        assert remote.objects == tmp_path / name / "objects"
        assert remote.address == str(tmp_path / name)


def test_a_work_tree_will_do(tmp_path: Path) -> None:
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    assert parse_remote(str(tmp_path)).objects == tmp_path / ".git" / "objects"


def test_a_file_is_a_bundle(tmp_path: Path) -> None:
    file = tmp_path / "on a stick.bundle"
    file.write_bytes(b"# v2 git bundle\n")
    assert parse_remote(str(file)).bundle
    assert parse_remote(file.as_uri()).bundle


@pytest.mark.parametrize(
    ("remote", "http"),
    [("https://h/r", True), ("http://h/r", True), ("ssh://h/r", False), ("h:r", False)],
)
def test_http_is_watched_by_curl(remote: str, http: bool) -> None:
    assert parse_remote(remote).is_http is http


def test_a_tag_comes_before_a_branch_of_the_same_name_as_where_git_chooses() -> None:
    listing = f"{'1' * 40}\trefs/tags/models\n{'2' * 40}\trefs/heads/models\n{'3' * 40}\trefs/tags/models^{{}}\n"
    assert choose_commit(listing, "models") == "3" * 40
    assert choose_commit(listing, "refs/tags/models") == "1" * 40
    assert choose_commit(listing.replace("tags", "else"), "models") == "2" * 40
    assert choose_commit(listing, "model") is None


@given(st.text(), st.text())
def test_any_listing_is_read_without_an_error(listing: str, revision: str) -> None:
    choose_commit(listing, revision)


@pytest.mark.parametrize(("text", "full"), [(ID, True), (ID[:-1], False), (ID + "0", False), (ID.upper(), False)])
def test_a_full_commit_id(text: str, full: bool) -> None:
    assert is_full_commit_id(text) is full
