"""How many candidates does `score` score in a second, and against ``fairseq-generate --score-reference``?"""

from __future__ import annotations

import random
import statistics
import time
import warnings
from pathlib import Path

import setting
import torch

from fairseq_phonology.corpus.candidates import Candidate, read_candidates
from fairseq_phonology.corpus.units import Units
from fairseq_phonology.files import write_lines
from fairseq_phonology.training.checkpoints.loaded import load_model, quiet_libraries
from fairseq_phonology.training.likelihood import Likelihood

WORDS, EACH = 5000, 4  # of the training words, and candidates of each: its SR, and three with another segment
ROUNDS = 3
LIST = setting.WORK / "candidates.tsv"


def candidates() -> list[Candidate]:
    """20,000 candidates, in a list that is made once."""
    if not LIST.is_file():
        rng = random.Random(1)
        lines = (setting.prepared().parent / "train.tsv").read_text(encoding="utf-8").splitlines()[1 : WORDS + 1]
        pairs = [line.split("\t")[1:3] for line in lines]
        segments = sorted({segment for _, sr in pairs for segment in sr.split()})
        rows = ["item\tur\tsr"]
        for n, (ur, sr) in enumerate(pairs):
            forms = [sr]
            while len(forms) < EACH:
                form = sr.split()
                form[rng.randrange(len(form))] = rng.choice(segments)
                forms += [" ".join(form)] * (" ".join(form) not in forms)
            rows += [f"w{n}\t{ur}\t{form}" for form in forms]
        write_lines(LIST, rows)
    return read_candidates(str(LIST), Units(keep_edges=True))


def a_second(checkpoint: Path, found: list[Candidate]) -> tuple[float, float]:
    """Candidates a second, and a second of a core, of the median round; the model is there, and nothing is written."""
    quiet_libraries()
    model = Likelihood([load_model(checkpoint, setting.prepared(), cpu=True)])
    words = [(one.ur, one.sr) for one in found]
    model.score(words[:1000])  # warm up
    seconds, of_cores = [], []
    for _ in range(ROUNDS):
        begin, of_core = time.perf_counter(), time.process_time()
        model.score(words)
        seconds.append(time.perf_counter() - begin)
        of_cores.append(time.process_time() - of_core)
    return len(words) / statistics.median(seconds), len(words) / statistics.median(of_cores)


def whole_commands(checkpoint: Path) -> tuple[float, float]:
    """Seconds of all cores for `score`, and for fairseq-generate with ``--score-reference``, on the same list."""
    data = setting.WORK / "candidates-data"
    if not data.is_dir():
        setting.command("fairseq-phonology", "prepare", LIST, "--dictionaries", setting.prepared(), "--keep-edges",
                        "--dest", data, "--overwrite")  # fmt: skip
    ours = setting.used("fairseq-phonology", "score", checkpoint, "--data", setting.prepared(), "--candidates", LIST,
                        "--cpu", "--out", setting.WORK / "scores", "--overwrite")  # fmt: skip
    stock = setting.used("fairseq-generate", data / "bin", "--user-dir", setting.USER_DIR, "--task", "phonology",
                         "--path", checkpoint, "--gen-subset", "test", "--score-reference", "--cpu")  # fmt: skip
    return ours.of_cores, stock.of_cores


def rows() -> list[tuple[str, str, str]]:
    """(what, measured, target) of each row."""
    checkpoint, found = setting.trained("tiny"), candidates()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fairseq's about torch
        speed, of_core = a_second(checkpoint, found)
    ours, stock = whole_commands(checkpoint)
    what = f"{len(found):,} candidates of {WORDS:,} words"
    return [
        (
            f"`score`, tiny, {what}: candidates a second, {torch.get_num_threads()} threads",
            f"{speed:,.0f}; {of_core:,.0f} a second of one core (median of {ROUNDS})",
            ">= 3,000",
        ),
        (
            f"`fairseq-generate --score-reference` / `score`, whole commands, tiny, {what}",
            f"{stock / ours:.1f} x ({stock:.0f} against {ours:.0f} s of the cores; `score` writes tables and figure)",
            "",
        ),
    ]


if __name__ == "__main__":
    for row in rows():
        print("| " + " | ".join(row) + " |")
