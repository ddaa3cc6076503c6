"""Scenes of a world that is being played, and of its past."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.cast import Cast
from nmmo.agents.errors import AgentError
from nmmo.core.world import World
from nmmo.render.history import History
from nmmo.render.journey import Journey
from nmmo.render.keyframes import Keyframes
from nmmo.render.scene import Scene
from nmmo.render.source import TRACE_TICKS, Insight, Scenes
from nmmo.render.traffic import Traffic

__all__ = ["LiveSource"]

PIECE: Final = 16  # ticks that are played again without a pause


class LiveSource:
    """A world that is being played, with its past.

    The world itself only goes forward. The past is shown in a second world, from keyframes and the actions that
    followed them.

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
        self.problem: str | None = None
        self.notice: str | None = None
        self.history = History(world.tick)
        self.traffic = Traffic(world.config.height, world.config.width)
        self._start = world.tick
        self._actions: list[NDArray[np.uint8]] = []
        self._keyframes = Keyframes()
        self._keyframes.put(world.tick, world.snapshot())
        self._past: World | None = None
        self._scenes = Scenes()
        self._journey = Journey(self._way)
        self._shown: World | None = world
        """In the state of the scene; None: a step back shows a scene that was kept, without its world."""
        self.scene = Scene.of(world)
        self.before: Scene | None = None
        self._scenes.put(self.scene)
        self._note()

    def _note(self) -> None:
        self.history.note(self.scene.tick, self.scene.players, self.scene.events)
        self.traffic.note(self.scene)

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

    @property
    def aimed(self) -> int | None:
        """The tick on the way to which it is."""
        return self._journey.goal

    @property
    def scanned(self) -> float:
        """1: all ticks were seen as they were played."""
        return 1.0

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
        self._note()
        if self._keyframes.wants(self.world.tick):
            self._keyframes.put(self.world.tick, self.world.snapshot())
        return True

    def seek(self, tick: int) -> None:
        """Show a tick of the past, or the present."""
        self._journey.finish(self._within(tick))

    def aim(self, tick: int) -> None:
        """Set out for a tick of the past, or the present."""
        self._journey.aim(self._within(tick))

    def work(self, travel: float, scan: float) -> None:
        """Go on to the tick that was aimed for."""
        self._journey.work(time.perf_counter() + travel)

    def _within(self, tick: int) -> int:
        return min(max(tick, self.first), self.last)

    def _way(self, tick: int) -> Iterator[None]:
        if tick == self.scene.tick:
            return
        if tick == self.world.tick:
            self._arrive(self.world)
            return
        near = self._keyframes.near(self.first, max(tick - 1, self.first))  # a snapshot knows no events of its tick
        assert near is not None  # the first is never given up
        past = self._past
        if past is None:
            past = self._past = World.from_snapshot(self._keyframes.get(near))
        elif not near <= past.tick <= tick:
            self._shown = self._shown if self._shown is not past else None
            past.restore(self._keyframes.get(near))
        yield
        while past.tick < tick:
            self._shown = self._shown if self._shown is not past else None
            past.step(self._actions[past.tick - self._start], observe=past.tick + 1 == tick)
            if past.tick % PIECE == 0:
                yield
        past.observe()
        self._arrive(past)

    def _arrive(self, world: World) -> None:
        tick = world.tick
        self.before = self._scenes.get(tick - 1) or (self.scene if self.scene.tick == tick - 1 else None)
        self._shown = world
        self.scene = self._scenes.get(tick) or Scene.of(world)
        self._scenes.put(self.scene)

    def row_of(self, slot: int) -> np.void | None:
        """What a player observes now; None while another tick is on its way."""
        if self._shown is None:
            return None
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
        """What the policy of a slot thought of its last choice, where its agent has an insight."""
        if not self.live or not self._actions:
            return None
        try:
            told = self.cast.insight(slot)
        except AgentError as error:  # watching must go on
            return Insight(None, None, str(error))
        return None if told is None else Insight(told["probabilities"], told["value"])

    def listings(self) -> NDArray[np.void]:
        """What is offered on the market; while another tick is on its way, at present."""
        return (self._shown or self.world).listings

    def close(self) -> None:
        """Free the worlds."""
        self._journey.drop()
        if self._past is not None:
            self._past.close()
        self.world.close()
