"""The report's section on interventions, and the two verdicts together."""

import dataclasses
import re

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.study import Verdict
from fairseq_phonology.analysis.contrasts.verdict import CAVEAT
from fairseq_phonology.analysis.figures.attention_and_effect import head_effects
from fairseq_phonology.analysis.figures.registered import figures_of
from fairseq_phonology.analysis.interventions.tables import read_causal, write_causal_summary, write_effects
from fairseq_phonology.analysis.provenance import Provenance
from fairseq_phonology.analysis.report import write_report
from fairseq_phonology.analysis.report.checklist import checklist
from fairseq_phonology.analysis.report.glossary import terms
from fairseq_phonology.analysis.report.methods import methods
from fairseq_phonology.analysis.report.sections.interventions import (
    differences,
    heads_table,
    interventions,
    routes_table,
)
from fairseq_phonology.analysis.report.sections.verdict import NEXT, verdict
from fairseq_phonology.text import share, signed, typeset
from tests.helpers.designed import crossed
from tests.helpers.intervened import ALONE, CROSS, ENCODER, progressive
from tests.helpers.reported import attending, intervened_on, pictures, words_of

PROGRESSIVE = {"cross+encoder+decoder": 1}, progressive(ALONE)  # noising, denoising
HEADS = {("cross", 3, 1): 0.6, ("cross", 3, 2): 0.1, ("cross", 3, 3): 0.02, ("encoder", 1, 1): 0}
PARTS = {("cross", "keys"): 0.1, ("cross", "values"): 0.9}
FEW = crossed(t=9, c=8, r=4, n=4)


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
        ("attends", CROSS, {}, "The model attends to the trigger of x. It uses the trigger by cross-attention."),
        (
            *("none", CROSS, {}),
            "No head was shown to attend to the trigger of x. The model uses the trigger by cross-attention.",
        ),
        (
            *("withheld", CROSS, {}),
            "No claim is made about attention to the trigger of x. The model uses the trigger by cross-attention.",
        ),
        (
            *("attends", CROSS, {"pair": 0.4}),
            "The model attends to the trigger of x. It was not shown to distinguish the trigger from what replaces it.",
        ),
        (
            *("attends", CROSS, {"events": FEW}),
            "The model attends to the trigger of x. No claim is made about the use of the trigger.",
        ),
    ],
)
def test_the_headline_has_a_sentence_for_each_verdict(strength, shares, how, headline):
    study = saying(strength)
    study.process = "x"
    box = verdict(study, intervened_on(study, shares, **how))
    assert box["headline"] == headline
    assert [part["asked"] for part in box["parts"]] == ["What it attends to", "What it uses"]


def test_the_box_has_both_verdicts_with_sign_label_and_numbers(tmp_path):
    study = saying("attends")
    page = page_of(study, intervened_on(study, heads=HEADS), tmp_path)
    said = words_of(page)
    assert '<div class="verdict attends">' in page and '<div class="verdict uses">' in page
    assert page.count('id="verdict"') == 1
    assert "✓ Attends to the trigger" in said and "✓ Uses the trigger, by cross-attention" in said
    # 72 words, none of which differs: 5 before, 5 after, 10 taken away, and all of it
    assert "Trigger replaced +5.0 → −5.0 log-odds; effect +10.0, 95 % +10.0 to +10.0" in said
    assert "Cross-attention, noising 100 % of the minimal-pair effect, 95 % 100 to 100 %" in said
    assert "Cross-attention, denoising 100 % of the minimal-pair effect" in said
    assert "the log-odds are +5.0 with the trigger and −5.0 without it" in said.lower() and "+5.0 to -5.0" not in said
    assert "Head 3.2 attends to the trigger; 10 % [10, 10] and 10 % [10, 10] of the effect pass by it" in said


