"""A folder of `intervene` comes back as it was; what is no such folder is refused by name."""

import dataclasses
import json

import numpy as np
import pytest

from fairseq_phonology.analysis.interventions.analyze import analyze_interventions, with_attention
from fairseq_phonology.analysis.interventions.tables import read_causal, write_causal_summary, write_effects
from fairseq_phonology.analysis.provenance import Provenance
from fairseq_phonology.errors import InputError
from tests.helpers.designed import crossed
from tests.helpers.intervened import intervened, words

CROSS = {"cross": 1, "cross+encoder": 1, "total": 1}
PARTS = {("cross", "keys"): 0.1, ("cross", "values"): 1}
HEADS = {("cross", 1, None): 0.9, ("cross", 1, 1): 0.6, ("cross", 1, 2): 0.05, ("encoder", 1, 1): 0}
PROGRESSIVE = crossed(t=8, c=8, r=8, n=8, progressive=True)
for event in PROGRESSIVE.events:
    object.__setattr__(event.item, "trigger_index", 0)  # before the target, as it should be
STUDIES = {
    "crossed": lambda: intervened(CROSS, heads=HEADS, parts=PARTS),
    "progressive": lambda: intervened({"cross+decoder": 1}, PROGRESSIVE, prefix=True),
    "real words": lambda: words(CROSS),
    "few": lambda: intervened(CROSS, crossed()),
    "no design": lambda: intervened(CROSS, crossed(t=3)),
    "errors": lambda: intervened(CROSS, crossed(t=4, failed=[("T0", "R0")])),
    "no difference": lambda: intervened(CROSS, pair=0.4, noise=0.05),
}
ATTENTION = {
    "process": "nasals",
    "verdict": {"strength": "attends"},
    "primary": {"kind": "cross", "claims": [{"kind": "cross", "layer": 1, "head": 2}]},
}


def analyzed(name, attention=None):
    study = analyze_interventions(STUDIES[name](), "nasals", "toy", attention)
    study.provenance = Provenance("interventions", checkpoint_sha256="a" * 64)
    return study


def write(study, folder):
    folder.mkdir(exist_ok=True)
    write_effects(study, folder / "effects.csv")
    write_causal_summary(study, folder / "summary.json")
    return folder


def same(one, other):
    """Equal, numbers to the six digits of the files."""
    if dataclasses.is_dataclass(one):
        return type(one) is type(other) and all(
            same(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(one)
        )
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (float, np.ndarray)):
        return np.allclose(one, other, rtol=1e-5, atol=1e-9, equal_nan=True)
    return one == other


@pytest.mark.parametrize("name", STUDIES)
def test_it_comes_back_as_it_was(name, tmp_path):
    study = analyzed(name)
    found = read_causal(write(study, tmp_path / "one"))
    for field in dataclasses.fields(study):
        if field.name != "design":
            assert same(getattr(found, field.name), getattr(study, field.name)), field.name
    assert found.design is None and found.target_first is (name != "progressive")
    again = write(found, tmp_path / "two")
    for file in ("summary.json", "effects.csv"):
        assert (again / file).read_bytes() == (tmp_path / "one" / file).read_bytes()


def test_too_small_a_design_is_not_called_none(tmp_path):
    for study in (analyzed("no design"), read_causal(write(analyzed("no design"), tmp_path / "made"))):
        assert study.verdict.sentence == (
            "The words cannot test nasals, so that the effects are described only: too small a design (3 T and 5 C "
            "stems; needed: 4 T and 4 C or more)."
        )
    plain = intervened(CROSS, crossed())
    for event in plain.events:
        object.__setattr__(event.item, "stem", "")
    said = analyze_interventions(plain, "nasals").verdict.sentence
    assert said.startswith("The words have no design to test nasals in") and "it is a plain list" in said


