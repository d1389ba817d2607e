"""Whole files: written in one step or not at all, never into a file of somebody else's; zipped, hashed, and read.

What is written stands under a temporary name beside its place until it is complete, then it is renamed. A folder that
others made may have links under the names that are written.
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import stat
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import InputError

_LEVEL = 4  # of gzip: half the time of 6, and 7 % larger
PICTURES = ("png", "svg", "pdf")
TABLE = 200_000_000  # bytes


@contextmanager
def replacing(path: str | Path, sync: bool = False, shared: bool = False) -> Iterator[Path]:
    """A file to write, beside ``path``, which takes its place if all goes well: a kill leaves the old file or the new.

    It is there, empty, so that who opens it by its name opens no link. Where ``path`` is a link, the link is replaced.

    Args:
        path: the file; its folder must be there.
        sync: wait until the disk has it, for what must survive a crash of the machine.
        shared: several processes may write it at once, so that each has a temporary file of its own. Else there is one
            name, so that what a kill leaves is replaced by the next try, and does not pile up.

    Raises:
        InputError: it cannot be written. What stood there before stays.
    """
    path, made = Path(path), None
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp" if shared else f"{path.name}.tmp")
    if temporary.is_dir() and not temporary.is_symlink():
        raise InputError(f"is a folder, and {path.name} is written under this name; move it away", temporary)
    try:
        with new_only(temporary) as file:  # open until the end: no other file gets its number
            made = os.fstat(file.fileno())
            yield temporary
            if sync:
                os.fsync(file.fileno())
            if not _is(made, temporary):
                raise InputError("was replaced by another program while it was written", temporary)
        os.replace(temporary, path)
    except BaseException as error:
        if made and _is(made, temporary):  # the name may be another writer's already
            with suppress(OSError):
                temporary.unlink()
        if isinstance(error, OSError):
            raise InputError(f"cannot be written: {error.strerror or error}", path) from None
        raise


def new_only(path: Path) -> BinaryIO:
    """A new file, open for writing, in place of a file or link of its name, which is removed and never written into.

    Raises:
        OSError: it cannot be made.
    """
    path.unlink(missing_ok=True)
    return open(path, "xb")  # which follows no link


def check_own(*paths: Path) -> None:
    """May these files, which need not exist, be written into, and these folders?

    Raises:
        InputError: one is a symbolic link, or a file that has another name, too.
    """
    for path in paths:
        if path.is_symlink():
            raise InputError("is a symbolic link, and what it leads to would be changed; remove the link", path)
        if path.is_file() and path.stat().st_nlink > 1:
            raise InputError("has another name (a hard link), and would be changed there, too; move it away", path)


def _is(made: os.stat_result, path: Path) -> bool:
    try:
        return os.path.samestat(made, os.lstat(path))
    except OSError:
        return False


def write_whole(
    path: str | Path, content: Callable[[BinaryIO], object], sync: bool = False, shared: bool = False
) -> None:
    """Write a file in one step; see `replacing`."""
    with replacing(path, sync, shared) as temporary, open(temporary, "wb") as file:
        content(file)


def write_file(path: str | Path, text: str, sync: bool = False, shared: bool = False) -> None:
    """Write a UTF-8 text file in one step; see `replacing`."""
    write_whole(path, lambda file: file.write(text.encode("utf-8")), sync, shared)


def write_lines(path: str | Path, lines: Iterable[str], sync: bool = False) -> None:
    """Write a UTF-8 text file line by line, in one step; see `replacing`."""
    write_file(path, "".join(f"{line}\n" for line in lines), sync)


def zip_blocks(file: BinaryIO, blocks: Iterable[bytes]) -> None:
    """Write blocks through gzip; without name and time in it, so that the same blocks give the same bytes."""
    with gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as zipped:
        for block in blocks:
            zipped.write(block)


def write_zip(path: str | Path, files: Mapping[str, Path]) -> None:
    """Write files into a zip archive, in one step: the same files give the same bytes.

    Args:
        path: of the archive.
        files: name in the archive, with ``/``, -> the file.

    Raises:
        InputError: a file cannot be read, or the archive not be written; see `replacing`.
    """
    from tqdm import tqdm

    def write(archive: BinaryIO) -> None:
        with zipfile.ZipFile(archive, "w") as whole:
            for name in tqdm(sorted(files), Path(path).name, delay=1, disable=not sys.stderr.isatty(), leave=False):
                entry = zipfile.ZipInfo(name)  # of 1980, as zip's first day
                entry.create_system, entry.external_attr = 3, 0o644 << 16  # the same on every system
                packed = name.endswith((".gz", ".png"))
                entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
                try:
                    content = Path(files[name]).read_bytes()
                except OSError as error:
                    raise InputError(f"cannot be read: {error.strerror or error}", files[name]) from None
                whole.writestr(entry, content)

    write_whole(path, write)


def sha256_of(path: str | Path) -> str:
    """SHA-256 of a file, hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_parts(parts: Iterable[bytes]) -> str:
    """SHA-256 of some bytes, one after the other, hexadecimal."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def picture_format(path: str | Path) -> str:
    """The format that the name of a picture asks for.

    Raises:
        InputError: none of `PICTURES`.
    """
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending not in PICTURES:
        raise InputError(f"a picture's name ends in {', '.join('.' + known for known in PICTURES)}", path)
    return ending


def save_picture(figures: Sequence[Any], path: str | Path, **options: Any) -> None:
    """Write matplotlib's figures in one step, without date and random names: the same figures give the same file.

    Args:
        figures: several only for PDF, a page each.
        path: the picture; its ending chooses the format.
        options: of ``savefig``.

    Raises:
        InputError: another ending, several figures for one page, or the file cannot be written.
    """
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages

    ending = picture_format(path)
    if len(figures) > 1 and ending != "pdf":
        raise InputError(f"{len(figures)} pictures do not fit into one {ending}; only a PDF has pages", path)
    with replacing(path) as temporary, matplotlib.rc_context({"svg.hashsalt": "fairseq_phonology"}):
        if ending == "pdf":
            with PdfPages(temporary, metadata={"CreationDate": None}) as pages:
                for figure in figures:
                    pages.savefig(figure, **options)
        else:
            figures[0].savefig(temporary, format=ending, metadata={"Date": None} if ending == "svg" else {}, **options)


def check_plain(mode: int, path: str | Path) -> None:
    """Refuse what cannot be read twice and may never end: a pipe or a device; ``mode`` as `os.stat` gives it."""
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise InputError("is a pipe or a device, not a file; write what comes from it to a file first", path)


def check_readable(path: str | Path, most: int = TABLE) -> None:
    """Can a file be read without waiting or filling the memory?

    Raises:
        OSError: it cannot be read at all.
        InputError: it is a pipe or a device, or has more bytes than ``most``.
    """
    found = os.stat(path)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    check_plain(found.st_mode, path)
    if found.st_size > most:
        raise InputError(f"has {found.st_size:,} bytes; allowed: up to {most:,}", path)
