"""The methods text on interventions, ready for a paper, built from their own numbers."""

from __future__ import annotations

import numpy as np

from ...text import count, listed, number, segments_text, signed, typeset
from ..contrasts.study import Study
from ..criteria import LEAST_SHARE
from ..interventions.effects import Causal
from ..interventions.kinds import CONTROLS, KINDS, PAIRS, PLACES


def causal_methods(study: Study, causal: Causal) -> list[str]:
    """The paragraphs, plain text."""
    return [_measure(study, causal), _knockouts(causal), _tests(study, causal), _rule(causal), _limits()]


def _measure(study: Study, causal: Causal) -> str:
    pair, segments = causal.minimal_pair, causal.segments
    items = causal.facts.get("items")
    other = f", of the list {items}" if items and items != study.facts.get("items") else ""
    units = f" ({causal.n_stems} stems × {causal.n_suffixes} suffixes)" if causal.n_suffixes else ""
    text = (
        "Attention alone does not show what the output depends on; interventions do (Vig et al. 2020). They were made "
        f"in the {count(causal.n_words, 'word')} of cell TR{units}{other}. The measure is the log-odds of the gold "
        "symbol against the symbol that stands there with the process blocked, at the decision step, with the decoder "
        "forced along the gold SR; it is the difference of their logits (as in Wang et al. 2023)."
    )
    if pair is None:
        return text
    where = (
        "in the UR and in the SR that the decoder has read, too," if pair.measure.endswith("+prefix") else "in the UR"
    )
    interval = "" if pair.low != pair.low else f" [{number(pair.low)}, {number(pair.high)}]"
    return (
        f"{text} In the minimal pair the trigger{segments_text(segments.get('trigger'))} is replaced {where} "
        f"by the control segment that differs from it in the fewest features{segments_text(segments.get('replaced'))}: "
        f"the log-odds go from {signed(pair.intact)} to {signed(pair.after)}, a loss of {number(pair.effect)}"
        f"{interval}, of which the losses below are shares."
    )


def _knockouts(causal: Causal) -> str:
    made = [one.measure for one in causal.routes.which]
    alone = [family.name for family in causal.families[1:]]
    where = "in all layers and heads at once" + (", and in each layer and each head alone" if alone else "")
    controls = [PLACES[name].methods for name in CONTROLS if np.isfinite(causal.routes.controls[name]).any()]
    controls = f" The controls are the same knock-outs to {'; and to '.join(controls)}." if controls else ""
    return (
        "A knock-out removes edges of attention (Geva et al. 2023): their scores are set to −∞ before the softmax, so "
        f"that they have weight 0 and the rest of the row sums to one. There were these: "
        f"{'; '.join(KINDS[measure].methods for measure in made)}; {where}.{controls}"
    )


def _tests(study: Study, causal: Causal) -> str:
    routes = causal.routes
    if not routes.p:
        return "The effects of the knock-outs are described, not tested."
    drawn = (causal.facts.get("options") or {}).get("permutations")
    drawn = f", B = {drawn:,} or all ways where they are fewer" if drawn else ""
    over, resampled = f"the {causal.n_stems} words", "Intervals (95 %) resample words"
    if causal.n_suffixes:
        over = (
            f"the means of the {causal.n_stems} stems, over those of the {causal.n_suffixes} suffixes (Clark 1973), "
            "and with both random at once, the estimate over its whole standard error"
        )
        resampled = "Intervals (95 %) resample both kinds of unit (Owen 2007)"
    return (
        "Whether a knock-out takes away more at the trigger than at a control is tested within words, one-sided, by "
        f"flipping the sign of the paired difference (Fisher 1935) over {over}; on the studentized statistic, max-T "
        f"(Westfall & Young 1993) over the {count(len(routes.which), 'knock-out')} in all heads, or over the heads of "
        f"a kind{drawn}, p = (b + 1)/(B + 1) (Phipson & Smyth 2010). {resampled}, widened for few units (Hesterberg "
        "2015); those of shares, from the linear approximation of the ratio."
    )


def _rule(causal: Causal) -> str:
    floor = f"{100 * LEAST_SHARE:.0f} %"
    pairs = [" and ".join(KINDS[pair].attention) for pair in PAIRS if causal.routes.number(pair) is not None]
    return (
        "A route is said to be used only if every one of these tests gives p < .05 and it takes away at least "
        f"{floor} of what the minimal pair does, also beyond a control's. Of two routes ({listed(pairs, 'or')}) "
        "either suffices if cutting both costs more than cutting each in turn, by no less than either costs alone; "
        "routes that are each used, or only together, are jointly needed; the trigger is used by way of other "
        "segments if nothing less than hiding it from all of them takes its use away. "
        f"Result: {typeset(causal.verdict.sentence)}"
    )


def _limits() -> str:
    return (
        "A knock-out shows what the model cannot do without, in states that training never put it in. Where other "
        "heads stand in for one that is cut off (Wang et al. 2023), a small loss does not show that the head is idle."
    )
