"""Rates are drawn on one axis; counts, speeds and losses are not."""

from fairseq_phonology.training.history.rates import added_rates


def rates(**figures):
    return added_rates([{"epoch": 1, "updates": 4, "subset": "valid", "lr": 0.1, **figures}])


def test_counts_speeds_and_losses_are_no_rates():
    names = (
        "ntokens nsentences sample_size wps ups wpb bsz loss_0 ctc_loss nll_loss ppl code_perplexity n_correct total"
    )
    names += " sys_len ref_len gb_free cum_gb_free train_wall loss_scale num_updates bleu_counts nsignals"
    assert rates(**dict.fromkeys(names.split(), 5.0)) == ([], names.split())


def test_rates_of_speech_and_of_ones_own_are():
    found = rates(wer=128.7, raw_wer=31.2, accuracy=0.41, bleu=30.0, vowels=99.0, **{"obstruent-nasalization": 88.0})
    assert found == (["wer", "raw_wer", "accuracy", "bleu", "vowels", "obstruent-nasalization"], [])


def test_what_no_rate_can_be_is_none():
    assert rates(segments=14454.0, gain=-3.0, words=7.0) == (["words"], ["segments", "gain"])


def test_what_was_not_measured_does_not_count():
    assert rates(a=None, b="text", c=float("nan")) == ([], [])
