"""The Korean grammar against pronunciations written by hand, and the sites the design names."""

import csv

import pytest

from fairseq_phonology.phonology.transcription import segment
from tests.helpers import EXAMPLES

WORDS = EXAMPLES / "korean_nasalization" / "attested.tsv"
NASALIZATION, PLACE = "obstruent-nasalization", "place-assimilation"


def ur(word):
    return segment(word, "hangul-ur", keep_edges=True)


@pytest.fixture(scope="module")
def attested():
    with WORDS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_the_list_has_what_it_promises(attested):
    words = {row["ur"] for row in attested}
    assert len(words) == len(attested) >= 600
    assert sum(row["checked"] == "yes" for row in attested) >= 200
    assert {"학문", "거짓말", "밥물", "국물", "눈물", "한글", "독립", "신라", "설날", "굳+이", "같+이"} <= words


@pytest.mark.parametrize(("column", "include"), [("sr", []), ("sr_place", [PLACE])])
def test_the_grammar_derives_every_checked_pronunciation(korean, attested, column, include):
    derived = {r["ur"]: korean.derive(ur(r["ur"]), include).surface for r in attested if r["checked"] == "yes"}
    gold = {r["ur"]: segment(r[column], "hangul-ur") for r in attested if r["checked"] == "yes"}
    assert {w: "".join(s) for w, s in derived.items() if s != gold[w]} == {}


def test_the_processes_are_the_listed_ones(korean, attested):
    for row in attested:
        assert (set(korean.derive(ur(row["ur"])).processes) or {"none"}) == set(row["process"].split(",")), row["ur"]


@pytest.mark.parametrize(
    ("word", "segments", "fed_by"),
    [
        pytest.param("학문", (2, "k", "ŋ", 3, "m"), (), id="hakmun: underlying"),
        pytest.param("거짓말", (4, "t", "n", 5, "m"), ("neutralization",), id="kʌt͡ɕismal: target made from s"),
        pytest.param("독립", (2, "k", "ŋ", 3, "n"), ("liquid-nasalization",), id="toklip: trigger made from l"),
        pytest.param("값+만", (2, "p", "m", 5, "m"), ("simplification",), id="kaps+man: s deleted in between"),
        pytest.param("옷+만", (1, "t", "n", 3, "m"), ("neutralization",), id="os+man: target made from s"),
    ],
)
def test_sites_are_traced_to_the_ur_and_marked_derived(korean, word, segments, fed_by):
    (site,) = korean.derive(ur(word)).sites(NASALIZATION)
    assert (site.target, site.segment, site.outcome, site.trigger, site.trigger_segment) == segments
    assert site.fed_by == fed_by and site.derived == bool(fed_by)


@pytest.mark.parametrize(
    ("word", "plain", "with_place"), [("눈물", "눈물", "눔물"), ("한글", "한글", "항글"), ("국물", "궁물", "궁물")]
)
def test_place_assimilation_is_a_switch(korean, word, plain, with_place):
    assert korean.derive(ur(word)).surface == segment(plain, "hangul-ur")
    assert korean.derive(ur(word), include=[PLACE]).surface == segment(with_place, "hangul-ur")


def test_every_process_cites_its_source(korean):
    assert all(process.citation for process in korean.processes)
