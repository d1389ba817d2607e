"""What is written as a table is read back, by our own readers and by those of anybody."""

import csv
import string

from hypothesis import given
from hypothesis import strategies as st

from fairseq_phonology.corpus.pairs import read_words
from fairseq_phonology.corpus.tables import read_rows
from fairseq_phonology.corpus.units import Units
from fairseq_phonology.corpus.variants import Variant, read_variants, write_variants
from fairseq_phonology.files import marked, read_csv, unmarked, write_csv, write_lines
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import Item, read_stimuli, write_stimuli
from tests.properties import examples

cells = st.text(st.sampled_from(string.ascii_letters + "학문éʰ ,;'\"-=\n"), max_size=6)
plain = st.text(st.sampled_from("ptkaiuʰŋ학"), min_size=1, max_size=4)
forms = st.lists(st.sampled_from("p t k a i u tʰ ŋ".split()), min_size=1, max_size=5).map(tuple)


@examples(2)
@given(st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1, max_size=4))
def test_csv_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    write_csv(path, rows)
    assert [row for _, row in read_csv(path)] == rows
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    assert [list(map(unmarked, row)) for row in found] == rows
    assert not any(cell[0] in "=+-@" for row in found for cell in row if len(cell) > 1)


@examples(4)
@given(st.text(st.sampled_from("\\=+-@;,'\"\t\r\n a1＝"), max_size=8))
def test_what_keeps_formulas_from_spreadsheets_is_taken_away_again(cell):
    assert unmarked(marked(cell)) == cell
    assert len(cell) < 2 or marked(cell)[0] not in "=+@" or cell[1:].strip("0123456789") == ""


@examples(2)
@given(
    st.lists(st.lists(plain, min_size=3, max_size=3), min_size=1, max_size=4),
    st.sampled_from(["\t", ",", ";"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_list_in_every_dress_has_the_same_words(tmp_path_factory, rows, separator, end, encoding):
    path = tmp_path_factory.mktemp("list") / "words.txt"
    text = end.join(
        [separator.join(["id", "ur", "sr"]), *(separator.join([f"w{n}", *row[1:]]) for n, row in enumerate(rows))]
    )
    path.write_bytes(f"{text}{end}".encode(encoding))
    assert [row for _, row in read_rows(path)][1:] == [[f"w{n}", *row[1:]] for n, row in enumerate(rows)]
    words = read_words(str(path), Units("grapheme", "grapheme"))
    assert [(word.id, word.ur_text, word.sr_text) for word in words] == [
        (f"w{n}", *row[1:]) for n, row in enumerate(rows)
    ]
    assert all("".join(word.ur) == word.ur_text for word in words)


@given(st.dictionaries(forms, st.lists(forms, min_size=2, max_size=3, unique=True), min_size=1, max_size=3))
def test_variants_are_read_back(tmp_path_factory, urs):
    path = tmp_path_factory.mktemp("variants") / "variants.tsv"
    made = {
        ur: tuple(Variant(sr, 2.0 - (n > 0), (2 - (n > 0)) / (len(srs) + 1), n) for n, sr in enumerate(srs))
        for ur, srs in urs.items()
    }
    write_variants(path, made)
    found = read_variants(path)
    assert found.keys() == made.keys()
    for ur, some in found.items():
        assert [one.sr for one in some] == [one.sr for one in made[ur]]
        assert all(abs(one.share - other.share) < 1e-9 for one, other in zip(some, made[ur], strict=True))


@given(st.lists(forms, min_size=1, max_size=4))
def test_stimuli_are_read_back(tmp_path_factory, urs):
    path = tmp_path_factory.mktemp("stimuli") / "stimuli.tsv"
    grammar = Grammar.from_table(
        {
            "inventory": {"segments": "p t k a i u tʰ ŋ"},
            "process": [{"name": "nasal", "rules": "k -> ŋ / _ ŋ"}],
            "controls": {"nasal": {"target": "ŋ", "trigger": "tʰ"}},
        }
    )
    items = [Item(f"w{n}", ur, grammar.derive(ur).surface, more={"note": "x y"}) for n, ur in enumerate(urs)]
    write_stimuli(path, items)
    found = read_stimuli(path, grammar, "nasal")
    write_stimuli(path.with_name("again.tsv"), found)
    assert [(item.id, item.ur, item.sr, item.more) for item in found] == [(i.id, i.ur, i.sr, i.more) for i in items]
    assert read_stimuli(path.with_name("again.tsv"), grammar, "nasal") == found


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=5), max_size=5))
def test_lines_are_read_back(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("lines") / "lines.txt"
    write_lines(path, lines)
    assert path.read_text(encoding="utf-8") == "".join(f"{line}\n" for line in lines)
