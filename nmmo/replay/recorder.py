"""Records what a world plays, whoever steps it.

A recorder makes itself part of the world: the world's class becomes one whose `step`, `reset`, `restore`,
`rebirth` and edits tell the recorder, until the recorder is closed. So any code that has the world is
recorded, without knowing.
"""

from __future__ import annotations

import os
import warnings
import weakref
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmmo.core import _engine
from nmmo.core.arguments import as_integer
from nmmo.core.world import World
from nmmo.core.worlds import Worlds
from nmmo.replay.chunk import CHUNK_TICKS, EVENTS_WANTED, SECTION_COUNT, Rebirths
from nmmo.replay.digests import section_hashes
from nmmo.replay.header import Header, checked_notes, named_players
from nmmo.replay.snapshots import SNAPSHOT_TICKS
from nmmo.replay.state_track import BLOCK_TICKS, StateEncoder, StateFrames, StateLayout
from nmmo.replay.writer import EpisodeWriter, Opening, ReplayFile, WritingThread
from nmmo.version import __version__

__all__ = ["Players", "Recorder"]

Players: TypeAlias = Sequence[str] | Mapping[str, Iterable[int]]
"""Who plays: a name for each slot, or the slots of each name."""

OnError: TypeAlias = Literal["stop", "continue"]
MOST_REBIRTHS: Final = 512  # calls in a chunk
TILE_TICKS: Final = 32
"""Ticks between looks at all tiles for the state track."""
SUFFIX: Final = ".nmr"


