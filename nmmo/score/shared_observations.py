"""Memory for the rows of a world that the engine writes into and agents' processes read, without a copy.

Each agent must see its own rows and nobody else's, and what is shared between processes is shared by whole
pages. So each agent has a file of its own, in memory, and the pages that hold nothing but its rows are
mapped from that file into the world's one array, at their place: the engine writes to it and the agent
reads it. A page on the border of two agents belongs to neither: it stays the scorer's, and the few rows on
it are copied. Sixteen teams of 64 rows, or one agent with all rows, have no such page; a team of 8 rows,
13,824 bytes, has a half to three quarters of its rows on pages of its own.

A single file for all, of which each agent maps its part, would not do: a mapping of a file can be made to
grow past its end (``mremap(2)``, which memory allocators need, so that it can't be forbidden).
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["SharedObservations", "SharedSlice", "memory_file", "seal"]

MAP_FIXED: Final = 0x10  # Python does not name it; the same number on x86-64 and ARM64
MAP_FAILED: Final = ctypes.c_void_p(-1).value
SEAL_FUTURE_WRITE: Final = 0x10  # F_SEAL_FUTURE_WRITE; Python names it from 3.13 on
NO_RESIZE: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
]  # fmt: skip


def memory_file(name: str, size: int) -> int:
    """Return a file in memory, as a descriptor that belongs to the caller."""
    found = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.ftruncate(found, size)
    except BaseException:
        os.close(found)
        raise
    return found


def seal(file: int, read_only: bool) -> None:
    """Fix a file's size for good; with ``read_only``, nobody can map it for writing from now on."""
    fcntl.fcntl(file, fcntl.F_ADD_SEALS, NO_RESIZE | (SEAL_FUTURE_WRITE if read_only else 0))


class SharedSlice:
    """The rows of one agent.

    Attributes
    ----------
    rows : ndarray of uint8, shape [n, row_bytes]
        A part of the world's array, for the scorer to read and write.
    file : int
        The descriptor of what is shared, sealed against writing. It belongs to the caller.
    offset : int
        Where in the file the rows begin, in bytes.
    """

    def __init__(self, rows: NDArray[np.uint8], file: int, offset: int) -> None:
        self.rows = rows
        self.file = file
        self.offset = offset
        self._borders: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]] = []

    def add_border(self, to: NDArray[np.uint8], of: NDArray[np.uint8]) -> None:
        """Name bytes that must be copied."""
        self._borders.append((to, of))

    @property
    def copied_bytes(self) -> int:
        """How many bytes are copied each tick."""
        return sum(len(to) for to, _ in self._borders)

    def publish(self) -> None:
        """Let the agent see what the array holds now."""
        for to, of in self._borders:
            to[:] = of


class SharedObservations:
    """The observations of a world, parts of which agents' processes can map.

    Parameters
    ----------
    n
        Rows of the world.
    row_bytes
        Bytes of a row, a multiple of 8.

    Attributes
    ----------
    array : ndarray of uint8, shape [n, row_bytes]
        For ``World(config, buffers={"observations": array})``.
    """

    def __init__(self, n: int, row_bytes: int) -> None:
        self._size = n * row_bytes
        self._memory = mmap.mmap(-1, -(-self._size // mmap.PAGESIZE) * mmap.PAGESIZE)
        self._row_bytes = row_bytes
        self._bytes: NDArray[np.uint8] = np.frombuffer(self._memory, np.uint8, self._size)
        self.array = self._bytes.reshape(n, row_bytes)

    def share(self, first: int, n: int) -> SharedSlice:
        """Return a part of the rows for one agent; nobody may be given the same rows twice.

        Parameters
        ----------
        first
            Its first row.
        n
            How many, at least 1.

        Raises
        ------
        OSError
            If the memory cannot be had.
        """
        page = mmap.PAGESIZE
        begin, end = first * self._row_bytes, (first + n) * self._row_bytes
        assert 0 <= begin < end <= self._size
        file_begin = begin // page * page
        size = -(-end // page) * page - file_begin  # whole pages, as they will be seen
        file = memory_file("rows", size)
        try:
            inner_begin = -(-begin // page) * page
            # Behind the last row of all lies nothing that could be seen.
            inner_end = len(self._memory) if end == self._size else end // page * page
            if inner_begin < inner_end:
                self._map(file, inner_begin, inner_end - inner_begin, inner_begin - file_begin)
            else:
                inner_begin = inner_end = end
            part = SharedSlice(self.array[first : first + n], file, begin - file_begin)
            if begin < inner_begin or inner_end < end:
                whole = np.frombuffer(mmap.mmap(file, size), np.uint8)
                for start, stop in ((begin, inner_begin), (inner_end, end)):
                    if start < stop:
                        part.add_border(whole[start - file_begin : stop - file_begin], self._bytes[start:stop])
            seal(file, read_only=True)  # what is mapped for writing by now stays so
        except BaseException:
            os.close(file)
            raise
        return part

    def _map(self, file: int, at: int, size: int, offset: int) -> None:
        """Put pages of a file in the place of the array's own. They go when the array's memory goes."""
        found = _libc.mmap(
            self._bytes.ctypes.data + at, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED | MAP_FIXED,
            file, offset,
        )  # fmt: skip
        if found == MAP_FAILED:
            number = ctypes.get_errno()
            raise OSError(number, f"mmap of shared rows: {os.strerror(number)}")
