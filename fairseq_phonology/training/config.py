"""The options of the task, and the combinations that stock fairseq would take and quietly do wrong with."""

# no `from __future__ import annotations` here: fairseq builds its parser from annotations that are types, not text

from dataclasses import dataclass, field
from typing import Any, Optional

from fairseq.tasks.translation import TranslationConfig
from omegaconf import II

from ..phonology.errors import InputError
from ..phonology.grammar import Grammar

DEFAULT_LANGUAGES = ("ur", "sr")
# metrics of which less is better, whatever else a task may add
_LESS_IS_BETTER = ("loss", "nll_loss", "ppl", "per")


@dataclass
class PhonologyConfig(TranslationConfig):
    """Options of ``--task phonology``, beside those of fairseq's translation task.

    Fields without help stay off the command line; they read what other parts of fairseq's configuration say.
    """

    source_lang: Optional[str] = field(  # noqa: UP045 (fairseq reads the annotation and knows only this form)
        default=DEFAULT_LANGUAGES[0],
        metadata={"help": "suffix of the files with underlying forms (default: ur)", "argparse_alias": "-s"},
    )
    target_lang: Optional[str] = field(  # noqa: UP045
        default=DEFAULT_LANGUAGES[1],
        metadata={"help": "suffix of the files with surface forms (default: sr)", "argparse_alias": "-t"},
    )
    # fairseq's own default of -1 makes --combine-valid-subsets die
    upsample_primary: int = field(default=1, metadata={"help": "how often to repeat the first of combined data sets"})
    eval_beam: int = field(
        default=0,
        metadata={
            "help": "also generate with a beam of N in every validation, and report per (segment edits / reference "
            "segments, in %%); exact_match needs no generation (default: 0, no generation)"
        },
    )
    save_predictions: bool = field(
        default=False,
        metadata={
            "help": "write every word's hypothesis (greedy, or the best of --eval-beam) to "
            "<save-dir>/predictions/ after every validation"
        },
    )
    grammar: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={"help": "grammar file (TOML): also report accuracy per phonological process in every validation"},
    )
    train_subset: str = II("dataset.train_subset")
    save_dir: str = II("checkpoint.save_dir")
    best_checkpoint_metric: str = II("checkpoint.best_checkpoint_metric")
    maximize_best_checkpoint_metric: bool = II("checkpoint.maximize_best_checkpoint_metric")
    keep_best_checkpoints: int = II("checkpoint.keep_best_checkpoints")
    no_epoch_checkpoints: bool = II("checkpoint.no_epoch_checkpoints")
    no_last_checkpoints: bool = II("checkpoint.no_last_checkpoints")
    checkpoint_suffix: str = II("checkpoint.checkpoint_suffix")
    restore_file: str = II("checkpoint.restore_file")


def check_always(cfg: Any) -> None:
    """Refuse what no command can do right.

    Raises:
        InputError: naming the flag and what to use instead.
    """
    if cfg.eval_bleu:
        raise InputError(
            "--eval-bleu: BLEU says little about words, and its meters break resuming; exact_match is always reported, "
            "and --eval-beam N adds per"
        )
    if cfg.eval_beam < 0:
        raise InputError(f"--eval-beam {cfg.eval_beam}: the beam must be positive, or 0 for no generation")


def check_training(cfg: Any) -> None:
    """Refuse what would choose or keep the wrong checkpoints.

    Raises:
        InputError: naming the flag and what to use instead.
    """
    metric, maximize = cfg.best_checkpoint_metric, cfg.maximize_best_checkpoint_metric
    processes = [process.name for process in Grammar.load(cfg.grammar).processes] if cfg.grammar else []
    if metric in ("exact_match", *processes) and not maximize:
        raise InputError(
            f"--best-checkpoint-metric {metric} needs --maximize-best-checkpoint-metric: "
            "without it fairseq would keep the worst model"
        )
    mistakes = [f"{process}_{mistake}" for process in processes for mistake in ("overapplied", "failed")]
    if metric in (*_LESS_IS_BETTER, *mistakes) and maximize:
        raise InputError(
            f"--maximize-best-checkpoint-metric with {metric} would keep the worst model: leave it out, "
            "or choose by --best-checkpoint-metric exact_match"
        )
    if metric == "per" and not cfg.eval_beam:
        raise InputError("--best-checkpoint-metric per needs --eval-beam N: only generation yields per")
    if cfg.keep_best_checkpoints > 0 and "/" in metric:
        raise InputError(
            f"--keep-best-checkpoints with --best-checkpoint-metric {metric}: fairseq would make a file name of it, "
            "and / stands for a folder there; choose by a metric without /"
        )
    if cfg.keep_best_checkpoints > 0 and cfg.no_epoch_checkpoints and cfg.no_last_checkpoints:
        raise InputError(
            "--keep-best-checkpoints with both --no-epoch-checkpoints and --no-last-checkpoints: fairseq would save "
            "nothing but new bests, never the second best; leave one of the two out"
        )
