"""What a linguist should know about word lists before training on them, counted and with the first cases shown."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..phonology.ipa import code_point, findings, undecided
from ..phonology.transcription import BLANK, EDGE, WORD_EDGE
from ..text import count, decimal, percent_of
from .pairs import Word
from .signs import TRANSCRIPTIONS, is_symbol, visible
from .units import Units
from .variants import REPEAT, Weighed, entropy

SHOWN = 5  # cases shown of each finding
_NOT_ONE = 2e-3  # by which probabilities that are written with three decimals may miss 1
_SIGNS = 15  # signs shown
_BAR = 30  # characters of the longest bar
_BINS = 20  # lines of the length histogram, about
Splits = Mapping[str, Sequence[Word]]


def report(
    splits: Splits,
    known: tuple[set[str], set[str]] | None = None,
    trained_on: set[tuple[str, ...]] | None = None,
    units: Units | None = None,
    weighed: Weighed | None = None,
) -> list[str]:
    """The lines to print.

    Args:
        splits: name of the split -> its words; ``train`` among them or not.
        known: underlying and surface segments of the dictionaries that are reused, if any.
        trained_on: the URs that the model with these dictionaries was trained on, if known.
        units: how the lists were written; segments with blanks between, unless told otherwise.
        weighed: what is made of the splits, if several SRs of a UR are variants.
    """
    return [
        *_sizes(splits),
        "",
        *_inventory(splits, "underlying"),
        *_inventory(splits, "surface"),
        "",
        *_histogram(splits),
        "",
        *_duplicates(splits),
        *(_variants(splits, weighed) if weighed else _conflicts(splits)),
        *_leaks(splits, trained_on),
        *_unseen({**splits, **(weighed.splits if weighed else {})}, known),
        *_normal_forms(splits),
        *_signs(splits, units or Units()),
    ]


def segments_of(words: Iterable[Word]) -> tuple[set[str], set[str]]:
    """Underlying and surface segments."""
    words = list(words)
    return {one for word in words for one in word.ur}, {one for word in words for one in word.sr or ()}


def left_out(whole: Sequence[Word], train: Sequence[Word]) -> list[str]:
    """What is said of a draw of the training words."""
    lines = ["", f"training words: {len(train):,} of {len(whole):,}; the dictionaries have the segments of all"]
    for form, segments in zip(("underlying", "surface"), segments_of(train), strict=True):
        found, _ = unknown_segments(whole, segments, form)
        listed = "  ".join(f"{visible(name)} {n}" for name, n in found.most_common())
        lines.append(
            f"never trained: {form} segments of words left out alone: {len(found)}{f' ({listed})' * bool(found)}"
        )
    return lines


def unknown_segments(words: Iterable[Word], known: set[str], form: str) -> tuple[Counter[str], list[Word]]:
    """The segments of ``words`` that are not ``known``, with their counts, and the words that hold one.

    Args:
        words: some words.
        known: segments.
        form: ``underlying`` or ``surface``.
    """
    found: Counter[str] = Counter()
    holders = []
    for word in words:
        unknown = [segment for segment in _form(word, form) if segment not in known]
        found.update(unknown)
        if unknown:
            holders.append(word)
    return found, holders


def _form(word: Word, form: str) -> tuple[str, ...]:
    return word.ur if form == "underlying" else word.sr or ()


def _every(splits: Splits) -> Iterator[tuple[str, Word]]:
    return ((split, word) for split, words in splits.items() for word in words)


def _sizes(splits: Splits) -> list[str]:
    width = max(len(split) for split in splits)
    whole = sum(word.weight or 0 for _, word in _every(splits))
    lines = []
    for split, words in splits.items():
        forms = {"UR": [len(word.ur) for word in words], "SR": [len(word.sr) for word in words if word.sr]}
        lengths = [f"{form} {min(n)}-{max(n)}" if n else f"no {form}" for form, n in forms.items()]
        weight = sum(word.weight or 0 for word in words)
        share = f"; {weight:,g} of the weight ({percent_of(weight, whole)})" if whole else ""
        lines.append(f"{split.ljust(width)}  {len(words):>7,} words  {', '.join(lengths)} segments{share}")
    return lines


def _inventory(splits: Splits, form: str) -> list[str]:
    counts = Counter(segment for _, word in _every(splits) for segment in _form(word, form))
    if not counts:
        return []
    listed = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"{form} segments ({len(counts)}): " + "  ".join(f"{visible(name)} {n:,}" for name, n in listed)]


def _histogram(splits: Splits) -> list[str]:
    lengths = {
        "UR": Counter(len(word.ur) for _, word in _every(splits)),
        "SR": Counter(len(word.sr) for _, word in _every(splits) if word.sr),
    }
    longest = max(max(counts, default=1) for counts in lengths.values())
    step = -(-longest // _BINS)
    bins = [range(low, min(low + step, longest + 1)) for low in range(1, longest + 1, step)]
    sums = [[sum(counts[n] for n in some) for counts in lengths.values()] for some in bins]
    top = max(max(pair) for pair in sums)
    names = [str(some[0]) if len(some) == 1 else f"{some[0]}-{some[-1]}" for some in bins]
    width = max(map(len, [*names, "segments"]))
    lines = [f"{'segments'.rjust(width)}  {'UR':>7}  {''.ljust(_BAR)}  {'SR':>7}"]
    for name, pair in zip(names, sums, strict=True):
        bars = ["#" * -(-_BAR * n // top) for n in pair]
        line = f"{name.rjust(width)}  {pair[0]:>7,}  {bars[0].ljust(_BAR)}  {pair[1]:>7,}  {bars[1]}"
        lines.append(line.rstrip())
    return lines


def _duplicates(splits: Splits) -> list[str]:
    first: dict[tuple, Word] = {}
    cases = []
    for split, word in _every(splits):
        earlier = first.setdefault((split, word.ur, word.sr), word)
        if earlier is not word:
            cases.append(f"{_where(word)}: {_pair(word)}, as on line {earlier.line}")
    return _finding("duplicates: pairs that repeat an earlier one of their split", cases)


def _conflicts(splits: Splits) -> list[str]:
    by_ur: dict[tuple[str, ...], dict[tuple[str, ...], Word]] = {}
    for _, word in _every(splits):
        if word.sr is not None:
            by_ur.setdefault(word.ur, {}).setdefault(word.sr, word)
    cases = [
        f"{' '.join(ur)} -> " + ", ".join(f"{' '.join(sr)} ({_where(word)})" for sr, word in found.items())
        for ur, found in by_ur.items()
        if len(found) > 1
    ]
    hint = "  --weight COLUMN, or --weight equal, takes them as variants, each of them right, and trains on all of them"
    title = "conflicts: URs with several SRs, of which a model can get one right"
    return [*_finding(title, cases), *([hint] if cases else [])]


def _variants(splits: Splits, weighed: Weighed) -> list[str]:
    """Several SRs of a UR where lines are weighed, and the training pairs made of them."""
    some = weighed.variants
    shares = [[one.share for one in each] for each in some.values()]
    cases = [
        f"{' '.join(ur)} -> " + ", ".join(f"{' '.join(one.sr)} {decimal(one.share)}" for one in each)
        for ur, each in some.items()
    ]
    sizes = "  ".join(f"{n} SRs {urs:,}" for n, urs in sorted(Counter(map(len, shares)).items()))
    first = decimal(sum(each[0] for each in shares) / len(shares)) if shares else ""
    bits = decimal(sum(map(entropy, shares)) / len(shares)) if shares else ""
    told = f" of {weighed.urs:,} ({sizes}; mean share of the most frequent SR {first}, mean entropy {bits} bits)"
    lines = _finding("variants: URs with several SRs, each of them right", cases, summary=told if shares else "")
    lines += _sums(splits)
    if "train" in splits:
        pairs = weighed.splits["train"]
        lines.append(
            f"training pairs: {len(pairs):,} of {count(len({word.ur for word in pairs}), 'UR')}, {weighed.pairs} each"
            + (f", {_how(weighed)}" if shares else "")
        )
    others = [split for split in splits if split != "train"]
    if others:
        joined, right = (", with its most frequent SR", "; any variant is right") if shares else ("", "")
        kept = f"one line a UR{joined}" if weighed.joined else "lines as they are"
        lines.append(f"{', '.join(others)}: {kept}{right}")
    return lines


def _how(weighed: Weighed) -> str:
    trained = [each for each in weighed.variants.values() if any(one.pairs for one in each)]
    never = sum(not one.pairs for each in trained for one in each)
    without = f"; {count(never, 'variant')} without a pair" if never else ""
    if weighed.how != REPEAT:
        return f"the SR of each drawn by the weights{without}"
    error = decimal(weighed.error, 3)
    more = f" (--pairs-per-ur {weighed.exact}: under .0005)" if weighed.exact else ""
    rounded = f"; largest rounding error of a share {error}{more}" if error.strip("0.") else ""
    return f"the SRs of each in proportion to their weights{rounded}{without}"


def _sums(splits: Splits) -> list[str]:
    """Weights that look like probabilities, and are none."""
    sums: dict[tuple[str, tuple[str, ...]], float] = {}
    weights = []
    for split, word in _every(splits):
        if word.sr is not None and word.weight is not None:
            sums[split, word.ur] = sums.get((split, word.ur), 0.0) + word.weight
            weights.append(word.weight)
    if not weights or max(weights) > 1 or all(weight in (0, 1) for weight in weights):
        return []
    cases = [f"{split}: {' '.join(ur)} {whole:.4g}" for (split, ur), whole in sums.items() if abs(whole - 1) > _NOT_ONE]
    return _finding("weights of a UR that do not sum to 1, and are read as relative", cases) if cases else []


def _leaks(splits: Splits, trained_on: set[tuple[str, ...]] | None) -> list[str]:
    lines = []
    if trained_on is not None:
        cases = [f"{_where(word)}: {_pair(word)}" for _, word in _every(splits) if word.ur in trained_on]
        lines += _finding("leaks: words whose UR the model was trained on", cases)
    earlier: dict[tuple[str, ...], Word] = {}
    for split, words in splits.items():
        if earlier:
            cases = [
                f"{_where(word)}: {_pair(word)}, in {_where(earlier[word.ur])}" for word in words if word.ur in earlier
            ]
            lines += _finding(f"leaks: {split} words whose UR is in an earlier split", cases)
        if not split.startswith("test"):  # two test lists may share words
            for word in words:
                earlier.setdefault(word.ur, word)
    return lines


def _unseen(splits: Splits, known: tuple[set[str], set[str]] | None) -> list[str]:
    lines = []
    where = "the dictionaries"
    if known is None:
        where = "the training words"
        known = segments_of(splits["train"])
    for split, words in splits.items():
        if split == "train" and where == "the training words":
            continue
        for form, segments in zip(("underlying", "surface"), known, strict=True):
            found, holders = unknown_segments(words, segments, form)
            title = f"unknown: {form} segments of {split} that are not in {where}"
            summary = ""
            if found:
                listed = "  ".join(f"{visible(name)} {n}" for name, n in found.most_common(20))
                effect = "read as <unk>" if form == "underlying" else "which the model cannot produce"
                effect += f"; {EDGE} is a morpheme edge: the model knows none, so leave it out" if EDGE in found else ""
                summary = f" ({listed}), in {count(len(holders))}, {effect}"
            cases = [f"{_where(word)}: {_pair(word)}" for word in holders]
            lines += _finding(title, cases, len(found), summary)
    return lines


def _normal_forms(splits: Splits) -> list[str]:
    cases = []
    composed = 0
    for _, word in _every(splits):
        for text in (word.ur_text, word.sr_text):
            if not unicodedata.is_normalized("NFC", text):
                cases.append(f"{_where(word)}: {text}")
            elif not unicodedata.is_normalized("NFD", text):
                composed += 1
    mixed = f"; {composed:,} others are composed: the lists mix normal forms" if cases and composed else ""
    return _finding("Unicode: forms not in normal form C, converted to it", cases, summary=mixed)


def _signs(splits: Splits, units: Units) -> list[str]:
    """What the segments of transcriptions have that is not IPA, or no segment, and blanks inside words."""
    found: dict[str, Counter] = {"underlying": Counter(), "surface": Counter()}
    blanks = []
    for form, own in (("underlying", units.ur), ("surface", units.sr)):
        counts = Counter(segment for _, word in _every(splits) for segment in _form(word, form))
        blanks += [f"{counts[BLANK]:,} in {form} forms"] if counts[BLANK] else []
        for segment, n in counts.items() if own in TRANSCRIPTIONS else ():
            if segment not in (BLANK, EDGE) and not is_symbol(segment):
                for one in findings(segment):
                    found[form][one] += n
        if own == "ipa":  # the others say where a segment ends
            found[form].update(one for _, word in _every(splits) for one in undecided("".join(_form(word, form))))
    every = found["underlying"] + found["surface"]
    cases = []
    for one, _ in every.most_common(_SIGNS):
        if one.replacement is not None:
            code = f" ({code_point(one.replacement)})" if len(one.replacement) == 1 else ""
            advice = f"{one.kind}; --normalize-ipa writes {one.replacement}{code}"
        elif one.kind == "undecided":
            advice = one.advice
        elif one.advice:
            advice = f"may stand for {one.advice}"
        else:
            advice = f'{one.kind}; --strip "{one.character}" leaves it out'
        n, m = (found[form][one] for form in ("underlying", "surface"))
        cases.append(f"  {one.character} ({one.name}): {n:,} in URs, {m:,} in SRs; {advice}")
    read = f"read as the segment {BLANK} (--phrases: as {WORD_EDGE})"
    lines = [f"blanks inside words: {', '.join(blanks)}; {read}"] if blanks else []
    if cases:
        lines.append(f"signs that are not IPA, or no segments: {len(every):,} in {count(every.total(), 'place')}")
    return [*lines, *cases, *([f"  ... and {len(every) - _SIGNS:,} more"] if len(every) > _SIGNS else [])]


def _finding(title: str, cases: list[str], found: int | None = None, summary: str = "") -> list[str]:
    lines = [f"{title}: {len(cases) if found is None else found:,}{summary}", *(f"  {case}" for case in cases[:SHOWN])]
    if len(cases) > SHOWN:
        lines.append(f"  ... and {len(cases) - SHOWN:,} more")
    return lines


def _where(word: Word) -> str:
    return f"{word.path}, line {word.line}"


def _pair(word: Word) -> str:
    return " ".join(word.ur) + ("" if word.sr is None else f" -> {' '.join(word.sr)}")
