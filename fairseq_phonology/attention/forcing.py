"""Forced decoding: words with given SRs, with attention kept, edges knocked out, or keys and values exchanged.

The encoder runs once for each distinct UR and set of its interventions in a batch; all decoder runs share its output.
Words that give keys and values run in the batch of those that take them.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np
import torch
from fairseq.data import Dictionary
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ..corpus.batches import parts
from ..errors import NOT_FINITE, InputError
from ..loading.scores import scores_of
from .capture import capture
from .edges import Edge, Exchange, Forced, Run
from .intervened import intervened
from .multihead import MODULES, attention_modules
from .places import starts_of
from .record import AttentionRecord

_MOST_WORKERS = 8

_Change = TypeVar("_Change", Edge, Exchange)
Word = tuple[str, tuple[str, ...], tuple[str, ...]]  # id, UR, SR


class Forcing:
    """One model under forced decoding.

    Args:
        model: of the transformer family; it is put into evaluation mode and otherwise left as it is.
        source: dictionary of the underlying side.
        target: dictionary of the surface side.
        batch_size: runs in one pass of the decoder, fewer of long words.
        workers: how many copies of the model work side by side; None: on a CPU as many as torch uses threads, which
            for models of this size is several times quicker than to have the threads share every product.

    Raises:
        InputError: an architecture without multi-head attention, of which nothing can be knocked out.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        source: Dictionary,
        target: Dictionary,
        batch_size: int = 1024,
        workers: int | None = None,
    ):
        self.sizes = {}
        for kind in MODULES:
            modules = attention_modules(model, kind)
            self.sizes[kind] = (len(modules), modules[0].num_heads)  # layers, heads
        self.source, self.target, self.batch_size = source, target, batch_size
        self.device = next(model.parameters()).device
        threads = torch.get_num_threads() if self.device.type == "cpu" else 1
        self.workers = workers or min(threads, _MOST_WORKERS)
        self._models = [model.eval()]
        self._positions = {"UR": model.encoder.max_positions(), "SR": model.decoder.max_positions()}
        self._known: dict[tuple[str, tuple[str, ...]], np.ndarray] = {}

    def check(self, ur: tuple[str, ...], sr: tuple[str, ...]) -> None:
        """Can the model be given this UR and this SR?

        Raises:
            InputError: a symbol that a dictionary lacks; more segments than the model has positions for.
        """
        self._symbols("UR", ur)
        self._symbols("SR", sr)

    def force_all(self, batches: Sequence[Sequence[Run]]) -> list[Forced]:
        """`force` for each of several batches, some of them at a time; how many makes no difference to what is found.

        Raises:
            InputError: as `force`.
        """
        workers = min(self.workers, len(batches))
        if workers < 2:
            return [self.force(runs) for runs in batches]
        while len(self._models) < workers:  # knock-outs change the model they work on
            self._models.append(copy.deepcopy(self._models[0]))

        def work(worker: int) -> list[Forced]:
            return [self.force(runs, worker) for runs in batches[worker::workers]]

        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with ThreadPoolExecutor(workers) as pool:
                parts = list(pool.map(work, range(workers)))
        finally:
            torch.set_num_threads(threads)
        return [parts[n % workers][n // workers] for n in range(len(batches))]

    @torch.no_grad()
    def force(self, runs: Sequence[Run], worker: int = 0) -> Forced:
        """Run words; neighbors with the same UR and interventions on the encoder share a pass of the encoder.

        Raises:
            InputError: a symbol that a dictionary lacks; edges beyond a word, or all keys of a query; an exchange
                without a donor, or with one of another length.
        """
        log_odds = np.full(len(runs), np.nan, np.float32)
        hypotheses = np.full((len(runs), max((len(run.sr) + 1 for run in runs), default=0)), -1, np.int32)
        first = 0
        for some in parts(runs, lambda run: max(len(run.ur), len(run.sr)) + 1, self.batch_size):
            scores = self._scores(self._models[worker], some)
            place = slice(first, first := first + len(some))
            log_odds[place] = self._log_odds(scores, some)
            hypotheses[place, : scores.shape[1]] = self._choices(scores, some)
        return Forced(log_odds, hypotheses)

    def _scores(self, model: torch.nn.Module, runs: Sequence[Run]) -> Tensor:
        """Of every symbol at every step, up to what all symbols of a step have in common.  # runs x steps x symbols"""
        for run in runs:
            run.check()
        asked, (runs, donors) = len(runs), _with_donors(runs)
        owners, states, starts = self._encoded(model, runs)
        srs = [self._symbols("SR", run.sr) for run in runs]
        # no step attends to those beyond a word's end: any symbol will do
        previous = np.full((len(runs), 1 + max(map(len, srs))), self.target.eos())
        for row, symbols in zip(previous, srs, strict=True):
            row[1 : len(symbols) + 1] = symbols
        edges = [_of_kinds(run.edges, "cross", "decoder") for run in runs]
        exchanges = [_of_kinds(run.exchanges, "cross", "decoder") for run in runs]
        with intervened(model, edges, starts[owners], exchanges=exchanges, donors=donors):
            decoded = model.decoder(torch.as_tensor(previous, device=self.device), encoder_out=states)
        return scores_of(model, decoded).float()[:asked]

    def _encoded(self, model: torch.nn.Module, runs: Sequence[Run]) -> tuple[Tensor, dict[str, list[Tensor]], Tensor]:
        """Number of each run's pass of the encoder, what the encoder gives each run, the words' starts in each pass."""
        numbers: dict[_Pass, int] = {}
        owners = [numbers.setdefault(_pass(run), len(numbers)) for run in runs]
        givers = [numbers.setdefault(_Pass(one.donor), len(numbers)) if one.donor else None for one in list(numbers)]
        givers += [None] * (len(numbers) - len(givers))
        urs = [self._symbols("UR", one.ur) for one in numbers]
        lengths = np.array([len(ur) + 1 for ur in urs])
        # padded on the left, as fairseq trains
        source = np.full((len(urs), lengths.max()), self.source.pad())
        for row, ur in zip(source, urs, strict=True):
            row[len(row) - len(ur) - 1 : -1] = ur
        source[:, -1] = self.source.eos()
        tokens, owner = torch.as_tensor(source, device=self.device), torch.tensor(owners, device=self.device)
        starts = starts_of(tokens, self.source.pad())
        exchanges = [one.exchanges for one in numbers]
        with intervened(model, [one.edges for one in numbers], starts, exchanges=exchanges, donors=givers):
            states = model.encoder(tokens, src_lengths=torch.as_tensor(lengths, device=self.device))
        # the layers' states are not used, and would be copied for every run
        states = model.encoder.reorder_encoder_out({**states, "encoder_states": []}, owner)
        return owner, states, starts

    def _log_odds(self, scores: Tensor, runs: Sequence[Run]) -> np.ndarray:
        compared = [n for n, run in enumerate(runs) if run.gold and run.other]
        if not compared:
            return np.full(len(runs), np.nan, np.float32)
        steps = [runs[n].step for n in compared]
        gold, other = (
            [self.number(symbol) for symbol in symbols]
            for symbols in ([runs[n].gold for n in compared], [runs[n].other for n in compared])
        )
        found = np.full(len(runs), np.nan, np.float32)
        found[compared] = (scores[compared, steps, gold] - scores[compared, steps, other]).cpu().numpy()
        if not np.isfinite(found[compared]).all():
            raise InputError(NOT_FINITE)
        return found

    def _choices(self, scores: Tensor, runs: Sequence[Run]) -> np.ndarray:
        scores[..., self.target.pad()] = -torch.inf
        scores[:, 0, self.target.eos()] = -torch.inf
        choices = scores.argmax(-1).cpu().numpy()
        ends = np.array([len(run.sr) for run in runs])
        choices[np.arange(choices.shape[1]) > ends[:, None]] = -1
        return choices

    def number(self, symbol: str) -> int:
        """Of a symbol of an SR; ``</s>`` ends a word.

        Raises:
            InputError: the dictionary lacks it.
        """
        return int(self._symbols("SR", (symbol,))[0])

    def _symbols(self, side: str, segments: tuple[str, ...]) -> np.ndarray:
        if (side, segments) not in self._known:
            dictionary = self.source if side == "UR" else self.target
            unknown = [segment for segment in segments if segment not in dictionary]
            if unknown:
                raise InputError(
                    f"the {side} {' '.join(segments)} has {' '.join(dict.fromkeys(unknown))}, which the model does not "
                    f"have; it has: {' '.join(dictionary.symbols[dictionary.nspecial :])}"
                )
            room = self._positions[side] - 1  # EOS needs one
            if len(segments) > room:
                raise InputError(
                    f"the {side} {' '.join(segments)} is longer than the {room} segments that the model has room for"
                )
            self._known[side, segments] = np.array([dictionary.index(segment) for segment in segments])
        return self._known[side, segments]


class _Pass(NamedTuple):
    """One pass of the encoder: what runs must have in common to share it."""

    ur: tuple[str, ...]
    edges: tuple[Edge, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    donor: tuple[str, ...] = ()


def _pass(run: Run) -> _Pass:
    exchanges = _of_kinds(run.exchanges, "encoder")
    return _Pass(run.ur, _of_kinds(run.edges, "encoder"), exchanges, run.donor[0] if exchanges else ())


def _of_kinds(some: tuple[_Change, ...], *kinds: str) -> tuple[_Change, ...]:
    return tuple(one for one in some if one.kind in kinds) if some else ()


def _with_donors(runs: Sequence[Run]) -> tuple[list[Run], list[int | None]]:
    """The runs, then those that give keys and values to decoders and are not among them; number of each run's donor."""
    rows = {(run.ur, run.sr): n for n, run in reversed([*enumerate(runs)]) if not (run.edges or run.exchanges)}
    together, donors = [*runs], []
    for run in runs:
        if not _of_kinds(run.exchanges, "cross", "decoder"):
            donors.append(None)
            continue
        if run.donor not in rows:
            rows[run.donor] = len(together)
            together.append(Run(*run.donor))
        donors.append(rows[run.donor])
    return together, [*donors, *[None] * (len(together) - len(runs))]


def forced_records(
    model: torch.nn.Module,
    source: Dictionary,
    target: Dictionary,
    words: Sequence[Word],
    kinds: Collection[str],
    batch_size: int = 1024,
) -> Iterator[AttentionRecord]:
    """One record of each word, short words first; its ``row`` is the word's number among those given.

    Args:
        model: in evaluation mode; left as it is.
        source, target: its dictionaries; they have every segment of the words.
        words: id, UR and the SR that is given to the decoder.
        kinds: of attention that are recorded.
        batch_size: words in one pass, fewer of long words.

    Raises:
        InputError: the model has no such attention, or computes weights that are not finite.
    """
    device = next(model.parameters()).device
    order = sorted(range(len(words)), key=lambda n: (len(words[n][1]), len(words[n][2]), n))
    for some in parts(order, lambda n: max(len(words[n][1]), len(words[n][2])) + 1, batch_size):
        urs, srs = (
            [_tensor(side, words[n][place], device) for n in some] for side, place in ((source, 1), (target, 2))
        )
        lengths = torch.tensor([len(ur) for ur in urs], device=device)
        # padded on the left, as fairseq trains
        tokens = pad_sequence([ur.flip(0) for ur in urs], batch_first=True, padding_value=source.pad()).flip(1)
        captured = capture(
            *(model, {"src_tokens": tokens, "src_lengths": lengths}, srs, range(len(some)), tuple(kinds)),
            eos=target.eos(),
            pad=source.pad(),
        )
        for n, found in zip(some, captured, strict=True):
            name, ur, sr = words[n]
            yield AttentionRecord(name, n, 0, ur, sr, sr, found.log_probs, **found.weights)


def _tensor(dictionary: Dictionary, segments: tuple[str, ...], device: torch.device) -> Tensor:
    """EOS last."""
    return torch.tensor([*map(dictionary.index, segments), dictionary.eos()], device=device)
