"""prepare: what it writes is what fairseq reads, row by row; what it cannot use it names, and leaves nothing behind."""

import json
import os
import subprocess
import sys

import pytest

from fairseq_phonology.commands import main
from fairseq_phonology.corpus.units import ALWAYS, Units
from fairseq_phonology.errors import InputError
from fairseq_phonology.training.binarize import new_data_folder, read_units
from tests.helpers import REPOSITORY

WORDS = [f"{c1}{v1}{c2}{v2}" for c1 in "ptk" for v1 in "aiu" for c2 in "mnŋ" for v2 in "aiu"]
PAIRS = "id\tur\tsr\tgloss\n" + "".join(f"w{n}\t{w}\t{w.replace('ti', 'si')}\tgloss {n}\n" for n, w in enumerate(WORDS))


def table(path):
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]


def samples(folder, split, form):
    """What fairseq reads, as segments."""
    from fairseq.data import Dictionary, data_utils

    dictionary = Dictionary.load(str(folder / "bin" / f"dict.{form}.txt"))
    dataset = data_utils.load_indexed_dataset(str(folder / "bin" / f"{split}.ur-sr.{form}"), dictionary)
    return [dictionary.string(dataset[n], unk_string="<unk>") for n in range(len(dataset))]


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def run(arguments, folder, stdout=subprocess.PIPE, **environment):
    """The command in a process and a folder of its own; what it printed, if that goes to no other place."""
    code = (
        "import sys; sys.argv[0] = 'fairseq-phonology'; from fairseq_phonology.commands import main; sys.exit(main())"
    )
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), **environment}
    command = [sys.executable, "-c", code, *arguments]
    result = subprocess.run(command, cwd=folder, env=environment, stdout=stdout, check=True)
    return None if result.stdout is None else result.stdout.decode("utf-8")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "pairs.tsv").write_text(PAIRS, encoding="utf-8")
    options = ["--split", ".8,.1,.1", "--seed", "3", "--ur-units", "ipa", "--sr-units", "ipa"]
    assert main(["prepare", str(folder / "pairs.tsv"), *options, "--dest", str(folder / "data")]) == 0
    return folder / "data"


def test_row_n_of_the_table_is_fairseqs_sample_n(prepared):
    for split in ("train", "valid", "test"):
        header, *rows = table(prepared / f"{split}.tsv")
        assert header == ["id", "ur", "sr", "ur_text", "sr_text", "gloss"]
        for column, form in ((1, "ur"), (2, "sr")):
            assert [row[column] for row in rows] == samples(prepared, split, form)
            assert [row[column] for row in rows] == (prepared / f"{split}.{form}").read_text("utf-8").splitlines()


def test_every_word_is_in_one_split_with_its_columns(prepared):
    rows = [row for split in ("train", "valid", "test") for row in table(prepared / f"{split}.tsv")[1:]]
    assert sorted((row[0], row[3], row[5]) for row in rows) == sorted(
        (f"w{n}", word, f"gloss {n}") for n, word in enumerate(WORDS)
    )
    assert [len(table(prepared / f"{split}.tsv")) - 1 for split in ("train", "valid", "test")] == [65, 8, 8]


def test_dictionaries_hold_segments_only(prepared):
    segments = {line.split(" ")[0] for line in (prepared / "bin" / "dict.ur.txt").read_text("utf-8").splitlines()}
    assert segments == set("ptkmnŋaiu")
    assert read_units(prepared / "bin") == Units("ipa", "ipa")


def test_same_result_from_another_folder_in_the_c_locale(prepared, tmp_path):
    (tmp_path / "pairs.tsv").write_text(PAIRS, encoding="utf-8")
    options = ["--split", ".8,.1,.1", "--seed", "3", "--ur-units", "ipa", "--sr-units", "ipa", "--dest", "new/data"]
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONHASHSEED": "7"}
    out = run(["prepare", "pairs.tsv", *options], tmp_path, **locale)
    assert contents(tmp_path / "new" / "data") == contents(prepared)
    assert "ŋ" in out
    assert "next: fairseq-train new/data/bin --user-dir" in out


@pytest.fixture(scope="module")
def new_words(prepared, tmp_path_factory):
    """Test lists for the trained model: one with SRs, one without; made without saying how they are written."""
    folder = tmp_path_factory.mktemp("new")
    (folder / "a.tsv").write_text(f"{WORDS[0]}\t{WORDS[0]}\nxaxa\tkaxa\n{WORDS[0]}\t{WORDS[0]}\n", encoding="utf-8")
    (folder / "b.tsv").write_text("ur\tclass\ntuka\tA\n", encoding="utf-8")
    lists = ["--test", str(folder / "a.tsv"), "--test", str(folder / "b.tsv")]
    return folder / "data", run(["prepare", *lists, "--dictionaries", str(prepared), "--dest", "data"], folder)


