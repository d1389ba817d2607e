"""What `intervene` writes for programs, and reading it back: interventions.csv.gz, effects.csv, summary.json.

UTF-8, commas, one header line. Numbers have six significant digits; what there is not is an empty field.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from ...errors import InputError
from ...files import csv_line, read_json, read_table, write_csv, write_json, write_whole, zip_blocks
from ...text import cell, rounded
from ..contrasts.tables import exclusions_summary
from ..design.designs import Exclusions
from ..events.tables import user_columns
from ..provenance import Provenance
from .effects import AttentionSummary, Causal, CausalVerdict, Effects, MinimalPair
from .kinds import CONTROLS, KINDS, Intervention
from .run import Interventions
from .verdict import causal_verdict

UNITS = ("stems", "suffixes", "both")
DIRECTIONS = {True: "regressive", False: "progressive"}  # does the target precede the trigger?
INTERVENTIONS_COLUMNS = (
    *("id", "cell", "measure", "place", "layer", "head", "intact", "log_odds", "effect", "changes", "changes_decision"),
    *("stem", "suffix"),
)
_BOUNDS = ("effect", "low", "high", "share", "low_share", "high_share")
_TESTS = tuple(f"{unit}_{control}" for control in CONTROLS for unit in UNITS)
EFFECTS_COLUMNS = (
    *("family", "measure", "layer", "head", *_BOUNDS),
    *(f"effect_{control}" for control in CONTROLS),
    *(f"p_{test}" for test in _TESTS),
    *("changes", "n_stems", "n_suffixes", "uses", "unmet"),
)
_NUMBERS = ("intact", "after", "effect", "low", "high")  # of the minimal pair
_PAIR = "minimal pair"
_ALL = "all"  # layers, or heads


def write_interventions(found: Interventions, path: str | Path) -> None:
    """One line for each event x intervention that was made, ready for ``lme4``; ``all`` is all layers or heads.

    ``effect`` is intact - log_odds; ``changes`` 1 or 0: is any step's choice another one; ``changes_decision`` the same
    of the decision step alone. The user's columns come last, as in ``events.csv.gz``. The same interventions give the
    same bytes.

    Raises:
        InputError: the file cannot be written.
    """
    write_whole(Path(path), lambda file: zip_blocks(file, _blocks(found)))


def _blocks(found: Interventions) -> Iterator[bytes]:
    """The lines, event by event."""
    from tqdm import tqdm

    columns = user_columns(found.events, set(INTERVENTIONS_COLUMNS))
    yield csv_line([*INTERVENTIONS_COLUMNS, *columns.values()]).encode()
    places = [f"{one.measure},{one.place},{one.layer or _ALL},{one.head or _ALL}" for one in found.which]
    effects = found.effects
    bar = {"total": len(found.events), "desc": "interventions.csv.gz", "unit": " events", "delay": 1, "leave": False}
    with tqdm(**bar, disable=not sys.stderr.isatty()) as progress:
        for n, event in enumerate(found.events):
            item = event.item
            start = csv_line([item.id, item.cell])[:-1]
            end = csv_line([item.stem, item.suffix, *(item.more.get(name, "") for name in columns)])
            intact = cell(found.intact[n])
            numbers = (found.log_odds[n].tolist(), effects[n].tolist())
            rows = zip(places, *numbers, found.changes[n], found.changes_decision[n], strict=True)
            lines = (
                f"{start},{place},{intact},{cell(log_odds)},{cell(effect)},{int(changes)},{int(decision)},{end}"
                for (place, log_odds, effect, changes, decision), ran in zip(rows, found.ran[n], strict=True)
                if ran
            )
            yield "".join(lines).encode()
            progress.update(1)


def write_effects(study: Causal, path: Path) -> None:
    """One row an intervention at the trigger, family by family, the minimal pair first.

    Effects are in log-odds, shares of the minimal-pair effect (1 is all of it). ``both``: stems and suffixes random at
    once.
    """
    rows = [EFFECTS_COLUMNS]
    sizes = {"n_stems": study.n_stems, "n_suffixes": study.n_suffixes}
    pair = study.minimal_pair
    if pair is not None:
        row = {"family": _PAIR, "measure": pair.measure, "layer": _ALL, "head": _ALL, "share": 1, **sizes}
        row |= {name: cell(getattr(pair, name)) for name in ("effect", "low", "high")}
        # the pair is tested against no effect, not against a control
        row |= {f"p_{unit}_{CONTROLS[0]}": cell(pair.p.get(unit, math.nan)) for unit in UNITS}
        row |= {"uses": int(pair.distinguishes)}
        rows.append([row.get(name, "") for name in EFFECTS_COLUMNS])
    for family in study.families:
        for n, one in enumerate(family.which):
            row = {"family": family.name, "measure": one.measure, "layer": one.layer or _ALL, "head": one.head or _ALL}
            row |= {name: cell(getattr(family, name)[n]) for name in (*_BOUNDS, "changes")}
            row |= {f"effect_{control}": cell(family.controls[control][n]) for control in CONTROLS}
            row |= {f"p_{test}": cell(values[n]) for test, values in family.p.items()}
            row |= {**sizes, "uses": int(family.uses[n]), "unmet": "; ".join(family.unmet[n])}
            rows.append([row.get(name, "") for name in EFFECTS_COLUMNS])
    write_csv(path, rows)


def write_causal_summary(study: Causal, path: Path) -> None:
    """``summary.json``, UTF-8, keys in a fixed order."""
    write_json(path, causal_summary(study))


def causal_summary(study: Causal) -> dict[str, Any]:
    """Everything but the single events, as JSON can say it. Numbers are those of the tables."""
    pair = study.minimal_pair
    return {
        "process": study.process,
        "language": study.language,
        "verdict": causal_verdict_summary(study.verdict),
        "words": study.n_words,
        "stems": study.n_stems,
        "suffixes": study.n_suffixes,
        "direction": DIRECTIONS[study.target_first],
        "segments": {place: list(segments) for place, segments in study.segments.items()},
        "exclusions": None if study.exclusions is None else exclusions_summary(study.exclusions),
        "reasons_withheld": list(study.reasons_withheld),
        "minimal_pair": None
        if pair is None
        else {
            "measure": pair.measure,
            **{name: rounded(getattr(pair, name)) for name in _NUMBERS},
            **{f"p_{unit}": rounded(p) for unit, p in pair.p.items()},
            "distinguishes": pair.distinguishes,
        },
        "routes": [_effect(study.routes, n) for n in range(len(study.routes.which))],
        "heads": [
            {"layer": family.which[n].layer, "head": family.which[n].head, **_effect(family, n)}
            for family in study.families
            if family.name.startswith("heads")
            for n in range(len(family.which))
            if family.uses[n]
        ],
        "about": study.provenance.as_json(),
    }


def _effect(family: Effects, n: int) -> dict[str, Any]:
    return {
        "measure": family.which[n].measure,
        **{name: rounded(getattr(family, name)[n]) for name in _BOUNDS},
        **{f"effect_{name}": rounded(values[n]) for name, values in family.controls.items()},
        **{f"p_{name}": rounded(values[n]) for name, values in family.p.items()},
        "changes": rounded(family.changes[n]),
        "uses": bool(family.uses[n]),
    }


def mean_lines(found: Interventions) -> list[str]:
    """Mean log-odds in TR after each intervention in all heads together, as a terminal shows them."""
    own = np.array([event.item.cell == "TR" for event in found.events])
    included = own & np.array([event.included for event in found.events])
    lines = [f"TR  {included.sum():>6,} of {own.sum():>6,} events with the gold segment at the decision step"]
    if not included.any():
        return lines
    lines.append("mean log-odds there of the gold segment against the one with the process blocked;")
    lines.append(f"{', '.join(CONTROLS)}: after the same knock-out at other segments")
    lines.append(f"  {'intact':<20}{found.intact[included].mean():>+9.2f}")
    for measure in dict.fromkeys(one.measure for one in found.which):
        means = []
        for number, one in enumerate(found.which):
            if one.measure == measure and one.layer is None and found.ran[included, number].any():
                mean = np.nanmean(found.log_odds[included, number])
                means.append(f"   {one.place} {mean:+.2f}" if one.place in CONTROLS else f"{mean:>+9.2f}")
        if means:
            lines.append(f"  {measure:<20}{''.join(means)}")
    return lines


def causal_verdict_summary(verdict: CausalVerdict) -> dict[str, Any]:
    """What may be said of the use of the trigger, as JSON can say it."""
    return {
        "strength": verdict.strength,
        "route": verdict.route or None,
        "kinds": list(verdict.kinds),
        "attends": verdict.attends,
        "sentence": verdict.sentence,
        "caveats": list(verdict.caveats),
    }


class _Of(msgspec.Struct):
    lost: int
    of: int


class _Cell(msgspec.Struct):
    events: int
    counted: int


class _Exclusions(msgspec.Struct):
    cells: dict[str, _Cell]
    suffixes_excluded: tuple[str, ...]
    stems_excluded: dict[str, _Of]
    reasons_withheld: tuple[str, ...]

    def read(self) -> Exclusions:
        return Exclusions(
            {cell: (each.events, each.counted) for cell, each in self.cells.items()},
            self.suffixes_excluded,
            {name: (each.lost, each.of) for name, each in self.stems_excluded.items()},
            self.reasons_withheld,
        )


_Pair = msgspec.defstruct(
    "_Pair",
    [("measure", str), *((name, float | None) for name in _NUMBERS), ("distinguishes", bool)]
    + [(f"p_{unit}", float | None, None) for unit in UNITS],
)


def _pair(found: _Pair) -> MinimalPair:
    numbers = (_known(getattr(found, name)) for name in _NUMBERS)
    p = {unit: value for unit in UNITS if (value := getattr(found, f"p_{unit}")) is not None}
    return MinimalPair(found.measure, *numbers, p, found.distinguishes)


class _Summary(msgspec.Struct):
    """``summary.json``, as far as it is read back."""

    process: str
    language: str
    verdict: dict[str, Any]
    words: int
    stems: int
    suffixes: int
    direction: Literal["regressive", "progressive"]
    segments: dict[str, tuple[str, ...]]
    exclusions: _Exclusions | None
    reasons_withheld: tuple[str, ...]
    minimal_pair: _Pair | None
    routes: list[dict[str, Any]]
    about: Provenance


_TYPES = {"family": str, "measure": Literal[tuple(KINDS)], "layer": int | None, "head": int | None}
_TYPES |= {"uses": bool, "unmet": str | None}
_Row = msgspec.defstruct("_Row", [(name, _TYPES.get(name, float | None)) for name in EFFECTS_COLUMNS])


def read_causal(folder: str | Path) -> Causal:
    """What `intervene` found, from its ``summary.json`` and ``effects.csv``.

    Numbers are those of the files, six digits; written again they give the same files. ``design`` and ``attention`` are
    None; the verdict is of the interventions alone (`analyze.with_attention` adds the attention).

    Raises:
        InputError: it is no such folder, of an early version, or not whole.
    """
    folder = Path(folder)
    found = read_json(folder / "summary.json", _Summary, "summary.json of intervene for one model", "intervene")
    rows = read_table(folder / "effects.csv", _Row, "effects.csv of intervene", ("", _ALL))
    tests = [test for test in _TESTS if f"p_{test}" in (found.routes or [{}])[0]]
    families: dict[str, list[_Row]] = {"routes": []}
    for row in rows:
        if row.family != _PAIR:
            families.setdefault(row.family, []).append(row)
    study = Causal(
        process=found.process,
        language=found.language,
        design=None,
        exclusions=found.exclusions and found.exclusions.read(),
        n_words=found.words,
        n_stems=found.stems,
        n_suffixes=found.suffixes,
        minimal_pair=found.minimal_pair and _pair(found.minimal_pair),
        families=[_family(name, own, tests) for name, own in families.items()],
        verdict=CausalVerdict("descriptive", "", (), ""),
        reasons_withheld=found.reasons_withheld,
        segments=found.segments,
        provenance=found.about,
        target_first=found.direction == DIRECTIONS[True],
    )
    in_summary = [(each.get("measure"), each.get("effect")) for each in found.routes]
    if in_summary != [(row.measure, row.effect) for row in families["routes"]]:
        raise InputError("summary.json and effects.csv are not of the same run; run intervene again", folder)
    study.verdict = causal_verdict(study)
    return study


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _family(name: str, rows: list[_Row], tests: list[str]) -> Effects:
    def column(of: str) -> np.ndarray:
        return np.array([getattr(row, of) for row in rows], float)

    return Effects(
        name,
        [Intervention(row.measure, "trigger", row.layer, row.head) for row in rows],
        *(column(bound) for bound in _BOUNDS),
        {control: column(f"effect_{control}") for control in CONTROLS},
        {test: column(f"p_{test}") for test in tests},
        column("changes"),
        column("uses") == 1,
        [row.unmet.split("; ") if row.unmet else [] for row in rows],
    )


def read_attention(path: str | Path, process: str) -> AttentionSummary:
    """``summary.json`` of `analyze`.

    Raises:
        InputError: it cannot be read, is something else, or about another process.
    """
    what = "summary.json of analyze"
    if "models" in (several := read_json(path, dict, what)) and "primary" not in several:
        raise InputError("is over several models; name the summary.json of one, in the folder of its name", path)
    found = read_json(path, AttentionSummary, what)
    if found.process != process:
        raise InputError(f"is about {found.process!r}, not {process!r}", path)
    return found
