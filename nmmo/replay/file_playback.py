"""Plays the ticks of a replay file again."""

from __future__ import annotations

import bisect

from nmmo.core.errors import ActionError, WorldOver
from nmmo.core.world import World
from nmmo.replay.chunk import Chunk
from nmmo.replay.container import Kind
from nmmo.replay.contents import Contents
from nmmo.replay.digests import differing
from nmmo.replay.errors import DamagedError, DivergenceError, MissingTicksError
from nmmo.replay.index import Entry
from nmmo.replay.playback import Playback
from nmmo.replay.recorded_snapshots import RecordedSnapshots
from nmmo.replay.snapshot_cache import Position

__all__ = ["FilePlayback"]


class FilePlayback(Playback):
    """A world in which the timeline of a replay file is played: chunks tick by tick, and the edits between them.

    Classes that look closer derive from it and override the methods that are called on the way.

    Parameters
    ----------
    contents
        Of the file.
    snapshots
        Of the same file.
    """

    def __init__(self, contents: Contents, snapshots: RecordedSnapshots) -> None:
        self.contents = contents
        self._snapshots = snapshots
        self._timeline = contents.timeline
        self._entry = 0  # of the timeline: the next to be done
        self._row = 0  # of its chunk: the next tick
        self._respawns = 0  # of its chunk: those done
        self._decoded: tuple[int, Chunk] | None = None  # the last chunk that was played, by its number
        super().__init__()

    def _new_world(self) -> World:
        self._world_is_new = True
        return self._snapshots.new_world()

    @property
    def first(self) -> int:
        """The first tick of the recording."""
        return self.contents.start

    @property
    def position(self) -> Position:
        """The present position."""
        return Position(self.tick, self._entry, self._row, self._respawns)

    def _move_to(self, position: Position) -> None:
        self._world_is_new = False
        self.tick, self._entry, self._row, self._respawns = position

    # ---- recorded states

    def recorded_tick(self, tick: int, *, inclusive: bool = False) -> int:
        """Return the last tick whose state is recorded, and from which a tick can be played; see ``Playback``."""
        number = self._nearest_snapshot(tick, inclusive)
        return self.first if number is None else self._timeline[number].start

    def _nearest_snapshot(self, tick: int, inclusive: bool) -> int | None:
        """Return the number of the snapshot in the timeline; None: the beginning, which needs none."""
        contents = self.contents
        count = bisect.bisect_right(contents.snapshot_ticks, tick)
        last = contents.snapshots[count - 1] if count else None
        if last is None or inclusive or not contents.snapshot_ticks[count - 1] == tick > self.first:
            return last
        if self._timeline[last].flag:
            return last
        count = bisect.bisect_left(contents.snapshot_ticks, tick)
        return contents.snapshots[count - 1] if count else None

    def load(self, tick: int, *, inclusive: bool = False) -> None:
        """Put a recorded state in place; see ``Playback``."""
        self.load_snapshot(self._nearest_snapshot(tick, inclusive))

    def load_snapshot(self, number: int | None) -> None:
        """Put the state of a snapshot in place, or that of one before it if it is damaged.

        Parameters
        ----------
        number
            Of the timeline. None: the beginning.
        """
        snapshots = self.contents.snapshots
        at = snapshots.index(number) if number is not None else -1
        while at >= 0:
            entry = self._timeline[snapshots[at]]
            try:
                self._restore(entry)
            except DamagedError:
                if entry.flag:  # nothing before it leads there
                    raise
                at -= 1
                continue
            self._arrive(snapshots[at] + 1, entry.start)
            return
        self.begin()

    def begin(self) -> None:
        """Go to the beginning."""
        self.open_world()
        self._snapshots.reset(self.world, self._world_is_new)
        self._world_is_new = False
        self._arrive(0, self.first)

    def _restore(self, entry: Entry) -> None:
        self.open_world()
        new, self._world_is_new = self._world_is_new, False
        self._snapshots.restore(self.world, entry, new)

    def _arrive(self, entry: int, tick: int) -> None:
        self._move_to(Position(tick, entry))
        self._settle()

    # ---- ticks

    def step(self, check: bool = True) -> None:
        """Play the next tick, and everything up to the one after; see ``Playback``."""
        chunk = self._chunk()
        if chunk is None or self._row >= chunk.ticks:
            raise MissingTicksError(f"tick {self.tick + 1} is not in the replay")
        try:
            self.world.step(chunk.step_actions(self._row), observe=False)
        except (ActionError, WorldOver) as error:
            offset = self._timeline[self._entry].offset
            raise DamagedError(f"tick {self.tick + 1} cannot be played: {error}", offset) from None
        self._row += 1
        self.tick += 1
        self._stepped(chunk, self._row - 1, check)
        self._settle()

    def _chunk(self) -> Chunk | None:
        """Return the chunk with the next tick, if it is the next in the file."""
        if self._entry >= len(self._timeline):
            return None
        entry = self._timeline[self._entry]
        if entry.kind != Kind.CHUNK or entry.start + self._row != self.tick:
            return None
        if self._decoded is None or self._decoded[0] != self._entry:
            self._decoded = self._entry, self.contents.chunk(entry)
        return self._decoded[1]

    def _settle(self) -> None:
        """Do what was done between the last tick and the next."""
        if self._decoded is not None and self._decoded[0] == self._entry:
            chunk = self._decoded[1]
            if not chunk.respawns and self._row < chunk.ticks:
                return  # within a chunk: nothing was
        while self._entry < len(self._timeline):
            entry = self._timeline[self._entry]
            if entry.kind == Kind.SNAPSHOT:
                if entry.start != self.tick:
                    return
                self._passed_snapshot(entry)
                # One at the beginning may be that of an automatic reset, with statistics that count on.
                if entry.flag or entry.start == self.first:
                    self._restore(entry)
            else:
                if entry.start + self._row != self.tick:
                    return
                try:
                    chunk = self.contents.chunk(entry)
                except DamagedError:
                    return  # the position itself is sound: the next step raises the error
                calls = chunk.respawns
                while self._respawns < len(calls) and calls[self._respawns].tick == self.tick:
                    self.world.respawn(calls[self._respawns].slots)
                    self._respawns += 1
                    self._respawned()
                if self._row < chunk.ticks:
                    return
                self._passed_chunk(chunk)
            self._entry, self._row, self._respawns = self._entry + 1, 0, 0

    # ---- what happens on the way, for classes that look closer

    def _stepped(self, chunk: Chunk, row: int, check: bool) -> None:
        """Check after a tick whether the state is the recorded one."""
        if not check or row >= len(chunk.digests):
            return
        found, expected = self.world.digests(), chunk.digests[row]
        if found.tobytes() != expected.tobytes():
            parts = differing(found, expected)
            raise DivergenceError(
                f"tick {self.tick} came out otherwise than recorded ({', '.join(parts)}): "
                "run `nmmo replay verify` to learn what differs"
            )

    def _respawned(self) -> None:
        """Take note of lives that began on request."""

    def _passed_snapshot(self, entry: Entry) -> None:
        """Compare a snapshot with the present state, or have it put in place now."""

    def _passed_chunk(self, chunk: Chunk) -> None:
        """Take note of the end of a chunk."""
