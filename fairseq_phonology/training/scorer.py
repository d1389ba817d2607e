"""``fairseq-generate --scoring exact_match``: whole words right, segment errors and chrF in one line.

It is the default of our task. Counts first, rates last; who reads the line needs no other file.
"""

# no `from __future__ import annotations` here: fairseq builds its parser from annotations that are types, not text

import operator
import sys
from dataclasses import dataclass, field
from typing import Any

from fairseq.dataclass import FairseqDataclass
from fairseq.scoring import BaseScorer, register_scorer
from omegaconf import II
from omegaconf.errors import OmegaConfBaseException

from ..text import percentage
from .exact_match import edit_counts, word_rates


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

    A reference segment unknown to the model (fairseq writes it ``<<unk>>``) never counts as right.
    """

    def score(self) -> float:
        """Exact match in %; nan without any word."""
        return word_rates(self.counts())["exact_match"]

    def counts(self) -> dict[str, int]:
        """``words`` and ``right`` ones among them; ``edits`` and reference ``segments``, over all words."""
        references, hypotheses = ([text.split() for text in texts] for texts in (self.ref, self.pred))
        right = sum(map(operator.eq, references, hypotheses))
        return {"words": len(references), "right": right, **edit_counts(references, hypotheses)}

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
            f"exact match = {rates['exact_match']:.2f} % ({right}/{words})"
            f" | WER = {percentage(words - right, words):.2f} | PER = {rates['per']:.2f}"
        )
        chrf = self._chrf()
        if chrf is not None:
            line += f" | chrF = {chrf:.2f}"
        return f"{line} | {self.signature()}" if self.cfg.exact_match_signature else line

    def signature(self) -> str:
        """How the figures were computed, in the manner of sacrebleu."""
        # the package itself, also in a clone that is not installed
        version = sys.modules[__name__.partition(".")[0]].__version__
        return f"words:{len(self.ref)}|hyp:best|seg:space|unk:wrong|PER:corpus|phonology:{version}|{_chrf_versions()}"

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
