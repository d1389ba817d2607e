"""A toy Korean, and crossed designs of its words: what the models that are set by hand are asked about."""

import tomllib

from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.crossed import crossed
from fairseq_phonology.stimuli.items import Item
from tests.helpers.designed import Unit, cross
from tests.helpers.hand_set import NASAL

PROCESS = "obstruent-nasalization"
GRAMMAR = """
language = "toy Korean"

[inventory]
segments = "p pʰ p͈ t tʰ t͈ k kʰ k͈ s l m n ŋ a i u"

[inventory.features]
"p͈" = "p [+cg]"
"t͈" = "t [+cg]"
"k͈" = "k [+cg]"

[syllable]
onsets = ["", "p", "pʰ", "p͈", "t", "tʰ", "t͈", "k", "kʰ", "k͈", "s", "l", "m", "n"]
nuclei = "a i u"
codas = ["", "p", "t", "k", "m", "n", "ŋ", "s", "l"]

[[process]]
name = "obstruent-nasalization"
map = { p = "m", t = "n", k = "ŋ" }
environment = "_ [+nas]"

[controls.obstruent-nasalization]
target = ["m", "ŋ"]
trigger = ["pʰ", "tʰ", "kʰ", "p͈", "t͈", "k͈"]
"""

# stems without their last segment, and what follows the first segment of a suffix: with and without other nasals
FRAMES = (
    "s a|l u|n a l u|s i t a|m u s i|t a l a|l i n u|s u k i|p i s a m u|t u l a s i|k a t i l u|s i m u k a".split("|")
)
RESTS = "a|i|u|a s|i l|u s a|a l i|i s u".split("|")
TARGETS = "p t k".split()
CONTROLS = {"nasal": "m ŋ".split(), "oral": "s l".split()}  # Korean's are nasal; the toy language has oral ones, too
DESIGNS = (*CONTROLS, "drawn")
TRIGGERS = "m n".split()
BLOCKERS = "pʰ tʰ kʰ p͈ t͈ k͈".split()


def units(letter: str, parts: list[str], segments: list[str]) -> list[Unit]:
    """Each part with the next of the segments: stems end with it, suffixes begin with it."""
    chosen = [segments[n % len(segments)] for n in range(len(parts))]
    if letter in "TC":
        return [Unit(letter, (*part.split(), s), -1) for part, s in zip(parts, chosen, strict=True)]
    return [Unit(letter, (s, *part.split())) for part, s in zip(parts, chosen, strict=True)]


def design(
    controls: list[str], frames: list[str] = FRAMES, triggering: list[str] = RESTS, blocking: list[str] = RESTS
) -> list[Item]:
    """Stems with p t k or a control segment, and suffixes with a nasal or another obstruent."""
    stems = [*units("T", frames, TARGETS), *units("C", frames, controls)]
    return cross(stems, [*units("R", triggering, TRIGGERS), *units("N", blocking, BLOCKERS)], NASAL)


def items(name: str) -> list[Item]:
    """12 + 12 stems x 8 + 8 suffixes.

    With ``nasal`` and ``oral`` controls made here, T and C stems, and R and N suffixes, differ in one segment only;
    those ``drawn`` by `crossed` (controls nasal) are alike in shape, and other nasals fall where they may.
    """
    if name == "drawn":
        grammar = Grammar.from_table(tomllib.loads(GRAMMAR))
        return list(crossed(grammar, PROCESS, stems=12, suffixes=8, syllables=(2, 3)).items)
    return design(CONTROLS[name])
