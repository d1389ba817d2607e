"""Parameters of a fairseq Transformer, written feature by feature; `hand_set` and `hand_set_harmony` say which.

*The stream.* Every position carries blocks of features, each feature f as the pair (f, -f), so that the mean is 0, and
one constant `BALLAST` so large that it alone makes the variance. Each layer norm, its gain set to the ballast's
standard deviation, then leaves all features as they are (to 1e-5). What is not set is 0: a head without queries looks
everywhere alike, one without values brings nothing, and a layer without either only hands on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from tests.helpers import toy

BALLAST = 1000.0
PAD = 1  # fairseq's dictionaries: <s>, <pad>, </s>, <unk>; the first position is PAD + 1
EOS = "</s>"
LONGEST = 15  # segments, without EOS
POSITIONS = LONGEST + 1
SHARP = 16.0  # score of a head that looks at one place only: 1e-6 elsewhere
CERTAIN = 15.0  # logits of the output for each unit of a segment that is carried

Unit = tuple[Mapping[int, float], float, Mapping[int, float]]  # what it reads, its bias, what it writes


def symbols(folder: Path) -> tuple[dict[str, int], dict[str, int]]:
    """Underlying and surface symbols of a data folder, with their numbers."""
    found = []
    for side in ("ur", "sr"):
        lines = (folder / "bin" / f"dict.{side}.txt").read_text(encoding="utf-8").splitlines()
        every = ["<s>", "<pad>", EOS, "<unk>", *(line.rsplit(" ", 1)[0] for line in lines)]
        found.append({symbol: n for n, symbol in enumerate(every)})
    return found[0], found[1]


class Stream:
    """Named blocks of features; the first half of the embedding holds them, the second their negatives."""

    def __init__(self, **sizes: int):
        self.blocks, self.size = {}, 0
        for block, size in {**sizes, "ballast": 1}.items():
            self.blocks[block] = range(self.size, self.size + size)
            self.size += size

    def __call__(self, block: str, number: int = 0) -> int:
        return self.blocks[block][number]


class Parameters:
    """Those that are not zero, under fairseq's names.

    Args:
        streams: of encoder and decoder.
        heads: of each attention, in encoder and decoder.
        widest: what a head compares or carries at most.
        hidden: of the feed-forward layers.
        decoder_layers: the encoder has one.
    """

    def __init__(
        self, streams: Sequence[Stream], heads: tuple[int, int], widest: int, hidden: int, decoder_layers: int = 1
    ):
        multiple = math.lcm(2, *heads)
        least = max(*(2 * stream.size for stream in streams), *(number * widest for number in heads))
        self.width, self.hidden = multiple * math.ceil(least / multiple), hidden
        self.heads, self.decoder_layers = heads, decoder_layers
        self.set: dict[str, Tensor] = {}

    def save(self, folder: Path, name: str) -> Path:
        """An ordinary fairseq checkpoint of that name in the data folder, which has ``bin`` with train and valid."""
        # a run of one update knows best what a checkpoint holds besides
        shape = ["--encoder-normalize-before", "--decoder-normalize-before", "--decoder-layers", self.decoder_layers]
        for side, heads in zip(("encoder", "decoder"), self.heads, strict=True):
            shape += [
                f"--{side}-embed-dim",
                self.width,
                f"--{side}-ffn-embed-dim",
                self.hidden,
                f"--{side}-learned-pos",
            ]
            shape += [f"--{side}-attention-heads", heads]
        shape += ["--max-source-positions", POSITIONS, "--max-target-positions", POSITIONS]
        save_dir = folder / "-".join(map(str, ("run", self.width, self.hidden, *self.heads, self.decoder_layers)))
        if not save_dir.exists():
            toy.train(folder / "bin", save_dir, "--arch", "transformer", *shape, "--max-update", 1, epochs=1)
        state = torch.load(save_dir / "checkpoint_last.pt", weights_only=False)
        state["model"] = self.fill(state["model"])
        state["last_optimizer_state"] = None
        torch.save(state, folder / name)
        return folder / name

    def fill(self, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """All parameters of the model: those set here, layer norms that change nothing, the rest 0."""
        filled = {}
        for name, old in parameters.items():
            found = self.set.pop(name, torch.zeros(old.shape))
            if name.endswith("layer_norm.weight"):
                found = torch.full(old.shape, BALLAST * math.sqrt(2 / self.width))
            assert found.shape == old.shape, f"{name}: {tuple(found.shape)}, not {tuple(old.shape)}"
            filled[name] = found.to(old.dtype) if "version" not in name else old
        assert not self.set, f"the model has no {', '.join(self.set)}"
        return filled

    def embed(self, side: str, size: int, symbols: dict[int, int], stream: Stream, positions: str) -> None:
        """Embeddings: ``symbols``, of ``size`` in the dictionary, have one feature each; so has each position."""
        tokens = torch.zeros(size, self.width)
        for symbol, feature in symbols.items():
            if symbol != PAD:
                self.pair(tokens[symbol], feature, 1 / math.sqrt(self.width))  # fairseq scales embeddings up by this
        places = torch.zeros(POSITIONS + PAD + 1, self.width)
        for n in range(POSITIONS):
            self.pair(places[PAD + 1 + n], stream(positions, n), 1.0)
            self.pair(places[PAD + 1 + n], stream("ballast"), BALLAST)
        self.set |= {f"{side}.embed_tokens.weight": tokens, f"{side}.embed_positions.weight": places}

    def pair(self, row: Tensor, feature: int, value: float) -> None:
        """Add to a feature, and take from its negative."""
        row[feature] += value
        row[feature + self.width // 2] -= value

    def emit(self, size: int, carried: Mapping[int, int]) -> None:
        """The output: ``carried``, of ``size`` symbols in the dictionary, are emitted as far as a feature is there."""
        projection = torch.zeros(size, self.width)
        for symbol, feature in carried.items():
            projection[symbol, feature] = CERTAIN
        self.set["decoder.output_projection.weight"] = projection

    def attention(self, module: str) -> list[HeadWeights]:
        """The heads of one attention, which look everywhere alike and carry nothing until told otherwise."""
        heads = self.heads[module.startswith("decoder")]
        size = self.width // heads
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            self.set[f"{module}.{part}.weight"] = torch.zeros(self.width, self.width)
            self.set[f"{module}.{part}.bias"] = torch.zeros(self.width)
        return [HeadWeights(self, module, n * size, size) for n in range(heads)]

    def feed_forward(self, layer: str, units: Sequence[Unit]) -> None:
        """A feed-forward layer of these units."""
        first, bias = torch.zeros(self.hidden, self.width), torch.zeros(self.hidden)
        second = torch.zeros(self.width, self.hidden)
        for n, (reads, threshold, writes) in enumerate(units):
            bias[n] = threshold
            for feature, weight in reads.items():
                first[n, feature] = weight
            for feature, weight in writes.items():
                self.pair(second[:, n], feature, weight)
        self.set |= {f"{layer}.fc1.weight": first, f"{layer}.fc1.bias": bias, f"{layer}.fc2.weight": second}


class HeadWeights:
    """Rows of one head in the projections of one attention module."""

    def __init__(self, parameters: Parameters, module: str, start: int, size: int):
        self._parameters, self._module, self._start, self._size = parameters, module, start, size
        self._carried: dict[int, int] = {}  # feature written -> dimension of the value

    def _parameter(self, name: str) -> Tensor:
        return self._parameters.set[f"{self._module}.{name}"]

    def query(self, dimension: int, feature: int | None) -> None:
        """One feature asks in this dimension; None: every position does. fairseq scales queries by size ** -.5."""
        if feature is None:
            self._parameter("q_proj.bias")[self._start + dimension] = math.sqrt(self._size)
        else:
            self._parameter("q_proj.weight")[self._start + dimension, feature] = math.sqrt(self._size)

    def key(self, dimension: int, feature: int, score: float) -> None:
        """One feature answers in this dimension with that score."""
        self._parameter("k_proj.weight")[self._start + dimension, feature] += score

    def carry(self, features: Sequence[int], written: int, weight: float = 1.0) -> None:
        """The features, wherever they are seen, add to the feature that is written."""
        dimension = self._start + self._carried.setdefault(written, len(self._carried))
        assert len(self._carried) <= self._size
        for feature in features:
            self._parameter("v_proj.weight")[dimension, feature] += weight
        column = self._parameter("out_proj.weight")[:, dimension]
        if not column.any():
            self._parameters.pair(column, written, 1.0)