def test_the_attention_is_added_anew(tmp_path):
    study, other = analyzed("crossed", ATTENTION), dict(ATTENTION, verdict={"strength": "none"})
    found = read_causal(write(study, tmp_path / "made"))  # its own --attention is not read back
    assert found.attention is None and found.verdict.attends is None and found.verdict.heads == ""
    both = with_attention(found, ATTENTION)
    assert same(both.verdict, study.verdict) and found.verdict.attends is None
    assert both.verdict.heads.startswith("Head 1.2 attends to the trigger; 5 % [")
    assert both.verdict.sentence == f"{found.verdict.sentence} {both.verdict.heads}"
    none = with_attention(found, dict(other, primary=None)).verdict
    assert none.heads == "No head was shown to attend to the trigger."


def change(key, value):
    def changed(folder):
        found = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        found[key] = value
        (folder / "summary.json").write_text(json.dumps(found), encoding="utf-8")

    return changed


def without(key):
    def changed(folder):
        found = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        del found[key]
        (folder / "summary.json").write_text(json.dumps(found), encoding="utf-8")

    return changed


def replaced(old, new):
    def changed(folder):
        text = (folder / "effects.csv").read_text(encoding="utf-8")
        assert old in text
        (folder / "effects.csv").write_text(text.replace(old, new, 1), encoding="utf-8")

    return changed


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(lambda f: (f / "summary.json").unlink(), "made: has no summary.json: no folder that", id="none"),
        pytest.param(lambda f: (f / "effects.csv").unlink(), r"effects\.csv: cannot be read: No such file", id="half"),
        pytest.param(lambda f: (f / "summary.json").write_text("{"), r"summary\.json: is no JSON", id="cut"),
        pytest.param(
            lambda f: (f / "summary.json").write_text("[]"), r"for one model: it is \[\], not an object", id="list"
        ),
        pytest.param(without("routes"), "is no summary.json of intervene for one model: it lacks 'routes'", id="other"),
        pytest.param(
            without("exclusions"), "lacks 'exclusions'; if an earlier version made it, run intervene again", id="early"
        ),
        pytest.param(change("direction", "up"), 'direction is "up"; allowed: regressive, progressive', id="direction"),
        pytest.param(change("minimal_pair", {}), "minimal_pair lacks 'measure'", id="pair"),
        pytest.param(change("words", None), "words is null, not a number", id="words"),
        pytest.param(change("about", "x"), 'for one model: about is "x", not an object', id="about"),
        pytest.param(change("verdict", "x"), 'for one model: verdict is "x", not an object', id="verdict"),
        pytest.param(
            change("routes", [{"measure": "cross"}, 1]), "for one model: routes 2 is 1, not an object", id="routes"
        ),
        pytest.param(change("routes", []), "are not of the same run", id="another run"),
        pytest.param(replaced("unmet", "lacks"), r"effects\.csv: no column 'unmet'", id="column"),
        pytest.param(
            replaced("routes,cross", "routes,crass"),
            r"effects\.csv, line 3: measure is .crass.; allowed: minimal-pair, ",
            id="measure",
        ),
        pytest.param(
            replaced("routes,cross,both,all", "routes,cross,both,x"), "line 3: layer is .x., not a number", id="layer"
        ),
        pytest.param(replaced("minimal pair,", ""), r"effects\.csv, line 2: has not the 38 columns", id="row"),
    ],
)
def test_what_is_no_such_folder_is_refused(spoil, says, tmp_path):
    folder = write(analyzed("crossed"), tmp_path / "made")
    spoil(folder)
    with pytest.raises(InputError, match=says):
        read_causal(folder)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"nowhere: has no summary\.json"):
        read_causal(tmp_path / "nowhere")


def test_what_is_no_summary_of_attention_is_refused():
    with pytest.raises(InputError, match=r"attention is no summary of analyze: .*primary"):
        with_attention(analyzed("crossed"), {"process": "nasalization", "verdict": {"strength": "none"}})
