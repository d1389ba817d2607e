"""prepare: what it writes is what fairseq reads, row by row; what it cannot use it names, and leaves nothing behind."""

import json
import os
import re
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
        (["ok.tsv", "--split", ".8,.1_0"], "--split is '.8,.1_0'; allowed: two or three positive numbers"),
        (
            ["ok.tsv", "--split", ".8,.1,.2"],
            "--split is '.8,.1,.2', and the sum is 1.1; allowed: shares that sum to 1,",
        ),
        (
            ["ok.tsv", "--split", ".3,.3,.3"],
            "--split is '.3,.3,.3', and the sum is 0.9; allowed: shares that sum to 1,",
        ),
        (["ok.tsv", "--split", "80,10.5"], "--split is '80,10.5', and the sum is 90.5; allowed: shares that sum to 1,"),
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
            "split-numeral",
            "split-too-much",
            "split-too-little",
            "split-percentages",
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


# ---- tables of every kind


def prepared_list(folder, text, *options, split="1,1"):
    """What the verb prints for a list, and its folder; binarizing left out."""
    (folder / "list.tsv").write_text(text, encoding="utf-8")
    return main(["prepare", str(folder / "list.tsv"), "--split", split, *options, "--dest", str(folder / "data")])


@pytest.fixture
def quick(monkeypatch):
    """fairseq-preprocess takes seconds, and reads the same in every test."""
    monkeypatch.setattr("fairseq_phonology.commands.prepare.binarize", lambda *_: None)


UNIMORPH = "".join(f"{w}\t{w}s\tV;PST\n{w}\t{w}z\tV.PTCP;PST\n" for w in WORDS[:12])
SPELLED = ["--ur-units", "grapheme", "--sr-units", "grapheme"]


@pytest.mark.usefixtures("quick")
def test_tags_become_symbols_and_lemmas_stay_together(tmp_path, capsys):
    assert prepared_list(tmp_path, UNIMORPH, *SPELLED, "--tag-columns", "3", "--split-by", "1") == 0
    rows = [table(tmp_path / "data" / f"{split}.tsv") for split in ("train", "valid")]
    assert rows[0][0] == ["id", "ur", "sr", "ur_text", "sr_text", "column3"]
    assert {tuple(row[1].split()[4:]) for row in rows[0][1:]} == {("<V>", "<PST>"), ("<V.PTCP>", "<PST>")}
    lemmas = [{row[3] for row in part[1:]} for part in rows]
    assert [len(part) for part in rows] == [13, 13] and not lemmas[0] & lemmas[1]
    out = capsys.readouterr().out
    assert "list.tsv: symbols behind the URs: <PST> 24, <V> 12, <V.PTCP> 12\n" in out
    assert "conflicts: URs with several SRs, of which a model can get one right: 0\n" in out


@pytest.mark.usefixtures("quick")
def test_tags_are_kept_whole_by_option(tmp_path):
    assert prepared_list(tmp_path, UNIMORPH, *SPELLED, "--tag-columns", "3", "--whole-tags") == 0
    assert {row[1].split()[4:][0] for row in table(tmp_path / "data" / "train.tsv")[1:]} == {"<V;PST>", "<V.PTCP;PST>"}


