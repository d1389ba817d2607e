"""Bad numbers, paths, streams and encodings, under every verb: one line, status 2, nothing written."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from fairseq_phonology.commands import VERBS, main
from fairseq_phonology.commands.wiring.given import check_given
from fairseq_phonology.errors import InputError
from fairseq_phonology.files.lock import HOST
from tests.helpers import EXAMPLES, toy

GRAMMAR = str(EXAMPLES / "korean_nasalization" / "korean.toml")
PROCESS = "obstruent-nasalization"
PROGRAM = Path(sys.executable).parent / "fairseq-phonology"
_QUESTION = ["--grammar", GRAMMAR, "--process", PROCESS, "--stimuli", "list.tsv", "--out", "new"]
# verb -> a command line with ? for the file that is read first
READS = {
    "prepare": ["?", "--split", ".5,.5", "--dest", "new"],
    "nonce": ["?", "--n", "5", "--out", "new.tsv"],
    "grammar": ["?"],
    "stimuli": ["?", "--process", PROCESS, "--out", "new.tsv"],
    "curves": ["?"],
    "heatmap": ["?", "x", "--out", "new.png"],
    "checkpoints": ["?"],
    "errors": ["?", "--out", "new"],
    "analyze": ["dump", *_QUESTION[:4], "--stimuli", "?", "--out", "new"],
    "intervene": ["?", *_QUESTION],
    "dynamics": ["?", *_QUESTION],
    "untrained": ["?", "--out", "new.pt"],
    "score": ["?", "--candidates", "list.tsv", "--out", "new"],
    "compare": ["?", "--human", "list.tsv", "--out", "new"],
    "study": ["?", "--dry-run"],
    "power": ["--pilot", "dump", "--grammar", GRAMMAR, "--process", PROCESS, "--stimuli", "?"],
}
_TORCH = {"untrained", "score", "intervene", "dynamics", "checkpoints"}  # they import it before they open the file


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory, with links and a pipe."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.tsv").write_text("ur\tsr\np a\tp a\n", encoding="utf-8")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("nothing")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def _refused(folder: Path, capsys, *argv: str) -> str:
    """What is said of it, in one line."""
    before = sorted(folder.iterdir())
    try:
        status = main([*map(str, argv)])
    except SystemExit as end:  # of argparse, behind its line of usage
        status = end.code
    out, err = capsys.readouterr()
    assert status == 2 and not out, (status, out)
    assert sorted(folder.iterdir()) == before
    return err.splitlines()[-1]


def test_the_table_has_every_verb():
    assert set(READS) == set(VERBS) - {"user-dir"}


@pytest.mark.parametrize("verb", READS)
def test_a_pipe_is_refused_at_once(folder, capsys, verb):
    said = _refused(folder, capsys, verb, *("pipe" if word == "?" else word for word in READS[verb]))
    reason = "pipe: is a pipe or a device, not a file; write what comes from it to a file first"
    assert said == f"fairseq-phonology {verb}: error: {reason}"


@pytest.mark.parametrize("path", ["loop", "dangling", "x" * 300], ids=["loop", "dangling", "long"])
@pytest.mark.parametrize("verb", [verb for verb in READS if verb not in _TORCH])
def test_what_leads_to_no_file(folder, capsys, verb, path):
    said = _refused(folder, capsys, verb, *(path if word == "?" else word for word in READS[verb]))
    assert said.startswith(f"fairseq-phonology {verb}: error: ") and path in said


@pytest.mark.parametrize("path", ["loop", "dangling", "x" * 300], ids=["loop", "dangling", "long"])
@pytest.mark.parametrize(
    "argv",
    [
        ["nonce", GRAMMAR, "--n", "5", "--out"],
        ["stimuli", GRAMMAR, "--process", PROCESS, "--out"],
        ["prepare", "list.tsv", "--split", "1", "--dest"],
        ["power", "--out"],
        ["analyze", "no-dump", *_QUESTION],
        ["curves", "list.tsv", "--out"],
    ],
    ids=lambda argv: argv[0],
)
def test_what_cannot_be_written(folder, capsys, argv, path):
    path = f"{path}.png" if argv[0] == "curves" and len(path) > 99 else path
    said = _refused(folder, capsys, *argv, *([] if argv[-1] == "new" else [path]))
    assert said.startswith(f"fairseq-phonology {argv[0]}: error: ")
    assert os.path.islink("loop") and os.path.islink("dangling")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["nonce", GRAMMAR, "--n", "5", "--out", "new", "--seed", "-1"], "--seed is -1; allowed: 0 or more"),
        (["nonce", GRAMMAR, "--n", "99999999999", "--out", "new"], "--n is 99999999999; allowed: up to 10,000,000"),
        (
            ["stimuli", GRAMMAR, "--process", PROCESS, "--out", "new", "--seed", "-1"],
            "--seed is -1; allowed: 0 or more",
        ),
        (
            ["stimuli", GRAMMAR, "--process", PROCESS, "--out", "new", "--stems", "99999", "--suffixes", "9999"],
            "--stems x --suffixes make 3,999,560,004 words; allowed: 10,000,000",
        ),
        (["prepare", "list.tsv", "--dest", "new", "--seed", "-1"], "--seed is -1; allowed: 0 or more"),
        (["prepare", "list.tsv", "--dest", "new", "--repeats", "99999"], "--repeats is 99999; allowed: up to 1,000"),
        (["power", "--heads", "100000000"], "--heads is 100000000; allowed: up to 10,000"),
        (["power", "--simulations", "9999999"], "--simulations is 9999999; allowed: up to 1,000,000"),
        (["power", "--seed", "4294967296"], "--seed is 4294967296; allowed: up to 4,294,967,295"),
        (["power", "--stems", "100000000"], "3,200,000,000 words x 12 heads are too many to simulate; allowed: 20,000"),
        (["power", "--words", "99999999"], "399,999,996 words x 12 heads are too many to simulate"),
        (["power", "--effects", "1e308"], "--effects is '1e308'; allowed: numbers from 0 to 100, commas between"),
        (["power", "--effects", "nan"], "--effects is 'nan'; allowed: numbers of 0 or more, commas between"),
        (["power", "--seed", "9" * 5000], "...'; allowed: a whole number, 0 to 4,294,967,295"),
        (["checkpoints", ".", "--beam", "99999"], "--beam is 99999; allowed: up to 1,000"),
        (
            ["score", "m.pt", "--candidates", "list.tsv", "--out", "n", "--nbest", "99999"],
            "--nbest is 99999; allowed: up",
        ),
        (
            ["compare", ".", "--human", "list.tsv", "--out", "n", "--draws", "99999999"],
            "--draws is 99999999; allowed: up",
        ),
        (["grammar", "deep.toml"], "deep.toml: not TOML that can be read: nested too deeply"),
        (["grammar", "digits.toml"], "digits.toml: not TOML that can be read: a number is too long"),
        (["grammar", "rule.toml"], "100 places stand one inside the other; write it flat"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_numbers_without_bounds(folder, capsys, argv, said):
    sounds = '[inventory]\nsegments = "p a"\n'
    (folder / "deep.toml").write_text(f"{sounds}x = {'[' * 5000}{']' * 5000}\n", encoding="utf-8")
    (folder / "digits.toml").write_text(f"{sounds}x = {'9' * 6000}\n", encoding="utf-8")
    rule = f'[[process]]\nname = "x"\nrules = "p -> a / _ {"(" * 2000}a{")" * 2000}"\n'
    (folder / "rule.toml").write_text(sounds + rule, encoding="utf-8")
    assert said in _refused(folder, capsys, *argv)


def _program(redirected: str, *argv: str, **environment: str) -> subprocess.CompletedProcess:
    """The program itself in a shell."""
    words = [sys.executable, str(PROGRAM), *argv]
    shell = ["bash", "-c", f'set -o pipefail; "$@" {redirected}', "bash", *words]
    environment = {**os.environ, "PYTHONPATH": str(toy.USER_DIR.parent), "OMP_NUM_THREADS": "1", **environment}
    return subprocess.run(shell, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=60)


@pytest.mark.parametrize(
    ("redirected", "status", "said"),
    [
        (">/dev/full", 2, "fairseq-phonology: error: cannot read or write: No space left on device\n"),
        (">&- 2>&-", 0, ""),
        ("| head -1", 0, ""),
    ],
    ids=["full", "closed", "a reader that has seen enough"],
)
def test_standard_output(redirected, status, said):
    done = _program(redirected)
    assert (done.returncode, done.stderr) == (status, said)


def test_hangul_in_a_path_in_a_locale_without_it(tmp_path):
    (tmp_path / "한국어.toml").write_text('[inventory]\nsegments = "p a ŋ"\n', encoding="utf-8")
    done = _program("", "grammar", str(tmp_path / "한국어.toml"), LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 0 and "ŋ" in done.stdout, done.stderr


def test_what_a_killed_overwrite_has_put_aside_is_there_again(tmp_path, capsys):
    (tmp_path / f".data.4242@{HOST}.old" / "bin").mkdir(parents=True)
    check_given(Namespace(data=f"{tmp_path / 'data' / 'bin'},none", seed=1))
    assert (tmp_path / "data" / "bin").is_dir() and "it is put back as it was" in capsys.readouterr().err


@pytest.mark.parametrize("read", ["scores", "scores/summary.json", "scores/../scores", "other,scores"])
def test_what_is_read_is_not_replaced(tmp_path, monkeypatch, read):
    monkeypatch.chdir(tmp_path)
    Path("scores").mkdir()
    Path("scores/summary.json").touch()
    args = {"checkpoint": ["other", read], "out": "scores"}
    check_given(Namespace(**args, overwrite=False))
    said = "lies in --out scores, which is replaced; move it to another folder"
    with pytest.raises(InputError, match=said):
        check_given(Namespace(**args, overwrite=True))
    check_given(Namespace(checkpoint=["other"], out="scores", overwrite=True))
