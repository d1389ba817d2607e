"""How many words a second does training take: fairseq with the plugin, fairseq without, and yoyodyne?

The same words, and models of one size: 3 + 3 layers, embeddings of 128, 512 between, 4 heads, norms before, dropout and
label smoothing .1, Adam at .001, 128 words in a batch, one thread. yoyodyne comes from PyPI into an environment of its
own, which the first run makes.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import setting
from results import Row
from setting import Used

VERSION = "0.5.27"
ROUNDS, MORE = 1 if setting.SMALL else 3, 2  # of two trainings each: of one epoch, and of so many more
BATCH = 128
ENVIRONMENT = setting.HERE / "work" / "yoyodyne"
OUT = setting.WORK / "peers"
SIZES = [f"--{side}-{name}" for side in ("encoder", "decoder") for name in ("embed-dim", "ffn-embed-dim", "layers",
         "attention-heads")]  # fmt: skip
SHAPE = [word for pair in zip(SIZES, (128, 512, 3, 4) * 2, strict=True) for word in pair]
YOYODYNE = """
seed_everything: 1
trainer:
  accelerator: cpu
  max_epochs: {epochs}
  enable_progress_bar: false
  logger:
    class_path: lightning.pytorch.loggers.CSVLogger
    init_args:
      save_dir: {folder}
  {validation}
checkpoint: {{save_top_k: {kept}}}
model:
  class_path: yoyodyne.models.TransformerModel
  init_args:
    source_encoder:
      class_path: yoyodyne.models.modules.TransformerEncoder
      init_args: {{attention_heads: 4, dropout: 0.1, hidden_size: 512, layers: 3}}
    decoder_attention_heads: 4
    decoder_dropout: 0.1
    decoder_hidden_size: 512
    decoder_layers: 3
    embedding_size: 128
    label_smoothing: 0.1
    optimizer:
      class_path: yoyodyne.optimizers.Adam
      init_args: {{lr: 0.001}}
data:
  model_dir: {folder}
  train: {train}
  val: {valid}
  source_sep: " "
  target_sep: " "
  tie_embeddings: false
  batch_size: {batch}
"""


def installed() -> Path:
    """yoyodyne's command. Its torch is ours, so that both compute with the same kernels."""
    program = ENVIRONMENT / "bin" / "yoyodyne"
    if not program.is_file():
        import torch

        setting.command(Path(sys.executable), "-m", "venv", "--clear", ENVIRONMENT)
        version = torch.__version__.split("+")[0]
        pip = ENVIRONMENT / "bin" / "python", "-m", "pip"
        setting.command(*pip, "install", "-q", f"yoyodyne=={VERSION}", f"torch=={version}")
        # it needs them nowhere, and those of PyPI are of another torch than that for CPUs
        setting.command(*pip, "uninstall", "-q", "-y", "torchvision", "torchaudio")
    return program


def fairseq(name: str, epochs: int, *options: object) -> Used:
    """Train with or without the plugin, whose batches are of words of one length (``plugin``) or of any (``mixed``)."""
    options += ("--mix-lengths",) if name == "mixed" else ()
    own = ("--task", "translation") if name == "stock" else ("--user-dir", setting.USER_DIR, "--task", "phonology")
    line = (setting.prepared(), *own, "--arch", "transformer", *SHAPE, "--encoder-normalize-before",
            "--decoder-normalize-before", "--dropout", 0.1, "--criterion", "label_smoothed_cross_entropy",
            "--label-smoothing", 0.1, "--optimizer", "adam", "--lr", 0.001, "--batch-size", BATCH, "--seed", 1,
            "--max-epoch", epochs, "--save-dir", OUT / name, "--cpu", "--num-workers", 0)  # fmt: skip
    return setting.used("fairseq-train", *line, *options)


def yoyodyne(epochs: int, validated: bool = False) -> Used:
    """Train with yoyodyne."""
    folder = OUT / "yoyodyne"
    folder.mkdir(parents=True, exist_ok=True)
    data = setting.prepared().parent
    for split in ("train", "valid"):
        sides = ((data / f"{split}.{side}").read_text(encoding="utf-8").splitlines() for side in ("ur", "sr"))
        lines = (f"{ur}\t{sr}\n" for ur, sr in zip(*sides, strict=True))
        (folder / f"{split}.tsv").write_text("".join(lines), encoding="utf-8")
    validation = "num_sanity_val_steps: 0" if validated else "limit_val_batches: 0"
    values = {"epochs": epochs, "folder": folder, "validation": validation, "kept": int(validated), "batch": BATCH}
    config = YOYODYNE.format(train=folder / "train.tsv", valid=folder / "valid.tsv", **values)
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    os.environ["WANDB_MODE"] = "disabled"
    return setting.used(installed(), "fit", "--config", folder / "config.yaml")


def speeds(one: list[Used], several: list[Used]) -> list[float]:
    """Words a second of each round: of the epochs that the longer training has more, so that start-up is left out."""
    spent = [b.seconds - a.seconds for a, b in zip(one, several, strict=True)]
    if min(spent) <= 0:
        raise RuntimeError("more epochs took no more time: something else ran beside; this needs an idle machine")
    return [MORE * setting.TRAIN / seconds for seconds in spent]


def rows() -> Iterator[Row]:
    """(what, measured, target) of each row."""
    installed()
    fresh = ("--disable-validation", "--no-save")
    programs = {}
    for epochs in (1, 1 + MORE):
        for name in ("plugin", "stock"):
            programs[name, epochs] = lambda name=name, epochs=epochs: fairseq(name, epochs, *fresh)
        programs["yoyodyne", epochs] = lambda epochs=epochs: yoyodyne(epochs)
    found = setting.in_turns(programs, ROUNDS)
    names = {"plugin": "fairseq with the plugin", "stock": "fairseq without", "yoyodyne": f"yoyodyne {VERSION}"}
    speed = {name: speeds(found[name, 1], found[name, 1 + MORE]) for name in names}
    for name, what in names.items():
        middle = statistics.median(speed[name])
        yield f"training with {what}", f"{middle:,.0f} words a second (median of {ROUNDS})", ""
    for other, target in (("yoyodyne", ">= 2 x"), ("stock", ">= 0.98 x")):
        ratios = [ours / theirs for ours, theirs in zip(speed["plugin"], speed[other], strict=True)]
        measured = f"{statistics.median(ratios):.2f} x ({min(ratios):.2f} to {max(ratios):.2f})"
        yield f"words a second, with the plugin / {names[other]}", measured, target
