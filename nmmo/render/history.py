"""What the charts show: population, score, deaths, prices and volumes over time; and where players walked."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.config import Config
from nmmo.core.enums import EventKind, ObjectKind
from nmmo.render.scene import Scene

__all__ = ["MARKED", "History"]

MARKED: Final = {EventKind.DEATH: 0, EventKind.LEVEL_UP: 1, EventKind.SALE: 2}
"""Events on the timeline, and their column."""
_HEAT_KEPT: Final = np.float32(0.998)
_DOZENS: Final = (ObjectKind.WHETSTONE, ObjectKind.ARROW, ObjectKind.RUNE)


class History:
    """Collects figures from each tick that is shown; the same tick counts once.

    Attributes
    ----------
    ticks, living, mean_score, best_score : list
        One entry for each tick seen, in the order of ticks.
    marks : dict of int to list of int
        Deaths, level-ups and sales of a tick.
    heat : ndarray of float32, shape [height, width]
        How much players walked on each tile lately.
    """

    def __init__(self, config: Config) -> None:
        self._figures: dict[int, tuple[int, float, int]] = {}
        self.marks: dict[int, list[int]] = {}
        self.prices: dict[int, list[tuple[int, float, int]]] = defaultdict(list)
        """By item type: tick, price a piece (ammunition: a dozen) and pieces of each sale."""
        self.heat: NDArray[np.float32] = np.zeros((config.height, config.width), np.float32)
        self._sorted: list[int] | None = None
        self.version = 0
        """Grows with every tick that was new."""

    def note(self, scene: Scene) -> None:
        """Takes a scene."""
        if scene.tick in self._figures:
            return
        self.version += 1
        self._sorted = None
        players = scene.players
        alive = players["alive"] == 1
        scores = players["score"][alive]
        count = int(alive.sum())
        self._figures[scene.tick] = count, float(scores.mean()) if count else 0.0, int(scores.max(initial=0))
        me = players["self"]
        self.heat *= _HEAT_KEPT
        np.add.at(self.heat, (me["row"][alive], me["column"][alive]), np.float32(1.0))
        events = scene.events
        kinds = events["kind"]
        marks = [int(np.count_nonzero(kinds == kind)) for kind in MARKED]
        if any(marks):
            self.marks[scene.tick] = marks
        for sale in events[kinds == EventKind.SALE]:
            pieces = max(1, int(sale["amount"]))
            item = int(sale["item"])
            unit = 12 if item in _DOZENS else 1
            self.prices[item].append((scene.tick, unit * int(sale["gold"]) / pieces, pieces))

    @property
    def ticks(self) -> list[int]:
        """Ticks that were seen, ascending."""
        if self._sorted is None:
            self._sorted = sorted(self._figures)
        return self._sorted

    def figures(self) -> NDArray[np.float64]:
        """For each tick seen: tick, players living, mean score, best score. Float64 [n, 4]."""
        return np.array([(tick, *self._figures[tick]) for tick in self.ticks], np.float64).reshape(-1, 4)
