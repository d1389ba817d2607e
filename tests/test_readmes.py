"""What README.md and README.ko.md show: options that exist, links that lead somewhere; commands and figures of both."""

import argparse
import importlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from fairseq_phonology.workflow import layout
from fairseq_phonology.workflow.steps import jobs
from fairseq_phonology.workflow.study import read_study
from tests.helpers import EXAMPLES, REPOSITORY, readmes, toy

TEXT = (REPOSITORY / "README.ko.md").read_text(encoding="utf-8")
ENGLISH = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def commands(text, program):
    """Every command of a program in the blocks of shell, as words."""
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words and re.fullmatch(program, words[0]):
                yield words


@pytest.mark.parametrize("words", list(commands(TEXT + ENGLISH, "fairseq-phonology")), ids=" ".join)
def test_options_exist(words):
    parser = argparse.ArgumentParser()
    importlib.import_module(f"fairseq_phonology.commands.{words[1]}").add_arguments(parser)
    assert {word for word in words if word.startswith("--")} <= set(parser._option_string_actions)


def test_commands_of_fairseq_are_those_of_the_english_page():
    shown = list(commands(TEXT, "fairseq-(?!phonology).*"))
    assert len(shown) > 3
    assert not [words for words in shown if words not in list(commands(ENGLISH, "fairseq-.*"))]


@pytest.mark.parametrize("text", [TEXT, ENGLISH], ids=["Korean", "English"])
def test_links_lead_somewhere(text):
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert len(links) > 20
    assert not [link for link in links if not (REPOSITORY / link).exists()]


@pytest.mark.parametrize("text", [TEXT, ENGLISH], ids=["Korean", "English"])
def test_the_curves_that_are_shown_are_those_of_the_command(text):
    (words,) = [words for words in commands(text, "fairseq-phonology") if words[1] == "curves"]
    assert "--processes" in words and "accuracy per process by epoch](user_dir_examples" in ENGLISH


