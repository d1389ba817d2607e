"""Items in the levels of a condition: lists, and dumps in which a head's weight depends on the level."""

import numpy as np

from fairseq_phonology.attention.dump.reader import DumpWriter
from fairseq_phonology.attention.record import AttentionRecord
from tests.helpers.dumped import manifest

LEVELS = ("a", "b", "c")
HEADERS = ("id", "ur", "sr", "item", "context", "target_index", "trigger_index")


BARE = tuple(name for name in HEADERS if name != "sr")


def rows(items=12, levels=LEVELS, within=True):
    """Cells of a list: one word an item and level; between items an item has one level."""
    found = []
    for n in range(items):
        for level in levels:
            item = f"i{n}" if within else f"{level}{n}"
            ur = f"p a k m {'iua'[n % 3]} t"
            if not within:  # no word twice in a level
                ur += f" {'iua'[n // 3 % 3]} {'ptkmn'[n // 9]}"
            found.append([f"{level}-{n}", ur, ur.replace("k m", "ŋ m"), item, level, "2", "3"])
    return found


def bare(cells):
    """Cells without the SR, for `BARE`."""
    return [[*row[:2], *row[3:]] for row in cells]


def write_list(path, cells, headers=HEADERS):
    path.write_text("".join("\t".join(row) + "\n" for row in [headers, *cells]), encoding="utf-8")
    return path


def write_dump(folder, cells, effects=None, wrong=(), layers=1, heads=2, seed=1, gold=True, overwrite=False, **of):
    """A dump in which each level adds to the logit that the first head has at the position 3, from step 2.

    Args:
        effects: level -> logits.
        wrong: ids of words whose SR has k at step 2.
    """
    rng = np.random.default_rng(seed)
    with DumpWriter(folder, manifest(kinds=["cross", "encoder"], **of), overwrite=overwrite) as writer:
        for row, cell in enumerate(cells):
            ur, level = tuple(cell[1].split()), cell[4]
            sr = tuple(cell[1].replace("k m", "ŋ m").split())
            surface = tuple(cell[1].split()) if cell[0] in wrong else sr
            logits = 0.3 * rng.standard_normal((layers, heads, len(surface) + 1, len(ur) + 1))
            logits[0, 0, 2, 3] += (effects or {}).get(level, 0.0) + 1.5
            weights = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
            own = np.full((layers, heads, len(ur) + 1, len(ur) + 1), 1 / (len(ur) + 1))
            log_probs = -np.ones(len(surface) + 1, np.float32)
            shown = (cell[0], row, 0, ur, surface, sr if gold else None, log_probs)
            writer.write([AttentionRecord(*shown, cross=weights.astype(np.float32), encoder=own.astype(np.float32))])
    return folder
