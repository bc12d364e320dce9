"""What a run knows of the camera."""

import shutil
from pathlib import Path

import pytest
from support.quicktime import add_items

from humanpose3d.cli.main import main
from humanpose3d.runs.run import run_pipeline

pytestmark = pytest.mark.slow

FAST = {"refine": False, "motion": False, "augmenter": "none", "overlay": False}
FOCAL_LENGTH = "com.apple.quicktime.camera.focal_length.35mm_equivalent"


@pytest.fixture(autouse=True)
def installed_models(models_checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))


def test_the_lens_of_a_telephone_is_used_and_told(short_clip: Path, tmp_path: Path) -> None:
    video = Path(shutil.copy(short_clip, tmp_path / "walk.mov"))
    add_items(video, {FOCAL_LENGTH: 50, "com.apple.quicktime.camera.lens_model": "telephoto 9mm f/2.8"}, "trak")
    trial = run_pipeline(video, output=tmp_path / "out", **FAST)
    assert trial.record["input"]["video"]["lens"] == "telephoto 9mm f/2.8"
    assert trial.record["camera"]["focal_length_35mm"] == {
        "value": 50.0,
        "uncertainty": 5.0,
        "unit": "mm",
        "source": "metadata",
    }
    page = trial.outputs["report"].read_text(encoding="utf-8")
    assert "50 ± 10 mm, as the file states" in page


def test_a_focal_length_that_is_given_goes_first(short_clip: Path, tmp_path: Path) -> None:
    video = Path(shutil.copy(short_clip, tmp_path / "walk.mov"))
    add_items(video, {FOCAL_LENGTH: 50}, "trak")
    trial = run_pipeline(video, output=tmp_path / "out", focal_length=35, **FAST)
    assert trial.record["camera"]["focal_length_35mm"]["source"] == "given"
    assert trial.record["camera"]["focal_length_35mm"]["value"] == 35.0
    assert trial.record["settings"]["focal_length_35mm"] == 35


def test_without_either_it_is_told_where_the_lens_comes_from(short_clip: Path, tmp_path: Path) -> None:
    camera = run_pipeline(short_clip, output=tmp_path / "out", **FAST).record["camera"]
    assert camera["focal_length_35mm"]["source"] in ("estimated", "assumed")
    assert camera["focal_length_35mm"]["uncertainty"] > 3
    assert camera["moving"] in (False, None)


@pytest.mark.parametrize("focal_length", ["0", "5", "5000"])
def test_a_lens_that_cannot_be_meant_is_wrong_usage(
    focal_length: str, short_clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(short_clip), "--focal-length", focal_length]) == 2
    assert f"8 to 1200, not {focal_length}" in capsys.readouterr().err
