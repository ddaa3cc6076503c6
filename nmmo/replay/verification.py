"""Plays a replay again and compares every tick with what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.errors import SnapshotError
from nmmo.core.records import Table, record_dtype
from nmmo.core.world import World
from nmmo.replay.chunk import Chunk
from nmmo.replay.compare import FieldDifference, compare_worlds
from nmmo.replay.contents import Contents
from nmmo.replay.digests import differing, section_hashes
from nmmo.replay.errors import DamagedError
from nmmo.replay.file_playback import FilePlayback
from nmmo.replay.index import Entry
from nmmo.replay.recorded_snapshots import RecordedSnapshots

__all__ = ["Report", "verify"]

PROGRESS_TICKS: Final = 64


@dataclass
class Report:
    """What verifying a replay found. True where all agrees.

    Attributes
    ----------
    ticks
        Played and compared.
    tick
        The first at which something differs, or None.
    sections
        What differs there: sections of the state, or "events".
    fields
        Fields that differ, as far as a recorded state near that tick shows them.
    fields_tick
        The tick of that state.
    states
        Whole recorded states that were compared.
    unchecked
        Ticks in the file that no recorded state leads to, so that they could not be played.
    cuts, missing
        As of the replay: what cannot be verified, because it was set from outside or is lost.
    """

    ticks: int = 0
    tick: int | None = None
    sections: tuple[str, ...] = ()
    fields: list[FieldDifference] = field(default_factory=list)
    fields_tick: int | None = None
    states: int = 0
    unchecked: int = 0
    cuts: list[int] = field(default_factory=list)
    missing: list[tuple[int, int]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return self.tick is None

    def __str__(self) -> str:
        if self.tick is None:
            return f"{self.ticks:,} ticks came out as recorded"
        text = f"tick {self.tick} came out otherwise than recorded: {', '.join(self.sections)}"
        if self.fields:
            text += f"; by tick {self.fields_tick} these differ: "
            text += ", ".join(str(difference) for difference in self.fields[:8])
        return text


class _VerifyingPlayback(FilePlayback):
    """Compares while it plays. After the first difference it plays on, to a state that shows the fields."""

    def __init__(self, contents: Contents, snapshots: RecordedSnapshots) -> None:
        super().__init__(contents, snapshots)
        self.report = Report(cuts=contents.cuts, missing=contents.missing)
        self._played: list[NDArray[np.void]] = []  # events that were not compared yet: of the world
        self._recorded: list[NDArray[np.void]] = []  # and of the file
        self._seen = 0  # events of the present tick that are among them
        self._known_after = -1  # a state that was put in place comes without the events of its tick
        self._chunk_events: tuple[int, NDArray[np.void] | None] = (-1, None)  # entry, its events

    # ---- continuing

    def start(self) -> None:
        """Go to where the recording began."""
        first = self.contents.snapshots[:1]
        if first and self._timeline[first[0]].start == self.first and self._timeline[first[0]].flag:
            self.load_snapshot(first[0])
        else:
            self.begin()

    def has_next(self) -> bool:
        """Return whether the next tick is in the file."""
        return self._chunk() is not None

    def cross_gap(self) -> bool:
        """Go to the first recorded state behind lost ticks, if there is one."""
        for number in self.contents.snapshots:
            if number >= self._entry and self._timeline[number].start > self.tick:
                self.load_snapshot(number)
                return True
        return False

    def state_ahead(self) -> bool:
        """Return whether a state that follows from the present one is still to come."""
        for number in self.contents.snapshots:
            if number >= self._entry:
                return not self._timeline[number].flag
        return False

    # ---- comparing

    def _differ(self, found: NDArray[np.uint64], expected: NDArray[np.uint64]) -> None:
        if self.report.tick is None:
            self.report.tick = self.tick
            self.report.sections = differing(found, expected)

    def _arrive(self, entry: int, tick: int) -> None:
        self._played, self._recorded, self._seen = [], [], 0
        self._known_after = tick if entry else -1  # entry 0: a reset, whose events say who was born
        self._take_events()
        super()._arrive(entry, tick)

    def _take_events(self) -> None:
        events = self.world.events
        fresh = events[self._seen :]
        self._played.append(fresh[fresh["tick"].astype(np.int64) > self._known_after])
        self._seen = len(events)

    def _recorded_events(self) -> NDArray[np.void] | None:
        if self._chunk_events[0] != self._entry:
            self._chunk_events = self._entry, self.contents.events(self._timeline[self._entry])
        return self._chunk_events[1]

    def _stepped(self, chunk: Chunk, row: int, check: bool) -> None:
        self._seen = 0
        if self._recorded_events() is not None:
            self._take_events()
        if row < len(chunk.digests):
            found = self.world.digests()
            if found.tobytes() != chunk.digests[row].tobytes():
                self._differ(found, chunk.digests[row])
        self.report.ticks += 1

    def _respawned(self) -> None:
        self._take_events()

    def _passed_chunk(self, chunk: Chunk) -> None:
        if chunk.hashes is not None:
            hashes = section_hashes(self.world)
            if not np.array_equal(hashes, chunk.hashes):
                self._differ(hashes, chunk.hashes)
            self.report.states += 1
        recorded = self._recorded_events()
        if recorded is None:
            self._played, self._recorded = [], []
        elif self.report.tick is None:
            self._recorded.append(recorded[recorded["tick"].astype(np.int64) > self._known_after])
            self.compare_events(False)

    def compare_events(self, last: bool) -> None:
        """Compare what happened with what was recorded; of the last chunk nothing may be left over.

        A chunk's end may lie between the events of one tick, so that one side can be a little ahead.
        """
        nothing = np.empty(0, record_dtype(Table.EVENT))
        some = [events for events in self._recorded if len(events)]
        if self.report.tick is not None or any(events.dtype != nothing.dtype for events in some):
            if self.report.tick is None:
                self.report.tick, self.report.sections = self.tick, ("events",)
            return
        recorded, played = np.concatenate([nothing, *some]), np.concatenate([nothing, *self._played])
        shared = min(len(recorded), len(played))
        unequal = np.flatnonzero(recorded[:shared] != played[:shared])
        if len(unequal):
            first = min(int(events["tick"][unequal[0]]) for events in (recorded, played))
            self.report.tick, self.report.sections = first, ("events",)
        elif last and len(recorded) != len(played):
            first = int((recorded if len(recorded) > shared else played)["tick"][shared])
            self.report.tick, self.report.sections = first, ("events",)
        self._recorded, self._played = [recorded[shared:]], [played[shared:]]

    def _passed_snapshot(self, entry: Entry) -> None:
        if entry.flag:
            self._known_after, self._seen = self.tick, 0
            return
        if self.tick == self.first:  # it begins as by a reset, but not with the events of one
            self._known_after, self._played = self.tick, []
        self.report.states += 1
        if self.report.tick is None and self._snapshots.matches(entry, self.world.snapshot()):
            return
        state = self._snapshots.state(entry)
        # Other bytes may be the same game: what follows from the rest is computed again when a state is restored.
        with World(self.world.config, 0) as other:
            try:
                other.restore(state.data)
            except SnapshotError as error:
                raise DamagedError(f"the state of tick {entry.start} is damaged: {error}", entry.offset) from None
            hashes, expected = section_hashes(self.world), section_hashes(other)
            if np.array_equal(hashes, expected):
                return
            self._differ(hashes, expected)
            self.report.fields = compare_worlds(other, self.world)
            self.report.fields_tick = entry.start


def verify(
    contents: Contents, snapshots: RecordedSnapshots, progress: Callable[[int, int], None] | None = None
) -> Report:
    """Play everything again and compare it; ``Replay.verify`` describes it."""
    playback = _VerifyingPlayback(contents, snapshots)
    report = playback.report
    total = contents.ticks
    with playback.world:
        playback.start()
        while playback.tick < contents.stop and report.fields_tick is None:
            if not playback.has_next():
                if not playback.cross_gap():
                    break
            elif report or playback.state_ahead():
                playback.step()
            else:
                break
            if progress is not None and report.ticks % PROGRESS_TICKS == 0:
                progress(report.ticks, total)
        if playback.tick == contents.stop and contents.chunks:  # else no events were compared
            playback.compare_events(True)
    report.unchecked = total - report.ticks if report else 0
    if progress is not None:
        progress(total, total)
    return report
