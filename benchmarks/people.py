"""Do claims about models and people keep their error rate, do intervals cover, is the ceiling one? By simulation.

Usage: ``python benchmarks/people.py [SIMULATIONS [TABLE ...]]`` prints the section of RESULTS.md, or some of its tables
(claims, compared, coverage, few, ceilings; one thread: ten minutes).
"""

from __future__ import annotations

import sys
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from people_intervals import coverage, coverage_table, sized
from simulations import marked, three, told
from speakers import EVEN, World

from fairseq_phonology.analysis.criteria import ALPHA
from fairseq_phonology.analysis.people.ceiling import simulated, split_halves
from fairseq_phonology.analysis.people.comparison import CompareOptions, compare
from fairseq_phonology.analysis.people.estimates import (
    Draws,
    Scale,
)
from fairseq_phonology.analysis.people.held_out import gain, held_out_ensemble
from fairseq_phonology.analysis.people.human import read_human
from fairseq_phonology.analysis.people.matching import MEASURES
from fairseq_phonology.analysis.people.scores import Scores
from fairseq_phonology.corpus.candidates import Candidate
from fairseq_phonology.files import write_csv

SIMULATIONS = 250
SIZES = ((20, 1), (20, 6), (40, 6), (60, 10))  # items, seeds

NULLS = (
    EVEN,
    replace(EVEN, name="model and baseline correlated (.8)", common=0.8),
    replace(EVEN, name="over-dispersed responses (.2)", beta=0.2),
    replace(EVEN, name="5 responses an item", n=(5,)),
    replace(EVEN, name="unequal n: 2 to 100", n=(2, 5, 10, 20, 50, 100)),
    replace(EVEN, name="unequal n, over-dispersed (.2)", n=(2, 5, 10, 20, 50, 100), beta=0.2),
    replace(EVEN, name="one item with 200 responses, the others with 10", n=(10,), most=200),
    replace(EVEN, name="one item with 1,000 responses, the others with 10", n=(10,), most=1000),
    replace(EVEN, name="n falls from 1,500 as rank^-1.5", falling=1.5),
    replace(EVEN, name="skewed items (exponential)", skewed=True),
    replace(EVEN, name="skewed items, near 0", skewed=True, level=-3.0),
    replace(EVEN, name="speakers nearly agree (log-odds of 4)", spread=4.0),
    replace(EVEN, name="models 4 times as sharp as speakers", sharp=4.0, shared=1.5),
    replace(EVEN, name="poor models: noise of 3", shared=3.0, own=2.0),
    replace(EVEN, name="seeds differ: noise of 2 of their own, slopes by .5", own=2.0, quality=0.5),
    replace(EVEN, name="15 % of items: speakers respond as to another item", lapses=0.15),
    replace(EVEN, name="30 participants, known", people=30),
    replace(EVEN, name="30 participants who differ in what they follow, known", people=30, tastes=0.5),
    replace(EVEN, name="12 participants who differ in what they follow, known", people=12, tastes=0.5),
    replace(EVEN, name="30 participants who differ so, not known", people=30, tastes=0.5, known=False),
    replace(EVEN, name="families of 4 items, known", family=4, told=True),
    replace(EVEN, name="families of 4 items, similar in form", family=4, alike=True),
    replace(EVEN, name="families of 4 items, neither known nor similar in form", family=4),
    replace(EVEN, name="ratings", ratings=True),
    replace(EVEN, name="ratings at the ends of the scale", ratings=True, spread=4.0, level=1.0),
    replace(EVEN, name="ratings of 30 participants, known", ratings=True, people=30, tastes=0.3),
)


