"""``fairseq-phonology nonce``, in the process."""

import csv
import hashlib
import re
from collections import Counter

import pytest

from fairseq_phonology.commands import VERBS, main
from fairseq_phonology.phonology.grammar import Grammar
from tests.helpers import EXAMPLES

KOREAN = EXAMPLES / "korean_nasalization" / "korean.toml"


def test_writes_words_and_says_how_often_each_process_applies(tmp_path, capsys):
    out = tmp_path / "nonce.tsv"
    assert main(["nonce", str(KOREAN), "--n", "50", "--seed", "4", "--out", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len({r["ur"] for r in rows}) == 50 and list(rows[0]) == ["id", "ur", "sr", "processes"]
    nasalized = sum("obstruent-nasalization" in r["processes"].split(",") for r in rows)
    said = capsys.readouterr().out
    assert f"obstruent-nasalization   {nasalized:>7} words" in said and "next: fairseq-phonology prepare" in said
    assert main(["nonce", str(KOREAN), "--n", "50", "--seed", "4"]) == 0
    assert capsys.readouterr().out == out.read_text(encoding="utf-8")


def test_no_file_is_overwritten_unasked_and_none_that_is_read(tmp_path, capsys):
    out = tmp_path / "nonce.tsv"
    out.write_text("ur\nk a\n", encoding="utf-8")
    options = ["nonce", str(KOREAN), "--n", "5", "--out", str(out)]
    assert main(options) == 2
    assert f"{out}: exists; name another file or add --overwrite" in capsys.readouterr().err
    assert main([*options, "--exclude", str(out), "--overwrite"]) == 2
    assert f"{out}: --out is the list that is read; name another file" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "ur\nk a\n"
    assert main([*options, "--overwrite"]) == 0 and out.read_text(encoding="utf-8").startswith("id\tur\tsr")


def test_excluded_words_may_be_written_in_hangul(tmp_path, capsys):
    words = tmp_path / "words.tsv"
    main(["nonce", str(KOREAN), "--n", "600", "--syllables", "1"])
    drawn = {line.split("\t")[1] for line in capsys.readouterr().out.splitlines()[1:]}
    assert "k a" in drawn
    words.write_text("가\t가\n값\t갑\n", encoding="utf-8")
    options = ["--exclude", str(words), "--exclude-units", "hangul-ur"]
    main(["nonce", str(KOREAN), "--n", "600", "--syllables", "1", *options])
    drawn = {line.split("\t")[1] for line in capsys.readouterr().out.splitlines()[1:]}
    assert len(drawn) == 600 and not drawn & {"k a", "k a p s"}


@pytest.mark.parametrize(
    ("grammar", "digest"),
    [
        ("korean_nasalization/korean", "ae7e22b41edfa5fc61fd3839fc91e32d48583d7fc2e9bd9d8a1329d4c534a899"),
        ("turkish_vowel_harmony/turkish", "2e423adc4d75d5ead1b965ee00b91521d679fbfd3c74188dcdaa28d7e18b2c3b"),
    ],
)
def test_words_of_grammars_without_rates_stay_as_they_are(grammar, digest, capsys):
    assert main(["nonce", str(EXAMPLES / f"{grammar}.toml"), "--n", "300", "--seed", "5", "--at-least", "3"]) == 0
    assert hashlib.sha256(capsys.readouterr().out.encode()).hexdigest() == digest


STRATA = """
[inventory]
segments = "p t k d n l a i"
[syllable]
onsets = ["", "p", "t", "k", "l"]
nuclei = ["a", "i"]
codas = ["", "l", "n"]
[strata]
native = 1
sino = 1
[[process]]
name = "voicing"
rules = "t -> d / l _"
rate = { native = 0.25, sino = 0.75 }
"""

UNDONE = """
[inventory]
segments = "k ɡ a o d"
[syllable]
onsets = ["k", "d"]
nuclei = ["a", "o"]
codas = [""]
[[process]]
name = "voicing"
rules = "k -> ɡ / [+syl] _"
rate = 0.5
[[process]]
name = "undone"
rules = "ɡ -> k / _ {a, o} d"
"""


@pytest.fixture
def strata(tmp_path):
    path = tmp_path / "strata.toml"
    path.write_text(STRATA, encoding="utf-8")
    return path


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_strata_as_a_column_or_as_a_symbol_too(strata, tmp_path, capsys):
    out, tagged = tmp_path / "nonce.tsv", tmp_path / "tagged.tsv"
    options = ["nonce", str(strata), "--n", "400", "--seed", "2", "--syllables", "2-4"]
    assert main([*options, "--out", str(out)]) == 0
    said, rows = capsys.readouterr().out, rows_of(out)
    assert list(rows[0]) == ["id", "ur", "sr", "processes", "stratum"]
    native = sum(row["stratum"] == "native" for row in rows)
    assert f"<native>                 {native:>7} words  {native / 4:5.1f} %  (50.0 % by weight)" in said
    assert re.search(
        r"    native: in \d+\.\d\d % of \d+ that meet it; rate 25.00 %\n    sino: .*; rate 75.00 %\n", said
    )
    assert main([*options, "--tag", "stratum", "--out", str(tagged)]) == 0
    for row, with_tag in zip(rows, rows_of(tagged), strict=True):
        assert with_tag == row | {"ur": f"{row['ur']} <{row['stratum']}>"}


def test_tagged_words_are_excluded_too(strata, tmp_path, capsys):
    tagged = tmp_path / "tagged.tsv"
    options = ["nonce", str(strata), "--n", "30", "--syllables", "1"]
    assert main([*options, "--tag", "stratum", "--out", str(tagged)]) == 0
    capsys.readouterr()
    assert main([*options[:3], "10", *options[4:], "--exclude", str(tagged)]) == 2
    assert "only 0 of 10 distinct words could be drawn" in capsys.readouterr().err


def test_every_variant_with_its_probability(strata, tmp_path, capsys):
    out = tmp_path / "nonce.tsv"
    options = ["--n", "60", "--seed", "2", "--syllables", "2-3", "--variants", "all"]
    assert main(["nonce", str(strata), *options, "--out", str(out)]) == 0
    rows = rows_of(out)
    assert list(rows[0]) == ["id", "ur", "sr", "processes", "stratum", "item", "probability"]
    items = {row["item"] for row in rows}
    assert len(items) == 60 < len(rows) and "--weight probability" in capsys.readouterr().out
    for item in items:
        own = [row for row in rows if row["item"] == item]
        assert [row["id"] for row in own] == [f"{item}.{n}" for n in range(1, len(own) + 1)]
        assert len({row["ur"] for row in own}) == 1
        assert sum(float(row["probability"]) for row in own) == pytest.approx(1)
        if len(own) > 1:
            rate = {"native": 0.25, "sino": 0.75}[own[0]["stratum"]]
            assert {row["processes"]: float(row["probability"]) for row in own} == {"voicing": rate, "": 1 - rate}


def test_the_rate_of_a_process_that_a_later_one_undoes(tmp_path, capsys):
    grammar, out = tmp_path / "undone.toml", tmp_path / "nonce.tsv"
    grammar.write_text(UNDONE, encoding="utf-8")
    options = ["--n", "60", "--syllables", "2-4", "--variants", "all", "--out", str(out)]
    assert main(["nonce", str(grammar), *options]) == 0
    said, rows = capsys.readouterr().out, rows_of(out)
    assert "60 nonce words with 91 variants" in said
    assert "    in 50.00 % of 47 that meet it; rate 50.00 %\n" in said  # 16 of them end in one SR either way
    assert "  voicing                       24 words   39.2 %\n" in said  # 23.5 of 60
    assert "  (no process)                  36 words\n" in said  # 36.5
    merged = [row for row in rows if row["processes"] == "voicing,undone" and row["probability"] == "1"]
    assert merged and all(row["ur"] == row["sr"] for row in merged)  # the column: one of the two ways


def test_a_tag_needs_strata(capsys):
    assert main(["nonce", str(KOREAN), "--n", "5", "--tag", "stratum"]) == 2
    assert "korean.toml: found --tag stratum, and the grammar has no [strata]" in capsys.readouterr().err


def test_words_by_the_ngrams_of_a_list(tmp_path, capsys):
    listed, out = tmp_path / "words.tsv", tmp_path / "nonce.tsv"
    listed.write_text("ur\tfreq\nk a p\t9\np a k a\t1\nt a p\t3\nx a\t2\nk a t a k\t1\n", encoding="utf-8")
    options = ["nonce", "--from-words", str(listed), "--n", "4", "--out", str(out), "--weight", "freq"]
    assert main([*options, str(KOREAN)]) == 0
    said = capsys.readouterr().out
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert list(rows[0]) == ["id", "ur", "sr", "processes", "phonotactics"]
    assert not {r["ur"] for r in rows} & {"k a p", "p a k a", "t a p", "k a t a k"}
    assert all(float(r["phonotactics"]) < 0 and 3 <= len(r["ur"].split()) <= 5 for r in rows)
    assert "1 word of 5, such as 'x a', left out: not made of the grammar's segments" in said
    assert f"drawn by 3-grams of {listed} (tokens), 3 to 5 segments" in said and "gave words of the list" in said
    assert main([*options, "--overwrite", "--segments", "2-2", "--ngram", "1"]) == 0
    assert out.read_text(encoding="utf-8").splitlines()[0] == "id\tur\tphonotactics"


def test_strata_of_the_list_have_ngrams_of_their_own(tmp_path, capsys):
    listed = tmp_path / "words.tsv"
    rows = ["k a l\tsino", "t a l\tsino", "p a l t a\tsino", "o l i o\tnative"]
    listed.write_text("ur\tstratum\n" + "\n".join(rows) + "\n", encoding="utf-8")
    options = [
        "nonce",
        str(KOREAN),
        "--from-words",
        str(listed),
        "--n",
        "30",
        "--seed",
        "2",
        "--with",
        "l-tensification",
    ]
    assert main(options) == 0
    drawn = [line.split("\t") for line in capsys.readouterr().out.splitlines()[1:]]
    assert {row[4] for row in drawn} == {"sino", "native"}
    assert sum(row[4] == "sino" for row in drawn) > sum(row[4] == "native" for row in drawn)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--n", "5"], "found no GRAMMAR; allowed only with --from-words LIST"),
        (["--n", "5", "--from-words", "w.tsv", "--at-least", "2"], "found --at-least; allowed only with GRAMMAR"),
        (["--n", "5", "--from-words", "w.tsv", "--variants", "all"], "--variants all; allowed only with GRAMMAR"),
        ([str(KOREAN), "--n", "5", "--segments", "2-3"], "found --segments; allowed only with --from-words LIST"),
        ([str(KOREAN), "--n", "5", "--from-words", "w.tsv", "--syllables", "2"], "found --syllables with --from-words"),
        (["--n", "5", "--from-words", "w.tsv", "--syllables", "2"], "allowed only without it (--segments LOW-HIGH)"),
        (["--n", "5", "--from-words", "w.tsv", "--ngram", "0"], "--ngram is 0; allowed: 1 or more"),
        (["--n", "5", "--from-words", "nowhere.tsv"], "nowhere.tsv: No such file"),
    ],
)
def test_what_goes_with_a_list_and_what_with_a_grammar(options, message, capsys):
    assert main(["nonce", *options]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--n", "0"], "--n is 0; allowed: 1 or more"),
        (["--n", "5", "--edges", "2"], "--edges is 2; allowed: a number, 0 to 1"),
        (["--n", "5", "--syllables", "many"], "--syllables is 'many'; allowed: LOW-HIGH"),
        (["--n", "5", "--with", "harmony"], "no process 'harmony'; it has: aspiration"),
        (["--n", "5", "--at-least", "-3"], "--at-least is -3; allowed: 0 or more"),
        (
            ["--n", "5", "--exclude", str(KOREAN.with_name("attested.tsv"))],
            "found --exclude-units space; allowed: space, ipa",
        ),
        (["--n", "5", "--exclude", "nowhere.tsv"], "nowhere.tsv: No such file"),
    ],
)
def test_wrong_input_is_one_line_and_status_2(options, message, capsys):
    assert main(["nonce", str(KOREAN), *options]) == 2
    error = capsys.readouterr().err
    assert error.startswith("fairseq-phonology nonce: error: ") and message in error and error.count("\n") == 1


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_shows_one_real_example(verb, capsys):
    with pytest.raises(SystemExit) as stop:
        main([verb, "--help"])
    assert stop.value.code == 0
    assert f"example:\n  fairseq-phonology {verb}" in capsys.readouterr().out


