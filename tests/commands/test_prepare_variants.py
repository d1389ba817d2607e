"""prepare --weight: several SRs of a UR, from the list to what fairseq reads."""

import json
from collections import Counter

import pytest

from fairseq_phonology.commands import main
from fairseq_phonology.corpus.variants import read_variants
from fairseq_phonology.errors import InputError
from fairseq_phonology.training.binarize import variants_of
from tests.commands.test_prepare import WORDS, quick, samples, table  # noqa: F401 (a fixture)

VARIED = "id\tur\tsr\tp\n" + "".join(
    f"{n}.1\t{' '.join(w)}\t{' '.join(w)}\t{0.75 if n % 3 == 0 else 1}\n"
    + (f"{n}.2\t{' '.join(w)}\t{' '.join(w[:2])}\t0.25\n" if n % 3 == 0 else "")
    for n, w in enumerate(WORDS)
)


def prepared(folder, text, *options, split=("--split", ".8,.1,.1")):
    (folder / "list.tsv").write_text(text, encoding="utf-8")
    return main(["prepare", str(folder / "list.tsv"), *split, *options, "--dest", str(folder / "data")])


@pytest.fixture(scope="module")
def varied(tmp_path_factory):
    folder = tmp_path_factory.mktemp("varied")
    assert prepared(folder, VARIED, "--weight", "p") == 0
    return folder / "data"


def test_what_fairseq_reads(varied):
    header, *rows = table(varied / "train.tsv")
    for column, form in ((1, "ur"), (2, "sr")):
        assert [row[column] for row in rows] == samples(varied, "train", form)
    assert header == ["id", "ur", "sr", "p"] and len({row[0] for row in rows}) == len(rows)
    by_ur = {}
    for _, ur, sr, _ in rows:
        by_ur.setdefault(ur, Counter())[sr] += 1
    assert {tuple(sorted(found.values())) for found in by_ur.values()} == {(4,), (1, 3)}
    for split in ("valid", "test"):
        words = [row[1] for row in table(varied / f"{split}.tsv")[1:]]
        assert len(set(words)) == len(words) and not set(words) & set(by_ur)
        assert all(row[1] == row[2] for row in table(varied / f"{split}.tsv")[1:])


def test_the_dictionary_of_variants_is_beside_the_data(varied):
    found = variants_of(varied / "bin")
    assert found == read_variants(varied / "variants.tsv") and len(found) == 27
    trained = {tuple(row[1].split()) for row in table(varied / "train.tsv")[1:]}
    for ur, (first, second) in found.items():
        assert (first.share, second.share, second.sr) == (0.75, 0.25, ur[:2])
        assert (first.pairs, second.pairs) == ((3, 1) if ur in trained else (0, 0))
    record = json.loads((varied / "bin" / "prepare.json").read_text(encoding="utf-8"))
    assert list(record) == ["units", "variants_sha256", "sha256"]


def test_a_changed_or_missing_dictionary_is_refused(varied):
    path = varied / "variants.tsv"
    there = path.read_bytes()
    try:
        path.write_bytes(there.replace(b"0.75", b"0.76", 1))
        with pytest.raises(InputError, match="is not the one that prepare made with"):
            variants_of(varied / "bin")
        path.unlink()
        with pytest.raises(InputError, match=r"variants\.tsv: is missing, and"):
            variants_of(varied / "bin")
    finally:
        path.write_bytes(there)


@pytest.mark.usefixtures("quick")
def test_new_words_for_a_model_with_variants(varied, tmp_path, capsys):
    text = f"ur\tsr\tn\n{' '.join(WORDS[0])}\tp a\t1\n{' '.join(WORDS[0])}\tp i\t2\n"
    model = ("--dictionaries", str(varied / "bin"))
    assert prepared(tmp_path, text, split=model) == 0
    assert "the model was trained with variants, and each of these words is compared with its own SR alone" in (
        capsys.readouterr().out
    )
    assert prepared(tmp_path, text, "--weight", "n", "--overwrite", split=model) == 0
    out = capsys.readouterr().out
    assert "was trained with variants" not in out and "test: lines as they are; any variant is right\n" in out
    assert "-> p i .67, p a .33\n" in out
    assert [row[2] for row in table(tmp_path / "data" / "test.tsv")[1:]] == ["p a", "p i"]


