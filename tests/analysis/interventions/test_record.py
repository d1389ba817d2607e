"""Interventions come back to the last digit; a file that is not whole is refused by name."""

import dataclasses

import numpy as np
import pytest

from fairseq_phonology.analysis.interventions.record import RECORD, read_record, write_record
from fairseq_phonology.errors import InputError
from tests.helpers.designed import crossed
from tests.helpers.intervened import intervened

FOUND = intervened({"cross": 1, "cross+encoder": 1}, crossed(t=2, c=2, r=2, n=2), heads={("cross", 1, 1): 0.5})


def test_every_digit_comes_back(tmp_path):
    item = dataclasses.replace(FOUND.events[0].item, more={"frequency": "1.5", "뜻": 'a, "b"'}, fed_by=("x",), line=7)
    found = dataclasses.replace(FOUND, events=[dataclasses.replace(FOUND.events[0], item=item), *FOUND.events[1:]])
    for name in ("a", "b"):
        write_record(found, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    again = read_record(tmp_path / "a")
    assert (again.events, again.which, again.replaced) == (found.events, found.which, found.replaced)
    for name in ("intact", "counterpart", "log_odds", "changes", "changes_decision", "ran"):
        one, other = getattr(found, name), getattr(again, name)
        assert one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


def cut(path):
    path.write_bytes(path.read_bytes()[:-200])


def flipped(path):
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(bytes(whole))


def smaller(path):
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
    np.savez(path, **(arrays | {"intact": arrays["intact"][1:]}))


@pytest.mark.parametrize(
    "damage, said",
    [
        (
            lambda path: path.unlink(),
            "is not there: an earlier version made the folder, or it is not whole; run interv",
        ),
        (cut, "is damaged"),
        (flipped, "is damaged"),
        (lambda path: path.write_text("text", encoding="utf-8"), "is damaged"),
        (smaller, r"is damaged: intact is float32 \(15,\), not f4 \(16,\); run intervene again"),
    ],
    ids=["gone", "cut", "flipped", "text", "smaller"],
)
def test_what_is_not_whole_is_refused(tmp_path, damage, said):
    write_record(FOUND, tmp_path / RECORD)
    damage(tmp_path / RECORD)
    with pytest.raises(InputError, match=said) as refused:
        read_record(tmp_path / RECORD)
    assert "\n" not in str(refused.value) and RECORD in str(refused.value)
