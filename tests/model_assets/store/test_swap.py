"""The note of an exchange, also where it is not one that we can read."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from support.aftermath import Aftermath

from humanpose3d.model_assets import MODELS, download_models
from humanpose3d.model_assets.service.maintenance import remove_models
from humanpose3d.model_assets.store.folder import ModelStore
from humanpose3d.model_assets.store.manifest import Manifest


def test_what_was_found_good_once_is_not_trusted_against_a_newer_receipt(home: Path, models_checkout: Path) -> None:
    """An update writes its receipts first: from then on an old file must not be given out beside new ones."""
    shutil.copytree(models_checkout, home / "models")
    spec, store = MODELS["gru"], ModelStore(home / "models")
    receipt = store.receipt_of(spec)
    store.remember(spec, store.path_of(spec).stat(), "")
    assert store.is_trusted(spec)
    newer = replace(receipt, sha256="0" * 64, size=1)
    ModelStore(home / "models").write_manifest(Manifest(None, {spec.path: newer}))
    assert not store.is_trusted(spec)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"moves": {}, "manifest": ""}',
        '{"moves": {}, "manifest": "{\\"schema\\": 99}"}',
        '{"moves": 3, "manifest": "{\\"schema\\": 1, \\"set\\": null, \\"models\\": {}}"}',
        "[" * 10**5,
    ],
    ids=["empty", "cut", "list", "nothing", "no manifest", "newer", "odd", "deep"],
)
@pytest.mark.slow
def test_a_note_that_is_not_ours_stops_nobody(note: str, remote: str, home: Path, aftermath: Aftermath) -> None:
    aftermath.recovered("joint")
    file = home / "models" / ".resolver" / "swap.json"
    file.write_text(note, encoding="utf-8")
    aftermath.recovered("gru")
    assert file.with_name("swap.json.unreadable").read_text(encoding="utf-8") == note
    download_models(["joint"], force=True)
    assert len(remove_models()) == 2
