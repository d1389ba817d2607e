"""Which part of a process words are about, what is in none of them, and that two parts are kept apart."""

import dataclasses
import json

import pytest

from fairseq_phonology.analysis.design.coverage import coverage_of
from fairseq_phonology.analysis.events.events import STATUSES
from fairseq_phonology.analysis.figures.style import title_of
from fairseq_phonology.analysis.interventions.verdict import causal_verdict
from fairseq_phonology.analysis.pipeline.attention import analyze
from fairseq_phonology.analysis.pipeline.beside import check_part
from fairseq_phonology.analysis.provenance import Coverage, OfGrammar, Provenance
from fairseq_phonology.analysis.report.methods import methods
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.crossed import crossed
from tests.helpers import planted
from tests.helpers.designed import Unit, cross
from tests.helpers.intervened import CROSS, analyzed, intervened

RULES = ["[-son, +voi] -> [-voi] / _ [-son, -voi]", "[-son, -voi] -> [+voi] / _ [-son, +voi]", "b -> p / # _"]
GRAMMAR = Grammar.from_table(
    {
        "language": "Toy",
        "inventory": {"segments": "p t k b d ɡ m n a i u"},
        "process": [{"name": "assimilation", "rules": RULES}],
        "controls": {"assimilation": {"target": ["m", "n"], "trigger": ["m", "n"]}},
    }
)
OUTCOME = dict(zip("bdɡptk", "ptkbdɡ", strict=True))
FIRST, SECOND = "p t k before b d ɡ", "b d ɡ before p t k"


def design(targets="ptk", triggers="bdɡ"):
    stems = [Unit(letter, ("a", s), 1, f"a{s}{n}") for letter, own in (("T", targets), ("C", "mn"))
             for n, s in enumerate(own * 4) if n < 4]  # fmt: skip
    suffixes = [Unit(letter, (s, "iua"[n % 3]), 0, f"{s}{n}") for letter, own in (("R", triggers), ("N", "mn"))
                for n, s in enumerate(own * 4) if n < 4]  # fmt: skip
    return cross(stems, suffixes, OUTCOME)


def test_one_direction_of_two():
    found = coverage_of(GRAMMAR, "assimilation", design())
    assert (found.part, found.number, found.of, found.segments) == (FIRST, 1, 2, ())
    assert found.not_in_design[0] == f"{SECOND} (part 2 of 2)" and len(found.not_in_design) == 2
    assert found.not_in_design[1].startswith("“b -> p / # _”: ")
    assert found.sentence("assimilation").startswith(
        f"The words are about part 1 of 2 of assimilation: {FIRST}. Not in the words, and so not asked about: {SECOND} "
    )
    other = coverage_of(GRAMMAR, "assimilation", design("bdɡ", "pt"))
    assert (other.part, other.number, other.segments) == (SECOND, 2, ("k as trigger",))


def test_both_directions_and_none():
    both = coverage_of(GRAMMAR, "assimilation", [*design(), *design("bdɡ", "ptk")])
    assert (both.part, both.number, both.of) == ("", 0, 2) and len(both.not_in_design) == 1
    assert both.sentence("assimilation").startswith("Not in the words, and so not asked about: “b -> p / # _”")
    none = coverage_of(GRAMMAR, "assimilation", [])
    assert len(none.not_in_design) == 3 and not none.number
    assert not Coverage().sentence("assimilation")


def test_what_is_not_there_is_said_in_summary_page_and_verdict(tmp_path):
    """And the two parts of one process bear different titles."""
    out, studies = tmp_path / "out", []
    for number, words in enumerate((design(), design("bdɡ", "ptk")), 1):
        dump = planted.planted_dump(tmp_path / f"dump{number}", words, 1, 2)
        studies.append(analyze(dump, GRAMMAR, "assimilation", words, out if number == 1 else None))
    assert [title_of(study) for study in studies] == [f"Assimilation, part {n} of 2 (Toy)" for n in (1, 2)]
    found = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    about, gone = found["about"]["grammar"]["coverage"], f"{SECOND} (part 2 of 2)"
    assert (about["number"], about["of"], about["part"], about["not_in_design"][0]) == (1, 2, FIRST, gone)
    assert gone in found["verdict"]["caveats"][-1] and found["verdict"]["caveats"] == [*studies[0].verdict.caveats]
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<title>Assimilation in Toy, part 1 of 2: " in page
    assert page.count(gone) >= 3 and "Of this process the words are about part 1 of 2" in page


