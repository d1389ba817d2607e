"""The Turkish grammar against spellings, harmony by hand, and the designs that can be made from it."""

import csv
from collections import Counter

import pytest

from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.phonotactics.nonce import nonce_words
from fairseq_phonology.phonology.transcription import segment
from fairseq_phonology.stimuli.classes import classes_of
from fairseq_phonology.stimuli.crossed import crossed
from fairseq_phonology.stimuli.items import CELLS
from tests.helpers import EXAMPLES

FOLDER = EXAMPLES / "turkish_vowel_harmony"
BACKNESS, ROUNDING = "backness-harmony", "rounding-harmony"
# the alphabet is phonemic (Göksel & Kerslake 2005, ch. 1); j and ğ stand in no word of the list
LETTERS = dict(
    zip(
        "abcçdefghıiklmnoöprsştuüvyz",
        "a b d͡ʒ t͡ʃ d e f ɡ h ɯ i k l m n o ø p ɾ s ʃ t u y v j z".split(),
        strict=True,
    )
)


@pytest.fixture(scope="module")
def grammar():
    return Grammar.load(FOLDER / "turkish.toml")


@pytest.fixture(scope="module")
def attested():
    with (FOLDER / "attested.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def ur(text):
    return segment(text, "ipa", keep_edges=True)


def test_the_list_has_what_it_promises(grammar, attested):
    assert len({row["ur"] for row in attested}) == len(attested) >= 200
    assert {row["word"] for row in attested} >= {"evler", "atlar", "gözümüz", "okulda", "geliyor", "evdekiler"}
    used = Counter(name for row in attested for name in row["process"].split(","))
    assert all(used[process.name] >= 15 for process in grammar.processes)


def test_surface_forms_are_the_spellings_read_aloud(attested):
    assert {r["word"]: r["sr"] for r in attested if "".join(map(LETTERS.get, r["word"])) != r["sr"]} == {}


def test_the_grammar_derives_every_attested_word(grammar, attested):
    derived = {row["word"]: grammar.derive(ur(row["ur"])) for row in attested}
    assert {r["word"]: str(derived[r["word"]]) for r in attested if derived[r["word"]].surface != ur(r["sr"])} == {}
    assert all((",".join(derived[r["word"]].processes) or "none") == r["process"] for r in attested)


@pytest.mark.parametrize(
    ("word", "surface"),
    [
        pytest.param("kalem", "kalem", id="a disharmonic root is left alone"),
        pytest.param("kalem+laɾ", "kalemleɾ", id="its last vowel decides"),
        pytest.param("otobys+laɾ", "otobysleɾ", id="likewise: bus"),
        pytest.param("at+laɾ+ɯmɯz+da", "atlaɾɯmɯzda", id="back throughout"),
        pytest.param("ev+laɾ+ɯmɯz+da", "evleɾimizde", id="front throughout"),
        pytest.param("ɡøz+ɯmɯz+da", "ɡøzymyzde", id="a low vowel does not round"),
        pytest.param("ɡøz+laɾ+ɯm", "ɡøzleɾim", id="and ends rounding"),
        pytest.param("okul+ɯmɯz+ɯ", "okulumuzu", id="rounding goes on through high vowels"),
        pytest.param("ɡel+ɯjoɾ+ɯm", "ɡelijoɾum", id="o is opaque: it stays, and gives what it has"),
        pytest.param("ɡøɾ+ɯjoɾ+laɾ", "ɡøɾyjoɾlaɾ", id="back after o, in spite of the stem"),
        pytest.param("okul+da+ki+laɾ", "okuldakileɾ", id="i is opaque"),
        pytest.param("bak+aɾ+ken", "bakaɾken", id="e is opaque"),
        pytest.param("jap+abil+ɯɾ", "japabiliɾ", id="within a suffix, too"),
        pytest.param("aɾaba+m+da", "aɾabamda", id="over a suffix without vowel"),
        pytest.param("kitab+ɯ", "kitabɯ", id="voiced before a vowel"),
        pytest.param("kitab+da", "kitapta", id="devoicing feeds assimilation"),
        pytest.param("kitab", "kitap", id="devoicing at the word's end"),
    ],
)
def test_derivations_by_hand(grammar, word, surface):
    assert "".join(grammar.derive(ur(word)).surface) == surface


def test_each_vowel_is_triggered_by_the_one_before_it(grammar):
    derivation = grammar.derive(ur("ɡøz+ɯmɯz+da"))  # positions: ɡ0 ø1 z2 +3 ɯ4 m5 ɯ6 z7 +8 d9 a10
    assert [(s.target, s.trigger) for s in derivation.sites(ROUNDING) if not s.vacuous] == [(4, 1), (6, 4)]
    assert [(s.target, s.trigger) for s in derivation.sites(BACKNESS) if not s.vacuous] == [(4, 1), (6, 4), (10, 6)]


def test_harmony_reaches_into_long_suffixes_and_never_into_roots(grammar):
    assert "".join(grammar.derive(ur("ɡel+ad͡ʒak+laɾ")).surface) == "ɡeled͡ʒekleɾ"
    assert "".join(grammar.derive(ur("keladzak")).surface) == "keladzak"


def test_nonce_words_have_suffixes_that_turkish_could_have(grammar):
    words = list(nonce_words(grammar, 300, seed=1, syllables=(2, 6), edges=0.6))
    suffixes = ["".join(word.ur).split("+", 1)[1] for word in words if "+" in word.ur]
    assert len(suffixes) > 150 and not set("uøy") & set("".join(suffixes))
    assert any("+" in suffix for suffix in suffixes)


def test_a_design_for_each_harmony(grammar):
    classes = classes_of(grammar, BACKNESS)
    assert not classes.regressive and classes.between >= set("ptkmnlj") and not classes.between & set("aeɯioøuy")
    expected = {
        BACKNESS: (("a",), ("e", "i", "o"), ("e", "i", "ø", "y"), ("a", "ɯ", "o", "u")),
        ROUNDING: (("ɯ",), ("e", "i", "o"), ("o", "u"), ("a", "ɯ")),
    }
    for process, (target, control_target, trigger, control_trigger) in expected.items():
        design = crossed(grammar, process, stems=4, suffixes=4, seed=2, syllables=(2, 2))
        found = design.classes
        assert (found.target, found.control_target) == (target, control_target)
        assert (found.trigger, found.control_trigger) == (trigger, control_trigger)
        assert Counter(item.cell for item in design.items) == dict.fromkeys(CELLS, 16)
        for item in design.items:
            stem = item.ur[: item.ur.index("+")]
            assert item.trigger_index == max(n for n, s in enumerate(stem) if s in "aeɯioøuy")
            assert item.ur[item.target_index] == next(s for s in item.ur[len(stem) :] if s in "aeɯioøuy")
            changed = item.ur[item.target_index] != item.sr[item.target_index - 1]  # the SR has no edge
            assert changed == (item.cell == "TR")


def test_every_process_cites_its_source(grammar):
    assert all(process.citation for process in grammar.processes)
