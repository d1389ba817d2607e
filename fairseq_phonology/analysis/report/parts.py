"""Parts of the report: what was asked, of which model, what was lost, and the families of tests."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ...attention.record import KIND_NAMES
from ...text import count, listed, percent_of
from ..contrasts.family import Family
from ..contrasts.study import Study
from ..contrasts.table import DERIVED, NORMS
from .explorer import ExplorerData
from .tables import family_name, heads_table


def process(study: Study, name: str) -> list[tuple[str, list[str], bool]]:
    """What was asked: name, lines, whether they are IPA."""
    grammar = study.facts.get("grammar") or {}
    rules = grammar.get("rules") or []
    facts = [
        ("Process", [name], False),
        ("Rules", [rules] if isinstance(rules, str) else list(rules), True),
        ("Source", [grammar.get("process_citation") or ""], False),
        ("Language", [study.language], False),
        ("Grammar", [grammar.get("path") or ""], False),
    ]
    return [(key, [str(line) for line in lines], ipa) for key, lines, ipa in facts if any(lines)]


def model(study: Study) -> list[tuple[str, str]]:
    """Model and data: name, text."""
    facts, manifest = study.facts, study.facts.get("manifest") or {}
    sizes = manifest.get("model") or {}
    names = {key: facts.get(key) or "" for key in ("dump", "baseline", "forced")}
    names = {key: value if isinstance(value, str) else ", ".join(map(str, value)) for key, value in names.items()}
    beam, sha = manifest.get("beam"), str(manifest.get("checkpoint_sha256") or "")
    along_gold = (manifest.get("settings") or {}).get("score_reference")
    options = {key: value for key, value in (facts.get("options") or {}).items() if value not in (None, (), [], "")}
    rows = [
        ("Model", _sizes(sizes)),
        ("Checkpoint", f"SHA-256 {sha[:12]}…" if sha else ""),
        ("Attention dump", names["dump"]),
        ("Baseline dump", names["baseline"]),
        ("Forced decoding dump", names["forced"]),
        ("Interventions", facts.get("interventions")),
        ("Dynamics", facts.get("dynamics")),
        ("Items", facts.get("items")),
        ("Words in the dump", f"{manifest['words_written']:,}" if manifest.get("words_written") else ""),
        ("Decoding", "along the gold SRs" if along_gold else f"beam {beam}" if beam else ""),
        ("Events", f"{len(study.events.events):,}"),
        ("Options", ", ".join(f"{key} {_plain(value)}" for key, value in options.items())),
        ("Command", facts.get("command")),
    ]
    return [(name, str(value)) for name, value in rows if value]


def _sizes(model: dict[str, Any]) -> str:
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
    """How many words are wholly right; empty if nobody said."""
    right, words = study.facts.get("exact_match") or (0, 0)
    return (
        f"Exact match: {percent_of(right, words)} ({right:,} of {count(words, 'word')} wholly right)." if words else ""
    )


def errors(study: Study) -> list[str]:
    """What the errors of the model cost the design, a sentence each."""
    lost = study.exclusions
    if lost is None:
        return []
    said = " ".join(map(str, study.facts.get("exclusions") or []))
    gone = [unit for unit in lost.suffixes_excluded if unit not in said]
    lines = [f"Left first, over half of their events having failed: {listed(gone)}."] if gone else []
    named = [
        (f"stems of class {name}" if name != "word" else "real words", *pair)
        for name, pair in lost.stems_excluded.items()
    ]
    shares = [f"{n} of {of} {name}" for name, n, of in named]
    if shares:
        lines.append(f"Lost whole because an event failed: {listed(shares)}.")
    return lines + [each if each.endswith(".") else f"{each}." for each in lost.reasons_withheld]


def primary(study: Study, explorer: ExplorerData | None) -> dict[str, Any]:
    """The family that makes the headline: what surrounds its table, and the table."""
    family = study.primary
    withheld = study.verdict.strength == "withheld"
    note = "No claim may be made, whatever the heads do. " if withheld else ""
    note += (
        "A claim needs every p below .05, an estimate of at least .05 of mass, and a positive one with every segment "
        "alone (least alone: the smallest of these)."
    )
    return {
        "intro": f"The primary family: {family.contrast}, {_view(family)}. Claims come first, then the larger "
        "response.",
        "caption": f"Primary family: {family.contrast}, {_view(family)}, {count(len(family.heads), 'head')}",
        "note": f"{note} p is max-T over all {len(family.heads)} heads; means are of mass."
        + (" A head's number opens it in the word explorer; a heading sorts." if explorer else ""),
        "table": heads_table(family, _shown_with(explorer), "no claim" if withheld else "claim"),
    }


def secondary(family: Family, explorer: ExplorerData | None) -> dict[str, Any]:
    """Any other family, likewise."""
    reads = {
        "response": "Attends to the trigger because the process is at work.",
        "inspection": "Segments that could undergo the process look at the place that decides.",
        "salience": "Triggers draw attention whoever looks: a confound, not evidence.",
        DERIVED: f"The response over {count(family.n_stems, 'word')} that are no clean test of one process.",
        NORMS: "The same of a second measure: the trigger’s share of the norms of the segments’ weighted value vectors "
        "(Kobayashi et al. 2020). A weight says how much a head looks; a norm, how much it takes from there.",
        "same-offset": "More at the trigger than at the same offset elsewhere in the word: not process-specific.",
    }
    reached = sum(bool(claim) for claim in family.claim)
    intro = (
        f"Over {count(family.n_stems, 'word')}; p is max-T over {count(len(family.heads), 'head')}, by sign-flips."
        if family.contrast == "same-offset"
        else f"{reached or 'No'} head{'' if reached == 1 else 's'} of {len(family.heads)} would meet the rule."
    )
    return {
        "caption": f"{family_name(family)}, {_view(family)}",
        "intro": f"{reads.get(family.contrast, '')} {intro}",
        "table": heads_table(family, _shown_with(explorer), "met"),
    }


def _view(family: Family) -> str:
    kinds = listed([KIND_NAMES[kind] for kind in family.kind.split("+")])
    return f"{kinds}, {family.query} row"


def _shown_with(explorer: ExplorerData | None) -> dict[str, str]:
    """Of each kind the word to show a head with: the first that undergoes the process, as an address writes it."""
    if explorer is None:
        return {}
    good = [word for word in explorer.words if word["status"] == "applied"] or explorer.words
    word = next((word for word in good if word["cell"] == "TR"), good[0])
    return dict.fromkeys(explorer.kinds, quote(word["id"], safe=""))
