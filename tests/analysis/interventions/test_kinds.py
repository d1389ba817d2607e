"""The tables of interventions and places: no two share a name, and several routes together are of routes that exist."""

import pytest

from fairseq_phonology.analysis.interventions.kinds import (
    DIRECT,
    DIRECTIONS,
    KINDS,
    METHODS,
    PLACES,
    ROUTES,
    TOGETHER,
    label_of,
    named,
)


@pytest.mark.parametrize("field", ["short", "label", "methods", "column"])
def test_no_two_kinds_share_a_name(field):
    assert len({getattr(kind, field) for kind in KINDS.values()}) == len(KINDS)


def test_every_kind_is_made_by_its_methods():
    assert list(PLACES) == ["trigger", "others"] and METHODS[:2] == DIRECTIONS
    assert all(KINDS[name].methods_made == METHODS and KINDS[name].edges for name in DIRECT)
    assert all(KINDS[name].methods_made == ("knock-out",) for name in named("total")), (
        "interchanged: the minimal pair itself"
    )


def test_several_routes_are_named_by_them_and_a_route_has_a_phrase():
    assert all(
        "+".join(KINDS[name].attention) == name and set(KINDS[name].attention) <= set(ROUTES) for name in TOGETHER
    )
    assert all(KINDS[route].by.startswith("by ") and KINDS[route].attention == (route,) for route in ROUTES)


def test_what_is_no_kind_is_called_by_its_own_name():
    assert label_of("cross") == "cross-attention: decision to trigger" and label_of("head of cross") == "head of cross"
