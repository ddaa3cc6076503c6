"""Playing a game once to draw its actions, and playing exactly that game again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import nmmo
from nmmo.bench.workloads import Chooser

Game = nmmo.World | nmmo.Worlds
Actions = NDArray[np.int64]


class GameDiffers(RuntimeError):
    """A way of stepping did not play the recorded game."""


class TooShort(ValueError):
    """The world was over before anything could be measured."""


@dataclass
class Recording:
    """A game that was played to draw its actions."""

    state: dict[str, NDArray[Any]]  # of the world or worlds, after the warm-up
    actions: Actions  # actions [ticks, agents] of the measured ticks
    end: list[dict[str, int]]  # the hashes of its worlds at the end
    living: float  # mean share of slots with a body in the measured ticks
    statistics: list[dict[str, Any]]  # of a single world: at the start, the middle and the end

    @property
    def steps(self) -> int:
        """Agent-steps of the measured ticks."""
        return int(self.actions.size)

    @property
    def ticks(self) -> int:
        """Measured ticks."""
        return len(self.actions)

    @property
    def snapshots(self) -> list[bytes]:
        """The state of each world, after the warm-up."""
        return [snapshot.tobytes() for snapshot in self.state["snapshots"]]

    @property
    def digest(self) -> str:
        """One number for how the game ended, as a hexadecimal string: equal games have equal ones."""
        digest = 0
        for section in (value for world in self.end for value in world.values()):
            digest = nmmo.derive_seed(digest ^ section, 0)
        return f"{digest:016x}"


def hashes(game: Game) -> list[dict[str, int]]:
    """Return the hashes of a world, or of each world of a batch."""
    if isinstance(game, nmmo.World):
        return [game.hash()]
    return [game.world(index).hash() for index in range(len(game))]


def record(game: Game, choose: Chooser, seed: int, warm_up: int, ticks: int) -> Recording:
    """Play a game and keep it.

    Parameters
    ----------
    game
        A world, or a batch of them. It is reset first.
    choose
        Chooses the actions.
    seed
        Of the reset.
    warm_up, ticks
        Ticks that are played but not kept, and ticks that are. Fewer are kept where the world is over sooner.

    Raises
    ------
    TooShort
        If the world is over before the first tick that would be kept.
    """
    world = game if isinstance(game, nmmo.World) else None
    game.reset(seed=seed)
    for played in range(warm_up + 1):
        if world is not None and world.over:
            raise TooShort(f"the world was over at tick {played}, before anything could be measured: shorten --warm-up")
        if played < warm_up:
            game.step(choose(game.mask))
    state = game.state_dict()
    statistics = [] if world is None else [world.statistics()]
    actions = np.empty((ticks, len(game.mask)), np.int64)
    living = kept = 0
    for row in actions:
        if world is not None:
            if world.over:
                break
            if kept == ticks // 2:
                statistics.append(world.statistics())
        row[:] = choose(game.mask)
        game.step(row)
        kept += 1
        living += int(np.count_nonzero(game.observations["self"]["health"]))
    if world is not None:
        statistics.append(world.statistics())
    actions = actions[:kept]
    return Recording(state, actions, hashes(game), living / actions.size, statistics)


def rewind(game: Game, recording: Recording) -> None:
    """Take a game of the same configuration to where the recording begins."""
    game.load_state_dict(recording.state)


def replay(game: Game, recording: Recording, run: Callable[[Actions], float]) -> float:
    """Take a game to where a recording begins, and `run` its actions. Returns what that returns.

    Raises
    ------
    GameDiffers
        If the game did not end as the recorded one did.
    """
    rewind(game, recording)
    result = run(recording.actions)
    if hashes(game) != recording.end:
        raise GameDiffers("the same snapshot and actions ended in another world; please report this")
    return result
