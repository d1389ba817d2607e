"""Files and folders: written whole or not at all, by one process at a time; CSV, JSON, TOML, hashes, locks.

The only place that writes, replaces or locks files by hand.
"""

from .documents import Amount, Count, Finite, Percent, Place, Share, fitting, read_json, read_toml, write_json
from .folders import alone, check_free, new_file, new_folder, restore
from .lines import read_lines
from .lock import TRAINING_LOCK, Busy, Holder, Lock, training_lock
from .tables import csv_line, marked, read_csv, read_table, tsv_line, unmarked, write_csv, write_tsv
from .whole import (
    check_own,
    check_plain,
    check_readable,
    new_only,
    picture_format,
    save_picture,
    sha256_of,
    sha256_of_parts,
    write_file,
    write_lines,
    write_whole,
    write_zip,
    zip_blocks,
)

__all__ = [
    "Amount",
    "Busy",
    "Count",
    "Finite",
    "Holder",
    "Lock",
    "Percent",
    "Place",
    "Share",
    "TRAINING_LOCK",
    "alone",
    "check_free",
    "check_own",
    "check_plain",
    "check_readable",
    "csv_line",
    "fitting",
    "marked",
    "new_file",
    "new_folder",
    "new_only",
    "picture_format",
    "read_csv",
    "read_json",
    "read_lines",
    "read_table",
    "read_toml",
    "restore",
    "save_picture",
    "sha256_of",
    "sha256_of_parts",
    "training_lock",
    "tsv_line",
    "unmarked",
    "write_csv",
    "write_file",
    "write_json",
    "write_lines",
    "write_tsv",
    "write_whole",
    "write_zip",
    "zip_blocks",
]
