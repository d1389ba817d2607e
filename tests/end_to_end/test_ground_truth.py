"""A model whose weights were set by hand, through the real commands: each head is called what it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.kinds import TESTED
from fairseq_phonology.analysis.contrasts.study import Family
from fairseq_phonology.analysis.contrasts.tests import test_contrast
from fairseq_phonology.analysis.events.collect import collect
from fairseq_phonology.analysis.events.events import Events, Head
from fairseq_phonology.analysis.withheld import complete
from fairseq_phonology.attention.dump.reader import AttentionDump
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import CELLS, Item, write_stimuli
from tests.helpers import toy
from tests.helpers.hand_set import (
    COPIES,
    HEADS,
    INSPECTS,
    NASALS,
    NEXT,
    RESPONDS,
    drawn_to_nasals,
    hand_set_model,
)
from tests.helpers.toy_korean import DESIGNS, GRAMMAR, PROCESS, items

ALL = list({item.id: item for design in DESIGNS for item in items(design)}.values())


def masses(item: Item) -> list[float]:
    """What each of `HEADS` puts on the trigger, by hand: n segments, k of them nasals; the rest of them scores 0."""
    n, k = len(item.ur), sum(segment in NASALS for segment in item.ur)
    looks, itself = np.exp(6), np.exp(4)
    looking, not_looking = looks / (looks + itself + n - 2), 1 / (itself + n - 1)
    nasal, following, own = np.exp(3), np.exp(3), np.exp(5)
    return [
        looking if item.cell == "TR" else not_looking,
        looking if item.target_class == "T" else not_looking,
        (nasal if item.trigger_class == "R" else 1) / (k * nasal + n - k),
        following / (following + n - 1),
        1 / (own + n - 1),
    ]


@dataclass(frozen=True)
class Made:
    """A data folder of ``prepare`` with all stimuli as its test list, and the grammar."""

    folder: Path
    grammar: Path

    def model(self, name: str, *heads, **how) -> Path:
        return hand_set_model(self.folder, *heads, name=name, **how)

    def dump(self, checkpoint: Path, name: str, *more: str) -> AttentionDump:
        """What stock fairseq-generate saves; every word must be right."""
        done = toy.fairseq(
            *("generate", self.folder / "bin", "--user-dir", toy.USER_DIR, "--task", "phonology", *toy.QUIET),
            *("--path", checkpoint, "--gen-subset", "test", "--beam", "1", "--scoring", "exact_match"),
            *("--save-attention", self.folder / name, "--attention-kinds", "cross,encoder", *more),
        )
        assert done.returncode == 0, done.stderr[-3000:]
        ends = "no score" if "--score-reference" in more else f"exact match = 100.00 % ({len(ALL)}/{len(ALL)})"
        assert ends in done.stdout, done.stdout[-300:]
        return AttentionDump(self.folder / name)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Made:
    root = tmp_path_factory.mktemp("ground_truth")
    grammar = root / "toy.toml"
    grammar.write_text(GRAMMAR, encoding="utf-8")
    every = "".join(f"a {s} a\ta {s} a\n" for s in Grammar.load(grammar).inventory)
    (root / "every.tsv").write_text("ur\tsr\n" + every, encoding="utf-8")
    write_stimuli(root / "all.tsv", ALL)
    lists = ["--train", root / "every.tsv", "--valid", root / "every.tsv", "--test", root / "all.tsv"]
    done = toy.fairseq("phonology", "prepare", *lists, "--dest", root / "data")
    assert done.returncode == 0, done.stderr
    return Made(root / "data", grammar)


@pytest.fixture(scope="module")
def checkpoint(made) -> Path:
    return made.model("hand_set.pt")


@pytest.fixture(scope="module")
def dump(made, checkpoint) -> AttentionDump:
    """Of free greedy generation."""
    return made.dump(checkpoint, "free")


@pytest.fixture(scope="module")
def events(made, dump) -> dict[str, Events]:
    """By design."""
    return {design: _events(made, dump, design) for design in DESIGNS}


def _events(made: Made, dump: AttentionDump, design: str) -> Events:
    return collect(dump, items(design), Grammar.load(made.grammar), PROCESS)


def family(events: Events, contrast: str, kind: str = "cross", query: str = "decision") -> Family:
    """One contrast over all heads of one view."""
    grid, exclusions = complete(events)
    assert not exclusions.reasons_withheld
    view = events.view(kind, query)
    heads = [Head(kind, query, layer + 1, head + 1) for layer in range(view.layers) for head in range(view.heads)]
    log_odds, mass = (array.reshape(len(events.events), -1) for array in (view.log_odds, view.mass))
    return test_contrast(grid, heads, log_odds, mass, contrast)


def claimed(tested: Family) -> set[int]:
    """Numbers of the claimed heads, from 1."""
    return {head.head for head, claim in zip(tested.heads, tested.claim, strict=True) if claim}


def test_the_gold_sr_forced_upon_it_shows_the_same(made, checkpoint, dump):
    forced = made.dump(checkpoint, "forced", "--score-reference")
    for record, free in zip(forced, dump, strict=True):
        assert record.id == free.id and record.surface == free.surface == record.reference
        np.testing.assert_allclose(record.cross, free.cross, atol=1e-6)
        assert np.exp(record.log_probs).min() > 0.999


@pytest.mark.parametrize("design", DESIGNS)
def test_masses_are_those_worked_out_by_hand(events, design):
    found = events[design]
    expected = [masses(event.item) for event in found.events]
    np.testing.assert_allclose(found.view("cross", "decision").mass[:, 0], expected, rtol=1e-3)


# the means of `masses`: TR, TN, CR, CN; hence response, inspection, salience
TABLE = {
    ("oral", 1): (0.87, 0.02, 0.02, 0.02, 0.85, 0.43, 0.43),  # looks in TR only: inspects and is drawn on average, too
    ("oral", 2): (0.87, 0.87, 0.02, 0.02, 0.00, 0.85, 0.00),
    ("oral", 3): (0.61, 0.09, 0.61, 0.09, 0.00, 0.00, 0.52),
    ("oral", 4): (0.73, 0.73, 0.73, 0.73, 0.00, 0.00, 0.00),
    ("oral", 5): (0.01, 0.01, 0.01, 0.01, 0.00, 0.00, 0.00),
    ("nasal", 1): (0.87, 0.02, 0.02, 0.02, 0.85, 0.43, 0.43),
    ("nasal", 2): (0.87, 0.87, 0.02, 0.02, 0.00, 0.85, 0.00),
    ("nasal", 3): (0.61, 0.09, 0.38, 0.03, 0.17, 0.15, 0.44),  # shares its weight with the control
    ("nasal", 4): (0.73, 0.73, 0.73, 0.73, 0.00, 0.00, 0.00),
    ("nasal", 5): (0.01, 0.01, 0.01, 0.01, 0.00, 0.00, 0.00),
}


@pytest.mark.parametrize(("design", "head"), TABLE)
def test_cell_means_and_contrasts(events, design, head):
    *cells, response, inspection, salience = TABLE[design, head]
    for contrast, estimate in zip(TESTED, (response, inspection, salience), strict=True):
        tested = family(events[design], contrast)
        assert [tested.cell_means[cell][head - 1] for cell in CELLS] == pytest.approx(cells, abs=0.006)
        assert tested.estimate["mass"][head - 1] == pytest.approx(estimate, abs=0.006)


# a head that responds looks at the trigger in cell TR alone: its response is an inspection and a salience, too
CALLED = {"response": {1}, "inspection": {1, 2}, "salience": {1, 3}}


@pytest.mark.parametrize("contrast", TESTED)
@pytest.mark.parametrize("design", ["oral", "nasal"])
def test_each_head_is_called_what_it_is(events, design, contrast):
    assert claimed(family(events[design], contrast)) == CALLED[contrast]


def test_what_a_head_drawn_to_nasals_does_to_mass_alone(events):
    """Two nasals share, so that in mass it seems to respond; in log-odds beside the target it does not."""
    for design, seems in (("nasal", 0.15), ("oral", -1e-6)):
        tested = family(events[design], "response")
        assert tested.estimate["mass"][2] > seems and not tested.claim[2]
        assert abs(tested.estimate["log_odds"][2]) < 1e-5
    assert abs(tested.estimate["mass"][2]) < 1e-6


@pytest.mark.parametrize("contrast", TESTED)
def test_the_encoder_only_looks_at_neighbors(events, contrast):
    """Its heads: the segment before, the one after, and two that look everywhere alike."""
    tested = family(events["nasal"], contrast, "encoder", "target")
    for cell in CELLS:
        assert tested.cell_means[cell][:2] == pytest.approx([0, 1], abs=1e-5)
    assert claimed(tested) == set()


@pytest.fixture(scope="module")
def saturated(made) -> AttentionDump:
    """Nasals draw the third head irresistibly; and the encoder assimilates, so that no head is needed for that."""
    heads = (RESPONDS, INSPECTS, drawn_to_nasals(9), NEXT, COPIES)
    return made.dump(made.model("saturated.pt", heads, assimilates=("encoder",)), "saturated")


@pytest.mark.parametrize("contrast", TESTED)
@pytest.mark.parametrize("design", ["oral", "nasal"])
def test_what_nasals_draw_irresistibly_does_not_respond(made, saturated, design, contrast):
    """Between two nasals the share of a non-nasal falls below .001: a clipped logit would call that a response."""
    assert claimed(family(_events(made, saturated, design), contrast)) == CALLED[contrast]


def test_the_real_command_says_so(made, dump, tmp_path):
    write_stimuli(tmp_path / "stimuli.tsv", items("oral"))
    done = toy.fairseq(
        *("phonology", "analyze", dump.paths[0], "--grammar", made.grammar, "--process", PROCESS),
        *("--stimuli", tmp_path / "stimuli.tsv", "--out", tmp_path / "out"),
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    rows = toy.read_csv(tmp_path / "out" / "heads.csv")
    for contrast in TESTED:
        own = [row for row in rows if (row["contrast"], row["kind"], row["query"]) == (contrast, "cross", "decision")]
        assert len(own) == len(HEADS)
        assert {int(row["head"]) for row in own if row["claim"] == "1"} == CALLED[contrast]
    said = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert said["verdict"]["strength"] == "attends" and "head 1.1" in said["verdict"]["sentence"]
    assert [(head["layer"], head["head"]) for head in said["primary"]["claims"]] == [(1, 1)]