def claims(world: World, items: int, seeds: int, simulations: int, better: float = 1.0) -> tuple[float, float]:
    """Share of simulations in which the model is claimed to beat a baseline that is made as it is; and the converse.

    Args:
        better: factor of the noise of the model; under 1 it is better in truth, and the first share is the power.
    """
    rng = np.random.default_rng([items, seeds, zlib.crc32(world.name.encode())])
    found = np.zeros(2)
    for _ in range(simulations):
        truth, noises = world.truth(items, rng), world.noises(items, rng)
        sample = world.sample(truth, noises, rng)
        odds = [world.models(truth, f * noise, seeds, rng) for f, noise in zip((better, 1.0), noises, strict=True)]
        rows, folds = np.arange(items), sample.units
        model = held_out_ensemble(replace(sample, odds=odds[0]), rows, folds)
        baseline = held_out_ensemble(replace(sample, odds=odds[1]), rows, folds)
        one = gain(model, replace(baseline, without_one=None), sample, rows)
        other = gain(baseline, replace(model, without_one=None), sample, rows)
        found += [one.p < ALPHA and one.value > 0, other.p < ALPHA and other.value > 0]
    return tuple(found / simulations)


@dataclass(frozen=True)
class Whole:
    """A comparison from files.

    Attributes:
        name: as the table has it.
        people: speakers and models.
        items, seeds: how many.
        columns: baselines, each as good as the models.
        variants: ratings of two candidates an item, whose variants differ: models know it, columns do not.
        same: items with the same UR.
    """

    name: str
    people: World = EVEN
    items: int = 30
    seeds: int = 3
    columns: int = 1
    variants: bool = False
    same: int = 1

    def claims(self, simulations: int) -> float:
        """Share of simulations in which a column is claimed to be beaten."""
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        with tempfile.TemporaryDirectory() as folder:
            return float(np.mean([self.claimed(Path(folder) / "people.csv", rng) for _ in range(simulations)]))

    def claimed(self, path: Path, rng: np.random.Generator) -> bool:
        """Of one simulation."""
        pairs = self.items * (1 + self.variants)
        truth = np.repeat(self.people.truth(pairs // self.same, rng), self.same)
        model, *noises = np.repeat(rng.standard_normal((1 + self.columns, pairs // self.same)), self.same, axis=1)
        odds = truth + model + 0.5 * rng.standard_normal((self.seeds, pairs))
        columns = {f"c{n}": truth + noise + 0.3 * rng.standard_normal(pairs) for n, noise in enumerate(noises)}
        if self.variants:
            step = np.tile([2.0, -2.0], self.items)
            truth, odds = truth + step, odds + step
        sample = self.people.sample(truth, (model, noises[0]), rng)
        forms = np.repeat(rng.choice(list("ptkbdgmnaeiou"), (pairs // self.same, 9)), self.same, axis=0)
        candidates, log_prob = [], []
        for n in range(pairs):
            item, own = (n // 2, "ab"[n % 2]) if self.variants else (n, "a")
            of_pair = Candidate(f"i{item}", tuple(forms[n - n % (1 + self.variants)]), (own, str(n)), own,
                                columns={name: str(each[n]) for name, each in columns.items()})  # fmt: skip
            candidates.append(of_pair)
            log_prob.append(odds[:, n] if self.variants else -np.logaddexp(0, -odds[:, n]))
            if not self.variants:
                candidates.append(replace(of_pair, sr=("b", str(n)), variant="b"))
                log_prob.append(-np.logaddexp(0, odds[:, n]))
        scores = Scores(tuple(f"m{n}" for n in range(self.seeds)), tuple(candidates), np.array(log_prob).T - 30)
        if self.people.ratings:
            rows = [(f"i{n // 2}", "ab"[n % 2], 1 + 6 * value) for n, value in enumerate(sample.value)]
            write_csv(path, [("item", "variant", "rating"), *rows])
        elif sample.sums is not None:
            people, items = np.indices(sample.sums.shape)
            answers = np.where(sample.sums > 0, "a", "b")
            rows = zip(people.ravel(), (f"i{n}" for n in items.ravel()), answers.ravel(), strict=True)
            write_csv(path, [("participant", "item", "choice"), *rows])
        else:
            times = sample.weights.astype(int)
            k = np.round(sample.value * times).astype(int)
            rows = [(f"i{n}", "a", *both) for n, both in enumerate(zip(k, times, strict=True))]
            write_csv(path, [("item", "variant", "k", "n"), *rows])
        options = CompareOptions(MEASURES[self.variants], baselines=tuple(columns), draws=2, splits=2)
        return any(one.beaten for one in compare(scores, read_human(path), options).baselines if one.name in columns)


WHOLE = (
    Whole("one column"),
    Whole("four columns (Holm)", columns=4),
    Whole("60 items, four of each UR", same=4, items=60),
    Whole("one item with 200 responses, 24 with 10", replace(EVEN, n=(10,), most=200), items=25),
    Whole("30 participants who differ in what they follow, known", replace(EVEN, people=30, tastes=0.5)),
    Whole("ratings of two variants that differ", replace(EVEN, ratings=True), variants=True),
)

FEW = (
    replace(EVEN, name="seeds differ: noise of 2 of their own, slopes by .5", own=2.0, quality=0.5),
    replace(EVEN, name="noise of seeds differs: 1.5 times a log-normal number (.6)", own=1.5, uneven=0.6),
)
FEW_SIZES = ((60, 2), (100, 2), (200, 2), (100, 3), (200, 3))


FAR = 0.05  # of a ceiling from what it should be
CEILINGS = (
    replace(EVEN, name="counts, 5 of an item", n=(5,)),
    replace(EVEN, name="counts, 20 of an item"),
    replace(EVEN, name="counts, 2 to 100 of an item", n=(2, 5, 10, 20, 50, 100)),
    replace(EVEN, name="counts, skewed, near 0", skewed=True, level=-3.0),
    replace(EVEN, name="counts, items hardly differ (.3)", spread=0.3),
    replace(EVEN, name="counts, 1 of an item", n=(1,)),
    replace(EVEN, name="counts, 2 of an item", n=(2,)),
    replace(EVEN, name="counts, shares near .03 and .97", clusters=3.5, spread=0.2),
    replace(EVEN, name="counts, half of the shares 0", never=0.5),
    replace(EVEN, name="counts of 30 participants, known", people=30),
    replace(EVEN, name="counts of 12 participants, known", people=12),
    replace(EVEN, name="ratings of 12 participants, known", ratings=True, people=12),
)


def ceilings(world: World, items: int, simulations: int) -> tuple[float, float]:
    """Mean correlation of a perfect model, and mean ceiling."""
    rng = np.random.default_rng([items, zlib.crc32(world.name.encode()), 2])
    scale = Scale("all", ((np.arange(items), None),))
    found = []
    for _ in range(simulations):
        truth = world.truth(items, rng)
        sample = world.sample(truth, (np.zeros(items), np.zeros(items)), rng)
        perfect = scale.correlation(truth[None], Draws.once(sample.value))[0]
        if sample.sums is None:
            one = simulated((scale,), sample.value, None, sample.weights, np.zeros(items), None, 100, rng)["all"]
        else:
            one = split_halves((scale,), sample.sums, sample.numbers, 100, rng)["all"]
        found.append((perfect, one.value))
    return tuple(np.nanmean(found, axis=0))


POWER = (0.7, 0.5, 0.3)  # noise of the model, where the baseline has 1


def lines(simulations: int = SIMULATIONS) -> Iterator[str]:
    """The section of RESULTS.md."""
    yield from ("## Models beside people", "")
    for table in TABLES.values():
        yield from table(simulations)


def claims_table(simulations: int) -> Iterator[str]:
    """False claims and power."""
    yield from (f"### Claims to beat a baseline that is as good as the model ({2 * simulations:,} each)", "")
    yield (
        "Baseline and model are made in the same way, so that each of them is claimed falsely to beat the other: "
        f"{simulations:,} simulations, each counted both ways. Target: at most .060; **out** where it is missed. "
        "Of single seeds that differ, one is better in truth (–)."
    )
    yield ""
    yield "| World | " + " | ".join(sized(*size) for size in SIZES) + " |"
    yield "|---" * (1 + len(SIZES)) + "|"
    for world in NULLS:
        rates = [
            "–" if world.quality and size[1] == 1 else marked(float(np.mean(claims(world, *size, simulations))))
            for size in SIZES
        ]
        yield f"| {world.name} | " + " | ".join(rates) + " |"
        told(f"people, claims: {world.name}")
    for better in POWER:
        rates = [claims(EVEN, *size, simulations, better)[0] for size in SIZES]
        name = f"power ({simulations:,} each): noise of the model {better:g}, of the baseline 1"
        yield f"| {name} | " + " | ".join(map(three, rates)) + " |"
    yield ""
    yield (
        "Out: participants who differ in what they follow, where only counts are known, and items in families that "
        "neither `--family` names nor their forms show. `compare` claims there, too, and says beside each claim that "
        "intervals and tests are for these speakers, and that items are taken as independent but for those whose URs "
        "are alike."
    )
    yield ""


def compared_table(simulations: int) -> Iterator[str]:
    """False claims of ``compare`` itself."""
    yield from (f"### Claims of `compare` ({simulations:,} each)", "")
    yield (
        "`compare` from files: the share of simulations in which any of the columns, each as good as the models, is "
        "claimed to be beaten, after Holm's correction. Target: at most .060; **out** where it is missed."
    )
    yield from ("", "| World | Claims |", "|---|---|")
    for world in WHOLE:
        yield f"| {world.name} | {marked(world.claims(simulations))} |"
        told(f"people, compare: {world.name}")
    yield ""


def few_table(simulations: int) -> Iterator[str]:
    """Intervals and claims of two and three seeds that differ."""
    yield from (f"### Few seeds that differ ({simulations:,} each)", "")
    yield (
        "Coverage of 95 % intervals, of two seeds with items random alone (the value is that of these two over all "
        f"items), of more with seeds random, too; and false claims to beat a baseline, each counted both ways "
        f"({2 * simulations:,})."
    )
    yield ""
    yield "| World | Items, seeds | Ensemble: Spearman, slope | Mean of seeds: Spearman, slope | False claims |"
    yield "|---|---|---|---|---|"
    for world in FEW:
        for size in FEW_SIZES:
            found = coverage(world, *size, simulations, mean=True)
            ensemble, mean = (f"{three(found[f'{of}spearman'])}, {three(found[f'{of}slope'])}" for of in ("", "mean "))
            false = marked(float(np.mean(claims(world, *size, simulations))))
            yield f"| {world.name} | {sized(*size)} | {ensemble} | {mean} | {false} |"
            told(f"people, few seeds: {world.name}, {sized(*size)}")
    yield ""


def ceiling_table(simulations: int) -> Iterator[str]:
    """Beside a model that knows the truth."""
    yield from (f"### Noise ceiling ({simulations:,} each)", "")
    yield (
        "The mean Spearman correlation of a model that knows the truth, and the mean ceiling, which should be the "
        f"same; **out** where they differ by more than {FAR:g}."
    )
    yield ""
    yield "| People | 20 items | 40 items | 100 items |"
    yield "|---|---|---|---|"
    for world in CEILINGS:
        found = [ceilings(world, items, simulations) for items in (20, 40, 100)]
        yield (
            f"| {world.name} | "
            + " | ".join(
                f"{three(perfect)}, {three(ceiling)}{' **out**' if abs(perfect - ceiling) > FAR else ''}"
                for perfect, ceiling in found
            )
            + " |"
        )
        told(f"people, ceiling: {world.name}")
    yield ""


TABLES = {
    "claims": claims_table,
    "compared": compared_table,
    "coverage": coverage_table,
    "few": few_table,
    "ceilings": ceiling_table,
}


if __name__ == "__main__":
    times = int(sys.argv[1]) if sys.argv[1:] else SIMULATIONS
    for each in [TABLES[name] for name in sys.argv[2:]] or [lines]:
        for line in each(times):
            print(line, flush=True)
