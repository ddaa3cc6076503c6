"""Saves what can be saved of a damaged replay: every whole record, in a new file with an index."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nmmo.replay.container import EXTENSION, FRAME_BYTES, MAGIC, ContainerReader, Kind, Record
from nmmo.replay.errors import DamagedError, ReplayError
from nmmo.replay.header import Header
from nmmo.replay.index import Entry, Index
from nmmo.replay.writer import ContainerWriter

_SEARCHED: Final = 1024 * 1024  # bytes looked at a time for the next record
_MOST_WORK: Final = 16  # bytes of checksums a byte of the file: a forged file can look like a record everywhere
_PATIENCE: Final = 64 * 1024 * 1024


@dataclass(frozen=True)
class Recovery:
    """What was saved.

    Attributes
    ----------
    records
        Whole records, the index and the footer not counted.
    ticks
        Ticks in the new file.
    lost
        Bytes of the old file that belong to no whole record.
    missing
        Ranges of ticks that are lost: first and last of each.
    """

    records: int
    ticks: int
    lost: int
    missing: list[tuple[int, int]]


def recover(source: str | os.PathLike[str], target: str | os.PathLike[str], *, overwrite: bool = False) -> Recovery:
    """Copy every whole record of a file into a new one, and give it an index.

    The old file is not touched. The new one appears when it is whole. It may replace the old one.

    Raises
    ------
    nmmo.replay.NotAReplayError, nmmo.replay.DamagedError
        If the file is not a replay, or its header is lost: without that the rest has no meaning.
    FileExistsError
        If the new file is there already, unless ``overwrite``.
    OSError
        If a file cannot be read or written.
    """
    goal = Path(target)
    if goal.exists() and not overwrite:
        raise FileExistsError(f"{goal} is there already: choose another name, or overwrite it")
    temporary = goal.with_name(f".{goal.name}.{secrets.token_hex(4)}")
    with ContainerReader(source) as file:
        made = ContainerWriter(temporary)
        try:
            saved = 0
            for record, payload in whole_records(file):
                if record.kind in (Kind.INDEX, Kind.FOOTER):
                    saved += record.stop - record.offset
                    continue
                if not made.index.entries:
                    if record.kind != Kind.HEADER:
                        break
                    Header.read(payload, record.offset)
                index = Index()
                try:
                    index.add_record(record, payload)
                except DamagedError:
                    continue  # whole, but nonsense
                if all(_follows(entry, made.index.entries) for entry in index.entries):
                    made.copy(record.kind, payload, index)
                    saved += record.stop - record.offset
            if not made.index.entries:
                raise DamagedError("the header is lost: the rest has no meaning without it", len(MAGIC))
            made.finish()
            os.replace(temporary, goal)
        except BaseException:
            made.abandon()
            with suppress(OSError):
                os.unlink(temporary)
            raise
        lost = file.size - len(MAGIC) - saved
    chunks = made.index.of(Kind.CHUNK)
    missing = []
    tick = made.index.entries[0].start
    for entry in chunks:
        if entry.start > tick:
            missing.append((tick + 1, entry.start))
        tick = entry.stop
    ticks = sum(entry.stop - entry.start for entry in chunks)
    return Recovery(len(made.index.entries), ticks, lost, missing)


def _follows(entry: Entry, before: list[Entry]) -> bool:
    """Return whether a record may stand behind those before it."""
    if entry.kind == Kind.HEADER:
        return not before
    if entry.kind == Kind.STATE:
        return all(other.stop < entry.start for other in before if other.kind == Kind.STATE)
    if entry.kind in (Kind.CHUNK, Kind.SNAPSHOT):
        tick = max((other.stop for other in before if other.kind in (Kind.CHUNK, Kind.SNAPSHOT)), default=0)
        return entry.start >= tick
    return True


def whole_records(file: ContainerReader) -> Iterator[tuple[Record, bytes]]:
    """Yield every whole record, also behind damage: the next place at which one begins whose checksum agrees."""
    offset = len(MAGIC)
    work = _PATIENCE + _MOST_WORK * file.size
    while offset + FRAME_BYTES <= file.size:
        try:
            record, _ = file.frame_at(offset)
            work -= record.stop - record.offset
            payload = file.payload(record)
        except ReplayError:
            found = _next_candidate(file, offset + 1)
            if found is None or work <= 0:
                return
            offset = found
            continue
        yield record, payload
        offset = record.stop


def _next_candidate(file: ContainerReader, offset: int) -> int | None:
    """Return the next byte at which a record of a known kind could begin."""
    while offset + FRAME_BYTES <= file.size:
        window = file.bytes_at(offset, min(_SEARCHED, file.size - offset))
        place = window.find(EXTENSION)
        while place >= 0:
            at = offset + place
            if at + FRAME_BYTES > file.size:
                return None
            with suppress(ReplayError):
                record, _ = file.frame_at(at)
                if record.kind in tuple(Kind):
                    return at
            place = window.find(EXTENSION, place + 1)
        offset += len(window)
    return None
