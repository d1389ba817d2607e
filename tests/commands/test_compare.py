"""``fairseq-phonology compare`` from two tables to a folder: every file, every refusal, the same bytes."""

import json
import shutil

import pytest

import fairseq_phonology as fp
from fairseq_phonology.commands import main
from tests.helpers import people
from tests.helpers.compared import given

QUICK = ("--draws", "100")
FILES = ["compare.csv", "figures", "items.csv", "mixed_model.R", "report.html", "responses.csv", "summary.json"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Scores and three tables of people."""
    home = tmp_path_factory.mktemp("compare")
    for kind in ("counts", "ratings", "trials"):
        scores, _ = given(home, kind, 12, 2)
    (home / "scores").mkdir()
    scores.write(home / "scores" / "scores.csv")
    about = {"of": "scores", "checkpoint_sha256": {"m0": "a" * 64, "m1": "b" * 64}}
    (home / "scores" / "summary.json").write_text(json.dumps({"about": about}), encoding="utf-8")
    return home


def run(home, human, out, *words):
    scores = home / "scores"
    return main(["compare", str(scores), "--human", str(home / human), "--out", str(out), *QUICK, *map(str, words)])


def test_trials_make_every_file(home, tmp_path, capsys):
    assert run(home, "trials.tsv", tmp_path / "out", "--baseline", "length") == 0
    said = capsys.readouterr().out
    assert "over 12 items and 2 seeds (ceiling" in said and "responses.csv" in said and "(--item-column" in said
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    assert sorted(path.name for path in (tmp_path / "out/figures").glob("*.svg")) == [
        *("people-calibration.svg", "people-correlations.svg", "people.svg"),
    ]
    found = json.loads((tmp_path / "out/summary.json").read_text(encoding="utf-8"))
    assert found["about"]["checkpoint_sha256"]["m1"] == "b" * 64, "those that score has written"
    assert found["about"]["options"] == {
        **{"measure": "share", "variant": "", "baseline": ["length"], "family": ""},
        **{"draws": 100, "splits": 1000, "seed": 1},
    }
    assert str(tmp_path) not in (tmp_path / "out/report.html").read_text(encoding="utf-8"), "names, no folders"


def test_the_same_input_makes_the_same_files_and_python_the_same_numbers(home, tmp_path, capsys):
    assert run(home, "counts.tsv", tmp_path / "one", "--seed", 3) == 0
    first = {path: path.read_bytes() for path in (tmp_path / "one").rglob("*.*")}
    assert len(first) == 11 and "responses.csv" not in capsys.readouterr().out
    how = {"options": fp.CompareOptions(draws=100), "seed": 3, "overwrite": True}
    found = fp.compare(home / "scores", home / "counts.tsv", tmp_path / "one", **how)
    assert found.sentence == json.loads((tmp_path / "one/summary.json").read_text())["verdict"]["sentence"]
    assert {path: path.read_bytes() for path in (tmp_path / "one").rglob("*.*")} == first


def test_training_and_untrained_are_baselines(home, tmp_path):
    rows = [(one, "ba", "applied") for one in range(5)] + [(9, "ba", "blocked")]
    people.table(tmp_path / "train.tsv", "id ur sr variant", [(n, "z a", "z a", v) for n, _, v in rows])
    fresh = shutil.copy(home / "scores" / "scores.csv", tmp_path / "fresh.csv")  # alone, it does not tell of what it is
    more = {"training": tmp_path / "train.tsv", "untrained": fresh, "options": fp.CompareOptions(draws=100)}
    found = fp.compare(home / "scores", home / "ratings.tsv", **more)
    assert [one.name for one in found.baselines] == ["variant", "training frequency", "untrained"]


def table(lines):
    return "".join(f"{line}\n" for line in lines)


REFUSED = {
    "no such column": (
        "ratings.tsv",
        ["--rating-column", "stars"],
        "--rating-column is 'stars'; columns found: 1",
    ),
    "a scale the ratings leave": ("ratings.tsv", ["--scale", "1-5"], "allowed: 1 to 5"),
    "no scale": ("ratings.tsv", ["--scale", "7"], "--scale is '7'; allowed: LOW-HIGH, as in 1-7"),
    "a scale upside down": ("ratings.tsv", ["--scale", "7-1"], "allowed: LOW-HIGH"),
    "no such baseline": ("counts.tsv", ["--baseline", "wings"], "--baseline is 'wings'; columns with a number for"),
    "a baseline of words": (
        "words.tsv",
        ["--baseline", "kind"],
        "is 'kind'; columns with a number for every candidate: l",
    ),
    "a baseline with a gap": (
        "gap.tsv",
        ["--baseline", "freq"],
        "gap.tsv, line 2: freq is '' for b a 0 of i0; allowed",
    ),
    "no such family": (
        "counts.tsv",
        ["--family", "wings"],
        "--family is 'wings'; columns found, beside those that say",
    ),
    "a family with a gap": ("gap.tsv", ["--family", "freq"], "gap.tsv, line 2: freq is empty for i0; allowed: a name"),
    "a scale of counts": ("counts.tsv", ["--scale", "1-7"], "--scale is for ratings"),
    "no such variant": ("counts.tsv", ["--variant", "wings"], "--variant is 'wings'; variants found: applied, blocked"),
    "too few draws": ("counts.tsv", ["--draws", "7"], "--draws is 7; allowed: 100 or more"),
    "no table": ("none.tsv", [], "No such file"),
    "k over n": ("over.tsv", [], "line 2: k is 9 and n is 8; allowed: k up to n"),
    "another list": ("others.tsv", [], "no item is among the scores"),
    "twice": ("twice.tsv", [], "line 3"),
    "choices within participants": ("trials.tsv", ["--within-participants", "center"], "holds choices"),
    "no scores": ("counts.tsv", ["--untrained", "nowhere"], "nowhere"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_input_that_cannot_be_used_is_refused(case, home, tmp_path, capsys):
    (home / "over.tsv").write_text(table(["item\tvariant\tk\tn", "i0\tapplied\t9\t8"]))
    (home / "others.tsv").write_text(table(["item\tvariant\tk\tn", "w7\tapplied\t7\t8"]))
    (home / "twice.tsv").write_text(table(["item\tvariant\tk\tn", *["i0\tapplied\t7\t8"] * 2]))
    for name, cells in (("words", [f"w{n}" for n in range(4)]), ("gap", ["", 1, 2, 3])):
        people.table(
            home / f"{name}.tsv",
            "item variant k n " + ("kind" if name == "words" else "freq"),
            [(f"i{n}", "applied", 1, 8, cell) for n, cell in enumerate(cells)],
        )
    human, words, said = REFUSED[case]
    assert run(home, human, tmp_path / "out", *words) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.err.count("\n") == 1
    assert not (tmp_path / "out").exists(), "nothing half-written"


def test_several_folders_of_scores_are_refused(home, tmp_path, capsys):
    words = ["compare", "a", "b", "--human", str(home / "counts.tsv"), "--out", str(tmp_path / "out")]
    assert main(words) == 2
    assert "found 2 folders of scores; allowed: one, with all models in it" in capsys.readouterr().err


def test_a_folder_that_is_not_ours_is_not_replaced(home, tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.tex").write_text("x")
    assert run(home, "counts.tsv", tmp_path / "out", "--overwrite") == 2
    assert "holds thesis.tex, which compare did not make" in capsys.readouterr().err
