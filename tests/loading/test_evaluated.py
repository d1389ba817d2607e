"""Texts in a checkpoint's configuration: code is refused, names and values are not."""

import argparse
import sys

import pytest
from omegaconf import OmegaConf

from fairseq_phonology import InputError, loading
from fairseq_phonology.loading import evaluated


@pytest.mark.parametrize(
    "text",
    [
        *("data.bin", "a/b", "runs/a-b/model.pt", "C:\\runs", "/data/x y", "--foo", "--foo bar", "a,b", "a.b, c.d", ""),
        *("(0.9, 0.98)", "[(512, 3)] * 20 + [(1024, 3)] * 4", "10000,50000", "[0.5]*6", "True", "0.1*5", "1 / 3"),
        *('{"beam": 5, "a": [true, null]}', "{'a': -1}", "20261128170000", "1 +", "@@ ", "a\0b", "tcp://localhost:1"),
        *("en-fr,fr-en", "5is", "label_smoothed_cross_entropy", "100%", "it's", "학문", "???", "\ud800"),
    ],
)
def test_names_and_values_pass(text):
    assert evaluated.is_harmless(text)


@pytest.mark.parametrize(
    "text",
    [
        *("exit()", "  exit()", "\texit()", "\nexit()", "[x for x in 'a']", "{x: 1 for x in y}", "(x for x in y)"),
        *("lambda: 1", "f'{exit()}'", "(x := 1)", "a.__class__", "x._y", "[*x]", "a[b()]", "1 if exit() else 2"),
        *("2**9**9", "1 << 99999999", "[0] * 10**8", "[0] * 99999999", "[[0] * 9999] * 9999", "'a' * (9999999 + 1)"),
        *("sys.path * sys.maxunicode", "([] * x + [1]) * 2", "'%9999999999d' % 1", "-" * 99999 + "1", "1in x"),
    ],
    ids=lambda text: text[:20],
)
def test_what_could_do_something_does_not(text):
    assert not evaluated.is_harmless(text)


def refused(**options):
    with pytest.raises(InputError) as error:
        evaluated.check_options({"cfg": OmegaConf.create({"model": options, "task": {"data": "f(x)"}})}, "a.pt")
    return str(error.value)


def test_the_option_is_named_wherever_it_stands():
    said = "a.pt: its option layers is 'exit()', where numbers, texts and lists of them are allowed"
    assert refused(layers="exit()").startswith(said)
    assert refused(inner={"deep": [["a", {"layers": "exit()"}]]}).startswith(said)
    assert refused(long="exit()" + " " * 100).count(" ") < 120
    for part in ("cfg", "args"):
        with pytest.raises(InputError, match="option layers"):
            evaluated.check_options({part: argparse.Namespace(a=argparse.Namespace(layers="exit()"))}, "a.pt")
    with pytest.raises(InputError, match="option layers is b'1'"):
        evaluated.check_options({"args": argparse.Namespace(layers=b"1")}, "a.pt")


def test_names_of_files_may_look_like_calls_and_nothing_else_takes_them():
    """omegaconf would put one option in the place of another, or code together from two."""
    plain = {"data": "runs(2)", "a": "b-c", "b": "${task.a}", "save_dir": "${model.data}", "n": 1, "none": None}
    evaluated.check_options({"cfg": OmegaConf.create({"model": plain})}, "a.pt")
    for text in ("${task.data}", "${task.data.0}", "${.data}", "${a}${b}", "${oc.env:HOME}", "${a.${b}}", "\\${a}()"):
        assert "its option layers is '" in refused(layers=text)
    for odd in (None, [1], {"cfg": None}, {"model": 1}):
        evaluated.check_options(odd, "a.pt")


def test_fairseq_keeps_its_own_eval():
    """It is wrapped in one place, where a checkpoint comes in."""
    loading.guard_fairseq()
    modules = [module for name, module in sys.modules.items() if name.startswith("fairseq.")]
    assert len(modules) > 100 and not any("eval" in vars(module) for module in modules)
