"""Lists of candidates: the item, the variant, columns that travel, and what would make shares wrong."""

import pytest

from fairseq_phonology.corpus.candidates import Candidate, lone_line, merged, read_candidates
from fairseq_phonology.corpus.columns import Columns
from fairseq_phonology.corpus.units import Units
from fairseq_phonology.errors import InputError

UNITS = Units()
LIST = """item\tur\tsr\tvariant\trating
w1\ts p l ɪ ŋ\ts p l ʌ ŋ\tirregular\t4.5
w1\ts p l ɪ ŋ\ts p l ɪ ŋ d\tregular\t5.1
w2\tw ʌ ɡ\tw ʌ ɡ d\tregular\t6
"""


def read(tmp_path, text, units=UNITS, **more):
    path = tmp_path / "list.tsv"
    path.write_text(text, encoding="utf-8")
    return read_candidates(str(path), units, **more)


def test_columns(tmp_path):
    notes = []
    first, second, third = read(tmp_path, LIST, notes=notes)
    assert first == Candidate("w1", tuple("splɪŋ"), tuple("splʌŋ"), "irregular", "given", {"rating": "4.5"})
    assert (second.item, second.variant, second.line, third.item) == ("w1", "regular", 3, "w2")
    assert notes == []


def test_an_id_names_the_item_and_stays_beside_a_column_item(tmp_path):
    assert [one.item for one in read(tmp_path, LIST.replace("item", "id", 1))] == ["w1", "w1", "w2"]
    both = "id\titem\tur\tsr\nc1\tw1\ta\ta\nc2\tw1\ta\tb\n"
    assert [(one.item, one.columns) for one in read(tmp_path, both)] == [("w1", {"id": "c1"}), ("w1", {"id": "c2"})]
    told = read(tmp_path, both, Units(columns=Columns(id="id")))
    assert [(one.item, one.columns) for one in told] == [("c1", {"item": "w1"}), ("c2", {"item": "w1"})]


def test_without_a_name_the_ur_is_the_item_and_that_is_said(tmp_path):
    notes = []
    found = read(tmp_path, "ur\tsr\na b\ta b\na b\ta p\n", notes=notes)
    assert [one.item for one in found] == ["a b", "a b"]
    assert "the UR names the item (--id-column)" in notes[-1]


def test_the_item_is_the_ur_as_the_list_has_it(tmp_path):
    hangul = Units("hangul-ur", "hangul-ur", columns=Columns(tags=("class",)))
    found = read(tmp_path, "ur\tsr\tclass\n국물\t국물\tsino\n국물\t궁물\tsino\n국물\t국물\tnative\n", hangul)
    assert [one.item for one in found] == ["국물 <sino>", "국물 <sino>", "국물 <native>"]
    assert found[0].ur == ("k", "u", "k", "m", "u", "l", "<sino>")


def test_the_column_of_the_variants_may_be_named(tmp_path):
    text, notes = LIST.replace("variant", "종류"), []
    assert [one.variant for one in read(tmp_path, text, notes=notes)] == ["", "", ""]
    assert "no column is called variant: `first` is the candidate of an item that comes first" in notes[-1]
    assert "(--variant-column)" in notes[-1]
    for name in ("종류", "4"):
        notes, units = [], Units(columns=Columns(variant=name))
        found = read(tmp_path, text, units, notes=notes)
        assert [one.variant for one in found] == ["irregular", "regular", "regular"] and not notes
        assert dict(found[0].columns) == {"rating": "4.5"}
    with pytest.raises(InputError, match="--variant-column is 'kind'; columns found: 1 item, 2 ur, 3 sr, 4 종류"):
        read(tmp_path, text, Units(columns=Columns(variant="kind")))


def test_tags_are_symbols_behind_the_ur_and_columns_of_the_table_are_renamed(tmp_path):
    notes = []
    text = "item\tur\tsr\ttense\tmodel\nw1\ta\ta d\tPST\tx\nw1\ta\to\tPST\ty\n"
    found = read(tmp_path, text, Units(columns=Columns(tags=("tense",))), notes=notes, taken={"model"})
    assert [one.ur for one in found] == [("a", "<PST>")] * 2
    assert found[0].columns == {"tense": "PST", "model_column": "x"}
    assert "columns called model, now model_column" in notes[-1]


def test_a_symbol_that_the_ur_has_is_not_put_there_twice(tmp_path):
    text = "item\tur\tsr\tstratum\nw1\tk a l <sino>\tk a l\tsino\n"
    with pytest.raises(InputError, match="line 2: the UR 'k a l <sino>' has <sino> already, which --tag-columns would"):
        read(tmp_path, text, Units(columns=Columns(tags=("stratum",))))


def test_a_list_of_items_without_srs(tmp_path):
    assert [(one.item, one.sr) for one in read(tmp_path, "item\tur\nw1\ta b\nw2\to b\n")] == [("w1", ()), ("w2", ())]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LIST + "w1\ts p l ɪ ŋ\ts p l ʌ ŋ\tx\t1\n", "line 5: the candidate s p l ʌ ŋ of 'w1' is already on line 2"),
        (LIST + "w2\tw a ɡ\tw\tx\t1\n", "line 5: the item 'w2' has the UR w a ɡ, and w ʌ ɡ on line 4"),
        (LIST + "\tw a ɡ\tw\tx\t1\n", "line 5: the item is empty"),
        ("item\tur\nw1\ta\nw1\ta\n", "line 3: the item 'w1' is already on line 2"),
        ("item\tur\tsr\n", "has a header and no words"),
        ("", "is empty"),
    ],
)
def test_refused(tmp_path, text, said):
    with pytest.raises(InputError) as refused:
        read(tmp_path, text)
    assert said in str(refused.value)


def test_items_without_an_alternative_are_named(tmp_path):
    found = read(tmp_path, LIST)
    assert lone_line(found).startswith("1 item of 2 without an alternative, and so without a share: w2 (")
    assert lone_line(found[:2]) == ""


def test_the_first_of_two_lists_stays_and_columns_of_the_item_are_shared():
    given = [Candidate("w1", ("a",), ("a",), columns={"list": "A", "n": "1"})]
    given += [Candidate("w1", ("a",), ("o",), columns={"list": "A", "n": "2"})]
    own = [Candidate("w1", ("a",), (sr,), source="nbest") for sr in ("o", "u")]
    found = merged(given, own)
    assert [(one.sr, one.source, dict(one.columns)) for one in found] == [
        (("a",), "given", {"list": "A", "n": "1"}),
        (("o",), "given", {"list": "A", "n": "2"}),
        (("u",), "nbest", {"list": "A"}),
    ]
