"""Every sentence of a verdict is true of every run that prints it: verdicts x sentences, with the runs that make them.

`RUNS` are studies of planted effects, one for each verdict and for what it may go with. `SENTENCES` are what a page can
say of them: each has a pattern, and a condition on the numbers of ``heads.csv`` and ``effects.csv`` of the run. In
every run a sentence is printed if, and only if, its condition holds; together the runs print every sentence.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable

import pytest

from fairseq_phonology.analysis.contrasts.tables import summary, write_heads
from fairseq_phonology.analysis.interventions.analyze import analyze_interventions, with_attention
from fairseq_phonology.analysis.interventions.tables import write_effects
from fairseq_phonology.analysis.report import write_report
from tests.helpers.reported import words_of
from tests.helpers.verdicts import RUNS, Run


def _both(run: Run) -> bool:
    return bool(run.looks and run.takes)


# ---- sentences: name -> pattern, and whether the run prints it
SENTENCES: dict[str, tuple[str, Callable[[Run], bool]]] = {
    # what it attends to
    "attends": ("✓ Attends to the trigger", lambda r: r.looks == "attends"),
    "no head": ("○ No head shown to attend", lambda r: r.looks == "none"),
    "no head does not show": ("does not show that none responds", lambda r: r.looks == "none"),
    "withheld": (r"No claim is made about [^.]*: ", lambda r: r.looks == "withheld"),
    "described": ("no design in which .* could be tested", lambda r: r.looks == "descriptive"),
    "only interventions can": (
        "whether the output depends on it, only interventions can show",
        lambda r: r.looks == "attends" and not r.takes,
    ),
    "largest with mass": (
        r"largest response, of those with \.05 of mass or more",
        lambda r: r.looks == "none" and float(r.shown["estimate_mass"]) >= 0.05,
    ),
    "largest": (
        "largest response is that of",
        lambda r: r.looks == "none" and float(r.shown["estimate_mass"]) < 0.05,
    ),
    "more": ("log-odds more with", lambda r: r.shown is not None and float(r.shown["estimate_log_odds"]) >= 0),
    "less": ("log-odds less with", lambda r: r.shown is not None and float(r.shown["estimate_log_odds"]) < 0),
    "others too": ("The rule is also met by", lambda r: len(r.claims) > 1),
    "segments random": ("and, with segments random, [+−]", lambda r: bool(r.shown and r.shown["p_segments"])),
    "spread": ("The two classes differ in spread", lambda r: r.far),
    "over words": (r"over \d+ words, corrected", lambda r: bool(r.shown and not r.study.design.is_crossed)),
    "derived": (
        "are tested separately: in these words",
        lambda r: any(row["contrast"] == "response-derived" for row in r.heads),
    ),
    "forced": ("so that the model's own errors are not in it", lambda r: r.forced),
    # what it uses
    "uses": ("✓ Uses the trigger", lambda r: r.takes == "uses"),
    "by cross": (
        "Uses the trigger, by cross-attention(?! or| and|,)",
        lambda r: r.takes == "uses" and r.uses_by("cross"),
    ),
    "by the encoder": (
        "Uses the trigger, by way of the encoder",
        lambda r: r.takes == "uses" and r.uses_by("encoder"),
    ),
    "by the decoder": (
        "Uses the trigger, by the decoder's self-attention",
        lambda r: r.takes == "uses" and r.uses_by("decoder"),
    ),
    "either suffices": (r"Uses the trigger, [^.:]*\(either suffices\)", lambda r: r.redundant),
    "jointly": (
        r"Uses the trigger, [^.:]*\(jointly needed\)",
        lambda r: r.takes == "uses" and r.uses_by("cross", "encoder") and not r.redundant,
    ),
    "indirect": (
        r"by way of other positions \(less than 20\s% by the direct routes\)",
        lambda r: r.tested and r.takes == "uses" and r.indirect,
    ),
    "undecided": (
        r"undecided between .* of bootstrap draws",
        lambda r: r.takes == "uses" and not r.indirect and r.causal.draws[0].share < 0.95,
    ),
    "no route": ("No route was shown to carry", lambda r: r.takes == "none"),
    "same": ("not shown to distinguish the trigger", lambda r: r.takes == "same"),
    "use withheld": ("Nothing is claimed about the use of the trigger", lambda r: r.takes == "withheld"),
    "use described": ("so that the effects are described only", lambda r: r.takes == "descriptive"),
    "keys and values": (
        "takes away and gives back with keys alone",
        lambda r: r.takes == "uses" and any(r.row(kind, "keys and values", "keys") for kind in r.causal.verdict.kinds),
    ),
    "heads used": ("that meet the rule of use, each alone", lambda r: r.takes == "uses" and bool(r.single_heads(True))),
    "no single head": (
        "No single head of the .* was shown to meet the rule of use",
        lambda r: r.takes == "uses" and not r.single_heads(True) and bool(r.single_heads(False)),
    ),
    # both
    "looks, headline": ("The model attends to the trigger of [^.:]*[.] ", lambda r: _both(r) and r.looks == "attends"),
    "no head, headline": (
        "No head was shown to attend to the trigger of [^.:]*[.] (?:The model|No|It)",
        lambda r: _both(r) and r.looks == "none",
    ),
    "open, headline": ("No claim is made about attention to the trigger", lambda r: _both(r) and r.looks == "withheld"),
    "described, headline": ("is described, not tested[.] ", lambda r: _both(r) and "descriptive" in (r.looks, r.takes)),
    "what passes by it": (
        "of the effect pass by it",
        lambda r: r.looks == "attends" and r.takes in ("uses", "none") and bool(r.claimed_rows),
    ),
    "attends, not shown to be used": (
        "that use of the trigger passes by one of them alone was not shown",
        lambda r: r.looks == "attends" and _routes_of_claims(r) and not all(map(r.used, r.claimed_rows)),
    ),
    "used, not shown to attend": (
        "meet the criteria of use and do not meet those of attending",
        lambda r: r.looks in ("attends", "none") and _used_elsewhere(r),
    ),
    # the section on interventions
    "no claim": ("No claim is made: ", lambda r: r.causal is not None and bool(r.causal.reasons_withheld)),
    "too little": ("Replacing the trigger changes too little", lambda r: r.takes == "same"),
}


def _routes_of_claims(run: Run) -> bool:
    """Are single heads that attend part of the route that the verdict names?"""
    return run.takes in ("uses", "none") and any(row["measure"] in run.causal.verdict.kinds for row in run.claimed_rows)


def _used_elsewhere(run: Run) -> bool:
    claimed = [(row["layer"], row["head"]) for row in run.claimed_rows]
    cross = [row for row in run.single_heads(True) if row["measure"] != "encoder"] if run.takes == "uses" else []
    return any((row["layer"], row["head"]) not in claimed for row in cross)


FORBIDDEN = (
    *(r"\b[Bb]ecause\b", "is lost", r"\bat work\b", "[Nn]o route (?:carries|meets)", "not (?:what|how) it uses"),
    *(r"[Ll]argest (?:p )?of \d", "cannot do without", "nevertheless", "attends to the trigger[^.]* and uses"),
    *("[Nn]o head (?:attends|responds)", "does not (?:use|attend)", r"\bnan\b", r"\bNone\b"),
)


def _rows(path):
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Every run: its page and its tables."""
    found = {}
    for n, (name, (attention, use)) in enumerate(RUNS.items()):
        folder = tmp_path_factory.mktemp(f"run{n}")
        study = None if attention is None else attention(folder) if name == "forced" else attention()
        causal = None if use is None else analyze_interventions(use(), study.process if study else "nasals", "toy")
        if study is not None and causal is not None:
            causal = with_attention(causal, summary(study))
        write_report(folder / "report.html", study, causal)
        write_heads(study.families if study else (), folder / "heads.csv")
        if causal is not None:
            write_effects(causal, folder / "effects.csv")
        tables = [_rows(folder / each) for each in ("heads.csv", "effects.csv")]
        found[name] = Run(
            words_of((folder / "report.html").read_text(encoding="utf-8")), study, causal, *tables, name == "forced"
        )
    return found


