import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from humanpose3d.model_assets import MODELS, ModelAssetError, UnknownModelError
from humanpose3d.runs.models import ModelsNotFoundError, offline, require_models

SEEN_BY_A_CHILD = "import os; print(os.environ.get('HUMANPOSE3D_OFFLINE'))"


def seen_by_a_child() -> str:
    return subprocess.run([sys.executable, "-c", SEEN_BY_A_CHILD], capture_output=True, text=True).stdout.strip()


def test_the_switch_acts_for_this_process_and_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    with offline():
        assert os.environ["HUMANPOSE3D_OFFLINE"] == seen_by_a_child() == "1"
    assert "HUMANPOSE3D_OFFLINE" not in os.environ
    with offline(False):
        assert "HUMANPOSE3D_OFFLINE" not in os.environ


def test_the_switch_is_put_back_also_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "no")
    with pytest.raises(KeyError), offline():
        raise KeyError
    assert os.environ["HUMANPOSE3D_OFFLINE"] == "no"


def test_not_asking_for_offline_does_not_undo_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANPOSE3D_OFFLINE", "yes")
    with offline(False):
        assert os.environ["HUMANPOSE3D_OFFLINE"] == "yes"


def test_online_nothing_is_required_and_nothing_written(home: Path) -> None:
    require_models(MODELS)
    assert not home.exists()


def test_names_are_checked_online_too(home: Path) -> None:
    with pytest.raises(UnknownModelError, match="Did you mean 'gru'"):
        require_models(["grru"])


def test_models_that_are_there_are_enough(home: Path, models_checkout: Path) -> None:
    shutil.copytree(models_checkout, home / "models")
    (home / "models" / "GRU.h5").unlink()
    with offline():
        require_models(["mediapipe"])
        require_models(set(MODELS) - {"gru"})
        with pytest.raises(ModelsNotFoundError) as caught:
            require_models(MODELS)
    assert caught.value.models == ["gru"]


def test_models_in_the_search_path_are_enough(
    home: Path, models_checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", str(models_checkout))
    with offline():
        require_models(MODELS)
    assert not home.exists()


def test_the_error_is_a_sentence_and_a_report(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "models").mkdir(parents=True)
    (home / "models" / "GRU.h5").write_bytes(b"<html>not found</html>")
    monkeypatch.setenv("HUMANPOSE3D_MODELS_PATH", str(tmp_path / "shared"))
    with offline(), pytest.raises(ModelsNotFoundError) as caught:
        require_models(["gru", "depth"])
    error = caught.value
    assert isinstance(error, ModelAssetError) and isinstance(error, FileNotFoundError)
    first, depth, gru, searched, *advice = error.report.splitlines()
    assert first == f"[main] Error: Models not found in {home / 'models'}{os.sep}"
    assert depth == "[main]   - Depth refinement model: best_depth_model.pth (missing)"
    assert gru.startswith("[main]   - Pose2Sim LSTM model: GRU.h5 (corrupt: ")
    assert searched == f"[main]   (also searched: {tmp_path / 'shared'}{os.sep})"
    assert advice == [
        "[main] Please download models first:",
        "[main]   python scripts/download_models.py",
        "[main] or, where the package is installed:",
        "[main]   humanpose3d models download",
        "[main] Both need HUMANPOSE3D_OFFLINE unset. Without a network: humanpose3d models import FILE",
    ]
    assert "\n" not in str(error)
    assert str(home / "models") in str(error)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.report, again.models) == (str(error), error.report, ["depth", "gru"])


def test_the_home_is_written_as_people_write_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    with offline(), pytest.raises(ModelsNotFoundError) as caught:
        require_models(("mediapipe",))
    assert caught.value.report.startswith("[main] Error: Models not found in ~/.humanpose3d/models/\n")
    monkeypatch.setenv("HUMANPOSE3D_HOME", str(tmp_path / "my lab"))
    with offline(), pytest.raises(ModelsNotFoundError) as caught:
        require_models(("mediapipe",))
    assert caught.value.report.startswith("[main] Error: Models not found in ~/my lab/models/\n")
