"""Events of a replay in which they were not recorded, found by playing it again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nmmo.core.world import World
from nmmo.replay.chunk import Chunk
from nmmo.replay.contents import Contents
from nmmo.replay.file_playback import FilePlayback
from nmmo.replay.recorded_snapshots import RecordedSnapshots
from nmmo.replay.seeker import Seeker

__all__ = ["EventCollector"]


class EventCollector:
    """Plays ticks of a replay and keeps what happens in them, one range of ticks after another.

    Parameters
    ----------
    contents, snapshots
        Of the file.
    """

    def __init__(self, contents: Contents, snapshots: RecordedSnapshots) -> None:
        self._playback = _CollectingPlayback(contents, snapshots)
        self._seeker = Seeker(lambda: self._playback)

    @property
    def world(self) -> World:
        """The world, at the last tick that was collected."""
        return self._playback.world

    @property
    def tick(self) -> int:
        """The last tick that was collected; ``NOWHERE`` before the first."""
        return self._playback.tick

    def collect(self, first: int, last: int) -> list[NDArray[np.void]]:
        """Return the events of the ticks first to last."""
        playback = self._playback
        playback.found = []
        if playback.tick != first - 1 or playback.tick < playback.first:
            self._go_before(first)
        while playback.tick < last:
            playback.step()
        return playback.found

    def _go_before(self, first: int) -> None:
        """Go to where all events of a tick can be seen."""
        playback = self._playback
        start = playback.first
        if first > start:
            self._seeker.seek(first - 1, observe=False)
            playback.take_back()
            playback.found = []
        elif playback.contents.cuts[:1] == [start]:
            playback.load(start)
        else:
            playback.begin()


class _CollectingPlayback(FilePlayback):
    """Keeps what happens while it plays: events of a tick are gone once an edit after it is put in place."""

    def __init__(self, contents: Contents, snapshots: RecordedSnapshots) -> None:
        super().__init__(contents, snapshots)
        self.found: list[NDArray[np.void]] = []
        self._seen = 0  # of the world's events

    def _arrive(self, entry: int, tick: int) -> None:
        self._seen = 0
        self._take_events()
        super()._arrive(entry, tick)

    def _take_events(self) -> None:
        events = self.world.events
        self.found.append(events[self._seen :])
        self._seen = len(events)

    def _stepped(self, chunk: Chunk, row: int, check: bool) -> None:
        super()._stepped(chunk, row, check)
        self._seen = 0
        self._take_events()

    def _respawned(self) -> None:
        self._take_events()
