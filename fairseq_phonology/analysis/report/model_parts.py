"""The captions of figures over several models."""

from __future__ import annotations

from collections.abc import Callable

from ...text import listed, number, share
from ..models.results import Models


def figures_of(models: Models) -> Callable[[str], dict[str, str]]:
    """Name of a figure -> its title, text and what stands in for it where it cannot be seen."""

    def caption(name: str) -> dict[str, str]:
        title = "What each model loses, route by route." if models.causal else "The response of every model."
        text = _SEEN[models.causal] + ("." if models.warning else ", with its 95 % interval.")
        return {"title": title, "text": text, "alt": f"{title} By model: {listed(_numbers(models))}."}

    return caption


_SEEN = {
    False: "A circle is a model: the response of its chosen head on words that did not choose it, with the 95 % "
    "interval over words; filled where a head of that model meets the rule by itself. The diamond is the mean over "
    "models",
    True: "A circle is a model: what it loses without a route, in percent of what replacing the trigger takes away; "
    "filled where the route meets the rule in that model. The diamond is the mean over models",
}


def _numbers(models: Models) -> list[str]:
    if models.causal:
        most = [
            (row.name, max((each.share for each in row.routes.values()), default=float("nan"))) for row in models.rows
        ]
        return [f"{name} {share(value)} % at most" for name, value in most]
    return [f"{row.name} {number(row.response.estimate['mass']) if row.response else '–'}" for row in models.rows]
