"""Which videos there are, from arguments, folders and tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.users import other_user, public_folder

from humanpose3d.batch.errors import TrialListError
from humanpose3d.batch.sources import find_sources, read_table


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding, newline="\n")
    return path


def test_a_folder_is_searched_with_all_that_is_in_it(tmp_path: Path) -> None:
    touch(tmp_path, "b.MP4", "a.mov", "s 1/a.mp4", "notes.txt", ".hidden.mp4", ".cache/c.mp4")
    found = [source.video.relative_to(tmp_path).as_posix() for source in find_sources([tmp_path], tmp_path / "out")]
    assert found == ["a.mov", "b.MP4", "s 1/a.mp4"]


def test_results_are_no_input(tmp_path: Path) -> None:
    touch(tmp_path, "a.mp4", "out/a/overlay.mp4", "a_humanpose3d/overlay.mp4", "a_humanpose3d/run.json")
    assert [source.video.name for source in find_sources([tmp_path], tmp_path / "out")] == ["a.mp4"]


def test_a_file_that_is_named_may_be_called_anything_and_may_be_missing(tmp_path: Path) -> None:
    assert find_sources([tmp_path / "a.raw"], tmp_path)[0].video == tmp_path / "a.raw"


def test_a_name_that_no_system_takes_is_a_video_that_is_not_there(tmp_path: Path) -> None:
    assert len(find_sources([Path("a" * 5000)], tmp_path)) == 1


def test_a_folder_that_may_not_be_read_is_an_error() -> None:
    program = """
import sys
from pathlib import Path
from humanpose3d.batch.errors import TrialListError
from humanpose3d.batch.sources import find_sources
try:
    find_sources([Path(sys.argv[1])], Path("nowhere"))
except TrialListError as error:
    print(error)
"""
    with public_folder() as folder:
        (folder / "private").mkdir(mode=0o700)
        said = other_user().run(program, str(folder))
        assert said.stdout == f"The folder {folder / 'private'} cannot be read (Permission denied).\n", said.stderr


def test_a_folder_without_videos_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrialListError, match="no video in the folder"):
        find_sources([tmp_path], tmp_path / "out")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_gives_the_trials_and_their_options(tmp_path: Path, separator: str, encoding: str) -> None:
    lines = ["Video,name,height,no-refine", "a.mp4,first,1.8,yes", ",,,", "b/c.mp4,,,"]
    table = write(tmp_path / "t.csv", "\r\n".join(lines).replace(",", separator), encoding)
    first, second = read_table(table)
    assert (first.video, first.name) == (tmp_path / "a.mp4", "first")
    assert first.cells == {"height": "1.8", "no-refine": "yes"}
    assert (second.video, second.name, second.cells) == (tmp_path / "b" / "c.mp4", "", {})
    assert second.where == f"line 4 of {table}"


def test_what_spreadsheets_write_besides_is_no_column(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", 'video,height,,\n"a, b.mp4",1.8,,\n,,,\n"c ""d"".mp4",,,\n')
    assert [(source.video.name, source.cells) for source in read_table(table)] == [
        ("a, b.mp4", {"height": "1.8"}),
        ('c "d".mp4', {}),
    ]


def test_a_cell_may_have_a_line_break_and_the_row_its_line(tmp_path: Path) -> None:
    table = write(tmp_path / "t.csv", 'video,name\n"a\nb.mp4",x\nc.mp4,y\n')
    assert [source.video.name for source in read_table(table)] == ["a\nb.mp4", "c.mp4"]
    assert read_table(table)[1].where == f"line 4 of {table}"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must name the columns"),
        ("file,height\na.mp4,1.8\n", "must name the columns"),
        ("video,height,height\na.mp4,1.8,1.8\n", "each once"),
        ("video,height\n", "has no trials"),
        ("video,height\n,1.8\n", "Line 2 of .* names no video"),
        ("video\na.mp4,1.8\n", "Line 2 of .* has 2 cells"),
        ('video\n"a.mp4"b\n', "is no line of a table"),
    ],
)
def test_a_table_that_is_wrong_is_told_with_its_line(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(TrialListError, match=message):
        read_table(write(tmp_path / "t.csv", content))


def test_a_table_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(TrialListError, match="cannot be read"):
        read_table(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_bytes(b"video\n\xff\xfe")
    with pytest.raises(TrialListError, match="not UTF-8; save it as"):
        read_table(tmp_path / "t.csv")
