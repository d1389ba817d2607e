"""TOML files: what cannot be read is said in one line."""

import unicodedata

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.toml import read_toml


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
