"""Errors by type, of tables that `errors` wrote: vowel length, tensification, n-insertion, other.

    python user_dir_examples/sigmorphon_korean/error_types.py lists/dev/model/*/errors/errors.csv

A word may have errors of several types. In each row stand the words that have one of this type, and those that have no
other. An edit (a segment and what stands in its place, as `errors` aligns them) is

- of vowel length if the two segments differ in ː, and in the quality that comes with it, alone (ɘː for ʌ̹);
- of tensification if they are obstruents that differ in laryngeal setting alone, one of them tense (t͈ for d);
- of n-insertion if one form has n, ɲ, ɭ or ʎ before i or j where the other has nothing, and the spelling has i or j
  after a final consonant (꽃잎); with it goes what differs directly before it, the final consonant;
- other.
"""

from __future__ import annotations

import argparse
import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from fairseq_phonology.analysis.errors.confusions import edits, features_of

TYPES = ("vowel length", "tensification", "n-insertion", "other")
PLAIN = {"b": "p", "d": "t", "ɡ": "k", "d͡ʑ": "t͡ɕ", "sʰ": "s", "ɕʰ": "ɕ"}  # allophones of plain obstruents
LONG = {"ɘː": "ʌ̹", "ɛː": "e̞"}  # long vowels that have no short one of their quality
TENSE = "͈"
INSERTED = {"n", "ɲ", "ɭ", "ʎ"}
FRONT = {"i", "iː", "j"}
PLACE = re.compile("[\u11a8-\u11c2] ᄋ [ᅵᅣᅤᅧᅨᅭᅲ]")  # a final consonant, then i or j
Edit = tuple[str, str, str, str]  # gold, produced, left, right


def of_edit(edit: Edit, ur: str) -> str:
    """The type of one edit of a word."""
    pair = set(edit[:2])
    if len({LONG.get(one, one).replace("ː", "") for one in pair}) == 1:
        return "vowel length"
    if any(TENSE in one for one in pair) and len({PLAIN.get(one, one).replace(TENSE, "") for one in pair}) == 1:
        return "tensification"
    if "" in pair and pair & INSERTED and edit[3] in FRONT and PLACE.search(ur):
        return "n-insertion"
    return "other"


def of_word(row: dict[str, str]) -> list[str]:
    """The types of a row of errors.csv, in the order of `TYPES`."""
    reference, hypothesis = (tuple(row[form].split()) for form in ("reference", "hypothesis"))
    found = list(edits(reference, hypothesis, features_of([*reference, *hypothesis])))
    types = [of_edit(one, row["ur"]) for one in found]
    for before, after in pairwise(range(len(found))):
        if types[before] == "other" and types[after] == "n-insertion":
            types[before] = "n-insertion"
    return [one for one in TYPES if one in types]


def table(words: Iterable[Sequence[str]]) -> list[str]:
    """Lines of the table, from the types of each wrong word."""
    words = [tuple(types) for types in words]
    have, alone = Counter(one for types in words for one in types), Counter(types for types in words if len(types) == 1)
    head = f"{'type':13}  words  no other"
    return [head, *(f"{one:13}  {have[one]:5,}  {alone[one,]:8,}" for one in TYPES), f"{'all':13}  {len(words):5,}"]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", metavar="ERRORS.CSV", help="of one model or of several")
    words = []
    for path in parser.parse_args(arguments).tables:
        with open(path, encoding="utf-8", newline="") as file:
            words += map(of_word, csv.DictReader(file))
    print(*table(words), sep="\n")


if __name__ == "__main__":
    main()
