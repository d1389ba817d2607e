"""Real words and their own 2 x 2."""

from collections import Counter

import pytest

from fairseq_phonology.corpus.pairs import read_words
from fairseq_phonology.corpus.units import Units
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.interference import interference
from fairseq_phonology.stimuli.real_words import from_words
from tests.helpers import EXAMPLES

NASALIZATION = "obstruent-nasalization"
ATTESTED = EXAMPLES / "korean_nasalization" / "attested.tsv"
UNITS = Units("hangul-ur", "hangul-ur", keep_edges=True)


@pytest.fixture(scope="module")
def attested(korean):
    return from_words(korean, NASALIZATION, read_words(str(ATTESTED), UNITS))


@pytest.fixture
def design(tmp_path, korean):
    def design(text, process=NASALIZATION, fill=5):
        path = tmp_path / "words.tsv"
        more = "".join(f"\n{ur}" + "\t" * text.split("\n")[0].count("\t") for ur in "국물 국민 학년 박물 식물".split())
        path.write_text(text + (more if fill else "") + "\n", encoding="utf-8")
        return from_words(korean, process, read_words(str(path), UNITS))

    return design


@pytest.mark.parametrize(
    ("word", "urs"),
    [
        ("학문", "h a k m u n, h a k pʰ u n, h a ŋ m u n, h a ŋ pʰ u n"),
        ("거짓말", "k ʌ t͡ɕ i s m a l, k ʌ t͡ɕ i s p͈ a l, k ʌ t͡ɕ i m m a l, k ʌ t͡ɕ i m p͈ a l"),
        ("밥물", "p a p m u l, p a p pʰ u l, p a m m u l, p a m pʰ u l"),
    ],
)
def test_the_famous_words(attested, word, urs):
    items = [item for item in attested.items if item.stem == word]
    assert [" ".join(item.ur) for item in items] == urs.split(", ")
    assert [item.cell for item in items] == ["TR", "TN", "CR", "CN"]
    assert [item.id.split("-")[1] for item in items] == ["TR", "TN", "CR", "CN"]
    assert {item.suffix for item in items} == {""} and items[0].more["gloss"]
    fed = "neutralization" if word == "거짓말" else ""
    assert list(items[0].more)[-1] == "fed_by" and {item.more["fed_by"] for item in items} == {fed}


def test_every_word_is_clean_or_listed(korean, attested):
    assert len(attested.items) == 4 * 284
    for item in attested.items:
        if item.cell == "TR":
            assert korean.derive(item.ur).surface == item.sr
        elif item.cell != "TN":
            flaw = interference(korean, NASALIZATION, item.ur, item.target_index, item.trigger_index, item.cell)
            assert flaw is None
    reasons = Counter(why for _, why in attested.excluded)
    assert reasons["liquid-nasalization changes /l/ to [n]"] == 53 and reasons["simplification deletes /s/"] == 6
    assert sum(reasons.values()) + 284 == 1077
    assert len({item.stem for item in attested.items}) == 284


def test_controls_equally_near_take_turns(attested):
    used = Counter(item.trigger for item in attested.items if item.cell == "TN")
    assert abs(used["tʰ"] - used["t͈"]) <= 6 and abs(used["pʰ"] - used["p͈"]) <= 6


def test_what_is_left_out_and_why(design):
    found = design("ur\tgloss\n학문\tlearning\n학문\tagain\n나무\ttree\n독립\tindependence")
    assert dict(found.excluded) == {
        "학문 (word-2)": "has the same UR as 학문 (word-1)",
        "나무": f"{NASALIZATION} does not apply",
        "독립": "liquid-nasalization changes /l/ to [n]",
    }
    assert found.items[0].stem == "학문 (word-1)" and found.items[0].more == {"gloss": "learning", "fed_by": ""}


def test_an_underived_site_goes_before_a_derived_one(design):
    # 옷만학문: /s/ is fed by neutralization, /k/ is not
    items = [item for item in design("ur\n옷만학문").items if item.stem == "옷만학문"]
    assert items[0].target == "k" and items[0].fed_by == ()


def test_an_sr_that_the_grammar_does_not_derive(tmp_path, korean):
    path = tmp_path / "words.tsv"
    lines = [
        f"{ur}\t{sr}"
        for ur, sr in zip("국물 국민 학년 박물 식물".split(), "궁물 궁민 항년 방물 싱물".split(), strict=True)
    ]
    path.write_text("\n".join(["ur\tsr", *lines, "악몽\t악몽"]) + "\n", encoding="utf-8")
    found = from_words(korean, NASALIZATION, read_words(str(path), UNITS))
    assert found.excluded == (("악몽", "the SR of the list is not the one the grammar derives"),)


def test_too_few_words_are_refused(design):
    message = r"1 of 2 words get a 2 x 2 for obstruent-nasalization; 5 are needed; most frequent: .* does not apply"
    with pytest.raises(InputError, match=message):
        design("ur\n학문\n나무", fill=0)


def test_columns_that_would_be_ambiguous_are_refused(design):
    with pytest.raises(InputError, match=r"words.tsv, line 1: the column 'stem' .*rename it"):
        design("ur\tstem\n학문\thak")


DEVOICING = {
    "inventory": {"segments": "p t k b d ɡ s m n l a i u"},
    "process": [
        {"name": "x", "rules": ["{b, d, ɡ} -> {p, t, k} / _ {[-son], #}", "{p, t, k} -> {b, d, ɡ} / _ {b, d, ɡ}"]}
    ],
}


@pytest.fixture
def words(tmp_path):
    def words(part, urs="lad,mub,niɡ,tad,pud,kab+sa,nad+ka,lub+ta,miɡ+sa,naɡ+ti,la,map+da"):
        path = tmp_path / "words.tsv"
        path.write_text("\n".join(["ur", *(" ".join(ur) for ur in urs.split(","))]) + "\n", encoding="utf-8")
        return from_words(Grammar.from_table(DEVOICING), "x", read_words(str(path), Units(keep_edges=True)), part=part)

    return words


def test_the_control_of_the_end_of_a_word_is_put_behind_it(words):
    design = words(3)
    assert str(design.classes) == "b d ɡ at the end of the word" and len(design.items) == 20
    quad = design.items[:4]
    assert [(i.ur[:3], i.trigger_index, i.at_edge) for i in quad] == [
        (tuple("lad"), 3, True),
        (tuple("lad"), 3, False),
        (tuple("lan"), 3, True),
        (tuple("lan"), 3, False),
    ]
    assert quad[1].ur[3] == quad[3].ur[3] and [len(item.ur) for item in quad] == [3, 4, 3, 4]


def test_words_of_another_part_are_named_with_their_part(words):
    design = words(1)
    assert [item.stem for item in design.items[::4]] == [
        "k a b + s a",
        "n a d + k a",
        "l u b + t a",
        "m i ɡ + s a",
        "n a ɡ + t i",
    ]
    reasons = dict(design.excluded)
    assert reasons["l a d"].endswith("applies than b d ɡ before p t k b d ɡ s (--part 3)")
    assert reasons["m a p + d a"].endswith("(--part 2)") and reasons["l a"] == "x does not apply"
