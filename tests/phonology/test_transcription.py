"""Segments by hand for every unit, all that the IPA chart combines, round trips, and what the messages say."""

import random
import re
import unicodedata
from pathlib import Path

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.profile import Profile
from fairseq_phonology.phonology.transcription import UNITS, drop_edges, join, segment


@pytest.mark.parametrize(
    ("text", "units", "segments"),
    [
        pytest.param(" k a  t͡ɕ ", "space", "k a t͡ɕ", id="space: any number of blanks"),
        pytest.param("t͡ɕʰaːk͈i", "ipa", "t͡ɕʰ aː k͈ i", id="ipa: tie bar, aspiration, length, tense"),
        pytest.param("t͜sʼa", "ipa", "t͜sʼ a", id="ipa: tie bar below, ejective"),
        pytest.param("kʷʰãã", "ipa", "kʷʰ ã ã", id="ipa: two modifiers, composed and combining nasality"),
        pytest.param("ʰtaⁿda", "ipa", "ʰt a ⁿd a", id="ipa: preaspiration has nothing before it"),
        pytest.param("ˈkaˌta", "ipa", "ˈ k a ˌ t a", id="ipa: stress belongs to no segment"),
        pytest.param("ma˥˩", "ipa", "m a ˥˩", id="ipa: one contour of tone letters"),
        pytest.param("ma⁵¹", "ipa", "m a ⁵¹", id="ipa: a tone in superscript digits"),
        pytest.param("bɜ˞ːd", "ipa", "b ɜ˞ː d", id="ipa: the rhotic hook belongs to its letter"),
        pytest.param("ab c", "ipa", "a b ␣ c", id="ipa: a blank is a segment of its own"),
        pytest.param("aᵐbaᵑɡɔᵐba", "ipa", "a ᵐb a ᵑɡ ɔ ᵐb a", id="ipa: prenasalized inside as at the edges"),
        pytest.param("uⁿd͡ʒaᶮɟaᶯɖa", "ipa", "u ⁿd͡ʒ a ᶮɟ a ᶯɖ a", id="ipa: prenasalized affricate, palatal, retroflex"),
        pytest.param("aᵑᵐɡ͡baᵐɡ͡ba", "ipa", "a ᵑᵐɡ͡b a ᵐɡ͡b a", id="ipa: prenasalized doubly articulated stops"),
        pytest.param("aⁿ̪d̪aᵐ̥pa", "ipa", "a ⁿ̪d̪ a ᵐ̥p a", id="ipa: a prenasalization with marks"),
        pytest.param("aⁿɡaⁿɾãᵐtá˞ⁿl", "ipa", "a ⁿɡ a ⁿɾ ã ᵐt á˞ ⁿl", id="ipa: before any consonant behind a vowel"),
        pytest.param("sⁿkaⁿna", "ipa", "s ⁿk aⁿ n a", id="ipa: ⁿ of any place before a stop, not before a nasal"),
        pytest.param("hɪdⁿn̩", "ipa", "h ɪ dⁿ n̩", id="ipa: nasal release"),
        pytest.param("dⁿatⁿktⁿ", "ipa", "dⁿ a tⁿ k tⁿ", id="ipa: nasal release before vowel, other place, end"),
        pytest.param("ãⁿaⁿ", "ipa", "ãⁿ aⁿ", id="ipa: before no stop a superscript nasal is a vowel's"),
        pytest.param("?ⁿla", "ipa", "?ⁿ l a", id="ipa: behind what is no vowel it belongs to what stands before it"),
        pytest.param("aᵈnaᵗsa", "ipa", "a ᵈn a ᵗs a", id="ipa: prestopped nasal and affricate"),
        pytest.param("pɹɪnᵗsmᵇa", "ipa", "p ɹ ɪ nᵗ s mᵇ a", id="ipa: a stop behind a nasal is the nasal's"),
        pytest.param("aᵑǃaᶢǀʱaŋ͡ǂaǃ͡qʰᵏǃ͡χ", "ipa", "a ᵑǃ a ᶢǀʱ a ŋ͡ǂ a ǃ͡qʰ ᵏǃ͡χ", id="ipa: clicks"),
        pytest.param("ᵑ͡ǃaᵑ͡ǃa", "ipa", "ᵑ͡ǃ a ᵑ͡ǃ a", id="ipa: a tied superscript"),
        pytest.param("j͡aə͡lã͡ĩ", "ipa", "j͡a ə͡l ã͡ĩ", id="ipa: tied diphthongs"),
        pytest.param("aʰpaˀba", "ipa", "aʰ p aˀ b a", id="ipa: undecided marks belong to the letter before"),
        pytest.param("ŋaː˦ˀ˥na˧ˀ˨ʔa˥̰", "ipa", "ŋ aː ˦ˀ˥ n a ˧ˀ˨ ʔ a ˥̰", id="ipa: tones with phonation"),
        pytest.param("ma˥ⁿda˥ʰpa⁵⁵⁻³³", "ipa", "m a ˥ ⁿd a ˥ ʰp a ⁵⁵⁻³³", id="ipa: what follows a tone"),
        pytest.param("ꜜka˥ʰ", "ipa", "ꜜ k a ˥ʰ", id="ipa: downstep; a mark of a tone at the end"),
        pytest.param("e˕at˖o˔k˭n̥˗", "ipa", "e˕ a t˖ o˔ k˭ n̥˗", id="ipa: spacing diacritics"),
        pytest.param("t̪͡s̪ʷʼk͜ps͢θ", "ipa", "t̪͡s̪ʷʼ k͜p s͢θ", id="ipa: ties with marks, below, sliding"),
        pytest.param(
            "t͡ʃew⁽ᵝ⁾ámᵑɡola", "ipa", "t͡ʃ e w⁽ᵝ⁾ á m ᵑɡ o l a", id="ipa: weak articulation; a syllabic nasal before"
        ),
        pytest.param("ⁿdahäᶯɖəːⁿɡeꜜ", "ipa", "ⁿd a h ä ᶯɖ əː ⁿɡ e ꜜ", id="ipa: vowels with marks; downstep at the end"),
        pytest.param("+ⁿda.ʰta‿na", "ipa", "ⁿd a . ʰt a ‿ n a", id="ipa: edges take no mark"),
        pytest.param("e\u0301a", "grapheme", "é a", id="grapheme: combining accent"),
        pytest.param("नमस्ते", "grapheme", "न म स्ते", id="grapheme: conjunct"),
        pytest.param("학문", "jamo", "ᄒ ᅡ ᆨ ᄆ ᅮ ᆫ", id="jamo: onset and coda letters differ"),
        pytest.param("ㄱㄴ순", "jamo", "ㄱ ㄴ ᄉ ᅮ ᆫ", id="jamo: compatibility letters stay"),
        pytest.param("학문", "hangul-ur", "h a k m u n", id="hangul-ur: a word"),
        pytest.param("아이", "hangul-ur", "a i", id="hangul-ur: silent ㅇ dropped"),
        pytest.param("강", "hangul-ur", "k a ŋ", id="hangul-ur: ㅇ in the coda"),
        pytest.param("값", "hangul-ur", "k a p s", id="hangul-ur: coda cluster"),
        pytest.param("밖있", "hangul-ur", "p a k͈ i s͈", id="hangul-ur: tense codas"),
        pytest.param("꽃쌍", "hangul-ur", "k͈ o t͡ɕʰ s͈ a ŋ", id="hangul-ur: tense and aspirated"),
        pytest.param("왜의위외예", "hangul-ur", "w ɛ ɰ i y ø j e", id="hangul-ur: glides and monophthongs"),
        pytest.param("닳훑", "hangul-ur", "t a l h h u l tʰ", id="hangul-ur: ㅀ and ㄾ"),
    ],
)
def test_segments(text, units, segments):
    assert segment(text, units) == tuple(segments.split())


