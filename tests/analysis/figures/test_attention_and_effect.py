"""Routes, and attention against effect: nothing cut off, the numbers drawn are those tested."""

import numpy as np
import pytest

from fairseq_phonology.analysis.events.events import Head
from fairseq_phonology.analysis.figures import save_figures
from fairseq_phonology.analysis.figures.attention_and_effect import (
    AttentionAndEffectDisplay,
    HeadEffects,
    read_head_effects,
)
from fairseq_phonology.analysis.figures.routes import RoutesDisplay
from fairseq_phonology.analysis.interventions.analyze import analyze_interventions
from fairseq_phonology.errors import InputError
from fairseq_phonology.text import percent
from tests.helpers.designed import crossed
from tests.helpers.drawn import texts
from tests.helpers.intervened import CROSS, EITHER, intervened, progressive

HEADS = {("cross", layer, head): 0.12 * head for layer in (1, 2, 3) for head in (1, 2, 3, 4)}
PARTS = {(kind, part): 0.4 for kind in ("cross", "encoder") for part in ("keys", "values")}
RESPONSES = {
    Head("cross", "decision", layer, head): HeadEffects(2.5 * layer - 2, 2.5 * layer - 3, 2.5 * layer, 0.9, layer == 3)
    for _, layer, head in HEADS
}
PROGRESSIVE = progressive({"cross": 0.3, "decoder": 0.5, "cross+decoder": 1, "cross+encoder+decoder": 1})
TURNED = {"t": 9, "c": 8, "r": 8, "n": 8, "progressive": True}
STUDIES = {
    "cross": lambda: intervened(CROSS, heads=HEADS, parts=PARTS),
    "either": lambda: intervened(EITHER[0], gives=EITHER[1]),
    "none": lambda: intervened({}, others={"cross": 0.5}),
    "same": lambda: intervened({}, pair=0.1),
    "no design": lambda: intervened(CROSS, crossed(t=3)),
    "progressive": lambda: intervened(PROGRESSIVE, crossed(**TURNED), prefix=True),
}


def study_of(name):
    return analyze_interventions(STUDIES[name](), "obstruent-nasalization", "Korean")


@pytest.mark.parametrize("name", STUDIES)
def test_nothing_is_cut_off_or_covered(name):
    display = RoutesDisplay.from_causal(study_of(name)).plot()
    figure = display.figure_
    figure.draw_without_rendering()
    boxes = texts(figure)
    page = figure.bbox
    for text, box in boxes.items():
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1, text.get_text()
    shrunk = {text: box.shrunk(0.96, 0.8) for text, box in boxes.items()}
    for n, (one, box) in enumerate(shrunk.items()):
        for other, its in list(shrunk.items())[:n]:
            assert not box.overlaps(its), f"{one.get_text()!r} and {other.get_text()!r}"


def test_the_legend_names_whiskers_only_where_there_are_any():
    display = RoutesDisplay.from_causal(study_of("progressive"))
    assert display._legend().endswith(" Whiskers: 95 % intervals.")
    display.low = {method: np.full_like(values, np.nan) for method, values in display.low.items()}
    assert "Whiskers" not in display._legend() and "  " not in display._legend()


def test_the_numbers_are_those_tested():
    study = study_of("progressive")
    display = RoutesDisplay.from_causal(study).plot()
    assert display.measures[:3] == ["cross", "encoder", "decoder"] and display.measures[-1] == "cross+encoder+decoder"
    for method, values in display.values.items():
        own = study.routes.of(method)
        numbers = [study.routes.number(measure) for measure in display.measures]
        assert np.array_equal(values, own.share[numbers]) and np.array_equal(
            display.low[method], own.low_share[numbers]
        )
        assert np.array_equal(display.others[method], own.others_share[numbers])
    assert np.array_equal(display.uses, study.routes.uses[numbers])
    said = {text.get_text() for text in texts(display.figure_)}
    noising, denoising = (percent(value) for value in display.carried("decoder"))
    assert f"decoder: {noising} / {denoising} %" in said and "100 %" in said


def test_every_method_has_its_bar():
    display = RoutesDisplay.from_causal(study_of("cross")).plot()
    containers = [each for each in display.axes_[1].containers if each.get_label() in display.values]
    bars = {each.get_label(): [bar.get_width() for bar in each] for each in containers}
    for method, values in display.values.items():
        made = np.isfinite(values)
        assert bars[method] == pytest.approx(100 * values[made])
    assert np.isfinite(display.values["knock-out"]).tolist() == [True] * 3 + [False] * 4  # not of keys and values
    labels = [text.get_text() for text in display.axes_[1].get_yticklabels()]
    assert labels[4:6] == ["cross-attention, keys alone", "cross-attention, values alone"]


