"""Bounds of numbers among the options: every numeric option of every verb has them."""

import importlib
import os

import pytest

from fairseq_phonology.commands import VERBS
from fairseq_phonology.commands.wiring.numbers import Number, Parser, low_and_high
from fairseq_phonology.errors import InputError

# options whose texts hold numbers, and a value of each that is too large; all else with such a metavar is a `Number`
TEXTS = {
    "prepare --split": "1e999,1",
    "nonce --syllables": "1-101",
    "nonce --segments": "1-1001",
    "stimuli --syllables": "1-101",
    "dynamics --head": "1.999999999999",
    "power --stems": "1000000000000",
    "power --suffixes": "1000000000000",
    "power --words": "1000000000000",
    "power --effects": "101",
    "power --levels": "1",
    "power --segments": "9,9,9,1000000000000",
    "compare --scale": "1-1e999",
}
NUMERIC = {"N", "H", "L", "S", "M", "P", "LOW-HIGH", "R,R[,R]", "N,...", "E,...", "M,...", "T,C,R,N", "L.H"}


def _options(verb):
    parser = Parser()
    importlib.import_module(f"fairseq_phonology.commands.{verb.replace('-', '_')}").add_arguments(parser)
    return [action for action in parser._actions if action.option_strings]


@pytest.mark.parametrize("verb", VERBS)
def test_every_number_has_bounds(verb):
    for action in _options(verb):
        name = f"{verb} {action.option_strings[-1]}"
        assert action.type not in (int, float), f"{name}: its type is to be a Number, with bounds"
        if isinstance(action.type, Number):
            assert -1 < action.type.least < action.type.most < 10**12
            assert action.default is None or action.type.least <= action.default <= action.type.most
        elif action.metavar in NUMERIC or (isinstance(action.default, int | float) and action.nargs != 0):
            assert name in TEXTS, f"{name}: a number without bounds"


def test_the_texts_are_options():
    assert all(any(name.split()[1] in one.option_strings for one in _options(name.split()[0])) for name in TEXTS)


def _parsed(text, number=None):
    parser = Parser()
    parser.add_argument("-n", "--number", type=number or Number(1, 5000))
    return parser.parse_args([f"--number={text}"]).number


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "--number is 0; allowed: 1 or more"),
        ("-3", "--number is -3; allowed: 1 or more"),
        ("5001", "--number is 5001; allowed: up to 5,000"),
        ("x", "--number is 'x'; allowed: a whole number, 1 to 5,000"),
        ("1e3", "--number is '1e3'; allowed: a whole number, 1 to 5,000"),
        ("9" * 5000, f"--number is '{'9' * 30}...'; allowed: a whole number, 1 to 5,000"),
        ("", "--number is ''; allowed: a whole number, 1 to 5,000"),
    ],
    ids=lambda text: text[:9],
)
def test_what_is_outside_is_said_in_one_line(text, said):
    with pytest.raises(InputError) as refused:
        _parsed(text)
    assert str(refused.value) == said


@pytest.mark.parametrize("text", ["-.1", "1.1", "nan", "inf", "x"])
def test_shares(text):
    with pytest.raises(InputError, match=r"--number is '?[\w.-]+'?; allowed: a number, 0 to 1$"):
        _parsed(text, Number(0, 1, whole=False))
    assert _parsed(".5", Number(0, 1, whole=False)) == 0.5


def test_what_argparse_says_is_one_line_too():
    with pytest.raises(InputError, match=r"^unrecognized arguments: --none$"):
        Parser().parse_args(["--none"])


def test_a_help_that_cannot_be_printed_is_no_success():
    with open(os.devnull) as full, pytest.raises(OSError):
        Parser().print_help(full)


@pytest.mark.parametrize(("text", "ends"), [("1-4", (1, 4)), ("3", (3, 3))])
def test_low_and_high(text, ends):
    assert low_and_high(text, "--syllables", 100) == ends


@pytest.mark.parametrize("text", ["", "x", "4-1", "1-101", "9" * 5000, "-1", "1-", "٣"])
def test_bounds_that_are_none(text):
    with pytest.raises(InputError, match=r"^--syllables is '.*'; allowed: LOW-HIGH, as in 1-4, up to 100$"):
        low_and_high(text, "--syllables", 100)
