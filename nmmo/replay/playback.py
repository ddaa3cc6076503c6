"""What can be sought in: something recorded that is played again, tick by tick, in a world of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Final

from nmmo.core.observers import WorldObserver
from nmmo.core.world import World
from nmmo.replay.snapshot_cache import Position

__all__ = ["NOWHERE", "Playback"]

NOWHERE: Final = -1
"""The tick of a playback whose world is in no recorded state."""


class Playback(ABC):
    """A world, and the position in a recording that it has come to.

    The position is one between two ticks: everything that happened up to the next tick has been done there, calls
    of respawn and edits included.

    Attributes
    ----------
    world : nmmo.World
        Where it is played.
    tick : int
        Ticks played; ``NOWHERE`` if the world's state is none of the recording.
    """

    def __init__(self) -> None:
        self.world = self._new_world()
        self.tick = NOWHERE
        self._watch = _ChangeWatch()

    @abstractmethod
    def _new_world(self) -> World:
        """Return a world to play in, not yet reset."""

    @property
    @abstractmethod
    def first(self) -> int:
        """The first tick of the recording: nothing was recorded before it."""

    @property
    def position(self) -> Position:
        """The present position."""
        return Position(self.tick)

    @property
    def current_tick(self) -> int:
        """The tick from which can be played on; ``NOWHERE`` if the world was closed or changed by a caller."""
        return NOWHERE if self.world.closed or self._watch.changed else self.tick

    def hand_out(self) -> None:
        """Let a caller have the world: from now on changes are noticed."""
        if self._watch not in self.world.observers:
            self.world.add_observer(self._watch)

    def take_back(self) -> None:
        """Take the world back from a caller, to play in it."""
        self.tick = self.current_tick
        self._watch.changed = False
        if self._watch in self.world.observers:
            self.world.remove_observer(self._watch)

    @abstractmethod
    def recorded_tick(self, tick: int, *, inclusive: bool = False) -> int:
        """Return the last tick whose state is recorded, and from which a tick can be played.

        Parameters
        ----------
        tick
            The tick that is wanted.
        inclusive
            Whether the state of this very tick will do, although its events are not known then. States that do not
            follow from a tick (the first, edits) always will.
        """

    @abstractmethod
    def load(self, tick: int, *, inclusive: bool = False) -> None:
        """Put the recorded state of ``recorded_tick(tick, inclusive)`` in place, or one before it if it is damaged.

        Raises
        ------
        nmmo.replay.ReplayError
            If there is none that can be used.
        """

    def restore(self, position: Position, snapshot: bytes | memoryview) -> None:
        """Put a state in place that was reached before: nothing more is to be done there.

        Parameters
        ----------
        position
            Of the playback, when the snapshot was taken.
        snapshot
            From ``world.snapshot()``.
        """
        self.open_world()
        self.world.restore(snapshot)
        self._move_to(position)

    def _move_to(self, position: Position) -> None:
        self.tick = position.tick

    @abstractmethod
    def step(self, check: bool = True) -> None:
        """Play the next tick, and everything up to the one after.

        Parameters
        ----------
        check
            Whether to compare the state with the recorded digests, if there are any.

        Raises
        ------
        nmmo.replay.ReplayError
            If the tick is not recorded, is damaged, or comes out otherwise than recorded.
        """

    def open_world(self) -> None:
        """Make a new world if the present one was closed."""
        if self.world.closed:
            self.world = self._new_world()

    def release(self) -> World:
        """Give the world to a caller who plays on with it: the playback is done."""
        self.take_back()
        self.tick = NOWHERE
        return self.world


class _ChangeWatch(WorldObserver):
    """Notices whether a world was changed, however."""

    def __init__(self) -> None:
        self.changed = False

    def after_reset(self, world: Any) -> None:
        self.changed = True

    def after_restore(self, world: Any) -> None:
        self.changed = True

    def after_step(self, world: Any, actions: Any, observed: bool) -> None:
        self.changed = True

    def after_respawn(self, world: Any, slots: Any, begun: int) -> None:
        self.changed = True

    def after_edit(self, world: Any) -> None:
        self.changed = True
