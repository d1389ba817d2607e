"""A second Transformer set by hand, for a progressive process: what it needs it reads in the UR, or in its output.

It reads a UR of at most `LONGEST` segments and emits its SR; o u become ø y after ø y (`FRONTED`), over whatever stands
between. No word has ø y after its o u, so that the heads need not tell before from after. One layer of encoder, which
only says what stands where; two of decoder, for a head cannot ask for a trigger before it is known that the target is
one. Nothing is inserted or deleted, so that decoder step i emits what segment i becomes. How features are written:
`hand_set_parameters`.

=============== ======================================================================================================
encoder         ``segment`` and ``position``, one-hot, from the embeddings
decoder         ``said``, one-hot, the segment of the step before, from its input; ``step``, one-hot
layer 1         cross-attention's first head copies segment i: ``copied``
layer 2,        head 1, if it attends to the trigger: score 4 for its own input, and 6 for ø y that were said if o or u
self-attention  was copied; carries whether it saw ø or y: ``seen``. Head 2: 3 for ø y that were said, whoever looks
layer 2,        head 1, if it attends to the trigger: score 4 for segment i, and 6 for ø y if o or u was copied; carries
cross-attention the same. Head 2: 3 for segment i + 1
feed-forward    o that was copied, and ø y that were seen: ø instead, no more of it if they were seen twice
=============== ======================================================================================================

Heads 3 look everywhere alike, and so do all that do not attend, or have not been told anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from tests.helpers.hand_set_parameters import POSITIONS, SHARP, Parameters, Stream, Unit, symbols

FRONTED = {"o": "ø", "u": "y"}
FRONT = tuple(FRONTED.values())
WAYS = ("cross", "decoder")  # kinds of attention by which the trigger can be read
_HEADS = 3  # in each attention of the decoder


def harmony_model(
    folder: Path, reads: Collection[str], attends: Collection[str] = WAYS, name: str = "harmony.pt"
) -> Path:
    """Make the model for a data folder of ``fairseq-phonology prepare``, as an ordinary fairseq checkpoint.

    Args:
        folder: of the data; it has ``bin`` with dictionaries, train and valid.
        reads: those of `WAYS` whose head 2.1 carries what it sees; with both, either suffices.
        attends: those whose head 2.1 looks at the trigger; the other looks everywhere alike.
        name: of the checkpoint, in ``folder``.
    """
    weights = _Model(*symbols(folder))
    weights.set_encoder()
    weights.set_decoder(reads, attends)
    return weights.save(folder, name)


class _Model(Parameters):
    """The parameters of the model that the module's docstring describes."""

    def __init__(self, underlying: Mapping[str, int], surface: Mapping[str, int]):
        self.ur, self.sr = underlying, surface
        self.into = Stream(segment=len(self.ur), position=POSITIONS)
        self.out = Stream(said=len(self.sr), step=POSITIONS, copied=len(self.sr), seen=1)
        widest = max(len(self.ur), POSITIONS) + 2
        super().__init__((self.into, self.out), (_HEADS, _HEADS), widest, hidden=2 * len(FRONTED), decoder_layers=2)

    def set_encoder(self) -> None:
        self.embed(
            "encoder", len(self.ur), {n: self.into("segment", n) for n in self.ur.values()}, self.into, "position"
        )

    def set_decoder(self, reads: Collection[str], attends: Collection[str]) -> None:
        into, out = self.into, self.out
        self.embed("decoder", len(self.sr), {n: out("said", n) for n in self.sr.values()}, out, "step")
        copies = self.attention("decoder.layers.0.encoder_attn")[0]
        for n in range(POSITIONS):
            copies.query(n, out("step", n))
            copies.key(n, into("position", n), SHARP)
        for symbol in self.ur.keys() & self.sr.keys():
            copies.carry([into("segment", self.ur[symbol])], out("copied", self.sr[symbol]))

        self._set_readers("decoder", "decoder.layers.1.self_attn", "decoder" in reads, "decoder" in attends)
        self._set_readers("cross", "decoder.layers.1.encoder_attn", "cross" in reads, "cross" in attends)
        units: list[Unit] = []
        for back, front in FRONTED.items():
            both = {out("copied", self.sr[back]): 2.0, out("seen"): 1.0}
            # copied, and seen by one head with a weight of .8, or by two: over 2.75, and never more than .4 passes
            for threshold, weight in ((-2.35, 4.0), (-2.75, -4.0)):
                writes = {out("copied", self.sr[back]): -weight, out("copied", self.sr[front]): weight}
                units.append((both, threshold, writes))
        self.feed_forward("decoder.layers.1", units)
        self.emit(len(self.sr), {n: out("copied", n) for n in self.sr.values()})

    def _set_readers(self, kind: str, module: str, carries: bool, attends: bool) -> None:
        """The heads of layer 2 that look for the trigger: in the UR, or in what has been said."""
        first, second, _ = self.attention(module)
        out, cross = self.out, kind == "cross"
        fronts = [self.into("segment", self.ur[s]) if cross else out("said", self.sr[s]) for s in FRONT]
        if attends:
            for n in range(POSITIONS):
                first.query(n, out("step", n))
                first.key(n, self.into("position", n) if cross else out("step", n), 4)
            for back in FRONTED:
                first.query(POSITIONS, out("copied", self.sr[back]))
            for front in fronts:
                first.key(POSITIONS, front, 6)
        if carries:
            first.carry(fronts, out("seen"))
        if cross:
            for n in range(POSITIONS - 1):
                second.query(n, out("step", n))
                second.key(n, self.into("position", n + 1), 3)
        else:
            second.query(0, None)
            for front in fronts:
                second.key(0, front, 3)
