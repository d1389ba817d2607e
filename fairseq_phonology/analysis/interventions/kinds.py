"""Every kind of intervention and every place at which one is made: one table each, which everything else reads.

A further kind is an entry of `KINDS`; one that does something new to a word adds a function like `knock_out`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...attention.edges import Edge, Run
from ...phonology.transcription import EDGE
from .plans import Plan


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
    """

    name: str
    label: str
    methods: str
    missing: str
    positions: Callable[[Plan], list[int]]
    look: dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of intervention, in all layers and heads or in some.

    Attributes:
        name: in tables and options.
        role: ``minimal pair`` (what effects are shares of); ``route`` (also made in each layer and head); ``pair`` of
            routes; ``total`` (every way from the trigger).
        run: what one word becomes: plan, position in the UR, layer and head (from 1; None: all) -> the run; None where
            it cannot be made.
        short: label in narrow columns and beside lines.
        label: in tables and at bars.
        brief: how the model is left, in a few words.
        without: the same exactly, as a clause after a sentence that names the trigger ("it").
        methods: what is done, for the methods text.
        attention: kinds of attention concerned; of a pair, the names of its routes.
        by: of a route, how the trigger is used by it.
        places: at which it is made; names of `PLACES`.
        look: color and dashes of its line in figures, for matplotlib.
    """

    name: str
    role: str
    run: Callable[[Plan, int, int | None, int | None], Run | None]
    short: str
    label: str
    brief: str
    without: str
    methods: str
    attention: tuple[str, ...] = ()
    by: str = ""
    places: tuple[str, ...] = ("trigger",)
    look: dict[str, Any] | None = None

    @property
    def column(self) -> str:
        """The name within names of columns: ``cross+encoder`` is ``cross_encoder``, as R wants it."""
        return self.name.replace("+", "_")


@dataclass(frozen=True)
class Intervention:
    """What was done to the model or its input.

    Attributes:
        measure: name of a kind in `KINDS`.
        place: name of a place in `PLACES`.
        layer: from 1; None: all.
        head: from 1; None: all of the layer, or of the model.
    """

    measure: str
    place: str
    layer: int | None = None
    head: int | None = None


def _trigger(plan: Plan) -> list[int]:
    return [] if plan.item.trigger_index is None else [plan.item.trigger_index]


def _others(plan: Plan) -> list[int]:
    # without the target itself, no model could know what is to change
    return [n for n in _segments(plan) if n not in (plan.item.target_index, plan.item.trigger_index)]


def _mirror(plan: Plan) -> list[int]:
    target, trigger, segments = plan.item.target_index, plan.item.trigger_index, _segments(plan)
    if target is None or trigger is None:
        return []
    at = 2 * segments.index(target) - segments.index(trigger)
    return [segments[at]] if 0 <= at < len(segments) else []


def _segments(plan: Plan) -> list[int]:
    return [n for n, segment in enumerate(plan.item.ur) if segment != EDGE]


# fmt: off
PLACES = {place.name: place for place in (
    Place("trigger", "trigger", "the trigger", "The trigger of some words is no segment.", _trigger, {}),
    Place("others", "other segments",
          "every other segment of the word in turn, target and trigger apart, of which the mean is taken",
          "There is no other segment in some words.", _others, {"color": "#BB5566"}),
    Place("mirror", "mirror offset",
          "the mirror offset, the segment as far from the target as the trigger on its other side",
          "Some words have no segment there, or the decoder has not read it yet.",
          _mirror, {"color": "0.45", "linestyle": (0, (1.5, 1))}),
)}
# fmt: on
CONTROLS = tuple(name for name in PLACES if name != "trigger")


def replace_trigger(plan: Plan, position: int, layer: None, head: None, *, surface: bool = False) -> Run | None:
    """The minimal-pair counterpart; with ``surface`` the surface trigger that the decoder has read is its, too."""
    if not plan.counterpart or (surface and not plan.counterpart_sr):
        return None
    return plan.run(ur=plan.counterpart, sr=plan.counterpart_sr if surface else plan.reference)


def knock_out(
    plan: Plan,
    position: int,
    layer: int | None,
    head: int | None,
    *,
    edges: Sequence[Callable[[Plan, int], Edge | None]],
    from_everywhere: bool = False,
) -> Run | None:
    """The word without attention from where the process is decided, or from everywhere, to a position.

    Args:
        plan, position, layer, head: as of `Kind.run`.
        edges: those that are removed.
        from_everywhere: from every position, not from that of the edge alone.
    """
    found = [edge(plan, position) for edge in edges]
    if None in found or not (from_everywhere or all(edge.query is not None for edge in found)):
        return None
    queries = (None if from_everywhere else edge.query for edge in found)
    return plan.run(
        edges=tuple(e._replace(query=query, layer=layer, head=head) for e, query in zip(found, queries, strict=True))
    )


def cross_edge(plan: Plan, position: int) -> Edge:
    """Cross-attention from the decision step."""
    return Edge("cross", position, plan.step)


def encoder_edge(plan: Plan, position: int) -> Edge:
    """Self-attention of the encoder from the target."""
    return Edge("encoder", position, plan.item.target_index)


def decoder_edge(plan: Plan, position: int) -> Edge | None:
    """Self-attention of the decoder from the decision step to the step that reads the surface segment."""
    at = plan.steps.get(position)
    return None if at is None or at >= plan.step else Edge("decoder", at + 1, plan.step)


_EVERYWHERE, _NOT_AHEAD = tuple(PLACES), ("trigger", "others")  # the decoder has not read what lies beyond the target
# fmt: off
KINDS = {kind.name: kind for kind in (
    Kind("minimal-pair", "minimal pair", replace_trigger,
         short="minimal pair", label="trigger replaced (minimal pair)", brief="with the trigger replaced",
         without="with it replaced in the UR", methods="the trigger is replaced in the UR"),
    Kind("minimal-pair+prefix", "minimal pair", partial(replace_trigger, surface=True),
         short="minimal pair with prefix", label="trigger replaced, SR too (minimal pair)",
         brief="with the trigger replaced in UR and SR",
         without="with it replaced in the UR, and in the SR that the decoder has read",
         methods="the trigger is replaced in the UR and in the SR that the decoder has read"),
    Kind("cross", "route", partial(knock_out, edges=(cross_edge,)),
         short="cross-attention", label="cross-attention: decision to trigger",
         brief="without cross-attention to the trigger", without="without the decision step's cross-attention to it",
         methods="the decision step has no cross-attention to the trigger (cross)",
         attention=("cross",), by="by cross-attention", places=_EVERYWHERE,
         look={"color": "#004488", "linestyle": "-"}),
    Kind("encoder", "route", partial(knock_out, edges=(encoder_edge,)),
         short="encoder", label="encoder: target to trigger",
         brief="without encoder attention to the trigger",
         without="without the encoder's attention from the target to it",
         methods="the target has no self-attention to the trigger in the encoder (encoder)",
         attention=("encoder",), by="by way of the encoder", places=_EVERYWHERE,
         look={"color": "#BB5566", "linestyle": (0, (4, 1.3))}),
    Kind("decoder", "route", partial(knock_out, edges=(decoder_edge,)),
         short="decoder", label="decoder: decision to surface trigger",
         brief="without decoder attention to the surface trigger",
         without="without the decoder's attention to the surface trigger",
         methods="the decision step has no self-attention in the decoder to the step that reads the surface trigger "
                 "(decoder)",
         attention=("decoder",), by="by the decoder's self-attention", places=_NOT_AHEAD,
         look={"color": "#997700", "linestyle": (0, (6, 1.3, 1, 1.3))}),
    Kind("cross+encoder", "pair", partial(knock_out, edges=(cross_edge, encoder_edge)),
         short="cross + encoder", label="cross-attention and encoder",
         brief="without cross-attention and encoder attention",
         without="with the cross-attention and the encoder edge both removed",
         methods="cross and encoder both (cross + encoder)",
         attention=("cross", "encoder"), places=_EVERYWHERE, look={"color": "0.35", "linestyle": (0, (1, 1))}),
    Kind("cross+decoder", "pair", partial(knock_out, edges=(cross_edge, decoder_edge)),
         short="cross + decoder", label="cross-attention and decoder",
         brief="without cross-attention and decoder attention",
         without="with the cross-attention and the decoder edge both removed",
         methods="cross and decoder both (cross + decoder)",
         attention=("cross", "decoder"), places=_NOT_AHEAD, look={"color": "0.55", "linestyle": (0, (1, 1))}),
    Kind("total", "total", partial(knock_out, edges=(cross_edge, encoder_edge), from_everywhere=True),
         short="trigger hidden", label="trigger hidden from every position", brief="with the trigger hidden",
         without="with it hidden from every position",
         methods="nothing else has any attention to the trigger, neither in the encoder nor from any decoder step "
                 "(total)",
         attention=("cross", "encoder"), places=_EVERYWHERE, look={"color": "0.2", "linestyle": "-"}),
    Kind("total+decoder", "total",
         partial(knock_out, edges=(cross_edge, encoder_edge, decoder_edge), from_everywhere=True),
         short="UR and SR hidden", label="trigger hidden in UR and SR", brief="with the trigger hidden in UR and SR",
         without="with it hidden from every position, and the surface trigger from later steps",
         methods="as total, and no later step has any attention to the surface trigger (total + decoder)",
         attention=("cross", "encoder", "decoder"), places=_NOT_AHEAD, look={"color": "0.5", "linestyle": "-"}),
)}
# fmt: on


def named(*roles: str) -> tuple[str, ...]:
    """Names of the kinds with these roles, in the order of `KINDS`."""
    return tuple(kind.name for kind in KINDS.values() if kind.role in roles)


ROUTES, PAIRS, TOTALS = named("route"), named("pair"), named("total")
KNOCK_OUTS = named("route", "pair", "total")
MINIMAL_PAIRS = named("minimal pair")


def label_of(name: str) -> str:
    """The label of a kind; of anything else (``head of cross``) its name."""
    return KINDS[name].label if name in KINDS else name
