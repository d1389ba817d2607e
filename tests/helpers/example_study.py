"""Studies of words that look Korean, with a head that responds, one that inspects and one that is drawn to triggers."""

import numpy as np

from fairseq_phonology.analysis.events.events import Event, Events, View
from fairseq_phonology.analysis.events.measures import NAMES, measure
from fairseq_phonology.stimuli.items import CELLS, Item
from tests.helpers.designed import Unit, cross, event, two_by_two
from tests.helpers.studied import studied

PROCESS, LANGUAGE = "obstruent nasalization", "Korean"
SEGMENTS = {"T": "ptk", "C": "mŋ", "R": "mn", "N": ("pʰ", "tʰ", "kʰ", "p͈")}
NASAL = {"p": "m", "t": "n", "k": "ŋ"}
# mass at the trigger in TR, TN, CR, CN; anything else has about .2 everywhere
PLANTED = {"response": (0.9, 0.25, 0.3, 0.25), "inspection": (0.8, 0.75, 0.2, 0.15), "salience": (0.9, 0.1, 0.9, 0.1)}
MEASURES = (*NAMES, "window")
ONSETS, VOWELS = "s h p t k m n".split(), "a i u e o".split()


def stems(letter, count, rng):
    """CV + segment, now and then longer."""
    for n in range(count):
        body = [str(rng.choice(part)) for _ in range(1 + (n % 3 == 2)) for part in (ONSETS, VOWELS)]
        yield Unit(letter, (*body, SEGMENTS[letter][n % len(SEGMENTS[letter])]), -1)


def view(items, layers=3, heads=4, planted=None, seed=0, kind="cross", query="decision"):
    """Weights of each item's query: the planted heads look at the trigger as much as its cell says."""
    rng = np.random.default_rng(seed)
    planted = planted if planted is not None else {(layers - 1, 1 % heads): "response"}
    found = []
    for each in items:
        shares = rng.dirichlet(np.full(len(each.ur), 6.0), (layers, heads))
        for where, what in planted.items():
            mass = np.clip(PLANTED[what][CELLS.index(each.cell)] + rng.normal(0, 0.04), 0.002, 0.998)
            rest = np.arange(len(each.ur)) != each.trigger_index
            shares[where][rest] *= (1 - mass) / shares[where][rest].sum()
            shares[where][~rest] = mass
        eos = rng.beta(2, 8, (layers, heads, 1)) + 0.3 * (np.arange(heads) == 0)[:, None]
        weights = np.concatenate([shares * (1 - eos), eos], -1)[None]
        found.append(measure(weights, -1, [each.trigger_index], [each.target_index]))
    return View(kind, query, **{name: np.concatenate([getattr(one, name) for one in found]) for name in MEASURES})


def study(items, views, **more):
    """Every word is right."""
    return studied(Events([event(each) for each in items], views), PROCESS, LANGUAGE, **more)


def grid_study(
    layers=3, heads=4, each=(16, 16), suffixes=(8, 8), planted=None, seed=0, baseline=True, long=False, far=False
):
    """A crossed design of ``each`` T and C stems with R and N suffixes; ``far``: every other trigger after a vowel."""
    items = grid_items(each, suffixes, seed, long, far)
    fresh = study(items, [view(items, layers, heads, {}, seed)]) if baseline else None
    return study(items, [view(items, layers, heads, planted, seed)], baseline=fresh)


def grid_items(each, suffixes, seed=0, long=False, far=False):
    rng = np.random.default_rng(seed)
    rows = [stem for letter, count in zip("TC", each, strict=True) for stem in stems(letter, count, rng)]
    columns = []
    for letter, count in zip("RN", suffixes, strict=True):
        for n in range(count):
            away = int(far and len(columns) % 2)
            segments = (*"a" * away, SEGMENTS[letter][n % len(SEGMENTS[letter])], VOWELS[n % 5], *"lokati" * long)
            columns.append(Unit(letter, segments, away))
    return cross(rows, columns, NASAL)


def two_kinds_study():
    """As of a progressive process: one primary family over cross- and decoder attention."""
    items = grid_items((8, 8), (8, 8))
    return study(items, [view(items), view(items, planted={}, kind="decoder", seed=1)])


def quads_study(words=12, layers=3, heads=4, hangul=True, seed=0, long=False):
    """Real words' own 2 x 2: targets and triggers replaced by controls. ``long``: by names to be shortened."""
    named = ["학문", "거짓말", "밥물", "국민", "작년", "십만", "압력", "박물관", "합니다", "막내", "독립문", "꽃말"]
    parts = ["hak mun", "kətɕit mal", "pap mul", "kuk min", "tɕak njən", "sip man", "ap mjək", "pak mulkwan"]
    items = []
    for n in range(words):
        stem, suffix = parts[n % len(parts)].split()
        name = named[n % len(named)] + (str(n // len(named)) if n >= len(named) else "")
        name = (name if hangul else stem + suffix) * (8 if long else 1)
        items += two_by_two(name, stem + suffix, len(stem) - 1, len(stem), ("ŋ", "tʰ"), outcome=NASAL)
    return study(items, [view(items, layers, heads, None, seed)])


def plain_study(words=30, layers=3, heads=4, families=True, seed=0):
    """A word list without a design; two of its words do not count. ``families``: the words have other rows."""
    items = []
    for n, stem in enumerate(stems("T", words, np.random.default_rng(seed))):
        ur, place = (*stem.segments, "m", "u", "l"), len(stem.segments) - 1
        sr = (*ur[:place], NASAL[ur[place]], *ur[place + 1 :])
        items.append(Item(f"{''.join(ur)}-{n}", ur, sr, "T", "R", place, place + 1))
    main = view(items, layers, heads, None, seed)
    main.elsewhere = np.full_like(main.mass, 0.2) if families else None
    events = [Event(each, each.ur, each.sr, "underapplied", each.target_index) for each in items[:2]]
    events += [event(each) for each in items[2:]]
    return studied(Events(events, [main]), PROCESS, LANGUAGE)


def cells_of(view, design, attribute="mass"):
    """Unit by cell.  # -> TR, TN, CR, CN, each units x ... ; of a crossed design rows x columns x ..."""
    return [getattr(view, attribute)[design.events_of(cell)] for cell in CELLS]
