"""The line that ends fairseq-generate, computed by hand."""

from __future__ import annotations

import pytest

pytest.importorskip("fairseq")

from omegaconf import OmegaConf

from fairseq_phonology.errors import InputError
from fairseq_phonology.training.scorer import ExactMatchScorer, ExactMatchScorerConfig, check_compared


def _scorer(pairs: list[tuple[str, str]], **options) -> ExactMatchScorer:
    scorer = ExactMatchScorer(OmegaConf.structured(ExactMatchScorerConfig(**options)))
    for reference, hypothesis in pairs:
        scorer.add_string(reference, hypothesis)
    return scorer


def test_counts_by_hand():
    # of 4 words 2 are right; h a ŋ -> h a k: one substitution; m u -> m: one deletion; 9 reference segments
    scorer = _scorer([("h a ŋ", "h a k"), ("m u", "m"), ("p a", "p a"), ("t͡ɕʰ i", "t͡ɕʰ i")])
    assert (scorer.counts()["edits"], scorer.counts()["segments"]) == (2, 9)
    assert scorer.score() == 50.0
    line = scorer.result_string()
    assert line.startswith("exact match = 50.00 % (2/4) | WER = 50.00 | PER = 22.22 | chrF = ")
    assert "words:" not in line


def test_all_right_is_all_hundreds_and_zeros():
    line = _scorer([("p a", "p a")] * 3).result_string()
    assert line == "exact match = 100.00 % (3/3) | WER = 0.00 | PER = 0.00 | chrF = 100.00"


def test_an_unknown_reference_segment_is_never_right():
    # fairseq writes unknown segments of the reference in double brackets, those of the hypothesis in single ones
    assert _scorer([("p <<unk>>", "p <unk>")]).result_string().startswith("exact match = 0.00 % (0/1) | WER = 100.00")


def test_signature_on_demand():
    line = _scorer([("p a", "p a")], exact_match_signature=True).result_string()
    assert "words:1|hyp:best|seg:space|unk:wrong|PER:corpus|phonology:" in line
    assert "sacrebleu:" in line


def test_no_word_at_all():
    assert _scorer([]).result_string() == "exact match = nan % (0/0) | WER = nan | PER = nan"


def _options(scoring="exact_match", score_reference=False, **parts):
    """fairseq's whole configuration, as a command hands it on."""
    scoring = OmegaConf.create({"_name": scoring, "score_reference": "${generation.score_reference}"})
    generation = {"score_reference": score_reference}
    return OmegaConf.create({"scoring": scoring, "generation": generation, "task": {}, **parts})


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        (
            {"common_eval": {"post_process": "sentencepiece"}},
            r"--post-process \(--remove-bpe\) sentencepiece with",
        ),
        ({"common_eval": {"post_process": "subword_nmt"}}, r"--post-process \(--remove-bpe\) subword_nmt"),
        ({"bpe": {"_name": "characters"}}, "--bpe characters"),
        ({"tokenizer": {"_name": "moses"}}, "--tokenizer moses"),
    ],
)
def test_options_that_join_segments_are_refused(parts, named):
    """Of joined words PER would be WER."""
    options = _options(**parts)
    for cfg in (options.scoring, options.task):
        with pytest.raises(InputError, match=f"{named}.*PER would not be of segments"):
            check_compared(cfg)
    with pytest.raises(InputError, match=named):
        ExactMatchScorer(options.scoring)
    check_compared(_options("bleu", **parts).task)
    assert ExactMatchScorer(_options(score_reference=True, **parts).scoring).result_string().startswith("no score")


def test_options_that_leave_segments_as_they_are_score_as_ever():
    harmless = {"common_eval": {"post_process": "none"}, "bpe": None, "tokenizer": {"_name": "space"}}
    for parts in (harmless, {"common_eval": {"post_process": None}}):
        scorer = ExactMatchScorer(_options(**parts).scoring)
        scorer.add_string("h a ŋ", "h a k")
        assert scorer.counts() == {"words": 1, "right": 0, "edits": 1, "segments": 3}


def test_words_with_variants_are_compared_with_the_nearest():
    from fairseq_phonology.training import scorer

    scored = _scorer([])
    # right by another variant; wrong, two edits from p a and one from p u t; a word with one SR
    scorer.expect([["p a", "p u"], ["p a", "p u t"], []])
    for reference, hypothesis in [("p a", "p u"), ("p a", "p u k"), ("m a", "m a")]:
        scored.add_string(reference, hypothesis)
    assert scored.counts() == {"words": 3, "right": 2, "varied": 1, "most_frequent": 0, "edits": 1, "segments": 7}
    line = scored.result_string()
    assert line.startswith(
        "exact match = 66.67 % (2/3) | most frequent variant = 0.00 % (0/1) | WER = 33.33 | PER = 14.29"
    )
    assert "hyp:best|ref:nearest-variant|seg" in scored.signature()
    scorer.expect([["p a", "p u"]])
    with pytest.raises(ValueError, match=r"'pa' is none of its variants \(p a, p u\); what changes segments"):
        scored.add_string("pa", "p a")
    scorer.expect([["p a", "p u"]])
    assert _scorer([("m u", "m u")]).score() == 100  # of an earlier command
