"""Models beside people: what models say of candidates, what speakers did, and how the two agree."""
