"""``index.html``, ``study.csv`` and ``study.zip``."""

import csv
import hashlib
import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from fairseq_phonology.workflow.results import read_results
from fairseq_phonology.workflow.results.index import handed_on, main, write_index
from fairseq_phonology.workflow.study import read_study
from tests.helpers.finished import ATTENDS, finished, put, put_records, sha, study_file
from tests.helpers.toy_grammar import toy_grammar

EVIL = "<script>alert(1)</script> & {{ 7 * 7 }}"
SIZES = {"words": "sizes = [100, 300]", "models": "[models.tiny]\n[models.small]\n", "seeds": "2"}


class Page(HTMLParser):
    """Headings, links, ids and alt texts of a page, and its text."""

    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.tags, self.levels, self.words = [], [], [], [], []
        self.feed(text)
        self.text = re.sub(r"\s+", " ", " ".join(self.words))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.append((tag, found))
        self.links += [found["href"]] if tag == "a" else []
        self.ids += [found["id"]] if "id" in found else []
        self.levels += [int(tag[1])] if re.fullmatch(r"h\d", tag) else []

    def handle_data(self, data):
        self.words += [data] if self.tags and self.tags[-1][0] not in ("style", "script") else []


@pytest.fixture(scope="module")
def six(tmp_path_factory):
    """Six seeds of one model."""
    study = finished(tmp_path_factory.mktemp("six"), seeds="6")
    write_index(study)
    return study


@pytest.fixture(scope="module")
def sized(tmp_path_factory):
    """Two models in two sizes, two seeds each."""
    study = finished(tmp_path_factory.mktemp("sized"), **SIZES)
    put(study, "lists/attested/tiny-100/1/heatmap-w1.png", "picture")
    put(study, "lists/attested/tiny-100/1/attention/manifest.json", {})
    write_index(study)
    return study


@pytest.fixture(scope="module")
def half(tmp_path_factory):
    """Three seeds, the second of which is being trained."""
    study = finished(tmp_path_factory.mktemp("half"), seeds="3")
    (Path(study.dest) / "models/model/2.json").unlink()
    write_index(study)
    return study


@pytest.fixture(scope="module")
def strange(tmp_path_factory):
    """One seed; texts that would be code."""
    grammar = toy_grammar().replace('"Toy"', f'"{EVIL}"')
    folder = tmp_path_factory.mktemp("strange")
    study = finished(folder, name=EVIL, grammar=grammar, more=f"# {EVIL}\n")
    put(study, "logs/train-model-9.log", "$ of an earlier version\n")
    write_index(study)
    return study


@pytest.fixture
def undrawn(monkeypatch):
    """No figures: what is asked is elsewhere, and they take the most time."""
    monkeypatch.setattr("fairseq_phonology.workflow.results.index._pictures", lambda *_: {})


def page_of(study):
    return Page((Path(study.dest) / "index.html").read_text(encoding="utf-8"))