def test_new_words_keep_order_and_doublets(new_words):
    folder, _ = new_words
    assert [row[:3] for row in table(folder / "test.tsv")[1:]] == [
        ["test-0", "p a m a", "p a m a"],
        ["test-1", "x a x a", "k a x a"],
        ["test-2", "p a m a", "p a m a"],
    ]
    assert samples(folder, "test", "ur") == ["p a m a", "<unk> a <unk> a", "p a m a"]


def test_new_words_without_sr_are_underlying_forms_only(new_words):
    folder, _ = new_words
    assert table(folder / "test1.tsv") == [["id", "ur", "ur_text", "class"], ["test1-0", "t u k a", "tuka", "A"]]
    assert samples(folder, "test1", "ur") == ["t u k a"]
    assert not list(folder.glob("**/test1*sr.sr*")) and not (folder / "test1.sr").exists()


def test_new_words_get_the_models_dictionaries_to_the_byte(prepared, new_words):
    for name in ("dict.ur.txt", "dict.sr.txt"):
        assert (new_words[0] / "bin" / name).read_bytes() == (prepared / "bin" / name).read_bytes()


def test_unknown_segments_of_new_words_are_named(new_words):
    _, out = new_words
    assert "underlying segments of test that are not in the dictionaries: 1 (x 2), in 1 word, read as <unk>" in out
    assert (
        "surface segments of test that are not in the dictionaries: 1 (x 1), in 1 word, which the model cannot produce"
        in out
    )
    assert "next: fairseq-generate data/bin --user-dir" in out and "--gen-subset test " in out


def test_overwrite_replaces_the_whole_folder(prepared, tmp_path, capsys):
    (tmp_path / "one.tsv").write_text("pa\tpa\n", encoding="utf-8")
    dest = tmp_path / "data"
    (dest / "bin").mkdir(parents=True)
    (dest / "train.tsv").write_text("old", encoding="utf-8")
    options = ["--dictionaries", str(prepared / "bin"), "--dest", str(dest)]
    assert main(["prepare", str(tmp_path / "one.tsv"), *options]) == 2
    assert "is not empty (it holds bin); name another folder or add --overwrite" in capsys.readouterr().err
    assert main(["prepare", str(tmp_path / "one.tsv"), *options, "--overwrite"]) == 0
    assert not (dest / "train.tsv").exists()
    assert samples(dest, "test", "sr") == ["p a"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "one.tsv"]


def test_a_reader_that_has_seen_enough_costs_nothing(prepared, tmp_path):
    (tmp_path / "pairs.tsv").write_text(PAIRS, encoding="utf-8")
    options = ["--split", ".8,.1,.1", "--seed", "3", "--ur-units", "ipa", "--sr-units", "ipa", "--dest", "data"]
    reading, writing = os.pipe()
    os.close(reading)
    assert run(["prepare", "pairs.tsv", *options], tmp_path, stdout=writing, PYTHONUNBUFFERED="1") is None
    os.close(writing)
    assert contents(tmp_path / "data") == contents(prepared)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "ur\nk a m a\nt i n a\n",
            "no word consists of the model's segments (k a m a, t i n a); --ur-units is grapheme",
        ),
        (
            "ur\tsr\nkama\tk a m a\n",
            "no SR consists of the model's segments (k a m a); --sr-units is grapheme; space would fit",
        ),
        ("ur\n학문\n국물\n밥물\n", "segments (학문, 국물, ...); --ur-units is grapheme; allowed: space, ipa"),
    ],
)
def test_a_list_in_other_units_than_the_models_is_refused(prepared, tmp_path, capsys, text, message):
    (tmp_path / "own.tsv").write_text(text, encoding="utf-8")
    options = ["--dictionaries", str(prepared), "--dest", str(tmp_path / "data")]
    units = ["--ur-units", "grapheme", "--sr-units", "grapheme"]
    assert main(["prepare", str(tmp_path / "own.tsv"), *options, *units]) == 2
    assert message in capsys.readouterr().err and not (tmp_path / "data").exists()


def test_words_with_a_new_segment_each_are_let_through(prepared, tmp_path, capsys):
    (tmp_path / "new.tsv").write_text("ur\ttarget_class\nxaka\tT\npaxa\tT\n", encoding="utf-8")
    options = ["--dictionaries", str(prepared), "--dest", str(tmp_path / "new-data")]
    assert main(["prepare", str(tmp_path / "new.tsv"), *options]) == 0
    assert f"--save-attention {tmp_path / 'new-attention'}" in capsys.readouterr().out


# ---- refusals: nothing is written

