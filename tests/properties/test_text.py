"""Numbers as words: no p-value is zero, no share reads as the limit that it is under, print is plain in other signs."""

import math

from hypothesis import given
from hypothesis import strategies as st

from fairseq_phonology import text
from tests.properties import examples

shares = st.floats(0, 1)
numbers = st.floats(-1e6, 1e6)


@examples(2)
@given(shares)
def test_a_p_value_is_never_zero(p):
    shown = text.p_value(p)
    assert shown == "<.0001" if p < 1e-4 else abs(float(shown) - p) <= 0.5e-4 + 1e-12
    assert float(shown.lstrip("<")) > 0
    assert text.p_text(p) in (f"p = {shown}", f"p < {shown[1:]}")


@examples(2)
@given(shares, shares)
def test_a_share_under_a_limit_does_not_read_as_the_limit(share, limit):
    shown = text.percent(share, limit)
    assert abs(float(shown) - 100 * share) <= 0.5 + 1e-9
    if share < limit - 1e-3:
        assert shown != text.percent(limit)


@examples(2)
@given(numbers, st.integers(0, 4))
def test_print_is_plain_with_another_minus(value, places):
    plain = text.decimal(value, places)
    assert float(plain) == float(f"{value:.{places}f}")
    assert plain.replace("-", "−") == text.number(value, places)
    assert not plain.startswith(("0.", "-0.")) and plain not in ("-0", "-.0", "-.00")


@examples(2)
@given(numbers)
def test_no_number_is_minus_zero(value):
    for shown in (text.decimal(value), text.percent(value), text.number(value), text.share(value), text.tick(value)):
        digits = [c for c in shown if c in "123456789"]
        assert digits or shown[:1] not in "-−"
    assert text.typeset(text.decimal(value)) == text.number(value)


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_part_of_a_whole(part, whole):
    part = min(part, whole)
    assert text.part_of(part, whole).startswith(f"{part:,} of {whole:,}")
    assert abs(float(text.percent_of(part, whole).removesuffix(" %")) - 100 * part / whole) <= 0.005 + 1e-9
    assert math.isclose(text.percentage(part, whole), 100 * part / whole)
    assert text.percent_of(0, 0) == text.NONE


@given(st.floats(allow_infinity=False))
def test_a_cell_is_a_number_or_empty(value):
    shown = text.cell(value)
    assert shown == "" if math.isnan(value) else math.isclose(float(shown), value, rel_tol=1e-5)


@given(st.lists(st.text(st.sampled_from("abc"), min_size=1), min_size=1))
def test_a_list_in_words_has_all_of_it(names):
    shown = text.listed(names)
    assert shown.replace(" and ", ", ").split(", ") == names
