"""Results over several models: one row a model, the tests over models, the verdict over all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..provenance import Provenance
from ..statistics.over_models import FEWEST, Mean
from ..statistics.splits import HeldOut

PAIR = "minimal pair"
CHOSEN = "chosen head"  # the test that makes the headline of attention
FORCED = "forced decoding of the gold SR"


@dataclass(frozen=True)
class RouteEffect:
    """Effect of one interchange in all heads of one model, in the direction with the smaller share.

    Attributes:
        effect: in log-odds.
        share, low, high: effect over the model's minimal-pair effect, with its 95 % interval over words; NaN where the
            model does not distinguish the trigger.
        others: effect of the same at other segments; NaN where there is none.
        uses: does the route meet the criteria of use in this model?
    """

    effect: float
    share: float
    low: float
    high: float
    others: float
    uses: bool


@dataclass(frozen=True)
class Use:
    """Result of interventions on a model, for the comparison of its attention.

    Attributes:
        strength, route, kinds: as in `CausalVerdict`.
        measure: of the interventions that show the route, the one with the largest share; empty where none is shown.
        share: the smaller of both directions'.
    """

    strength: str
    route: str = ""
    kinds: tuple[str, ...] = ()
    measure: str = ""
    share: float = float("nan")


@dataclass(frozen=True)
class ModelRow:
    """One model. Attributes that belong to the other kind of comparison are None, empty or NaN.

    Attributes:
        name: as the user called it.
        strength, sentence: of its own verdict.
        reason_withheld: why it is in no test over models; empty if it is in them.
        checkpoint: SHA-256 of the checkpoint; empty if not known.
        exact_match: words right, and words; None if not known.
        decoding: how their output was made: ``beam 5``, `FORCED`; empty if not known.
        claims: heads that meet the criteria in this model (of attention: claimed; of interventions: used), as ``2.1``.
        response: of attention: interaction (response) of the head chosen on some segments, measured on others; scales
            ``log_odds`` and ``mass``.
        use: of attention: result of interventions on the model; None if none were given.
        layers: of attention: layer, as ``layer 1``, -> scale -> mean response of its heads.
        route, kinds: of interventions: of the verdict, as in `CausalVerdict`.
        intact: mean log-odds of the untouched model.
        pair, pair_low, pair_high: effect of the minimal pair, in log-odds, with its 95 % interval over words.
        routes: measure -> its effect, in the order of the tables.
        heads: kind of attention -> its single head chosen on one part of the words, measured on the other; scales
            ``effect`` (log-odds, mean of both directions), ``share``, and those of `held_out.held_out_effects`.
    """

    name: str
    strength: str
    sentence: str
    reason_withheld: str = ""
    checkpoint: str = ""
    exact_match: tuple[int, int] | None = None
    decoding: str = ""
    claims: tuple[str, ...] = ()
    response: HeldOut | None = None
    layers: dict[str, dict[str, float]] = field(default_factory=dict)
    use: Use | None = None
    route: str = ""
    kinds: tuple[str, ...] = ()
    intact: float = float("nan")
    pair: float = float("nan")
    pair_low: float = float("nan")
    pair_high: float = float("nan")
    routes: dict[str, RouteEffect] = field(default_factory=dict)
    heads: dict[str, HeldOut] = field(default_factory=dict)

    @property
    def tested(self) -> bool:
        """Is it in the tests over models?"""
        return not self.reason_withheld

    @property
    def meets(self) -> bool:
        """Does it meet the criteria of its own verdict: a head that attends, or a route that it uses?"""
        return self.strength in ("attends", "uses")

    def uses_head(self, kind: str) -> bool:
        """Of interventions: does a single head of that kind of attention meet the criteria of use?"""
        return self.meets and any(name.startswith(f"{kind} ") for name in self.claims)


@dataclass(frozen=True)
class ModelTest:
    """One test over models.

    Attributes:
        name: ``chosen head``, ``layer 1``; ``minimal pair``, a name of `kinds.KINDS`, ``head of cross``.
        family: tests that are corrected together: ``chosen head``, ``layers``; ``minimal pair``, ``routes``, ``heads``.
        scale: ``log-odds``; ``share`` of routes and heads.
        mean, low, high: over models, with the 95 % interval of `over_models.model_interval`; none under six models.
        p: two-sided, by sign-flip over models, max-T over the family; of routes and heads the largest of those
            against other segments, and against a fifth of the minimal-pair effect, in both directions; NaN under six
            models.
        models: how many were tested.
        claim: whether all criteria are met.
        unmet: the criteria that are not, in words.
        by_words: are the units real words, not stems and suffixes?
        mass: of attention, the same response in mass, which describes it.
        segments: of attention, p of the models' mean with segments random.
        directions: of routes and heads, the share by noising and by denoising, of which ``mean`` is the smaller.
    """

    name: str
    family: str
    scale: str
    mean: float
    low: float
    high: float
    p: float
    models: int
    claim: bool
    unmet: tuple[str, ...] = ()
    by_words: bool = False
    mass: Mean | None = None
    segments: float = float("nan")
    directions: dict[str, Mean] = field(default_factory=dict)


@dataclass
class Models:
    """Everything about one process in several models.

    Attributes:
        process, language: their names.
        names: of the models, in the order given.
        rows: one a model.
        tests: over models; of attention ``chosen head`` is the one that makes the headline.
        sentence: what may be said of all of them.
        warning: that there are too few models for a test, and why; empty from six on.
        caveats: sentences that belong to it.
        provenance: for ``summary.json``.
        causal: are these interventions, not attention?
        undivided: of interventions, why single heads could not be measured; empty if they were.
    """

    process: str
    language: str
    names: list[str]
    rows: list[ModelRow]
    tests: list[ModelTest]
    sentence: str
    warning: str = ""
    caveats: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    causal: bool = False
    undivided: str = ""

    @property
    def tested(self) -> list[ModelRow]:
        """The models that are in the tests."""
        return [row for row in self.rows if row.tested]

    @property
    def strength(self) -> str:
        """The verdict over models: ``attends`` or ``uses``, ``none``; ``few`` or ``untested``."""
        return strength_over_models(self.rows, self.tests, self.causal)

    def test(self, name: str) -> ModelTest | None:
        """By its name; None if there is none."""
        return next((test for test in self.tests if test.name == name), None)


def strength_over_models(rows: Iterable[ModelRow], tests: Iterable[ModelTest], causal: bool) -> str:
    """`Models.strength`; of rows and tests their ``tested``, ``family`` and ``claim`` are read."""
    tested = sum(row.tested for row in rows)
    if not tested:
        return "untested"
    if tested < FEWEST:
        return "few"
    family, strength = ("routes", "uses") if causal else (CHOSEN, "attends")
    return strength if any(test.claim and test.family == family for test in tests) else "none"


def splits_of(rows: Sequence[ModelRow]) -> int:
    """Splits of the segments, by which heads were chosen and measured; 0 if none were."""
    held = [each for row in rows for each in (row.response, *row.heads.values()) if each is not None]
    return max((each.splits for each in held), default=0)
