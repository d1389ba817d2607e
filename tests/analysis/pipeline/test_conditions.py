"""``analyze --condition`` from end to end on planted dumps and scores: files, sentences, refusals."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

import fairseq_phonology as fp
from fairseq_phonology.analysis.people.scores import Scores
from fairseq_phonology.commands import main
from fairseq_phonology.corpus.candidates import Candidate
from fairseq_phonology.errors import InputError
from tests.helpers.leveled import BARE, bare, rows, write_dump, write_list

FILES = ["conditions.csv", "contrasts.csv", "figures", "levels.csv", "report.html", "summary.json", "words.csv"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("conditions")
    write_list(home / "list.tsv", rows(10))
    write_dump(home / "dump", rows(10), {"a": 2.0, "b": 1.0}, wrong=("b-3",), seed=2)
    write_list(home / "bare.tsv", bare(rows(10)), BARE)
    return home


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scores_of(models, effect=1.5, seed=1):
    """Two candidates of each word; the first one is likelier in level a."""
    rng, candidates, log_prob = np.random.default_rng(seed), [], []
    for id, ur, sr, *_ in rows(10):
        each = (("applied", sr), ("blocked", ur))
        candidates += [Candidate(id, tuple(ur.split()), tuple(form.split()), variant) for variant, form in each]
        log_prob.append([-2 + effect * id.startswith("a") + 0.3 * rng.normal(size=models), np.full(models, -2.0)])
    values = np.minimum(np.array(log_prob).transpose(2, 0, 1).reshape(models, -1), -0.01)
    return Scores(tuple(f"m{n}" for n in range(models)), tuple(candidates), values)


def test_the_command_writes_a_folder(home, tmp_path, capsys):
    out = tmp_path / "out"
    main(["analyze", str(home / "dump"), "--stimuli", str(home / "list.tsv"), "--condition", "context",
          "--levels", "a,b,c", "--contrast", "a - c", "--contrast", "a + c - 2 b", "--look-at", "trigger",
          "--out", str(out)])  # fmt: skip
    said = capsys.readouterr().out
    assert sorted(path.name for path in out.iterdir()) == FILES
    assert "Compared by context, the weight of head 1.1 on the trigger is larger in a than in c by" in said
    assert "excluded: 1 of 10 items, which have a word without" in said
    assert said.strip().splitlines()[-1] == f"next: open {out / 'report.html'} in a browser"
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["verdict"]["strength"] == "differs" and summary["exclusions"]["items"] == {
        "item": {"lost": 1, "of": 10}
    }
    contrasts = table(out / "contrasts.csv")
    assert [(row["contrast"], row["head"]) for row in contrasts] == [
        (name, head) for name in ("a - c", "a + c - 2 b") for head in "12"
    ]
    assert contrasts[0]["claim"] == "1" and float(contrasts[0]["estimate"]) == pytest.approx(2, abs=0.5)
    assert len(table(out / "conditions.csv")) == 9 * 3 * 2 and len(table(out / "levels.csv")) == 6
    (left,) = [row for row in table(out / "words.csv") if row["included"] == "0"]
    assert (left["id"], left["why"]) == ("b-3", "another segment at the query step")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Levels differ" in page and "Hall, P. (1992)" in page and page.count("<figure") == 2
    assert "a + c − 2 b" in page


def test_exact_match_of_a_dump(home):
    asked = fp.Conditions("context", contrasts=("a - b",), levels=("a", "b"), response="exact-match")
    found = fp.analyze(home / "dump", stimuli=home / "list.tsv", conditions=asked)
    assert found.tests[0].estimate[0] == pytest.approx(0.1) and found.strength == "none"
    assert found.exclusions is None and found.measured.columns == ("dump",)


def test_scores_of_seven_models(home, tmp_path):
    asked = fp.Conditions("context", levels=("a", "c"), contrasts=("a - c",), candidate="applied")
    scores_of(7).write(tmp_path / "scores.csv")
    found = fp.analyze(
        stimuli=home / "list.tsv", conditions=asked, scores=tmp_path / "scores.csv", out=tmp_path / "out"
    )
    assert found.strength == "differs" and found.over_models[0].mean == pytest.approx(1.5, abs=0.3)
    assert "7 of 7 models have this direction" in found.sentences[0]
    assert [row["model"] for row in table(tmp_path / "out" / "contrasts.csv")] == [f"m{n}" for n in range(7)]
    assert "Over models" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_scores_with_the_columns_of_the_list():
    scores = scores_of(1)
    own = tuple(
        Candidate(c.item, c.ur, c.sr, c.variant, columns={"context": c.item[0], "lexeme": c.item[2:]})
        for c in scores.candidates
    )
    asked = fp.Conditions("context", item="lexeme", contrasts=("a - c",), candidate="applied")
    found = fp.analyze(scores=Scores(scores.models, own, scores.log_prob), conditions=asked)
    assert found.whole.within and found.strength == "differs" and not found.over_models


def test_one_word_as_two_items_of_scores_is_refused():
    """With the same candidates: a model says the same of both. Of other candidates it may not."""
    scores = scores_of(1)
    asked = fp.Conditions("context", levels=("a", "c"), candidate="applied")

    def found(form):
        of = [replace(c, sr=form(c), columns={"context": c.item[0]}) for c in scores.candidates]
        return fp.analyze(scores=Scores(scores.models, tuple(of), scores.log_prob), conditions=asked)

    with pytest.raises(InputError, match="level 'a' has the word 'p a k m i t' as item 'a-0' and as item 'a-3', with"):
        found(lambda c: c.sr)
    assert not found(lambda c: (*c.sr, c.item)).whole.within


@pytest.mark.parametrize(
    "options, what",
    [
        (["--condition", "context"], "which position is looked at"),
        (["--levels", "a,b"], "found --levels without --condition COLUMN"),
        (["--kind", "encoder"], "found --kind without --condition COLUMN"),
        (["--condition", "context", "--look-at", "trigger", "--contrast", "a + b"], "the weights sum to 2"),
        (["--condition", "context", "--look-at", "trigger", "--baseline", "x"], "found --baseline with --condition"),
        (["--condition", "context", "--response", "exact-match", "--look-at", "x"], "--look-at is of attention"),
        (["--condition", "context", "--candidate", "x"], "--candidate is of --scores"),
        (["--condition", "context", "--response", "log-odds"], "needs --scores"),
        (["--condition", "context", "--scores", "x"], "found a DUMP and --scores"),
        (
            ["--condition", "context", "--look-at", "trigger", "--grammar", "x"],
            "--grammar and --process belong together",
        ),
        (["--scores", "x"], "--scores is for --condition, which is missing"),
        ([], "needs a DUMP, --grammar and --process; or --condition"),
    ],
)
def test_what_is_refused(home, tmp_path, capsys, options, what):
    asked = ["analyze", str(home / "dump"), "--stimuli", str(home / "list.tsv"), "--out", str(tmp_path / "o"), *options]
    assert main(asked) == 2
    error = capsys.readouterr().err
    assert what in error and error.count("\n") == 1 and not (tmp_path / "o").exists()


def test_several_dumps_have_no_common_heads(home):
    asked = fp.Conditions("context", look_at="trigger")
    with pytest.raises(fp.InputError, match="2 dumps: heads have no identity across models"):
        fp.analyze([home / "dump", home / "dump"], stimuli=home / "list.tsv", conditions=asked)


@pytest.mark.parametrize(
    "candidate, drop, what",
    [
        ("", None, "--candidate is missing; allowed: a variant of the candidates; found 'applied' and 'blocked'"),
        ("x", None, "--candidate is 'x'"),
        ("applied", ("a-2", "applied"), "line 8: 'a-2' has no candidate 'applied'; log-odds need both"),
        ("applied", ("a-2", "blocked"), "'a-2' has no other candidate"),
        ("applied", ("a-2", ""), "'a-2' is not among the items of the scores"),
    ],
)
def test_scores_that_lack_something(home, candidate, drop, what):
    scores = scores_of(1)
    kept = [
        n
        for n, c in enumerate(scores.candidates)
        if drop is None or c.item != drop[0] or (drop[1] and c.variant != drop[1])
    ]
    scores = Scores(scores.models, tuple(scores.candidates[n] for n in kept), scores.log_prob[:, kept])
    asked = fp.Conditions("context", contrasts=("a - c",), candidate=candidate)
    with pytest.raises(fp.InputError, match=what):
        fp.analyze(stimuli=home / "list.tsv", conditions=asked, scores=scores)


def test_a_list_without_gold(home, tmp_path):
    cells = rows(10)
    write_dump(tmp_path / "dump", cells, {"a": 3.0}, gold=False, seed=2)
    asked = fp.Conditions("context", contrasts=("a - c",), look_at="trigger")
    found = fp.analyze(tmp_path / "dump", stimuli=home / "bare.tsv", conditions=asked)
    assert (
        found.strength == "differs" and "The words have no gold SR: none is left out for an error." in found.sentences
    )


def test_errors_that_leave_nothing_to_test_still_give_a_folder(home, tmp_path):
    write_dump(tmp_path / "dump", rows(10), wrong=[row[0] for row in rows(10)[:27]])
    asked = fp.Conditions("context", look_at="trigger")
    found = fp.analyze(tmp_path / "dump", stimuli=home / "list.tsv", conditions=asked, out=tmp_path / "out")
    assert found.strength == "withheld" and found.design is None and not found.tests
    assert "errors leave too few items (1 in a, 1 in b and 1 in c); needed: 2 in each" in found.sentences[0]
    assert "No claim is made" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_the_process_beside_a_condition_is_in_the_record(home):
    process = {"name": "x", "rules": "k -> ŋ / _ m", "citation": "by hand"}
    grammar = fp.Grammar.from_table({"inventory": {"segments": "p t k m n ŋ a i u"}, "process": [process]})
    asked = fp.Conditions("context", look_at="trigger")
    found = fp.analyze(home / "dump", stimuli=home / "list.tsv", conditions=asked, grammar=grammar, process="x")
    assert found.provenance.grammar.rules == ("k -> ŋ / _ m",)


def test_what_python_alone_can_leave_out_is_refused(home, tmp_path):
    def refused(said, *given, of=None, **how):
        asked = fp.Conditions("context", **(of or {"look_at": "trigger"}))
        with pytest.raises(fp.InputError, match=said):
            fp.analyze(*given, conditions=asked, **how)

    listed = {"stimuli": home / "list.tsv"}
    refused("--condition needs the list that has the column", home / "dump")
    refused("--response is 'x'; allowed: ", home / "dump", of={"response": "x"}, **listed)
    refused("no attention dump was given; allowed: a DUMP, or --scores DIR", [], **listed)
    forced = write_dump(tmp_path / "forced", rows(10), settings={"score_reference": True})
    refused("under forced decoding, so that every word is right", forced, of={"response": "exact-match"}, **listed)


def test_scores_of_another_list_are_refused(home):
    scores = scores_of(1)
    one = scores.candidates[0]
    own = tuple(replace(c, ur=("p", "a")) if c.item == one.item else c for c in scores.candidates)
    asked = fp.Conditions("context", contrasts=("a - c",), candidate="applied")
    with pytest.raises(fp.InputError, match="in the scores: are these the scores of this list"):
        fp.analyze(stimuli=home / "list.tsv", conditions=asked, scores=Scores(scores.models, own, scores.log_prob))
    own = tuple(replace(c, columns={"context": c.variant}) for c in scores.candidates)
    with pytest.raises(fp.InputError, match="context differs between the candidates of 'a-0'; allowed: one value"):
        fp.analyze(conditions=asked, scores=Scores(scores.models, own, scores.log_prob))
