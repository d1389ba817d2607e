"""What benchmarks share: nonce Korean, models trained on it, made once under ``benchmarks/work``; whole processes."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
SMALL = os.environ.get("PHONOLOGY_BENCH") == "small"  # to try the programs
WORK = HERE / "work" / "small" if SMALL else HERE / "work"
GRAMMAR = REPOSITORY / "user_dir_examples" / "korean_nasalization" / "korean.toml"
USER_DIR = REPOSITORY / "fairseq_phonology"
DATA = WORK / "data" / "bin"
TRAIN, VALID = (800, 100) if SMALL else (8000, 1000)


@dataclass(frozen=True)
class Used:
    """What a process took from its start to its end.

    Attributes:
        seconds: of a clock.
        of_cores: seconds that the cores computed for it.
        mebibytes: of memory at its highest, of the command or of one that it started.
    """

    seconds: float
    of_cores: float
    mebibytes: float


_MEASURE = """
import json, resource, subprocess, sys, time
begin = time.perf_counter()
status = subprocess.call(sys.argv[1:], stdout=2)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024]))
sys.exit(status)
"""  # in a process of its own: a memory is never less than that of the process that asks


def used(program: str | Path, *arguments: object) -> Used:
    """Run one command that was installed beside this interpreter, or another one by its path, and measure it.

    What it prints goes to ``work/log.txt``.

    Raises:
        RuntimeError: it failed.
    """
    line = [str(program if isinstance(program, Path) else Path(sys.executable).parent / program), *map(str, arguments)]
    # for models of this size a second thread gains little, and loses much where something else runs
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with (WORK / "log.txt").open("a", encoding="utf-8") as log:
        measuring = [sys.executable, "-c", _MEASURE, *line]
        found = subprocess.run(measuring, stdout=subprocess.PIPE, stderr=log, env=environment, text=True, check=False)
    if found.returncode:
        raise RuntimeError(f"{' '.join(line)} ended with status {found.returncode}; see {WORK / 'log.txt'}")
    return Used(*json.loads(found.stdout))


def command(program: str | Path, *arguments: object) -> None:
    """Run one command, and say which."""
    print("$ " + " ".join([Path(program).name, *map(str, arguments)]), flush=True)
    used(program, *arguments)


def in_turns(programs: Mapping[str, Callable[[], Used]], rounds: int) -> dict[str, list[Used]]:
    """Each of some programs that often, in turns, so that a slow minute of the machine hits all."""
    found: dict[str, list[Used]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            found[name].append(program())
    return found


def ratio(some: list[Used], others: list[Used]) -> str:
    """How many times as long as in the same round: the median, and its median absolute deviation."""
    ratios = [one.seconds / other.seconds for one, other in zip(some, others, strict=True)]
    middle = statistics.median(ratios)
    deviation = statistics.median(abs(each - middle) for each in ratios)
    return f"{middle:.2f} x (median of {len(ratios)}, deviation {deviation:.2f})"


def seconds(some: list[Used]) -> float:
    """The median."""
    return statistics.median(one.seconds for one in some)


def prepared() -> Path:
    """The folder of binarized data: 8,000 words to train on, 1,000 to validate."""
    if not DATA.is_dir():
        WORK.mkdir(parents=True, exist_ok=True)
        command("fairseq-phonology", "nonce", GRAMMAR, "--n", TRAIN + VALID, "--seed", 7, "--out", WORK / "nonce.tsv")
        command("fairseq-phonology", "prepare", WORK / "nonce.tsv", "--keep-edges",
                "--split", f"{TRAIN},{VALID}", "--dest", WORK / "data", "--overwrite")  # fmt: skip
    return DATA


EPOCHS = 4 if SMALL else 20
# of the models that are compared: (the options of fairseq-train that say how, but not how large)
RECIPE = ("--criterion", "label_smoothed_cross_entropy", "--label-smoothing", 0.1, "--dropout", 0.1,
          "--optimizer", "adam", "--lr", 0.002, "--lr-scheduler", "polynomial_decay",
          "--total-num-update", 800, "--warmup-updates", 200)  # fmt: skip


def trained(size: str = "small") -> Path:
    """A checkpoint of that architecture after 20 epochs: good, and still with words it gets wrong."""
    model = WORK / f"checkpoints-{size}" / "checkpoint_best.pt"
    finished = model.with_name("finished")  # an interrupted run has a best checkpoint, too
    if not finished.is_file():
        command("fairseq-train", prepared(), "--user-dir", USER_DIR, "--task", "phonology",
                "--arch", f"transformer_phonology_{size}", *RECIPE, "--max-tokens", 2048, "--max-epoch", EPOCHS,
                "--best-checkpoint-metric", "exact_match", "--maximize-best-checkpoint-metric",
                "--no-last-checkpoints", "--save-dir", model.parent, "--cpu")  # fmt: skip
        finished.touch()
    return model


def epochs(size: str = "small") -> list[Path]:
    """The checkpoints of that training, one an epoch."""
    return [trained(size).with_name(f"checkpoint{n}.pt") for n in range(1, EPOCHS + 1)]


def random(size: str) -> Path:
    """A checkpoint of that architecture with fresh weights. It never stops by itself: give it a length."""
    model = WORK / f"random-{size}" / "checkpoint_last.pt"
    if not model.is_file():
        command("fairseq-train", prepared(), "--user-dir", USER_DIR, "--task", "phonology",
                "--arch", f"transformer_phonology_{size}", "--optimizer", "adam", "--lr", 1e-9,
                "--max-tokens", 2048, "--max-update", 1, "--disable-validation", "--no-epoch-checkpoints",
                "--save-dir", model.parent, "--cpu")  # fmt: skip
    return model


def machine() -> str:
    """What this is measured on, and how busy it is."""
    import fairseq
    import torch

    threads = torch.get_num_threads()
    return (
        f"Python {platform.python_version()}, torch {torch.__version__}, fairseq {fairseq.__version__}, "
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {threads} threads "
        f"(whole processes: 1), CPU, load {os.getloadavg()[0]:.1f} at the beginning"
    )
