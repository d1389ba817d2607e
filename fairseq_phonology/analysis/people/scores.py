"""What models say of candidates: log-probabilities, shares, ranks; the table ``scores.csv``, written and read.

The table is that of `score`; one that another program made of its own model is read just as well.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...corpus.candidates import Candidate
from ...errors import InputError
from ...files import csv_line, read_csv, write_csv, write_whole, zip_blocks
from ...phonology.grammar import STRATUM
from ...text import cell, count, log_probability, read_number, rounded

Segments = tuple[str, ...]
TABLE = "scores.csv"
END = "</s>"  # of a word, as fairseq writes it
COLUMNS = (
    *("model", "item", "ur", "sr", "variant", "source", "log_prob", "log_prob_per_segment"),
    *("share", "rank", "best", "is_best", "missing"),
)
_NEEDED = ("model", "item", "ur", "sr", "log_prob")


@dataclass(frozen=True, eq=False)
class Scores:
    """The candidates of items, as models have them.

    Attributes:
        models: their names.
        candidates: those of an item in the order of the list.
        log_prob: natural logarithm of P(SR and its end | UR), tags of the UR included.  # models x candidates
        best: each model's own greedy form of each item; empty where it is not known.  # models x items
        steps: natural logarithm of the probability of each segment, then of the end of the word; empty where it is not
            known, as in a table that was read.  # models x candidates, each of segments + 1
    """

    models: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    log_prob: np.ndarray
    best: tuple[tuple[Segments, ...], ...] = ()
    steps: tuple[tuple[np.ndarray, ...], ...] = ()

    @functools.cached_property
    def items(self) -> dict[str, np.ndarray]:
        """Item -> numbers of its candidates, in the order of the first of each."""
        found: dict[str, list[int]] = {}
        for n, one in enumerate(self.candidates):
            found.setdefault(one.item, []).append(n)
        return {item: np.array(numbers) for item, numbers in found.items()}

    @functools.cached_property
    def alternatives(self) -> dict[str, np.ndarray]:
        """Item -> numbers of the candidates that its shares are among: without those that models added by themselves.

        People were not asked about these, and how many there are depends on ``--nbest``.
        """
        return {item: np.array([n for n in own if self.candidates[n].asked], int) for item, own in self.items.items()}

    @functools.cached_property
    def item_numbers(self) -> np.ndarray:
        """The number of each candidate's item in `items`.  # candidates"""
        numbers = {item: n for n, item in enumerate(self.items)}
        return np.array([numbers[one.item] for one in self.candidates], int)

    @functools.cached_property
    def share(self) -> np.ndarray:
        """P(candidate) / sum over the item's `alternatives`; nan where there is a single one, and of all others.

        # models x candidates
        """
        shares = np.full(self.log_prob.shape, math.nan)
        for own in self.alternatives.values():
            if len(own) > 1:
                log_prob = self.log_prob[:, own]
                shares[:, own] = np.exp(log_prob - np.logaddexp.reduce(log_prob, axis=1, keepdims=True))
        return shares

    @functools.cached_property
    def log_odds(self) -> np.ndarray:
        """Of each `share`, exact near 0 and 1.  # models x candidates"""
        found = np.full(self.log_prob.shape, math.nan)
        for own in self.alternatives.values():
            for at, n in enumerate(own if len(own) > 1 else ()):
                others = np.delete(own, at)
                found[:, n] = self.log_prob[:, n] - np.logaddexp.reduce(self.log_prob[:, others], axis=1)
        return found

    @functools.cached_property
    def missing(self) -> np.ndarray:
        """1 - sum of the probabilities of an item's candidates: what the model gives to all other forms, 0 or more.

        # models x items
        """
        return np.maximum(-np.expm1(self._log_sums), 0.0)

    @functools.cached_property
    def per_segment(self) -> np.ndarray:
        """Log-probability / (segments of the SR + 1): the end of the word counts as one.  # models x candidates"""
        return self.log_prob / (1 + np.array([len(one.sr) for one in self.candidates]))

    @functools.cached_property
    def rank(self) -> np.ndarray:
        """1 for the most probable of an item's candidates; those that tie have the same.  # models x candidates"""
        ranks = np.empty(self.log_prob.shape, int)
        places = np.arange(len(self.candidates))
        for row, log_probs in zip(ranks, self.log_prob, strict=True):
            order = np.lexsort((-log_probs, self.item_numbers))
            item, value = self.item_numbers[order], log_probs[order]
            begins = np.r_[True, item[1:] != item[:-1]]
            above = np.r_[True, value[1:] != value[:-1]] | begins
            first, leader = (np.maximum.accumulate(np.where(where, places, 0)) for where in (begins, above))
            row[order] = 1 + leader - first
        return ranks

    @functools.cached_property
    def is_best(self) -> np.ndarray:
        """Is the candidate the model's own greedy form?  # models x candidates"""
        pairs = list(zip(self.item_numbers, (one.sr for one in self.candidates), strict=True))
        return np.array([[forms[item] == sr for item, sr in pairs] for forms in self.best or [[()] * len(self.items)]])

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants, in the order of the list; none where the list does not say them."""
        return tuple(dict.fromkeys(one.variant for one in self.candidates if one.variant))

    def item_shares(self, variant: str = "") -> tuple[list[str], np.ndarray]:
        """How much of each item goes to one variant, where its `alternatives` have such a candidate and another.

        Args:
            variant: its name; empty for the candidate that stands first.

        Returns:
            The items, and the sums of the shares of these candidates.  # models x items
        """
        names, shares = [], []
        for item, numbers in self.alternatives.items():
            chosen = [n for n in numbers if self.candidates[n].variant == variant] if variant else numbers[:1]
            if len(chosen) and len(numbers) > 1:
                names.append(item)
                shares.append(self.share[:, chosen].sum(1))
        return names, np.array(shares).T if names else np.empty((len(self.models), 0))

    def mean_shares(self) -> list[dict[str, object]]:
        """The mean share of each variant over items: of each model and over models, by stratum where there are any.

        Without variants it is that of the candidate that stands first.
        """
        first = {item: self.candidates[numbers[0]].columns.get(STRATUM, "") for item, numbers in self.items.items()}
        strata = [*dict.fromkeys(filter(None, first.values()))]
        found = []
        for variant in self.variants or ("",):
            items, shares = self.item_shares(variant)
            if not items:
                continue
            for stratum in ("", *strata) if strata else ("",):
                chosen = [n for n, item in enumerate(items) if stratum in ("", first[item])]
                if not chosen:
                    continue
                means = shares[:, chosen].mean(1)
                kind = {"variant": variant or "first", **({"stratum": stratum or "all"} if strata else {})}
                rows = [*zip(self.models, means, strict=True)] + [("all", means.mean())] * (len(means) > 1)
                found += [{"model": m, **kind, "items": len(chosen), "share": rounded(float(mean))} for m, mean in rows]
        return found

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the user's further columns."""
        return tuple(dict.fromkeys(name for one in self.candidates for name in one.columns))

    @functools.cached_property
    def _log_sums(self) -> np.ndarray:
        """Log of the sum of the probabilities of each item's candidates.  # models x items"""
        shape = (len(self.models), len(self.items))
        top, sums = np.full(shape, -math.inf), np.zeros(shape)
        rows = np.arange(len(self.models))[:, None]
        np.maximum.at(top, (rows, self.item_numbers[None]), self.log_prob)
        np.add.at(sums, (rows, self.item_numbers[None]), np.exp(self.log_prob - top[:, self.item_numbers]))
        return top + np.log(sums)

    def rows(self) -> Iterator[dict[str, object]]:
        """The rows of the table, by column."""
        columns = self.columns
        for m, model in enumerate(self.models):
            for n, (one, item) in enumerate(zip(self.candidates, self.item_numbers, strict=True)):
                best = self.best[m][item] if self.best else ()
                yield {
                    **{"model": model, "item": one.item, "ur": " ".join(one.ur), "sr": " ".join(one.sr)},
                    **{"variant": one.variant, "source": one.source},
                    "log_prob": log_probability(self.log_prob[m, n]),
                    "log_prob_per_segment": log_probability(self.per_segment[m, n]),
                    **{"share": cell(self.share[m, n]), "rank": int(self.rank[m, n]), "best": " ".join(best)},
                    "is_best": int(self.is_best[m, n]) if best else "",
                    "missing": cell(self.missing[m, item]),
                    **{name: one.columns.get(name, "") for name in columns},
                }

    def write(self, path: str | Path) -> None:
        """Write the table.

        Raises:
            InputError: it cannot be written.
        """
        header = (*COLUMNS, *self.columns)
        write_csv(path, (header, *([row[name] for name in header] for row in self.rows())))

    def write_segments(self, path: str | Path) -> None:
        """Write the surprisal of each segment, in nats; the end of the word, ``</s>``, is the last step.

        Raises:
            InputError: it cannot be written.
        """
        write_whole(path, lambda file: zip_blocks(file, self._blocks()))

    def _blocks(self) -> Iterator[bytes]:
        """One block for each model."""
        yield csv_line(("model", "item", "sr", "step", "segment", "surprisal")).encode()
        for model, forms in zip(self.models, self.steps, strict=True):
            lines = (
                csv_line((model, one.item, " ".join(one.sr), step, segment, cell(-value + 0.0)))
                for one, values in zip(self.candidates, forms, strict=True)
                for step, (segment, value) in enumerate(zip((*one.sr, END), values, strict=True))
            )
            yield "".join(lines).encode()

    @staticmethod
    def read(path: str | Path) -> Scores:
        """The scores in a table, or in a folder of `score`; shares and ranks are computed anew.

        Raises:
            InputError: it cannot be read, lacks a column, holds a candidate twice, a log-probability above 0, or a
                candidate that one of the models lacks; with its line.
        """
        path = Path(path)
        path = path / TABLE if path.is_dir() else path
        return _Reader(path).scores()


