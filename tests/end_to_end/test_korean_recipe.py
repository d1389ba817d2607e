"""user_dir_examples/sigmorphon_korean: its study on a few words of the data's shape, and what it calls an error.

The data are not part of the project; tests/end_to_end/test_sigmorphon.py reads them where they are.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections import Counter

import pytest

from fairseq_phonology.workflow.steps import jobs
from fairseq_phonology.workflow.study import read_study
from fairseq_phonology.workflow.trainer import check_study
from tests.helpers import EXAMPLES

EXAMPLE = EXAMPLES / "sigmorphon_korean"


@pytest.fixture(scope="module")
def types():
    spec = importlib.util.spec_from_file_location("error_types", EXAMPLE / "error_types.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_study_takes_tables_of_the_shared_task(tmp_path):
    """Two lists without a header, of which the second is both that of the choice and that of the test."""
    shutil.copy(EXAMPLE / "study.toml", tmp_path)
    (tmp_path / "published").mkdir()
    for name, lines in (("train", "밀도\tm i ɭ t͈ o̞\nㄱㄴㄷ순\tk a̠ n a̠ d a̠ sʰ u n\n"), ("dev", "미학\tm iː ɦ a̠ k̚\n")):
        (tmp_path / "published" / f"{name}.tsv").write_text(lines, encoding="utf-8")
    study = read_study(tmp_path / "study.toml")
    check_study(study, remember=False)
    found = jobs(study)
    assert Counter(job.rule for job in found) == {
        "prepare": 1, "train": 5, "test_data": 1, "test": 5, "errors": 5, "index": 1,
    }  # fmt: skip
    (prepare,) = (job.command for job in found if job.rule == "prepare")
    assert "--ur-units jamo --sr-units space" in prepare and "--no-header" in prepare
    assert not list(tmp_path.glob("study/*"))


@pytest.mark.parametrize(
    ("word", "reference", "hypothesis", "expected"),
    [
        ("ᄆ ᅵ ᄒ ᅡ ᆨ", "m iː ɦ a̠ k̚", "m i ɦ a̠ k̚", ["vowel length"]),
        ("ᄀ ᅥ ᆫ ᄃ ᅡ ᆯ", "k ʌ̹ n d a̠ ɭ", "k ɘː n d a̠ ɭ", ["vowel length"]),
        ("ᄆ ᅵ ᆯ ᄃ ᅩ", "m i ɭ t͈ o̞", "m i ɭ d o̞", ["tensification"]),
        ("ᄆ ᅵ ᆫ ᄉ ᅥ", "m i n s͈ ʌ̹", "m iː n sʰ ʌ̹", ["vowel length", "tensification"]),
        ("ᄁ ᅩ ᆾ ᄋ ᅵ ᇁ", "k͈ o̞ n n i p̚", "k͈ o̞ d i p̚", ["n-insertion"]),
        ("ᄀ ᅡ ᄋ ᅵ ᆸ", "k a̠ n i p̚", "k a̠ i p̚", ["other"]),
        ("ᄂ ᅳ ᆰ ᄋ ᅳ ᆫ ᄋ ᅵ", "n ɯ ɭ ɡ ɯ n i", "n ɯ ɡ ɯ n i", ["other"]),
        ("ᄀ ᅡ ᄑ ᅩ", "k a̠ pʰ o̞", "k a̠ p͈ o̞", ["other"]),
    ],
    ids=["length", "length and quality", "tense", "both", "n", "no place of n-insertion", "elsewhere", "aspirated"],
)
def test_types_of_errors(types, word, reference, hypothesis, expected):
    """밀도 without its tense stop, 꽃잎 without its /n/; what is no alternation of plain and tense is other."""
    assert types.of_word({"ur": word, "reference": reference, "hypothesis": hypothesis}) == expected


def test_the_table_counts_words(types, tmp_path, capsys):
    rows = ["ur\treference\thypothesis", "ᄆ ᅵ\tm iː\tm i", "ᄆ ᅵ ᆫ ᄉ ᅥ\tm i n s͈ ʌ̹\tm iː n sʰ ʌ̹"]
    (tmp_path / "errors.csv").write_text("\n".join(rows).replace("\t", ",") + "\n", encoding="utf-8")
    types.main([str(tmp_path / "errors.csv")])
    assert capsys.readouterr().out.splitlines() == [
        "type           words  no other",
        "vowel length       2         1",
        "tensification      1         0",
        "n-insertion        0         0",
        "other              0         0",
        "all                2",
    ]
