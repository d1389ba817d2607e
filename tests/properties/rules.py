"""Random rules, each as the reference knows it and as the notation writes it."""

from __future__ import annotations

import itertools

from hypothesis import strategies as st

from fairseq_phonology.phonology.natural_classes import Inventory, parse_bundle
from tests.properties.reference import Language, Place, Rule

SEGMENTS = "p t k b d ɡ m n s z l i u a".split()
INVENTORY = Inventory(SEGMENTS)
VOWELS = frozenset("iua")
BUNDLES = ("+syl", "-syl", "+nas", "-son", "-son, +voi", "+hi", "-cont", "+cor", "-son, -cont, -voi", "+son, -syl")
SYLLABLES = {"onsets": ["", "p", "t", "k", "s", "m", "p l", "s t"], "nuclei": ["a", "i", "u"], "codas": ["", "n", "l"]}


def breaks(segments) -> set[int]:
    """Where syllables begin, the first apart: the longest onset that leaves a coda, else the longest onset."""
    onsets, codas = ({tuple(text.split()) for text in SYLLABLES[part]} for part in ("onsets", "codas"))
    vowels = [n for n, segment in enumerate(segments) if segment in VOWELS]
    found = set()
    for one, other in itertools.pairwise(vowels):
        legal = [at for at in range(one + 1, other + 1) if tuple(segments[at:other]) in onsets]
        whole = [at for at in legal if tuple(segments[one + 1 : at]) in codas or at == one + 1]
        found.add(min(whole or legal))
    return found


LANGUAGE = Language(INVENTORY, breaks)
words = st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=8)
_SYMBOLS = [*SEGMENTS, *"iua", "+", "+"]
with_edges = st.lists(st.sampled_from(_SYMBOLS), min_size=1, max_size=9).filter(lambda word: set(word) != {"+"})
manners = st.sampled_from(["simultaneous", "left-to-right", "right-to-left"])
segment = st.sampled_from(SEGMENTS)


def _of(segments) -> frozenset[str]:
    return frozenset(segments)


def _class(text: str) -> Place:
    return Place("set", f"[{text}]", bundle=parse_bundle(text))


sets = st.one_of(
    segment.map(lambda s: Place("set", s, _of([s]))),
    st.sampled_from(BUNDLES).map(_class),
    st.just(Place("set", "V", VOWELS)),
    st.just(Place("set", "C", _of(SEGMENTS) - VOWELS)),
    st.lists(segment, min_size=2, max_size=4, unique=True).map(
        lambda some: Place("set", f"{{{', '.join(some)}}}", _of(some))
    ),
)


def _texts(places) -> str:
    return " ".join(place.text for place in places)


starred = sets.map(lambda one: Place("star", f"{one.text}*", parts=((one,),)))
in_parentheses = st.lists(sets, min_size=1, max_size=2).map(
    lambda some: Place("optional", f"({_texts(some)})", parts=(tuple(some),))
)
choices = st.lists(st.lists(sets, min_size=1, max_size=2), min_size=2, max_size=3).map(
    lambda some: Place("either", f"{{{', '.join(map(_texts, some))}}}", parts=tuple(map(tuple, some)))
)
plus, break_ = Place("+", "+"), Place("$", "$")
boundary = Place("#", "#")
edge_or = sets.map(lambda one: Place("either", f"{{{one.text}, #}}", parts=((one,), (boundary,))))


def _sides(agreement: list[Place], syllables: bool):
    inner = [sets, sets, starred, in_parentheses, choices, st.just(plus)] + [st.just(break_)] * syllables
    inner += [st.sampled_from(agreement)] * bool(agreement)
    body = st.lists(st.one_of(*inner), max_size=3)
    outer = st.one_of(st.just([]), st.just([]), st.just([boundary]), edge_or.map(lambda one: [one]))
    left = st.tuples(outer, body).map(lambda some: (*some[0], *some[1]))
    right = st.tuples(body, outer).map(lambda some: (*some[0], *some[1]))
    return left, right


