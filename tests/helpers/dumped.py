"""Records and dumps written as such: weights that tell their row and rank."""

import numpy as np

from fairseq_phonology.attention.dump.reader import DumpWriter
from fairseq_phonology.attention.record import AttentionRecord


def telling(row, rank, *shape):
    """Weights whose first key tells row and rank, where it is not the only one; see `told`."""
    first = 1 / (2 + row + rank / 10)
    weights = np.full(shape, (1 - first) / max(shape[-1] - 1, 1), np.float32)
    weights[..., 0] = first if shape[-1] > 1 else 1
    return weights


def told(weights):
    """What `telling` weights tell: row + rank / 10; None if they differ."""
    found = np.unique(np.round(1 / weights[..., 0].astype(float) - 2, 3))
    return float(found[0]) if len(found) == 1 else None


def word(row, rank=0, ur="h a k", sr="h a ŋ", kinds=("cross", "encoder"), **changes):
    """A record of 2 layers x 3 heads whose weights tell its row and rank."""
    ur, sr = tuple(ur.split()), tuple(sr.split())
    u, s = len(ur) + 1, len(sr) + 1
    shapes = {"cross": (2, 3, s, u), "encoder": (2, 3, u, u), "decoder": (2, 3, s, s)}
    weights = {kind: telling(row, rank, *shapes[kind]) for kind in kinds}
    log_probs = -np.arange(s, dtype=np.float32)
    return AttentionRecord(**{"id": f"w{row}", "row": row, "rank": rank, "underlying": ur, "surface": sr,
                              "reference": sr, "log_probs": log_probs, **weights, **changes})  # fmt: skip


def manifest(words=None, **changes):
    common = {"checkpoint_sha256": "a" * 64, "model": {"layers": 2}, "dictionaries": {"ur": ["h", "a", "k"]}}
    return {**common, "subset": "test", "beam": 5, "kinds": ["cross", "encoder"], "words_expected": words, **changes}


def write(folder, *batches, shard="00000", overwrite=False, resume=False, **changes):
    with DumpWriter(folder, manifest(**changes), shard, overwrite, resume) as writer:
        for batch in batches:
            writer.write(batch)
    return folder


def with_norms(row, **changes):
    """As `word`; its norms tell row and kind."""
    made = word(row, **changes)
    made.cross_norms = np.full_like(made.cross, 2 * row + 0.5)
    made.encoder_norms = np.full_like(made.encoder, 3 * row + 0.25)
    return made
