"""Trees are data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.model_assets import MODELS, RepositoryLayoutError
from humanpose3d.model_assets.transports.git.tree import TreeEntry, find_models, folders_of, parse_tree

ID = "0123456789abcdef0123456789abcdef01234567"
SPECS = list(MODELS.values())
PLACES = [f"models/{spec.path}" for spec in SPECS]

modes = st.sampled_from(["100644", "100755", "120000", "160000", "100664", "40000"])
ids = st.text("0123456789abcdef", min_size=40, max_size=40)
paths = st.one_of(
    st.sampled_from([*PLACES, *(place.upper() for place in PLACES), "models", "models/checkpoints", "../x", "a/../b"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1),
)
entries = st.builds(TreeEntry, modes, ids, paths)


@given(st.lists(entries), st.sampled_from(["", "models", "models/checkpoints"]))
def test_what_git_writes_is_read_back(tree: list[TreeEntry], folder: str) -> None:
    written = b"".join(f"{entry.mode} {entry.path}\0".encode() + bytes.fromhex(entry.object_id) for entry in tree)
    prefix = f"{folder}/" if folder else ""
    expected = [TreeEntry(entry.mode, entry.object_id, prefix + entry.path) for entry in tree]
    assert parse_tree(written, folder) == expected


def test_names_that_are_no_text_are_read_too() -> None:
    (entry,) = parse_tree(b"100644 \xff\n\0" + bytes.fromhex(ID), "models")
    assert entry == TreeEntry("100644", ID, "models/\udcff\n")


def test_only_folders_that_hold_models_are_listed() -> None:
    assert folders_of(SPECS) == {"models", "models/checkpoints"}


@given(st.lists(entries))
def test_only_regular_files_at_their_exact_places_are_taken(tree: list[TreeEntry]) -> None:
    try:
        found = find_models(tree, SPECS, "somewhere")
    except RepositoryLayoutError as error:
        assert "somewhere" in str(error)
        return
    exact = {(entry.path, entry.object_id) for entry in tree if entry.mode in ("100644", "100755")}
    for path, blob in found.items():
        assert (f"models/{path}", blob) in exact
        same = [entry for entry in tree if entry.path.casefold() == f"models/{path}".casefold()]
        assert len(same) == 1
    assert not any(".." in entry.path.split("/") for entry in tree)


@pytest.mark.parametrize("path", ["../x", "a/../b", "./x", "a//b", ".git/config", "a/.GIT/hooks/x", "", "/", "a/"])
def test_names_that_climb_or_hide_are_refused(path: str) -> None:
    tree = [TreeEntry("100644", ID, PLACES[0]), TreeEntry("100644", ID, path)]
    with pytest.raises(RepositoryLayoutError, match="no honest repository"):
        find_models(tree, SPECS, "somewhere")
