"""Map files: a zip archive with one member, `map.npy`, a plain array of numpy's own format.

`numpy.load` and `numpy.savez_compressed` read and write such files too. Reading them here trusts nothing:
what a file claims is compared with what a map can be before memory is taken, the archive's directory before
`zipfile` reads it, and the header of the array is matched, not evaluated.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import numpy as np

from nmmo.core.errors import MapError
from nmmo.core.tile_words import BLOCK_TILES, MOST_SIDE, Words, check_side, check_words

MEMBER: Final = "map.npy"
MOST_HEADER: Final = 256  # bytes of an array's header; numpy pads to a multiple of 64, here 128
MOST_BYTES: Final = MOST_SIDE * MOST_SIDE * 4 + MOST_HEADER
MOST_FILE: Final = MOST_BYTES + MOST_BYTES // 1000 + 4096  # deflate adds 5 bytes in 16 KiB at worst
MOST_DIRECTORY: Final = 1024
END: Final = struct.Struct("<4s4H2LH")  # of a zip archive: its last bytes, with no comment
LOCATOR_BYTES: Final = 20  # what would lead to another directory, for archives over 4 GiB
ENCRYPTED: Final = 1
NUMPY_MAGIC: Final = b"\x93NUMPY"
HEADER: Final = re.compile(
    rb"\{'descr': (?P<dtype>'[^'\\]*'|\[.*\]), 'fortran_order': (?P<fortran>True|False), "
    rb"'shape': \((?P<shape>[-0-9, ]*)\), \} *\n",
    re.DOTALL,
)
SHAPE: Final = re.compile(rb"([0-9]{1,9}), ([0-9]{1,9})")


def read_map_file(path: str | os.PathLike[str]) -> Words:
    """Return the words of a map file, checked.

    Returns
    -------
    ndarray of uint32, shape [height, width]

    Raises
    ------
    nmmo.MapError
        If the file is not a map; the message names the file and what is wrong.
    OSError
        If it cannot be read.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would wait for its writer
            raise MapError("this is not a regular file")
        with open(path, "rb") as file:
            return _read(file)
    except MapError as error:
        raise MapError(f"{os.fspath(path)}: {error}") from None


def _read(file: IO[bytes]) -> Words:
    _check_archive(file)
    try:
        with zipfile.ZipFile(file) as archive:
            (member,) = archive.infolist()
            _check_member(member)
            with archive.open(member) as stream:
                height, width = _read_header(stream, member.file_size)
                for row, block in _read_rows(stream, height, width):
                    check_words(block, row)
                if stream.read(1):  # also makes zipfile compare the checksum
                    raise MapError(f"{MEMBER} is longer than it claims")
            # Read twice: only now, that it is known to be whole and a map, is memory taken for all of it.
            words = np.empty((height, width), np.uint32)
            with archive.open(member) as stream:
                _read_header(stream, member.file_size)
                for row, block in _read_rows(stream, height, width):
                    words[row : row + len(block)] = block
            return words
    except MapError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        UnicodeError,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OverflowError,
        OSError,
    ) as error:  # fmt: skip - all that zipfile raises for damaged archives
        raise MapError(f"the zip archive is damaged: {error or type(error).__name__}") from None


def _check_archive(file: IO[bytes]) -> None:
    """Look at size and last bytes, so that `zipfile` has but a small directory to read."""
    size = file.seek(0, os.SEEK_END)
    if size > MOST_FILE:
        raise MapError(f"this is not a map: it has {size:,} bytes, the largest map {MOST_FILE:,}")
    file.seek(0)
    start = file.read(6)
    if start == NUMPY_MAGIC:
        raise MapError("this is a bare .npy array; a map is an .npz archive (numpy.savez_compressed)")
    if start[:4] != b"PK\x03\x04":
        raise MapError("this is not a map: it does not begin like a zip archive")
    tail_bytes = min(size, LOCATOR_BYTES + END.size)
    file.seek(size - tail_bytes)
    tail = file.read(tail_bytes)
    if len(tail) < END.size or tail[-END.size :][:4] != b"PK\x05\x06":
        raise MapError("the zip archive is cut short: it does not end with its directory")
    _, disk, first_disk, here, members, directory, _, comment = END.unpack(tail[-END.size :])
    if disk or first_disk or here != members or comment or tail.startswith(b"PK\x06\x07"):
        raise MapError("the zip archive has parts, a comment or a second directory; a map has none")
    if members != 1:
        raise MapError(f"a map's archive has one member, {MEMBER}; this has {members}")
    if directory > MOST_DIRECTORY:
        raise MapError(f"the zip archive's directory has {directory:,} bytes for one member")
    file.seek(0)


