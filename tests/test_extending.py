"""docs/extending.md: every block of Python does what the page says, and every name on the page exists."""

import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

import fairseq_phonology as fp
from fairseq_phonology.analysis.figures import registered as registered_figures
from fairseq_phonology.analysis.figures import save_figures
from fairseq_phonology.registry import Registry
from fairseq_phonology.training import callbacks
from tests.helpers import REPOSITORY, example_study

PAGE = (REPOSITORY / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def block(part):
    (found,) = (text for text in BLOCKS if part in text)
    return found


@pytest.fixture(autouse=True)
def registries(monkeypatch):
    monkeypatch.setattr(registered_figures, "FIGURES", Registry("figure", "register_figure"))
    monkeypatch.setattr(callbacks, "CALLBACKS", Registry("callback", "register_callback"))


def test_the_callback_writes_when_every_word_is_right(tmp_path):
    exec(block('register_callback("say-when-perfect")'), {"__name__": "lab"})
    (callback,) = callbacks.registered_callbacks(SimpleNamespace(callbacks=" say-when-perfect,", save_dir=tmp_path))
    for epoch, exact in ((1, 99.9), (2, 100.0)):
        callback.on_validation(
            fp.ValidationResult("valid", True, epoch, 10 * epoch, {"loss": 1.0}, {"exact_match": exact})
        )
    assert (tmp_path / "perfect.txt").read_text(encoding="utf-8") == "epoch 2: every word of valid is right\n"


def test_the_figure_is_drawn(tmp_path):
    exec(block('register_figure("statuses")'), {"__name__": "lab"})
    written = save_figures("attention", tmp_path, example_study.plain_study(words=12))
    assert written["statuses"].file.is_file()
    assert written["statuses"].caption.text == "Events: 10 applied, 2 underapplied, 0 overapplied, 0 other."


def test_a_callback_and_a_figure_need_no_fairseq(tmp_path):
    program = "import sys; sys.modules['fairseq'] = sys.modules['torch'] = None\n"
    program += block("say-when-perfect") + block("statuses") + block("devoicing")
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program], capture_output=True, text=True, encoding="utf-8", cwd=REPOSITORY
    )
    assert (done.returncode, done.stdout) == (0, "r a t\n"), done.stderr


def test_links_options_and_names():
    headings = {
        re.sub(r"[^\w -]", "", line[3:]).strip().lower().replace(" ", "-") for line in re.findall("^## .*", PAGE, re.M)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings
    for name in re.findall(r"\bfp\.(\w+)", PAGE):
        assert name in fp.__all__, name
    for folder in ("korean_nasalization", "english_past_tense", "own_report"):
        lines = (REPOSITORY / "user_dir_examples" / folder / "__init__.py").read_text(encoding="utf-8").splitlines()
        assert folder in PAGE and len(lines) <= 80
