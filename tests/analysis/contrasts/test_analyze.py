"""The order of an analysis, and its numbers against a second computation that knows nothing of the first."""

import csv
import dataclasses
import gzip
import itertools
import math
import statistics

import numpy as np
import pytest
from scipy import stats

from fairseq_phonology.analysis.contrasts.analyze import Options, analyze, options_of
from fairseq_phonology.analysis.contrasts.tables import write_heads
from fairseq_phonology.analysis.events.tables import write_events
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import CELLS, Item
from tests.helpers import planted
from tests.helpers.planted import Effect

SIDES = {"response": ((1, -1), (1, -1)), "inspection": ((1, -1), (0.5, 0.5)), "salience": ((0.5, 0.5), (1, -1))}
WEIGHTS = {"response": (1, -1, -1, 1), "inspection": (0.5, 0.5, -0.5, -0.5), "salience": (0.5, -0.5, 0.5, -0.5)}
SCALES = ("mass", "log_odds")


def grammar(rule="{a} -> {b} / _ [+nas]", **more):
    pairs = [("p", "m"), ("t", "n"), ("k", "ŋ")] if "{a}" in rule else [("", "")]
    rules = [rule.replace("{a}", a).replace("{b}", b) for a, b in pairs]
    table = {"inventory": {"segments": "p t k s f h m n ŋ l a i u"}, "process": [{"name": "nasalization"}]}
    table["process"][0] |= {"rules": rules, **more}
    return Grammar.from_table(table)


REGRESSIVE, PROGRESSIVE = grammar(), grammar("{a} -> {b} / [+nas] _")


def dump_of(folder, items, heads=3, effects=(), **how):
    return planted.planted_dump(folder / "dump", items, 1, heads, effects, **how)


def studied(dump, items, grammar=REGRESSIVE, **more):
    return analyze(dump, grammar, "nasalization", items, **more)


def tables(study, folder):
    """events.csv.gz and heads.csv, as anybody would read them."""
    write_events(study.events, folder / "events.csv.gz")
    write_heads(study.families, folder / "heads.csv")
    with gzip.open(folder / "events.csv.gz", "rt", encoding="utf-8") as file:
        events = list(csv.DictReader(file))
    with open(folder / "heads.csv", encoding="utf-8") as file:
        return events, list(csv.DictReader(file))


def means(events, scale):
    return {cell: statistics.mean(float(e[scale]) for e in events if e["cell"] == cell) for cell in CELLS}


