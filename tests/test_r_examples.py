"""user_dir_examples/r/ on small tables: what R computes is what Python has, and what it cannot do it says."""

import functools
import gzip
import os
import shutil
import subprocess

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.tables import write_heads
from fairseq_phonology.analysis.events.tables import write_events, write_window
from tests.helpers import EXAMPLES, example_study

SCRIPTS = EXAMPLES / "r"


@functools.cache
def missing(library):
    """Why a test with this library must be skipped; empty if it need not."""
    if shutil.which("Rscript") is None:
        return "Rscript is not installed"
    asked = subprocess.run(["Rscript", "--vanilla", "-e", f"library({library})"], capture_output=True)
    return f"the R package {library} is not installed" if asked.returncode else ""


def rscript(name, *arguments):
    if reason := missing("ggplot2" if name == "window_figure.R" else "lme4"):
        pytest.skip(reason)
    command = ["Rscript", "--vanilla", str(SCRIPTS / name), *map(str, arguments)]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=environment)


@pytest.fixture(scope="module")
def study():
    return example_study.grid_study(layers=1, heads=2, each=(8, 8), suffixes=(4, 4), baseline=False)


@pytest.fixture(scope="module")
def analysis(study, tmp_path_factory):
    """The tables of a study in which head 1.2 responds."""
    folder = tmp_path_factory.mktemp("analysis")
    write_events(study.events, folder / "events.csv.gz")
    write_heads(study.families, folder / "heads.csv")
    write_window(study.events, folder / "window.csv")
    return folder


def test_the_mixed_model_estimates_what_the_permutation_test_does(study, analysis):
    done = rscript("mixed_model.R", analysis)
    assert done.returncode == 0, done.stderr
    header, *lines = (line.split() for line in done.stdout.splitlines())
    found = {row["head"]: row for row in (dict(zip(header, line, strict=True)) for line in lines)}
    assert [line[0] for line in lines] == ["1.2", "1.1"], "largest response first"
    for n, head in enumerate(("1.1", "1.2")):  # with nothing missing, both are the double difference of means
        assert float(found[head]["response"]) == pytest.approx(study.primary.estimate["logit"][n], abs=0.006)
    assert found["1.2"]["p_holm"].startswith("<") and found["1.2"]["claim"] == "1"


def test_what_the_mixed_model_cannot_be_fitted_to(analysis, tmp_path):
    done = rscript("mixed_model.R", analysis, "decoder")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        f"error: no events of decoder, row decision, in a cell in {analysis}",
    )
    write_events(example_study.quads_study(words=3).events, tmp_path / "events.csv.gz")
    text = gzip.decompress((tmp_path / "events.csv.gz").read_bytes()).decode()
    header, *lines = text.splitlines()
    at = header.split(",").index("suffix")
    lines = [",".join([*line.split(",")[:at], ""]) for line in lines]
    (tmp_path / "events.csv.gz").write_bytes(gzip.compress("\n".join([header, *lines, ""]).encode()))
    done = rscript("mixed_model.R", tmp_path)
    assert done.returncode == 2 and "real words have a 2 x 2 of their own" in done.stderr


def test_the_window_figure_is_drawn(analysis, tmp_path):
    done = rscript("window_figure.R", analysis, tmp_path / "window.png", "1.2")
    assert done.returncode == 0, done.stderr
    import matplotlib.image

    picture = matplotlib.image.imread(tmp_path / "window.png")[..., :3]
    for color in ((0x00, 0x44, 0x88), (0xBB, 0x55, 0x66)):
        assert (np.abs(picture * 255 - color).max(-1) < 3).sum() > 100, "lines of both classes"
    done = rscript("window_figure.R", analysis, tmp_path / "no.png", "7.1")
    assert done.returncode == 2 and "error: no head 7.1; there are 1.1, 1.2" in done.stderr


def test_interventions_are_averaged_by_cell(tmp_path):
    lines = ["id,cell,measure,place,layer,head,intact,log_odds,effect,changes,stem,suffix"]
    rng = np.random.default_rng(1)
    for stem in range(6):
        for suffix in range(4):
            for cell, size in (("TR", 8), ("TN", 0)):
                for place, effect in (("trigger", size), ("others", 0)):
                    effect = effect + stem / 10 + suffix / 10 + rng.normal(0, 0.1)
                    start, end = f"w{stem}{suffix}{cell},{cell},cross,{place}", f"0,s{stem},x{suffix}"
                    lines += [f"{start},all,all,5,{5 - effect},{effect},{end}", f"{start},1,1,5,5,0,{end}"]
    (tmp_path / "interventions.csv.gz").write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))
    done = rscript("interventions.R", tmp_path)
    assert done.returncode == 0, done.stderr
    header, first, second, *rest = done.stdout.splitlines()
    assert header.split() == ["measure", "place", "TR", "TN"]
    assert first.split()[:2] == ["cross", "trigger"] and float(first.split()[2]) == pytest.approx(8.4, abs=0.1)
    assert float(second.split()[2]) == pytest.approx(0.4, abs=0.1)
    words, difference, low, high = map(float, rest[-1].split())
    assert words == 24 and low < difference < high and difference == pytest.approx(8, abs=0.1)
