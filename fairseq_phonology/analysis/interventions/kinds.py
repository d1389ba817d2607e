"""Every kind of intervention, every method and every place at which one is made: one table each, which all else reads.

A further kind is an entry of `KINDS`: the edges of attention that it is about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...attention.edges import Edge, Exchange, Run
from ...phonology.transcription import EDGE
from .plans import Plan

METHODS = ("noising", "denoising", "knock-out")  # the pair's keys and values for the word, the reverse, no edge
DIRECTIONS = METHODS[:2]  # of an interchange
CONTROLS = ("heads", "all")  # at other segments: in each head, too, or in all heads together only
MOST_CONTROLS = 32  # segments of a word at which controls are made: each is a run for every head


@dataclass(frozen=True)
class Place:
    """Where in a word an intervention is made.

    Attributes:
        name: in tables.
        label: in figures and reports.
        methods: what it is, for the methods text.
        missing: why a list of words may have no such place.
        positions: of a word, those in the UR; empty where it has none. Effects are means over them.
        look: of the tick in figures, for matplotlib.
        at_edge: what is to be added to ``methods`` where the minimal pair is a longer or shorter word.
    """

    name: str
    label: str
    methods: str
    missing: str
    positions: Callable[[Plan], list[int]]
    look: dict[str, Any]
    at_edge: str = ""

    def described(self, at_edge: bool) -> str:
        """For the methods text; ``at_edge``: is the end of the word in trigger position?"""
        return self.methods + (self.at_edge if at_edge else "")


@dataclass(frozen=True)
class Kind:
    """One kind of intervention, in all layers and heads or in some.

    Attributes:
        name: in tables and options.
        role: ``minimal pair`` (what effects are shares of); ``route`` (also made in each layer and head, and with keys
            or values alone); ``pair`` of routes; ``all`` routes together; ``total`` (every way from the trigger).
        short: label in narrow columns and beside lines.
        label: in tables and at bars.
        methods: what is concerned, for the methods text.
        edges: of attention that are interchanged or removed.
        attention: kinds of attention concerned; of several routes together their names.
        by: of a route, how the trigger is used by it.
        look: color and dashes of its line in figures, for matplotlib.
    """

    name: str
    role: str
    short: str
    label: str
    methods: str
    edges: tuple[Callable[[Plan, int], Edge | None], ...] = ()
    attention: tuple[str, ...] = ()
    by: str = ""
    look: dict[str, Any] | None = None

    @property
    def column(self) -> str:
        """The name within names of columns: ``cross+encoder`` is ``cross_encoder``, as R wants it."""
        return self.name.replace("+", "_")

    @property
    def methods_made(self) -> tuple[str, ...]:
        """By which of `METHODS` it is made. Totals are removed only: interchanged, in words of equal length, they
        are the minimal pair itself.
        """
        return {"minimal pair": ("input",), "total": METHODS[2:]}.get(self.role, METHODS)


@dataclass(frozen=True)
class Intervention:
    """What was done to the model or its input.

    Attributes:
        measure: name of a kind in `KINDS`.
        place: name of a place in `PLACES`.
        layer: from 1; None: all.
        head: from 1; None: all of the layer, or of the model.
        method: one of `METHODS`; ``input`` of a minimal pair.
        parts: of an interchange, one of `edges.PARTS`.
    """

    measure: str
    place: str
    layer: int | None = None
    head: int | None = None
    method: str = "noising"
    parts: str = "both"


def _trigger(plan: Plan) -> list[int]:
    return [] if plan.item.trigger_index is None else [plan.item.trigger_index]


def _others(plan: Plan) -> list[int]:
    # without the target itself, no model could know what is to change
    target, trigger = plan.item.target_index, plan.item.trigger_index
    found = [n for n, segment in enumerate(plan.item.ur) if segment != EDGE and n not in (target, trigger)]
    # those far away would do less, and make the control easier to exceed
    return found if trigger is None else sorted(sorted(found, key=lambda n: abs(n - trigger))[:MOST_CONTROLS])


# fmt: off
PLACES = {place.name: place for place in (
    Place("trigger", "trigger", "the trigger", "The trigger of some words is no segment.", _trigger, {}),
    Place("others", "other segments",
          f"every other segment of the word in turn, target and trigger apart (the {MOST_CONTROLS} nearest to the "
          "trigger where there are more), of which the mean is taken",
          "There is no other segment in some words, or the decoder has not read it yet.",
          _others, {"color": "#BB5566"},
          at_edge="; of those behind the trigger's position, where one of the two words ends, none is interchanged"),
)}
# fmt: on


def _cross(plan: Plan, position: int) -> Edge:
    """Cross-attention from the decision step."""
    return Edge("cross", position, plan.step)


def _encoder(plan: Plan, position: int) -> Edge | None:
    """Self-attention of the encoder from the target."""
    return None if plan.item.target_index is None else Edge("encoder", position, plan.item.target_index)


def _decoder(plan: Plan, position: int) -> Edge | None:
    """Self-attention of the decoder from the decision step to the step that reads the surface segment."""
    at = plan.steps.get(position)
    return None if at is None or at >= plan.step else Edge("decoder", at + 1, plan.step)


def _everywhere(edge: Callable[[Plan, int], Edge | None]) -> Callable[[Plan, int], Edge | None]:
    """The same from every query."""

    def whole(plan: Plan, position: int) -> Edge | None:
        found = edge(plan, position)
        return found and found._replace(query=None)

    return whole


def _hidden(plan: Plan, position: int) -> Edge:
    return Edge("encoder", position)


# fmt: off
KINDS = {kind.name: kind for kind in (
    Kind("minimal-pair", "minimal pair",
         short="minimal pair", label="trigger replaced (minimal pair)", methods="the trigger is replaced in the UR"),
    Kind("minimal-pair+prefix", "minimal pair",
         short="minimal pair with prefix", label="trigger replaced, SR too (minimal pair)",
         methods="the trigger is replaced in the UR and in the SR that the decoder has read"),
    Kind("cross", "route",
         short="cross-attention", label="cross-attention: decision to trigger",
         methods="cross-attention from the decision step to the trigger (cross)",
         edges=(_cross,), attention=("cross",), by="by cross-attention", look={"color": "#004488", "linestyle": "-"}),
    Kind("encoder", "route",
         short="encoder", label="encoder: target to trigger",
         methods="self-attention of the encoder from the target to the trigger (encoder)",
         edges=(_encoder,), attention=("encoder",), by="by way of the encoder",
         look={"color": "#BB5566", "linestyle": (0, (4, 1.3))}),
    Kind("decoder", "route",
         short="decoder", label="decoder: decision to surface trigger",
         methods="self-attention of the decoder from the decision step to the step that reads the surface trigger "
                 "(decoder)",
         edges=(_decoder,), attention=("decoder",), by="by the decoder's self-attention",
         look={"color": "#997700", "linestyle": (0, (6, 1.3, 1, 1.3))}),
    Kind("cross+encoder", "pair",
         short="cross + encoder", label="cross-attention and encoder", methods="cross and encoder (cross + encoder)",
         edges=(_cross, _encoder), attention=("cross", "encoder"), look={"color": "0.35", "linestyle": (0, (1, 1))}),
    Kind("cross+decoder", "pair",
         short="cross + decoder", label="cross-attention and decoder", methods="cross and decoder (cross + decoder)",
         edges=(_cross, _decoder), attention=("cross", "decoder"), look={"color": "0.55", "linestyle": (0, (1, 1))}),
    Kind("encoder+decoder", "pair",
         short="encoder + decoder", label="encoder and decoder", methods="encoder and decoder (encoder + decoder)",
         edges=(_encoder, _decoder), attention=("encoder", "decoder"),
         look={"color": "0.7", "linestyle": (0, (1, 1))}),
    Kind("cross+encoder+decoder", "all",
         short="all three", label="cross-attention, encoder and decoder",
         methods="all three (cross + encoder + decoder)",
         edges=(_cross, _encoder, _decoder), attention=("cross", "encoder", "decoder"),
         look={"color": "0.2", "linestyle": (0, (1, 1))}),
    Kind("total", "total",
         short="trigger hidden", label="trigger hidden from every position",
         methods="every edge to the trigger, in the encoder and from any decoder step (total)",
         edges=(_everywhere(_cross), _hidden), attention=("cross", "encoder"), look={"color": "0.2", "linestyle": "-"}),
    Kind("total+decoder", "total",
         short="UR and SR hidden", label="trigger hidden in UR and SR",
         methods="the same, and every edge from later steps to the surface trigger (total + decoder)",
         edges=(_everywhere(_cross), _hidden, _everywhere(_decoder)), attention=("cross", "encoder", "decoder"),
         look={"color": "0.5", "linestyle": "-"}),
)}
# fmt: on


def named(*roles: str) -> tuple[str, ...]:
    """Names of the kinds with these roles, in the order of `KINDS`."""
    return tuple(kind.name for kind in KINDS.values() if kind.role in roles)


ROUTES, PAIRS = named("route"), named("pair")
TOGETHER = named("pair", "all")  # several routes at once
DIRECT = named("route", "pair", "all")  # from the trigger's position to where the process is decided
MINIMAL_PAIRS = named("minimal pair")


def run_of(plan: Plan, one: Intervention, position: int) -> Run | None:
    """The run of a word under an intervention at a position of its UR; None where it cannot be made.

    An interchange is made in cell TR alone. To interchange every edge from the trigger is, in words of equal length, to
    run the minimal pair.
    """
    kind = KINDS[one.measure]
    if kind.role == "minimal pair":
        return plan.replaced(surface=one.measure == MINIMAL_PAIRS[1])
    edges = [edge(plan, position) for edge in kind.edges]
    if None in edges:
        return None
    edges = [edge._replace(layer=one.layer, head=one.head) for edge in edges]
    if one.method == "knock-out":
        return plan.run(edges=tuple(edges))
    if plan.item.cell != "TR" or not (plan.counterpart and plan.other):
        return None
    exchanges = [_exchange(plan, edge, one) for edge in edges]
    if None in exchanges:
        return None
    return plan.run(exchanges=tuple(exchanges)) if one.method == "noising" else plan.restored(tuple(exchanges))


def _exchange(plan: Plan, edge: Edge, one: Intervention) -> Exchange | None:
    """An edge of the word between it and its minimal pair; None where that has no such position."""
    there = edge.key if edge.kind == "decoder" else plan.in_counterpart(edge.key)
    if there is None:
        return None
    here, there = (edge.key, there) if one.method == "noising" else (there, edge.key)
    return Exchange(
        *edge._replace(key=here), parts=one.parts, donor_key=None if plan.counterpart_index is None else there
    )


def label_of(name: str) -> str:
    """The label of a kind; of anything else (``head of cross``) its name."""
    return KINDS[name].label if name in KINDS else name
