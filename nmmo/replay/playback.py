"""Plays a replay's actions again, in a world of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.errors import ActionError, SnapshotError, WorldOver
from nmmo.core.world import World
from nmmo.replay.chunk import Chunk
from nmmo.replay.digests import differing
from nmmo.replay.errors import DamagedError, DivergenceError, MissingTicksError
from nmmo.replay.index import Entry
from nmmo.replay.records import Kind

if TYPE_CHECKING:
    from nmmo.replay.reader import Replay


NEAR_TICKS: Final = 64
"""Taking a snapshot costs about as much as playing so many ticks."""


class Playback:
    """A world, and a place in a replay that it has come to.

    The place is one between two ticks: everything that happened up to the next tick has been done there,
    calls of rebirth and edits included.
    """

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._program = replay._program
        self.world: World = replay._new_world()
        self.tick = -1
        """Ticks played; -1: nowhere yet."""
        self._entry = 0  # of the program: the next to be done
        self._row = 0  # of its chunk: the next tick
        self._rebirths = 0  # of its chunk: those done
        self.digests: NDArray[np.uint64] | None = None

    # ---- going to a place

    def seek(self, tick: int) -> None:
        """Goes to a place: on from here where that is near, else from the nearest snapshot.

        Raises
        ------
        nmmo.replay.ReplayError
            If the ticks on the way are not in the file, or are damaged, or lead to another state.
        """
        found = self._nearest(tick)
        here = 0 <= self.tick <= tick and self._untouched()
        if not here or (found is not None and self._program[found].start > self.tick + NEAR_TICKS):
            self._jump(tick, found)
        while self.tick < tick:
            self.step()
        self.digests = self.world.digests()

    def _untouched(self) -> bool:
        """Whether the world is as it was left: a caller may have played on in it."""
        if self.world.closed or self.world.tick != self.tick or self.digests is None:
            return False
        return np.array_equal(self.world.digests(), self.digests)

    def _nearest(self, tick: int) -> int | None:
        """The last snapshot up to a tick, as its number in the program; None: the beginning."""
        snapshots = self._replay._snapshots
        low = int(np.searchsorted(self._replay._snapshot_ticks, tick, "right"))
        return snapshots[low - 1] if low else None

    def _jump(self, tick: int, number: int | None) -> None:
        """Takes the state of a snapshot; where it is unusable, of one before it."""
        snapshots = self._replay._snapshots
        at = snapshots.index(number) if number is not None else -1
        while at >= 0:
            entry = self._program[snapshots[at]]
            try:
                self._take(entry)
            except DamagedError:
                if entry.flag:  # nothing before it leads there
                    raise
                at -= 1
                continue
            self._arrive(snapshots[at] + 1, entry.start)
            return
        self.begin()

    def begin(self) -> None:
        """Goes to the beginning."""
        fresh = self.tick < 0
        if self.world.closed:
            self.world = self._replay._new_world()
            fresh = True
        self.world.reset(self._replay.header.seed)
        if fresh:
            self._replay._offer_base(self.world)
        self._arrive(0, self._replay.start)

    def _arrive(self, entry: int, tick: int) -> None:
        self._entry, self._row, self._rebirths, self.tick = entry, 0, 0, tick
        self._settle()

    def _take(self, entry: Entry) -> None:
        if self.world.closed:
            self.world = self._replay._new_world()
        try:
            self.world.restore(self._replay._state_bytes(entry).data)
        except SnapshotError as error:
            reason = f"the state of tick {entry.start} cannot be taken: {error}"
            raise DamagedError(reason, entry.offset) from None

    # ---- going on

    def step(self) -> None:
        """Plays the next tick, and all up to the one after.

        Raises
        ------
        nmmo.replay.MissingTicksError
            If it is not in the file.
        nmmo.replay.DamagedError
            If it is damaged.
        """
        chunk = self._chunk()
        if chunk is None or self._row >= chunk.ticks:
            raise MissingTicksError(f"tick {self.tick + 1} is not in the replay")
        try:
            self.world.step(self._replay._choices(chunk, self._row), observe=False)
        except (ActionError, WorldOver) as error:
            offset = self._program[self._entry].offset
            raise DamagedError(f"tick {self.tick + 1} cannot be played: {error}", offset) from None
        self._row += 1
        self.tick += 1
        self._stepped(chunk, self._row - 1)
        self._settle()

    def _chunk(self) -> Chunk | None:
        """The chunk with the next tick, if it is the next in the file."""
        if self._entry >= len(self._program):
            return None
        entry = self._program[self._entry]
        if entry.kind != Kind.CHUNK or entry.start + self._row != self.tick:
            return None
        return self._replay._chunk_of(entry)

    def _settle(self) -> None:
        """Does what was done between the last tick and the next."""
        while self._entry < len(self._program):
            entry = self._program[self._entry]
            if entry.kind == Kind.SNAPSHOT:
                if entry.start != self.tick:
                    return
                self._passed_snapshot(entry)
                # One at the beginning may be that of an automatic reset, with statistics that count on.
                if entry.flag or entry.start == self._replay.start:
                    self._take(entry)
            else:
                if entry.start + self._row != self.tick:
                    return
                try:
                    chunk = self._replay._chunk_of(entry)
                except DamagedError:
                    return  # the place itself is whole; going on from it will tell
                calls = chunk.rebirths
                while self._rebirths < len(calls) and calls[self._rebirths].tick == self.tick:
                    self.world.rebirth(calls[self._rebirths].slots)
                    self._rebirths += 1
                    self._reborn()
                if self._row < chunk.ticks:
                    return
                self._passed_chunk(chunk)
            self._entry, self._row, self._rebirths = self._entry + 1, 0, 0

    # ---- what happens on the way, for those who look closer

    def _stepped(self, chunk: Chunk, row: int) -> None:
        """A tick was played: is the state the recorded one?"""
        if row >= len(chunk.digests):
            return
        found, expected = self.world.digests(), chunk.digests[row]
        if not np.array_equal(found, expected):
            parts = differing(found, expected)
            raise DivergenceError(
                f"tick {self.tick} came out otherwise than recorded ({', '.join(parts)}): "
                "run `nmmo replay verify` to learn what differs"
            )

    def _reborn(self) -> None:
        """Lives began on request."""

    def _passed_snapshot(self, entry: Entry) -> None:
        """A snapshot of the present state, or one that the world will take now."""

    def _passed_chunk(self, chunk: Chunk) -> None:
        """The end of a chunk."""
