"""What is left of a study, computed by hand."""

import pytest

from fairseq_phonology.workflow.engine.estimate import Pace, Step, of_trainings, seconds_left


def training(seconds, *after, running=False):
    return Step(seconds, frozenset(after), training=True, running=running)


WORDS, REPORT = Step(10), Step(30, frozenset({"one", "two", "three"}))
THREE = {"words": WORDS, "one": training(60, "words"), "two": training(60, "words"), "three": training(60, "words")}


@pytest.mark.parametrize(
    ("slots", "gpus", "seconds"),
    [(1, None, 10 + 180 + 30), (2, None, 10 + 120 + 30), (3, None, 10 + 60 + 30), (8, 1, 10 + 180 + 30)],
)
def test_steps_wait_for_others_and_for_a_place(slots, gpus, seconds):
    assert seconds_left({**THREE, "report": REPORT}, slots, gpus) == seconds


def test_what_runs_takes_a_place_whatever_its_order():
    steps = {"one": training(60), "two": training(20, running=True)}
    assert seconds_left(steps, 1) == 80
    assert seconds_left(steps, 2) == 60


def test_where_one_step_is_not_known_nothing_is_said_but_of_the_trainings():
    steps = {**THREE, "report": Step(None, frozenset({"one"})), "other words": Step(None)}
    assert seconds_left(steps, 2) is None
    assert list(of_trainings(steps)) == ["words", "one", "two", "three"]
    assert seconds_left(of_trainings(steps), 2) == 130
    assert seconds_left({**THREE, "words": Step(None)}, 2) is None


def test_steps_that_wait_for_each_other_have_no_end():
    assert seconds_left({"a": Step(1, frozenset({"b"})), "b": Step(1, frozenset({"a"}))}, 1) is None


def test_the_pace_of_a_training():
    pace = Pace(begun=100, epochs=10)
    assert pace.left(105) is None and pace.whole() is None
    pace.seen.append((1, 110))  # the start-up is in it
    assert pace.left(112) == 10 * 9 - 2 and pace.whole() == 100
    pace.seen.append((3, 114))
    assert pace.left(115) == 2 * 7 - 1 and pace.whole() == 20
    assert pace.left(1000) == 0
    assert Pace(100, None, [(1, 110)]).left(110) is None
