"""Sham contrasts: classes are exchanged, and nothing may be claimed. On a dump, or on that of a model made here.

Usage: ``python benchmarks/sham.py --dump DUMP --stimuli TSV --grammar TOML --process NAME``, or ``--stored FILE`` of
what ``--store FILE`` kept. Two kinds of shams of a crossed design:

- *split*: the segments of T, of C, of R or of N are split into two, in every way and either direction, and the other
  class of that side is left out: p against t k;
- *reassigned*: the segments of a side are given to its two classes anew, as many as there are, in every way but the
  real one: p t m against k ŋ. Some of them contain most of the real contrast.

Criteria are those of the claim rule, in its order and one after the other; the last column is the whole rule.
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from fairseq_phonology.analysis.contrasts.estimates import contrast_of
from fairseq_phonology.analysis.contrasts.kinds import RESPONSE
from fairseq_phonology.analysis.contrasts.tests import claimable
from fairseq_phonology.analysis.criteria import ATTENDS, EnoughUnits, LeastMass
from fairseq_phonology.analysis.design.designs import CrossedDesign
from fairseq_phonology.analysis.design.exclusions import SIDES
from fairseq_phonology.analysis.events.collect import collect
from fairseq_phonology.analysis.events.events import by_head, heads_of, primary_views
from fairseq_phonology.analysis.withheld import complete
from fairseq_phonology.attention.dump.reader import AttentionDump
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import read_stimuli

MOST = 500  # shams of a kind; of more, random ones
FEWEST = 2  # units of a class, with which anything varies
PLACES = ("target", "trigger")


@dataclass(frozen=True)
class Attention:
    """A crossed design and the attention of its events.

    Attributes:
        design: its index takes rows of the arrays.
        heads: names of the columns.
        log_odds, mass: of each event.  # -> events x heads
    """

    design: CrossedDesign
    heads: tuple[str, ...]
    log_odds: np.ndarray
    mass: np.ndarray

    @classmethod
    def of_dump(cls, dump: Path, stimuli: Path, grammar: Path, process: str) -> Attention:
        """What `fairseq-phonology analyze` tests in the primary family."""
        rules = Grammar.load(grammar)
        events = collect(AttentionDump(dump), read_stimuli(stimuli, rules, process), rules, process, progress=False)
        design, _ = complete(events)
        if not isinstance(design, CrossedDesign):
            raise SystemExit(f"{stimuli}: no crossed design; classes can only be exchanged where all are crossed")
        views = primary_views(events, design)
        return cls(design, tuple(map(str, heads_of(views))), by_head(views, "log_odds"), by_head(views, "mass"))

    @classmethod
    def load(cls, path: Path) -> Attention:
        """What `save` wrote."""
        with np.load(path) as file:
            names = [tuple(file[name].tolist()) for name in ("rows", "columns", "row_segments", "column_segments")]
            arrays = [file[name].astype(float) for name in ("log_odds", "mass")]
            index = np.arange(len(names[0]) * len(names[1])).reshape(len(names[0]), -1)
            design = CrossedDesign(*names[:2], file["undergoes"], file["triggers"], *names[2:], index)
            return cls(design, tuple(file["heads"].tolist()), *arrays)

    def save(self, path: Path) -> None:
        """In half precision, ``.npz``."""
        design, at = self.design, self.design.index.ravel()
        np.savez_compressed(
            path,
            **{name: np.array(getattr(design, name)) for name in ("rows", "columns", "undergoes", "triggers")},
            **{name: np.array(getattr(design, name)) for name in ("row_segments", "column_segments")},
            heads=np.array(self.heads),
            **{name: getattr(self, name)[at].astype(np.float16) for name in ("log_odds", "mass")},
        )


@dataclass(frozen=True)
class Sham:
    """Two classes that are none.

    Attributes:
        kind: as in ``T split``, ``targets reassigned``.
        name: as in ``p against t k``.
        design: with these classes.
    """

    kind: str
    name: str
    design: CrossedDesign


def shams(design: CrossedDesign, seed: int = 1) -> Iterator[Sham]:
    """Every sham of a design, kind by kind."""
    rng = np.random.default_rng(seed)
    for place, letters, side in zip(PLACES, SIDES, design.sides, strict=True):
        segments = {letter: _segments(side.segments, side.first == (letter == letters[0])) for letter in letters}
        first, second = segments.values()
        for letter, own in segments.items():
            splits = [chosen for n in range(1, len(own)) for chosen in itertools.combinations(own, n)]
            for chosen in _some(splits, rng):
                yield _sham(design, place, f"{letter} split", chosen, [s for s in own if s not in chosen], letter)
        if set(first) & set(second):
            continue  # a segment of both classes can be given to neither
        ways = itertools.combinations([*first, *second], len(first))
        for chosen in _some([way for way in ways if set(way) != set(first)], rng):
            yield _sham(
                design, place, f"{place}s reassigned", chosen, [s for s in (*first, *second) if s not in chosen]
            )


def _sham(
    design: CrossedDesign, place: str, kind: str, one: Sequence[str], other: Sequence[str], letter: str = ""
) -> Sham:
    """The segments of one side are of two new classes; ``letter``: of that class alone."""
    at = PLACES.index(place)
    side = design.sides[at]
    of_class = side.first == (letter == SIDES[at][0]) if letter else np.ones(len(side.names), bool)
    kept = [np.ones(len(each.names), bool) for each in design.sides]
    kept[at] = of_class
    part, given = design.part(*kept), np.array([segment in one for segment in side.segments])[of_class]
    named = replace(part, undergoes=given) if at == 0 else replace(part, triggers=given)
    return Sham(kind, f"{' '.join(one)} against {' '.join(other)}", named)


def _segments(segments: Sequence[str], own: np.ndarray) -> list[str]:
    return list(dict.fromkeys(segment for segment, mine in zip(segments, own, strict=True) if mine))


def _some(ways: list, rng: np.random.Generator) -> list:
    return ways if len(ways) <= MOST else [ways[n] for n in sorted(rng.choice(len(ways), MOST, replace=False))]


@dataclass(frozen=True)
class Judged:
    """What the claim rule makes of a contrast.

    Attributes:
        refused: why nothing is claimed whatever the heads do; empty if something could be.
        met: of each criterion that heads meet or not, and of all before it.  # -> criteria x heads, bool
        claim: of each head.
    """

    refused: str
    met: np.ndarray
    claim: np.ndarray


HEADWISE = tuple(each for each in ATTENDS.criteria if not isinstance(each, EnoughUnits))
WITH_MASS = next(n for n, each in enumerate(HEADWISE) if isinstance(each, LeastMass))


def judged(attention: Attention, design: CrossedDesign) -> Judged | None:
    """As `analyze` judges the response; None where a class has one unit."""
    if design.fewest < FEWEST:
        return None
    mass = contrast_of(design, attention.mass[design.index], RESPONSE)
    _, found = claimable(design, attention.log_odds[design.index], mass, RESPONSE)
    units = [each for each in ATTENDS.criteria if isinstance(each, EnoughUnits)]
    few = not all(each.met(found).all() for each in units)
    single = np.isnan(found.consistency.p).all()
    refused = "too few units" if few else "one segment in either class" if single else ""
    met = np.logical_and.accumulate([each.met(found) for each in HEADWISE])
    return Judged(refused, met, ATTENDS.met(found))


def table(attention: Attention) -> Iterator[str]:
    """Of every kind of sham: how many there are, are refused, and meet the criteria."""
    criteria = " | ".join([HEADWISE[0].name, *(f"+ {each.name[0].lower()}{each.name[1:]}" for each in HEADWISE[1:])])
    yield f"| Classes | Shams | Refused | {criteria} | whole rule | heads that meet it as far as the floor of mass |"
    yield "|---" * (5 + len(HEADWISE)) + "|"
    kinds: dict[str, list[tuple[Sham, Judged | None]]] = {
        "the real ones": [(Sham("", "", attention.design), judged(attention, attention.design))]
    }
    for sham in shams(attention.design):
        kinds.setdefault(sham.kind, []).append((sham, judged(attention, sham.design)))
    for kind, found in kinds.items():
        known = [each for _, each in found if each is not None]
        why = Counter(each.refused if each else "one unit in a class" for _, each in found)
        refused = ", ".join(f"{n} ({reason})" for reason, n in why.items() if reason) or "0"
        met = [sum(each.met[n].any() for each in known) for n in range(len(HEADWISE))]
        claims = sum(each.claim.any() for each in known)
        named: Counter[str] = Counter()
        for each in known:
            named.update(name for name, fine in zip(attention.heads, each.met[WITH_MASS], strict=True) if fine)
        heads = ", ".join(f"{name} ({n})" for name, n in named.most_common(4)) or "-"
        yield f"| {kind} | {len(found)} | {refused} | {' | '.join(map(str, met))} | {claims} | {heads} |"


def claims(attention: Attention) -> list[str]:
    """The shams in which a head meets the whole rule, with the heads."""
    found = []
    for sham in shams(attention.design):
        one = judged(attention, sham.design)
        if one is not None and one.claim.any():
            heads = ", ".join(name for name, fine in zip(attention.heads, one.claim, strict=True) if fine)
            found.append(f"{sham.kind}: {sham.name}: {heads}")
    return found


def lines() -> Iterator[str]:
    """The section of ``make bench``: a model trained on nonce Korean, obstruent nasalization."""
    attention = Attention.of_dump(*_made())
    design = attention.design
    yield f"## Sham contrasts (obstruent nasalization, {design.described.rstrip('.')}, {len(attention.heads)} heads)"
    yield ""
    yield "Shams of which a head meets the criteria, one after the other; of the whole rule, target 0."
    yield ""
    yield from table(attention)
    yield ""


def _made() -> tuple[Path, Path, Path, str]:
    """A dump of the benchmarks' model over a crossed design, forced to the gold SRs, so that no stem leaves."""
    import setting

    process, stimuli, data = "obstruent-nasalization", setting.WORK / "stimuli.tsv", setting.WORK / "stimuli-data"
    dump, model = setting.WORK / "stimuli-attention", setting.trained("tiny")
    if not (dump / "manifest.json").is_file():
        options = ("--stems", 60, "--suffixes", 8, "--seed", 1, "--out", stimuli)
        setting.command("fairseq-phonology", "stimuli", setting.GRAMMAR, "--process", process, *options, "--overwrite")
        setting.command("fairseq-phonology", "prepare", stimuli, "--keep-edges", "--dictionaries", setting.prepared(),
                        "--dest", data, "--overwrite")  # fmt: skip
        setting.command("fairseq-generate", data / "bin", "--user-dir", setting.USER_DIR, "--task", "phonology",
                        "--path", model, "--gen-subset", "test", "--score-reference", "--cpu", "--save-attention", dump,
                        "--attention-kinds", "cross", "--overwrite-attention")  # fmt: skip
    return dump, stimuli, setting.GRAMMAR, process


def main() -> None:
    parser = argparse.ArgumentParser(description="Exchange classes of a crossed design: nothing may be claimed.")
    parser.add_argument("--dump", type=Path)
    parser.add_argument("--stimuli", type=Path)
    parser.add_argument("--grammar", type=Path)
    parser.add_argument("--process")
    parser.add_argument("--stored", type=Path, help="instead of a dump: what --store wrote")
    parser.add_argument("--store", type=Path, help="keep what is needed of the dump in this file")
    given = parser.parse_args()
    of_dump = (given.dump, given.stimuli, given.grammar, given.process)
    if given.stored is None and None in of_dump:
        parser.error("needed: --dump, --stimuli, --grammar and --process, or --stored")
    attention = Attention.load(given.stored) if given.stored else Attention.of_dump(*of_dump)
    if given.store:
        attention.save(given.store)
    print(attention.design.described, len(attention.heads), "heads")
    print("\n".join([*table(attention), *claims(attention)]))


if __name__ == "__main__":
    main()
