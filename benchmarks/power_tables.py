"""How often is what is there found, in designs and in real words? A part of the calibration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from simulations import UNITS, three, told

from fairseq_phonology.analysis.contrasts.power import EFFECTS, LEVELS, Power, power_of_words, power_table, rule_met
from fairseq_phonology.analysis.contrasts.simulated import Variances, simulated, simulated_design

_SIMULATIONS = 400
_EFFECTS = (*EFFECTS, 6.0)


def tables() -> Iterator[str]:
    """All of them; of each row the whole rule, and in parentheses the test alone."""
    yield f"### Power: share of {_SIMULATIONS} simulations with a claim for the head with the response (12 heads)"
    yield ""
    yield (
        "Variances are the stated defaults of `power`; a typical word of TR has the mass that is named, the response "
        "included. First the whole rule, in parentheses the test and the floor of .05 of mass, each alone."
    )
    yield ""
    yield from _header("60 + 60 stems x 8 + 8 suffixes, mass of TR", _EFFECTS)
    for level in LEVELS:
        yield _row(f"{level:g}", [_one(60, 8, effect, level) for effect in _EFFECTS])
    yield ""
    yield from _header("Size, half of the mass in TR", _EFFECTS)
    for stems, suffixes in ((20, 8), (30, 8), (60, 8), (60, 16), (120, 16)):
        name = f"{stems} + {stems} stems x {suffixes} + {suffixes} suffixes"
        yield _row(name, [_one(stems, suffixes, effect) for effect in _EFFECTS])
    for words in (20, 50, 100, 300):
        found = [
            power_of_words(words, effect, Variances().at(0.5, effect), 12, _SIMULATIONS if words < 300 else 200)
            for effect in _EFFECTS
        ]
        yield _row(f"{words} real words", found)
    yield ""
    yield from _header("60 + 60 stems x 8 + 8 suffixes, segments of T, C, R, N and how they differ", _EFFECTS)
    alike = replace(UNITS, target=Variances().target)
    little = replace(alike, target_segment=0.2, trigger_segment=0.1, segment_pair=0.2)
    for segments in ((3, 2, 2, 8), (6, 4, 4, 8)):
        for what, variances in (("alike", alike), ("half or less", little), ("as stated", Variances())):
            name = f"{', '.join(map(str, segments))}; {what}"
            yield _row(name, [_one(60, 8, effect, 0.5, variances, segments) for effect in _EFFECTS])
    yield ""
    yield from _header("60 + 60 stems x 8 + 8 suffixes, segments alike; in TR the target gains", _EFFECTS)
    for gain in (0.0, 1.0, 2.0, 4.0):
        yield _row(f"{gain:g} logits", [_gaining(gain, effect, alike) for effect in _EFFECTS])
    yield ""
    yield (
        "The target shares the mass with the trigger: where it gains as much as the trigger does, the mass on the "
        "trigger does not rise, and the floor of .05 of mass is not met. The test does not count the target."
    )
    yield ""


def _one(
    stems: int,
    suffixes: int,
    effect: float,
    level: float = 0.5,
    variances: Variances | None = None,
    segments: tuple[int, int, int, int] = (3, 2, 2, 8),
) -> Power:
    how = {"simulations": _SIMULATIONS, "segments": segments, "variances": variances}
    ((*_, found),) = power_table((stems,), (suffixes,), (effect,), (level,), **how)
    return found


def _gaining(gain: float, effect: float, variances: Variances) -> Power:
    design = simulated_design((60, 60), (8, 8))
    own = replace(replace(variances, target=variances.target + gain).at(0.5, effect), target=variances.target)
    log_odds = simulated(design, own, effect, 12, _SIMULATIONS, np.random.default_rng(1))
    target = own.target + gain * np.outer(design.undergoes, design.triggers)
    met = rule_met(design, log_odds, own.mass(log_odds, target[:, :, None].astype(np.float32)), 12)
    claims = np.logical_and.reduce(list(met.values()))
    return Power(claims[:, 0].mean(), {name: each[:, 0].mean() for name, each in met.items()}, 0.0)


def _header(what: str, effects: tuple[float, ...]) -> Iterator[str]:
    yield f"| {what} | " + " | ".join(f"{effect:g} logits" for effect in effects) + " |"
    yield "|---" * (1 + len(effects)) + "|"


def _row(name: str, found: list[Power]) -> str:
    told(f"power: {name}")
    cells = []
    for each in found:
        alone = [share for criterion, share in each.met.items() if criterion.startswith(("Test", "Floor"))]
        cells.append(f"{three(each.claims)} ({', '.join(three(share) for share in alone)})")
    return f"| {name} | " + " | ".join(cells) + " |"
