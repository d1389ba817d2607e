"""Dumps that were changed, with every checksum made to fit again: what someone does who means harm."""

import json
import zlib
from pathlib import Path

import numpy as np

from fairseq_phonology.attention.dump import manifest as manifests
from fairseq_phonology.attention.dump import sealed
from fairseq_phonology.attention.dump.layout import TEXTS, columns, data_set, float_names, layout_of


class Changed:
    """The one shard of a dump, open for changes; `seal` makes the checksums fit."""

    def __init__(self, folder: Path):
        self.folder, self.path = Path(folder), manifests.shard_path(Path(folder), "00000")
        self.manifest = json.loads((self.folder / manifests.FILE_NAME).read_text("utf-8"))
        self.entry = self.manifest["shards"]["00000"]
        self.data_sets = self.entry.get("data_sets", {})
        self._saved = self.manifest["kinds"], self.manifest["norms"]

    def array(self, name: str) -> np.ndarray:
        """A data set; what is put into it is in the file."""
        begin, size, _ = self.data_sets[name]
        if not 0 <= begin <= begin + size <= self.path.stat().st_size:  # numpy would make the file longer
            raise ValueError(name)
        types = {each: kind for each, (kind, _) in columns(*self._saved).items()}
        kind = np.dtype(types.get(name, f"S{size // self.entry['records']}" if name in TEXTS else "<f4"))
        return np.memmap(self.path, kind, "r+", begin, (size // kind.itemsize,))

    def seal(self, floats: bool = True) -> Path:
        """Write the manifest with all checksums, those of the shard included as far as they can be computed."""
        if self.path.exists() and self.data_sets:
            data = bytearray(self.path.read_bytes())
            if floats:
                self._seal_floats(data)
                self.path.write_bytes(data)
            for each in self.data_sets.values():
                each[2] = zlib.crc32(data[each[0] : each[0] + each[1]])
            with open(self.path, "rb", buffering=0) as file:
                extents = {name: (begin, size) for name, (begin, size, _) in self.data_sets.items()}
                self.entry["crc32_of_rest"] = sealed._crc32_of_rest(file, len(data), extents)
            self.entry["bytes"] = len(data)
        return self.write()

    def write(self) -> Path:
        """Write the manifest alone, with its own checksum."""
        self.manifest["sha256"] = manifests._checksum(self.manifest)
        (self.folder / manifests.FILE_NAME).write_text(json.dumps(self.manifest), "utf-8")
        return self.folder

    def _seal_floats(self, data: bytearray) -> None:
        for name in float_names(*self._saved):
            own, layout = data_set(name), layout_of(name)
            if not {own, f"offset/{layout}", f"shape/{layout}", f"crc32/{own}"} <= set(self.data_sets):
                continue
            begin, size, _ = self.data_sets[own]
            offsets, shapes = self.array(f"offset/{layout}").tolist(), self.array(f"shape/{layout}").tolist()
            width = len(shapes) // max(len(offsets), 1)
            crcs = []
            for n, offset in enumerate(offsets):
                count = 1
                for length in shapes[n * width : (n + 1) * width]:
                    count *= length
                crcs.append(zlib.crc32(data[begin + 4 * offset : begin + min(4 * (offset + count), size)]))
            at, room, _ = self.data_sets[f"crc32/{own}"]
            packed = np.array(crcs, "<u4").tobytes()[:room]
            data[at : at + len(packed)] = packed
