"""Question and data: what was asked, of which model, with which words, and what was excluded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...text import count, listed, percent_of, typeset
from ..contrasts.study import Study
from ..design.exclusions import Exclusions
from ..figures.style import capitalized
from ..interventions.effects import Causal
from ..models.results import Models
from ..provenance import Provenance


def process(of: Study | Causal | Models, name: str) -> list[tuple[str, list[str], bool]]:
    """What was asked: name, lines, whether they are IPA."""
    grammar, words = of.provenance.grammar, of.provenance.grammar.coverage
    part = f"{words.named}: {words.part}" if words.number else ""
    rows = [
        ("Process", [name], False),
        ("Rules", list(grammar.rules), True),
        ("In the design", [part], True),
        ("Not in the design", [*words.not_in_design, *words.segments], True),
        ("Source", [grammar.process_citation], False),
        ("Language", [of.language], False),
        ("Grammar", [grammar.path], False),
    ]
    return [row for row in rows if any(row[1])]


def model(study: Study | None, causal: Causal | None) -> list[tuple[str, str]]:
    """Model and data: name, text."""
    origin = (causal if study is None else study).provenance
    manifest, sha = origin.manifest, origin.model
    beam = manifest.get("beam")
    forced = study is None or (manifest.get("settings") or {}).get("score_reference")
    rows = [
        ("Model", _sizes(manifest.get("model") or {})),
        ("Checkpoint", ", ".join(filter(None, (origin.checkpoint, f"SHA-256 {sha[:12]}…" if sha else "")))),
        ("Attention dump", origin.dump),
        ("Baseline dump", origin.baseline),
        ("Forced decoding dump", origin.forced),
        ("Interventions", origin.interventions),
        ("Training dynamics", origin.dynamics),
        ("Items", origin.items),
        ("Words in the dump", f"{manifest['words_written']:,}" if manifest.get("words_written") else ""),
        ("Decoding", "forced, of the gold SRs" if forced else f"beam {beam}" if beam else ""),
        ("Events", "" if study is None else f"{len(study.events.events):,}"),
        ("Options", options(origin)),
    ]
    return [(name, str(value)) for name, value in rows if value]


def options(origin: Provenance) -> str:
    """``seed 1, with place-assimilation``: those that were given or have a default."""
    given = {key: value for key, value in origin.options.items() if value not in (None, (), [], "")}
    return ", ".join(f"{key} {_plain(value)}" for key, value in given.items())


def _sizes(model: Mapping[str, Any]) -> str:
    """Architecture, layers, heads, embedding, parameters, precision: those that the manifest knows."""
    counted = [
        (_per_kind(model.get("layers")), "{} layers"),
        (_per_kind(model.get("heads")), "{} heads a layer"),
        (_per_kind(model.get("embedding")), "embedding {}"),
        (f"{model['parameters']:,}" if model.get("parameters") else "", "{} parameters"),
    ]
    parts = [model.get("architecture"), *(text.format(n) for n, text in counted if n), model.get("precision")]
    return ", ".join(str(part) for part in parts if part)


def _per_kind(sizes: Any) -> str:
    """``3``, or ``3 cross + 4 encoder`` where the kinds differ."""
    if not isinstance(sizes, dict):
        return str(sizes or "")
    different = len(set(sizes.values())) > 1
    return " + ".join(f"{n} {kind}" for kind, n in sizes.items()) if different else str(next(iter(sizes.values()), ""))


def _plain(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def exact_match(study: Study) -> str:
    """How many words are wholly right; empty if it is not known."""
    right, words = study.provenance.exact_match or (0, 0)
    return (
        f"Exact match: {percent_of(right, words)} ({right:,} of {count(words, 'word')} wholly right)." if words else ""
    )


def exclusions(found: Exclusions | None, stated: list[str]) -> list[str]:
    """What was excluded for the model's errors, a sentence each.

    Args:
        found: None without a design.
        stated: other sentences on exclusions, which follow on the page; a suffix that they name is not named again.
    """
    if found is None:
        return []
    gone = [unit for unit in found.suffixes_excluded if unit not in " ".join(map(str, stated))]
    lines = [f"Excluded first, with over half of their events failed: {listed(gone)}."] if gone else []
    shares = excluded_shares(found)
    if any(n for n, _ in found.stems_excluded.values()):
        lines.append(f"Excluded whole, with a failed event: {listed(shares)}.")
    return lines + [sentence(each) for each in found.reasons_withheld]


def excluded_shares(found: Exclusions) -> list[str]:
    """``3 of 30 stems of class T``."""
    names = {"word": "real words"}
    return [f"{n} of {of} {names.get(one, f'stems of class {one}')}" for one, (n, of) in found.stems_excluded.items()]


def sentence(text: str) -> str:
    """In print, with a capital letter and a full stop."""
    return capitalized(typeset(text)).removesuffix(".") + "."
