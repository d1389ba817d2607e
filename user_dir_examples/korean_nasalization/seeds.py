"""One model is an anecdote: the same recipe from six seeds, and what all of them have in common.

The words are those of ``demo.py`` in the same folder, made here if they are not there. Every step is a command, shown
before it runs. Run again, it leaves finished models alone and resumes the training of others.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from steps import (
    GRAMMAR,
    PROCESS,
    TRANSCRIPTS,
    USER_DIR,
    keep_transcript,
    nonce_words,
    prepared,
    run,
    step,
    stimuli_words,
    train,
)

from fairseq_phonology.analysis.statistics.over_models import FEWEST

STEPS = 6
WORDS, WORD_SEED = 12000, 1  # as in demo.py
EPOCHS = 28
FOUND = {"seeds-interventions": "use", "seeds-analysis": "attention"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dest", default="demo", help="folder for everything that is made (default: demo)")
    parser.add_argument("--seeds", type=int, default=FEWEST, help=f"how many, 1 to N (default: {FEWEST})")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    jobs = min(2, cores)
    parser.add_argument("--jobs", type=int, default=jobs, help=f"trainings at once (here by default: {jobs})")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"epochs of training (default: {EPOCHS})")
    args = parser.parse_args()
    if args.seeds < 2 or args.jobs < 1:
        parser.error("it takes 2 seeds or more, and 1 job or more")
    begin = time.monotonic()
    dest = Path(args.dest)
    dest.mkdir(parents=True, exist_ok=True)
    keep_transcript(dest / TRANSCRIPTS[1])
    folders = {seed: dest / "seeds" / str(seed) for seed in range(1, args.seeds + 1)}

    step(1, STEPS, "the words, which all models share")
    words(dest)
    step(2, STEPS, f"{args.seeds} models, alike but for the seed, {args.jobs} at once")
    train_all(args, dest, folders)
    step(3, STEPS, "stimuli in which nothing but nasalization can happen: every stem with the same suffixes")
    stimuli_words(dest, WORD_SEED)
    run("fairseq-phonology", "prepare", dest / "stimuli.tsv", "--keep-edges", "--dictionaries", dest / "data" / "bin",
        "--dest", dest / "stimuli-data", "--overwrite", log=dest / "stimuli-prepare.log")  # fmt: skip
    step(4, STEPS, "their surface forms from every model, with the attention")
    for folder in folders.values():
        run("fairseq-generate", dest / "stimuli-data" / "bin", "--user-dir", USER_DIR, "--task", "phonology", "--path",
            folder / "checkpoint_best.pt", "--gen-subset", "test", "--beam", 5, "--save-attention",
            folder / "attention", "--overwrite-attention", log=folder / "generate.log")  # fmt: skip
    step(5, STEPS, "does each use the nasal, and by which route?")
    asked = ["--grammar", GRAMMAR, "--process", PROCESS, "--stimuli", dest / "stimuli.tsv"]
    run("fairseq-phonology", "intervene", *(folder / "checkpoint_best.pt" for folder in folders.values()), "--data",
        dest / "data" / "bin", *asked, "--out", dest / "seeds-interventions", "--overwrite")  # fmt: skip
    step(6, STEPS, "does each attend to the nasal when nasalization applies?")
    run("fairseq-phonology", "analyze", *(folder / "attention" for folder in folders.values()), *asked,
        "--interventions", dest / "seeds-interventions", "--out", dest / "seeds-analysis", "--overwrite")  # fmt: skip
    print(f"\n{(time.monotonic() - begin) / 60:.1f} minutes. Reports over all models, with every seed:")
    for name, what in FOUND.items():
        print(f"  {dest / name / 'report.html'}  {what}")
    for name in FOUND:
        print(f"\n{json.loads((dest / name / 'summary.json').read_text(encoding='utf-8'))['verdict']['sentence']}")
    return 0


def words(dest: Path) -> None:
    """Training words: those of ``demo.py``, if it has run in the same folder."""
    if not (dest / "nonce.tsv").is_file():
        nonce_words(dest, WORDS, WORD_SEED)
        prepared(dest, WORD_SEED)
    elif not (dest / "data" / "bin").is_dir():
        prepared(dest, WORD_SEED)
    else:
        print(f"{dest / 'data'} is there already")


def train_all(args: argparse.Namespace, dest: Path, folders: dict[int, Path]) -> None:
    """Train what is not trained yet, several at once, each on one thread."""
    data = hashlib.sha256((dest / "data" / "bin" / "train.ur-sr.ur.bin").read_bytes()).hexdigest()
    recipe = {"epochs": args.epochs, "data": data}
    waiting = {}
    for seed, folder in folders.items():
        state = state_of(folder)
        if state and {key: state[key] for key in recipe} != recipe:
            sys.exit(f"error: {folder} is of other words or epochs; remove it, or name another --dest")
        if state.get("finished"):
            print(f"{folder} is trained already")
        else:
            waiting[seed] = folder

    def one(seed: int, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        write_state(folder, {**recipe, "finished": False})
        train(dest, folder, args.epochs, seed, folder / "train.log", f"seed {seed}   ")
        write_state(folder, {**recipe, "finished": True})

    os.environ["OMP_NUM_THREADS"] = "1"
    with ThreadPoolExecutor(args.jobs) as pool:
        running = [pool.submit(one, seed, folder) for seed, folder in waiting.items()]
        try:
            for each in running:
                each.result()
        except BaseException:  # one failed, or Ctrl-C: those that wait need not begin
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    del os.environ["OMP_NUM_THREADS"]


def state_of(folder: Path) -> dict[str, object]:
    """How a training that was begun is to be gone on with; nothing if it was not."""
    path = folder / "recipe.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def write_state(folder: Path, state: dict[str, object]) -> None:
    (folder / "recipe.json.part").write_text(json.dumps(state), encoding="utf-8")
    os.replace(folder / "recipe.json.part", folder / "recipe.json")


if __name__ == "__main__":
    sys.exit(main())
