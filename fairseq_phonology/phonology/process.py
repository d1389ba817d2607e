"""Phonological processes at work: where their structural description is met, and what they make of a form.

A morpheme edge is no segment: rules that do not mention ``+`` do not see it (Chomsky & Halle 1968, section 8.3.2).
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..errors import InputError
from .form import Form, Syllables, breaks
from .matching import CompiledRule, Match, compiled
from .natural_classes import Inventory
from .notation import Rule, Symbols, parse_rule

_Divided = Callable[[Form], Form] | None  # into syllables, where a rule asks for them

MANNERS = ("simultaneous", "left-to-right", "right-to-left")


@dataclass(frozen=True)
class Site:
    """A place where a process's structural description is met, at the process's turn in the derivation.

    Attributes:
        process: name of the process.
        target: position in the UR of the segment that changes; None for insertion, and for a segment inserted earlier.
        trigger: position in the UR of the segment that conditions the change; None for a word edge or an inserted one.
        segment: what stands in target position at this turn; "" for insertion.
        outcome: what the process makes of it; "" for deletion.
        trigger_segment: what stands in trigger position at this turn; "" for a word edge.
        position: index of the target in the form at this turn (insertion: of the segment that follows).
        fed_by: the earlier processes that made target or trigger, or deleted what stood between them.
        edge: ``right`` or ``left`` where that end of the word stands in trigger position; else empty.
    """

    process: str
    target: int | None
    trigger: int | None
    segment: str
    outcome: str
    trigger_segment: str
    position: int
    fed_by: tuple[str, ...] = ()
    edge: str = ""

    @property
    def derived(self) -> bool:
        """Did an earlier process make this site? (A segment of 거짓말 /kʌt͡ɕismal/ is no /t/ before neutralization.)"""
        return bool(self.fed_by)

    @property
    def vacuous(self) -> bool:
        """Is the outcome what stood there before?"""
        return self.outcome == self.segment

    def trigger_in(self, ur: Sequence[str]) -> int | None:
        """Position of the trigger in the site's UR; its length where the end of the word conditions the change."""
        return len(ur) if self.edge == "right" else self.trigger


