"""The order of an analysis, and its numbers against a second computation that knows nothing of the first."""

import csv
import gzip
import itertools
import math
import statistics

import pytest

from fairseq_phonology.analysis.contrasts.analyze import Options, analyze, options_of
from fairseq_phonology.analysis.contrasts.tables import write_heads
from fairseq_phonology.analysis.events.tables import write_events
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import CELLS, Item
from tests.helpers import planted
from tests.helpers.planted import Effect

WEIGHTS = {"response": (1, -1, -1, 1), "inspection": (0.5, 0.5, -0.5, -0.5), "salience": (0.5, -0.5, 0.5, -0.5)}
SCALES = ("mass", "logit")


def grammar(rule="{a} -> {b} / _ [+nas]", **more):
    pairs = [("p", "m"), ("t", "n"), ("k", "ŋ")] if "{a}" in rule else [("", "")]
    rules = [rule.replace("{a}", a).replace("{b}", b) for a, b in pairs]
    table = {"inventory": {"segments": "p t k s f h m n ŋ l a i u"}, "process": [{"name": "nasalization"}]}
    table["process"][0] |= {"rules": rules, **more}
    return Grammar.from_table(table)


REGRESSIVE, PROGRESSIVE = grammar(), grammar("{a} -> {b} / [+nas] _")
QUICK = Options(permutations=999)


def dump_of(folder, items, heads=3, effects=(), **how):
    return planted.planted_dump(folder / "dump", items, 1, heads, effects, **how)


def studied(dump, items, grammar=REGRESSIVE, **more):
    return analyze(dump, grammar, "nasalization", items, options=QUICK, **more)


def tables(study, folder):
    """events.csv.gz and heads.csv, as anybody would read them."""
    write_events(study.events, folder / "events.csv.gz")
    write_heads(study.families, folder / "heads.csv")
    with gzip.open(folder / "events.csv.gz", "rt", encoding="utf-8") as file:
        events = list(csv.DictReader(file))
    with open(folder / "heads.csv", encoding="utf-8") as file:
        return events, list(csv.DictReader(file))


def welch(values, first):
    """values, first: by unit. The studentized difference of two means."""
    one = [value for unit, value in values.items() if unit in first]
    other = [value for unit, value in values.items() if unit not in first]
    error = statistics.variance(one) / len(one) + statistics.variance(other) / len(other)
    return (statistics.mean(one) - statistics.mean(other)) / math.sqrt(error)


def max_t(by_head, first, statistic=welch):
    """p of each head, over every way to choose as many units. by_head: head -> unit -> value."""
    units = sorted(next(iter(by_head.values())))
    largest = [
        max(statistic(values, set(chosen)) for values in by_head.values())
        for chosen in itertools.combinations(units, len(first))
    ]
    return {
        head: sum(each >= statistic(values, first) - 1e-9 for each in largest) / len(largest)
        for head, values in by_head.items()
    }


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
    decided = [e for e in events if e["query"] == "decision"]
    carrier, other = ("suffix", "stem") if progressive else ("stem", "suffix")
    first = {carrier: {e[carrier] for e in events if e["cell"][0] == "T"}}
    first[other] = {e[other] for e in events if e["cell"][1] == "R"}
    for scale in SCALES:
        for unit, crossing in ((carrier, other), (other, carrier)):
            differences = {}
            for head in "123":
                mine = [e for e in decided if e["head"] == head]
                differences[head] = {
                    name: statistics.mean(
                        float(e[scale]) for e in mine if e[unit] == name and e[crossing] in first[crossing]
                    )
                    - statistics.mean(
                        float(e[scale]) for e in mine if e[unit] == name and e[crossing] not in first[crossing]
                    )
                    for name in {e[unit] for e in mine}
                }
            wanted = max_t(differences, first[unit])
            name = f"p_{'stems' if unit == 'stem' else 'suffixes'}_{scale}"
            found = {
                r["head"]: float(r[name]) for r in heads if (r["contrast"], r["query"]) == ("response", "decision")
            }
            assert found == pytest.approx(wanted, rel=1e-5)
    assert {row["p_suffixes_mass" if not progressive else "p_stems_mass"] for row in heads if
            row["contrast"] == "inspection"} == {""}  # fmt: skip


