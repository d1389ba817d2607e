"""Does exact match cost nothing, and is it right? The first three targets, as ratios and counts within one run."""

from __future__ import annotations

import statistics
import time
from argparse import Namespace
from pathlib import Path

import setting
import torch
from fairseq import checkpoint_utils, utils
from fairseq.logging import metrics
from fairseq.models.transformer import TransformerModel
from omegaconf import open_dict

ROUNDS = 41  # of each kind, taken in turns, so that a slow minute of the machine hits both
TRANSLATED = 200  # words for word-by-word translation; its time per word does not depend on their number


class Validation:
    """One task, one model, one validation set; `run` is what fairseq-train does in a validation."""

    def __init__(self, task_name: str, size: str = "small", **options):
        overrides = {"task": {"_name": task_name, "data": str(setting.prepared()), **options}}
        models, cfg, self.task = checkpoint_utils.load_model_ensemble_and_task([str(setting.trained(size))], overrides)
        self.model = models[0].eval()
        self.task.load_dataset("valid")
        self.dataset = self.task.dataset("valid")
        self.criterion = self.task.build_criterion(cfg.criterion)
        with open_dict(cfg):
            cfg.criterion.report_accuracy = False
        self.batches = self.task.get_batch_iterator(
            self.dataset, max_tokens=2048, required_batch_size_multiple=1, disable_iterator_cache=True
        )

    def run(self) -> tuple[float, dict[str, float]]:
        """Seconds, and the figures of the validation line."""
        batches = list(self.batches.next_epoch_itr(shuffle=False))
        begin = time.perf_counter()
        self.task.begin_valid_epoch(1, self.model)
        with metrics.aggregate(new_root=True) as aggregate, torch.no_grad():
            logs = []
            for sample in batches:
                _, sample_size, log = self.task.valid_step(sample, self.model, self.criterion)
                logs.append({**log, "sample_size": sample_size})
                self.task.reduce_metrics([logs[-1]], self.criterion)
        return time.perf_counter() - begin, aggregate.get_smoothed_values()


def overhead(**options) -> tuple[float, float]:
    """Median ratio of paired validations, phonology / translation, and its median absolute deviation."""
    ours, stock = Validation("phonology", **options), Validation("translation")
    ours.run(), stock.run()  # warm up
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # threads that wait for one another would drown a difference of a few per cent
    ratios = [ours.run()[0] / stock.run()[0] for _ in range(ROUNDS)]
    torch.set_num_threads(threads)
    middle = statistics.median(ratios)
    return middle, statistics.median(abs(r - middle) for r in ratios)


def speed_up(size: str) -> tuple[float, float, float]:
    """How much faster a validation with exact match is than `translate(word, beam=5)`, and the milliseconds a word."""
    model = setting.trained(size)
    hub = TransformerModel.from_pretrained(
        str(model.parent), model.name, str(setting.prepared()), user_dir=str(setting.USER_DIR)
    ).eval()
    words = Path(setting.WORK / "data" / "valid.ur").read_text(encoding="utf-8").splitlines()[:TRANSLATED]
    hub.translate(words[0], beam=5)
    begin = time.perf_counter()
    for word in words:
        hub.translate(word, beam=5)
    translating = (time.perf_counter() - begin) / len(words)
    validation = Validation("phonology", size)
    validation.run()
    validating = statistics.median(validation.run()[0] for _ in range(5)) / len(validation.dataset)
    return translating / validating, 1000 * translating, 1000 * validating


def agreement() -> tuple[int, int, float]:
    """Words on which exact match without generation and greedy generation disagree; words; exact match in %."""
    validation = Validation("phonology")
    task, model, dictionary = validation.task, validation.model, validation.task.target_dictionary
    generator = task.build_generator([model], Namespace(beam=1, max_len_a=2, max_len_b=50))
    free: dict[int, bool] = {}

    def remember(batch, sample):
        free.update(zip(batch.ids.tolist(), batch.correct.tolist(), strict=True))
        return {}

    task.counts_from_batch = remember
    exact = validation.run()[1]["exact_match"]
    different = 0
    for sample in validation.batches.next_epoch_itr(shuffle=False):
        best = task.inference_step(generator, [model], sample)
        for number, target, hypotheses in zip(sample["id"].tolist(), sample["target"], best, strict=True):
            greedy = hypotheses[0]["tokens"].tolist() == utils.strip_pad(target, dictionary.pad()).tolist()
            different += greedy != free[number]
    return different, len(free), exact


def rows() -> list[tuple[str, str, str]]:
    """(what, measured, target) of each row."""
    plain, plain_spread = overhead()
    grammar, grammar_spread = overhead(grammar=str(setting.GRAMMAR))
    ratios = {size: speed_up(size) for size in ("tiny", "small")}
    different, total, exact = agreement()
    return [
        (
            "validation with exact match / stock translation task",
            f"{plain:.3f} x (median of {ROUNDS} pairs on one thread, deviation {plain_spread:.3f})",
            "<= 1.05 x",
        ),
        (
            "the same with accuracy per process (`--grammar`, 9 processes)",
            f"{grammar:.3f} x (deviation {grammar_spread:.3f})",
            "",
        ),
        *(
            (
                f"exact match against word-by-word `translate()`, beam 5, {size} model",
                "{:.0f} x faster ({:.1f} against {:.2f} ms a word, which is one forward pass)".format(*ratios[size]),
                "",
            )
            for size in ratios
        ),
        (
            "agreement with greedy generation, fp32",
            f"{total - different:,} of {total:,} words (exact match {exact:.1f} %)",
            "every word",
        ),
    ]
