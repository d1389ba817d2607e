"""Several models in one command: what is refused before any work, and the folder that they share."""

import csv
import json
import re

import pytest

from fairseq_phonology.analysis.interventions.tests import analyze_interventions
from fairseq_phonology.commands import main
from fairseq_phonology.stimuli.items import write_stimuli
from tests.helpers import planted
from tests.helpers.designed import crossed
from tests.helpers.drawn import over_models_only
from tests.helpers.intervened import intervened
from tests.helpers.planted import Effect
from tests.helpers.several import made_by_several

GRAMMAR = """
language = "Toy"
[inventory]
segments = "p t k s f h m n ŋ l a i u"
[[process]]
name = "nasalization"
rules = ["p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]"]
[controls.nasalization]
target = ["m", "ŋ"]
trigger = ["s", "f"]
"""
OF_ONE = [
    *("events.csv.gz", "figures", "heads.csv", "regions.csv", "report.html", "summary.json", "window.csv", "words.csv")
]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A grammar, a list, dumps of three models over it, and one without an effect."""
    home = tmp_path_factory.mktemp("several")
    (home / "toy.toml").write_text(GRAMMAR, encoding="utf-8")
    items = planted.crossed_items(stems=8, suffixes=6)
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
        *("--process", "nasalization", "--stimuli", str(home / "stimuli.tsv"), "--permutations", "999"),
        *("--out", str(out), *map(str, options)),
    ]


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
    said = re.search(r"One of 3 models analyzed together: .*? be tested\.", one).group()
    lonely = re.search(r"One model\. Head 3 .*? speak for more\.", alone).group()
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


def test_how_far_one_is_and_what_was_found(home, tmp_path, capsys, undrawn):
    assert main(argv(home, tmp_path / "out")) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith("model ")] == [f"model {n} of 3: {n}" for n in (1, 2, 3)]
    assert any("fewer than 6" in line or "six" in line for line in said), said  # the warning
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
    if place == "compare":
        with pytest.raises(OSError, match="No space"):
            main(argv(home, tmp_path / "out", dumps=["1", "2"]))
    else:
        assert main(argv(home, tmp_path / "out", dumps=["1", "2"])) == 2
        assert f"{tmp_path / 'out'}: cannot be written: No space left on device" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_what_interventions_found_is_on_the_page_over_all(home, tmp_path, capsys, monkeypatch, undrawn):
    """Of interventions each model's row says the route; a page of its own, that it is one of several."""
    found = made_by_several(tmp_path / "found", {str(n): f"{n:064x}" for n in (1, 2, 3)})
    events = crossed(t=6, c=6, r=6, n=6)
    causal = analyze_interventions(intervened({"cross": 0.9, "cross+encoder": 1}, events), "nasalization", "Toy")
    monkeypatch.setattr(
        "fairseq_phonology.analysis.pipeline.attention.causal_in", lambda path, *_: causal if path else None
    )
    monkeypatch.setattr("fairseq_phonology.analysis.figures.save_figures", lambda *_: {})
    assert main(argv(home, tmp_path / "out", "--interventions", found)) == 0
    row = table(tmp_path / "out" / "models.csv")[2]
    assert (row["uses"], row["uses_route"], float(row["uses_share"])) == ("uses", "cross", pytest.approx(0.9, abs=0.03))
    said = "each tested alone: 3 of 3 use the trigger by cross-attention, and attend to it. This is a description; the"
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
        "1/attention: serves as baseline and was not made along the gold SRs",
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
        "part/attention: incomplete: 192 of 999 words; write the dump again",
    ),
    "a dump of other words, the last": (
        lambda home: dump(home / "few" / "attention", items(home)[:-5], [], 8) or {"dumps": ["1", "2", "few"]},
        "few/attention: 5 of 192 items of the stimuli are not in the dump",
    ),
    "interventions on others": (
        lambda home: {
            "options": ["--interventions", made_by_several(home / "elsewhere", {"1": f"{1:064x}", "2": f"{9:064x}"})]
        },
        "2/attention: --interventions ",
    ),
}


def items(home):
    return planted.crossed_items(stems=8, suffixes=6)


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
    others = planted.crossed_items(stems=8, suffixes=6, triggers={"R": "nmnm", "N": "sfsf"})
    dump(home / "others" / "attention", others, [], 7)
    assert main(argv(home, tmp_path / "out", dumps=["1", "others"])) == 2
    said = capsys.readouterr()
    assert "others/attention: word 'w00001' is /t a p + m i/ in the stimuli and /t a p n i/ in the dump" in said.err
    assert said.out.splitlines()[-1] == "model 2 of 2: others" and list(tmp_path.iterdir()) == []
