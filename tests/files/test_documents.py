"""JSON and TOML of another shape than is needed are refused by name, wherever they are read."""

import json
import unicodedata
from typing import Annotated, Literal

import msgspec
import pytest

from fairseq_phonology.analysis.interventions.tables import read_attention
from fairseq_phonology.analysis.pipeline.beside import results_of
from fairseq_phonology.errors import InputError
from fairseq_phonology.files import read_json, read_toml
from fairseq_phonology.files.documents import in_words


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


# ---- what does not fit

Size = Annotated[int, msgspec.Meta(ge=1)]


class Model(msgspec.Struct):
    layers: dict[str, Size] | None = None


class Fields(msgspec.Struct):
    model: Model = msgspec.field(default_factory=Model)
    versions: dict[str, str] = {}
    deep: dict[str, dict[str, list[int]]] = {}
    several: list[Model] = []
    side: Literal["ur", "sr"] = "ur"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"model": {"layers": {"cross": "zz"}}}, 'model.layers.cross is "zz", not a number'),
        ({"model": {"layers": {"cross": 1, "encoder": 0}}}, "model.layers.encoder is 0, not a number >= 1"),
        ({"versions": {"a": "1", "b": "2", "c": None, "d": 3}}, "versions.c is null, not a text"),
        ({"versions": {"a": "1"}, "deep": {"a": {"b": [1], "c": [2, "x"]}}}, 'deep.a.c 2 is "x", not a number'),
        ({"several": [{}, {"layers": {"cross": 0.5}}]}, "several 2.layers.cross is 0.5, not a number"),
        ({"side": "no"}, 'side is "no"; allowed: ur, sr'),
        ({"versions": ["a"]}, 'versions is ["a"], not an object'),
        ({"versions": {"x" * 100: 1}}, f"versions.{'x' * 30} is 1, not a text"),
        ([], "it is [], not an object"),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(found, words):
    before = msgspec.json.encode(found)
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.convert(found, Fields)
    assert in_words(caught.value, found, Fields) == words
    assert msgspec.json.encode(found) == before


# ---- TOML


def test_text_in_form_c_with_one_kind_of_line_end(tmp_path):
    (tmp_path / "a.toml").write_bytes("﻿a = 'ã'\r\n".encode())
    text, table = read_toml(tmp_path / "a.toml")
    assert text == unicodedata.normalize("NFC", "a = 'ã'\n") and table == {"a": "ã"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = 1\nb = .5\n", "a.toml, line 2: not TOML: Invalid value (column 5); write 0.5"),
        (b"a = 1\na = 2\n", "a.toml, line 2: not TOML: Cannot overwrite a value (column 6)"),
        (b"a = 1\n" + b"a." * 10_000 + b"b = 1", "a.toml, line 2: not TOML that can be read: nested too deeply"),
        (b"a = 1\n" + b"'a' . " * 10_000 + b"b = 1", "a.toml, line 2: not TOML that can be read: nested too deeply"),
        (b"a = " + b"[" * 10_000 + b"]" * 10_000, "a.toml: not TOML that can be read: nested too deeply"),
        (b"a = " + b"{b=" * 10_000, "a.toml: not TOML that can be read: nested too deeply"),
        (b"a = 1" + b"0" * 100_000, "a.toml: not TOML that can be read: a number is too long"),
        (b"a = '\xff'", "a.toml: is not UTF-8 (byte 6); save it as UTF-8"),
        ("a = 1".encode("utf-16"), "a.toml: is not UTF-8 (byte 1); save it as UTF-8"),
    ],
    ids=map(str, range(9)),
)
def test_what_is_no_toml(tmp_path, monkeypatch, content, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(InputError) as refused:
        read_toml("a.toml")
    assert str(refused.value) == said


def test_a_hundred_megabytes_are_refused_before_they_are_read(tmp_path):
    with open(tmp_path / "a.toml", "wb") as file:
        file.truncate(100_000_000)
    with pytest.raises(InputError, match="has 100,000,000 bytes; allowed: up to 10,000,000"):
        read_toml(tmp_path / "a.toml")
