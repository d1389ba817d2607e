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
from ...files import (
    Count,
    Finite,
    Place,
    csv_line,
    read_json,
    read_table,
    write_csv,
    write_json,
    write_whole,
    zip_blocks,
)
from ...text import cell, rounded
from ..contrasts.tables import exclusions_summary
from ..design.exclusions import Exclusions
from ..events.tables import user_columns
from ..provenance import Provenance
from .effects import AttentionSummary, Causal, CausalVerdict, Drawn, Effects, Measured, MinimalPair
from .kinds import DIRECTIONS, KINDS, METHODS, Intervention
from .run import Interventions
from .verdict import causal_verdict

ORDERS = {True: "regressive", False: "progressive"}  # does the target precede the trigger?
INTERVENTIONS_COLUMNS = (
    *("id", "cell", "measure", "method", "parts", "place", "layer", "head"),
    *("intact", "counterpart", "log_odds", "effect", "changes", "changes_decision", "stem", "suffix"),
)
_MEASURED = ("effect", "low", "high", "share", "low_share", "high_share", "others", "others_share", "p", "changes")
_OF_METHODS = [  # of each method; knock-outs are not tested
    (method.replace("-", "_"), name) for method in METHODS for name in _MEASURED if method in DIRECTIONS or name != "p"
]
EFFECTS_COLUMNS = (
    *("family", "measure", "parts", "layer", "head"),
    *(f"{name}_{method}" for method, name in _OF_METHODS),
    *("n_stems", "n_suffixes", "uses", "unmet"),
)
_NUMBERS = ("intact", "after", "effect", "low", "high", "p")  # of the minimal pair
_PAIR = "minimal pair"
_ALL = "all"  # layers, or heads


def write_interventions(found: Interventions, path: str | Path) -> None:
    """One line for each event x intervention that was made, ready for ``lme4``; ``all`` is all layers or heads.

    ``intact`` and ``counterpart`` are the log-odds of the untouched word and of its minimal pair's own run; ``effect``
    is intact - log_odds, of denoising log_odds - counterpart; ``changes`` 1 or 0: is any step's choice another one;
    ``changes_decision`` the same of the decision step alone. The user's columns come last, as in ``events.csv.gz``. The
    same interventions give the same bytes.

    Raises:
        InputError: the file cannot be written.
    """
    write_whole(Path(path), lambda file: zip_blocks(file, _blocks(found)))


def _blocks(found: Interventions) -> Iterator[bytes]:
    """The lines, event by event."""
    from tqdm import tqdm

    columns = user_columns(found.events, set(INTERVENTIONS_COLUMNS))
    yield csv_line([*INTERVENTIONS_COLUMNS, *columns.values()]).encode()
    places = [",".join(map(str, _named(one))) for one in found.which]
    effects = found.effects
    bar = {"total": len(found.events), "desc": "interventions.csv.gz", "unit": " events", "delay": 1, "leave": False}
    with tqdm(**bar, disable=not sys.stderr.isatty()) as progress:
        for n, event in enumerate(found.events):
            item = event.item
            start = csv_line([item.id, item.cell])[:-1]
            end = csv_line([item.stem, item.suffix, *(item.more.get(name, "") for name in columns)])
            before = f"{cell(found.intact[n])},{cell(found.counterpart[n])}"
            numbers = (found.log_odds[n].tolist(), effects[n].tolist())
            rows = zip(places, *numbers, found.changes[n], found.changes_decision[n], strict=True)
            lines = (
                f"{start},{place},{before},{cell(log_odds)},{cell(effect)},{int(changes)},{int(decision)},{end}"
                for (place, log_odds, effect, changes, decision), ran in zip(rows, found.ran[n], strict=True)
                if ran
            )
            yield "".join(lines).encode()
            progress.update(1)


def _named(one: Intervention) -> tuple[Any, ...]:
    parts = one.parts if one.method in DIRECTIONS else ""
    return one.measure, one.method, parts, one.place, one.layer or _ALL, one.head or _ALL


def write_effects(study: Causal, path: Path) -> None:
    """One row an intervention at the trigger, family by family, the minimal pair first.

    Effects are in log-odds, shares of the minimal-pair effect (1 is all of it). The minimal pair is what interchange of
    everything would be, in both directions; its p is against no effect.
    """
    rows = [EFFECTS_COLUMNS]
    sizes = {"n_stems": study.n_stems, "n_suffixes": study.n_suffixes}
    pair, withheld = study.minimal_pair, [reason.replace("; ", ", ") for reason in study.reasons_withheld]
    if pair is not None:
        row = {"family": _PAIR, "measure": pair.measure, "layer": _ALL, "head": _ALL, **sizes}
        for method in DIRECTIONS:
            row |= {f"{name}_{method}": cell(getattr(pair, name)) for name in ("effect", "low", "high", "p")}
            row[f"share_{method}"] = 1
        rows.append([(row | {"uses": int(pair.distinguishes)}).get(name, "") for name in EFFECTS_COLUMNS])
    for family in study.families:
        for n, one in enumerate(family.which):
            row = {"family": family.name, "measure": one.measure, "layer": one.layer or _ALL, "head": one.head or _ALL}
            row |= {f"{name}_{m}": cell(getattr(family.of(m), name)[n]) for m, name in _OF_METHODS}
            unmet = "; ".join([*withheld, *family.unmet[n]])
            row |= {**sizes, "parts": one.parts, "uses": int(family.uses[n]), "unmet": unmet}
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
        "direction": ORDERS[study.target_first],
        "segments": {place: list(segments) for place, segments in study.segments.items()},
        "exclusions": None if study.exclusions is None else exclusions_summary(study.exclusions),
        "reasons_withheld": list(study.reasons_withheld),
        "minimal_pair": None
        if pair is None
        else {
            "measure": pair.measure,
            **{name: rounded(getattr(pair, name)) for name in _NUMBERS},
            "distinguishes": pair.distinguishes,
        },
        "draws": [{"route": one.route, "kinds": list(one.kinds), "share": one.share} for one in study.draws],
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
    found: dict[str, Any] = {"measure": family.which[n].measure}
    for method, name in _OF_METHODS:
        found.setdefault(method, {})[name] = rounded(getattr(family.of(method), name)[n])
    return found | {"uses": bool(family.uses[n])}


