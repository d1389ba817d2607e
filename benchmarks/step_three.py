"""Which of 20 checkpoints gets the most of 1,000 words right? Whole processes: `checkpoints`, and what else tells.

Against a script as linguists write it, against ``fairseq-generate``, and against loading the checkpoints and one
forward pass of each, below which nothing can come.
"""

from __future__ import annotations

import json
import pstats
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import setting
from results import Row
from setting import Used

ROUNDS = 1 if setting.SMALL else 3  # of what takes less than a minute
EVERY, WORDS = 4, setting.VALID // 4  # of the script: every fourth checkpoint, and every fourth word
OUT = setting.WORK / "step-three"
BATCH = 128  # words, as of `checkpoints`

# what a profile is made of: (end of a file's name, function) -> what it does
PARTS = {
    "importing torch and fairseq": ("commands/checkpoints.py", "_scorer"),
    "reading files": ("checkpoints/loaded.py", "read_checkpoint"),
    "building models": ("checkpoints/ranking.py", "build"),
    "forward passes": ("checkpoints/ranking.py", "loss"),
    "generating wrong words": ("training/predictions.py", "of"),
    "tables": ("checkpoints/score_record.py", "add"),
}


def ours(folder: Path, *options: object) -> Used:
    """`checkpoints` on all of a folder."""
    line = ("checkpoints", folder, "--data", setting.prepared(), "--cpu", "--out", OUT / "scores", *options)
    shutil.rmtree(OUT / "scores", ignore_errors=True)
    return setting.used("fairseq-phonology", *line)


def by_itself(what: str, *arguments: object) -> Used:
    """A function of this file in a process of its own."""
    return setting.used("python", __file__, what, *arguments)


def generate(checkpoint: Path, beam: int) -> Used:
    """``fairseq-generate`` of stock fairseq's task, one checkpoint."""
    return setting.used("fairseq-generate", setting.prepared(), "--user-dir", setting.USER_DIR, "--task", "translation",
                        "--path", checkpoint, "--gen-subset", "valid", "--beam", beam, "--cpu")  # fmt: skip


def _once(checkpoints: list[str]) -> None:
    """Load each checkpoint, and validate it once, as fairseq does."""
    from argparse import Namespace

    import torch
    from fairseq import checkpoint_utils, tasks, utils

    utils.import_user_module(Namespace(user_dir=str(setting.USER_DIR)))
    task = None
    for path in checkpoints:
        state = checkpoint_utils.load_checkpoint_to_cpu(path)
        if task is None:
            task = tasks.setup_task(state["cfg"].task, from_checkpoint=True)
            task.load_dataset("valid")
        (model,), cfg = checkpoint_utils.load_model_ensemble([path], task=task, state=state)
        model, criterion = model.eval(), task.build_criterion(cfg.criterion)
        batches = task.get_batch_iterator(task.dataset("valid"), max_sentences=BATCH)
        with torch.no_grad():
            losses = [criterion(model, sample)[0] for sample in batches.next_epoch_itr(shuffle=False)]
        print(path, float(sum(losses)))


