"""Files are on the disk before anything relies on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from humanpose3d.model_assets.disk.files import synced


def test_a_file_that_cannot_be_synced_is_not_taken_for_safe(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs a device that can't be synced")
    with pytest.raises(OSError, match="Invalid argument"), synced(Path("/dev/full")):
        pass
    with pytest.raises(FileNotFoundError), synced(tmp_path / "gone"):
        pass


def test_what_fails_meanwhile_is_told_first(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not the model"), synced(tmp_path / "gone"):
        raise ValueError("not the model")
