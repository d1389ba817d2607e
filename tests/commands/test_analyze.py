"""``fairseq-phonology analyze`` from end to end on planted dumps: every file, every refusal, the same bytes."""

import contextlib
import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fairseq_phonology import commands
from fairseq_phonology.commands import main
from fairseq_phonology.stimuli.items import Item, write_stimuli
from tests.helpers import EXAMPLES, planted
from tests.helpers.planted import Effect
from tests.helpers.toy_grammar import PROGRESSIVE, REGRESSIVE

GRAMMAR = """
language = "Toy"
citation = "Nobody 2000"
[inventory]
segments = "p t k s f h m n ŋ l a i u"
[[process]]
name = "nasalization"
rules = [{rules}]
[[process]]
name = "lowering"
optional = true
rules = "i -> a / h _"
[controls.nasalization]
target = ["m", "ŋ"]
trigger = ["s", "f"]
"""
EFFECTS = [Effect("response", 5.0, 1, 1), Effect("inspection", 4.0, 1, 2), Effect("salience", 4.0, 1, 3)]
EFFECTS += [Effect("offset", 5.0, 1, 4)]
HEADS = "contrast,kind,query,layer,head,mean_TR,mean_TN,mean_CR,mean_CN,estimate_log_odds,low_log_odds,high_log_odds,"
EVENTS = "id,kind,layer,head,query,cell,status,target,trigger,offset,log_odds,mass,raw_mass,eos_mass,log_ratio,entropy,"
EVENTS += "stem,suffix"
WORDS = "id,ur,surface,reference,correct,cell,status,step,target_index,trigger_index,target,trigger,ambiguous,stem,"
WORDS += "suffix"
FILES = [
    *("events.csv.gz", "figures", "heads.csv", "regions.csv", "report.html", "summary.json", "window.csv"),
    "words.csv",
]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Grammars, a list with two columns of the user's own, and dumps over it."""
    home = tmp_path_factory.mktemp("analyze")
    (home / "toy.toml").write_text(GRAMMAR.format(rules=REGRESSIVE), encoding="utf-8")
    (home / "progressive.toml").write_text(GRAMMAR.format(rules=PROGRESSIVE), encoding="utf-8")
    items = planted.crossed_items(stems=8, suffixes=8)
    write_stimuli(home / "plain.tsv", items)
    own = [
        row + ("\trating\tstatus" if not n else f"\t{n % 7}\t사람") for n, row in enumerate(rows(home / "plain.tsv"))
    ]
    lines(home / "stimuli.tsv", own)
    planted.planted_dump(home / "dump", items, 1, 4, EFFECTS, kinds=("cross", "encoder")).close()
    fresh = {"forced": True, "checkpoint_sha256": "b" * 64, "seed": 2}
    planted.planted_dump(home / "fresh", items, 1, 4, **fresh).close()
    planted.planted_dump(home / "free", items, 1, 4, checkpoint_sha256="b" * 64, seed=2).close()
    planted.planted_dump(home / "gold", items, 1, 4, EFFECTS, forced=True).close()
    return home


def rows(path):
    return path.read_text(encoding="utf-8").splitlines()


def lines(path, texts):
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return path


def table(path):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def argv(home, out, *options, dump="dump", stimuli="stimuli.tsv", grammar="toy.toml", process="nasalization"):
    listed = ["--stimuli", str(home / stimuli)] if stimuli else []
    return [
        *("analyze", str(home / dump), "--grammar", str(home / grammar), "--process", process, *listed),
        *("--out", str(out), *map(str, options)),
    ]


@pytest.fixture
def undrawn(monkeypatch):
    """No figures: what is asked is elsewhere, and they take a second."""
    monkeypatch.setattr("fairseq_phonology.analysis.figures.save_figures", lambda *_: {})