def _check_member(member: zipfile.ZipInfo) -> None:
    if member.filename != MEMBER:
        raise MapError(f"a map's archive has one member, {MEMBER}; this has {member.filename[:80]!r}")
    if member.flag_bits & ENCRYPTED:
        raise MapError(f"{MEMBER} is encrypted")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise MapError(f"{MEMBER} is packed by method {member.compress_type}; maps are stored or deflated")
    if member.file_size > MOST_BYTES:
        raise MapError(f"{MEMBER} claims {member.file_size:,} bytes; the largest map has {MOST_BYTES:,}")


def _exactly(stream: IO[bytes], count: int) -> bytes:
    found = stream.read(count)  # as much as there is: zipfile's streams read on until then
    if len(found) < count:
        raise MapError(f"{MEMBER} is cut short")
    return found


def _read_header(stream: IO[bytes], claimed: int) -> tuple[int, int]:
    """Return height and width, which agree with the bytes that the archive claims."""
    start = _exactly(stream, 10)
    if start[:6] != NUMPY_MAGIC:
        raise MapError(f"{MEMBER} is not a numpy array: it begins with {start[:6]!r}")
    if start[6:8] != b"\x01\x00":
        raise MapError(f"{MEMBER} has version {start[6]}.{start[7]} of numpy's format; a map has 1.0")
    header_bytes = int.from_bytes(start[8:10], "little")
    if header_bytes > MOST_HEADER:
        raise MapError(f"{MEMBER} has a header of {header_bytes:,} bytes; a map's has {MOST_HEADER} at most")
    height, width = _shape(_exactly(stream, header_bytes))
    expected = len(start) + header_bytes + height * width * 4
    if claimed != expected:
        raise MapError(f"{MEMBER} has {claimed:,} bytes; one of {height} x {width} tiles has {expected:,}")
    return height, width


def _read_rows(stream: IO[bytes], height: int, width: int) -> Iterator[tuple[int, Words]]:
    """Yield some rows at a time, each with the number of the first."""
    rows = max(1, BLOCK_TILES // 4 // width)
    for row in range(0, height, rows):
        count = min(rows, height - row)
        data = _exactly(stream, count * width * 4)
        yield row, np.frombuffer(data, "<u4").astype(np.uint32, copy=False).reshape(count, width)


def _shape(header: bytes) -> tuple[int, int]:
    """Return height and width, from the header of an array that can be a map."""
    found = HEADER.fullmatch(header)
    if not found:
        raise MapError(f"{MEMBER} has a header that is not numpy's: {header[:80]!r}")
    if found["dtype"] != b"'<u4'":
        dtype = found["dtype"].decode("latin-1")
        raise MapError(f"{MEMBER} has dtype {dtype}; a map has '<u4', that is uint32")
    if found["fortran"] != b"False":
        raise MapError(f"{MEMBER} is in Fortran order; a map is in C order (numpy.ascontiguousarray)")
    shape = SHAPE.fullmatch(found["shape"])
    if not shape:
        raise MapError(f"{MEMBER} has shape ({found['shape'].decode()}); a map has (height, width)")
    height, width = int(shape[1]), int(shape[2])
    check_side("height", height)
    check_side("width", width)
    return height, width


def write_map_file(path: str | os.PathLike[str], words: Words) -> None:
    """Write a map. Equal maps make equal bytes (with the same zlib). The file appears when it is whole.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    target = Path(path)
    header = f"{{'descr': '<u4', 'fortran_order': False, 'shape': {words.shape}, }}"
    header = header.ljust(128 - 11) + "\n"
    member = zipfile.ZipInfo(MEMBER, (1980, 1, 1, 0, 0, 0))  # no clock, no owner: nothing but the map
    member.compress_type = zipfile.ZIP_DEFLATED
    member.create_system = 3
    member.external_attr = 0o644 << 16
    start = NUMPY_MAGIC + b"\x01\x00" + struct.pack("<H", len(header)) + header.encode("ascii")
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with open(temporary, "xb") as file, zipfile.ZipFile(file, "w") as archive:
            words_bytes = words.astype("<u4", order="C", copy=False).tobytes()
            archive.writestr(member, start + words_bytes, compresslevel=9)
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