_NO_SR = "ur.tsv: has no SRs, and train needs them; only test words may be without"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no word list; give PAIRS with --split, or --train, --valid and --test"),
        (
            ["ok.tsv"],
            "PAIRS needs --split (as in --split .8,.1,.1) or, as a test list for a trained model, --dictionaries",
        ),
        (
            ["ok.tsv", "--train", "ok.tsv"],
            "found PAIRS and --train, --valid or --test; allowed: PAIRS, or the lists already split",
        ),
        (["--train", "ok.tsv"], "no --valid; give it, for the best model is chosen on it"),
        (["--test", "ok.tsv"], "no --train; give it, or --dictionaries to make a test list for a trained model"),
        (["--train", "ok.tsv", "--valid", "ok.tsv", "--split", "1,1"], "found --split without PAIRS; --train, --valid"),
        (["ok.tsv", "--split", ".8,x"], "--split is '.8,x'; allowed: two or three positive numbers, as in .8,.1,.1"),
        (["ok.tsv", "--split", "1,-1"], "--split is '1,-1'; allowed: two or three positive numbers"),
        (["ok.tsv", "--split", ".8,.1,.1"], "2 different URs are too few to split 0.8,0.1,0.1: every part needs one"),
        (["bad.tsv", "--split", ".5,.5"], "bad.tsv, line 2: the SR is empty; it needs one segment or more"),
        (["ur.tsv", "--split", ".5,.5"], f"{_NO_SR} (one column was found; --separator)"),
        (["one.tsv", "--split", ".5,.5"], "one.tsv: has no SRs, and train needs them; only test words may be without"),
        (
            ["ok.tsv", "--dictionaries", "."],
            ".: expected dict.ur.txt and dict.sr.txt; dictionaries found here: dict.src.txt",
        ),
        (["ok.tsv", "--split", ".5,.5", "--source-lang", "a"], "found --source-lang or --target-lang without --dict"),
        (["nowhere.tsv", "--split", ".5,.5"], "nowhere.tsv: No such file or directory"),
    ],
    ids=[
        *("no-list", "no-split", "pairs-and-train", "no-valid", "no-train", "split-twice", "split-word"),
        *(
            "split-negative",
            "too-few",
            "bad-line",
            "no-tab",
            "no-sr",
            "other-dictionaries",
            "no-dictionaries",
            "no-file",
        ),
    ],
)
def test_refused_in_one_line_and_nothing_written(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ok.tsv").write_text("k a\tg a\nt a\td a\n", encoding="utf-8")
    (tmp_path / "bad.tsv").write_text("k a\tg a\nt a\t \n", encoding="utf-8")
    (tmp_path / "ur.tsv").write_text("k a: g a\n", encoding="utf-8")
    (tmp_path / "one.tsv").write_text("ur\tgloss\nk a\tx\n", encoding="utf-8")
    (tmp_path / "dict.src.txt").write_text("k 1\n", encoding="utf-8")
    assert main(["prepare", *arguments, "--dest", "new"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"fairseq-phonology prepare: error: {message}")
    lists = ["bad.tsv", "dict.src.txt", "ok.tsv", "one.tsv", "ur.tsv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == lists


def test_overwrite_never_deletes_what_prepare_did_not_make(tmp_path, capsys):
    (tmp_path / "thesis.doc").write_text("x", encoding="utf-8")
    with (
        pytest.raises(InputError, match=r"holds thesis\.doc, which prepare did not make"),
        new_data_folder(tmp_path, True),
    ):
        pass
    (tmp_path / "train.tsv").write_text("k a\tg a\n", encoding="utf-8")
    options = ["--dest", str(tmp_path), "--overwrite"]
    assert main(["prepare", str(tmp_path / "train.tsv"), "--split", "1,1", *options]) == 2
    assert f"lies in --dest {tmp_path}, which is replaced; move it to another folder" in capsys.readouterr().err


def test_folder_vanishes_when_something_fails(tmp_path):
    with pytest.raises(KeyboardInterrupt), new_data_folder(tmp_path / "a" / "data", False) as folder:
        (folder / "x").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_name_that_fairseq_would_cut(tmp_path):
    with pytest.raises(InputError, match="fairseq takes ':' in a data path"), new_data_folder(tmp_path / "a:b", False):
        pass


def test_data_without_a_record(tmp_path):
    assert read_units(tmp_path) is None
    (tmp_path / "prepare.json").write_text("{}", encoding="utf-8")
    assert read_units(tmp_path) is None


@pytest.mark.parametrize("name", ALWAYS)
def test_how_words_are_cut_is_not_guessed(tmp_path, name):
    units = {"ur": "ipa", "sr": "ipa", "keep_edges": True}
    (tmp_path / "prepare.json").write_text(json.dumps({"units": units}))
    assert read_units(tmp_path) == Units("ipa", "ipa", True)
    del units[name]
    (tmp_path / "prepare.json").write_text(json.dumps({"units": units}))
    with pytest.raises(InputError, match=rf"is no record of prepare: units lacks '{name}'"):
        read_units(tmp_path)
