"""Seeking: takes a world to any tick of a recording, at once or in small steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Final

from nmmo.core.world import World
from nmmo.replay.errors import ReplayError
from nmmo.replay.playback import NOWHERE, Playback
from nmmo.replay.snapshot_cache import SnapshotCache

__all__ = ["Seeker"]

STEP_TICKS: Final = 16
"""Ticks that are played without a pause: a few milliseconds."""
RESTORE_TICKS: Final = 40
"""Restoring a snapshot costs about as much as playing so many ticks."""
LOAD_TICKS: Final = 64
"""The same for a state that has to be read from the file first."""


class Seeker:
    """Takes a world to one tick after another, each from the nearest state that is known.

    A tick is reached by playing: on from where the world is, or from a state that is recorded or cached, whichever
    takes the least time. The last tick of every seek is played, so that its events are there; only where that is
    impossible (it was edited afterwards, or it is lost) the recorded state itself is shown. Digests are compared at
    the end and where a state is cached.

    Parameters
    ----------
    new_playback
        Makes what is sought in.
    cache
        Snapshots from which ticks are near; those on the way are added to it. Several seekers in the same recording
        may share one. None: none.
    double_buffered
        Whether the world stays as it is until the tick that is sought has been reached, so that it can be drawn
        meanwhile. It takes a second world.

    Raises
    ------
    nmmo.replay.ReplayError
        If it cannot be played.
    """

    def __init__(
        self,
        new_playback: Callable[[], Playback],
        cache: SnapshotCache | None = None,
        *,
        double_buffered: bool = False,
    ) -> None:
        self._new_playback = new_playback
        self._cache = cache
        self._double_buffered = double_buffered
        self._front = new_playback()
        self._back: Playback | None = None

    @property
    def world(self) -> World:
        """The world at the tick that was reached last."""
        return self._front.world

    def seek(self, tick: int, observe: bool = True) -> World:
        """Go to a tick at once.

        Parameters
        ----------
        tick
            Ticks played.
        observe
            Whether the world gets its observations.

        Returns
        -------
        nmmo.World
            The seeker's own: valid until the next tick is sought.

        Raises
        ------
        nmmo.replay.ReplayError
            If ticks on the way are missing or damaged, or lead to another state than the recorded.
        """
        for _ in self.steps(tick, observe):
            pass
        return self.world

    def steps(self, tick: int, observe: bool = True) -> Iterator[None]:
        """Go to a tick in steps of a few milliseconds: the generator pauses after each. See ``seek``."""
        playback = self._playback_for(tick)
        if playback.current_tick != tick:
            playback.take_back()
            self._approach(playback, tick)
            while playback.tick < tick:
                yield
                for _ in range(STEP_TICKS):
                    self._step(playback, tick)
                    if playback.tick == tick:
                        break
        if observe:
            playback.world.observe()
        playback.hand_out()
        if playback is not self._front:
            self._front, self._back = playback, self._front

    def _playback_for(self, tick: int) -> Playback:
        """Return the front one if it is there, or only a step away; else, with two of them, the back one."""
        front = self._front
        if not self._double_buffered or front.tick == NOWHERE or front.current_tick in (tick, tick - 1):
            return front
        if self._back is None:
            self._back = self._new_playback()
        return self._back

    def _approach(self, playback: Playback, tick: int) -> None:
        """Take the playback to the state from which the tick is reached soonest."""
        here, front = playback.tick, self._front
        ways: list[tuple[int, Callable[[], None]]] = [
            (tick - playback.recorded_tick(tick) + LOAD_TICKS, lambda: playback.load(tick))
        ]
        if NOWHERE < here <= tick:
            ways.append((tick - here, lambda: None))
        if playback is not front and NOWHERE < front.current_tick < tick:
            ways.append(
                (tick - front.tick + RESTORE_TICKS, lambda: playback.restore(front.position, front.world.snapshot()))
            )
        cache = self._cache
        cached = cache.before(tick) if cache is not None else None
        if cache is not None and cached is not None:
            ways.append(
                (tick - cached.tick + RESTORE_TICKS, lambda: playback.restore(cached, cache.snapshot(cached.tick).data))
            )
        _, go = min(ways, key=itemgetter(0))
        go()
        if playback.tick == playback.first:
            self._add_to_cache(playback)

    def _step(self, playback: Playback, tick: int) -> None:
        """Play a tick on the way; where it cannot be played, continue from a recorded state behind it."""
        before = playback.tick
        wanted = self._cache is not None and self._cache.wants(before + 1)
        try:
            # The last tick of an episode may have no digests: then those of the tick before it are compared.
            playback.step(check=wanted or before + 1 >= tick - 1)
        except BaseException as error:
            playback.tick = NOWHERE  # it may be half way
            if not isinstance(error, ReplayError) or playback.recorded_tick(tick, inclusive=True) <= before:
                raise
            playback.load(tick, inclusive=True)
            return
        if wanted:
            self._add_to_cache(playback)

    def _add_to_cache(self, playback: Playback) -> None:
        if self._cache is not None and playback.tick not in self._cache:
            self._cache.add(playback.position, playback.world.snapshot())

    def release(self) -> World:
        """Give the world to a caller who plays on with it, and be done."""
        if self._back is not None:
            self._back.world.close()
        return self._front.release()

    def close(self) -> None:
        """Free the worlds."""
        for playback in (self._front, self._back):
            if playback is not None:
                playback.world.close()
