"""The texts of the report over several models: methods, ready for a paper, and what is not claimed."""

from __future__ import annotations

from ...text import count, listed, typeset
from ..models.results import Models
from ..statistics.over_models import FEWEST
from ..statistics.splits import SPLITS

_INTERVAL = "intervals (95 %) are those of the test, from the means of all subsets of the models (Hartigan 1969)"
_TEST = (
    "by flipping the signs of whole models, two-sided, on the studentized mean; p-values are max-T over the tests of a "
    "family (Westfall & Young 1993) and count the data themselves among the flips (Phipson & Smyth 2010)"
)


def methods(models: Models) -> list[str]:
    """The paragraphs of the methods section, plain text, built from the comparison's own numbers."""
    parts = [_asked(models), _of_each(models), _chosen(models), _tested(models), _result(models), _software(models)]
    return [text for text in parts if text]


def _asked(models: Models) -> str:
    name = models.process.replace("_", " ").replace("-", " ")
    does = "uses" if models.causal else "attends to"
    where = f" ({models.language})" if models.language else ""
    return (
        f"We asked of {count(len(models.rows), 'model')} whether each {does} the trigger of {name}{where} when it "
        "applies the process. [Training: data, architecture, epochs, how the checkpoints were chosen, and what differs "
        "between the models, for instance the seed alone.] All of them were given the same items."
    )


def _of_each(models: Models) -> str:
    if models.causal:
        return (
            "In each model we measured what a knock-out of attention edges takes from the log-odds of the gold symbol "
            "against the symbol of the form with the process blocked, at the decision step, and divided it by what "
            "replacing the trigger in the input takes."
        )
    return (
        "In each model the measure is the attention to the trigger's position in the row of the decision step, and the "
        "response of a head is (TR − TN) − (CR − CN): T a target, C a control in its place, R a trigger, N a control "
        "in its place."
    )


def _chosen(models: Models) -> str:
    if not any(row.response or row.heads for row in models.rows):
        return ""
    return (
        "The heads of two models have no common numbers, and the largest of many is large by chance. In each model a "
        f"head was therefore chosen by its {'effect' if models.causal else 'response'} in one part of the words and "
        "measured in a part that shares neither stems nor suffixes with it (real words: in other words), all ways "
        f"round, in mean over {SPLITS} random halvings." + ("" if models.causal else " Layer means need no choice.")
    )


def _tested(models: Models) -> str:
    tested = len(models.tested)
    left = [row.name for row in models.rows if not row.tested]
    without = ""
    if left:
        without = f" {count(len(left), 'model')} ({listed(left)}) could not be tested, for the reasons given."
    if tested < FEWEST:
        return (
            f"With fewer than {FEWEST} models a two-sided sign-flip test cannot reach p < .05: {tested} are described, "
            f"not tested.{without}"
        )
    return (
        f"The model is the unit. The mean over {tested} models was tested {_TEST}; {_INTERVAL}.{without} "
        f"{FEWEST} models are the fewest with which such a test can reach p < .05."
    )


def _result(models: Models) -> str:
    return f"Result: {typeset(models.sentence)}"


def _software(models: Models) -> str:
    versions = models.facts.get("versions") or {}
    return f"Software: {', '.join(f'{name} {version}' for name, version in versions.items())}." if versions else ""


def limits(models: Models) -> list[str]:
    """What a reader might take from the page and must not, a sentence or two each."""
    found = [
        "Nothing about other data, sizes or ways of training: the models stand for models that are made as these were, "
        "with another seed.",
        "The p over models is not about other words: these are the same for all models. Other words are the matter of "
        "each model's own tests, and of the test of the models' mean.",
        "Nothing about a head by its number: head 2.1 of one model is not head 2.1 of another.",
    ]
    if models.causal:
        found.append("A route that is not shown over models may still be used by some: see each model.")
    elif not any(row.use for row in models.rows):
        found.append(
            "Nothing about use: attention shows where models look; whether the output depends on it, interventions "
            "show (fairseq-phonology intervene, which takes several checkpoints, too)."
        )
    if len(models.tested) < FEWEST:
        found.append(f"No significance: under {FEWEST} models there is no test over models.")
    return found
