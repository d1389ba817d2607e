"""Methods, references, checklist, and how numbers are written."""

import dataclasses
import re
from pathlib import Path

import pytest

from fairseq_phonology.analysis import report
from fairseq_phonology.analysis.design.exclusions import Exclusions
from fairseq_phonology.analysis.provenance import Provenance
from fairseq_phonology.analysis.report.checklist import checklist
from fairseq_phonology.analysis.report.methods import methods
from fairseq_phonology.analysis.report.references import REFERENCES, references
from fairseq_phonology.analysis.report.sections.cells import accuracy, classes_of
from fairseq_phonology.text import number, p_text, p_value
from tests.helpers import example_study
from tests.helpers.reported import attending, intervened_on


def test_real_words_are_tested_over_words():
    study = example_study.quads_study()
    text = " ".join(methods(study))
    assert f"is tested by t over the {study.primary.n_stems} words" in text and "Owen 2007" not in text
    states = {check.name: check.state for check in checklist(study)}
    assert states["Spread of the two classes within 2 : 1"] == "does not apply"


def with_words_set_aside():
    """Real words; the first two with a site that another process makes, one of their controls failed."""
    study = example_study.quads_study()
    fed = study.design.words[:2]
    for n, event in enumerate(study.events.events):
        word = study.design.words[n // 4]
        item = dataclasses.replace(event.item, stem=word, suffix="")
        if word in fed:
            ur = list(item.ur)
            ur[item.target_index] = "s" if item.target_class == "T" else ur[item.target_index]
            item = dataclasses.replace(item, ur=tuple(ur), fed_by=("neutralization",) if item.cell == "TR" else ())
        status = "other" if n == 3 else "applied"
        study.events.events[n] = dataclasses.replace(event, item=item, status=status)
    design = study.design
    study.design = dataclasses.replace(
        design,
        words=design.words[2:],
        row_segments=design.row_segments[2:],
        column_segments=design.column_segments[2:],
        index=design.index[2:],
    )
    cells = dict.fromkeys(("TR", "TN", "CR", "CN"), (10, 10))
    study.exclusions = Exclusions(cells, (), {"word": (0, 10)}, ())
    apart = dataclasses.replace(study.primary, contrast="response-derived", primary=False, n_stems=2)
    study.families.append(apart)
    return study


def test_words_set_aside_are_counted_apart():
    tested, apart = accuracy(with_words_set_aside())
    assert (
        tested["name"] == "" and apart["name"] == "2 further words whose site neutralization makes: tested separately"
    )
    for row in tested["rows"]:
        assert row["events"] == row["included"] == sum(row["statuses"]) == 10 and row["share"] == "100.00 %"
    included = {row["cell"]: (row["events"], row["included"], row["statuses"][3]) for row in apart["rows"]}
    assert included == {"TR": (2, 2, 0), "TN": (2, 2, 0), "CR": (2, 2, 0), "CN": (2, 1, 1)}


def test_segments_named_are_those_of_the_words_tested():
    study = with_words_set_aside()
    assert any(event.item.target == "s" for event in study.events.events)
    assert set(classes_of(study)["T"]) == set(study.design.row_segments) == {"p", "t", "k"}
    assert set(classes_of(study)["R"]) == set(study.design.column_segments)


def test_the_methods_say_what_was_set_aside_and_why_and_what_it_gave():
    study = with_words_set_aside()
    study.provenance = Provenance(exact_match=(47, 48))
    text = " ".join(methods(study))
    assert "2 further words were set aside: another process (neutralization) makes their site" in text
    assert "over all of them: there the response of head" in text and "log-odds (corrected p" in text
    assert "It gave 47 of 48 words (12 × 4) wholly right (97.92 %)." in text
    assert "Every word with an excluded event was excluded whole (0 of 10)." in text


def test_what_a_study_cannot_know_stands_in_brackets_and_morpheme_edges_are_told():
    study = attending()
    text = " ".join(methods(study))
    assert "[How the words were made, for instance:" in text and "[Training: " in text and "(+)" not in text
    assert "As a baseline the same was done with the model's weights fresh" in text
    first = study.events.events[0]
    study.events.events[0] = dataclasses.replace(first, item=dataclasses.replace(first.item, ur=(*first.item.ur, "+")))
    assert "Morpheme edges (+) in a UR count among its positions." in " ".join(methods(study))


@pytest.mark.parametrize(
    ("value", "written"), [(0.184, ".18"), (-0.034, "−.03"), (1.0, "1.00"), (-0.001, ".00"), (float("nan"), "–")]
)
def test_number(value, written):
    assert number(value) == written


@pytest.mark.parametrize(
    ("value", "written", "text"),
    [
        (0.0123, ".0123", "p = .0123"),
        (0.00004, "<.0001", "p < .0001"),
        (1.0, "1.0000", "p = 1.0000"),
        (0.0001, ".0001", "p = .0001"),
    ],
)
def test_p(value, written, text):
    assert (p_value(value), p_text(value)) == (written, text)


def test_methods_are_built_from_the_numbers_of_the_study():
    study = attending()
    text = " ".join(methods(study))
    grid = study.design
    for each in (
        f"{len(grid.rows)} stems ({grid.undergoes.sum()} with",
        f"{len(grid.rows) * len(grid.columns)} words",
        "one that undergoes the process (p t k)",
        "repeat few segments (3 T, 2 C, 2 R and 4 N)",
        f"corrected over the {len(study.primary.heads)} heads",
        "without the target and without the end-of-sequence symbol, from the raw weights, each at least 10⁻⁹",
        "numpy 2.4.6",
    ):
        assert each in text, each


def test_references_are_those_cited_and_all_can_be_cited():
    study = attending()
    seen = set()
    for causal in (None, intervened_on(study)):
        text = methods(study, causal)
        cited = set(re.findall(r"[A-Z]\w+ (?:& [A-Z]\w+ |et al\. )?(?:19|20)\d\d", " ".join(text)))
        assert cited == {label for label, work in REFERENCES.items() if work in references(text)}
        seen |= cited
    texts = [
        Path(report.__file__).with_name("page") / f"{of}_methods.txt.jinja" for of in ("models", "people", "conditions")
    ]
    others = " ".join(text.read_text(encoding="utf-8").replace("\n", " ") for text in texts)
    assert seen | {label for label in REFERENCES if label in others} == set(REFERENCES)
    for label, work in REFERENCES.items():
        assert work.startswith(label.split()[0]) and f"({label[-4:]})" in work
    names = [re.sub(r"\W.*", "", label) for label in REFERENCES]
    assert names == sorted(names)


@pytest.mark.parametrize("name", ["attention", "interventions too", "real words", "plain list"])
def test_the_whole_text(name, snapshot):
    study = {"real words": with_words_set_aside, "plain list": example_study.plain_study}.get(name, attending)()
    causal = intervened_on(study) if name == "interventions too" else None
    snapshot(
        [*methods(study, causal), *(f"{each.name}: {each.state}. {each.detail}" for each in checklist(study, causal))]
    )


def test_a_crossed_list_of_which_errors_leave_too_little_is_no_plain_list():
    study = example_study.plain_study(families=False)
    lost = "errors leave too few units: 0 R and 4 N suffixes; needed: 1 R and 4 N or more"
    study.exclusions = Exclusions({}, ("#",), {"T": (0, 5), "C": (0, 5)}, (lost,))
    text = " ".join(methods(study))
    assert f"come from a crossed design, of which errors left too few words to test ({lost})." in text
    assert "plain list" not in text
    checks = {check.name: check for check in checklist(study)}
    crossed = checks["Crossed design"]
    assert (crossed.state, crossed.detail) == ("not met", "The words are crossed; errors left too few words to test.")
    assert checks["Criterion: Segments random"].detail == "Not tested: errors left too few words to test."


def test_checklist_tells_done_from_not_done():
    study = attending()
    states = {check.name: check.state for check in checklist(study)}
    assert states["Crossed design"] == states["Criterion: Segments random"] == states["Uniform reference"] == "done"
    assert states["Interventions"] == states["Several seeds"] == "not done"
    assert states["Untrained baseline"] == "done" and states["All items under forced decoding"] == "not done"
    study.exclusions = Exclusions({}, (), {"T": (9, 30)}, ("9 of 30 stems of class T were lost, over 20 %",))
    failed = next(check for check in checklist(study) if check.name == "Exclusions within the limits")
    assert (failed.state, failed.detail) == ("not met", "9 of 30 stems of class T were lost, over 20\xa0%.")
    study.sensitivity = dataclasses.replace(study.primary)
    forced = next(check for check in checklist(study) if "forced" in check.name)
    assert forced.state == "done" and "1 head meets the criteria; response of head 3.2: +3.3 log-odds." in forced.detail
