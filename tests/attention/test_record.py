"""What a record promises about its shapes and weights."""

import numpy as np
import pytest

from fairseq_phonology.attention.record import AttentionRecord


def uniform(*shape):
    return np.full(shape, 1 / shape[-1], np.float32)


def record(**changes):
    """/hakmun/ of 2 layers x 3 heads, all weights alike."""
    fields = {
        "id": "hakmun",
        "row": 4,
        "rank": 0,
        "underlying": tuple("hakmun"),
        "surface": ("h", "a", "ŋ", "m", "u", "n"),
        "reference": ("h", "a", "ŋ", "m", "u", "n"),
        "log_probs": np.zeros(7, np.float32),
        "cross": uniform(2, 3, 7, 7),
        "encoder": uniform(2, 3, 7, 7),
        "decoder": np.tril(np.ones((7, 7), np.float32)) / np.arange(1, 8, dtype=np.float32)[:, None]
        + uniform(2, 3, 1, 1)
        - 1,
    }
    return AttentionRecord(**{**fields, **changes})


def test_a_good_record_passes_its_check():
    word = record()
    assert word.check() is word
    assert word.kinds == ("cross", "encoder", "decoder") and word.correct
    assert word.decoder.shape == (2, 3, 7, 7)


def test_correct_needs_the_whole_word_and_a_reference():
    assert record(reference=tuple("hakmun")).correct is False
    assert record(reference=None).correct is None


def test_shapes_tell_surface_steps_from_underlying_positions():
    with pytest.raises(
        ValueError, match=r"6 underlying and 5 surface.*cross.*\(2, 3, 7, 6\); needed: \(layers, heads, 6, 7\)"
    ):
        record(surface=tuple("hakmu"), log_probs=np.zeros(6), cross=uniform(2, 3, 7, 6), decoder=None)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        pytest.param("log_probs", np.zeros(6), r"log_probs has shape \(6,\); needed: \(7,\)", id="EOS step missing"),
        pytest.param("encoder", uniform(2, 3, 6, 6), r"encoder has shape", id="EOS position missing"),
        pytest.param("decoder", uniform(3, 7, 7), r"decoder has shape \(3, 7, 7\)", id="layer axis missing"),
        pytest.param("rank", -1, "rank -1 must be 0 or more", id="rank"),
    ],
)
def test_the_constructor_refuses(field, value, message):
    with pytest.raises(ValueError, match=message):
        record(**{field: value})


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        pytest.param(np.nan, "layer 2, head 3, query 7: a weight is not finite", id="NaN"),
        pytest.param(-0.5, "layer 2, head 3, query 7: a weight is negative", id="negative"),
        pytest.param(1 / 7 + 2e-4, "layer 2, head 3, query 7: the weights do not sum to one", id="sum"),
    ],
)
def test_check_names_layer_head_and_row(weight, message):
    word = record()
    word.cross[1, 2, 6, 0] = weight
    with pytest.raises(ValueError, match=f"'hakmun', cross, {message}"):
        word.check()


def test_check_of_probabilities_above_one():
    with pytest.raises(ValueError, match="log_probs must be 0 or less"):
        record(log_probs=np.ones(7)).check()


def test_a_kind_that_was_not_saved():
    with pytest.raises(ValueError, match="'hakmun' has no encoder attention; saved: cross, decoder"):
        record(encoder=None).weights("encoder")
    with pytest.raises(ValueError, match="unknown kind of attention 'self'; known: cross, encoder, decoder"):
        record().weights("self")


def normed(**changes):
    """Norms of 2 x the weights, beside each kind."""
    word = record()
    return record(**{f"{kind}_norms": 2 * word.weights(kind) for kind in word.kinds} | changes)


def test_norms_stand_beside_their_weights():
    word = normed()
    assert word.check() is word and word.has_norms and word.norms("encoder")[1, 2, 3, 4] == np.float32(2 / 7)
    assert not record().has_norms and not normed(decoder_norms=None).has_norms
    with pytest.raises(ValueError, match="'hakmun' has no norms beside its cross attention; --attention-norms saves"):
        record().norms("cross")
    with pytest.raises(ValueError, match="has no encoder attention; saved: cross, decoder"):
        record(encoder=None).norms("encoder")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"cross_norms": uniform(2, 3, 7, 6)}, r"cross_norms .* 6\); needed: \(2, 3, 7, 7\)", id="shape"),
        pytest.param({"encoder": None}, "encoder_norms has shape .*; needed: none", id="no weights"),
    ],
)  # fmt: skip
def test_the_constructor_refuses_norms(changes, message):
    with pytest.raises(ValueError, match=message):
        normed(**changes)


@pytest.mark.parametrize(
    ("norm", "message"),
    [
        pytest.param(np.inf, "layer 2, head 3, query 1: a norm is not finite", id="infinite"),
        pytest.param(-0.5, "layer 2, head 3, query 1: a norm is negative", id="negative"),
        pytest.param(0.5, "layer 2, head 3, query 1: a norm is not zero where the weight is", id="from nothing"),
    ],
)
def test_check_of_norms(norm, message):
    word = normed()
    assert word.decoder[1, 2, 0, 5] == 0
    word.decoder_norms[1, 2, 0, 5] = norm
    with pytest.raises(ValueError, match=f"'hakmun', decoder, {message}"):
        word.check()
