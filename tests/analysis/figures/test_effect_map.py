"""A row for each kind, a cell for each head: the numbers that are drawn are those computed by hand."""

import numpy as np
import pytest

from fairseq_phonology.analysis.figures.effect_map import EffectMapDisplay, HeadsMapDisplay
from tests.helpers import example_study as example
from tests.helpers.drawn import texts
from tests.helpers.intervened import CROSS, analyzed, intervened


def test_effect_map_takes_each_family(study):
    display = EffectMapDisplay.from_study(study).plot()
    assert list(display.estimates) == [(name, "cross") for name in ("response", "inspection", "salience")]
    for family in study.families:
        values = display.estimates[family.contrast, "cross"]
        assert values.shape == (3, 4)
        assert np.array_equal(values, family.estimate["log_odds"].reshape(3, 4))
    assert np.argwhere(display.claims["response", "cross"]).tolist() == [[2, 1]]
    assert not display.claims["salience", "cross"].any()
    mesh = display.axes_[0, 0].collections[0]
    assert mesh.get_clim() == (-display.limit, display.limit) and display.limit >= np.abs(values).max()
    assert display.axes_[0, 0].get_ylim() == (3.5, 0.5)  # layer 1 above
    written = [text.get_text() for text in display.axes_[0, 0].texts]
    assert f"{study.primary.estimate['log_odds'][study.primary.best]:.1f}" in written
    assert [len(ax.patches) for ax in display.axes_[0]] == [1, 0, 0]


def test_effect_map_has_a_row_for_each_kind_of_the_primary_family():
    both = example.two_kinds_study()
    both.families = [each for each in both.families if (each.contrast, each.kind) != ("inspection", "decoder")]
    display = EffectMapDisplay.from_study(both).plot()
    assert display.axes_.shape == (2, 3) and display.kinds == ["cross", "decoder"]
    assert np.array_equal(display.estimates["response", "decoder"].ravel(), both.primary.estimate["log_odds"][12:])
    assert [ax.axison for ax in display.axes_[1]] == [True, False, True]  # no such family


def test_effect_map_of_a_plain_list_claims_nothing():
    plain = example.plain_study()
    assert plain.primary is None
    display = EffectMapDisplay.from_study(plain).plot()
    assert np.array_equal(display.estimates["same-offset", "cross"].ravel(), plain.families[0].estimate["mass"])
    assert "No claim may be made" in display.figure_._supxlabel.get_text()


def test_heads_map_has_every_method_and_whole_layers():
    heads = {("cross", layer, head): 0.1 * head for layer in (1, 2) for head in (1, 2, 3)} | {("cross", 1, None): 0.7}
    study = analyzed(intervened(CROSS, heads=heads))
    display = HeadsMapDisplay.from_causal(study).plot()
    assert list(display.shares) == [("cross", method) for method in ("noising", "denoising", "knock-out")]
    family = study.family("heads of cross")
    for (_, method), shares in display.shares.items():
        assert shares.shape == (2, 4)
        assert np.array_equal(shares[:, :3].ravel(), family.of(method).share)
    layers = study.family("layers of cross")
    assert display.shares["cross", "noising"][0, 3] == layers.noising.share[0]
    assert np.isnan(display.shares["cross", "noising"][1, 3])  # not made
    assert np.array_equal(display.uses["cross"][:, :3].ravel(), family.uses) and family.uses.sum() == 2
    assert [len(ax.patches) for ax in display.axes_[0]] == [3, 3, 0]  # knock-outs are described
    figure = display.figure_
    figure.draw_without_rendering()
    for text, box in texts(figure).items():
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.x1 + 1, text.get_text()
    with pytest.raises(ValueError, match="no single head has a share"):
        HeadsMapDisplay.from_causal(analyzed(intervened(CROSS)))
