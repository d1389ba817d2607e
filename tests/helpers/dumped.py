"""Records and dumps written as such: weights that tell their row and rank."""

import numpy as np

from fairseq_phonology.attention.dump.reader import DumpWriter
from fairseq_phonology.attention.record import AttentionRecord


def word(row, rank=0, ur="h a k", sr="h a ŋ", kinds=("cross", "encoder"), **changes):
    """A record of 2 layers x 3 heads whose weights tell its row and rank."""
    ur, sr = tuple(ur.split()), tuple(sr.split())
    u, s = len(ur) + 1, len(sr) + 1
    shapes = {"cross": (2, 3, s, u), "encoder": (2, 3, u, u), "decoder": (2, 3, s, s)}
    weights = {kind: np.full(shapes[kind], row + rank / 10, np.float32) for kind in kinds}
    log_probs = -np.arange(s, dtype=np.float32)
    return AttentionRecord(**{"id": f"w{row}", "row": row, "rank": rank, "underlying": ur, "surface": sr,
                              "reference": sr, "log_probs": log_probs, **weights, **changes})  # fmt: skip


def manifest(words=None, **changes):
    common = {"checkpoint_sha256": "a" * 64, "model": {"layers": 2}, "dictionaries": {"ur": ["h", "a", "k"]}}
    return {**common, "subset": "test", "beam": 5, "kinds": ["cross", "encoder"], "words_expected": words, **changes}


def write(folder, *batches, shard="00000", overwrite=False, **changes):
    with DumpWriter(folder, manifest(**changes), shard, overwrite) as writer:
        for batch in batches:
            writer.write(batch)
    return folder


def with_norms(row, **changes):
    """As `word`; its norms tell row and kind."""
    made = word(row, **changes)
    made.cross_norms, made.encoder_norms = 2 * made.cross + 0.5, 3 * made.encoder + 0.25
    return made