@pytest.mark.parametrize("name", RUNS)
def test_a_sentence_is_printed_where_it_is_true_and_nowhere_else(name, runs):
    run = runs[name]
    wrong = []
    for sentence, (pattern, holds) in SENTENCES.items():
        printed, true = bool(re.search(pattern, run.said)), bool(holds(run))
        if printed != true:
            wrong.append(f"{sentence}: {'printed' if printed else 'not printed'}, {'true' if true else 'not true'}")
    assert not wrong, "\n".join([*wrong, run.said[:1500]])


def test_every_sentence_is_printed_by_some_run(runs, snapshot):
    printed = {
        sentence: [name for name, run in runs.items() if re.search(pattern, run.said)]
        for sentence, (pattern, _) in SENTENCES.items()
    }
    assert not [sentence for sentence, names in printed.items() if not names]
    snapshot([f"{sentence}: {', '.join(names)}" for sentence, names in printed.items()])


def test_no_page_says_what_numbers_cannot_show(runs):
    said = {
        (name, phrase): run.said[max(0, found.start() - 80) : found.end() + 40]
        for name, run in runs.items()
        for phrase in FORBIDDEN
        if (found := re.search(phrase, run.said))
    }
    assert not said


def test_the_verdicts_of_every_run(runs, snapshot):
    """To be read: the sentences of all verdicts, with their caveats."""
    lines: dict[str, None] = {}  # each but once
    for name, run in runs.items():
        for each in filter(None, (run.study, run.causal)):
            lines |= dict.fromkeys((f"{name}: {each.verdict.strength}", each.verdict.sentence, *each.verdict.caveats))
    snapshot(lines)


def test_the_numbers_of_a_sentence_are_those_of_the_tables(runs):
    number = r"[+−]?\d*\.?\d+"
    pattern = (
        rf"weight of head (\d+\.\d+)[^,;]*? on [^,;]*? by ({number}) \[({number}), ({number})\] log-odds (more|less)"
        r".*? with p (=|<) (\d*\.\d+) over .*?positive in (\d+) of (\d+) (?:quadruples|single segments)"
    )
    checked = 0
    for name, run in runs.items():
        if run.shown is None:
            continue
        head, size, low, high, more, sign, p, positive, of = re.search(pattern, run.said).groups()
        row, turn = run.shown, 1 if more == "more" else -1
        assert head == f"{row['layer']}.{row['head']}", name
        bounds = sorted(turn * float(row[f"{each}_log_odds"]) for each in ("low", "high"))
        for text, value in zip((size, low, high), (turn * float(row["estimate_log_odds"]), *bounds), strict=True):
            assert float(text.replace("−", "-")) == pytest.approx(value, abs=0.051), name
        assert (float(row["p"]) < 0.0001) if sign == "<" else float(p) == pytest.approx(float(row["p"]), abs=5.1e-5)
        assert (positive, of) == (row["quadruples_positive"], row["quadruples"])
        checked += 1
    assert checked >= 10
