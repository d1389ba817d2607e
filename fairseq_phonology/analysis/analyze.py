"""From a dump to a `Study`: every event, every family of tests, the verdict, in their order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..attention.dump import AttentionDump
from ..phonology.errors import InputError
from ..phonology.grammar import Grammar
from ..phonology.items import Item
from .claims import verdict, with_derived
from .collect import collect, is_forced
from .complete import LEAST_WORDS, complete, derived_words, everything
from .contrasts import test_grid, test_quads, test_same_offset
from .design import Grid, Quads
from .events import Events, View
from .families import Family, Head
from .study import Study

CONTRASTS = ("response", "inspection", "salience")
DERIVED = "response-derived"  # in real words whose site another process makes
PRIMARY_KINDS = ("cross", "decoder")  # of the decision row; the decoder where it can see the trigger


@dataclass(frozen=True)
class Options:
    """How the tests are made.

    Attributes:
        permutations: relabelings of each test; all of them where they are fewer.
        seed: of relabelings and resampling.
        include: optional processes that apply.
    """

    permutations: int = 9999
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
        baseline: the same items through the same model with fresh weights, along the gold SRs.
        forced_dump: the same items through the same model along the gold SRs, for the sensitivity analysis.
        options: of the tests.

    Raises:
        InputError: the dumps do not fit the items, the design is not crossed or too small, the process is never met.
    """
    options = options or Options()
    grammar.process(process)
    _check_beside(dump, baseline, forced_dump)
    events = collect(dump, items, grammar, process, options.include)
    design, losses = complete(events)
    families = families_of(events, design, options)
    primary = next((family for family in families if family.primary), None)
    found = verdict(primary, losses, process)
    fed = derived_words(events)
    if isinstance(design, Quads) and len(fed) >= LEAST_WORDS:
        for family in _derived(events, options):
            families.append(family)
            found = with_derived(found, family, fed)
    study = Study(process, grammar.language, events, design, losses, families, found)
    if baseline is not None:
        study.baseline = _along_gold(baseline, items, grammar, process, options)
    if forced_dump is not None:
        whole = _along_gold(forced_dump, items, grammar, process, options)
        study.sensitivity = whole.primary
    return study


def families_of(events: Events, design: Grid | Quads | None, options: Options) -> list[Family]:
    """Every contrast in every view, the primary family first.

    A view in which some event of the design has no such row (the last step has no following one) is left out.
    """
    if design is None:
        return [
            test_same_offset(events, view, options.permutations, options.seed)
            for view in events.views
            if view.elsewhere is not None and view.row != "following"
        ]
    whole = [view for view in events.views if not np.isnan(view.mass[design.index]).any()]
    first = [view for view in whole if view.row == "decision" and view.kind in PRIMARY_KINDS]
    if not any(view.kind == "cross" for view in first):
        raise InputError("no cross-attention in the decision row of some events of the design")
    together = [(first, "response", True)]
    for view in whole:
        for contrast in CONTRASTS:
            if contrast != "response" or len(first) > 1 or view is not first[0]:  # the primary family, once
                together.append(([view], contrast, False))
    return [_family(design, views, contrast, primary, options) for views, contrast, primary in together]


def _derived(events: Events, options: Options) -> list[Family]:
    """The response in the real words whose site another process makes: a family of its own, never the headline."""
    design, _ = complete(events, derived=True)
    if design is None:
        return []
    family = families_of(events, design, options)[0]
    return [replace(family, contrast=DERIVED, primary=False)]


def _family(design: Grid | Quads, views: Sequence[View], contrast: str, primary: bool, options: Options) -> Family:
    heads = [
        Head(view.kind, view.row, layer + 1, head + 1)
        for view in views
        for layer in range(view.layers)
        for head in range(view.heads)
    ]
    events = len(views[0].mass)
    mass, logit = (
        np.concatenate([getattr(view, scale).reshape(events, -1) for view in views], 1) for scale in ("mass", "logit")
    )
    beside = (
        np.concatenate([view.beside.reshape(events, -1) for view in views], 1) if contrast == "inspection" else None
    )
    test = test_grid if isinstance(design, Grid) else test_quads
    return test(design, heads, mass, logit, contrast, primary, options.permutations, options.seed, beside)


def _along_gold(
    dump: AttentionDump, items: Sequence[Item] | None, grammar: Grammar, process: str, options: Options
) -> Study:
    """All events of a dump that was made along the gold SRs, whatever the model itself would say."""
    events = collect(dump, items, grammar, process, options.include)
    design = everything(events)
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
                f"serves as {what} and was not made along the gold SRs; write it with --score-reference", other.paths[0]
            )
        same = other.manifest.get("checkpoint_sha256") == own
        if what == "baseline" and same:
            raise InputError(
                "is of the model itself, not of fresh weights (fairseq-phonology untrained)", other.paths[0]
            )
        if what != "baseline" and not same:
            raise InputError("is of another model than the dump", other.paths[0])


def options_of(permutations: int, seed: int, include: Collection[str]) -> Options:
    """Options, checked.

    Raises:
        InputError: fewer than 999 permutations: p-values would be coarse.
    """
    if permutations < 999:
        raise InputError(f"--permutations is {permutations}; allowed: 999 or more")
    return Options(permutations, seed, tuple(include))
