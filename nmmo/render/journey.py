"""Going to a tick in small pieces, so that the window goes on drawing meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

__all__ = ["Journey"]


class Journey:
    """The way to a tick.

    Parameters
    ----------
    way
        Makes a generator that goes to a tick; it pauses after every few milliseconds of work.
    """

    def __init__(self, way: Callable[[int], Iterator[None]]) -> None:
        self._way = way
        self._under_way: Iterator[None] | None = None
        self._goal: int | None = None
        self._next: int | None = None

    @property
    def goal(self) -> int | None:
        """Where it leads in the end; None: nowhere."""
        return self._goal if self._next is None else self._next

    def aim(self, tick: int) -> None:
        """Set out for a tick.

        A way that was begun is first gone to its end: whoever drags along the timeline sees ticks on the way, and
        not nothing until the mouse rests.
        """
        if self._under_way is None:
            self._goal, self._under_way = tick, self._way(tick)
        else:
            self._next = tick if tick != self._goal else None

    def work(self, until: float) -> bool:
        """Go on until a time of ``time.perf_counter``, by at least a piece. Returns whether it has arrived."""
        while self._under_way is not None:
            try:
                next(self._under_way)
            except StopIteration:
                self._goal = self._under_way = None
                if self._next is not None:
                    goal, self._next = self._next, None
                    self.aim(goal)
            except BaseException:
                self.drop()
                raise
            if time.perf_counter() >= until:
                break
        return self._under_way is None

    def finish(self, tick: int) -> None:
        """Go to a tick at once, whatever was begun."""
        self.drop()
        self.aim(tick)
        self.work(float("inf"))

    def drop(self) -> None:
        """Go nowhere."""
        self._goal = self._next = self._under_way = None
