"""Every word once, under the user's own id, with the segments that the user wrote."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("fairseq")

from fairseq.data import Dictionary  # noqa: E402

from fairseq_phonology.errors import InputError  # noqa: E402
from fairseq_phonology.training.callbacks import Prediction  # noqa: E402
from fairseq_phonology.training.exact_match import ForcedBatch  # noqa: E402
from fairseq_phonology.training.predictions import MORE, Hypotheses, Predictions  # noqa: E402


@dataclass
class Pairs:
    """What is asked of fairseq's data set."""

    src: list[torch.Tensor]
    tgt: list[torch.Tensor]

    def __len__(self) -> int:
        return len(self.src)


@pytest.fixture
def data(tmp_path):
    """Two words, p a -> b a and q a -> q a; the model has never seen q."""
    dictionary = Dictionary()
    for symbol in "pab":
        dictionary.add_symbol(symbol)

    def encode(text: str) -> torch.Tensor:
        return dictionary.encode_line(text, add_if_not_exist=False).long()

    (tmp_path / "bin").mkdir()
    return dictionary, Pairs([encode("p a"), encode("q a")], [encode("b a"), encode("q a")]), tmp_path / "bin"


def _words(data, subset="valid"):
    dictionary, dataset, folder = data
    target = torch.stack(dataset.tgt)
    gathering = Predictions(dictionary, dictionary)
    for rows in ([1], [0], [1]):  # a worker repeats a batch of its own when it has run out
        batch = ForcedBatch(torch.tensor(rows), target[rows], target[rows], torch.tensor([True]), dictionary)
        references = [dataset.tgt[rows[0]][:-1].tolist()]
        gathering.add(batch, references, [None if rows == [0] else references[0]])
    return gathering.finish(dataset, folder, subset)


def test_without_a_table_the_id_is_the_number(data):
    first, second = _words(data)
    assert first == Prediction("0", "p a", "b a", "b a", True)
    # an unknown segment is never right, even against itself
    assert (second.id, second.underlying, second.reference, second.correct) == ("1", "<unk> a", "<unk> a", False)


def test_prepares_table_names_the_words(data):
    (data[2].parent / "valid.tsv").write_text("id\tur\tsr\tnote\nw9\tp a\tb a\t\nw3\tq a\tq a\tx\n", encoding="utf-8")
    assert [(word.id, word.underlying, word.reference) for word in _words(data)] == [
        ("w9", "p a", "b a"),
        ("w3", "q a", "q a"),
    ]
    assert [word.id for word in _words(data, "test")] == ["0", "1"]


@pytest.mark.parametrize(
    "table",
    ["id\tur\tsr\nw9\tp a\tb a\n", "id\tur\tsr\nw9\tp a\tb a\nw3\tq\tq a\n", "ur\tsr\np a\tb a\nq a\tq a\n", ""],
)
def test_a_table_of_other_words_is_left_alone(data, table):
    (data[2].parent / "valid.tsv").write_text(table, encoding="utf-8")
    assert [word.id for word in _words(data)] == ["0", "1"]


def test_a_table_that_is_not_utf_8_is_refused(data):
    (data[2].parent / "valid.tsv").write_bytes("id\tur\tsr\né\tp a\tb a\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"valid\.tsv: is not UTF-8"):
        _words(data)


@pytest.mark.parametrize("beam", [1, 5])
def test_a_word_that_never_ends_is_as_long_beside_any_other(beam):
    """Of a model that says a and a again as long as it may."""
    pad, eos, a = 1, 2, 4
    generator = SimpleNamespace(pad=pad, eos=eos, max_len=40)

    def inference_step(generator, models, sample, prefix_tokens):
        tokens = torch.tensor([a] * (generator.max_len_a + generator.max_len_b) + [eos])
        return [[{"tokens": tokens}] for _ in sample["id"]]

    def sample(*words):  # (segments of UR, of SR), EOS included
        sides = zip(*words, strict=True)
        ur, sr = (torch.tensor([[a] * n + [pad] * (20 - n) for n in side]) for side in sides)
        return {"id": torch.arange(len(words)), "net_input": {"src_tokens": ur, "prev_output_tokens": sr}}

    hypotheses, model = Hypotheses(lambda models, args: generator, inference_step, beam), object()
    lengths = [len(word) for word in hypotheses.of(model, sample((3, 4), (3, 9), (20, 4)))]
    assert lengths == ([39, 39, 39] if beam > 1 else [6 + MORE, 9 + MORE, 39])
    assert [len(word) for word in hypotheses.of(model, sample((3, 4)))] == [6 + MORE]
