"""Shares of application beside the rate in training, by hand."""

import dataclasses

import numpy as np
import pytest

from fairseq_phonology.analysis.people.application import COLUMNS, applications, lines, table
from fairseq_phonology.analysis.people.scores import Scores
from fairseq_phonology.commands.score import _lines
from fairseq_phonology.corpus.candidates import Candidate
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.alternatives import alternatives
from tests.helpers import EXAMPLES

NASALIZATION = {"name": "nasalization", "rules": "k -> ŋ / _ m", "rate": {"sino": 0.8, "native": 0.3}, "optional": True}


def grammar(**other):
    inventory = {"segments": "p t k m n ŋ a i u"}
    return Grammar.from_table(
        {"inventory": inventory, "strata": {"sino": 1, "native": 1}, "process": [NASALIZATION | other]}
    )


@pytest.fixture
def scores():
    words = [("1", "a k m a", "sino"), ("2", "u k m a", "sino"), ("3", "i k m a", "native"), ("4", "a t a", "native")]
    given = [Candidate(item, tuple(ur.split()), (), columns={"stratum": stratum}) for item, ur, stratum in words]
    found = alternatives(grammar(), "nasalization", given).candidates
    shares = np.array([[0.9, 0.1, 0.5, 0.5, 0.2, 0.8], [0.7, 0.3, 0.7, 0.3, 0.4, 0.6]])
    return Scores(("one", "two"), found, np.log(shares / 2))


def test_by_stratum_beside_the_training_words(scores):
    training = [{"ur": "a k m a", "sr": sr, "stratum": "sino"} for sr in ("a ŋ m a", "a ŋ m a", "a k m a", "a ŋ m a")]
    training += [{"ur": "a k m a", "sr": "a k m a", "stratum": "native"}, {"ur": "t a", "sr": "x", "stratum": "native"}]
    sino, native = applications(scores, grammar(), "nasalization", (), training)
    assert (sino.stratum, sino.items, sino.trained, sino.rate) == ("sino", 2, (3, 4), 0.8)
    assert (native.items, native.trained, native.rate) == (1, (0, 1), 0.3)
    assert sino.shares == pytest.approx([0.7, 0.7]) and native.shares == pytest.approx([0.2, 0.4])
    rows = list(table((sino, native), scores.models))
    assert rows[0] == COLUMNS and [row[2] for row in rows[1:]] == ["one", "two", "all"] * 2
    assert rows[-1][4:] == (pytest.approx(0.3), 0, 1, 0.0, 0.3)
    said = list(lines((sino, native)))
    assert said[-1].split() == "native 1 30.0 % (20.0 to 40.0) 0 of 1 0.00 % 30.0 %".split()


def test_unknown_training_words_and_a_process_without_a_rate(scores):
    found = applications(scores, grammar(), "nasalization", (), None)
    assert [one.trained for one in found] == [None, None] and "–" in list(lines(found))[-1]
    assert applications(scores, grammar(rate=1.0), "nasalization", (), None) == ()


def test_strata_that_do_not_count_are_none():
    korean = Grammar.load(EXAMPLES / "korean_nasalization/korean.toml")
    name = "obstruent-nasalization"
    processes = tuple(dataclasses.replace(p, rate=0.6) if p.name == name else p for p in korean.processes)
    rated = dataclasses.replace(korean, processes=processes)
    words = [Candidate(str(n), tuple(ur), (), columns={"stratum": "sino"}) for n, ur in enumerate(("akma", "ipna"))]
    given = Scores(("one",), alternatives(rated, name, words).candidates, np.log([[0.9, 0.1, 0.5, 0.5]]))
    training = [{"ur": "a k m a", "sr": "a ŋ m a", "stratum": "sino"}, {"ur": "a p m a", "sr": "a p m a"}]
    (one,) = applications(given, rated, name, (), training)
    assert (one.stratum, one.items, one.trained, one.rate) == ("", 2, (1, 2), 0.6)
    assert one.shares == pytest.approx([0.7])


@pytest.mark.parametrize("by_stratum", [True, False])
def test_the_table_of_shares_leaves_strata_to_that_of_application(by_stratum):
    candidates = [
        Candidate(name, ("a",), (sr,), kind, kind, {"stratum": name})
        for name in ("sino", "native")
        for sr, kind in (("a", "applied"), ("b", "blocked"))
    ]
    said = list(_lines(Scores(("m",), tuple(candidates), np.log([[0.4, 0.1, 0.1, 0.1]])), by_stratum))
    assert ("applied, sino" in said[2]) == by_stratum and said[3].split()[1] == ".650"
