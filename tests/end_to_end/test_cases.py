"""Files and grammars as others wrote them: each case of the test data, with what is expected of it.

The inputs are not part of the project: PHONOLOGY_TEST_DATA names a folder with ``cases``, one folder an input. Each
stands for a kind, of which the parts of the package have tests of their own.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fairseq_phonology as fp
from fairseq_phonology.commands import main
from fairseq_phonology.training.history import load_history
from fairseq_phonology.training.history.history import load_run
from tests.helpers import toy

CASES = Path(os.environ.get("PHONOLOGY_TEST_DATA") or "/nonexistent") / "cases"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="PHONOLOGY_TEST_DATA names no folder with cases")


@pytest.fixture
def case(request, tmp_path, monkeypatch):
    """The folder of the case whose number is in the test's name, to work in."""
    number = request.function.__name__.split("_")[1]
    (found,) = CASES.glob(f"{number}_*")
    folder = tmp_path / "case"
    shutil.copytree(found, folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def said(capsys):
    """Runs a verb; its exit status and all that it said."""

    def run(*arguments):
        status = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return run


def prepared(said, *options):
    return said("prepare", "words.tsv", *options, "--dest", "out")


def column(folder, split, form):
    return (folder / "out" / f"{split}.{form}").read_text(encoding="utf-8").splitlines()


def test_01_log_of_release_06(case):
    run = load_run("log")
    found = [(row["epoch"], row["updates"], row["valid_loss"]) for row in run.rows if row["subset"]]
    assert found == [(1, 173, 4.51425), (2, 346, 3.71204), (3, 519, 3.81844)]
    assert run.choice.best(run.rows)["epoch"] == 2


def test_02_log_of_release_05_in_json(case):
    run = load_run("log")
    assert [row["valid_loss"] for row in run.rows if row["subset"]] == [4.514254215, 3.712043111, 3.818441]
    assert run.choice.best(run.rows)["epoch"] == 2


def test_03_log_whose_validations_have_no_updates(case):
    rows = [row for row in load_history("log") if row["subset"]]
    assert [(row["epoch"], round(row["valid_loss"], 3)) for row in rows] == [(9, 3.171), (10, 3.163), (11, 3.158)]
    assert [row["updates"] for row in rows][1:] == [21497, 23647]


def test_05_log_in_utf16(case, said):
    status, text = said("curves", "log", "--out", "c.png", "--all")
    assert (status, "UTF-16" in text) in ((2, True), (0, True), (0, False))
    if status == 0:
        assert [row["valid_loss"] for row in load_history("log") if row["subset"]] == [4.759, 4.238]


def test_06_log_of_a_run_that_chose_by_wer(case, said):
    status, text = said("curves", "log", "--out", "c.png", "--all")
    assert status == 0 and "wer" in text
    (best,) = (line for line in text.splitlines() if line.startswith("* best"))
    assert "epoch 7" in best


def test_10_counts_are_not_drawn_as_rates(case):
    from fairseq_phonology.training.history.curves import CurvesDisplay

    display = CurvesDisplay.from_rows(load_history("log"), processes=True)
    assert "wer" in display.processes
    assert not {"ntokens", "nsentences"} & {*display.processes}


def test_11_checkpoints_of_release_09_are_scored(case, said):
    status, text = said("checkpoints", "ck", "--data", "bin", "--cpu")
    assert status == 0, text
    assert "checkpoint10.pt" in text and "checkpoint30.pt" in text and "not scored" not in text


def test_14_the_next_command_runs_for_data_of_other_languages(case, said):

    status, text = said("checkpoints", "ck", "--data", "bin", "--cpu")
    assert status == 0, text
    (command,) = (line.removeprefix("next: ") for line in text.splitlines() if line.startswith("next: "))
    words = shlex.split(command)
    assert words[0] == "fairseq-generate"
    run = [sys.executable, "-P", "-m", "fairseq_cli.generate", *words[1:], "--cpu"]
    environment = {**os.environ, "PYTHONPATH": str(toy.USER_DIR.parent), "OMP_NUM_THREADS": "1"}
    result = subprocess.run(run, cwd=case, env=environment, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stderr[-2000:]
    assert "exact match" in result.stdout.splitlines()[-1]


def test_15_new_words_are_numbered_by_dictionaries_of_any_languages(case, said):
    status, text = said("prepare", "new.tsv", "--dictionaries", "bin", "--dest", "new")
    assert status == 0, text
    dictionaries = {path.name: path.read_bytes() for path in (case / "bin").glob("dict.*")}
    made = {path.read_bytes() for path in (case / "new" / "bin").glob("dict.*")}
    assert made == set(dictionaries.values())


def test_16_prenasalized_stops_are_one_segment_everywhere(case, said):
    status, text = prepared(said, "--ur-units", "ipa", "--sr-units", "ipa", "--split", ".6,.4")
    assert status == 0, text
    words = {line for split in ("train", "valid") for line in column(case, split, "sr")}
    assert {"a ᵐb a", "ᵐb a ᵐb a", "a ⁿd e k a", "ⁿd a k a", "k i ⁿd a n ɔ"} <= words


def test_19_invisible_characters_are_named(case, said):
    status, text = prepared(said, "--ur-units", "ipa", "--sr-units", "ipa", "--split", ".6,.4")
    assert "U+200B" in text and (status == 2 or "U+00AD" in text)


def test_20_a_header_without_ur_is_no_word(case, said):
    status, text = prepared(said, "--ur-units", "grapheme", "--sr-units", "grapheme", "--split", ".6,.4")
    if status == 0:  # lemma and form are usual headings
        words = sorted(line for split in ("train", "valid") for line in column(case, split, "ur"))
        assert words == ["j u m p", "s e e", "t a l k", "w a l k"]
        assert "lemma" in text and "form" in text
    else:
        assert status == 2 and "id, lemma, form" in text and "--ur-column" in text


def test_22_words_that_are_all_one_segment_are_refused(case, said):
    status, text = prepared(said, "--split", ".6,.4")
    assert status == 2 and "one segment" in text and "--ur-units" in text
    assert not (case / "out").exists()


def test_23_a_blank_in_a_phrase_is_called_a_blank(case, said):
    units = ["--ur-units", "hangul-ur", "--sr-units", "hangul-ur", "--split", ".5,.5"]
    status, text = prepared(said, *units)
    assert status == 2 and "a blank" in text and "--phrases" in text and "␣" not in text
    status, text = prepared(said, *units, "--phrases")
    assert status == 0, text
    words = {line for split in ("train", "valid") for line in column(case, split, "ur")}
    assert "t͡ɕʰ ɛ k # n ʌ h n ɯ n t a" in words


def test_26_devoicing_makes_no_vowel_a_stop(case, said):
    status, text = said("nonce", "g.toml", "--n", "60", "--seed", "1", "--out", "n.tsv")
    assert status == 2 and not (case / "n.tsv").exists()
    assert "g.toml" in text and "map" in text


def test_29_hints_are_true(case, said):
    hints = {}
    for name in "ght":
        status, hints[name] = said("nonce", f"{name}.toml", "--n", "5", "--out", "n.tsv")
        assert status == 2
    assert "U+0261" in hints["g"] and "ɡ" in hints["g"]
    assert "a [+hitone]" in hints["t"]
    described = "".join(f'"{high}" = "{low} [+hitone]"\n' for high, low in zip("áíú", "aiu", strict=True))
    text = (case / "t.toml").read_text(encoding="utf-8")
    text = text.replace("[syllable]", f"[inventory.features]\n{described}[syllable]")
    (case / "t2.toml").write_text(text, encoding="utf-8")
    status, text = said("grammar", "t2.toml")
    assert status == 0, text


def test_30_a_rule_that_no_segment_meets_is_named(case, said, caplog):
    said("nonce", "g.toml", "--n", "60", "--seed", "1", "--out", "n.tsv")
    assert "no segment of the inventory is [+syl, -hitone]" in caplog.text


@pytest.mark.parametrize(
    ("rule", "ur", "sr"),
    [
        ("[-son] -> [-voi] / __ #", "a b d", "a b t"),
        ("[-son] -> [–voi] / _ #", "a b d", "a b t"),
        ("Ø -> e / # _ s", "s a", "e s a"),
        ("0 -> e / # _ s", "s a", "e s a"),
        ("t -> d / _ C", "t n a t a", "d n a t a"),
        ("t -> d / _ (l) #", "t a t l", "t a d l"),
        ("t -> d / _ (l) #", "t a t", "t a d"),
        ("n -> m / _ {p a, b}", "n p a n p o n b", "m p a n p o m b"),
    ],
)
def test_31_rules_are_read_as_books_write_them(case, rule, ur, sr):
    segments = "p b t d s z n m l a e i o"
    table = {"inventory": {"segments": segments}, "process": [{"name": "x", "rules": rule}]}
    assert " ".join(fp.Grammar.from_table(table).derive(ur.split()).surface) == sr


def test_32_finnish_gradation(case):
    grammar = fp.Grammar.load("g.toml")
    words = {
        "l a k i + l t A": "l a i l t a",
        "k o t i + n": "k o d i n",
        "h y v æ + l t A": "h y v æ l t æ",
        "l æ m p ø + t": "l æ m m ø t",
        "k u l t a + n A": "k u l t a n a",
    }
    assert {ur: " ".join(grammar.derive(ur.split()).surface) for ur in words} == words


def test_34_the_gold_is_not_scored_against_itself(case):

    command = ["-P", "-m", "fairseq_cli.generate", "bin", "--user-dir", toy.USER_DIR, "--task", "phonology"]
    command += ["--path", "ck.pt", "--gen-subset", "valid", "--cpu", "--num-workers", "0"]
    command += ["--score-reference", "--scoring", "exact_match"]
    environment = {**os.environ, "PYTHONPATH": str(toy.USER_DIR.parent), "OMP_NUM_THREADS": "1"}
    result = subprocess.run(
        [sys.executable, *map(str, command)], env=environment, capture_output=True, encoding="utf-8"
    )
    last = (result.stdout.splitlines() or [""])[-1]
    assert "100" not in last
    assert result.returncode == 2 or "reference" in last
