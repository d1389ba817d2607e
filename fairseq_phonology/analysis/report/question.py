"""Question and data: what was asked, of which model, with which words, and what was excluded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...text import count, listed, percent_of
from ..contrasts.study import Study
from ..design.designs import Exclusions
from ..interventions.effects import Causal


def grammar_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the facts say of the grammar; of one that is given by the name of its file alone its ``path``."""
    grammar = facts.get("grammar") or {}
    return grammar if isinstance(grammar, dict) else {"path": str(grammar)}


def process(of: Study | Causal, name: str) -> list[tuple[str, list[str], bool]]:
    """What was asked: name, lines, whether they are IPA."""
    grammar = grammar_of(of.facts)
    rules = grammar.get("rules") or []
    facts = [
        ("Process", [name], False),
        ("Rules", [rules] if isinstance(rules, str) else list(rules), True),
        ("Source", [grammar.get("process_citation") or ""], False),
        ("Language", [of.language], False),
        ("Grammar", [grammar.get("path") or ""], False),
    ]
    return [(key, [str(line) for line in lines], ipa) for key, lines, ipa in facts if any(lines)]


def model(study: Study | None, causal: Causal | None) -> list[tuple[str, str]]:
    """Model and data: name, text."""
    facts = study.facts if study is not None else causal.facts
    manifest = facts.get("manifest") or {}
    names = {key: facts.get(key) or "" for key in ("dump", "baseline", "forced")}
    names = {key: value if isinstance(value, str) else ", ".join(map(str, value)) for key, value in names.items()}
    beam, sha = manifest.get("beam"), str(manifest.get("checkpoint_sha256") or facts.get("checkpoint_sha256") or "")
    forced = study is None or (manifest.get("settings") or {}).get("score_reference")
    options = {key: value for key, value in (facts.get("options") or {}).items() if value not in (None, (), [], "")}
    rows = [
        ("Model", _sizes(manifest.get("model") or {})),
        ("Checkpoint", ", ".join(filter(None, (facts.get("checkpoint"), f"SHA-256 {sha[:12]}…" if sha else "")))),
        ("Attention dump", names["dump"]),
        ("Baseline dump", names["baseline"]),
        ("Forced decoding dump", names["forced"]),
        ("Interventions", facts.get("interventions")),
        ("Training dynamics", facts.get("dynamics")),
        ("Items", facts.get("items")),
        ("Words in the dump", f"{manifest['words_written']:,}" if manifest.get("words_written") else ""),
        ("Decoding", "forced, of the gold SRs" if forced else f"beam {beam}" if beam else ""),
        ("Events", "" if study is None else f"{len(study.events.events):,}"),
        ("Options", ", ".join(f"{key} {_plain(value)}" for key, value in options.items())),
        ("Command", facts.get("command")),
    ]
    return [(name, str(value)) for name, value in rows if value]


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
    right, words = study.facts.get("exact_match") or (0, 0)
    return (
        f"Exact match: {percent_of(right, words)} ({right:,} of {count(words, 'word')} wholly right)." if words else ""
    )


def exclusions(found: Exclusions | None, stated: list[str]) -> list[str]:
    """What was excluded because of the model's errors, a sentence each.

    Args:
        found: None without a design.
        stated: other sentences on exclusions, which follow on the page; a suffix that they name is not named again.
    """
    if found is None:
        return []
    gone = [unit for unit in found.suffixes_excluded if unit not in " ".join(map(str, stated))]
    lines = [f"Excluded first, because over half of their events failed: {listed(gone)}."] if gone else []
    shares = excluded_shares(found)
    if any(n for n, _ in found.stems_excluded.values()):
        lines.append(f"Excluded whole, because an event failed: {listed(shares)}.")
    return lines + [sentence(each) for each in found.reasons_withheld]


def excluded_shares(found: Exclusions) -> list[str]:
    """``3 of 30 stems of class T``."""
    names = {"word": "real words"}
    return [f"{n} of {of} {names.get(one, f'stems of class {one}')}" for one, (n, of) in found.stems_excluded.items()]


def sentence(text: str) -> str:
    """With a full stop at its end."""
    return text if text.endswith(".") else f"{text}."