def test_the_terms_of_a_page_are_those_that_it_uses(tmp_path):
    study = saying("attends")
    causal = intervened_on(study)
    both, attention, use = (
        words_of(page_of(*each, tmp_path)) for each in ((study, causal), (study, None), (None, causal))
    )
    assert "quadruple One segment each of T, C, R and N" in attention and "noising, denoising" not in attention
    assert "noising, denoising Interchange of keys and values" in use and "quadruple One segment" not in use
    assert "quadruple One segment" in both and "noising, denoising Interchange" in both


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
    causal = intervened_on(study, events=FEW)
    said = words_of(page_of(study, causal, tmp_path))
    assert causal.verdict.strength == "withheld" and "! Withheld: no claim may be made" in said
    assert "Trigger replaced" not in said and "✓ Uses" not in said
    assert "No claim is made: 9 stems and 4 suffixes in cell TR" in said


# ---- the tables


def test_every_route_with_its_numbers():
    study = saying("attends")
    shares = {**CROSS, "encoder": 0.125, "total": 1}
    causal = intervened_on(study, shares, gives={**CROSS, "cross": 0.9}, others={"cross": 0.05}, parts=PARTS)
    table = routes_table(causal)
    found = {row["cells"][0][0]: row for row in table["rows"]}
    assert list(found) == [
        "trigger replaced (minimal pair)",
        "cross-attention: decision to trigger",
        "encoder: target to trigger",
        "cross-attention and encoder",
        "cross-attention: decision to trigger, keys alone",
        "cross-attention: decision to trigger, values alone",
        "trigger hidden from every position",
    ]
    assert [len(row["cells"]) for row in table["rows"]] == [len(table["columns"])] * 7
    cells = [[text for text, _ in row["cells"][1:]] for row in found.values()]
    assert cells[0] == ["10.00 [10.00, 10.00] log-odds", "", "", "", ".0039"]
    assert cells[1] == ["100 [100, 100]", "90 [90, 90]", "100 [100, 100]", "5 / 5", ".0117"]
    assert cells[2][:4] == ["12 [12, 12]", "0 [0, 0]", "12 [12, 12]", "0 / 0"]
    assert cells[4][:3] == ["10 [10, 10]", "10 [10, 10]", "–"]  # a knock-out has no parts
    assert cells[6] == ["–", "–", "100 [100, 100]", "– / –", "–"]
    assert [row["claim"] for row in found.values()] == [False, True, False, True, False, True, False]
    assert "under 20\xa0%" in found["encoder: target to trigger"]["unmet"]
    assert found["trigger hidden from every position"]["unmet"] == ""  # described


def test_without_an_effect_the_table_is_in_log_odds():
    study = saying("attends")
    table = routes_table(intervened_on(study, pair=0.4))
    assert table["columns"][1:4] == ["noising\nlog-odds", "denoising\nlog-odds", "knock-out\nlog-odds"]
    assert table["rows"][1]["cells"][1][0] == ".40 [.40, .40]"


def test_single_heads_are_those_that_are_used_or_attend():
    study = saying("attends")
    table = heads_table(study, intervened_on(study, heads=HEADS))
    rows = {row["cells"][0][0]: [text for text, _ in row["cells"][1:]] for row in table["rows"]}
    assert list(rows) == ["3.1", "3.2"]  # 3.2 attends, 3.1 is used; the larger share first
    assert table["tested"] == "3 of the cross-attention and 1 of the encoder self-attention"
    assert rows["3.1"][:5] == ["cross-attention", *["60 [60, 60]"] * 3, "0 / 0"] and rows["3.1"][-1] == "no"
    means, n = study.primary.cell_means, 9
    assert rows["3.2"][-3] == " / ".join(f"{means[cell][n]:.2f}"[1:] for cell in ("TR", "TN", "CR", "CN"))
    assert rows["3.2"][-2] == f"+{study.primary.estimate['log_odds'][n]:.1f}"
    assert rows["3.2"][-1] == "yes" and [row["claim"] for row in table["rows"]] == [True, False]


def test_heads_without_controls_are_not_shown(tmp_path):
    study = saying("attends")
    causal = intervened_on(study, heads=HEADS)
    for family in causal.families[1:]:
        family.noising.p = family.denoising.p = family.noising.others = np.full(len(family.which), np.nan)
    assert heads_table(study, causal) is None
    assert "Single heads were not tested against control interventions" in words_of(page_of(study, causal, tmp_path))


