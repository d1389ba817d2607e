"""The recipe that is filled in, and options as fairseq takes them."""

from fairseq_phonology.training.recipe import RECIPE, arguments, data_options, filled


def test_what_is_asked_for_comes_in_place_of_ours():
    found = filled({"lr": 0.001, "max_tokens": 99})
    assert found["lr"] == 0.001
    assert found["max_tokens"] == 99
    assert found["label_smoothing"] == RECIPE["label_smoothing"]
    assert found["best_checkpoint_metric"] == "exact_match"


def test_an_option_of_ours_goes_with_the_choice_that_it_belongs_to():
    assert "label_smoothing" not in filled({"criterion": "cross_entropy"})
    assert filled({"criterion": "cross_entropy", "label_smoothing": 0.2})["label_smoothing"] == 0.2
    assert "adam_betas" not in filled({"optimizer": "nag"})
    assert filled({"optimizer": "adam"})["adam_betas"] == "(0.9, 0.98)"


def test_words_of_a_command_line():
    options = {"arch": "lstm", "fp16": True, "no_epoch_checkpoints": False, "lenpen": -1, "betas": [0.9, 0.98]}
    assert arguments(options) == ["--arch", "lstm", "--fp16", "--lenpen=-1", "--betas", "[0.9, 0.98]"]
    assert arguments({"valid_subset": ["valid", "test"]}) == ["--valid-subset", "valid,test"]


def test_what_data_ask_for():
    assert data_options(["valid"], 1024) == {}
    assert data_options(["valid", "valid1"], 1025) == {
        "valid_subset": "valid,valid1",
        "max_source_positions": 1025,
        "max_target_positions": 1025,
    }
