"""Several models in one command: their names, what is refused before any work, and the folder that they share."""

import csv
import json
import re

import pytest

from fairseq_phonology.analysis.figures import save_figures
from fairseq_phonology.analysis.interventions.analyze import analyze_interventions
from fairseq_phonology.analysis.pipeline import beside, folders
from fairseq_phonology.analysis.pipeline.beside import results_of, sha256
from fairseq_phonology.commands import main
from fairseq_phonology.errors import InputError
from fairseq_phonology.stimuli.items import write_stimuli
from tests.helpers import planted
from tests.helpers.designed import crossed
from tests.helpers.intervened import intervened
from tests.helpers.planted import Effect
from tests.helpers.toy_grammar import toy_grammar

OF_ONE = [
    *("events.csv.gz", "figures", "heads.csv", "regions.csv", "report.html", "summary.json", "window.csv", "words.csv")
]


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["seeds/3/attention", "seeds/4/attention"], ["3", "4"]),
        (["seeds/3/checkpoint_best.pt", "seeds/4/checkpoint_best.pt"], ["3", "4"]),
        (["run/checkpoint3.pt", "run/checkpoint4.pt"], ["checkpoint3", "checkpoint4"]),
        (["seeds/3/checkpoint_best.pt", "seeds/4/checkpoint_last.pt"], ["3", "4"]),
        (["small/1/dump", "small/2/dump", "large/1/dump"], ["small-1", "small-2", "large-1"]),
        (["a/attention", "b/run/attention"], ["a", "b-run"]),
        (["seeds", "seeds/3"], ["seeds", "seeds-3"]),
        (["모델 1/dump", "모델 2/dump"], ["모델_1", "모델_2"]),
        (["x/figures/dump", "x/3/dump"], ["model-figures", "3"]),
        (["x/A/dump", "x/a/dump"], ["A", "a-2"]),
        (["x/a b/dump", "x/a:b/dump"], ["a_b", "a_b-2"]),
        (["x/.a/dump", "x/b/dump"], ["a", "b"]),
        (["x/a", "x/./a/"], ["a", "a-2"]),
    ],
)
def test_a_model_is_called_by_what_tells_it_from_the_others(paths, names):
    assert folders.names_of(paths) == names


def test_as_many_as_there_are_models():
    assert beside.one_for_each("--baseline", None, 2) == [None, None]
    assert beside.one_for_each("--baseline", ["x", "y"], 2) == ["x", "y"]
    assert beside.one_for_each("--baseline", "x", 1) == ["x"]
    with pytest.raises(
        InputError, match=r"^--baseline: found 1 for 2 models; allowed: one for each, in the same order$"
    ):
        beside.one_for_each("--baseline", ["x"], 2)
    with pytest.raises(InputError, match="--forced: found 2 for 1 model; allowed"):
        beside.one_for_each("--forced", ["x", "y"], 1)


def test_each_model_is_given_once(tmp_path):
    beside.check_different(["a", "b"], ["1" * 64, "2" * 64])
    beside.check_different(["a", "b"], [None, None])  # not known
    with pytest.raises(
        InputError, match=r"^b: is of the same model as a \(checkpoint 111111111111\); allowed: each model once"
    ):
        beside.check_different(["a", "b"], ["1" * 64, "1" * 64])
    with pytest.raises(InputError, match=r"a/\.: was given twice; allowed: each model once"):
        beside.check_different([f"{tmp_path}/a", f"{tmp_path}/a/."], [None, None])


