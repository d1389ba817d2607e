"""By what a run chose, and which validation it keeps: in this package's order, in fairseq's, and as a log shows it."""

from __future__ import annotations

import pytest

from fairseq_phonology.training.history.choice import Choice, choice_of, key_of, known_to_be_kept, maximizes


def row_of(n, exact=None, loss=1.0, subset="valid", **more):
    return {"epoch": n, "updates": n, "subset": subset, "valid_loss": loss, "exact_match": exact, **more}


@pytest.mark.parametrize(
    ("scores", "order"),
    [
        ([(90, 1.0), (95, 2.0), (92, 0.5)], [2, 3, 1]),
        ([(95, 1.0), (95, 0.5), (95, 0.9)], [2, 3, 1]),
        ([(95, 0.5), (95, 0.5)], [1, 2]),
        ([(None, 0.7), (None, 0.5)], [2, 1]),
        ([(95, float("nan")), (95, 3.0), (float("nan"), 0.1)], [2, 1, 3]),
    ],
    ids=["more-words", "tie-lower-loss", "tie-earlier", "loss-alone", "nan-last"],
)
def test_ranked(scores, order):
    rows = [row_of(n, exact, loss) for n, (exact, loss) in enumerate(scores, 1)]
    assert [row["updates"] for row in choice_of(rows).ranked(rows)] == order


def test_stock_fairseq_keeps_the_latest_of_equal_ones():
    rows = [row_of(n, loss=loss) for n, loss in enumerate((3.0, 2.0, 2.0, 2.5), 1)]
    assert Choice("loss", False, ours=False).best(rows)["updates"] == 3
    assert Choice("loss", False).best(rows)["updates"] == 2
    assert Choice("loss", True, ours=False).best(rows)["updates"] == 1


def test_best_is_chosen_on_the_first_subset():
    rows = [row_of(1, 50.0), row_of(1, 99.0, subset="easy"), row_of(2, 60.0)]
    choice = choice_of(rows)
    assert choice.best(rows)["updates"] == 2
    assert choice.best(rows, "easy")["updates"] == 1
    assert choice.best([]) is None


def test_only_what_was_kept_can_be_the_best():
    rows = [row_of(1, 50.0, kept=1.0), row_of(2, 90.0, kept=0.0), row_of(3, 40.0, kept=1.0)]
    assert choice_of(rows).best(rows) is rows[0]
    rows = [row | {"kept": 0.0} for row in rows]
    assert choice_of(rows).best(rows) is None, "nothing was saved"
    rows = [row | {"kept": None} for row in rows]
    assert choice_of(rows).best(rows) is rows[1], "not known"


@pytest.mark.parametrize(
    ("metric", "values", "expected"),
    [
        ("wer", [(31.2, None), (28.7, 28.7)], False),
        ("thing", [(31.2, None), (28.7, 28.7)], False),
        ("thing", [(28.7, None), (31.2, 31.2)], True),
        ("loss", [(4.5, None), (4.4, 4.5), (4.6, 4.6)], True),
        ("thing", [(4.5, 4.5), (4.6, 4.5)], False),
        ("thing", [(6.846, 6.84612)], True),
        ("thing", [(6.846, 6.84088)], False),
        ("raw_wer", [(6.8, None)], False),
        ("bleu", [(6.8, None)], True),
        ("nll_loss", [(6.8, 6.8)], False),
    ],
    ids=[
        *("falls", "falls-unknown", "rises-unknown", "loss-that-is-maximized", "stays-below", "rounding", "resumed"),
        *("name", "other-name", "one-line"),
    ],
)
def test_direction_as_the_log_shows_it(metric, values, expected):
    assert maximizes(metric, values) is expected


def kept(values, saved=(), maximize=False):
    """Updates of the validations that may have been kept; best so far as fairseq has it, from the second one on."""
    found = known_to_be_kept([((n, n), value, best) for n, (value, best) in enumerate(values, 1)], saved, maximize)
    return found if found is None else {updates for _, updates in found}


def logged(values, saved, pick=min):
    """What fairseq logs: the best of those that saved before, and of the one at hand."""
    before = []
    for n, value in enumerate(values, 1):
        yield value, (pick([*before, value]) if before else None)
        before += [value] if n in saved else []


@pytest.mark.parametrize("pick", [min, max])
def test_a_validation_that_a_later_best_does_not_count_was_not_saved(pick):
    sign = 1 if pick is min else -1
    values = [sign * value for value in (5.0, 3.0, 4.0, 2.0, 4.5, 3.5)]
    lines = list(logged(values, {1, 3, 5, 6}, pick))
    assert kept(lines, maximize=pick is max) == {1, 3, 5, 6}
    assert kept(lines, {1, 3, 5, 6}, maximize=pick is max) == {1, 3, 5, 6}


def test_lines_of_saving_are_believed_where_they_are_complete():
    values = list(logged([5.0, 4.0, 3.0, 2.0], {2, 4}))
    assert kept(values, {2, 4}) == {2, 4}
    values = list(logged([5.0, 3.7, 3.8], {1, 2, 3}))
    assert kept(values, {1}) is None, "the third line counts the second, of whose saving there is no line"


def test_the_best_may_be_of_before_the_log():
    assert kept([(3.2, 3.0), (3.1, 3.0)]) == set()


def test_key_tells_validations_apart():
    assert key_of(row_of(3)) == (3, 3)
