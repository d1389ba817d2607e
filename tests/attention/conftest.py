"""The small model of the tests of attention, in both places of its layer norms."""

import pytest


@pytest.fixture(scope="session")
def dictionary():
    from tests.helpers.small_model import letters

    return letters()


@pytest.fixture(scope="module", params=[False, True], ids=["post-norm", "pre-norm"])
def model(request, dictionary):
    from tests.helpers.small_model import random_model

    before = {"encoder_normalize_before": request.param, "decoder_normalize_before": request.param}
    return random_model(dictionary, **before)