def test_real_words_may_be_excluded_without_a_grammar(tmp_path, capsys):
    listed, kept_out = tmp_path / "l.tsv", tmp_path / "x.tsv"
    listed.write_text("ur\nk a p\nt a p\nk a t\n", encoding="utf-8")
    options = ["nonce", "--from-words", str(listed), "--n", "2"]
    assert main([*options, "--out", str(kept_out)]) == 0
    first = {row["ur"] for row in rows_of(kept_out)}
    assert main([*options, "--exclude", str(kept_out), "--out", str(tmp_path / "out.tsv")]) == 0
    assert len(first) == 2 and not first & {row["ur"] for row in rows_of(tmp_path / "out.tsv")}


@pytest.mark.parametrize(("weight", "native"), [([], "25.0 %"), (["--weight", "n"], "75.0 %")])
def test_strata_are_drawn_and_said_as_the_list_has_them(strata, weight, native, tmp_path, capsys, monkeypatch):
    three = STRATA.replace("[strata]", "[strata]\nslang = 1").replace("sino = 0.75 }", "sino = 0.75, slang = 0 }")
    strata.write_text(three, encoding="utf-8")
    rows = ["a t a\tnative\t9", "t a l\tsino\t1", "l a t a\tsino\t1", "t a l a\tsino\t1"]
    (tmp_path / "l.tsv").write_text("ur\tstratum\tn\n" + "\n".join(rows) + "\n", encoding="utf-8")
    options = ["nonce", str(strata), "--from-words", str(tmp_path / "l.tsv"), "--n", "40", *weight]
    loaded = []
    load = Grammar.load
    monkeypatch.setattr(Grammar, "load", lambda *one: loaded.append(one) or load(*one))
    assert main([*options, "--out", str(tmp_path / "out.tsv")]) == 0 and len(loaded) == 1
    said = capsys.readouterr().out
    assert f"({native} in the list)" in said and "(the list has no word of it)" in said
    drawn = Counter(row["stratum"] for row in rows_of(tmp_path / "out.tsv"))
    assert (drawn["native"] > drawn["sino"]) == bool(weight)


def test_a_list_whose_words_are_one_segment_each_is_refused(tmp_path, capsys):
    (tmp_path / "words.txt").write_text("ball\ndoggy\ncookie\nmommy\n", encoding="utf-8")
    assert main(["nonce", "--from-words", str(tmp_path / "words.txt"), "--n", "8", "--no-header"]) == 2
    error = capsys.readouterr().err
    assert "--units is space, which needs blanks" in error and "give --units grapheme" in error


def test_words_of_which_nothing_is_left_are_counted(tmp_path, capsys):
    grammar = tmp_path / "gone.toml"
    grammar.write_text(
        '[inventory]\nsegments = "p a"\n[syllable]\nonsets = "p"\nnuclei = "a"\n[[process]]\nname = "gone"\n'
        'rules = ["[+syl] -> ∅", "[-syl] -> ∅"]\n',
        encoding="utf-8",
    )
    assert main(["nonce", str(grammar), "--n", "3", "--out", str(tmp_path / "nonce.tsv")]) == 0
    assert "nothing is left of 3 words: the SR is written ∅" in capsys.readouterr().out
    assert [row["sr"] for row in rows_of(tmp_path / "nonce.tsv")] == ["∅"] * 3
