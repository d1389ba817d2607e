"""The options of the task, and checks of combinations that stock fairseq accepts and handles wrongly."""

# no `from __future__ import annotations` here: fairseq builds its parser from annotations that are types, not text

import contextlib
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

import torch
from fairseq.tasks.translation import TranslationConfig
from fairseq.utils import split_paths
from omegaconf import II

from ..errors import InputError, in_our_words, logger_of
from ..files import restore
from ..loading.options import wrong_numbers
from ..phonology.grammar import Grammar
from .binarize import check_record
from .callbacks import CALLBACKS, callback_names
from .dictionaries import LANGUAGES, Dictionaries, check_dictionary, languages
from .numbers import check_least, check_optimization, part_of

logger = logger_of(__name__)

_BEAM = 1_000  # the widest, as of the verbs
# metrics of which less is better
_LESS_IS_BETTER = ("loss", "nll_loss", "ppl", "per")


@dataclass
class PhonologyConfig(TranslationConfig):
    """Options of ``--task phonology``, beside those of fairseq's translation task.

    Fields without help stay off the command line; they read what other parts of fairseq's configuration say.
    """

    source_lang: Optional[str] = field(  # noqa: UP045 (fairseq reads the annotation and knows only this form)
        default=LANGUAGES[0],
        metadata={"help": "suffix of the files with underlying forms (default: ur)", "argparse_alias": "-s"},
    )
    target_lang: Optional[str] = field(  # noqa: UP045
        default=LANGUAGES[1],
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
        metadata={
            "help": "grammar file (TOML): also report accuracy per phonological process, in every validation and at "
            "the end of fairseq-generate and fairseq-interactive"
        },
    )
    callbacks: str = field(
        default="",
        metadata={
            "help": "fairseq-train: also run these after every validation, names separated by commas; a --user-dir "
            "offers them with fairseq_phonology.register_callback",
            "metavar": "NAMES",
        },
    )
    mix_lengths: bool = field(
        default=False,
        metadata={
            "help": "fairseq-train: batches of training words of any length, drawn anew in every epoch (default: as "
            "fairseq makes them, each of words of about one length)"
        },
    )
    save_attention: Optional[str] = field(  # noqa: UP045
        default=None,
        metadata={
            "help": "fairseq-generate and fairseq-interactive: write the attention weights of every layer and head "
            "for every word to this folder",
            "metavar": "DIR",
        },
    )
    attention_kinds: str = field(
        default="cross,encoder",
        metadata={"help": "with --save-attention: any of cross, encoder, decoder, separated by commas"},
    )
    attention_norms: bool = field(
        default=False,
        metadata={
            "help": "with --save-attention: beside each weight also write the norm of the value vector that it weighs, "
            "transformed by the head's part of the output projection (Kobayashi et al. 2020)"
        },
    )
    overwrite_attention: bool = field(
        default=False, metadata={"help": "with --save-attention: replace the dump that is in the folder already"}
    )
    resume_attention: bool = field(
        default=False,
        metadata={
            "help": "fairseq-generate with --save-attention: go on with the dump that a run of the same command left "
            "unfinished, and generate only the words that are missing"
        },
    )
    # of fairseq-generate and fairseq-interactive; None under the other commands
    path: Optional[str] = II("common_eval.path")  # noqa: UP045
    results_path: Optional[str] = II("common_eval.results_path")  # noqa: UP045
    gen_subset: str = II("dataset.gen_subset")
    # not bool: of a command without this option fairseq would make the text of the reference True
    score_reference: Any = field(default=II("generation.score_reference"))
    scoring: Any = field(default=II("scoring"))
    num_shards: int = II("dataset.num_shards")
    shard_id: int = II("dataset.shard_id")
    train_subset: str = II("dataset.train_subset")
    save_dir: str = II("checkpoint.save_dir")
    save_interval: int = II("checkpoint.save_interval")
    validate_interval: int = II("dataset.validate_interval")
    max_valid_steps: Optional[int] = II("dataset.max_valid_steps")  # noqa: UP045
    fp16: bool = II("common.fp16")
    bf16: bool = II("common.bf16")
    memory_efficient_fp16: bool = II("common.memory_efficient_fp16")
    memory_efficient_bf16: bool = II("common.memory_efficient_bf16")
    best_checkpoint_metric: str = II("checkpoint.best_checkpoint_metric")
    maximize_best_checkpoint_metric: bool = II("checkpoint.maximize_best_checkpoint_metric")
    keep_best_checkpoints: int = II("checkpoint.keep_best_checkpoints")
    no_epoch_checkpoints: bool = II("checkpoint.no_epoch_checkpoints")
    no_last_checkpoints: bool = II("checkpoint.no_last_checkpoints")
    checkpoint_suffix: str = II("checkpoint.checkpoint_suffix")
    restore_file: str = II("checkpoint.restore_file")
    finetune_from_model: Optional[str] = II("checkpoint.finetune_from_model")  # noqa: UP045


