"""What the page says first, and that it says no more than attention can show."""

import re

import pytest

from fairseq_phonology.analysis.contrasts.study import Verdict
from fairseq_phonology.analysis.report import write_report
from fairseq_phonology.analysis.report.methods import methods
from fairseq_phonology.analysis.report.references import references
from tests.helpers import example_study
from tests.helpers.reported import attending, words_of


@pytest.mark.parametrize(
    ("strength", "label"),
    [
        ("attends", "✓ Attends to the trigger"),
        ("none", "○ No head shown to attend"),
        ("withheld", "! Withheld: no claim may be made"),
        ("descriptive", "… Description only: no design to test against"),
    ],
)
def test_strength_is_told_by_word_sign_and_class(strength, label, tmp_path):
    study = attending()
    study.verdict = Verdict(strength, "A sentence.")
    write_report(tmp_path / "r.html", study)
    found = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert label in words_of(found) and f'class="verdict {strength}"' in found


def test_withheld_says_why_and_shows_no_number_that_reads_like_a_claim(tmp_path):
    study = attending()
    study.verdict = Verdict("withheld", "Nothing is claimed: 9 of 30 stems of class T were lost.")
    write_report(tmp_path / "r.html", study)
    found = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert '<span class="headline">Nothing is claimed:</span> 9 of 30 stems of class T were lost.' in found
    assert "Heads that meet the criteria" not in found and "<b>claim</b>" not in found and "<b>no claim</b>" in found


def test_page_says_what_was_asked_of_which_model(text):
    said = words_of(text)
    for each in (
        *("Sohn 1999 & others", "[-son, -cont] -> [+nas] / _ [+nas]", "T target undergoes the process p t k"),
        *("transformer_phonology_tiny, 3 layers, 1,003,648 parameters", "SHA-256 ec8f48a9ca9a…", "stimuli-attention"),
        *("Exact match: 99.17 % (238 of 240 words wholly right).", "seed 7"),
        *("/l/ before nasals left out: it would assimilate.", "One seed."),
    ):
        assert each in said, each


def test_it_never_says_uses_of_attention_alone(text):
    sentences = [each for each in re.split(r"[.;:]\s", words_of(text)) if re.search(r"\buses\b", each)]
    assert all("not what it uses" in each for each in sentences), sentences


def test_a_plain_list_has_no_rule_to_meet(tmp_path):
    study = example_study.plain_study()
    study.verdict = Verdict("descriptive", "The list has no design: it is not process-specific.")
    write_report(tmp_path / "r.html", study)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    said = words_of(page)
    assert (
        '<th scope="col">criteria</th>' not in page and "not met" not in said and "would meet the criteria" not in said
    )
    assert '<span class="headline">The list has no design: it is not process-specific.</span>' in page
    text = " ".join(methods(study))
    assert "is tested by t over" in text and "a small p is no evidence for the process" in text
    assert {"Holm", "Hesterberg"} <= {work.split(",")[0] for work in references(methods(study))}


def test_the_box_has_the_numbers_of_the_head_and_what_its_segments_say(tmp_path):
    study = attending()
    study.verdict = Verdict("none", "No head was shown to attend. The largest: it falls short.")
    family, n = study.primary, study.primary.best
    write_report(tmp_path / "r.html", study)
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    said = words_of(page)
    low, size, high = (f"{each['log_odds'][n]:+.1f}" for each in (family.low, family.estimate, family.high))
    assert f"Head 3.2, response {size} log-odds, 95 % {low} to {high}" in said
    assert "Corrected p <.0001 over 12 heads" in said
    assert f"Positive quadruples 48 of 48 segments random: p = {family.consistency.p[n]:.4f}".replace("0.", ".") in said
    assert '<span class="headline">No head was shown to attend.</span> The largest: it falls short.' in page
