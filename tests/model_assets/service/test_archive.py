"""Export on one machine, import on another that has neither git nor a network."""

from __future__ import annotations

import json
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from humanpose3d.demo import models_bundle_path
from humanpose3d.model_assets import (
    MODELS,
    IntegrityError,
    ModelAssetError,
    StorageError,
    check_models,
    download_models,
    get_model_path,
)
from humanpose3d.model_assets.service.maintenance import export_to, import_from, remove_models


@pytest.fixture
def exported(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An exported file; afterwards the home is another, empty one, offline and without git."""
    monkeypatch.setenv("HUMANPOSE3D_MODELS_URL", str(models_bundle_path()))
    download_models()
    export_to(tmp_path / "models.zip")
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(tmp_path / "other home"))
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "1")
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "models.zip"


def rewritten(source: Path, target: Path, changes: dict[str, bytes | None], method: int = zipfile.ZIP_STORED) -> Path:
    """Copy an archive with some members exchanged or left out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", method) as new:
        for name in old.namelist():
            content = changes.get(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target


def test_import_installs_all_five_with_their_origin(exported: Path) -> None:
    assert import_from(exported) == list(MODELS)
    assert get_model_path("gru").exists()
    statuses = check_models(verify=True)
    assert {status.state for status in statuses} == {"ready"}
    assert {status.origin for status in statuses} == {"import"}
    assert all(status.commit for status in statuses)


def test_a_second_import_changes_nothing(exported: Path, tmp_path: Path) -> None:
    import_from(exported)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "other home").rglob("*.*") if path.is_file()}
    assert import_from(exported) == []
    models = {path: time for path, time in before.items() if path.suffix in (".h5", ".pth", ".task")}
    assert {path: path.stat().st_mtime_ns for path in models} == models


@pytest.mark.parametrize(
    "changes",
    [
        {"GRU.h5": b"something else"},
        {"GRU.h5": None},
        {"manifest.json": None},
        {"manifest.json": b"{}"},
        {"manifest.json": b"no json"},
    ],
)
@pytest.mark.slow
def test_a_tampered_export_installs_nothing(exported: Path, tmp_path: Path, changes: dict[str, bytes | None]) -> None:
    tampered = rewritten(exported, tmp_path / "tampered.zip", changes)
    with pytest.raises(IntegrityError, match=r"tampered\.zip"):
        import_from(tampered)
    assert {status.state for status in check_models()} == {"missing"}


def test_a_consistent_forgery_still_has_to_be_a_model(exported: Path, tmp_path: Path) -> None:
    import hashlib

    page = b"<!DOCTYPE html><html></html>"
    manifest = json.loads(zipfile.ZipFile(exported).read("manifest.json"))
    manifest["models"]["GRU.h5"] |= {"sha256": hashlib.sha256(page).hexdigest(), "size": len(page)}
    changes: dict[str, bytes | None] = {"GRU.h5": page, "manifest.json": json.dumps(manifest).encode()}
    with pytest.raises(IntegrityError, match="web page"):
        import_from(rewritten(exported, tmp_path / "forged.zip", changes))


def test_names_that_climb_out_are_never_used(exported: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(exported, "a") as archive:
        archive.writestr("../../escaped.txt", b"out")
    import_from(exported)
    assert not list(tmp_path.parent.rglob("escaped.txt"))


def encrypted(content: bytearray) -> None:
    """Set the bit that says so, in every entry of the zip directory."""
    entry = content.find(b"PK\1\2")
    while entry >= 0:
        content[entry + 8] |= 1
        entry = content.find(b"PK\1\2", entry + 4)


def spoilt(content: bytearray) -> None:
    content[20_000:21_000] = bytes(byte ^ 0x5A for byte in content[20_000:21_000])


@pytest.mark.parametrize(
    ("method", "damage"),
    [
        (zipfile.ZIP_STORED, encrypted),
        (zipfile.ZIP_STORED, spoilt),
        (zipfile.ZIP_DEFLATED, spoilt),
        (zipfile.ZIP_BZIP2, spoilt),
        (zipfile.ZIP_LZMA, spoilt),
    ],
)
@pytest.mark.slow
def test_a_damaged_archive_is_named_whatever_python_says(
    method: int, damage: Callable[[bytearray], None], exported: Path, tmp_path: Path
) -> None:
    other = rewritten(exported, tmp_path / "damaged.zip", {}, method)
    content = bytearray(other.read_bytes())
    damage(content)
    other.write_bytes(content)
    with pytest.raises(IntegrityError, match=r"damaged\.zip.*Make it again"):
        import_from(other)
    assert {status.state for status in check_models()} == {"missing"}
    assert not list((tmp_path / "other home").rglob("import-*"))


def test_an_export_may_be_packed_again(exported: Path, tmp_path: Path) -> None:
    assert import_from(rewritten(exported, tmp_path / "packed.zip", {}, zipfile.ZIP_DEFLATED)) == list(MODELS)


@pytest.mark.parametrize("name", ["manifest.json", "GRU.h5", "something else"])
@pytest.mark.slow
def test_an_archive_that_unpacks_to_far_more_than_it_holds_is_refused_unread(
    name: str, exported: Path, tmp_path: Path
) -> None:
    bomb = rewritten(exported, tmp_path / "bomb.zip", {name: None}, zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as member:
        for _ in range(100):
            member.write(bytes(1 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(IntegrityError, match=r"bomb\.zip.*claim to unpack to"):
            import_from(bomb)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("length", [0, 10, 1_000_000])
@pytest.mark.slow
def test_an_export_cut_short_is_refused(exported: Path, tmp_path: Path, length: int) -> None:
    cut = tmp_path / "cut.zip"
    cut.write_bytes(exported.read_bytes()[:length])
    with pytest.raises(IntegrityError, match=r"cut\.zip"):
        import_from(cut)
    assert not list((tmp_path / "other home").rglob("import-*"))


def test_import_of_nothing_names_the_path(home: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"nothing\.zip"):
        import_from(tmp_path / "nothing.zip")


def test_export_needs_all_models(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelAssetError, match="all models"):
        export_to(tmp_path / "models.zip")
    assert not (tmp_path / "models.zip").exists()


def test_import_keeps_a_file_that_was_put_there_by_hand(exported: Path, tmp_path: Path, models_checkout: Path) -> None:
    models = tmp_path / "other home" / "models"
    models.mkdir(parents=True)
    by_hand = bytearray((models_checkout / "GRU.h5").read_bytes())
    by_hand[-1] ^= 1
    (models / "GRU.h5").write_bytes(by_hand)
    import_from(exported)
    assert (models / "GRU.h5.manual").read_bytes() == by_hand
    assert (models / "GRU.h5").read_bytes() == (models_checkout / "GRU.h5").read_bytes()


def test_remove_takes_models_and_receipts(exported: Path, tmp_path: Path) -> None:
    import_from(exported)
    assert [path.name for path in remove_models(["gru"])] == ["GRU.h5"]
    assert [status.name for status in check_models() if not status.ready] == ["gru"]
    assert len(remove_models()) == 4
    assert {status.state for status in check_models()} == {"missing"}
    assert remove_models() == []
