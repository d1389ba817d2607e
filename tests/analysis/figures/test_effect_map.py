"""A row for each kind, a cell for each head: the numbers that are drawn are those computed by hand."""

import numpy as np

from fairseq_phonology.analysis.figures.effect_map import EffectMapDisplay
from tests.helpers import example_study as example


def test_effect_map_takes_each_family(study):
    display = EffectMapDisplay.from_study(study).plot()
    assert list(display.estimates) == [(name, "cross") for name in ("response", "inspection", "salience")]
    for family in study.families:
        values = display.estimates[family.contrast, "cross"]
        assert values.shape == (3, 4)
        assert np.array_equal(values, family.estimate["mass"].reshape(3, 4))
    assert np.argwhere(display.claims["response", "cross"]).tolist() == [[2, 1]]
    assert not display.claims["salience", "cross"].any()
    mesh = display.axes_[0, 0].collections[0]
    assert mesh.get_clim() == (-display.limit, display.limit) and display.limit >= np.abs(values).max()
    assert display.axes_[0, 0].get_ylim() == (3.5, 0.5)  # layer 1 above
    written = [text.get_text() for text in display.axes_[0, 0].texts]
    assert f"{study.primary.estimate['mass'][study.primary.best]:.2f}"[1:] in written
    assert [len(ax.patches) for ax in display.axes_[0]] == [1, 0, 0]


def test_effect_map_has_a_row_for_each_kind_of_the_primary_family():
    both = example.two_kinds_study()
    both.families = [each for each in both.families if (each.contrast, each.kind) != ("inspection", "decoder")]
    display = EffectMapDisplay.from_study(both).plot()
    assert display.axes_.shape == (2, 3) and display.kinds == ["cross", "decoder"]
    assert np.array_equal(display.estimates["response", "decoder"].ravel(), both.primary.estimate["mass"][12:])
    assert [ax.axison for ax in display.axes_[1]] == [True, False, True]  # no such family


def test_effect_map_of_a_plain_list_claims_nothing():
    plain = example.plain_study()
    assert plain.primary is None
    display = EffectMapDisplay.from_study(plain).plot()
    assert np.array_equal(display.estimates["same-offset", "cross"].ravel(), plain.families[0].estimate["mass"])
    assert "No claim may be made" in display.figure_._supxlabel.get_text()
