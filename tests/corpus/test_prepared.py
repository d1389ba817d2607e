"""Lists that lie beside binarized data."""

import pytest

from fairseq_phonology.corpus.prepared import read_prepared, training_rows
from fairseq_phonology.errors import InputError


@pytest.mark.parametrize(("table", "rows"), [("ur\tsr\na\tb\n", [{"ur": "a", "sr": "b"}]), ("sr\tn\na\t1\n", None)])
def test_a_training_table_of_another_program_is_none(tmp_path, table, rows):
    (tmp_path / "train.tsv").write_text(table, encoding="utf-8")
    assert training_rows(tmp_path / "bin") == rows


def test_the_columns_of_a_list_travel(tmp_path):
    (tmp_path / "test.tsv").write_text('id\tur\tsr\tgloss\nk1\th a k\th a ŋ\t"to learn\n', encoding="utf-8")
    assert read_prepared(tmp_path / "test.tsv") == [{"id": "k1", "ur": "h a k", "sr": "h a ŋ", "gloss": '"to learn'}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(
            "ur\tsr\na\tb\n", "test.tsv, line 1: has no column 'id': not a list that prepare wrote", id="no id"
        ),
        pytest.param("id\tur\tsr\n1\ta\n", "test.tsv, line 2: has 2 columns, and the header 3", id="short row"),
        pytest.param("id\tur\n", "test.tsv: has no words", id="header alone"),
        pytest.param("", "test.tsv, line 1: has no column 'id'", id="empty"),
        pytest.param(None, "test.tsv: cannot be read: No such file", id="missing"),
    ],
)
def test_other_tables_are_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "test.tsv").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_prepared(tmp_path / "test.tsv")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"is a folder; name a list that prepare wrote, such as test\.tsv in it"):
        read_prepared(tmp_path)
