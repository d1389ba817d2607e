"""The report's section on interventions, and the two verdicts together."""

import dataclasses
import re

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.study import Verdict
from fairseq_phonology.analysis.contrasts.verdict import CAVEAT
from fairseq_phonology.analysis.figures.attention_and_effect import head_effects
from fairseq_phonology.analysis.figures.registered import figures_of
from fairseq_phonology.analysis.provenance import Provenance
from fairseq_phonology.analysis.report import write_report
from fairseq_phonology.analysis.report.checklist import checklist
from fairseq_phonology.analysis.report.interventions import differences, heads_table, routes_table
from fairseq_phonology.analysis.report.methods import methods
from fairseq_phonology.analysis.report.verdict import NEXT, verdict
from fairseq_phonology.text import share, signed, typeset
from tests.helpers.designed import crossed
from tests.helpers.reported import CROSS, attending, intervened_on, pictures, words_of

PROGRESSIVE = {"cross+decoder": 0.9, "total+decoder": 1}
HEADS = {("cross", 3, 1): 0.6, ("cross", 3, 2): 0.1, ("cross", 3, 3): 0.02, ("encoder", 1, 1): 0}
NONE = Verdict("none", "No head meets the rule. It falls short.")


def saying(strength):
    """The study with its claim, or without one."""
    study = attending()
    study.verdict = Verdict(strength, f"Attention, {strength}.", (9,) if strength == "attends" else (), (CAVEAT,))
    if strength != "attends":
        for family in study.families:
            family.claim = family.claim & False
    return study


def page_of(study, causal, folder, *figures):
    write_report(folder / "r.html", study, causal, figures=pictures(folder, *figures))
    return (folder / "r.html").read_text(encoding="utf-8")


# ---- the verdict


@pytest.mark.parametrize(
    ("strength", "shares", "how", "headline"),
    [
        pytest.param("attends", CROSS, {}, "attends to the trigger of x and uses it, by cross-attention.", id="both"),
        pytest.param("none", CROSS, {}, "No head is shown to attend to the trigger of x; the trigger "
                     "is nevertheless used, by cross-attention.", id="uses only"),
        pytest.param("withheld", CROSS, {}, "Whether the model attends to the trigger of x is undecided; "
                     "the trigger is used, by cross-attention.", id="attention open"),
        pytest.param("attends", {}, {}, "the trigger of x; no route meets the criteria of use.", id="no route"),
        pytest.param("attends", CROSS, {"pair": 0.4}, "attends to the trigger of x; replacing the trigger "
                     "makes too little difference to explain.", id="no difference"),
        pytest.param("attends", CROSS, {"events": crossed(t=6, r=4)}, "attends to the trigger of x; nothing is claimed "
                     "about the use of the trigger.", id="withheld"),
        pytest.param("attends", PROGRESSIVE, {"prefix": True, "mirror": False}, "and uses it, by cross-attention or by "
                     "the decoder's self-attention (either suffices).", id="either"),
    ],
)  # fmt: skip
def test_attends_by_route(strength, shares, how, headline):
    study = saying(strength)
    study.process = "x"
    box = verdict(study, intervened_on(study, shares, **how))
    assert box["headline"].endswith(headline)
    assert [part["asked"] for part in box["parts"]] == ["What it attends to", "What it uses"]


def test_the_box_has_both_verdicts_with_sign_label_and_numbers(tmp_path):
    study = saying("attends")
    page = page_of(study, intervened_on(study), tmp_path)
    said = words_of(page)
    assert '<div class="verdict attends">' in page and '<div class="verdict uses">' in page
    assert page.count('id="verdict"') == 1
    assert "✓ Attends to the trigger" in said and "✓ Uses the trigger, by cross-attention" in said
    # 36 words, none of which differs: 5 before, 5 after, 10 lost, and all of it; 2^6 flips of six units
    assert "Trigger replaced +5.0 → −5.0 log-odds, 10.00 lost, 95 % 10.00 to 10.00" in said
    assert "Without cross-attention to the trigger 100 % of the minimal-pair effect, 95 % 100 to 100 %" in said
    assert "Largest p .0156 of 6" in said
    assert "the log-odds fall from +5.0 to −5.0" in said and "+5.0 to -5.0" not in said
    assert "It attends to the trigger (head 3.2), and uses it." in said