def rows_of(study):
    with (Path(study.dest) / "study.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_for_every_model(half):
    first, second, _ = rows_of(half)
    assert first == {
        **{"model": "model", "size": "", "seed": "1", "training_words": "900", "epochs": "2", "updates": "20"},
        **{"best_epoch": "2", "best_updates": "20", "valid_loss": "1.25", "valid_exact_match": "75"},
        **{"exact_match_attested": "90", "right_attested": "9", "words_attested": "10", "uses_designed": "uses"},
        **{"new_right_attested": "", "new_attested": ""},
        **{"route_designed": "cross", "minimal_pair_designed": "11.5", "low_minimal_pair_designed": "11"},
        **{"high_minimal_pair_designed": "12", "share_noising_designed": "0.99", "share_denoising_designed": "1"},
        **{"training_seconds": "60", "checkpoint": "models/model/1/checkpoint_best.pt"},
        "checkpoint_sha256": sha("model", 1),
    }
    assert (second["seed"], second["valid_exact_match"], second["checkpoint_sha256"]) == ("2", "72.5", "")
    assert (second["exact_match_attested"], second["uses_designed"]) == ("", "")


def test_verdicts_of_every_model(six):
    rows = rows_of(six)
    assert [row["seed"] for row in rows] == list("123456")
    assert {(row["attends_designed"], row["head_designed"], row["mass_designed"]) for row in rows} == {
        ("attends", "2.1", "0.9")
    }


def test_the_page_has_every_verdict_and_leads_to_every_report(six):
    page = page_of(six)
    assert "In 6 of 6 models a head attends:" in page.text
    assert "Attends to the trigger, over models" in page.text
    assert "p-values are not corrected" not in page.text  # one question
    assert "68.75 62.50 to 75.00 6 of 6 40" in page.text  # validation: mean, range, seeds, words
    assert "90.00 90.00 to 90.00 6 of 6 10" in page.text
    assert "nasalization 8 87.5 (87.5 to 87.5) 12.5 (12.5 to 12.5) 4 0.0 (0.0 to 0.0)" in page.text
    assert "60 s to 6.0 minutes each, 21.0 minutes in all" in page.text
    over = {f"stimuli/designed/model/{folder}/report.html" for folder in ("analysis", "interventions")}
    assert over | {f"stimuli/designed/model/analysis/{seed}/report.html" for seed in range(1, 7)} < set(page.links)


def test_several_questions_are_not_compared(sized):
    assert "p-values are not corrected over the 4 of them" in page_of(sized).text


def test_one_model_is_called_one_model(strange):
    text = page_of(strange).text
    assert ATTENDS.partition(": ")[0] in text
    assert "There is one seed, so each verdict is about one model." in text
    assert "lowest to highest" not in text
    assert "attested 90.00 60.00 to 98.00 10" in text  # with the interval of `errors`


def test_what_is_not_finished_is_said(half):
    page = page_of(half)
    assert "This study is not finished." in page.text
    assert "training of seed 2" in page.text
    assert "Interventions are there for 2 of 3 seeds." in page.text
    assert "stimuli/designed/model/analysis/report.html" not in page.links  # over models, one of which is trained anew


def test_the_page_stands_alone_and_is_accessible(sized):
    page = page_of(sized)
    assert len(page.ids) == len(set(page.ids))
    assert page.levels[0] == 1
    assert page.levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in zip(page.levels, page.levels[1:], strict=False))
    pictures = [found for tag, found in page.tags if tag == "img"]
    assert len(pictures) == 2  # curves, and exact match by training words
    assert all(found["alt"] and found["src"].startswith("data:image/svg+xml") for found in pictures)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("table") == tags.count("caption")
    assert not [link for link in page.links if re.match(r"\w+:|/", link)]
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    labels = [found["aria-labelledby"] for _, found in page.tags if "aria-labelledby" in found]
    assert set(labels) <= set(page.ids)


def test_strangers_texts_are_inert(strange):
    text = (Path(strange.dest) / "index.html").read_text(encoding="utf-8")
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ 7 * 7 }}") >= 5


def test_what_was_run_is_on_the_page(strange):
    text = page_of(strange).text
    assert "fairseq-train data/bin" in text
    assert "fairseq-phonology analyze stimuli/designed/model/1/attention" in text
    assert not re.search("no command|what it said|of an earlier version", text)
    assert 'process = "nasalization"' in text  # the study's own text
    assert "-> ŋ / _ [+nas]" in text  # the grammar's
    assert sha("model", 1) in text
    assert hashlib.sha256((strange.path.parent / "attested.tsv").read_bytes()).hexdigest() in text
    assert "x86_64, 2 cores, CPU" in text
    assert "torch 2.6.0" in text
    assert str(strange.path.parent) not in text


def test_the_archive_holds_all_that_the_page_links(sized):
    names = set(zipfile.ZipFile(Path(sized.dest) / "study.zip").namelist())
    linked = {unquote(link) for link in page_of(sized).links if not link.startswith("#")}
    assert linked <= names
    assert {"index.html", "study.csv", "figures/curves.svg", "figures/learning-curve.png"} < names
    assert "lists/attested/tiny-100/1/heatmap-w1.png" in names
    assert "models/tiny-100/1/history.csv" in names
    assert not [name for name in names if re.search(r"\.(pt|npz|h5|log|txt)$|manifest\.json|study\.zip", name)]


