"""What fairseq's own functions raise while they load a checkpoint is said of its file."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("fairseq")

from fairseq_phonology.errors import InputError
from fairseq_phonology.loading import guard


def failing(name, file="checkpoint_utils.py", error="ValueError('7 is not 8')"):
    """A function that loads as fairseq's does, and fails in a function of that name."""
    text = (
        f"def {name}(filename):\n    raise {error}\n"
        f"def load(filenames, *args):\n    orig_filename = filename = filenames\n    {name}(filename)\n"
    )
    exec(compile(text, file, "exec"), made := {})
    return made["load"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("build_model", "its model cannot be built: 7 is not 8"),
        ("setup_task", "its task cannot be set up: 7 is not 8"),
        ("load_state_dict", "its weights do not fit the model that its configuration and the dictionaries make: 7 is"),
    ],
)
def test_a_model_that_cannot_be_made_of_its_file(tmp_path, name, said):
    (path := tmp_path / "x.pt").touch()
    with pytest.raises(InputError, match=rf"x\.pt: {said}"):
        guard._load_models(failing(name), str(path))
    with pytest.raises(ValueError, match="7 is not 8"):  # of the reader, which says itself what is wrong
        guard._load_models(failing("load_checkpoint_to_cpu"), str(path))


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Cannot load model parameters from x.pt", "its weights do not fit the model that the options of this run"),
        ("no such key", "training cannot go on from what it says of the optimizer and the data: no such key; with"),
    ],
)
def test_a_checkpoint_that_training_cannot_go_on_from(said, expected):
    trainer = SimpleNamespace(task=None)
    own = failing("f", "trainer.py", f"ValueError({said!r})").__globals__
    exec(compile("def load_checkpoint(filename):\n    f(filename)\n", "trainer.py", "exec"), own)
    with pytest.raises(InputError, match=rf"x\.pt: {expected}"):
        guard._load_to_train(lambda cfg, trainer: own["load_checkpoint"]("x.pt"), None, trainer)
    with pytest.raises(ValueError, match=said):  # of something else
        guard._load_to_train(lambda cfg, trainer: own["f"]("x.pt"), None, trainer)


SHAPES = """
import sys, types
from argparse import Namespace
from fairseq.data import Dictionary
from fairseq.models.transformer import TransformerModel
from fairseq_phonology.loading import guard
from fairseq_phonology.training.architectures import transformer_phonology_tiny

args, symbols, found = Namespace(max_source_positions=99, max_target_positions=99), Dictionary(), []
transformer_phonology_tiny(args)
task = types.SimpleNamespace(source_dictionary=symbols, target_dictionary=symbols)
with guard._shapes_alone():
    shapes = TransformerModel.build_model(args, task)
slow = [name for name in ("sympy", "torch._dynamo") if name in sys.modules]
model = TransformerModel.build_model(args, task)
assert {one.device.type for one in shapes.parameters()} == {"meta"} and model.encoder.embed_positions.weights[5].any()
print(guard._numbers(shapes) == guard._numbers(model), slow)
"""


def test_a_model_of_shapes_alone_has_as_many_numbers_and_no_compiler_is_imported_for_it():
    done = subprocess.run([sys.executable, "-c", SHAPES], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "True []"
