"""Responses of words by hand: where the weight is looked at, from which step, which words are left out."""

import numpy as np
import pytest

from fairseq_phonology.analysis.design.conditions import Conditions, read_conditions
from fairseq_phonology.analysis.events.measured import attention_of, exact_match_of
from fairseq_phonology.analysis.events.outcome import Outcomes
from fairseq_phonology.attention.dump.reader import AttentionDump
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from tests.helpers.leveled import BARE, HEADERS, bare, rows, write_dump, write_list

TOML = """
language = "Toy"
[inventory]
segments = "p t k m n ŋ a i u"
[syllable]
onsets = ["", "p", "t", "k", "m", "n"]
nuclei = ["a", "i", "u"]
codas = ["", "p", "t", "k", "m", "n", "ŋ"]
[[process]]
name = "nasalization"
rules = ["p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]"]
"""


@pytest.fixture
def made(tmp_path):
    """A function that measures a list in a dump over it."""

    def measure(asked, cells=None, grammar=None, headers=HEADERS, **of):
        cells = rows(3) if cells is None else cells
        listed = bare(cells) if headers == BARE else cells
        words, _ = read_conditions(write_list(tmp_path / "list.tsv", listed, headers), asked)
        with AttentionDump(write_dump(tmp_path / "dump", cells, overwrite=True, **of)) as dump:
            return dump, words, attention_of(dump, words, asked, grammar, tmp_path / "list.tsv")

    return measure


def asked(look_at="trigger", **of):
    return Conditions("context", look_at=look_at, **of)


def by_hand(dump, word, step, own, target=2, kind="cross"):
    """Log-odds and mass of the first head."""
    weights = getattr(dump[word.id], kind)[0, 0, step].astype(float)
    others = [n for n in range(len(weights) - 1) if n not in own and n != target]
    lambda_ = np.log(sum(weights[n] for n in own)) - np.log(weights[others].sum())
    return lambda_, sum(weights[n] for n in own) / weights[:-1].sum()


@pytest.mark.parametrize(
    "look_at, own",
    [("trigger", [3]), ("word-initial", [0]), ("word-final", [5]), ("preceding", [1]), ("following", [3])],
)
def test_places_by_hand(made, look_at, own):
    dump, words, found = made(asked(look_at))
    for n, word in enumerate(words):
        known = by_hand(dump, word, 2, own)
        assert (found.values["log_odds"][n, 0], found.values["mass"][n, 0]) == pytest.approx(known, rel=1e-5)
    assert found.included.all() and [str(head) for head in found.columns] == ["1.1", "1.2"]


def test_several_positions_are_summed_and_the_target_is_in_no_sum(made):
    cells = [[*row, "0, 3"] for row in rows(2)]
    dump, words, found = made(asked("both"), cells, headers=(*HEADERS, "both"))
    assert found.values["log_odds"][0, 0] == pytest.approx(by_hand(dump, words[0], 2, [0, 3])[0], rel=1e-5)
    dump, words, found = made(asked("target"))
    assert found.values["log_odds"][0, 0] == pytest.approx(by_hand(dump, words[0], 2, [2])[0], rel=1e-5)


def test_another_query(made):
    cells = [[*row, "3"] for row in rows(2)]
    dump, words, found = made(asked("trigger", query="at"), cells, headers=(*HEADERS, "at"))
    assert found.values["log_odds"][0, 0] == pytest.approx(by_hand(dump, words[0], 3, [3])[0], rel=1e-5)
    # without a target the UR segment that corresponds to the query is left out of the others
    cells = [[*row[:5], row[6], "3"] for row in rows(2)]
    headers = (*HEADERS[:5], "trigger_index", "at")
    dump, words, found = made(asked("word-initial", query="at"), cells, headers=headers)
    assert found.values["log_odds"][0, 0] == pytest.approx(by_hand(dump, words[0], 3, [0], target=3)[0], rel=1e-5)


def test_the_encoder_from_the_target(made):
    dump, words, found = made(asked("trigger", kind="encoder"))
    assert found.values["log_odds"][0, 0] == pytest.approx(by_hand(dump, words[0], 2, [3], kind="encoder")[0], rel=1e-5)
    assert str(found.columns[0].kind) == "encoder" and found.columns[0].query == "target"


def test_a_wrong_segment_at_the_step_leaves_the_word_out(made):
    _, words, found = made(asked(), wrong=("b-1",))
    assert [word.id for word, own in zip(words, found.included, strict=True) if not own] == ["b-1"]
    assert found.why[words.index(next(w for w in words if w.id == "b-1"))] == "another segment at the query step"
    assert found.reason == "the gold segment at the query step"


def test_a_process_gives_its_decision_step_and_syllables(made, tmp_path):
    (tmp_path / "toy.toml").write_text(TOML, encoding="utf-8")
    outcomes = Outcomes(Grammar.load(tmp_path / "toy.toml"), "nasalization")
    dump, words, found = made(asked(), grammar=outcomes, wrong=("b-1",))
    assert found.values["log_odds"][0, 0] == pytest.approx(by_hand(dump, words[0], 2, [3])[0], rel=1e-5)
    assert found.why.count("another segment at the decision step") == 1
    dump, words, found = made(asked("syllable +1"), grammar=outcomes)
    assert found.values["log_odds"][0, 0] == pytest.approx(by_hand(dump, words[0], 2, [3, 4, 5])[0], rel=1e-5)


