"""JSON of another shape than is needed is refused by name, wherever it is read; archives are written whole."""

import json
import os
import re
import zipfile
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairseq_phonology.analysis.interventions.tables import read_attention
from fairseq_phonology.analysis.pipeline.beside import results_of
from fairseq_phonology.errors import InputError
from fairseq_phonology.files import (
    marked,
    read_csv,
    read_json,
    read_table,
    unmarked,
    write_csv,
    write_tsv,
    write_zip,
)


class Part(msgspec.Struct):
    n: float


class Of(msgspec.Struct):
    of: str | None = None


class Shape(msgspec.Struct):
    name: str
    parts: list[Part]
    size: int | None = None
    about: Of | None = None
    side: Literal["left", "right"] = "left"


GOOD = {"name": "a", "parts": [{"n": 1}, {"n": 0.5}], "further": object.__name__}


def put(path, found):
    path.write_text(found if isinstance(found, str) else json.dumps(found), encoding="utf-8")
    return path


@pytest.mark.parametrize("more", [{}, {"size": 2}, {"about": None}, {"about": {}}, {"about": {"of": "x"}}], ids=str)
def test_what_fits_comes_back_whole(tmp_path, more):
    found = read_json(put(tmp_path / "a.json", GOOD | more), Shape, "summary")
    assert (found.name, [part.n for part in found.parts], found.size) == ("a", [1, 0.5], more.get("size"))


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ("{", "is no JSON: "),
        ("[" * 100_000, "is no JSON: "),
        ("[]", "is no summary: it is [], not an object"),
        ({}, "is no summary: it lacks 'name'"),
        (GOOD | {"name": None}, "is no summary: name is null, not a text"),
        (GOOD | {"size": "x" * 99}, 'is no summary: size is "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx..., not a number'),
        (GOOD | {"parts": {}}, "is no summary: parts is {}, not a list"),
        (GOOD | {"parts": [{"n": 1}, {}]}, "is no summary: parts 2 lacks 'n'"),
        (GOOD | {"side": "up"}, 'is no summary: side is "up"; allowed: left, right'),
        (GOOD | {"about": "x"}, 'is no summary: about is "x", not an object'),
        (GOOD | {"about": {"of": 1}}, "is no summary: about.of is 1, not a text"),
    ],
    ids=lambda value: str(value)[:25],
)
def test_what_does_not_is_refused(tmp_path, found, says):
    path = put(tmp_path / "a.json", found)
    with pytest.raises(InputError) as caught:
        read_json(path, Shape, "summary")
    assert str(caught.value).startswith(f"{path}: {says}")


class Row(msgspec.Struct):
    id: str
    layer: int | None
    share: float | None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,layer\na,1\n", "a.csv: no column 'share': not the table"),
        ("id,layer,share\na,x,1\n", 'a.csv, line 2: layer is "x", not a number'),
        ("id,layer,share\na,all,0.5\n\nb,1\n", "a.csv, line 4: has not the 3 columns of the first line"),
    ],
)
def test_a_table_of_another_shape(tmp_path, text, says):
    path = put(tmp_path / "a.csv", text)
    with pytest.raises(InputError) as caught:
        read_table(path, Row, "table", ("", "all"))
    assert str(caught.value).endswith(says)


def test_a_table_is_read(tmp_path):
    path = put(tmp_path / "a.csv", "id,more,layer,share\na,x,all,0.5\nb,y,2,\n")
    assert read_table(path, Row, "table", ("", "all")) == [Row("a", None, 0.5), Row("b", 2, None)]


ANALYSIS = {"process": "p", "verdict": {"strength": "none"}, "primary": None, "about": {}}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"verdict": "attends"}, 'verdict is "attends", not an object'),
        ({"verdict": {"strength": ["a"]}}, 'verdict.strength is ["a"], not a text'),
        ({"primary": {"kind": "cross", "claims": [{"kind": "cross"}]}}, "primary.claims 1 lacks 'layer'"),
        ({"about": "x"}, 'about is "x", not an object'),
    ],
    ids=["verdict", "strength", "claims", "about"],
)
def test_the_attention_of_another_shape(tmp_path, change, says):
    assert read_attention(put(tmp_path / "a.json", ANALYSIS), "p").verdict.strength == "none"
    with pytest.raises(InputError) as caught:
        read_attention(put(tmp_path / "a.json", ANALYSIS | change), "p")
    assert str(caught.value).endswith(f"a.json: is no summary.json of analyze: {says}")


def test_the_summary_of_intervene_or_of_several_models_is_not_that_of_analyze(tmp_path):
    of_intervene = {name: value for name, value in ANALYSIS.items() if name != "primary"}
    with pytest.raises(InputError, match="it lacks 'primary'"):
        read_attention(put(tmp_path / "a.json", of_intervene), "p")
    with pytest.raises(InputError, match=r"is over several models; name the summary\.json of one"):
        read_attention(put(tmp_path / "a.json", of_intervene | {"models": []}), "p")


