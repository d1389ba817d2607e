"""Where everything of a study lies in its folder, and what its steps are called.

Paths are relative to that folder, with ``/``; names in braces are the engine's wildcards.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..training.checkpoints.saved import BEST

SNAKEFILE = Path(__file__).with_name("Snakefile")
OURS = '"$(fairseq-phonology user-dir)"'  # our user-dir, for the shell
NONCE = "nonce.tsv"
DATA = "data"  # of all training words; its dictionaries are those of every model
BIN = f"{DATA}/bin"
LOGS = "logs"
ENGINE_LOG = f"{LOGS}/engine.log"  # of the engine itself
INDEX = ("index.html", "study.csv", "study.zip")
RECIPE = "recipe.json"  # in the save-dir: of what the training is, and its stamp
NOTE = "note: "  # begins a line in the log of a training that a person is to see


@dataclass(frozen=True)
class Rule:
    """One kind of step.

    Attributes:
        words: what it does, for a person.
        outputs: by which the engine knows that it is done: of each folder the file that its command writes last.
    """

    words: str
    outputs: tuple[str, ...]


# in the order of the work; of `analyze` there is one for one seed and one for all, under one name
RULES = {
    "nonce": Rule("nonce words", (NONCE,)),
    "prepare": Rule("words checked, split and binarized", ("data/train.tsv", "data/bin/prepare.json")),
    "prepare_size": Rule("{size} of the training words", ("data-{size}/train.tsv", "data-{size}/bin/prepare.json")),
    # the checkpoints are no declared output: the engine would remove them before a training that is to go on
    "train": Rule("training of {model}, seed {seed}", ("models/{model}/{seed}.json",)),
    "untrained": Rule("fresh weights of {model}", ("models/{model}/untrained.pt",)),
    "test_data": Rule("{list} in the models' dictionaries", ("lists/{list}/data/bin/prepare.json",)),
    "test": Rule("surface forms of {list}, {model}, seed {seed}", ("lists/{list}/{model}/{seed}/generate.txt",)),
    "errors": Rule("errors in {list}, {model}, seed {seed}", ("lists/{list}/{model}/{seed}/errors/summary.json",)),
    "heatmap": Rule("heat map of {word}, {model}, seed {seed}", ("lists/{list}/{model}/{seed}/heatmap-{word}.png",)),
    "stimuli": Rule("stimuli {set}", ("stimuli/{set}/stimuli.tsv",)),
    "stimuli_data": Rule("stimuli {set} in the models' dictionaries", ("stimuli/{set}/data/bin/prepare.json",)),
    "attention": Rule(
        "attention in the stimuli {set}, {model}, seed {seed}",
        ("stimuli/{set}/{model}/{seed}/attention/manifest.json",),
    ),
    "baseline": Rule("attention in {set}, {model} untrained", ("stimuli/{set}/{model}/untrained/manifest.json",)),
    "intervene": Rule(
        "interventions in {set}, {model}, seed {seed}",
        ("stimuli/{set}/{model}/{seed}/interventions/summary.json",),
    ),
    "intervene_all": Rule(
        "interventions in {set}, all seeds of {model}",
        ("stimuli/{set}/{model}/interventions/summary.json",),
    ),
    "dynamics": Rule(
        "training dynamics in {set}, {model}, seed {seed}",
        ("stimuli/{set}/{model}/{seed}/dynamics/summary.json",),
    ),
    "analyze": Rule(
        "report on {set}, {model}, seed {seed}",
        ("stimuli/{set}/{model}/{seed}/analysis/report.html", "stimuli/{set}/{model}/{seed}/analysis/summary.json"),
    ),
    "analyze_all": Rule(
        "report on {set}, all seeds of {model}",
        ("stimuli/{set}/{model}/analysis/report.html", "stimuli/{set}/{model}/analysis/summary.json"),
    ),
    "score": Rule("scores of the candidates, {model}", ("scores/{model}/scores.csv",)),
    "score_untrained": Rule("scores of the candidates, {model} untrained", ("scores/{model}-untrained/scores.csv",)),
    "compare": Rule("{model} beside people: {human}", ("people/{human}/{model}/report.html",)),
    "condition_data": Rule(
        "{condition} in the models' dictionaries", ("conditions/{condition}/data/bin/prepare.json",)
    ),
    "condition_attention": Rule(
        "attention in {condition}, {model}, seed {seed}",
        ("conditions/{condition}/{model}/{seed}/attention/manifest.json",),
    ),
    "condition": Rule(
        "report on the conditions {condition}, {model}, seed {seed}",
        ("conditions/{condition}/{model}/{seed}/analysis/report.html",),
    ),
    "condition_all": Rule(
        "report on the conditions {condition}, all seeds of {model}",
        ("conditions/{condition}/{model}/analysis/report.html",),
    ),
    "index": Rule("index.html, study.csv and study.zip", INDEX),
}


def data(size: int | str | None = None) -> str:
    """Folder of all training words, or of so many of them."""
    return DATA if size is None else f"{DATA}-{size}"


def save_dir(model: str, seed: int | str) -> str:
    """Of one training."""
    return f"models/{model}/{seed}"


def best(model: str, seed: int | str) -> str:
    """The checkpoint that all later steps look at."""
    return f"{save_dir(model, seed)}/{BEST}"


def tested(list: str, model: str, seed: int | str) -> str:
    """The attention of one model in a list, where it was saved."""
    return f"lists/{list}/{model}/{seed}/attention"


def tested_words(list: str) -> str:
    """The words of a list, as `prepare` writes them."""
    return f"lists/{list}/data/test.tsv"


def safe(word: str) -> str:
    """A word as part of a file's name: letters of any script with their marks; what systems may not like is ``_``."""
    return "".join(sign if re.match(r"[\w.+-]", sign) or unicodedata.category(sign)[0] == "M" else "_" for sign in word)


def outputs(rule: str, **wildcards: object) -> tuple[str, ...]:
    """What a step declares as done."""
    return tuple(pattern.format_map(wildcards) for pattern in RULES[_entry(rule, wildcards)].outputs)


def folder(rule: str, **wildcards: object) -> str:
    """The folder that a step makes: that of its last output."""
    return outputs(rule, **wildcards)[-1].rpartition("/")[0]


def log(rule: str, wildcards: Mapping[str, object]) -> str:
    """What a step printed, its command first."""
    return f"{LOGS}/{'-'.join([rule, *map(str, wildcards.values())])}.log"


def described(rule: str, wildcards: Mapping[str, object]) -> str:
    """A step in a person's words: ``training of model, seed 3``."""
    entry = _entry(rule, wildcards)
    return RULES[entry].words.format_map(wildcards) if entry in RULES else rule


def _entry(rule: str, wildcards: Mapping[str, object]) -> str:
    """Of a report on one seed or on all."""
    return "analyze_all" if rule == "analyze" and "seed" not in wildcards else rule
