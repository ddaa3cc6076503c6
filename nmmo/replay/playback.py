"""Plays a replay's actions again, in a world of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from nmmo.core.errors import ActionError, SnapshotError, WorldOver
from nmmo.replay.chunk import Chunk
from nmmo.replay.digests import differing
from nmmo.replay.errors import DamagedError, DivergenceError, MissingTicksError
from nmmo.replay.index import Entry
from nmmo.replay.landmarks import LANDMARK_TICKS, Landmarks, Place
from nmmo.replay.played_world import PlayedWorld
from nmmo.replay.records import Kind

if TYPE_CHECKING:
    from nmmo.replay.reader import Replay


NEAR_TICKS: Final = 64
"""Taking a recorded state up costs about as much as playing so many ticks."""
NEAR_LANDMARK_TICKS: Final = 40
"""The same of a landmark."""
NOWHERE: Final = Place(-1, 0, 0, 0)


class Playback:
    """A world, and a place in a replay that it has come to.

    The place is one between two ticks: everything that happened up to the next tick has been done there,
    calls of rebirth and edits included.
    """

    def __init__(self, replay: Replay) -> None:
        self._replay = replay
        self._program = replay._program
        self.world: PlayedWorld = replay._new_world()
        self.tick = -1
        """Ticks played; -1: nowhere yet."""
        self._entry = 0  # of the program: the next to be done
        self._row = 0  # of its chunk: the next tick
        self._rebirths = 0  # of its chunk: those done
        self._decoded: tuple[int, Chunk] | None = None  # the last chunk that was played, by its number
        self._unproven = 0  # ticks before this one are passed without comparing digests

    # ---- going to a place

    def seek(self, tick: int, landmarks: Landmarks | None = None) -> None:
        """Goes to a place: on from here where that is near, else from the nearest state that is known.

        Digests are compared at the end of the way: a state that differs does not become the recorded one again.

        Parameters
        ----------
        tick
            Ticks played.
        landmarks
            Further known states; those on the way are added to them.

        Raises
        ------
        nmmo.replay.ReplayError
            If the ticks on the way are not in the file, or are damaged, or lead to another state.
        """
        found = self._nearest(tick)
        recorded = -1 if found is None else self._program[found].start
        known = NOWHERE if landmarks is None else landmarks.before(tick) or NOWHERE
        here = self.tick if self.tick <= tick and not (self.world.closed or self.world.touched) else -1
        if landmarks is not None and known.tick > max(recorded, here + NEAR_LANDMARK_TICKS if here >= 0 else -1):
            self._take_landmark(landmarks, known)
        elif here < 0 or recorded > here + NEAR_TICKS:
            self._jump(tick, found)
        self._unproven = tick - 1  # the last tick of an episode may have no digests: then those before it tell
        try:
            while self.tick < tick:
                self.step()
                if landmarks is not None and landmarks.wanted(self.tick):
                    landmarks.keep(Place(self.tick, self._entry, self._row, self._rebirths), self.world.snapshot())
        finally:
            self._unproven = 0
        self.world.leave()

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

    def _take_landmark(self, landmarks: Landmarks, place: Place) -> None:
        """Takes a state that was kept. It was reached by this replay, so there is nothing more to be done there."""
        if self.world.closed:
            self.world = self._replay._new_world()
        self.world.restore(landmarks.snapshot(place.tick).data)
        self.tick, self._entry, self._row, self._rebirths = place

    def begin(self) -> None:
        """Goes to the beginning."""
        fresh = self.tick < 0
        if self.world.closed:
            self.world = self._replay._new_world()
            fresh = True
        self._replay._reset(self.world)
        if fresh:
            self._replay._offer_base(self.world)
        self._arrive(0, self._replay.start)

    def _arrive(self, entry: int, tick: int) -> None:
        self._entry, self._row, self._rebirths, self.tick = entry, 0, 0, tick
        self._settle()

    def _take(self, entry: Entry) -> None:
        if self.world.closed:
            self.world = self._replay._new_world()
        elif self.tick < 0:
            self._replay._reset_for_base(self.world)
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
        if self._decoded is None or self._decoded[0] != self._entry:
            self._decoded = self._entry, self._replay._chunk_of(entry)
        return self._decoded[1]

    def _settle(self) -> None:
        """Does what was done between the last tick and the next."""
        if self._decoded is not None and self._decoded[0] == self._entry:
            chunk = self._decoded[1]
            if not chunk.rebirths and self._row < chunk.ticks:
                return  # within a chunk: nothing was
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
        if row >= len(chunk.digests) or (self.tick < self._unproven and self.tick % LANDMARK_TICKS):
            return
        found, expected = self.world.digests(), chunk.digests[row]
        if found.tobytes() != expected.tobytes():
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
