"""What fairseq-generate printed, whole or refused."""

from pathlib import Path

import pytest

from fairseq_phonology.analysis.errors.generated import is_generated, read_generated
from fairseq_phonology.errors import InputError
from tests.helpers.generated import WORDS, output, word

END = "Generate test with beam=5: exact match = 60.00 % (3/5) | WER = 40.00 | PER = 18.18\n"


def read(*texts):
    return read_generated([(Path(f"g{n}.txt"), text) for n, text in enumerate(texts)])


def forms(found):
    return {n: (one.ur, one.sr, one.surface) for n, one in found.words.items()}


PLAIN = dict(enumerate(WORDS))


def test_words_come_in_any_order_with_logs_between():
    log = "INFO:fairseq_cli.generate:{'_name': None}\n/site-packages/torch: UserWarning: H is no word\n"
    found = read(log + output(*WORDS[:3]) + log + "".join(word(n, *WORDS[n]) for n in (4, 3)) + END)
    assert forms(found) == PLAIN and found.right == (3, 5) and not found.joined


def test_of_several_hypotheses_the_first_counts():
    several = [(ur, sr, said, "p a", "m") for ur, sr, said in WORDS]
    text = "".join(word(n, *one, alignment=True) for n, one in enumerate(several))
    assert forms(read(text)) == PLAIN


def test_shards_are_one_run():
    line = "Generate test with beam=5: exact match = 50.00 % ({}) | WER = 50.00 | PER = 1.00\n"
    shards = [
        "".join(word(n, *WORDS[n]) for n in some) + line.format(right)
        for some, right in (((0, 2, 4), "1/3"), ((1, 3), "2/2"))
    ]
    found = read(*shards)
    assert forms(found) == PLAIN and found.right == (3, 5)
    with pytest.raises(InputError, match=r"g1\.txt, line 1: S-0 is in an earlier file, too: no shard"):
        read(shards[0], shards[0])


def test_lines_of_windows_and_of_other_versions():
    text = output(*WORDS)
    assert forms(read(text.replace("\n", "\r\n"))) == PLAIN
    old = "".join(line for line in text.splitlines(True) if line[0] in "STH")
    assert forms(read(old)) == PLAIN


def test_the_detokenized_hypothesis_is_what_is_scored():
    found = read("S-0\th a k\nT-0\th a k\nH-0\t-0.1\tha@@ k\nD-0\t-0.1\th a k\nP-0\t-0.1 -0.1 -0.1\n")
    assert found.words[0].surface == "h a k"


def test_an_empty_hypothesis_is_a_word():
    assert read(output(("a", "b", ""))).words[0].surface == ""


def test_a_progress_bar_before_a_line_is_no_part_of_it():
    bar = "  0%|          | 0/1 [00:00<?, ?it/s]\r                     \r"
    assert forms(read(bar + output(*WORDS))) == PLAIN and is_generated(bar + output(*WORDS))


TEXT = output(*WORDS)
BROKEN = {
    "two runs": (TEXT + TEXT, r"line 26: S-4 is on line 1 already: a log of several runs"),
    "a bar inside a line": (
        TEXT.replace("k u k m i\nD-2", "k u\r 50%| 1/2\r k m i\nD-2"),
        "line 13: a progress bar",
    ),
    "a bar before a line": (TEXT.replace("S-2", "\r 50%|# | 1/2 [00:00]S-2"), "line 11: a progress bar"),
    "a warning inside a hypothesis": (
        TEXT.replace("\tk u k m i\nP", "\tk u UserWarning: pin\n m i\nP"),
        r"line 11: H-2 and D-2 have 4 and 5 segments, and P-2 6 scores",
    ),
    "cut in a hypothesis": (TEXT[: TEXT.rindex("h a ŋ m u n\nD") + 3], r"line 21: the word 0 has no line D-0"),
    "cut in the scores": (
        TEXT[: TEXT.rindex(" -0.1")] + "\n",
        r"line 21: H-0 and D-0 have 6 segments, and P-0 6",
    ),
    "cut before the scores": (
        TEXT[: TEXT.rindex("P-0")],
        r"line 21: the word 0 has no line P-0: the run was",
    ),
    "cut in a line": (TEXT[: TEXT.rindex("D-0") + 5], r"line 24: D-0 lacks its text: the run was broken off"),
    "a reference is missing": (TEXT.replace("T-1\tp a p\n", ""), r"line 16: the word 1 has no line T-1"),
    "gold SRs scored": (
        TEXT + "Generate test with beam=5: no score, because --score-reference compares each\n",
        "is of --score-reference: the gold SRs were scored",
    ),
}


@pytest.mark.parametrize(("text", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_outputs_are_refused(text, message):
    with pytest.raises(InputError, match=message):
        read(text)


def test_forms_that_post_process_joined_are_known_by_their_scores():
    joined = [(ur.replace(" ", ""), sr.replace(" ", ""), said.replace(" ", "")) for ur, sr, said in WORDS]
    lines = [word(n, *one).splitlines() for n, one in enumerate(joined)]
    scores = [f"P-{n}\t" + " ".join(["-0.1"] * (len(WORDS[n][2].split()) + 1)) for n in range(5)]
    assert read("".join("\n".join([*own[:-1], p]) + "\n" for own, p in zip(lines, scores, strict=True))).joined


def test_symbols_of_which_fairseq_writes_nothing_are_not_joined():
    empty = output(("h a k", "h a k", "")).replace("\nP-0\t", "\nP-0\t-0.1 -0.1 -0.1 ")
    assert not read(empty).joined  # a model that says the symbol of the beginning of words alone
    assert read(empty).words[0].surface == ""
    some = read(output(*WORDS).replace("\nP-2\t", "\nP-2\t-0.1 "))
    assert forms(some) == PLAIN and not some.joined
