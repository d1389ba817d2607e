"""A Transformer whose weights are set by hand, so that what each head looks at is known: ground truth for the tests.

The model is a stock fairseq ``transformer`` of one layer a side, learned positions, norm before each sub-layer. It
reads a UR of at most `LONGEST` segments and emits its SR; p t k become m n ŋ before a nasal (`NASAL`). Nothing is
inserted or deleted, so decoder step i emits what segment i becomes. How features are written: `hand_set_parameters`.

========= ============================================================================================================
encoder   ``segment`` and ``position``, one-hot, from the embeddings (EOS is a segment)
head 1    looks at j - 1 (at the first position: EOS) and writes ``prev_stop``: was that p, t or k?
head 2    looks where the cue is to be, see `Cue`: at j + 1 (EOS: itself), and writes ``cue``: is that a nasal?
head 3, 4 look everywhere alike, and write nothing
feed-     ``site``, one-hot position of a nasal after p t k: relu(prev_stop + nasal + position - 2);
forward   ``after_stop``, one-hot position of anything after p t k: relu(prev_stop + position - 1);
          ``nasalized``, of p t k with the cue, if the encoder does the assimilation: relu(p + cue - 1), and so on
decoder   ``step``, one-hot, from the positional embedding; its input and its self-attention carry nothing
heads     those given, see `Head`; a score is a sum of what stands in the table below
feed-     p t k that was copied, and a nasal that was seen: m n ŋ instead, if the decoder does the assimilation
forward
========= ============================================================================================================

At step i the heads below score position j so; EOS, and all that is not named, scores 0:

========== ======================================================= ==================================================
head       score                                                   looks at
========== ======================================================= ==================================================
RESPONDS   4 if j = i; 6 if j = i + 1 is a nasal after p t k       the trigger, where the process applies; else itself
IDLE       the same                                                the same, and brings nothing of it to the decoder
BY_KEYS    the same                                                the same; what it brings tells no nasal from others
INSPECTS   4 if j = i; 6 if j = i + 1 stands after p t k           the next segment, where p t k are; else itself
NASALS     3 if j is a nasal                                       nasals, wherever they are, whoever looks
NEXT       3 if j = i + 1                                          the next segment
COPIES     5 if j = i                                              itself; carries what is emitted
========== ======================================================= ==================================================

The scores are moderate, so that weights vary with the length of the word and the company of other nasals.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.helpers.hand_set_parameters import EOS, POSITIONS, SHARP, HeadWeights, Parameters, Stream, Unit, symbols

NASAL = {"p": "m", "t": "n", "k": "ŋ"}
NASALS = tuple(NASAL.values())


@dataclass(frozen=True)
class Change:
    """What the model does: segments become others (in the docstring p t k, m n ŋ) before a trigger (there a nasal)."""

    outcomes: Mapping[str, str] = field(default_factory=lambda: NASAL)
    triggers: Collection[str] = NASALS


DEVOICING = Change({"b": "p", "d": "t", "ɡ": "k"}, (EOS,))  # at the end of the word


@dataclass(frozen=True)
class Head:
    """A cross-attention head. Its score for position j at step i is a sum.

    Attributes:
        at: (block, offset) -> what is added if the encoder's one-hot block (``position``, ``site``, ``after_stop``)
            marks position j = i + offset.
        drawn: segment -> what is added wherever it stands.
        carries: what it brings to the decoder: ``""`` nothing, ``segment`` what is to be emitted, ``nasal`` whether a
            nasal was seen, ``after_stop`` whether something after p t k was seen, whatever it is.
    """

    at: Mapping[tuple[str, int], float] = field(default_factory=dict)
    drawn: Mapping[str, float] = field(default_factory=dict)
    carries: str = ""


RESPONDS = Head({("position", 0): 4, ("site", 1): 6}, carries="nasal")
IDLE = Head(RESPONDS.at)
BY_KEYS = Head(RESPONDS.at, carries="after_stop")
INSPECTS = Head({("position", 0): 4, ("after_stop", 1): 6})
NEXT = Head({("position", 1): 3})
COPIES = Head({("position", 0): 5}, carries="segment")


def drawn_to_nasals(score: float = 3) -> Head:
    """A head drawn to nasals wherever they are."""
    return Head(drawn=dict.fromkeys(NASALS, score))


HEADS = (RESPONDS, INSPECTS, drawn_to_nasals(), NEXT, COPIES)


@dataclass(frozen=True)
class Cue:
    """What tells the encoder that p t k are to become nasals.

    Attributes:
        offset: where it looks for it, so many segments after p t k; where there is none, at EOS.
        segments: what it is; default the triggers of the change.
        forbids: p t k become nasals unless it is there.
    """

    offset: int = 1
    segments: Collection[str] = ()  # those of the change
    forbids: bool = False


def hand_set_model(
    folder: Path,
    heads: Sequence[Head] = HEADS,
    assimilates: Collection[str] = ("decoder",),
    cue: Cue | None = None,
    name: str = "hand_set.pt",
    change: Change | None = None,
) -> Path:
    """Make the model for a data folder of ``fairseq-phonology prepare``, as an ordinary fairseq checkpoint.

    Args:
        folder: of the data; it has ``bin`` with dictionaries, train and valid.
        heads: the cross-attention's, in their order.
        assimilates: which side turns p t k into m n ŋ: ``decoder``, from what the heads that carry ``nasal`` have seen;
            ``encoder``, from its own second head; with both, either suffices.
        cue: what that head looks for; default a nasal that follows.
        name: of the checkpoint, in ``folder``.
        change: what is done; default nasalization.
    """
    weights = _Model(*symbols(folder), heads, change or Change())
    weights.set_encoder("encoder" in assimilates, cue or Cue())
    weights.set_decoder("decoder" in assimilates)
    return weights.save(folder, name)


class _Model(Parameters):
    """The parameters of the model that the module's docstring describes."""

    def __init__(
        self, underlying: Mapping[str, int], surface: Mapping[str, int], heads: Sequence[Head], change: Change
    ):
        self.ur, self.sr, self.given, self.change = underlying, surface, heads, change
        outcomes = change.outcomes
        self.into = Stream(
            **{"segment": len(self.ur), "position": POSITIONS, "prev_stop": 1, "cue": 1},
            **{"site": POSITIONS, "after_stop": POSITIONS, "nasalized": len(outcomes)},
        )
        self.out = Stream(step=POSITIONS, copied=len(self.sr), nasal_seen=1)
        widest = max(len(self.ur), len(self.sr), POSITIONS) + 1
        super().__init__((self.into, self.out), (4, len(heads)), widest, hidden=2 * POSITIONS + len(outcomes))

    def set_encoder(self, assimilates: bool, cue: Cue) -> None:
        into, stops = self.into, [self.ur[s] for s in self.change.outcomes]
        nasals = [self.ur[s] for s in self.change.triggers]
        self.embed("encoder", len(self.ur), {n: into("segment", n) for n in range(len(self.ur))}, into, "position")
        first, second = self.attention("encoder.layers.0.self_attn")[:2]
        for head, offset in ((first, -1), (second, cue.offset)):
            for n in range(POSITIONS):
                head.query(n, into("position", n))
                if 0 <= n + offset < POSITIONS:
                    head.key(n, into("position", n + offset), SHARP)
            head.query(POSITIONS, None)
            head.key(POSITIONS, into("segment", self.ur[EOS]), SHARP / 2)  # where there is no neighbor
        first.carry([into("segment", n) for n in stops], into("prev_stop"))
        second.carry([into("segment", self.ur[s]) for s in cue.segments or self.change.triggers], into("cue"))

        units: list[Unit] = []
        for n in range(POSITIONS):
            here = {into("prev_stop"): 1.0, into("position", n): 1.0}
            units.append((here, -1.0, {into("after_stop", n): 1.0}))
            units.append((here | {into("segment", m): 1.0 for m in nasals}, -2.0, {into("site", n): 1.0}))
        for number, stop in enumerate(stops if assimilates else ()):
            reads = {into("segment", stop): 1.0, into("cue"): -1.0 if cue.forbids else 1.0}
            units.append((reads, 0.0 if cue.forbids else -1.0, {into("nasalized", number): 1.0}))
        self.feed_forward("encoder.layers.0", units)

    def set_decoder(self, assimilates: bool) -> None:
        into, out = self.into, self.out
        self.embed("decoder", len(self.sr), {}, out, "step")
        for given, head in zip(self.given, self.attention("decoder.layers.0.encoder_attn"), strict=True):
            for n in range(POSITIONS):
                head.query(n, out("step", n))
                for (block, offset), score in given.at.items():
                    if 0 <= n + offset < POSITIONS:
                        head.key(n, into(block, n + offset), score)
            head.query(POSITIONS, None)
            for symbol, score in given.drawn.items():
                head.key(POSITIONS, into("segment", self.ur[symbol]), score)
            if given.carries == "nasal":
                head.carry([into("segment", self.ur[s]) for s in self.change.triggers], out("nasal_seen"))
            if given.carries == "after_stop":
                head.carry([into("after_stop", n) for n in range(POSITIONS)], out("nasal_seen"))
            if given.carries == "segment":
                self._carry_segments(head)

        units: list[Unit] = []
        for stop, nasal in self.change.outcomes.items() if assimilates else ():
            # seen and copied with weights of .8 and more: the sum is over 1.35 only where both are there
            reads = {out("copied", self.sr[stop]): 1.0, out("nasal_seen"): 1.0}
            writes = {out("copied", self.sr[stop]): -4.0, out("copied", self.sr[nasal]): 4.0}
            units.append((reads, -1.35, writes))
        self.feed_forward("decoder.layers.0", units)
        self.emit(len(self.sr), {n: out("copied", n) for n in range(len(self.sr))})

    def _carry_segments(self, head: HeadWeights) -> None:
        for symbol, n in self.ur.items():
            if symbol in self.sr:
                head.carry([self.into("segment", n)], self.out("copied", self.sr[symbol]))
        for number, (stop, nasal) in enumerate(self.change.outcomes.items()):
            marked = self.into("nasalized", number)
            head.carry([marked], self.out("copied", self.sr[stop]), -1.0)
            head.carry([marked], self.out("copied", self.sr[nasal]))
