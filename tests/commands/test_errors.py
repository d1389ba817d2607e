"""``fairseq-phonology errors``: what it prints and writes, and one line for what cannot be read."""

import json

import pytest

from fairseq_phonology.analysis.errors.summary import read_summary
from fairseq_phonology.commands import main
from tests.helpers.generated import GRAMMAR, TABLE, WORDS, output

END = "Generate test with beam=5: exact match = 60.00 % (3/5) | WER = 40.00 | PER = 14.29 | chrF = 80.00\n"
TRAIN = "id\tur\tsr\n1\th a k m u n\th a ŋ m u n\n2\tp a p i k\tp a p i k\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """Two models' outputs, the list, the training words, a grammar."""
    monkeypatch.chdir(tmp_path)
    second = [(ur, sr, "t a" if ur == "t a k" else sr) for ur, sr, _ in WORDS]
    texts = {"seeds/1/generate.txt": output(*WORDS, end=END), "seeds/2/generate.txt": output(*second)}
    texts |= {"data/test.tsv": TABLE, "data/train.tsv": TRAIN, "toy.toml": GRAMMAR}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


ALL = ["--words", "data/test.tsv", "--train", "data/train.tsv", "--grammar", "toy.toml", "--out", "errors"]


def test_one_model(here, capsys, snapshot):
    assert main(["errors", "seeds/1/generate.txt", *ALL]) == 0
    snapshot(capsys.readouterr().out)
    made = {path.name for path in (here / "errors").iterdir()}
    assert made == {
        *("errors.csv", "confusions.csv", "contexts.csv", "processes.csv", "lengths.csv", "unseen.csv"),
        *("words.csv.gz", "summary.json", "figures"),
    }
    assert {path.name for path in (here / "errors/figures").iterdir()} == {
        f"{name}.{ending}" for name in ("confusions", "processes") for ending in ("png", "svg")
    }
    assert read_summary(here / "errors").models[0].model == "generate"
    assert main(["errors", "seeds/1/generate.txt", *ALL[:-1], "again"]) == 0
    for path in (here / "errors").rglob("*.*"):
        assert path.read_bytes() == (here / "again" / path.relative_to(here / "errors")).read_bytes(), path


def test_two_models(here, capsys, snapshot):
    assert main(["errors", "seeds/1/generate.txt", "seeds/2/generate.txt", *ALL[:-2]]) == 0
    snapshot(capsys.readouterr().out)


def test_without_list_grammar_and_folder(here, capsys, snapshot):
    assert main(["errors", "seeds/1/generate.txt"]) == 0
    snapshot(capsys.readouterr().out)
    assert not (here / "errors").exists()


@pytest.mark.parametrize(
    ("n", "said"),
    [
        (0, ""),
        (1, "training words among them: 1; exact match on the rest (4): 50.00 %\n"),
        (5, "all of them are training words\n"),
    ],
)
def test_words_that_were_trained_on_are_no_test(here, capsys, n, said):
    rows = [*WORDS[:n], ("u u", "u u", "")]
    (here / "data/train.tsv").write_text("id\tur\tsr\n" + "".join(f"{ur}\t{ur}\t{sr}\n" for ur, sr, _ in rows))
    assert main(["errors", "seeds/1/generate.txt", *ALL[:4], "--out", "errors"]) == 0
    end = capsys.readouterr().out.partition("exact match on 5 words: ")[2].partition("\n")[2]
    assert end.partition("\nwritten")[0] == said
    one = read_summary(here / "errors").models[0]
    assert (one.trained, one.new, one.new_right) == (n, 5 - n, 3 - min(n, 2) - (n > 3))


def test_no_error_at_all(here, capsys):
    right = [(ur, sr, sr) for ur, sr, _ in WORDS]
    (here / "g.txt").write_text(output(*right), encoding="utf-8")
    assert main(["errors", "g.txt", "--out", "none"]) == 0
    printed = capsys.readouterr().out
    assert (
        "errors (0):\n\nexact match on 5 words: 100.00 % (5 of 5; 95 % interval 56.55 to 100.00); PER 0.00" in printed
    )
    assert "segments, most frequent" not in printed and not list((here / "none/figures").iterdir())


def test_a_folder_of_its_own_is_replaced_when_asked(here, capsys):
    assert main(["errors", "seeds/1/generate.txt", "--out", "errors"]) == 0
    assert main(["errors", "seeds/1/generate.txt", "--out", "errors"]) == 2
    assert "errors: is not empty (it holds confusions.csv); name another folder or add --overwrite" in err(capsys)
    assert main(["errors", "seeds/2/generate.txt", "--out", "errors", "--overwrite"]) == 0
    assert json.loads((here / "errors/summary.json").read_text(encoding="utf-8"))["models"][0]["right"] == 4
    (here / "errors/notes.txt").write_text("mine", encoding="utf-8")
    assert main(["errors", "seeds/2/generate.txt", "--out", "errors", "--overwrite"]) == 2
    assert "holds notes.txt, which errors did not make" in err(capsys)


def err(capsys):
    return capsys.readouterr().err


REFUSED = {
    "no file": (["none.txt"], "none.txt: No such file"),
    "no list": (["seeds/1/generate.txt", "--words", "data"], "data: is a folder; name a list that prepare wrote"),
    "no training": (["seeds/1/generate.txt", "--train", "toy.toml"], "toy.toml, line 1: has no column 'id'"),
    "no grammar": (["seeds/1/generate.txt", "--grammar", "data/test.tsv"], "data/test.tsv"),
    "twice": (["toy.toml", "toy.toml"], "toy.toml: is given twice; several outputs are of several models"),
    "other words": (
        ["seeds/1/generate.txt", "--words", "data/train.tsv"],
        "has no word '2', which seeds/1/generate.txt",
    ),
    "option": (["seeds/1/generate.txt", "--grammar", "toy.toml", "--with", "lenition"], "lenition"),
}


@pytest.mark.parametrize(("words", "message"), REFUSED.values(), ids=REFUSED)
def test_one_line_for_what_cannot_be_used(here, capsys, words, message):
    assert main(["errors", *words, "--out", "errors"]) == 2
    printed = capsys.readouterr().err
    assert message in printed and printed.count("\n") == 1 and printed.startswith("fairseq-phonology errors: error: ")
    assert not (here / "errors").exists() and not list(here.glob(".errors*"))
