"""The README's grammar, its Python and its task of one's own do what it says."""

import re
import subprocess
import sys

import fairseq_phonology as fp
from tests.helpers import REPOSITORY, toy

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_small_grammar_is_a_grammar(tmp_path):
    _, text = blocks("toml")
    path = tmp_path / "small.toml"
    path.write_text(text, encoding="utf-8")
    grammar = fp.Grammar.load(path)
    assert "".join(grammar.derive("h a k m u n".split()).surface) == "haŋmun"
    assert "".join(grammar.derive("k a t p a n".split()).surface) == "katpan"
    assert "".join(grammar.derive("k a t p a n".split(), ["place-assimilation"]).surface) == "kappan"


def test_the_python_prints_what_it_shows():
    (program,) = (block for block in blocks("python") if block.startswith("import fairseq_phonology"))
    (shown,) = re.findall(re.escape(program) + r"```\n```\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program],
        **{"capture_output": True, "text": True, "encoding": "utf-8", "cwd": REPOSITORY},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == shown


def test_the_task_of_ones_own_adds_its_metric(small_corpus, tmp_path):
    (program,) = (block for block in blocks("python") if "@register_task" in block)
    (tmp_path / "my_lab").mkdir()
    (tmp_path / "my_lab" / "__init__.py").write_text(program, encoding="utf-8")
    arguments = toy.train_arguments(small_corpus, tmp_path / "run", epochs=1, user_dir=tmp_path / "my_lab")
    arguments[arguments.index("phonology")] = "vowels"
    done = toy.fairseq("train", *arguments, "--vowels", "aiu", env={"PYTHONPATH": str(toy.USER_DIR.parent)})
    assert done.returncode == 0, done.stderr
    (line,) = toy.log_lines(done.stdout, "valid")
    assert 0 <= float(line["valid_vowel_accuracy"]) <= 100
    assert toy.history(tmp_path / "run")[0]["vowel_accuracy"] != ""


def test_every_option_and_file_it_names_exists():
    tree = "\n".join(blocks(""))
    for name in re.findall(r"^  (\w+(?:\.py|/))", tree, re.MULTILINE):
        assert (toy.USER_DIR / name).exists(), name
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (REPOSITORY / target).exists(), target


def test_nothing_is_left_to_fill_in():
    assert "@@" not in README
