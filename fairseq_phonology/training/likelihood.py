"""How probable SRs are, given URs: of one model, or of an ensemble, whose probabilities are averaged at every step.

What fairseq computes with ``--score-reference``, of many SRs for each UR: the encoder runs once for each distinct UR.
"""

from __future__ import annotations

import itertools
import math
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from fairseq.data import Dictionary
from torch import Tensor

from ..corpus.batches import parts
from ..errors import NOT_FINITE, InputError
from .checkpoints.loaded import Loaded, one_thread
from .predictions import finite_scores

Segments = tuple[str, ...]
Progress = Callable[[int], Any]
WIDER = 10  # by so much a beam is wider than the forms that are asked for
# of a model that never stops: no SR is longer than 2 x its UR, EOS included, + 50
GENERATION = {"max_len_a": 2, "max_len_b": 50}


@dataclass(frozen=True)
class Scored:
    """What a model gives to one SR.

    Attributes:
        steps: natural logarithm of the probability of each segment, then of the end of the word.
        greedy: is every segment alone the most probable at its step, so that greedy decoding yields this SR?
    """

    steps: np.ndarray
    greedy: bool

    @property
    def log_prob(self) -> float:
        """Of the whole form, its end included."""
        return float(self.steps.sum(dtype=np.float64))


