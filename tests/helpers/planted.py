"""Dumps with effects that were planted, or none: what the analysis must find, and what it must not.

`crossed_items` makes words, `planted_dump` a dump; the benchmarks use them, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fairseq_phonology.attention.dump.reader import AttentionDump, DumpWriter
from fairseq_phonology.attention.record import AttentionRecord
from fairseq_phonology.phonology.transcription import EDGE
from fairseq_phonology.stimuli.items import Item
from tests.helpers.designed import Unit, cross

EFFECTS = ("response", "inspection", "salience", "offset")
_CELLS = {"response": ("TR",), "inspection": ("TR", "TN")}
_BATCH = 500  # words written at once


@dataclass(frozen=True)
class Effect:
    """What one head does.

    Attributes:
        what: ``response`` adds ``size`` to the logit of the trigger's column in the decision row of cell TR;
            ``inspection`` likewise in TR and TN; ``salience`` in TR and CR, in every row; ``offset`` adds it to the
            column ``offset`` places after the row's own, in every row of every word.
        size: in logits.
        layer, head: counted from 1.
        kind: ``cross``, ``encoder`` (the row is the target's own position) or ``decoder`` (the trigger's column is
            its position + 1, because EOS comes first).
        offset: for ``offset``.
    """

    what: str
    size: float
    layer: int = 1
    head: int = 1
    kind: str = "cross"
    offset: int = 1

    def __post_init__(self):
        assert self.what in EFFECTS, f"{self.what} is none of {', '.join(EFFECTS)}"


def planted_dump(
    folder: str | Path,
    items: Iterable[Item],
    layers: int = 2,
    heads: int = 4,
    effects: Sequence[Effect] = (),
    seed: int = 1,
    kinds: Sequence[str] = ("cross",),
    stem_sd: float = 0.5,
    suffix_sd: float = 0.5,
    noise_sd: float = 0.3,
    surfaces: Mapping[str, Sequence[str]] | None = None,
    steps: Mapping[str, int] | None = None,
    keep_edges: bool = False,
    forced: bool = False,
    lengths: Mapping[str, float] | None = None,
    **manifest,
) -> AttentionDump:
    """Write a dump of these items and open it.

    The weights are a softmax over random logits: one of each stem and head and one of each suffix and head at the
    trigger's column of the decision row, one of each weight, 1.0 on the row's own column (decoder: the one before),
    and what ``effects`` plant. Without effects nothing distinguishes the cells.

    Args:
        folder: of the dump; must not hold one.
        items: the words; fillers (no classes) get no decision row.
        layers, heads: of the model.
        effects: what single heads do; see `Effect`.
        seed: of all random numbers.
        kinds: of attention.
        stem_sd, suffix_sd, noise_sd: standard deviations of the random logits.
        surfaces: the model's SR by id, where it is not the item's.
        steps: decision steps by id, where they are not the target's place among the segments of the UR.
        keep_edges: the model sees the morpheme edges of the URs.
        forced: the manifest says that the gold SRs were scored.
        lengths: of the value vectors of segments and of ``EOS``, in every head, 1 where nothing is said; norms are
            these times the weights. None: no norms.
        manifest: further entries of the manifest, as in ``checkpoint_sha256="f" * 64``.
    """
    items = list(items)
    words = _Words(layers, heads, effects, seed, tuple(kinds), (stem_sd, suffix_sd, noise_sd), keep_edges, items)
    words.lengths = lengths
    settings = {"score_reference": forced, "beam": 5}
    sizes = {name: dict.fromkeys(kinds, size) for name, size in (("layers", layers), ("heads", heads))}
    segments = sorted({segment for item in items for segment in (*item.ur, *item.sr)})
    about = {
        "checkpoint_sha256": "a" * 64,
        "model": {"architecture": "planted", **sizes, "parameters": 0, "precision": "float32"},
        "dictionaries": {"ur": segments, "sr": segments},
        **{"subset": "test", "beam": 5, "settings": settings, "kinds": list(kinds), "words_expected": len(items)},
    }
    about["norms"] = lengths is not None
    with DumpWriter(folder, {**about, **manifest}) as writer:
        batch = []
        for row, item in enumerate(items):
            surface = tuple((surfaces or {}).get(item.id, item.sr))
            batch.append(words.record(row, item, surface, (steps or {}).get(item.id)))
            if len(batch) == _BATCH:
                writer.write(batch)
                batch = []
        writer.write(batch)
    return AttentionDump(folder)


class _Words:
    def __init__(self, layers, heads, effects, seed, kinds, sds, keep_edges, items):
        self.shape, self.effects, self.kinds, self.keep_edges = (layers, heads), effects, kinds, keep_edges
        self.rng = np.random.default_rng(seed)
        self.lengths: Mapping[str, float] | None = None
        stem_sd, suffix_sd, self.noise_sd = sds
        self.stems = self._logits(dict.fromkeys(item.stem for item in items), stem_sd)
        self.suffixes = self._logits(dict.fromkeys(item.suffix for item in items), suffix_sd)

    def _logits(self, names: Iterable[str], sd: float) -> dict[str, dict[str, np.ndarray]]:
        return {name: {kind: self.rng.normal(0, sd, self.shape) for kind in self.kinds} for name in names}

    def record(self, row: int, item: Item, surface: tuple[str, ...], step: int | None) -> AttentionRecord:
        seen = [n for n, segment in enumerate(item.ur) if self.keep_edges or segment != EDGE]
        underlying = tuple(item.ur[n] for n in seen)
        places = (item.target_index, item.trigger_index)
        # behind the last segment: the end of the word, whose column is that of EOS
        target, trigger = (None if n is None else [*seen, len(item.ur)].index(n) for n in places)
        if step is None and target is not None:
            step = sum(item.ur[n] != EDGE for n in seen[:target])
        weights = {}
        for kind in self.kinds:
            rows = len(underlying) if kind == "encoder" else len(surface)
            columns = len(surface) if kind == "decoder" else len(underlying)
            logits = self.rng.normal(0, self.noise_sd, (*self.shape, rows + 1, columns + 1))
            column = None if trigger is None else trigger + (kind == "decoder")
            places = (target if kind == "encoder" else step, column)
            self._plant(logits, item, kind, *places)
            weights[kind] = _softmax(logits, causal=kind == "decoder")
        if self.lengths is not None:
            columns = dict.fromkeys(self.kinds, (*underlying, "EOS")) | {"decoder": ("EOS", *surface)}
            for kind in self.kinds:
                long = np.array([self.lengths.get(segment, 1) for segment in columns[kind]], np.float32)
                weights[f"{kind}_norms"] = weights[kind] * long
        log_probs = -self.rng.exponential(0.1, len(surface) + 1).astype(np.float32)
        return AttentionRecord(item.id, row, 0, underlying, surface, item.sr, log_probs, **weights)

    def _plant(self, logits: np.ndarray, item: Item, kind: str, row: int | None, column: int | None) -> None:
        rows, columns = logits.shape[2:]
        own = np.arange(min(rows, columns))
        logits[:, :, own, own] += 1
        there = bool(item.cell) and row is not None and column is not None and row < rows and column < columns
        if there:
            logits[:, :, row, column] += self.stems[item.stem][kind] + self.suffixes[item.suffix][kind]
        for effect in self.effects:
            head = logits[effect.layer - 1, effect.head - 1]
            if effect.kind != kind:
                continue
            if effect.what == "offset":
                at = own[(own + effect.offset >= 0) & (own + effect.offset < columns - 1)]
                head[at, at + effect.offset] += effect.size
            elif there and effect.what == "salience" and item.trigger_class == "R":
                head[:, column] += effect.size
            elif there and item.cell in _CELLS.get(effect.what, ()):
                head[row, column] += effect.size


def _softmax(logits: np.ndarray, causal: bool) -> np.ndarray:
    if causal:  # a step reads itself and what came before
        logits = np.where(np.tri(*logits.shape[2:], dtype=bool), logits, -np.inf)
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    return (weights / weights.sum(-1, keepdims=True)).astype(np.float32)


def crossed_items(
    targets: Mapping[str, str] = {"T": "ptk", "C": "mŋmŋ"},
    triggers: Mapping[str, str] = {"R": "mnmn", "N": "sfsf"},
    outcome: Mapping[str, str] = {"p": "m", "t": "n", "k": "ŋ"},
    stems: int = 8,
    suffixes: int = 4,
    progressive: bool = False,
) -> list[Item]:
    """A complete crossed design without a grammar: stems such as ``t a p``, suffixes such as ``m i``.

    Args:
        targets: segments of class T and C; the units take them in turn.
        triggers: segments of class R and N, likewise.
        outcome: what the process makes of the targets; taken segment by segment.
        stems: number of stems of each class.
        suffixes: number of suffixes of each class.
        progressive: the stem ends in the trigger, the suffix begins with the target.
    """
    rows, columns = (suffixes, stems) if progressive else (stems, suffixes)
    first, second = (_suffix, _stem) if progressive else (_stem, _suffix)
    target_units = [first(c, n, of[n % len(of)]) for c, of in targets.items() for n in range(rows)]
    trigger_units = [second(c, n, of[n % len(of)]) for c, of in triggers.items() for n in range(columns)]
    return cross(target_units, trigger_units, outcome, progressive, edge=True, ids="w{n:05d}")


def _stem(letter: str, n: int, segment: str) -> Unit:
    segments = (*_carrier(n), segment)
    return Unit(letter, segments, -1, f"{''.join(segments)}-{letter}{n}")


def _suffix(letter: str, n: int, segment: str) -> Unit:
    segments = (segment, *_ending(n))
    return Unit(letter, segments, 0, f"{''.join(segments)}-{letter}{n}")


def _carrier(n: int) -> tuple[str, ...]:
    """One or more open syllables, another for each number."""
    rest, here = divmod(n, 15)
    return (*(_carrier(rest - 1) if rest else ()), "tkpsh"[here % 5], "aiu"[here // 5])


def _ending(n: int) -> tuple[str, ...]:
    rest, here = divmod(n, 3)
    return ("iau"[here], *(_carrier(rest - 1) if rest else ()))
