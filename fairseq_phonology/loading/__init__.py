"""Checkpoints come in through PyTorch's restricted unpickler and a short allow-list, and are looked at before use.

A file that carries code, is damaged or is no checkpoint is refused in a sentence of our own, and none of it is run.
"""

from .allowed import OldMeter, allow_resuming_with_several_workers
from .content import check_content, in_one_line
from .guard import guard_fairseq
from .reading import (
    check_file,
    copy_checkpoint,
    load_checkpoint,
    replace_truncated_last,
    saved_at,
    updates_of,
)

__all__ = [
    "OldMeter",
    "allow_resuming_with_several_workers",
    "check_content",
    "check_file",
    "copy_checkpoint",
    "guard_fairseq",
    "in_one_line",
    "load_checkpoint",
    "replace_truncated_last",
    "saved_at",
    "updates_of",
]
