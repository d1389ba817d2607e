"""Numbers as words: no p-value is zero, no share reads as the limit that it is under."""

from hypothesis import given
from hypothesis import strategies as st

from fairseq_phonology import text

SHARES = st.floats(0, 1)


@given(SHARES)
def test_a_p_value_is_never_zero(p):
    shown = text.p_value(p)
    assert shown == "<.0001" if p < 1e-4 else abs(float(shown) - p) <= 0.5e-4 + 1e-12
