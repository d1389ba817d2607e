"""The lines of the documentation that recompute the test of one head find what `analyze` wrote."""

import csv
import re

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.analyze import analyze
from fairseq_phonology.analysis.contrasts.tables import write_heads
from fairseq_phonology.analysis.events.tables import write_events
from fairseq_phonology.phonology.grammar import Grammar
from tests.helpers import REPOSITORY, planted
from tests.helpers.planted import Effect
from tests.helpers.toy_grammar import REGRESSIVE, toy_grammar

SHOWN = (REPOSITORY / "docs" / "methods" / "tests.md").read_text(encoding="utf-8").partition("## By hand")[2]
(LINES,) = re.findall(r"```python\n(.*?)```", SHOWN.partition("\n## ")[0], re.S)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One stem has an error; classes are of different sizes."""
    found = tmp_path_factory.mktemp("by_hand")
    (found / "toy.toml").write_text(toy_grammar(REGRESSIVE), encoding="utf-8")
    items = [item for item in planted.crossed_items(stems=10, suffixes=8) if not item.stem.endswith("C9")]
    wrong = {items[0].id: items[0].ur[:3] + items[0].ur[4:]}
    effects = [Effect("response", 1.0, 2, 1), Effect("salience", 2.0)]
    dump = planted.planted_dump(found / "dump", items, 2, 2, effects, surfaces=wrong)
    study = analyze(dump, Grammar.load(found / "toy.toml"), "nasalization", items)
    assert study.exclusions.stems_excluded["T"] == (1, 10)
    write_events(study.events, found / "events.csv.gz")
    write_heads(study.families, found / "heads.csv")
    return found


def rows(folder):
    with open(folder / "heads.csv", encoding="utf-8") as file:
        found = [row for row in csv.DictReader(file) if (row["contrast"], row["query"]) == ("response", "decision")]
    return {(row["layer"], row["head"]): row for row in found}


def by_hand(folder, monkeypatch, layer="2", head="1"):
    """The variables of these lines, for a head."""
    monkeypatch.chdir(folder)
    asked = LINES.replace('"layer": "2", "head": "1"', f'"layer": "{layer}", "head": "{head}"')
    assert f'"layer": "{layer}"' in asked
    found = {}
    exec(asked, found)
    return found


@pytest.mark.parametrize(("layer", "head"), ["11", "12", "21", "22"])
def test_one_head(folder, monkeypatch, capsys, layer, head):
    found, row = by_hand(folder, monkeypatch, layer, head), rows(folder)[layer, head]
    written = [float(row[name]) for name in ("estimate_log_odds", "se", "df", "t")]
    own = [found["estimate"], found["se"], found["df"], found["estimate"] / found["se"]]
    assert own == pytest.approx(written, rel=1e-4, abs=1e-5)
    assert f"{found['estimate']:.3f} (SE " in capsys.readouterr().out


def test_p_is_that_before_the_correction(folder, monkeypatch):
    heads = rows(folder)
    alone = {place: by_hand(folder, monkeypatch, *place)["p"] for place in heads}
    largest = 0.0
    for n, place in enumerate(sorted(alone, key=alone.get)):
        largest = max(largest, min(1.0, (len(alone) - n) * alone[place]))
        assert float(heads[place]["p"]) == pytest.approx(largest, rel=1e-3)
    assert min(alone.values()) < 0.01 < np.median(list(alone.values()))


def test_there_are_about_twenty_lines():
    code = [line for line in LINES.splitlines() if line and not line.startswith(("import", "from", "head =", "print"))]
    assert len(code) <= 20