@pytest.mark.parametrize("first", ["No head was shown", "1,920 words for", "Generate test with", "12000 nonce words"])
def test_output_is_that_of_the_english_page(first):
    block = re.search(rf"^```\n({re.escape(first)}.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert block.group(1) in ENGLISH


@pytest.mark.parametrize("text", [TEXT, ENGLISH], ids=["Korean", "English"])
def test_the_study_file_is_that_of_the_demo(text):
    """What is shown of it; the whole is a few keys longer."""
    shown = tomllib.loads(re.search(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1])
    whole = tomllib.loads((EXAMPLES / "korean_nasalization" / "study.toml").read_text(encoding="utf-8"))
    for key, said in shown.items():
        parts = said if isinstance(said, dict) else {}
        assert whole[key] == said or all(
            whole[key][name] == value or value.items() <= whole[key][name].items() for name, value in parts.items()
        ), key


@pytest.mark.parametrize("text", [TEXT, ENGLISH], ids=["Korean", "English"])
def test_the_tour_shows_steps_of_the_study(text):
    """In the folder of the study, as they are given there; the length of a training is the runner's."""
    study = read_study(EXAMPLES / "korean_nasalization" / "study.toml", REPOSITORY / "demo")
    steps = [set(shlex.split(job.command)) for job in jobs(study)]
    tour, variables = text[text.index("```sh\ncd demo") : text.index("fairseq-phonology score")], {}
    blocks = re.findall(r"^```sh\n(.*?)^```$", tour, re.MULTILINE | re.DOTALL)
    given = [words for block in blocks for words in readmes.commands_of(block.splitlines(), variables)]
    found = [words for words in given if words[0].startswith("fairseq-") and words[1] != "curves"]
    assert len(found) == 14
    length = {"--max-tokens", "2048", "--max-epoch"}
    assert [words for words in found if not any(set(words) - length <= step for step in steps)] == []


# ---- files that pages name


PAGES = [
    *(REPOSITORY / name for name in ("README.md", "README.ko.md", "CONTRIBUTING.md")),
    *sorted((REPOSITORY / "docs").rglob("*.md")),
    *sorted(path for path in EXAMPLES.rglob("*") if path.suffix in (".md", ".py", ".R", ".toml")),
]
_NAMES = r"[^\s`'\"()\[\],;:|]+"


def in_layout(path):
    """May a study have it in its folder: what a step makes, a folder of that, or a file beside it?"""
    known = {output for rule in layout.RULES.values() for output in rule.outputs}
    known |= {f"{layout.save_dir('{model}', '{seed}')}/FILE", "lists/{list}/{model}/{seed}/FILE", "logs/FILE"}
    known |= {f"{name.rpartition('/')[0]}/FILE" for name in known if "/" in name}
    known |= {folder.as_posix() for name in known for folder in Path(name).parents}
    return any(re.fullmatch(re.sub(r"\\{\w+\\}|FILE", "[^/]+", re.escape(name)), path) for name in known)


def studies():
    """Folders in which pages run studies."""
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    return {"demo", *re.findall(r"fairseq-phonology study \S+ --dest (demo\S*\w)", text)}


def former(text):
    """Files that a page names, which no study has in its folder and no command of the page writes."""
    for variable, folder in re.findall(r"^(\w+)=(demo/\S+)", text, re.MULTILINE):
        text = text.replace(f"${variable}/", f"{folder}/")
    own = {name.rstrip("/") for name in re.findall(rf"(?:--out|--dest|--save-dir|>) +(demo/{_NAMES})", text)}
    return {
        name
        for name in (name.rstrip("./") for name in re.findall(rf"(?<![\w/.])demo/{_NAMES}", text))
        if name not in own | STUDIES
        and not any(name.startswith(f"{at}/") for at in own - STUDIES)
        and not any(name.startswith(f"{at}/") and in_layout(name.removeprefix(f"{at}/")) for at in STUDIES)
    }


STUDIES = studies()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_files_of_the_demo_lie_where_the_study_puts_them(page):
    text = page.read_text(encoding="utf-8")
    assert former(text) == set()
    assert re.findall(r"(?<![\w/.])(?:demo|seeds|steps|reproduce)\.py", text) == []
    named = re.findall(r"(?<![\w/.])user_dir_examples/[\w./-]*\w", text)
    assert [name for name in named if not (REPOSITORY / name).exists() and "published" not in name.split("/")] == []


def test_a_file_of_another_layout_is_found():
    page = "L=demo/lists/a\n$L/data/bin, `demo/attested/bin` demo/checkpoints/checkpoint_best.pt\n--out demo/x demo/x/y"
    assert former(page) == {"demo/attested/bin", "demo/checkpoints/checkpoint_best.pt"}
    assert former("demo/stimuli/s/m/1/analysis/s/m/1/analysis/report.html demo/stimuli.tsv") == {
        "demo/stimuli/s/m/1/analysis/s/m/1/analysis/report.html",
        "demo/stimuli.tsv",
    }
    assert (
        former("demo/stimuli/s/m/1/analysis/events.csv.gz, demo/models/model/*/checkpoint_best.pt. demo/logs") == set()
    )


def test_nothing_is_left_to_fill_in():
    assert "@@" not in TEXT


# ---- beside a run of the demo


PAGE = """# A page

```sh
G=user_dir_examples/toy.toml     # a grammar
fairseq-phonology stimuli $G --seed 1 --out demo/x.tsv
fairseq-phonology power
```
```
12 words in demo/x.tsv
  N (control)    pʰ s͈
...
is claimed in 72 % of
simulations
```

```sh
fairseq-phonology curves old.log
```
```
never
```
"""
RUN = """$ fairseq-phonology stimuli ../user_dir_examples/toy.toml --seed 1 --out x.tsv --overwrite
12 words in x.tsv
  N (control)    pʰ tʰ
$ fairseq-phonology power
a response is claimed in 70 % of simulations
"""


def test_outputs_are_compared_with_a_run(tmp_path, capsys):
    (tmp_path / "README.md").write_text(PAGE, encoding="utf-8")
    demo, log = tmp_path / "demo", tmp_path / "demo" / "logs" / "stimuli.log"
    log.parent.mkdir(parents=True)
    log.write_text(RUN, encoding="utf-8")
    assert readmes.check(demo, tmp_path) == 2
    page = tmp_path / "README.md"
    assert capsys.readouterr().out.splitlines() == [
        f"{page}, line 10: found 's͈', expected 'tʰ'",
        f"{page}, line 12: found '72', expected '70'",
        f"not compared: {page}, line 20: this run gave no such command (fairseq-phonology curves)",
        f"1 outputs of READMEs and guide compared with the run in {demo}: 2 differences",
    ]
    run = RUN.replace("70 %", "72 %").replace("tʰ", "s͈")
    log.write_text(run, encoding="utf-8")
    assert readmes.check(demo, tmp_path) == 0


def test_without_a_run_there_is_nothing_to_compare_with(tmp_path, capsys):
    assert readmes.check(tmp_path) == 2
    assert "run it first: make demo" in capsys.readouterr().out


@pytest.mark.skipif(not shutil.which("bash"), reason="the words are pasted by bash")
def test_nouns_and_particles_are_what_the_korean_page_shows(tmp_path):
    """An output that the demo does not make."""
    (block,) = (one for one in re.findall(r"^```sh\n(.*?)^```$", TEXT, re.M | re.S) if one.startswith("paste"))
    (tmp_path / "nonce.tsv").write_text("id\tur\tsr\n1\ta\ta\n", encoding="utf-8")
    grammar = EXAMPLES / "korean_nasalization" / "korean.toml"
    done = subprocess.run(
        ["bash", "-ec", f"G={grammar}\n{block}"],
        **{"cwd": tmp_path, "capture_output": True, "text": True, "encoding": "utf-8"},
        env={
            **os.environ,
            "PYTHONPATH": str(toy.USER_DIR.parent),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
    )
    assert done.returncode == 0, done.stderr
    shown = next(part for commands, part in readmes.outputs(REPOSITORY / "README.ko.md") if commands[0][0] == "paste")
    run = done.stdout.split()
    assert readmes.differences(REPOSITORY / "README.ko.md", shown, run, run) == []
