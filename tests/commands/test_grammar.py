"""``fairseq-phonology grammar``, in the process: the whole output for a small grammar, and single parts of it."""

from pathlib import Path

import pytest

from fairseq_phonology.commands import main
from tests.helpers import EXAMPLES

KOREAN = str(EXAMPLES / "korean_nasalization" / "korean.toml")
SMALL = """
language = "Test"
[inventory]
segments = "p t k b d s m n ŋ h j a á i í"
[inventory.features]
"á" = "a [+hitone]"
"í" = "i [+hitone]"
[syllable]
nuclei = ["a", "i"]
[[process]]
name = "assimilation"
citation = "nobody 2000"
rules = ["[-son, -cont] -> [αvoi] / _ [-son, -cont, αvoi]", "[-son, -cont, -voi] -> [+nas] / _ [+nas]"]
[[process]]
name = "spreading"
apply = "left-to-right"
optional = true
rules = ["[+syl, -hitone] -> [+hitone] / [+syl, +hitone] [-syl]* _", "∅ -> j / [+syl, αback] + _ [-cons, αdistr]"]
[controls.assimilation]
target = ["s", "m"]
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.toml"
    path.write_text(SMALL.replace("k b d s", "k b d ɡ s"), encoding="utf-8")
    return str(path)


def test_everything_is_shown(small, capsys, snapshot):
    assert main(["grammar", small, "--derive", "a k n i", "a p + d a"]) == 0
    said = capsys.readouterr()
    assert not said.err
    snapshot(said.out.replace(small, "small.toml"))


def test_columns_stand_below_each_other(capsys):
    main(["grammar", KOREAN])
    lines = capsys.readouterr().out.splitlines()
    header = lines.index(next(line for line in lines if line.split() == "sg cg ant cor distr lab hi back".split()))
    for line in lines[header + 1 : header + 10]:
        marks = sum(character in "\u0348\u0361" for character in line)  # take no column
        values = dict(zip(lines[header].split(), line.split()[1:], strict=True))
        place = lines[header].index("distr") + 2 + marks
        assert line[place] == values["distr"]


def test_one_process_its_sets_and_the_sites_of_a_derivation(capsys):
    words = ["--process", "obstruent-nasalization", "--derive", "거짓말", "--ur-units", "hangul-ur"]
    assert main(["grammar", KOREAN, *words]) == 0
    said = capsys.readouterr().out
    assert "[-son, -cont, -delrel, -sg, -cg]  p t k\n" in said and "[+nas]                            m n ŋ\n" in said
    assert "targets                           p → m, t → n, k → ŋ\n" in said and "m n ŋ, to the right" in said
    assert "aspiration" not in said and "vowels" not in said
    assert "site: t → n at 5, by m at 6, fed by neutralization\n" in said


def test_an_optional_process_applies_in_derivations_on_request(capsys):
    words = ["grammar", KOREAN, "--derive", "k a n p a", "--process", "place-assimilation"]
    main(words)
    assert "[k a n p a]" in capsys.readouterr().out
    main([*words, "--with", "place-assimilation"])
    assert "[k a m p a]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["--process", "harmony"], "no process 'harmony'; it has: aspiration", id="process"),
        pytest.param(["--derive", "k x a"], "has segments that the inventory lacks: x", id="segment"),
        pytest.param(
            ["--stratum", "sino", "--derive", "a"], "--stratum sino, and the grammar has no [strata]", id="no"
        ),
        pytest.param(["--with", "harmony", "--derive", "a"], "no process 'harmony'", id="with"),
    ],
)
def test_what_it_refuses(words, message, capsys):
    assert main(["grammar", KOREAN, *words]) == 2
    assert message in capsys.readouterr().err


def test_a_grammar_that_is_refused_is_shown_first(small, capsys):
    path = Path(small)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("[-son, -cont, -voi] -> [+nas]", "[-son] -> [+nas]"), encoding="utf-8")
    assert main(["grammar", small, "--derive", "a t n a"]) == 2
    said = capsys.readouterr()
    assert "p → m, t → n, k → ŋ, b → m, d → n, ɡ → ŋ, s → ?\n" in said.out and "plosives" in said.out
    assert f"{small}, line 13: process 'assimilation': in “[-son] -> [+nas] / _ [+nas]”, s cannot" in said.err


def test_nonce_names_a_rule_that_changes_nothing(small, capsys, caplog):
    assert main(["nonce", small, "--n", "2", "--syllables", "1"]) == 0
    assert "small.toml, line 18: process 'spreading': the rule “[+syl, -hitone]" in caplog.text


@pytest.mark.parametrize(
    ("rule", "lines"),
    [
        ("C1 -> ∅ / C1 _", ["targets   p → ∅, t → ∅, s → ∅, n → ∅, l → ∅", "triggers  the same segment, to the left"]),
        ("s [-son, -cont] -> 2 1 / _ #", ["targets   s ⇄ p t", "triggers  p t, to the right"]),
        ("n -> t / _ (l) [-voi]", ["targets   n → t", "triggers  p t s, to the right"]),
        ("∅ -> a / n _ #", ["targets   ∅ → a", "triggers  n, to the left"]),
    ],
)
def test_targets_and_triggers_of_a_rule(rule, lines, tmp_path, capsys):
    path = tmp_path / "g.toml"
    path.write_text(f'[inventory]\nsegments = "p t s n l a"\n[[process]]\nname = "x"\nrules = "{rule}"\n', "utf-8")
    main(["grammar", str(path), "--process", "x"])
    said = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in said if line.startswith(("targets", "triggers"))] == lines


STRATA = """
[inventory]
segments = "t d l a"
[strata]
native = 1
sino = 3
[[process]]
name = "voicing"
rules = "t -> d / l _"
rate = { native = 0.25, sino = 1 }
[[process]]
name = "l-drop"
rules = "l -> ∅ / _ d"
rate = 0.5
strata = ["sino"]
"""

UNDONE = """
[inventory]
segments = "t d l a i"
[[process]]
name = "voicing"
rules = "t -> d / l _"
rate = 0.25
[[process]]
name = "devoicing"
rules = "d -> t / _ #"
[[process]]
name = "raising"
rules = "a -> i / _ l"
rate = 0.2
"""


def test_strata_rates_and_variants(tmp_path, capsys):
    path = tmp_path / "strata.toml"
    path.write_text(STRATA, encoding="utf-8")
    assert main(["grammar", str(path), "--derive", "a l t a"]) == 0
    said = capsys.readouterr().out
    assert "stratum native: 25.00 % of nonce words\nstratum sino: 75.00 % of nonce words\n" in said
    assert "voicing, rate 25.00 % in native and 100.00 % in sino\n" in said
    assert "l-drop, rate 50.00 % in sino only\n" in said and "rules pass over" not in said
    native, sino = said.partition("stratum: native\n")[2].split("\nstratum: sino\n")
    assert native.endswith(
        "variants, by voicing:\n   75.00 %  [a l t a]  none applied\n   25.00 %  [a l d a]  voicing applied\n"
    )
    assert sino.endswith(
        "variants, by l-drop:\n   50.00 %  [a d a]    l-drop applied\n   50.00 %  [a l d a]  none applied\n"
    )
    assert main(["grammar", str(path), "--derive", "a l t a", "a l a <native>", "--stratum", "sino"]) == 2
    assert "/a l a <native>/ would be of the strata sino and native; allowed: one" in capsys.readouterr().err
    assert main(["grammar", KOREAN, "--stratum", "slang"]) == 2
    assert "unknown stratum 'slang'; the grammar has: native, compound, verb, sino" in capsys.readouterr().err


def test_an_sr_with_and_without_a_process(tmp_path, capsys):
    path = tmp_path / "undone.toml"
    path.write_text(UNDONE, encoding="utf-8")
    assert main(["grammar", str(path), "--derive", "a l t", "i l t"]) == 0
    said = capsys.readouterr().out
    assert (
        "variants, by voicing and raising:\n"
        "   80.00 %  [a l t]  voicing applied in 25.00 % of it\n"
        "   20.00 %  [i l t]  raising applied, voicing applied in 25.00 % of it\n"
    ) in said
    assert "variants, by voicing:\n  100.00 %  [i l t]  voicing applied in 25.00 % of it\n" in said


def test_strata_that_do_not_count_are_not_asked_about(capsys):
    options = ["grammar", KOREAN, "--process", "l-tensification", "--ur-units", "hangul-ur", "--derive", "갈등"]
    assert main(options) == 0
    said = capsys.readouterr().out
    assert "stratum: " not in said and said.count("[k a l t ɯ ŋ]") == 1
    assert "strata count with n-insertion, l-tensification or stem-tensification only (--with NAME)" in said
    assert main([*options, "--with", "l-tensification"]) == 0
    assert "stratum: sino\n" in (said := capsys.readouterr().out) and said.count("[k a l t͈ ɯ ŋ]") == 1
