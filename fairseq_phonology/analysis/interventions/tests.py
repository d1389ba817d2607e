"""From interventions to `Causal`: tests of every knock-out against its controls, over the TR cell of the design.

Definitions are those of DESIGN section 5, causal measures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import InputError
from ...text import decimal, percent
from ..criteria import ALPHA, LEAST_SHARE, complete
from ..design.designs import Design, Exclusions
from ..events.events import Event, Events
from ..statistics.paired import LEAST_FLIPPED, interval, ratio_interval, test_paired
from ..statistics.permutation import PERMUTATIONS
from .effects import Causal, CausalVerdict, Effects, MinimalPair
from .interventions import Interventions
from .kinds import CONTROLS, KNOCK_OUTS, MINIMAL_PAIRS, Intervention
from .routes import PLAIN, causal_verdict


def analyze_interventions(
    found: Interventions,
    process: str,
    language: str = "",
    attention: dict[str, Any] | None = None,
    n_permutations: int = PERMUTATIONS,
    seed: int = 1,
) -> Causal:
    """Tests and verdict, over the TR cell of the complete design.

    Args:
        found: of all cells: a stem that fails in any leaves, as for attention.
        process, language: their names.
        attention: ``summary.json`` of `analyze` for the same model and process.
        n_permutations: of each test; all ways to flip signs where they are fewer.
        seed: of flips and resampling.

    Raises:
        InputError: ``attention`` is of another process.
    """
    if attention is not None and attention.get("process") != process:
        raise InputError(f"the attention's verdict is about {attention.get('process')!r}, not {process!r}")
    design, exclusions, reasons_withheld = _design(found)
    index, sizes = sites_of(found.events, design)
    testing = design is not None and min(size for size in sizes if size) >= LEAST_FLIPPED
    if design is not None and not testing:
        reasons_withheld += (_too_few(design, sizes),)
    pair = minimal_pair_of(found, index, testing, _names(design), n_permutations, seed)
    if not index.size:
        reasons_withheld += ("no word of cell TR has the gold segment at the decision step",)
    elif pair is None:
        reasons_withheld += ("some words have no minimal pair, which shares are shares of",)
    families = [
        _effects(found, index, name, columns, pair, testing, _names(design), n_permutations, seed)
        for name, columns in _families(found.which).items()
    ]
    stems, suffixes = sizes[::-1] if design is not None and design.sides[0].unit == "suffixes" else sizes
    items = [found.events[n].item for n in index.ravel()]
    segments = {
        place: tuple(sorted({segment for segment in each if segment}))
        for place, each in (("target", [i.target for i in items]), ("trigger", [i.trigger for i in items]))
    }
    segments["replaced"] = tuple(sorted({found.replaced[i.id] for i in items if found.replaced.get(i.id)}))
    nothing = CausalVerdict("descriptive", "", (), "")
    study = Causal(
        *(
            process,
            language,
            design,
            exclusions,
            index.size,
            stems,
            suffixes,
            pair,
            families,
            nothing,
            reasons_withheld,
        ),
        *(attention, segments),
        target_first=_target_first(found),
    )
    study.verdict = causal_verdict(study)
    return study


def _design(found: Interventions) -> tuple[Design | None, Exclusions | None, tuple[str, ...]]:
    try:
        design, exclusions = complete(Events(found.events, []))
    except InputError as error:  # the effects can be described all the same
        return None, None, (error.message,)
    return design, exclusions, exclusions.reasons_withheld if exclusions else (PLAIN,)


def _target_first(found: Interventions) -> bool:
    places = [(event.item.target_index, event.item.trigger_index) for event in found.events]
    return not any(None not in place and place[0] > place[1] for place in places)


def sites_of(events: Sequence[Event], design: Design | None) -> tuple[np.ndarray, tuple[int, int]]:
    """Numbers of the TR events, rows x columns or words, and how many units of each there are."""
    if design is not None:
        index = design.events_of("TR")
        return index, (*index.shape, 0)[:2]
    own = [n for n, event in enumerate(events) if event.counts and event.item.cell == "TR"]
    return np.array(own, int), (0, 0)


def _names(design: Design | None) -> dict[str, str]:
    """Unit of the tables -> name of the test in `Paired`."""
    if design is None or not design.is_crossed:
        return {"stems": "rows"}
    return dict(sorted(zip(design.test_names, ("rows", "columns"), strict=True))) | {"both": "both"}


def _too_few(design: Design, sizes: tuple[int, int]) -> str:
    names = [side.unit if side.first is not None else "real words" for side in design.sides]
    have = " and ".join(f"{size} {name}" for size, name in zip(sizes, names, strict=False))
    return f"{have} in cell TR; signs of {LEAST_FLIPPED} or more of each must be flipped to reach {decimal(ALPHA)}"


def _families(which: Sequence[Intervention]) -> dict[str, list[int]]:
    """Name -> columns of its interventions at the trigger."""
    found: dict[str, list[int]] = {"routes": []}
    for n, one in enumerate(which):
        if one.place != "trigger" or one.measure not in KNOCK_OUTS:
            continue
        unit = "layers of " if one.head is None else "heads of "
        found.setdefault("routes" if one.layer is None else unit + one.measure, []).append(n)
    return found


def minimal_pair_of(
    found: Interventions, index: np.ndarray, testing: bool, names: dict[str, str], n_permutations: int, seed: int
) -> MinimalPair | None:
    """What replacing the trigger takes away, over the events of an index; None where some of them have no such pair.

    Args:
        found: what was done to the model.
        index: numbers of events, rows x columns or words.
        testing: with interval and tests.
        names: unit of the tables -> name of the test in `Paired`.
        n_permutations, seed: of the tests.
    """
    for measure in reversed(MINIMAL_PAIRS):
        one = Intervention(measure, "trigger")
        if one not in found.which:
            continue
        values = found.effects[index, found.which.index(one)].astype(float)
        if values.size and np.isfinite(values).all():
            intact = float(found.intact[index].mean(dtype=float))
            effect, low, high, p = float(values.mean()), np.nan, np.nan, {}
            if testing:
                low, high = (float(end[0]) for end in interval(values[..., None], seed))
                tested = test_paired(values[..., None], n_permutations, seed, scale=_scale(found, index))
                p = {unit: float(tested.p[name][0]) for unit, name in names.items()}
            enough = effect > 0 and effect >= LEAST_SHARE * intact
            distinguishes = enough and all(value < ALPHA for value in p.values())
            return MinimalPair(measure, intact, intact - effect, effect, low, high, p, distinguishes)
    return None


def _effects(
    found: Interventions,
    index: np.ndarray,
    name: str,
    columns: Sequence[int],
    pair: MinimalPair | None,
    testing: bool,
    names: dict[str, str],
    n_permutations: int,
    seed: int,
) -> Effects:
    which = [found.which[n] for n in columns]
    every = found.effects
    values = every[index][..., columns].astype(float)  # -> rows x columns (or words) x interventions
    units = tuple(range(values.ndim - 1))
    whole = np.isfinite(values).all(units) & (index.size > 0)
    nothing = np.full(len(which), np.nan)
    effect = _means(values)
    low, high, low_share, high_share = (nothing.copy() for _ in range(4))
    distinguishes = pair is not None and pair.distinguishes
    share = effect / pair.effect if distinguishes else nothing.copy()
    if testing and whole.any():
        low[whole], high[whole] = interval(values[..., whole], seed)
        if distinguishes:
            base = every[index, found.number(pair.measure)].astype(float)
            low_share[whole], high_share[whole] = ratio_interval(values[..., whole], base, seed)
    controls, p = {}, {}
    for control in CONTROLS:
        there = effects_at(found, index, which, control)
        controls[control] = np.where(np.isfinite(there).all(units), _means(there), np.nan)
        apart = values - there
        known = np.isfinite(apart).all(units)
        tests = {unit: nothing.copy() for unit in names} if testing else {}
        if testing and known.any():
            tested = test_paired(apart[..., known], n_permutations, seed, _scale(found, index))
            for unit, test in names.items():
                tests[unit][known] = tested.p[test]
        p |= {f"{unit}_{control}": each for unit, each in tests.items()}
    made = Effects(
        *(name, which, effect, low, high, share, low_share, high_share, controls, p),
        changes=_means(found.changes[index][..., columns].astype(float)),
        uses=np.zeros(len(which), bool),
    )
    made.unmet = [_lacks(made, n, pair) for n in range(len(which))]
    made.uses = np.array([not lacks for lacks in made.unmet], bool)
    return made


def effects_at(found: Interventions, index: np.ndarray, which: Sequence[Intervention], place: str) -> np.ndarray:
    """Effects of the same knock-outs at a place; NaN where it was not made.  # -> index x which"""
    effects, numbers = found.effects, {one: n for n, one in enumerate(found.which)}
    there = np.full((*index.shape, len(which)), np.nan)
    for n, one in enumerate(which):
        same = numbers.get(Intervention(one.measure, place, one.layer, one.head))
        if same is not None:
            there[..., n] = effects[index, same]
    return there