class _Reader:
    """Reads one table."""

    def __init__(self, path: Path):
        self.path = path
        self.models: dict[str, dict[int, float]] = {}  # model -> number of a candidate -> log-probability
        self.candidates: dict[tuple[str, str], Candidate] = {}
        self.numbers: dict[tuple[str, str], int] = {}
        self.urs: dict[str, str] = {}
        self.best: dict[tuple[str, str], Segments] = {}

    def scores(self) -> Scores:
        for line, row in self._rows():
            self._add(line, row)
        if not self.models:
            raise InputError("has no rows", self.path)
        for model, found in self.models.items():
            if len(found) < len(self.candidates):
                item, sr = next(key for key, n in self.numbers.items() if n not in found)
                raise InputError(
                    f"lacks the candidate {sr} of {item!r} for the model {model}; all models need the same candidates",
                    self.path,
                )
        log_prob = np.array([[found[n] for n in range(len(found))] for found in self.models.values()])
        items = dict.fromkeys(item for item, _ in self.candidates)
        best = tuple(tuple(self.best.get((model, item), ()) for item in items) for model in self.models)
        known = any(any(forms) for forms in best)
        return Scores(tuple(self.models), tuple(self.candidates.values()), log_prob, best if known else ())

    def _rows(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        try:
            rows = read_csv(self.path, errors="strict")
            _, header = next(rows, (0, []))
            if missing := [name for name in _NEEDED if name not in header]:
                raise InputError(f"no column {missing[0]!r}: no scores.csv of score", self.path)
            for line, cells in rows:
                if len(cells) != len(header):
                    raise InputError(f"found {count(len(cells), 'column')}; expected {len(header)}", self.path, line)
                yield line, dict(zip(header, cells, strict=True))
        except OSError as error:
            if isinstance(error, FileNotFoundError) and self.path.name == TABLE:
                raise InputError(f"has no {TABLE}: no folder that score made", self.path.parent) from None
            raise InputError(f"cannot be read: {error.strerror or error}", self.path) from None
        except UnicodeDecodeError:
            raise InputError("is not UTF-8; save it as UTF-8", self.path) from None

    def _add(self, line: int, row: Mapping[str, str]) -> None:
        model, item, ur, sr = (row[name].strip() for name in ("model", "item", "ur", "sr"))
        for name in ("model", "item", "sr"):
            if not row[name].strip():
                raise InputError(f"the {name} is empty", self.path, line)
        value = self._log_prob(row["log_prob"], line)
        if (known := self.urs.setdefault(item, ur)) != ur:
            raise InputError(f"the item {item!r} has the UR {ur}, and {known} above", self.path, line)
        if (item, sr) not in self.candidates:
            columns = {name: text for name, text in row.items() if name not in COLUMNS}
            kind = (row.get("variant", ""), row.get("source") or "given", columns)
            self.numbers[item, sr] = len(self.candidates)
            self.candidates[item, sr] = Candidate(item, tuple(ur.split()), tuple(sr.split()), *kind, line)
        found = self.models.setdefault(model, {})
        if self.numbers[item, sr] in found:
            raise InputError(f"the candidate {sr} of {item!r} is there twice for the model {model}", self.path, line)
        found[self.numbers[item, sr]] = value
        if best := row.get("best", ""):
            self.best[model, item] = tuple(best.split())

    def _log_prob(self, text: str, line: int) -> float:
        try:
            value = read_number(text)
        except ValueError:
            value = math.nan
        if not -math.inf < value <= 0:
            raise InputError(f"log_prob is {text!r}; allowed: a number, 0 or less", self.path, line)
        return value
