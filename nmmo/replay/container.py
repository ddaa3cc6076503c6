"""The outermost layer of a replay file: a magic string, then records (docs/replay-format.md).

The file is one msgpack stream, but the headers of its records are parsed here by hand: a general parser takes
memory for whatever length a stranger's file declares. Here a length is compared with the file's size and with
the most that a record of its kind can have, before anything is read.
"""

from __future__ import annotations

import enum
import os
import stat
import struct
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Final, NamedTuple, Self

from nmmo.replay.errors import DamagedError, NotAReplayError, TooLargeError

MAGIC: Final = b"\xabnmmo.replay"  # as msgpack: a string of 11 bytes
FORMAT_VERSION: Final = 1


class Kind(enum.IntEnum):
    """What a record is: the type number of its msgpack extension."""

    HEADER = 1
    MAP = 2
    SNAPSHOT = 3
    CHUNK = 4
    STATE = 5
    INDEX = 6
    FOOTER = 7


EXTENSION: Final = 0xC9  # msgpack's ext 32: this byte, the length as uint32, the type as int8
_FRAME: Final = struct.Struct(">BIbI")  # ... then this format's own checksum, the first four bytes of the body
FRAME_BYTES: Final = _FRAME.size
_CHECKSUM_BYTES: Final = 4
_UNSIGNED_64: Final = struct.Struct(">BQ")  # msgpack's uint 64, all that a footer holds
FOOTER_BYTES: Final = FRAME_BYTES + _UNSIGNED_64.size
KIBIBYTE: Final = 1024
MEBIBYTE: Final = 1024 * 1024
MOST_PAYLOAD: Final = {
    Kind.HEADER: MEBIBYTE,
    Kind.MAP: 80 * MEBIBYTE,
    Kind.SNAPSHOT: 2048 * MEBIBYTE,
    Kind.CHUNK: 256 * MEBIBYTE,
    Kind.STATE: 1024 * MEBIBYTE,
    Kind.INDEX: 256 * MEBIBYTE,
    Kind.FOOTER: _UNSIGNED_64.size,
}
"""The most bytes of a record's payload, by kind. Memory is only taken for bytes that the file has."""


class Record(NamedTuple):
    """Where a whole record is."""

    kind: int
    """A ``Kind``, or another number in files of later versions."""
    offset: int
    """Of its first byte."""
    stop: int
    """Of the first byte behind it."""


def checksum(kind: int, payload: bytes) -> int:
    """Return the CRC-32 (that of zlib) of the record's length and kind, as they are in the file, and its payload."""
    start = struct.pack(">Ib", len(payload) + _CHECKSUM_BYTES, kind)
    return zlib.crc32(payload, zlib.crc32(start))


def framed(kind: int, payload: bytes) -> bytes:
    """Return the bytes of a record."""
    length = len(payload) + _CHECKSUM_BYTES
    return _FRAME.pack(EXTENSION, length, kind, checksum(kind, payload)) + payload


def footer(index_offset: int) -> bytes:
    """Return the last bytes of a file that was closed, where its index is."""
    return framed(Kind.FOOTER, _UNSIGNED_64.pack(0xCF, index_offset))


class ContainerReader:
    """A replay file, opened to read its records.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    nmmo.replay.NotAReplayError
        If it is not a regular file, or begins otherwise.
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for its writer
            raise NotAReplayError(f"{self.path} is not a regular file")
        self._descriptor: int | None = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            self.size = os.fstat(self._descriptor).st_size
            start = self.bytes_at(0, min(len(MAGIC), self.size))
            if start != MAGIC:
                raise NotAReplayError(f"{self.path} is not a replay: it begins with {start!r}", 0)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file. Closing again does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    @property
    def closed(self) -> bool:
        """Whether the file was closed."""
        return self._descriptor is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_descriptor", None) is not None:
            self.close()

    def bytes_at(self, offset: int, count: int) -> bytes:
        """Return exactly so many bytes; the caller has compared them with the file's size."""
        if self._descriptor is None:
            raise ValueError(f"{self.path} is closed")
        parts = []
        while count:
            part = os.pread(self._descriptor, count, offset)
            if not part:
                raise DamagedError("the file became shorter while it was read", offset)
            parts.append(part)
            offset += len(part)
            count -= len(part)
        return b"".join(parts)

    def frame_at(self, offset: int) -> tuple[Record, int]:
        """Return the record that begins at a byte, and its checksum; the payload is not looked at.

        Raises
        ------
        nmmo.replay.DamagedError
            If no whole record can begin there.
        nmmo.replay.TooLargeError
            If it is larger than any record of its kind.
        """
        if not len(MAGIC) <= offset <= self.size - FRAME_BYTES:
            raise DamagedError(f"a record cannot begin here: the file has {self.size:,} bytes", offset)
        byte, length, kind, found = _FRAME.unpack(self.bytes_at(offset, FRAME_BYTES))
        if byte != EXTENSION:
            raise DamagedError(f"a record begins with byte 0xC9; here is 0x{byte:02X}", offset)
        stop = offset + FRAME_BYTES - _CHECKSUM_BYTES + length
        if length < _CHECKSUM_BYTES or stop > self.size:
            raise DamagedError(f"a record of {length:,} bytes does not fit into the file", offset)
        most = MOST_PAYLOAD.get(kind)
        if most is not None and length - _CHECKSUM_BYTES > most:
            raise TooLargeError(f"a record of kind {Kind(kind).name} has {length:,} bytes, more than {most:,}", offset)
        return Record(kind, offset, stop), found

    def payload(self, record: Record) -> bytes:
        """Return a record's payload, whose checksum agrees.

        Raises
        ------
        nmmo.replay.DamagedError
            If the record is not what it was taken for, or its checksum does not agree.
        """
        found, expected = self.frame_at(record.offset)
        if found != record:
            raise DamagedError(f"the index leads to a record of kind {found.kind}, not {record.kind}", record.offset)
        begin = record.offset + FRAME_BYTES
        payload = self.bytes_at(begin, record.stop - begin)
        if checksum(record.kind, payload) != expected:
            raise DamagedError("the record is damaged: its checksum does not agree", record.offset)
        return payload

    def scan(self, offset: int = len(MAGIC)) -> Iterator[tuple[Record, bytes]]:
        """Yield the whole records from a byte on, in order, with their payloads.

        Raises
        ------
        nmmo.replay.DamagedError, nmmo.replay.TooLargeError
            At the first byte from which no whole record can be read; not at the end of the file.
        """
        while offset < self.size:
            record, _ = self.frame_at(offset)
            yield record, self.payload(record)
            offset = record.stop

    def index_offset(self) -> int | None:
        """Return where the index is, if the file was closed whole: its last bytes say so."""
        offset = self.size - FOOTER_BYTES
        if offset < len(MAGIC):
            return None
        try:
            record, _ = self.frame_at(offset)
            if record.kind != Kind.FOOTER or record.stop != self.size:
                return None
            _, found = _UNSIGNED_64.unpack(self.payload(record))
        except (DamagedError, TooLargeError):
            return None
        return int(found)
