"""A user's own stems and suffixes."""

from collections import Counter

import pytest

from fairseq_phonology.corpus.units import Units
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.own_units import Part, from_parts, read_parts

NASALIZATION = "obstruent-nasalization"
STEMS = "학 밥 집 맏 함 감 강 몽".split()
SUFFIXES = "만 마다 나 네 푼 타 칸 까".split()


@pytest.fixture
def parts(tmp_path):
    def parts(stems, suffixes, units="hangul-ur", header="stem\tsuffix"):
        path = tmp_path / "parts.tsv"
        width = max(len(stems), len(suffixes))
        columns = ([*some, *[""] * (width - len(some))] for some in (stems, suffixes))
        lines = [header, *("\t".join(row) for row in zip(*columns, strict=True))]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return read_parts(path, Units(units, keep_edges=True))

    return parts


def test_all_combinations_of_what_is_clean(parts, korean):
    design = from_parts(korean, NASALIZATION, *parts(STEMS, SUFFIXES))
    assert len(design.items) == 64 and not design.excluded
    first = design.items[0]
    assert (first.id, first.stem, first.suffix, first.cell) == ("T1-R1", "학", "만", "TR")
    assert (first.ur, first.sr, first.target_index, first.trigger_index) == (tuple("hakman"), tuple("haŋman"), 2, 3)


def test_silent_onsets_are_dropped_and_columns_end_where_they_do(parts):
    stems, suffixes = parts(["학"], ["은", "만"])
    assert [part.segments for part in stems] == [tuple("hak")]
    assert [part.segments for part in suffixes] == [tuple("ɯn"), tuple("man")]


def test_what_is_not_clean_leaves_with_its_reason(parts, korean):
    design = from_parts(korean, NASALIZATION, *parts([*STEMS, "바", "꽃"], [*SUFFIXES, "도", "라", "은"]))
    assert len(design.items) == 64
    reasons = dict(design.excluded)
    assert reasons["stem 바"] == "no segment at its end is one of p t k m ŋ"
    assert reasons["stem 꽃"].startswith("no segment at its end is one of")
    assert set(reasons) == {"stem 바", "stem 꽃", "suffix 도", "suffix 라", "suffix 은"}


def test_in_a_progressive_process_suffixes_carry_the_target(parts, korean):
    stems, suffixes = parts("학 밥 집 맏 함 간 강 몽".split(), "고 다 지 도 파 타 까 차".split())
    design = from_parts(korean, "tensification", stems, suffixes)
    first = design.items[0]
    assert len(design.items) == 64 and not design.excluded
    assert (first.id, first.cell, first.target_index, first.trigger_index) == ("R1-T1", "TR", 3, 2)


def test_the_unit_with_the_largest_share_of_unclean_words_leaves(parts, korean):
    # /n/ nasalizes a stop before it: 네 is unclean with four stems of eight, each of them with one suffix of nine
    stems, suffixes = parts("학 밥 집 맏 함 간 강 몽".split(), "고 다 지 도 파 타 까 차 네".split())
    design = from_parts(korean, "tensification", stems, suffixes)
    assert design.excluded == (("suffix 네", "obstruent-nasalization changes /k/ to [ŋ], as in 학 + 네"),)


def test_an_edge_and_further_columns(tmp_path, korean):
    path = tmp_path / "parts.tsv"
    rows = [f"{stem}\t{suffix}\t{n}\tx" for n, (stem, suffix) in enumerate(zip(STEMS, SUFFIXES, strict=True))]
    path.write_text("\n".join(["stem\tsuffix\tstem_frequency\tsuffix_kind", *rows]) + "\n", encoding="utf-8")
    items = from_parts(korean, NASALIZATION, *read_parts(path, Units("hangul-ur", keep_edges=True)), edge=True).items
    assert items[0].ur == tuple("hak+man") and items[0].trigger_index == 4
    assert items[0].more == {"stem_frequency": "0", "suffix_kind": "x"}


def test_words_to_exclude_cost_a_unit(parts, korean):
    stems, suffixes = parts([*STEMS, "북"], SUFFIXES)
    design = from_parts(korean, NASALIZATION, stems, suffixes, exclude=[tuple("pukman")])
    assert len(design.excluded) == 1 and "list to exclude, as in 북 + 만" in design.excluded[0][1]


@pytest.mark.parametrize(
    ("stems", "suffixes", "message"),
    [
        (STEMS[:7], SUFFIXES, "3 clean stems of class C, for CR and CN; 4 are needed"),
        (STEMS, SUFFIXES[:4], "0 clean suffixes of class N, for TN and CN; 4 are needed"),
        (
            STEMS,
            [*SUFFIXES[1:], "라"],
            r"3 clean suffixes of class R, for TR and CR; 4 are needed \(excluded: no segment at .*: 라\)",
        ),
    ],
)
def test_too_few_are_refused_by_class_and_cell(parts, korean, stems, suffixes, message):
    with pytest.raises(InputError, match=message):
        from_parts(korean, NASALIZATION, *parts(stems, suffixes))


@pytest.mark.parametrize(
    ("stems", "suffixes", "header", "message"),
    [
        (["학"], ["만"], "stem\tending", "line 1: has no column 'suffix'"),
        (["학", "학"], ["만", "나"], "stem\tsuffix", "line 3: the stem '학' is already on an earlier line"),
        (["hak"], ["만"], "stem\tsuffix", "line 2: stem: .* is not a Hangul syllable"),
    ],
)
def test_errors_name_file_and_line(parts, stems, suffixes, header, message):
    with pytest.raises(InputError, match=message):
        parts(stems, suffixes, header=header)


def test_a_column_of_neither_is_refused(tmp_path):
    path = tmp_path / "parts.tsv"
    path.write_text("stem\tsuffix\tspeaker\n학\t만\t3\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1: found a column called 'speaker'; allowed: stem, suffix, and stem_"):
        read_parts(path, Units("hangul-ur", keep_edges=True))


def test_signs_are_left_out_and_csv_is_read(tmp_path):
    (tmp_path / "parts.csv").write_text("stem;suffix\n박.;만\n", encoding="utf-8")
    (stem,), (suffix,) = read_parts(tmp_path / "parts.csv", Units("hangul-ur", keep_edges=True, strip=(".",)))
    assert (stem.text, stem.segments, suffix.segments) == ("박.", ("p", "a", "k"), ("m", "a", "n"))


def test_the_end_of_the_word_is_no_suffix_that_need_be_written():
    table = {
        "inventory": {"segments": "p t b d m n l a i u"},
        "process": [{"name": "x", "rules": "{b, d} -> {p, t} / _ #"}],
    }
    stems = [
        Part("".join(text), tuple(text)) for text in ("lab", "nad", "mib", "tud", "lan", "nam", "pil", "tun", "la")
    ]
    suffixes = [Part("".join(text), tuple(text)) for text in ("a", "in", "u", "am", "l")]
    design = from_parts(Grammar.from_table(table), "x", stems, suffixes)
    assert Counter(item.cell for item in design.items) == {"TR": 4, "TN": 16, "CR": 4, "CN": 16}
    first = design.items[0]
    assert (first.id, first.ur, first.sr, first.suffix, first.trigger_index) == (
        "T1-R1",
        *map(tuple, ("lab", "lap")),
        "#",
        3,
    )
    assert [what for what, _ in design.excluded] == ["stem la", "suffix l"]
    assert from_parts(Grammar.from_table(table), "x", stems, [*suffixes, Part("#", ())]) == design
