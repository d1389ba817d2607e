"""The terms of the verdict, each in a sentence: those that a page uses."""

from __future__ import annotations

from ...text import END_OF_WORD, percent
from ..contrasts.study import Study
from ..criteria import LEAST_SHARE
from ..interventions.effects import Causal

_MASS = (
    "mass",
    "Attention weight on the trigger's position, renormalized over the segments of the word without the "
    "end-of-sequence symbol: 0 to 1.",
)
_ATTENTION = (
    _MASS,
    (
        "log-odds beside the target",
        "ln of the weight on the trigger less ln of the sum of the weights on the other segments without the target; "
        "open at both ends, the scale of every test. +1 is a ratio of 2.7, +3 one of 20.",
    ),
    (
        "response (interaction)",
        "(TR − TN) − (CR − CN): how much more the trigger (R) gets than its controls (N) with a segment that undergoes "
        "the process (T) than with one that does not (C).",
    ),
    (
        "corrected p",
        "One-sided p of one test a head, with stems and suffixes (or words) random, corrected over all heads of the "
        "family (Holm).",
    ),
    (
        "quadruple",
        "One segment each of T, C, R and N; the response is estimated with each of them alone.",
    ),
    (
        "segments random",
        "The same response tested by how much single segments differ within their classes: would it be expected of "
        "other such segments? Intervals are not corrected over heads.",
    ),
)
_END = (
    f"{END_OF_WORD} (#)",
    "Attention to it was measured at the position of EOS, the end-of-sequence symbol, which then counts among the "
    "positions: its mass is its weight itself.",
)
_LIST = (
    _MASS,
    ("corrected p", "p of a t-test over words, corrected over all heads (Holm)."),
)
_INTERVENTIONS = (
    (
        "log-odds of the choice",
        "At the decision step: ln of the probability of the gold symbol less ln of that of the symbol that stands "
        "there with the process blocked.",
    ),
    ("minimal pair", "{pair}; its effect is the difference of the log-odds."),
    (
        "noising, denoising",
        "Interchange of keys and values at the trigger's position: those of the minimal pair's own run given to the "
        "word; those of the word's own run given to its minimal pair.",
    ),
    (
        "share of the minimal-pair effect",
        "What noising takes away, or denoising gives back, in % of the minimal-pair effect. A route is used if both "
        f"are shown to be over {percent(LEAST_SHARE)} %, and over the same at other segments.",
    ),
    ("knock-out", "The attention edges are removed; beside the interchange, described only."),
)


_PAIRS = {  # by the class that is the end of the word
    "": "The same word with its trigger replaced by a control segment",
    "R": "The same stem with a suffix behind it, so that the word does not end there",
    "N": "The same stem at the end of the word, which ends before the trigger",
}


def terms(study: Study | None, causal: Causal | None) -> list[tuple[str, str]]:
    """Term and what it means, of attention, of interventions, or both."""
    attention = () if study is None else _LIST if study.primary is None else _ATTENTION
    if study is not None and any(event.item.at_edge for event in study.events.events):
        attention = (attention[0], _END, *attention[1:])
    use = () if causal is None else [(term, text.format(pair=_PAIRS[causal.edge])) for term, text in _INTERVENTIONS]
    return [*attention, *use]
