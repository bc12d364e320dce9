"""Excel workbooks as openpyxl and pandas read them."""

import math
from pathlib import Path

import pandas
import pytest

from humanpose3d.formats.xlsx import Sheet, write_xlsx

pytest.importorskip("xlsxwriter", reason="Excel files need XlsxWriter (pip install 'humanpose3d[xlsx]')")
openpyxl = pytest.importorskip("openpyxl", reason="openpyxl, which reads the files back, is not installed")


def test_cells_keep_their_type_and_missing_ones_are_empty(tmp_path: Path) -> None:
    rows = [("knee", 1.5, 3, True, None), ("12", math.nan, math.inf, False, "Jörg ± 2°")]
    write_xlsx(tmp_path / "a.xlsx", [Sheet("Numbers", list("abcde"), rows)], title="walk")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert [[cell.value for cell in row] for row in book["Numbers"].iter_rows(min_row=2)] == [
        ["knee", 1.5, 3, True, None],
        ["12", None, None, False, "Jörg ± 2°"],
    ]
    assert book.properties.title == "walk"


@pytest.mark.parametrize("text", ["=1+1", '=HYPERLINK("https://example.org")', "https://example.org", "@SUM(A1)"])
def test_text_is_never_a_formula_or_a_link(tmp_path: Path, text: str) -> None:
    write_xlsx(tmp_path / "a.xlsx", [Sheet("A", ["what"], [[text]])])
    cell = openpyxl.load_workbook(tmp_path / "a.xlsx")["A"]["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_the_heading_stays_in_sight_and_texts_can_be_read(tmp_path: Path) -> None:
    sheet = Sheet("A", ["name", "value"], [["a text of some length", 1.0]], decimals=1, frozen=1)
    write_xlsx(tmp_path / "a.xlsx", [sheet])
    page = openpyxl.load_workbook(tmp_path / "a.xlsx")["A"]
    assert page.freeze_panes == "B2"
    assert page.column_dimensions["A"].width > len("a text of some length")
    assert page["B2"].number_format == "0.0"


def test_pandas_reads_each_sheet_as_a_table(tmp_path: Path) -> None:
    sheets = [Sheet("A", ["x", "y"], [[0.0, 1.0], [0.1, math.nan]]), Sheet("B", ["z"], [])]
    write_xlsx(tmp_path / "a.xlsx", sheets)
    tables = pandas.read_excel(tmp_path / "a.xlsx", sheet_name=None)
    assert tables["A"]["x"].tolist() == [0.0, 0.1]
    assert tables["A"]["y"].isna().tolist() == [False, True]
    assert (list(tables["B"].columns), len(tables["B"])) == (["z"], 0)


def test_a_file_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(TypeError):
        write_xlsx(path, [Sheet("A", ["x"], [[object()]])])  # type: ignore[list-item]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
