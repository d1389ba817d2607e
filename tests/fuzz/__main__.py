"""``python -m tests.fuzz NAME --minutes 10``: look for bytes that a reader neither reads nor refuses.

Needs atheris (``pip install -e .[fuzz]``). Every fault is written to a folder with its traceback and the shortest input
seen, and the search goes on; what takes too long or too much memory ends the process, which is started again.
"""

from __future__ import annotations

import argparse
import logging
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

from tests.fuzz.corpus import FOLDER, inputs

SECONDS = 3  # of CPU for one input
MEGABYTES = 1500
LONGEST = 4096  # bytes of an input


class TooSlow(Exception):
    """An input took longer than `SECONDS`."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.split("\n\n")[0])
    names = sorted(path.stem for path in FOLDER.glob("*.txt"))
    parser.add_argument("name", choices=names)
    parser.add_argument("--minutes", type=float, default=10, help="how long (default: 10)")
    parser.add_argument("--dest", type=Path, help="folder of faults and of the corpus as it grows (default: a new one)")
    parser.add_argument("--in-process", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers (default: 1)")
    given, more = parser.parse_known_args()
    given.dest = given.dest or Path(tempfile.mkdtemp(prefix=f"fuzz-{given.name}-"))
    for folder in ("grown", "faults", "stopped"):
        (given.dest / folder).mkdir(parents=True, exist_ok=True)
    return fuzz(given, more) if given.in_process else watch(given)


def watch(given: argparse.Namespace) -> int:
    """Fuzz until the time is over, whatever becomes of the process; say what was done."""
    end, runs, line = time.time() + 60 * given.minutes, 0, ""
    started = 0
    while (left := int(end - time.time())) > 0:
        command = [sys.executable, "-m", "tests.fuzz", given.name, "--in-process", "--dest", str(given.dest)]
        command += [f"--seed={given.seed + started}", f"-max_total_time={left}"]
        started += 1
        with open(given.dest / "log.txt", "ab+") as log:
            begin = log.seek(0, 2)
            subprocess.run(command, stdout=log, stderr=log, check=False)
            log.seek(begin)
            told = log.read().decode(errors="replace")
        lines = re.findall(r"^#(\d+)\t.*?cov: (\d+) ft: (\d+) corp: (\d+)", told, re.MULTILINE)
        done = re.search(r"stat::number_of_executed_units:\s*(\d+)", told)
        runs += int(done[1]) if done else int(lines[-1][0]) if lines else 0
        line = f"{lines[-1][1]} edges, {lines[-1][3]} inputs in the corpus" if lines else "nothing reached"
        if not lines:
            print(told[-2000:])
            break
    faults = sorted(path.name for path in (given.dest / "faults").glob("*.trace"))
    stopped = sorted(path.name for path in (given.dest / "stopped").iterdir())
    print(f"{given.name}: {runs:,} executions, {line}; {len(faults)} faults, {len(stopped)} stops; see {given.dest}")
    for name in (*faults, *stopped):
        print(f"  {name}")
    return 1 if faults or stopped else 0


def fuzz(given: argparse.Namespace, more: list[str]) -> int:
    """One process of libFuzzer; does not return."""
    import atheris

    _without_training()
    with atheris.instrument_imports(include=["fairseq_phonology"]):
        from tests.fuzz import targets
    target, seeds = targets.TARGETS[given.name], given.dest / "seeds"
    seeds.mkdir(exist_ok=True)
    for n, data in enumerate(inputs(given.name)):
        (seeds / f"{n:04}").write_bytes(data)
    for before, pattern in target.seeds:
        for path in sorted(FOLDER.parents[2].glob(pattern)):
            (seeds / path.name).write_bytes(before + path.read_bytes())
    words = given.dest / "words.txt"
    escaped = ("".join(f"\\x{byte:02x}" for byte in word.encode("utf-8", "surrogateescape")) for word in target.words)
    words.write_text("".join(f'"{word}"\n' for word in dict.fromkeys(escaped) if word), encoding="ascii")
    logging.disable()
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGVTALRM, _too_slow)

    def once(data: bytes) -> None:
        try:
            signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
            targets.refused(given.name, data)
        except Exception as error:
            _note(error, data, given.dest / "faults")
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    options = [f"-max_len={LONGEST}", f"-rss_limit_mb={MEGABYTES}", "-timeout=60", "-print_final_stats=1"]
    options += [f"-dict={words}"] * bool(target.words)
    options += [f"-artifact_prefix={given.dest}/stopped/", f"-seed={given.seed}", *more]
    atheris.Setup([sys.argv[0], *options, str(given.dest / "grown"), str(seeds)], once)
    atheris.Fuzz()
    return 0


def _without_training() -> None:
    """torch and fairseq are no part of any reader, and slow."""
    import importlib.util

    find = importlib.util.find_spec
    importlib.util.find_spec = lambda name, package=None: None if name == "fairseq" else find(name, package)


def _too_slow(*_: object) -> None:
    raise TooSlow


def _note(error: Exception, data: bytes, folder: Path) -> None:
    """A fault, once for each kind and place of it, with the shortest input."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "fairseq_phonology/" in frame.filename]
    where = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).stem}-{where.name}" + ("" if isinstance(error, TooSlow) else f"-{where.lineno}")
    path = folder / f"{type(error).__name__}-{place}".replace("<", "").replace(">", "")
    if not path.exists() or path.stat().st_size > len(data):
        path.write_bytes(data)
        path.with_name(f"{path.name}.trace").write_text("".join(traceback.format_exception(error))[-6000:])


if __name__ == "__main__":
    sys.exit(main())
