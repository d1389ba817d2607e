"""A grammar with one process, nasalization of stops before nasals or after them, and its controls."""

REGRESSIVE = '"p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]"'
PROGRESSIVE = '"p -> m / [+nas] _", "t -> n / [+nas] _", "k -> ŋ / [+nas] _"'


def toy_grammar(rules: str = REGRESSIVE) -> str:
    return f"""
language = "Toy"
[inventory]
segments = "p t k s f h m n ŋ l a i u"
[[process]]
name = "nasalization"
rules = [{rules}]
[controls.nasalization]
target = ["m", "ŋ"]
trigger = ["s", "f"]
"""
