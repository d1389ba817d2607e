"""A section [model]: options of fairseq-train. Those that a study gives itself are refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .sections import shown, text_of, title
from .source import Source

_FOLDERS = "the study names its folders itself"
_BEST = "the best checkpoint is the one with most words right; every later step takes that"
_RESUME = "a study resumes its trainings from their last checkpoint"
_ONE = "each training is one process; trainings run side by side (--jobs N)"
_TOP = "it stands at the top of the file, for all steps"
_LOG = "progress is read from the log"
GIVEN = {
    **dict.fromkeys(("save_dir", "tensorboard_logdir", "log_file", "data", "results_path"), _FOLDERS),
    **dict.fromkeys(("user_dir", "task", "grammar"), _TOP),
    "seed": "seeds = N stands at the top of the file",
    "max_epoch": "write epochs = N",
    **dict.fromkeys(("source_lang", "target_lang"), "the study makes the data"),
    **dict.fromkeys(("best_checkpoint_metric", "maximize_best_checkpoint_metric", "checkpoint_suffix"), _BEST),
    **dict.fromkeys(("no_save", "no_last_checkpoints", "no_save_optimizer_state", "restore_file"), _RESUME),
    **dict.fromkeys(("continue_once", "stop_time_hours"), _RESUME),
    "no_epoch_checkpoints": "checkpoints of all epochs are kept where [dynamics] is asked for",
    **dict.fromkeys(("log_format", "log_interval", "no_progress_bar"), _LOG),
    **dict.fromkeys(("ddp_backend", "local_rank", "device_id", "nprocs_per_node", "pipeline_model_parallel"), _ONE),
    **dict.fromkeys(("tpu", "model_parallel_size", "heartbeat_timeout"), _ONE),
}
FILES = ("finetune_from_model", "encoder_embed_path", "decoder_embed_path")  # options that name files
_STARTS = {"distributed_": _ONE, "reset_": _RESUME, "pipeline_": _ONE, "slowmo_": _ONE, "wandb_": _FOLDERS}


def read_training(source: Source, table: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """The options of a [model], with ``_``, ``epochs`` among them.

    Raises:
        InputError: an option that a study sets itself, or a value of no option.
    """
    found: dict[str, Any] = {}
    for written, value in table.items():
        key = written.replace("-", "_")
        starts = (why for start, why in _STARTS.items() if key.startswith(start))
        if why := GIVEN.get(key) or next(starts, ""):
            raise source.error(f"{title(*keys)} found {written!r}, which a study gives itself: {why}", *keys, written)
        if key in found:
            raise source.error(
                f"{title(*keys)} found {written!r} twice (with - and with _); leave one out", *keys, written
            )
        values = value if isinstance(value, list) else [value]
        number = isinstance(value, int) and not isinstance(value, bool)
        if key == "epochs" and not (number and 1 <= value <= 10**6):
            raise source.error(
                f"{title(*keys)} epochs: found {shown(value)}; allowed: a whole number, 1 or more", *keys, written
            )
        if not isinstance(value, bool) and (not values or any(text_of(each) is None for each in values)):
            raise source.error(
                f"{title(*keys)} {written}: found {shown(value)}; allowed: a number, a text, true or false, or a list "
                "of numbers or texts",
                *(*keys, written),
            )
        found[key] = source.file(str(value), *keys, written) if key in FILES else value
    return found
