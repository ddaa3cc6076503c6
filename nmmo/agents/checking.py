"""Tries of an agent: whether it plays as an agent must, the same twice, and how long it thinks."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nmmo.agents.folder import AgentFolder, instantiate, open_agent
from nmmo.agents.match import Match
from nmmo.agents.seat import Seat
from nmmo.agents.seating import seat_agents
from nmmo.agents.setting import setting_of
from nmmo.core.config import Config
from nmmo.core.world import World

__all__ = ["AgentCheck", "Speed", "check_agent"]

SEED: Final = 1
FEW: Final = Config.preset("small", height=64, width=64, n_players=8, n_monsters=64)
MANY: Final = Config.preset("large")
TICKS_OF_FEW: Final = 256
TICKS_OF_MANY: Final = 64
WARM_UP: Final = 8  # ticks that are not measured: first calls allocate, and compile where libraries do


@dataclass(frozen=True)
class Speed:
    """How long an agent took for a tick.

    Attributes
    ----------
    slots
        How many it played.
    median, worst
        Milliseconds, with the checks of its answers included.
    """

    slots: int
    median: float
    worst: float


@dataclass(frozen=True)
class AgentCheck:
    """What trying an agent out has shown.

    Attributes
    ----------
    agent
        The folder.
    repeatable
        Whether it played the same game again when the same episode began again.
    speeds
        With few slots and with many.
    """

    agent: AgentFolder
    repeatable: bool
    speeds: tuple[Speed, ...]


def check_agent(name_or_path: str | os.PathLike[str], trust: bool = False) -> AgentCheck:
    """Load an agent and let it play short matches, alone in a world: 8 slots twice, then 1,024.

    Parameters
    ----------
    name_or_path, trust
        As for ``load_agent``.

    Raises
    ------
    AgentError
        If anything about it is wrong; the message says what, and how to fix it.
    OSError
        If a file cannot be read.
    """
    found = open_agent(name_or_path)
    kind, name = found.load_class(trust), found.manifest.name
    few = seat_agents([instantiate(kind, setting_of(FEW), found.path, name)], FEW, names=[name])
    first, speed = _played(FEW, few, TICKS_OF_FEW)
    again, _ = _played(FEW, few, TICKS_OF_FEW)  # by the same instance: reset must make it forget
    many = seat_agents([instantiate(kind, setting_of(MANY), found.path, name)], MANY, names=[name])
    _, speed_of_many = _played(MANY, many, TICKS_OF_MANY)
    return AgentCheck(found, bool(np.array_equal(first, again)), (speed, speed_of_many))


def _played(config: Config, seats: Sequence[Seat], ticks: int) -> tuple[NDArray[np.int64], Speed]:
    """Return the actions of a match, and how long they took to choose."""
    chosen: list[NDArray[np.int64]] = []
    seconds: list[float] = []
    with World(config, SEED) as world:
        world.reset()
        match = Match(world, seats)
        for _ in range(ticks):
            began = time.perf_counter()
            actions = match.choose_actions()
            seconds.append(time.perf_counter() - began)
            chosen.append(actions)
            world.step(actions)
    measured = [1000 * duration for duration in seconds[WARM_UP:]]
    speed = Speed(config.n_players, statistics.median(measured), max(measured))
    return np.stack(chosen), speed