def test_once_interventions_are_there_the_page_does_not_ask_for_them(tmp_path):
    study = saying("attends")
    with_them, without = (words_of(page_of(study, causal, tmp_path)) for causal in (intervened_on(study), None))
    assert CAVEAT in without and NEXT in without and without.count("fairseq-phonology intervene") == 1
    assert CAVEAT not in with_them and NEXT not in with_them and "interventions can show that" not in with_them
    assert "Does the output depend on the trigger?" in with_them and "Does the output" not in without
    assert "Report on attention" in without and "Report on attention and use" in with_them
    assert "Use of the trigger" in with_them and "Use of the trigger" not in without


def test_where_no_claim_may_be_made_nothing_reads_like_one(tmp_path):
    study = saying("attends")
    causal = intervened_on(study, events=crossed(t=6, r=4))
    said = words_of(page_of(study, causal, tmp_path))
    assert causal.verdict.strength == "withheld" and "! Withheld: no claim may be made" in said
    assert "Trigger replaced" not in said and "✓ Uses" not in said
    assert "No claim is made: 6 stems and 4 suffixes in cell TR" in said


# ---- the tables


def test_every_route_with_its_numbers():
    study = saying("attends")
    causal = intervened_on(study, {**CROSS, "encoder": 0.125}, others={"cross": 0.05})
    table = routes_table(causal)
    found = {row["cells"][0][0]: row for row in table["rows"]}
    assert list(found) == [
        "trigger replaced (minimal pair)",
        "cross-attention: decision to trigger",
        "encoder: target to trigger",
        "cross-attention and encoder",
        "trigger hidden from every position",
    ]
    assert [len(row["cells"]) for row in table["rows"]] == [len(table["columns"])] * 5
    cells = [[text for text, _ in row["cells"][1:]] for row in found.values()]
    p = ".0156 / .0156 / .0156"
    assert cells[0] == ["10.00 [10.00, 10.00]", "100", "", "", "", ""]
    assert cells[1] == ["10.00 [10.00, 10.00]", "100 [100, 100]", "5 / 5", p, p, "100 %"]
    assert cells[2] == ["1.25 [1.25, 1.25]", "12 [12, 12]", "0 / 0", p, p, "0 %"]
    assert [row["claim"] for row in found.values()] == [False, True, False, True, True]
    assert found["encoder: target to trigger"]["unmet"] == "12\xa0% of the minimal-pair effect, under 20\xa0%"


def test_a_progressive_process_has_no_mirror_offset():
    study = saying("attends")
    table = routes_table(intervened_on(study, PROGRESSIVE, prefix=True, mirror=False))
    assert not any("mirror" in name for name in table["columns"])
    assert table["rows"][-1]["cells"][0][0] == "trigger hidden in UR and SR"


def test_single_heads_are_those_that_are_used_or_attend():
    study = saying("attends")
    table = heads_table(study, intervened_on(study, heads=HEADS))
    rows = {row["cells"][0][0]: [text for text, _ in row["cells"][1:]] for row in table["rows"]}
    assert list(rows) == ["3.1", "3.2"]  # 3.2 attends, 3.1 is used; the larger share first
    assert table["tested"] == "3 of the cross-attention and 1 of the encoder self-attention"
    assert rows["3.1"][:5] == ["cross-attention", "60 [60, 60]", "0", ".0156", "100 %"] and rows["3.1"][-1] == "no"
    means = study.primary.cell_means
    assert rows["3.2"][5] == " / ".join(f"{means[cell][9]:.2f}"[1:] for cell in ("TR", "TN", "CR", "CN"))
    assert rows["3.2"][-1] == "yes" and [row["claim"] for row in table["rows"]] == [True, False]


