"""``fairseq-phonology checkpoints``: which checkpoint of a folder gets the most whole words right."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from ..errors import InputError
from ..files import alone
from ..text import NONE, number
from ..training.checkpoints.score_record import PREDICTIONS, SCORES, Score, ScoreRecord, find_checkpoints
from .wiring.numbers import BATCH, BEAM
from .wiring.options import add_cpu, add_user_dir
from .wiring.proposals import generation
from .wiring.terminal import say, say_next

if TYPE_CHECKING:
    from ..training.checkpoints.ranking import CheckpointScorer

EXAMPLE = "fairseq-phonology checkpoints checkpoints --data data/bin --subset valid --beam 5"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add("folder", metavar="DIR", help="folder with checkpoints (*.pt) of any translation run, or one file")
    add("--data", metavar="BIN", help="binarized data (default: what the checkpoint was trained on)")
    add("--subset", default="valid", help="words to score on (default: valid)")
    add(
        "--beam",
        type=BEAM,
        default=1,
        metavar="N",
        help="beam size of the hypotheses that are counted (default: 1, greedy decoding, as in validation, of which "
        "only wrong words must be generated; a larger beam generates all)",
    )
    add(
        "--scores-only",
        action="store_true",
        help="exact match and loss only, which one forward pass tells: no predictions, and no PER",
    )
    add("--batch-size", type=BATCH, default=128, metavar="N", help="words in a batch (default: 128)")
    add(
        "--out",
        metavar="FOLDER",
        help="folder for scores.csv and predictions/; checkpoints that were scored there earlier and have not changed "
        "(size and time, or SHA-256) are not scored again (default: DIR/scores-SUBSET-beamN)",
    )
    add_user_dir(parser)
    add_cpu(parser)


def run(args: argparse.Namespace) -> None:
    """Score what is not yet scored, and rank all."""
    if args.scores_only and args.beam > 1:
        raise InputError(f"--scores-only with --beam {args.beam}, which generates every word: leave one of them out")
    paths = find_checkpoints(args.folder)
    folder = Path(args.folder) if Path(args.folder).is_dir() else Path(args.folder).parent
    out = Path(args.out) if args.out else folder / f"scores-{args.subset}-beam{args.beam}"
    data = str(Path(args.data).resolve()) if args.data else None
    with alone(out, "--out"):
        record = ScoreRecord(out, args.subset, args.beam, data, args.scores_only)
        if len(paths) > 1:
            record.keep_only(path.name for path in paths)
        refused = _score_new(args, paths, record)
    for line in _table(record.scores):
        say(line)
    if record.scores:
        written = [out / SCORES] if args.scores_only else [out / SCORES, out / PREDICTIONS]
        say(f"written: {' and '.join(map(str, written))}")
        say_next(_next_command(args, record, folder))
    if refused:
        raise InputError(f"{len(refused)} of {len(paths)} checkpoints not scored: {', '.join(refused)}")


def _score_new(args: argparse.Namespace, paths: list[Path], record: ScoreRecord) -> list[str]:
    """Score what is not yet scored; returns the names of the files that cannot be."""
    # a copy of a checkpoint is known only once the first of its kind is scored
    scorer, refused, known = None, [], 0
    with tqdm(desc="scoring", unit=" words", delay=2, disable=None, leave=False) as bar, warnings.catch_warnings():
        for number, path in enumerate(paths, 1):
            try:
                if not path.is_file():  # a folder, a pipe, a link to nothing
                    _refuse(path)
                if record.known(path):
                    known += 1
                    continue
                if scorer is None:
                    warnings.simplefilter("ignore")  # fairseq's about torch: nothing a user could do
                    scorer = _scorer(args, bar.update)
                bar.set_description(f"{path.name} ({number}/{len(paths)})")
                opened = scorer.open(path)
                words = len(opened[2].labels)
                # as many words again for every checkpoint still to come, as far as one can tell
                bar.total = bar.n + words * (len(paths) - number + 1)
                score, predictions = scorer.score(path, opened)
                record.add(path, opened[2].path, opened[2].digest, score, predictions)
            except InputError as error:
                if str(error.path) != str(path):  # the data: the same for every checkpoint
                    raise
                refused.append(path.name)
                tqdm.write(f"not scored: {error}", file=sys.stderr)
    if known:
        say(f"{known} of {len(paths)} checkpoints were scored earlier, or are copies of one that was")
    return refused


def _refuse(path: Path) -> None:
    from ..loading import check_file

    check_file(path)


def _scorer(args: argparse.Namespace, progress: Callable[[int], object]) -> CheckpointScorer:
    from ..training.checkpoints.loaded import import_user_dir, quiet_libraries
    from ..training.checkpoints.ranking import CheckpointScorer

    quiet_libraries()
    import_user_dir(args.user_dir)
    return CheckpointScorer(args.subset, args.beam, args.data, args.batch_size, args.cpu, progress, args.scores_only)


def _table(scores: list[Score]) -> list[str]:
    if not scores:
        return []
    width = max(len("checkpoint"), *(len(score.checkpoint) for score in scores))
    generated = any(score.per is not None for score in scores)
    varied = any(score.most_frequent_variant is not None for score in scores)
    per, more = "  PER %" if generated else "", "  most frequent variant %" if varied else ""
    lines = [f"  {'checkpoint'.ljust(width)}  exact match %{per}   loss  epoch  updates{more}"]
    for n, score in enumerate(scores):
        lines.append(
            f"{' ' if n else '*'} {score.checkpoint.ljust(width)}  {score.exact_match:>13.2f}"
            + (f"  {NONE if score.per is None else f'{score.per:.2f}':>5}" if generated else "")
            + f"  {score.loss:>5.3f}  {score.epoch:>5}  {score.updates:>7}"
            + (f"  {number(score.most_frequent_variant):>23}" if varied else "")
        )
    return [*lines, f"* best: {scores[0].checkpoint} (by exact match, then lower loss, then earlier)"]


def _next_command(args: argparse.Namespace, record: ScoreRecord, folder: Path) -> str:
    from ..training.checkpoints.loaded import dictionaries_of, quiet_libraries, truncation_of

    quiet_libraries()
    best = record.scores[0].checkpoint
    path, data, task = folder / best, record.data_of(best), "phonology"
    more = ["--beam", "5", "--scoring", "exact_match"]
    if args.user_dir:
        task, extends_ours = _own_task(args.user_dir, path)
        more = more if extends_ours else more[:2]
    dictionaries = dictionaries_of(path, data)
    more += truncation_of(path)
    return generation(path, dictionaries, data, args.subset, args.user_dir, task, args.cpu, more)


def _own_task(user_dir: str, path: Path) -> tuple[str, bool]:
    """Name of the task of a run with a user-dir of its own; whether it extends ours, and so brings our scorer."""
    from fairseq.tasks import TASK_REGISTRY

    from ..task import PhonologyTask
    from ..training.checkpoints.loaded import import_user_dir, task_name

    import_user_dir(user_dir)
    name = task_name(path)
    return name, issubclass(TASK_REGISTRY.get(name, object), PhonologyTask)
