"""The end of the word as a trigger, and as the control of one: what is planted is found, described, and not claimed."""

from __future__ import annotations

import dataclasses
import re
import warnings

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.analyze import analyze
from fairseq_phonology.analysis.contrasts.study import SCALE
from fairseq_phonology.analysis.contrasts.tables import heads_rows, summary
from fairseq_phonology.analysis.design.limits import SAME_LENGTH
from fairseq_phonology.stimuli.items import CELLS
from tests.helpers import at_edge, planted

EFFECTS = [planted.Effect("response", 4.0, 2, 1), planted.Effect("salience", 3.0, 1, 2)]
MADE = {"R": (at_edge.at_the_end, at_edge.grammar), "N": (at_edge.against_the_end, at_edge.nasalization)}


def studied(folder, edge, surfaces=None, stems=10, **how):
    make, grammar = MADE[edge]
    items = make(stems=stems, suffixes=8)
    dump = planted.planted_dump(folder, items, 2, 3, EFFECTS, surfaces=surfaces or {}, **how)
    return analyze(dump, grammar(), at_edge.PROCESS, items), dump


@pytest.fixture(scope="module", params=["R", "N"])
def found(request, tmp_path_factory):
    """With no number that is none on its way."""
    folder = tmp_path_factory.mktemp("edge") / "dump"
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        return request.param, *studied(folder, request.param, kinds=("cross", "encoder"), lengths={})


def test_the_estimate_is_the_double_difference_of_what_the_dump_has(found):
    """Cell by cell from the weights, EOS among the positions in the cells of the edge alone."""
    letter, study, dump = found
    odds = {cell: [] for cell in CELLS}
    for event in study.events.events:
        item, row = event.item, dump[event.item.id].cross[:, :, event.item.target_index].astype(float)
        others = [n for n in range(len(item.ur)) if n not in (item.target_index, item.trigger_index)]
        odds[item.cell].append(np.log(row[..., item.trigger_index]) - np.log(row[..., others].sum(-1)))
    mean = {cell: np.mean(values, 0).ravel() for cell, values in odds.items()}
    response = mean["TR"] - mean["TN"] - mean["CR"] + mean["CN"]
    np.testing.assert_allclose(study.primary.estimate[SCALE], response, atol=1e-4)
    assert study.primary.best == 3 and response[3] == pytest.approx(4, abs=0.5)  # head 2.1, as planted
    salience = next(f for f in study.families if f.contrast == "salience" and f.kind == "cross")
    assert salience.best == 1 or letter == "N"
    assert np.abs(np.delete(response, 3)).max() < 0.5


def test_all_is_known_and_nothing_is_claimed(found):
    letter, study, _ = found
    assert study.edge == letter and study.design.edge == letter
    for family in study.families:
        assert not family.claim.any()
        unmet = "one edge is one trigger, which is described; a claim needs 8"
        assert all(own[0] == unmet for own in family.unmet)
        over_edge = family.contrast != "inspection"  # what is over the edge is no sample
        for numbers in (family.se, family.df, family.t, family.p):
            assert np.isnan(numbers).all() if over_edge else np.isfinite(numbers).all()
        assert np.isfinite([family.low[SCALE], family.high["mass"]]).all()
        assert np.isnan(family.consistency.p).all() and "trigger" not in family.consistency.ranks
        assert family.n_suffixes == 8
        assert set(family.spread) == {"stems"}  # one end of a word does not vary
        assert "nan" not in str(heads_rows(family)) and family.units == "20 stems, 8 suffixes and the end of the word"
    assert "nan" not in str(summary(study)).lower()


def test_the_sentence_describes(found):
    letter, study, _ = found
    of = {"R": "the trigger", "N": "the control of the trigger"}[letter]
    also = f"Also, {SAME_LENGTH}. "
    start = (
        f"Attention to the trigger of devoicing is described, not claimed: {of} is the end of the word, and one edge "
        f"is one trigger. {also}The largest response, of those with .05 of mass or more, is that of head 2.1: the "
        "weight of "
    )
    told = {
        "R": "head 2.1 on the end of the word exceeds that on its controls by ",
        "N": "head 2.1 on m n exceeds that on the end of the word, their control, by ",
    }
    assert study.verdict.strength == "descriptive" and study.verdict.sentence.startswith(start + told[letter])
    assert study.verdict.sentence.endswith(" in TR / TN / CR / CN.") and "p <" not in study.verdict.sentence
    assert "over 20 stems, 8 suffixes and the end of the word, not tested; it is positive" in study.verdict.sentence
    cells = {"R": "TR and CR", "N": "TN and CN"}[letter]
    assert study.verdict.caveats[0] == (
        f"The {of.removeprefix('the ')} is the end of the word: in {cells} attention was measured at the position of "
        "EOS, which there counts among the positions, so that its mass is the weight itself; in the other cells EOS is "
        "left out."
    )
    assert summary(study)["verdict"]["strength"] == "descriptive"


def test_errors_withhold_as_ever(tmp_path):
    """A model that does not devoice: the end of the word leaves with its words."""
    wrong = {i.id: i.ur for i in at_edge.at_the_end(stems=10, suffixes=8) if i.at_edge}
    wrong |= {i.id: (*i.ur[:-1], "s") for i in at_edge.at_the_end(stems=10, suffixes=8) if i.cell == "CR"}
    study, _ = studied(tmp_path / "dump", "R", surfaces=wrong)
    assert study.verdict.strength == "withheld" and study.edge == ""
    assert "errors leave too few units: 0 R and 8 N suffixes; needed: 1 R and 4 N" in study.verdict.sentence


def test_no_number_of_units_makes_an_edge_many(tmp_path):
    """Real words: as many as one likes, and every one of them has the same trigger."""
    items = at_edge.at_the_end(stems=10, suffixes=1)
    real = [dataclasses.replace(i, stem=f"w{re.search('[0-9]+', i.id)[0]}", suffix="") for i in items]
    dump = planted.planted_dump(tmp_path / "dump", real, 2, 3, EFFECTS)
    study = analyze(dump, at_edge.grammar(), at_edge.PROCESS, real)
    assert study.verdict.strength == "descriptive" and study.primary.units == "10 words"
    assert "one edge is one trigger" in study.verdict.sentence and not study.primary.claim.any()


def test_a_plain_list_says_where_it_was_measured(tmp_path):
    items = [i for i in at_edge.at_the_end(stems=6, suffixes=2) if i.cell == "TR"]
    bare = [dataclasses.replace(item, stem="", suffix="") for item in items]
    dump = planted.planted_dump(tmp_path / "dump", bare, 1, 2)
    for given in (bare, None):
        study = analyze(dump, at_edge.grammar(), at_edge.PROCESS, given)
        assert study.verdict.strength == "descriptive" and study.primary is None
        assert study.verdict.caveats[0].endswith("so that its mass is the weight itself.")
        assert study.families == []  # to EOS, the sink, no other offset compares
