"""Shares, ranks and missing mass of log-probabilities, and the table that keeps them."""

import math
from pathlib import Path

import numpy as np
import pytest

from fairseq_phonology.analysis.design.conditions import ListedWord
from fairseq_phonology.analysis.people.scores import COLUMNS, Scores
from fairseq_phonology.analysis.pipeline.conditions import log_odds_of
from fairseq_phonology.corpus.candidates import Candidate, lone
from fairseq_phonology.errors import InputError


@pytest.fixture
def scores():
    """Two models; an item of three candidates, and one of a single candidate between them."""
    word = [Candidate("w1", ("a", "b"), (sr,), kind, columns={"n": kind}) for sr, kind in (("a", "x"), ("o", "y"))]
    lone = Candidate("w2", ("k",), ("k", "k"))
    candidates = (*word, lone, Candidate("w1", ("a", "b"), ("u",), "", "nbest"))
    log_prob = np.log([[0.4, 0.1, 0.25, 0.1], [0.05, 0.5, 0.5, 0.2]])
    return Scores(("1", "2"), candidates, log_prob, ((("a",), ("k", "k")), (("e",), ("k", "k"))))


def test_numbers(scores):
    assert {item: list(numbers) for item, numbers in scores.items.items()} == {"w1": [0, 1, 3], "w2": [2]}
    nan = math.nan
    shares = [[0.8, 0.2, nan, nan], [1 / 11, 10 / 11, nan, nan]]
    np.testing.assert_allclose(scores.share, shares)
    np.testing.assert_allclose(scores.missing, [[0.4, 0.75], [0.25, 0.5]])
    assert scores.rank.tolist() == [[1, 2, 1, 2], [3, 1, 1, 2]]  # a tie has one rank
    assert scores.is_best.tolist() == [[True, False, True, False], [False, False, True, False]]
    np.testing.assert_allclose(scores.per_segment[0], np.log([0.4, 0.1, 0.25, 0.1]) / [2, 2, 3, 2])


def test_a_models_own_forms_are_no_alternatives_wherever_shares_are_used():
    sources = ("applied", "blocked", "nbest")
    candidates = [Candidate("w", ("a",), (sr,), sr, source) for sr, source in zip("xyz", sources, strict=True)]
    scores = Scores(("m",), (*candidates, Candidate("v", ("a",), ("z",), "", "nbest")), np.log([[0.3, 0.1, 0.5, 0.9]]))
    np.testing.assert_allclose(scores.share, [[0.75, 0.25, math.nan, math.nan]])
    np.testing.assert_allclose(scores.log_odds, [[np.log(3), -np.log(3), math.nan, math.nan]], atol=1e-12)
    for variant in ("x", ""):
        assert scores.item_shares(variant)[0] == ["w"]
        np.testing.assert_allclose(scores.item_shares(variant)[1], [[0.75]])
    words = [ListedWord("w", ("a",), None, "", "", {})]
    np.testing.assert_allclose(log_odds_of(scores, words, "x", Path()).values["log_odds"], [[np.log(3)]])
    assert [row["share"] for row in scores.rows()] == ["0.75", "0.25", "", ""]
    assert lone(candidates) == [] and lone(scores.candidates) == ["v"]


def test_tiny_probabilities_keep_their_shares():
    candidates = tuple(Candidate("w", ("a",), (sr,)) for sr in "ab")
    scores = Scores(("m",), candidates, np.array([[-900.0, -900.0 + math.log(3)]]))
    np.testing.assert_allclose(scores.share, [[0.25, 0.75]])
    assert scores.missing.tolist() == [[1.0]]


def test_the_table_comes_back_as_it_was(scores, tmp_path):
    scores.write(tmp_path / "scores.csv")
    found = Scores.read(tmp_path)
    assert found.models == scores.models
    assert found.best == scores.best
    np.testing.assert_allclose(found.log_prob, scores.log_prob, rtol=1e-8)
    assert [one.sr for one in found.candidates] == [one.sr for one in scores.candidates]
    assert found.candidates[0].columns == {"n": "x"}
    header, first, *_ = (tmp_path / "scores.csv").read_text(encoding="utf-8").splitlines()
    assert header == ",".join((*COLUMNS, "n"))
    assert first == "1,w1,a b,a,x,given,-0.916290732,-0.458145366,0.8,1,a,1,0.4,x"


def test_a_table_of_another_program_has_what_is_needed(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("model,item,ur,sr,log_prob\nrules,w,a,a,-1\nrules,w,a,o,-2\n", encoding="utf-8")
    scores = Scores.read(path)
    assert (scores.models, scores.best, scores.candidates[0].source) == (("rules",), (), "given")
    np.testing.assert_allclose(scores.share, [[1 / (1 + math.exp(-1)), 1 / (1 + math.e)]])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "has no rows"),
        ("m,w,a,a,0.5\n", "line 2: log_prob is '0.5'; allowed: a number, 0 or less"),
        ("m,w,a,a,-1_0\n", "line 2: log_prob is '-1_0'; allowed: a number, 0 or less"),
        ("m,w,a,a,-inf\n", "line 2: log_prob is '-inf'"),
        ("m,w,a,a,-1\nm,w,a,a,-1\n", "line 3: the candidate a of 'w' is there twice for the model m"),
        ("m,w,a,a,-1\nm,w,b,b,-1\n", "line 3: the item 'w' has the UR b, and a above"),
        ("m,w,a,a,-1\nm,w,a,o,-1\nn,w,a,a,-1\n", "lacks the candidate o of 'w' for the model n"),
        ("m,w,a,a\n", "line 2: found 4 columns; expected 5"),
        ("m,w,a,,-1\n", "line 2: the sr is empty"),
    ],
)
def test_refused(tmp_path, rows, said):
    path = tmp_path / "scores.csv"
    path.write_text("model,item,ur,sr,log_prob\n" + rows, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        Scores.read(tmp_path)
    assert said in str(refused.value)


def test_a_folder_without_the_table(tmp_path):
    with pytest.raises(InputError, match=r"has no scores\.csv: no folder that score made"):
        Scores.read(tmp_path)
    (tmp_path / "items.csv").write_text("item,rating\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"no column 'model': no scores\.csv of score"):
        Scores.read(tmp_path / "items.csv")
