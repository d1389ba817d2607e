"""``analyze --interventions --dynamics``: what is read, what it adds, and what is refused before any work."""

import json

import pytest

from fairseq_phonology.analysis.figures import save_figures
from fairseq_phonology.analysis.interventions.analyze import analyze_interventions
from fairseq_phonology.analysis.interventions.tables import write_causal_summary, write_effects
from fairseq_phonology.analysis.provenance import Provenance
from fairseq_phonology.commands import main
from fairseq_phonology.stimuli.items import write_stimuli
from tests.helpers import planted
from tests.helpers.intervened import intervened
from tests.helpers.planted import Effect
from tests.helpers.toy_grammar import toy_grammar

CROSS = {"cross": 1, "cross+encoder": 1, "total": 1}
HEADS = {("cross", 1, 1): 0.1, ("cross", 1, 2): 0.6}
OF_DUMP = "a" * 64
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="6"></svg>'
ONSETS = [
    {"what": "exact_match", "threshold": 50.0, "epoch": 2, "updates": 20, "checkpoint": "checkpoint2.pt"},
    {"what": "response_mass", "threshold": 0.25, "epoch": None, "updates": None, "checkpoint": None},
    {"what": "share_cross", "threshold": 0.2, "epoch": 3, "updates": 30, "first_epoch": 2},
]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("beside")
    (home / "toy.toml").write_text(toy_grammar(), encoding="utf-8")
    items = planted.crossed_items(stems=12, suffixes=8)
    write_stimuli(home / "stimuli.tsv", items)
    planted.planted_dump(home / "dump", items, 1, 4, [Effect("response", 5.0, 1, 1)]).close()
    interventions(home / "used")
    dynamics(home / "run")
    return home


def interventions(folder, process="nasalization", checkpoint=OF_DUMP):
    study = analyze_interventions(intervened(CROSS, heads=HEADS, noise=0), process, "Toy")
    study.provenance = Provenance("interventions", checkpoint_sha256=checkpoint, items="stimuli.tsv")
    folder.mkdir()
    write_effects(study, folder / "effects.csv")
    write_causal_summary(study, folder / "summary.json")


def dynamics(folder, **changed):
    """As the verb writes it; some entries changed, or taken away (None)."""
    said = {
        "process": "nasalization",
        "language": "Toy",
        "sentence": "Exact match stays at 50 % or above from epoch 2 on.",
        "caveats": ["One run, described."],
        "head": {"kind": "cross", "layer": 1, "head": 1, "chosen": "named by --head"},
        "unit": "epoch",
        "checkpoints": 3,
        "definition": "From the first checkpoint on.",
        "onsets": ONSETS,
        "about": {"run": "checkpoints"},
    }
    said = {name: value for name, value in (said | changed).items() if value is not None}
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "dynamics.svg").write_text(SVG, encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps(said), encoding="utf-8")
    (folder / "dynamics.csv").write_text("epoch,checkpoint\n1,a\n2,b\n3,c\n", encoding="utf-8")


def argv(home, out, *options):
    return [
        *("analyze", str(home / "dump"), "--grammar", str(home / "toy.toml"), "--process", "nasalization"),
        *("--stimuli", str(home / "stimuli.tsv"), "--out", str(out), *map(str, options)),
    ]


@pytest.fixture(scope="module")
def made(home):
    """With both, and without figures of the attention, which take a second each."""
    out = home / "made"
    with pytest.MonkeyPatch.context() as patch:
        drawn = lambda place, *of: {} if place == "attention" else save_figures(place, *of)  # noqa: E731
        patch.setattr("fairseq_phonology.analysis.figures.save_figures", drawn)
        assert main(argv(home, out, "--interventions", home / "used", "--dynamics", home / "run")) == 0
    return out


def test_the_summary_has_the_combined_verdict(made):
    summary = json.loads((made / "summary.json").read_text(encoding="utf-8"))
    found = summary["interventions"]
    assert (found["strength"], found["route"], found["kinds"], found["attends"]) == ("uses", "cross", ["cross"], True)
    assert found["sentence"].startswith("The model uses the trigger of nasalization, by cross-attention: the log-odds")
    passes = "10 % [10, 10] and 10 % [10, 10] of the effect pass by it (noising and denoising)."
    assert found["sentence"].endswith(f"Head 1.1 attends to the trigger; {passes}")
    assert summary["about"]["interventions"] == "used" and summary["about"]["dynamics"] == "run"
    assert {path.name for path in (made / "figures").iterdir()} == {
        f"{name}.{ending}" for name in ("routes", "heads-map", "attention-and-effect") for ending in ("png", "svg")
    }


