"""What ``fairseq-phonology`` says around its verbs: the way, the version, the next command, color, wrong verbs."""

import argparse
import io
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import fairseq_phonology as fp
from fairseq_phonology.commands import VERBS, main
from fairseq_phonology.commands.wiring import terminal as terminal_words
from tests.helpers import EXAMPLES

GRAMMAR = EXAMPLES / "korean_nasalization" / "korean.toml"
PACKAGE = Path(fp.__file__).resolve().parent


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A terminal that knows colors."""
    for name in ("NO_COLOR", "ANSICON", "WT_SESSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return Terminal()


def options(verb, *words):
    """What a verb makes of its options."""
    module = __import__(f"fairseq_phonology.commands.{verb}", fromlist=["add_arguments"])
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


def test_without_arguments_the_way_is_shown_with_a_command_at_each_step(capsys):
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert all(f"fairseq-phonology {verb}" in shown for verb in VERBS)
    steps = [
        "nonce grammar",
        "prepare pairs",
        "fairseq-train",
        "stimuli grammar",
        "fairseq-generate stimuli",
        "analyze attention",
    ]
    places = [shown.index(step) for step in steps]
    assert places == sorted(places) and "\x1b" not in shown
    assert all(len(line) <= 110 for line in shown.splitlines())


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0 and capsys.readouterr().out == f"fairseq-phonology {fp.__version__}\n"


@pytest.mark.parametrize(
    ("verb", "meant"), [("analyse", "did you mean analyze? "), ("user_dir", "did you mean user-dir? "), ("xyz", "")]
)
def test_an_unknown_verb_names_the_known_ones(verb, meant, capsys):
    assert main([verb, "x"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"fairseq-phonology: error: no verb is called '{verb}'; {meant}known: {', '.join(VERBS)}\n"


def test_user_dir_prints_the_folder_and_nothing_else(capsys):
    assert main(["user-dir"]) == 0
    said = capsys.readouterr()
    assert said.out == f"{PACKAGE}\n" and said.err == ""


def test_user_dir_takes_nothing(capsys):
    assert main(["user-dir", "here"]) == 2
    assert capsys.readouterr().err == "fairseq-phonology user-dir: error: unrecognized arguments: here\n"


def test_on_a_terminal_user_dir_says_what_it_is_for(terminal, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", terminal)
    assert main(["user-dir"]) == 0
    assert terminal.getvalue() == f"{PACKAGE}\n"
    assert '--user-dir "$(fairseq-phonology user-dir)"' in capsys.readouterr().err


# ---- the next command


@pytest.mark.parametrize(
    ("verb", "words", "lines"),
    [
        ("heatmap", ["dump", "w", "--out", "w.png"], ["analyze dump --grammar GRAMMAR --process NAME --out analysis"]),
        (
            "analyze",
            ["my dump", "--grammar", "g.toml", "--process", "p", "--stimuli", "s.tsv", "--with", "q", "--out", "a/b"],
            [
                "open a/b/report.html in a browser",
                "intervene CHECKPOINT --grammar g.toml --process p --stimuli s.tsv --with q "
                "--attention a/b/summary.json --out a/b-interventions",
            ],
        ),
        ("analyze", ["d", "--grammar", "g", "--process", "p", "--out", "a"], ["open a/report.html in a browser"]),
        (
            "intervene",
            ["c.pt", "--grammar", "g", "--process", "p", "--stimuli", "s", "--ur-units", "ipa", "--out", "i"],
            [
                "open i/report.html in a browser",
                "analyze DUMP --grammar g --process p --stimuli s --ur-units ipa --interventions i --out analysis",
            ],
        ),
        ("power", ["--stems", "15,60,30"], ["stimuli GRAMMAR --process NAME --stems 60 --out stimuli.tsv"]),
        ("power", ["--words", "20"], ["stimuli GRAMMAR --process NAME --from-words LIST --out stimuli.tsv"]),
    ],
    ids=["heatmap", "analyze", "analyze-without-stimuli", "intervene", "power", "power-words"],
)
def test_the_next_command_has_the_paths_just_used(verb, words, lines, capsys):
    terminal_words.say_what_follows(verb, options(verb, *words))
    first, *then = (line if line.startswith("open") else f"fairseq-phonology {line}" for line in lines)
    assert capsys.readouterr().out.splitlines() == [f"next: {first}", *(f"then: {line}" for line in then)]


def test_every_next_command_is_one_that_its_verb_takes(capsys):
    stimuli = ["--grammar", "g", "--process", "p", "--stimuli", "s", "--out", "o"]
    for verb, words in {
        "heatmap": ["dump", "w", "--out", "w.png"],
        "analyze": ["d", *stimuli],
        "power": ["--stems", "5", "--suffixes", "6,4"],
    }.items():
        terminal_words.say_what_follows(verb, options(verb, *words))
        followed = [shlex.split(line)[1:] for line in capsys.readouterr().out.splitlines()]
        ours = [rest for command, *rest in followed if command == "fairseq-phonology"]
        assert ours and all(options(*rest) for rest in ours)  # which would end the test where a word is unknown


def test_a_refusal_names_no_next_command(tmp_path, capsys):
    assert main(["curves", str(tmp_path)]) == 2
    assert "next:" not in capsys.readouterr().out


def test_nonce_quotes_its_path_and_the_command_runs_as_it_stands(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["nonce", str(GRAMMAR), "--n", "40", "--out", "my words.tsv"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("next: fairseq-phonology prepare 'my words.tsv' ")
    taken = options("prepare", *shlex.split(last)[3:])
    assert (taken.pairs, taken.dest, taken.keep_edges) == ("my words.tsv", "data", True)


def test_stimuli_lead_to_a_folder_beside_them(tmp_path, capsys):
    out = tmp_path / "s.tsv"
    words = ["--process", "obstruent-nasalization", "--stems", "4", "--suffixes", "4", "--out", str(out)]
    assert main(["stimuli", str(GRAMMAR), *words]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("next: "))
    assert options("prepare", *shlex.split(line)[3:]).dest == str(tmp_path / "s-data")


def test_quoting_is_that_of_the_system(monkeypatch):
    assert terminal_words.quoted("a b", Path("c")) == "'a b' c"
    monkeypatch.setattr(terminal_words.os, "name", "nt")
    assert terminal_words.quoted(r"C:\my words\data", "d") == r'"C:\my words\data" d'


# ---- color


def test_color_on_a_terminal_only(terminal, monkeypatch):
    terminal_words.say(terminal_words.paint("next:", terminal_words.BOLD, terminal), to=terminal)
    assert terminal.getvalue() == "\x1b[1mnext:\x1b[0m\n"
    assert terminal_words.paint("next:", terminal_words.BOLD, io.StringIO()) == "next:"


def test_no_other_text_has_a_style_or_a_line_of_its_own(terminal):
    terminal_words.say(terminal_words.paint("id:", terminal_words.BOLD, terminal) + " \x1b[1m\nnext: x", to=terminal)
    assert terminal.getvalue() == "\x1b[1mid:\x1b[0m \\x1b[1m\\nnext: x\n"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_color_where_none_is_wanted(terminal, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert terminal_words.paint("next:", terminal_words.BOLD, terminal) == "next:"


@pytest.mark.parametrize(("known_by", "colored"), [(None, False), ("WT_SESSION", True)])
def test_windows_gets_color_where_its_terminal_knows_it(terminal, monkeypatch, known_by, colored):
    monkeypatch.delenv("TERM")
    if known_by:
        monkeypatch.setenv(known_by, "1")
    monkeypatch.setattr(terminal_words.os, "name", "nt")
    assert ("\x1b" in terminal_words.paint("next:", terminal_words.BOLD, terminal)) is colored


def test_errors_are_red_on_a_terminal(terminal, monkeypatch):
    monkeypatch.setattr(sys, "stderr", terminal)
    assert main(["nothing"]) == 2
    assert terminal.getvalue().startswith("fairseq-phonology: \x1b[1;31merror:\x1b[0m no verb")


STOPPED = """
import re, sys, types
from fairseq_phonology import commands
from fairseq_phonology.files import new_folder

