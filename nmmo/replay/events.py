"""What happened in a replay: kinds of events by name, and events found by playing again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.arguments import as_integer
from nmmo.core.enums import EventKind
from nmmo.replay.chunk import Chunk
from nmmo.replay.playback import Playback

if TYPE_CHECKING:
    from nmmo.replay.reader import Replay

__all__ = ["EventCollector", "Kinds", "kind_numbers"]

EVENT_KINDS: Final = {kind.name.lower(): int(kind) for kind in EventKind}

Kinds = str | int | EventKind | list[str | int | EventKind] | tuple[str | int | EventKind, ...] | None
"""One or several kinds of events; None: all."""


def kind_numbers(kind: Kinds) -> list[int] | None:
    """The numbers of kinds of events.

    Raises
    ------
    ValueError
        If there is none of a name.
    """
    if kind is None:
        return None
    kinds: Any = kind if isinstance(kind, (list, tuple)) else [kind]
    found = []
    for one in kinds:
        if isinstance(one, str):
            if one.lower() not in EVENT_KINDS:
                raise ValueError(f"there is no event {one!r}; there are {', '.join(EVENT_KINDS)}")
            found.append(EVENT_KINDS[one.lower()])
        else:
            found.append(as_integer(one, "kind", 0, 255))
    return found


class EventCollector(Playback):
    """Keeps what happens while it plays."""

    def __init__(self, replay: Replay) -> None:
        super().__init__(replay)
        self.found: list[NDArray[np.void]] = []
        self._seen = 0

    def collect(self, first: int, last: int) -> list[NDArray[np.void]]:
        """The events of the ticks first to last."""
        self.found = []
        if self.tick < 0 or self.tick > first - 1:
            self._before(first)
        elif first - self.tick > 1:
            self.seek(first - 1)
            self.found = []
        while self.tick < last:
            self.step()
        return self.found

    def _before(self, first: int) -> None:
        """Goes to the tick before, so that all events of the first are seen."""
        if first > self._replay.start:
            self.seek(first - 1)
            self.found = []
        elif self._replay.cuts[:1] == [self._replay.start]:
            self.seek(first)
        else:
            self.begin()

    def begin(self) -> None:
        self._seen = 0
        super().begin()

    def _arrive(self, entry: int, tick: int) -> None:
        self._seen = 0
        self._take_events()
        super()._arrive(entry, tick)

    def _take_events(self) -> None:
        events = self.world.events
        self.found.append(events[self._seen :])
        self._seen = len(events)

    def _stepped(self, chunk: Chunk, row: int) -> None:
        super()._stepped(chunk, row)
        self._seen = 0
        self._take_events()

    def _reborn(self) -> None:
        self._take_events()
