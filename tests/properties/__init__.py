"""Properties that hold for every input, checked on inputs that hypothesis draws: few in CI, many by make test-long."""

from hypothesis import settings


def examples(times: float) -> settings:
    """So many times the examples that other properties have: more where one takes a millisecond."""
    return settings(max_examples=max(1, round(times * settings.default.max_examples)))
