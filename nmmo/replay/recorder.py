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
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nmmo.core import _engine
from nmmo.core.arguments import as_integer
from nmmo.core.world import World
from nmmo.core.worlds import Worlds
from nmmo.replay.header import checked_notes, named_players
from nmmo.replay.recorded import Recorded, recorded_class
from nmmo.replay.track import Options, Paths, Session, Track

__all__ = ["Players", "Recorder"]

Players: TypeAlias = Sequence[str] | Mapping[str, Iterable[int]]
"""Who plays: a name for each slot, or the slots of each name."""

OnError: TypeAlias = Literal["stop", "continue"]


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
        self._readers: list[_engine.Reader] = [
            world.world(index) if isinstance(world, Worlds) else world for index in chosen
        ]
        self._session = Session(
            [
                Track(options, Paths(path, index if several else None), index, world.n_agents)
                for index in chosen
            ]
        )
        self._thread = self._session.thread  # this and the next near at hand: every step needs them
        self._first = self._session.tracks[0]
        try:
            for track in self._session.tracks:
                track.reserve()
            if world._ready:
                self._begin()
        except BaseException:
            self._session.finish()
            raise
        self._plain: type = type(world)
        world.__class__ = recorded_class(self._plain)
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
            if not self._thread.halted:
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
        world = self._world
        if isinstance(world, Recorded):
            world.__class__ = self._plain
            del world.__dict__["_recorder"]

    def _before(self) -> None:
        """Something is about to be played: edits since the last tick are over."""
        for track, reader in zip(self._session.tracks, self._readers, strict=True):
            if track.edited:
                track.cut(reader)

    def _stepped_all(self, actions: ArrayLike, over: NDArray[np.bool_] | None, seen: bool) -> None:
        choices = actions if isinstance(actions, np.ndarray) else np.asarray(actions)
        for track, reader in zip(self._session.tracks, self._readers, strict=True):
            track.stepped(reader, choices[track.rows], over is not None and bool(over[track.number]), seen)

    def _reborn(self, slots: NDArray[np.bool_]) -> None:
        for track, reader in zip(self._session.tracks, self._readers, strict=True):
            if slots[track.rows].any():
                track.reborn(reader, slots[track.rows])

    def _edited(self) -> None:
        for track in self._session.tracks:
            track.edited = True
