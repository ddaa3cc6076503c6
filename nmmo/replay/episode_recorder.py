"""Records the episodes of one world, each into a file of its own."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.engine_info import rules_version, source_hash
from nmmo.core.reader import WorldReader
from nmmo.replay.chunk import CHUNK_TICKS, EVENTS_WANTED, SECTION_COUNT, RespawnCall
from nmmo.replay.digests import section_hashes
from nmmo.replay.header import Header
from nmmo.replay.snapshots import SNAPSHOT_TICKS
from nmmo.replay.state_stream import BLOCK_TICKS, StateEncoder, StateFrames, StateLayout
from nmmo.replay.writer import ContainerWriter, EpisodeWriter, Opening, WritingThread, already_there
from nmmo.version import __version__

__all__ = ["EpisodeRecorder", "FileNames", "Options", "Session"]

MOST_RESPAWN_CALLS: Final = 512  # calls in a chunk
TILE_TICKS: Final = 32
"""Ticks from one look at all tiles for the state stream to the next."""
SUFFIX: Final = ".nmr"


class FileNames:
    """The names of the files of one world."""

    def __init__(self, path: str | os.PathLike[str], world: int | None) -> None:
        self._pattern = os.fspath(path)
        if not isinstance(self._pattern, str):
            raise TypeError("path must be a string or a path of strings")
        self._world = world

    def of(self, episode: int) -> Path:
        """Return the file of an episode, counted from 1."""
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
class Options:
    """What the caller chose, for every file."""

    state: bool
    events: bool
    names: tuple[str, ...]
    slots: NDArray[np.uint16] | None
    notes: Mapping[str, str | int]
    most_episodes: int | None
    overwrite: bool
    sync: bool


class Session:
    """The files and the thread of a recorder. It knows no world, so that it can outlive the worlds."""

    def __init__(self, recorders: list[EpisodeRecorder]) -> None:
        self.thread = WritingThread()
        self.recorders = recorders
        for recorder in recorders:
            recorder.thread = self.thread

    def finish(self) -> None:
        """Write what is left, and close the files."""
        if self.thread.foreign:
            return
        for recorder in self.recorders:
            recorder.end_episode()
        self.thread.finish()
        for recorder in self.recorders:
            recorder.close_file()


class EpisodeRecorder:
    """Records one world: keeps what it played since the last chunk, and hands it to the writing thread."""

    def __init__(self, options: Options, names: FileNames, number: int, n_agents: int) -> None:
        self.thread: WritingThread
        self.number = number
        self.rows = slice(number * n_agents, (number + 1) * n_agents)
        self.written: list[Path] = []
        self._options = options
        self._names = names
        self._n_agents = n_agents
        self._episodes = 0
        self._count = 0  # ticks of the present chunk
        self._file: ContainerWriter | None = None  # the latest; open until its last job is done
        self._writer: EpisodeWriter | None = None  # of the episode that is being recorded
        self._spare_frames: list[StateFrames] = []

    def reserve(self) -> None:
        """Make the file of the next episode.

        Raises
        ------
        OSError
            If it cannot be made.
        """
        path = self._names.of(self._episodes + 1)
        self._file = ContainerWriter(path, overwrite=self._options.overwrite, sync=self._options.sync)
        self.written.append(path)

    def check_free(self) -> None:
        """Raise what ``reserve`` would raise where the next file is there already, or its folder is not.

        Raises
        ------
        FileExistsError, FileNotFoundError
            Naming the file.
        """
        path = self._names.of(self._episodes + 1)
        if not self._options.overwrite and os.path.lexists(path):
            raise already_there(path)
        if not path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))

    # ---- episodes

    def begin(self, world: WorldReader) -> None:
        """Begin a file with the present state."""
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

    def _opening(self, world: WorldReader) -> Opening:
        options, config, seed, start = self._options, world.config, world.seed, self._start
        first = world.snapshot()

        def header(base: str, digest: str) -> Header:
            return Header(
                rules_version=rules_version(),
                engine=source_hash(),
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
        """End the file, if one is being written."""
        if self._writer is None:
            return
        self.end_chunk()
        if self._layout is not None:
            self._end_block()
        self.thread.put(self._writer.finish)
        self._writer = None

    def end_whole(self, world: WorldReader) -> None:
        """End the last chunk with a look at the whole state, as long as the world is there."""
        if self._writer is None:
            return
        if not self._over:
            self.end_chunk(section_hashes(world))

    def close_file(self) -> None:
        """Close the file, with an index if the disk has room for one."""
        if self._file is not None:
            with suppress(OSError):
                self._file.finish()

    # ---- ticks

    def stepped(self, world: WorldReader, actions: NDArray[np.uint8], over: bool, observed: bool) -> None:
        """Take note of a tick that was played.

        Parameters
        ----------
        world
            After it.
        actions
            uint8 [n_agents] or, with speech, [n_agents, 2].
        over
            Whether the episode ended, and the world has already begun the next.
        observed
            Whether the world has the observations of the tick.
        """
        if self._writer is None:
            if over:
                self.begin(world)
            return
        row = self._count
        if self._tokens is None:
            self._actions[row] = actions
        else:
            self._actions[row] = actions[:, 0]
            self._tokens[row] = actions[:, 1]
        self._count = row + 1
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
            self._add_frame(world, observed)
        if world.over:
            self._over = True
            self.end_chunk(section_hashes(world))
        elif row + 1 >= self._full or self._event_count > EVENTS_WANTED:
            tick = self._chunk_start + row + 1
            self.end_chunk()
            if tick % SNAPSHOT_TICKS == 0:
                self._snapshot(world, tick, False)

    def respawned(self, world: WorldReader, slots: NDArray[np.bool_]) -> None:
        """Take note of lives that began on request, after the last tick."""
        if self._writer is None:
            return
        if len(self._respawns) >= MOST_RESPAWN_CALLS:
            self.end_chunk()
        self._respawns.append(RespawnCall(self._chunk_start + self._count, slots))
        if self._options.events:
            self._add_events(world.events, self._seen_events)

    def cut(self, world: WorldReader) -> None:
        """Take note of a state that was changed from outside after the last tick."""
        if self._writer is not None:
            self.end_chunk()
            self._snapshot(world, world.tick, True)

    def _add_events(self, events: NDArray[np.void], seen: int) -> None:
        """Take what happened; so many of the events were there before."""
        self._seen_events = len(events)
        self._events.append(events[seen:])
        self._event_count += len(events) - seen

    def _snapshot(self, world: WorldReader, tick: int, cut: bool) -> None:
        assert self._writer is not None
        self.thread.put(partial(self._writer.snapshot, tick, cut, world.snapshot()))

    # ---- chunks

    def _new_chunk(self, start: int) -> None:
        self._chunk_start = start
        self._count = 0
        self._full = CHUNK_TICKS - start % CHUNK_TICKS
        self._actions = np.empty((CHUNK_TICKS, self._n_agents), np.uint8)
        self._tokens = np.empty_like(self._actions) if self._speech else None
        self._digests = np.empty((CHUNK_TICKS, SECTION_COUNT), np.uint64)
        self._digest_count = 0
        self._respawns: list[RespawnCall] = []
        self._events: list[NDArray[np.void]] = []
        self._event_count = 0

    def end_chunk(self, hashes: NDArray[np.uint64] | None = None) -> None:
        """Hand over what was played since the last chunk, if anything was."""
        if self._writer is None:
            return
        count = self._count
        if count or self._respawns or self._event_count or hashes is not None:
            self.thread.put(
                partial(
                    self._writer.chunk,
                    start=self._chunk_start,
                    actions=self._actions[:count],
                    tokens=None if self._tokens is None else self._tokens[:count],
                    digests=self._digests[: self._digest_count],
                    hashes=hashes,
                    respawns=self._respawns,
                    events=self._events if self._options.events else None,
                )
            )
            self._new_chunk(self._chunk_start + count)

    # ---- the state stream

    def _new_frames(self) -> StateFrames:
        assert self._layout is not None
        frames = self._spare_frames.pop() if self._spare_frames else self._layout.new_block()
        frames.clear()
        return frames

    def _add_frame(self, world: WorldReader, observed: bool) -> None:
        layout, frames = self._layout, self._frames
        assert layout is not None
        tick = world.tick
        frames.add(layout, world, tick, observed)
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
