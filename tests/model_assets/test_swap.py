"""The note of an exchange, also where it is not one that we can read."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.aftermath import Aftermath

from humanpose3d.model_assets import download_models
from humanpose3d.model_assets.maintenance import remove_models


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
def test_a_note_that_is_not_ours_stops_nobody(note: str, remote: str, home: Path, aftermath: Aftermath) -> None:
    aftermath.recovered("joint")
    file = home / "models" / ".resolver" / "swap.json"
    file.write_text(note, encoding="utf-8")
    aftermath.recovered("gru")
    assert file.with_name("swap.json.unreadable").read_text(encoding="utf-8") == note
    download_models(["joint"], force=True)
    assert len(remove_models()) == 2
