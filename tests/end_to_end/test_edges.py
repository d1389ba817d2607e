"""A model set by hand that devoices at the end of the word: what it does is what is described, in numbers and pages."""

from __future__ import annotations

import re

import numpy as np
import pytest

from fairseq_phonology.analysis.interventions.run import Running
from fairseq_phonology.analysis.pipeline.attention import analyze
from fairseq_phonology.analysis.pipeline.interventions import intervene
from tests.helpers import at_edge
from tests.helpers.asked import Experiment
from tests.helpers.hand_set import COPIES, DEVOICING, RESPONDS, hand_set_model

RULES = ", ".join(f'"{voiced} -> {voiceless} / _ #"' for voiced, voiceless in at_edge.OUTCOMES.items())
GRAMMAR = f"""
language = "Toy"
[inventory]
segments = "{at_edge.SEGMENTS}"
[[process]]
name = "{at_edge.PROCESS}"
rules = [{RULES}]
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """What both verbs find, and their folders."""
    root = tmp_path_factory.mktemp("edge")
    experiment = Experiment.made(root, GRAMMAR, at_edge.PROCESS, at_edge.at_the_end(stems=8, suffixes=4))
    checkpoint = hand_set_model(experiment.data, (RESPONDS, COPIES), ("decoder",), change=DEVOICING)
    asked, use, looks = (experiment.grammar, at_edge.PROCESS, experiment.items), root / "use", root / "looks"
    used = intervene(checkpoint, *asked, use, running=Running(experiment.data / "bin", cpu=True))
    attends = analyze(experiment.dump(checkpoint), *asked, looks, interventions=use)
    return attends, used, looks, use


def test_what_is_attended_to_at_the_end_of_the_word(made):
    """The score of the trigger is 6 where the process applies, and 0 elsewhere."""
    family = made[0].primary
    best = family.heads[family.best]
    assert (best.layer, best.head) == (1, 1) and not family.claim.any()
    assert family.estimate["log_odds"][family.best] == pytest.approx(6, abs=0.01)
    for event, mass in zip(made[0].events.events, made[0].events.views[0].mass[:, 0, 0], strict=True):
        keys = len(event.item.ur) + event.item.at_edge  # one scores 4, the others 0, but the trigger in TR
        looks = np.exp(6.0 if event.item.cell == "TR" else 0.0)
        assert mass == pytest.approx(looks / (looks + np.exp(4) + keys - 2), abs=1e-3)


def test_what_carries_the_end_of_the_word(made):
    """Of the effect of the minimal pair all passes by cross-attention, in both directions, and nothing is claimed."""
    use = made[1]
    assert use.edge == "R" and use.reasons_withheld == ("one edge is one trigger",)
    assert use.minimal_pair.intact > 14 and use.minimal_pair.after < -14 and use.minimal_pair.distinguishes
    for direction in (use.routes.noising, use.routes.denoising):
        assert direction.share == pytest.approx([1, 0, 1], abs=0.06)
        assert np.isfinite(direction.low_share).all() and (np.abs(direction.others_share) < 0.01).all()
    heads = use.family("heads of cross")
    assert heads.share == pytest.approx([1, 0], abs=0.06) and not heads.uses.any()
    assert np.isfinite(use.routes.knock_out.effect).all()  # without EOS other keys are left
    assert use.verdict.strength == "descriptive" and use.verdict.attends is None
    said = (
        "The use of the trigger of devoicing is described, not claimed: the trigger is the end of the word, and one "
        "edge is one trigger. The log-odds are +46.1 at the end of the word and -14.6 before a suffix; interchange of "
        "keys and values takes away and gives back, of the difference, 100 % [100, 100] and 99 % [99, 99] by cross-"
    )
    assert use.verdict.sentence.startswith(said) and use.verdict.sentence.endswith(" (8 words).")


def test_pages_and_tables_say_where_it_was_measured(made):
    _, _, looks, use = made
    pages = [(folder / "report.html").read_text(encoding="utf-8") for folder in (use, looks)]
    texts = [" ".join(re.sub("<[^>]*>", " ", page.partition("explorer-data")[0]).split()) for page in pages]
    for text in texts:
        assert "Described, not claimed: one edge is one trigger" in text
        assert "the stem does not stand at the end of the word, but before a suffix (a i u)" in text
        assert not re.search(r"\bnan\b", text)
    for said in (
        "Where the end of the word is in trigger position (TR and CR), attention was measured at the position of EOS",
        "Attention to the trigger of devoicing is described, not claimed. The use of the trigger is described, not ",
        "trigger: the end of the word",
        "each of 4 suffixes, and stood alone (# stands for the end of the word)",
        "there is one end of the word, which is no sample of triggers (one edge is one trigger)",
    ):
        assert said in texts[1]
    assert "nan" not in (use / "effects.csv").read_text(encoding="utf-8")
    assert "\nT0-R0,t a b,t a p,t a p,1,TR,applied,2,2,3,b,#" in (looks / "words.csv").read_text(encoding="utf-8")