class Likelihood:
    """One model, or an ensemble.

    Args:
        models: of one pair of dictionaries.
        batch_size: SRs in one pass of the decoder, and URs in one of the encoder; fewer of long words.

    Raises:
        InputError: the models of an ensemble have other dictionaries.
    """

    def __init__(self, models: Sequence[Loaded], batch_size: int = 128):
        first = models[0]
        for other in models[1:]:
            if (first.source.symbols, first.target.symbols) != (other.source.symbols, other.target.symbols):
                name, their = first.facts["checkpoint"], other.facts["checkpoint"]
                raise InputError(f"an ensemble needs models of the same dictionaries; {name} and {their} have others")
        self.models, self.task, self.batch_size = [one.model for one in models], first.task, batch_size
        self.source, self.target = first.source, first.target
        self.device = next(first.model.parameters()).device
        self._left = bool(getattr(first.task.cfg, "left_pad_source", True))
        self._positions = {
            "UR": min(model.encoder.max_positions() for model in self.models),
            "SR": min(model.decoder.max_positions() for model in self.models),
        }

    def check(self, ur: Segments, sr: Segments) -> None:
        """Can the model be given this UR and this SR?

        Raises:
            InputError: a segment that a dictionary lacks; more segments than the model has positions for.
        """
        for side, form, dictionary in (("UR", ur, self.source), ("SR", sr, self.target)):
            # <unk>, </s> and their like stand for no segment
            unknown = dict.fromkeys(segment for segment in form if dictionary.index(segment) < dictionary.nspecial)
            if unknown:
                raise InputError(
                    f"the {side} {' '.join(form)} has {' '.join(unknown)}, which the model does not have; it has: "
                    f"{' '.join(dictionary.symbols[dictionary.nspecial :])}"
                )
            room = self._positions[side] - 1  # the end of the word needs one
            if len(form) > room:
                raise InputError(
                    f"the {side} {' '.join(form)} is longer than the {room} segments that the model has room for"
                )

    def score(self, words: Sequence[tuple[Segments, Segments]], progress: Progress = lambda n: None) -> list[Scored]:
        """What the model gives to each SR.

        Args:
            words: pairs of UR and SR that `check` lets through.
            progress: called with a number of words whenever that many more are done.

        Raises:
            InputError: the model computes numbers that are not finite.
        """
        by_ur: dict[Segments, list[int]] = {}
        for n, (ur, _) in enumerate(words):
            by_ur.setdefault(ur, []).append(n)
        found: list[Scored | None] = [None] * len(words)

        def work(urs: list[Segments]) -> None:
            numbers = [(owner, n) for owner, ur in enumerate(urs) for n in by_ur[ur]]
            numbers.sort(key=lambda one: len(words[one[1]][1]))
            states = self._encoded(urs)
            for some in parts(numbers, lambda one: max(map(len, words[one[1]])) + 1, self.batch_size):
                owners, rows = zip(*some, strict=True)
                for n, scored in zip(rows, self._scored(states, owners, [words[n][1] for n in rows]), strict=True):
                    found[n] = scored
                progress(len(some))

        self._each(work, list(self._batches(by_ur)))
        return found

    def generate(
        self, urs: Sequence[Segments], nbest: int = 0, progress: Progress = lambda n: None
    ) -> list[list[Segments]]:
        """The model's own SRs of each UR, of fairseq's generator.

        Args:
            urs: that `check` lets through.
            nbest: as many of the most probable SRs, by the probability of the whole form (fairseq's own order is by
                that of a segment), that a beam wider by `WIDER` finds: fairseq's search ends with as many forms as the
                beam is wide, and the short ones end first. 0 for the greedy one alone, ``<unk>`` included.
            progress: as of `score`.
        """
        most = len(self.target) // 2  # fairseq ranks twice as many symbols
        wide = max(nbest, min(nbest + WIDER, most)) if nbest else 1
        asked = Namespace(beam=wide, nbest=wide, unnormalized=True, **GENERATION)
        generator = self.task.build_generator(self.models, asked)
        found: dict[Segments, list[Segments]] = {}
        outside = {self.target.eos(), self.target.pad()}
        special = set(self.target.symbols[: self.target.nspecial])  # <unk> stands for no segment: it is no candidate
        different = sorted(dict.fromkeys(urs), key=len)
        # of one length at a time: the generator's limit is that of the longest
        alike = [self._batches(list(some)) for _, some in itertools.groupby(different, key=len)]
        for some in itertools.chain.from_iterable(alike):
            sample = {"id": torch.arange(len(some)), "net_input": self._input(some)}
            with one_thread(self.device.type), finite_scores():
                ranked = self.task.inference_step(generator, self.models, sample, prefix_tokens=None)
            for ur, hypotheses in zip(some, ranked, strict=True):
                forms = [[s for s in one["tokens"].tolist() if s not in outside] for one in hypotheses]
                forms = [tuple(map(self.target.symbols.__getitem__, form)) for form in forms]
                known = [form for form in dict.fromkeys(forms) if not (nbest and special.intersection(form))]
                found[ur] = known[: nbest or 1]
            progress(len(some))
        return [found[ur] for ur in urs]

    def _batches(self, urs: Sequence[Segments]) -> Iterator[list[Segments]]:
        """Long URs first: those of a batch are about as long, and in the order that recurrent encoders need."""
        return parts(sorted(urs, key=lambda ur: (-len(ur), ur)), lambda ur: len(ur) + 1, self.batch_size)

    def _each(self, work: Callable[[list[Segments]], None], batches: list[list[Segments]]) -> None:
        """On a CPU several batches at a time, each on one thread: torch's threads would gain little on such models."""
        threads = torch.get_num_threads()
        if self.device.type != "cpu" or min(threads, len(batches)) < 2:
            for batch in batches:
                work(batch)
            return
        torch.set_num_threads(1)
        try:
            with ThreadPoolExecutor(min(threads, len(batches))) as pool:
                for _ in pool.map(work, batches):
                    pass
        finally:
            torch.set_num_threads(threads)

    def _input(self, urs: Sequence[Segments]) -> dict[str, Tensor]:
        """Padded on the side that the model was trained with."""
        tokens, lengths = self._padded(self.source, urs, self._left)
        return {"src_tokens": tokens, "src_lengths": lengths}

    def _padded(self, dictionary: Dictionary, forms: Sequence[Segments], left: bool = False) -> tuple[Tensor, Tensor]:
        """The symbols of some forms, EOS last, and how many each has."""
        lengths = np.array([len(form) + 1 for form in forms])
        symbols = np.full((len(forms), lengths.max()), dictionary.pad())
        for row, form, length in zip(symbols, forms, lengths, strict=True):
            row[len(row) - length if left else 0 :][:length] = [*map(dictionary.index, form), dictionary.eos()]
        return torch.as_tensor(symbols, device=self.device), torch.as_tensor(lengths, device=self.device)

    @torch.no_grad()
    def _encoded(self, urs: Sequence[Segments]) -> list[Any]:
        given = self._input(urs)
        return [model.encoder(given["src_tokens"], src_lengths=given["src_lengths"]) for model in self.models]

    @torch.no_grad()
    def _scored(self, states: list[Any], owners: Sequence[int], srs: Sequence[Segments]) -> Iterator[Scored]:
        eos, pad = self.target.eos(), self.target.pad()
        target, lengths = self._padded(self.target, srs)
        previous = target.roll(1, 1)
        previous[:, 0] = eos
        # what stands behind the end of a word was its end, or padding: no step before attends to it
        owner = torch.tensor(owners, device=self.device)
        log_probs = [
            model.get_normalized_probs(
                model.decoder(previous, encoder_out=_of_owners(model.encoder, state, owner)), log_probs=True
            ).float()
            for model, state in zip(self.models, states, strict=True)
        ]
        mean = log_probs[0]
        if len(log_probs) > 1:
            mean = torch.logsumexp(torch.stack(log_probs), 0) - math.log(len(log_probs))
        of_target = mean.gather(2, target.unsqueeze(2)).squeeze(2)
        mean[..., pad] = -torch.inf
        mean[:, 0, eos] = -torch.inf  # no generator of fairseq gives an empty word
        inside = target != pad
        highest, choice = mean.max(2)
        tied = (mean == highest.unsqueeze(2)).sum(2) > 1  # then it is the generator's to choose
        greedy = (((choice == target) & ~tied) | ~inside).all(1).cpu().numpy()
        values = of_target.clamp(max=0).cpu().numpy()
        if not np.isfinite(values[inside.cpu().numpy()]).all():
            raise InputError(NOT_FINITE)
        for row, right, length in zip(values, greedy, lengths.tolist(), strict=True):
            yield Scored(row[:length].astype(float), bool(right))


def _of_owners(encoder: torch.nn.Module, states: Any, owner: Tensor) -> Any:
    """What the encoder gave the UR of each SR; ``states`` stay as they are, which not every encoder would leave so."""
    if isinstance(states, dict):
        states = dict(states)
        if "encoder_states" in states:  # of a Transformer's layers: not used, and copied for every SR
            states["encoder_states"] = []
    return encoder.reorder_encoder_out(states, owner)
