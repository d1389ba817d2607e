"""`fairseq-phonology score` on a trained toy: the numbers of fairseq-generate, the tables, what is refused."""

from __future__ import annotations

import csv
import gzip
import json
import math
import os
import re
from argparse import Namespace
from collections import defaultdict

import numpy as np
import pytest

pytest.importorskip("fairseq")

from fairseq.data import Dictionary

import fairseq_phonology as fp
from fairseq_phonology.analysis.people.scores import Scores
from fairseq_phonology.analysis.pipeline.scoring import _Asked, _compare_with_chance
from fairseq_phonology.commands import main
from fairseq_phonology.corpus.candidates import Candidate
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from tests.helpers import toy


@pytest.fixture(scope="module")
def best(trained):
    return trained.save_dir / "checkpoint_best.pt"


@pytest.fixture(scope="module")
def earlier(trained):
    return trained.save_dir / "checkpoint3.pt"


@pytest.fixture(scope="module")
def words(corpus):
    """UR and SR of the validation words."""
    both = [(corpus.parent / f"valid.{side}").read_text(encoding="utf-8").splitlines() for side in ("ur", "sr")]
    return list(zip(*both, strict=True))


@pytest.fixture(scope="module")
def candidates(words, tmp_path_factory):
    """The SR of every word, and its UR unchanged where that is another form."""
    path = tmp_path_factory.mktemp("list") / "candidates.tsv"
    lines = ["item\tur\tsr\tvariant\trating"]
    for n, (ur, sr) in enumerate(words):
        lines += [f"w{n}\t{ur}\t{sr}\tnasal\t{n}"] + [f"w{n}\t{ur}\t{ur}\toral\t{-n}"] * (ur != sr)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def run(*arguments, capsys=None):
    status = main(["score", *map(str, arguments)])
    return (status, *capsys.readouterr()) if capsys else status


def rows(path):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def scored(best, earlier, corpus, candidates, tmp_path_factory):
    """The folder of an ensemble and its two models."""
    out = tmp_path_factory.mktemp("scored") / "scores"
    ensemble = f"{best}{os.pathsep}{earlier}"
    assert run(best, earlier, ensemble, "--data", corpus, "--candidates", candidates, "--out", out, "--cpu") == 0
    return out