@pytest.mark.usefixtures("quick")
def test_blanks_of_tags_and_words_without(tmp_path, capsys):
    text = "ur\tsr\ttense\tn\nk a\tg a\tpast tense\t1\nt a\td a\t\t2\n"
    assert prepared_list(tmp_path, text, "--tag-columns", "tense,n") == 0
    said = "symbols behind the URs: <past_tense> 1, <1> 1, <2> 1\n"
    assert said in capsys.readouterr().out
    (tmp_path / "more").mkdir()
    assert prepared_list(tmp_path / "more", text, "--tag-columns", "tense") == 0
    assert "symbols behind the URs: <past_tense> 1; 1 word without\n" in capsys.readouterr().out
    assert prepared_list(tmp_path, text.replace("past tense", "s"), "--tag-columns", "tense", "--overwrite") == 2
    assert "line 2: tag: '<s>' in '<s>' is one of fairseq's own symbols" in capsys.readouterr().err


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("split", "said"),
    [
        (".5,.5", ""),
        ("50,50", ""),
        ("62.5,37.5", ""),
        (".67,.33", ""),
        (".5,.25,.25", ""),
        (".33,.33,.33", "--split .33,.33,.33: the sum is 0.99; taken as 33.33 %, 33.33 % and 33.33 %\n"),
        ("33.3,33.3,33.3", "--split 33.3,33.3,33.3: the sum is 99.9; taken as 33.33 %, 33.33 % and 33.33 %\n"),
        ("2,1,1", "--split 2,1,1: the sum is 4; taken as 50.00 %, 25.00 % and 25.00 %\n"),
        ("80,10,20", "--split 80,10,20: the sum is 110; taken as 72.73 %, 9.09 % and 18.18 %\n"),
    ],
)
def test_what_split_is_taken_for(tmp_path, capsys, split, said):
    text = "UF\tSF\n" + "".join(f"{s} a\t{s} a\n" for s in "p t k b d ɡ m n l s".split())
    assert prepared_list(tmp_path, text, split=split) == 0
    printed = capsys.readouterr().out
    assert ("--split" in printed.partition("written:")[0]) == bool(said) and said in printed


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("weight", "said"),
    [
        (["3,5", "1,25"], "list.tsv: 2 numbers of Freq with a decimal comma\n"),
        (["3.5", "1.25"], "3.5 of the weight (73.68 %)"),
        (["1,396", "2"], "line 2: Freq is '1,396', which may be 1396 or 1.396; write it without comma"),
        (["many", "2"], "line 2: Freq is 'many'; allowed for --weight: a number, 0 or more"),
        (["2", "1_0"], "line 3: Freq is '1_0'; allowed for --weight: a number, 0 or more"),
        (["-1", "2"], "line 2: Freq is '-1'; allowed for --weight: a number, 0 or more"),
    ],
)
def test_weights(tmp_path, capsys, weight, said):
    text = f"UF\tSF\tFreq\nk a\tg a\t{weight[0]}\nt a\td a\t{weight[1]}\n"
    status = prepared_list(tmp_path, text, "--weight", "Freq")
    printed = capsys.readouterr()
    assert said in (printed.err if status else printed.out)
    if not status:
        assert table(tmp_path / "data" / "train.tsv")[0] == ["id", "ur", "sr", "Freq"]


@pytest.mark.usefixtures("quick")
def test_repeated_splits(tmp_path, capsys):
    options = [*SPELLED, "--repeats", "3", "--seed", "5"]
    assert prepared_list(tmp_path, UNIMORPH, *options) == 0
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["split-1", "split-2", "split-3"]
    out = capsys.readouterr().out
    assert "\nsplit-2:\ntrain " in out and f"fairseq-train {tmp_path / 'data' / 'split-1' / 'bin'}" in out
    trains = [(tmp_path / "data" / f"split-{n}" / "train.tsv").read_text("utf-8") for n in (1, 2, 3)]
    assert len(set(trains)) == 3 and all("train-0\t" in train for train in trains)
    (tmp_path / "one").mkdir()
    assert prepared_list(tmp_path / "one", UNIMORPH, *SPELLED, "--seed", "6") == 0
    assert (tmp_path / "one" / "data" / "train.tsv").read_text("utf-8") == trains[1]
    assert prepared_list(tmp_path, UNIMORPH, *options, "--overwrite") == 0


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("aard\taarden\tN;PL\nbeen\tbenen\tN;PL\n", [], "give --ur-units grapheme (a spelling) or ipa"),
        ("ur\tsr\n책 넣는다\t챙 넌는다\n", ["--ur-units", "hangul-ur"], "'책 넣는다' has a blank; --phrases reads the"),
        ("ur\tsr\nka\tk\u200ba\n", ["--ur-units", "ipa"], "contains U+200B (zero width space), which is not seen"),
        ("id\tlemma\tx\nw1\tw a\tx\n", ["--ur-column", "lemma"], "has no SRs, and train needs them"),
        ("k\tg\nt\td\n", ["--repeats", "0"], "--repeats is 0; allowed: 1 or more"),
    ],
)
def test_what_cannot_be_read_names_the_option(tmp_path, capsys, text, options, message):
    assert prepared_list(tmp_path, text, *options) == 2
    assert message in capsys.readouterr().err and not (tmp_path / "data").exists()


