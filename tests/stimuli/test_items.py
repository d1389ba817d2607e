"""Lists of stimuli: written and read again, and read from what users have."""

from dataclasses import replace

import pytest

from fairseq_phonology.corpus.units import Units
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import COLUMNS, Item, read_stimuli, write_stimuli

NASALIZATION = "obstruent-nasalization"


@pytest.fixture
def read(tmp_path, korean):
    def read(text, units=None, grammar=korean, process=NASALIZATION):
        path = tmp_path / "own.tsv"
        path.write_text(text, encoding="utf-8")
        return read_stimuli(path, grammar, process, units)

    return read


def test_what_is_written_is_read(tmp_path, korean):
    items = [
        Item("a", tuple("hak+mun"), tuple("haŋmun"), "T", "R", 2, 4, "hak", "mun", more={"speaker": "3", "fed_by": ""}),
        Item("b", tuple("hao"), tuple("hao"), more={"speaker": "4", "fed_by": ""}),
    ]
    path = tmp_path / "stimuli.tsv"
    write_stimuli(path, items)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].split("\t") == [*COLUMNS, "speaker", "fed_by"]
    assert lines[1].split("\t") == ["a", "h a k + m u n", "h a ŋ m u n", "hak", "mun", "T", "R", "2", "4", "3", ""]
    again = read_stimuli(path, korean, NASALIZATION)
    assert [replace(i, line=0) for i in again] == items and [i.line for i in again] == [2, 3]
    assert [(i.cell, i.target, i.trigger, i.more["speaker"]) for i in again] == [
        ("TR", "k", "m", "3"),
        ("", "", "", "4"),
    ]
    assert [item.name for item in tmp_path.iterdir()] == ["stimuli.tsv"]


def test_a_list_of_ones_own_is_completed(read):
    own = "id\tur\tlabel\nx\t학문\tseen\ny\t함+푼\tnew\nz\t거짓말\tnew\n"
    items = read(own, Units("hangul-ur"))
    assert [(i.cell, i.target_index, i.trigger_index, i.line) for i in items] == [
        ("TR", 2, 3, 2),
        ("CN", 2, 4, 3),
        ("TR", 4, 5, 4),
    ]
    assert items[0].sr == tuple("haŋmun") and items[0].more == {"label": "seen"} and items[0].stem == ""
    assert items[2].fed_by == ("neutralization",) and items[2].target == "s"


@pytest.mark.parametrize(
    ("header", "row", "says"),
    [
        (
            "ur\tstem\tsufix",
            "h a k m u n\thak\tmun",
            "none called suffix (is 'sufix' meant?); allowed: both",
        ),
        ("ur\tStem\tsuffix", "h a k m u n\thak\tmun", "a column suffix and none called stem (is 'Stem' meant?)"),
        (
            "ur\tstem\ttarget_class\ttrigger_class",
            "h a k m u n\thak\tT\tR",
            "has a column stem and none called suffix; allowed: both, or neither (a plain list of words)",
        ),
    ],
    ids=["misspelled", "capital", "half a design"],
)
def test_half_a_design_is_refused(read, header, row, says):
    with pytest.raises(InputError) as caught:
        read(f"{header}\n{row}\n")
    assert says in str(caught.value) and "own.tsv" in str(caught.value)


def test_a_stem_of_ones_own_is_said(tmp_path, korean):
    path = tmp_path / "own.tsv"
    path.write_text("ur\tstem\nh a k m u n\thak\n", encoding="utf-8")
    notes = []
    (item,) = read_stimuli(path, korean, NASALIZATION, notes=notes)
    assert notes == [f"{path} has a column stem and none called suffix: taken as a plain list of words"]
    assert item.stem == "" and item.more == {"stem": "hak"}


def test_words_without_a_place_are_fillers_and_said(tmp_path, korean):
    path = tmp_path / "own.tsv"
    path.write_text("ur\nh a k m u n\ns a l a m\na p n a\na o a\n", encoding="utf-8")
    notes = []
    items = read_stimuli(path, korean, NASALIZATION, notes=notes)
    assert [i.cell for i in items] == ["TR", "", "TR", ""] and items[1].sr == tuple("salam") and items[1].line == 3
    assert notes == ["2 words have no place for obstruent-nasalization: fillers (line 3, 5)"]


def test_words_without_id_are_called_as_prepare_calls_them(read):
    assert [i.id for i in read("ur\nh a k m u n\na p n a\n")] == ["test-0", "test-1"]


def test_stem_and_suffix_are_used_where_both_are_there(read):
    assert read("ur\tstem\tsuffix\nh a k m u n\thak\tmun\n")[0].suffix == "mun"
    item = read("ur\tstem\nh a k m u n\thak\n")[0]
    assert item.stem == "" and item.more == {"stem": "hak"}