class Recorder:
    """Writes what a world plays to a file, while it plays.

    Parameters
    ----------
    world
        A ``World`` or ``Worlds``. It may be in the middle of an episode, drawn, restored, or not yet reset.
    path
        Where the first episode goes. Every reset or restore begins another file: its number is put before the
        suffix, ``play.nmr`` then ``play-2.nmr``. The files of ``Worlds`` get the world's number first,
        ``play-w0.nmr``, ``play-w0-2.nmr``. Or a pattern with ``{world}`` and ``{episode}`` (from 1).
    state
        Also record the state track, which engines of other rules can show; events come with it.
    events
        Record what happened. Without it a reader learns it by playing the actions again, which needs an
        engine of the same rules.
    players
        Who plays: a name for each slot, or the slots of each name.
    notes
        Short strings or whole numbers by name, for whoever reads the file.
    on_error
        When a file can be written no more (the disk is full): "stop" raises ``RecordingError`` from the next
        step, before it is played; "continue" warns once, and the run goes on without being recorded. What was
        written is readable in both cases.
    worlds
        Of ``Worlds``: the numbers of those to record. Default: all.
    episodes
        How many episodes of each world to record; later ones are played without. Default: all.
    overwrite
        Whether existing files are replaced.
    sync
        Whether every chunk is brought to the disk before the next (``fsync``): then not even a loss of power
        costs more than a chunk.

    Raises
    ------
    FileExistsError
        If a file is there already.
    OSError
        If the first file cannot be made.
    TypeError, ValueError
        If an argument is not as described, or the world is being recorded already.

    Notes
    -----
    A step copies actions and digests; a thread does the rest. Files grow by chunks of 128 ticks, and a
    process that dies loses at most the last. Close the recorder, or use it as a context manager, to write
    what is left and an index. Closing the world does it too.

    An edit (``world.edit``) is recorded as the state that it led to: the replay shows the world before and
    after.

    Examples
    --------
    >>> import numpy as np, nmmo
    >>> from nmmo.replay import Recorder, Replay
    >>> world = nmmo.World(nmmo.Config.preset("small"), seed=7)
    >>> with Recorder(world, "play.nmr"):
    ...     observations, info = world.reset()
    ...     for tick in range(100):
    ...         world.step(nmmo.sample_actions(world.mask, np.random.default_rng(tick)))
    >>> Replay("play.nmr").ticks
    100
    """

    def __init__(
        self,
        world: World | Worlds,
        path: str | os.PathLike[str],
        *,
        state: bool = False,
        events: bool = False,
        players: Players | None = None,
        notes: Mapping[str, str | int] | None = None,
        on_error: OnError = "stop",
        worlds: Iterable[int] | None = None,
        episodes: int | None = None,
        overwrite: bool = False,
        sync: bool = False,
    ) -> None:
        if not isinstance(world, (World, Worlds)):
            raise TypeError(f"a recorder records an nmmo.World or nmmo.Worlds; got {type(world).__name__}")
        if isinstance(world, Recorded):
            raise ValueError("this world is being recorded already: close that recorder first")
        if on_error not in ("stop", "continue"):
            raise ValueError(f'on_error must be "stop" or "continue"; got {on_error!r}')
        if world.closed:
            raise ValueError("this world is closed")
        self._world = world
        self._on_error = on_error
        self._replacing = False
        several = isinstance(world, Worlds)
        count = len(world) if isinstance(world, Worlds) else 1
        if worlds is not None and not several:
            raise ValueError("worlds= chooses among the worlds of an nmmo.Worlds")
        chosen = (
            range(count) if worlds is None else sorted({as_integer(i, "world", 0, count - 1) for i in worlds})
        )
        limit = None if episodes is None else as_integer(episodes, "episodes", 1, 2**31)
        names, slots = named_players(players, world.n_agents)
        options = _Options(
            state=bool(state),
            events=bool(events) or bool(state),
            names=names,
            slots=slots,
            notes=checked_notes(notes),
            most_episodes=limit,
            overwrite=bool(overwrite),
            sync=bool(sync),
        )
        self._readers: list[_engine.Reader] = [
            world.world(index) if isinstance(world, Worlds) else world for index in chosen
        ]
        self._session = _Session(
            [
                _Track(options, _Paths(path, index if several else None), index, world.n_agents)
                for index in chosen
            ]
        )
        try:
            for track in self._session.tracks:
                track.reserve()
            if world._ready:
                self._begin()
        except BaseException:
            self._session.finish()
            raise
        self._plain: type = type(world)
        world.__class__ = _recorded(self._plain)
        world.__dict__["_recorder"] = self
        # A world that is dropped, or still open when the interpreter ends, leaves whole files too.
        self._finalizer = weakref.finalize(self, self._session.finish)

    # ---- what the recorder offers --------------------------------------------------------------

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files begun so far, in that order."""
        return tuple(path for track in self._session.tracks for path in track.written)

    @property
    def closed(self) -> bool:
        """Whether the recorder is done: it was closed, or writing failed."""
        return not self._finalizer.alive

    def step(self, actions: ArrayLike, copy: bool = False) -> Any:
        """``world.step``, for those who like to call the recorder."""
        return self._world.step(actions, copy)

    def flush(self) -> None:
        """Writes what was played so far as a chunk, however short, and waits until it is in the file.

        Raises
        ------
        nmmo.replay.RecordingError
            If it could not be written.
        """
        if self.closed:
            return
        for track in self._session.tracks:
            track.end_chunk()
        self._session.thread.wait()
        self._session.thread.raise_error()

    def close(self) -> None:
        """Writes what is left, and the index. Closing again does nothing; the world plays on unrecorded.

        Raises
        ------
        nmmo.replay.RecordingError
            If it could not be written, unless ``on_error`` is "continue".
        """
        if self.closed:
            return
        self._detach()
        try:
            if self._session.thread.error is None and not self._session.thread.foreign:
                for track, reader in zip(self._session.tracks, self._readers, strict=True):
                    track.end_whole(reader)
        finally:
            self._finalizer()
        if self._on_error == "stop":
            self._session.thread.raise_error()
        else:
            self._warn()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ---- what the recorded world calls ---------------------------------------------------------

    def _begin(self) -> None:
        """An episode has begun, or another state was put in place."""
        for track, reader in zip(self._session.tracks, self._readers, strict=True):
            track.begin(reader)

    def _check(self) -> bool:
        """Whether to record; raises what went wrong with the files, as on_error says."""
        thread = self._session.thread
        if thread.error is None and not thread.foreign:
            return True
        self._detach()
        if thread.foreign:  # in a process that was forked from the one that records
            self._finalizer.detach()
            return False
        self._finalizer()
        if self._on_error == "stop":
            thread.raise_error()
        self._warn()
        return False

    def _warn(self) -> None:
        error = self._session.thread.error
        if error is not None:
            warnings.warn(f"the recording ended early: {error}", RuntimeWarning, stacklevel=4)

    def _detach(self) -> None:
        world = self._world
        if isinstance(world, Recorded):
            world.__class__ = self._plain
            del world.__dict__["_recorder"]

    def _before(self) -> None:
        """Something is about to be played: edits since the last tick are over."""
        for track, reader in zip(self._session.tracks, self._readers, strict=True):
            if track.edited:
                track.cut(reader)

    def _stepped_one(self, actions: ArrayLike, seen: bool) -> None:
        choices = actions if isinstance(actions, np.ndarray) else np.asarray(actions)
        self._session.tracks[0].stepped(self._readers[0], choices, False, seen)

    def _stepped_all(self, actions: ArrayLike, over: NDArray[np.bool_] | None, seen: bool) -> None:
        choices = actions if isinstance(actions, np.ndarray) else np.asarray(actions)
        for track, reader in zip(self._session.tracks, self._readers, strict=True):
            track.stepped(reader, choices[track.rows], over is not None and bool(over[track.number]), seen)

    def _reborn(self, slots: NDArray[np.bool_]) -> None:
        for track, reader in zip(self._session.tracks, self._readers, strict=True):
            track.reborn(reader, slots)

    def _edited(self) -> None:
        for track in self._session.tracks:
            track.edited = True


# ---- the recorded world's class --------------------------------------------------------------------------


class Recorded:
    """Marks the classes of worlds that are being recorded."""

    __slots__ = ()
    _plain: ClassVar[type[Any]]


_classes: weakref.WeakKeyDictionary[type, type] = weakref.WeakKeyDictionary()


def _recorded(plain: type) -> type:
    """The class of a recorded world, in place of its own."""
    if plain not in _classes:
        mixed = _RecordedWorlds if issubclass(plain, Worlds) else _RecordedWorld
        name = f"Recorded{plain.__name__}"
        _classes[plain] = type(name, (mixed, plain), {"__slots__": (), "_plain": plain})
    return _classes[plain]


def _refused(name: str) -> Any:
    def refuse(self: Any, *_: Any, **__: Any) -> Any:
        raise RuntimeError(f"{name} would not be recorded: close the recorder first")

    return refuse


class _RecordedBoth(Recorded):
    __slots__ = ()
    _recorder: Recorder

    def close(self) -> None:
        try:
            self._recorder.close()  # detaches: the next call goes to the plain class
        finally:
            self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy of a recorded world is not recorded."""
        reduced: Any = super().__reduce__()
        rebuild, (_, *arguments, state) = reduced
        state["attributes"].pop("_recorder")
        return rebuild, (self._plain, *arguments, state)


