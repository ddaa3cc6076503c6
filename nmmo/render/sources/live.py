"""A source of scenes: a world that is being played, and its past."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.errors import AgentError
from nmmo.agents.match import Match
from nmmo.core.world import World
from nmmo.render.human_player import HumanPlayer
from nmmo.render.scene import Scene
from nmmo.render.sources.history import History
from nmmo.render.sources.seek_task import SeekTask
from nmmo.render.sources.source import ACTION_HISTORY_TICKS, Insight, SceneCache
from nmmo.render.sources.traffic import Traffic
from nmmo.replay import LiveHistory, Seeker

__all__ = ["LiveSource"]


class LiveSource:
    """A world that is being played, with its past.

    The world itself only goes forward. The past is shown in other worlds, in which it is played again.

    Parameters
    ----------
    match
        What is played. Only this source may step its world, which ``close`` closes.
    title
        What the window is called.
    human
        The seat of the match in which a slot is played by hand; None: everybody watches.
    """

    live = True

    def __init__(self, match: Match, title: str = "nmmo watch", human: HumanPlayer | None = None) -> None:
        self.match, self.title, self.human = match, title, human
        self.world = world = match.world
        self.problem: str | None = None
        self.notice: str | None = None
        self.history = History(world.tick)
        self.traffic = Traffic(world.config.height, world.config.width)
        self._played = LiveHistory(world)
        self._past: Seeker | None = None
        self._scenes = SceneCache()
        self._seek_task = SeekTask(self._seek_steps)
        self._shown = world
        """The world in the state of the scene."""
        self.scene = Scene.of(world)
        self.previous: Scene | None = None
        self._scenes.put(self.scene)
        self._note()

    def _note(self) -> None:
        self.history.note(self.scene.tick, self.scene.players, self.scene.events)
        self.traffic.note(self.scene)

    @property
    def first_tick(self) -> int:
        """The earliest tick that can be shown."""
        return self._played.first

    @property
    def last_tick(self) -> int:
        """The number of ticks played."""
        return self.world.tick

    @property
    def at_present(self) -> bool:
        """Whether the present is shown, not the past."""
        return self.scene.tick == self.world.tick

    @property
    def at_end(self) -> bool:
        """Whether the world is over, and its end is shown."""
        return self.at_present and self.world.over

    @property
    def target_tick(self) -> int | None:
        """The tick that a seek is under way to."""
        return self._seek_task.target_tick

    @property
    def scan_progress(self) -> float:
        """The share of the game that the history covers: all, as ticks were noted when they were played."""
        return 1.0

    def step(self) -> bool:
        """Play one tick; in the past, show the next one."""
        if not self.at_present:
            self.seek(self.scene.tick + 1)
            return True
        if self.world.over:
            return False
        self.match.step()
        self.previous, self.scene = self.scene, Scene.of(self.world)
        self._shown = self.world
        self._scenes.put(self.scene)
        self._note()
        return True

    def seek(self, tick: int) -> None:
        """Show a tick of the past, or the present."""
        self._seek_task.run_to(self._within(tick))

    def start_seek(self, tick: int) -> None:
        """Begin to seek a tick of the past, or the present."""
        self._seek_task.start(self._within(tick))

    def run_pending(self, seek_seconds: float, scan_seconds: float) -> None:
        """Continue the seek that is under way."""
        self._seek_task.run_until(time.perf_counter() + seek_seconds)

    def _within(self, tick: int) -> int:
        return min(max(tick, self.first_tick), self.last_tick)

    def _seek_steps(self, tick: int) -> Iterator[None]:
        if tick == self.scene.tick:
            return
        if tick == self.world.tick:
            self._arrive(self.world)
            return
        if self._past is None:
            self._past = self._played.seeker(double_buffered=True)
        yield from self._past.steps(tick)
        self._arrive(self._past.world)

    def _arrive(self, world: World) -> None:
        tick = world.tick
        self.previous = self._scenes.get(tick - 1) or (self.scene if self.scene.tick == tick - 1 else None)
        self._shown = world
        self.scene = self._scenes.get(tick) or Scene.of(world)
        self._scenes.put(self.scene)

    def observation_of(self, slot: int) -> np.void | None:
        """Return the player's observation of the scene's tick."""
        row: np.void = self._shown.observations[slot]
        return row

    def action_history_of(self, slot: int) -> list[tuple[int, int]]:
        """Return the player's last actions: tick and action, the latest first."""
        found = []
        for tick in range(self.scene.tick, max(self.first_tick, self.scene.tick - ACTION_HISTORY_TICKS), -1):
            action = self._played.actions(tick)[slot]
            found.append((tick, int(action if action.ndim == 0 else action[0])))
        return found

    def name_of(self, slot: int) -> str:
        """Return the name of the agent that plays a slot."""
        return self.match.seat_of(slot).name

    def insight_of(self, slot: int) -> Insight | None:
        """Return what the policy of a slot reports about its last action, where its agent has an ``insight``."""
        if not self.at_present or not len(self._played):
            return None
        try:
            insight = self.match.insight(slot)
        except AgentError as error:  # watching must continue
            return Insight(None, None, str(error))
        return None if insight is None else Insight(insight["probabilities"], insight["value"])

    def listings(self) -> NDArray[np.void]:
        """Return what is offered on the market."""
        return self._shown.listings

    def close(self) -> None:
        """Free the worlds."""
        self._seek_task.cancel()
        if self._past is not None:
            self._past.close()
        self.world.close()
