"""How busy other programs kept the cores on which this one measured."""

from __future__ import annotations

import os
from pathlib import Path

BUSY = 0.1  # cores that others used on average, from which on figures are too low to be quoted
COUNTED = (0, 1, 2, 5, 6, 7)  # of a line in /proc/stat: user, nice, system, interrupts (2), stolen


class MachineLoad:
    """Counts, from its making on, the time that others had of the cores that this process may use.

    It is what all programs had of those cores less what this one and its finished children had, so the
    measurement does not disturb itself. Time that a hypervisor took away counts as others'.
    """

    def __init__(self, stat: Path = Path("/proc/stat")) -> None:
        self._stat = stat
        self._start = self._now()

    def _now(self) -> tuple[float, float, float] | None:
        """Return seconds on the clock, of all programs, and of this one; None where it is unknown."""
        try:
            allowed = {f"cpu{core}" for core in os.sched_getaffinity(0)}
            seconds = 0.0
            for line in self._stat.read_text(encoding="ascii").splitlines():
                name, *fields = line.split()
                if name in allowed:
                    seconds += sum(int(fields[index]) for index in COUNTED) / os.sysconf("SC_CLK_TCK")
        except (AttributeError, OSError, ValueError, IndexError):
            return None
        own = os.times()
        return own.elapsed, seconds, own.user + own.system + own.children_user + own.children_system

    def cores(self) -> float | None:
        """Return cores that others used since then, on average; None where it is unknown."""
        now = self._now()
        if self._start is None or now is None:
            return None
        elapsed, all_seconds, own = (end - start for end, start in zip(now, self._start, strict=True))
        return max(all_seconds - own, 0.0) / max(elapsed, 1e-9)
