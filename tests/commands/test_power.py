"""``fairseq-phonology power``, in the process: its table, its file, a pilot, and what it refuses."""

import csv

import pytest

from fairseq_phonology.commands import main
from tests.helpers.planted import crossed_items, planted_dump

QUICK = ["--simulations", "100", "--heads", "4"]
GRAMMAR = """
language = "toy"
[inventory]
segments = "p t k s f h m n ŋ l a i u ə"
[[process]]
name = "nasalization"
rules = ["p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]"]
"""


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_size_level_and_effect_has_a_row(tmp_path, capsys):
    out = tmp_path / "power.csv"
    sizes = ["--stems", "8,12", "--suffixes", "8", "--effects", ".5,6", "--levels", ".5,.98"]
    assert main(["power", *sizes, *QUICK, "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "response of one head of 4; 100 simulations a row\n" in said
    assert "made of (stated defaults" in said and "stem slope 0.6" in said and "skewed" not in said
    assert "estimates" not in said
    assert "8 + 8     8 + 8       0.5       0.5" in said and "12 + 12     8 + 8      0.98         6" in said
    assert "(2) p < .05\n" in said and "(6) p < .05 with segments random, too\n" in said
    found = rows(out)
    assert [(row["stems"], row["suffixes"], row["mass"], row["effect"]) for row in found] == [
        (stems, "8", mass, effect) for stems in ("8", "12") for mass in ("0.5", "0.98") for effect in ("0.5", "6")
    ]
    assert list(found[0]) == (
        "words stems suffixes mass effect claims enough_units test floor_of_05_of_mass every_quadruple_of_segments "
        "real_classes_rank_first segments_random classes_that_vary_alike false_claims".split()
    )
    assert float(found[5]["claims"]) > float(found[4]["claims"]) and not list(tmp_path.glob("*.part"))


def test_segments_are_as_asked(capsys):
    sizes = ["--stems", "16", "--suffixes", "8", "--effects", "3"]
    said = []
    for segments in ("3,2,2,8", "8,8,8,8"):
        assert main(["power", *sizes, *QUICK, "--segments", segments]) == 0
        said.append(next(line for line in capsys.readouterr().out.splitlines() if line.strip().startswith("16 + 16")))
    random = [float(line.split("%")[6]) for line in said]
    assert random[1] > random[0] + 20


def test_no_file_is_overwritten_unasked(tmp_path, capsys):
    out = tmp_path / "power.csv"
    out.write_text("mine", encoding="utf-8")
    options = ["power", "--stems", "4", "--suffixes", "4", "--effects", "1", *QUICK, "--out", str(out)]
    assert main(options) == 2 and out.read_text(encoding="utf-8") == "mine"
    assert f"{out}: exists; name another file or add --overwrite" in capsys.readouterr().err
    assert main([*options, "--overwrite"]) == 0 and len(rows(out)) == 1


def test_real_words(tmp_path, capsys):
    out = tmp_path / "power.csv"
    assert main(["power", "--words", "10,20", "--effects", "1", *QUICK, "--out", str(out)]) == 0
    assert "words        TR" in capsys.readouterr().out
    assert [(row["words"], row["stems"], row["mass"]) for row in rows(out)] == [("10", "", "0.5"), ("20", "", "0.5")]


def test_the_same_seed_gives_the_same_table(capsys):
    said = []
    for seed in ("1", "1", "2"):
        main(["power", "--stems", "8", "--suffixes", "8", "--effects", "3", *QUICK, "--seed", seed])
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] != said[2]


@pytest.fixture
def pilot(tmp_path):
    from fairseq_phonology.stimuli.items import write_stimuli

    items = crossed_items(stems=8, suffixes=6)
    planted_dump(tmp_path / "dump", items, stem_sd=1.5, suffix_sd=0.2)
    write_stimuli(tmp_path / "stimuli.tsv", items)
    (tmp_path / "toy.toml").write_text(GRAMMAR, encoding="utf-8")
    options = ("--grammar", "toy.toml"), ("--stimuli", "stimuli.tsv")
    return ["--pilot", str(tmp_path / "dump"), "--process", "nasalization"] + [
        part for option, name in options for part in (option, str(tmp_path / name))
    ]


def test_a_pilot_gives_its_variances(pilot, capsys):
    assert main(["power", "--stems", "6", "--suffixes", "4", *QUICK, *pilot]) == 0
    said = capsys.readouterr().out
    assert "cross, median over heads" in said
    assert said.split("\n")[3].startswith("  estimates, those of segments") and "29 to 77 %" in said
    numbers = {part.rsplit(" ", 1)[0].strip(): float(part.rsplit(" ", 1)[1]) for part in said.split("\n")[2].split(",")}
    assert 1.0 < numbers["stem"] < 2.0 and numbers["suffix"] < 0.5 and numbers["stem slope"] < 0.5


def test_a_pilot_without_design_is_refused(pilot, tmp_path, capsys):
    stimuli = tmp_path / "stimuli.tsv"
    lines = [line.split("\t")[:2] for line in stimuli.read_text(encoding="utf-8").splitlines()]
    stimuli.write_text("\n".join("\t".join(line) for line in lines) + "\n", encoding="utf-8")
    assert main(["power", *QUICK, *pilot]) == 2
    assert "stimuli.tsv" in (error := capsys.readouterr().err) and error.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--stems", "3"], "--stems is '3'; allowed: whole numbers of 4 or more, commas between"),
        (["--suffixes", "8;16"], "--suffixes is '8;16'; allowed: whole numbers of 4 or more"),
        (["--words", "4"], "--words is '4'; allowed: whole numbers of 5 or more"),
        (["--words", "9", "--stems", "9"], "found --words and --stems, --suffixes or --segments; allowed: real words"),
        (["--segments", "3,2,2"], "--segments is '3,2,2'; allowed: four whole numbers, of T, C, R and N"),
        (["--segments", "3,2,2,9"], "no more than there are stems and suffixes of a class"),
        (["--stems", "1_0"], "--stems is '1_0'; allowed: whole numbers of 4 or more, commas between"),
        (["--levels", ".5_0"], "--levels is '.5_0'; allowed: numbers"),
        (["--levels", "1"], "--levels is '1'; allowed: numbers between 0 and 1"),
        (["--effects", "big"], "--effects is 'big'; allowed: numbers of 0 or more"),
        (["--effects", "nan"], "--effects is 'nan'; allowed: numbers of 0 or more"),
        (["--effects", "-1"], "--effects is '-1'; allowed: numbers of 0 or more"),
        (["--heads", "0"], "--heads is 0; allowed: 1 or more"),
        (["--simulations", "10"], "--simulations is 10; allowed: 100 or more"),
        (["--pilot", "dump", "--grammar", "g.toml"], "no --process, --stimuli; --pilot needs them"),
        ([*QUICK, "--stems", "4", "--suffixes", "4", "--out", "nowhere/power.csv"], "nowhere/power.csv: cannot write"),
    ],
)
def test_wrong_input_is_one_line_and_status_2(options, message, capsys):
    assert main(["power", *options]) == 2
    error = capsys.readouterr().err
    assert error.startswith("fairseq-phonology power: error: ") and message in error and error.count("\n") == 1
