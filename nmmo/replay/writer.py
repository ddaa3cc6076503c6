"""Writes replay files on a thread of its own, so that a step only copies what it played.

Records are appended whole. When one cannot be (the disk is full), the file is cut back to the last whole one,
so that it can always be read; a process that is killed leaves at most one part of a record, which readers
pass over.
"""

from __future__ import annotations

import errno
import os
import queue
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.config import Config
from nmmo.core.records import Table, record_dtype
from nmmo.replay.chunk import Chunk, RespawnCall
from nmmo.replay.container import MAGIC, Kind, footer, framed
from nmmo.replay.errors import RecordingError
from nmmo.replay.header import Header
from nmmo.replay.index import Index
from nmmo.replay.snapshots import Snapshot, State, difference, find_beginning, pack_map
from nmmo.replay.state_stream import StateEncoder, StateFrames

QUEUED_JOBS: Final = 8
"""Jobs that may wait to be written; a step that would make another waits for the disk."""


def already_there(path: Path) -> FileExistsError:
    """Return the error of a file that must not be replaced. Who may replace it knows by which argument."""
    return FileExistsError(errno.EEXIST, "the file is there already: choose another name, or remove it", str(path))


class ContainerWriter:
    """A replay that is being written.

    Parameters
    ----------
    path
        Where. The file must not exist, or may be overwritten.
    overwrite
        Whether an existing file is replaced.
    sync
        Whether every record is brought to the disk before the next.

    Raises
    ------
    OSError
        If it cannot be made.
    """

    def __init__(self, path: Path, *, overwrite: bool = False, sync: bool = False) -> None:
        self.path = path
        self._sync = sync
        flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        flags |= os.O_TRUNC if overwrite else os.O_EXCL
        try:
            self._descriptor: int | None = os.open(path, flags, 0o666)
        except FileExistsError:
            raise already_there(path) from None
        self._size = 0
        self.index = Index()
        self._append(MAGIC)

    def write(self, kind: Kind, payload: bytes, start: int, stop: int, flag: bool = False) -> None:
        """Append a record. The ticks are what the index says of it."""
        offset = self._size
        self._append(framed(kind, payload))
        self.index.add(kind, offset, start, stop, flag)

    def copy(self, kind: int, payload: bytes, index: Index) -> None:
        """Append a record of another file, as its index knows it; it may be of a kind that is not known."""
        offset = self._size
        self._append(framed(kind, payload))
        for entry in index.entries:
            self.index.entries.append(entry._replace(offset=offset))

    def _append(self, data: bytes) -> None:
        if self._descriptor is None:
            raise ValueError(f"{self.path} is closed")
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
            if self._sync:
                os.fsync(self._descriptor)
        except OSError:
            with suppress(OSError):  # whole records only
                os.ftruncate(self._descriptor, self._size)
            raise
        self._size += len(data)

    def finish(self) -> None:
        """Write the index and close the file."""
        if self._descriptor is None:
            return
        try:
            offset = self._size
            self._append(framed(Kind.INDEX, self.index.packed()) + footer(offset))
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close the file as it is: readable, but without an index."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)


@dataclass
class Opening:
    """What a file begins with."""

    config: Config
    seed: int
    first: bytes
    """The first state, as the engine's snapshot."""
    start: int
    """Ticks played then."""
    header: Callable[[str, str], Header]
    """Makes the header from the base and the map's digest."""