def _lacks(made: Effects, n: int, pair: MinimalPair | None) -> list[str]:
    """What of the rule is not met, in words."""
    if pair is None or not pair.distinguishes:
        return ["no minimal-pair effect to take a share of"]
    if not made.p or not np.isfinite(next(iter(made.p.values()))[n]):
        return ["not tested: no words, or no other segments, to test it against"]
    lacks = []
    failed = {test: values[n] for test, values in made.p.items() if values[n] >= ALPHA}
    if failed:
        worst = max(failed, key=failed.get)
        unit, control = worst.split("_")
        over = "stems and suffixes at once" if unit == "both" else unit
        lacks.append(f"p = {decimal(failed[worst], 3)} over {over} against {control}, not under {decimal(ALPHA)}")
    beyond = {"": 0.0} | {f" beyond {name}": each[n] / pair.effect for name, each in made.controls.items()}
    for what, taken in beyond.items():
        if made.share[n] - taken < LEAST_SHARE:
            own = f"{percent(made.share[n] - taken)} % of the minimal-pair effect{what}"
            lacks.append(f"{own}, under {100 * LEAST_SHARE:.0f} %")
            break
    return lacks


def _means(values: np.ndarray) -> np.ndarray:
    """Over words; NaN only where no word has a value."""
    units = tuple(range(values.ndim - 1))
    known = np.isfinite(values)
    count = known.sum(units)
    return np.where(count > 0, np.where(known, values, 0).sum(units) / np.maximum(count, 1), np.nan)


def _scale(found: Interventions, index: np.ndarray) -> float:
    return float(np.abs(found.intact[index]).max(initial=0))
