"""Which of fairseq's criteria train a model that maps URs to SRs."""

from __future__ import annotations

from typing import Any

from fairseq.criterions import CRITERION_REGISTRY

from ..errors import InputError
from .config import check_numbers

_CTC = "a model with an output for CTC (`get_ctc_output`)"
_SPEECH = "a model and data of speech"
_SENTENCES = "a classifier of sentences"
_MASKED = "a masked language model"
_LOSS = "a model that computes its own loss"
# fairseq's criteria that end in a traceback otherwise
_NEEDS = {
    "ctc": "a model that says a symbol or none at each position of its input (CTC)",
    "label_smoothed_cross_entropy_with_ctc": _CTC,
    "nat_loss": "a model and a task that refine their output step by step",
    "vocab_parallel_cross_entropy": "a model that is divided among GPUs (`--model-parallel-size`)",
    **dict.fromkeys(("masked_lm", "legacy_masked_lm_loss"), _MASKED),
    **dict.fromkeys(("sentence_prediction", "sentence_prediction_adapters", "sentence_ranking"), _SENTENCES),
    **dict.fromkeys(("model", "wav2vec", "hubert"), _LOSS),
    **dict.fromkeys(("speech_dlm_criterion", "speech_unit_lm_criterion", "tacotron2", "fastspeech2"), _SPEECH),
    **dict.fromkeys(
        (f"speech_to_{what}{passes}" for what in ("unit", "spectrogram") for passes in ("", "_2pass")), _SPEECH
    ),
}


def check_criterion(cfg: Any, has_ctc: bool = False) -> None:
    """Refuse a criterion that fairseq does not have, as may be that of a checkpoint, and one for other models.

    Args:
        cfg: of the criterion.
        has_ctc: whether the model has an output for CTC.

    Raises:
        InputError: no criterion of that name; what it needs; a number among its options that means nothing.
    """
    name = getattr(cfg, "_name", None) or getattr(cfg, "criterion", None)
    if name not in CRITERION_REGISTRY:
        raise InputError(f"the unknown criterion {name!r}: name the --user-dir that has it")
    if name in _NEEDS and not (has_ctc and _NEEDS[name] == _CTC):
        raise InputError(
            f"--criterion {name} needs {_NEEDS[name]}; allowed: cross_entropy, label_smoothed_cross_entropy, "
            "label_smoothed_cross_entropy_with_rdrop, or one that calls the model as `model(**sample['net_input'])` "
            "and takes scores of the symbols of each step from it"
        )
    check_numbers(cfg)
