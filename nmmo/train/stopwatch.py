"""Time that a process was at work, without the time for which it was stopped."""

from __future__ import annotations

import threading
import time
import weakref

__all__ = ["Stopwatch"]

BEAT = 0.5
"""Seconds between two looks at the clock."""
LONGEST = 5.0
"""A process that does not look at the clock for longer was stopped: by Ctrl-Z, a scheduler, a machine asleep."""


class Stopwatch:
    """Seconds since it was made, on a clock that pauses while this process is stopped.

    A thread looks at the clock twice a second. A gap between two looks means that nothing in this process ran.

    Attributes
    ----------
    paused : float
        Seconds for which this process was stopped.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = self._last = time.monotonic()
        self.paused = 0.0
        threading.Thread(target=_beat, args=(weakref.ref(self),), name="stopwatch", daemon=True).start()

    @property
    def seconds(self) -> float:
        """Time at work since the beginning."""
        return self.look() - self._began - self.paused

    def look(self) -> float:
        """Look at the clock, and return what it says."""
        with self._lock:
            now = time.monotonic()
            if now - self._last > LONGEST:
                self.paused += now - self._last - BEAT
            self._last = now
            return now


def _beat(watch: weakref.ref[Stopwatch]) -> None:
    while (found := watch()) is not None:
        found.look()
        del found
        time.sleep(BEAT)