class _RecordedWorld(_RecordedBoth):
    __slots__ = ()

    def step(self, actions: ArrayLike, copy: bool = False, observe: bool = True) -> Any:
        recorder = self._recorder
        if not recorder._check():
            return self.step(actions, copy, observe)  # of the plain class
        if recorder._session.tracks[0].edited:
            recorder._before()
        result = super().step(actions, copy, observe)  # type: ignore[misc]
        recorder._stepped_one(actions, observe)
        return result

    def reset(self, seed: int | None = None) -> Any:
        recorder = self._recorder
        recorder._replacing = True  # what a drawing places is part of the beginning
        try:
            result = super().reset(seed)  # type: ignore[misc]
        finally:
            recorder._replacing = False
        if recorder._check():
            recorder._begin()
        return result

    def restore(self, snapshot: Any) -> None:
        recorder = self._recorder
        super().restore(snapshot)  # type: ignore[misc]
        if recorder._check():
            recorder._begin()

    def rebirth(self, slots: ArrayLike) -> int:
        recorder = self._recorder
        if not recorder._check():
            return self.rebirth(slots)  # of the plain class
        recorder._before()
        begun: int = super().rebirth(slots)  # type: ignore[misc]
        if begun:
            recorder._reborn(np.array(slots, np.bool_))
        return begun

    def _edit(self, *arguments: Any) -> None:
        super()._edit(*arguments)  # type: ignore[misc]
        if not self._recorder._replacing:
            self._recorder._edited()

    _step_profiled = _refused("a profiled step")
    _step_repeated = _refused("a repeated step")


class _RecordedWorlds(_RecordedBoth):
    __slots__ = ()

    def step(self, actions: ArrayLike, copy: bool = False) -> Any:
        recorder = self._recorder
        if not recorder._check():
            return self.step(actions, copy)  # of the plain class
        result = super().step(actions, copy)  # type: ignore[misc]
        over = result[4]["over"] if self.autoreset else None  # type: ignore[attr-defined]
        recorder._stepped_all(actions, over, True)
        return result

    def reset(self, seed: int | None = None) -> Any:
        recorder = self._recorder
        result = super().reset(seed)  # type: ignore[misc]
        if recorder._check():
            recorder._begin()
        return result

    def _restore(self, snapshots: Any) -> None:
        recorder = self._recorder
        super()._restore(snapshots)  # type: ignore[misc]
        if recorder._check():
            recorder._begin()


# ---- what one world of a recording has played ------------------------------------------------------------


