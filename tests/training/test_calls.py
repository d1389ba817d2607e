"""Which of a criterion's calls of the model is the batch's own."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("fairseq")

from fairseq.criterions.label_smoothed_cross_entropy_with_rdrop import duplicate_input  # noqa: E402
from fairseq.distributed.module_proxy_wrapper import ModuleProxyWrapper  # noqa: E402

from fairseq_phonology import InputError  # noqa: E402
from fairseq_phonology.training.calls import Call, captured_calls, own_output, to_compute_with  # noqa: E402
from fairseq_phonology.training.exact_match import forced_batch  # noqa: E402
from tests.helpers.small_model import letters, random_model, symbols_of  # noqa: E402

A = 4


def sample_of(words=("a b", "c", "d e f")):
    from fairseq.data.data_utils import collate_tokens

    symbols, pad, eos = symbols_of(letters(), words), letters().pad(), letters().eos()
    target, source = collate_tokens(symbols, pad), collate_tokens(symbols, pad, left_pad=True)
    previous = collate_tokens(symbols, pad, eos, move_eos_to_beginning=True)
    given = {"src_tokens": source, "src_lengths": source.ne(pad).sum(1), "prev_output_tokens": previous}
    return {"id": torch.arange(len(words)), "net_input": given, "target": target}


@pytest.fixture(scope="module")
def model():
    return random_model(letters())


def spoiled(given, name="prev_output_tokens"):
    return {**given, name: torch.full_like(given[name], A)}


def doubled(given):
    return {name: torch.cat([one, one]) for name, one in given.items()}


def behind(given):
    """The batch is the second half."""
    return {name: torch.cat([spoiled(given, name)[name], one]) for name, one in given.items()}


# what a criterion does -> the number of the call that is the batch's own
CRITERIA = {
    "once": (lambda model, given: [model(**given)], 0),
    "spoiled SRs first": (lambda model, given: [model(**spoiled(given)), model(**given)], 1),
    "spoiled SRs last": (lambda model, given: [model(**given), model(**spoiled(given))], 0),
    "spoiled URs last": (lambda model, given: [model(**given), model(**spoiled(given, "src_tokens"))], 0),
    "twice": (lambda model, given: [model(**given), model(**given)], 1),
    "doubled": (lambda model, given: [model(**doubled(given))], 0),
    "doubled, and spoiled SRs": (lambda model, given: [model(**doubled(given)), model(**spoiled(given))], 0),
    "arguments without names": (lambda model, given: [model(**spoiled(given)), model(*given.values())], 1),
    "features last": (lambda model, given: [model(**given), model(**given, features_only=True)], 0),
    "options": (lambda model, given: [model(**given, return_all_hiddens=False), model(**spoiled(given))], 0),
    "spoiled SRs alone": (lambda model, given: [model(**spoiled(given))], None),
    "the batch behind others": (lambda model, given: [model(**behind(given))], None),
    "a part of the batch": (lambda model, given: [model(**{name: one[:2] for name, one in given.items()})], None),
    "never": (lambda model, given: [], None),
}


@pytest.mark.parametrize("wrapped", [False, True], ids=["bare", "wrapped"])
@pytest.mark.parametrize("name", CRITERIA)
@torch.no_grad()
def test_the_call_of_the_batch_as_it_came(model, name, wrapped):
    criterion, number = CRITERIA[name]
    if wrapped:
        holder = torch.nn.Module()
        holder.module, holder.forward = model, model.forward
        model = ModuleProxyWrapper(holder)
    sample = sample_of()
    with captured_calls(model) as calls:
        outputs = criterion(model, to_compute_with(sample)["net_input"])
    found = own_output(calls, sample)
    assert found is (None if number is None else outputs[number])
    if found is None:
        with pytest.raises(InputError, match="exact match needs a criterion that calls the model"):
            forced_batch(model, found, sample, letters())
    else:
        expected = forced_batch(model, model(**sample["net_input"]), sample, letters())
        assert torch.equal(forced_batch(model, found, sample, letters()).predicted, expected.predicted)


@torch.no_grad()
def test_r_drop_of_fairseq_doubles_the_words_in_place(model):
    sample = sample_of()
    own = to_compute_with(sample)
    with captured_calls(model) as calls:
        output = model(**duplicate_input(own)["net_input"])
    assert len(output[0]) == 6 and own_output(calls, sample) is output


@torch.no_grad()
def test_a_criterion_that_spoils_the_batch_in_place_is_found_out(model):
    sample = sample_of()
    kept = {name: one.clone() for name, one in sample["net_input"].items()}
    given = to_compute_with(sample)["net_input"]
    given["prev_output_tokens"].fill_(A)
    with captured_calls(model) as calls:
        model(**given)
    assert own_output(calls, sample) is None
    assert all(torch.equal(one, kept[name]) for name, one in sample["net_input"].items())


def test_a_call_with_other_tensors_beside_the_batch_is_not_its_own():
    sample = sample_of()
    given, noise = sample["net_input"], {"token_embeddings": torch.zeros(3, 4, 16)}
    plain, noisy = Call(given, "plain"), Call({**given, **noise}, "noisy")
    assert own_output([plain, noisy], sample) == "plain" and own_output([noisy], sample) is None
    scalar = {"language": torch.tensor(1)}
    assert own_output([Call({**given, **scalar}, "of one language")], sample) is None
    with_scalar = {**sample, "net_input": {**given, **scalar}}
    assert own_output([Call({**given, **scalar}, "of one language")], with_scalar) == "of one language"
    assert own_output([Call({**given, "language": torch.tensor(2)}, "of another")], with_scalar) is None


def test_the_hook_undoes_itself():
    model = torch.nn.Linear(1, 1)
    with pytest.raises(ZeroDivisionError), captured_calls(model) as calls:
        model(torch.ones(1))
        raise ZeroDivisionError
    model(torch.ones(1))
    assert len(calls) == 1 and not model._forward_hooks
