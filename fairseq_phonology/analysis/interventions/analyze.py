"""From interventions to `Causal`: effects, tests and the verdict, over the TR cell of the design (DESIGN section 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from ...errors import InputError
from ..criteria import LEAST_CLAIMED
from ..design.designs import Design
from ..design.limits import ONE_EDGE, OWN_SYMBOL
from ..events.events import Events
from ..withheld import complete
from .effects import AttentionSummary, Causal, CausalVerdict, MinimalPair, Words, families_of, minimal_pair_of
from .routes import routes_drawn
from .run import Interventions
from .verdict import PLAIN, causal_verdict


def analyze_interventions(
    found: Interventions,
    process: str,
    language: str = "",
    attention: AttentionSummary | Mapping[str, Any] | None = None,
    seed: int = 1,
) -> Causal:
    """Tests and verdict, over the TR cell of the complete design.

    Args:
        found: of all cells: a stem that fails in any is excluded, as for attention.
        process, language: their names.
        attention: what `analyze` says of the same model and process, as its ``summary.json`` has it.
        seed: of resampling.

    Raises:
        InputError: ``attention`` is of another process, or no summary of `analyze`.
    """
    attention = _summary(attention)
    if attention is not None and attention.process != process:
        raise InputError(f"the attention's verdict is about {attention.process!r}, not {process!r}")
    try:
        design, exclusions = complete(Events(found.events, []))
        reasons_withheld = exclusions.reasons_withheld if exclusions else (PLAIN,)
    except InputError as error:  # the effects can be described all the same
        design, exclusions, reasons_withheld = None, None, (error.message,)
    words = Words.of(found, design, seed)
    pair = minimal_pair_of(words)
    reasons_withheld += _too_little(words, design, pair)
    families = families_of(words, pair)
    for family in families if reasons_withheld else ():
        family.uses[:] = False
    sizes = dict(zip(design.test_names if design else (), words.index.shape, strict=False))
    study = Causal(
        process=process,
        language=language,
        design=design,
        exclusions=exclusions,
        n_words=words.index.size,
        n_stems=sizes.get("stems", 0),
        n_suffixes=sizes.get("suffixes", 0),
        minimal_pair=pair,
        families=families,
        verdict=CausalVerdict("descriptive", "", (), ""),
        draws=routes_drawn(words, families[0]) if pair is not None and pair.distinguishes else (),
        reasons_withheld=reasons_withheld,
        attention=attention,
        segments=_segments(words),
        target_first=not any(
            None not in place and place[0] > place[1]
            for place in ((event.item.target_index, event.item.trigger_index) for event in found.events)
        ),
    )
    study.verdict = causal_verdict(study)
    return study


def _too_little(words: Words, design: Design | None, pair: MinimalPair | None) -> tuple[str, ...]:
    """Why the words are too few, or lack what a claim rests on."""
    kind = {} if design is None else {ONE_EDGE: design.edge, OWN_SYMBOL: design.gap}
    reasons = [limit for limit, there in kind.items() if there]
    if design is not None and not words.tested:
        names = [side.unit if design.is_crossed else design.name for side in design.sides][: words.index.ndim]
        have = " and ".join(f"{size} {name}" for size, name in zip(words.index.shape, names, strict=True))
        needed = f"a test takes {LEAST_CLAIMED} or more{' of each' if len(names) > 1 else ''}"
        reasons.append(f"{have} in cell TR; {needed}")
    if not words.index.size:
        reasons.append("no word of cell TR has the gold segment at the decision step")
    elif pair is None:
        reasons.append("some words have no minimal pair, which shares are shares of")
    return tuple(reasons)


def _segments(words: Words) -> dict[str, tuple[str, ...]]:
    """Segments that are targets and triggers in cell TR, and those in the triggers' place in the minimal pairs."""
    items = [words.found.events[n].item for n in words.index.ravel()]
    places = {"target": {i.target for i in items}, "trigger": {i.trigger for i in items}}
    places["replaced"] = {words.found.replaced.get(item.id, "") for item in items}
    return {place: tuple(sorted(segments - {"", None})) for place, segments in places.items()}


def with_attention(study: Causal, attention: AttentionSummary | Mapping[str, Any]) -> Causal:
    """The same study with the verdict on the attention of the same model, as ``summary.json`` of `analyze` has it."""
    found = replace(study, attention=_summary(attention))
    found.verdict = causal_verdict(found)
    return found


def _summary(attention: AttentionSummary | Mapping[str, Any] | None) -> AttentionSummary | None:
    if not isinstance(attention, Mapping):
        return attention
    try:
        return msgspec.convert(attention, AttentionSummary)
    except msgspec.ValidationError as error:
        raise InputError(f"attention is no summary of analyze: {error}") from None
