"""Which segments of the four classes go together in nonce words with no other process at work."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tqdm import tqdm

from ..errors import InputError
from .classes import Classes
from .items import CELLS
from .units import Drawer, Joint, Unit

_DRAWS = 30  # words in which two segments may show that they go together
_SHOWN = 4  # reasons in a message
_PROBES = 3  # stems kept for each segment


@dataclass(frozen=True)
class CleanSegments:
    """Segments of which every combination has clean words.

    Attributes:
        stems, suffixes: the segments that matter in them, with their classes.
        probes: for each segment of the stems, some stems that have clean words.
        excluded: the segments that were left out, and why.
    """

    stems: dict[str, str]
    suffixes: dict[str, str]
    probes: dict[str, list[Unit]]
    excluded: list[tuple[str, str]]

    def of(self, stem: bool) -> dict[str, str]:
        """Those of stems, or of suffixes."""
        return self.stems if stem else self.suffixes

    def partners(self, stem: bool, shape: Callable[[Sequence[str]], str]) -> dict[str, list[str]]:
        """For each segment of T or R its controls of the same kind (consonant, glide, vowel), so that shapes match."""
        units = self.of(stem)
        controls = [key for key, cls in units.items() if cls in "CN"]
        found = {
            key: [control for control in controls if shape([control]) == shape([key])]
            for key, cls in units.items()
            if cls in "TR"
        }
        if not any(found.values()):
            raise InputError(
                f"no control among {' '.join(controls)} is of the kind (consonant, glide, vowel) of {' '.join(found)}"
            )
        return {key: some for key, some in found.items() if some}

    def classes(self, whole: Classes) -> Classes:
        """The classes, less what was left out."""
        names = {"target": "T", "control_target": "C", "trigger": "R", "control_trigger": "N"}
        every = [*self.stems.items(), *self.suffixes.items()]
        return replace(whole, **{name: tuple(s for s, cls in every if cls == one) for name, one in names.items()})


def clean_segments(drawer: Drawer, joint: Joint) -> CleanSegments:
    """Try every combination in short words; the segment with the largest share of bad ones leaves, until all are good.

    Raises:
        InputError: nothing is left of a class; the message names the empty cells.
    """
    sides = [{key: joint.keys(stem)[key] for key in drawer.keys(stem)} for stem in (True, False)]
    excluded = [
        (f"/{key}/ as {cls}", f"no {'stem ends' if stem else 'suffix begins'} with it")
        for stem, side in zip((True, False), sides, strict=True)
        for key, cls in joint.keys(stem).items()
        if key not in side
    ]
    _refuse_empty(joint, sides, excluded)
    probes: dict[str, list[Unit]] = {key: [] for key in sides[0]}
    pairs = tqdm(list(itertools.product(*sides)), desc="clean segments", delay=1, disable=None, leave=False)
    flaws = {(a, b): flaw for a, b in pairs if (flaw := _flaw(drawer, joint, a, b, probes[a]))}
    while flaws:
        at, key = _worst(sides, flaws)
        why = Counter(flaw for pair, flaw in flaws.items() if pair[at] == key).most_common(1)[0][0]
        excluded.append((f"/{key}/ as {sides[at].pop(key)}", why))
        flaws = {pair: flaw for pair, flaw in flaws.items() if pair[at] != key}
    _refuse_empty(joint, sides, excluded)
    return CleanSegments(sides[0], sides[1], {key: probes[key] for key in sides[0]}, excluded)


def _flaw(drawer: Drawer, joint: Joint, ending: str, beginning: str, probes: list[Unit]) -> str | None:
    """Why two segments do not go together: what is wrong with most words; None if one is clean."""
    found: Counter[str] = Counter()
    for _ in range(_DRAWS):
        stem, suffix = drawer.draw(ending, True, 1), drawer.draw(beginning, False, 1)
        flaw = joint.flaw(joint.join(stem, suffix))
        if flaw is None:
            if len(probes) < _PROBES:
                probes.append(stem)
            return None
        found[flaw] += 1
    return found.most_common(1)[0][0]


def _worst(sides: list[dict[str, str]], flaws: dict[tuple[str, str], str]) -> tuple[int, str]:
    """Side and segment with the largest share of bad combinations; the last of its class only if no other is left."""
    ranked = [
        (list(side.values()).count(cls) > 1, bad / len(sides[1 - at]), at, key)
        for at, side in enumerate(sides)
        for key, cls in side.items()
        if (bad := sum(pair[at] == key for pair in flaws))
    ]
    return max(ranked, key=lambda one: one[:2])[2:]


def _refuse_empty(joint: Joint, sides: list[dict[str, str]], excluded: list[tuple[str, str]]) -> None:
    for cls in "TCRN":
        if not any(cls in side.values() for side in sides):
            cells = " and ".join(cell for cell in CELLS if cls in cell)
            whys = [f"{what}: {reason}" for what, reason in excluded if what.endswith(f" as {cls}")]
            why = "; ".join([*whys[:_SHOWN], *(["and so on"] if len(whys) > _SHOWN else [])])
            raise InputError(f"the grammar offers no word for {cells} of {joint.process} ({why})")
