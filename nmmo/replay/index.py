"""The index: where in the file which ticks are."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, Self

import numpy as np

from nmmo.replay.chunk import chunk_span
from nmmo.replay.container import FRAME_BYTES, MAGIC, ContainerReader, Kind, Record
from nmmo.replay.errors import DamagedError, ReplayError
from nmmo.replay.header import MOST_TICK
from nmmo.replay.packing import Fields, pack
from nmmo.replay.snapshots import snapshot_place
from nmmo.replay.state_stream import block_span

MOST_RECORDS: Final = 2**18
"""Some twenty million ticks."""
_COLUMNS: Final = (
    ("kinds", "<u1"),
    ("flags", "<u1"),
    ("starts", "<u4"),
    ("stops", "<u4"),
    ("offsets", "<u8"),
)
_INDEXED: Final = frozenset((Kind.HEADER, Kind.MAP, Kind.SNAPSHOT, Kind.CHUNK, Kind.STATE))


class Entry(NamedTuple):
    """A record, and what it is about."""

    kind: int
    offset: int
    start: int
    """Ticks played before its contents; a snapshot's tick."""
    stop: int
    flag: bool
    """Of a snapshot: whether it does not follow from what is before. Of a block of states: whether all tiles
    are in it."""


class Index:
    """The records of a file, in order. ``complete`` is True if the file was closed whole."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.complete = False
        self.damage: ReplayError | None = None
        """Why reading stopped before the file's end, where no index was found."""

    def add(self, kind: int, offset: int, start: int, stop: int, flag: bool = False) -> None:
        """Add the next record."""
        self.entries.append(Entry(int(kind), offset, start, stop, flag))

    def of(self, kind: Kind) -> list[Entry]:
        """Return the records of a kind."""
        return [entry for entry in self.entries if entry.kind == kind]

    def packed(self) -> bytes:
        """Return the record's payload."""
        columns = {
            "kinds": [entry.kind for entry in self.entries],
            "flags": [entry.flag for entry in self.entries],
            "starts": [entry.start for entry in self.entries],
            "stops": [entry.stop for entry in self.entries],
            "offsets": [entry.offset for entry in self.entries],
        }
        values: dict[str, Any] = {"records": len(self.entries)}
        for name, form in _COLUMNS:
            values[name] = np.array(columns[name], form).tobytes()
        return pack(values)

    @classmethod
    def read(cls, payload: bytes, offset: int) -> Self:
        """Read it from the record's payload.

        Raises
        ------
        nmmo.replay.DamagedError
            If it contradicts itself.
        """
        fields = Fields(payload, offset)
        count = fields.integer("records", 1, MOST_RECORDS)
        columns = {}
        for name, form in _COLUMNS:
            dtype = np.dtype(form)
            columns[name] = np.frombuffer(fields.sized(name, count * dtype.itemsize), dtype).astype(np.int64)
        offsets, starts, stops = columns["offsets"], columns["starts"], columns["stops"]
        ends = np.append(offsets[1:], offset)
        if offsets[0] != len(MAGIC) or np.any(ends - offsets < FRAME_BYTES):
            raise fields.damaged("the index's offsets do not rise from the file's first record up to the index")
        if columns["kinds"][0] != Kind.HEADER or np.any((starts > stops) | (stops > MOST_TICK)):
            raise fields.damaged("the index's ticks contradict one another")
        found = cls()
        for kind, flag, start, stop, place in zip(
            *(columns[name].tolist() for name in ("kinds", "flags", "starts", "stops", "offsets")),
            strict=True,
        ):
            found.add(kind, place, start, stop, bool(flag))
        found.complete = True
        return found

    @classmethod
    def of_file(cls, file: ContainerReader) -> Self:
        """Return the index that the file ends with; without one, an index made by reading every record."""
        offset = file.index_offset()
        if offset is not None:
            try:
                record, _ = file.frame_at(offset)
                if record.kind != Kind.INDEX:
                    raise DamagedError(f"the footer leads to a record of kind {record.kind}", offset)
                return cls.read(file.payload(record), offset)
            except DamagedError:
                pass  # every record can still be looked at
        return cls.scanned(file)

    @classmethod
    def scanned(cls, file: ContainerReader) -> Self:
        """Return an index made by reading every record, up to the first that is not whole."""
        found = cls()
        try:
            for record, payload in file.scan():
                found.add_record(record, payload)
        except ReplayError as error:
            found.damage = error
        return found

    def add_record(self, record: Record, payload: bytes) -> None:
        """Add the next record by what it holds. Kinds that are not known are passed over.

        Raises
        ------
        nmmo.replay.DamagedError
            If it cannot be read.
        """
        if record.kind not in _INDEXED:
            return
        start = stop = self.entries[0].start if self.entries else 0
        flag = False
        if record.kind == Kind.HEADER:
            start = stop = Fields(payload, record.offset).integer("start", 0, MOST_TICK)
        elif record.kind == Kind.CHUNK:
            start, stop = chunk_span(Fields(payload, record.offset))
        elif record.kind == Kind.SNAPSHOT:
            start, flag = snapshot_place(Fields(payload, record.offset))
            stop = start
        elif record.kind == Kind.STATE:
            fields = Fields(payload, record.offset)
            start, stop = block_span(fields)
            flag = "ground" in fields
        self.add(record.kind, record.offset, start, stop, flag)
