"""Records what a world plays, by whatever code it is stepped."""

from __future__ import annotations

import os
import warnings
import weakref
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmmo.core.arguments import as_integer
from nmmo.core.observers import WorldObserver
from nmmo.core.reader import WorldReader
from nmmo.core.world import World
from nmmo.core.worlds import Worlds
from nmmo.replay.episode_recorder import EpisodeRecorder, FileNames, Options, Session
from nmmo.replay.header import checked_notes, named_players

__all__ = ["Players", "Recorder"]

Players: TypeAlias = Sequence[str] | Mapping[str, Iterable[int]]
"""Who plays: a name for each slot, or the slots of each name."""

OnError: TypeAlias = Literal["stop", "continue"]


class Recorder(WorldObserver):
    """Writes what a world plays to a file, while it plays.

    A recorder observes the world until it is closed, so that the game is recorded by whatever code the world is
    stepped. A copy of the world is not recorded.

    Parameters
    ----------
    world
        A ``World`` or ``Worlds``. It may be in the middle of an episode, drawn, restored, or not yet reset.
    path
        Where the first episode goes. Every reset or restore begins another file: its number is put before the
        suffix, ``play.nmr`` then ``play-2.nmr``. The files of ``Worlds`` get the world's number first,
        ``play-w0.nmr``, ``play-w0-2.nmr``. Or a pattern with ``{world}`` and ``{episode}`` (from 1).
    state
        Also record the state stream, which engines of other rules can show; events come with it.
    events
        Record what happened. Without it a reader learns it by playing the actions again, which needs an
        engine of the same rules.
    players
        Who plays: a name for each slot, or the slots of each name.
    notes
        Short strings or whole numbers by name, for readers of the file.
    on_error
        When a file can no longer be written (the disk is full): "stop" raises ``RecordingError`` from the next
        step, before it is played; "continue" warns once, and the run continues unrecorded. What was
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
    lazy
        Make the file of an episode with its first tick instead of with its beginning: constructing a recorder
        makes none, and an episode that is reset before anything was played leaves none.

    Raises
    ------
    FileExistsError
        If a file is there already.
    OSError
        If the first file cannot be made, or with ``lazy`` its folder is not there.
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
        lazy: bool = False,
    ) -> None:
        if not isinstance(world, (World, Worlds)):
            raise TypeError(f"a recorder records an nmmo.World or nmmo.Worlds; got {type(world).__name__}")
        if any(isinstance(observer, Recorder) for observer in world.observers):
            raise ValueError("this world is being recorded already: close that recorder first")
        if on_error not in ("stop", "continue"):
            raise ValueError(f'on_error must be "stop" or "continue"; got {on_error!r}')
        if world.closed:
            raise ValueError("this world is closed")
        self._world = world
        self._on_error = on_error
        several = isinstance(world, Worlds)
        count = len(world) if isinstance(world, Worlds) else 1
        if worlds is not None and not several:
            raise ValueError("worlds= chooses among the worlds of an nmmo.Worlds")
        chosen = range(count) if worlds is None else sorted({as_integer(i, "world", 0, count - 1) for i in worlds})
        if not chosen:
            raise ValueError("worlds= chooses none: name at least one, or leave it out to record all")
        limit = None if episodes is None else as_integer(episodes, "episodes", 1, 2**31)
        names, slots = named_players(players, world.n_agents)
        options = Options(
            state=bool(state),
            events=bool(events) or bool(state),
            names=names,
            slots=slots,
            notes=checked_notes(notes),
            most_episodes=limit,
            overwrite=bool(overwrite),
            sync=bool(sync),
        )
        readers: list[WorldReader] = [world.world(index) if isinstance(world, Worlds) else world for index in chosen]
        self._session = Session(
            [
                EpisodeRecorder(options, FileNames(path, index if several else None), index, world.n_agents)
                for index in chosen
            ]
        )
        self._thread = self._session.thread  # every step needs it
        self._recorders = list(zip(self._session.recorders, readers, strict=True))
        self._edited = False
        self._lazy = bool(lazy)
        self._waiting = False
        """Whether an episode has begun of which nothing was played, and which has no file yet."""
        try:
            for recorder in self._session.recorders:
                recorder.check_free() if self._lazy else recorder.reserve()
            if world.ready:
                self._begin()
        except FileExistsError as error:
            self._session.finish()
            raise FileExistsError(error.errno, f"{error.strerror}, or pass overwrite=True", error.filename) from None
        except BaseException:
            self._session.finish()
            raise
        world.add_observer(self)
        # A world that is dropped, or still open when the interpreter ends, leaves whole files too.
        self._finalizer = weakref.finalize(self, self._session.finish)

    # ---- what the recorder offers --------------------------------------------------------------

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files begun so far, in that order."""
        return tuple(path for recorder in self._session.recorders for path in recorder.written)

    @property
    def closed(self) -> bool:
        """Whether the recorder is done: it was closed, or writing failed."""
        return not self._finalizer.alive

    def step(self, actions: ArrayLike, copy: bool = False) -> Any:
        """Return the same as ``world.step``."""
        return self._world.step(actions, copy)

    def flush(self) -> None:
        """Write what was played so far as a chunk, however short, and wait until it is in the file.

        Raises
        ------
        nmmo.replay.RecordingError
            If it could not be written.
        """
        if self.closed:
            return
        for recorder in self._session.recorders:
            recorder.end_chunk()
        self._session.thread.wait()
        self._session.thread.raise_error()

    def close(self) -> None:
        """Write what is left, and the index. Closing again does nothing; the world plays on unrecorded.

        Raises
        ------
        nmmo.replay.RecordingError
            If it could not be written, unless ``on_error`` is "continue".
        """
        if self.closed:
            return
        self._detach()
        try:
            if not self._thread.halted:
                self._take_edits()
                for recorder, reader in self._recorders:
                    recorder.end_whole(reader)
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

    # ---- what the recorded world calls

    def after_reset(self, world: World | Worlds) -> None:
        """Begin a file."""
        if self._check():
            self._begin()

    def after_restore(self, world: World | Worlds) -> None:
        """Begin a file."""
        if self._check():
            self._begin()

    def before_step(self, world: World | Worlds, actions: NDArray[np.uint8]) -> None:
        """Record edits since the last tick; raise what went wrong with the files, before anything is played."""
        if self._thread.halted and not self._check():
            return
        if self._waiting:
            self._begin_files()
            self._check()  # that there is a file, before anything is played
        elif self._edited:
            self._take_edits()

    def after_step(self, world: World | Worlds, actions: NDArray[np.uint8], observed: bool) -> None:
        """Record a tick."""
        over = world.over if isinstance(world, Worlds) and world.autoreset else None
        for recorder, reader in self._recorders:
            ended = over is not None and bool(over[recorder.number])
            recorder.stepped(reader, actions[recorder.rows], ended, observed)

    def before_respawn(self, world: World | Worlds, slots: NDArray[np.bool_]) -> None:
        """Record edits since the last tick."""
        if not self._check():
            return
        if self._waiting:
            self._begin_files()
            self._check()
        else:
            self._take_edits()

    def after_respawn(self, world: World | Worlds, slots: NDArray[np.bool_], begun: int) -> None:
        """Record which lives began."""
        if not begun:
            return
        for recorder, reader in self._recorders:
            if slots[recorder.rows].any():
                recorder.respawned(reader, slots[recorder.rows])

    def after_edit(self, world: World | Worlds) -> None:
        """Remember that the state is not what follows from the last tick."""
        self._edited = True

    def before_close(self, world: World | Worlds) -> None:
        """Close the recorder."""
        self.close()

    # ---- what it does then

    def _begin(self) -> None:
        """Note that an episode has begun, or that another state was put in place."""
        if self._lazy:
            self._waiting = True
            for recorder, _ in self._recorders:
                recorder.end_episode()
        else:
            self._begin_files()

    def _begin_files(self) -> None:
        """Begin the files of the present episode with the present state."""
        self._edited = self._waiting = False
        for recorder, reader in self._recorders:
            recorder.begin(reader)

    def _take_edits(self) -> None:
        """Take edits since the last tick, which are over: something is about to be played."""
        if self._edited and not self._waiting:
            self._edited = False
            for recorder, reader in self._recorders:
                recorder.cut(reader)

    def _check(self) -> bool:
        """Return whether to record; raise what went wrong with the files, as ``on_error`` demands."""
        thread = self._thread
        if not thread.halted:
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
        if self in self._world.observers:
            self._world.remove_observer(self)
