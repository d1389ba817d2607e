"""The Korean grammar against pronunciations written by hand, and the sites the design names."""

import csv

import pytest

from fairseq_phonology.errors import InputError
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


CLAUSES = {  # process, stratum: the examples of its clause, vowel length apart
    (
        "l-tensification",
        "sino",
    ): """갈등 갈뜽 발동 발똥 절도 절또 말살 말쌀 불소 불쏘 일시 일씨 갈증 갈쯩 물질 물찔 발전 발쩐
        몰상식 몰쌍식 불세출 불쎄출""",
    (
        "n-insertion",
        "compound",
    ): """솜+이불 솜니불 홑+이불 혼니불 막+일 망닐 삯+일 상닐 맨+입 맨닙 꽃+잎 꼰닙 내복+약 내봉냑
        한+여름 한녀름 남존+여비 남존녀비 신+여성 신녀성 색+연필 생년필 직행+열차 지캥녈차 늑막+염 능망념 콩+엿 콩녇
        담+요 담뇨 눈+요기 눈뇨기 영업+용 영엄뇽 식용+유 시굥뉴 백분+율 백뿐뉼 밤+윷 밤뉻
        들+일 들릴 솔+잎 솔립 설+익+다 설릭따 물+약 물략 불+여우 불려우 서울+역 서울력 물+엿 물렫 휘발+유 휘발류
        유들+유들 유들류들""",
    ("stem-tensification", "verb"): "신+고 신꼬 껴안+다 껴안따 삼+고 삼꼬 더듬+지 더듬찌 닮+고 담꼬 젊+지 점찌",
}
EXAMPLES_OF_CLAUSES = [
    pytest.param(process, stratum, *pair, id=pair[0])
    for (process, stratum), text in CLAUSES.items()
    for pair in zip(text.split()[::2], text.split()[1::2], strict=True)
]


@pytest.mark.parametrize(("process", "stratum", "word", "sr"), EXAMPLES_OF_CLAUSES)
def test_the_examples_of_a_clause_and_the_same_without_its_process(korean, process, stratum, word, sr):
    derivation = korean.derive(ur(word), [process], stratum=stratum)
    assert derivation.surface == segment(sr, "hangul-ur") and process in derivation.processes
    assert korean.derive(ur(word)).surface != derivation.surface  # off unless asked for


@pytest.mark.parametrize(("word", "sr"), [("앉+고", "안꼬"), ("얹+다", "언따")])
def test_stems_in_two_consonants_need_no_process_of_their_own(korean, word, sr):
    derivation = korean.derive(ur(word), ["stem-tensification"], stratum="verb")
    assert derivation.surface == segment(sr, "hangul-ur")
    assert derivation.processes == ("tensification", "simplification")  # clause 23, of what stands before a stop


@pytest.mark.parametrize(
    ("process", "stratum", "word", "sr"),
    [
        ("l-tensification", "sino", "출발", "출발"),  # of t, s and t͡ɕ alone
        ("l-tensification", "sino", "물건", "물건"),
        ("l-tensification", "native", "갈대", "갈대"),
        ("stem-tensification", "native", "신+과", "신과"),  # a noun
        ("stem-tensification", "verb", "안기+다", "안기다"),  # the proviso: a suffix, and no ending
        ("n-insertion", "native", "넓+이", "널비"),
        ("n-insertion", "compound", "금융", "그뮹"),  # the second form of the proviso; with + the first
        ("n-insertion", "compound", "금+융", "금늉"),
    ],
)
def test_where_a_clause_does_not_apply(korean, process, stratum, word, sr):
    assert korean.derive(ur(word), [process], stratum=stratum).surface == segment(sr, "hangul-ur")


def test_what_the_grammar_cannot_do(korean):
    # proviso of clause 26: not where a character is repeated, which no rule can see
    assert korean.derive(ur("허허실실"), ["l-tensification"], stratum="sino").surface != segment(
        "허허실실", "hangul-ur"
    )


def test_strata_count_only_with_a_process_that_depends_on_them(korean):
    assert not korean.stratified() and not korean.stratified([PLACE]) and korean.stratified(["n-insertion"])
    with pytest.raises(InputError, match="has no stratum, and the grammar has: native, compound, verb, sino"):
        korean.derive(ur("갈등"), ["l-tensification"])


def test_every_process_cites_its_source(korean):
    assert all(process.citation for process in korean.processes)