def test_heads_without_controls_are_not_shown(tmp_path):
    study = saying("attends")
    causal = intervened_on(study, heads=HEADS)
    for family in causal.families[1:]:
        family.p = {name: np.full(len(family.which), np.nan) for name in family.p}
    assert heads_table(study, causal) is None
    assert "Single heads were not tested against control interventions" in words_of(page_of(study, causal, tmp_path))


# ---- where the two differ


@pytest.mark.parametrize(
    ("strength", "shares", "how", "lines"),
    [
        pytest.param("attends", CROSS, {}, [], id="agree"),
        pytest.param("attends", CROSS, {"heads": {("cross", 3, 2): 0.5}}, [], id="that head"),
        pytest.param("none", {}, {}, [], id="neither"),
        pytest.param("withheld", CROSS, {}, [], id="open"),
        pytest.param("attends", {}, {}, ["but removing that attention has little effect"], id="looks, no use"),
        pytest.param("none", CROSS, {}, ["is used, although no head is shown to attend"], id="uses, does not look"),
        pytest.param("attends", {"encoder": 1, "cross+encoder": 1}, {},
                     ["belong to the cross-attention, but the output depends on another route"], id="another way"),
        pytest.param("attends", CROSS, {"heads": HEADS},
                     ["Head 3.2 (10 %) of the cross-attention attends to the trigger but does not meet the criteria of "
                      "use alone. Without all heads of this kind 100 % is lost",
                      "Head 3.1 (60 %; .18 / .18 / .16 / .20, a response of .03) of the cross-attention is used but "
                      "does not meet the criteria of attending"], id="another head"),
        pytest.param("attends", {"cross+decoder": 1}, {"prefix": True, "mirror": False, "heads": {("cross", 3, 2): 0}},
                     ["What is lost with them is available by the other route, or from other heads."], id="either"),
    ],
)  # fmt: skip
def test_where_attention_and_knock_outs_differ_is_said(strength, shares, how, lines):
    study = saying(strength)
    found = differences(study, intervened_on(study, shares, **how))
    assert len(found) == len(lines)
    for text, line in zip(found, lines, strict=True):
        assert line in text


# ---- figures, controls, methods


def test_figures_of_the_interventions_stand_with_them_and_are_numbered_on(tmp_path):
    study = saying("attends")
    causal = intervened_on(study, heads=HEADS)
    page = page_of(study, causal, tmp_path, "routes", "attention-and-effect", "window")
    assert re.findall(r"<b>Figure (\d)\.", page) == ["1", "2", "3"]
    order = [page.index(f'id="{name}"') for name in ("figure-window", "use", "figure-routes")]
    assert order == sorted(order) and page.index('id="figure-attention-and-effect"') > order[-1]


def test_captions_give_the_numbers():
    study = saying("attends")
    causal = intervened_on(study, heads=HEADS)
    draw = figures_of("interventions")
    routes = draw["routes"](causal, {}).caption
    heads = draw["attention-and-effect"](causal, head_effects(study)).caption
    assert "the minimal-pair effect, 10.00 log-odds (from +5.0 to −5.0 with the trigger replaced)" in routes.text
    assert "rests on “cross-attention: decision to trigger”." in routes.text
    assert "encoder: target to trigger, 0 %" in routes.alt
    assert heads.text.endswith("60 %; one head meets the criteria of use.")
    nothing = draw["routes"](intervened_on(study, pair=0.4), {}).caption
    assert "there is no minimal-pair effect to take shares of" in nothing.text and "None" not in nothing.text


