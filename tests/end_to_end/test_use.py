"""Attends and uses, attends and does not use, uses and does not attend: models set by hand, and their verdicts."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from fairseq_phonology.commands import main
from fairseq_phonology.phonology.grammar import Grammar
from tests.helpers.asked import Experiment
from tests.helpers.hand_set import BY_KEYS, HEADS, IDLE, INSPECTS, NASALS, Cue, Head, hand_set_model
from tests.helpers.toy_korean import CONTROLS, FRAMES, GRAMMAR, PROCESS, design, items

# two of three stems, with all suffixes
STEMS = list(dict.fromkeys(item.stem for item in items("oral")))
DESIGN = [item for item in items("oral") if STEMS.index(item.stem) % 3]
FILES = [
    "effects.csv",
    "figures",
    "interventions.csv.gz",
    "interventions.npz",
    "report.html",
    "summary.json",
    "words.csv",
]
# the vowel after the trigger tells the same as the trigger: a after m n, no a after what does not trigger
TELLING = {
    "R": "a|a s|a l i|a l|a k u|a n|a s u|a l u".split("|"),
    "N": "i|u|i l|u s a|i s u|u l|i s|u l i".split("|"),
}


@dataclass(frozen=True)
class Case:
    """A model, and what has to be said of it.

    Attributes:
        heads: of its cross-attention.
        assimilates, cue: as `hand_set_model` has them.
        strength, route, kinds: of the verdict.
        claimed, used: the heads that attend to the trigger, and those by which alone it is used.
        left: log-odds of the outcome without the cross edge, without the encoder's, and with the trigger replaced.
        passes: share of the effect that passes by head 1.1, both ways, in the sentence.
        parts: shares that pass by keys and by values of the route alone.
    """

    heads: tuple[Head, ...]
    assimilates: tuple[str, ...]
    cue: Cue | None
    strength: str
    route: str
    kinds: tuple[str, ...]
    claimed: list[tuple[str, int, int]]
    used: list[tuple[str, int, int]]
    left: tuple[float, float, float]
    passes: str = ""
    parts: tuple[float, float] | None = None


RESPONDING, IDLING, UNAWARE = HEADS, (IDLE, *HEADS[1:]), (INSPECTS, *HEADS[1:])
FIRST, SECOND = ("cross", 1, 1), ("encoder", 1, 2)  # what responds, and what the encoder assimilates by
BLOCKING = Cue(1, [s for s in Grammar.from_table(tomllib.loads(GRAMMAR)).inventory if s not in NASALS], forbids=True)
NONE = "0 % [0, 0] and 0 % [0, 0]"
CASES = {
    "by cross-attention": Case(
        *(RESPONDING, ("decoder",), None, "uses", "cross", ("cross",), [FIRST], [FIRST]),
        *((-14.2, 41.7, -14.2), "100 % [100, 100] and 100 % [100, 100]"),
    ),
    "attends, uses the encoder": Case(
        *(IDLING, ("encoder",), None, "uses", "encoder", ("encoder",), [FIRST], [SECOND]),
        *((14.2, -14.2, -14.2), NONE),
    ),
    "by way of the encoder": Case(
        *(UNAWARE, ("encoder",), None, "uses", "encoder", ("encoder",), [], [SECOND]),
        (14.2, -14.2, -14.2),
    ),
    "either suffices": Case(
        *(RESPONDING, ("decoder", "encoder"), None, "uses", "either suffices", ("cross", "encoder"), [FIRST], []),
        *((14.2, 41.7, -14.2), "0 % [0, 0] and 1"),
    ),
    # p t k become nasals unless something else than a nasal is seen: a knock-out changes nothing, an interchange does
    "attends, uses what is not there": Case(
        *(IDLING, ("encoder",), BLOCKING, "uses", "encoder", ("encoder",), [FIRST], [SECOND]),
        *((14.2, 14.2, -14.2), NONE, (0.0, 1.0)),
    ),
    # what stands after p t k is brought if a nasal stands there: looked at or not, it is the same
    "keys differ, values do not": Case(
        *((BY_KEYS, *HEADS[1:]), ("decoder",), None, "uses", "cross", ("cross",), [FIRST], [FIRST]),
        *((-14.2, 41.7, -14.2), "100 % [100, 100] and 100 % [100, 100]", (1.0, 0.0)),
    ),
}


@pytest.fixture(scope="module")
def experiment(tmp_path_factory) -> Experiment:
    return Experiment.made(tmp_path_factory.mktemp("use"), GRAMMAR, PROCESS, DESIGN)


@pytest.fixture(scope="module")
def folder(experiment) -> Path:
    return experiment.root


@pytest.mark.parametrize("name", CASES)
def test_attends_by_route(experiment, name):
    case = CASES[name]
    found = experiment.asked(
        hand_set_model(experiment.data, case.heads, case.assimilates, case.cue, f"{name.replace(' ', '-')}.pt")
    )
    assert found.claimed == case.claimed and found.used == case.used
    verdict = found.use.verdict
    assert (verdict.strength, verdict.route, verdict.kinds) == (case.strength, case.route, case.kinds)
    assert verdict.attends is bool(case.claimed)
    said = f"Head 1.1 attends to the trigger; {case.passes}" if case.claimed else "No head was shown to attend"
    assert verdict.heads.startswith(said) and verdict.sentence.endswith(verdict.heads)
    if case.parts:
        family = found.use.family("keys and values")
        shares = [family.share[family.number(case.route, part)] for part in ("keys", "values")]
        assert shares == pytest.approx(case.parts, abs=0.05)
    left = [found.log_odds(measure) for measure in ("cross", "encoder", "minimal-pair")]
    assert left == pytest.approx(case.left, abs=1.5)


def test_attends_to_the_trigger_and_goes_by_something_else(experiment, tmp_path):
    """The strict case: nobody needs the trigger, for the vowel after it tells as much in every word of the list.

    The list is right all the same, and only the minimal pair, which replaces the trigger alone, tells the two apart.
    """
    telling = design(CONTROLS["oral"], FRAMES[:8], TELLING["R"], TELLING["N"])
    checkpoint = hand_set_model(experiment.data, IDLING, ("encoder",), Cue(2, ["a"]), "something-else.pt")
    found = Experiment.made(tmp_path, GRAMMAR, PROCESS, telling).asked(checkpoint)
    assert found.claimed == [FIRST] and found.used == []
    verdict, pair = found.use.verdict, found.use.minimal_pair
    assert (verdict.strength, verdict.route, verdict.attends) == ("same", "", True)
    assert verdict.sentence.startswith("The model was not shown to distinguish the trigger")
    assert verdict.heads == "Head 1.1 attends to the trigger."
    assert (pair.intact, pair.after) == pytest.approx((14.2, 14.2), abs=1.5) and not pair.distinguishes
    for measure in ("cross", "encoder", "cross+encoder", "total"):
        assert found.log_odds(measure) == pytest.approx(pair.intact, abs=0.5), measure


def test_the_verbs_say_so(experiment, tmp_path):
    checkpoint = hand_set_model(experiment.data, IDLING, ("encoder",), name="verbs.pt")
    attention = experiment.verb("analyze", experiment.dump(checkpoint).paths[0], tmp_path / "looks")
    assert attention["verdict"]["strength"] == "attends" and "head 1.1" in attention["verdict"]["sentence"]
    given = ["--data", experiment.data / "bin", "--cpu", "--attention", tmp_path / "looks" / "summary.json"]
    found = experiment.verb("intervene", checkpoint, tmp_path / "uses", *given)
    assert sorted(path.name for path in (tmp_path / "uses").iterdir()) == FILES
    assert (tmp_path / "uses" / "figures" / "routes.svg").is_file()
    verdict = found["verdict"]
    assert (verdict["strength"], verdict["route"], verdict["attends"]) == ("uses", "encoder", True)
    assert f"Head 1.1 attends to the trigger; {NONE} of the effect" in verdict["sentence"]
    assert [(head["layer"], head["head"]) for head in found["heads"]] == [SECOND[1:]]


def intervene(folder: Path, checkpoint: Path, out: Path, *more) -> int:
    words = ["intervene", checkpoint, "--data", folder / "data" / "bin", "--grammar", folder / "toy.toml"]
    words += ["--process", PROCESS, "--stimuli", folder / "stimuli.tsv", "--out", out, "--cpu", *more]
    return main([str(word) for word in words])


def attention(folder: Path, process: str = PROCESS) -> Path:
    """What `analyze` says of these models: head 1.1 of the cross-attention responds, whoever assimilates."""
    claims = [{"kind": "cross", "layer": 1, "head": 1}]
    found = {"process": process, "verdict": {"strength": "attends"}, "primary": {"kind": "cross", "claims": claims}}
    path = folder / "attention.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(["--seed", "-1"], "--seed is -1", id="seed"),
        pytest.param(["--attention", "nowhere.json"], "nowhere.json: cannot be read", id="no such file"),
    ],
)
def test_refused_before_any_work(folder, tmp_path, capsys, options, says):
    checkpoint = tmp_path / "unread.pt"
    checkpoint.write_bytes(b"")  # it is there; what is refused here is refused before anybody opens it
    assert intervene(folder, checkpoint, tmp_path / "out", *options) == 2
    assert says in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_attention_of_another_process_or_model(folder, tmp_path, capsys):
    checkpoint = hand_set_model(folder / "data", name="other.pt")
    path = attention(folder, "harmony")
    assert intervene(folder, checkpoint, tmp_path / "out", "--attention", path) == 2
    assert "is about 'harmony', not 'obstruent-nasalization'" in capsys.readouterr().err
    found = json.loads(attention(folder).read_text(encoding="utf-8"))
    found["about"] = {"manifest": {"checkpoint_sha256": "0" * 64}}
    path.write_text(json.dumps(found), encoding="utf-8")
    assert intervene(folder, checkpoint, tmp_path / "out", "--attention", path) == 2
    assert "is about another model (checkpoint 000000000000, not " in capsys.readouterr().err
