"""A seek in small steps, between which the window draws."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

__all__ = ["SeekTask"]


class SeekTask:
    """Seeks one tick after another.

    Parameters
    ----------
    steps
        Makes a generator that seeks a tick and yields after every few milliseconds of work.
    """

    def __init__(self, steps: Callable[[int], Iterator[None]]) -> None:
        self._seek_steps = steps
        self._running: Iterator[None] | None = None
        self._target: int | None = None
        self._next: int | None = None

    @property
    def target_tick(self) -> int | None:
        """The tick that is shown in the end; None: no seek is under way."""
        return self._target if self._next is None else self._next

    def start(self, tick: int) -> None:
        """Begin to seek a tick.

        A seek that is under way is completed first: somebody who drags along the timeline sees ticks on the way,
        instead of nothing until the mouse rests.
        """
        if self._running is None:
            self._target, self._running = tick, self._seek_steps(tick)
        else:
            self._next = tick if tick != self._target else None

    def run_until(self, until: float) -> bool:
        """Continue until a time of ``time.perf_counter``, by at least one step. Returns whether the tick is shown."""
        while self._running is not None:
            try:
                next(self._running)
            except StopIteration:
                self._target = self._running = None
                if self._next is not None:
                    target, self._next = self._next, None
                    self.start(target)
            except BaseException:
                self.cancel()
                raise
            if time.perf_counter() >= until:
                break
        return self._running is None

    def run_to(self, tick: int) -> None:
        """Seek a tick at once, whatever is under way."""
        self.cancel()
        self.start(tick)
        self.run_until(float("inf"))

    def cancel(self) -> None:
        """Give up the seek that is under way."""
        self._target = self._next = self._running = None
