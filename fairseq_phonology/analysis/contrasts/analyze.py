"""From a dump to a `Study`: every event, every family of tests, the verdict, in their order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...attention.dump.reader import AttentionDump
from ...attention.record import KIND_NAMES
from ...errors import InputError
from ...phonology.grammar import Grammar
from ...stimuli.items import LEAST_WORDS, Item
from ...text import count
from ..design.coverage import coverage_of
from ..design.crossing import derived_words, design_of
from ..design.designs import Design
from ..design.exclusions import Exclusions
from ..events.collect import collect, is_forced, matched
from ..events.events import Events, View, by_head, heads_of, is_whole, primary_views, words_alone
from ..withheld import complete
from .kinds import DERIVED, NORMS, RESPONSE, TESTED
from .study import SCALES, Family, Study
from .tests import test_contrast, test_same_offset
from .verdict import at_eos, verdict, with_derived, without_decoder

_FORCED = (
    "The dump was made under forced decoding of the gold SRs, so that the model's own errors are not in it: give a "
    "dump of its own output, and this one as --forced."
)


@dataclass(frozen=True)
class Options:
    """How the tests are made.

    Attributes:
        seed: of the intervals' resampling.
        include: optional processes that apply.
    """

    seed: int = 1
    include: tuple[str, ...] = ()


def analyze(
    dump: AttentionDump,
    grammar: Grammar,
    process: str,
    items: Sequence[Item] | None = None,
    baseline: AttentionDump | None = None,
    forced_dump: AttentionDump | None = None,
    options: Options | None = None,
) -> Study:
    """Does the model attend to the trigger of a process?

    Args:
        dump: of the model, over the items.
        grammar: derives the SRs.
        process: its name.
        items: the design, or any list of words; None takes every word of the dump in which the process is met.
        baseline: the same items through the same model with fresh weights, under forced decoding.
        forced_dump: the same items through the same model under forced decoding, for the sensitivity analysis.
        options: of the tests.

    Raises:
        InputError: the dumps do not fit the items, the design is not crossed or too small, the process is never met.
    """
    options = options or Options()
    grammar.process(process)
    _check_beside(dump, baseline, forced_dump)
    events = _events(dump, items, grammar, process, options)
    design, exclusions = complete(events)
    families = _without_claims(families_of(events, design, options), exclusions)
    primary = next((family for family in families if family.primary), None)
    _check_kinds(primary, dump, baseline, forced_dump)
    found = verdict(primary, exclusions, process)
    fed = derived_words(events.items)
    if design is not None and len(fed) >= LEAST_WORDS:
        for family in _derived(events, options):
            families.append(family)
            found = with_derived(found, primary, family, fed)
    if primary is not None and (lacking := without_decoder(events, primary)):
        found = replace(found, caveats=(*found.caveats, lacking))
    asked = events.items if items is None else items  # of the list, whose URs have their morpheme edges
    if lacking := coverage_of(grammar, process, asked, options.include).sentence(process):
        found = replace(found, caveats=(*found.caveats, lacking))
    if measured := at_eos(events.items):
        found = replace(found, caveats=(measured, *found.caveats))
    if is_forced(dump):
        found = replace(found, caveats=(*found.caveats, _FORCED))
    study = Study(process, grammar.language, events, design, exclusions, families, found)
    if baseline is not None:
        study.baseline = _forced_study(baseline, items, grammar, process, options)
    if forced_dump is not None:
        whole = _forced_study(forced_dump, items, grammar, process, options)
        study.sensitivity = whole.primary
    return study


def check_dumps(
    dump: AttentionDump,
    items: Sequence[Item] | None = None,
    baseline: AttentionDump | None = None,
    forced_dump: AttentionDump | None = None,
) -> None:
    """Can they be analyzed, as far as one can tell without reading every word? Arguments as of `analyze`.

    Raises:
        InputError: an incomplete dump, one without cross-attention, words that it lacks, dumps that do not belong
            together.
    """
    for each in (dump, baseline, forced_dump):
        if each is not None:
            each.require_complete().require_kind("cross")
            if items is not None:
                matched(each, items)
    _check_beside(dump, baseline, forced_dump)


def families_of(events: Events, design: Design | None, options: Options) -> list[Family]:
    """Every contrast in every view, the primary family first; of a dump with norms also each response of the norms.

    A view in which some event of the design has no such query (the model dropped the trigger that its decoder
    should read) is left out; so is, of a plain list, one that no word rightly done has.
    """
    if design is None:
        return [
            test_same_offset(events, view, options.seed)
            for view in events.views
            if view.query != "following" and _comparable(events, view)
        ]
    whole = [view for view in events.views if is_whole(view, design)]
    first = primary_views(events, design)
    together = [(first, RESPONSE, True)]
    for view in whole:
        for contrast in TESTED:
            if contrast != RESPONSE or not any(view is each for each in first):  # a head responds in one family
                together.append(([view], contrast, False))
    families = [_family(design, views, contrast, primary, options) for views, contrast, primary in together]
    if events.has_norms:
        tested = [views for views, contrast, _ in together if contrast == RESPONSE]
        normed = (_family(design, views, RESPONSE, False, options, norms=True) for views in tested)
        families += [replace(family, contrast=NORMS) for family in normed]
    return families


def _derived(events: Events, options: Options) -> list[Family]:
    """The response in the real words whose site another process makes: a family of its own, never the headline."""
    design, exclusions = complete(events, derived=True)
    if design is None:
        return []
    family = _without_claims(families_of(events, design, options), exclusions)[0]
    return [replace(family, contrast=DERIVED, primary=False)]


def _without_claims(families: list[Family], exclusions: Exclusions | None) -> list[Family]:
    """The same; where errors cost the design too much, no head of theirs meets the rule."""
    why = list(exclusions.reasons_withheld) if exclusions else []
    if not why:
        return families
    return [
        replace(family, claim=np.zeros_like(family.claim), unmet=[[*why, *short] for short in family.unmet])
        for family in families
    ]


def _comparable(events: Events, view: View) -> bool:
    """Has a plain list a word rightly done whose mass on the trigger can be compared with that of its other queries?"""
    if view.elsewhere is None:
        return False
    known = (np.isfinite(view.mass) & np.isfinite(view.elsewhere)).all((1, 2))
    return any(
        here and event.included and event.item.cell in ("", "TR")
        for here, event in zip(known, events.events, strict=True)
    )


def _events(
    dump: AttentionDump, items: Sequence[Item] | None, grammar: Grammar, process: str, options: Options
) -> Events:
    """As `collect`; a dump that does not fit is named, because there may be three."""
    try:
        return collect(dump, items, grammar, process, options.include)
    except InputError as error:
        raise InputError(error.message, error.path or dump.paths[0], error.line) from None


def _family(
    design: Design, views: Sequence[View], contrast: str, primary: bool, options: Options, norms: bool = False
) -> Family:
    """The tests of a contrast; of ``norms`` on these in place of the weights, which is secondary."""
    log_odds, mass = (by_head(views, f"{'norm_' if norms else ''}{name}") for name in SCALES)
    return test_contrast(design, heads_of(views), log_odds, mass, contrast, primary, options.seed)


def _check_kinds(primary: Family | None, dump: AttentionDump, *others: AttentionDump | None) -> None:
    """Other dumps are compared with the primary family, so that they need the same kinds of attention."""
    wanted = primary.kind.split("+") if primary is not None else ()
    for other in others:
        lacks = [kind for kind in wanted if other is not None and kind not in other.kinds]
        if lacks:
            raise InputError(
                f"has no {KIND_NAMES[lacks[0]]}, which the dump's heads are tested with: write it with "
                f"--attention-kinds {','.join(dump.kinds)}",
                other.paths[0],
            )


def _forced_study(
    dump: AttentionDump, items: Sequence[Item] | None, grammar: Grammar, process: str, options: Options
) -> Study:
    """All events of a dump that was made under forced decoding of the gold SRs, but words without log-odds."""
    events = _events(dump, items, grammar, process, options)
    design, alone = design_of(events.items, gap=events.gap), set(words_alone(events))
    if design is not None and alone:
        design, _ = design.without(np.array([item.id not in alone for item in events.items]))
    families = families_of(events, design, options)
    primary = next((family for family in families if family.primary), None)
    return Study(process, grammar.language, events, design, None, families, verdict(primary, None, process))


def _check_beside(dump: AttentionDump, baseline: AttentionDump | None, forced_dump: AttentionDump | None) -> None:
    own = dump.manifest.get("checkpoint_sha256")
    for other, what in ((baseline, "baseline"), (forced_dump, "forced decoding")):
        if other is None:
            continue
        if not is_forced(other):
            raise InputError(
                f"is given as {what} and was not made under forced decoding; write it with --score-reference",
                other.paths[0],
            )
        sha = other.manifest.get("checkpoint_sha256")
        same = sha == own and (own is not None or what != "baseline")  # nobody knows whether two unnamed ones differ
        if what == "baseline" and same:
            raise InputError(
                "is of the model itself; allowed: the same model with fresh weights (fairseq-phonology untrained)",
                other.paths[0],
            )
        if what == "baseline" and other.manifest.get("updates"):
            raise InputError(
                f"is of a model that was trained for {count(other.manifest['updates'], 'update')}; allowed: fresh "
                "weights (fairseq-phonology untrained)",
                other.paths[0],
            )
        if what != "baseline" and not same:
            raise InputError("is of another model than the dump", other.paths[0])
        if _shape(other) != _shape(dump):
            raise InputError(
                f"is of a model with {_shape(other)}; the dump's has {_shape(dump)}: name the one that "
                "`fairseq-phonology untrained` made of the same checkpoint",
                other.paths[0],
            )


def _shape(dump: AttentionDump) -> str:
    """Layers and heads of the cross-attention, in words."""
    model = dump.manifest.get("model") or {}
    layers, heads = ((model.get(what) or {}).get("cross", "?") for what in ("layers", "heads"))
    return f"{layers} x {heads} heads of cross-attention"


def options_of(seed: int, include: Collection[str]) -> Options:
    """Options, checked.

    Raises:
        InputError: a negative seed.
    """
    if seed < 0:
        raise InputError(f"--seed is {seed}; allowed: 0 or more")
    return Options(seed, tuple(include))
