"""Reads a replay: lazily, from any tick, without trusting the file."""

from __future__ import annotations

import bisect
import os
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self, overload

import numpy as np
from numpy.typing import NDArray

from nmmo.core import _engine
from nmmo.core.arguments import as_integer
from nmmo.core.config import Config
from nmmo.core.dtypes import Table, observation_dtype, record_dtype
from nmmo.core.errors import ConfigError, MapError
from nmmo.core.world import World
from nmmo.replay.chunk import Chunk, read_chunk, read_events
from nmmo.replay.errors import (
    DamagedError,
    MissingTicksError,
    ReplayError,
    RulesVersionError,
    TooLargeError,
)
from nmmo.replay.events import EventCollector, Kinds, kind_numbers
from nmmo.replay.header import Header
from nmmo.replay.index import Entry, Index
from nmmo.replay.landmarks import LANDMARK_BYTES, Landmarks
from nmmo.replay.playback import Playback
from nmmo.replay.played_world import PlayedWorld
from nmmo.replay.records import Kind, Record, RecordFile
from nmmo.replay.snapshots import State, is_difference, make_base, read_difference, read_map, read_state
from nmmo.replay.state_track import StateFrame
from nmmo.replay.states import States

if TYPE_CHECKING:
    from nmmo.replay.verification import Report

__all__ = ["Clip", "Frame", "Replay"]

