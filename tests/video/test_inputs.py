import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from humanpose3d.errors import VideoNotFoundError
from humanpose3d.video.inputs import STANDARD_INPUT, input_digest, input_size, local_video


def test_a_folder_has_the_digest_of_its_pictures(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"first")
    (tmp_path / "2.png").write_bytes(b"second")
    before = input_digest(tmp_path)
    (tmp_path / "notes.txt").write_text("not a picture")
    assert (input_digest(tmp_path), input_size(tmp_path)) == (before, 11)
    (tmp_path / "2.png").rename(tmp_path / "3.png")
    assert input_digest(tmp_path) != before


def test_standard_input_becomes_a_file_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = SimpleNamespace(isatty=lambda: False, buffer=io.BytesIO(b"video"))
    monkeypatch.setattr(sys, "stdin", stream)
    with local_video(STANDARD_INPUT) as video:
        assert (video.name, video.read_bytes()) == ("stdin", b"video")
    assert not video.exists()


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_and_an_empty_pipe_give_no_video(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: terminal, buffer=io.BytesIO()))
    with pytest.raises(VideoNotFoundError, match="nothing is piped in"), local_video(STANDARD_INPUT):
        pass
