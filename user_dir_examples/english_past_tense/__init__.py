"""A user-dir: the past tense of English as a task of its own, with three metrics that words alone do not show.

fairseq-train data/bin --user-dir user_dir_examples/english_past_tense --task past_tense ...
"""

# no `from __future__ import annotations` here: fairseq reads the types of the dataclass

from dataclasses import dataclass, field

from fairseq.tasks import register_task

import fairseq_phonology as fp

REGULAR = {"t": 1, "d": 1, "id": 2}  # class -> segments of its suffix


@dataclass
class PastTenseConfig(fp.PhonologyConfig):
    tag: str = field(default="<PST>", metadata={"help": "what stands last in a source that asks for the past tense"})


@register_task("past_tense", dataclass=PastTenseConfig)
class PastTenseTask(fp.PhonologyTask):
    """`regular` and `irregular`: % of the verbs of either kind that are right as a whole. `suffix`: % of the regular
    ones whose suffix is right after the right stem, whatever the model would have made of the stem."""

    def counts_from_batch(self, batch, sample):
        counts = dict.fromkeys(["regular", "regular_right", "irregular", "irregular_right", "suffix_right"], 0)
        words = zip(self.words_of(batch), batch.references(), batch.choices(), batch.correct.tolist(), strict=True)
        for word, reference, chosen, right in words:
            if not word["ur"].endswith(self.cfg.tag):
                continue  # a bare stem, there to be copied
            kind = "regular" if word["class"] in REGULAR else "irregular"
            counts[kind] += 1
            counts[f"{kind}_right"] += right
            if kind == "regular":
                end = -1 - REGULAR[word["class"]]  # the suffix and </s>
                counts["suffix_right"] += reference[end:] == chosen[end:]
        return counts

    def rates_from_counts(self, counts):
        def percent(part, whole):
            return 100 * counts[part] / counts[whole] if counts[whole] else float("nan")

        return {
            "regular": percent("regular_right", "regular"),
            "irregular": percent("irregular_right", "irregular"),
            "suffix": percent("suffix_right", "regular"),
        }