def test_insertion_has_the_segment_beside_the_gap_or_a_trigger_alone(read):
    table = {"inventory": {"segments": "p k t a i"}, "process": [{"name": "x", "rules": "∅ -> i / p _ k"}]}
    grammar = Grammar.from_table(table)
    items = read("ur\na p k a\na t k a\n", grammar=grammar, process="x")
    assert [(i.cell, i.target_index, i.trigger_index, i.target) for i in items] == [
        ("TR", 1, 2, "p"),
        ("CR", 1, 2, "t"),
    ]
    item = read("ur\ttarget_index\ttrigger_index\na p k a\t\t2\n", grammar=grammar, process="x")[0]
    assert (item.cell, item.target_index, item.trigger_index, item.target) == ("TR", None, 2, "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ur\tsr\na k m a\ta k m a\n", r"line 2: the SR of 'test-0' is \[a k m a\]; the grammar derives \[a ŋ m a\]"),
        ("ur\na o a\na o\n", "line 2: /a o a/ has no place for obstruent-nasalization"),
        ("ur\tstem\tsuffix\na k m a\tak\tma\na o a\ta\to a\n", "line 3: /a o a/ has no place for obstruent-nas"),
        ("ur\ttarget_class\ttrigger_class\na k m a\tT\tR\na o a\tT\tR\n", "line 3: /a o a/ has no place"),
        ("ur\na k m a p n a\n", "line 2: .* has 2 sites for obstruent-nasalization"),
        ("ur\na x m a\n", "line 2: /a x m a/ has segments that the inventory lacks: x"),
        ("ur\ttarget_index\ttrigger_index\na k m a\t1\t\n", "line 2: target_index is given and trigger_index is not"),
        ("ur\ttarget_index\ttrigger_index\na k m a\t\t2\n", "line 2: trigger_index is given and target_index is not"),
        ("ur\ttarget_index\ttrigger_index\na k m a\t1\t5\n", "line 2: trigger_index is '5'; allowed: 0 to 4"),
        ("ur\ttarget_index\ttrigger_index\na k m a\t1\t٢\n", "line 2: trigger_index is '٢'; allowed: 0 to 4"),
        ("ur\ttarget_index\ttrigger_index\na k + m a\t1\t2\n", "trigger_index is 2, where .* has a morpheme edge"),
        ("ur\ttarget_index\ttrigger_index\na k a m a\t0\t1\n", "line 2: /a/ in target position is of no class"),
        (
            "ur\ttarget_class\ttrigger_class\na k m a\tT\tN\n",
            "line 2: /a k m a/ is in cell TN, but .* applies to /k/ at 1",
        ),
        ("ur\ttarget_class\ttrigger_class\na k pʰ a\tT\tR\n", "is in cell TR, but .* does not apply to /k/ at 1"),
        ("ur\ttarget_class\ttrigger_class\na k m a\tT\t\n", "line 2: trigger_class is ''; allowed: R or N"),
        ("id\tur\nx\ta k m a\nx\ta k n a\n", "line 3: the id 'x' is already on line 2"),
        (
            "ur\tstem\tsuffix\ttarget_class\ttrigger_class\ttarget_index\ttrigger_index\na k t a\tak\tta\tT\tN\t1\t2\n",
            "line 2: .* cannot be in cell TN of a crossed design: tensification changes /t/ .* no process",
        ),
        (
            "ur\tstem\tsuffix\ttarget_class\ttrigger_class\ttarget_index\ttrigger_index\na m p͈ a\tm\tp͈\tC\tN\t0\t2\n",
            "line 2: target_class is C, but the segment at 0 .* is /a/; allowed for C: m ŋ",
        ),
    ],
)
def test_errors_name_file_and_line(read, text, message):
    with pytest.raises(InputError, match=message) as error:
        read(text)
    assert "own.tsv, line " in str(error.value)


def test_a_file_that_cannot_be_written_is_said(tmp_path):
    with pytest.raises(InputError, match=r"nowhere/stimuli\.tsv: cannot be written: No such file"):
        write_stimuli(tmp_path / "nowhere" / "stimuli.tsv", [])


@pytest.mark.parametrize(
    ("twin", "message"),
    [
        ("other", "line 4: stem 'other' has the words of stem 'ak' (line 2), with which a model does the same"),
        ("ma", "line 4: suffix 'MA' has the words of suffix 'ma' (line 2), with which a model does the same"),
    ],
)
def test_a_unit_under_two_names_is_refused(read, twin, message):
    """Its copy would count as another stem or suffix."""
    rows = [("ak", "ma"), ("ak", "na"), ("other", "ma"), ("other", "na")]
    if twin == "ma":
        rows = [("ak", "ma"), ("at", "ma"), ("ak", "MA"), ("at", "MA")]
    of = {"other": "ak"}
    lines = [f"{' '.join(of.get(stem, stem))} {' '.join(suffix.lower())}\t{stem}\t{suffix}" for stem, suffix in rows]
    with pytest.raises(InputError) as error:
        read("ur\tstem\tsuffix\n" + "\n".join(lines) + "\n")
    assert message in str(error.value)
    assert len(read("ur\tstem\tsuffix\n" + "\n".join(lines[:2]) + "\n")) == 2
