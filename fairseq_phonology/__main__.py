"""``python -m fairseq_phonology VERB``: ``fairseq-phonology VERB`` where it is not on the PATH."""

import sys

from .commands import main

if __name__ == "__main__":
    sys.exit(main())