def check_grammar(cfg: Any, arguments: Sequence[str]) -> None:
    """Leave out a grammar that a checkpoint names and that is gone; one of the command line must be there.

    Args:
        cfg: of the task of a checkpoint, in which fairseq has put what the command line says.
        arguments: of the command line.

    Raises:
        InputError: the command line names a grammar that is not there.
    """
    if not cfg.grammar or Path(cfg.grammar).is_file():
        return
    if any(word in (cfg.grammar, f"--grammar={cfg.grammar}") for word in arguments):
        Grammar.load(cfg.grammar)
    logger.warning(f"{cfg.grammar}, the grammar of training, is gone: no accuracy per process")
    cfg.grammar = None


def keep_from_writing(cfg: Any) -> None:
    """Make the options of a task that a checkpoint brings along write nothing.

    All options of a run are in its checkpoints, which may be a stranger's. What writes is therefore honored only where
    fairseq sets up a task from a command line or from a configuration of the user's own, which it does without saying
    ``from_checkpoint``. A `PhonologyTask` from a checkpoint trains no model either, so that ``save_dir``,
    ``restore_file``, ``callbacks`` and ``save_predictions`` have no effect.

    Raises:
        InputError: one asks for a dump.
    """
    if cfg.save_attention:
        raise InputError(
            f"--save-attention {cfg.save_attention} works only on the command line of fairseq-generate and "
            "fairseq-interactive: nothing was written. If you did not give it, it stands in the checkpoint, where no "
            "training puts it: do not trust that checkpoint"
        )
    cfg.path = cfg.results_path = None
    cfg.overwrite_attention = cfg.resume_attention = cfg.attention_norms = False


def check_always(cfg: Any) -> None:
    """Refuse what no command can do right.

    Raises:
        InputError: naming the flag and what to use instead.
    """
    if cfg.eval_bleu:
        raise InputError(
            "--eval-bleu is not supported, because its meters prevent resuming; exact_match is always reported, and "
            "--eval-beam N adds per"
        )
    if not 0 <= cfg.eval_beam <= _BEAM:
        raise InputError(
            f"--eval-beam {cfg.eval_beam}: the beam must be positive, or 0 for no generation; up to {_BEAM:,}"
        )
    for name in ("max_source_positions", "max_target_positions"):
        check_least(name, getattr(cfg, name), 1)
    if cfg.save_attention and not cfg.path:
        raise InputError("--save-attention works only with fairseq-generate and fairseq-interactive")
    if cfg.resume_attention and not cfg.save_attention:
        raise InputError("--resume-attention needs --save-attention DIR, the dump to go on with")
    if cfg.resume_attention and cfg.overwrite_attention:
        raise InputError(
            "--resume-attention keeps the words that are there, --overwrite-attention replaces them: allowed: one"
        )
    if cfg.attention_norms and not cfg.save_attention:
        raise InputError("--attention-norms needs --save-attention DIR: norms are written beside the weights")
    if cfg.path and cfg.score_reference is True:
        check_score_reference(cfg)
    if cfg.path and not 0 <= cfg.shard_id < cfg.num_shards:
        raise InputError(f"--shard-id {cfg.shard_id}: with --num-shards {cfg.num_shards}, shards are counted from 0")
    lines = getattr(part_of(cfg, "interactive"), "input", "-") if cfg.path else "-"
    if lines != "-" and (os.path.isdir(lines) or not os.path.exists(lines)):
        raise InputError("is no file that is there; --input of fairseq-interactive has a word a line", lines)


def check_generation(options: Any) -> None:
    """Refuse what ends in a traceback of fairseq's generator, and what it takes and cannot do.

    Args:
        options: fairseq's, of generation.

    Raises:
        InputError: naming the option.
    """
    beam, longest, least = (getattr(options, name, None) for name in ("beam", "max_len_b", "min_len"))
    if beam is not None and beam < 1:
        raise InputError(f"--beam {beam}: allowed: 1 (greedy) or more")
    nbest = getattr(options, "nbest", 1)
    if beam is not None and not 1 <= nbest <= beam:
        raise InputError(f"--nbest {nbest} with --beam {beam}: allowed: 1 to {beam}, as a beam has no more hypotheses")
    for name, lowest in (("lenpen", -math.inf), ("unkpen", -math.inf), ("diversity_rate", -math.inf), ("max_len_a", 0)):
        value = getattr(options, name, 0)
        if not (math.isfinite(value) and value >= lowest):
            allowed = "a number" if lowest else "0 or more"
            raise InputError(f"--{name.replace('_', '-')} {value}: allowed: {allowed}")
    if getattr(options, "retain_iter_history", False):
        raise InputError("--retain-iter-history is for tasks that refine their output step by step; leave it out")
    for name in ("min_len", "prefix_size", "no_repeat_ngram_size"):
        check_least(name, getattr(options, name, None), 0)
    if longest is not None and getattr(options, "max_len_a", 0) <= 0 and longest < (least or 1):
        raise InputError(
            f"--max-len-b {longest} with --min-len {least or 1}: no hypothesis could be made; raise --max-len-b, the "
            "most segments of a hypothesis"
        )


