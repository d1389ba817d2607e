"""Models whose routes are known, and stock ones, through the real command; and what it refuses."""

from __future__ import annotations

import csv
import gzip
import statistics
from collections import defaultdict
from pathlib import Path

import pytest

from fairseq_phonology.commands import main
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import write_stimuli
from tests.helpers import toy
from tests.helpers.hand_set import hand_set_model
from tests.helpers.toy_korean import GRAMMAR, PROCESS, items

ITEMS = items("oral")[::11]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Grammar, stimuli, and data with every segment; the stimuli are in no data set."""
    root = tmp_path_factory.mktemp("interventions")
    (root / "toy.toml").write_text(GRAMMAR, encoding="utf-8")
    every = "".join(f"a {s} a\ta {s} a\n" for s in Grammar.load(root / "toy.toml").inventory)
    (root / "every.tsv").write_text("ur\tsr\n" + every, encoding="utf-8")
    write_stimuli(root / "stimuli.tsv", ITEMS)
    lists = ["--train", root / "every.tsv", "--valid", root / "every.tsv"]
    done = toy.fairseq("phonology", "prepare", *lists, "--dest", root / "data")
    assert done.returncode == 0, done.stderr
    return root


def intervene(folder: Path, checkpoint: Path | str, out: Path, *more) -> int:
    """The command, in this process; the later of two options wins."""
    words = ["intervene", checkpoint, "--data", folder / "data" / "bin", "--grammar", folder / "toy.toml"]
    words += ["--process", PROCESS, "--stimuli", folder / "stimuli.tsv", "--out", out, "--cpu", *more]
    return main([str(word) for word in words])


def read(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def means(rows: list[dict[str, str]], cell: str, method: str = "knock-out") -> dict[tuple[str, str], float]:
    """(measure, place) of all heads together, by that method, or of minimal pairs -> mean log-odds."""
    found = defaultdict(list)
    for row in rows:
        if row["cell"] == cell and row["layer"] == "all" and row["method"] in (method, "input"):
            found["intact", ""].append(float(row["intact"]))
            found[row["measure"], row["place"]].append(float(row["log_odds"]))
    return {key: statistics.fmean(values) for key, values in found.items()}


# who assimilates -> log-odds of the outcome against the target: intact, without the cross edge, the encoder's, both.
# By hand: 15 for each unit of the outcome over the target that is carried; what is not carried speaks for the target.
ROUTES = {
    ("decoder",): (41.7, -14.2, 41.7, -14.3),
    ("encoder",): (14.2, 14.2, -14.2, -14.3),
    ("decoder", "encoder"): (14.2, 14.2, 41.7, -14.3),
}


@pytest.mark.parametrize("assimilates", ROUTES, ids="-".join)
def test_the_route_of_a_model_set_by_hand(folder, tmp_path, assimilates, capsys):
    checkpoint = hand_set_model(folder / "data", assimilates=assimilates, name=f"{'-'.join(assimilates)}.pt")
    assert intervene(folder, checkpoint, tmp_path / "out") == 0
    rows = read(tmp_path / "out" / "interventions.csv.gz")
    site, control = means(rows, "TR"), means(rows, "TN")
    intact, cross, encoder, both = ROUTES[assimilates]
    expected = {("intact", ""): intact, ("cross", "trigger"): cross, ("encoder", "trigger"): encoder}
    expected |= {("cross+encoder", "trigger"): both, ("total", "trigger"): both, ("minimal-pair", "trigger"): -14.2}
    expected |= dict.fromkeys([(measure, "others") for measure in ("cross", "encoder", "cross+encoder")], intact)
    for key, value in expected.items():
        # which words these are matters a little: without an edge, the one that carries the target has more weight
        assert site[key] == pytest.approx(value, abs=1.5), key
    # interchange on both ways is the minimal pair; at other segments, nothing
    ends = site["minimal-pair", "trigger"], site["intact", ""]
    for method, (both, nothing) in {"noising": ends, "denoising": ends[::-1]}.items():
        given = means(rows, "TR", method)
        found = given["cross+encoder", "trigger"], given["cross+encoder", "others"]
        assert found == pytest.approx((both, nothing), abs=0.02)
    # the target as it is against the outcome; with the nearest trigger in its place the outcome
    assert control["intact", ""] == pytest.approx(14.2, abs=1.5)
    assert control["minimal-pair", "trigger"] == pytest.approx(-intact, abs=1.5)
    for measure in ("cross", "encoder"):
        assert control[measure, "trigger"] == pytest.approx(14.2, abs=1.5)
    words = toy.read_csv(tmp_path / "out" / "words.csv")
    assert [row["id"] for row in words] == [item.id for item in ITEMS]
    assert {row["status"] for row in words} == {"applied"} and {row["correct"] for row in words} == {"1"}
    said = capsys.readouterr().out.splitlines()
    numbers = {line.split()[0]: line.split()[1:] for line in said if line.startswith("  ")}
    assert numbers["intact"] == [f"{site['intact', '']:+.2f}"]
    assert numbers["cross"][-1] == f"{site['cross', 'trigger']:+.2f}" and len(numbers["cross"]) == 3


def test_which_head_it_is(folder, tmp_path):
    """Cross-attention's first head brings the trigger, its last the target; the encoder's second looks at the next."""
    checkpoint = hand_set_model(folder / "data", assimilates=("decoder",), name="which.pt")
    assert intervene(folder, checkpoint, tmp_path / "out", "--controls", "all", "--batch-size", "7") == 0
    effects = defaultdict(list)
    for row in read(tmp_path / "out" / "interventions.csv.gz"):
        if row["cell"] == "TR" and row["head"] != "all" and row["method"] == "knock-out":
            assert row["place"] == "trigger"
            effects[row["measure"], row["head"]].append(float(row["effect"]))
    used = {key for key, values in effects.items() if statistics.fmean(values) > 1}
    assert used == {("cross", "1")} and len(effects) == 5 + 4
    assert statistics.fmean(effects["cross", "1"]) == pytest.approx(41.7 + 14.2, abs=1.5)


STOCK = ["--task", "translation", "--max-update", "1"]


def test_a_stock_checkpoint(folder, tmp_path):
    toy.train(folder / "data" / "bin", tmp_path / "run", *STOCK, epochs=1)
    assert intervene(folder, tmp_path / "run" / "checkpoint_last.pt", tmp_path / "out") == 0
    rows = read(tmp_path / "out" / "interventions.csv.gz")
    assert {row["id"] for row in rows} == {item.id for item in ITEMS}
    for row in rows:
        assert bool(row["log_odds"]) == bool(row["effect"]) == (row["cell"][0] == "T")


def test_an_architecture_without_multihead_attention(folder, tmp_path, capsys):
    arguments = toy.train_arguments(folder / "data" / "bin", tmp_path / "run", *STOCK, "--arch", "lstm", epochs=1)
    at = arguments.index("--arch")
    assert toy.fairseq("train", *arguments[:at], *arguments[at + len(toy.SMALL) :]).returncode == 0
    assert intervene(folder, tmp_path / "run" / "checkpoint_last.pt", tmp_path / "out") == 2
    assert not (tmp_path / "out").exists()
    assert "checkpoint_last.pt: lstm (LSTMModel) has no multi-head attention" in one_line(capsys)


@pytest.fixture(scope="module")
def checkpoint(folder) -> Path:
    return hand_set_model(folder / "data", name="refused.pt")


def one_line(capsys) -> str:
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("fairseq-phonology intervene: error: "), lines
    return lines[0]


def test_what_is_refused(folder, checkpoint, tmp_path, capsys):
    def refused(*more, checkpoint=checkpoint, out=tmp_path / "out") -> str:
        assert intervene(folder, checkpoint, out, *more) == 2
        assert not out.exists() or [path.name for path in out.iterdir()] == ["mine.txt"]
        return one_line(capsys)

    assert "no process 'harmony'; it has: obstruent-nasalization" in refused("--process", "harmony")
    assert "--batch-size is 0; allowed: 1 or more" in refused("--batch-size", "0")
    assert "no such checkpoint" in refused(checkpoint=tmp_path / "none.pt")
    assert f"is a folder; name a checkpoint (*.pt) in it, such as {checkpoint.parent}" in refused(
        checkpoint=checkpoint.parent
    )
    assert "is an ensemble" in refused(checkpoint=f"{checkpoint}:{checkpoint}")
    assert "name the folder of the data with --data" in refused("--data", tmp_path / "none")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "expected dict.ur.txt and dict.sr.txt; dictionaries found here: none" in refused("--data", empty)
    for name in ("dict.ur.txt", "dict.sr.txt"):
        (empty / name).write_text("a 1\n", encoding="utf-8")
    assert "was trained with other dictionaries" in refused("--data", empty)
    (tmp_path / "text.pt").write_text("no checkpoint", encoding="utf-8")
    assert "text.pt: is a text file" in refused(checkpoint=tmp_path / "text.pt")
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "mine.txt").touch()
    assert "is not empty" in refused(out=taken)
    assert "mine.txt, which intervene did not make" in refused("--overwrite", out=taken)
    lines = ["id\tur\ttarget_class\ttrigger_class", *(f"{item.id}\t{' '.join(item.ur)}\t\t" for item in ITEMS[:2])]
    (tmp_path / "fillers.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert "no word is in one of the cells" in refused("--stimuli", tmp_path / "fillers.tsv")


def test_segments_that_the_model_does_not_know(folder, checkpoint, tmp_path, capsys):
    """The grammar has more segments than the data."""
    text = GRAMMAR.replace('i u"', 'i u y"', 1)
    (tmp_path / "more.toml").write_text(text, encoding="utf-8")
    stimuli = tmp_path / "stimuli.tsv"
    stimuli.write_text("id\tur\nw1\ts a p m a\nw2\ts y p m a\n", encoding="utf-8")
    status = intervene(folder, checkpoint, tmp_path / "out", "--grammar", tmp_path / "more.toml", "--stimuli", stimuli)
    assert status == 2
    assert "stimuli.tsv, line 3: the UR of 'w2' has y, which the model does not know; it knows:" in one_line(capsys)


def test_a_word_that_is_too_long(folder, checkpoint, tmp_path, capsys):
    """The hand-set model has room for 15 segments."""
    stimuli = tmp_path / "stimuli.tsv"
    stimuli.write_text(f"id\tur\nw1\ts a p m a\nw2\t{'s a ' * 6}s p m a\n", encoding="utf-8")
    assert intervene(folder, checkpoint, tmp_path / "out", "--stimuli", stimuli) == 2
    assert "line 3: the UR s a s a" in (line := one_line(capsys)) and "longer than the 15 segments" in line


def test_the_same_again(folder, checkpoint, tmp_path):
    assert intervene(folder, checkpoint, tmp_path / "out") == 0
    first = (tmp_path / "out" / "interventions.csv.gz").read_bytes()
    assert intervene(folder, checkpoint, tmp_path / "out", "--overwrite") == 0
    assert (tmp_path / "out" / "interventions.csv.gz").read_bytes() == first
