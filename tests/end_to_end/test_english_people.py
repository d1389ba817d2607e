"""The reproduction of user_dir_examples/english_past_tense: what tables.py makes of the shared task's files.

The data are not part of the project: PHONOLOGY_TEST_DATA names a folder with sigmorphon2021_eng_past. What needs no
more than a few lines of that shape is tested on such lines.
"""

from __future__ import annotations

import csv
import importlib.util
import os
import statistics
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from tests.helpers import EXAMPLES

EXAMPLE = EXAMPLES / "english_past_tense"
DATA = Path(os.environ.get("PHONOLOGY_TEST_DATA") or "/nonexistent") / "sigmorphon2021_eng_past"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="PHONOLOGY_TEST_DATA has no sigmorphon2021_eng_past")


@pytest.fixture(scope="module")
def tables():
    spec = importlib.util.spec_from_file_location("tables", EXAMPLE / "tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def few(tmp_path):
    """Files of the shape of the shared task's."""
    past, infinitive = "V;PST;{};SG", "V;NFIN"
    stems = ["w ɔː k", "n iː d", "p l eɪ", "k ɪ s", "d r ɪ ŋ k", "h ʌ g", "w ɔ n t", "r ʌ ʃ", "m uː v", "l ʊ k"]
    forms = ["w ɔː k t", "n iː d ɪ d", "p l eɪ d", "k ɪ s t", "d r a ŋ k", "h ʌ g d", "w ɔ n t ɪ d", "r ʌ ʃ t"]
    forms += ["m uː v d", "l ʊ k t"]
    lines = []
    for stem, form in zip(stems, forms, strict=True):
        lines += [f"{stem}\t{form}\t{past.format(person)}\tx\ty" for person in (1, 3)]
        lines.append(f"{stem}\t{stem}\t{infinitive}\tx\tx")
    (tmp_path / "train.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    said = ["s k ɪ ŋ\ts k ɪ ŋ d\tV;PST;1;SG\t5.29", "s k ɪ ŋ\ts k ʌ ŋ\tV;PST;1;SG\t3.495"]
    (tmp_path / "judgements.tsv").write_text("\n".join(said) + "\n", encoding="utf-8")
    head = "pid\tisreal\tpast_rating\tlemma\tform"
    answers = ["1\t0\t5.29\tskɪŋ\tskɪŋd", "2\t1\t0\tskɪŋ\tskɪŋd", "70\t0\t7\tskɪŋ\tskʌŋ", "3\t0\t0\tskɪŋ\tskʌŋ"]
    (tmp_path / "judgements_individual.tsv").write_text("\n".join([head, *answers]) + "\n", encoding="utf-8")
    return tmp_path


def test_past_tenses_stems_and_held_out_verbs(tables, few):
    train, valid = tables.verbs(few / "train.tsv")
    assert len(valid) == 1 and len(train) == 9 + 9, "each past tense once, though two persons have it"
    classes = {row["ur"]: (row["sr"], row["class"]) for row in [*train, *valid]}
    assert classes["w ɔː k <PST>"] == ("w ɔː k t", "t") and classes["n iː d <PST>"] == ("n iː d ɪ d", "id")
    assert classes["m uː v <PST>"][1] == "d" and classes["d r ɪ ŋ k <PST>"][1] == "irregular"
    (held_out,) = (row["ur"].removesuffix(" <PST>") for row in valid)
    copied = {row["sr"] for row in train if row["ur"] == f"{row['sr']} <INF>" and not row["class"]}
    assert len(copied) == 9 and held_out not in copied
    assert len({row["id"] for row in [*train, *valid]}) == 19


def test_people_of_a_few_lines(tables, few):
    found = tables.candidates(few / "judgements.tsv")
    assert [(row["item"], row["ur"], row["sr"], row["variant"]) for row in found] == [
        ("skɪŋ", "s k ɪ ŋ <PST>", "s k ɪ ŋ d", "regular"),
        ("skɪŋ", "s k ɪ ŋ <PST>", "s k ʌ ŋ", "irregular"),
    ]
    assert {row["double_past"] for row in found} == {"0"}
    assert [row["rating"] for row in tables.ratings(few / "judgements.tsv")] == ["5.29", "3.495"]
    answers = tables.trials(few / "judgements_individual.tsv", found)
    assert [(row["participant"], row["sr"], row["rating"]) for row in answers] == [
        ("1", "s k ɪ ŋ d", "5.29"),
        ("3", "s k ʌ ŋ", "0"),
    ]


@needs_data
def test_the_published_ratings_are_medians_of_the_trials(tables):
    """79 verbs with one regular form each; of those 72 that the individual file has, the medians are the ratings."""
    found = tables.candidates(DATA / "judgements.tsv")
    kinds = defaultdict(list)
    for row in found:
        kinds[row["item"]].append(row["variant"])
    assert len(kinds) == 79 and all(kind == ["regular", "irregular"] for kind in kinds.values())
    double = {row["sr"] for row in found if row["double_past"] == "-1"}
    assert double and all(form.endswith(" ɪ d") and form.split()[-3] in "td" for form in double)
    answers = defaultdict(list)
    for row in tables.trials(DATA / "judgements_individual.tsv", found):
        answers[row["item"], row["sr"]].append(float(row["rating"]))
    assert sum(map(len, answers.values())) == 1451 and len(answers) == 144
    published = {(row["item"], row["sr"]): float(row["rating"]) for row in tables.ratings(DATA / "judgements.tsv")}
    for one, said in answers.items():
        assert statistics.median(said) == pytest.approx(published[one], abs=0.0051)
    with (DATA / "judgements_individual.tsv").open(encoding="utf-8", newline="") as file:
        conditions = {(row["lemma"], row["form"]): row["condition"] for row in csv.DictReader(file, delimiter="\t")}
    variants = {(row["item"], row["sr"].replace(" ", "")): row["variant"] for row in found}
    pairs = {(variants[one], condition) for one, condition in conditions.items()}
    assert pairs == {("regular", "1"), ("irregular", "2")}, "as the shared task numbers them"


def test_all_that_the_study_reads_is_written(tables, few, tmp_path):
    tables.main([str(few), "--dest", str(tmp_path / "published")])
    study = tomllib.loads((EXAMPLE / "reproduction.toml").read_text(encoding="utf-8"))
    files = {study["words"]["train"], study["words"]["valid"], *(each["human"] for each in study["human"].values())}
    files |= {study["candidates"][name] for name in ("list", "phonotactics")}
    assert len(files) == 6 and all((tmp_path / name).is_file() for name in files)
    with (tmp_path / study["candidates"]["phonotactics"]).open(encoding="utf-8", newline="") as file:
        assert {row["ur"].split()[-1] for row in csv.DictReader(file, delimiter="\t")} == {"<PST>"}
