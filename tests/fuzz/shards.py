"""Edits of a sound shard whose checksums are made to fit again: a few bytes say which data set becomes what."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fairseq_phonology.attention.dump import manifest as manifests
from fairseq_phonology.attention.dump import part
from fairseq_phonology.attention.dump.layout import float_names
from fairseq_phonology.phonology.form import Form
from tests.helpers.damaged import Changed

NUMBERS = (-1, 0, 1, 2, 255, 2**15, 2**31 - 1, 2**62, -(2**31), float("nan"), float("inf"), -float("inf"), 0.5)
TEXTS = (
    b"",
    b" ",
    b"\xff\xfe",
    b"a\x00b",
    b"  a  b ",
    b"\xe2\x80\xaea",
    b"a " * 5000,
    b"\n\t\x1b[2J",
    b"w0",
    b"#",
    b"+",
)


def form(text: str) -> Form:
    """A form of segments between blanks."""
    return Form.underlying(text.split())


def write(folder: Path, data: bytes) -> None:
    """Change the shard of a dump: it becomes ``data`` if these look like HDF5, else four bytes say each edit."""
    changed = Changed(folder)
    if data.startswith(b"\x89HDF"):
        changed.path.write_bytes(data)
        changed.seal(floats=False)
        return
    edits = [tuple(data[n : n + 4].ljust(4, b"\0")) for n in range(0, len(data), 4)][:16]
    for edit in edits:
        _edit(changed, *edit)
    for floats in (True, False):
        try:
            changed.seal(floats)
            break
        except (ValueError, TypeError, OSError, OverflowError, MemoryError, ZeroDivisionError):
            pass  # the edits name places that are none
    changed.write()
    raw = bytearray(changed.path.read_bytes())
    for kind, _, high, low in edits:
        at = (256 * high + low) * 7 % len(raw)
        if kind % 8 == 6:
            raw[at] ^= 1 << low % 8
        elif kind % 8 == 7:
            del raw[at:]
            break
    changed.path.write_bytes(raw)


def write_part(folder: Path, data: bytes) -> None:
    """Change a shard that still grows; four bytes say each edit: of a number of its index, or of a byte of a file."""
    path = manifests.part_path(folder, "00000")
    kind = part._index_type(float_names(["cross", "encoder"], False))
    index = np.fromfile(path / part._INDEX, kind)
    numbers = index.view("<i8").reshape(len(index), -1)
    edits = [tuple(data[n : n + 4].ljust(4, b"\0")) for n in range(0, len(data), 4)][:16]
    for edit, which, high, low in edits:
        if edit % 4 < 2:
            number = NUMBERS[low % len(NUMBERS)]
            numbers[which % len(index), high % numbers.shape[1]] = number if np.isfinite(number) else low
    index["crc"] = part._crcs(index)
    index.tofile(path / part._INDEX)
    files = sorted(path.iterdir())
    for edit, which, high, low in edits:
        file = files[which % len(files)]
        raw = bytearray(file.read_bytes()) if file.is_file() else b""
        if edit % 4 == 2 and raw:
            raw[(256 * high + low) % len(raw)] ^= 1 << low % 8
            file.write_bytes(raw)
        elif edit % 4 == 3:
            file.unlink(missing_ok=True)
            if high % 4:
                file.write_bytes(raw[: 7 * low])


def _edit(changed: Changed, kind: int, which: int, high: int, low: int) -> None:
    names = sorted(changed.data_sets)
    if not names:
        return
    name, number = names[which % len(names)], NUMBERS[low % len(NUMBERS)]
    kind %= 8
    if kind < 3:  # a value
        try:
            array = changed.array(name)
            with np.errstate(all="ignore"):
                value = TEXTS[low % len(TEXTS)] if array.dtype.kind == "S" else np.array(number).astype(array.dtype)
                array[high % len(array)] = value
        except (ValueError, TypeError, OSError, OverflowError, MemoryError, ZeroDivisionError):
            return  # an earlier edit left no such place
    elif kind == 3:  # where it is, or how long
        at, value = high % 3, int(number) if np.isfinite(number) else low
        changed.data_sets[name][at] = value if high % 2 else changed.data_sets[name][at] + low % 17 - 8
    elif kind == 4:  # none, or another's
        del changed.data_sets[name]
        if low % 3:
            changed.data_sets[names[low % len(names)] if low % 3 == 1 else f"more/{low}"] = [0, low, 0]
    elif kind == 5:  # a count
        counts = "records words_written bytes crc32_of_rest words_expected".split()
        changed.entry[counts[which % 5]] = int(number) if np.isfinite(number) else low
        changed.manifest["words_written"] = changed.entry["words_written"]