def quads(words=8, faulty=()):
    """Real words, each with its own 2 x 2."""
    found = []
    for n in range(words):
        for cell in CELLS:
            target, trigger = "ptk"[n % 3] if cell[0] == "T" else "m", "n" if cell[1] == "R" else "f"
            ur = ("ptkshfl"[n % 7], "aiu"[n // 7], target, trigger, "a")
            sr = (*ur[:2], {"p": "m", "t": "n", "k": "ŋ"}.get(target, target) if cell == "TR" else target, *ur[3:])
            found.append(Item(f"w{n}{cell}", ur, sr, *cell, 2, 3, f"word{n}", "", ("x",) if n in faulty else ()))
    return found


def test_the_sign_flip_over_real_words(tmp_path):
    """All 256 ways to flip the signs of eight double differences."""
    items = quads()
    study = studied(dump_of(tmp_path, items, effects=[Effect("response", 1.0)]), items)
    events, heads = tables(study, tmp_path)
    for scale in SCALES:
        by_head = {}
        for head in "123":
            mine = {
                (e["stem"], e["cell"]): float(e[scale]) for e in events if (e["head"], e["query"]) == (head, "decision")
            }
            by_head[head] = [
                sum(w * mine[f"word{n}", cell] for w, cell in zip(WEIGHTS["response"], CELLS, strict=True))
                for n in range(8)
            ]

        def statistic(values, signs):
            flipped = [value * sign for value, sign in zip(values, signs, strict=True)]
            return statistics.mean(flipped) / (statistics.stdev(flipped) / math.sqrt(8))

        signs = list(itertools.product((1, -1), repeat=8))
        largest = [max(statistic(values, some) for values in by_head.values()) for some in signs]
        for head, values in by_head.items():
            wanted = sum(each >= statistic(values, signs[0]) - 1e-9 for each in largest) / 256
            row = next(r for r in heads if (r["head"], r["contrast"], r["query"]) == (head, "response", "decision"))
            assert float(row[f"p_stems_{scale}"]) == pytest.approx(wanted, rel=1e-5)
            assert float(row[f"estimate_{scale}"]) == pytest.approx(statistics.mean(by_head[head]), abs=5e-5)


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
    for name, lengths in (("alike", {"EOS": 7}), ("not", {"m": 5, "n": 0.25, "EOS": 7})):
        (tmp_path / name).mkdir()
        study = studied(dump_of(tmp_path / name, items, lengths=lengths, **how), items, rules)
        responses = [family for family in study.families if family.contrast == "response"]
        norms = [family for family in study.families if family.contrast == "response-norms"]
        assert [family.primary for family in study.families].count(True) == 1 and study.families[0].primary
        assert [family.heads for family in norms] == [family.heads for family in responses]
        for of_weights, of_norms in zip(responses, norms, strict=True):
            assert (
                of_norms.p.keys() == of_weights.p.keys() and of_norms.additional.keys() == of_weights.additional.keys()
            )
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
    items = planted.crossed_items(stems=8, suffixes=4)
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
    items = planted.crossed_items(stems=8, suffixes=4)
    wrong = {items[0].id: items[0].ur[:3] + items[0].ur[4:]}
    study = studied(dump_of(tmp_path, items, effects=[Effect("response", 5.0)], surfaces=wrong), items)
    assert study.verdict.strength == "withheld" and study.primary.p["stems_mass"][0] < 0.05
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
    assert family.unmet[0][0] == "3 of 8 real words (38 %) were excluded because of errors; allowed: 20 %"


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
    assert options_of(999, 0, ["lowering"]) == Options(999, 0, ("lowering",))
    with pytest.raises(InputError, match="--permutations is 998; allowed: 999 or more"):
        options_of(998, 1, [])
    with pytest.raises(InputError, match="--seed is -1; allowed: 0 or more"):
        options_of(999, -1, [])


def test_the_same_seed_gives_the_same_numbers_and_another_does_not(tmp_path):
    items = planted.crossed_items(stems=8, suffixes=6)
    dump = dump_of(tmp_path, items, effects=[Effect("response", 1.0)])

    def numbers(seed):
        family = analyze(dump, REGRESSIVE, "nasalization", items, options=Options(999, seed)).primary
        return [family.p["stems_mass"].tolist(), family.low["mass"].tolist()]

    assert numbers(1) == numbers(1) != numbers(2)
