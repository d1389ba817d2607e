"""Scores the checkpoints of any translation run by whole words: the data once, then one checkpoint after the other.

What it finds goes to `score_record`, which remembers it.
"""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from fairseq import checkpoint_utils, tasks, utils
from fairseq.criterions import CRITERION_REGISTRY
from fairseq.models import ARCH_MODEL_REGISTRY, MODEL_REGISTRY
from omegaconf import OmegaConf, open_dict

from ..errors import InputError
from ..loading import guard_fairseq
from .callbacks import Prediction
from .exact_match import edit_counts, word_rates
from .predictions import word_labels
from .score_record import Score, data_digest
from .validation import Hypotheses, inner

guard_fairseq()


@dataclass(frozen=True)
class Data:
    """One subset, read once.

    Attributes:
        task: fairseq's task, with the dictionaries.
        path: the folder with the binarized data.
        batches: collated words, short ones first.
        labels: (id, UR, SR) of each word, in the order of the data set.
        digest: of its files, see `data_digest`.
    """

    task: Any
    path: Path
    batches: list[dict[str, Any]]
    labels: list[tuple[str, str, str]]
    digest: str


class CheckpointScorer:
    """Scores checkpoints on one subset.

    Args:
        subset: name of the subset.
        beam: hypotheses kept alive at each step; 1 is greedy decoding, as in validation.
        data: folder with the binarized data; None for the one that the checkpoint was trained on.
        batch_size: words a batch.
        cpu: leave a GPU alone.
        progress: called with a number of words whenever that many more are done.
    """

    def __init__(
        self,
        subset: str = "valid",
        beam: int = 1,
        data: str | None = None,
        batch_size: int = 128,
        cpu: bool = False,
        progress: Callable[[int], Any] = lambda words: None,
    ):
        self.subset, self.beam, self.data, self.batch_size = subset, beam, data, batch_size
        self.progress = progress
        self.device = torch.device("cuda" if torch.cuda.is_available() and not cpu else "cpu")
        self._data: dict[str, Data] = {}

    def open(self, path: Path) -> tuple[dict[str, Any], Any, Data]:
        """A checkpoint, its configuration and its data.

        Raises:
            InputError: damaged, carrying code, no checkpoint of a translation run; or its data cannot be read.
        """
        foreign = "no checkpoint of fairseq-train: it holds no model or no configuration"
        try:
            state = checkpoint_utils.load_checkpoint_to_cpu(str(path))
        except (AttributeError, IndexError, KeyError, TypeError) as error:  # other tensors under the same ending
            raise InputError(foreign, path) from error
        if "model" not in state or state.get("cfg") is None:
            raise InputError(foreign, path)
        cfg = state["cfg"]
        with open_dict(cfg):
            if self.data:
                cfg.task.data = self.data
            if "eval_bleu" in cfg.task:
                cfg.task.eval_bleu = False  # it would build a generator of its own
        return state, cfg, self._data_of(cfg, path)

    def score(
        self, path: Path, opened: tuple[dict[str, Any], Any, Data] | None = None
    ) -> tuple[Score, list[Prediction]]:
        """The figures of one checkpoint, and every word's hypothesis in the order of the data set.

        Raises:
            InputError: see `open`; or the model does not fit the data.
        """
        state, cfg, data = opened or self.open(path)
        model, criterion = self.build(state, cfg, data, path)
        hypotheses = Hypotheses(data.task.build_generator, data.task.inference_step, self.beam)
        found: dict[int, tuple[list[int], list[int]]] = {}  # word -> hypothesis, reference
        loss = size = 0.0
        with torch.no_grad():
            for batch in data.batches:
                sample = utils.move_to_cuda(batch) if self.device.type == "cuda" else batch
                # a copy to compute with: R-drop changes net_input in place
                own = {**sample, "net_input": dict(sample["net_input"])}
                batch_loss, batch_size, _ = criterion(model, own)
                loss, size = loss + float(batch_loss), size + float(batch_size)
                references = inner(sample["target"], data.task.target_dictionary)
                words = sample["id"].tolist()
                found.update(zip(words, zip(hypotheses.of(model, sample), references, strict=True), strict=True))
                self.progress(len(words))
        predictions, rates = self._judge(found, data)
        updates = (state.get("optimizer_history") or [{}])[-1].get("num_updates", 0)
        iterator = (state.get("extra_state") or {}).get("train_iterator", {})
        # after an epoch's last batch fairseq counts the next one already
        epoch = iterator.get("epoch", 0) - (0 if iterator.get("iterations_in_epoch", 1) else 1)
        loss = loss / size / math.log(2) if size else math.nan
        return Score(path.name, rates["exact_match"], rates["per"], loss, epoch, updates), predictions

    def build(self, state: dict[str, Any], cfg: Any, data: Data, path: Path) -> tuple[torch.nn.Module, Any]:
        """Model and criterion of an opened checkpoint, ready to compute.

        Raises:
            InputError: it does not fit the data, or a word is too long for it.
        """
        for what, registry in (("model", ARCH_MODEL_REGISTRY | MODEL_REGISTRY), ("criterion", CRITERION_REGISTRY)):
            name = getattr(cfg[what], "_name", None) or getattr(cfg[what], "arch", None)
            if name not in registry:
                raise InputError(f"has the unknown {what} {name!r}; name its --user-dir", path)
        try:
            criterion = data.task.build_criterion(cfg.criterion)
            model = data.task.build_model(cfg.model, from_checkpoint=True)
            model.load_state_dict(state["model"], strict=True, model_cfg=cfg.model)
        except (RuntimeError, KeyError) as error:
            reason = str(error).strip().splitlines()[-1].strip()
            raise InputError(f"does not fit the dictionaries in {data.path}: {reason}", path) from error
        longest = min(limit for limit in _flat(model.max_positions()) if limit)
        for ur, sr in ((ur, sr) for _, ur, sr in data.labels):
            if max(len(ur.split()), len(sr.split())) >= longest:
                raise InputError(f"the word {ur!r} of {self.subset} is longer than its {longest} positions", path)
        return model.to(self.device).eval(), criterion.to(self.device).eval()

    def _judge(self, found: dict[int, tuple[list[int], list[int]]], data: Data) -> tuple[list[Prediction], dict]:
        dictionary = data.task.target_dictionary
        predictions, right = [], 0
        for n, (name, ur, sr) in enumerate(data.labels):
            hypothesis, reference = found[n]
            # a segment that the dictionary does not know is never right
            correct = hypothesis == reference and dictionary.unk() not in reference
            right += correct
            predictions.append(Prediction(name, ur, " ".join(dictionary[s] for s in hypothesis), sr, correct))
        hypotheses, references = zip(*(found[n] for n in range(len(found))), strict=True)
        edits = edit_counts(references, hypotheses, dictionary.unk())
        return predictions, word_rates({"words": len(predictions), "right": right, **edits})

    def _data_of(self, cfg: Any, path: Path) -> Data:
        """The data of a checkpoint; those of one run share them."""
        key = OmegaConf.to_yaml(cfg.task, resolve=False, sort_keys=True)
        if key not in self._data:
            folder = Path(utils.split_paths(cfg.task.data or "")[0])
            if not folder.is_dir():
                raise InputError(f"the data of {path.name} are not there; name their folder with --data", folder)
            if cfg.task._name not in tasks.TASK_REGISTRY:
                raise InputError(f"was trained with the unknown task {cfg.task._name!r}; name its --user-dir", path)
            try:
                self._data[key] = self._read(tasks.setup_task(cfg.task, from_checkpoint=True), folder)
            except FileNotFoundError as error:  # other language names than the run's
                found = ", ".join(sorted(file.name for file in folder.glob("dict.*.txt"))) or "none"
                pair = f"{cfg.task.source_lang}-{cfg.task.target_lang}"
                raise InputError(f"no data of {pair} for {path.name}; dictionaries found: {found}", folder) from error
        return self._data[key]

    def _read(self, task: Any, folder: Path) -> Data:
        if not any(folder.glob(f"{self.subset}.*-*.*")):
            subsets = sorted({file.name.split(".")[0] for file in folder.glob("*.*-*.*.idx")})
            raise InputError(f"no data set {self.subset!r}; found here: {', '.join(subsets) or 'none'}", folder)
        task.load_dataset(self.subset)
        dataset = task.dataset(self.subset)
        if getattr(dataset, "tgt", None) is None:
            raise InputError(f"{self.subset} has no SRs: nothing to score by", folder)
        order = sorted(range(len(dataset)), key=lambda n: (dataset.size(n), n))
        parts = [order[at : at + self.batch_size] for at in range(0, len(order), self.batch_size)]
        batches = [dataset.collater([dataset[n] for n in part]) for part in parts]
        labels = word_labels(dataset, task.source_dictionary, task.target_dictionary, folder, self.subset)
        return Data(task, folder, batches, labels, data_digest(folder, self.subset))


def _flat(limits: Any) -> list[Any]:
    if isinstance(limits, (tuple, list)):
        return [limit for part in limits for limit in _flat(part)]
    return [limits]


def import_user_dir(user_dir: str | None) -> None:
    """Import a user's own tasks and architectures, as fairseq's commands do.

    Raises:
        InputError: no such folder.
    """
    try:
        utils.import_user_module(Namespace(user_dir=user_dir))
    except (FileNotFoundError, ModuleNotFoundError) as error:
        if Path(user_dir).is_dir():  # of its own: something in it imports or opens what is not there
            raise
        raise InputError("--user-dir: no such folder", user_dir) from error


def task_of(path: Path) -> str:
    """Name of the task that a checkpoint was trained with."""
    return checkpoint_utils.load_checkpoint_to_cpu(str(path))["cfg"].task._name
