"""Plays a replay's ticks again in a world of its own, in small pieces and from whatever keyframe is near."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, Final

import numpy as np

from nmmo.core.errors import ActionError, WorldOver
from nmmo.core.world import World
from nmmo.render.keyframes import Keyframes
from nmmo.replay import DivergenceError, MissingTicksError, ReplayError
from nmmo.replay.snapshots import SNAPSHOT_TICKS

__all__ = ["Rerun"]

PIECE: Final = 16
"""Ticks that are played without a pause: a few milliseconds."""
RESTORED: Final = 64
"""Taking a keyframe costs about as much as playing so many ticks."""


class Rerun:
    """The world of a replay at one tick after another.

    The world that is shown stays as it is until the next one is ready: ticks that cannot be played do it no harm.

    Parameters
    ----------
    replay
        An open ``nmmo.replay.Replay`` that this engine can play.

    Attributes
    ----------
    world : nmmo.World
        At the tick reached last, with observations.
    keyframes : Keyframes
        What it starts from; others may add to them.

    Raises
    ------
    nmmo.replay.ReplayError
        If the first tick cannot be shown.
    """

    def __init__(self, replay: Any) -> None:
        self._replay = replay
        self.keyframes = Keyframes()
        # Lives that begin on request, between two ticks, only the replay itself knows.
        self._by_replay = replay.config.rebirth == "on_request"
        first: World = replay.world_at(replay.start)
        if not self._by_replay:
            self.keyframes.put(replay.start, first.snapshot())
            first = replay.branch(replay.start)  # with what a snapshot does not hold: what happened in this tick
        self.world = first
        self._spare: World | None = None
        self._later: tuple[int, bytes] | None = None  # a keyframe that is still to be packed

    def way(self, tick: int) -> Iterator[None]:
        """Go to a tick; pauses after every few milliseconds.

        Raises
        ------
        nmmo.replay.ReplayError
            If ticks on the way are missing or damaged, or lead to another state than the recorded.
        """
        if self._by_replay:
            yield from self._asked(tick)
            return
        last_cut = max((cut for cut in self._replay.cuts if cut <= tick), default=self._replay.start)
        if last_cut <= self.world.tick == tick - 1:  # the usual step: nothing is lost if it fails
            world = self.world
            self._play(world, tick)
            yield
        elif last_cut == tick:
            world = self._restored(self._replay.world_at(tick).snapshot())
        else:
            world = self._restored((yield from self._nearest(tick, last_cut)))
            while world.tick < tick:
                yield
                for _ in range(min(PIECE, tick - world.tick)):
                    self._play(world, world.tick + 1)
        self._check(world, tick)
        world.observe()
        if world is not self.world:
            self.world, self._spare = world, self.world

    def _nearest(self, tick: int, last_cut: int) -> Generator[None, None, bytes]:
        """The snapshot from which a tick is reached soonest."""
        # A snapshot does not hold the events of its tick: the last tick is always played.
        near = self.keyframes.near(last_cut, tick - 1)
        of_file = max(last_cut, (tick - 1) // SNAPSHOT_TICKS * SNAPSHOT_TICKS)
        if last_cut <= self.world.tick < tick and self.world.tick + RESTORED >= max(near or 0, of_file):
            return self.world.snapshot()
        if near is not None and near >= of_file:
            return self.keyframes.get(near)
        content: bytes = self._replay.world_at(of_file).snapshot()
        yield
        if of_file not in self._replay.cuts and self.keyframes.wants(of_file):
            self._later = of_file, content
        return content

    def tend(self) -> None:
        """Keep what the last way came by, now that nobody waits for it."""
        if self._later is not None:
            self.keyframes.put(*self._later)
            self._later = None

    def _restored(self, content: bytes) -> World:
        """The spare world, in a state."""
        if self._spare is None:
            self._spare = World.from_snapshot(content)
        else:
            self._spare.restore(content)
        return self._spare

    def _play(self, world: World, tick: int) -> None:
        actions = self._replay.actions(tick)
        choices = np.stack([actions, self._replay.tokens(tick)], axis=1) if world.config.vocabulary else actions
        try:
            world.step(choices, observe=False)
        except (ActionError, WorldOver) as error:
            raise ReplayError(f"tick {tick} cannot be played: {error}") from None

    def _check(self, world: World, tick: int) -> None:
        """Whether the state is the recorded one."""
        if tick == self._replay.start or tick in self._replay.cuts:
            return
        try:
            recorded = self._replay.digests(tick)
        except MissingTicksError:
            return  # it lies at the end of a gap: the state is that of a snapshot
        if recorded is not None and not np.array_equal(recorded, world.digests()):
            raise DivergenceError(
                f"tick {tick} came out otherwise than recorded: run `nmmo replay verify` to learn what differs"
            )

    def _asked(self, tick: int) -> Iterator[None]:
        """Let the replay play, in short strides."""
        start = self.world.tick
        snapshot = tick // SNAPSHOT_TICKS * SNAPSHOT_TICKS
        at = start if snapshot <= start <= tick else max(snapshot, self._replay.start)
        while at < tick:
            at = min(at + PIECE, tick)
            self.world = self._replay.world_at(at)
            yield
        if self.world.tick != tick:
            self.world = self._replay.world_at(tick)

    def close(self) -> None:
        """Free the worlds."""
        for world in (self.world, self._spare):
            if world is not None:
                world.close()
