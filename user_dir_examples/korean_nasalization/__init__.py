"""A user-dir: nasalization as a task of its own, with a metric for the words in which another process feeds it.

    fairseq-train demo/data/bin --user-dir user_dir_examples/korean_nasalization --task korean_nasalization ...

학문 /hakmun/ has a stop to nasalize; 거짓말 /kʌt͡ɕismal/ has none until neutralization makes one of its /s/.
"""

# no `from __future__ import annotations` here: fairseq reads the types of the dataclass

from dataclasses import dataclass, field
from pathlib import Path

from fairseq.tasks import register_task

import fairseq_phonology as fp

GRAMMAR = Path(__file__).with_name("korean.toml")


@dataclass
class NasalizationConfig(fp.PhonologyConfig):
    process: str = field(default="obstruent-nasalization", metadata={"help": "the process that is counted"})


@register_task("korean_nasalization", dataclass=NasalizationConfig)
class NasalizationTask(fp.PhonologyTask):
    """`fed` and `plain`: of the words in which the process applies, how many are right as a whole, in %; apart for
    those in which an earlier process makes its target or its trigger, and for the others."""

    def __init__(self, cfg, *dictionaries, **kwargs):
        super().__init__(cfg, *dictionaries, **kwargs)
        self._phonology = fp.Grammar.load(GRAMMAR)
        self._phonology.process(cfg.process)  # an unknown name ends here, and lists the known ones
        self._kinds = {}  # UR -> fed, plain, or None

    def counts_from_batch(self, batch, sample):
        counts = dict.fromkeys(["fed", "fed_right", "plain", "plain_right"], 0)
        for word, right in zip(self.words_of(batch), batch.correct.tolist(), strict=True):
            if word["ur"] not in self._kinds:
                self._kinds[word["ur"]] = self._kind(word["ur"].split())
            if kind := self._kinds[word["ur"]]:
                counts[kind] += 1
                counts[f"{kind}_right"] += right
        return counts

    def rates_from_counts(self, counts):
        return {
            kind: 100 * counts[f"{kind}_right"] / counts[kind] if counts[kind] else float("nan")
            for kind in ("fed", "plain")
        }

    def _kind(self, ur):
        try:
            sites = self._phonology.derive(ur).sites(self.cfg.process)
        except fp.InputError:  # segments that the grammar does not have
            return None
        return ("fed" if any(site.fed_by for site in sites) else "plain") if sites else None
