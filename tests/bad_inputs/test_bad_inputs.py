"""Every bad input of the table: one line, exit status 2, no traceback, and nothing made, changed or removed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("fairseq")

from fairseq_phonology.commands import VERBS
from tests.bad_inputs.table import ALL, Bad
from tests.helpers.shared import made_once
from tests.helpers.tried import try_in, warm
from tests.helpers.world import HYDRA, PREPROCESS, QUESTION, TRAIN, USE, world

# before its task exists: an empty save-dir with our lock, its logs, the cache of torch
_MADE_BY_FAIRSEQ = re.compile(r"new|new/(\.lock|preprocess\.log)|hydra.*|tmp/torchinductor_.*")
_WORDS = {"QUESTION": QUESTION, "USE": USE, "TRAIN": TRAIN, "HYDRA": HYDRA, "PREPROCESS": PREPROCESS}

_COMMANDS = ("preprocess", "train", "validate", "generate", "interactive", "hydra-train")


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    """The folder that every case has a copy of."""
    folder = made_once(tmp_path_factory, "world", world)
    warm(folder)
    return folder


@pytest.fixture(scope="module")
def case(tmp_path_factory) -> Path:
    """Where the copy is."""
    return tmp_path_factory.mktemp("case") / "folder"


def test_every_verb_and_command_is_in_the_table():
    of = {bad.command.split()[0] for bad in ALL if bad.command}
    assert set(VERBS) <= of
    assert {f"fairseq-{name}" for name in _COMMANDS} <= of
    assert len(ALL) >= 150


@pytest.mark.parametrize("bad", ALL, ids=lambda bad: re.sub(r"\W+", "-", bad.command[:60]))
def test_it_is_refused(good, case, bad: Bad):
    words = [word for given in bad.command.split() for word in _WORDS.get(given, [given])]
    done = try_in(good, case, [*map(str, words)], bad.files)
    assert "Traceback" not in done.out + done.err
    of_fairseq = bool(words) and words[0].startswith("fairseq-")
    changed = [name for name in done.changed if not (of_fairseq and _MADE_BY_FAIRSEQ.fullmatch(name))]
    assert done.status == 2 and not changed, (done.status, changed, done.err[-500:])
    if of_fairseq:
        (line,) = (line for line in done.err.splitlines() if "error:" in line)
        said = line.partition("fairseq_phonology: error: ")[2]
    else:
        assert not done.out
        (line,) = done.err.splitlines()
        said = re.fullmatch(r"fairseq-phonology(?: [\w-]+)?: error: (.*)", line)[1]
    # some releases of Python put what argparse allows into quotes
    said = re.sub(r"\(choose from .*\)$", lambda allowed: allowed[0].replace("'", ""), said)
    assert bad.says in said.replace(f"{case}/", "")
