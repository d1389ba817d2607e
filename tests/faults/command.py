"""``python -m tests.faults.command NAME WORD ...``: ``fairseq-NAME`` in this process, which has imported it all."""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    name, *words = sys.argv[1:]
    sys.argv = [str(Path(sys.executable).with_name(f"fairseq-{name}")), *words]
    if name == "phonology":
        from fairseq_phonology.commands import main

        sys.exit(main(words))
    sys.exit(importlib.import_module(f"fairseq_cli.{name}").cli_main())
