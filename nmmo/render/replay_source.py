"""Scenes of a replay: any tick, and what happened in the whole game."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.render.history import History
from nmmo.render.journey import Journey
from nmmo.render.rerun import Rerun
from nmmo.render.scene import Scene
from nmmo.render.source import TRACE_TICKS, Insight, Scenes
from nmmo.render.traffic import Traffic
from nmmo.replay import ReplayError
from nmmo.replay.snapshots import SNAPSHOT_TICKS

__all__ = ["ReplaySource", "damage_notice", "name_in"]

PIECE: Final = 4
"""Ticks that are read without a pause: about a millisecond."""


class ReplaySource:
    """A replay file that this engine can play.

    While there is time, ``work`` reads the whole game once, for the charts and the timeline, and leaves keyframes
    on its way.

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
        self.problem: str | None = None
        self.notice: str | None = damage_notice(replay)
        self._rerun = Rerun(replay)
        self.history = History(replay.start)
        self.traffic = Traffic(replay.config.height, replay.config.width)
        self._scenes = Scenes()
        self._journey = Journey(self._way)
        self._scan: Iterator[None] | None = self._scanning()
        self._scanned_to = int(replay.start)
        self.scene = Scene.of(self._rerun.world)
        self.before: Scene | None = None
        self._scenes.put(self.scene)
        self._note()

    def _note(self) -> None:
        self.history.note(self.scene.tick, self.scene.players, self.scene.events)
        self.traffic.note(self.scene)

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

    @property
    def live(self) -> bool:
        """A replay is no live world."""
        return False

    @property
    def aimed(self) -> int | None:
        """The tick on the way to which it is."""
        return self._journey.goal

    @property
    def scanned(self) -> float:
        """How much of the game the history knows."""
        if self._scan is None or self.last == self.first:
            return 1.0
        return (self._scanned_to - self.first) / (self.last - self.first)

    # ---- going to a tick

    def step(self) -> bool:
        """Show the next tick."""
        if self.at_end:
            return False
        self.seek(self.scene.tick + 1)
        return self.problem is None

    def seek(self, tick: int) -> None:
        """Show a tick."""
        self._guarded(lambda: self._journey.finish(self._within(tick)))

    def aim(self, tick: int) -> None:
        """Set out for a tick."""
        self._journey.aim(self._within(tick))

    def work(self, travel: float, scan: float) -> None:
        """Go on to the tick that was aimed for; else with reading the game."""
        if self._journey.goal is not None:
            self._guarded(lambda: self._journey.work(time.perf_counter() + travel))
            return
        self._rerun.tend()
        until = time.perf_counter() + scan
        while self._scan is not None and scan > 0:
            if next(self._scan, self) is self:
                self._scan = None
            if time.perf_counter() >= until:
                break

    def _guarded(self, go: Any) -> None:
        """What cannot be shown is told; the scene stays as it was."""
        try:
            go()
        except (ReplayError, IndexError, OSError) as error:
            self.problem = str(error)

    def _within(self, tick: int) -> int:
        return min(max(tick, self.first), self.last)

    def _way(self, tick: int) -> Iterator[None]:
        if tick != self.scene.tick or self._rerun.world.tick != tick:
            yield from self._rerun.way(tick)
            before = self.scene if self.scene.tick == tick - 1 else self._scenes.get(tick - 1)
            self.before, self.scene = before, Scene.of(self._rerun.world)
            self._scenes.put(self.scene)
            self._note()
        self.problem = None

    # ---- reading the whole game

    def _scanning(self) -> Iterator[None]:
        start = self.first
        keyframes = self._rerun.keyframes
        plain = self._replay.config.rebirth != "on_request"
        while start <= self.last:
            tick = start
            try:
                for frame in self._replay.frames(start):
                    tick = self._scanned_to = frame.tick
                    if not self.history.knows(tick):
                        self.history.note(tick, frame.world.players, frame.events)
                    if plain and keyframes.wants(tick) and tick not in self._replay.cuts:
                        yield
                        keyframes.put(tick, frame.world.snapshot())
                        yield
                    elif tick % PIECE == 0:
                        yield
                return
            except (ReplayError, OSError):  # whoever asks for these ticks is told; what comes after may be whole
                start = (tick // SNAPSHOT_TICKS + 1) * SNAPSHOT_TICKS
                yield

    # ---- what is known of a player

    def row_of(self, slot: int) -> np.void | None:
        """What a player observes now."""
        if self._rerun.world.tick != self.scene.tick:
            return None
        row: np.void = self._rerun.world.observations[slot]
        return row

    def trace_of(self, slot: int) -> list[tuple[int, int]]:
        """A player's last actions."""
        found = []
        for tick in range(self.scene.tick, max(self.first, self.scene.tick - TRACE_TICKS), -1):
            try:
                found.append((tick, int(self._replay.actions(tick)[slot])))
            except ReplayError:
                break
        return found

    def name_of(self, slot: int) -> str:
        """Who plays a slot, as the file says."""
        return name_in(self._replay, slot)

    def insight_of(self, slot: int) -> Insight | None:
        """Nothing: a replay has no thoughts."""
        return None

    def listings(self) -> NDArray[np.void]:
        """What is offered on the market."""
        return self._rerun.world.listings

    def close(self) -> None:
        """Close the file."""
        self._journey.drop()
        self._scan = None
        self._rerun.close()
        self._replay.close()


def damage_notice(replay: Any) -> str | None:
    """What a viewer should know of a file that is not whole."""
    if replay.damage is not None:
        return f"the file is damaged; it is shown up to tick {replay.stop}: {replay.damage}"
    return None


def name_in(replay: Any, slot: int) -> str:
    """Who plays a slot, as the file says; "" where it doesn't."""
    return str(replay.header.player(slot) or "")
