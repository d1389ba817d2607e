"""What runs have found out, in ``.mutation``: which tests reach a line, and which mutants live."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .mutants import Mutant

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "fairseq_phonology"
KEPT = ROOT / ".mutation"
KILLED, SURVIVED, UNREACHED, IMPORT = "killed", "survived", "not reached by a test", "to be imported"


def reach_of(suite: str) -> Path:
    """The file that says which tests of a suite reach which lines."""
    return KEPT / f"reach_{suite.replace('/', '.')}.json"


def key_of(mutant: Mutant) -> str:
    return f"{mutant.place}: {mutant.change}"


def known_of(path: Path) -> dict:
    """What earlier runs found out about a module as it is now: mutant -> status."""
    kept, digest = _kept(path), digest_of(path)
    if kept.is_file() and (known := json.loads(kept.read_text()))["sha256"] == digest:
        return known
    return {"sha256": digest, "mutants": {}}


def keep(path: Path, known: dict) -> None:
    _kept(path).parent.mkdir(exist_ok=True)
    _kept(path).write_text(json.dumps(known, ensure_ascii=False, indent=1))


def _kept(path: Path) -> Path:
    return KEPT / f"{path.relative_to(PACKAGE).as_posix().replace('/', '.')}.json"


def digest_of(*paths: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def chosen_for(path: Path, mutant: Mutant, reach: dict, most: float) -> list[tuple[str, float]]:
    """The tests that run the line of a mutant, or of the module where an import alone runs it, and their seconds: the
    shortest first, of the module's own file before all others, ``most`` seconds together."""
    name, files = path.relative_to(PACKAGE).as_posix(), reach["files"]
    own = (f"/test_{path.stem}.py", f"/test_{path.parent.name}.py")
    reached = any(mutant.line in lines.get(name, ()) for kept in files.values() for lines in kept["lines"].values())
    by_import = not mutant.inside or (not reached and mutant.line in reach["import"].get(name, ()))
    found = []
    for file, kept in files.items():
        for test, lines in kept["lines"].items():
            if name in lines and (by_import or mutant.line in lines[name]):
                found.append((not file.endswith(own), kept["seconds"][test], test))
    chosen, total = [], 0.0
    for _, seconds, test in sorted(found):
        if not chosen or total + seconds <= most:
            chosen.append((test, seconds))
            total += seconds
    return chosen
