"""Where scenes come from: a live world, or a replay. The window knows only this."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import zstandard
from numpy.typing import NDArray

from nmmo.agents.cast import Cast
from nmmo.core.world import World
from nmmo.render.history import History
from nmmo.render.scene import Scene

__all__ = ["Insight", "LiveSource", "ReplaySource", "Source"]

SNAPSHOT_TICKS: Final = 64
MOST_SNAPSHOTS: Final = 48
KEPT_SCENES: Final = 12
TRACE_TICKS: Final = 12
"""How many of an entity's last actions are told."""


@dataclass(frozen=True)
class Insight:
    """What a policy thought of its last choice.

    Attributes
    ----------
    probabilities : ndarray, shape [n_actions], or None
        Of each action.
    value : float or None
        The return that it expects.
    """

    probabilities: NDArray[Any] | None
    value: float | None


class Source(Protocol):
    """Gives scenes, tick by tick."""

    title: str
    scene: Scene
    before: Scene | None
    history: History

    @property
    def first(self) -> int:
        """The earliest tick that can be shown."""

    @property
    def last(self) -> int:
        """The latest tick so far."""

    @property
    def at_end(self) -> bool:
        """Whether there is nothing to step to."""

    def step(self) -> bool:
        """Go a tick on; False where that is impossible."""

    def seek(self, tick: int) -> None:
        """Go to a tick."""

    def row_of(self, slot: int) -> np.void | None:
        """What a player observes now; None where that is not known."""

    def trace_of(self, slot: int) -> list[tuple[int, int]]:
        """A player's last actions: tick and action, the latest first."""

    def name_of(self, slot: int) -> str:
        """Who plays a slot."""

    def insight_of(self, slot: int) -> Insight | None:
        """What the policy of a slot thought of its last choice, where it tells."""

    def listings(self) -> NDArray[np.void]:
        """What is offered on the market."""

    def close(self) -> None:
        """Free what is held."""


class _Scenes:
    """The scenes shown last, by tick: a step back costs nothing."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, Scene] = OrderedDict()

    def put(self, scene: Scene) -> None:
        self._kept[scene.tick] = scene
        self._kept.move_to_end(scene.tick)
        while len(self._kept) > KEPT_SCENES:
            self._kept.popitem(last=False)

    def get(self, tick: int) -> Scene | None:
        return self._kept.get(tick)


class LiveSource:
    """A world that is being played, with its past.

    The world itself only goes forward. The past is shown in a second world, from compressed snapshots and the
    actions that followed them; of a long game the older snapshots are thinned out.

    Parameters
    ----------
    world
        After its reset. It is stepped here alone.
    cast
        Who plays it; reset with the world's seed.
    title
        What the window is called.

    Attributes
    ----------
    choose : callable or None
        Is given the actions of the cast before each tick and may change them: how a person plays a slot.
    """

    def __init__(self, world: World, cast: Cast, title: str = "nmmo watch") -> None:
        self.world, self.cast, self.title = world, cast, title
        self.choose: Callable[[NDArray[np.int64]], None] | None = None
        self.history = History(world.config)
        self._start = world.tick
        self._actions: list[NDArray[np.uint8]] = []
        self._packer = zstandard.ZstdCompressor(level=1)
        self._unpacker = zstandard.ZstdDecompressor()
        self._snapshots: dict[int, bytes] = {world.tick: self._packer.compress(world.snapshot())}
        self._past: World | None = None
        self._scenes = _Scenes()
        self._shown = world
        self.scene = Scene.of(world)
        self.before: Scene | None = None
        self._scenes.put(self.scene)
        self.history.note(self.scene)

    @property
    def first(self) -> int:
        """The earliest tick that can be shown."""
        return self._start

    @property
    def last(self) -> int:
        """Ticks played."""
        return self.world.tick

    @property
    def live(self) -> bool:
        """Whether the present is shown, not the past."""
        return self.scene.tick == self.world.tick

    @property
    def at_end(self) -> bool:
        """Whether the world is over, and its end is shown."""
        return self.live and self.world.over

    def step(self) -> bool:
        """Play a tick; or, in the past, show the next one."""
        if not self.live:
            self.seek(self.scene.tick + 1)
            return True
        if self.world.over:
            return False
        actions = self.cast.act(self.world)
        if self.choose is not None:
            self.choose(actions)
        self.world.step(actions)
        self._actions.append(actions.astype(np.uint8))
        self.before, self.scene = self.scene, Scene.of(self.world)
        self._shown = self.world
        self._scenes.put(self.scene)
        self.history.note(self.scene)
        if self.world.tick % SNAPSHOT_TICKS == 0:
            self._snapshots[self.world.tick] = self._packer.compress(self.world.snapshot())
            if len(self._snapshots) > MOST_SNAPSHOTS:
                self._thin_out()
        return True

    def _thin_out(self) -> None:
        """Drops every other snapshot but the first and the latest few."""
        ticks = sorted(self._snapshots)
        for tick in ticks[1:-8:2]:
            del self._snapshots[tick]

    def seek(self, tick: int) -> None:
        """Show a tick of the past, or the present."""
        tick = min(max(tick, self.first), self.last)
        if tick == self.scene.tick:
            return
        before = self._scenes.get(tick - 1)
        if tick == self.world.tick:
            self._shown = self.world
            self.scene, self.before = self._scenes.get(tick) or Scene.of(self.world), before
            return
        world = self._past_at(tick)
        self._shown = world
        self.before = before or (self.scene if self.scene.tick == tick - 1 else None)
        self.scene = self._scenes.get(tick) or Scene.of(world)
        self._scenes.put(self.scene)

    def _past_at(self, tick: int) -> World:
        near = max(taken for taken in self._snapshots if taken <= tick)
        if self._past is None:
            self._past = World(self.world.config, self.world.seed)
            self._past.restore(self._unpacker.decompress(self._snapshots[near]))
        elif not near <= self._past.tick <= tick:
            self._past.restore(self._unpacker.decompress(self._snapshots[near]))
        past = self._past
        while past.tick < tick:
            past.step(self._actions[past.tick - self._start], observe=past.tick + 1 == tick)
        return past

    def row_of(self, slot: int) -> np.void | None:
        """What a player observes now."""
        row: np.void = self._shown.observations[slot]
        return row

    def trace_of(self, slot: int) -> list[tuple[int, int]]:
        """A player's last actions."""
        found = []
        for tick in range(self.scene.tick, max(self._start, self.scene.tick - TRACE_TICKS), -1):
            action = self._actions[tick - self._start - 1][slot]
            found.append((tick, int(action if action.ndim == 0 else action[0])))
        return found

    def name_of(self, slot: int) -> str:
        """Who plays a slot."""
        return self.cast.names[int(self.cast.of_slot[slot])]

    def insight_of(self, slot: int) -> Insight | None:
        """What the policy of a slot thought: asked of agents that have a method ``insight(position)``.

        It returns ``{"probabilities": array [n_actions], "value": number}``, either of which may be missing.
        """
        if not self.live:
            return None
        part = self.cast._parts[int(self.cast.of_slot[slot])]
        ask = getattr(part.agent, "insight", None)
        if ask is None or not self._actions:
            return None
        try:
            told = ask(int(np.searchsorted(part.slots, slot)))
            if not told:
                return None
            chances, value = told.get("probabilities"), told.get("value")
            return Insight(
                None if chances is None else np.asarray(chances, np.float64).ravel(),
                None if value is None else float(value),
            )
        except Exception:  # it is the agent's own code, and watching must go on
            return None

    def listings(self) -> NDArray[np.void]:
        """What is offered on the market."""
        return self._shown.listings

    def close(self) -> None:
        """Free the worlds."""
        if self._past is not None:
            self._past.close()
        self.world.close()


