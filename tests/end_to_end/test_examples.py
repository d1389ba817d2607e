"""The user-dirs of user_dir_examples/ through the real commands, TensorBoard, and what unknown names are told."""

from __future__ import annotations

import csv
import importlib.util
import re
import struct
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import fairseq_phonology as fp
from fairseq_phonology.analysis.errors.summary import read_summary
from fairseq_phonology.commands import main
from tests.helpers import EXAMPLES, REPOSITORY, toy


def module(name):
    """The module of an example, imported under its own name."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, EXAMPLES / name / "__init__.py", submodule_search_locations=[str(EXAMPLES / name)]
        )
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="module")
def korean(corpus, tmp_path_factory):
    """The toy words have Korean segments, so that the Korean example can count in them."""
    folder = tmp_path_factory.mktemp("korean")
    options = ["--save-predictions", "--task", "korean_nasalization", "--tensorboard-logdir", folder / "board"]
    done = toy.train(
        corpus, folder / "run", *toy.CHOOSING, *options, epochs=4, user_dir=EXAMPLES / "korean_nasalization"
    )
    return SimpleNamespace(save_dir=folder / "run", board=folder / "board", stdout=done.stdout)


def test_korean_counts_what_feeds_what():
    """Three words by hand: plain, fed by neutralization, and without the process."""
    example = module("korean_nasalization")
    task = example.NasalizationTask.__new__(example.NasalizationTask)
    task.cfg, task._kinds = SimpleNamespace(process="obstruent-nasalization"), {}
    task._phonology = fp.Grammar.load(example.GRAMMAR)
    words = ["h a k m u n", "k ʌ t͡ɕ i s m a l", "k a p a", "k a p m a", "x a k m a"]
    task.words_of = lambda batch: [{"ur": word} for word in words]
    batch = SimpleNamespace(correct=SimpleNamespace(tolist=lambda: [True, False, True, False, True]))
    counts = task.counts_from_batch(batch, {})
    assert counts == {"fed": 1, "fed_right": 0, "plain": 2, "plain_right": 1}
    assert task.rates_from_counts(counts) == {"fed": 0, "plain": 50}


def test_korean_metric_in_line_and_history(korean):
    grammar = fp.Grammar.load(EXAMPLES / "korean_nasalization" / "korean.toml")
    rows = toy.history(korean.save_dir)
    lines = toy.log_lines(korean.stdout, "valid")
    assert [float(row["plain"]) for row in rows] == pytest.approx([float(line["valid_plain"]) for line in lines], 1e-4)
    words = toy.read_csv(korean.save_dir / "predictions" / f"valid_at_{rows[-1]['updates']}.csv")
    right = {"fed": [], "plain": []}
    for word in words:
        sites = grammar.derive(word["underlying"].split()).sites("obstruent-nasalization")
        if sites:
            right["fed" if any(site.fed_by for site in sites) else "plain"].append(int(word["correct"]))
    assert float(rows[-1]["plain"]) == pytest.approx(100 * sum(right["plain"]) / len(right["plain"]))
    assert 0 < float(rows[-1]["plain"]) < 100, "else this test could not fail"


def scalars(folder: Path) -> dict[str, dict[int, float]]:
    """Name -> step -> value, of all TensorBoard events of a folder."""
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2", reason="tensorboardX is not installed")
    found: dict[str, dict[int, float]] = {}
    for path in sorted(folder.glob("events.out.tfevents.*")):
        data, at = path.read_bytes(), 0
        while at < len(data):  # records: length, its checksum, the event, its checksum
            (length,) = struct.unpack_from("<Q", data, at)
            event = event_pb2.Event.FromString(data[at + 12 : at + 12 + length])
            at += 12 + length + 4
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    found.setdefault(value.tag, {})[event.step] = value.simple_value
    return found


def test_tensorboard_shows_exact_match_and_ones_own_metric(korean):
    pytest.importorskip("tensorboardX", reason="tensorboardX is not installed")
    rows, board = toy.history(korean.save_dir), scalars(korean.board / "valid")
    for name in ("exact_match", "plain"):
        due = {int(row["updates"]): float(row[name]) for row in rows}
        assert board[name] == pytest.approx(due, rel=1e-4), name
    assert not [name for name in board if name.startswith("_")], "counts are nobody's business"


def test_harmony_tells_the_first_suffix_vowel_from_later_ones():
    example = module("turkish_vowel_harmony")
    task = example.HarmonyTask.__new__(example.HarmonyTask)
    task.cfg = SimpleNamespace(vowels="a e ɯ i o ø u y")
    words = [
        (
            "ɡ ø z + ɯ m ɯ z + d a",
            "ɡ ø z y m y z d e </s>",
            "ɡ ø z y m i z d a </s>",
        ),  # the first is right, two are not
        ("a t + l a r", "a t l a r </s>", "a t l e r </s>"),
        ("k a l e m", "k a l e m </s>", "k a l a m </s>"),  # no suffix
        ("e v + l a r", "e v l e r </s>", "i v l e r </s>"),  # the root is wrong, the suffix is not
    ]
    task.words_of = lambda batch: [{"ur": ur} for ur, _, _ in words]
    batch = SimpleNamespace(
        **{name: lambda n=n: [w[n].split() for w in words] for n, name in ((1, "references"), (2, "choices"))}
    )
    counts = task.counts_from_batch(batch, {})
    assert counts == {"first": 3, "first_right": 2, "later": 2, "later_right": 0}
    assert task.rates_from_counts(counts) == {"first_vowel": pytest.approx(200 / 3), "later_vowels": 0}


def test_harmony_through_the_commands(tmp_path):
    grammar = EXAMPLES / "turkish_vowel_harmony" / "turkish.toml"
    pairs, data = tmp_path / "nonce.tsv", tmp_path / "data"
    nonce = [
        "nonce",
        str(grammar),
        "--n",
        "240",
        "--syllables",
        "2-4",
        "--edges",
        "1",
        "--seed",
        "1",
        "--out",
        str(pairs),
    ]
    assert main(nonce) == 0
    assert main(["prepare", str(pairs), "--keep-edges", "--split", ".8,.2", "--dest", str(data)]) == 0
    done = toy.train(
        *(data / "bin", tmp_path / "run", "--task", "turkish_harmony"),
        **{"epochs": 1, "user_dir": EXAMPLES / "turkish_vowel_harmony"},
    )
    (line,) = toy.log_lines(done.stdout, "valid")
    (row,) = toy.history(tmp_path / "run")
    for name in ("first_vowel", "later_vowels"):
        assert 0 <= float(row[name]) <= 100 and float(row[name]) == pytest.approx(
            float(line[f"valid_{name}"]), rel=1e-4
        )


def test_english_counts_by_hand():
    example = module("english_past_tense")
    task = example.PastTenseTask.__new__(example.PastTenseTask)
    task.cfg = SimpleNamespace(tag="<PST>")
    words = [
        # class, reference, choice
        ("t", "w ɔ k t </s>", "w ɔ k t </s>"),
        ("id", "n i d ɪ d </s>", "m i d ɪ d </s>"),  # the suffix is right, the stem is not
        ("d", "p l e d </s>", "p l e t </s>"),
        ("id", "w ɑ n t ɪ d </s>", "w ɑ n t ə d </s>"),
        ("vowel-change", "s æ ŋ </s>", "s ɪ ŋ </s>"),
        ("", "b l ɪ k </s>", "b l ɪ k </s>"),  # a stem to copy
    ]
    tags = ["<PST>"] * 5 + ["<INF>"]
    task.words_of = lambda batch: [{"ur": f"x {tag}", "class": word[0]} for tag, word in zip(tags, words, strict=True)]
    batch = SimpleNamespace(
        references=lambda: [tuple(word[1].split()) for word in words],
        choices=lambda: [tuple(word[2].split()) for word in words],
        correct=SimpleNamespace(tolist=lambda: [word[1] == word[2] for word in words]),
    )
    rates = task.rates_from_counts(task.counts_from_batch(batch, {}))
    assert rates == {"regular": 25, "irregular": 0, "suffix": 50}


def read_english(name):
    with open(EXAMPLES / "english_past_tense" / f"{name}.tsv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_english_stems_to_copy_are_those_of_training_verbs_and_nonce_words(tmp_path):
    """Of 2,000 nonce stems and 449 verbs, each once, without those of held-out verbs and of wugs."""
    train, seen = read_english("train"), [word for name in ("valid", "wug") for word in read_english(name)]
    verbs = [word["ur"].removesuffix(" <PST>") for word in train if word["ur"].endswith("<PST>")]
    copied = [word["sr"] for word in train if word["ur"] == f"{word['sr']} <INF>"]
    assert (len(verbs), len(copied), len(train)) == (449, 2444, 2893)
    grammar = EXAMPLES / "english_past_tense" / "english.toml"
    asked = ["--n", "2000", "--syllables", "1-2", "--seed", "1", "--out", str(tmp_path / "stems.tsv")]
    assert main(["nonce", str(grammar), *asked]) == 0
    with open(tmp_path / "stems.tsv", encoding="utf-8", newline="") as file:
        stems = [word["ur"] for word in csv.DictReader(file, delimiter="\t")]
    taken = {word["ur"].removesuffix(" <PST>") for word in seen}
    assert copied == [stem for stem in [*verbs, *stems] if stem not in taken]


def test_english_regular_pasts_are_what_the_grammar_derives():
    grammar = fp.Grammar.load(EXAMPLES / "english_past_tense" / "english.toml")
    for names, many in ((("train", "valid"), 498), (("wug",), 47)):
        words = [word for name in names for word in read_english(name) if word["ur"].endswith("<PST>")]
        assert len(words) == len({word["id"] for word in words}) == len({word["ur"] for word in words}) == many
        for word in words:
            derived = " ".join(grammar.derive(word["ur"].split()).surface)
            regular = word["class"] in ("t", "d", "id")
            assert (derived == word["sr"]) == regular, word
            assert not regular or derived.endswith({"t": "t", "d": "d", "id": "ɪ d"}[word["class"]])


def test_english_through_the_commands(tmp_path):
    lines = (EXAMPLES / "english_past_tense" / "train.tsv").read_text(encoding="utf-8").splitlines()[:450]
    for name, part in (("train", lines[1::2]), ("valid", lines[2::10])):
        (tmp_path / f"{name}.tsv").write_text("\n".join([lines[0], *part, ""]), encoding="utf-8")
    lists = [option for name in ("train", "valid") for option in (f"--{name}", str(tmp_path / f"{name}.tsv"))]
    assert main(["prepare", *lists, "--dest", str(tmp_path / "data")]) == 0
    toy.train(
        *(tmp_path / "data" / "bin", tmp_path / "run", *toy.CHOOSING, "--task", "past_tense"),
        *("--grammar", EXAMPLES / "english_past_tense" / "english.toml", "--best-checkpoint-metric", "suffix"),
        epochs=3,
        user_dir=EXAMPLES / "english_past_tense",
    )
    last = toy.history(tmp_path / "run")[-1]
    assert all(last[name] not in ("", "nan") for name in ("regular", "irregular", "suffix", "past", "epenthesis"))


def test_own_report_writes_errors_by_process(small_corpus, grammar_file, tmp_path):
    options = ["--callbacks", "errors-by-process", "--grammar", grammar_file]
    toy.train(small_corpus, tmp_path, *toy.CHOOSING, *options, epochs=1, user_dir=EXAMPLES / "own_report")
    (path,) = (tmp_path / "errors").iterdir()
    assert path.name == "valid_at_3.csv"
    rows = {row["process"]: row for row in toy.read_csv(path)}
    assert set(rows) == {"(none)", "nasalization"}
    assert sum(int(row["words"]) for row in rows.values()) == 37
    assert not (tmp_path / "predictions").exists(), "nobody asked for them on disk"
    # after one epoch hardly a word is right
    assert int(rows["nasalization"]["wrong"]) > 0 and rows["nasalization"]["examples"].count(" for [") <= 5


def test_an_unknown_callback_lists_the_known_ones(small_corpus, tmp_path):
    done = toy.train(
        *(small_corpus, tmp_path / "run", "--callbacks", "errors-by-process,eror"),
        check=False,
        user_dir=EXAMPLES / "own_report",
    )
    toy.refused(done, "no callback is called 'eror'; known: errors-by-process;", "@register_callback")
    assert not (tmp_path / "run" / "checkpoint_last.pt").exists()


@pytest.mark.parametrize(
    ("option", "known"), [("--task", "korean_nasalization"), ("--arch", "transformer_phonology_tiny")]
)
def test_fairseq_lists_the_known_tasks_and_architectures(option, known, small_corpus):
    arguments = toy.train_arguments(small_corpus, "run", option, "nobody", user_dir=EXAMPLES / "korean_nasalization")
    done = toy.fairseq("train", *arguments)
    assert done.returncode == 2 and f"argument {option}" in done.stderr and known in done.stderr


@pytest.mark.parametrize("name", ["exact_match", "lr"])
def test_a_rate_cannot_take_the_name_of_another_figure(name):
    class Own(fp.PhonologyTask):
        def rates_from_counts(self, counts):
            return {name: 0.0}

    task = Own.__new__(Own)
    task._processes = None
    with pytest.raises(fp.InputError, match=f"figures of these names exist already: {name}"):
        task._rates({"words": 2, "right": 1})


def test_the_blocks_of_the_page_on_extending_in_one_user_dir(small_corpus, tmp_path):
    """docs/extending.md: its metric, option, callbacks and architecture, in one run."""
    page = (REPOSITORY / "docs" / "extending.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 7
    lab = tmp_path / "lab_of_the_page"
    lab.mkdir()
    names = [f"block{n}" for n in range(len(blocks))]
    for name, text in zip(names, blocks, strict=True):
        (lab / f"{name}.py").write_text(text, encoding="utf-8")
    (lab / "__init__.py").write_text("".join(f"from . import {name}\n" for name in names), encoding="utf-8")
    own = ["--task", "finals", "--final", "m n", "--callbacks", "say-when-perfect", "--arch", "transformer_one_head"]
    options = [*own, "--best-checkpoint-metric", "finals", "--maximize-best-checkpoint-metric"]
    toy.train(small_corpus, tmp_path / "run", *options, epochs=1, user_dir=lab)
    (row,) = toy.history(tmp_path / "run")
    assert 0 <= float(row["finals"]) <= 100
    done = toy.train(small_corpus, tmp_path / "counted", "--task", "counted", epochs=2, user_dir=lab)
    assert done.stdout.splitlines()[-1] == "2 validations"


# ---- the studies of the examples

TARGET = 95.0  # % of unseen attested words that an example promises
STUDIES = sorted(path for path in EXAMPLES.glob("*/*.toml") if "\n[words]" in path.read_text(encoding="utf-8"))


def test_every_example_has_a_study_file():
    folders = [path.parent.name for path in STUDIES]
    twice = ["english_past_tense", "korean_nasalization"]
    assert folders == sorted([*twice, *twice, "sigmorphon_korean", "turkish_vowel_harmony"])


@pytest.mark.parametrize(
    "page", [REPOSITORY / "README.md", EXAMPLES / "turkish_vowel_harmony" / "README.md"], ids=["Korean", "Turkish"]
)
def test_the_pages_show_no_less_than_the_examples_promise(page):
    """Exact match on the attested words, as `fairseq-generate` printed it."""
    shown = re.search(r"exact match = ([\d.]+) % \((\d+)/(\d+)\)", page.read_text(encoding="utf-8"))
    percent, right, words = map(float, shown.groups())
    assert percent == pytest.approx(100 * right / words, abs=0.005) and percent >= TARGET


@pytest.mark.parametrize(("folder", "words"), [("demo", 1077), ("demo/turkish", 219)])
def test_a_finished_study_keeps_the_promise(folder, words):
    errors = REPOSITORY / folder / "lists" / "attested" / "model" / "1" / "errors"
    if not (errors / "summary.json").is_file():
        pytest.skip(f"no finished study in {folder}")
    found = read_summary(errors)
    assert found.words == words and found.models[0].exact_match >= TARGET
