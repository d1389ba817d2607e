"""Natural classes are an algebra of sets, and a change of features says what it names, and is done once."""

from hypothesis import given
from hypothesis import strategies as st

from fairseq_phonology.phonology.natural_classes import FEATURES, Inventory, parse_bundle, written
from tests.properties import examples
from tests.properties.rules import INVENTORY, SEGMENTS

values = st.tuples(st.sampled_from(FEATURES), st.sampled_from("+-0"))
bundles = st.lists(values, max_size=3, unique_by=lambda value: value[0]).map(tuple)
some = st.lists(st.sampled_from(SEGMENTS), min_size=1, unique=True)


@examples(4)
@given(bundles, bundles)
def test_more_values_are_the_intersection(one, other):
    both = INVENTORY.matching((*one, *other))
    assert both == INVENTORY.matching(one) & INVENTORY.matching(other)
    assert INVENTORY.matching(()) == frozenset(SEGMENTS)
    assert [*INVENTORY.ordered(one)] == [s for s in SEGMENTS if s in INVENTORY.matching(one)]


@given(st.sampled_from(FEATURES))
def test_a_feature_divides_the_inventory(name):
    parts = [INVENTORY.matching(((name, value),)) for value in "+-0"]
    assert sorted(s for part in parts for s in part) == sorted(SEGMENTS)


@examples(4)
@given(bundles)
def test_a_bundle_is_read_as_it_is_written(bundle):
    assert parse_bundle(written(bundle).strip("[]")) == bundle


@examples(4)
@given(some, st.data())
def test_a_change_of_features_has_them_and_is_done_once(segments, data):
    inventory = Inventory(segments)
    segment, bundle = data.draw(st.sampled_from(segments)), data.draw(bundles)
    for outcome in inventory.outcomes(segment, bundle):
        assert outcome in inventory.matching(bundle)
        assert inventory.outcomes(outcome, bundle) == (outcome,)
    if segment in inventory.matching(bundle):
        assert inventory.outcomes(segment, bundle) == (segment,)


@examples(2)
@given(*[st.sampled_from(SEGMENTS)] * 3)
def test_the_number_of_features_in_which_they_differ_is_a_distance(a, b, c):
    assert INVENTORY.distance(a, b) == INVENTORY.distance(b, a) >= (a != b)
    assert INVENTORY.distance(a, c) <= INVENTORY.distance(a, b) + INVENTORY.distance(b, c)
