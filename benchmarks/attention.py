"""What does saving attention cost? Ratios to the stock task within one run; then bytes, speed and memory of dumps."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import setting
from fairseq import checkpoint_utils, tasks

from fairseq_phonology.attention.dump.reader import AttentionDump, DumpWriter
from fairseq_phonology.attention.record import AttentionRecord

ROUNDS = 5  # of each kind, taken in turns, so that a slow minute of the machine hits all
MAX_TOKENS = 12000  # what fairseq-generate takes where nothing is said
KINDS = ("cross", "cross,encoder", "cross,encoder,decoder")
WITH_NORMS = "cross,encoder with `--attention-norms`"  # what these kinds cost with norms
SIZES = (1_000, 100_000)  # words, for memory
SMALL = (3, 4)  # layers and heads, for memory


class Generation:
    """One task and one model on the validation words; `run` is the loop of fairseq-generate without its printing.

    Args:
        checkpoint: of the model.
        beam: of the search.
        kinds: of attention to save, or `WITH_NORMS`; none for the stock translation task.
    """

    def __init__(self, checkpoint: Path, beam: int, kinds: str = ""):
        self.dump = Path(tempfile.mkdtemp(dir=setting.WORK)) / "dump"
        # as long as the UR: a trained model stops by itself long before, a random one never
        self.checkpoint, self.options = checkpoint, Namespace(beam=beam, max_len_a=1, max_len_b=2, nbest=1)
        self.task_options = {"_name": "translation", "data": str(setting.prepared())}
        if kinds:
            self.task_options |= {"_name": "phonology", "path": str(checkpoint), "save_attention": str(self.dump)}
            names, _, norms = kinds.partition(" with ")
            self.task_options |= {"attention_kinds": names, "attention_norms": bool(norms)}
            self.task_options |= {"overwrite_attention": True, "resume_attention": False}

    def run(self) -> tuple[float, int]:
        """Seconds, and hypotheses' symbols."""
        # as fairseq-generate sets it up: a task from a checkpoint saves no attention
        task = tasks.setup_task(
            checkpoint_utils.load_checkpoint_to_cpu(str(self.checkpoint), {"task": self.task_options})["cfg"].task
        )
        models, _ = checkpoint_utils.load_model_ensemble([str(self.checkpoint)], task=task)
        models[0].prepare_for_inference_(Namespace(generation=self.options))
        task.load_dataset("valid")
        batches = task.get_batch_iterator(
            *(task.dataset("valid"), MAX_TOKENS), required_batch_size_multiple=1, disable_iterator_cache=True
        )
        samples = list(batches.next_epoch_itr(shuffle=False))
        begin = time.perf_counter()
        generator = task.build_generator(models, self.options)
        symbols = 0
        for sample in samples:
            hypotheses = task.inference_step(generator, models, sample)
            symbols += sum(len(word[0]["tokens"]) for word in hypotheses)
        return time.perf_counter() - begin, symbols

    def remove(self) -> None:
        """Delete the dump."""
        shutil.rmtree(self.dump.parent)


def overhead(checkpoint: Path, beam: int) -> dict[str, tuple[float, float]]:
    """For each choice of kinds: median of seconds / those of the stock task in the same round, and its deviation."""
    choices = (*KINDS, WITH_NORMS)
    stock, ours = Generation(checkpoint, beam), {kinds: Generation(checkpoint, beam, kinds) for kinds in choices}
    stock.run()  # warm up
    ratios: dict[str, list[float]] = {kinds: [] for kinds in choices}
    for _ in range(ROUNDS):
        seconds, symbols = stock.run()
        for kinds, generation in ours.items():
            own, same = generation.run()
            assert same == symbols, "saving attention changed the hypotheses"
            ratios[kinds].append(own / seconds)
    for generation in (stock, *ours.values()):
        generation.remove()
    middles = {kinds: statistics.median(found) for kinds, found in ratios.items()}
    return {k: (m, statistics.median(abs(r - m) for r in ratios[k])) for k, m in middles.items()}