def test_either_suffices_says_what_both_carry_together():
    display = RoutesDisplay.from_causal(study_of("either")).plot()
    said = [text.get_text() for text in texts(display.figure_)]
    assert any("(either suffices)" in text.replace("\n", " ") for text in said)
    one, other = (percent(value) for value in display.carried("cross+encoder"))
    assert sum(text.endswith(f"{one} / {other} % together") for text in said) == 2


def test_without_an_effect_log_odds_are_drawn():
    display = RoutesDisplay.from_causal(study_of("same"))
    assert not display.in_shares
    np.testing.assert_array_equal(display.values["noising"], study_of("same").routes.noising.effect)
    assert display.plot().axes_[1].get_xlabel() == "log-odds"


def test_heads_that_look_against_heads_that_matter():
    display = AttentionAndEffectDisplay.from_causal(study_of("cross"), RESPONSES).plot()
    assert len(display.heads) == 12 and display.uses.sum() == 9
    assert display.share[display.heads.index(Head("cross", "decision", 2, 4))] == pytest.approx(0.48, abs=0.02)
    figure = display.figure_
    figure.draw_without_rendering()
    page = figure.bbox
    for text, box in texts(figure).items():
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1, text.get_text()
    with pytest.raises(ValueError, match="no head has both"):
        AttentionAndEffectDisplay.from_causal(study_of("cross"), {})
    with pytest.raises(ValueError, match="no head has both"):
        AttentionAndEffectDisplay.from_causal(study_of("same"), RESPONSES)


@pytest.mark.parametrize("points", ["apart", "crowded"])
def test_no_name_is_on_a_point_or_on_another_name(points):
    """Crowded: the second point lies where the name of the first would stand."""
    study = study_of("cross")
    display = AttentionAndEffectDisplay.from_causal(study, RESPONSES)
    if points == "crowded":
        display.heads, display.attention = display.heads[:2], [HeadEffects(x, x, x, 0.9, False) for x in (3.0, 3.28)]
        display.share = display.low = display.high = display.larger = np.array([0.01, 0.075])
        display.uses = np.zeros(2, bool)
    figure = display.plot().figure_
    figure.draw_without_rendering()
    names = {text: box for text, box in texts(figure).items() if text.get_text() in map(str, display.heads)}
    assert len(names) >= 2
    places = display.axes_.transData.transform(np.column_stack([display._x, 100 * display.share]))
    for n, (text, box) in enumerate(names.items()):
        for place in places:
            assert not box.shrunk(0.9, 0.8).contains(*place), text.get_text()
        for other, its in list(names.items())[:n]:
            assert not box.shrunk(0.9, 0.7).overlaps(its.shrunk(0.9, 0.7)), (text.get_text(), other.get_text())


def test_the_note_says_what_every_arrow_is():
    figure = RoutesDisplay.from_causal(study_of("cross")).plot().figure_
    note = " ".join(figure._supxlabel.get_text().split())
    assert "Width of the arrows from the trigger: the smaller share of noising and denoising." in note
    assert "Thin gray arrow: attention of the decision step to the target, which is left as it is." in note


def test_files(tmp_path):
    written = save_figures("interventions", tmp_path / "a", study_of("cross"), RESPONSES)
    assert list(written) == ["routes", "heads-map", "attention-and-effect"]
    save_figures("interventions", tmp_path / "b", study_of("cross"), RESPONSES)
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    assert list(save_figures("interventions", tmp_path / "c", study_of("none"), {})) == ["routes"]


def test_responses_from_a_table(tmp_path):
    path = tmp_path / "heads.csv"
    header = "contrast,kind,query,layer,head,mean_TR,estimate_log_odds,low_log_odds,high_log_odds,claim\n"
    rows = "response,cross,decision,1,2,0.9,0.8,0.7,0.85,1\nsalience,cross,decision,1,2,0.9,0.1,0.0,0.2,1\n"
    path.write_text(header + rows + "response,encoder,target,1,2,0.9,0.1,0.0,0.2,0\n", encoding="utf-8")
    assert read_head_effects(path) == {Head("cross", "decision", 1, 2): HeadEffects(0.8, 0.7, 0.85, 0.9, True)}
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"no column 'contrast': not the heads\.csv of analyze"):
        read_head_effects(path)
