"""Tables: rows of another shape are refused with their line, and cells that a spreadsheet would run are marked."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseq_phonology.errors import InputError
from fairseq_phonology.files import marked, read_csv, read_table, unmarked, write_csv, write_tsv


class Row(msgspec.Struct):
    id: str
    layer: int | None
    share: float | None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,layer\na,1\n", "a.csv: no column 'share': not the table"),
        ("id,layer,share\na,x,1\n", 'a.csv, line 2: layer is "x", not a number'),
        ("id,layer,share\na,all,0.5\n\nb,1\n", "a.csv, line 4: has not the 3 columns of the first line"),
    ],
)
def test_a_table_of_another_shape(tmp_path, text, says):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_table(path, Row, "table", ("", "all"))
    assert str(caught.value).endswith(says)


def test_a_table_is_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("id,more,layer,share\na,x,all,0.5\nb,y,2,\n", encoding="utf-8")
    assert read_table(path, Row, "table", ("", "all")) == [Row("a", None, 0.5), Row("b", 2, None)]


# ---- what a spreadsheet would take for a formula

FORMULAS = ["=1+1", "+1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1,1)", "\t=1", "\r=1", " =1", '"=1"', "'=1", "＝1+1", "＋1"]
FORMULAS += ["－1+1", "＠SUM(1)", "id;=1+1", 'id; "@x', '=HYPERLINK("http://x")', "-s", "@ b aU t", "\\-s", "\\\\=1"]
PLAIN = ["", "-", "+", "=", "@", "-1", "+1.5", "-.25", "1e-5", "-1.2e-05", "-inf", "a-b", "p + t", "a;b", "r\\", "학문"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_are_marked(cell):
    assert re.fullmatch(r"(id;)?\\.*", marked(cell), re.DOTALL)
    assert unmarked(marked(cell)) == cell


@pytest.mark.parametrize("cell", [*PLAIN, -1.5, -2, True])
def test_numbers_symbols_and_other_texts_are_not_marked(cell):
    assert marked(cell) is cell
    assert unmarked(str(cell)) == str(cell)


@given(st.text(st.sampled_from("\\\\=+-@;\"' \ta1.＝"), max_size=12))
def test_marks_change_no_text(cell):
    assert unmarked(marked(cell)) == cell


@pytest.mark.parametrize(("write", "tabs"), [(write_csv, False), (write_tsv, True)])
def test_tables_are_read_as_they_were(tmp_path, write, tabs):
    cells = [cell for cell in FORMULAS + PLAIN if not set(cell) & set("\t\r")]
    rows = [["=id", "ur"], *([cell, "@ b"] for cell in cells)]
    write(tmp_path / "table", rows)
    assert [cells for _, cells in read_csv(tmp_path / "table", tabs)] == rows
    raw = [cell for _, cells in read_csv(tmp_path / "table", tabs, is_marked=False) for cell in cells]
    assert not [cell for cell in raw if cell[:1] in "=+@-" and cell[1:] and cell not in PLAIN]