class _Paths:
    """The names of the files of one world."""

    def __init__(self, path: str | os.PathLike[str], world: int | None) -> None:
        self._pattern = os.fspath(path)
        if not isinstance(self._pattern, str):
            raise TypeError("path must be a string or a path of strings")
        self._world = world

    def of(self, episode: int) -> Path:
        """The file of an episode, counted from 1."""
        text = self._pattern
        if "{episode}" in text or "{world}" in text:
            named = text.replace("{episode}", str(episode)).replace("{world}", str(self._world or 0))
            world = None if "{world}" in text else self._world
            episode = 1 if "{episode}" in text else episode
            path = Path(named)
        else:
            path, world = Path(text), self._world
        suffix = path.suffix or SUFFIX
        stem = path.name.removesuffix(path.suffix)
        parts = [
            stem,
            *([f"w{world}"] if world is not None else []),
            *([str(episode)] if episode > 1 else []),
        ]
        return path.with_name("-".join(parts) + suffix)


@dataclass(frozen=True)
class _Options:
    """What the caller chose, for every file."""

    state: bool
    events: bool
    names: tuple[str, ...]
    slots: NDArray[np.uint16] | None
    notes: Mapping[str, str | int]
    most_episodes: int | None
    overwrite: bool
    sync: bool


class _Session:
    """The files and the thread of a recorder. It knows no world, so that it can outlive the worlds."""

    def __init__(self, tracks: list[_Track]) -> None:
        self.thread = WritingThread()
        self.tracks = tracks
        for track in tracks:
            track.thread = self.thread

    def finish(self) -> None:
        """Writes what is left, and closes the files."""
        if self.thread.foreign:
            return
        for track in self.tracks:
            track.end_episode()
        self.thread.finish()
        for track in self.tracks:
            track.close_file()


