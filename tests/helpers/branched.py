"""Programs that import for seconds, in processes of their own, forked from this one, which has imported it all.

Signals, groups, pipes and exit statuses are those of real processes.
"""

from __future__ import annotations

import atexit
import faulthandler
import itertools
import logging
import os
import runpy
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence


class Popen(subprocess.Popen):
    """As `subprocess.Popen`, but ``python -m MODULE ...`` is forked, there and in all Python that it starts."""

    def __init__(self, args, *rest, **how):
        if isinstance(args, list) and "-m" in args[:3] and not rest:
            kept = 2, *sorted(how.get("pass_fds", ()))
            words = [*map(str, args)]
            how["preexec_fn"] = lambda: _child(words, kept, how.get("env") or dict(os.environ))
            args = ["true"]  # never gets there
        super().__init__(args, *rest, **how)


def _child(words: Sequence[str], kept: Sequence[int], environment: Mapping[str, str]) -> None:
    """The new process: a fresh Python as far as the program can tell. Does not return."""
    status = 1
    try:
        faulthandler.disable()
        atexit._clear()  # what the tests do at their end
        logging.root.handlers.clear()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for last, following in itertools.pairwise([*kept, os.sysconf("SC_OPEN_MAX")]):
            if last + 1 < following:  # Python takes an empty range for all there are
                os.closerange(last + 1, following)
        for number, (name, how) in enumerate([("stdin", "r"), ("stdout", "w"), ("stderr", "w")]):
            setattr(sys, name, os.fdopen(number, how, buffering=1, encoding="utf-8", closefd=False))
        os.environ.clear()
        os.environ.update(environment)
        module = words.index("-m") + 1
        subprocess.Popen, sys.executable, sys.argv = Popen, words[0], words[module:]
        runpy.run_module(words[module], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = end.code or 0
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            status = 1
    except BaseException:
        traceback.print_exc()
    finally:
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