@pytest.mark.parametrize("kind", ["checkpoint_best", "checkpoint_best+checkpoint3"])
def test_fairseq_generate_gives_the_same(kind, best, earlier, corpus, scored):
    path = {"checkpoint_best": str(best)}.get(kind, f"{best}:{earlier}")
    done = toy.fairseq(
        "generate",
        *(corpus, "--user-dir", toy.USER_DIR, "--task", "phonology", "--path", path, "--gen-subset", "valid"),
        *("--score-reference", *toy.QUIET),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [line.split("\t") for line in done.stdout.splitlines() if line.startswith(("H-", "P-"))]
    # H is the mean over the segments and EOS, to the base of 2; P are the segments, to four decimals
    means = {f"w{line[0][2:]}": float(line[1]) * math.log(2) for line in lines if line[0].startswith("H-")}
    own = {
        row["item"]: row for row in rows(scored / "scores.csv") if row["model"] == kind and row["variant"] == "nasal"
    }
    assert len(own) == len(means) == 101
    for item, row in own.items():
        assert float(row["log_prob_per_segment"]) == pytest.approx(means[item], abs=1e-5)
        length = len(row["sr"].split()) + 1
        assert float(row["log_prob"]) == pytest.approx(length * means[item], abs=1e-5 * length)
    segments = defaultdict(list)
    for row in rows(scored / "segments.csv.gz"):
        if row["model"] == kind and row["sr"] == own[row["item"]]["sr"]:
            segments[row["item"]].append((row["segment"], float(row["surprisal"])))
    for name, text in (line for line in lines if line[0].startswith("P-")):
        found = segments[f"w{name[2:]}"]
        np.testing.assert_allclose(
            [value / math.log(2) for _, value in found], [-float(p) for p in text.split()], atol=6e-5
        )
        assert found[-1][0] == "</s>"


def test_the_folder(scored, candidates):
    assert sorted(path.name for path in scored.iterdir()) == [
        "figures",
        "scores.csv",
        "segments.csv.gz",
        "summary.json",
    ]
    assert {path.name for path in (scored / "figures").iterdir()} == {"shares.png", "shares.svg"}
    summary = json.loads((scored / "summary.json").read_text(encoding="utf-8"))
    assert [one["model"] for one in summary["models"]][2] == "checkpoint_best+checkpoint3"
    assert set(summary["about"]["checkpoint_sha256"]) == {"checkpoint_best", "checkpoint3"}
    assert summary["about"]["items"] == "candidates.tsv"
    table = rows(scored / "scores.csv")
    assert table[0]["rating"] == "0"
    by_item = defaultdict(list)
    for row in table:
        by_item[row["model"], row["item"]].append(row)
    for some in by_item.values():
        assert sum(int(row["is_best"]) for row in some) <= 1
        probabilities = [math.exp(float(row["log_prob"])) for row in some]
        assert float(some[0]["missing"]) == pytest.approx(1 - sum(probabilities), abs=1e-5)
        if len(some) == 1:
            assert some[0]["share"] == "" and some[0]["rank"] == "1"
        else:
            assert sum(float(row["share"]) for row in some) == pytest.approx(1, abs=1e-5)


def test_best_is_what_validation_found(scored, trained):
    own = {row["item"]: row["best"] for row in rows(scored / "scores.csv") if row["model"] == "checkpoint_best"}
    found = rows(trained.save_dir / "predictions" / "valid_at_164.csv")
    assert own == {f"w{row['id']}": row["hypothesis"] for row in found}


def test_from_python_the_table_is_the_same(best, corpus, candidates, scored):
    scores = fp.score(best, candidates, running=fp.Running(corpus, cpu=True))
    found = [row for row in rows(scored / "scores.csv") if row["model"] == "checkpoint_best"]
    same = ("item", "ur", "sr", "variant", "source", "rank", "best", "is_best", "rating")
    made = [[str(row[name]) for name in same] for row in scores.rows()]
    assert made == [[row[name] for name in same] for row in found]
    np.testing.assert_allclose(scores.log_prob[0], [float(row["log_prob"]) for row in found], atol=1e-5)
    again = fp.Scores.read(scored)
    np.testing.assert_allclose(again.log_prob[0], scores.log_prob[0], atol=1e-5)


def test_a_grammar_makes_the_candidates(best, corpus, words, grammar_file, tmp_path, capsys):
    path = tmp_path / "words.tsv"
    path.write_text("id\tur\n" + "".join(f"w{n}\t{ur}\n" for n, (ur, _) in enumerate(words)), encoding="utf-8")
    asked = ["--words", path, "--grammar", grammar_file, "--process", "nasalization", "--data", corpus, "--cpu"]
    status, out, _ = run(best, *asked, "--out", tmp_path / "out", "--phonotactics", path, capsys=capsys)
    assert status == 2  # the list has no SRs
    status, out, _ = run(best, *asked, "--out", tmp_path / "out", capsys=capsys)
    assert status == 0
    changed = {f"w{n}": (ur, sr) for n, (ur, sr) in enumerate(words) if ur != sr}
    assert f"{101 - len(changed)} words (" in out and "not scored: the SR is the same with nasalization" in out
    table = rows(tmp_path / "out" / "scores.csv")
    assert {(row["item"], row["ur"], row["sr"], row["variant"], row["source"]) for row in table} == {
        (item, ur, form, kind, kind)
        for item, (ur, sr) in changed.items()
        for form, kind in ((sr, "applied"), (ur, "blocked"))
    }
    assert f"next: fairseq-phonology compare {tmp_path / 'out'} --human RATINGS" in out


def test_every_model_scores_the_n_best_of_all(best, earlier, corpus, tmp_path, capsys):
    path = tmp_path / "words.tsv"
    path.write_text("item\tur\tgroup\nx\tp a k m a t\t1\ny\tk i n\t2\n", encoding="utf-8")
    asked = ("--words", path, "--nbest", "3", "--data", corpus, "--cpu", "--phonotactics")
    status, _, said = run(best, earlier, *asked, _table(corpus), "--out", tmp_path / "out", capsys=capsys)
    assert status == 0, said
    scores = fp.Scores.read(tmp_path / "out")
    assert all(3 <= len(numbers) <= 6 for numbers in scores.items.values())
    assert {one.source for one in scores.candidates} == {"nbest"}
    assert {one.columns["group"] for one in scores.candidates} == {"1", "2"}
    assert all(float(one.columns["phonotactics"]) < 0 for one in scores.candidates)
    for model in range(2):
        for numbers in scores.items.values():
            assert (scores.rank[model, numbers] <= 3).sum() >= 3


def _table(corpus):
    """The training words as a table."""
    path = corpus.parent / "train-table.tsv"
    both = [(corpus.parent / f"train.{side}").read_text(encoding="utf-8").splitlines() for side in ("ur", "sr")]
    path.write_text("ur\tsr\n" + "".join(f"{ur}\t{sr}\n" for ur, sr in zip(*both, strict=True)), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        (
            "item\tur\tsr\nw\tp a m\tp a m\nw\tp a m\tp a q\n",
            (),
            "line 3: the SR p a q has q, which the model does not have",
        ),
        ("item\tur\tsr\nw\tp a m\tp a m\nv\tp z\tp a\n", (), "line 3: the UR p z has z, which the model does not have"),
        ("item\tur\tsr\nw\tpam\tpam\nv\tpan\tpan\n", (), "--ur-units"),
        ("item\tur\nw\tp a m\n", (), "line 2: the list has no SRs; name their column"),
        ("item\tur\nw\tp a m\n", ("--process", "nasalization"), "found --process without --grammar"),
        (
            "item\tur\tsr\nw\tp a m\tp a m\nw\tp a m\tp a m\n",
            (),
            "line 3: the candidate p a m of 'w' is already on line 2",
        ),
        ("item\tur\tsr\nw\tp a m\tp a m\n", ("--nbest", "-1"), "--nbest is -1; allowed: 1 or more"),
        ("item\tur\tsr\nw\tp a m\tp a m\n", ("--nbest", "0"), "--nbest is 0; allowed: 1 or more"),
        ("item\tur\tsr\nw\tp a m\tp a m\n", ("--with", "x"), "found --with; allowed only with --grammar FILE"),
        ("item\tur\tsr\nw\tp a m\tp a m\n", ("--words", "x"), "give either --candidates TSV or --words LIST"),
        ("item\tur\tsr\nw\tp a m\tp a m\n", ("--ngram", "2"), "found --ngram; allowed only with --phonotactics LIST"),
    ],
)
def test_refused(text, more, said, best, corpus, tmp_path, capsys):
    (tmp_path / "list.tsv").write_text(text, encoding="utf-8")
    asked = ("--candidates", tmp_path / "list.tsv", "--data", corpus, "--out", tmp_path / "out", "--cpu", *more)
    status, _, error = run(best, *asked, capsys=capsys)
    assert status == 2 and said in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_model_given_twice_and_data_of_another(best, corpus, candidates, tmp_path, capsys):
    asked = ("--candidates", candidates, "--out", tmp_path / "out", "--cpu", "--data")
    status, _, error = run(best, best, *asked, corpus, capsys=capsys)
    assert status == 2 and "was given twice" in error
    other = tmp_path / "bin"
    other.mkdir()
    for name in ("dict.ur.txt", "dict.sr.txt"):
        lines = (corpus / name).read_text(encoding="utf-8").splitlines()
        (other / name).write_text("".join(f"{line}\n" for line in reversed(lines)), encoding="utf-8")
    status, _, error = run(best, *asked, other, capsys=capsys)
    assert status == 2 and "has the same segments in another order" in error
    status, _, error = run(tmp_path / "absent.pt", *asked, corpus, capsys=capsys)
    assert status == 2 and "absent.pt" in error
    assert not (tmp_path / "out").exists()


