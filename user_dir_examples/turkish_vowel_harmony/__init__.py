"""A user-dir: harmony as a task of its own, with a metric for suffix vowels, the first of a word and the later ones.

    fairseq-train demo/turkish/data/bin --user-dir user_dir_examples/turkish_vowel_harmony --task turkish_harmony ...

The first suffix vowel follows the root; a later one follows a vowel that harmony has itself decided: /ɡøz+ɯmɯz+da/.
"""

# no `from __future__ import annotations` here: fairseq reads the types of the dataclass

from dataclasses import dataclass, field

from fairseq.tasks import register_task

import fairseq_phonology as fp


@dataclass
class HarmonyConfig(fp.PhonologyConfig):
    vowels: str = field(default="a e ɯ i o ø u y", metadata={"help": "segments that count as vowels"})


@register_task("turkish_harmony", dataclass=HarmonyConfig)
class HarmonyTask(fp.PhonologyTask):
    """`first_vowel` and `later_vowels`: % of suffix vowels that are right, each after the gold form so far."""

    def counts_from_batch(self, batch, sample):
        counts = dict.fromkeys(["first", "first_right", "later", "later_right"], 0)
        for word, reference, choice in zip(self.words_of(batch), batch.references(), batch.choices(), strict=True):
            for place, right in enumerate(self.suffix_vowels(word["ur"].split(), reference, choice)):
                which = "later" if place else "first"
                counts[which] += 1
                counts[f"{which}_right"] += right
        return counts

    def rates_from_counts(self, counts):
        names = {"first": "first_vowel", "later": "later_vowels"}
        return {
            name: 100 * counts[f"{which}_right"] / counts[which] if counts[which] else float("nan")
            for which, name in names.items()
        }

    def suffix_vowels(self, ur, reference, choice):
        """Whether each suffix vowel is right. Vowels are neither lost nor added, so those of the root are counted."""
        if "+" not in ur:
            return []
        vowels = self.cfg.vowels.split()
        of_root = sum(segment in vowels for segment in ur[: ur.index("+")])
        steps = [step for step, segment in enumerate(reference) if segment in vowels]
        return [choice[step] == reference[step] for step in steps[of_root:]]
