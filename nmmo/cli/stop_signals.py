"""Signals that ask a long command to end: what it has done is saved first."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType

__all__ = ["Stop"]

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")
"""Ctrl-C; what schedulers and `kill` send; a terminal that closes; SLURM's `--signal=USR1@90`."""
SECOND_PRESS = 1.0
"""Seconds after which another Ctrl-C is another press, and not the same one delivered twice."""


class Stop:
    """Whether a signal asks for the end. A context manager; call it to ask.

    A second Ctrl-C ends the command at once. Any other signal that comes again changes nothing: schedulers repeat
    themselves. A signal that was ignored when the command began, as under `nohup`, stays ignored.

    Attributes
    ----------
    name : str
        The first signal, such as "SIGTERM"; empty while there was none.
    """

    def __init__(self) -> None:
        self.name = ""
        self._pressed = 0.0

    def __call__(self) -> bool:
        return bool(self.name)

    def check(self) -> None:
        """Raise KeyboardInterrupt if a signal came: while there is nothing yet to save."""
        if self.name:
            raise KeyboardInterrupt

    def _asked(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if number == signal.SIGINT:
            if self._pressed and now - self._pressed > SECOND_PRESS:
                raise KeyboardInterrupt
            self._pressed = self._pressed or now
        if not self.name:
            self.name = signal.Signals(number).name
            if sys.stderr is not None and sys.stderr.isatty():
                print("\nstopping, and saving first; press Ctrl-C again to end at once", file=sys.stderr)

    def __enter__(self) -> Stop:
        self._before = {}
        for name in SIGNALS:
            number = getattr(signal, name, None)  # Windows has neither SIGHUP nor SIGUSR1
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._asked)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
