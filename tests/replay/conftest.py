"""Small worlds that play quickly, and what their games were."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import nmmo
from nmmo.replay import Recorder


def tiny(**changes: Any) -> nmmo.Config:
    """Return the least world in which everything happens."""
    fields: dict[str, Any] = {"height": 32, "width": 32, "n_players": 6, "n_monsters": 8, "horizon": 0}
    return nmmo.Config(**{**fields, **changes})


def choices(world: nmmo.World, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return possible actions, with random tokens where there is speech."""
    actions = nmmo.sample_actions(world.mask, rng)
    vocabulary = world.config.vocabulary
    if vocabulary:
        return np.stack([actions, rng.integers(0, vocabulary + 1, len(actions))], axis=1)
    return actions


@dataclass
class Game:
    """What happened, looked at from outside while it was recorded."""

    hashes: list[dict[str, int]] = field(default_factory=list)
    """After tick i."""
    actions: list[NDArray[np.int64]] = field(default_factory=list)
    """Of tick i + 1."""
    events: list[NDArray[np.void]] = field(default_factory=list)
    """Of tick i."""
    statistics: list[Any] = field(default_factory=list)

    def look(self, world: nmmo.World) -> None:
        self.hashes.append(world.hash())
        self.events.append(world.events)
        self.statistics.append(world.statistics()["births"])


def played(path: Path, config: nmmo.Config, ticks: int, seed: int = 0, play: int = 1, **options: Any) -> Game:
    """Record a game of random play."""
    rng = np.random.default_rng(play)
    game = Game()
    with nmmo.World(config, seed) as world, Recorder(world, path, **options):
        world.reset(seed)
        game.look(world)
        for _ in range(ticks):
            actions = choices(world, rng)
            world.step(actions)
            game.actions.append(actions)
            game.look(world)
    return game


@pytest.fixture(scope="session")
def small_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return 300 ticks of a tiny world with events and states, in three chunks."""
    path = tmp_path_factory.mktemp("small") / "small.nmr"
    played(path, tiny(), 300, seed=3, events=True, state=True)
    return path


@pytest.fixture(scope="session")
def least_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return few bytes: 20 ticks of actions."""
    path = tmp_path_factory.mktemp("least") / "least.nmr"
    played(path, tiny(n_players=2, n_monsters=1), 20, seed=3)
    return path


@pytest.fixture
def game(tmp_path: Path) -> Callable[..., Game]:
    """Return a function that plays and records a game."""
    return played
