"""What any contrast needs of what it compares: cells, the units that are random, and which of them weigh what."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

import numpy as np

Axes = tuple[tuple[np.ndarray, tuple[float, ...]], ...]  # of each kind of units: classes, weights of the classes


class Weights(Protocol):
    """A contrast, as far as a design has to know it.

    Attributes:
        target, trigger: of a 2 x 2, the weights of T and C, of R and N; of other cells None.
    """

    target: tuple[float, float] | None
    trigger: tuple[float, float] | None

    @property
    def cells(self) -> np.ndarray:
        """Weight of each cell."""


class Compared(ABC):
    """Cells, and the units in them: a 2 x 2 (`designs.Design`), or the levels of a condition (`conditions`).

    Attributes:
        index: numbers of the events.
        name: what such a design is called.
    """

    index: np.ndarray
    name: ClassVar[str]
    edge = ""  # the class with the end of the word in trigger position

    @property
    @abstractmethod
    def described(self) -> str:
        """Its size in a sentence."""

    @property
    @abstractmethod
    def smallest_classes(self) -> dict[str, int]:
        """Kind of unit -> how many the smallest of its classes has."""

    @abstractmethod
    def cell_means(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """The mean of each cell.  # values of the index -> heads"""

    @abstractmethod
    def weighted(self, values: np.ndarray, contrast: Weights) -> tuple[np.ndarray, Axes]:
        """The contrast as a weighted sum of the means of classes of units, as `statistics.weighted` takes it.

        Args:
            values: of the index, heads last.
            contrast: whose weights.
        """