def made_by_several(folder, checkpoints):
    """What `intervene` leaves of several models, as far as it is looked at."""
    folder.mkdir()
    lines = ["model,strength", *(f"{name},uses" for name in checkpoints)]
    (folder / "models.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, checkpoint in checkpoints.items():
        (folder / name).mkdir()
        summary = json.dumps({"about": {"checkpoint_sha256": checkpoint}})
        (folder / name / "summary.json").write_text(summary, encoding="utf-8")
    return folder


def test_results_of_another_verb_are_found_by_the_checkpoint(tmp_path):
    folder = made_by_several(tmp_path / "found", {"x": "1" * 64, "y": "2" * 64, "z": "3" * 64})
    x, y = (str(folder / name) for name in "xy")

    def ask(given, *checkpoints):
        models = [f"model{n}" for n in range(len(checkpoints))]
        found = results_of("--interventions", given, models, checkpoints)
        return [path and path.parent.name for path in found]

    assert ask(None, "1" * 64, "2" * 64) == [None, None]
    assert ask([str(folder)], "2" * 64, "1" * 64) == ["y", "x"]  # not all of them need be asked about
    assert ask([str(folder)], "3" * 64) == ["z"]
    assert ask([x, y + "/summary.json"], "2" * 64, "1" * 64) == ["y", "x"]
    assert ask([x], "2" * 64) == ["x"]  # who reads it says that it is of another model
    with pytest.raises(
        InputError, match=r"^model1: --interventions .*found has no result for this model .checkpoint 4"
    ):
        ask([str(folder)], "1" * 64, "4" * 64)
    with pytest.raises(InputError, match=r"model0: .* has no result for this model, whose checkpoint is not known$"):
        ask([str(folder)], None, "1" * 64)
    with pytest.raises(InputError, match="--interventions: found 3 for 2 models; allowed: one for each, in any order"):
        ask([x, y, x], "1" * 64, "2" * 64)
    with pytest.raises(InputError, match="nowhere: cannot be read: No such file"):
        ask([x, str(tmp_path / "nowhere")], "1" * 64, "2" * 64)


def test_the_checkpoint_of_no_file():
    assert sha256("nowhere.pt") == "" and sha256("a.pt:b.pt") == ""


def test_what_may_be_replaced(tmp_path):
    files = re.compile("summary.json|heads.csv")
    folder = made_by_several(tmp_path / "made", {"3": "1" * 64, "a.b": "2" * 64})

    def foreign():
        ours = folders.ours(folder, files)
        return [path.name for path in sorted(folder.iterdir()) if not ours.fullmatch(path.name)]

    assert foreign() == []
    (folder / "a_b").mkdir()  # a name is no pattern
    (folder / "3" / "thesis.txt").touch()
    assert foreign() == ["3", "a_b"]
    assert folders.ours(tmp_path / "nowhere", files).fullmatch("heads.csv")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A grammar, a list, dumps of three models over it, and one without an effect."""
    home = tmp_path_factory.mktemp("several")
    (home / "toy.toml").write_text(toy_grammar(), encoding="utf-8")
    items = planted.crossed_items(stems=8, suffixes=8)
    write_stimuli(home / "stimuli.tsv", items)
    for seed, head in enumerate((1, 3, 2), 1):
        dump(home / str(seed) / "attention", items, [Effect("response", 5.0, 1, head)], seed)
    fresh = {"forced": True}
    for seed in (1, 2, 3):
        dump(home / str(seed) / "fresh", items, [], seed + 3, **fresh)
    return home


def dump(folder, items, effects, seed, **how):
    folder.parent.mkdir(exist_ok=True)
    how = {"checkpoint_sha256": f"{seed:064x}", "seed": seed} | how
    planted.planted_dump(folder, items, 1, 4, effects, **how).close()


def argv(home, out, *options, dumps=("1", "2", "3")):
    return [
        *("analyze", *(str(home / name / "attention") for name in dumps), "--grammar", str(home / "toy.toml")),
        *("--process", "nasalization", "--stimuli", str(home / "stimuli.tsv")),
        *("--out", str(out), *map(str, options)),
    ]


def over_models_only(place, folder, *found):
    """No figures of single models: they take seconds."""
    return save_figures(place, folder, *found) if place == "models" else {}


@pytest.fixture
def undrawn(monkeypatch):
    monkeypatch.setattr("fairseq_phonology.analysis.figures.save_figures", over_models_only)


@pytest.fixture(scope="module")
def made(home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fairseq_phonology.analysis.figures.save_figures", over_models_only)
        baselines = [home / seed / "fresh" for seed in "123"]
        assert main(argv(home, home / "made", "--baseline", *baselines)) == 0
    return home / "made"


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_model_gets_what_it_gets_alone_and_all_together_a_page(made, home, tmp_path, undrawn):
    assert sorted(path.name for path in made.iterdir()) == [
        *("1", "2", "3", "figures", "models.csv", "report.html", "summary.json")
    ]
    assert [row["model"] for row in table(made / "models.csv")] == ["1", "2", "3"]
    for name in "123":
        files = sorted(path.name for path in (made / name).iterdir())
        assert files == [name for name in OF_ONE if name != "figures"]
    alone = argv(home, tmp_path / "alone", "--baseline", home / "2" / "fresh", dumps=["2"])
    assert main(alone) == 0
    for name in ("heads.csv", "words.csv", "events.csv.gz"):
        assert (tmp_path / "alone" / name).read_bytes() == (made / "2" / name).read_bytes()
    alone, one = (json.loads((each / "summary.json").read_text()) for each in (tmp_path / "alone", made / "2"))
    assert one["about"].pop("one_of") == 3 and one == alone
    alone, one = ((each / "report.html").read_text(encoding="utf-8") for each in (tmp_path / "alone", made / "2"))
    said = re.search(r"One of 3 models analyzed together; .*? at least 6\.", one).group()
    lonely = re.search(r"One model\. Head numbers .*? at least 6\.", alone).group()
    assert one.replace(said, lonely) == alone and "One model." not in one
    page = (made / "report.html").read_text(encoding="utf-8")
    assert all(f'href="{name}/report.html"' in page for name in "123")


def test_the_same_again_in_the_folder_of_others(made, home, tmp_path, undrawn):
    """Models that are gone leave; the files of the rest are what they would be anywhere."""
    assert main(argv(home, tmp_path / "out")) == 0
    assert main(argv(home, tmp_path / "out", "--overwrite", dumps=["3", "1"])) == 0
    assert main(argv(home, tmp_path / "else", dumps=["3", "1"])) == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["1", "3", "figures", "models.csv", "report.html", "summary.json"]
    for path in sorted((tmp_path / "out").rglob("*.*")):
        assert path.read_bytes() == (tmp_path / "else" / path.relative_to(tmp_path / "out")).read_bytes(), path
    assert main(argv(home, tmp_path / "out", "--overwrite", dumps=["2"])) == 0
    assert "models.csv" not in [path.name for path in (tmp_path / "out").iterdir()]


def test_how_far_one_is_and_what_was_found(home, tmp_path, capsys, undrawn, snapshot):
    assert main(argv(home, tmp_path / "out")) == 0
    said = capsys.readouterr().out.splitlines()
    snapshot(line.replace(str(tmp_path), "FOLDER").replace(str(home), "HOME") for line in said)
    assert [line for line in said if line.startswith("model ")] == [f"model {n} of 3: {n}" for n in (1, 2, 3)]
    assert any(line.startswith("  The model attends to the trigger") and "head 1.3" in line for line in said)
    written = said.index(f"written: {tmp_path / 'out'}")
    files = [line.split()[0] for line in said[written + 1 :] if line.startswith("  ")]
    assert files == ["report.html", "summary.json", "models.csv", "figures/", "1/"]
    assert said[-2].startswith("next: open ") and said[-1].startswith("then: fairseq-phonology intervene CHECKPOINT ")


def test_who_could_not_be_read_is_named_not_out(home, tmp_path, capsys, monkeypatch):
    def unreadable(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("fairseq_phonology.analysis.contrasts.analyze.analyze", unreadable)
    assert main(argv(home, tmp_path / "out")) == 2
    said = capsys.readouterr().err
    assert f"{home / '1' / 'attention'}: cannot be read: Input/output error" in said and "written" not in said


@pytest.mark.parametrize("place", ["compare", "rename"])
def test_what_goes_wrong_between_is_not_called_writing(home, tmp_path, capsys, monkeypatch, undrawn, place):
    """An error of the calculation is one; where the folder cannot be put in its place, it is --out that is named."""

    def fails(*_):
        raise OSError(28, "No space left on device")

    where = "fairseq_phonology.analysis.models.attention.compare_attention" if place == "compare" else "os.rename"
    monkeypatch.setattr(where, fails)
    assert main(argv(home, tmp_path / "out", dumps=["1", "2"])) == 2
    err = capsys.readouterr().err
    assert "No space left on device" in err
    assert (f"{tmp_path / 'out'}: cannot be written" in err) == (place == "rename")
    assert list(tmp_path.iterdir()) == []


def test_what_interventions_found_is_on_the_page_over_all(home, tmp_path, capsys, monkeypatch, undrawn):
    """Of interventions each model's row says the route; a page of its own, that it is one of several."""
    found = made_by_several(tmp_path / "found", {str(n): f"{n:064x}" for n in (1, 2, 3)})
    events = crossed(t=8, c=8, r=8, n=8)
    causal = analyze_interventions(intervened({"cross": 0.9, "cross+encoder": 1}, events), "nasalization", "Toy")
    monkeypatch.setattr(
        "fairseq_phonology.analysis.pipeline.attention.causal_in", lambda path, *_: causal if path else None
    )
    monkeypatch.setattr("fairseq_phonology.analysis.figures.save_figures", lambda *_: {})
    assert main(argv(home, tmp_path / "out", "--interventions", found)) == 0
    row = table(tmp_path / "out" / "models.csv")[2]
    assert (row["uses"], row["uses_route"], float(row["uses_share"])) == ("uses", "cross", pytest.approx(0.9, abs=0.03))
    said = (
        "each tested alone: 3 of 3 use the trigger by cross-attention. A head is shown to attend to the trigger in "
        "3 of these 3. This is a description; the"
    )
    where = "test of use over models is made by fairseq-phonology intervene (results in found)."
    assert f"{said} {where}" in capsys.readouterr().out
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert f"{said} {where}" in page and page.count("cross (90 %)") == 3 and "which takes several" not in page


REFUSED = {
    "the same dump twice": (
        lambda home: {"dumps": ["1", "2", "1"]},
        "attention: was given twice; allowed: each model once",
    ),
    "the same model twice": (
        lambda home: dump(home / "copy" / "attention", items(home), [], 2) or {"dumps": ["1", "2", "copy"]},
        "copy/attention: is of the same model as ",
    ),
    "too few baselines": (
        lambda home: {"options": ["--baseline", home / "1" / "fresh"]},
        "--baseline: found 1 for 3 models; allowed: one for each, in the same order",
    ),
    "baselines of the models themselves": (
        lambda home: {"options": ["--baseline", *(home / n / "attention" for n in "123")]},
        "1/attention: is given as baseline and was not made under forced decoding",
    ),
    "too many forced dumps": (
        lambda home: {"options": ["--forced", *(home / n / "fresh" for n in "1231")]},
        "--forced: found 4 for 3 models",
    ),
    "forced dumps of others": (
        lambda home: {"options": ["--forced", *(home / n / "fresh" for n in "123")]},
        "1/fresh: is of another model than the dump",
    ),
    "an incomplete dump, the last": (
        lambda home: (
            dump(home / "part" / "attention", items(home), [], 9, words_expected=999) or {"dumps": ["1", "2", "part"]}
        ),
        "part/attention: incomplete: 256 of 999 words; write the dump again",
    ),
    "a dump of other words, the last": (
        lambda home: dump(home / "few" / "attention", items(home)[:-5], [], 8) or {"dumps": ["1", "2", "few"]},
        "few/attention: 5 of 256 items of the stimuli are not in the dump",
    ),
    "interventions on others": (
        lambda home: {
            "options": ["--interventions", made_by_several(home / "elsewhere", {"1": f"{1:064x}", "2": f"{9:064x}"})]
        },
        "2/attention: --interventions ",
    ),
}


def items(home):
    return planted.crossed_items(stems=8, suffixes=8)


@pytest.mark.filterwarnings("ignore:.*is incomplete")  # of the test that writes it
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_before_any_work(home, tmp_path, capsys, monkeypatch, name):
    def worked(*_):
        raise AssertionError("the first model was analyzed")

    make, message = REFUSED[name]
    how = dict(make(home))
    monkeypatch.setattr("fairseq_phonology.analysis.contrasts.analyze.analyze", worked)
    assert main(argv(home, tmp_path / "out", *how.pop("options", ()), **how)) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    assert said.err.startswith("fairseq-phonology analyze: error: ") and message in said.err
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_fails_in_the_middle_leaves_nothing(home, tmp_path, capsys, undrawn):
    """Only every word can tell that one of them is another in the dump."""
    others = planted.crossed_items(stems=8, suffixes=8, triggers={"R": "nmnm", "N": "sfsf"})
    dump(home / "others" / "attention", others, [], 7)
    assert main(argv(home, tmp_path / "out", dumps=["1", "others"])) == 2
    said = capsys.readouterr()
    assert "others/attention: word 'w00001' is /t a p + m i/ in the stimuli and /t a p n i/ in the dump" in said.err
    assert said.out.splitlines()[-1] == "model 2 of 2: others" and list(tmp_path.iterdir()) == []
