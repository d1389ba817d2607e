"""``fairseq-generate --scoring exact_match``: whole words right, segment errors and chrF in one line.

It is the default of our task. Counts first, rates last; who reads the line needs no other file.
"""

# no `from __future__ import annotations` here: fairseq builds its parser from annotations that are types, not text

import operator
import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fairseq.dataclass import FairseqDataclass
from fairseq.scoring import BaseScorer, register_scorer
from omegaconf import II
from omegaconf.errors import OmegaConfBaseException

from ..corpus.variants import MOST_FREQUENT, nearest
from ..errors import InputError, refusals
from ..text import NONE, percentage
from .config import part_of
from .exact_match import edit_counts, variant_counts, word_rates

# which score is asked for, and whether of the references themselves
_SCORED = (("scoring", "_name"), ("generation", "score_reference"))
# options that change the text of words -> where they stand in fairseq's configuration, and values that change nothing
_TEXT = {
    "--post-process (--remove-bpe)": ("common_eval", "post_process", ("none",)),
    "--bpe": ("bpe", "_name", ()),
    "--tokenizer": ("tokenizer", "_name", ("space", "nltk")),
}
_EXPECTED: deque[list[str]] = deque()  # fairseq tells a scorer no more of a word than its reference and its hypothesis


def expect(variants: Iterable[list[str]]) -> None:
    """The variants of each word that is scored next, most frequent first; none of a word with one SR.

    Called for words of data with variants only, in the order in which their hypotheses come.
    """
    _EXPECTED.extend(variants)


def check_compared(cfg: Any) -> None:
    """Refuse what joins or changes segments before ``--scoring exact_match`` compares them.

    Args:
        cfg: of the task or the scorer, as a part of fairseq's whole configuration; one that stands alone tells nothing.

    Raises:
        InputError: naming the option.
    """
    scoring, of_references = (getattr(part_of(cfg, part), name, None) for part, name in _SCORED)
    if scoring != "exact_match" or of_references is True:
        return
    for option, (part, name, harmless) in _TEXT.items():
        value = getattr(part_of(cfg, part), name, None)
        if value is not None and value not in harmless:
            raise InputError(
                f"{option} {value} with --scoring exact_match: segments would be joined or changed before they are "
                "compared, and PER would not be of segments; leave it out, or choose another --scoring"
            )


@dataclass
class ExactMatchScorerConfig(FairseqDataclass):
    """Options of ``--scoring exact_match``."""

    exact_match_signature: bool = field(
        default=False, metadata={"help": "end the result line with how each figure was computed, and the versions"}
    )
    # of fairseq-generate; without help it stays off the command line
    score_reference: Any = field(default=II("generation.score_reference"))


@register_scorer("exact_match", dataclass=ExactMatchScorerConfig)
class ExactMatchScorer(BaseScorer):
    """Compare each reference with the model's best hypothesis, segment by segment.

    exact match: words whose whole hypothesis equals the reference, in % (0 - 100, higher is better).
    WER: words that do not, in % (100 - exact match).
    PER: insertions, deletions and substitutions / reference segments, over all words, in % (from 0, lower is better).
    chrF: character n-gram F-score of sacrebleu (Popović 2015, doi:10.18653/v1/W15-3049), 0 - 100, higher is better.

    A reference segment unknown to the model (fairseq writes it ``<<unk>>``) never counts as right. A word with variants
    is compared with the nearest of them.
    """

    def __init__(self, cfg: ExactMatchScorerConfig):
        super().__init__(cfg)
        with refusals():
            check_compared(cfg)
        self._variants: list[list[str]] = []  # of each word so far
        _EXPECTED.clear()  # of an earlier command

    def add_string(self, ref: str, pred: str) -> None:
        """One word: its reference, and the model's best hypothesis."""
        variants = _EXPECTED.popleft() if _EXPECTED else []
        with refusals():
            if variants and ref not in variants:
                raise InputError(
                    f"the reference {ref!r} is none of its variants ({', '.join(variants)}); what changes segments, as "
                    "--post-process does, cannot be used with variants"
                )
        self._variants.append(variants)
        words = [one.split() for one in variants or [ref]]
        super().add_string(" ".join(nearest(pred.split(), words)) if variants else ref, pred)

    def score(self) -> float:
        """Exact match in %; nan without any word."""
        return word_rates(self.counts())["exact_match"]

    def counts(self) -> dict[str, int]:
        """``words`` and ``right`` ones among them; of words with variants `variant_counts`; ``edits`` and reference
        ``segments``, over all words."""
        references, hypotheses = ([text.split() for text in texts] for texts in (self.ref, self.pred))
        right = list(map(operator.eq, references, hypotheses))
        said = [text if one else None for text, one in zip(self.pred, right, strict=True)]
        varied = variant_counts(self._variants, said) if any(self._variants) else {}
        return {"words": len(references), "right": sum(right), **varied, **edit_counts(references, hypotheses)}

    def result_string(self) -> str:
        """The line that ends fairseq-generate's output."""
        if self._of_references():
            return (
                "no score, because --score-reference compares each reference with itself; the log-probabilities of the "
                f"{len(self.ref):,} references are in the H- and P- lines (base 2)"
            )
        counts = self.counts()
        rates, right, words = word_rates(counts), counts["right"], counts["words"]
        line = (
            f"exact match = {rates['exact_match']:.2f} % ({right}/{words}){self._most_frequent(counts, rates)}"
            f" | WER = {percentage(words - right, words):.2f} | PER = {rates['per']:.2f}"
        )
        chrf = self._chrf()
        if chrf is not None:
            line += f" | chrF = {chrf:.2f}"
        return f"{line} | {self.signature()}" if self.cfg.exact_match_signature else line

    @staticmethod
    def _most_frequent(counts: dict[str, int], rates: dict[str, float]) -> str:
        if "varied" not in counts:
            return ""
        part, whole = counts["most_frequent"], counts["varied"]
        return f" | most frequent variant = {f'{rates[MOST_FREQUENT]:.2f} % ({part}/{whole})' if whole else NONE}"

    def signature(self) -> str:
        """How the figures were computed, in the manner of sacrebleu."""
        # the package itself, also in a clone that is not installed
        version = sys.modules[__name__.partition(".")[0]].__version__
        best = "best|ref:nearest-variant" if any(self._variants) else "best"
        return f"words:{len(self.ref)}|hyp:{best}|seg:space|unk:wrong|PER:corpus|phonology:{version}|{_chrf_versions()}"

    def _of_references(self) -> bool:
        try:
            return self.cfg.score_reference is True
        except OmegaConfBaseException:  # outside of a command there is no option that it could be read from
            return False

    def _chrf(self) -> float | None:
        try:
            from sacrebleu.metrics import CHRF
        except ImportError:
            return None
        return CHRF().corpus_score(self.pred, [self.ref]).score if self.ref else None


def _chrf_versions() -> str:
    try:
        import sacrebleu
    except ImportError:
        return "chrF:none"
    return f"chrF:nc6nw0|sacrebleu:{sacrebleu.__version__}"