@pytest.mark.parametrize("units", [u for u in UNITS if u not in ("hangul-ur", "profile")])
@pytest.mark.parametrize("text", ["학문", "t͡ɕʰa\u0303ː k͈i", "ㄱㄴㄷ순", "ᆯ지", "e\u0301", "각각 힣"])
def test_round_trip_is_lossless_up_to_form_c_and_blanks(text, units):
    assert join(segment(text, units), units) == " ".join(unicodedata.normalize("NFC", text).split())


@pytest.mark.parametrize("units", ["ipa", "hangul-ur", "jamo"])
def test_decomposed_input_gives_the_same_segments(units):
    text = "굳이" if units != "ipa" else "sãç"
    assert segment(unicodedata.normalize("NFD", text), units) == segment(text, units)


def test_a_profile_says_what_its_units_are():
    assert segment("aba", "profile", profile=Profile({"ab": ("x",), "a": ("a",)})) == ("x", "a")


def test_the_first_and_the_last_syllable_of_hangul():
    assert segment("가힣", "hangul-ur") == ("k", "a", "h", "i", "h")


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
        pytest.param("a+ːb", "ipa", "(U+02D0) at character 3 stands behind '+' and belongs", id="length of an edge"),
        pytest.param("ka˕ ˕a", "ipa", "(U+02D5) at character 5 stands behind ' '", id="spacing diacritic, blank"),
        pytest.param("at͡", "ipa", "the tie bar '͡' (U+0361) at character 3 joins no second letter", id="open tie bar"),
        pytest.param("책 넣", "hangul-ur", "'책 넣': a blank at character 2 is not a Hangul syllable", id="a blank"),
        pytest.param("a", "profile", "need an orthography profile (--profile FILE)", id="no profile"),
        pytest.param("a␣b", "ipa", "represents a blank", id="the blank's sign itself"),
        pytest.param("a", "ascii", "known: space, ipa, grapheme, jamo, hangul-ur, profile", id="unknown units"),
    ],
)
def test_what_cannot_be_read_is_named(text, units, message):
    with pytest.raises(InputError) as error:
        segment(text, units)
    assert message in str(error.value)


