"""Three grammars against thirty attested words each."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.transcription import drop_edges, segment

FOLDER = Path(__file__).parent
LANGUAGES = {  # language -> process
    "hungarian": "voicing-assimilation",
    "german": "final-devoicing",
    "spanish": "nasal-place-assimilation",
}


def attested(language):
    with (FOLDER / f"{language}.tsv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def ipa(text):
    return segment(text, "ipa", keep_edges=True)


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request):
    return request.param


def test_each_list_has_thirty_words_with_what_shows_the_underlying_form(language):
    words, grammar = attested(language), Grammar.load(FOLDER / f"{language}.toml")
    assert len({row["word"] for row in words}) == len(words) == 30
    assert [row["word"] for row in words if (row["process"] != "none") > bool(row["evidence"])] == []
    assert grammar.citation and [process.name for process in grammar.processes] == [LANGUAGES[language]]
    used = {s for row in words for form in ("ur", "sr") for s in drop_edges(ipa(row[form]))}
    assert used <= set(grammar.inventory)


def test_the_grammar_derives_every_attested_word(language):
    grammar = Grammar.load(FOLDER / f"{language}.toml")
    derived = {row["word"]: grammar.derive(ipa(row["ur"])) for row in attested(language)}
    wrong = [str(derived[row["word"]]) for row in attested(language) if derived[row["word"]].surface != ipa(row["sr"])]
    assert wrong == []
    for row in attested(language):
        assert (",".join(derived[row["word"]].processes) or "none") == row["process"], row["word"]


@pytest.mark.parametrize(
    ("language", "changes"),
    [
        ("hungarian", {"s z": 1, "k ɡ": 3, "t d": 4, "ʃ ʒ": 5, "d t": 2, "z s": 3, "ʒ ʃ": 1, "v f": 1, "ɡ k": 5}),
        ("german", {"b p": 8, "d t": 10, "ɡ k": 6, "z s": 3}),
        ("spanish", {"n m": 4, "n ɱ": 4, "n n̪": 12, "n n̟": 4, "n nʲ": 1, "n ŋ": 16}),
    ],
)
def test_every_change_of_the_process_is_attested(language, changes):
    found = Counter()
    for row in attested(language):
        pairs = zip(drop_edges(ipa(row["ur"])), ipa(row["sr"]), strict=True)
        found.update(f"{ur} {sr}" for ur, sr in pairs if ur != sr)
    assert found == changes