def test_only_an_optional_process_is_switched_on_and_other_rates_are_named():
    lowering = {"name": "lowering", "rules": "i -> a / _ #", "rate": 0.5}
    raising = {"name": "raising", "rules": "a -> i / _ #", "optional": True}
    table = {"language": "toy", "inventory": {"segments": "p t m a i"}, "process": [lowering, raising]}
    table["process"].append({"name": "nasalization", "rules": "p -> m / _ m"})
    grammar = Grammar.from_table(table)
    for name, said in (("nasalization", "applies anyway; allowed: an optional process (raising)"), ("x", "'x'")):
        with pytest.raises(InputError, match=re.escape(said)):
            _Asked(grammar, "nasalization", [name])
    said = []
    words = [Candidate("w", ("a", "p", "m", "i"), tuple("ammt"), line=2)]
    assert len(_Asked(grammar, "nasalization", ["raising"]).candidates(words, None, said.append)) == 2
    assert said[0].endswith("the two are scored (lowering, which may apply or not, applies in both)")


def test_a_model_that_is_worse_than_chance_is_doubted():
    said, model = [], Namespace(target=Dictionary())
    for symbol in "abc":
        model.target.add_symbol(symbol)
    candidates = (Candidate("w", ("a",), ("a",)), Candidate("w", ("a",), ("b",)))
    for log_prob in (-2.0, -8.0):  # of two symbols, where chance has 2 ln .25 = -2.77
        _compare_with_chance(Scores(("m",), candidates, np.full((1, 2), log_prob)), {"m": model}, said.append)
    assert said == [
        "warning: m gives the candidates less than chance (-4.00 a segment; all 4 symbols alike would have -1.39): are "
        "data and units those of its training?"
    ]