def test_controls_of_the_interventions():
    study = saying("attends")
    checks = {check.name: check for check in checklist(study, intervened_on(study, heads=HEADS))}
    own = [
        check.state
        for name, check in checks.items()
        if name.startswith(("Control", "Criterion: at least 20", "Minimal"))
    ]
    assert own == ["done"] * 4
    assert "+5.0 to −5.0; largest p = .0156 of 3." in checks["Minimal pair"].detail
    assert checks["Interventions"].detail == "36 words of cell TR, 6 stems × 6 suffixes; 4 knock-outs in all heads."
    assert checks["Interventions on the model of the dump"].state == "done"
    assert checks["Single heads against control interventions"].detail.endswith("1 of 3 cross and 0 of 1 encoder.")
    others = [check.name for check in checklist(study)]
    assert [name for name in checks if name not in others] == [
        *("Interventions on the model of the dump", "Minimal pair", "Control interventions: other segments"),
        *(
            "Control interventions: mirror offset",
            "Criterion: at least 20 % of the minimal-pair effect",
            "Single heads against control interventions",
        ),
        "Exclusions within the limits, under forced decoding",
    ]
    assert next(check for check in checklist(study) if check.name == "Interventions").state == "not done"


def test_controls_that_are_not_met_or_not_given():
    study = saying("attends")
    study.provenance = Provenance()
    causal = intervened_on(study, events=crossed(t=6, r=4), mirror=False)
    states = {check.name: check.state for check in checklist(study, causal)}
    assert states["Interventions"] == "not met" and states["Control interventions: mirror offset"] == "does not apply"
    assert (
        states["Interventions on the model of the dump"]
        == states["Single heads against control interventions"]
        == "not done"
    )
    nothing = {check.name: check.state for check in checklist(study, intervened_on(study, pair=0.4))}
    assert nothing["Minimal pair"] == "not met"


def test_the_methods_give_everything_a_reader_needs_to_do_it_again():
    study = saying("attends")
    text = " ".join(methods(study, intervened_on(study, heads=HEADS)))
    for each in (
        *(
            "36 words of cell TR (6 stems × 6 suffixes)",
            "the trigger is replaced in the UR: the trigger (m n) gives way to",
            "(s)",
        ),
        *("from +5.0 to −5.0, a loss of 10.00 [10.00, 10.00]", "−∞ before the softmax", "Geva et al. 2023"),
        *("the mirror offset", "flipping the sign of the paired difference (Fisher 1935)", "the 6 stems"),
        *("max-T (Westfall & Young 1993) over the 4 knock-outs", "B = 9,999 or all ways", "at least 20 %"),
        "Result: The model uses the trigger of obstruent nasalization, by cross-attention",
    ):
        assert each in text, each
    assert "list stimuli.tsv" in text  # the study does not say that its list is the same
    assert "surface trigger" not in text and "decoder has read" not in text
    progressive = " ".join(methods(study, intervened_on(study, PROGRESSIVE, prefix=True, mirror=False)))
    assert (
        "is replaced in the UR and in the SR that the decoder has read" in progressive and "mirror" not in progressive
    )
    assert "surface trigger (decoder)" in progressive


def test_real_words_have_one_test():
    study = saying("attends")
    causal = dataclasses.replace(intervened_on(study), n_suffixes=0, n_stems=36)
    text = " ".join(methods(study, causal))
    assert "over the 36 words; on the studentized" in text and "Intervals (95 %) resample words, widened" in text
    assert "stems / suffixes" not in " ".join(routes_table(causal)["columns"])


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("from +5.6 to -6.0", "from +5.6 to −6.0"),
        ("[-.10, .02]", "[−.10, .02]"),
        ("either-or, 3-4", "either-or, 3-4"),
        ("20 % of the", "20\xa0% of the"),
    ],
)
def test_minus_and_percent_are_typeset(text, printed):
    assert typeset(text) == printed


def test_shares_and_log_odds():
    assert [share(value) for value in (0.97, -0.034, -0.001, float("nan"))] == ["97", "−3", "0", "–"]
    assert [signed(value) for value in (5.56, -0.04, -6.0, float("nan"))] == ["+5.6", "+0.0", "−6.0", "–"]
