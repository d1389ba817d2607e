"""What the ``summary.json`` of a question says: its verdict, word for word, of which checkpoints, its main numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...analysis.interventions.kinds import DIRECTIONS
from ...analysis.models.results import strength_over_models
from ...text import count, decimal

ATTENDS, USES, DYNAMICS = "attends", "uses", "dynamics"
CONDITION, PEOPLE, SCORES = "condition", "people", "scores"
STIMULI = "stimuli"
ASKED = {
    ATTENDS: "what the model attends to",
    USES: "what the model uses",
    DYNAMICS: "training dynamics",
    CONDITION: "comparison by condition",
    PEOPLE: "comparison with people",
    SCORES: "probabilities of candidates",
}


def kind_of(asked: str) -> str:
    """``dynamics`` of ``dynamics, seed 3``."""
    return asked.partition(",")[0]


@dataclass(frozen=True)
class Finding:
    """A verdict, as the report of a question has it.

    Attributes:
        asked: `ATTENDS`, `USES`, `DYNAMICS`, `CONDITION`, `PEOPLE` or `SCORES`.
        strength: as in its summary; over several models that of `strength_over_models`; empty where there is none.
        sentence, caveats, warning: as in its summary, not a word changed; no warning that the sentence says itself.
        over_models: is it over several models?
    """

    asked: str
    strength: str
    sentence: str
    caveats: tuple[str, ...] = ()
    warning: str = ""
    over_models: bool = False


def checkpoints(summary: Mapping[str, Any]) -> set[str]:
    """SHA-256 of every checkpoint that a result is of, as far as it says so."""
    about = summary.get("about") or {}
    own = about.get("checkpoint_sha256") or (about.get("manifest") or {}).get("checkpoint_sha256") or ()
    of = {own} if isinstance(own, str) else set(own.values() if isinstance(own, dict) else own)
    rows = [row for row in summary.get("models") or () if isinstance(row, dict)]
    return {each for each in (*of, *(row.get("checkpoint") for row in rows)) if each}


def finding_in(asked: str, summary: Mapping[str, Any] | None) -> Finding | None:
    """The verdict in a summary; None without one."""
    if summary is None:
        return None
    verdict, over = summary.get("verdict") or summary, "tests" in summary
    strength, warning = verdict.get("strength", ""), verdict.get("warning", "")
    if over:
        tests, rows = ([_Plain(each) for each in summary[name]] for name in ("tests", "models"))
        strength = strength_over_models(rows, tests, causal=asked == USES)
        warning = warning if any(row["tested"] for row in summary["models"]) else ""  # the sentence says the same
    caveats = (*verdict.get("more", ()), *verdict.get("caveats", ()))
    return Finding(asked, strength, verdict["sentence"], caveats, warning, over)


class _Plain:
    """An object of JSON whose names are attributes."""

    def __init__(self, found: Mapping[str, Any]):
        self.__dict__.update(found)


def is_of(summary: Mapping[str, Any], current: set[str], whole: bool) -> bool:
    """Is a result of these checkpoints, and, where it names all of them, of all of them?

    Args:
        current: SHA-256 of each; empty of a model whose training is not finished.
        whole: must it be of all of them?
    """
    if "" in current:
        return False
    of = checkpoints(summary)
    if (summary.get("about") or {}).get("of") == "run":  # every checkpoint that was followed
        return not of or current <= of
    return not of or of == current or (not whole and of <= current)


def shares(summary: Mapping[str, Any] | None) -> Finding | None:
    """The mean shares of the variants, over all items and models."""
    if summary is None:
        return None
    several = len(summary["models"]) > 1
    rows = [row for row in summary["mean_shares"] if row.get("stratum", "all") == "all"]
    rows = [row for row in rows if not several or row["model"] == "all"]
    means = ", ".join(f"{row['variant']} {decimal(row['share'])}" for row in rows)
    of = f"{count(summary['candidates'], 'candidate')} of {count(summary['items'], 'item')}"
    over = f", mean of {count(len(summary['models']), 'model')}" if several else ""
    return Finding(SCORES, "descriptive", f"Mean share of the probability, {of}{over}: {means}." if means else f"{of}.")


def of_attention(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of `study.csv` on what one model attends to: the verdict, and the head with the largest response."""
    found = {ATTENDS: summary["verdict"]["strength"]}
    head = (summary.get("primary") or {}).get("largest")
    if head:
        kind = "" if head["kind"] == "cross" else f"{head['kind']} "
        found |= {
            **{"head": f"{kind}{head['layer']}.{head['head']}", "response": head["estimate_log_odds"]},
            **{"low_response": head["low_log_odds"], "high_response": head["high_log_odds"], "p": head["p"]},
            "mass": head["mean_mass"].get("TR"),
        }
    return found


def of_interventions(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Columns on what one model uses: the verdict, the effect of the minimal pair, the share of the verdict's route."""
    verdict, pair = summary["verdict"], summary.get("minimal_pair") or {}
    found = {USES: verdict["strength"], "route": verdict.get("route", "")}
    found |= {"minimal_pair": pair.get("effect")}
    found |= {f"{bound}_minimal_pair": pair.get(bound) for bound in ("low", "high")}
    route = next((each for each in summary.get("routes") or () if each["measure"] == verdict.get("route")), {})
    return found | {f"share_{each}": (route.get(each) or {}).get("share") for each in DIRECTIONS}