@st.composite
def rules(draw, syllables: bool = False) -> Rule:
    """A rule: change by segment, by map, by feature; agreement; deletion, insertion, copy, metathesis."""
    kind = draw(st.sampled_from(["segment", "map", "features", "alpha", "delete", "insert", "copy", "same", "moved"]))
    index = Place("set", "Cᵢ", _of(SEGMENTS) - VOWELS, index="i")
    alpha = Place("set", "[-son, αvoi]", bundle=(("son", "-"), ("voi", "α")))
    agreement = {"copy": [index], "same": [index], "alpha": [alpha]}.get(kind, [])
    left, right = (draw(side) for side in _sides(agreement, syllables))
    target, outcome, said = (draw(sets),), None, "∅"
    if kind == "segment":
        outcome = said = draw(segment)
    elif kind == "map":
        before = draw(st.lists(segment, min_size=2, max_size=3, unique=True))
        after = draw(st.lists(segment, min_size=len(before), max_size=len(before)))
        target = (Place("set", f"{{{', '.join(before)}}}", _of(before)),)
        outcome, said = dict(zip(before, after, strict=True)), f"{{{', '.join(after)}}}"
    elif kind == "features":
        text = draw(st.sampled_from(["+nas", "-voi", "+voi", "+hi", "-hi, +lo", "+back"]))
        outcome = _class(text)
        said = outcome.text
    elif kind == "alpha":
        target = (Place("set", "[-son, -cont]", bundle=(("son", "-"), ("cont", "-"))),)
        sign = draw(st.sampled_from(["α", "-α"]))
        outcome, said = Place("set", "", bundle=(("voi", sign),)), f"[{sign}voi]"
        right = (alpha, *right)
    elif kind == "insert":
        target, outcome = None, draw(segment)
        said = outcome
    elif kind == "copy":
        target, outcome, said = None, index, "Cᵢ"
        right = (index, *right)
    elif kind == "same":
        target, right = (index,), (index, *right)
    elif kind == "moved":
        target, said = (draw(sets), draw(sets)), "2 1"
    before = "∅" if target is None else _texts(target)
    text = f"{before} -> {said} / {_texts(left)} _ {_texts(right)}"
    return Rule(target, outcome, tuple(left), tuple(right), text)


@st.composite
def met(draw, rule: Rule) -> list[str]:
    """A word that has what the rule asks for, likely, with something before and behind."""
    alpha, held = draw(st.sampled_from("+-")), draw(st.sampled_from(sorted(_of(SEGMENTS) - VOWELS)))

    def sample(places) -> list[str]:
        found = []
        for place in places:
            if place.kind == "set" and place.index:
                found.append(held)
            elif place.kind == "set":
                wanted = LANGUAGE.with_values(place.bundle, alpha)
                members = sorted(place.members) or INVENTORY.ordered(tuple(wanted))
                found += [draw(st.sampled_from(members))] if members else []
            elif place.kind == "star":
                found += sample(place.parts[0] * draw(st.integers(0, 2)))
            elif place.kind == "optional":
                found += sample(place.parts[0]) if draw(st.booleans()) else []
            elif place.kind == "either":
                found += sample(draw(st.sampled_from(place.parts)))
            elif place.kind == "+":
                found.append("+")
        return found

    about = st.lists(st.sampled_from(_SYMBOLS), max_size=3)
    before, behind = (draw(about) if draw(st.booleans()) else [] for _ in range(2))
    core = sample((*rule.left, *(rule.target or ()), *rule.right))
    word = [*before, *core, *(core if draw(st.booleans()) else []), *behind]
    return word if set(word) - {"+"} else [*word, "a"]


@st.composite
def rules_with_words(draw, syllables: bool = False) -> tuple[Rule, list[str]]:
    """A rule, and a word that meets it, or any word."""
    rule = draw(rules(syllables))
    return rule, draw(met(rule) if draw(st.integers(0, 3)) else with_edges)
