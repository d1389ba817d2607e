"""``fairseq-phonology nonce``, in the process."""

import csv

import pytest

from fairseq_phonology.commands import VERBS, main
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
    ("options", "message"),
    [
        (["--n", "0"], "--n is 0; allowed: 1 or more"),
        (["--n", "5", "--edges", "2"], "--edges is 2.0; allowed: a probability, 0 to 1"),
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
