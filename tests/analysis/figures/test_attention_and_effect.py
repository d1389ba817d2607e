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
from fairseq_phonology.analysis.interventions.verdict import percent
from fairseq_phonology.errors import InputError
from tests.helpers.designed import crossed
from tests.helpers.drawn import texts
from tests.helpers.intervened import intervened

CROSS = {"cross": 1, "cross+encoder": 1, "total": 1}
HEADS = {("cross", layer, head): 0.12 * head for layer in (1, 2, 3) for head in (1, 2, 3, 4)}
RESPONSES = {
    Head("cross", "decision", layer, head): HeadEffects(
        0.25 * layer - 0.2, 0.25 * layer - 0.3, 0.25 * layer, 0.9, layer == 3
    )
    for _, layer, head in HEADS
}
PROGRESSIVE = {"cross": 0.3, "decoder": 0.5, "cross+decoder": 1, "total+decoder": 1}
STUDIES = {
    "cross": lambda: intervened(CROSS, heads=HEADS),
    "either": lambda: intervened({"encoder": -1, "cross+encoder": 1}),
    "none": lambda: intervened({}, others={"cross": 0.5}),
    "same": lambda: intervened({}, pair=0.1),
    "no design": lambda: intervened(CROSS, crossed(t=3)),
    "no mirror": lambda: intervened(CROSS, mirror=False),
    "progressive": lambda: intervened(
        PROGRESSIVE, crossed(t=6, c=5, r=6, n=5, progressive=True), prefix=True, mirror=False
    ),
}
STUDIES["progressive, either"] = lambda: intervened(
    {"cross+decoder": 0.6, "total+decoder": 1}, crossed(t=6, c=5, r=6, n=5, progressive=True), prefix=True, mirror=False
)


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


def test_the_numbers_are_those_tested():
    study = study_of("progressive")
    display = RoutesDisplay.from_causal(study).plot()
    assert display.measures[:3] == ["cross", "encoder", "decoder"] and display.measures[-1] == "total+decoder"
    for measure, value, uses in zip(display.measures, display.values, display.uses, strict=True):
        n = study.routes.number(measure)
        assert value == study.routes.share[n] and uses == study.routes.uses[n]
    said = {text.get_text() for text in texts(display.figure_)}
    shares = {kind: percent(study.routes.share[study.routes.number(kind)]) for kind in ("cross", "decoder")}
    assert {"100 %", f"cross-attention:\n{shares['cross']} %", f"decoder: {shares['decoder']} %"} <= said
    assert not any("mirror" in text for text in said)


def test_either_suffices_says_what_both_carry_together():
    display = RoutesDisplay.from_causal(study_of("either")).plot()
    said = " ".join(text.get_text() for text in texts(display.figure_))
    assert "(either suffices)" in said and said.count("% together") == 2 and "−" in said
    progressive = RoutesDisplay.from_causal(study_of("progressive, either"))
    together = percent(progressive.values[progressive.measures.index("cross+decoder")])
    said = [text.get_text() for text in texts(progressive.plot().figure_)]
    assert sum(text.endswith(f"{together} % together") for text in said) == 2


def test_without_an_effect_log_odds_are_drawn():
    display = RoutesDisplay.from_causal(study_of("same"))
    assert not display.in_shares
    np.testing.assert_array_equal(display.values, study_of("same").routes.effect)
    assert display.plot().axes_[1].get_xlabel() == "log-odds lost"


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
        display.heads, display.attention = display.heads[:2], [HeadEffects(x, x, x, 0.9, False) for x in (0.3, 0.328)]
        display.share = display.low = display.high = np.array([0.01, 0.075])
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
    assert "Width of the arrows from the trigger: log-odds lost without them" in note
    assert "Thin gray arrow: attention of the decision step to the target, which is never removed." in note


def test_a_number_beside_a_short_bar_is_not_crossed_by_the_dotted_line():
    axes = RoutesDisplay.from_causal(study_of("cross")).plot().axes_[1]
    dotted = next(line for line in axes.lines if line.get_linestyle() == ":")
    for text in axes.texts:
        patch = text.get_bbox_patch()
        assert patch.get_facecolor()[:3] == (1, 1, 1) and text.get_zorder() > dotted.get_zorder()


def test_files(tmp_path):
    written = save_figures("interventions", tmp_path / "a", study_of("cross"), RESPONSES)
    assert list(written) == ["routes", "attention-and-effect"]
    save_figures("interventions", tmp_path / "b", study_of("cross"), RESPONSES)
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    assert list(save_figures("interventions", tmp_path / "c", study_of("cross"), {})) == ["routes"]


def test_responses_from_a_table(tmp_path):
    path = tmp_path / "heads.csv"
    header = "contrast,kind,query,layer,head,mean_TR,estimate_mass,low_mass,high_mass,claim\n"
    rows = "response,cross,decision,1,2,.9,.8,.7,.85,1\nsalience,cross,decision,1,2,.9,.1,.0,.2,1\n"
    path.write_text(header + rows + "response,encoder,target,1,2,.9,.1,.0,.2,0\n", encoding="utf-8")
    assert read_head_effects(path) == {Head("cross", "decision", 1, 2): HeadEffects(0.8, 0.7, 0.85, 0.9, True)}
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"no column 'contrast': not the heads\.csv of analyze"):
        read_head_effects(path)
