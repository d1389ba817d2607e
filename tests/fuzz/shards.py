"""Edits of a sound shard: a few bytes say which data set becomes what, so that a fuzzer needs to find no HDF5."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from fairseq_phonology.phonology.form import Form

NAMES = (
    *("id", "row", "rank", "underlying", "surface", "reference", "has_reference", "log_probs"),
    *("weights/cross", "weights/encoder", "offset/cross", "offset/log_probs", "shape/cross", "shape/log_probs"),
)
DTYPES = ("<f2", "<f8", "<i8", "<i4", "u1", ">f4", "S3", "?", "<c8", [("a", "<f4"), ("b", "<i8")], "V4", "<f4", "<u8")
NUMBERS = (-1, 0, 1, 2, 255, 2**15, 2**31 - 1, 2**62, -(2**31), float("nan"), float("inf"), -float("inf"), 0.5)
SHAPES = ((), (0,), (1,), (3, 1), (1, 3), (2, 2, 2), (2**20,), (2**40,), (2**62,), (2**31, 2**31))
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


def write(path: Path, data: bytes) -> None:
    """Make a shard of an input: an HDF5 file as it is, or four bytes for each edit of the shard that is there."""
    if data.startswith(b"\x89HDF"):
        path.write_bytes(data)
        return
    edits = [tuple(data[n : n + 4].ljust(4, b"\0")) for n in range(0, len(data), 4)][:16]
    with h5py.File(path, "r+") as file:
        for edit in edits:
            try:
                _edit(file, *edit)
            except (ValueError, KeyError, TypeError, OSError, OverflowError, RuntimeError, MemoryError):
                continue  # not an edit that HDF5 knows
    raw = bytearray(path.read_bytes())
    for kind, _, high, low in edits:
        at = (256 * high + low) * 7 % len(raw)
        if kind % 16 == 14:
            raw[at] ^= 1 << low % 8
        elif kind % 16 == 15:
            del raw[at:]
            break
    path.write_bytes(raw)


def _edit(file: h5py.File, kind: int, which: int, high: int, low: int) -> None:
    name = NAMES[which % len(NAMES)]
    kind %= 16
    if kind < 3:
        _change_value(file[name], high, low)
    elif kind == 3:
        del file[name]
    elif kind == 4:  # another type of numbers, or of layout
        values = file[name][()]
        dtype = DTYPES[low % len(DTYPES)]
        how = ({}, {"chunks": True}, {"compression": "gzip", "chunks": True}, {"chunks": True, "fletcher32": True})
        made = np.zeros(values.shape, dtype) if values.dtype == object else values.astype(dtype)
        del file[name]
        file.create_dataset(name, data=made, **how[high % 4])
    elif kind == 5:  # a declared shape, with nothing in it
        dtype = file[name].dtype
        del file[name]
        shape = SHAPES[low % len(SHAPES)]
        file.create_dataset(name, shape, dtype, chunks=(1,) * len(shape) if high % 2 and shape else None)
    elif kind == 6:  # no data set
        del file[name]
        if low % 5 == 0:
            file.create_group(name)
        elif low % 5 == 1:
            file[name] = h5py.SoftLink("/row" if high % 2 else f"/{name}")
        elif low % 5 == 2:
            file[name] = h5py.ExternalLink(str(file.filename) if high % 2 else "/etc/passwd", "/row")
        elif low % 5 == 3:
            file[name] = np.dtype("<f4")
        else:
            file.create_dataset(name, data=h5py.Empty("<f4"))
    elif kind == 7:
        other = NAMES[low % len(NAMES)]
        del file[name]
        file[name] = file[other]
    elif kind == 8:
        version = (1, 2, "1", b"\xff", [1, 1], np.nan, h5py.Empty("i4"), np.zeros((3, 3)))
        del file.attrs["format_version"]
        if low % 9 < len(version):
            file.attrs["format_version"] = version[low % 9]
    elif kind == 9:  # other length
        values = file[name][()]
        del file[name]
        made = np.resize(values, (max(0, len(values) + (low % 9) - 4), *values.shape[1:]))
        file.create_dataset(name, data=made, dtype=h5py.string_dtype() if made.dtype == object else None)
    elif kind == 10:
        values = file[name][()]
        del file[name]
        file.create_dataset(name, data=values, external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])
    elif kind == 11:
        values = file[name][()]
        del file[name]
        fixed = [bytes(value) if isinstance(value, bytes) else value for value in values]
        file.create_dataset(name, data=np.array(fixed, "S8") if values.dtype == object else values, track_times=True)
    elif kind == 12:
        file.create_dataset(f"more{which}", data=np.arange(low))
    elif kind == 13:
        file.attrs[f"a{which}"] = TEXTS[low % len(TEXTS)]


def _change_value(dataset: h5py.Dataset, high: int, low: int) -> None:
    at = np.unravel_index(high % dataset.size, dataset.shape)
    if h5py.check_string_dtype(dataset.dtype):
        dataset[at] = TEXTS[low % len(TEXTS)]
    else:
        with np.errstate(all="ignore"):
            dataset[at] = np.array(NUMBERS[low % len(NUMBERS)]).astype(dataset.dtype)