@pytest.mark.usefixtures("quick")
def test_phrases(tmp_path):
    units = ["--ur-units", "hangul-ur", "--sr-units", "hangul-ur", "--phrases"]
    assert prepared_list(tmp_path, "ur\tsr\n책 넣는다\t챙 넌는다\n국물\t궁물\n", *units) == 0
    rows = {row[3]: row[1:3] for split in ("train", "valid") for row in table(tmp_path / "data" / f"{split}.tsv")[1:]}
    assert rows["책 넣는다"] == ["t͡ɕʰ ɛ k # n ʌ h n ɯ n t a", "t͡ɕʰ ɛ ŋ # n ʌ n n ɯ n t a"]


@pytest.mark.usefixtures("quick")
def test_what_was_left_out_stays_beside_the_word(tmp_path):
    assert prepared_list(tmp_path, "ur\tsr\nk a . g a\tˈk a\nt a\tt a\n", "--strip", ". ˈ", "--normalize-ipa") == 0
    rows = [row for split in ("train", "valid") for row in table(tmp_path / "data" / f"{split}.tsv")]
    assert rows[0][1:] == ["ur", "sr", "ur_text", "sr_text"]
    assert ["k a ɡ a", "k a", "k a . g a", "ˈk a"] in [row[1:] for row in rows]


def test_how_words_were_written_is_remembered(tmp_path, capsys, request):
    """A profile travels with the dictionaries, and signs are left out of new words, too."""
    (tmp_path / "profile.tsv").write_text("Grapheme\tIPA\nch\tx\nk\tk\na\ta\nt\tt\n", encoding="utf-8")
    options = ["--profile", str(tmp_path / "profile.tsv"), "--profile-column", "IPA", "--strip", "."]
    text = "ur\tsr\ttag\nka.cha\tka\tPST\ncha\tta\tPST\ntaka\ta\tPST\n"
    assert prepared_list(tmp_path, text, *options, "--tag-columns", "tag") == 0
    (tmp_path / "profile.tsv").unlink()
    (tmp_path / "new.tsv").write_text("ur\nka.ch\n", encoding="utf-8")
    dest = ["--dictionaries", str(tmp_path / "data"), "--dest", str(tmp_path / "new")]
    request.getfixturevalue("quick")
    assert main(["prepare", str(tmp_path / "new.tsv"), *dest]) == 0
    assert table(tmp_path / "new" / "test.tsv")[1][1] == "k a x"
    out = capsys.readouterr().out
    assert "--strip left out . 1" in out
    assert "no UR has a symbol such as <PST>, which the model was trained with (--tag-columns)" in out


def test_words_for_a_model_of_other_language_names(prepared, tmp_path, monkeypatch, capsys):
    """As of the baseline of SIGMORPHON 2020 (``dict.ady.graphemes.txt``); what is made has its names again."""
    names = {"ur": "xx.g", "sr": "xx.p"}
    model = tmp_path / "model"
    model.mkdir()
    for form, name in names.items():
        text = (prepared / "bin" / f"dict.{form}.txt").read_text(encoding="utf-8")
        (model / f"dict.{name}.txt").write_text(text.replace("\n", " #fairseq:overwrite\n", 1), encoding="utf-8")
    (tmp_path / "new.tsv").write_text("ur\tsr\np a t\tp a t\n", encoding="utf-8")
    (tmp_path / "unpaired.tsv").write_text("ur\nt a p\n", encoding="utf-8")
    options = ["--dictionaries", "model", "--test", "new.tsv", "--test", "unpaired.tsv", "--dest", "data"]
    monkeypatch.chdir(tmp_path)
    assert main(["prepare", *options]) == 2
    assert "which side is underlying?" in capsys.readouterr().err and not (tmp_path / "data").exists()
    (model / "train.xx.g-xx.p.xx.g.idx").touch()
    assert main(["prepare", *options]) == 0
    out = capsys.readouterr().out
    assert f"dictionaries: dict.xx.g.txt (underlying) and dict.xx.p.txt (surface) of {model.resolve()}" in out
    assert "--task phonology --source-lang xx.g --target-lang xx.p --path CHECKPOINT" in out
    made = {path.name for path in (tmp_path / "data" / "bin").iterdir()}
    data = {f"test.xx.g-xx.p.{name}.{ending}" for name in names.values() for ending in ("bin", "idx")}
    assert made == data | {"prepare.json", *(f"dict.{name}.txt" for name in names.values())} | {
        f"test1.xx.g-xx.p.xx.g.{ending}" for ending in ("bin", "idx")
    }
    for name in names.values():
        assert (tmp_path / "data" / "bin" / f"dict.{name}.txt").read_bytes() == (
            model / f"dict.{name}.txt"
        ).read_bytes()