def of(checkpoint):
    return {"about": {"manifest": {"checkpoint_sha256": checkpoint}}}


def test_results_of_several_models_are_found_by_checkpoint_in_any_order(tmp_path):
    one, two = (str(put(tmp_path / f"{name}.json", of(name))) for name in "ab")
    found = results_of("--attention", [two, one], ["A.pt", "B.pt"], ["a", "b"])
    assert [str(path) for path in found] == [one, two]
    put(tmp_path / "b.json", {"about": "x"})
    with pytest.raises(InputError, match=r'b\.json: is no summary\.json: about is "x", not an object'):
        results_of("--attention", [two, one], ["A.pt", "B.pt"], ["a", "b"])


def test_of_several_models_the_summary_over_all_stands_for_their_folder(tmp_path):
    put(tmp_path / "models.csv", "model\nx\ny\n")
    put(tmp_path / "summary.json", {"models": []})
    for name, checkpoint in (("x", "b"), ("y", "a")):
        (tmp_path / name).mkdir()
        put(tmp_path / name / "summary.json", of(checkpoint))
    for named in (tmp_path, tmp_path / "summary.json"):
        found = results_of("--attention", [str(named)], ["A.pt", "B.pt"], ["a", "b"])
        assert [path.parent.name for path in found] == ["y", "x"]


@pytest.mark.parametrize(
    ("models", "given", "says"),
    [(2, 1, "2 models"), (1, 2, "1 model")],
)
def test_too_few_or_too_many_results(tmp_path, models, given, says):
    paths = [str(put(tmp_path / f"{n}.json", of(str(n)))) for n in range(given)]
    with pytest.raises(InputError) as caught:
        results_of("--attention", paths, ["m.pt"] * models, ["1"] * models)
    said = str(caught.value)
    assert (
        said.startswith(f"--attention: found {given} for {says}; allowed: one for each, in any order")
        and "the folder over all models" in said
    )


def test_an_archive_is_the_same_bytes_wherever_its_files_lie(tmp_path):
    made = []
    for n, place in enumerate(("one", "two")):
        folder = tmp_path / place
        folder.mkdir()
        for name in ("b.csv", "a.png"):
            (folder / name).write_text(name * 100, encoding="utf-8")
            os.utime(folder / name, (n + 1, n + 1))
        files = {f"x/{name}": folder / name for name in ("b.csv", "a.png")}
        write_zip(folder / "all.zip", files)
        made.append((folder / "all.zip").read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(tmp_path / "one" / "all.zip") as archive:
        assert archive.namelist() == ["x/a.png", "x/b.csv"]
        assert archive.read("x/b.csv").decode() == "b.csv" * 100
    with pytest.raises(InputError, match="missing: cannot be read"):
        write_zip(tmp_path / "one" / "all.zip", {"missing": tmp_path / "missing"})
    assert (tmp_path / "one" / "all.zip").read_bytes() == made[0]  # what was there stays


# ---- what a spreadsheet would take for a formula

FORMULAS = ["=1+1", "+1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1,1)", "\t=1", "\r=1", " =1", '"=1"', "'=1", "＝1+1", "＋1"]
FORMULAS += ["－1+1", "＠SUM(1)", "id;=1+1", 'id; "@x', '=HYPERLINK("http://x")', "-s", "@ b aU t", "\\-s", "\\\\=1"]
PLAIN = ["", "-", "+", "=", "@", "-1", "+1.5", "-.25", "1e-5", "-1.2e-05", "-inf", "a-b", "p + t", "a;b", "r\\", "학문"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_are_marked(cell):
    assert re.fullmatch(r"(id;)?\\.*", marked(cell), re.DOTALL)
    assert unmarked(marked(cell)) == cell


@pytest.mark.parametrize("cell", [*PLAIN, -1.5, -2, True])
def test_numbers_symbols_and_other_texts_are_not_marked(cell):
    assert marked(cell) is cell
    assert unmarked(str(cell)) == str(cell)


@given(st.text(st.sampled_from("\\\\=+-@;\"' \ta1.＝"), max_size=12))
def test_marks_change_no_text(cell):
    assert unmarked(marked(cell)) == cell


@pytest.mark.parametrize(("write", "tabs"), [(write_csv, False), (write_tsv, True)])
def test_tables_are_read_as_they_were(tmp_path, write, tabs):
    cells = [cell for cell in FORMULAS + PLAIN if not set(cell) & set("\t\r")]
    rows = [["=id", "ur"], *([cell, "@ b"] for cell in cells)]
    write(tmp_path / "table", rows)
    assert [cells for _, cells in read_csv(tmp_path / "table", tabs)] == rows
    raw = [cell for _, cells in read_csv(tmp_path / "table", tabs, is_marked=False) for cell in cells]
    assert not [cell for cell in raw if cell[:1] in "=+@-" and cell[1:] and cell not in PLAIN]
