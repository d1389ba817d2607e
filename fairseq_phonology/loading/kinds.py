"""What a file is that is no intact checkpoint, in words; and whether an archive is what PyTorch wrote.

It reads bytes and names in an archive; nothing is unpickled.
"""

from __future__ import annotations

import collections
import pickletools
import struct
import zipfile
import zlib
from pathlib import Path

from ..errors import InputError
from ..text import cut

# first bytes -> what such a file is, and what to do; the rest of a file's kinds take a closer look
_OTHER_FILES = (
    (b"version https://git-lfs", "is a pointer of Git LFS, not the file itself: get it with `git lfs pull`"),
    (b"/annex/objects/", "is a pointer of git-annex, not the file itself: get it with `git annex get`"),
    (b"\x1f\x8b", "is compressed by gzip: unpack it first"),
    (b"BZh", "is compressed by bzip2: unpack it first"),
    (b"\xfd7zXZ", "is compressed by xz: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "is compressed by zstd: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "is a 7z archive: unpack it first"),
    (b"\x89HDF", "is an HDF5 file, no checkpoint of fairseq-train"),
    (b"\x93NUMPY", "is an array of numpy, no checkpoint of fairseq-train"),
)
_LEGACY = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"  # PyTorch before 1.6: a pickled magic number


def what_it_is(path: str | Path) -> str | None:
    """What a file is that does not load as a checkpoint, in words to follow its name; None if that is not seen."""
    with open(path, "rb") as file:
        head = file.read(1024)
    if not head:
        return "damaged: an empty file"
    for start, what in _OTHER_FILES:
        if head.startswith(start):
            return what
    if head[257:262] == b"ustar":
        return "is a tar archive: unpack it first"
    if head.startswith(b"PK"):
        try:
            return _in_archive(path)
        except _UNREADABLE as error:
            return f"damaged: {error}"
    if head.startswith(_LEGACY):
        return "damaged: cut short"
    if head.startswith(b"\x80"):
        return "is a pickle, but none that fairseq-train wrote (by torch.save): no checkpoint, or damaged"
    if head[8:10] == b'{"':
        return "is a safetensors file: weights alone, without the configuration that fairseq-train saves beside them"
    text = head.decode("utf-8", errors="ignore")
    if text.lstrip().lower().startswith(("<!doctype html", "<html")):
        return "is a page of the web (HTML): the download got a page in place of the file"
    if text.isprintable() or all(letter.isprintable() or letter in "\t\r\n" for letter in text):
        return f"is a text file that begins with {cut(text.strip(), 40)!r}: no checkpoint, or damaged"
    return "damaged, or no checkpoint at all"


def is_cut_within_a_name(path: str | Path) -> bool:
    """Is it a file of old PyTorch that ends before its pickles do, so that a name in it may be half a name?"""
    with open(path, "rb") as file:
        if file.read(len(_LEGACY)) != _LEGACY:
            return False
        file.seek(0)
        try:
            for _ in range(4):  # magic number, version, system, content
                collections.deque(pickletools.genops(file), maxlen=0)
        except ValueError:
            return True
    return False


# what zipfile raises of an archive that is damaged
_UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)
_FOLDER = 0x10  # among the attributes of MS-DOS: PyTorch then reads nothing and gives what memory holds


def is_archive(path: str | Path) -> bool:
    """Is it a zip archive with an end that can be read?"""
    try:
        return zipfile.is_zipfile(path)
    except zipfile.BadZipFile:  # of an end that says that there are several disks
        return False


def check_archive(path: Path, whole: bool = True) -> None:
    """Refuse an archive whose content is not what was written, by the checksums that PyTorch writes and never reads.

    Files of PyTorch before version 1.6 are no archives and have no checksums: nothing is said of them.

    Args:
        path: the file.
        whole: look at everything; else only at what is unpickled, for a glance at a large checkpoint.

    Raises:
        InputError: damaged, another archive, or packed, which PyTorch never does.
    """
    try:
        if not zipfile.is_zipfile(path):
            return
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if (
                any(member.compress_type for member in members)
                or sum(m.file_size for m in members) > path.stat().st_size
            ):
                raise InputError(_in_archive(path) or "is a packed archive, as PyTorch writes none: refused", path)
            if folder := next((each.filename for each in members if each.external_attr & _FOLDER), None):
                raise InputError(f"damaged: {folder} in it is marked as a folder", path)
            for member in members:
                if whole or member.filename.endswith("/data.pkl"):
                    with archive.open(member) as file:
                        while file.read(1 << 20):  # the last of it compares the checksum
                            pass
    except _UNREADABLE as error:
        if isinstance(error, InputError):
            raise
        raise InputError(what_it_is(path) or f"damaged: {error}", path) from None


def _in_archive(path: str | Path) -> str | None:
    """What is said of a zip archive, as PyTorch writes since version 1.6."""
    if not zipfile.is_zipfile(path):
        return "damaged: cut short (a zip archive without its end)"
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        parts = {name.partition("/")[2] for name in names}
        if "constants.pkl" in parts or any(part.startswith("code/") for part in parts):
            return "is a TorchScript archive, a model compiled for use: it holds no checkpoint of fairseq-train"
        if "data.pkl" not in parts and {"version", "byteorder"} & parts:
            return "damaged: it was not written to the end"
        if "data.pkl" not in parts:
            held = ", ".join(names[:3]) or "nothing"
            return f"is a zip archive of other files ({held}), no checkpoint: unpack it first"
        with archive.open(next(name for name in names if name.partition("/")[2] == "data.pkl")) as data:
            protocol = [*data.read(2)]
    if protocol[:1] == [0x80] and protocol[1] > 2:
        return f"is pickled by protocol {protocol[1]}, which PyTorch's restricted loading does not read; fairseq's is 2"
    return None
