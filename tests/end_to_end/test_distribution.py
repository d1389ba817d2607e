"""A wheel and an sdist, built without a network, installed and used far from the checkout."""

from __future__ import annotations

import email
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import fairseq_phonology as fp
from tests.helpers import REPOSITORY, toy

pytest.importorskip("setuptools")

_LEFT_BEHIND = shutil.ignore_patterns(
    *(".git", ".venv", "venv", "build", "dist", "demo", "work", "*.egg-info", "__pycache__", ".*_cache", "*.pyc")
)
KOREAN = Path("user_dir_examples") / "korean_nasalization" / "korean.toml"


@dataclass(frozen=True)
class Installed:
    """What was built and where it lies: the wheel, the unpacked sdist, and a folder with the installed copy."""

    wheel: Path
    source: Path
    site: Path

    def run(self, *command: object, cwd: Path, check: bool = True) -> subprocess.CompletedProcess:
        """A command that finds the installed copy, with the dependencies that are there, and no checkout."""
        path = os.pathsep.join([str(self.site / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
        done = subprocess.run(
            [str(word) for word in command],
            **{"capture_output": True, "text": True, "encoding": "utf-8", "cwd": cwd, "timeout": 300},
            env={
                **{**os.environ, "PYTHONPATH": str(self.site), "PATH": path, "PYTHONUTF8": "1"},
                **{"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"},
            },
        )
        assert not check or done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done

    def ours(self, *words: object, cwd: Path) -> str:
        """One verb; what it prints."""
        return self.run("fairseq-phonology", *words, cwd=cwd).stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Installed:
    if not (REPOSITORY / "setup.py").is_file():
        pytest.skip("these tests stand alone, without the source they would build")
    root = tmp_path_factory.mktemp("distribution")
    copy, dist, site = root / "copy", root / "dist", root / "site"
    shutil.copytree(REPOSITORY, copy, ignore=_LEFT_BEHIND)
    _build("sdist", copy, dist)
    (archive,) = dist.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        # Python 3.11.2, which is Debian 12's, has no filters yet
        file.extractall(root, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    source = root / archive.name.removesuffix(".tar.gz")
    _build("wheel", source, dist)  # from the sdist, as whoever gets only that would
    (wheel,) = dist.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(site), str(wheel)], check=True, cwd=root)
    shutil.rmtree(source / "fairseq_phonology")
    return Installed(wheel, source, site)


def _build(what: str, source: Path, dist: Path) -> None:
    """As a builder does without isolation (PEP 517)."""
    code = f"from setuptools import build_meta; build_meta.build_{what}({str(dist)!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def test_the_wheel_holds_the_package_its_data_and_no_tests(installed):
    with zipfile.ZipFile(installed.wheel) as file:
        names = set(file.namelist())
    kept = {
        path.relative_to(toy.USER_DIR.parent).as_posix()
        for path in toy.USER_DIR.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".pyc", ".so")
    }
    assert {name for name in names if ".dist-info/" not in name} == kept
    assert any(name.endswith(".css") for name in kept) and any(name.endswith(".jinja") for name in kept)
    assert any(name.endswith("/LICENSE") for name in names)


def test_the_metadata_say_what_it_is(installed):
    with zipfile.ZipFile(installed.wheel) as file:
        (name,) = (name for name in file.namelist() if name.endswith("/METADATA"))
        said = email.message_from_string(file.read(name).decode())
    assert (said["Name"], said["Version"]) == ("fairseq_phonology", fp.__version__)
    assert said["Requires-Python"] == ">=3.11" and "MIT" in (said["License"] or said["License-Expression"])
    assert said["Description-Content-Type"] == "text/markdown" and said.get_payload().startswith("# fairseq_phonology")
    needed = [line for line in said.get_all("Requires-Dist") if "extra ==" not in line]
    assert not any(line.startswith(("torch", "fairseq")) for line in needed)


def test_the_sdist_holds_tests_examples_and_documentation(installed):
    for name in ("tests/helpers/toy.py", KOREAN, "docs/conf.py", "Makefile", "constraints.txt", "LICENSE"):
        assert (installed.source / name).is_file(), name
    made = [path for path in installed.source.rglob("*") if path.name == "__pycache__" or path.suffix == ".pyc"]
    assert not made


def test_the_installed_copy_is_found_and_says_where_it_is(installed, tmp_path):
    assert installed.ours("--version", cwd=tmp_path).strip() == f"fairseq-phonology {fp.__version__}"
    assert installed.ours("user-dir", cwd=tmp_path).strip() == str((installed.site / "fairseq_phonology").resolve())
    assert "analysis/report.html" in installed.ours(cwd=tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="the quoting is that of a Unix shell")
def test_from_words_to_a_report_with_the_installed_copy(installed, tmp_path):
    """The verbs, and fairseq's commands with the path that the shell gets from ours."""
    grammar, process = installed.source / KOREAN, "obstruent-nasalization"
    user_dir = '--user-dir "$(fairseq-phonology user-dir)" --task phonology --cpu'
    installed.ours("nonce", grammar, "--n", 150, "--syllables", "1-2", "--out", "pairs.tsv", cwd=tmp_path)
    keep = ["--keep-edges", "--dest"]
    installed.ours("prepare", "pairs.tsv", "--split", ".9,.1", *keep, "data", cwd=tmp_path)
    small = " ".join(toy.SMALL + toy.CHOOSING)
    train = f"{small} --criterion cross_entropy --optimizer adam --lr 0.005 --batch-size 50 --max-epoch 1"
    installed.run("sh", "-c", f"fairseq-train data/bin {user_dir} {train} --save-dir run", cwd=tmp_path)
    assert "next: " in installed.ours("curves", "run", cwd=tmp_path)
    sizes = ["--stems", 4, "--suffixes", 4]
    installed.ours("stimuli", grammar, "--process", process, *sizes, "--out", "s.tsv", cwd=tmp_path)
    installed.ours("prepare", "s.tsv", "--dictionaries", "data/bin", *keep, "s-data", cwd=tmp_path)
    # along the gold SRs: what a model of one epoch says by itself is of no use
    forced = f"{user_dir} --path run/checkpoint_best.pt --gen-subset test --score-reference --save-attention dump"
    installed.run("sh", "-c", f"fairseq-generate s-data/bin {forced}", cwd=tmp_path)
    asked = ["--grammar", grammar, "--process", process, "--stimuli", "s.tsv"]
    installed.ours("analyze", "dump", *asked, "--out", "analysis", cwd=tmp_path)
    page = (tmp_path / "analysis" / "report.html").read_text(encoding="utf-8")
    assert "<style" in page and "<script" in page and "{{" not in page


def test_a_part_of_the_tests_passes_outside_the_checkout(installed):
    """Against the installed copy: the sdist's own package was taken away."""
    explorer = "tests/analysis/report/sections/test_explorer.py"
    tests = ["tests/test_layout.py", "tests/phonology/test_notation.py", explorer]
    program = (
        "import fairseq_phonology, sys, pytest; print(fairseq_phonology.__file__); sys.exit(pytest.main(sys.argv[1:]))"
    )
    done = installed.run(
        sys.executable, "-P", "-c", program, "-q", "-p", "no:cacheprovider", *tests, cwd=installed.source
    )
    assert done.stdout.startswith(str(installed.site)) and " passed" in done.stdout and "failed" not in done.stdout


def test_a_verb_that_needs_what_is_not_installed_says_so(installed, tmp_path):
    """The wheel alone, without fairseq."""
    words = "".join(f"{'a ' * n}b\t{'a ' * n}b\n" for n in range(30))
    (tmp_path / "words.tsv").write_text(f"ur\tsr\n{words}", encoding="utf-8")
    program = (
        "import sys, importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda n, p=None: None if n.split('.')[0] in ('fairseq', 'fairseq_cli') else find(n, p)\n"
        "sys.argv[0] = 'fairseq-phonology'\n"
        "from fairseq_phonology.commands import main\n"
        "sys.exit(main(['prepare', 'words.tsv', '--split', '.8,.2', '--dest', 'data']))\n"
    )
    done = installed.run(sys.executable, "-P", "-c", program, cwd=tmp_path, check=False)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "prepare needs fairseq" in done.stderr and not (tmp_path / "data").exists()
