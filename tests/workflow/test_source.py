"""A study file as TOML: what is no TOML, and the lines of its keys."""

import os
import unicodedata

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.workflow.reads import place
from fairseq_phonology.workflow.source import Source

TEXT = '''# a comment with [words] and nonce = 3
name = "a"
"odd key" = """
[words]
nonce = 4
"""

list = [
  1,
  2,
]
[words] # here
nonce = 5
words-too.inner = 1
[stimuli.'a b']
[[array]]
x = 1
'''


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_of_keys(tmp_path, end):
    path = tmp_path / "study.toml"
    path.write_bytes(TEXT.replace("\n", end).encode())
    source = Source.read(path)
    keys = [("name",), ("odd key",), ("list",), ("words",), ("words", "nonce"), ("words", "words-too", "inner")]
    assert [source.line_of(*key) for key in keys] == [2, 3, 8, 12, 13, 14]
    assert source.line_of("stimuli", "a b") == 15
    assert source.line_of("array") == 16
    assert source.line_of("nothing") is source.line_of("name", "deeper") is None


@pytest.mark.parametrize(
    "content, said",
    [
        (b"a = 1\na = 2\n", "line 2: not TOML: Cannot overwrite a value (column 6)"),
        (b"[words]\nedges = .5\n", "line 2: not TOML: "),
        (b"a = \xff\n", "is not UTF-8 (byte 5); save it as UTF-8"),
        (b"a = " + b"[" * 5000, "not TOML that can be read: nested too deeply"),
        (b"a = 1" + b"0" * 5000, "not TOML that can be read: a number is too long"),
        ("이름 = ".encode() + b"1\n", "line 1: not TOML: "),
    ],
)
def test_what_is_no_toml_is_said_in_one_line(tmp_path, content, said):
    path = tmp_path / "study.toml"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        Source.read(path)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_no_file_is_said(tmp_path):
    with pytest.raises(InputError, match="no such file; fairseq-phonology study --new FOLDER makes one"):
        Source.read(tmp_path / "study.toml")
    with pytest.raises(InputError, match="is a folder; name the study file, such as "):
        Source.read(tmp_path)
    (tmp_path / "study").write_text("")
    with pytest.raises(
        InputError, match="has no ending, so that its study cannot lie beside it; name a folder by --dest"
    ):
        Source.read(tmp_path / "study")


def test_a_byte_order_mark_is_no_letter(tmp_path):
    (tmp_path / "study.toml").write_text('name = "a"\n', encoding="utf-8-sig")
    assert Source.read(tmp_path / "study.toml").table == {"name": "a"}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_file_is_found_in_either_form_of_unicode(tmp_path, form):
    path = tmp_path / "연구.toml"
    path.write_text(unicodedata.normalize("NFD", 'list = "단어.tsv"\n'), encoding="utf-8")
    (tmp_path / unicodedata.normalize(form, "단어.tsv")).write_text("")
    source = Source.read(path)
    assert source.dest == tmp_path / "연구"
    named = source.file(source.table["list"], "list")
    assert os.path.exists(os.path.join(tmp_path, named.removeprefix("../")))


def test_a_study_behind_a_symbolic_link_finds_its_files(tmp_path):
    (tmp_path / "scratch" / "me" / "study").mkdir(parents=True)
    (tmp_path / "study").symlink_to(tmp_path / "scratch" / "me" / "study")
    (tmp_path / "list.tsv").write_text("")
    (tmp_path / "study.toml").write_text('list = "list.tsv"\ninside = "study/x.tsv"\n')
    source = Source.read(tmp_path / "study.toml")
    assert place(source.file("list.tsv", "list"), source.dest) == tmp_path / "list.tsv"
    (tmp_path / "study" / "x.tsv").write_text("")
    with pytest.raises(InputError, match="whose files the study makes and replaces"):
        source.file("study/x.tsv", "inside")
