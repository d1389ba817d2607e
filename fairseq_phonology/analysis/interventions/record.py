"""``interventions.npz``: the `Interventions` of one model in full precision, written and read back.

``interventions.csv.gz`` is for people and R and has six digits. Several models are put together from this file, so that
it makes no difference whether one run made all of them.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ...errors import InputError
from ...files import check_readable, write_whole
from ..events.events import Event
from .kinds import Intervention
from .run import Interventions

RECORD = "interventions.npz"
_ARRAYS = {
    "intact": "f4",
    "counterpart": "f4",
    "log_odds": "f4",
    "changes": "b1",
    "changes_decision": "b1",
    "ran": "b1",
}
_MOST = 4_000_000_000  # bytes that it may hold
_DAMAGED = (OSError, ValueError, KeyError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError)
_DAMAGED += (MemoryError, RecursionError, OverflowError, msgspec.MsgspecError)
_OF_EVENTS = ("intact", "counterpart")  # one number an event; the others have one an event and intervention


class _Rest(msgspec.Struct):
    """What is no array: see `Interventions`."""

    events: list[Event]
    which: list[Intervention]
    replaced: dict[str, str]


def write_record(found: Interventions, path: str | Path) -> None:
    """Write everything that `Interventions` holds. The same interventions give the same bytes.

    Arrays have the names of the attributes; ``rest`` holds events, interventions and replaced triggers, as the bytes of
    UTF-8 JSON.

    Raises:
        InputError: the file cannot be written.
    """
    arrays: dict[str, Any] = {name: getattr(found, name) for name in _ARRAYS}
    rest = msgspec.json.encode(_Rest(found.events, found.which, found.replaced))
    arrays["rest"] = np.frombuffer(rest, np.uint8)
    write_whole(Path(path), lambda file: np.savez_compressed(file, **arrays))


def read_record(path: str | Path) -> Interventions:
    """What `write_record` wrote, to the last digit.

    Raises:
        InputError: it cannot be read, or is not whole.
    """
    path = Path(path)
    again = "run intervene again"
    try:
        check_readable(path, _MOST)
        if not zipfile.is_zipfile(path):
            raise InputError(f"is damaged (no zip archive); {again}", path)
        with np.load(path, allow_pickle=False) as file:
            if (size := sum(each.file_size for each in file.zip.infolist())) > _MOST:
                raise InputError(f"would take {size:,} bytes; allowed: up to {_MOST:,}", path)
            arrays = {name: file[name] for name in _ARRAYS}
            rest = msgspec.json.decode(file["rest"].tobytes(), type=_Rest)
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(
            f"is not there: an earlier version made the folder, or it is not whole; {again}", path
        ) from None
    except _DAMAGED as error:
        raise InputError(f"is damaged ({error}); {again}", path) from None
    sizes = len(rest.events), len(rest.which)
    for name, array in arrays.items():
        size = sizes[:1] if name in _OF_EVENTS else sizes
        if (array.shape, array.dtype) != (size, np.dtype(_ARRAYS[name])):
            raise InputError(
                f"is damaged: {name} is {array.dtype} {array.shape}, not {_ARRAYS[name]} {size}; {again}", path
            )
    return Interventions(rest.events, which=rest.which, replaced=rest.replaced, **arrays)
