"""The figure of processes."""

import pytest

from fairseq_phonology.analysis.errors.measure import measure
from fairseq_phonology.analysis.errors.outputs import Answer, Output
from fairseq_phonology.analysis.figures.errors.processes import ProcessesDisplay
from fairseq_phonology.analysis.figures.registered import figures_of
from tests.helpers.generated import GRAMMAR, WORDS


@pytest.fixture
def outputs():
    right = [(ur, sr, sr) for ur, sr, _ in WORDS]
    return [
        Output(
            f"{n}.txt", "", tuple(Answer(str(m), m, *(tuple(f.split()) for f in one)) for m, one in enumerate(words))
        )
        for n, words in enumerate((WORDS, right))
    ]


@pytest.fixture
def found(outputs, tmp_path):
    (tmp_path / "toy.toml").write_text(GRAMMAR, encoding="utf-8")
    return lambda n: measure(outputs[:n], ["a", "b"][:n], grammar=str(tmp_path / "toy.toml"))


def test_one_model_has_intervals(found):
    display = ProcessesDisplay.from_errors(found(1)).plot()
    due, not_due = display.axes_
    (interval, mean) = due.lines
    assert mean.get_xdata() == pytest.approx([200 / 3]) and interval.get_xdata() == pytest.approx([20.76596, 93.85081])
    assert [text.get_text() for ax in (due, not_due) for text in ax.texts] == ["2 of 3", "1 of 3"]
    assert due.get_xlim() == (0, 100) and "Wilson" in display.legend


def test_several_models_have_circles_and_their_mean(found):
    display = ProcessesDisplay.from_errors(found(2)).plot()
    models, mean = display.axes_[0].lines
    assert models.get_xdata() == pytest.approx([200 / 3, 100]) and mean.get_xdata() == pytest.approx([250 / 3])
    assert display.axes_[0].texts[0].get_text() == "5 of 6" and "Circles: models" in display.legend
    assert "nasalization 83.3 % of 6" in display.caption.alternative


def test_a_variable_process_is_beside_its_rates(outputs, tmp_path):
    (tmp_path / "toy.toml").write_text(
        GRAMMAR.replace('"nasalization"', '"nasalization"\nrate = 0.25'), encoding="utf-8"
    )
    (tmp_path / "train.tsv").write_text("id\tur\tsr\n1\ta k m a\ta ŋ m a\n2\ta k m i\ta k m i\n", encoding="utf-8")
    how = {"grammar": str(tmp_path / "toy.toml"), "training": str(tmp_path / "train.tsv")}
    display = ProcessesDisplay.from_errors(measure(outputs[:1], ["a"], **how)).plot()
    *_, rate, trained = display.axes_[0].lines
    assert list(rate.get_xdata()) == [25, 25] and list(trained.get_xdata()) == [50]
    assert display.lanes[0].name == "nasalization (rate)" and "triangle: the rate in training" in display.legend


def test_without_a_grammar_there_is_none(outputs):
    assert figures_of("errors")["processes"](measure(outputs, ["a", "b"])) is None