@pytest.mark.parametrize("progressive", [False, True], ids=["regressive", "progressive"])
def test_the_table_of_heads_follows_from_the_table_of_events(tmp_path, progressive):
    """Means, estimates, and all p-values of cross-attention, in plain Python from what is in the files."""
    items = planted.crossed_items(stems=5, suffixes=4, progressive=progressive)
    dump = dump_of(tmp_path, items, effects=[Effect("response", 1.0), Effect("salience", 1.0, 1, 2)])
    study = studied(dump, items, PROGRESSIVE if progressive else REGRESSIVE)
    events, heads = tables(study, tmp_path)
    assert len(heads) == 3 * 2 * 3  # contrasts, rows, heads
    for row in heads:
        mine = [e for e in events if all(e[name] == row[name] for name in ("kind", "query", "layer", "head"))]
        assert len(mine) == len(items)
        for cell, mean in means(mine, "mass").items():
            assert float(row[f"mean_{cell}"]) == pytest.approx(mean, rel=2e-5)
        for scale in SCALES:
            estimate = sum(w * m for w, m in zip(WEIGHTS[row["contrast"]], means(mine, scale).values(), strict=True))
            assert float(row[f"estimate_{scale}"]) == pytest.approx(estimate, abs=5e-5)
    carrier, other = ("suffix", "stem") if progressive else ("stem", "suffix")
    for row in heads:
        mine = [e for e in events if all(e[name] == row[name] for name in ("kind", "query", "layer", "head"))]
        odds = {(e[carrier], e[other]): float(e["log_odds"]) for e in mine}
        letters = ((carrier, 0, "T"), (carrier, 0, "C"), (other, 1, "R"), (other, 1, "N"))
        first = [list(dict.fromkeys(e[unit] for e in mine if e["cell"][n] == letter)) for unit, n, letter in letters]
        table = np.array([[odds[r, c] for c in first[2] + first[3]] for r in first[0] + first[1]])
        a, b = SIDES[row["contrast"]]
        weights = [np.repeat(np.array(w) / [len(x), len(y)], [len(x), len(y)]) for w, x, y in
                   ((a, *first[:2]), (b, *first[2:]))]  # fmt: skip
        cut, at = len(first[0]), len(first[2])
        by_row, by_column = table @ weights[1], weights[0] @ table
        parts = []
        for w, own in zip((*a, *b), (by_row[:cut], by_row[cut:], by_column[:at], by_column[at:]), strict=True):
            parts.append((w**2 * own.var(ddof=1) / len(own), len(own) - 1))
        words = 0.0
        for (i, w), (j, v) in itertools.product(zip((slice(0, cut), slice(cut, None)), a, strict=True),
                                                zip((slice(0, at), slice(at, None)), b, strict=True)):  # fmt: skip
            cell = table[i, j]
            rest = cell - cell.mean(1)[:, None] - cell.mean(0) + cell.mean()
            words += (w * v) ** 2 * (rest**2).sum() / np.prod(np.array(cell.shape) - 1) / cell.size
        both = sum(part for part, _ in parts)
        variance = max(both - words, sum(part for part, _ in parts[:2]), sum(part for part, _ in parts[2:]))
        df = max(variance**2 / sum(part**2 / freedom for part, freedom in parts), min(each for _, each in parts))
        estimate = weights[0] @ table @ weights[1]
        found = [float(row[name]) for name in ("estimate_log_odds", "se", "df", "t")]
        assert found == pytest.approx([estimate, variance**0.5, df, estimate / variance**0.5], rel=2e-4, abs=2e-5)
        family = [r for r in heads if all(r[name] == row[name] for name in ("contrast", "kind", "query"))]
        alone = sorted(stats.t.sf(float(r["t"]), float(r["df"])) for r in family)
        rank = alone.index(stats.t.sf(float(row["t"]), float(row["df"])))
        holm = max(min(1, (len(alone) - k) * p) for k, p in enumerate(alone[: rank + 1]))
        assert float(row["p"]) == pytest.approx(holm, rel=1e-3, abs=1e-9)


