"""Studies made by hand, with a head that responds, one that inspects and one that is drawn to triggers."""

import numpy as np

from fairseq_phonology.analysis.contrasts.family import Family
from fairseq_phonology.analysis.contrasts.study import Study, Verdict
from fairseq_phonology.analysis.design.designs import CrossedDesign, Exclusions, WithinWordDesign
from fairseq_phonology.analysis.events.events import Event, Events, Head, View
from fairseq_phonology.stimuli.items import CELLS, Item

T, C, R, N = "ptk", "mŋ", "mn", ("pʰ", "tʰ", "kʰ", "p͈")
NASAL = {"p": "m", "t": "n", "k": "ŋ"}
# mass at the trigger in TR, TN, CR, CN; anything else has about .2 everywhere
PLANTED = {"response": (0.9, 0.25, 0.3, 0.25), "inspection": (0.8, 0.75, 0.2, 0.15), "salience": (0.9, 0.1, 0.9, 0.1)}
ONSETS, VOWELS = "s h p t k m n".split(), "a i u e o".split()


def stems(segments, count, rng):
    """Segments and their shapes: CV + segment, now and then longer."""
    for number in range(count):
        syllables = 1 + (number % 3 == 2)
        body = [str(rng.choice(part)) for _ in range(syllables) for part in (ONSETS, VOWELS)]
        yield [*body, segments[number % len(segments)]]


def item(stem, suffix, target_class, trigger_class, trigger=0):
    ur = (*stem, *suffix)
    sr = list(ur)
    if target_class + trigger_class == "TR":
        sr[len(stem) - 1] = NASAL.get(stem[-1], "ŋ")
    names = "".join(stem), "".join(suffix)
    return Item(
        "-".join(names), ur, tuple(sr), target_class, trigger_class, len(stem) - 1, len(stem) + trigger,
        stem=names[0], suffix=names[1],
    )  # fmt: skip


def view(items, layers=3, heads=4, planted=None, seed=0, kind="cross", query="decision"):
    """A row for each item: the planted heads look at the trigger as much as its cell says."""
    rng = np.random.default_rng(seed)
    planted = planted if planted is not None else {(layers - 1, 1 % heads): "response"}
    shape = len(items), layers, heads
    window = np.full((*shape, 8), np.nan)
    entropy = np.zeros(shape)
    for n, each in enumerate(items):
        length = len(each.ur)
        row_ = rng.dirichlet(np.full(length, 6.0), shape[1:])
        at = each.trigger_index
        for (layer, head), what in planted.items():
            mass = PLANTED[what][CELLS.index(each.cell or "TR")] + rng.normal(0, 0.04)
            mass = np.clip(mass, 0.002, 0.998)
            rest = np.delete(np.arange(length), at)
            row_[layer, head, rest] *= (1 - mass) / row_[layer, head, rest].sum()
            row_[layer, head, at] = mass
        for position in range(-3, 4):
            if 0 <= each.target_index + position < length:
                window[n, ..., position + 3] = row_[..., each.target_index + position]
        entropy[n] = -(row_ * np.log2(row_)).sum(-1)
    window[..., 7] = rng.beta(2, 8, shape) + 0.3 * (np.arange(heads) == 0)
    offsets = np.array([each.trigger_index - each.target_index + 3 for each in items])
    mass = np.take_along_axis(window, offsets[:, None, None, None], -1)[..., 0]
    clipped = np.clip(mass, 0.001, 0.999)
    logit = np.log(clipped / (1 - clipped))
    arrays = [mass, logit, mass * (1 - window[..., 7]), window[..., 7], logit, entropy, window]
    return View(kind, query, *(array.astype(np.float32) for array in arrays))


def events(items):
    return [Event(each, each.sr, each.sr, "applied", each.target_index) for each in items]