class ReplaySource:
    """A replay file.

    Parameters
    ----------
    replay
        An open ``nmmo.replay.Replay``; closed with the source.

    Raises
    ------
    nmmo.replay.ReplayError
        If its first tick cannot be shown.
    """

    def __init__(self, replay: Any) -> None:
        self._replay = replay
        self.title = str(replay.path.name)
        self.history = History(replay.config)
        self.problem: str | None = None
        """Why the replay cannot be shown further; None as long as it can."""
        self._scenes = _Scenes()
        self._world: World = replay.world_at(replay.start)
        self.scene = Scene.of(self._world)
        self.before: Scene | None = None
        self._scenes.put(self.scene)
        self.history.note(self.scene)

    @property
    def first(self) -> int:
        """The first tick of the file."""
        return int(self._replay.start)

    @property
    def last(self) -> int:
        """The last tick of the file."""
        return int(self._replay.stop)

    @property
    def at_end(self) -> bool:
        """Whether the last tick is shown."""
        return self.scene.tick >= self.last

    def step(self) -> bool:
        """Show the next tick."""
        if self.at_end:
            return False
        return self._show(self.scene.tick + 1)

    def seek(self, tick: int) -> None:
        """Show a tick."""
        self._show(min(max(tick, self.first), self.last))

    def _show(self, tick: int) -> bool:
        from nmmo.replay import ReplayError

        if tick == self.scene.tick:
            return True
        try:
            self._world = self._replay.world_at(tick)
        except (ReplayError, IndexError) as error:
            self.problem = str(error)
            return False
        self.problem = None
        before = self.scene if self.scene.tick == tick - 1 else self._scenes.get(tick - 1)
        self.before, self.scene = before, Scene.of(self._world)
        self._scenes.put(self.scene)
        self.history.note(self.scene)
        return True

    def row_of(self, slot: int) -> np.void | None:
        """What a player observes now."""
        row: np.void = self._world.observations[slot]
        return row

    def trace_of(self, slot: int) -> list[tuple[int, int]]:
        """A player's last actions."""
        from nmmo.replay import ReplayError

        found = []
        for tick in range(self.scene.tick, max(self.first, self.scene.tick - TRACE_TICKS), -1):
            try:
                found.append((tick, int(self._replay.actions(tick)[slot])))
            except ReplayError:
                break
        return found

    def name_of(self, slot: int) -> str:
        """Who plays a slot, as the file says."""
        header = self._replay.header
        if header.slots is None or not 0 <= int(header.slots[slot]) < len(header.names):
            return ""
        return str(header.names[int(header.slots[slot])])

    def insight_of(self, slot: int) -> Insight | None:
        """Nothing: a replay has no thoughts."""
        return None

    def listings(self) -> NDArray[np.void]:
        """What is offered on the market."""
        return self._world.listings

    def close(self) -> None:
        """Close the file."""
        self._replay.close()