def test_units_of_a_profile_that_nobody_named_are_said(tmp_path, capsys):
    profile, pairs = tmp_path / "profile.tsv", tmp_path / "pairs.tsv"
    profile.write_text("Grapheme\nk\na\nt\n", encoding="utf-8")
    pairs.write_text("ur\tsr\n" + "".join(f"{w}\t{w}\n" for w in ("ka", "ta", "kata", "taka")), encoding="utf-8")
    options = [str(pairs), "--profile", str(profile), "--split", ".5,.5", "--dest", str(tmp_path / "data")]
    assert main(["prepare", *options]) == 0
    said = "--ur-units and --sr-units: profile, since there is one (--profile) and no other was given"
    assert said in capsys.readouterr().out
    pairs.write_text("ur\tsr\n" + "".join(f"{w}\t{' '.join(w)}θ\n" for w in ("kata", "taka")), encoding="utf-8")
    assert main(["prepare", *options, "--ur-units", "profile", "--overwrite"]) == 2
    assert "give --sr-units space" in capsys.readouterr().err
    pairs.write_text("ur\tsr\nka ta θa\tka\ntaka\tka\n", encoding="utf-8")
    assert main(["prepare", *options, "--overwrite"]) == 2
    assert "'ka ta θa': 'θ' (U+03B8) begins no grapheme of" in capsys.readouterr().err


def test_fewer_training_words_with_the_dictionaries_of_all(prepared, tmp_path, capsys):
    options = ["--split", ".8,.1,.1", "--seed", "3", "--ur-units", "ipa", "--sr-units", "ipa", "--train-size"]
    pairs = str(prepared.parent / "pairs.tsv")
    assert main(["prepare", pairs, *options, "2", "--dest", str(tmp_path / "data")]) == 0
    said = capsys.readouterr().out
    whole, some = (table(folder / "train.tsv") for folder in (prepared, tmp_path / "data"))
    assert len(some) == 3
    assert all(row in whole for row in some)
    for name, content in contents(prepared).items():
        if not re.match(r"(bin/)?(train\.|prepare\.json)", name):
            assert (tmp_path / "data" / name).read_bytes() == content, name
    assert set(contents(prepared)) == set(contents(tmp_path / "data"))
    assert f"training words: 2 of {len(whole) - 1}; the dictionaries have the segments of all" in said
    left = {s for row in whole[1:] for s in row[1].split()} - {s for row in some[1:] for s in row[1].split()}
    line = next(line for line in said.splitlines() if line.startswith("never trained: underlying"))
    assert f"alone: {len(left)} (" in line
    assert all(f"{segment} " in line for segment in left)
    assert "not in the training words" not in said


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--split", ".8,.2", "--train-size", "0"], "--train-size is 0; allowed: 1 or more"),
        (["--split", ".8,.2", "--train-size", "9999"], "--train-size is 9999; there are"),
        (
            ["--dictionaries", "x", "--train-size", "5"],
            "found --train-size without training words (--split, or --train)",
        ),
    ],
)
def test_training_words_that_there_are_not(prepared, tmp_path, capsys, options, message):
    dest = tmp_path / "data"
    assert (
        main(
            [
                "prepare",
                str(prepared.parent / "pairs.tsv"),
                "--ur-units",
                "ipa",
                "--sr-units",
                "ipa",
                *options,
                "--dest",
                str(dest),
            ]
        )
        == 2
    )
    assert message in capsys.readouterr().err
    assert not dest.exists()


@pytest.mark.parametrize("name", ALWAYS)
def test_how_words_are_cut_is_not_guessed(tmp_path, name):
    units = {"ur": "ipa", "sr": "ipa", "keep_edges": True}
    (tmp_path / "prepare.json").write_text(json.dumps({"units": units}))
    assert read_units(tmp_path) == Units("ipa", "ipa", True)
    del units[name]
    (tmp_path / "prepare.json").write_text(json.dumps({"units": units}))
    with pytest.raises(InputError, match=rf"is no record of prepare: units lacks '{name}'"):
        read_units(tmp_path)
