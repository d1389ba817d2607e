"""Numbers that fairseq would take: what no training can mean is refused, what fairseq has by default is not."""

from __future__ import annotations

import pytest

pytest.importorskip("fairseq")

from fairseq import options
from fairseq.dataclass.utils import convert_namespace_to_omegaconf
from omegaconf import OmegaConf

from fairseq_phonology import InputError
from fairseq_phonology.training.numbers import check_optimization


def _task(*more: str):
    """The configuration of the task, as fairseq-train makes it of a command line."""
    given = ["data", "--task", "translation", "--arch", "transformer", *more]
    parsed = options.parse_args_and_arch(options.get_training_parser(), given)
    return convert_namespace_to_omegaconf(parsed).task


@pytest.mark.parametrize(
    "words",
    [
        "--optimizer adam --lr 0.001,0 --adam-betas (0.9,0.98) --lr-scheduler inverse_sqrt --warmup-updates 1",
        "--optimizer sgd --momentum 1 --weight-decay 0 --patience -1 --lr-scheduler inverse_sqrt --warmup-updates 9",
        "--optimizer sgd --clip-norm 0 --lr 0 --max-lr 0.1 --lr-scheduler triangular",
    ],
)
def test_taken(words):
    check_optimization(_task(*words.split()))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("optimizer.adam_eps=-1", "--adam-eps -1: allowed: 0 or more"),
        ("optimizer.weight_decay=-1", "--weight-decay -1: allowed: 0 or more"),
        ("optimizer.weight_decay=.nan", "--weight-decay nan: allowed: 0 or more"),
        ("optimizer.momentum=3", "--momentum 3: allowed: 0 to 1"),
        ("optimization.clip_norm=.nan", "--clip-norm nan: allowed: 0 or more"),
        ("optimization.clip_norm=-1", "--clip-norm -1: allowed: 0 or more"),
        ("optimization.lr=[-1]", "--lr [-1]: allowed: 0 or more"),
        ("optimization.lr=[0.1,-1]", "--lr [0.1, -1]: allowed: 0 or more"),
        ("optimization.lr=[0]", "--lr 0: nothing would be learned"),
        ("optimization.update_freq=[1,0]", "--update-freq [1, 0]: allowed: 1 or more"),
        ("optimization.max_update=-1", "--max-update -1: allowed: 0 or more"),
        ("optimization.max_epoch=-1", "--max-epoch -1: allowed: 0 or more"),
        ("optimization.stop_time_hours=.nan", "--stop-time-hours nan: allowed: 0 or more"),
        ("common.log_interval=0", "--log-interval 0: allowed: 1 or more"),
        ("checkpoint.patience=0", "--patience 0: allowed: 1 or more validations, or -1 to never stop early"),
        ("lr_scheduler.warmup_updates=-1", "--warmup-updates -1: allowed: 0 or more"),
        ("lr_scheduler={_name: inverse_sqrt, warmup_updates: 0}", "--warmup-updates 0: allowed: 1 or more"),
        ("lr_scheduler.total_num_update=0", "--total-num-update 0: allowed: 1 or more"),
        ("optimizer.adam_betas=x", "--adam-betas x: allowed: two numbers, 0 to under 1"),
        ("optimizer.adam_betas='(0.9,2)'", "--adam-betas (0.9,2): allowed: two numbers, 0 to under 1"),
        ("optimizer.adam_betas=[0.9]", "--adam-betas [0.9]: allowed: two numbers, 0 to under 1"),
    ],
)
def test_refused(given, said):
    with pytest.raises(InputError) as caught:
        check_optimization(OmegaConf.merge({"task": {}}, OmegaConf.from_dotlist([given])).task)
    assert said in str(caught.value)
