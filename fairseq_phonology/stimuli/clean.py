"""Segments that go together in nonce words in which no other process applies; how what is not clean leaves a design."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tqdm import tqdm

from ..errors import InputError
from .classes import Classes
from .conditions import needs_edge
from .items import CELLS
from .units import Drawer, Joint, Unit

_DRAWS = 30  # words in which two segments may show that they go together
_SHOWN = 4  # reasons in a message
_PROBES = 3  # stems kept for each segment
_STEMS, _SUFFIXES = 60, 6  # of a segment, among which `narrowed` looks
_MORE = (
    "; where its rule asks for more around target and trigger than drawn stems and suffixes have, those of your own "
    "may have it (--items), and a list of your own words can be analyzed"
)


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

    def partners(self, stem: bool, kind: Callable[[str], str]) -> dict[str, list[str]]:
        """For each segment of T or R its controls of the same kind (consonant, glide, vowel), so that shapes match;
        where no control is of the kind of any of them, all controls.
        """
        units = self.stems if stem else self.suffixes
        controls = [key for key, cls in units.items() if cls in "CN"]
        keys = [key for key, cls in units.items() if cls in "TR"]
        found = {key: [control for control in controls if kind(control) == kind(key)] for key in keys}
        if not any(found.values()):
            return dict.fromkeys(keys, controls)
        return {key: some for key, some in found.items() if some}

    def without(self, key: str, stem: bool, why: str) -> CleanSegments | None:
        """Without one segment; None where it is the last of its class."""
        sides = {True: dict(self.stems), False: dict(self.suffixes)}
        cls = sides[stem].pop(key)
        if cls not in sides[stem].values():
            return None
        probes = {ending: some for ending, some in self.probes.items() if ending in sides[True]}
        return CleanSegments(sides[True], sides[False], probes, [*self.excluded, (f"/{key}/ as {cls}", why)])

    def classes(self, whole: Classes) -> Classes:
        """The classes, less what was left out."""
        names = {"target": "T", "control_target": "C", "trigger": "R", "control_trigger": "N"}
        left = {what for what, _ in self.excluded}
        every = [*self.stems.items(), *self.suffixes.items()]
        every = [(key, cls) for key, cls in every if f"/{key}/ as {cls}" not in left]
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
    reasons = {(a, b): reason for a, b in pairs if (reason := _reason(drawer, joint, a, b, probes[a]))}

    _remove(joint, sides, reasons, excluded)
    segments = CleanSegments(sides[0], sides[1], {key: probes[key] for key in sides[0]}, excluded)
    for stem, side in zip((True, False), sides, strict=True):
        partners, why = segments.partners(stem, joint.kind), "no control is of its kind (consonant, glide, vowel)"
        excluded += [(f"/{key}/ as {side[key]}", why) for key in side if side[key] in "TR" and key not in partners]
    return segments


def _reason(drawer: Drawer, joint: Joint, ending: str, beginning: str, probes: list[Unit]) -> str | None:
    """Why two segments do not go together: what is wrong with most words; None if one is clean."""
    found: Counter[str] = Counter()
    for _ in range(_DRAWS):
        stem, suffix = drawer.draw(ending, True, 1), drawer.draw(beginning, False, 1)
        reason = joint.reason(joint.join(stem, suffix))
        if reason is None:
            if len(probes) < _PROBES:
                probes.append(stem)
            return None
        found[reason] += 1
    return found.most_common(1)[0][0]


def narrowed(drawer: Drawer, joint: Joint, segments: CleanSegments) -> CleanSegments:
    """Fewer segments, where clean words of two segments each are no words of all of them: a suffix with front and one
    with back vowels do not go with one stem.

    Of each segment of the stems the stem is kept that costs the fewest segments of the suffixes which the stems before
    it go with; segments leave as in `clean_segments`, until these stems go with all that are left.

    Raises:
        InputError: nothing is left of a class; the message names the empty cells.
    """
    sides = [dict(segments.stems), dict(segments.suffixes)]
    suffixes = {key: {drawer.draw(key, False, 1) for _ in range(_SUFFIXES)} for key in sides[1]}
    suffixes = {key: sorted(some, key=lambda unit: unit.segments) for key, some in suffixes.items()}
    probes: dict[str, list[Unit]] = {}
    reasons: dict[tuple[str, str], str] = {}
    lost: set[str] = set()
    for ending in tqdm(sides[0], desc="stems for all suffixes", delay=1, disable=None, leave=False):
        best: dict[str, str] = {}
        for number in range(_STEMS):
            stem = drawer.draw(ending, True, 1)
            found = {key: why for key in sides[1] if (why := _against(joint, stem, suffixes[key]))}
            if not number or len(found.keys() - lost) < len(best.keys() - lost):
                probes[ending], best = [stem], found
            if found.keys() <= lost:
                break
        lost |= best.keys()
        reasons |= {(ending, key): why for key, why in best.items()}
    excluded = list(segments.excluded)
    _remove(joint, sides, reasons, excluded)
    return CleanSegments(sides[0], sides[1], {key: probes[key] for key in sides[0]}, excluded)


def _against(joint: Joint, stem: Unit, suffixes: Sequence[Unit]) -> str | None:
    """Why a stem goes with none of these suffixes; None if it does with one."""
    why = None
    for suffix in suffixes:
        reason = joint.reason(joint.join(stem, suffix))
        if reason is None:
            return None
        why = why or reason
    return why


def _remove(joint: Joint, sides: list[dict[str, str]], reasons: dict, excluded: list[tuple[str, str]]) -> None:
    def rank(at: int, key: str, share: float) -> tuple[bool, float]:
        """The last segment of a class is removed only if no other is left."""
        return list(sides[at].values()).count(sides[at][key]) > 1, share

    for at, key, found in remove_worst(sides, reasons, rank):
        excluded.append((f"/{key}/ as {sides[at][key]}", Counter(found).most_common(1)[0][0]))
    _refuse_empty(joint, sides, excluded)


def remove_worst(
    sides: Sequence[dict[Hashable, Any]], reasons: dict[tuple, str], rank: Callable[[int, Any, float], tuple]
) -> Iterator[tuple[int, Any, list[str]]]:
    """Remove stems and suffixes (or segments of them) one by one, until every word of those that are left can be used.

    Args:
        sides: stems and suffixes; they lose what is removed.
        reasons: (stem, suffix) -> why their word cannot be used.
        rank: of the number of a side, one of its members and the share of its words that cannot be used; the member
            that ranks highest is removed, of several the first.

    Yields:
        Number of the side, the member that is removed next, the reasons against its words.
    """
    while reasons:
        bad = Counter((at, one) for pair in reasons for at, one in enumerate(pair))
        members = [(at, one) for at, side in enumerate(sides) for one in side if bad[at, one]]
        at, worst = max(members, key=lambda member: rank(*member, bad[member] / len(sides[1 - member[0]])))
        yield at, worst, [reason for pair, reason in reasons.items() if pair[at] == worst]
        del sides[at][worst]
        reasons = {pair: reason for pair, reason in reasons.items() if pair[at] != worst}


def _refuse_empty(joint: Joint, sides: list[dict[str, str]], excluded: list[tuple[str, str]]) -> None:
    for cls in "TCRN":
        if not any(cls in side.values() for side in sides):
            cells = " and ".join(cell for cell in CELLS if cls in cell)
            whys = [f"{what}: {reason}" for what, reason in excluded if what.endswith(f" as {cls}")]
            why = "; ".join([*whys[:_SHOWN], *(["and so on"] if len(whys) > _SHOWN else [])])
            more = needs_edge(joint.grammar, joint.process) + _MORE if "does not apply" in why else ""
            raise InputError(f"the grammar yields no usable word for {cells} of {joint.process} ({why}){more}")
