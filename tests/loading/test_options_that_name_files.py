"""Every option of fairseq's that names a file or a folder, and may stand in a checkpoint, is listed in the reference.

Tasks, criteria, models and the rest that a checkpoint may select are walked, so that a new one of fairseq's is seen.
What becomes of each is tested in `end_to_end/test_hostile`.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
from pathlib import Path

import pytest

pytest.importorskip("fairseq")

from fairseq.criterions import CRITERION_REGISTRY
from fairseq.dataclass.configs import FairseqConfig
from fairseq.models import MODEL_DATACLASS_REGISTRY, MODEL_REGISTRY
from fairseq.registry import REGISTRIES
from fairseq.tasks import TASK_DATACLASS_REGISTRY, TASK_REGISTRY

import fairseq_phonology.task  # noqa: F401 (registers)
from fairseq_phonology.loading import guard

NAME = re.compile(
    r"(^|_)(files?|dirs?|paths?|logdir|log|url|folder|dest|save|restore|project|repo|script|codes|vocab|merges|json|from)(_|$)"
    r"|(dir|path|file)$"
)
HELP = re.compile(r"\b(files?|director(y|ies)|paths?|folders?|urls?|scripts?)\b", re.IGNORECASE)
# what these words find beside them: numbers, switches, names of languages
NO_FILES = {
    *(
        "drop_path",
        "log_compression",
        "log_f0",
        "log_format",
        "log_interval",
        "log_keys",
        "no_save",
        "channels",
        "langs",
    ),
    *(
        "no_save_optimizer_state",
        "output_dictionary_size",
        "output_word_probs",
        "output_word_stats",
        "project_features",
    ),
    *("save_interval", "save_interval_updates", "share_decoder_input_output_embed", "use_sharded_state", "sample_rate"),
    *("source_lang", "target_lang", "add_prev_output_tokens", "checkpoint_suffix", "decoder_output_dim", "profile"),
    *("lang_to_offline_shard_ratio", "baseline_model", "negatives_from_everywhere", "project_input"),
}


def _fields(cls, seen=()):
    if not dataclasses.is_dataclass(cls) or cls in seen:
        return
    for field in dataclasses.fields(cls):
        yield field.name, str(field.metadata.get("help", ""))
        for each in (field.type, field.default, field.default_factory):
            yield from _fields(each if isinstance(each, type) else type(each), (*seen, cls))


def _parsed(cls):
    parser = argparse.ArgumentParser(add_help=False, conflict_handler="resolve")
    try:
        cls.add_args(parser)
    except Exception:  # parts of fairseq whose libraries are not installed
        return
    for action in parser._actions:
        yield action.dest, action.help or ""


def _options():
    yield from _fields(FairseqConfig)
    for registry in (TASK_DATACLASS_REGISTRY, MODEL_DATACLASS_REGISTRY):
        for cls in registry.values():
            yield from _fields(cls)
    for registry in REGISTRIES.values():
        for cls in registry["dataclass_registry"].values():
            yield from _fields(cls)
    for cls in (*TASK_REGISTRY.values(), *MODEL_REGISTRY.values(), *CRITERION_REGISTRY.values()):
        if hasattr(cls, "add_args"):
            yield from _parsed(cls)


def test_the_reference_lists_them_all():
    page = (Path(__file__).parents[2] / "docs" / "reference" / "security.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`(\w+)`", page))
    named = {name for name, text in _options() if NAME.search(name) or HELP.search(text)}
    assert len(named) > 60
    assert sorted(named - listed - NO_FILES) == []


@pytest.mark.parametrize(("part", "name"), guard._EFFECTS)
@pytest.mark.parametrize("value", ["folder", True])
def test_what_would_write_or_run_is_cleared(part, name, value):
    state = {"cfg": {part: {name: value}}, "args": argparse.Namespace(**{name: value})}
    guard._keep_from_effects(state)
    assert not state["cfg"][part][name] and not getattr(state["args"], name)