def test_the_page_has_both(made):
    page = (made / "report.html").read_text(encoding="utf-8")
    for each in (
        "The model attends to the trigger of nasalization.",
        "<dd>used</dd>",
        "Of the cross-attention, 1.1 (10\xa0% [10, 10] and 10\xa0% [10, 10]) attends to the trigger",
        "Of the cross-attention, 1.2 (60\xa0% [60, 60] and 60\xa0% [60, 60]; ",
        "<p>Exact match stays at 50\xa0% or above from epoch 2 on.</p>",
        "Figure 4. Training dynamics of nasalization.",
        '<th scope="row">response of head 1.1 of the cross-attention</th><td>.25 of mass, half of the last value</td>'
        "<td>not until the end</td>",
        '<th scope="row">share by noising, cross-attention</th>'
        "<td>20\xa0% of the minimal-pair effect</td><td>3 (first at 2)</td>",
        "3 checkpoints of one run, described.",
    ):
        assert each in page, each
    assert page.count("<img ") == 4


@pytest.mark.parametrize(
    ("option", "how", "says"),
    [
        pytest.param("interventions", {"process": "lowering"}, "made: is about 'lowering', not 'nasal"
                     "ization'", id="of"),
        pytest.param("interventions", {"checkpoint": "b" * 64}, "made: is of another model than the dump (checkpoint "
                     "bbbbbbbbbbbb, the dump's aaaaaaaaaaaa)", id="model"),
        pytest.param("dynamics", {"process": "lowering"}, "made: is about 'lowering', not 'nasalization'", id="run of"),
        pytest.param("dynamics", {"about": {"checkpoint_sha256": {"1": "b" * 64}}}, "made: the dump's "
                     "checkpoint aaaaaaaaaaaa is not among those followed: of another run", id="another run"),
        pytest.param("dynamics", {"about": {"checkpoint_sha256": {"1": "b" * 64}, "checkpoints_there": 9}}, "not among "
                     "those followed: of another run, or left out by --every or --at-most (1 of 9 were followed)",
                     id="left out"),
        pytest.param("dynamics", {"checkpoints": 4}, "made: summary.json is of 4 checkpoints, dynamics.csv of 3",
                     id="another table"),
        pytest.param("dynamics", {"onsets": None}, "summary.json: is no summary.json of dynamics: it lacks "
                     "'onsets'; if an earlier version made it, run dynamics again", id="no dynamics"),
        pytest.param("dynamics", {"head": {}}, "summary.json: is no summary.json of dynamics: head lacks 'kind'; "
                     "if an earlier version made it, run dynamics again",
                     id="not whole"),
        pytest.param("dynamics", {"about": "x"}, 'summary.json: is no summary.json of dynamics: about is "x", not an '
                     "object", id="a text"),
    ],
)  # fmt: skip
def test_what_is_of_something_else_is_refused_before_the_work(option, how, says, home, tmp_path, capsys, monkeypatch):
    {"interventions": interventions, "dynamics": dynamics}[option](tmp_path / "made", **how)
    monkeypatch.setattr("fairseq_phonology.analysis.contrasts.analyze.analyze", None)  # never asked
    assert main(argv(home, tmp_path / "out", f"--{option}", tmp_path / "made")) == 2
    said = capsys.readouterr().err.strip()
    assert said.endswith(says) and "\n" not in said and not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["interventions", "dynamics"])
def test_a_folder_that_is_none_is_refused_by_name(option, home, tmp_path, capsys):
    maker = {"interventions": "intervene", "dynamics": "dynamics"}[option]
    for folder in (tmp_path / "nowhere", home / "dump"):
        assert main(argv(home, tmp_path / "out", f"--{option}", folder)) == 2
        assert f"{folder}: has no summary.json: no folder that {maker} made" in capsys.readouterr().err


def test_a_run_whose_checkpoints_are_known_is_taken(home, tmp_path, undrawn):
    dynamics(tmp_path / "run", about={"checkpoint_sha256": {"checkpoint3.pt": OF_DUMP}})
    assert main(argv(home, tmp_path / "out", "--dynamics", tmp_path / "run")) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["interventions"] is None
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<h2>Training dynamics</h2>" in page and "Does the output depend" not in page


@pytest.fixture
def undrawn(monkeypatch):
    monkeypatch.setattr("fairseq_phonology.analysis.figures.save_figures", lambda *_: {})


def test_a_dynamics_folder_without_its_figure(home, tmp_path, capsys):
    dynamics(tmp_path / "run")
    (tmp_path / "run" / "figures" / "dynamics.svg").unlink()
    assert main(argv(home, tmp_path / "out", "--dynamics", tmp_path / "run")) == 2
    assert "dynamics.svg: is not there: no whole folder of dynamics" in capsys.readouterr().err