class _Track:
    """One world's part of a recording: what it played since the last chunk, and where that goes."""

    def __init__(self, options: _Options, paths: _Paths, number: int, n_agents: int) -> None:
        self.thread: WritingThread
        self.number = number
        self.rows = slice(number * n_agents, (number + 1) * n_agents)
        self.written: list[Path] = []
        self.edited = False
        self._options = options
        self._paths = paths
        self._n_agents = n_agents
        self._episodes = 0
        self._file: ReplayFile | None = None  # the latest; open until its last job is done
        self._writer: EpisodeWriter | None = None  # of the episode that is being recorded
        self._spare_frames: list[StateFrames] = []

    def reserve(self) -> None:
        """Makes the file of the next episode.

        Raises
        ------
        OSError
            If it cannot be made.
        """
        path = self._paths.of(self._episodes + 1)
        self._file = ReplayFile(path, overwrite=self._options.overwrite, sync=self._options.sync)
        self.written.append(path)

    # ---- episodes

    def begin(self, world: _engine.Reader) -> None:
        """Begins a file with the present state."""
        self.end_episode()
        if self.thread.error is not None:
            return
        if self._options.most_episodes is not None and self._episodes >= self._options.most_episodes:
            return
        if self._episodes or self._file is None:
            try:
                self.reserve()
            except OSError as error:
                self.thread.fail(error)  # once all before it is written
                return
        assert self._file is not None
        self._episodes += 1
        self._start = world.tick
        self._over = False
        self.edited = False
        self._speech = world.config.vocabulary > 0
        self._writer = EpisodeWriter(self._file)
        self._new_chunk(self._start)
        if self._options.events:
            events = world.events  # an automatic reset leaves those of the old episode's last tick, too
            self._add_events(events[events["tick"] == self._start], 0)
            self._seen_events = len(events)
        self._layout = StateLayout(world) if self._options.state else None
        if self._layout is not None:
            self._encoder = StateEncoder(self._layout)
            self._frames = self._new_frames()
            self._add_frame(world, True)
        self.thread.put(partial(self._writer.begin, self._opening(world)))

    def _opening(self, world: _engine.Reader) -> Opening:
        options, config, seed, start = self._options, world.config, world.seed, self._start
        first = world.snapshot()

        def header(base: str, digest: str) -> Header:
            return Header(
                rules_version=_engine.rules_version(),
                engine=_engine.source_hash(),
                package=__version__,
                config=config.to_dict(),
                seed=seed,
                map_digest=digest,
                base=base,
                state_bytes=len(first),
                start=start,
                names=options.names,
                slots=options.slots,
                notes=options.notes,
            )

        return Opening(config, seed, first, start, header)

    def end_episode(self) -> None:
        """Ends the file, if one is being written."""
        if self._writer is None:
            return
        self.end_chunk()
        if self._layout is not None:
            self._end_block()
        self.thread.put(self._writer.finish)
        self._writer = None

    def end_whole(self, world: _engine.Reader) -> None:
        """Ends the last chunk with a look at the whole state, as long as the world is there."""
        if self._writer is None:
            return
        if self.edited:
            self.cut(world)
        if not self._over:
            self.end_chunk(section_hashes(world))

    def close_file(self) -> None:
        """Closes the file, with an index if there is room for one."""
        if self._file is not None:
            with suppress(OSError):
                self._file.finish()

    # ---- ticks

    def stepped(self, world: _engine.Reader, choices: NDArray[Any], over: bool, seen: bool) -> None:
        """A tick was played. Over: the world has already begun its next episode. Seen: with observations."""
        if self._writer is None:
            if over:
                self.begin(world)
            return
        row = self._count
        if self._tokens is None:
            self._actions[row] = choices
        else:
            self._actions[row] = choices[:, 0]
            self._tokens[row] = choices[:, 1]
        self._count += 1
        if over:
            self._digests[row] = world.digests(ended=True)
            self._digest_count += 1
            if self._options.events:
                events = world.events
                self._add_events(events[events["tick"] > 0], 0)  # the others are births of the next episode
            self.begin(world)
            return
        self._digests[row] = world.digests()
        self._digest_count += 1
        if self._options.events:
            self._add_events(world.events, 0)
        if self._layout is not None:
            self._add_frame(world, seen)
        tick = self._chunk_start + self._count
        if world.over:
            self._over = True
            self.end_chunk(section_hashes(world))
        elif tick % CHUNK_TICKS == 0 or self._event_count > EVENTS_WANTED:
            self.end_chunk()
            if tick % SNAPSHOT_TICKS == 0:
                self._snapshot(world, tick, False)

    def reborn(self, world: _engine.Reader, slots: NDArray[np.bool_]) -> None:
        """Lives began on request, after the last tick."""
        if self._writer is None:
            return
        if len(self._rebirths) >= MOST_REBIRTHS:
            self.end_chunk()
        self._rebirths.append(Rebirths(self._chunk_start + self._count, slots))
        if self._options.events:
            self._add_events(world.events, self._seen_events)

    def cut(self, world: _engine.Reader) -> None:
        """The state was changed from outside after the last tick."""
        self.edited = False
        if self._writer is not None:
            self.end_chunk()
            self._snapshot(world, world.tick, True)

    def _add_events(self, events: NDArray[np.void], seen: int) -> None:
        """Takes what happened; so many of the events were there before."""
        self._seen_events = len(events)
        self._events.append(events[seen:])
        self._event_count += len(events) - seen

    def _snapshot(self, world: _engine.Reader, tick: int, cut: bool) -> None:
        assert self._writer is not None
        self.thread.put(partial(self._writer.snapshot, tick, cut, world.snapshot()))

    # ---- chunks

    def _new_chunk(self, start: int) -> None:
        self._chunk_start = start
        self._count = 0
        self._actions = np.empty((CHUNK_TICKS, self._n_agents), np.uint8)
        self._tokens = np.empty_like(self._actions) if self._speech else None
        self._digests = np.empty((CHUNK_TICKS, SECTION_COUNT), np.uint64)
        self._digest_count = 0
        self._rebirths: list[Rebirths] = []
        self._events: list[NDArray[np.void]] = []
        self._event_count = 0

    def end_chunk(self, hashes: NDArray[np.uint64] | None = None) -> None:
        """Hands over what was played since the last chunk, if anything was."""
        if self._writer is None:
            return
        count = self._count
        if count or self._rebirths or self._event_count or hashes is not None:
            self.thread.put(
                partial(
                    self._writer.chunk,
                    start=self._chunk_start,
                    actions=self._actions[:count],
                    tokens=None if self._tokens is None else self._tokens[:count],
                    digests=self._digests[: self._digest_count],
                    hashes=hashes,
                    rebirths=self._rebirths,
                    events=self._events if self._options.events else None,
                )
            )
            self._new_chunk(self._chunk_start + count)

    # ---- the state track

    def _new_frames(self) -> StateFrames:
        assert self._layout is not None
        frames = self._spare_frames.pop() if self._spare_frames else self._layout.new_block()
        frames.clear()
        return frames

    def _add_frame(self, world: _engine.Reader, seen: bool) -> None:
        layout, frames = self._layout, self._frames
        assert layout is not None
        tick = world.tick
        frames.add(layout, world, tick, seen)
        if tick % TILE_TICKS == 0 or tick == self._start:
            frames.tiles.append((tick, world.tiles))
        if frames.count == BLOCK_TICKS:
            self._end_block()
            self._frames = self._new_frames()

    def _end_block(self) -> None:
        assert self._writer is not None
        frames = self._frames
        if frames.count:
            self.thread.put(partial(self._writer.states, self._encoder, frames, self._spare_frames))
