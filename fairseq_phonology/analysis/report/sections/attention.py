"""Heads: the families of tests on attention, each as a table with what surrounds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import numpy as np

from ....attention.record import KIND_NAMES
from ....text import count, decimal, listed, number, p_value, signed, typeset
from ...contrasts.kinds import CONTRASTS, NORMS, SALIENCE, SAME_OFFSET
from ...contrasts.study import SCALE, Family, Study
from ...criteria import ATTENDS, LEAST_MASS
from ...figures.style import QUERIES, capitalized
from .explorer import ExplorerData

Cell = tuple[str, Any]  # what is read, and what is sorted by
NOT_TESTED = "There is no p, because one end of the word is no sample of triggers"


def primary(study: Study, explorer: ExplorerData | None) -> dict[str, Any]:
    """The family that makes the headline: what surrounds its table, and the table."""
    family = study.primary
    withheld = study.verdict.strength in ("withheld", "descriptive")
    name = CONTRASTS[family.contrast].full_name
    tested = (
        f"p is that of the test with {_random(family)} random, corrected over {count(len(family.heads), 'head')} (Holm)"
    )
    note = (
        f"{'No claim may be made, whichever criteria a head meets. ' if withheld else ''}A claim is made only if "
        f"{ATTENDS.clause()}. {NOT_TESTED if family.edge else tested}; rank of classes: "
        "that of the real assignment of segments to classes among all assignments of the same sizes."
    )
    return {
        "intro": f"The primary family: {name}, {_view(family)}. Claims come first, then heads with "
        f"{decimal(LEAST_MASS)} of mass or more, then the others, each by size of the estimate in log-odds.",
        "caption": f"Primary family: {name}, {_view(family)}, {count(len(family.heads), 'head')}",
        "note": note + (" The number of a head opens it in the word explorer; a heading sorts." if explorer else ""),
        "table": heads_table(family, _shown_with(explorer), "no claim" if withheld else "claim"),
    }


def secondary(family: Family, explorer: ExplorerData | None) -> dict[str, Any]:
    """Any other family, likewise."""
    n = sum(bool(claim) for claim in family.claim)
    of = count(len(family.heads), "head")
    intro = f"{n or 'No head'} of {of if n else len(family.heads)} would meet the criteria."
    if family.contrast == SAME_OFFSET:
        intro = f"Over {count(family.n_stems, 'word')}; p is that of a t-test over words, corrected over {of} (Holm)."
    contrast = CONTRASTS[family.contrast]
    if np.isnan(family.p).all():
        intro = f"{NOT_TESTED}."
        if family.contrast == SALIENCE:
            intro += " In this contrast the weight on EOS, which is the sink, too, is compared with that on a segment."
    return {
        "caption": f"{capitalized(contrast.full_name)}, {_view(family)}",
        "intro": f"{contrast.sentence} {intro}",
        "table": heads_table(family, _shown_with(explorer), "met"),
    }


def _random(family: Family) -> str:
    """The units of its test."""
    return "stems and suffixes" if family.n_suffixes else "words"


def _view(family: Family) -> str:
    kinds = listed([KIND_NAMES[kind] for kind in family.kind.split("+")])
    return f"{kinds}, {QUERIES[family.query]}"


def _shown_with(explorer: ExplorerData | None) -> dict[str, str]:
    """Of each kind the word to show a head with: the first that undergoes the process, as an address writes it."""
    if explorer is None:
        return {}
    good = [word for word in explorer.words if word["status"] == "applied"] or explorer.words
    word = next((word for word in good if word["cell"] == "TR"), good[0])
    return dict.fromkeys(explorer.kinds, quote(word["id"], safe=""))


def heads_table(family: Family, ids: dict[str, str] | None = None, word: str = "claim") -> dict[str, Any]:
    """A family as a table, in the order of `Family.order`.

    Args:
        family: which.
        ids: of each kind of attention a word of the explorer to show a head with.
        word: what stands beside a head that meets the criteria.

    Returns:
        ``word`` (empty where there are no criteria to meet), ``columns`` (headings) and ``rows`` (claim, unmet, cells
        of text and sort key).
    """
    plain = family.contrast == SAME_OFFSET
    columns = _columns(family)
    rows = []
    for n in family.order.tolist():
        head = family.heads[n]
        link = (ids or {}).get(head.kind)
        cells = [cell(n) for cell in columns.values()]
        rows.append(
            {
                "claim": bool(family.claim[n]),
                "unmet": typeset("; ".join(family.unmet[n])),
                "cells": [(text, "" if key != key else key) for text, key in cells],
                "link": f"#word={link}&kind={head.kind}&layer={head.layer}&head={head.head}" if link else None,
            }
        )
    return {"columns": list(columns), "rows": rows, "word": "" if plain else word}


def _columns(family: Family) -> dict[str, Callable[[int], Cell]]:
    """Heading -> text and sort key of a head's number."""
    plain = family.contrast == SAME_OFFSET
    found: dict[str, Callable[[int], Cell]] = {
        "head": lambda n: (str(family.heads[n]), family.heads[n].layer * 1000 + family.heads[n].head)
    }
    if "+" in family.kind:
        found["kind"] = lambda n: (family.heads[n].kind, family.heads[n].kind)
    for cell, means in family.cell_means.items():
        if not np.isnan(means).all():
            found["mass on\ntrigger" if plain else f"mass\n{cell}"] = lambda n, means=means: (
                number(means[n]),
                means[n],
            )
    if plain:
        return found | {"difference [95 %]\nof mass": _estimates(family, "mass", number), "p": _of(family.p, p_value)}
    name = CONTRASTS[family.contrast].label.partition(",")[0]
    own, mass = family.consistency, "norms’ share" if family.contrast == NORMS else "mass"
    total = len(own.quadruples)
    found[f"{name} [95 %]\nin log-odds"] = _estimates(family, SCALE, signed)
    found["p"] = _of(family.p, p_value)
    found[f"positive\n{own.what.partition(' of')[0]}"] = lambda n: (f"{own.positive[n]} of {total}", own.positive[n])
    if own.ranks:
        ranks = list(own.ranks.values())
        found[f"rank of classes\n{' / '.join(own.ranks)}"] = lambda n: (
            " / ".join(f"{rank[n]} of {of:,}" for rank, of in ranks), sum(rank[n] for rank, _ in ranks)
        )  # fmt: skip
    found["p, segments\nrandom"] = _of(own.p, p_value)
    found[f"{name} [95 %]\nin {mass}"] = _estimates(family, "mass", number)
    return found


def _of(values: np.ndarray, form: Callable[[float], str]) -> Callable[[int], Cell]:
    return lambda n: (form(values[n]), values[n])


def _estimates(family: Family, scale: str, form: Callable[[float], str]) -> Callable[[int], Cell]:
    def written(n: int) -> Cell:
        estimate, low, high = (form(each[scale][n]) for each in (family.estimate, family.low, family.high))
        return f"{estimate} [{low}, {high}]", family.estimate[scale][n]

    return written