ERRORS = crossed(t=11, c=8, r=8, n=8, failed=[("T0", "R0"), ("T1", "R1"), ("T2", "R1")])


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param(FEW, "Single heads have control interventions, but these words allow no test, for the", id="few"),
        pytest.param(ERRORS, "one head at a time, and tested. No claim is made of them either.", id="errors"),
    ],
)
def test_why_nothing_is_said_of_single_heads_that_have_controls(events, said, tmp_path):
    study = saying("none")
    causal = intervened_on(study, heads=HEADS, events=events)
    page = words_of(page_of(study, causal, tmp_path))
    assert causal.verdict.strength == "withheld" and said in page and "--controls heads" not in page
    check = next(check for check in checklist(study, causal) if check.name.startswith("Single heads against"))
    assert check.state == ("not done" if events is FEW else "not met")


@pytest.mark.parametrize("events", [FEW, ERRORS], ids=["few", "errors"])
def test_what_withholds_claims_is_said_once(events, tmp_path):
    """Above the table, whose rows have what they do not meet themselves, also where the folder is read again."""
    causal = intervened_on(saying("none"), heads=HEADS, parts=PARTS, events=events)
    write_effects(causal, tmp_path / "effects.csv")
    write_causal_summary(causal, tmp_path / "summary.json")
    for each in (causal, read_causal(tmp_path)):
        unmet = [row["unmet"] for row in routes_table(each)["rows"]]
        assert not any(reason in own for reason in each.reasons_withheld for own in unmet)
        assert any(unmet)
        assert interventions(None, each, [])["withheld"] == typeset("; ".join(each.reasons_withheld))


def test_the_log_odds_of_the_controls_are_called_so():
    columns = routes_table(intervened_on(saying("attends"), pair=0.4))["columns"]
    assert columns[4] == "other segments\nlog-odds"


# ---- where the two differ


@pytest.mark.parametrize(
    ("strength", "shares", "how", "lines"),
    [
        pytest.param("attends", CROSS, {}, [], id="agree"),
        pytest.param("attends", CROSS, {"heads": {("cross", 3, 2): 0.5}}, [], id="that head"),
        pytest.param("none", {}, {}, [], id="neither"),
        pytest.param("withheld", CROSS, {"heads": HEADS}, [], id="open"),
        pytest.param("attends", ENCODER, {"heads": {("cross", 3, 2): 0}}, [], id="another way"),
        pytest.param("attends", CROSS, {"heads": HEADS},
                     ["Of the cross-attention, 3.2 (10\xa0% [10, 10] and 10\xa0% [10, 10]) attends to the trigger; "
                      "that use of the trigger passes by one of them alone was not shown",
                      "Of the cross-attention, 3.1 (60\xa0% [60, 60] and 60\xa0% [60, 60]; .18 / .18 / .18 / .19, "
                      "a response of +0.0 log-odds) meet the criteria of use"], id="another head"),
    ],
)  # fmt: skip
def test_where_attention_and_effect_differ_is_said(strength, shares, how, lines):
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
    assert "encoder: target to trigger, 0 and 0 %" in routes.alt
    assert heads.text.endswith("60 %; one head meets the criteria of use.")
    maps = draw["heads-map"](causal, {}).caption
    assert maps.text.endswith("The criteria of use are met by 3.1 of the cross-attention (60 and 60 %).")
    nothing = draw["routes"](intervened_on(study, pair=0.4), {}).caption
    why = "This difference was not shown to be above 0 and large enough, so that no shares of it are taken"
    assert nothing.text.endswith(f"In log-odds, of which the minimal pair makes a difference of .40. {why}.")


def test_text_and_figure_agree_on_whether_there_are_shares():
    """A difference that was not tested, or is small, is told with its size; nothing is called a share of it."""
    study = saying("attends")
    for causal, lacks in (
        (intervened_on(study, pair=0.4), "not shown to be above 0"),
        (intervened_on(study, events=FEW), "not tested"),
    ):
        caption, text = figures_of("interventions")["routes"](causal, {}).caption.text, " ".join(methods(None, causal))
        for each in (caption, text):
            assert f"This difference was {lacks}" in each and "a difference of " in each
        assert "the effects below are in log-odds" in text and "are shares" not in text


