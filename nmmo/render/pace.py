"""How fast time goes in the window."""

from __future__ import annotations

import math
from typing import Final

__all__ = ["SPEEDS", "TURNS", "USUAL_PACE", "Pace"]

SPEEDS: Final = (1 / 8, 1 / 4, 1 / 2, 1.0, 2.0, 4.0, 8.0, math.inf)
"""Times the usual pace; the last is as fast as it goes."""
USUAL_PACE: Final = 4.0
"""Ticks a second."""
TURNS: Final = 0.0
"""The speed of a game that waits for the person who plays."""
MOST_BEHIND: Final = 0.04
"""Seconds of ticks that may be made up for in a frame: a window that was held up does not race afterwards."""
SMOOTH: Final = 4.0
"""The highest speed at which bodies glide between ticks."""


class Pace:
    """Counts the ticks that are due.

    Parameters
    ----------
    speed
        Times the usual pace.
    least
        The lowest speed that can be chosen: ``TURNS`` for a person, else the first of ``SPEEDS``.

    Attributes
    ----------
    speed
        Times the usual pace at present.
    due
        Ticks that should have been shown by now, beyond those that were: less than one between two ticks.
    """

    def __init__(self, speed: float, least: float) -> None:
        self.speed = speed
        self.due = 0.0
        self._least = least

    @property
    def unlimited(self) -> bool:
        """Whether it is as fast as it goes."""
        return math.isinf(self.speed)

    @property
    def ticks_a_second(self) -> float:
        """As chosen; a game that waits for a person goes at the usual pace where nobody need be waited for."""
        return (self.speed or 1.0) * USUAL_PACE

    @property
    def smooth(self) -> bool:
        """Whether bodies are drawn between their places."""
        return self.speed <= SMOOTH

    def pass_time(self, seconds: float) -> None:
        """Time goes by."""
        pace = self.ticks_a_second
        self.due = min(self.due + seconds * pace, 1.0 + MOST_BEHIND * pace)

    def take_tick(self) -> bool:
        """Whether a tick is due; it counts as shown then."""
        if self.due < 1.0:
            return False
        self.due -= 1.0
        return True

    def faster(self) -> None:
        """The next higher speed."""
        self.speed = next((speed for speed in SPEEDS if speed > self.speed), SPEEDS[-1])

    def slower(self) -> None:
        """The next lower speed."""
        self.speed = next((speed for speed in reversed(SPEEDS) if speed < self.speed), self._least)

    @property
    def name(self) -> str:
        """The speed in words."""
        if self.speed == TURNS:
            return "waits for you"
        if self.unlimited:
            return "as fast as it goes"
        times = f"1/{round(1 / self.speed)}" if self.speed < 1 else f"{self.speed:.0f}"
        return f"{times}×, {self.ticks_a_second:g} ticks/s"
