"""Outputs of fairseq-generate, written as it prints them."""

from __future__ import annotations


def word(n, ur, sr, *hypotheses, alignment=False):
    """The lines of one word; ``sr`` None: there is no reference."""
    lines = [f"S-{n}\t{ur}", *([] if sr is None else [f"T-{n}\t{sr}"])]
    for rank, hypothesis in enumerate(hypotheses):
        score = f"{-0.125 * (rank + 1)}"
        lines += [f"H-{n}\t{score}\t{hypothesis}", f"D-{n}\t{score}\t{hypothesis}"]
        lines += [f"P-{n}\t" + " ".join(["-0.1000"] * (len(hypothesis.split()) + 1))]
        lines += [f"A-{n}\t0-0"] * alignment
    return "".join(f"{line}\n" for line in lines)


def output(*words, end=""):
    """A whole output: (UR, SR, hypothesis, ...) of each word, numbered from 0, the last word first."""
    return "".join(word(n, *forms) for n, forms in reversed(list(enumerate(words)))) + end


# k becomes ŋ before a nasal; three of five words are right
WORDS = (
    ("h a k m u n", "h a ŋ m u n", "h a ŋ m u n"),
    ("p a p", "p a p", "p a p"),
    ("k u k m i", "k u ŋ m i", "k u k m i"),
    ("a k n a", "a ŋ n a", "a ŋ n a"),
    ("t a k", "t a k", "t a ŋ i"),
)
TABLE = "id\tur\tsr\tgloss\n" + "".join(f"w{n}\t{ur}\t{sr}\tgloss {n}\n" for n, (ur, sr, _) in enumerate(WORDS))
GRAMMAR = """
language = "toy"
[inventory]
segments = "p t k m n ŋ h a i u"
[[process]]
name = "nasalization"
rules = ["p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]"]
"""
