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
from fairseq_phonology.analysis.people.tables import write_items, write_responses
from fairseq_phonology.analysis.report.people import write_r_script
from tests.helpers import EXAMPLES, example_study
from tests.helpers.compared import comparison

SCRIPTS = EXAMPLES / "r"
ENVIRONMENT = {**os.environ, "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}
CAPTURED = {"capture_output": True, "text": True, "encoding": "utf-8", "env": ENVIRONMENT}


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
    return subprocess.run(command, **CAPTURED)


@pytest.fixture(scope="module")
def study():
    return example_study.grid_study(layers=1, heads=2, each=(8, 8), suffixes=(8, 8), baseline=False)


@pytest.fixture(scope="module")
def analysis(study, tmp_path_factory):
    """The tables of a study in which head 1.2 responds."""
    folder = tmp_path_factory.mktemp("analysis")
    write_events(study.events, folder / "events.csv.gz")
    write_heads(study.families, folder / "heads.csv")
    write_window(study.events, folder / "window.csv")
    return folder


def fitted(*arguments):
    """Rows of the mixed models by head, in the order of the output."""
    done = rscript("mixed_model.R", *arguments)
    assert done.returncode == 0, done.stderr
    header, *lines = (line.split() for line in done.stdout.splitlines())
    return {row["head"]: row for row in (dict(zip(header, line, strict=True)) for line in lines)}


def test_the_mixed_model_estimates_what_the_test_does(study, analysis):
    found = fitted(analysis)
    assert list(found) == ["1.2", "1.1"], "largest response first"
    for n, head in enumerate(("1.1", "1.2")):  # with nothing missing, both are the double difference of means
        assert float(found[head]["estimate"]) == pytest.approx(study.primary.estimate["log_odds"][n], abs=0.001)
        assert float(found[head]["test_se"]) == pytest.approx(study.primary.se[n], abs=0.001)
    assert found["1.2"]["p_holm"].startswith("<") and found["1.2"]["claim"] == "1"


def test_with_variances_by_class_its_degrees_of_freedom_are_those_of_the_test(tmp_path):
    """Stems and suffixes have slopes of their own, so that no variance is at its limit of 0."""
    if reason := missing("lmerTest"):
        pytest.skip(reason)
    made = example_study.grid_study(layers=1, heads=1, each=(16, 16), suffixes=(8, 8), baseline=False)
    rng, view = np.random.default_rng(1), made.events.views[0]
    letters = {"T": 0.8, "C": 0.4, "R": 0.6, "N": 0.3}  # standard deviations of the slopes
    slopes, rest = {}, []
    for event in made.events.events:
        undergoes, triggers = event.item.cell
        for unit, own, other in ((event.item.stem, undergoes, triggers), (event.item.suffix, triggers, undergoes)):
            base, slope = slopes.setdefault(unit, rng.normal(0, (1.0, letters[own])))
            rest.append(base + slope * (0.5 if other in "TR" else -0.5))
    added = np.array(rest).reshape(-1, 2).sum(1) + rng.normal(0, 0.5, len(made.events.events))
    view.log_odds[:] = added[:, None, None].astype(view.log_odds.dtype)
    again = example_study.study(made.events.items, [view])
    write_events(again.events, tmp_path / "events.csv.gz")
    write_heads(again.families, tmp_path / "heads.csv")
    found = fitted(tmp_path, "cross", "decision", "by-class")["1.1"]
    assert float(found["estimate"]) == pytest.approx(float(found["test_estimate"]), abs=0.002)
    assert float(found["se"]) == pytest.approx(float(found["test_se"]), rel=0.02)
    assert float(found["df"]) == pytest.approx(float(found["test_df"]), rel=0.05)


def test_what_the_mixed_model_cannot_be_fitted_to(analysis, tmp_path):
    done = rscript("mixed_model.R", analysis, "decoder")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        f"error: no events of decoder, query decision, in a cell in {analysis}",
    )
    write_events(example_study.quads_study(words=6).events, tmp_path / "events.csv.gz")
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


