"""The contrasts of attention, one table: tests, tables, figures, captions and methods text read it.

A contrast that is added to `CONTRASTS` is tested in every design, and appears in ``heads.csv``, in the map of effects
and in the report. What it compares is said once, by its weights of the two classes of either side (DESIGN section 5,
cells): the weight of a cell is the product of the two.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

Weights = tuple[float, float]
_APART, _MEAN = (1.0, -1.0), (0.5, 0.5)


@dataclass(frozen=True)
class Contrast:
    """What is compared between the cells TR, TN, CR, CN of a design.

    Attributes:
        name: in tables, files and code.
        term: the standard term, as in ``interaction``.
        target: weights of T and C, the classes in target position; None for what no cells are compared in.
        trigger: weights of R and N, the classes in trigger position; None likewise.
        formula: for figures.
        label: in headings of tables and figures.
        sentence: what it shows, for captions.
        of: which events it is tested in: ``cells`` of a design; ``derived`` words; ``norms``, on the share of the
            norms of the weighted value vectors; ``list``, a plain one.
    """

    name: str
    term: str
    target: Weights | None
    trigger: Weights | None
    formula: str
    label: str
    sentence: str
    of: str = "cells"

    @property
    def cells(self) -> np.ndarray:
        """Weights of TR, TN, CR, CN."""
        return np.outer(self.target, self.trigger).ravel()

    @property
    def full_name(self) -> str:
        """``response (interaction)``."""
        return f"{self.label} ({self.term})" if self.term else self.label

    def weights(self, undergoes: np.ndarray, triggers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weights of rows and columns whose products, summed over a crossed design, are the contrast.

        Classes weigh the same however many units they have.

        Args:
            undergoes: of each row, whether its segment is of class T.  # -> rows, bool
            triggers: of each column, whether its segment is of class R.  # -> columns, bool
        """
        return tuple(
            np.where(first, weights[0] / first.sum(), weights[1] / (~first).sum())
            for first, weights in ((undergoes, self.target), (triggers, self.trigger))
        )


RESPONSE, INSPECTION, SALIENCE = "response", "inspection", "salience"
DERIVED, NORMS, SAME_OFFSET = "response-derived", "response-norms", "same-offset"

_RESPONSE = Contrast(
    *(RESPONSE, "interaction", _APART, _APART, "(TR − TN) − (CR − CN)", "response"),
    "How much more the log-odds of the weight on the trigger exceed those on its controls with a segment that "
    "undergoes the process than with one that does not.",
)
_ALL = (
    _RESPONSE,
    Contrast(
        *(INSPECTION, "main effect of target", _APART, _MEAN, "(TR + TN)/2 − (CR + CN)/2", "inspection"),
        "How much larger the log-odds of the weight on the trigger's position are with a segment that undergoes the "
        "process than with one that does not, whether or not a trigger stands there.",
    ),
    Contrast(
        *(SALIENCE, "main effect of trigger", _MEAN, _APART, "(TR + CR)/2 − (TN + CN)/2", "salience"),
        "How much larger the log-odds of the weight are on triggers than on their controls, whether or not the segment "
        "in target position undergoes the process: a confound of the response, not evidence for it.",
    ),
    replace(
        _RESPONSE,
        name=DERIVED,
        label="response, words whose site another process makes",
        sentence="The response over words that are no clean test of one process.",
        of="derived",
    ),
    replace(
        _RESPONSE,
        name=NORMS,
        label="response, norms of the weighted value vectors",
        sentence="The response of a second measure: the norms of the segments' weighted value vectors in place of the "
        "weights (Kobayashi et al. 2020).",
        of="norms",
    ),
    Contrast(
        *(SAME_OFFSET, "", None, None, "trigger − same offset elsewhere", "same offset"),
        "How much more mass lies on the trigger than at the same offset from other segments of the word: not "
        "process-specific.",
        of="list",
    ),
)
CONTRASTS = {each.name: each for each in _ALL}
TESTED = tuple(name for name, each in CONTRASTS.items() if each.of == "cells")  # in every view of a design


def contrast_named(name: str) -> Contrast:
    """A contrast of `CONTRASTS`.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in CONTRASTS:
        raise ValueError(f"no contrast {name!r}; there are {', '.join(CONTRASTS)}")
    return CONTRASTS[name]