def test_a_verdict_on_use_says_it_too():
    study = analyzed(intervened(CROSS))
    one = Coverage(FIRST, 1, 2, (f"{SECOND} (part 2 of 2)",))
    study = dataclasses.replace(study, provenance=Provenance(grammar=OfGrammar("toy.toml", coverage=one)))
    assert causal_verdict(study).caveats[-1] == one.sentence("nasals")
    assert Provenance(grammar=OfGrammar("toy.toml")).as_json()["grammar"].keys() == {
        *("path", "citation", "process_citation", "rules"),
    }


def test_results_of_two_parts_are_not_put_together():
    own, other = Coverage(FIRST, 1, 2), Coverage(SECOND, 2, 2)
    found = Provenance(grammar=OfGrammar("toy.toml", coverage=own))
    for fine in (own, None, Coverage()):
        check_part(found, fine, "use")
    check_part(Provenance(), other, "use")
    said = (
        f"use: is about part 1 of 2 of the process [(]{FIRST}[)], the words about part 2 of 2 [(]{SECOND}[)]; allowed"
    )
    with pytest.raises(InputError, match=said):
        check_part(found, other, "use")


@pytest.mark.parametrize(
    ("rule", "does", "said"),
    [
        ("∅ -> e / s _ [-syl]", "inserts", "one beside which the process inserts (s) or a control"),
        (
            "l -> ∅ / _ #",
            "deletes",
            "first decoder step that emits another segment or ends the word because the",
        ),
        ("s -> h / _ [-syl]", "changes", "the decoder step that emits the segment in target position)"),
    ],
)
def test_what_the_process_does_to_its_targets(tmp_path, rule, does, said):
    """Whole words by words: what undergoes it, and at which step that is decided. Any consonant before a vowel."""
    sounds = {"inventory": {"segments": "p t k s h m n l a e i o u"}, "process": [{"name": "rule", "rules": [rule]}]}
    shapes = {"onsets": "p t k s h m n l".split(), "nuclei": "a e i o u".split(), "codas": ["", *"snl"]}
    grammar = Grammar.from_table({**sounds, "syllable": shapes})
    words = crossed(grammar, "rule", stems=4, suffixes=4, syllables=(1, 1)).items
    assert coverage_of(grammar, "rule", words).does == does
    study = analyze(planted.planted_dump(tmp_path / "dump", words, 1, 2), grammar, "rule", words)
    assert said in " ".join(methods(study)) and set(study.events.statuses()) == set(STATUSES)
    assert study.events.statuses()["applied"] == len(words)


def test_a_rule_with_a_morpheme_edge_is_asked_about_by_a_model_that_does_not_see_it(tmp_path):
    """The events' URs are those of the dump; what the words are about is in the list's."""
    process = {"name": "rule", "rules": ["∅ -> e / {s, z} + _ {s, z}"]}
    table = {"inventory": {"segments": "p t s z h m n a e i o u"}, "process": [process]}
    shapes = {"onsets": "p t s z h m n".split(), "nuclei": "a e i o u".split(), "codas": ["", *"sznm"]}
    grammar = Grammar.from_table({**table, "syllable": shapes})
    words = crossed(grammar, "rule", stems=4, suffixes=4, syllables=(1, 1)).items
    assert all("+" in item.ur for item in words)
    study = analyze(planted.planted_dump(tmp_path / "dump", words, 1, 2), grammar, "rule", words)
    assert not [caveat for caveat in study.verdict.caveats if "not asked about" in caveat]
    assert study.provenance.grammar.coverage.not_in_design == ()
