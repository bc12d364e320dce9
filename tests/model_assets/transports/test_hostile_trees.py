"""Repositories that hold something else than five regular files where the models belong."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.aftermath import Aftermath
from support.git_server import GitServer
from support.repositories import commit_entries, commit_file, commit_tree, git

from humanpose3d.model_assets import (
    MODELS,
    IntegrityError,
    RepositoryLayoutError,
    check_models,
    download_models,
    get_model_path,
)

POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 38409984\n"
)


@pytest.fixture
def damage(repository: Path, remote: str, aftermath: Aftermath) -> Iterator[Callable[..., None]]:
    """Fail with the repository as the test left it, each time; in the end succeed with the repository as it was."""
    honest, models = git("rev-parse", "models", cwd=repository), set()

    def check(error: type[IntegrityError | RepositoryLayoutError], *words: str, model: str = "joint") -> None:
        with aftermath.of(error, remote, "HUMANPOSE3D_MODELS_URL", *words):
            get_model_path(model)
        git("update-ref", "refs/heads/models", honest, cwd=repository)
        models.add(model)

    yield check
    for model in models:
        aftermath.recovered(model)


def link_to(repository: Path, target: bytes) -> tuple[str, str]:
    return "120000", git("hash-object", "-w", "--stdin", cwd=repository, stdin=target)


def test_no_models_folder(repository: Path, damage: Callable[..., None]) -> None:
    git("update-ref", "refs/heads/models", "main", cwd=repository)
    damage(RepositoryLayoutError, "Models directory not found in repository", "HUMANPOSE3D_MODELS_REVISION")


def test_an_empty_commit(repository: Path, damage: Callable[..., None]) -> None:
    commit_tree(repository, "")
    damage(RepositoryLayoutError, "Models directory not found in repository")


def test_the_models_folder_is_a_file(repository: Path, damage: Callable[..., None]) -> None:
    blob = git("hash-object", "-w", "--stdin", cwd=repository, stdin=b"a file")
    commit_tree(repository, f"100644 blob {blob}\tmodels\n")
    damage(RepositoryLayoutError, "Models directory not found in repository", "is a file")


def test_a_model_that_is_not_there(repository: Path, damage: Callable[..., None]) -> None:
    commit_entries(repository, {"models/checkpoints/best_joint_model.pth": None})
    damage(RepositoryLayoutError, "'joint'", "models/checkpoints/best_joint_model.pth")


def test_a_missing_model_does_not_matter_to_those_who_want_another(
    repository: Path, remote: str, aftermath: Aftermath
) -> None:
    commit_entries(repository, {"models/checkpoints/best_joint_model.pth": None})
    aftermath.recovered("gru")


def test_a_symbolic_link_in_place_of_a_model(repository: Path, damage: Callable[..., None], home: Path) -> None:
    for target in (b"/etc/passwd", b"../../../../../etc/passwd", b"best_main_refiner.pth"):
        commit_entries(repository, {"models/checkpoints/best_joint_model.pth": link_to(repository, target)})
        damage(RepositoryLayoutError, "'joint'", "a symbolic link")
    assert not any(path.is_symlink() for path in home.rglob("*"))


def test_a_symbolic_link_in_place_of_a_folder(repository: Path, damage: Callable[..., None]) -> None:
    blob = git("hash-object", "-w", "--stdin", cwd=repository, stdin=b"/etc")
    commit_tree(repository, f"120000 blob {blob}\tmodels\n")
    damage(RepositoryLayoutError, "a symbolic link")
    lines = git("ls-tree", "models:models", cwd=repository).splitlines()
    kept = [line for line in lines if not line.endswith("\tcheckpoints")]
    listing = "\n".join([*kept, f"120000 blob {blob}\tcheckpoints", ""])
    tree = git("mktree", cwd=repository, stdin=listing.encode())
    commit_tree(repository, f"040000 tree {tree}\tmodels\n")
    damage(RepositoryLayoutError, "a symbolic link")


def test_a_submodule_in_place_of_a_model(repository: Path, damage: Callable[..., None]) -> None:
    somewhere = git("rev-parse", "main", cwd=repository)
    for place in ("models/checkpoints/best_joint_model.pth", "models/checkpoints"):
        if place == "models/checkpoints":
            names = ("best_depth_model.pth", "best_joint_model.pth", "best_main_refiner.pth")
            commit_entries(repository, {f"{place}/{name}": None for name in names})
        commit_entries(repository, {place: ("160000", somewhere)})
        damage(RepositoryLayoutError, "a submodule", repr(place))


def test_a_name_that_climbs_out(repository: Path, damage: Callable[..., None], home: Path) -> None:
    models = git("rev-parse", "models:models", cwd=repository)
    evil = git("hash-object", "-w", "--stdin", cwd=repository, stdin=b"evil")
    inner = git("mktree", "--missing", cwd=repository, stdin=f"100644 blob {evil}\towned\n".encode())
    for name in ("..", ".", ".git", ".GIT"):
        commit_tree(repository, f"040000 tree {inner}\t{name}\n040000 tree {models}\tmodels\n")
        damage(RepositoryLayoutError, repr(name), "no honest repository")
    assert not list(home.parent.rglob("owned"))


def test_a_name_with_a_slash_in_it(repository: Path, damage: Callable[..., None]) -> None:
    """mktree refuses a slash in a name; the bytes of a tree object are written by hand, and its path climbs."""
    evil = git("hash-object", "-w", "--stdin", cwd=repository, stdin=b"evil")
    models = git("rev-parse", "models:models", cwd=repository)
    content = b"100644 ../owned\0" + bytes.fromhex(evil) + b"40000 models\0" + bytes.fromhex(models)
    tree = git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", cwd=repository, stdin=content)
    commit = git("commit-tree", tree, "-m", "Hostile", cwd=repository)
    git("update-ref", "refs/heads/models", commit, cwd=repository)
    damage(RepositoryLayoutError, "'../owned'")


def test_names_that_differ_only_by_case(repository: Path, damage: Callable[..., None]) -> None:
    blob = git("hash-object", "-w", "--stdin", cwd=repository, stdin=b"which one?")
    for name in ("checkpoints/BEST_joint_model.pth", "Checkpoints/best_joint_model.pth"):
        commit_entries(repository, {f"models/{name}": ("100644", blob)})
        damage(RepositoryLayoutError, "differ only by case")
    commit_entries(repository, {"MODELS/GRU.h5": ("100644", blob)})
    damage(RepositoryLayoutError, "differ only by case", model="gru")


def test_an_lfs_pointer_in_place_of_a_model(repository: Path, damage: Callable[..., None]) -> None:
    commit_file(repository, "models/checkpoints/best_joint_model.pth", POINTER)
    damage(IntegrityError, "'joint'", "Git LFS pointer")


def test_something_else_in_place_of_a_model(repository: Path, damage: Callable[..., None]) -> None:
    contents = {
        "web page": b"<!DOCTYPE html><html>404</html>",
        "XML": b'<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>',
        "empty": b"",
        "zeros": bytes(4096),
    }
    for words, content in contents.items():
        commit_file(repository, "models/checkpoints/best_joint_model.pth", content)
        damage(IntegrityError, "'joint'", words)


@pytest.mark.parametrize("model", ["joint", "gru", "mediapipe"])
@pytest.mark.slow
def test_a_truncated_model_in_the_repository(
    model: str, repository: Path, models_checkout: Path, damage: Callable[..., None]
) -> None:
    path = MODELS[model].path
    whole = (models_checkout / path).read_bytes()
    commit_file(repository, f"models/{path}", whole[: int(0.9 * len(whole))])
    damage(IntegrityError, repr(model), "cut short", model=model)


def test_a_checkpoint_that_would_run_code(repository: Path, models_checkout: Path, damage: Callable[..., None]) -> None:
    checkpoint = (models_checkout / "checkpoints" / "best_joint_model.pth").read_bytes()
    for name in ("system", "\x1b]0;owned\x07"):
        code, evil = f"cos\n{name}\n(S'true'\ntR.".encode(), io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(checkpoint)) as source, zipfile.ZipFile(evil, "w") as target:
            for member in source.infolist():
                content = source.read(member)
                target.writestr(member, code if member.filename.endswith("data.pkl") else content)
        commit_file(repository, "models/checkpoints/best_joint_model.pth", evil.getvalue())
        damage(IntegrityError, "'joint'", "run code", "os." + repr(name)[1:-1])


def test_a_set_with_one_spoilt_member_can_be_moved_on_once_it_is_mended(
    repository: Path, remote: str, aftermath: Aftermath, models_checkout: Path
) -> None:
    """The good member was taken, so the set stays at its commit until the user decides otherwise."""
    good = (models_checkout / "checkpoints" / "best_joint_model.pth").read_bytes()
    spoilt = commit_file(repository, "models/checkpoints/best_joint_model.pth", good[:1000])
    get_model_path("gru")
    with aftermath.of(IntegrityError, "'joint'", spoilt, "--force"):
        get_model_path("joint")
    mended = commit_file(repository, "models/checkpoints/best_joint_model.pth", good)
    with aftermath.of(IntegrityError, "--force"):
        get_model_path("joint")
    download_models(["joint"], force=True)
    aftermath.recovered("joint")
    assert {status.commit for status in check_models(["gru", "joint"])} == {mended}


def test_what_else_is_in_the_repository_does_not_matter(
    repository: Path, remote: str, aftermath: Aftermath, server: GitServer
) -> None:
    """Odd neighbours are not our business, and do not travel."""
    somewhere = git("rev-parse", "main", cwd=repository)
    big = git("hash-object", "-w", "--stdin", cwd=repository, stdin=bytes(3_000_000) + b"x" * 100)
    commit_entries(
        repository,
        {
            "models/newer.onnx": ("100644", big),
            "models/über.h5": link_to(repository, b"/etc/passwd"),
            "vendor": ("160000", somewhere),
            "models/line\nbreak": ("100644", big),
        },
    )
    aftermath.recovered("gru")
    assert server.bytes_sent < 20_000


def test_an_executable_model_is_a_regular_file(repository: Path, remote: str, aftermath: Aftermath) -> None:
    blob = git("rev-parse", "models:models/GRU.h5", cwd=repository)
    commit_entries(repository, {"models/GRU.h5": ("100755", blob)})
    assert not aftermath.recovered("gru").stat().st_mode & 0o111


def test_attributes_have_no_say_in_a_models_bytes(
    repository: Path, remote: str, aftermath: Aftermath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user's and the repository's attributes would turn line ends around in a checkout."""
    (tmp_path / "attributes").write_text("* text eol=crlf\n", encoding="utf-8")
    (tmp_path / "gitconfig").write_text(
        f"[core]\n\tattributesFile = {tmp_path}/attributes\n\tautocrlf = true\n", encoding="utf-8"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    commit_file(repository, ".gitattributes", b"* text eol=crlf ident\n")
    aftermath.recovered("joint")
