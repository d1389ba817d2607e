"""Segments by hand for every unit, round trips, and what the messages say."""

import unicodedata

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.transcription import UNITS, drop_edges, join, segment


@pytest.mark.parametrize(
    ("text", "units", "segments"),
    [
        pytest.param(" k a  t͡ɕ ", "space", "k a t͡ɕ", id="space: any number of blanks"),
        pytest.param("t͡ɕʰaːk͈i", "ipa", "t͡ɕʰ aː k͈ i", id="ipa: tie bar, aspiration, length, tense"),
        pytest.param("t͜sʼa", "ipa", "t͜sʼ a", id="ipa: tie bar below, ejective"),
        pytest.param("kʷʰãã", "ipa", "kʷʰ ã ã", id="ipa: two modifiers, composed and combining nasality"),
        pytest.param("ʰtaⁿda", "ipa", "ʰt aⁿ d a", id="ipa: preaspiration has nothing before it"),
        pytest.param("ˈkaˌta", "ipa", "ˈ k a ˌ t a", id="ipa: stress belongs to no segment"),
        pytest.param("ma˥˩", "ipa", "m a ˥˩", id="ipa: one contour of tone letters"),
        pytest.param("ma⁵¹", "ipa", "m a ⁵¹", id="ipa: a tone in superscript digits"),
        pytest.param("bɜ˞ːd", "ipa", "b ɜ˞ː d", id="ipa: the rhotic hook belongs to its letter"),
        pytest.param("ab c", "ipa", "a b ␣ c", id="ipa: a blank is a segment of its own"),
        pytest.param("e\u0301a", "grapheme", "é a", id="grapheme: combining accent"),
        pytest.param("नमस्ते", "grapheme", "न म स्ते", id="grapheme: conjunct"),
        pytest.param("학문", "jamo", "ᄒ ᅡ ᆨ ᄆ ᅮ ᆫ", id="jamo: onset and coda letters differ"),
        pytest.param("ㄱㄴ순", "jamo", "ㄱ ㄴ ᄉ ᅮ ᆫ", id="jamo: compatibility letters stay"),
        pytest.param("학문", "hangul-ur", "h a k m u n", id="hangul-ur: a word"),
        pytest.param("아이", "hangul-ur", "a i", id="hangul-ur: silent ㅇ dropped"),
        pytest.param("강", "hangul-ur", "k a ŋ", id="hangul-ur: ㅇ in the coda"),
        pytest.param("값", "hangul-ur", "k a p s", id="hangul-ur: coda cluster"),
        pytest.param("꽃쌍", "hangul-ur", "k͈ o t͡ɕʰ s͈ a ŋ", id="hangul-ur: tense and aspirated"),
        pytest.param("왜의위외예", "hangul-ur", "w ɛ ɰ i y ø j e", id="hangul-ur: glides and monophthongs"),
        pytest.param("닳훑", "hangul-ur", "t a l h h u l tʰ", id="hangul-ur: ㅀ and ㄾ"),
    ],
)
def test_segments(text, units, segments):
    assert segment(text, units) == tuple(segments.split())


@pytest.mark.parametrize("units", [u for u in UNITS if u != "hangul-ur"])
@pytest.mark.parametrize("text", ["학문", "t͡ɕʰa\u0303ː k͈i", "ㄱㄴㄷ순", "ᆯ지", "e\u0301", "각각 힣"])
def test_round_trip_is_lossless_up_to_form_c_and_blanks(text, units):
    assert join(segment(text, units), units) == " ".join(unicodedata.normalize("NFC", text).split())


@pytest.mark.parametrize("units", ["ipa", "hangul-ur", "jamo"])
def test_decomposed_input_gives_the_same_segments(units):
    text = "굳이" if units != "ipa" else "sãç"
    assert segment(unicodedata.normalize("NFD", text), units) == segment(text, units)


def test_morpheme_edge_is_dropped_unless_kept():
    assert segment("굳+이", "hangul-ur") == ("k", "u", "t", "i")
    assert segment("굳+이", "hangul-ur", keep_edges=True) == ("k", "u", "t", "+", "i")
    assert segment("k u t + i", "space") == ("k", "u", "t", "i")
    assert drop_edges(("k", "+", "i")) == ("k", "i")


@pytest.mark.parametrize(
    ("text", "units", "message"),
    [
        pytest.param("학x", "hangul-ur", "'x' (U+0078) at character 2 is not a Hangul syllable", id="Latin letter"),
        pytest.param("ㄱ", "hangul-ur", "(U+3131) at character 1", id="lone jamo"),
        pytest.param("\u0303a", "ipa", "(U+0303) at character 1 belongs to no letter", id="mark without letter"),
        pytest.param("a␣b", "ipa", "represents a blank", id="the blank's sign itself"),
        pytest.param("a", "ascii", "known: space, ipa, grapheme, jamo, hangul-ur", id="unknown units"),
    ],
)
def test_what_cannot_be_read_is_named(text, units, message):
    with pytest.raises(InputError) as error:
        segment(text, units)
    assert message in str(error.value)