@pytest.fixture(scope="module")
def printed(home):
    """The whole of it, once: what is printed. The baseline does not tell whether its model was trained."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(argv(home, home / "made", "--baseline", home / "fresh", "--forced", home / "gold")) == 0
    return out.getvalue()


@pytest.fixture(scope="module")
def made(home, printed):
    """The folder of it."""
    return home / "made"


def test_a_baseline_without_a_mark_is_said_to_have_none(home, printed):
    said = f"note: {home / 'fresh'} does not tell whether its model was trained: --baseline asks for fresh weights"
    assert printed.count("note: ") == printed.count(said) == 1


def test_every_file_is_there_with_the_columns_of_the_specification(made):
    assert sorted(path.name for path in made.iterdir()) == FILES
    assert rows(made / "heads.csv")[0].startswith(HEADS)
    assert rows(made / "words.csv")[0] == WORDS + ",rating,user_status"
    with gzip.open(made / "events.csv.gz", "rt", encoding="utf-8") as file:
        assert file.readline() == EVENTS + ",rating,user_status\n"
    figures = {path.stem for path in (made / "figures").iterdir()}
    assert figures == {"window", "effect-map", "units", "sink", "segments"}


def test_each_planted_head_is_called_what_it_is(made):
    heads = [row for row in table(made / "heads.csv") if (row["kind"], row["query"]) == ("cross", "decision")]
    claims = {(row["contrast"], row["head"]) for row in heads if row["claim"] == "1"}
    assert claims == {("response", "1"), ("inspection", "2"), ("salience", "3")} | {
        # a head that responds looks there more in TR, and so in (TR + TN) / 2 and in (TR + CR) / 2; of the latter, two
        ("inspection", "1"),  # trigger segments with a spread of their own leave p at .056
    }
    verdict = json.loads((made / "summary.json").read_text(encoding="utf-8"))["verdict"]
    assert verdict["strength"] == "attends" and "head 1.1 " in verdict["sentence"]
    assert "1.2" not in verdict["sentence"] and "uses" not in verdict["sentence"]


def test_the_summary_agrees_with_the_table(made):
    summary = json.loads((made / "summary.json").read_text(encoding="utf-8"))
    found = {(r["contrast"], r["kind"], r["query"], r["layer"], r["head"]): r for r in table(made / "heads.csv")}
    families = [summary["primary"], *summary["secondary"]]
    assert sum(family["heads"] for family in families) == len(found) == 3 * 3 * 4  # contrasts, views, heads
    for family in families:
        for head in [*family["claims"], family["largest"]]:
            row = found[family["contrast"], head["kind"], family["query"], str(head["layer"]), str(head["head"])]
            for cell, mean in head["mean_mass"].items():
                assert float(row[f"mean_{cell}"]) == mean
            for name in (
                "estimate_mass",
                "low_mass",
                "high_mass",
                "estimate_log_odds",
                "low_log_odds",
                "high_log_odds",
            ):
                assert float(row[name]) == head[name]
            for name in ("se", "df", "t", "p", "quadruples_positive", "p_segments"):
                assert float(row[name] or "nan") == pytest.approx(
                    float("nan") if head[name] is None else head[name], nan_ok=True
                )
        claimed = {str(head["head"]) for head in family["claims"]}
        assert claimed == {k[4] for k, r in found.items() if r["claim"] == "1" and k[:3] == (
            family["contrast"], family["kind"], family["query"])}  # fmt: skip
    assert [head["head"] for head in summary["sensitivity"]["claims"]] == [1]
    assert summary["baseline"]["claims"] == []
    assert summary["exclusions"]["cells"]["TR"] == {"events": 64, "counted": 64}
    assert summary["about"]["exact_match"] == [256, 256]


def test_the_users_columns_travel(made, home):
    wanted = {row.split("\t")[0]: row.split("\t")[-2:] for row in rows(home / "stimuli.tsv")[1:]}
    assert {row["id"]: [row["rating"], row["user_status"]] for row in table(made / "words.csv")} == wanted
    events = table(made / "events.csv.gz")
    assert len(events) == 256 * 3 * 4 and all([r["rating"], r["user_status"]] == wanted[r["id"]] for r in events)


def test_the_same_bytes_anywhere(made, home, tmp_path):
    """Another process, a C locale, another folder to work in, another way to name the files."""
    out = tmp_path / "again"
    again = argv(Path("."), out, "--baseline", "fresh", "--forced", "gold")
    root = Path(commands.__file__).parents[2]
    environment = {**os.environ, "LC_ALL": "C", "PYTHONPATH": str(root), "PYTHONHASHSEED": "7"}
    # the installed command's own name: under another, importing the package would make fairseq's tasks known
    code = "import sys; sys.argv[0] = 'fairseq-phonology'; from fairseq_phonology.commands import main; "
    code += "sys.exit(main())"
    ran = subprocess.run([sys.executable, "-c", code, *again], cwd=home, env=environment, capture_output=True)
    assert (ran.returncode, ran.stderr.decode()) == (0, "")
    said = ran.stdout.decode("utf-8")
    assert "TR      64 of     64 events" in said and "The model attends to the trigger of nasalization" in said
    files = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(out) for path in out.rglob("*") if path.is_file())
    assert [str(file) for file in files if (made / file).read_bytes() != (out / file).read_bytes()] == []


def test_a_folder_is_replaced_only_when_asked_and_only_if_it_is_ours(made, home, tmp_path, capsys, undrawn):
    out = tmp_path / "out"
    shutil.copytree(made, out)
    before = (out / "summary.json").read_bytes()
    assert main(argv(home, out)) == 2
    assert "is not empty (it holds events.csv.gz); name another folder or add --overwrite" in capsys.readouterr().err
    (out / "thesis.txt").write_text("years of work")
    assert main(argv(home, out, "--overwrite")) == 2
    assert "holds thesis.txt, which analyze did not make" in capsys.readouterr().err
    assert (out / "summary.json").read_bytes() == before and (out / "thesis.txt").exists()
    (out / "thesis.txt").unlink()
    assert main(argv(home, out, "--overwrite")) == 0
    assert (out / "summary.json").read_bytes() != before and not (out / "figures").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_list_of_ones_own_without_positions(home, tmp_path, undrawn):
    """id, UR, stem, suffix and a condition: the rest is found from the process."""
    keep = [row.split("\t") for row in rows(home / "stimuli.tsv")]
    lines(home / "own.tsv", ["\t".join([row[0], row[1], row[3], row[4], row[9]]) for row in keep])
    assert main(argv(home, tmp_path / "own", stimuli="own.tsv")) == 0
    assert main(argv(home, tmp_path / "full")) == 0
    assert (tmp_path / "own" / "heads.csv").read_bytes() == (tmp_path / "full" / "heads.csv").read_bytes()
    assert table(tmp_path / "own" / "words.csv")[5]["rating"] == "6"


def test_words_without_a_stem_are_said_to_be_in_no_test(home, tmp_path, undrawn):
    """And so are fillers, and words of the dump that the list leaves out."""
    changed_rows = [row.split("\t") for row in rows(home / "plain.tsv")]
    stem = changed_rows[-1][3]
    for row in changed_rows:
        row[3:5] = ["", ""] if row[3] == stem else row[3:5]
    changed_rows[1][5:] = ["", "", "", ""]
    gone = changed_rows[1][3]
    kept = [row for n, row in enumerate(changed_rows) if n == 1 or row[3] != gone]
    lines(home / "stemless.tsv", ["\t".join(row) for row in kept])
    assert main(argv(home, tmp_path / "out", stimuli="stemless.tsv")) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["primary"]["stems"] == 14
    assert summary["about"]["exclusions"] == [
        "15 words of the dump are not in the list, or without such a place.",
        "1 word of the list is a filler: not in any cell.",
        "16 words of the list have no stem: not tested.",
    ]


@pytest.mark.parametrize("stimuli", ["list.tsv", None], ids=["a list", "the dump"])
def test_a_plain_list_is_described(home, tmp_path, capsys, stimuli):
    """Without stem and suffix: the mass on the trigger beside the same offset from other rows, and never a claim."""
    keep = [row.split("\t") for row in rows(home / "stimuli.tsv")]
    lines(
        home / "list.tsv", ["\t".join([*row[:2], row[9]]) for row in keep if row[0] == "id" or row[5:7] == ["T", "R"]]
    )
    out = tmp_path / "out"
    assert main(argv(home, out, stimuli=stimuli)) == 0
    assert "what is described is not process-specific" in capsys.readouterr().out
    heads = [row for row in table(out / "heads.csv") if row["kind"] == "cross"]
    assert [(row["contrast"], row["query"], row["claim"], row["n_stems"]) for row in heads] == [
        ("same-offset", "decision", "0", "64")
    ] * 4
    assert float(heads[0]["p"]) < 0.01 and heads[0]["mean_TN"] == heads[0]["p_segments"] == ""
    assert 2 * float(heads[3]["estimate_mass"]) < float(heads[0]["estimate_mass"])  # the offset head does so anywhere
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["verdict"]["strength"] == "descriptive" and summary["primary"] is None
    assert summary["secondary"][0]["claims"] == []
    assert [text.split(" of ")[0] for text in summary["about"]["exclusions"]] == ["192 words"]


def test_spelling_in_hangul(tmp_path, undrawn):
    korean = EXAMPLES / "korean_nasalization" / "korean.toml"
    stems = {"T": ["밥", "국", "눈밥", "막"], "C": ["밤", "강", "몸", "공"]}
    suffixes = {"R": ["만", "나", "미", "네"], "N": ["빵", "꽈", "까", "파"]}
    table_rows, number = ["id\tur\tstem\tsuffix\tage"], 0
    for t, some in stems.items():
        for stem in some:
            for r, others in suffixes.items():
                for suffix in others:
                    number += 1
                    table_rows.append(f"{t}{r}{number}\t{stem}+{suffix}\t{stem}\t{suffix}\t{number}")
    path = lines(tmp_path / "한글.tsv", table_rows)
    from fairseq_phonology.corpus.units import Units
    from fairseq_phonology.phonology.grammar import Grammar
    from fairseq_phonology.stimuli.items import read_stimuli

    items = read_stimuli(path, Grammar.load(korean), "obstruent-nasalization", Units("hangul-ur"))
    planted.planted_dump(tmp_path / "dump", items, 1, 2, [Effect("response", 5.0)]).close()
    command = argv(tmp_path, tmp_path / "out", "--ur-units", "hangul-ur", stimuli="한글.tsv")
    command[3], command[5] = str(korean), "obstruent-nasalization"
    assert main(command) == 0
    words = table(tmp_path / "out" / "words.csv")
    assert words[0]["stem"] == "밥" and words[0]["ur"] == "p a p m a n" and words[0]["surface"] == "p a m m a n"
    primary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))["primary"]
    assert (primary["stems"], primary["suffixes"], primary["largest"]["head"]) == (8, 8, 1)


def test_real_words_and_those_whose_site_another_process_makes(tmp_path, capsys, undrawn):
    """Eight clean 2 x 2s and six whose target [t] another process makes of /s/; the head responds in all."""
    feeding = '[[process]]\nname = "stopping"\nrules = "s -> t / _ [+nas]"\n[[process]]\nname = "nasalization"'
    text = GRAMMAR.format(rules=REGRESSIVE).replace('[[process]]\nname = "nasalization"', feeding, 1)
    (tmp_path / "toy.toml").write_text(text.replace('trigger = ["s", "f"]', 'trigger = ["f"]'), encoding="utf-8")
    written = ["id\tur\tstem\tsuffix\ttarget_class\ttrigger_class\ttarget_index\ttrigger_index"]
    for n, word in enumerate(
        [*("tap", "kap", "pak", "tik", "sup", "hat", "pit", "luk"), *("tas", "kas", "pis", "lus")]
    ):
        for cell in ("TR", "TN", "CR", "CN"):
            target, trigger = word[2] if cell[0] == "T" else "m", "n" if cell[1] == "R" else "f"
            written.append(
                f"w{n}{cell}\t{word[0]} {word[1]} {target} {trigger} a\t{word}na\t\t{cell[0]}\t{cell[1]}\t2\t3"
            )
    for n, word in enumerate(["sis", "nus"], 20):
        for cell in ("TR", "TN", "CR", "CN"):
            target, trigger = word[2] if cell[0] == "T" else "m", "n" if cell[1] == "R" else "f"
            written.append(
                f"w{n}{cell}\t{word[0]} {word[1]} {target} {trigger} a\t{word}na\t\t{cell[0]}\t{cell[1]}\t2\t3"
            )
    path = lines(tmp_path / "words.tsv", written)
    from fairseq_phonology.phonology.grammar import Grammar
    from fairseq_phonology.stimuli.items import read_stimuli

    items = read_stimuli(path, Grammar.load(tmp_path / "toy.toml"), "nasalization")
    planted.planted_dump(tmp_path / "dump", items, 1, 3, [Effect("response", 5.0)], suffix_sd=0.0).close()
    assert main(argv(tmp_path, tmp_path / "out", stimuli="words.tsv")) == 0
    said = capsys.readouterr().out
    assert "over 8 words" in said and "Words whose site another process (stopping" in said
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    derived = [family for family in summary["secondary"] if family["contrast"] == "response-derived"]
    assert [(family["stems"], family["suffixes"]) for family in derived] == [(6, 0)]
    assert (summary["primary"]["stems"], summary["primary"]["largest"]["head"]) == (8, 1)
    assert "6 words with a site that another process creates (stopping)" in " ".join(summary["about"]["exclusions"])
    few = [row for row in rows(path) if not row.startswith(("w20", "w21"))]
    lines(tmp_path / "words.tsv", few)
    assert main(argv(tmp_path, tmp_path / "few", stimuli="words.tsv")) == 0
    summary = json.loads((tmp_path / "few" / "summary.json").read_text(encoding="utf-8"))
    assert (
        "4 words with a site that another process creates (stopping): not tested; a test of their own needs 5"
        in " ".join(summary["about"]["exclusions"])
    )


def test_the_decoder_of_a_progressive_process_is_in_the_primary_family(home, tmp_path):
    """And one word whose trigger the model dropped does not take the decoder out of it."""
    items = planted.crossed_items(stems=12, suffixes=8, progressive=True)
    write_stimuli(home / "progressive.tsv", items)
    word = next(item for item in items if item.cell == "TN")
    dropped = word.sr[: word.trigger_index] + word.sr[word.trigger_index + 1 :]
    made = planted.planted_dump(
        home / "progressive",
        items,
        *(1, 2, [Effect("response", 6.0, 1, 2, "decoder")]),
        kinds=("cross", "decoder"),
        surfaces={word.id: dropped},
        steps={word.id: word.trigger_index},
    )
    made.close()
    how = {"dump": "progressive", "stimuli": "progressive.tsv", "grammar": "progressive.toml"}
    assert main(argv(home, tmp_path / "out", **how)) == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    primary = summary["primary"]
    assert (primary["kind"], primary["heads"], primary["stems"]) == ("cross+decoder", 4, 23)
    assert [(head["kind"], head["head"]) for head in primary["claims"]] == [("decoder", 2)]
    assert "head 1.2 of the decoder self-attention" in summary["verdict"]["sentence"]
    assert {family["kind"] for family in summary["secondary"]} == {"cross", "decoder"}


def test_a_model_that_never_applies_the_process(home, tmp_path, capsys):
    """An early checkpoint: the report says so, and nothing is claimed."""
    items = planted.crossed_items(stems=8, suffixes=8)
    faithful = {item.id: [segment for segment in item.ur if segment != "+"] for item in items}
    planted.planted_dump(home / "early", items, 1, 2, EFFECTS[:1], surfaces=faithful).close()
    assert main(argv(home, tmp_path / "out", dump="early")) == 0
    said = capsys.readouterr().out
    assert "TR       0 of     64 events" in said and "No claim is made about nasalization" in said
    assert {row["status"] for row in table(tmp_path / "out" / "words.csv") if row["cell"] == "TR"} == {"underapplied"}
    assert main(argv(home, tmp_path / "plain", dump="early", stimuli=None)) == 0


def test_too_many_errors_leave_no_claim_in_any_table(home, tmp_path, undrawn, capsys):
    items = planted.crossed_items(stems=8, suffixes=4)
    write_stimuli(home / "eight.tsv", items)
    failed = [item for item in items if item.cell == "TR"][::4][:3]  # three of eight stems of class T
    faithful = {item.id: [segment for segment in item.ur if segment != "+"] for item in failed}
    planted.planted_dump(home / "errors", items, 1, 2, EFFECTS[:1], surfaces=faithful).close()
    assert main(argv(home, tmp_path / "out", dump="errors", stimuli="eight.tsv")) == 0
    left = "excluded: 3 of 8 stems of class T, which have a word that is wrong at the decision step\n"
    assert left in capsys.readouterr().out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["verdict"]["strength"] == "withheld" and summary["exclusions"]["stems_excluded"]["T"] == {
        "lost": 3,
        "of": 8,
    }
    heads = table(tmp_path / "out" / "heads.csv")
    assert {row["claim"] for row in heads} == {"0"} and float(heads[0]["p"]) < 0.05


def test_a_word_without_a_place_is_a_filler_and_said(home, tmp_path, undrawn, capsys):
    items = [*planted.crossed_items(stems=8, suffixes=8), Item("la", ("l", "a"), ("l", "a"))]
    planted.planted_dump(home / "one_more", items, 1, 2, EFFECTS[:1]).close()
    lines(home / "own.tsv", ["id\tur", *(f"{item.id}\t{' '.join(item.ur)}" for item in items)])
    assert main(argv(home, tmp_path / "out", dump="one_more", stimuli="own.tsv")) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"1 word has no place for nasalization: a filler (line {len(items) + 1})\n")


@pytest.mark.parametrize(
    ("units", "sr"),
    [(["--ur-units", "ipa"], "tanna"), (["--ur-units", "ipa", "--sr-units", "space"], "t a n n a")],
)
def test_srs_are_written_like_urs_or_as_is_said(home, tmp_path, undrawn, capsys, units, sr):
    lines(home / "sr.tsv", ["id\tur\tsr", f"not-there\ttat+na\t{sr}"])
    assert main(argv(home, tmp_path / "out", *units, stimuli="sr.tsv")) == 2
    assert "1 of 1 items of the stimuli are not in the dump" in capsys.readouterr().err  # the list itself is read


def changed(home, name, line, **columns):
    """The list with one line changed."""
    texts = rows(home / "plain.tsv")
    header, cells = texts[0].split("\t"), texts[line].split("\t")
    texts[line] = "\t".join(columns.get(column, cell) for column, cell in zip(header, cells, strict=True))
    lines(home / name, texts)
    return {"stimuli": name}


def without(home, name, *columns):
    table_rows = [row.split("\t") for row in rows(home / "plain.tsv")]
    kept = [n for n, column in enumerate(table_rows[0]) if column not in columns]
    lines(home / name, ["\t".join(row[n] for n in kept) for row in table_rows])
    return {"stimuli": name}


def of_size(home, name, stems, suffixes):
    items = planted.crossed_items(stems=stems, suffixes=suffixes)
    write_stimuli(home / f"{name}.tsv", items)
    planted.planted_dump(home / name, items, 1, 2).close()
    return {"stimuli": f"{name}.tsv", "dump": name}


def other_dump(home, name, **how):
    planted.planted_dump(home / name, planted.crossed_items(stems=8, suffixes=8), 1, 2, **how).close()
    return {"dump": name}


def file_of(home, name, content):
    (home / name).write_bytes(content)
    return {"stimuli": name}


def lacking(home, name, cell):
    lines(home / name, [row for row in rows(home / "plain.tsv") if row.split("\t")[5:7] != list(cell)])
    return {"stimuli": name}


def hole(home, name):
    lines(home / name, [row for n, row in enumerate(rows(home / "plain.tsv")) if n != 3])
    return {"stimuli": name}


def alien_ids(home, name):
    texts = rows(home / "plain.tsv")
    lines(home / name, [texts[0], *(f"x{text}" for text in texts[1:])])
    return {"stimuli": name}


REFUSED = {
    "ids that do not match": (
        lambda home: alien_ids(home, "ids.tsv"),
        "dump: 256 of 256 items of the stimuli are not in the dump, as in xw00001, xw00002, xw00003; the dump has, for "
        "one, w00001",
    ),
    "another UR": (
        lambda home: changed(home, "ur.tsv", 1, ur="t u p + m i", sr="t u m m i"),
        "dump: word 'w00001' is /t u p + m i/ in the stimuli and /t a p m i/ in the dump",
    ),
    "a process that is never met": (
        lambda home: {"stimuli": None, "process": "lowering", "options": ["--with", "lowering"]},
        "lowering is never met: in none of the 256 words; nothing to analyze",
    ),
    "an unknown process": (
        lambda home: {"process": "nasalisation"},
        "the grammar has no process 'nasalisation'; it has: nasalization, lowering",
    ),
    "an unknown option process": (
        lambda home: {"options": ["--with", "raising"]},
        "error: the grammar has no process 'raising'; it has: nasalization, lowering",
    ),
    "a hole in the design": (
        lambda home: hole(home, "hole.tsv"),
        "hole.tsv: the design is not crossed: no word has stem 'tap-T0' with suffix 'mu-R2', which would be in cell TR",
    ),
    "an empty cell": (
        lambda home: lacking(home, "cell.tsv", "CN"),
        "cell.tsv: the design is not crossed: no word is in cell CN; every stem is needed with every suffix",
    ),
    "too few stems": (
        lambda home: of_size(home, "stems", 3, 4),
        "stems.tsv: too small a design (3 T and 3 C stems; needed: 4 T and 4 C or more)",
    ),
    "too few suffixes": (
        lambda home: of_size(home, "suffixes", 4, 2),
        "suffixes.tsv: too small a design (2 R and 2 N suffixes; needed: 4 R and 4 N or more)",
    ),
    "no cross-attention": (
        lambda home: other_dump(home, "encoder", kinds=("encoder",)),
        "encoder: has no cross attention, only encoder; write it with --attention-kinds encoder,cross",
    ),
    "an incomplete dump": (
        lambda home: other_dump(home, "incomplete", words_expected=299),
        "incomplete: incomplete: 256 of 299 words; write the dump again",
    ),
    "no dump": (lambda home: {"dump": "nowhere"}, "nowhere: no such folder"),
    "a file for a dump": (lambda home: {"dump": "toy.toml"}, "toy.toml: not a folder"),
    "a baseline not along the gold SRs": (
        lambda home: {"options": ["--baseline", home / "free"]},
        "free: is given as baseline and was not made under forced decoding; write it with --score-reference",
    ),
    "a baseline of the same model": (
        lambda home: {"options": ["--baseline", home / "gold"]},
        "gold: is of the model itself; allowed: the same model with fresh weights",
    ),
    "a baseline that was trained": (
        lambda home: (
            other_dump(home, "trained", forced=True, checkpoint_sha256="b" * 64, updates=1200)
            and {"options": ["--baseline", home / "trained"]}
        ),
        "trained: is of a model that was trained for 1,200 updates; allowed: fresh weights",
    ),
    "a baseline of another shape": (
        lambda home: (
            other_dump(home, "wide", forced=True, checkpoint_sha256="b" * 64)
            and {"options": ["--baseline", home / "wide"]}
        ),
        "wide: is of a model with 1 x 2 heads of cross-attention; the dump's has 1 x 4",
    ),
    "a baseline that lacks words": (
        lambda home: (
            planted.planted_dump(
                *(home / "short", planted.crossed_items(stems=7, suffixes=8), 1, 4),
                forced=True,
                checkpoint_sha256="b" * 64,
            ).close()
            or {"options": ["--baseline", home / "short"]}
        ),
        "short: 32 of 256 items of the stimuli are not in the dump",
    ),
    "a forced dump of another model": (
        lambda home: {"options": ["--forced", home / "fresh"]},
        "fresh: is of another model than the dump",
    ),
    "no column of URs": (
        lambda home: without(home, "nour.tsv", "ur"),
        "nour.tsv, line 1: looks like a header ('id' is the heading of a column) that does not say which",
    ),
    "one position of two": (
        lambda home: without(home, "half.tsv", "target_index"),
        "half.tsv, line 2: trigger_index is given and target_index is not; give both, or neither",
    ),
    "one class of two": (
        lambda home: without(home, "class.tsv", "trigger_class"),
        "class.tsv, line 2: trigger_class is ''; allowed: R or N",
    ),
    "a target beyond the word": (
        lambda home: changed(home, "beyond.tsv", 1, target_index="99"),
        "beyond.tsv, line 2: target_index is '99'; allowed: 0 to 5 (/t a p + m i/, edges counted)",
    ),
    "a target that does not undergo": (
        lambda home: changed(home, "vowel.tsv", 1, target_index="1"),
        "vowel.tsv, line 2: /t a p + m i/ is in cell TR, but nasalization does not apply to /a/ at 1",
    ),
    "a control of another class": (
        lambda home: changed(home, "control.tsv", 137, target_index="1"),
        "control.tsv, line 138: target_class is C, but the segment at 1 (from 0) of /t a m + s i/ is /a/",
    ),
    "an empty list": (lambda home: file_of(home, "empty.tsv", b""), "empty.tsv: is empty; expected one word a line"),
    "a header alone": (lambda home: file_of(home, "header.tsv", b"id\tur\n"), "header.tsv: has a header and no words"),
    "not UTF-8": (
        lambda home: file_of(home, "latin.tsv", "id\tur\nä\tt a p\n".encode("latin-1")),
        "latin.tsv, line 2: byte 0xe4 is not UTF-8; save the file as UTF-8",
    ),
    "no list": (lambda home: {"stimuli": "nowhere.tsv"}, "nowhere.tsv: No such file or directory"),
    "a negative seed": (lambda home: {"options": ["--seed", "-1"]}, "--seed is -1; allowed: 0 or more"),
    "a file for a folder": (
        lambda home: {"out": home / "toy.toml"},
        "toy.toml: is a file; --out must name a folder",
    ),
    "a folder in a file": (lambda home: {"out": home / "toy.toml" / "out"}, "toml is a file"),
    "the dump as the folder": (
        lambda home: {"out": home / "dump", "options": ["--overwrite"]},
        ", which is replaced; move it to another folder",
    ),
}


@pytest.mark.filterwarnings("ignore:.*is incomplete")  # of the test that writes it
@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_one_line(home, tmp_path, capsys, recwarn, name):
    make, message = REFUSED[name]
    how = dict(make(home))
    recwarn.clear()
    before = sorted(path.name for path in home.iterdir())
    out, options = how.pop("out", tmp_path / "out"), how.pop("options", ())
    assert main(argv(home, out, *options, **how)) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1
    assert said.err.startswith("fairseq-phonology analyze: error: ") and message in said.err
    assert [str(warning.message) for warning in recwarn] == []
    assert sorted(path.name for path in home.iterdir()) == before and list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_line_and_leaves_nothing(home, tmp_path, capsys, monkeypatch, undrawn):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("fairseq_phonology.analysis.contrasts.tables.write_heads", full)
    assert main(argv(home, tmp_path / "out")) == 2
    said = capsys.readouterr()
    assert said.err.endswith("out: cannot be written: No space left on device\n") and said.out == ""
    assert list(tmp_path.iterdir()) == []