def _script(checkpoints: list[str]) -> None:
    """What a linguist's script does: `translate` every word, compare. Seconds of its parts go to ``script.json``."""
    begin = time.perf_counter()
    from fairseq.models.transformer import TransformerModel

    sides = [(setting.DATA.parent / f"valid.{side}").read_text(encoding="utf-8").splitlines() for side in ("ur", "sr")]
    words = list(zip(*sides, strict=True))[:: setting.VALID // WORDS]
    spent = {"start": time.perf_counter() - begin, "load": 0.0, "words": 0.0}
    for path in map(Path, checkpoints):
        begin = time.perf_counter()
        hub = TransformerModel.from_pretrained(
            str(path.parent), path.name, str(setting.DATA), user_dir=str(setting.USER_DIR)
        ).eval()
        loaded = time.perf_counter()
        right = sum(hub.translate(ur, beam=5) == sr for ur, sr in words)
        spent["load"] += loaded - begin
        spent["words"] += time.perf_counter() - loaded
        print(path.name, right, len(words), file=sys.stderr)
    (OUT / "script.json").write_text(json.dumps(spent), encoding="utf-8")


def script(checkpoints: list[Path]) -> float:
    """Seconds of the whole script over all checkpoints and words, computed from every fourth of each."""
    by_itself("script", *checkpoints[EVERY - 1 :: EVERY])
    spent = json.loads((OUT / "script.json").read_text(encoding="utf-8"))
    return spent["start"] + EVERY * (spent["load"] + setting.VALID / WORDS * spent["words"])


def profile(folder: Path) -> Iterator[tuple[str, float]]:
    """What `checkpoints` does, and its share of the time under the profiler, which slows small functions more."""
    stored = OUT / "profile"
    line = ("-m", "cProfile", "-o", stored, "-m", "fairseq_phonology", "checkpoints", folder)
    shutil.rmtree(OUT / "scores", ignore_errors=True)
    setting.used("python", *line, "--data", setting.prepared(), "--cpu", "--out", OUT / "scores")
    found = pstats.Stats(str(stored))
    yield from shares(found.stats, found.total_tt)


def shares(stats: dict[tuple[str, int, str], tuple], total: float) -> Iterator[tuple[str, float]]:
    """The share of each of `PARTS`, of which none is part of another, and of what is left.

    Args:
        stats: of `pstats`: (file, line, function) -> (calls, calls, own time, cumulative time, callers).
        total: seconds.
    """
    spent = dict.fromkeys(PARTS, 0.0)
    for (file, _, function), (*_, cumulative, _) in stats.items():
        for what, (end, name) in PARTS.items():
            if file.endswith(end) and function == name:
                spent[what] += cumulative
    yield from ((what, seconds / total) for what, seconds in spent.items())
    yield "the rest", 1 - sum(spent.values()) / total


def rows() -> Iterator[Row]:
    """(what, measured, target) of each row."""
    OUT.mkdir(exist_ok=True)
    paths = setting.epochs()
    folder = OUT / "checkpoints"  # of the epochs alone, without the best one once more
    folder.mkdir(exist_ok=True)
    for path in paths:
        (folder / path.name).unlink(missing_ok=True)
        (folder / path.name).symlink_to(path)
    programs: dict[str, Callable[[], Used]] = {
        "ours": lambda: ours(folder),
        "scores": lambda: ours(folder, "--scores-only"),
        "once": lambda: by_itself("once", *paths),
    }
    found = setting.in_turns(programs, ROUNDS)
    took = setting.seconds(found["ours"])
    floor = "loading the checkpoints and one forward pass"
    yield "`checkpoints`: exact match, PER, loss, predictions", f"{took:.1f} s (median of {ROUNDS})", ""
    yield f"the same / {floor}", setting.ratio(found["ours"], found["once"]), "<= 1.5 x"
    yield f"`checkpoints --scores-only` / {floor}", setting.ratio(found["scores"], found["once"]), "<= 1.5 x"
    stock = "`fairseq-generate --beam {}`, once a checkpoint / `checkpoints`{}"
    part = f"{EVERY} x the time of every {EVERY}th checkpoint"
    for beam, more, target in ((5, "", ">= 5 x"), (1, ", which is what ours ranks by", "")):
        seconds = EVERY * sum(generate(path, beam).seconds for path in paths[EVERY - 1 :: EVERY])
        yield stock.format(beam, more), f"{seconds / took:.1f} x ({seconds:.0f} s: {part})", target
    seconds = script(paths)
    part = f"of every {EVERY}th checkpoint and every {setting.VALID // WORDS}th word, times as many; start-up once"
    what = "a script with `from_pretrained` and `translate(word, beam=5)` / `checkpoints`"
    yield what, f"{seconds / took:.0f} x ({seconds:.0f} s: {part})", ">= 40 x"
    parts = ", ".join(f"{what} {100 * share:.0f} %" for what, share in profile(folder))
    yield "of the time of `checkpoints`", parts, ""


if __name__ == "__main__":
    {"once": _once, "script": _script}[sys.argv[1]](sys.argv[2:])