def test_interventions_are_averaged_by_method(tmp_path):
    lines = ["id,cell,measure,method,parts,place,layer,head,intact,counterpart,log_odds,effect,changes,stem,suffix"]
    rng = np.random.default_rng(1)
    for stem in range(6):
        for suffix in range(4):
            for method, parts in (("noising", "both"), ("denoising", "both"), ("knock-out", "")):
                for place, effect in (("trigger", 8), ("others", 0)):
                    effect = effect + stem / 10 + suffix / 10 + rng.normal(0, 0.1)
                    start = f"w{stem}{suffix},TR,cross,{method},{parts},{place}"
                    end = f"0,s{stem},x{suffix}"
                    lines += [f"{start},all,all,5,-5,{5 - effect},{effect},{end}", f"{start},1,1,5,-5,5,0,{end}"]
    (tmp_path / "interventions.csv.gz").write_bytes(gzip.compress("\n".join([*lines, ""]).encode()))
    done = rscript("interventions.R", tmp_path)
    assert done.returncode == 0, done.stderr
    header, first, second, *rest = done.stdout.splitlines()
    assert header.split() == ["measure", "parts", "place", "noising", "denoising", "knock-out"]
    assert first.split()[:3] == ["cross", "both", "trigger"]
    assert [float(value) for value in first.split()[3:]] == pytest.approx([8.4] * 3, abs=0.1)
    assert [float(value) for value in second.split()[3:]] == pytest.approx([0.4] * 3, abs=0.1)
    for line, method in zip(rest[-2:], ("noising", "denoising"), strict=True):
        name, words, *numbers = line.split()
        difference, low, high = map(float, numbers)
        assert (name, words) == (method, "24") and low < difference < high
        assert difference == pytest.approx(8, abs=0.1)


def of_comparison(kind, folder, *options):
    """Rows that the script of `compare` prints, by model, and what was compared."""
    if reason := missing("glmmTMB"):
        pytest.skip(reason)
    found = comparison(kind, 24, 1)
    write_items(found, folder / "items.csv")
    if found.human.participants:
        write_responses(found, folder / "responses.csv")
    write_r_script(found, folder / "mixed_model.R")
    done = subprocess.run(["Rscript", "--vanilla", str(folder / "mixed_model.R"), *options], **CAPTURED)
    assert done.returncode == 0, done.stderr
    header, *lines = (line.split() for line in done.stdout.splitlines())
    rows = {row["model"]: row for row in (dict(zip(header, line, strict=True)) for line in lines)}
    assert list(rows) == ["ensemble", "m0"]
    assert all(float(row["aic"]) < float(row["aic_without"]) for row in rows.values())
    return found, rows["ensemble"]


def test_the_mixed_model_of_counts_is_ours(tmp_path):
    found, row = of_comparison("counts", tmp_path)
    assert float(row["slope"]) == pytest.approx(found.mixed.slope, abs=0.005)
    assert found.headline == "items", "the correlation is that of the verdict, not of all candidates"
    assert float(row["spearman"]) == pytest.approx(found.row("spearman", "ensemble", "items").value, abs=0.001)
    assert row["rows"] == "24", "one of the two candidates whose counts sum to n"


def test_participants_are_random_where_they_are_known(tmp_path):
    found, row = of_comparison("trials", tmp_path)
    assert row["rows"] == str(24 * len(found.human.participants)) and float(row["slope"]) > 0


def test_ratings_on_the_scale_of_the_shared_task_with_a_further_effect(tmp_path):
    options = ("--scale", "share", "--predictor", "log_prob_per_segment", "--with", "length")
    found, row = of_comparison("ratings", tmp_path, str(tmp_path), *options)
    said = found.matched.scores.per_segment[0][found.matched.numbers]
    people = np.array([pair.human for pair in found.pairs])
    agree = np.mean((said[::2] > said[1::2]) == (people[::2] > people[1::2]))
    assert float(row["within_item"]) == pytest.approx(2 * agree - 1, abs=0.001)
    assert found.headline == "within"
    done = subprocess.run(["Rscript", "--vanilla", str(tmp_path / "mixed_model.R")], **CAPTURED)
    header, ensemble, *_ = (line.split() for line in done.stdout.splitlines())
    within = found.row("spearman", "ensemble", "within").value
    assert float(ensemble[header.index("spearman")]) == pytest.approx(within, abs=0.001)
    script = ["Rscript", "--vanilla", str(tmp_path / "mixed_model.R")]
    refused = subprocess.run([*script, "--with", "wings"], **CAPTURED)
    assert refused.returncode == 2 and "error: no column wings; there are item, ur, sr" in refused.stderr