def grid_study(
    layers=3, heads=4, each=(15, 15), suffixes=(4, 4), planted=None, seed=0, baseline=True, long=False, far=False
):
    """A crossed design of ``each`` T and C stems with R and N suffixes; ``far``: every other trigger after a vowel."""
    rng = np.random.default_rng(seed)
    rows = [*stems(T, each[0], rng), *stems(C, each[1], rng)]
    columns = [
        [*segments[n % len(segments) :][:1], VOWELS[n % 5]]
        for segments, count in zip((R, N), suffixes, strict=True)
        for n in range(count)
    ]
    columns = [[*column, *(["l", "o", "k", "a", "t", "i"] if long else [])] for column in columns]
    away = [int(far and n % 2) for n in range(len(columns))]
    columns = [[*"a" * distance, *column] for distance, column in zip(away, columns, strict=True)]
    undergoes = np.arange(len(rows)) < each[0]
    triggers = np.arange(len(columns)) < suffixes[0]
    items = [
        item(stem, suffix, "T" if under else "C", "R" if triggering else "N", distance)
        for stem, under in zip(rows, undergoes, strict=True)
        for suffix, triggering, distance in zip(columns, triggers, away, strict=True)
    ]
    design = CrossedDesign(
        tuple("".join(stem) for stem in rows), tuple("".join(suffix) for suffix in columns), undergoes, triggers,
        tuple(stem[-1] for stem in rows), tuple(suffix[n] for n, suffix in zip(away, columns, strict=True)),
        np.arange(len(items)).reshape(len(rows), len(columns)),
    )  # fmt: skip
    main = view(items, layers, heads, planted, seed)
    families = [family(main, design, contrast) for contrast in ("response", "inspection", "salience")]
    study = Study(
        "obstruent nasalization", "Korean", Events(events(items), [main]), design, Exclusions({}, (), {}, ()), families,
        verdict(families),
    )  # fmt: skip
    if baseline:
        study.baseline = grid_study(layers, heads, each, suffixes, {}, seed, baseline=False, long=long, far=far)
    return study


def two_kinds_study():
    """As of a progressive process: one primary family over cross- and decoder attention."""
    study = grid_study(each=(5, 5), baseline=False)
    decoder = view([event.item for event in study.events.events], planted={}, kind="decoder")
    study.events.views.append(decoder)
    primary, other = study.families[0], family(decoder, study.design, "response")
    primary.heads = [*primary.heads, *other.heads]
    for name in ("estimate", "low", "high", "p", "t"):
        ours, theirs = getattr(primary, name), getattr(other, name)
        setattr(primary, name, {key: np.concatenate([ours[key], theirs[key]]) for key in ours})
    for side, by in primary.segments.items():
        for segment in by:
            by[segment] = np.concatenate([by[segment], other.segments[side][segment]])
    primary.claim = np.concatenate([primary.claim, other.claim])
    return study


