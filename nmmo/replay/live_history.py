"""What a live world has played, kept in memory, so that its past can be shown."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmmo.core.observers import WorldObserver
from nmmo.core.world import World
from nmmo.replay.playback import Playback
from nmmo.replay.seeker import Seeker
from nmmo.replay.snapshot_cache import Position, SnapshotCache, cache_bytes_for

__all__ = ["LiveHistory"]


class LiveHistory(WorldObserver):
    """Keeps the actions that a world plays, and snapshots now and then: every tick since the present can be sought.

    Only steps are kept: a world that is reset, restored or edited needs another history.

    Parameters
    ----------
    world
        The world, after its reset.

    Attributes
    ----------
    first : int
        The tick at which the history begins.
    """

    def __init__(self, world: World) -> None:
        self.first = world.tick
        self.config = world.config
        self.beginning = world.snapshot()
        self._actions: list[NDArray[np.uint8]] = []
        self._cache = SnapshotCache(cache_bytes_for(len(self.beginning)))
        self._cache.add(Position(self.first), self.beginning)
        world.add_observer(self)

    def after_step(self, world: Any, actions: NDArray[np.uint8], observed: bool) -> None:
        """Keep what was played."""
        self._actions.append(actions)
        if self._cache.wants(world.tick):
            self._cache.add(Position(world.tick), world.snapshot())

    def __len__(self) -> int:
        return len(self._actions)

    def actions(self, tick: int) -> NDArray[np.uint8]:
        """Return the actions of a tick, uint8 [n_agents] or, with speech, [n_agents, 2]; the first is ``first`` + 1."""
        return self._actions[tick - self.first - 1]

    def seeker(self, *, double_buffered: bool = False) -> Seeker:
        """Make a seeker in the ticks that were played so far and later. Arguments as of ``Replay.seeker``."""
        return Seeker(lambda: _LivePlayback(self), self._cache, double_buffered=double_buffered)


class _LivePlayback(Playback):
    """Plays what a live world played."""

    def __init__(self, history: LiveHistory) -> None:
        self._history = history
        super().__init__()

    def _new_world(self) -> World:
        return World(self._history.config, 0)

    @property
    def first(self) -> int:
        return self._history.first

    def recorded_tick(self, tick: int, *, inclusive: bool = False) -> int:
        return self.first

    def load(self, tick: int, *, inclusive: bool = False) -> None:
        self.restore(Position(self.first), self._history.beginning)

    def step(self, check: bool = True) -> None:
        self.world.step(self._history.actions(self.tick + 1), observe=False)
        self.tick += 1
