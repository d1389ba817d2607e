"""A study of seconds: a toy grammar, a list, and a study file beside them."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.toy_grammar import toy_grammar

SYLLABLES = """
[syllable]
onsets = ["p", "t", "k", "m", "n", "s", "f"]
nuclei = ["a", "i", "u"]
codas = ["", "p", "t", "k", "m", "n", "ŋ"]
"""
LIST = "id\tur\tsr\nw1\tp a t m a\tp a n m a\nw2\tk a p\tk a p\n"
STUDY = """
grammar = "toy.toml"
process = "nasalization"
seeds = 1
[words]
nonce = 400
[model]
encoder_layers = 1
decoder_layers = 1
epochs = 3
[test.some]
list = "some.tsv"
heatmaps = ["p a t m a"]
[stimuli.designed]
stems = 8
"""


def write_study(folder: Path, text: str = STUDY) -> Path:
    """The study file in a folder, with the files that it names."""
    grammar = toy_grammar().replace("[[process]]", f"{SYLLABLES}[[process]]", 1)
    for name, content in (("toy.toml", grammar), ("some.tsv", LIST), ("study.toml", text)):
        (folder / name).write_text(content, encoding="utf-8")
    return folder / "study.toml"


def with_lines(text: str, **values: object) -> str:
    """A study file where keys have other values."""
    for key, value in values.items():
        lines = [f"{key} = {value}" if line.startswith(f"{key} = ") else line for line in text.splitlines()]
        text = "\n".join(lines) + "\n"
    return text


def with_model(folder: Path, model: str) -> Path:
    """A study of one pair, whose section on the model is given."""
    (folder / "pairs.tsv").write_text("ur\tsr\na\ta\n", encoding="utf-8")
    path = folder / "study.toml"
    path.write_text(f'[words]\npairs = "pairs.tsv"\n{model}\n', encoding="utf-8")
    return path