def quads_study(words=12, layers=3, heads=4, hangul=True, seed=0, long=False):
    """Real words' own 2 x 2: targets and triggers replaced by controls. ``long``: by names to be shortened."""
    named = ["학문", "거짓말", "밥물", "국민", "작년", "십만", "압력", "박물관", "합니다", "막내", "독립문", "꽃말"]
    parts = ["hak mun", "kətɕit mal", "pap mul", "kuk min", "tɕak njən", "sip man", "ap mjək", "pak mulkwan"]
    names, quads, items, segments = [], [], [], []
    for n in range(words):
        stem, suffix = (list(part) for part in parts[n % len(parts)].split())
        name = named[n % len(named)] + (str(n // len(named)) if n >= len(named) else "")
        names.append((name if hangul else "".join(stem + suffix)) * (8 if long else 1))
        segments.append((stem[-1], suffix[0]))
        quads.append(range(len(items), len(items) + 4))
        for target, cell_class in ((stem[-1], "T"), ("ŋ", "C")):
            for trigger, trigger_class in ((suffix[0], "R"), ("tʰ", "N")):
                items.append(item([*stem[:-1], target], [trigger, *suffix[1:]], cell_class, trigger_class))
    design = WithinWordDesign(
        tuple(names), *(tuple(column) for column in zip(*segments, strict=True)), np.array([list(q) for q in quads])
    )
    main = view(items, layers, heads, None, seed)
    families = [family(main, design, contrast) for contrast in ("response", "inspection", "salience")]
    return Study(
        "obstruent nasalization", "Korean", Events(events(items), [main]), design, Exclusions({}, (), {}, ()), families,
        verdict(families),
    )  # fmt: skip


def plain_study(words=30, layers=3, heads=4, families=True, seed=0):
    """A word list without a design; two of its words do not count."""
    rng = np.random.default_rng(seed)
    items = [item(stem, ["m", "u", "l"], "T", "R") for stem in stems(T, words, rng)]
    main = view(items, layers, heads, None, seed)
    main.elsewhere = np.full_like(main.mass, 0.2)
    made = events(items)
    for n in (0, 1):
        made[n] = Event(items[n], items[n].ur, items[n].sr, "underapplied", items[n].target_index)
    tested = [family(main, None, "same-offset")] if families else []
    return Study(
        "obstruent nasalization", "Korean", Events(made, [main]), None, None, tested, Verdict("descriptive", "")
    )


def cells_of(view, design, attribute="mass"):
    """Unit by cell.  # -> TR, TN, CR, CN, each units x ... ; rows of T beside rows of C for a grid"""
    values = getattr(view, attribute)
    if not design.is_crossed:
        return [values[design.index[:, n]] for n in range(4)]
    masks = [(t, r) for t in (design.undergoes, ~design.undergoes) for r in (design.triggers, ~design.triggers)]
    return [values[design.index[np.ix_(t, r)]] for t, r in masks]


def family(view, design, contrast):
    """Estimates as they should be; intervals and p-values made up, but in keeping."""
    layers, heads = view.layers, view.heads
    named = [Head(view.kind, view.query, layer + 1, head + 1) for layer in range(layers) for head in range(heads)]
    estimate, means = {}, {}
    for scale in ("mass", "logit"):
        if design is None:
            estimate[scale] = (view.mass - view.elsewhere).mean(0).ravel()
            continue
        tr, tn, cr, cn = (cell.reshape(-1, layers * heads).mean(0) for cell in cells_of(view, design, scale))
        values = {
            "response": tr - tn - cr + cn,
            "inspection": (tr + tn - cr - cn) / 2,
            "salience": (tr + cr - tn - cn) / 2,
        }
        estimate[scale] = values[contrast]
        if scale == "mass":
            means = dict(zip(CELLS, (tr, tn, cr, cn), strict=True))
    tests = ("stems", "suffixes") if contrast == "response" and design.is_crossed else ("stems",)
    p = {f"{test}_{s}": np.where(estimate["mass"] > 0.1, 0.0002, 0.6) for test in tests for s in ("mass", "logit")}
    claim = (estimate["mass"] > 0.1) & (contrast == "response")
    segments = {"target": {}, "trigger": {}}
    if contrast == "response" and design is not None:
        segments = by_segment(view.mass.reshape(len(view.mass), -1).astype(float), design)
    units = (0, 0) if design is None else (len(design.words), 0) if not design.is_crossed else design.index.shape
    return Family(
        contrast, named, contrast == "response", means, estimate,
        {s: estimate[s] - 0.05 for s in estimate}, {s: estimate[s] + 0.05 for s in estimate}, p,
        {name: np.zeros(len(named)) for name in p}, segments, *units, claim, [[] for _ in named],
    )  # fmt: skip


def by_segment(mass, design):
    """Response with the units of one target segment, or of one trigger segment, alone."""
    if not design.is_crossed:
        tr, tn, cr, cn = (mass[column] for column in design.index.T)
        sides = {
            "target": (tr - tn - cr + cn, design.row_segments),
            "trigger": (tr - tn - cr + cn, design.column_segments),
        }
    else:
        table, t, r = mass[design.index], design.undergoes, design.triggers
        rows = table[:, r].mean(1) - table[:, ~r].mean(1)
        columns = table[t].mean(0) - table[~t].mean(0)
        sides = {
            "target": (rows[t] - rows[~t].mean(0), np.array(design.row_segments)[t]),
            "trigger": (columns[r] - columns[~r].mean(0), np.array(design.column_segments)[r]),
        }
    return {
        side: {str(s): each[np.array(names) == s].mean(0) for s in dict.fromkeys(names)}
        for side, (each, names) in sides.items()
    }


def verdict(families):
    claimed = tuple(int(head) for head in np.flatnonzero(families[0].claim))
    return Verdict("attends" if claimed else "none", "", claimed)
