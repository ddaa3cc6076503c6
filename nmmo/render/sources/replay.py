"""A source of scenes: a replay that this engine can play, at any of its ticks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.render.scene import Scene
from nmmo.render.sources.recorded import RecordedSource
from nmmo.render.sources.source import ACTION_HISTORY_TICKS
from nmmo.replay import ReplayError, Seeker
from nmmo.replay.snapshots import SNAPSHOT_TICKS

__all__ = ["ReplaySource"]

READ_TICKS: Final = 4
"""How many ticks are read without a pause: about a millisecond."""


class ReplaySource(RecordedSource):
    """A replay file that this engine can play.

    Reading the whole game leaves snapshots behind, from which later seeks start.

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
        self._seeker: Seeker = replay.seeker(double_buffered=True)
        scene = Scene.of(self._seeker.seek(replay.start))
        super().__init__(replay, int(replay.start), int(replay.stop), scene)

    def _seek_steps(self, tick: int) -> Iterator[None]:
        if tick != self.scene.tick or self._seeker.world.tick != tick:
            yield from self._seeker.steps(tick)
            self.previous = self.scene if self.scene.tick == tick - 1 else self._scenes.get(tick - 1)
            self._show(Scene.of(self._seeker.world))
        self.problem = None

    def _scan_steps(self) -> Iterator[None]:
        scanner: Seeker = self._replay.seeker()
        tick = self.first_tick
        try:
            while tick <= self.last_tick:
                try:
                    world = scanner.seek(tick, observe=False)
                except (ReplayError, OSError):  # reported when somebody seeks this tick; what follows may be whole
                    tick = (tick // SNAPSHOT_TICKS + 1) * SNAPSHOT_TICKS
                    yield
                    continue
                if not self.history.knows(tick):
                    self.history.note(tick, world.players, world.events)
                self._scanned_tick = tick
                if tick % READ_TICKS == 0:
                    yield
                tick += 1
        finally:
            scanner.close()

    # ---- what is known of a player

    def observation_of(self, slot: int) -> np.void | None:
        """Return the player's observation; None while a seek is under way."""
        if self._seeker.world.tick != self.scene.tick:
            return None
        row: np.void = self._seeker.world.observations[slot]
        return row

    def action_history_of(self, slot: int) -> list[tuple[int, int]]:
        """Return the player's last actions: tick and action, the latest first."""
        found = []
        for tick in range(self.scene.tick, max(self.first_tick, self.scene.tick - ACTION_HISTORY_TICKS), -1):
            try:
                found.append((tick, int(self._replay.actions(tick)[slot])))
            except ReplayError:
                break
        return found

    def listings(self) -> NDArray[np.void]:
        """Return what is offered on the market."""
        return self._seeker.world.listings

    def close(self) -> None:
        """Close the file."""
        self._seek_task.cancel()
        self._seeker.close()
        super().close()
