"""A command is started again and again, and each time it is disturbed at a random time of its undisturbed duration."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.cases import Case
from tests.helpers import branched


@dataclass
class Figures:
    """What came of it.

    Attributes:
        name: of the case.
        signal: by its name.
        seconds: of an undisturbed run.
        shares: when it was disturbed, as a share of that.
        before: runs that had ended before, which count for nothing.
        wrong: what was not as it should be; none, if all is well.
    """

    name: str
    signal: str
    seconds: float
    shares: list[float] = field(default_factory=list)
    before: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        quarters = [sum(int(4 * share) == n for share in self.shares) for n in range(4)]
        return (
            f"{self.name:<17} {self.signal:<8} {self.seconds:>5.1f} s {len(self.shares):>6} "
            f"{'/'.join(map(str, quarters)):>12} {self.before:>8} {len(self.wrong):>6}"
        )


HEAD = f"{'command':<17} {'signal':<8} {'takes':>7} {'kills':>6} {'by quarter':>12} {'too late':>8} {'losses':>6}"


def disturb(
    case: Case, folder: Path, kind: int, times: int, seed: int, say: Callable[[Figures], object] | None = None
) -> Figures:
    """Disturb a command so many times.

    Args:
        case: the command.
        folder: where it works; a new one.
        kind: of signal.
        times: how often.
        seed: of the moments.
        say: called from time to time, with the figures so far.
    """
    folder.mkdir(parents=True)
    whole, rng = folder / "whole", random.Random(f"{case.name} {kind} {seed}")
    for out in (whole,) if case.anew else (whole, folder / "again"):  # the first one reads its inputs from the disk
        begin = time.monotonic()
        _end(case, out, folder)
        case.check_same(out, whole)
    figures = Figures(case.name, signal.Signals(kind).name, time.monotonic() - begin)
    series = 0
    while len(figures.shares) < times:
        # every second series is about what the one before has left
        out = folder / f"out-{series if case.anew else series // 2}"
        for _ in range(min(case.in_a_row, times - len(figures.shares))):
            share, begin = rng.random(), time.monotonic()
            status, said = _disturbed(case, out, folder, kind, share * figures.seconds)
            if status == 0:  # the machine has less to do than it had
                figures.before += 1
                if case.anew:
                    break
                figures.seconds = time.monotonic() - begin
            else:
                figures.shares.append(share)
            _note(figures, share, status, said, kind, case)
            _look(figures, share, lambda: case.check_killed(out, whole))  # noqa: B023
        _look(figures, 1, lambda: _end(case, out, folder))  # noqa: B023
        _look(figures, 1, lambda: case.check_same(out, whole))  # noqa: B023
        _look(figures, 1, lambda: case.check_left(out))  # noqa: B023
        series += 1
        if say:
            say(figures)
    shutil.rmtree(folder)
    return figures


def _look(figures: Figures, share: float, check) -> None:
    try:
        check()
    except Exception as error:
        figures.wrong.append(f"{figures.name}, {figures.signal} at {share:.3f}: {type(error).__name__}: {error}")


def _note(figures: Figures, share: float, status: int, said: str, kind: int, case: Case) -> None:
    """The exit status, and one line at most."""
    lines = said.splitlines()
    if status not in (0, *case.ends[kind]):
        figures.wrong.append(f"{figures.name}, {figures.signal} at {share:.3f}: exit status {status}: {lines[-3:]}")
    elif status in (130, 143) and "Traceback" in said:
        figures.wrong.append(f"{figures.name}, {figures.signal} at {share:.3f}: a traceback: {lines[-1:]}")


def _start(case: Case, out: Path, folder: Path) -> subprocess.Popen:
    log = (folder / "said").open("w")
    again = out.exists() or any(out.parent.glob(f".{out.name}.*.old"))
    return branched.Popen(
        case.command(out, again),
        stdout=log,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1", **case.environment},
    )


def _disturbed(case: Case, out: Path, folder: Path, kind: int, seconds: float) -> tuple[int, str]:
    with _start(case, out, folder) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(kind)
        status = process.wait(600)
    return status, (folder / "said").read_text(encoding="utf-8", errors="replace")


def _end(case: Case, out: Path, folder: Path) -> None:
    with _start(case, out, folder) as process:
        status = process.wait(3000)
    assert status == 0, (folder / "said").read_text(encoding="utf-8", errors="replace")[-500:]