class EpisodeWriter:
    """Turns what was played in one episode into records. The jobs of the writing thread are its methods."""

    def __init__(self, file: ContainerWriter) -> None:
        self._file = file
        self._base: State
        self._buffer: State  # kept: allocating it again would cost more than filling it

    def begin(self, opening: Opening) -> None:
        """Write what the episode begins with."""
        beginning = find_beginning(opening.config, opening.seed, opening.first)
        self._base = beginning.state
        self._buffer = np.empty_like(self._base)
        start = opening.start
        header = opening.header(beginning.base, beginning.map_digest)
        self._file.write(Kind.HEADER, header.packed(), start, start)
        if beginning.base == "map":
            self._file.write(Kind.MAP, pack_map(beginning.words), start, start)
        if not beginning.same:
            self.snapshot(start, not beginning.reset, opening.first)

    def snapshot(self, tick: int, cut: bool, state: bytes) -> None:
        """Append a state."""
        made = Snapshot(tick, cut, difference(state, self._base, self._buffer))
        self._file.write(Kind.SNAPSHOT, made.packed(), tick, tick, cut)

    def chunk(
        self,
        *,
        start: int,
        actions: NDArray[np.uint8],
        tokens: NDArray[np.uint8] | None,
        digests: NDArray[np.uint64],
        hashes: NDArray[np.uint64] | None,
        respawns: list[RespawnCall],
        events: list[NDArray[np.void]] | None,
    ) -> None:
        """Append some ticks."""
        joined = None
        if events is not None:
            joined = np.concatenate([np.empty(0, record_dtype(Table.EVENT)), *events])
        chunk = Chunk(start, actions, tokens, digests, hashes, respawns, joined)
        self._file.write(Kind.CHUNK, chunk.packed(), chunk.start, chunk.stop)

    def states(self, encoder: StateEncoder, frames: StateFrames, spare: list[StateFrames]) -> None:
        """Append what a later engine can show, and give the frames back."""
        block = encoder.block(frames)
        self._file.write(Kind.STATE, block.packed(), block.start, block.stop, block.ground is not None)
        spare.append(frames)

    def finish(self) -> None:
        """Close the file."""
        self._file.finish()


_threads: weakref.WeakSet[WritingThread] = weakref.WeakSet()


def _forked() -> None:
    for thread in _threads:
        thread.halted = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class WritingThread:
    """Runs jobs one after another on a thread. The first that fails is the last: its error is kept.

    The thread is started by the first job, so that a fork before it does no harm. A process forked from one
    that records does not write: the file is its parent's.
    """

    def __init__(self) -> None:
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue(QUEUED_JOBS)
        self._thread: threading.Thread | None = None
        self._process = os.getpid()
        self.error: BaseException | None = None
        self.halted = False
        """Whether nothing more will be written: because of an error, or because this process is a fork."""
        _threads.add(self)

    @property
    def foreign(self) -> bool:
        """Whether this process was forked from the one that writes."""
        return os.getpid() != self._process

    def put(self, job: Callable[[], None]) -> None:
        """Have a job done, after those before it. Waits while too many are waiting."""
        if self.foreign or self.error is not None:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="nmmo-replay-writer", daemon=True)
            self._thread.start()
        self._jobs.put(job)

    def finish(self) -> None:
        """Wait until all is done, and end the thread."""
        if self._thread is None or self.foreign:
            return
        self._jobs.put(None)
        self._thread.join()
        self._thread = None

    def wait(self) -> None:
        """Wait until all is done."""
        if self._thread is not None and not self.foreign:
            self._jobs.join()

    def fail(self, error: BaseException) -> None:
        """Do what is waiting; then nothing more is to be written."""
        self.wait()
        if self.error is None:
            self._stop(error)

    def _stop(self, error: BaseException) -> None:
        self.error = error
        self.halted = True

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                if job is None:
                    return
                if self.error is None:  # otherwise jobs are only removed, so that nobody waits for the queue
                    job()
            except BaseException as error:
                self._stop(error)
            finally:
                job = None
                self._jobs.task_done()

    def raise_error(self) -> None:
        """Raise what went wrong, if something did.

        Raises
        ------
        nmmo.replay.RecordingError
            If a file could not be written.
        """
        if isinstance(self.error, OSError):
            reason = self.error.strerror or str(self.error)
            failure = RecordingError(self.error.errno, f"the recording ended: {reason}")
            failure.filename = self.error.filename
            raise failure from self.error
        if self.error is not None:
            raise self.error