def quads(words=8, faulty=()):
    """Real words, each with its own 2 x 2."""
    found = []
    for n in range(words):
        for cell in CELLS:
            target = "ptk"[n % 3] if cell[0] == "T" else "mŋ"[n % 2]
            trigger = ("nm" if cell[1] == "R" else "fs")[n // 2 % 2]
            ur = ("ptkshfl"[n % 7], "aiu"[n // 7], target, trigger, "a")
            sr = (*ur[:2], {"p": "m", "t": "n", "k": "ŋ"}.get(target, target) if cell == "TR" else target, *ur[3:])
            found.append(Item(f"w{n}{cell}", ur, sr, *cell, 2, 3, f"word{n}", "", ("x",) if n in faulty else ()))
    return found


def test_real_words_are_tested_by_their_double_differences(tmp_path):
    items = quads()
    study = studied(dump_of(tmp_path, items, effects=[Effect("response", 1.0)]), items)
    events, heads = tables(study, tmp_path)
    alone = {}
    for head in "123":
        mine = {
            (e["stem"], e["cell"]): float(e["log_odds"])
            for e in events
            if (e["head"], e["query"]) == (head, "decision")
        }
        values = [
            sum(w * mine[f"word{n}", cell] for w, cell in zip(WEIGHTS["response"], CELLS, strict=True))
            for n in range(8)
        ]
        row = next(r for r in heads if (r["head"], r["contrast"], r["query"]) == (head, "response", "decision"))
        known = stats.ttest_1samp(values, 0, alternative="greater")
        assert float(row["estimate_log_odds"]) == pytest.approx(statistics.mean(values), abs=5e-5)
        assert float(row["se"]) == pytest.approx(statistics.stdev(values) / math.sqrt(8), rel=1e-4)
        assert float(row["t"]) == pytest.approx(known.statistic, rel=1e-3, abs=1e-4) and row["df"] == "7"
        alone[head] = known.pvalue, float(row["p"])
    smallest = min(alone.values())
    assert smallest[1] == pytest.approx(min(1, 3 * smallest[0]), rel=1e-3)


def test_each_contrast_of_real_words(tmp_path):
    items = quads()
    events, heads = tables(studied(dump_of(tmp_path, items, effects=[Effect("salience", 2.0)]), items), tmp_path)
    for row in heads:
        mine = [e for e in events if all(e[name] == row[name] for name in ("kind", "query", "layer", "head"))]
        for scale in SCALES:
            estimate = sum(w * m for w, m in zip(WEIGHTS[row["contrast"]], means(mine, scale).values(), strict=True))
            assert float(row[f"estimate_{scale}"]) == pytest.approx(estimate, abs=5e-5)


def test_every_contrast_has_a_family_and_the_primary_one_comes_first(tmp_path):
    items = planted.crossed_items(stems=4, suffixes=4)
    study = studied(dump_of(tmp_path, items, kinds=("cross", "encoder")), items)
    found = [(family.contrast, family.kind, family.query) for family in study.families]
    views = [("cross", "decision"), ("cross", "following"), ("encoder", "target")]
    assert found[0] == ("response", "cross", "decision")
    assert sorted(found) == sorted((contrast, *view) for contrast in WEIGHTS for view in views)
    assert [family.primary for family in study.families] == [True] + [False] * 8
    assert study.primary is study.families[0]


def test_both_kinds_of_a_progressive_process_make_one_family(tmp_path):
    items = planted.crossed_items(stems=4, suffixes=4, progressive=True)
    study = studied(dump_of(tmp_path, items, kinds=("cross", "decoder")), items, PROGRESSIVE)
    responses = [(f.kind, f.query, f.primary, len(f.heads)) for f in study.families if f.contrast == "response"]
    assert responses == [
        ("cross+decoder", "decision", True, 6),
        ("cross", "following", False, 3),
    ]


@pytest.mark.parametrize("beside", ["baseline", "forced_dump"])
def test_what_stands_beside_a_progressive_process_needs_both_kinds(tmp_path, beside):
    items = planted.crossed_items(stems=4, suffixes=4, progressive=True)
    dump = dump_of(tmp_path, items, kinds=("cross", "decoder"))
    of_model = {"checkpoint_sha256": "b" * 64} if beside == "baseline" else {}
    other = planted.planted_dump(tmp_path / "other", items, 1, 3, forced=True, **of_model)
    with pytest.raises(InputError, match=r"other.*: has no decoder self-attention.*--attention-kinds cross,decoder"):
        studied(dump, items, PROGRESSIVE, **{beside: other})


@pytest.mark.parametrize("progressive", [False, True], ids=["regressive", "progressive"])
def test_the_response_of_norms_is_a_secondary_family(tmp_path, progressive):
    """By hand from the table of events; where all vectors are of one length, norms say what weights say."""
    items = planted.crossed_items(stems=4, suffixes=4, progressive=progressive)
    how = {"kinds": ("cross", "decoder") if progressive else ("cross", "encoder"), "effects": [Effect("response", 3.0)]}
    rules = PROGRESSIVE if progressive else REGRESSIVE
    for name, lengths in (("alike", {"EOS": 7}), ("not", {"m": 5, "n": 0.25, "a": 3, "EOS": 7})):
        (tmp_path / name).mkdir()
        study = studied(dump_of(tmp_path / name, items, lengths=lengths, **how), items, rules)
        responses = [family for family in study.families if family.contrast == "response"]
        norms = [family for family in study.families if family.contrast == "response-norms"]
        assert [family.primary for family in study.families].count(True) == 1 and study.families[0].primary
        assert [family.heads for family in norms] == [family.heads for family in responses]
        for of_weights, of_norms in zip(responses, norms, strict=True):
            for scale in SCALES:
                same = of_norms.estimate[scale] == pytest.approx(of_weights.estimate[scale], abs=1e-5)
                assert same == (name == "alike")
    events, heads = tables(study, tmp_path)
    for row in (row for row in heads if row["contrast"] == "response-norms"):
        mine = [e for e in events if all(e[each] == row[each] for each in ("kind", "query", "layer", "head"))]
        estimate = sum(w * m for w, m in zip(WEIGHTS["response"], means(mine, "norm_mass").values(), strict=True))
        assert float(row["estimate_mass"]) == pytest.approx(estimate, abs=5e-5) and row["primary"] == "0"
        for event in mine:
            trigger = event["trigger"]
            assert float(event["norm"]) == pytest.approx(float(event["raw_mass"]) * lengths.get(trigger, 1), rel=2e-5)
    (tmp_path / "plain").mkdir()
    without = studied(dump_of(tmp_path / "plain", items, **how), items, rules)
    assert study.verdict == without.verdict and len(study.families) == len(without.families) + len(norms)


def test_forced_decoding_is_analyzed_over_all_stems(tmp_path):
    items = planted.crossed_items(stems=8, suffixes=8)
    wrong = {items[0].id: items[0].ur[:3] + items[0].ur[4:]}
    effects = [Effect("response", 5.0)]
    dump = dump_of(tmp_path, items, effects=effects, surfaces=wrong)
    forced = planted.planted_dump(tmp_path / "forced", items, 1, 3, effects, forced=True)
    fresh = planted.planted_dump(tmp_path / "fresh", items, 1, 3, forced=True, checkpoint_sha256="b" * 64)
    study = studied(dump, items, baseline=fresh, forced_dump=forced)
    assert study.exclusions.stems_excluded == {"T": (1, 8), "C": (0, 8)} and study.exclusions.reasons_withheld
    assert (study.primary.n_stems, study.sensitivity.n_stems, study.baseline.primary.n_stems) == (15, 16, 16)
    assert not any("forced decoding" in caveat for caveat in study.verdict.caveats)
    assert "give a dump of its own output" in studied(forced, items).verdict.caveats[-1]
    assert study.sensitivity.claim.tolist() == [True, False, False] and not study.baseline.primary.claim.any()


def test_where_errors_cost_too_much_no_head_meets_the_rule(tmp_path):
    """One of eight T stems is 12 points more than no C stem: claims are withheld in every family, with the reason."""
    items = planted.crossed_items(stems=8, suffixes=8)
    wrong = {items[0].id: items[0].ur[:3] + items[0].ur[4:]}
    study = studied(dump_of(tmp_path, items, effects=[Effect("response", 5.0)], surfaces=wrong), items)
    assert study.verdict.strength == "withheld" and study.primary.p[0] < 0.05
    assert not any(family.claim.any() for family in study.families)
    assert study.primary.unmet[0][0] == study.exclusions.reasons_withheld[0]
    assert "12 % of class T and 0 % of class C" in study.exclusions.reasons_withheld[0]


def test_derived_words_obey_the_rule_of_errors_as_well(tmp_path):
    """Three of eight words whose site another process makes were lost: what is left of them is no evidence."""
    items = quads(16, faulty=range(8, 16))
    effects = [Effect("response", 5.0)]
    whole = studied(dump_of(tmp_path, items, effects=effects), items)
    assert [(f.contrast, f.n_stems, bool(f.claim[0])) for f in whole.families if "derived" in f.contrast] == [
        ("response-derived", 8, True)
    ]
    wrong = {f"w{n}TR": items[4 * n].ur for n in (8, 9, 10)}
    dump = planted.planted_dump(tmp_path / "wrong", items, 1, 3, effects, surfaces=wrong)
    family = next(f for f in studied(dump, items).families if f.contrast == "response-derived")
    assert family.n_stems == 5 and not family.claim.any()
    assert family.unmet[0][0] == "3 of 8 real words (38 %) were excluded for errors; allowed: 20 %"


def test_only_a_list_without_stems_is_compared_with_the_same_offset(tmp_path):
    items = planted.crossed_items(stems=4, suffixes=4)
    plain = [Item(i.id, i.ur, i.sr, i.target_class, i.trigger_class, i.target_index, i.trigger_index) for i in items]
    dump = dump_of(tmp_path, items, effects=[Effect("offset", 5.0)], kinds=("cross", "encoder"))
    assert {view.elsewhere is None for view in studied(dump, items).events.views} == {True}
    for given in (plain, None):
        study = studied(dump, given)
        assert study.design is None and study.primary is None and study.verdict.strength == "descriptive"
        assert [(f.contrast, f.kind, f.query, f.n_stems, f.claim.any()) for f in study.families] == [
            ("same-offset", "cross", "decision", 16, False),
            ("same-offset", "encoder", "target", 16, False),
        ]


def test_a_control_of_an_insertion_can_be_in_no_crossed_design(tmp_path):
    """It has no decision step; the list is described once it claims no stems."""
    epenthesis = Grammar.from_table(
        {
            "inventory": {"segments": "p t k m a i"},
            "process": [{"name": "nasalization", "rules": "∅ -> i / _ t"}],
        }
    )
    items = []
    for n, (target_class, first) in enumerate([("T", "pkpk"), ("C", "aaaa")]):
        for stem in range(4):
            for suffix, trigger in enumerate("ttttkkkk"):
                ur = ("a", first[stem], trigger, *"a" * (suffix + 1))
                cell = (target_class, "R" if trigger == "t" else "N")
                sr = (*ur[:2], "i", *ur[2:]) if trigger == "t" else ur
                items.append(Item(f"w{n}{stem}{suffix}", ur, sr, *cell, None, 2, f"{n}{stem}", f"s{suffix}"))
    with pytest.raises(InputError, match=r"word 'w004' has no decision step, .* this design cannot be tested"):
        studied(dump_of(tmp_path, items, steps={item.id: 2 for item in items}), items, epenthesis)


def test_options_are_checked():
    assert options_of(0, ["lowering"]) == Options(0, ("lowering",))
    with pytest.raises(InputError, match="--seed is -1; allowed: 0 or more"):
        options_of(-1, [])


def test_the_seed_is_that_of_the_intervals_alone(tmp_path):
    items = planted.crossed_items(stems=8, suffixes=6)
    dump = dump_of(tmp_path, items, effects=[Effect("response", 1.0)])

    def numbers(seed):
        family = analyze(dump, REGRESSIVE, "nasalization", items, options=Options(seed)).primary
        return family.p.tolist(), [each["log_odds"].tolist() for each in (family.low, family.high)]

    one, again, other = numbers(1), numbers(1), numbers(2)
    assert one == again and one[0] == other[0] and one[1] != other[1]


@pytest.mark.parametrize("dumps", ["one", "with forced decoding"])
def test_a_word_without_another_segment_leaves_by_name(tmp_path, dumps):
    """A stem of one segment with a suffix of one: target and trigger, and nothing to compare the weight with."""
    items = []
    for item in planted.crossed_items(stems=12, suffixes=8):
        bare = item.stem.endswith("-C11")
        places = (item.target_index - 2, item.trigger_index - 2) if bare else (item.target_index, item.trigger_index)
        cut = 2 if bare else 0
        items.append(dataclasses.replace(item, ur=item.ur[cut:], sr=item.sr[cut:], target_index=places[0],
                                         trigger_index=places[1]))  # fmt: skip
    short = [item for item in items if item.suffix.endswith("-N7")]
    for item in short:
        at = items.index(item)
        items[at] = dataclasses.replace(item, ur=item.ur[: item.trigger_index + 1], sr=item.sr[: item.trigger_index])
    how = {"effects": [Effect("response", 5.0)]}
    more = {}
    if dumps != "one":
        more["forced_dump"] = planted.planted_dump(tmp_path / "forced", items, 1, 3, forced=True, **how)
    study = studied(dump_of(tmp_path, items, **how), items, **more)
    (name,) = study.exclusions.alone
    word = next(item for item in items if item.id == name)
    assert len(word.ur) == 3 and word.stem.endswith("C11") and word.suffix.endswith("N7")
    assert study.primary.n_stems == 23 and study.primary.claim[0]
    assert any("no segment but target and trigger" in line and name in line for line in study.exclusions.lines())
    if more:
        assert study.sensitivity.n_stems == 23 and study.sensitivity.claim[0]
