"""``python -m tests.faults [CASE ...]``: a table of kills; the exit status is 1 if something was lost."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from tests.faults.cases import CASES, SLOW, Inputs
from tests.faults.kills import HEAD, Figures, disturb


def _say(figures: Figures) -> None:
    print(figures, file=sys.stderr, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", help=f"of {', '.join([*CASES, *SLOW])} (default: {len(CASES)} first)")
    parser.add_argument("--kills", type=int, default=50, help="of each (default: 50)")
    parser.add_argument("--signals", type=int, default=10, help="SIGTERM and Ctrl-C of each (default: 10)")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (default: 1)")
    args = parser.parse_args()
    lost = 0
    with tempfile.TemporaryDirectory() as name:
        inputs = Inputs(Path(name))
        print(HEAD, flush=True)
        for case in args.case or CASES:
            for kind in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
                times = args.kills if kind == signal.SIGKILL else args.signals
                figures = disturb(
                    (CASES | SLOW)[case](inputs), Path(name, f"{case}-{kind}"), kind, times, args.seed, _say
                )
                print(figures, *figures.wrong, sep="\n  ", flush=True)
                lost += len(figures.wrong)
    sys.exit(bool(lost))
