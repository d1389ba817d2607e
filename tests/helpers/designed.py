"""Events of designs, made without a grammar or a model."""

from fairseq_phonology.analysis.events.events import Event, Events
from fairseq_phonology.stimuli.items import CELLS, Item

SEGMENTS = {"T": "ptk", "C": "mŋ", "R": "mn", "N": "sf"}


def item(stem, suffix, target_class, trigger_class, target="p", trigger="m", **how):
    ur = ("a", target, trigger, "a")
    return Item(
        f"{stem}-{suffix}{target_class}{trigger_class}", ur, ur, target_class, trigger_class, 1, 2, stem, suffix, **how
    )


def event(item, right=True):
    return Event(item, item.sr, item.sr, "applied" if right else "underapplied", 1)


def crossed(t=5, c=5, r=4, n=4, failed=(), progressive=False):
    """Stems T0, ..., C0, ..., suffixes R0, ..., N0, ...; progressive: the other way round. failed: (stem, suffix)."""
    targets = [f"T{k}" for k in range(t)] + [f"C{k}" for k in range(c)]
    triggers = [f"R{k}" for k in range(r)] + [f"N{k}" for k in range(n)]
    found = []
    for target in targets:
        for trigger in triggers:
            stem, suffix = (trigger, target) if progressive else (target, trigger)
            segments = [SEGMENTS[name[0]][int(name[1:]) % len(SEGMENTS[name[0]])] for name in (target, trigger)]
            made = item(stem, suffix, target[0], trigger[0], *segments)
            found.append(event(made, (stem, suffix) not in failed))
    return Events(found, [])


def real_words(n=8, failed=()):
    """Words w0 ..., each with its 2 x 2; failed: (word, cell)."""
    return Events(
        [
            event(item(f"w{k}", "", *cell, "p" if k < 5 else "t", "m"), (f"w{k}", cell) not in failed)
            for k in range(n)
            for cell in CELLS
        ],
        [],
    )