# What the chart of 2020 combines, by hand: letters, diacritics over and behind them, affricates and double
# articulations under either tie bar, prenasalized stops, clicks with accompaniments, tones.
VOWELS = "iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒ"
STOPS, CLICKS = "pbtdʈɖcɟkɡqɢʔ", "ʘǀǃǂǁ"
OTHERS = "mɱnɳɲŋɴʙrʀⱱɾɽɸβfvθðszʃʒʂʐçʝxɣχʁħʕhɦɬɮʋɹɻjɰlɭʎʟɓɗʄɠʛʍwɥʜʢʡɕʑɺɧ"
OVER = "̥̬̹̜̟̠̩̯̤̰̼̝̞̘̙̪̺̻̈̽̃̆̚" + "̴̋́̄̀̏̌̂᷄᷅᷈"
BEHIND = "ʰʷʲˠˤˡʼːˑ˞˔˕˖˗"
AFFRICATES = "ts dz tʃ dʒ tɕ dʑ ʈʂ ɖʐ pf bv kx qχ tɬ dɮ kp ɡb ŋm".split()
TONES = "˥ ˦ ˧ ˨ ˩ ˩˥ ˥˩ ˦˥ ˩˨ ˧˦˧ ˦ˀ˥ ⁵⁵ ²¹⁴".split()
PRENASALIZED = "ᵐp ᵐb ⁿt ⁿd ᶯʈ ᶯɖ ᶮc ᶮɟ ᵑk ᵑɡ ᶰq ᶰɢ ⁿt͡s ⁿd͡ʒ ᵐɡ͡b ⁿz".split()
ACCOMPANIED = [f"{before}{click}" for click in CLICKS for before in ("ᵑ", "ᶢ", "ᵏ", "ŋ͡", "ɡ͡", "k͡")]
MIDDLE = [  # what may stand anywhere in a word
    *(letter + mark for letter in VOWELS + STOPS + OTHERS + CLICKS for mark in ["", *OVER, *BEHIND]),
    *(pair[0] + tie + pair[1] + mark for pair in AFFRICATES for tie in "͜͡" for mark in ["", *BEHIND[:8]]),
    *(one + mark for one in [*PRENASALIZED, *ACCOMPANIED] for mark in ["", "ʷ", "ʰ"]),
    *("ˈ", "ˌ", "."),
]
FIRST = ["ʰp", "ʰt", "ʰk", "ˀb", "ˀm", "ʷk", "ʲk"]  # a superscript that only its place at the beginning decides


def test_all_that_the_chart_combines_is_segmented_as_it_was_composed():
    rng = random.Random(13)
    rng.shuffle(MIDDLE)
    words = [[*rng.choices([[], [rng.choice(FIRST)]], [4, 1])[0], *MIDDLE[n : n + 3]] for n in range(0, len(MIDDLE), 3)]
    for word in [*words, *([*rng.choices(MIDDLE, k=rng.randint(1, 5)), rng.choice(TONES)] for _ in range(300))]:
        expected = tuple(unicodedata.normalize("NFC", segment_) for segment_ in word)
        text = "".join(word)
        found = segment(text, "ipa")
        assert found == expected
        assert "".join(found) == unicodedata.normalize("NFC", text)
        assert segment(unicodedata.normalize("NFD", text), "ipa") == found


def test_the_examples_of_the_guide():
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "prepare.md").read_text(encoding="utf-8")
    examples = re.findall(r"`([^` ]+)` → ([^|;`]+?) *(?=[;|])", guide)
    assert len(examples) >= 11
    assert [text for text, segments in examples if segment(text, "ipa") != tuple(segments.split())] == []


@pytest.mark.parametrize("word", ["k͡al", "lk͜a", "ta͡p", "k͡ã"])
def test_a_tie_bar_between_consonant_and_vowel_is_refused(word):
    with pytest.raises(InputError, match="joins a consonant and a vowel; remove it"):
        segment(word, "ipa")
