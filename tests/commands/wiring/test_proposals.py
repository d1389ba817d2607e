"""Proposed commands: what a shell would run, with languages where the task does not find them by itself."""

from __future__ import annotations

import shlex
from itertools import pairwise
from pathlib import Path

from fairseq_phonology.commands.wiring.proposals import generation, say_after_prepare
from fairseq_phonology.corpus.pairs import Word
from fairseq_phonology.training.dictionaries import Dictionaries


def words(number: int, length: int = 5) -> list[Word]:
    return [Word(("a",) * length, ("a",) * length, "", "", "l.tsv", n) for n in range(1, number + 1)]


def options(command: str) -> dict[str, str]:
    parts = shlex.split(command)
    return {one: other for one, other in pairwise(parts) if one.startswith("--")}


def test_training_is_proposed_with_a_line_that_explains_its_numbers(tmp_path, capsys):
    say_after_prepare(tmp_path, {"train": words(1000), "valid": words(10), "valid1": words(10)})
    explained, command, _ = capsys.readouterr().out.splitlines()
    given = options(command.removeprefix("next: "))
    updates, batch, epochs = (int(given[name]) for name in ("--total-num-update", "--max-tokens", "--max-epoch"))
    assert (updates, batch, epochs) == (1500, 300, 75)
    assert given["--valid-subset"] == "valid,valid1"
    assert (Path(given["--user-dir"]) / "task.py").is_file()
    assert explained.startswith(
        "training length: 1,000 words (6,000 symbols, EOS included) in batches of up to 300 symbols are 20 updates an "
        "epoch; 75 epochs are 1,500 updates"
    )


def test_one_update_is_one(tmp_path, capsys):
    say_after_prepare(tmp_path, {"train": words(1), "valid": words(1)})
    assert (
        "1 word (6 symbols, EOS included) in batches of up to 256 symbols is 1 update an epoch; 200 epochs are 200"
        in (capsys.readouterr().out)
    )


def test_very_long_words_get_the_positions_they_need(tmp_path, capsys):
    say_after_prepare(tmp_path, {"train": words(20, 1100), "valid": words(10)})
    given = options(capsys.readouterr().out.splitlines()[1])
    assert given["--max-source-positions"] == given["--max-target-positions"] == given["--max-tokens"] == "1101"


def test_generation_names_languages_subset_and_paths_with_blanks(tmp_path):
    data = tmp_path / "my data"
    data.mkdir()
    path, dictionaries = tmp_path / "my model.pt", Dictionaries(data, "xx.g", "xx.p")
    given = options(generation(path, dictionaries, data, "valid"))
    assert shlex.split(generation(path, dictionaries, data, "valid"))[1] == str(data)
    assert (given["--source-lang"], given["--target-lang"], given["--path"]) == ("xx.g", "xx.p", str(path))
    assert given["--gen-subset"] == "valid", "there is no test"
    (data / "test.xx.g-xx.p.xx.g.idx").touch()
    assert options(generation(path, dictionaries, data, "valid", cpu=True))["--gen-subset"] == "test"
    assert "--source-lang" not in generation(path, Dictionaries(data), data, "valid")
