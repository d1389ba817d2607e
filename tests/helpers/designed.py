"""Designs, made without a grammar or a model: units that are crossed, words with their own 2 x 2, and their events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fairseq_phonology.analysis.events.events import Event, Events
from fairseq_phonology.phonology.transcription import EDGE
from fairseq_phonology.stimuli.items import CELLS, Item

SEGMENTS = {"T": "ptk", "C": "mŋ", "R": "mn", "N": "sf"}


@dataclass(frozen=True)
class Unit:
    """A stem or a suffix.

    Attributes:
        letter: its class: ``T`` or ``C`` of a unit with the target, ``R`` or ``N`` of one with the trigger.
        segments: of it.
        place: of the target or trigger among them; may be negative.
        name: in the design; by default its segments.
    """

    letter: str
    segments: tuple[str, ...]
    place: int = 0
    name: str = ""


def cross(
    targets: Iterable[Unit],
    triggers: Sequence[Unit],
    outcome: Mapping[str, str] | None = None,
    progressive: bool = False,
    edge: bool = False,
    ids: str = "{stem}-{suffix}",
) -> list[Item]:
    """A complete crossed design: every unit with a target beside every unit with a trigger.

    Args:
        targets, triggers: units of class T and C, and of class R and N.
        outcome: target -> what the process makes of it in cell TR; by default every SR is the UR.
        progressive: the triggers are in the stems, the targets in the suffixes.
        edge: a morpheme edge is written between stem and suffix.
        ids: of the words, in the order of ``targets``, then of ``triggers``; may have ``{n}``, counted from 1.
    """
    found: list[Item] = []
    for target in targets:
        for trigger in triggers:
            stem, suffix = (trigger, target) if progressive else (target, trigger)
            first, second = (list(unit.segments) for unit in (stem, suffix))
            between = [EDGE] * edge
            places = {
                stem: range(len(first))[stem.place],
                suffix: len(first) + edge + range(len(second))[suffix.place],
            }
            surface = [*first, *between, *second]
            if target.letter + trigger.letter == "TR":
                surface[places[target]] = (outcome or {}).get(surface[places[target]], surface[places[target]])
            names = {"stem": stem.name or "".join(first), "suffix": suffix.name or "".join(second)}
            found.append(
                Item(
                    ids.format(n=len(found) + 1, cell=target.letter + trigger.letter, **names),
                    (*first, *between, *second),
                    tuple(segment for segment in surface if segment != EDGE),
                    *(target.letter, trigger.letter, places[target], places[trigger]),
                    **names,
                )
            )
    return found


def two_by_two(
    name: str, ur: Sequence[str], target: int, trigger: int, controls: tuple[str, str] | None = None, **more
) -> list[Item]:
    """A real word's own 2 x 2.

    Args:
        name: of the word.
        ur: of the word.
        target, trigger: their places.
        controls: what stands for target and trigger in the other cells; by default they stay as they are.
        more: ``outcome`` as of `cross`, ``ids`` likewise.
    """
    found = []
    for cell in CELLS:
        segments = list(ur)
        if controls:
            segments[target] = controls[0] if cell[0] == "C" else ur[target]
            segments[trigger] = controls[1] if cell[1] == "N" else ur[trigger]
        surface = list(segments)
        if cell == "TR":
            surface[target] = more.get("outcome", {}).get(ur[target], ur[target])
        key = more.get("ids", "{stem}-{cell}").format(stem=name, cell=cell)
        found.append(Item(key, tuple(segments), tuple(surface), *cell, target, trigger, stem=name))
    return found


def item(stem, suffix, target_class, trigger_class, target="p", trigger="m", **how):
    """A word of four segments: the second is the target, the third the trigger."""
    ur = ("a", target, trigger, "a")
    name = f"{stem}-{suffix}{target_class}{trigger_class}"
    return Item(name, ur, ur, target_class, trigger_class, 1, 2, stem, suffix, **how)


def event(item, right=True):
    return Event(item, item.sr, item.sr, "applied" if right else "underapplied", item.target_index)


def numbered(letter: str, count: int, before: str = "", after: str = "", of: str = "") -> list[Unit]:
    """Units T0, T1, ...: of one segment, taken in turn from `SEGMENTS`, and what stands before and after it."""
    of = of or SEGMENTS[letter]
    segments = [of[n % len(of)] for n in range(count)]
    return [Unit(letter, (*before, s, *after), len(before), f"{letter}{n}") for n, s in enumerate(segments)]


def crossed(t=5, c=5, r=4, n=4, failed=(), progressive=False, segments=None):
    """Stems T0, ..., C0, ..., suffixes R0, ..., N0, ...; progressive: the other way round. failed: (stem, suffix).

    segments: class -> its segments, instead of those of `SEGMENTS`.
    """
    of = segments or {}
    sides = {"before": "", "after": "a"}, {"before": "a", "after": ""}
    trigger_side, target_side = sides[::-1] if progressive else sides
    targets, triggers = (
        [each for letter, count in pair for each in numbered(letter, count, **side, of=of.get(letter, ""))]
        for pair, side in (((("T", t), ("C", c)), target_side), ((("R", r), ("N", n)), trigger_side))
    )
    items = cross(targets, triggers, progressive=progressive, ids="{stem}-{suffix}{cell}")
    return Events([event(each, (each.stem, each.suffix) not in failed) for each in items], [])


def real_words(n=8, failed=()):
    """Words w0 ..., each with its 2 x 2, targets p and t, triggers and controls two each; failed: (word, cell)."""
    words = []
    for k in range(n):
        ur, controls = ("a", "p" if k < 5 else "t", "mn"[k % 2], "a"), ("mŋ"[k // 2 % 2], "sf"[k // 2 % 2])
        words.append(two_by_two(f"w{k}", ur, 1, 2, controls))
    return Events([event(each, (each.stem, each.cell) not in failed) for word in words for each in word], [])