@pytest.mark.usefixtures("quick")
def test_equal_weights_need_no_column(tmp_path, capsys):
    for name, lines in (("u", ["p a", "p a", "p a", "t a"]), ("s", ["p a", "p a", "p i", "t a"])):
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
    parallel = f"{tmp_path / 'u'},{tmp_path / 's'}"
    arguments = ["prepare", "--train", parallel, "--valid", parallel, "--weight", "equal"]
    assert main([*arguments, "--dest", str(tmp_path / "d")]) == 0
    assert "training pairs: 6 of 2 URs, 3 each, the SRs of each in proportion" in capsys.readouterr().out
    assert [row[2] for row in table(tmp_path / "d" / "train.tsv")[1:]] == ["p a", "p a", "p i", "t a", "t a", "t a"]
    assert len(table(tmp_path / "d" / "valid.tsv")) == 5


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (("", ""), ["--weight", "q"], "--weight is 'q'; columns found: 1 id, 2 ur, 3 sr, 4 p"),
        (("\t0.25", "\t"), ["--weight", "p"], "line 3: p is ''; allowed for --weight: a number, 0 or more"),
        (("\t0.25", "\t-1"), ["--weight", "p"], "line 3: p is '-1'; allowed for --weight: a number, 0 or more"),
        (("\t0.25", "\tnan"), ["--weight", "p"], "line 3: p is 'nan'; allowed for --weight: a number, 0 or more"),
        (("\t0.25", "\t0"), ["--weight", "p"], "-> p a, which has other SRs, too: a variant of weight 0 never"),
        (("", ""), ["--weight", "p", "--split-by", "id"], "line 3: p a m a has variants in id 0.2 and 0.1 (line 2)"),
        (("", ""), ["--variants", "draw"], "found --variants without --weight"),
        (("", ""), ["--pairs-per-ur", "3"], "found --pairs-per-ur without --weight"),
        (("", ""), ["--weight", "p", "--pairs-per-ur", "0"], "--pairs-per-ur is 0; allowed: 1 or more"),
    ],
)
def test_bad_weights(tmp_path, capsys, change, options, message):
    assert prepared(tmp_path, VARIED.replace(*change), *options) == 2
    printed = capsys.readouterr().err
    assert message in printed and printed.count("\n") == 1 and not (tmp_path / "data").exists()


@pytest.mark.usefixtures("quick")
def test_draws(tmp_path, capsys):
    assert prepared(tmp_path, VARIED, "--weight", "p", "--variants", "draw", "--pairs-per-ur", "2") == 0
    assert "2 each, the SR of each drawn by the weights; " in capsys.readouterr().out
    words = Counter(row[1] for row in table(tmp_path / "data" / "train.tsv")[1:])
    assert set(words.values()) == {2}


def test_without_several_srs_nothing_is_added(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "fairseq_phonology.training.binarize._preprocess", lambda folder, dest, *_: (folder / dest).mkdir()
    )
    single = "".join(line for line in VARIED.splitlines(keepends=True) if ".2\t" not in line)
    assert prepared(tmp_path, single, "--weight", "p") == 0
    assert not (tmp_path / "data" / "variants.tsv").exists() and len(table(tmp_path / "data" / "train.tsv")) == 66
    assert list(json.loads((tmp_path / "data" / "bin" / "prepare.json").read_text())) == ["units", "sha256"]


@pytest.mark.usefixtures("quick")
def test_the_table_of_the_model_is_not_needed_for_words_of_ones_own(varied, tmp_path, capsys):
    (varied / "variants.tsv").rename(tmp_path / "away")
    try:
        text = f"ur\tsr\n{' '.join(WORDS[0])}\tp a\n"
        assert prepared(tmp_path, text, split=("--dictionaries", str(varied / "bin"))) == 0
        assert "the model was trained with variants" in capsys.readouterr().out
    finally:
        (tmp_path / "away").rename(varied / "variants.tsv")