def test_the_same_results_make_the_same_files(half, tmp_path):
    study = finished(tmp_path, seeds="3")
    (Path(study.dest) / "models/model/2.json").unlink()
    written = {name: (Path(half.dest) / name).read_bytes() for name in ("index.html", "study.csv", "study.zip")}
    for name, content in written.items():  # as if of an earlier time
        (Path(study.dest) / name).write_bytes(content)
    write_index(study)
    assert {name: (Path(study.dest) / name).read_bytes() for name in written} == written


def test_only_what_the_study_asks_for_is_handed_on(six):
    study = read_study(study_file(six.path.parent, seeds="[1]"), six.dest)
    names = handed_on(read_results(study), {})
    assert "models/model/1/history.csv" in names
    assert not [name for name in names if "/2/" in name or "analysis" in name]


def test_the_command_shows_what_is_of_the_study_as_it_is_now(tmp_path, undrawn):
    study = finished(tmp_path, models="[model]\nepochs = 2")
    put_records(study)
    words = [str(study.path), "--dest", str(study.dest)]
    assert main(words) == 0
    assert "1 of 1 training finished" in page_of(study).text and "fairseq-train" in page_of(study).text
    study_file(tmp_path, models="[model]\nepochs = 3")
    assert main(words) == 0
    page, (row,) = page_of(study).text, rows_of(study)
    assert "This study is not finished." in page and "0 of 1 training finished" in page and "fairseq-train" not in page
    assert (row["epochs"], row["valid_exact_match"], row["checkpoint_sha256"]) == ("", "", "")
    assert "exact_match_attested" in row and not row["exact_match_attested"]


def test_a_stamp_that_is_none_is_refused(tmp_path, capsys):
    study = finished(tmp_path)
    put(study, "models/model/1.json", "[]")
    put_records(study)
    assert main([str(study.path), "--dest", str(study.dest)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "stamp of a finished training" in said


def test_files_of_one_name_have_a_sha_256_each(tmp_path, undrawn):
    for name in ("a", "b"):
        study_file(tmp_path / name)
    more = '[test.more]\nlist = "b/attested.tsv"\n[human.ratings]\nhuman = "ratings.tsv"\n'
    more += '[candidates]\nlist = "candidates.tsv"\n'
    (tmp_path / "candidates.tsv").write_text("item\tur\tsr\n1\ta\ta\n", encoding="utf-8")
    (tmp_path / "ratings.tsv").write_text("item\tsr\trating\n1\ta\t3\n", encoding="utf-8")
    study = finished(tmp_path, more=more)
    write_index(study)
    rows = re.findall(r'<th scope="row">([^<]*)</th><td class="hash">(\w{64})', (study.dest / "index.html").read_text())
    shown = {name for name, _ in rows}
    names = ("attested.tsv", "b/attested.tsv", "toy.toml", "study.toml", "candidates.tsv", "ratings.tsv")
    assert {f"../{name}" for name in names} | {"data/valid.tsv"} <= shown
    assert dict(rows)["../toy.toml"] == hashlib.sha256((tmp_path / "toy.toml").read_bytes()).hexdigest()


def test_a_process_by_stratum_says_nothing_of_words_where_it_is_not_due(tmp_path, undrawn):
    study = finished(tmp_path, seeds="2")
    for seed in study.seeds:
        path = study.dest / f"lists/attested/model/{seed}/errors/summary.json"
        found = json.loads(path.read_text())
        counts = {"process": "nasalization", "variable": True, "due": 4, "applied": 3, "failed": 1}
        found["models"][0]["processes"] += [{**counts, "stratum": "loans"}]
        put(study, path.relative_to(study.dest).as_posix(), found)
    write_index(study)
    assert "nasalization, in loans 4 75.0 (75.0 to 75.0) 25.0 (25.0 to 25.0) – –" in page_of(study).text


@pytest.mark.parametrize("seeds", ["1", "6"])
def test_before_anything_is_there(tmp_path, seeds):
    study = read_study(study_file(tmp_path, seeds=seeds))
    Path(study.dest).mkdir()
    results = write_index(study)
    assert len(results.unfinished) == 2 * int(seeds) + 2
    assert "This study is not finished." in page_of(study).text