def check_batches(options: Mapping[str, Any]) -> None:
    """Refuse what makes no batches, or other ones than it says.

    Args:
        options: of a task's ``get_batch_iterator``.

    Raises:
        InputError: naming the option.
    """
    check_least("max_tokens", options.get("max_tokens"), 1)
    check_least("batch_size", options.get("max_sentences"), 1)
    check_least("num_workers", options.get("num_workers"), 0)


def check_shards(iterator: Any) -> None:
    """Refuse shards without words, at the end of which stock fairseq divides by zero.

    Raises:
        InputError: fewer batches than shards.
    """
    if 1 < iterator.num_shards > (batches := len(iterator.frozen_batches)):
        raise InputError(
            f"--num-shards {iterator.num_shards} of {batches} batches leaves shards without words: allowed: "
            f"{batches} at most, or a smaller --batch-size"
        )


def check_numbers(options: Any) -> None:
    """Refuse shares and counts of a model or a criterion that fairseq would compute with as they are.

    Raises:
        InputError: naming the option.
    """
    for wrong in wrong_numbers(options):
        raise InputError(wrong)


@contextlib.contextmanager
def model_in_our_words() -> Iterator[None]:
    """Turn what fairseq says of the sizes and dictionaries of a model that it cannot build into an `InputError`."""
    divided = "{} (--encoder-embed-dim, --encoder-attention-heads, ...)"
    joined = "{}: the two sides of these data have one each; fairseq-preprocess --joined-dictionary makes one of both"
    with in_our_words("divisible", divided), in_our_words("joined dictionary", joined, (ValueError,)):
        yield


def check_score_reference(cfg: Any) -> None:
    """Refuse figures of the references against themselves.

    Raises:
        InputError: a score, or a grammar to count processes by.
    """
    scoring = getattr(cfg.scoring, "_name", cfg.scoring)
    if scoring not in (None, "exact_match"):
        raise InputError(
            f"--scoring {scoring} with --score-reference would score the references against themselves; leave out one "
            "of the two (the log-probabilities of the references are in the H- and P- lines, base 2)"
        )
    if cfg.grammar:
        raise InputError(
            "--grammar with --score-reference would count the processes of the references themselves; leave out one of "
            "the two"
        )


def check_data(cfg: Any) -> None:
    """Find the languages of the binarized data, and refuse a folder without their dictionaries.

    Raises:
        InputError: no such folder, or no dictionary in it; the message names those that are there. A dictionary that is
            damaged, or is not the one that ``prepare`` wrote.
    """
    folder = Path(split_paths(cfg.data)[0]) if cfg.data else None
    if folder is not None and not folder.exists():
        restore(folder)
    if folder is None or not folder.is_dir():
        raise InputError("no such folder of binarized data; `fairseq-phonology prepare` makes one", cfg.data)
    given = cfg.source_lang, cfg.target_lang
    if given == LANGUAGES and not all((folder / f"dict.{language}.txt").is_file() for language in LANGUAGES):
        given = None, None  # data of other names: the files tell which
    cfg.source_lang, cfg.target_lang = languages(folder, *given)
    check_record(folder, r"dict\..*")
    for path in Dictionaries(folder, cfg.source_lang, cfg.target_lang).paths:
        check_dictionary(path)


def check_training(cfg: Any) -> None:
    """Refuse what would choose or keep the wrong checkpoints, half precision without a GPU, and callbacks that are not
    registered.

    Raises:
        InputError: naming the flag and what to use instead.
    """
    for name in callback_names(cfg):
        CALLBACKS.find(name)
    for name in ("fp16", "bf16"):
        if getattr(cfg, name) and not getattr(cfg, f"memory_efficient_{name}") and not torch.cuda.is_available():
            raise InputError(
                f"--{name} needs a GPU, and PyTorch finds none here: leave it out, or give --memory-efficient-{name}"
            )
    least = {"validate_interval": 1, "save_interval": 1, "keep_best_checkpoints": -1, "max_valid_steps": 0}
    for name, lowest in least.items():
        check_least(name, getattr(cfg, name), lowest)
    check_optimization(cfg)
    metric, maximize = cfg.best_checkpoint_metric, cfg.maximize_best_checkpoint_metric
    grammar = Grammar.load(cfg.grammar) if cfg.grammar else None
    processes = [process.name for process in grammar.processes] if grammar else []
    for name in (process.name for process in (grammar.processes if grammar else ()) if process.variable):
        if metric in (name, f"{name}_failed") or metric.startswith((f"{name}_in_", f"{name}_training")):
            raise InputError(
                f"--best-checkpoint-metric {metric}: {name} has a rate, so that its share is no accuracy; choose by "
                "exact_match"
            )
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
            f"--keep-best-checkpoints with --best-checkpoint-metric {metric}: fairseq puts it "
            "into a file name, where / separates folders; choose by a metric without /"
        )
    if cfg.keep_best_checkpoints > 0 and cfg.no_epoch_checkpoints and cfg.no_last_checkpoints:
        raise InputError(
            "--keep-best-checkpoints with both --no-epoch-checkpoints and --no-last-checkpoints: fairseq would save "
            "nothing but new bests, never the second best; leave one of the two out"
        )