@pytest.mark.parametrize("edge", ["R", "N"])
def test_the_end_of_the_word_is_no_segment_that_is_replaced(edge):
    """What the page calls the minimal pair, wherever it names it."""
    study = saying("attends")
    causal = intervened_on(study)
    causal.segments = {"trigger": ("#",), "replaced": ("a", "i")} if edge == "R" else {"replaced": ("#",)}
    is_said = {"R": "stem before a suffix", "N": "word ending before the trigger"}[edge]
    checks = {check.name: check.detail for check in checklist(None, causal)}
    assert checks["Minimal pair"].startswith(f"With the {is_said} the log-odds go from")
    assert routes_table(causal)["rows"][0]["cells"][0][0] == f"{is_said} (minimal pair)"
    told = dict(terms(None, causal))["minimal pair"]
    assert "control segment" not in told and "same stem" in told
    assert f"with the {is_said})" in figures_of("interventions")["routes"](causal, {}).caption.text
    page = interventions(None, causal, [])
    assert page["replaced"] == is_said
    for text in (page["controls"], " ".join(methods(None, causal))):
        assert "behind the trigger's position, where one of the two words ends, none is interchanged" in text
    assert "where one of the two words ends" not in interventions(None, intervened_on(study), [])["controls"]


def test_controls_of_the_interventions(snapshot):
    study = saying("attends")
    checks = {check.name: check for check in checklist(study, intervened_on(study, heads=HEADS, parts=PARTS))}
    others = [check.name for check in checklist(study)]
    assert next(check for check in checklist(study) if check.name == "Interventions").state == "not done"
    assert checks["Interventions"].state == "done"
    snapshot([f"{n}: {c.state}. {c.detail}" for n, c in checks.items() if n not in others or n == "Interventions"])


def test_controls_that_are_not_met_or_not_given():
    study = saying("attends")
    study.provenance = Provenance()
    states = {check.name: check.state for check in checklist(study, intervened_on(study, events=FEW))}
    assert states["Interventions"] == "not met"
    assert states["Interventions on the model of the dump"] == "not done"
    assert states["Single heads against control interventions"] == "not done"
    nothing = {check.name: check.state for check in checklist(study, intervened_on(study, pair=0.4))}
    assert nothing["Minimal pair"] == "not met"


def test_the_methods_give_everything_a_reader_needs_to_do_it_again():
    study = saying("attends")
    text = " ".join(methods(study, intervened_on(study, heads=HEADS, parts=PARTS)))
    for each in (
        "72 words of cell TR (9 stems × 8 suffixes)",
        "the trigger is replaced in the UR: the trigger (m n) gives way to",
        "from +5.0 to −5.0, a difference of 10.00 [10.00, 10.00]",
        *("−∞ before the softmax", "Geva et al. 2023", "Geiger et al. 2021", "Vig et al. 2020"),
        *("with stems and suffixes random", "Satterthwaite", "Holm 1979", "with keys or values alone"),
        "Result: The model uses the trigger of obstruent nasalization, by cross-attention",
    ):
        assert each in text, each
    assert "list stimuli.tsv" in text  # the study does not say that its list is the same
    assert "surface trigger" not in text and "decoder has read" not in text
    shares, gives = PROGRESSIVE
    of_decoder = " ".join(methods(study, intervened_on(study, shares, gives=gives, prefix=True)))
    assert "is replaced in the UR and in the SR that the decoder has read" in of_decoder
    assert "surface trigger (decoder)" in of_decoder


def test_real_words_have_one_test():
    study = saying("attends")
    causal = dataclasses.replace(intervened_on(study), n_suffixes=0, n_stems=72)
    text = " ".join(methods(study, causal))
    assert "over its standard error with words random" in text and "Intervals (95 %) resample words, widened" in text


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