@dataclass(frozen=True)
class Process:
    """A named list of rules with a manner of application.

    The rules apply one after the other, each to the form the last one left. ``simultaneous``: all sites are found
    before any changes; ``left-to-right`` and ``right-to-left``: each change is seen by the next place.

    Attributes:
        name: what tables and figures call it.
        rules: as parsed from ``A -> B / C _ D``.
        manner: one of `MANNERS`.
        optional: applies only where it is asked for by name, then in every word.
        citation: where it is described.
        trigger: side of the target on which the trigger stands, ``left`` or ``right``. None: the side that holds
            segments, and the right one where both do.
        rate: in which share of the words that meet it the process applies, 0 to 1; by stratum where a mapping. None: in
            all.
        strata: the lexical classes whose words undergo it; none are named: all.
    """

    name: str
    rules: tuple[Rule, ...]
    manner: str = "simultaneous"
    optional: bool = False
    citation: str = field(default="", compare=False)
    trigger: str | None = None
    rate: float | Mapping[str, float] | None = field(default=None, hash=False)
    strata: tuple[str, ...] = ()

    def __post_init__(self):
        if self.manner not in MANNERS:
            raise InputError(f"process {self.name!r}: apply is {self.manner!r}; allowed: {', '.join(MANNERS)}")
        if self.trigger not in (None, "left", "right"):
            raise InputError(f"process {self.name!r}: trigger is {self.trigger!r}; allowed: left, right")
        rates = self.rate.values() if isinstance(self.rate, Mapping) else [0.0 if self.rate is None else self.rate]
        if wrong := [rate for rate in rates if not 0 <= rate <= 1]:
            raise InputError(f"process {self.name!r}: rate is {wrong[0]}; allowed: 0 (never) to 1 (always)")

    def rate_in(self, stratum: str = "") -> float:
        """In which share of the words of a stratum that meet it the process applies: 1 where nothing else is said, 0 in
        a stratum whose words do not undergo it."""
        if self.strata and stratum not in self.strata:
            return 0.0
        if self.rate is None:
            return 1.0
        return self.rate.get(stratum, 0.0) if isinstance(self.rate, Mapping) else self.rate

    @property
    def variable(self) -> bool:
        """Does the process apply in some words that meet it and not in others of their stratum?"""
        rates = self.rate.values() if isinstance(self.rate, Mapping) else [self.rate]
        return any(rate is not None and 0 < rate < 1 for rate in rates)

    @classmethod
    def parse(
        cls, rules: str | Sequence[str], name: str | None = None, symbols: Symbols | None = None, **options
    ) -> Process:
        """A process from the text of its rule or rules, in a grammar's symbols; the other attributes by name.

        >>> Process.parse("[-son, -cont] -> [+nas] / _ [+nas]").apply("h a k m u n".split(), inventory)
        ('h', 'a', 'ŋ', 'm', 'u', 'n')
        """
        texts = [rules] if isinstance(rules, str) else list(rules)
        return cls(name or texts[0], tuple(parse_rule(text, symbols) for text in texts), **options)

    def apply(
        self, segments: Sequence[str], inventory: Inventory, syllables: Syllables | None = None
    ) -> tuple[str, ...]:
        """What the process alone makes of a form; ``+`` marks a morpheme edge and is not returned."""
        return self.apply_to(Form.underlying(segments), inventory, syllables)[0].segments

    def sites(
        self, segments: Sequence[str], inventory: Inventory, syllables: Syllables | None = None
    ) -> tuple[Site, ...]:
        """Where the process alone is met in a form."""
        return self.apply_to(Form.underlying(segments), inventory, syllables)[1]

    def apply_to(
        self, form: Form, inventory: Inventory, syllables: Syllables | None = None
    ) -> tuple[Form, tuple[Site, ...]]:
        """One turn of the process in a derivation: the form after it, and the sites that were met.

        Raises:
            InputError: a rule names what the inventory lacks, or asks for syllables that are not described.
        """
        met: list[Site] = []
        for rule in self.rules:
            try:
                run = compiled(rule, inventory, self.trigger)
                divided = functools.partial(_divided, inventory, syllables) if run.asks_syllables else None
                apply = self._in_one_go if self.manner == "simultaneous" else self._in_turn
                if not run.unseen.isdisjoint(form.segments):
                    form = apply(form.hiding(run.unseen), run, met, divided).revealed()
                else:
                    form = apply(form, run, met, divided)
            except InputError as error:
                raise InputError(f"process {self.name!r}: {error.message}") from None
        return form, tuple(met)

    def _in_one_go(self, form: Form, rule: CompiledRule, met: list[Site], divided: _Divided) -> Form:
        form, here, free = divided(form) if divided else form, [], 0
        for at in rule.places(form):
            # what has changed places cannot do so again at once
            if at >= free and (site := self._site(form, rule, at)):
                here.append((at, site))
                free = at + len(rule.order)
        met += [site for _, site in here]
        for at, site in reversed(here):  # from the right, so that positions still to come stay valid
            form = self._carried_out(form, rule, at, site)
        return form

    def _in_turn(self, form: Form, rule: CompiledRule, met: list[Site], divided: _Divided) -> Form:
        form = divided(form) if divided else form
        forwards = self.manner == "left-to-right"
        at = 0 if forwards else len(form.segments) - (not rule.inserts)
        while 0 <= at < len(form.segments) + rule.inserts:
            length = len(form.segments)
            if site := self._site(form, rule, at):
                met.append(site)
                form = self._carried_out(form, rule, at, site)
                form = divided(form) if divided else form
            # to the next place that has not been looked at: past what was inserted, not past what moved up
            at += 1 + len(form.segments) - length if forwards else -1
        return form

    def _site(self, form: Form, rule: CompiledRule, at: int) -> Site | None:
        match = rule.match(form, at)
        if match is None:
            return None
        segment = "" if rule.inserts else form.segments[at]
        target = None if rule.inserts else form.origins[at]
        trigger = None if match.trigger is None else form.origins[match.trigger]
        earlier = [] if rule.inserts else [form.changed_by[at]]
        if match.trigger is not None:
            earlier.append(form.changed_by[match.trigger])
        if match.adjacent:
            low, high = _span(form, rule, match, at)
            earlier += [process for position, process in form.deleted if low < position < high]
        fed_by = dict.fromkeys(name for name in earlier if name not in (None, self.name))
        trigger_segment = "" if match.trigger is None else form.segments[match.trigger]
        edge = rule.side if match.edge and match.trigger is None else ""
        position = at + sum(n <= at for n, *_ in form.hidden) if form.hidden else at
        return Site(self.name, target, trigger, segment, match.outcome, trigger_segment, position, tuple(fed_by), edge)

    def _carried_out(self, form: Form, rule: CompiledRule, at: int, site: Site) -> Form:
        if rule.order:
            return form.reordered(at, rule.order, self.name)
        if site.vacuous:
            return form
        if rule.inserts:
            return form.inserted(at, site.outcome, self.name, before_edge=rule.inserts_before_edge)
        if rule.deletes:
            return form.without(at, self.name)
        return form.changed(at, site.outcome, self.name)


def _divided(inventory: Inventory, syllables: Syllables | None, form: Form) -> Form:
    """With its syllables, for a rule that asks for them."""
    return replace(form, breaks=breaks(form.segments, inventory, syllables))


def _span(form: Form, rule: CompiledRule, match: Match, at: int) -> tuple[float, float]:
    """Between which UR positions a deletion brings target and trigger (a word edge, both sides of a gap) together."""
    nothing = (0.0, 0.0)
    if rule.inserts:
        left, right = at - 1, at
    elif match.trigger is not None:
        left, right = sorted((at, match.trigger))
    elif match.edge:
        left, right = (-1, at) if rule.side == "left" else (at, len(form.segments))
    elif match.boundary:
        left, right = (at - 1, at) if rule.side == "left" else (at, at + 1)
    else:
        return nothing
    origins = [
        -math.inf if index < 0 else math.inf if index >= len(form.segments) else form.origins[index]
        for index in (left, right)
    ]
    return nothing if None in origins else (origins[0], origins[1])
