"""The keys of a study's sections are the options of the verbs, and the reference says them all."""

import re
import tomllib

import pytest

from fairseq_phonology.workflow.sections import (
    GENERATE,
    READING,
    SECTIONS,
    Options,
    actions_of,
    homes_of,
    shown,
    text_of,
)
from fairseq_phonology.workflow.study import read_study
from tests.helpers import REPOSITORY

REFERENCE = (REPOSITORY / "docs" / "reference" / "study.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", REFERENCE, re.DOTALL)
VERBS = sorted({one for section in SECTIONS.values() for one in section.commands} - {READING, GENERATE})


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_of_a_verb_is_a_key_or_refused_with_the_reason(verb):
    sections = [section for section in SECTIONS.values() if verb in section.commands]
    elsewhere = {key for section in SECTIONS.values() for key in section.all_keys()}
    for key in actions_of(verb):
        known = any(key in section.all_keys() or section.why_not(key) for section in sections)
        assert known or key in elsewhere, f"{verb} --{key}"


def test_what_is_refused_with_a_reason_exists():
    for section in SECTIONS.values():
        for key in section.without:
            assert any(key in actions_of(command) for command in section.commands), key
        for command, keys in section.only.items():
            assert set(keys) <= set(actions_of(command))


def test_options_of_fairseq_generate_are_fairseqs():
    from fairseq import options

    from fairseq_phonology.training.config import PhonologyConfig

    parser = options.get_generation_parser()
    known = {name[2:].replace("-", "_") for name in parser._option_string_actions if name.startswith("--")}
    assert set(actions_of(GENERATE)) <= known | set(PhonologyConfig.__dataclass_fields__)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_examples_of_the_reference_are_read(written, example):
    for name in set(re.findall(r'"([\w-]+\.tsv)"', example)):
        written("ur\tsr\n학문\tk0104\n", name)
    for name in set(re.findall(r'"([\w-]+\.toml)"', example)):
        (written("", name)).write_text(
            '[inventory]\nsegments = "k m ŋ a"\n[[process]]\nname = "obstruent-nasalization"\nrules = "k -> ŋ / _ m"\n',
            encoding="utf-8",
        )
    assert read_study(written(example)).words


def test_every_section_has_its_place_in_the_reference():
    headings = set(re.findall(r"\[(\w+)(?:\.NAME)?\]", " ".join(re.findall(r"^## .*", REFERENCE, re.MULTILINE))))
    assert headings == {*SECTIONS, "model", "models"}
    assert set(re.findall(r"```\{study-keys\} (\w+)", REFERENCE)) == set(SECTIONS)
    assert {key for example in EXAMPLES for key in tomllib.loads(example)} >= {"words", "models", "stimuli", "human"}


def options_of(written, text):
    (name,) = re.findall(r"^\[(\w+)\]", text)
    top = 'grammar = "toy.toml"\nprocess = "nasalization"\n' + ("" if name == "words" else "[words]\nnonce = 1000\n")
    return read_study(written(top + text))


def test_values_become_words(written):
    study = options_of(
        written,
        "[stimuli]\nstems = 3\nedge = false\ncarriers = ['ta', 'ko']\nall_exclusions = false\nheader = true\n",
    )
    words = ("--stems", "3", "--no-edge", "--carriers", "ta ko", "--header")
    assert study.stimuli["designed"].options == Options(words)
    assert study.stimuli["designed"].options.get("--stems") == "3"
    assert study.stimuli["designed"].options.get("--header") == ""
    assert study.stimuli["designed"].options.get("--nothing") is None


@pytest.mark.parametrize(
    "section, said",
    [
        ("[stimuli]\nstems = [3]", "line 6: [stimuli] stems: found [3]; allowed: a number, no list"),
        ("[stimuli]\nstems = true", "line 6: [stimuli] stems: found true; allowed: a number"),
        ("[stimuli]\nall_exclusions = 'yes'", "line 6: [stimuli] all_exclusions: found 'yes'; allowed: true or false"),
        ("[stimuli]\nedge = 1", "line 6: [stimuli] edge: found 1; allowed: true or false"),
        ("[stimuli]\nitems = ''", "line 6: [stimuli] items: found ''; allowed: a file"),
        ("[stimuli]\nitems = 2020-02-02", "found the date or time 2020-02-02; allowed: a file"),
        ("[stimuli]\nunits = 'hanguls'", "line 6: [stimuli] units: found 'hanguls'; allowed: space, ipa, grapheme"),
        ("[stimuli]\nunits = 3", "line 6: [stimuli] units: found 3; allowed: space, ipa, grapheme"),
        ('[stimuli]\nstratum = "a\\nb"', r"line 6: [stimuli] stratum: found 'a\nb'; allowed: a text"),
        ("[stimuli]\nphonotactics = false", "found false; allowed: a file (true: the training words of this study)"),
        ("[stimuli]\nfillers = inf", "line 6: [stimuli] fillers: found inf; allowed: a number"),
        ("[stimuli]\nfillers = 1.5", "line 6: [stimuli] --fillers is '1.5'; allowed: a whole number, 0 to 1,000,000"),
        (
            "[stimuli]\ncarriers = ['ta ko', 'pi']",
            "found ['ta ko', 'pi']; allowed: texts without ' ', which parts them",
        ),
        ("[test]\nlist = 'list.tsv'\ntag_columns = []", "tag_columns: found []; allowed: a text, or a list of these"),
    ],
)
def test_a_value_that_an_option_does_not_take_is_refused(refused, section, said):
    assert said in refused(f'grammar = "toy.toml"\nprocess = "nasalization"\n[words]\nnonce = 1000\n{section}\n')


def test_homes_of_keys():
    assert list(homes_of("stems")) == ["stimuli"]
    assert list(homes_of("nothing")) == []


def test_what_is_found_is_shown_in_short():
    found = [True, "a" * 100, list(range(100)), {}, {"a": 1}, [["long" * 20]]]
    short = ["true", "'" + "a" * 36 + "...", "[0, 1, 2, 3, ...]", "an empty table", "a table"]
    assert [shown(each) for each in found[:5]] == short
    assert len(shown(found[5])) < 70


def test_texts_of_a_command_line():
    assert [text_of(each) for each in (3, 0.5, "a b", "", True, float("nan"), "\x00", None, [])] == [
        *("3", "0.5", "a b"),
        *[None] * 6,
    ]
