"""``fairseq-phonology stimuli``, in the process: from the grammar, from one's own parts, from real words."""

from collections import Counter
from pathlib import Path

import pytest

from fairseq_phonology.analysis.contrasts import power
from fairseq_phonology.commands import main
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import CELLS, read_stimuli
from tests.helpers import EXAMPLES

KOREAN = EXAMPLES / "korean_nasalization" / "korean.toml"
NASALIZATION = "obstruent-nasalization"


@pytest.fixture(autouse=True)
def bought(monkeypatch):
    """What the simulations of power were asked; they take seconds."""
    asked = []
    monkeypatch.setattr(power, "lines_of_crossed", lambda *sizes, seed: asked.append(sizes) or ["power: much"])
    monkeypatch.setattr(power, "lines_of_words", lambda n, seed: asked.append(n) or ["power: more"])
    return asked


@pytest.fixture
def stimuli(tmp_path):
    def stimuli(*options, process=NASALIZATION):
        return main(["stimuli", str(KOREAN), "--process", process, "--out", str(tmp_path / "out.tsv"), *options])

    return stimuli


def read(tmp_path, process=NASALIZATION):
    return read_stimuli(tmp_path / "out.tsv", Grammar.load(KOREAN), process)


def test_a_crossed_design(stimuli, tmp_path, capsys, bought, snapshot):
    assert stimuli("--stems", "6", "--suffixes", "4", "--fillers", "3") == 0
    items = read(tmp_path)
    assert Counter(item.cell for item in items) == dict.fromkeys(CELLS, 24) | {"": 3}
    said = capsys.readouterr().out
    first = items[0]
    assert f"  TR          24  /{' '.join(first.ur)}/ -> [{' '.join(first.sr)}]" in said and bought == [
        ((6, 6), (4, 4), (3, 2, 2, 4))
    ]
    snapshot(said.replace(str(tmp_path), "FOLDER").replace(str(KOREAN), "GRAMMAR"))