MOST_WORLD_BYTES: Final = 1024 * 1024 * 1024
KEPT_CHUNKS: Final = 4  # decoded ones: neighbours are asked for again and again


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
        """What happened in this tick, as ``World.events``; nothing where a snapshot is of this very tick."""
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
        The most memory that playing it may take; more is refused before it is taken. What is to spare, up to 64
        MiB, is used to keep states that seeks came by, which makes later ones faster.

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
        self._most_bytes = as_integer(max_world_bytes, "max_world_bytes", 1, 2**62)
        self._file = RecordFile(path)
        try:
            self._index = Index.of_file(self._file)
            entries = self._index.entries
            if not entries or entries[0].kind != Kind.HEADER:
                raise self._index.damage or DamagedError("the file has no whole header", 0)
            self.header = Header.read(self._payload(entries[0]), entries[0].offset)
            """What the file says of itself, a ``Header``."""
            self._program = [entry for entry in entries if entry.kind in (Kind.CHUNK, Kind.SNAPSHOT)]
            self._check_order(entries)
            self._states = States(self._index.of(Kind.STATE), self._payload, self.header, self._most_bytes)
        except BaseException:
            self._file.close()
            raise
        self._chunks = self._index.of(Kind.CHUNK)
        self._chunk_stops = [entry.stop for entry in self._chunks]
        self._snapshots = [
            number for number, entry in enumerate(self._program) if entry.kind == Kind.SNAPSHOT
        ]
        self._snapshot_ticks = [self._program[number].start for number in self._snapshots]
        self._kept: OrderedDict[int, Chunk] = OrderedDict()
        self._base: State | None = None
        self._state_room: State | None = None
        self._playback: Playback | None = None
        self._landmarks: Landmarks | None = None

    def _check_order(self, entries: list[Entry]) -> None:
        tick = self.header.start
        for entry in self._program:
            if entry.start < tick or entry.stop < entry.start:
                raise DamagedError(
                    f"ticks {entry.start} to {entry.stop} come after tick {tick}", entry.offset
                )
            tick = entry.stop
        if sum(entry.kind == Kind.HEADER for entry in entries) > 1:
            raise DamagedError("the file has two headers", entries[1].offset)

    # ---- what it is ----------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self._file.path)

    @property
    def start(self) -> int:
        """Ticks that had been played when the recording began."""
        return self.header.start

    @property
    def stop(self) -> int:
        """Ticks that had been played when it ended."""
        return self._program[-1].stop if self._program else self.header.start

    @property
    def ticks(self) -> int:
        """How many ticks are in the file."""
        return sum(entry.stop - entry.start for entry in self._chunks)

    def __len__(self) -> int:
        return self.ticks

    @property
    def complete(self) -> bool:
        """Whether the file was closed whole. If not, it can still be read up to its last whole chunk."""
        return self._index.complete

    @property
    def damage(self) -> ReplayError | None:
        """Why a file without an index could not be read to its end; None where it could."""
        return self._index.damage

    @property
    def missing(self) -> list[tuple[int, int]]:
        """Ranges of ticks that are lost: first and last of each."""
        found = []
        tick = self.header.start
        for entry in self._chunks:
            if entry.start > tick:
                found.append((tick + 1, entry.start))
            tick = entry.stop
        return found

    @property
    def cuts(self) -> list[int]:
        """Ticks after which the state was set from outside; the start too, if it was not a reset's."""
        return [entry.start for entry in self._program if entry.kind == Kind.SNAPSHOT and entry.flag]

    @property
    def pure(self) -> bool:
        """Whether all follows from configuration, seed, map and actions, from a reset on without a gap."""
        return self.header.start == 0 and not self.cuts and not self.missing

    @property
    def playable(self) -> bool:
        """Whether this engine has the rules by which it was played."""
        return self.header.rules_version == _engine.rules_version()

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
        """The actions of a tick, uint8 [n_players]; the first tick is ``start`` + 1.

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
        """What was said in a tick, uint8 [n_players]; all 0 without speech. Raises as ``actions``."""
        chunk, row = self._row_of(tick)
        return np.zeros(self.header.n_players, np.uint8) if chunk.tokens is None else chunk.tokens[row]

    def digests(self, tick: int) -> NDArray[np.uint64] | None:
        """The recorded digests of the state after a tick, uint64 [5]; None where there are none.

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
        """What happened, in order.

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
        played: EventCollector | None = None
        for entry in self._chunks:
            if entry.stop < first or entry.start >= last:
                continue
            recorded = read_events(self._payload(entry), entry.offset, self.header)
            if recorded is not None:
                yield recorded
                continue
            if played is None:
                played = EventCollector(self)
            low = entry.start + (entry is not self._chunks[0])  # the tick before was told with its own chunk
            yield from played.collect(max(first, low), min(last - 1, entry.stop))

    # ---- playing it again --------------------------------------------------------------------------

    def world_at(self, tick: int) -> World:
        """The world after so many ticks.

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
        return self._at(self._place(tick), True).world

    def branch(self, tick: int) -> World:
        """A world of its own in the state of a tick, to be played on with other actions.

        Parameters, errors: as ``world_at``.
        """
        playback = self._at(self._place(tick), True)
        self._playback = None
        return playback.world.give_away()

    def frames(self, start: int | None = None, stop: int | None = None, step: int = 1) -> Iterator[Frame]:
        """The world at one tick after another.

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
        playback = Playback(self)  # its own, so that other calls in between do no harm
        for tick in range(first, last, every):
            playback.seek(tick)
            yield Frame(tick, playback.world)

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
        place = self._place(tick)
        return Frame(place, self.world_at(place))

    def _clipped(self, tick: int) -> int:
        number = as_integer(tick, "tick", -(2**31), 2**31)
        return min(max(number if number >= 0 else self.stop + 1 + number, self.start), self.stop + 1)

    def _place(self, tick: int) -> int:
        number = as_integer(tick, "tick", -(2**31), 2**31, IndexError)
        place = number if number >= 0 else self.stop + 1 + number
        if not self.start <= place <= self.stop:
            raise IndexError(f"tick {number} is outside of the replay, which has {self.start} to {self.stop}")
        return place

    def _at(self, tick: int, observe: bool) -> Playback:
        if self._playback is None:
            self._playback = Playback(self)
        try:
            self._playback.seek(tick, self._landmarks)
        except BaseException:
            self._playback = None  # it may be half way
            raise
        if observe:
            self._playback.world.observe()
        return self._playback

    def verify(self, progress: Callable[[int, int], None] | None = None) -> Report:
        """Plays everything again and compares it with what was recorded.

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
        from nmmo.replay.verification import verify

        return verify(self, progress)

    # ---- the state track ---------------------------------------------------------------------------

    @property
    def state_ticks(self) -> list[tuple[int, int]]:
        """Ranges of ticks that the state track has: first and last of each block; empty without a track."""
        return self._states.ticks

    def state(self, tick: int) -> StateFrame:
        """Entities and tiles after a tick, from the state track: nothing is played, so any engine will do.

        Raises
        ------
        nmmo.replay.MissingTicksError
            If the file has no state of the tick.
        nmmo.replay.DamagedError
            If it is damaged.
        """
        return self._states.at(tick)

    # ---- for those who play it ---------------------------------------------------------------------

    def _payload(self, entry: Entry) -> bytes:
        record, _ = self._file.frame_at(entry.offset)
        return self._file.payload(Record(int(entry.kind), entry.offset, record.stop))

    def _chunk_of(self, entry: Entry) -> Chunk:
        kept = self._kept.get(entry.offset)
        if kept is None:
            kept = read_chunk(self._payload(entry), entry.offset, self.header)
            if (kept.start, kept.stop) != (entry.start, entry.stop):
                raise DamagedError("the index leads to other ticks", entry.offset)
            self._kept[entry.offset] = kept
            if len(self._kept) > KEPT_CHUNKS:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(entry.offset)
        return kept

    def _row_of(self, tick: int) -> tuple[Chunk, int]:
        """The chunk in which a tick was played, and its row there."""
        place = as_integer(tick, "tick", -(2**31), 2**31)
        number = bisect.bisect_left(self._chunk_stops, place)
        if number < len(self._chunks) and self._chunks[number].start < place:
            return self._chunk_of(self._chunks[number]), place - self._chunks[number].start - 1
        raise MissingTicksError(
            f"tick {place} is not in the replay, which has {self.start + 1} to {self.stop}"
        )

    def _choices(self, chunk: Chunk, row: int) -> NDArray[np.uint8]:
        """What ``World.step`` takes for a tick."""
        if chunk.tokens is None:
            return chunk.actions[row : row + 1].reshape(-1)
        return np.stack([chunk.actions[row], chunk.tokens[row]], axis=1)

    def _new_world(self) -> PlayedWorld:
        """A world to play it in, not yet reset."""
        if not self.playable:
            raise RulesVersionError(
                f"the replay was played by rules version {self.header.rules_version}; this engine plays "
                f"version {_engine.rules_version()}. Install the nmmo that recorded it "
                f"({self.header.package}); "
                "events and states that are recorded in the file can be read without"
            )
        config = self.config
        row_bytes = observation_dtype(config).itemsize
        engine_bytes = _engine.config_world_bytes(config._packed())
        needed = 5 * engine_bytes + config.n_players * row_bytes  # world, its check, the base, a snapshot unpacked
        if needed > self._most_bytes:
            raise TooLargeError(
                f"playing the replay needs about {needed:,} bytes, more than the {self._most_bytes:,} "
                "that are allowed: pass max_world_bytes"
            )
        if self._landmarks is None:
            self._landmarks = Landmarks(min(LANDMARK_BYTES, self._most_bytes - needed))
        if self.header.state_bytes > engine_bytes:
            raise DamagedError(f"a state of {self.header.state_bytes:,} bytes does not fit into this world")
        words = self._map()
        try:
            return PlayedWorld(config, self.header.seed, map=words)
        except (ConfigError, MapError, ValueError) as error:
            raise ReplayError(f"the replay's world cannot be made: {error}") from None

    def _map(self) -> NDArray[np.uint32] | None:
        if self.header.base != "map":
            return None
        entries = self._index.of(Kind.MAP)
        if not entries:
            raise DamagedError("the file lacks the map on which it was played")
        return read_map(self._payload(entries[0]), entries[0].offset, self.header)

    def _offer_base(self, world: World) -> None:
        """Takes the state of a new world that was just reset for the base, to save making it once more."""
        if self._base is None and self.header.base != "zero":
            self._base = np.frombuffer(world.snapshot(), np.uint8)

    def _reset(self, world: World) -> None:
        """Begins the episode from which the recording came, in a world as ``_new_world`` makes it."""
        try:
            world.reset(self.header.seed)
        except MapError as error:
            raise ReplayError(f"the replay's world cannot be made: {error}") from None

    def _reset_for_base(self, world: World) -> None:
        """Makes the base with a new world, which saves making another for it."""
        if self._base is None and self.header.base != "zero":
            self._reset(world)
            self._offer_base(world)

    def _state_bytes(self, entry: Entry) -> State:
        """A recorded state, as the engine's snapshot: valid until the next is asked for."""
        base = self._base_of(entry)
        if self._state_room is None:
            self._state_room = np.empty_like(base)  # new memory would cost more than what is done with it
        return read_state(self._payload(entry), entry.offset, base, self._state_room)

    def _is_state(self, entry: Entry, snapshot: bytes) -> bool:
        """Whether a snapshot is to the byte the recorded one."""
        base = self._base_of(entry)
        return is_difference(snapshot, read_difference(self._payload(entry), entry.offset, base), base)

    def _base_of(self, entry: Entry) -> State:
        if self._base is None:
            header = self.header
            try:
                self._base = make_base(self.config, header.seed, header.base, self._map(), header.state_bytes)
            except MapError as error:
                raise ReplayError(f"the replay's world cannot be made: {error}") from None
        if len(self._base) != self.header.state_bytes:
            raise DamagedError("the file's states are of another size than this engine's", entry.offset)
        return self._base

    # ---- life cycle --------------------------------------------------------------------------------

    def close(self) -> None:
        """Closes the file. Worlds that ``branch`` gave stay open."""
        self._file.close()
        if self._playback is not None:
            self._playback.world.close()
            self._playback = None

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
        """What happened in these ticks and those between them, as ``Replay.events``."""
        return self._replay.events(kind, self.ticks.start, self.ticks.stop)

    def __repr__(self) -> str:
        return f"<{self.ticks} of {self._replay!r}>"
