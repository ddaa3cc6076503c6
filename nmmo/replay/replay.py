"""A replay, opened to look at: any tick, what was done in it, what happened, and whether it plays as recorded."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, overload

import numpy as np
from numpy.typing import NDArray

from nmmo.core.arguments import as_integer
from nmmo.core.config import Config
from nmmo.core.engine_info import rules_version
from nmmo.core.records import Table, record_dtype
from nmmo.core.world import World
from nmmo.replay.chunk import Chunk
from nmmo.replay.container import Kind
from nmmo.replay.contents import Contents
from nmmo.replay.errors import ReplayError
from nmmo.replay.event_collector import EventCollector
from nmmo.replay.event_kinds import Kinds, kind_numbers
from nmmo.replay.file_playback import FilePlayback
from nmmo.replay.header import Header
from nmmo.replay.recorded_snapshots import RecordedSnapshots
from nmmo.replay.seeker import Seeker
from nmmo.replay.snapshot_cache import SnapshotCache, cache_bytes_for
from nmmo.replay.state_stream import StateFrame
from nmmo.replay.state_stream_reader import StateStreamReader
from nmmo.replay.verification import Report, verify

__all__ = ["Clip", "Frame", "Replay"]

MOST_WORLD_BYTES: Final = 1024 * 1024 * 1024


@dataclass(frozen=True)
class Frame:
    """A replay's world at one tick.

    Attributes
    ----------
    tick
        Ticks played.
    world
        As it was then. It is the replay's own: the next frame shows the same object at another tick.
    """

    tick: int
    world: World

    @property
    def events(self) -> NDArray[np.void]:
        """What happened in this tick, as ``World.events``; nothing where the world was edited after it."""
        return self.world.events


class Replay:
    """A replay file, opened to look at.

    Opening reads the header and the index alone. Files of strangers are safe to open: nothing in them is run,
    and what they declare is bounded before memory is taken.

    Parameters
    ----------
    path
        The file. One that was cut short, or is still being written, is read up to its last whole chunk.
    max_world_bytes
        The most memory that playing it may take; more is refused before it is taken. What is left, up to 64 MiB
        or four states of a larger world, caches states that seeks came by, which makes later ones faster.

    Raises
    ------
    nmmo.replay.NotAReplayError, nmmo.replay.FormatVersionError, nmmo.replay.DamagedError
        If the file is none, is of another format, or has no whole header.
    OSError
        If it cannot be opened.

    Examples
    --------
    >>> from nmmo.replay import Replay
    >>> with Replay("play.nmr") as replay:
    ...     world = replay.world_at(50)
    ...     kills = replay.events(kind="kill")
    ...     for frame in replay[20:80:10]:
    ...         print(frame.tick, frame.world.players["score"].max())
    """

    def __init__(self, path: str | os.PathLike[str], *, max_world_bytes: int = MOST_WORLD_BYTES) -> None:
        most_bytes = as_integer(max_world_bytes, "max_world_bytes", 1, 2**62)
        self.contents = Contents(path)
        """The file's records, for those who read them themselves."""
        self.header: Header = self.contents.header
        """What the file says of itself, a ``Header``."""
        try:
            blocks = self.contents.index.of(Kind.STATE)
            self._states = StateStreamReader(blocks, self.contents.payload, self.header, most_bytes)
        except BaseException:
            self.contents.close()
            raise
        self.snapshots = RecordedSnapshots(self.contents, most_bytes)
        """The file's recorded states, for those who put them into worlds of their own."""
        self._cache: SnapshotCache | None = None
        self._seeker: Seeker | None = None

    # ---- what it is ----------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.contents.file.path)

    @property
    def start(self) -> int:
        """Ticks that had been played when the recording began."""
        return self.contents.start

    @property
    def stop(self) -> int:
        """Ticks that had been played when it ended."""
        return self.contents.stop

    @property
    def ticks(self) -> int:
        """How many ticks are in the file."""
        return self.contents.ticks

    def __len__(self) -> int:
        return self.ticks

    @property
    def complete(self) -> bool:
        """Whether the file was closed whole. If not, it can still be read up to its last whole chunk."""
        return self.contents.index.complete

    @property
    def damage(self) -> ReplayError | None:
        """Why a file without an index could not be read to its end; None where it could."""
        return self.contents.index.damage

    @property
    def missing(self) -> list[tuple[int, int]]:
        """Ranges of ticks that are lost: first and last of each."""
        return self.contents.missing

    @property
    def cuts(self) -> list[int]:
        """Ticks after which the state was set from outside; the start too, if it was not a reset's."""
        return self.contents.cuts

    @property
    def pure(self) -> bool:
        """Whether all follows from configuration, seed, map and actions, from a reset on without a gap."""
        return self.header.start == 0 and not self.cuts and not self.missing

    @property
    def playable(self) -> bool:
        """Whether this engine has the rules by which it was played."""
        return self.header.rules_version == rules_version()

    @property
    def config(self) -> Config:
        """The world's configuration.

        Raises
        ------
        nmmo.replay.ReplayError
            If this version of nmmo has no such world.
        """
        return self.header.make_config()

    def __repr__(self) -> str:
        return f"<nmmo.replay.Replay of {self.header.n_players} agents, ticks {self.start} to {self.stop}>"

    # ---- what was done, and what happened ----------------------------------------------------------

    def actions(self, tick: int) -> NDArray[np.uint8]:
        """Return the actions of a tick, uint8 [n_players]; the first tick is ``start`` + 1.

        Raises
        ------
        nmmo.replay.MissingTicksError
            If the tick is not in the file.
        nmmo.replay.DamagedError
            If it is damaged.
        """
        chunk, row = self._row_of(tick)
        actions: NDArray[np.uint8] = chunk.actions[row]
        return actions

    def tokens(self, tick: int) -> NDArray[np.uint8]:
        """Return what was said in a tick, uint8 [n_players]; all 0 without speech. Raises as ``actions``."""
        chunk, row = self._row_of(tick)
        return np.zeros(self.header.n_players, np.uint8) if chunk.tokens is None else chunk.tokens[row]

    def digests(self, tick: int) -> NDArray[np.uint64] | None:
        """Return the recorded digests of the state after a tick, uint64 [5]; None where there are none.

        An episode that ended in an automatic reset has none of its last tick. Raises as ``actions``.
        """
        chunk, row = self._row_of(tick)
        return chunk.digests[row] if row < len(chunk.digests) else None

    def events(
        self,
        kind: Kinds = None,
        start: int | None = None,
        stop: int | None = None,
    ) -> NDArray[np.void]:
        """Return what happened, in order.

        Where events were not recorded they are found by playing the actions again.

        Parameters
        ----------
        kind
            A name ("kill"), an ``nmmo.EventKind``, or several. Default: all.
        start, stop
            Ticks of the first and behind the last. Default: all.

        Returns
        -------
        structured ndarray
            As ``World.events``.

        Raises
        ------
        ValueError
            If there is no such kind of event.
        nmmo.replay.ReplayError
            If ticks on the way are missing, damaged, or cannot be played.
        """
        numbers = kind_numbers(kind)
        first = self.start if start is None else max(start, self.start)
        last = self.stop + 1 if stop is None else min(stop, self.stop + 1)
        parts = []
        for found in self._events_by_chunk(first, last):
            chosen = (found["tick"] >= first) & (found["tick"] < last)
            if numbers is not None:
                chosen &= np.isin(found["kind"], numbers)
            parts.append(found[chosen])
        return np.concatenate(parts) if parts else np.empty(0, record_dtype(Table.EVENT))

    def _events_by_chunk(self, first: int, last: int) -> Iterator[NDArray[np.void]]:
        collector: EventCollector | None = None
        chunks = self.contents.chunks
        for entry in chunks:
            if entry.stop < first or entry.start >= last:
                continue
            recorded = self.contents.events(entry)
            if recorded is not None:
                yield recorded
                continue
            if collector is None:
                collector = EventCollector(self.contents, self.snapshots)
            low = entry.start + (entry is not chunks[0])  # the tick before belongs to the chunk before
            yield from collector.collect(max(first, low), min(last - 1, entry.stop))

    def _row_of(self, tick: int) -> tuple[Chunk, int]:
        return self.contents.chunk_of(as_integer(tick, "tick", -(2**31), 2**31))

    # ---- playing it again --------------------------------------------------------------------------

    def world_at(self, tick: int) -> World:
        """Return the world after so many ticks.

        Parameters
        ----------
        tick
            ``start`` to ``stop``; negative ones count from the end, -1 is the last.

        Returns
        -------
        nmmo.World
            The replay's own, with observations: valid until the replay is asked for another tick. ``branch``
            gives one to keep. A tick near one asked for before is found sooner.

        Raises
        ------
        IndexError
            If the tick is outside of the replay.
        nmmo.replay.RulesVersionError
            If it was played by other rules.
        nmmo.replay.TooLargeError
            If the world would be larger than ``max_world_bytes``.
        nmmo.replay.MissingTicksError, nmmo.replay.DamagedError, nmmo.replay.DivergenceError
            If ticks on the way are not in the file, or are damaged, or lead to another state than the
            recorded.
        """
        return self._own_seeker(self._tick_within(tick)).world

    def branch(self, tick: int) -> World:
        """Return a world of its own in the state of a tick, to be played on with other actions.

        Parameters, errors: as ``world_at``.
        """
        seeker = self._own_seeker(self._tick_within(tick))
        self._seeker = None
        return seeker.release()

    def seeker(self, *, double_buffered: bool = False) -> Seeker:
        """Make another seeker, with a world of its own, for going to many ticks, or to one in small steps.

        The states that it comes by are kept together with those of ``world_at`` and of other seekers. Close it
        when it is done.

        Parameters
        ----------
        double_buffered
            Whether its world stays as it is until the next tick is ready, which takes a second world.

        Raises
        ------
        nmmo.replay.RulesVersionError, nmmo.replay.TooLargeError
            As by ``world_at``.
        """
        if self._cache is None:
            self.snapshots.check_playable()
            self._cache = SnapshotCache(min(cache_bytes_for(self.header.state_bytes), self.snapshots.spare_bytes))
        return Seeker(self._new_playback, self._cache, double_buffered=double_buffered)

    def _new_playback(self) -> FilePlayback:
        return FilePlayback(self.contents, self.snapshots)

    def _own_seeker(self, tick: int) -> Seeker:
        """Return the seeker of ``world_at``, gone to a tick."""
        if self._seeker is None:
            self._seeker = self.seeker()
        self._seeker.seek(tick)
        return self._seeker

    def frames(self, start: int | None = None, stop: int | None = None, step: int = 1) -> Iterator[Frame]:
        """Yield the world at one tick after another.

        Parameters
        ----------
        start, stop, step
            Ticks, as in a slice: from ``start`` (default: the first) up to but without ``stop`` (default: to
            the end), every ``step``-th.

        Yields
        ------
        Frame
            Its world is the same object every time and has no current observations; its tables, tiles, events
            and hashes are those of the tick.

        Raises
        ------
        ValueError
            If the step is not positive.
        nmmo.replay.ReplayError
            As by ``world_at``.
        """
        every = as_integer(step, "step", 1, 2**31)
        first = self.start if start is None else max(start, self.start)
        last = self.stop + 1 if stop is None else min(stop, self.stop + 1)
        seeker = Seeker(self._new_playback)  # its own, so that other calls in between do no harm
        for tick in range(first, last, every):
            yield Frame(tick, seeker.seek(tick, observe=False))

    @overload
    def __getitem__(self, tick: int) -> Frame: ...

    @overload
    def __getitem__(self, tick: slice) -> Clip: ...

    def __getitem__(self, tick: int | slice) -> Frame | Clip:
        if isinstance(tick, slice):
            step = 1 if tick.step is None else as_integer(tick.step, "step", 1, 2**31)
            start = self.start if tick.start is None else self._clipped(tick.start)
            stop = self.stop + 1 if tick.stop is None else self._clipped(tick.stop)
            return Clip(self, range(start, max(start, stop), step))
        number = self._tick_within(tick)
        return Frame(number, self.world_at(number))

    def _clipped(self, tick: int) -> int:
        number = as_integer(tick, "tick", -(2**31), 2**31)
        return min(max(number if number >= 0 else self.stop + 1 + number, self.start), self.stop + 1)

    def _tick_within(self, tick: int) -> int:
        number = as_integer(tick, "tick", -(2**31), 2**31, IndexError)
        found = number if number >= 0 else self.stop + 1 + number
        if not self.start <= found <= self.stop:
            raise IndexError(f"tick {number} is outside of the replay, which has {self.start} to {self.stop}")
        return found

    def verify(self, progress: Callable[[int, int], None] | None = None) -> Report:
        """Play everything again and compare it with what was recorded.

        Parameters
        ----------
        progress
            Called now and then with the ticks done and all ticks.

        Returns
        -------
        Report
            True where all agrees; otherwise it names the first tick and section that differ, and the fields.

        Raises
        ------
        nmmo.replay.ReplayError
            If it cannot be played, or is damaged.
        """
        return verify(self.contents, self.snapshots, progress)

    # ---- the state stream ---------------------------------------------------------------------------

    @property
    def state_ticks(self) -> list[tuple[int, int]]:
        """Ranges of ticks that the state stream has: first and last of each block; empty without one."""
        return self._states.ticks

    def state(self, tick: int) -> StateFrame:
        """Return entities and tiles after a tick, from the state stream: nothing is played, so any engine will do.

        Raises
        ------
        nmmo.replay.MissingTicksError
            If the file has no state of the tick.
        nmmo.replay.DamagedError
            If it is damaged.
        """
        return self._states.at(tick)

    # ---- life cycle --------------------------------------------------------------------------------

    def close(self) -> None:
        """Close the file. Worlds that ``branch`` gave stay open."""
        self.contents.close()
        if self._seeker is not None:
            self._seeker.close()
            self._seeker = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Clip:
    """Some ticks of a replay: ``replay[start:stop:step]``. It reads nothing until it is asked."""

    def __init__(self, replay: Replay, ticks: range) -> None:
        self._replay = replay
        self.ticks = ticks

    def __len__(self) -> int:
        return len(self.ticks)

    def __iter__(self) -> Iterator[Frame]:
        return self._replay.frames(self.ticks.start, self.ticks.stop, self.ticks.step)

    def events(self, kind: Kinds = None) -> NDArray[np.void]:
        """Return what happened in these ticks and those between them, as ``Replay.events``."""
        return self._replay.events(kind, self.ticks.start, self.ticks.stop)

    def __repr__(self) -> str:
        return f"<{self.ticks} of {self._replay!r}>"
