"""What the two sources of recorded games share: going to ticks, and reading the whole game meanwhile."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

from nmmo.render.history import History
from nmmo.render.journey import Journey
from nmmo.render.scene import Scene
from nmmo.render.source import Insight, Scenes
from nmmo.render.traffic import Traffic
from nmmo.replay import ReplayError

__all__ = ["RecordedSource"]


class RecordedSource(ABC):
    """A replay file as a source of scenes.

    While there is time, ``work`` reads the whole game once, for the charts and the timeline.

    Parameters
    ----------
    replay
        An open ``nmmo.replay.Replay``; closed with the source.
    first, last
        The first and the last tick that it can show.
    scene
        Of the first.
    """

    live = False

    def __init__(self, replay: Any, first: int, last: int, scene: Scene) -> None:
        self._replay = replay
        self.first = first
        self.last = last
        self.title = str(replay.path.name)
        self.problem: str | None = None
        self.notice: str | None = None
        if replay.damage is not None:
            self.notice = f"the file is damaged; it is shown up to tick {replay.stop}: {replay.damage}"
        self.history = History(first)
        self.traffic = Traffic(replay.header.height, replay.header.width)
        self._scenes = Scenes()
        self._journey = Journey(self._way)
        self._scan: Iterator[None] | None = self._scanning()
        self._scanned_to = first
        self.before: Scene | None = None
        self._show(scene)

    @abstractmethod
    def _way(self, tick: int) -> Iterator[None]:
        """Go to a tick and show it, in pieces."""

    @abstractmethod
    def _scanning(self) -> Iterator[None]:
        """Read the game from its beginning into the history, in pieces; ``_scanned_to`` tells how far."""

    def _show(self, scene: Scene) -> None:
        self.scene = scene
        self._scenes.put(scene)
        self.history.note(scene.tick, scene.players, scene.events)
        self.traffic.note(scene)

    @property
    def at_end(self) -> bool:
        """Whether the last tick is shown."""
        return self.scene.tick >= self.last

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
        until = time.perf_counter() + scan
        while self._scan is not None and scan > 0:
            if next(self._scan, self) is self:
                self._scan = None
            if time.perf_counter() >= until:
                break

    def _guarded(self, go: Callable[[], object]) -> None:
        """What cannot be shown is told; the scene stays as it was."""
        try:
            go()
        except (ReplayError, IndexError, OSError) as error:
            self.problem = str(error)

    def _within(self, tick: int) -> int:
        return min(max(tick, self.first), self.last)

    # ---- what is known of a player

    def name_of(self, slot: int) -> str:
        """Who plays a slot, as the file says; "" where it doesn't."""
        return str(self._replay.header.player(slot) or "")

    def insight_of(self, slot: int) -> Insight | None:
        """Nothing: a replay has no thoughts."""
        return None

    def close(self) -> None:
        """Close the file."""
        self._journey.drop()
        self._scan = None
        self._replay.close()
