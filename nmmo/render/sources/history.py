"""What charts, market and timeline show: statistics of a whole game, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.content import ITEMS
from nmmo.core.enums import EventKind

__all__ = ["MARKED", "Curves", "History"]

MARKED: Final = {"deaths": EventKind.DEATH, "level-ups": EventKind.LEVEL_UP, "sales": EventKind.SALE}
"""Events on the timeline, by the name that is shown; in the order of ``Curves.marks``."""
MAX_BINS: Final = 2048
"""More bins than a window has pixels. In a longer game a bin covers 2, 4, 8 ... ticks."""
_LIVING, _MEAN, _MARKS = 0, 1, 2


@dataclass(frozen=True)
class Curves:
    """Statistics over time, one row for each bin of ticks that has any.

    Attributes
    ----------
    ticks : ndarray of float64, shape [n]
        The first tick of each bin.
    width
        Ticks of a bin.
    living, mean_score : ndarray of float64, shape [n]
        Means over the bin's ticks.
    best_score : ndarray of float64, shape [n]
        The highest of the bin's ticks.
    marks : ndarray of float64, shape [n, 3]
        Events per tick, in the order of ``MARKED``.
    """

    ticks: NDArray[np.float64]
    width: int
    living: NDArray[np.float64]
    mean_score: NDArray[np.float64]
    best_score: NDArray[np.float64]
    marks: NDArray[np.float64]


class History:
    """Collects statistics of ticks, in any order; the same tick counts once.

    Parameters
    ----------
    first_tick
        The game's first tick.

    Attributes
    ----------
    version
        Grows with every tick that was new.
    """

    def __init__(self, first_tick: int = 0) -> None:
        self.first_tick = first_tick
        self.version = 0
        self.width = 1
        """Ticks of a bin."""
        self._seen = bytearray()
        self._counts = np.zeros(MAX_BINS)
        self._sums = np.zeros((MAX_BINS, 2 + len(MARKED)))
        self._best = np.zeros(MAX_BINS)
        self._gold = np.zeros((MAX_BINS, len(ITEMS) + 1))
        self._pieces = np.zeros((MAX_BINS, len(ITEMS) + 1))
        self._curves: tuple[int, Curves] | None = None

    def knows(self, tick: int) -> bool:
        """Return whether a tick was noted."""
        at = tick - self.first_tick
        return 0 <= at < len(self._seen) and bool(self._seen[at])

    @property
    def noted(self) -> int:
        """How many ticks were noted."""
        return self.version

    def note(self, tick: int, players: NDArray[np.void], events: NDArray[np.void]) -> None:
        """Take a tick: ``World.players`` and ``World.events`` after it. Ticks before the first are left out."""
        at = tick - self.first_tick
        if at < 0 or self.knows(tick):
            return
        if at >= len(self._seen):
            self._seen.extend(bytes(at + 1 - len(self._seen)))
        self._seen[at] = 1
        self.version += 1
        while at >= self.width * MAX_BINS:
            self._fold()
        bin_ = at // self.width
        scores = players["score"][players["alive"] == 1]
        kinds = events["kind"]
        self._counts[bin_] += 1
        sums = self._sums[bin_]
        sums[_LIVING] += len(scores)
        sums[_MEAN] += scores.mean() if len(scores) else 0.0
        self._best[bin_] = max(self._best[bin_], int(scores.max(initial=0)))
        for column, kind in enumerate(MARKED.values(), _MARKS):
            sums[column] += np.count_nonzero(kinds == kind)
        sales = events[kinds == EventKind.SALE]
        if len(sales):
            np.add.at(self._gold[bin_], sales["item"], sales["gold"])
            np.add.at(self._pieces[bin_], sales["item"], np.maximum(sales["amount"], 1))

    def _fold(self) -> None:
        """Make bins twice as wide."""
        half = MAX_BINS // 2
        for sums in (self._counts, self._sums, self._gold, self._pieces):
            sums[:half] = sums[0::2] + sums[1::2]
            sums[half:] = 0
        self._best[:half] = np.maximum(self._best[0::2], self._best[1::2])
        self._best[half:] = 0
        self.width *= 2

    def curves(self) -> Curves:
        """Return the statistics so far."""
        if self._curves is None or self._curves[0] != self.version:
            self._curves = self.version, self._make_curves()
        return self._curves[1]

    def _make_curves(self) -> Curves:
        bins = np.flatnonzero(self._counts)
        means = self._sums[bins] / self._counts[bins, None]
        return Curves(
            ticks=self._ticks(bins),
            width=self.width,
            living=means[:, _LIVING],
            mean_score=means[:, _MEAN],
            best_score=self._best[bins],
            marks=means[:, _MARKS:],
        )

    def _ticks(self, bins: NDArray[np.int64]) -> NDArray[np.float64]:
        return self.first_tick + bins.astype(np.float64) * self.width

    def sold(self, item: int) -> int:
        """Return how many pieces of an item type were sold."""
        return int(self._pieces[:, item].sum())

    def prices(self, item: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the sales of an item type: ticks, the mean price of a piece (of ammunition: a dozen), and pieces."""
        bins = np.flatnonzero(self._pieces[:, item])
        pieces = self._pieces[bins, item]
        return self._ticks(bins), ITEMS[item - 1].lot * self._gold[bins, item] / pieces, pieces
