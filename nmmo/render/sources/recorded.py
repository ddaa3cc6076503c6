"""What the sources of recorded games share: seeking, and reading the whole game in the background."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

from nmmo.render.human_player import HumanPlayer
from nmmo.render.scene import Scene
from nmmo.render.sources.history import History
from nmmo.render.sources.seek_task import SeekTask
from nmmo.render.sources.source import Insight, SceneCache
from nmmo.render.sources.traffic import Traffic
from nmmo.replay import ReplayError

__all__ = ["RecordedSource"]


class RecordedSource(ABC):
    """A replay file as a source of scenes.

    ``run_pending`` reads the whole game once, while there is time, for the charts and the timeline.

    Parameters
    ----------
    replay
        An open ``nmmo.replay.Replay``; closed with the source.
    first_tick, last_tick
        The first and the last tick that can be shown.
    scene
        The scene of the first tick.
    """

    live = False
    at_present = False
    human: HumanPlayer | None = None

    def __init__(self, replay: Any, first_tick: int, last_tick: int, scene: Scene) -> None:
        self._replay = replay
        self.first_tick = first_tick
        self.last_tick = last_tick
        self.title = str(replay.path.name)
        self.problem: str | None = None
        self.notice: str | None = None
        if replay.damage is not None:
            self.notice = f"the file is damaged; it is shown up to tick {replay.stop}: {replay.damage}"
        self.history = History(first_tick)
        self.traffic = Traffic(replay.header.height, replay.header.width)
        self._scenes = SceneCache()
        self._seek_task = SeekTask(self._seek_steps)
        self._scan: Iterator[None] | None = self._scan_steps()
        self._scanned_tick = first_tick
        self.previous: Scene | None = None
        self._show(scene)

    @abstractmethod
    def _seek_steps(self, tick: int) -> Iterator[None]:
        """Seek a tick and show it, in short steps."""

    @abstractmethod
    def _scan_steps(self) -> Iterator[None]:
        """Read the game from its beginning into the history, in short steps; ``_scanned_tick`` says how far."""

    def _show(self, scene: Scene) -> None:
        self.scene = scene
        self._scenes.put(scene)
        self.history.note(scene.tick, scene.players, scene.events)
        self.traffic.note(scene)

    @property
    def at_end(self) -> bool:
        """Whether the last tick is shown."""
        return self.scene.tick >= self.last_tick

    @property
    def target_tick(self) -> int | None:
        """The tick that a seek is under way to."""
        return self._seek_task.target_tick

    @property
    def scan_progress(self) -> float:
        """The share of the game that the history covers."""
        if self._scan is None or self.last_tick == self.first_tick:
            return 1.0
        return (self._scanned_tick - self.first_tick) / (self.last_tick - self.first_tick)

    # ---- seeking

    def step(self) -> bool:
        """Show the next tick."""
        if self.at_end:
            return False
        self.seek(self.scene.tick + 1)
        return self.problem is None

    def seek(self, tick: int) -> None:
        """Show a tick."""
        self._guarded(lambda: self._seek_task.run_to(self._within(tick)))

    def start_seek(self, tick: int) -> None:
        """Begin to seek a tick."""
        self._seek_task.start(self._within(tick))

    def run_pending(self, seek_seconds: float, scan_seconds: float) -> None:
        """Continue the seek that is under way; where there is none, read on in the game."""
        if self._seek_task.target_tick is not None:
            self._guarded(lambda: self._seek_task.run_until(time.perf_counter() + seek_seconds))
            return
        until = time.perf_counter() + scan_seconds
        while self._scan is not None and scan_seconds > 0:
            if next(self._scan, self) is self:
                self._scan = None
            if time.perf_counter() >= until:
                break

    def _guarded(self, seek: Callable[[], object]) -> None:
        """Seek; what cannot be shown becomes ``problem``, and the scene stays as it was."""
        try:
            seek()
        except (ReplayError, IndexError, OSError) as error:
            self.problem = str(error)

    def _within(self, tick: int) -> int:
        return min(max(tick, self.first_tick), self.last_tick)

    # ---- what is known of a player

    def name_of(self, slot: int) -> str:
        """Return the name of who plays a slot, as the file says; empty where it does not."""
        return str(self._replay.header.player(slot) or "")

    def insight_of(self, slot: int) -> Insight | None:
        """Return None: a replay holds actions, not what policies thought of them."""
        return None

    def close(self) -> None:
        """Close the file."""
        self._seek_task.cancel()
        self._scan = None
        self._replay.close()