def test_phonotactics_is_a_column_and_changes_no_word(stimuli, tmp_path, capsys):
    design, words = ["--stems", "4", "--suffixes", "4", "--fillers", "3"], str(KOREAN.with_name("attested.tsv"))
    assert stimuli(*design) == 0
    without = (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()
    capsys.readouterr()
    assert stimuli(*design, "--overwrite", "--phonotactics", words, "--phonotactics-units", "hangul-ur") == 0
    with_it = (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition("\t")[0] for line in with_it] == without and with_it[0].endswith("\tphonotactics")
    mean = sum(float(item.more["phonotactics"]) for item in read(tmp_path) if item.cell == "TR") / 16
    said = capsys.readouterr().out
    assert "  cell     words  phonotactics  example" in said and f"  TR          16        {mean:.2f}  /" in said


def test_the_suffix_carries_the_target_of_a_progressive_process(stimuli, tmp_path, capsys, bought, snapshot):
    assert stimuli("--stems", "5", "--suffixes", "4", process="tensification") == 0
    said = capsys.readouterr().out
    assert bought == [((4, 4), (5, 5), (4, 4, 3, 4))]
    snapshot(said.replace(str(tmp_path), "FOLDER").replace(str(KOREAN), "GRAMMAR"))


def test_the_training_list_is_kept_out(stimuli, tmp_path):
    options = ["--stems", "4", "--suffixes", "4", "--carriers", "ta ko pi mu", "--syllables", "2"]
    stimuli(*options)
    first = read(tmp_path)[0]
    (tmp_path / "train.tsv").write_text(f"ur\n{' '.join(first.ur)}\n", encoding="utf-8")
    stimuli(*options, "--exclude", str(tmp_path / "train.tsv"), "--overwrite")
    assert first.ur not in {item.ur for item in read(tmp_path)}


def test_ones_own_stems_and_suffixes(stimuli, tmp_path, capsys):
    stems, suffixes = "학 밥 집 맏 함 감 강 몽 바".split(), "만 마다 나 네 푼 타 칸 까".split()
    rows = [f"{stem}\t{suffix}" for stem, suffix in zip(stems, [*suffixes, ""], strict=True)]
    (tmp_path / "parts.tsv").write_text("\n".join(["stem\tsuffix", *rows]) + "\n", encoding="utf-8")
    assert stimuli("--items", str(tmp_path / "parts.tsv"), "--units", "hangul-ur", "--edge", "--fillers", "2") == 0
    items = read(tmp_path)
    assert len(items) == 66 and items[0].stem == "학" and items[0].ur == tuple("hak+man")
    said = capsys.readouterr().out
    assert "excluded: 1\n       1  no segment at its end is one of p t k m ŋ: stem 바" in said
    assert "the edges + are kept" in said


def test_real_words(stimuli, tmp_path, capsys, bought, snapshot):
    assert stimuli("--from-words", str(KOREAN.with_name("attested.tsv")), "--units", "hangul-ur") == 0
    items = read(tmp_path)
    assert Counter(item.cell for item in items) == dict.fromkeys(CELLS, 284) and bought == [138]
    lie = [item for item in items if item.stem == "거짓말"]
    assert [item.id for item in lie] == ["k0104-TR", "k0104-TN", "k0104-CR", "k0104-CN"]
    assert lie[0].fed_by == ("neutralization",) and lie[0].more["gloss"] == "lie"
    said = capsys.readouterr().out
    snapshot(
        said.replace(str(tmp_path), "FOLDER").replace(str(KOREAN), "GRAMMAR").replace(str(KOREAN.parent), "EXAMPLE")
    )
    stimuli(
        "--from-words", str(KOREAN.with_name("attested.tsv")), "--units", "hangul-ur", "--all-exclusions", "--overwrite"
    )
    assert "..." not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--stems", "2"], "2 stems of each class are too few; allowed: 4 or more"),
        (["--fillers", "-1"], "--fillers is -1; allowed: 0 or more"),
        (["--syllables", "many"], "--syllables is 'many'; allowed: LOW-HIGH"),
        (
            ["--items", "parts.tsv", "--stems", "5"],
            "--stems is an option of nonce words; allowed only without --items and --from-words",
        ),
        (["--from-words", "words.tsv", "--edge"], "found --edge with --from-words; allowed only without it"),
        (["--ngram", "2"], "found --ngram; allowed only with --phonotactics LIST"),
        (["--phonotactics", "words.tsv", "--ngram", "0"], "--ngram is 0; allowed: 1 or more"),
        (["--items", "nowhere.tsv"], "nowhere.tsv: No such file"),
        (["--items", "a.tsv", "--from-words", "b.tsv"], "found --items and --from-words; allowed: one of the two"),
        (["--carriers", "ta 타"], "--carriers: '타' is not in the inventory (p pʰ p͈ t"),
        (["--with", "harmony"], "no process 'harmony'; it has: aspiration"),
    ],
)
def test_wrong_input_is_one_line_and_status_2(stimuli, options, message, capsys, tmp_path):
    assert stimuli(*options) == 2
    error = capsys.readouterr().err
    assert error.startswith("fairseq-phonology stimuli: error: ") and message in error and error.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_no_file_is_overwritten_unasked_and_none_that_is_read(stimuli, tmp_path, capsys):
    out = tmp_path / "out.tsv"
    out.write_text("ur\n학문\n", encoding="utf-8")
    options = ["--from-words", str(out), "--units", "hangul-ur"]
    for more in ([], ["--overwrite"]):
        assert stimuli(*options, *more) == 2
        assert f"{out}: --out is the list that is read; name another file" in capsys.readouterr().err
    assert stimuli("--stems", "4", "--suffixes", "4") == 2
    assert f"{out}: exists; name another file or add --overwrite" in capsys.readouterr().err
    assert out.read_text(encoding="utf-8") == "ur\n학문\n" and list(tmp_path.iterdir()) == [out]
    assert stimuli("--stems", "4", "--suffixes", "4", "--overwrite") == 0 and len(read(tmp_path)) == 64


def test_what_one_unit_alone_could_veto_is_said(stimuli, capsys):
    assert stimuli("--stems", "5", "--suffixes", "4") == 0
    said = capsys.readouterr().out
    assert (
        "note: k (T) occurs in one stem; a claim needs each segment, so that this stem alone can prevent "
        "it: --stems 12" in said
    )
    assert stimuli("--stems", "12", "--suffixes", "8", "--overwrite") == 0
    assert "note:" not in capsys.readouterr().out


def test_only_segments_that_stand_in_the_items_are_listed(stimuli, tmp_path, capsys):
    assert stimuli("--stems", "4", "--suffixes", "4") == 0
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  N (control)")]
    assert set(line.split()[2:]) == {item.trigger for item in read(tmp_path) if item.trigger_class == "N"}


@pytest.mark.parametrize("option", ["--from-words", "--items"])
def test_words_read_in_the_wrong_units_are_told_which_fit(stimuli, tmp_path, capsys, option):
    (tmp_path / "own.tsv").write_text("ur\n학문\n국물\n밥물\n", encoding="utf-8")
    if option == "--items":
        (tmp_path / "own.tsv").write_text("stem\tsuffix\n학문\t\n국물\t\n밥물\t\n", encoding="utf-8")
    assert stimuli(option, str(tmp_path / "own.tsv")) == 2
    error = capsys.readouterr().err
    assert (
        "own.tsv: no word consists of the grammar's segments (학문, 국물, ...); --units is space; hangul-ur would fit"
        in error
    )


