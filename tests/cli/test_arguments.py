"""What may be typed: a video alone, near names, decimal commas, a picture or an address by mistake; and completion."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from humanpose3d.cli.arguments import decimal, moment, person
from humanpose3d.cli.main import main, make_parser, with_command


def refused(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> str:
    """Return what the parser says about wrong usage."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    return printed.err.splitlines()[-1]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["walk.mp4"], ["run", "walk.mp4"]),
        (["clips/walk"], ["run", "clips/walk"]),
        (["walk.mp4", "--height", "1.78"], ["run", "walk.mp4", "--height", "1.78"]),
        (["--height", "1.78", "walk.mp4"], ["run", "--height", "1.78", "walk.mp4"]),
        (["https://example.org/walk.mp4"], ["run", "https://example.org/walk.mp4"]),
        (["run", "walk.mp4"], ["run", "walk.mp4"]),
        (["batch", "a.mp4", "b.mp4"], ["batch", "a.mp4", "b.mp4"]),
        (["--debug", "run", "walk.mp4"], ["--debug", "run", "walk.mp4"]),
        (["--version"], ["--version"]),
        (["rum", "walk.mp4"], ["rum", "walk.mp4"]),
        ([], []),
    ],
)
def test_a_video_alone_is_run(typed: list[str], meant: list[str]) -> None:
    assert with_command(typed) == meant


def test_a_file_without_an_ending_is_run_if_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert with_command(["walk"]) == ["walk"]
    (tmp_path / "walk").touch()
    assert with_command(["walk"]) == ["run", "walk"]


def test_the_program_alone_shows_its_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    printed = capsys.readouterr()
    assert "commands:" in printed.out
    assert "'humanpose3d VIDEO' is short for 'humanpose3d run VIDEO'" in printed.out
    assert printed.err == ""


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("rum", "there is no 'rum'; did you mean run?"),
        ("models chek", "there is no 'chek'; did you mean check?"),
        ("run a.mp4 --heigth 1.78", "there is no option --heigth; did you mean --height?"),
        ("run a.mp4 --heigth=1.78", "there is no option --heigth; did you mean --height?"),
        ("a.mp4 --heigth 1.78", "there is no option --heigth; did you mean --height?"),
        ("models download --forse", "there is no option --forse; did you mean --force?"),
        ("run a.mp4 --quality hihg", "there is no 'hihg'; did you mean high?"),
        ("run a.mp4 --zzz", "there is no option --zzz"),
        ("run a.mp4 --height tall", "it takes a number such as 1.78 or 1,78, not 'tall'"),
        ("run a.mp4 b.mp4", "one argument too many: b.mp4; for several videos use: humanpose3d batch VIDEO VIDEO"),
        ("doctor now", "one argument too many: now"),
    ],
)
def test_wrong_usage_names_what_is_near(typed: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in refused(typed.split(), capsys)


@given(st.floats(0.001, 999, allow_nan=False).map(lambda number: format(number, ".3f")))
def test_a_decimal_comma_is_a_decimal_point(text: str) -> None:
    assert decimal(text.replace(".", ",")) == float(text)


def test_height_and_weight_take_a_comma() -> None:
    options = make_parser().parse_args(["run", "a.mp4", "--height", "1,78", "--weight", "75,5", "--cutoff", "4,5"])
    assert (options.height, options.weight, options.cutoff) == (1.78, 75.5, 4.5)


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
BITMAP = b"BM" + bytes(60)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("walk.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF\0"),
        ("walk.heic", HEIC),
        ("walk.bmp", BITMAP),
        ("walk.tif", b"II*\0" + bytes(20)),
        ("walk.webp", b"RIFF\x10\0\0\0WEBPVP8 "),
        ("walk.mp4", b"\x89PNG\r\n\x1a\n" + bytes(20)),
    ],
)
def test_a_still_picture_is_told_as_one(
    name: str, content: bytes, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert main([str(tmp_path / name)]) == 1
    assert capsys.readouterr().err == (
        f"humanpose3d: error: {tmp_path / name} is a still picture; give a video, which shows the movement.\n"
    )


@pytest.mark.parametrize("address", ["https://example.org/walk.mp4", "rtsp://camera/1", "s3://bucket/a.mp4"])
def test_an_address_is_told_as_one(address: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([address]) == 1
    assert capsys.readouterr().err == (
        f"humanpose3d: error: {address} is an address, and videos are never fetched; "
        "save the video on this machine and give the file's name.\n"
    )


@pytest.mark.parametrize(
    ("part", "name"), [("heavy", "mediapipe"), ("LANDMARKER", "mediapipe"), ("landmark", "mediapipe")]
)
def test_a_part_of_a_file_name_leads_to_the_model(
    part: str, name: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "path", part]) == 1
    assert f"There is no model {part!r}. Did you mean {name!r}?" in capsys.readouterr().err


# ---- completion


def completed(line: str, folder: Path) -> list[str]:
    """Return what bash offers when the tab key is pressed after `line`."""
    script = """
eval "$("$PYTHON" -m humanpose3d completion bash)"
humanpose3d() { "$PYTHON" -m humanpose3d "$@"; }
COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9 COMP_WORDBREAKS=$' \\t\\n"'
"$(complete -p humanpose3d | sed 's/.*-F \\([^ ]*\\).*/\\1/')" humanpose3d
printf '%s\\n' "${COMPREPLY[@]}"
"""
    (folder / "humanpose3d").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m humanpose3d "$@"\n', encoding="utf-8")
    (folder / "humanpose3d").chmod(0o755)
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHON": sys.executable}
    done = subprocess.run(
        ["bash", "-c", script, "bash", line], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None or os.name == "nt", reason="there is no bash for POSIX here")
def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    pytest.importorskip("argcomplete", reason="completion needs: pip install 'humanpose3d[completion]'")
    assert sorted(completed("humanpose3d mo", tmp_path)) == ["models"]
    assert {"check", "download", "verify"} <= set(completed("humanpose3d models ", tmp_path))
    assert sorted(completed("humanpose3d run walk.mp4 --he", tmp_path)) == ["--height", "--help"]
    assert sorted(completed("humanpose3d run walk.mp4 --quality ", tmp_path)) == ["high", "normal"]


def test_completion_without_its_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "argcomplete.shell_integration", None)
    assert main(["completion", "bash"]) == 1
    assert "install it with: pip install 'humanpose3d[completion]'" in capsys.readouterr().err