def checkpoint(size: str) -> Path:
    """A trained one, or random weights for base, which is only to be as slow as it is."""
    return setting.random(size) if size == "base" else setting.trained(size)


def records(words: int, layers: int, heads: int) -> Iterator[list[AttentionRecord]]:
    """Made-up words of 8 segments, a thousand at a time."""
    rng = np.random.default_rng(1)
    segments, log_probs = tuple("abcdefgh"), np.zeros(9, np.float32)
    shape = (layers, heads, 9)
    weights = {kind: rng.dirichlet(np.ones(9), shape).astype(np.float32) for kind in ("cross", "encoder")}
    for first in range(0, words, 1000):
        rows = range(first, min(first + 1000, words))
        yield [AttentionRecord(f"w{n}", n, 0, segments, segments, segments, log_probs, **weights) for n in rows]


def write(folder: Path, words: int, layers: int = 6, heads: int = 8) -> float:
    """Write a dump of made-up words; seconds."""
    manifest = {"checkpoint_sha256": "0" * 64, "model": {}, "dictionaries": {}, "subset": "made-up", "beam": 5}
    begin = time.perf_counter()
    with DumpWriter(folder, {**manifest, "kinds": ["cross", "encoder"], "words_expected": words}) as writer:
        for batch in records(words, layers, heads):
            writer.write(batch)
    return time.perf_counter() - begin


def read(folder: Path) -> float:
    """Read every word of a dump; seconds."""
    begin = time.perf_counter()
    total = sum(float(record.cross[0, 0, 0, 0]) for record in AttentionDump(folder))
    assert total > 0
    return time.perf_counter() - begin


def peak_memory(what: str, folder: Path, words: int) -> float:
    """MiB that a process of its own held at most, beyond what it held before, to ``write`` or ``read`` a dump."""
    done = subprocess.run(
        [sys.executable, __file__, what, str(folder), str(words)], check=True, capture_output=True, text=True
    )
    return float(done.stdout.split()[-1])


def _measure_alone(what: str, folder: str, words: str) -> None:
    """In a process of its own: print the MiB of its memory at their highest, without pages that files lend."""
    held, done = [], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            status = Path("/proc/self/status").read_text(encoding="utf-8")
            held.append(int(re.search(r"RssAnon:\s+(\d+)", status)[1]) / 1024)

    watcher = threading.Thread(target=watch)
    watcher.start()
    time.sleep(0.1)
    before = held[-1]
    write(Path(folder), int(words), *SMALL) if what == "write" else read(Path(folder))
    done.set()
    watcher.join()
    print(max(held) - before)


def _overhead_rows() -> Iterator[tuple[str, str, str]]:
    for size in ("tiny", "small", "base"):
        for beam in (1, 5):
            for kinds, (middle, spread) in overhead(checkpoint(size), beam).items():
                what = f"`--save-attention` of {kinds.replace(',', ', ')} / stock task, {size}, beam {beam}"
                yield what, f"{middle:.2f} x (median of {ROUNDS}, deviation {spread:.2f})", ""


def _dump_rows() -> Iterator[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory(dir=setting.WORK) as name:
        folder = Path(name)
        seconds = write(folder / "speed", 20_000)
        size = sum(path.stat().st_size for path in (folder / "speed").iterdir()) / 20_000
        what = "20,000 words of 6 layers x 8 heads, 8 segments, `cross` and `encoder`"
        yield f"{what}: size", f"{size:,.0f} bytes a word", ""
        yield f"{what}: write", f"{20_000 / seconds:,.0f} words a second", ""
        yield f"{what}: read", f"{min(read(folder / 'speed') for _ in range(3)):.2f} s", "< 1 s"
        for what in ("write", "read"):
            measured = [f"{peak_memory(what, folder / str(n), n):.0f} MiB for {n:,} words" for n in SIZES]
            yield f"peak memory to {what} (3 layers x 4 heads)", ", ".join(measured), "does not grow"


def rows() -> list[tuple[str, str, str]]:
    """(what, measured, target) of each row."""
    return [*_overhead_rows(), *_dump_rows()]


if __name__ == "__main__":
    _measure_alone(*sys.argv[1:])
