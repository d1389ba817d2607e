"""Segments of a word, joined, are the word, in every unit; so are those of an orthography profile."""

import re
import unicodedata

from hypothesis import assume, given
from hypothesis import strategies as st

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.profile import Profile
from fairseq_phonology.phonology.transcription import BLANK, EDGE, join, normalize, segment
from tests.properties import examples

LETTERS = "ptkbdɡmnŋɲszʃʒxɣhʔlrɾjwaeiouəɛɔɯøyǃʘ"
MARKS = "ʰʷʲːˑ̥̬̃̊ⁿᵐᵑᶢˈˌ˥˩¹²͜͡˞̩̆ˀʼ"
HANGUL = "학문국물값닭아이여예쀍ㄱㅏ가"
words = st.text(st.sampled_from(LETTERS + MARKS + HANGUL + " +.-é한"), max_size=12)
anything = st.text(max_size=8).filter(lambda text: BLANK not in text)


@examples(4)
@given(st.one_of(words, anything), st.sampled_from(["ipa", "grapheme", "jamo", "hangul-ur"]))
def test_segments_concatenate_to_the_word(text, units):
    try:
        segments = segment(text, units, keep_edges=True)
    except InputError:
        assume(False)
    assert "" not in segments and not any(" " in one for one in segments)
    if units != "hangul-ur":  # whose segments are IPA
        assert join(segments, units) == unicodedata.normalize("NFC", re.sub(r"\s+", " ", normalize(text)))
    assert segment(text, units) == tuple(one for one in segments if one != EDGE)


@examples(2)
@given(st.lists(st.text(st.sampled_from(LETTERS + MARKS), min_size=1, max_size=3), max_size=6))
def test_what_has_blanks_between_segments_is_read_back(segments):
    read = segment(" ".join(segments), "space")
    assert read == segment(join(read, "space"), "space")
    assert join(read, "space") == unicodedata.normalize("NFC", " ".join(segments))


@examples(2)
@given(st.text(st.sampled_from("abcdé"), min_size=1, max_size=10), st.sets(st.sampled_from(["ab", "bc", "abc", "dd"])))
def test_a_profile_takes_a_word_apart_and_loses_nothing(text, more):
    profile = Profile({grapheme: (grapheme,) for grapheme in [*"abcdé", *more]})
    segments = profile.segment(text, EDGE)
    assert "".join(segments) == text
    assert set(segments) <= {*"abcdé", *more}
