"""By which route: one function of the shares of every bootstrap draw, and what the draws agree on."""

import numpy as np
import pytest

from fairseq_phonology.analysis.interventions.routes import VERDICTS, classified
from tests.helpers.intervened import BOTH, CROSS, EITHER, ENCODER, HALF, IN_PART, analyzed, intervened, progressive

LITTLE = {"cross": 0.15, "encoder": 0.15, "cross+encoder": 0.3}
ALONE = {"cross": 1, "encoder": 1, "decoder": 1}


@pytest.mark.parametrize(
    ("shares", "gives", "route", "kinds"),
    [
        pytest.param(CROSS, None, "cross", ("cross",), id="cross"),
        pytest.param(ENCODER, None, "encoder", ("encoder",), id="encoder"),
        pytest.param(*EITHER, "either suffices", BOTH, id="either"),
        pytest.param(*EITHER[::-1], "jointly needed", BOTH, id="each is of no use alone"),
        pytest.param(HALF, None, "jointly needed", BOTH, id="each half"),
        pytest.param({}, None, "indirect", (), id="by way of others"),
        pytest.param({"cross": 0.15, "cross+encoder": 0.15}, None, "indirect", (), id="under the floor"),
        pytest.param(*IN_PART, "either suffices", BOTH, id="in part"),
        pytest.param({"cross": 0.5, "cross+encoder": 0.9}, IN_PART[1], "cross", ("cross",), id="unlike the mirror"),
        pytest.param({**CROSS, "cross": 0.5}, {**CROSS, "encoder": 0.4}, "cross", ("cross",), id="one much more"),
        pytest.param(LITTLE, None, "jointly needed", BOTH, id="each takes a little"),
        pytest.param(CROSS, {"cross+encoder": 1}, "jointly needed", BOTH, id="takes and does not give"),
        pytest.param({"encoder": -1, "cross+encoder": 1}, EITHER[1], "either suffices", BOTH, id="one adds"),
    ],
)
def test_the_route(shares, gives, route, kinds):
    study = analyzed(intervened(shares, gives=gives))
    assert (study.verdict.route, study.verdict.kinds) == (route, kinds)
    assert study.verdict.strength == "uses" and sum(one.share for one in study.draws) == pytest.approx(1)


@pytest.mark.parametrize(
    ("shares", "gives", "route", "kinds"),
    [
        pytest.param(progressive({"decoder": 1}), None, "decoder", ("decoder",), id="decoder"),
        pytest.param(
            {"cross+decoder": 1, "cross+encoder+decoder": 1},
            progressive({"cross": 1, "decoder": 1}),
            *("either suffices", ("cross", "decoder")),
            id="either",
        ),
        pytest.param(
            progressive({"cross": 0.5, "decoder": 0.5, "cross+decoder": 1, "cross+encoder+decoder": 1}),
            *(None, "jointly needed", ("cross", "decoder")),
            id="jointly",
        ),
        pytest.param(
            *({"cross+encoder+decoder": 1}, progressive(ALONE), "either suffices", tuple(ALONE)), id="any of three"
        ),
        pytest.param(
            *(progressive(ALONE), {"cross+encoder+decoder": 1}, "jointly needed", tuple(ALONE)), id="all of three"
        ),
    ],
)
def test_the_route_of_a_progressive_process(shares, gives, route, kinds):
    study = analyzed(intervened(shares, gives=gives, prefix=True))
    assert (study.verdict.route, study.verdict.kinds) == (route, kinds)
    assert study.minimal_pair.measure == "minimal-pair+prefix"
    assert study.minimal_pair.effect == pytest.approx(10, abs=0.2)  # not the half that the UR alone carries


def test_each_draw_is_classified_by_itself():
    shares = {"cross": np.array([1.0, 0.1, 0.0]), "encoder": np.array([0.0, 1.0, 0.0])}
    shares["cross+encoder"] = np.array([1.0, 1.0, 0.1])
    found = classified(shares, shares)
    assert found == [("cross", ("cross",)), ("encoder", ("encoder",)), ("none", ())]
    assert {route for route, _ in found} <= set(VERDICTS)


def test_a_route_that_some_words_lack_is_in_no_draw():
    found = intervened(ENCODER)
    found.log_odds[0, found.number("cross", "trigger", method="denoising")] = np.nan
    study = analyzed(found)
    assert study.verdict.route == "encoder" and study.draws[0].share == 1


def test_only_routes_that_are_shown_are_named():
    """The draws agree on all three, but the decoder does no more than other segments do, alone or with the others."""
    shares = dict.fromkeys(("cross", "encoder", "decoder"), 0.4) | {"cross+encoder": 0.8}
    whole = progressive(shares)
    only = {name: share for name, share in whole.items() if "decoder" in name}
    study = analyzed(intervened(whole, others=only, prefix=True))
    assert study.draws[0].kinds == ("cross", "encoder", "decoder") and study.draws[0].share > 0.95
    assert {"cross", "encoder", "cross+encoder"} <= study.routes.met and "decoder" not in study.routes.met
    assert (study.verdict.route, study.verdict.kinds) == ("jointly needed", ("cross", "encoder"))


def test_what_is_shown_of_another_measure_leaves_the_route_open():
    """By draws the cross-attention; alone it does no more than at other segments, and with the encoder it does."""
    study = analyzed(intervened(CROSS, others={"cross": 0.9}))
    assert study.draws[0].route == "cross" and study.routes.met == {"cross+encoder"}
    assert (study.verdict.strength, study.verdict.route) == ("uses", "undecided")
    assert "a route that is undecided (not shown to meet the rule: cross-attention (100 %) of" in study.verdict.sentence
