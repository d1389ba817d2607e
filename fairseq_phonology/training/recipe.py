"""How a model is trained where nobody says otherwise: the options that `prepare` proposes and a study fills in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .lengths import TrainingLength

_WARMUP = 300  # updates
_POSITIONS = 1024  # of fairseq's models, EOS included, unless told otherwise
# chosen by exact match; fairseq's own option names, with _
RECIPE: Mapping[str, Any] = {
    "arch": "transformer_phonology_tiny",
    "criterion": "label_smoothed_cross_entropy",
    "label_smoothing": 0.1,
    "dropout": 0.1,
    "optimizer": "adam",
    "adam_betas": "(0.9, 0.98)",
    "clip_norm": 1.0,
    "lr": 0.002,
    "lr_scheduler": "polynomial_decay",
}
CHOOSING: Mapping[str, Any] = {
    "best_checkpoint_metric": "exact_match",
    "maximize_best_checkpoint_metric": True,
    "no_epoch_checkpoints": True,
}
_BELONGS = {"label_smoothing": "criterion", "adam_betas": "optimizer"}  # no other choice has this option


def filled(given: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe with what somebody asks for instead: an option of ours goes with the choice that it belongs to.

    How long to train, `length_options`, is not in it.
    """
    other = {name for name, value in RECIPE.items() if given.get(name, value) != value}
    ours = {name: value for name, value in RECIPE.items() if _BELONGS.get(name) not in other}
    return {**ours, **CHOOSING, **given}


def length_options(length: TrainingLength) -> dict[str, Any]:
    """How long to train, in batches of what size."""
    return {
        "warmup_updates": warmup(length.updates),
        "total_num_update": length.updates,
        "max_tokens": length.batch,
        "max_epoch": length.epochs,
    }


def data_options(subsets: Sequence[str], longest: int) -> dict[str, Any]:
    """What fairseq must be told of some data.

    Args:
        subsets: of validation.
        longest: symbols of the longest word, EOS included.
    """
    several = {"valid_subset": ",".join(subsets)} if len(subsets) > 1 else {}
    room = {"max_source_positions": longest, "max_target_positions": longest} if longest > _POSITIONS else {}
    return {**several, **room}


def warmup(updates: int) -> int:
    """Of so many updates."""
    return min(_WARMUP, updates // 5)


def arguments(options: Mapping[str, Any]) -> list[str]:
    """Options as words of a command line: true is a flag, false is left out; of a list as fairseq writes it."""
    words: list[str] = []
    for name, value in options.items():
        option, text = f"--{name.replace('_', '-')}", str(value)
        if isinstance(value, list) and isinstance(value[0], str):
            text = ",".join(value)
        if value is True:
            words.append(option)
        elif value is not False:
            words += [f"{option}={text}"] if text.startswith("-") else [option, text]
    return words