def mean_lines(found: Interventions) -> list[str]:
    """Mean log-odds in TR after each intervention in all heads together, as a terminal shows them."""
    own = np.array([event.item.cell == "TR" for event in found.events])
    included = own & np.array([event.included for event in found.events])
    lines = [f"TR  {included.sum():>6,} of {own.sum():>6,} events with the gold segment at the decision step"]
    if not included.any():
        return lines
    pair = found.counterpart[included]
    lines.append("mean natural log-odds there of the gold segment against the one with the process blocked;")
    lines.append(f"  {'intact':<22}{found.intact[included].mean():>+10.2f}")
    if np.isfinite(pair).any():
        lines.append(f"  {'minimal pair':<22}{np.nanmean(pair):>+10.2f}")
    means: dict[str, dict[str, float]] = {}
    for number, one in enumerate(found.which):
        whole = one.place == "trigger" and one.layer is None and one.parts == "both" and one.method in METHODS
        if whole and found.ran[included, number].any():
            means.setdefault(one.measure, {})[one.method] = np.nanmean(found.log_odds[included, number])
    lines.append(f"{'after interchange with the pair, and knock-out:':<24}")
    lines.append(f"  {'':<22}{''.join(f'{method:>12}' for method in METHODS)}")
    for measure, each in means.items():
        numbers = (f"{each[method]:>+12.2f}" if method in each else f"{'':>12}" for method in METHODS)
        lines.append(f"  {measure:<22}{''.join(numbers)}".rstrip())
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
    lost: Count
    of: Count


class _Cell(msgspec.Struct):
    events: Count
    counted: Count


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
    "_Pair", [("measure", str), *((name, Finite | None) for name in _NUMBERS), ("distinguishes", bool)]
)


class _Effect(msgspec.Struct, frozen=True):
    effect: Finite | None = None


class _Route(msgspec.Struct):
    measure: str
    noising: _Effect = _Effect()


class _Summary(msgspec.Struct):
    """``summary.json``, as far as it is read back."""

    process: str
    language: str
    verdict: dict[str, Any]
    words: Count
    stems: Count
    suffixes: Count
    direction: Literal["regressive", "progressive"]
    segments: dict[str, tuple[str, ...]]
    exclusions: _Exclusions | None
    reasons_withheld: tuple[str, ...]
    minimal_pair: _Pair | None
    draws: tuple[Drawn, ...]
    routes: list[_Route]
    about: Provenance


_TYPES = {"family": str, "measure": Literal[tuple(KINDS)], "parts": Literal["both", "keys", "values"] | None}
_TYPES |= {"layer": Place | None, "head": Place | None}
_TYPES |= {"uses": bool, "unmet": str | None}
_Row = msgspec.defstruct("_Row", [(name, _TYPES.get(name, Finite | None)) for name in EFFECTS_COLUMNS])


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
        minimal_pair=found.minimal_pair and MinimalPair(*map(_known, msgspec.structs.astuple(found.minimal_pair))),
        families=[_family(name, own, len(found.reasons_withheld)) for name, own in families.items()],
        verdict=CausalVerdict("descriptive", "", (), ""),
        draws=found.draws,
        reasons_withheld=found.reasons_withheld,
        segments=found.segments,
        provenance=found.about,
        target_first=found.direction == ORDERS[True],
    )
    in_summary = [(each.measure, each.noising.effect) for each in found.routes]
    if in_summary != [(row.measure, row.effect_noising) for row in families["routes"]]:
        raise InputError("summary.json and effects.csv are not of the same run; run intervene again", folder)
    study.verdict = causal_verdict(study)
    return study


def _known(value: Any) -> Any:
    return math.nan if value is None else value


def _family(name: str, rows: list[_Row], withheld: int) -> Effects:
    """From its rows, whose ``unmet`` begins with so many reasons why claims are withheld."""

    def measured(method: str) -> Measured:
        columns = (f"{each}_{method.replace('-', '_')}" for each in _MEASURED)
        return Measured(*(np.array([getattr(row, column, None) for row in rows], float) for column in columns))

    method = METHODS[2] if name == "totals" else METHODS[0]
    return Effects(
        name,
        [Intervention(row.measure, "trigger", row.layer, row.head, method, row.parts) for row in rows],
        *map(measured, METHODS),
        np.array([row.uses for row in rows], bool),
        [row.unmet.split("; ")[withheld:] if row.unmet else [] for row in rows],
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
