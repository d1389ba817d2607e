"""The tables of interventions and places: no two share a name, and pairs are of routes that exist."""

import pytest

from fairseq_phonology.analysis.interventions.kinds import CONTROLS, KINDS, KNOCK_OUTS, PAIRS, PLACES, ROUTES, label_of


@pytest.mark.parametrize("field", ["short", "label", "brief", "without", "methods", "column"])
def test_no_two_kinds_share_a_name(field):
    assert len({getattr(kind, field) for kind in KINDS.values()}) == len(KINDS)


def test_every_kind_is_made_at_places_that_there_are():
    assert all(set(kind.places) <= set(PLACES) and "trigger" in kind.places for kind in KINDS.values())
    assert all("others" in KINDS[name].places for name in KNOCK_OUTS), "the first control is made of every knock-out"
    assert CONTROLS[0] == "others" and "trigger" not in CONTROLS


def test_a_pair_is_of_two_routes_and_a_route_has_a_phrase():
    assert all(len(KINDS[pair].attention) == 2 and set(KINDS[pair].attention) <= set(ROUTES) for pair in PAIRS)
    assert all(KINDS[route].by.startswith("by ") and KINDS[route].attention == (route,) for route in ROUTES)


def test_what_is_no_kind_is_called_by_its_own_name():
    assert label_of("cross") == "cross-attention: decision to trigger" and label_of("head of cross") == "head of cross"
