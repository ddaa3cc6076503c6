"""What a replay file contains: its header, where its records are, and the ticks of its chunks."""

from __future__ import annotations

import bisect
import os
from collections import OrderedDict
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.replay.chunk import Chunk, read_chunk, read_events
from nmmo.replay.container import ContainerReader, Kind, Record
from nmmo.replay.errors import DamagedError, MissingTicksError
from nmmo.replay.header import Header
from nmmo.replay.index import Entry, Index
from nmmo.replay.snapshots import read_map

__all__ = ["Contents"]

CACHED_CHUNKS: Final = 4  # decoded ones: neighbours are asked for again and again


class Contents:
    """An open replay file, read as it is asked for.

    Parameters
    ----------
    path
        The file.

    Attributes
    ----------
    file : ContainerReader
        Its bytes.
    index : Index
        Where its records are.
    header : Header
        What it says of itself.
    timeline : list of Entry
        Its chunks and snapshots, in the order of their ticks.
    chunks : list of Entry
        The chunks alone.
    snapshots : list of int
        Which of the timeline are snapshots, by their numbers.
    snapshot_ticks : list of int
        The ticks of these.

    Raises
    ------
    nmmo.replay.NotAReplayError, nmmo.replay.FormatVersionError, nmmo.replay.DamagedError
        If the file is not a replay, is of another format, or has no whole header.
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.file = ContainerReader(path)
        try:
            self.index = Index.of_file(self.file)
            entries = self.index.entries
            if not entries or entries[0].kind != Kind.HEADER:
                raise self.index.damage or DamagedError("the file has no whole header", 0)
            self.header = Header.read(self.payload(entries[0]), entries[0].offset)
            self.timeline = [entry for entry in entries if entry.kind in (Kind.CHUNK, Kind.SNAPSHOT)]
            self._check_order()
        except BaseException:
            self.file.close()
            raise
        self.chunks = self.index.of(Kind.CHUNK)
        self._chunk_stops = [entry.stop for entry in self.chunks]
        self.snapshots = [number for number, entry in enumerate(self.timeline) if entry.kind == Kind.SNAPSHOT]
        self.snapshot_ticks = [self.timeline[number].start for number in self.snapshots]
        self._cached_chunks: OrderedDict[int, Chunk] = OrderedDict()

    def _check_order(self) -> None:
        tick = self.header.start
        for entry in self.timeline:
            if entry.start < tick or entry.stop < entry.start:
                raise DamagedError(f"ticks {entry.start} to {entry.stop} come after tick {tick}", entry.offset)
            tick = entry.stop
        entries = self.index.entries
        if sum(entry.kind == Kind.HEADER for entry in entries) > 1:
            raise DamagedError("the file has two headers", entries[1].offset)

    # ---- ticks

    @property
    def start(self) -> int:
        """Ticks that had been played when the recording began."""
        return self.header.start

    @property
    def stop(self) -> int:
        """Ticks that had been played when it ended."""
        return self.timeline[-1].stop if self.timeline else self.header.start

    @property
    def ticks(self) -> int:
        """How many ticks are in the file."""
        return sum(entry.stop - entry.start for entry in self.chunks)

    @property
    def missing(self) -> list[tuple[int, int]]:
        """Ranges of ticks that are lost: first and last of each."""
        found = []
        tick = self.header.start
        for entry in self.chunks:
            if entry.start > tick:
                found.append((tick + 1, entry.start))
            tick = entry.stop
        return found

    @property
    def cuts(self) -> list[int]:
        """Ticks after which the state was set from outside; the start too, if it was not a reset's."""
        return [entry.start for entry in self.timeline if entry.kind == Kind.SNAPSHOT and entry.flag]

    def chunk_of(self, tick: int) -> tuple[Chunk, int]:
        """Return the chunk in which a tick was played, and its row there.

        Raises
        ------
        nmmo.replay.MissingTicksError
            If the tick is not in the file.
        nmmo.replay.DamagedError
            If it is damaged.
        """
        number = bisect.bisect_left(self._chunk_stops, tick)
        if number < len(self.chunks) and self.chunks[number].start < tick:
            return self.chunk(self.chunks[number]), tick - self.chunks[number].start - 1
        raise MissingTicksError(f"tick {tick} is not in the replay, which has {self.start + 1} to {self.stop}")

    # ---- records

    def payload(self, entry: Entry) -> bytes:
        """Return what a record holds."""
        record, _ = self.file.frame_at(entry.offset)
        return self.file.payload(Record(int(entry.kind), entry.offset, record.stop))

    def chunk(self, entry: Entry) -> Chunk:
        """Return a chunk, without its events."""
        cached = self._cached_chunks.get(entry.offset)
        if cached is not None:
            self._cached_chunks.move_to_end(entry.offset)
            return cached
        found = read_chunk(self.payload(entry), entry.offset, self.header)
        if (found.start, found.stop) != (entry.start, entry.stop):
            raise DamagedError("the index leads to other ticks", entry.offset)
        self._cached_chunks[entry.offset] = found
        if len(self._cached_chunks) > CACHED_CHUNKS:
            self._cached_chunks.popitem(last=False)
        return found

    def events(self, entry: Entry) -> NDArray[np.void] | None:
        """Return the recorded events of a chunk; None where they were not recorded."""
        return read_events(self.payload(entry), entry.offset, self.header)

    def map(self) -> NDArray[np.uint32] | None:
        """Return the map on which it was played, if the file holds one."""
        if self.header.base != "map":
            return None
        entries = self.index.of(Kind.MAP)
        if not entries:
            raise DamagedError("the file lacks the map on which it was played")
        return read_map(self.payload(entries[0]), entries[0].offset, self.header)

    def close(self) -> None:
        """Close the file."""
        self.file.close()