def test_without_gold_nothing_is_left_out_and_it_is_said(made):
    _, _, found = made(asked(), gold=False, headers=BARE)
    assert found.included.all() and "The words have no gold SR: none is left out for an error." in found.notes


@pytest.mark.parametrize(
    "cell, what",
    [
        ("9", "line 2: trigger_index is 9, and the UR of 'a-0' has 6 segments; allowed: a position in the UR, from"),
        ("6", "trigger_index is 6, and"),
        ("", "trigger_index is ''; allowed: a position"),
        ("-1", "trigger_index is '-1'; allowed"),
        ("x", "trigger_index is 'x'; allowed"),
    ],
)  # fmt: skip
def test_positions_that_cannot_be(made, cell, what):
    cells = rows(2)
    cells[0][6] = cell
    with pytest.raises(InputError, match=what):
        made(asked(), cells)


def test_places_that_are_not_there(made):
    with pytest.raises(InputError, match="which position is looked at"):
        made(asked(""))
    with pytest.raises(InputError, match="--look-at is 'nucleus'; allowed: a column of positions"):
        made(asked("nucleus"))
    with pytest.raises(InputError, match="--look-at syllable 0 needs the syllables of --grammar"):
        made(asked("syllable 0"))
    with pytest.raises(InputError, match="--query is 'at'; the columns are"):
        made(asked(query="at"))
    short = [name for name in HEADERS if name != "target_index"]
    cells = [[*row[:5], row[6]] for row in rows(2)]
    with pytest.raises(InputError, match="which step attends"):
        made(asked(), cells, headers=short)
    with pytest.raises(
        InputError, match="--look-at preceding is beside the target, and there is no column target_index"
    ):
        made(asked("preceding", query="trigger_index"), cells, headers=short)
    with pytest.raises(InputError, match="attention of the encoder is that of the target"):
        made(asked(kind="encoder"), cells, headers=short)


def test_words_of_another_dump(made, tmp_path):
    _, words, _ = made(asked())
    with (
        AttentionDump(write_dump(tmp_path / "other", rows(2))) as dump,
        pytest.raises(InputError, match="3 of 9 items"),
    ):
        attention_of(dump, words, asked(), None)


def test_exact_match_of_two_models(tmp_path):
    cells = rows(2)
    words, _ = read_conditions(write_list(tmp_path / "list.tsv", cells), asked())
    dumps = {name: write_dump(tmp_path / name, cells, wrong=wrong) for name, wrong in (("x", ["a-0"]), ("y", ["b-1"]))}
    found = exact_match_of({name: AttentionDump(path) for name, path in dumps.items()}, words)
    assert found.columns == ("x", "y") and found.included.all() and not found.reason
    wrong = np.argwhere(found.values["exact_match"] == 0).tolist()
    assert [(words[n].id, m) for n, m in wrong] == [("a-0", 0), ("b-1", 1)]
    bare_dump = AttentionDump(write_dump(tmp_path / "bare", cells, gold=False))
    without, _ = read_conditions(write_list(tmp_path / "bare.tsv", bare(cells), BARE), asked())
    with pytest.raises(InputError, match="has no gold SR"):
        exact_match_of({"m": bare_dump}, without)


def test_a_list_of_some_words_of_the_dump(made, tmp_path):
    _, words, _ = made(asked())
    with AttentionDump(write_dump(tmp_path / "other", rows(3))) as dump:
        found = attention_of(dump, words[:6], asked(), None)
    assert len(found.why) == 6 and found.left_out == 3


def test_a_target_without_a_segment_leaves_the_word_out(made):
    cells = rows(2)
    cells[0][2] = "p a m i t"
    _, words, found = made(asked(), cells, gold=False)
    assert found.why[[word.id for word in words].index("a-0")] == "the target has no segment in the SR"
    assert np.isnan(found.values["log_odds"]).any(1).sum() == 1 == (~found.included).sum()


def test_a_query_at_the_end_of_the_word(made):
    cells = [[*row, "6"] for row in rows(2)]
    _, words, found = made(asked(query="at"), cells, headers=(*HEADERS, "at"), wrong=("a-0",))
    assert [word.id for word, why in zip(words, found.why, strict=True) if why] == ["a-0"]


def test_the_grammar_gives_the_gold_that_list_and_dump_lack(made, tmp_path):
    (tmp_path / "toy.toml").write_text(TOML, encoding="utf-8")
    outcomes = Outcomes(Grammar.load(tmp_path / "toy.toml"), "nasalization")
    _, _, found = made(asked(), grammar=outcomes, gold=False, headers=BARE)
    assert found.included.all() and " ".join(found.reference[0]) == "p a ŋ m i t"


@pytest.mark.parametrize(
    ("look_at", "column", "cell", "ur", "said"),
    [
        ("preceding", 5, "0", None, "line 2: word 'a-0' has no preceding"),
        ("trigger", 5, "2, 3", None, "line 2: target_index is '2, 3'; allowed: one position"),
        ("trigger", 6, "3", "p a k + m i t", "line 2: trigger_index is 3, a morpheme edge; allowed: a segment"),
    ],
)
def test_a_position_that_is_none_or_several(made, look_at, column, cell, ur, said):
    cells = rows(2)
    cells[0][column], cells[0][1] = cell, ur or cells[0][1]
    with pytest.raises(InputError, match=said):
        made(asked(look_at), cells)
