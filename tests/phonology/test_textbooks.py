"""Rules as introductions write them, on the words that they are known by; the segments are simplified to the point."""

import pytest

from fairseq_phonology.phonology.grammar import Grammar

SYLLABLES = {"onsets": ["", *"ptkbdɡshmnlr"], "nuclei": list("aeiou"), "codas": ["", *"ptkbdɡshmnlr"]}


@pytest.mark.parametrize(
    ("segments", "rules", "forms"),
    [
        pytest.param(
            "p t k b d ɡ s z n r a o u",
            ["[−son] → [−voice] / __ #"],
            {"r a d": "r a t", "r a d + a": "r a d a"},
            id="final devoicing (German, Polish)",
        ),
        pytest.param(
            "p t k b d ɡ s z n r a o u",
            ["[–son] → [α voice] / __ [–son, α voice]"],
            {"r a b + k a": "r a p k a", "p r o s + b a": "p r o z b a", "r a b n a": "r a b n a"},
            id="voicing assimilation (Russian)",
        ),
        pytest.param(
            "p t k ɡ s z ʃ t͡ʃ d n l æ ɪ ɔ",
            ["Ø → ɪ / [+strident] + __ z #", "z → [−voice] / [−voice] + __ #"],
            {"d ɔ ɡ + z": "d ɔ ɡ z", "k æ t + z": "k æ t s", "k ɪ s + z": "k ɪ s ɪ z"},
            id="plural (English)",
        ),
        pytest.param(
            "p t k pʰ tʰ kʰ s n ɪ æ",
            ["[−son, −cont, −voi] → [+spread glottis] / # __ V"],
            {"p ɪ n": "pʰ ɪ n", "s p ɪ n": "s p ɪ n", "n ɪ p": "n ɪ p"},
            id="aspiration (English)",
        ),
        pytest.param(
            "t d ɾ l ɹ æ i ə",
            ["{t, d} → [ɾ] / V (ɹ) __ V"],
            {"l æ t ə ɹ": "l æ ɾ ə ɹ", "d æ ɹ t i": "d æ ɹ ɾ i", "t i": "t i"},
            id="flapping (English)",
        ),
        pytest.param(
            "b n a d ɔ t ã ɔ̃ p ɛ ɛ̃ m",
            ["V → [+nasal] / __ [+nasal] {C, #}", "[+nas] → Ø / [+syl, +nas] __"],
            {"b ɔ n": "b ɔ̃", "p a n t": "p ã t", "b ɔ n a": "b ɔ n a"},
            id="nasalization, nasal deletion (French)",
        ),
        pytest.param(
            "p t k s l h i u a e o n",
            ["s → h / __ {C, #}"],
            {"e s t a s": "e h t a h", "s a s a": "s a s a"},
            id="aspiration of s (Spanish)",
        ),
        pytest.param(
            "b d ɡ β ð ɣ n a e o l t",
            ["[+voice, −son, −cont] → [+cont] / V __"],
            {"d e d o": "d e ð o", "n a d a": "n a ð a", "a n d a": "a n d a", "l a + b o l a": "l a β o l a"},
            id="spirantization (Spanish)",
        ),
        pytest.param(
            "d a ɡ u r b n m ø",
            ["a → ø / __ C₀ u", "Ø → u / C __ r #"],
            {"d a ɡ + r": "d a ɡ u r", "b a r n + u m": "b ø r n u m"},
            id="umlaut before epenthesis (Icelandic)",
        ),
        pytest.param(
            "p b t d k f s h l n i y u e ø o æ a j",
            ["V → [−back] / __ C₀ {i, j}"],
            {"f o t + i": "f ø t i", "k u n + j a": "k y n j a", "p a n": "p a n"},
            id="i-umlaut (Germanic)",
        ),
        pytest.param(
            "p t k s ʃ f i u a m n",
            ["s → ʃ / i (C) __"],
            {"i s a": "i ʃ a", "i k s a": "i k ʃ a", "i k n s a": "i k n s a", "u s i": "u s i"},
            id="palatalization over a consonant (Karok)",
        ),
        pytest.param(
            "l o ɡ w h i n d u b k x a t",
            ["Ø → i / C __ C {C, #}", "i → u / u C₀ __", "a → o / o C₀ __"],
            {"l o ɡ w + h i n": "l o ɡ i w h i n", "d u b + h i n": "d u b h u n", "b o k + a l": "b o k o l"},
            id="epenthesis, harmony between vowels of one height (Yokuts)",
        ),
        pytest.param(
            "p a n i t k e",
            ["V → [−long] / __ C {C, #}"],
            {"p aː n t a": "p a n t a", "p aː n a": "p aː n a", "p aː n": "p a n"},
            id="shortening in closed syllables (Yokuts)",
        ),
        pytest.param(
            "p t k m n ŋ l r j w a i u",
            ["V → Ø / V C C₀ V C C₀ __ #", "C → Ø / C __ #", "[−syl, −cor, -son] → Ø / __ #"],
            {"j i l i j i l i": "j i l i j i l", "w a ŋ k a l k a": "w a ŋ k a l", "p u l ŋ a": "p u l ŋ a"},
            id="apocope of long words, cluster reduction (Lardil)",
        ),
        pytest.param(
            "k a u s h ʔ t", ["V → Ø / V C __ C V", "ʔ C → 2 1"], {"k a + ʔ u s a h": "k a s ʔ a h"}, id="Hanunoo"
        ),
        pytest.param(
            "h i t s ʃ a m e k b r",
            ["t {s, ʃ} → 2 1 / h i __"],
            {"h i t + s a m e k": "h i s t a m e k", "h i t + k a b e r": "h i t k a b e r"},
            id="metathesis (Hebrew)",
        ),
        pytest.param(
            "l u n a i s f o r m t n e v",
            ["l → r / l {V, C}* _ V s"],
            {"l u n + a l i s": "l u n a r i s", "n a v + a l i s": "n a v a l i s"},
            id="dissimilation at a distance (Latin)",
        ),
        pytest.param(
            "l u n a i s f o r m t e v",
            ["l → r / l X* _ V s"],
            {"l u n + a l i s": "l u n a r i s", "f l o r + a l i s": "f l o r a l i s"},
            id="dissimilation, blocked by r (Latin)",
        ),
        pytest.param(
            "s r a e o l m n b i", ["s → r / V __ V"], {"f l o s + i s": "f l o r i s"}, id="rhotacism (Latin)"
        ),
        pytest.param(
            "h o p u k a m i t",
            ["C → Ø / __ #"],
            {"h o p u k": "h o p u", "h o p u k + i a": "h o p u k i a"},
            id="Maori",
        ),
        pytest.param(
            "t tʰ p pʰ e i m a k kʰ",
            ["[−son, +spread glottis] → [−spread glottis] / __ V C₀ [+spread glottis, −son]"],
            {"tʰ i + tʰ e m i": "t i tʰ e m i", "tʰ e m i": "tʰ e m i"},
            id="Grassmann's law (Greek)",
        ),
        pytest.param(
            "p r a s ʃ w i n k x e",
            ["Ø → Vᵢ / C __ [+son, −syl] Vᵢ"],
            {"ʃ w a p r a s": "ʃ a w a p a r a s", "k n e": "k e n e"},
            id="a copied vowel: Dorsey's law (Ho-Chunk)",
        ),
        pytest.param(
            "t a k b o s u l i",
            ["Ø → V₁ / # __ + C V₁", "Ø → C₁ / # __ V + C₁"],
            {"+ t a k b o": "t a t a k b o", "+ s u l a t": "s u s u l a t", "t a k b o": "t a k b o"},
            id="reduplication (Tagalog)",
        ),
        pytest.param(
            "k t b i u a l h m",
            ["∅ → i / C C __ C"],
            {"k a l b + h a": "k a l b i h a", "k t a b t + l u": "k t a b t i l u"},
            id="epenthesis (Cairene)",
        ),
        pytest.param(
            "p t k s ʃ i a o i̥ ɯ̥ ɯ",
            ["[+syl, +high] → [−voice] / [−voice] __ {[−voice], #}"],
            {"k i t a": "k i̥ t a", "s ɯ k i": "s ɯ̥ k i̥", "k a s a": "k a s a"},
            id="devoicing of vowels (Japanese)",
        ),
        pytest.param(
            "t s i a n ʃ", ["t → s / __ + i"], {"a t + i": "a s i", "t i n": "t i n"}, id="assibilation (Finnish)"
        ),
        pytest.param(
            "p t k b d h l a e i n s", ["[-son, -cont] → Ø / __ $"], {"h a t t a p": "h a t a"}, id="no stops in codas"
        ),
        pytest.param("p t k a i u n m", ["Cᵢ → Ø / __ Cᵢ"], {"p a t t a n k a": "p a t a n k a"}, id="degemination"),
    ],
)
def test_rules_of_textbooks(segments, rules, forms):
    sounds = dict.fromkeys([*segments.split(), *(s for ur, sr in forms.items() for s in (ur + " " + sr).split())])
    sounds.pop("+", None)
    grammar = Grammar.from_table(
        {
            "inventory": {"segments": [*sounds]},
            "classes": {"X": [s for s in sounds if s not in "lr"]},
            "syllable": {part: [s for s in some if s in sounds or not s] for part, some in SYLLABLES.items()},
            "process": [{"name": f"p{n}", "rules": rule} for n, rule in enumerate(rules)],
        }
    )
    assert {ur: " ".join(grammar.derive(ur.split()).surface) for ur in forms} == forms