def test_no_start_pays_for_completion() -> None:
    code = "import sys; from humanpose3d.cli.main import main; main([]); sys.exit('argcomplete' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0


@pytest.mark.parametrize(
    ("typed", "seconds"), [("12.5", 12.5), ("0,5", 0.5), ("1:05", 65.0), ("01:02:03.25", 3723.25), ("90", 90.0)]
)
def test_a_time_is_seconds_or_minutes_and_seconds(typed: str, seconds: float) -> None:
    assert moment(typed) == seconds


@pytest.mark.parametrize("typed", ["soon", "1:2:3:4", "1:-5", "-3", "nan", "1.5:00", ""])
def test_what_is_no_time_is_wrong_usage(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "it takes seconds such as 12.5" in refused(["run", "walk.mp4", f"--from={typed}"], capsys)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("2", 2), ("0.3,0.5", (0.3, 0.5)), ("640,360@12.5", (640.0, 360.0, 12.5)), ("0.1,0.2@1:02", (0.1, 0.2, 62.0))],
)
def test_a_person_is_a_number_or_a_point(typed: str, meant: object) -> None:
    assert person(typed) == meant


@pytest.mark.parametrize("typed", ["the tall one", "1,2,3", "0.3;0.5", "0.3,0.5@soon", "-1", ""])
def test_what_names_nobody_is_wrong_usage(typed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "it takes a number such as 2, or a point" in refused(["run", "walk.mp4", f"--person={typed}"], capsys)


def test_one_person_or_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert "not allowed with" in refused(["run", "walk.mp4", "--person", "1", "--people", "all"], capsys)