def run(args):
    with new_folder(sys.argv[1], False, "user-dir", re.compile("x"), "--out") as folder:
        (folder / "x").touch()
        print("working", flush=True)
        import time
        time.sleep(60)

commands.user_dir.run = run
sys.exit(commands.main(["user-dir"]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to handle")
def test_sigterm_leaves_nothing_behind(tmp_path):
    own = (
        "import sys; sys.argv[0] = 'fairseq-phonology'; "  # by which the package knows that it need not import fairseq
    )
    program = f"{own}import fairseq_phonology.commands.user_dir\n{STOPPED}"
    command = [sys.executable, "-c", program, str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "working\n"
        assert {path.suffix for path in tmp_path.iterdir()} == {".new", ".lock"}  # hidden
        process.terminate()
        _, said = process.communicate(timeout=30)
    assert process.returncode == 143 and said == "fairseq-phonology user-dir: terminated\n"
    assert list(tmp_path.iterdir()) == []


def test_the_handler_of_sigterm_is_restored_and_another_is_left_alone(monkeypatch):
    during = []
    monkeypatch.setattr("fairseq_phonology.commands.user_dir.run", lambda args: during.append(held()))

    def held():
        return signal.getsignal(signal.SIGTERM)

    before = held()
    try:
        for own in (signal.SIG_DFL, signal.SIG_IGN):
            signal.signal(signal.SIGTERM, own)
            assert main(["user-dir"]) == 0 and held() is own
    finally:
        signal.signal(signal.SIGTERM, before)
    assert callable(during[0]) and during[1] is signal.SIG_IGN


def test_the_way_and_the_options_of_verbs_need_neither_torch_nor_a_wide_console():
    """As on a console of another encoding; and what is asked for is there before anything slow is imported."""
    code = """
import sys; sys.argv = ['fairseq-phonology']
from fairseq_phonology.commands import VERBS, _parser, main
for verb in VERBS:
    _parser([verb]).format_help()
slow = ('torch', 'fairseq', 'matplotlib', 'scipy', 'snakemake', 'h5py', 'jinja2', 'fairseq_phonology.analysis.pipeline')
main(); print([name for name in slow if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(PACKAGE.parent)},
        **{"capture_output": True, "text": True, "encoding": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    assert "▼" in done.stdout and done.stdout.endswith("\n[]\n")