def test_an_optional_process_has_to_be_asked_for(stimuli, capsys):
    assert stimuli(process="place-assimilation") == 2
    assert "ask for it with --with place-assimilation" in capsys.readouterr().err


GERMAN = Path(__file__).parents[1] / "grammars" / "german.toml"


@pytest.mark.parametrize(
    ("part", "cells"),
    [("1", {"TR": 32, "TN": 32, "CR": 32, "CN": 32}), ("2", {"TR": 8, "TN": 32, "CR": 8, "CN": 32})],
    ids=["segments", "the end of the word"],
)
def test_a_process_with_two_parts(tmp_path, capsys, snapshot, part, cells):
    out = tmp_path / "out.tsv"
    options = ["--process", "final-devoicing", "--part", part, "--stems", "8", "--suffixes", "4", "--out", str(out)]
    assert main(["stimuli", str(GERMAN), *options]) == 0
    items = read_stimuli(out, Grammar.load(GERMAN), "final-devoicing")
    assert Counter(item.cell for item in items) == cells
    snapshot(capsys.readouterr().out.replace(str(tmp_path), "FOLDER"))


def test_a_part_that_there_is_not(stimuli, capsys):
    assert stimuli("--part", "2") == 2
    assert "has no part 2; allowed: 1: p t k before m n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("{t, k} -> ∅ / _ {m, n}", "a deletion, an insertion or a metathesis is described and not claimed"),
        ("t -> s / _ {m, n}", ""),
    ],
    ids=["deletion", "feature change"],
)
def test_there_is_no_power_where_nothing_is_ever_claimed(tmp_path, capsys, bought, rule, why):
    (tmp_path / "g.toml").write_text(
        'inventory.segments = "p t k s m n l a i u"\nsyllable = {onsets = ["p", "t", "k", "s", "m", "n", "l"], '
        f'nuclei = ["a", "i", "u"], codas = ["", "p", "t", "k", "s", "l"]}}\n[[process]]\nname = "P"\n'
        f'rules = ["{rule}"]\n',
        encoding="utf-8",
    )
    asked = [str(tmp_path / "g.toml"), "--process", "P", "--stems", "4", "--suffixes", "4"]
    assert main(["stimuli", *asked, "--out", str(tmp_path / "out.tsv")]) == 0
    said = capsys.readouterr().out
    assert (f"power: none, because {why}" in said and not bought) if why else bought


@pytest.fixture
def sino(tmp_path):
    """A grammar with strata, and a list whose words are all of one."""
    (tmp_path / "g.toml").write_text(
        """
[inventory]
segments = "p t k b d m n l s a i u"
[syllable]
onsets = "p t k m n s"
nuclei = "a i u"
codas = ["", "l", "n"]
[strata]
native = 1
sino = 1
[[process]]
name = "voicing"
rules = "[-son, -cont, +ant] -> [+voi] / l _"
strata = ["sino"]
""",
        encoding="utf-8",
    )
    words = [f"{a} {v} l {b} {w}" for a in "km" for b in "pt" for v in "ai" for w in "au"]
    (tmp_path / "w.tsv").write_text("ur\tstratum\n" + "".join(f"{w}\tsino\n" for w in words), encoding="utf-8")
    return ["stimuli", str(tmp_path / "g.toml"), "--process", "voicing", "--out", str(tmp_path / "out.tsv")]


def test_a_list_of_one_stratum_needs_no_option(sino, tmp_path, capsys):
    assert main([*sino, "--from-words", str(tmp_path / "w.tsv"), "--fillers", "3"]) == 0, capsys.readouterr().err
    header, *rows = (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()
    stratum = header.split("\t").index("stratum")
    assert {row.split("\t")[stratum] for row in rows} == {"sino"} and rows[-1].startswith("F3\t")


def test_why_there_are_no_fillers(sino, tmp_path, capsys):
    text = (tmp_path / "g.toml").read_text(encoding="utf-8").replace('nuclei = "a i u"\n', "")
    (tmp_path / "g.toml").write_text(text, encoding="utf-8")
    assert main([*sino, "--from-words", str(tmp_path / "w.tsv"), "--fillers", "3"]) == 2
    error = capsys.readouterr().err
    assert "fillers could be drawn" not in error and "nuclei" in error and not (tmp_path / "out.tsv").exists()
