"""One run for each verdict and for what it may go with: a study, interventions, and the tables that a page stands on.

`RUNS` makes them; `Run` has the tables, and asks them, not the study, what may be said.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fairseq_phonology.analysis.contrasts.analyze import analyze
from fairseq_phonology.analysis.contrasts.study import Study
from fairseq_phonology.analysis.contrasts.verdict import with_derived
from fairseq_phonology.analysis.events.events import Event, Events
from fairseq_phonology.analysis.interventions.effects import Causal
from fairseq_phonology.phonology.grammar import Grammar
from tests.helpers import example_study as example
from tests.helpers import planted
from tests.helpers.designed import crossed, real_words, two_by_two
from tests.helpers.intervened import ALONE, CROSS, EITHER, ENCODER, HALF, intervened, progressive, spread
from tests.helpers.studied import studied


def _several():
    return example.grid_study(planted={(2, 1): "response", (1, 0): "response"}, baseline=False)


def _less():
    """One head, and what it does is the opposite of a response."""
    study = example.grid_study(1, 1, planted={(0, 0): "response"}, baseline=False)
    view = study.events.views[0]
    view.log_odds[:], view.mass[:] = -view.log_odds, 1 - view.mass
    return studied(study.events, example.PROCESS, example.LANGUAGE)


def _one_segment():
    """T is p alone, C is m alone."""
    items = [item for item in example.grid_items((27, 18), (8, 8)) if item.target in ("p", "m")]
    return example.study(items, [example.view(items)])


def _spread():
    """A response that differs ten times as much from stem to stem in one class as in the other."""
    items = example.grid_items((16, 16), (8, 8))
    view, rng = example.view(items), np.random.default_rng(1)
    more = {item.stem: rng.normal(0, 0.8 if item.target_class == "C" else 0.02) for item in items}
    view.log_odds[:, 2, 1] += [more[item.stem] * (item.trigger_class == "R") for item in items]
    return example.study(items, [view])


def _errors():
    study = example.grid_study(baseline=False)
    failed = {event.item.stem for event in study.events.events if event.item.target_class == "T"}
    failed = set(sorted(failed)[:9])
    events = [
        dataclasses.replace(event, status="underapplied" if event.item.stem in failed else event.status)
        for event in study.events.events
    ]
    return studied(Events(events, study.events.views), example.PROCESS, example.LANGUAGE)


def _words():
    """Real words with enough segments in every class."""
    items = []
    for n in range(24):
        ur, controls = (*"sa", "ptk"[n % 3], "mn"[n % 2], *"al"), ("ŋm"[n % 2], ("tʰ", "kʰ")[n // 2 % 2])
        items += two_by_two(f"w{n}", ur, 2, 3, controls, outcome=example.NASAL)
    return example.study(items, [example.view(items, 1, 2)])


def _derived():
    study = example.quads_study(30, 1, 2)
    family = dataclasses.replace(study.primary, contrast="response-derived", primary=False)
    study.verdict = with_derived(study.verdict, study.primary, family, {"w": ("neutralization",)})
    study.families.append(family)
    return study


def _forced(folder):
    """A dump that was made under forced decoding."""
    rules = [f"{a} -> {b} / _ [+nas]" for a, b in {"p": "m", "t": "n", "k": "ŋ"}.items()]
    table = {"inventory": {"segments": "p t k s f h m n ŋ l a i u"}, "process": [{"name": "nasals", "rules": rules}]}
    items = planted.crossed_items(suffixes=8)
    effects = [planted.Effect("response", 6.0)]
    dump = planted.planted_dump(folder / "dump", items, 1, 2, effects, forced=True)
    return analyze(dump, Grammar.from_table(table), "nasals", items)


@functools.cache
def _grid():
    return example.grid_study(baseline=False)


HEADS = {("cross", 3, 1): 0.6, ("cross", 3, 2): 0.1}  # head 3.2 attends
PREFIX = {"prefix": True}
PARTS = {("cross", "keys"): 0.1, ("cross", "values"): 0.8}


def _nothing():
    return example.grid_study(planted={}, baseline=False)


def _undecided():
    return spread(intervened({"cross": 1, "encoder": 0.2, "cross+encoder": 1.2}), "encoder", 2.0)


def _none():
    return spread(spread(intervened({"cross": 0.3, "cross+encoder": 0.3}), "cross", 4), "cross+encoder", 4)


def _plain():
    events = crossed(t=9, c=8, r=8, n=8).events
    plain = [
        Event(dataclasses.replace(e.item, stem="", suffix=""), e.surface, e.reference, e.status, e.step) for e in events
    ]
    return intervened(CROSS, Events(plain, []))


# name -> the study of attention, the interventions; None where there is none
RUNS: dict[str, tuple[Callable | None, Callable | None]] = {
    "attends": (_grid, None),
    "several heads": (_several, None),
    "none": (lambda: example.grid_study(suffixes=(5, 5), baseline=False), None),
    "no mass": (_nothing, None),
    "less": (_less, None),
    "two kinds": (example.two_kinds_study, None),
    "one segment": (_one_segment, None),
    "spread": (_spread, None),
    "real words": (lambda: example.quads_study(30, 1, 2), None),
    "words that attend": (_words, None),
    "derived": (_derived, None),
    "errors": (_errors, None),
    "plain list": (example.plain_study, None),
    "forced": (_forced, None),
    "cross": (None, lambda: intervened(CROSS, parts=PARTS, heads=HEADS)),
    "encoder": (None, lambda: intervened(ENCODER)),
    "decoder": (None, lambda: intervened(progressive({"decoder": 1}), **PREFIX)),
    "either": (None, lambda: intervened(EITHER[0], gives=EITHER[1])),
    "any of three": (None, lambda: intervened({"cross+encoder+decoder": 1}, gives=progressive(ALONE), **PREFIX)),
    "jointly": (None, lambda: intervened(HALF)),
    "of no use alone": (None, lambda: intervened(EITHER[1], gives=EITHER[0])),
    "indirect": (None, lambda: intervened({})),
    "undecided": (None, _undecided),
    "no route": (None, _none),
    "same": (None, lambda: intervened({}, pair=0.1)),
    "few units": (None, lambda: intervened(CROSS, crossed(t=9, c=8, r=4, n=4))),
    "no design": (None, _plain),
    "words used": (None, lambda: intervened(CROSS, real_words(12))),
    "attends, used": (_grid, lambda: intervened(CROSS, parts=PARTS, heads={("cross", 3, 2): 0.8})),
    "attends, other head": (_grid, lambda: intervened(CROSS, heads=HEADS)),
    "attends, other route": (_grid, lambda: intervened(ENCODER, heads={("cross", 3, 2): 0.0})),
    "attends, indirect": (_grid, lambda: intervened({})),
    "attends, undecided": (_grid, _undecided),
    "attends, no route": (_grid, _none),
    "attends, same": (_grid, lambda: intervened({}, pair=0.1)),
    "attends, few units": (_grid, lambda: intervened(CROSS, crossed(t=9, c=8, r=4, n=4))),
    "none, used": (
        _nothing,
        lambda: intervened(CROSS, heads={("cross", 3, 1): 0.6}),
    ),
    "none, no head": (_nothing, lambda: intervened(CROSS, heads={("cross", 3, 1): 0.1})),
    "none, no route": (_nothing, _none),
    "errors, used": (_errors, lambda: intervened(CROSS)),
    "plain list, no design": (example.plain_study, _plain),
}


@dataclass
class Run:
    """A page and the tables beside it."""

    said: str
    study: Study | None
    causal: Causal | None
    heads: list[dict[str, str]]
    effects: list[dict[str, str]]
    forced: bool

    # -- of attention, from heads.csv

    @property
    def primary(self) -> list[dict[str, str]]:
        return [row for row in self.heads if row["primary"] == "1"]

    @property
    def withheld(self) -> bool:
        return bool(self.study and self.study.exclusions and self.study.exclusions.reasons_withheld)

    def attends(self, row) -> bool:
        """The rule, once more."""
        ranks = [row["rank_target"], row["rank_trigger"]]
        return (
            min(self.study.design.smallest_classes.values()) >= 8
            and float(row["p"]) < 0.05
            and float(row["estimate_mass"]) >= 0.05
            and row["quadruples_positive"] == row["quadruples"]
            and all(rank == "1" for rank in ranks)
            and float(row["p_segments"] or "nan") < 0.05
        )

    @property
    def claims(self) -> list[dict[str, str]]:
        return [] if self.withheld else [row for row in self.primary if self.attends(row)]

    @property
    def shown(self) -> dict[str, str] | None:
        """The head that the verdict is about."""
        if not self.primary or self.withheld:
            return None
        with_mass = [row for row in self.primary if float(row["estimate_mass"]) >= 0.05]
        return max(self.claims or with_mass or self.primary, key=lambda row: float(row["estimate_log_odds"]))

    @property
    def looks(self) -> str:
        """``attends``, ``none``, ``withheld``, ``descriptive``; empty without a study."""
        if self.study is None:
            return ""
        if self.withheld:
            return "withheld"
        return "descriptive" if not self.primary else "attends" if self.claims else "none"

    @property
    def far(self) -> bool:
        """Do the two classes of stems, or of suffixes, differ by more than 2 : 1 in the head that is shown?"""
        if self.shown is None or not self.study.design.is_crossed:
            return False
        view = self.study.events.view(self.shown["kind"], self.shown["query"])
        values = view.log_odds[:, int(self.shown["layer"]) - 1, int(self.shown["head"]) - 1].astype(float)
        deviations = [
            [own.std(ddof=1) for own in each.values.values()] for each in self.study.design.differences(values)
        ]
        return any(max(pair) > 2 * min(pair) for pair in deviations)

    # -- of interventions, from effects.csv

    def row(self, measure: str, family: str = "routes", parts: str = "both") -> dict[str, str] | None:
        return next(
            (r for r in self.effects if (r["family"], r["measure"], r["parts"]) == (family, measure, parts)), None
        )

    @property
    def tested(self) -> bool:
        return self.causal is not None and not self.causal.reasons_withheld

    @property
    def pair(self) -> dict[str, str]:
        return next(row for row in self.effects if row["family"] == "minimal pair")

    @property
    def takes(self) -> str:
        """``uses``, ``none``, ``same``, ``withheld``, ``descriptive``; empty without interventions."""
        if self.causal is None:
            return ""
        if not self.tested:
            return "descriptive" if self.causal.exclusions is None else "withheld"
        intact = self.causal.minimal_pair.intact
        if not (float(self.pair["p_noising"]) < 0.05 and float(self.pair["effect_noising"]) >= 0.2 * intact):
            return "same"
        return "uses" if self.indirect or (any(map(self.used, self.routes)) and self.agreed_on_something) else "none"

    @property
    def routes(self) -> list[dict[str, str]]:
        return [row for row in self.effects if row["family"] == "routes"]

    @property
    def agreed_on_something(self) -> bool:
        first = self.causal.draws[0]
        return first.route != "none" or first.share < 0.95

    @property
    def indirect(self) -> bool:
        whole = self.row("cross+encoder+decoder") or self.row("cross+encoder")
        return max(float(whole[f"high_share_{each}"]) for each in ("noising", "denoising")) < 0.2

    @staticmethod
    def used(row) -> bool:
        return all(
            float(row[f"p_{each}"] or "nan") < 0.05
            and float(row[f"low_share_{each}"]) >= 0.2
            and float(row[f"share_{each}"]) - float(row[f"others_share_{each}"]) >= 0.2
            for each in ("noising", "denoising")
        )

    def uses_by(self, *kinds: str) -> bool:
        """At least 95 % of draws agree on these routes, and what they rest on meets the rule."""
        if self.takes != "uses" or self.indirect:
            return False
        first = self.causal.draws[0]
        if first.share < 0.95 or set(first.kinds) != set(kinds):
            return False
        rests = [row for row in self.routes if set(row["measure"].split("+")) <= set(kinds)]
        return any(map(self.used, rests))

    @property
    def redundant(self) -> bool:
        """Do routes together take more than the sum of each, and give no more than each?"""
        kinds = self.causal.draws[0].kinds if self.causal and self.causal.draws else ()
        rows = [self.row(kind) for kind in kinds]
        whole = self.row("+".join(kinds)) if len(kinds) > 1 else None
        if whole is None or self.takes != "uses":
            return False
        each = [max(0, float(row["share_noising"])) for row in rows]
        return float(whole["share_noising"]) - sum(each) >= max(each)

    def single_heads(self, used: bool) -> list[dict[str, str]]:
        """Of the routes of the verdict."""
        kinds = self.causal.verdict.kinds if self.causal else ()
        rows = [row for row in self.effects if row["family"] in {f"heads of {kind}" for kind in kinds}]
        return [row for row in rows if self.used(row) is used]

    @property
    def claimed_rows(self) -> list[dict[str, str]]:
        """Of the heads that attend, what passes by them."""
        heads = {(row["kind"], row["layer"], row["head"]) for row in self.claims}
        return [
            r for r in self.effects if r["family"][:5] == "heads" and (r["measure"], r["layer"], r["head"]) in heads
        ]
