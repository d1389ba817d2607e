"""What is reported of word lists."""

import unicodedata

from fairseq_phonology.corpus.findings import left_out, report, unknown_segments
from fairseq_phonology.corpus.pairs import Word
from fairseq_phonology.corpus.units import Units
from tests.helpers.listed import word


def test_report_counts_and_shows_the_first_cases():
    train = [
        word("k a", "g a", "t.tsv", 1),
        word("k a", "g a", "t.tsv", 2),
        word("k a", "k a", "t.tsv", 3),
        word("t i", "s i", "t.tsv", 4),
    ]
    valid = [word("k a", "g a", "v.tsv", 1), word("p o", "p o", "v.tsv", 2)]
    lines = report({"train": train, "valid": valid})
    text = "\n".join(lines)
    assert lines[0] == "train        4 words  UR 2-2, SR 2-2 segments"
    assert "underlying segments (6): a 4  k 4  i 1  o 1  p 1  t 1" in lines
    assert (
        "duplicates: pairs that repeat an earlier one of their split: 1\n  t.tsv, line 2: k a -> g a, as on line 1"
        in text
    )
    assert (
        "with several SRs, of which a model can get one right: 1\n  k a -> g a (t.tsv, line 1), k a (t.tsv, line 3)"
        in text
    )
    assert (
        "leaks: valid words whose UR is in an earlier split: 1\n  v.tsv, line 1: k a -> g a, in t.tsv, line 1" in text
    )
    assert (
        "underlying segments of valid that are not in the training words: 2 (p 1  o 1), in 1 word, read as <unk>"
        in text
    )
    assert "Unicode: forms not in normal form C, converted to it: 0" in lines


def test_report_shows_five_cases_and_counts_the_rest():
    text = "\n".join(report({"train": [word("a", "a", line=n) for n in range(1, 9)]}))
    assert "their split: 7\n" in text and "line 6: a -> a, as on line 1\n  ... and 2 more" in text


def test_report_on_mixed_normal_forms():
    texts = ["국", unicodedata.normalize("NFD", "국")]
    words = [Word(("k",), ("k",), text, "k", "w.tsv", n) for n, text in enumerate(texts, 1)]
    assert any(
        line.endswith("converted to it: 1; 1 others are composed: the lists mix normal forms")
        for line in report({"train": words})
    )


def test_report_with_a_models_dictionaries():
    lines = report({"test": [word("k a"), word("q a", None, line=2)]}, ({"k", "a"}, {"x"}), {("k", "a")})
    text = "\n".join(lines)
    assert "leaks: words whose UR the model was trained on: 1\n  w.tsv, line 1: k a -> x" in text
    assert "underlying segments of test that are not in the dictionaries: 1 (q 1), in 1 word, read as <unk>" in text
    edged = "\n".join(report({"test": [word("k + a")]}, ({"k", "a"}, {"x"}), {("k", "a")}))
    assert "(+ 1), in 1 word, read as <unk>; + is a morpheme edge: the model knows none, so leave it out" in edged


def test_histogram_by_hand():
    lines = report({"train": [word("a b", "x"), word("a", "x"), word("a", "x")]})
    at = next(n for n, line in enumerate(lines) if line.startswith("segments "))
    assert lines[at + 1].split() == ["1", "2", "#" * 20, "3", "#" * 30]
    assert lines[at + 2].split() == ["2", "1", "#" * 10, "0"]


def test_unknown_segments():
    counts, holders = unknown_segments([word("k q q"), word("k")], {"k"}, "underlying")
    assert counts == {"q": 2} and len(holders) == 1


def test_signs_that_are_no_ipa_are_counted_and_named():
    words = [word("ɡ a", "g a : ˈ"), word("g a", "ɡ ␣ . <PST>", line=2)]
    lines = report({"train": words})
    assert "blanks inside words: 1 in surface forms; read as the segment ␣ (--phrases: as #)" in lines
    at = lines.index("signs that are not IPA, or no segments: 4 in 5 places")
    assert lines[at + 1] == (
        "  g (U+0067 LATIN SMALL LETTER G): 1 in URs, 1 in SRs; look-alike; --normalize-ipa writes ɡ (U+0261)"
    )
    assert '  ˈ (U+02C8 MODIFIER LETTER VERTICAL LINE): 0 in URs, 1 in SRs; stress; --strip "ˈ" leaves it out' in lines
    assert len(lines) == at + 5
    assert not any("signs" in line for line in report({"train": words}, units=Units("grapheme", "jamo")))


def test_a_mark_that_may_belong_to_either_side_is_named_where_it_was_decided():
    words = [word("aʰ p a tʰ", "aʰ p a")]
    lines = report({"train": words}, units=Units("ipa", "space"))
    line = next(line for line in lines if "U+02B0" in line)
    assert "1 in URs, 0 in SRs; between a vowel and a stop read with the vowel; for a preaspirated stop" in line


def test_segments_that_are_not_seen_are_shown_by_code():
    words = [Word(("a", "\u200b", "\u0325"), ("x",), "", "", "w", 2)]
    assert "underlying segments (3): a 1  ◌\u0325 1  U+200B 1" in report({"train": words})


def test_weights_are_summed_for_each_part():
    lines = report({"train": [word("a", weight=3.0), word("b", weight=0.5)], "valid": [word("c", weight=1.5)]})
    assert lines[0].endswith("; 3.5 of the weight (70.00 %)") and lines[1].endswith("; 1.5 of the weight (30.00 %)")


def test_segments_of_the_words_that_are_left_out():
    whole = [word("k a", "g a"), word("t i", "s i"), word("k i", "k i")]
    assert left_out(whole, [whole[0], whole[2]])[1:] == [
        "training words: 2 of 3; the dictionaries have the segments of all",
        "never trained: underlying segments of words left out alone: 1 (t 1)",
        "never trained: surface segments of words left out alone: 1 (s 1)",
    ]
    assert left_out(whole, whole)[2].endswith("alone: 0")
