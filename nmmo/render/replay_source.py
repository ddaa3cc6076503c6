"""Scenes of a replay: any tick, and what happened in the whole game."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.render.recorded_source import RecordedSource
from nmmo.render.rerun import Rerun
from nmmo.render.scene import Scene
from nmmo.render.source import TRACE_TICKS
from nmmo.replay import ReplayError
from nmmo.replay.snapshots import SNAPSHOT_TICKS

__all__ = ["ReplaySource"]

PIECE: Final = 4
"""Ticks that are read without a pause: about a millisecond."""


class ReplaySource(RecordedSource):
    """A replay file that this engine can play.

    Reading the whole game leaves keyframes on its way.

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
        self._rerun = Rerun(replay)
        super().__init__(replay, int(replay.start), int(replay.stop), Scene.of(self._rerun.world))

    def work(self, travel: float, scan: float) -> None:
        """Go on to the tick that was aimed for; else with reading the game."""
        if self.aimed is None:
            self._rerun.tend()
        super().work(travel, scan)

    def _way(self, tick: int) -> Iterator[None]:
        if tick != self.scene.tick or self._rerun.world.tick != tick:
            yield from self._rerun.way(tick)
            self.before = self.scene if self.scene.tick == tick - 1 else self._scenes.get(tick - 1)
            self._show(Scene.of(self._rerun.world))
        self.problem = None

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

    def listings(self) -> NDArray[np.void]:
        """What is offered on the market."""
        return self._rerun.world.listings

    def close(self) -> None:
        """Close the file."""
        self._journey.drop()
        self._rerun.close()
        super().close()
