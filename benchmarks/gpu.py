"""The demo's model on one GPU, in eight minutes: trained in fp32, fp16 and bf16, and every verb beside the CPU.

Usage: ``python benchmarks/gpu.py`` prints a table; with ``--out FILE`` it is written, too. Without a GPU it ends with
status 2; ``python benchmarks/gpu.py --device cpu --small`` runs the same on the CPU, with fewer words.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import logging
import math
import shutil
import sys
import time
import warnings
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

logging.disable(logging.INFO)  # fairseq greets whoever imports it

import setting  # noqa: E402
import torch  # noqa: E402
from fairseq import utils  # noqa: E402

import fairseq_phonology as fp  # noqa: E402  (registers the task)
from fairseq_phonology.attention.forcing import forced_records  # noqa: E402
from fairseq_phonology.training.checkpoints.loaded import load_model, quiet_libraries  # noqa: E402
from fairseq_phonology.training.exact_match import forced_batch  # noqa: E402
from fairseq_phonology.training.recipe import arguments, filled  # noqa: E402

Row = tuple[str, str, str]  # what, measured, target
PROCESS = "obstruent-nasalization"
ATTESTED = setting.GRAMMAR.with_name("attested.tsv")
PRECISIONS = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
KINDS = ("cross", "encoder", "decoder")
NEAR = 0.01  # logits between the two highest scores of a step: a near-tie
SECONDS = 480  # no part begins later


class Bench:
    """Data and models in a folder of their own.

    Args:
        device: ``cuda`` or ``cpu``.
        small: few words and epochs.
    """

    def __init__(self, device: str, small: bool):
        self.device, self.small = torch.device(device), small
        self.words, self.epochs = (1500, 6) if small else (12000, 28)
        self.work = setting.WORK / f"gpu-{device}{'-small' * small}"
        self.data, self.bin = self.work / "data", self.work / "data" / "bin"
        self.stimuli = self.work / "stimuli.tsv"

    def prepare(self) -> None:
        """The demo's words and its stimuli, made anew."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        nonce = self.work / "nonce.tsv"
        verb("nonce", setting.GRAMMAR, "--n", self.words, "--at-least", self.words // 40, "--exclude", ATTESTED,
             "--exclude-units", "hangul-ur", "--out", nonce)  # fmt: skip
        verb("prepare", nonce, "--keep-edges", "--split", ".95,.05", "--dest", self.data)
        size = ["--stems", 8, "--suffixes", 4] if self.small else ["--stems", 30]
        verb("stimuli", setting.GRAMMAR, "--process", PROCESS, "--exclude", nonce, *size, "--out", self.stimuli)

    def options(self, cpu: bool | None = None) -> list[str]:
        """``--cpu`` where the CPU is asked for, or is what there is."""
        return ["--cpu"] if (self.device.type == "cpu" if cpu is None else cpu) else []

    def checkpoint(self, precision: str) -> Path:
        """The best of the training in a precision; a CPU trains in fp32 alone."""
        return self.work / (precision if self.device.type == "cuda" else "fp32") / "checkpoint_best.pt"

    def train(self, precision: str) -> tuple[float, float]:
        """Words a second from the end of the first epoch to that of the last, validations included; exact match."""
        save_dir = self.checkpoint(precision).parent
        updates = (7 if self.small else 53) * self.epochs
        length = {"max_epoch": self.epochs, "total_num_update": updates, "max_tokens": 2048, "seed": 1}
        length["warmup_updates"] = min(300, updates // 5)
        half = [] if precision == "fp32" else [f"--{precision}"]
        setting.command("fairseq-train", self.bin, "--user-dir", setting.USER_DIR, "--task", "phonology",
                        *arguments(filled(length)), "--keep-best-checkpoints", 5, "--save-dir", save_dir, *half,
                        *self.options())  # fmt: skip
        rows = table(save_dir / "history.csv")
        seconds = float(rows[-1]["wall"]) - float(rows[0]["wall"])
        words = len(table(self.data / "train.tsv"))
        return words * (len(rows) - 1) / seconds, max(float(row["exact_match"]) for row in rows)

    @torch.no_grad()
    def agreement(self, precision: str) -> tuple[int, int, int]:
        """Words on which exact match without generation and greedy decoding differ; words with a near-tie; words."""
        loaded = load_model(self.checkpoint(precision), self.bin, cpu=self.device.type == "cpu")
        model, task, symbols = loaded.model.to(PRECISIONS[precision]), loaded.task, loaded.target
        task.load_dataset("valid")
        generator = task.build_generator([model], Namespace(beam=1, max_len_a=2, max_len_b=50))
        different = near = words = 0
        batches = task.get_batch_iterator(task.dataset("valid"), max_tokens=2048, required_batch_size_multiple=1)
        for sample in batches.next_epoch_itr(shuffle=False):
            sample = utils.move_to_cuda(sample) if self.device.type == "cuda" else sample
            output = model(**sample["net_input"])
            free = forced_batch(model, output, sample, symbols)
            highest = output[0].float().topk(2, dim=-1).values
            close = (highest[..., 0] - highest[..., 1] < NEAR) & sample["target"].ne(symbols.pad())
            greedy = task.inference_step(generator, [model], sample)
            for right, target, hypotheses in zip(free.correct.tolist(), sample["target"], greedy, strict=True):
                reference = utils.strip_pad(target, symbols.pad()).tolist()
                different += right != (hypotheses[0]["tokens"].tolist() == reference)
            near, words = near + int(close.any(dim=1).sum()), words + len(close)
        return different, near, words

    def precision(self, precision: str) -> Iterator[Row]:
        """Training in a precision, and what exact match is then worth."""
        if precision == "fp32" or self.device.type == "cuda":
            speed, exact = self.train(precision)
            yield f"{precision}: training, words a second, validations included", f"{speed:,.0f}", ""
            yield f"{precision}: best exact match of {self.epochs} epochs", f"{exact:.2f} %", ""
            what = precision
        else:
            what = f"{precision}, of the model that was trained in fp32"
        different, near, words = self.agreement(precision)
        target = "every word" if precision == "fp32" else ""
        yield f"{what}: exact match agrees with greedy decoding", f"{words - different:,} of {words:,} words", target
        yield f"{what}: words with two scores within {NEAR} at a step", f"{near:,} of {words:,}", ""

    def attention(self) -> Iterator[Row]:
        """A dump, the same attention recomputed, and a dump that the CPU makes."""
        dumps = {}
        for cpu in dict.fromkeys([self.device.type == "cpu", True]):
            folder = self.work / ("attention-cpu" if cpu else "attention-gpu")
            begin = time.perf_counter()
            setting.command("fairseq-generate", self.bin, "--user-dir", setting.USER_DIR, "--task", "phonology",
                            "--path", self.checkpoint("fp32"), "--gen-subset", "valid", "--beam", 5,
                            "--save-attention", folder, "--attention-kinds", ",".join(KINDS),
                            *self.options(cpu))  # fmt: skip
            dumps[cpu], seconds = fp.AttentionDump(folder), time.perf_counter() - begin
            where = "CPU" if cpu else "GPU"
            yield f"`fairseq-generate --save-attention`, beam 5, on the {where}", speed_of(len(dumps[cpu]), seconds), ""
        own = list(dumps[self.device.type == "cpu"])
        loaded = load_model(self.checkpoint("fp32"), self.bin, cpu=self.device.type == "cpu")
        words = [(record.id, record.underlying, record.surface) for record in own]
        begin = time.perf_counter()
        again = list(forced_records(loaded.model, loaded.source, loaded.target, words, KINDS))
        seconds = time.perf_counter() - begin
        largest = farthest(own, sorted(again, key=lambda record: record.row))
        yield "the same attention recomputed under forced decoding, without start-up", speed_of(len(own), seconds), ""
        yield "largest difference of a weight from the dump's", f"{largest:.0e}", "<= 1e-4"
        pairs = [(a, b) for a, b in zip(own, dumps[True], strict=True) if a.surface == b.surface]
        yield "words with the hypothesis that the CPU gives", f"{len(pairs):,} of {len(own):,}", "every word"
        yield "largest difference of a weight from the CPU's", f"{farthest(*zip(*pairs, strict=True)):.0e}", "<= 1e-4"

    def verbs(self) -> Iterator[Row]:
        """`checkpoints`, `score` and `intervene`: words a second of the whole command, and what the CPU finds."""
        model = self.checkpoint("fp32")
        candidates, words = self.data / "train.tsv", len(table(self.data / "valid.tsv"))
        yield from self.both("checkpoints", "scores.csv", lambda rows: words * len({row["updates"] for row in rows}),
                             model.parent)  # fmt: skip
        yield from self.both("score", "scores.csv", len, model, "--candidates", candidates)
        yield from self.both("intervene", "interventions.csv.gz", len, model, "--grammar", setting.GRAMMAR,
                             "--process", PROCESS, "--stimuli", self.stimuli, "--controls", "all")  # fmt: skip

    def both(self, name: str, file: str, words: Callable[[list], int], *given: object) -> Iterator[Row]:
        """A verb here and on the CPU, whose tables must say the same. ``words``: of the rows of its table."""
        tables = {}
        for cpu in dict.fromkeys([self.device.type == "cpu", True]):
            out = self.work / f"{name}-{'cpu' if cpu else 'gpu'}"
            begin = time.perf_counter()
            verb(name, *given, "--data", self.bin, "--out", out, *self.options(cpu))
            seconds, tables[cpu] = time.perf_counter() - begin, table(out / file)
            speed = speed_of(words(tables[cpu]), seconds)
            yield f"`{name}`, whole command, on the {'CPU' if cpu else 'GPU'}", speed, ""
        largest = differing(tables[self.device.type == "cpu"], tables[True])
        yield f"`{name}`: largest difference of a number of {file} from the CPU's", f"{largest:.0e}", "<= 1e-4"


def verb(name: str, *given: object) -> None:
    """A command of ours."""
    setting.command("fairseq-phonology", name, *given)


def speed_of(words: int, seconds: float) -> str:
    return f"{words / seconds:,.0f} words a second ({words:,} in {seconds:.1f} s)"


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a table of ours."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))


def farthest(some: list, others: list) -> float:
    """The largest difference of a weight of attention between records of the same words."""
    return max(
        float(abs(a.weights(kind) - b.weights(kind)).max()) for a, b in zip(some, others, strict=True) for kind in KINDS
    )


def differing(rows: list[dict[str, str]], others: list[dict[str, str]]) -> float:
    """The largest difference of a number; infinite where a text differs."""
    largest = 0.0
    for row, other in zip(rows, others, strict=True):
        for name, cell in row.items():
            if cell == other[name]:
                continue
            try:
                largest = max(largest, abs(float(cell) - float(other[name])))
            except ValueError:
                largest = math.inf
    return largest


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks/gpu.py", description=__doc__.splitlines()[0])
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--small", action="store_true", help="few words and epochs, to see that it runs")
    parser.add_argument("--out", type=Path, help="file for the table")
    args = parser.parse_args()
    if args.device == "cuda" and not torch.cuda.is_available():
        print("gpu.py: no GPU that torch can use; --device cpu --small runs the same on the CPU", file=sys.stderr)
        sys.exit(2)
    quiet_libraries()
    warnings.simplefilter("ignore")  # fairseq's about torch
    machine = setting.machine().replace(", CPU", "")
    bench, begin = Bench(args.device, args.small), time.perf_counter()
    bench.prepare()
    parts = [*((name, lambda name=name: bench.precision(name)) for name in PRECISIONS),
             ("attention", bench.attention), ("verbs", bench.verbs)]  # fmt: skip
    rows: list[Row] = []
    for name, part in parts:
        if time.perf_counter() - begin > SECONDS:
            rows.append((name, f"not run: {SECONDS} s were over", ""))
        else:
            rows += part()
    device = torch.cuda.get_device_name() if args.device == "cuda" else "no GPU"
    lines = [
        f"{machine}; {device}; {bench.words:,} words, {time.perf_counter() - begin:.0f} s in all",
        "",
        *("| What | Measured | Target |", "|---|---|---|"),
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]
    print("\n".join(lines), end="")
    if args.out:
        args.out.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
