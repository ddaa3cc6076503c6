"""How fast time passes in the window."""

from __future__ import annotations

import math
from typing import Final

__all__ = ["SPEEDS", "TURNS", "USUAL_PACE", "PlaybackSpeed"]

SPEEDS: Final = (1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0, math.inf)
"""Multiples of the usual pace; the last is as fast as possible."""
USUAL_PACE: Final = 4.0
"""Ticks per second."""
TURNS: Final = 0.0
"""The speed of a game that waits for the human who plays."""
MAX_BACKLOG: Final = 0.04
"""Seconds of ticks that a frame may catch up on: a window that was held up does not race afterwards."""
SMOOTH: Final = 4.0
"""The highest speed at which bodies glide between ticks."""


class PlaybackSpeed:
    """Counts the ticks that are due.

    Parameters
    ----------
    factor
        A multiple of the usual pace.
    lowest
        The lowest speed that can be chosen: ``TURNS`` where somebody plays by hand, else the first of ``SPEEDS``.

    Attributes
    ----------
    factor
        The multiple of the usual pace at present.
    due
        Ticks that should have been shown by now, beyond those that were: less than one between two ticks.
    """

    def __init__(self, factor: float, lowest: float) -> None:
        self.factor = factor
        self.due = 0.0
        self._lowest = lowest

    @property
    def unlimited(self) -> bool:
        """Whether ticks are shown as fast as possible."""
        return math.isinf(self.factor)

    @property
    def ticks_per_second(self) -> float:
        """The chosen pace; a game that waits for a human goes at the usual one while the policy plays."""
        return (self.factor or 1.0) * USUAL_PACE

    @property
    def smooth(self) -> bool:
        """Whether bodies are drawn between their places."""
        return self.factor <= SMOOTH

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        pace = self.ticks_per_second
        self.due = min(self.due + seconds * pace, 1.0 + MAX_BACKLOG * pace)

    def take_tick(self) -> bool:
        """Return whether a tick is due; if so, it counts as shown."""
        if self.due < 1.0:
            return False
        self.due -= 1.0
        return True

    def faster(self) -> None:
        """Choose the next higher speed."""
        self.factor = next((speed for speed in SPEEDS if speed > self.factor), SPEEDS[-1])

    def slower(self) -> None:
        """Choose the next lower speed."""
        self.factor = next((speed for speed in reversed(SPEEDS) if speed < self.factor), self._lowest)

    @property
    def name(self) -> str:
        """The speed in words."""
        if self.factor == TURNS:
            return "waits for you"
        if self.unlimited:
            return "as fast as possible"
        times = f"1/{round(1 / self.factor)}" if self.factor < 1 else f"{self.factor:.0f}"
        return f"{times}×, {self.ticks_per_second:g} ticks/s"
