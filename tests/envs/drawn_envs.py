"""Environments over drawn worlds, for the tests beside this file."""

from __future__ import annotations

from typing import Any

import numpy as np

import nmmo
from nmmo.envs import ParallelEnv, SoloEnv, VectorEnv

SHOOTER = {"M": nmmo.Monster("hostile", 1, "ranged")}
ISLAND = """
    0 . . . .
    . . . . .
    . . 1 . .
    . . . . .
    ~ ~ ~ ~ ~
    ~ ~ M ~ ~
    ~ ~ ~ ~ ~
    ~ ~ ~ ~ ~
    ~ ~ ~ ~ ~
    . . 2 . .
"""
VICTIM = 1  # a shot from the monster on its island of one tile reaches player 1 only
VICTIM_NAME = f"player_{VICTIM}"
TINY = nmmo.Config(height=48, width=48, n_players=24, n_monsters=40, lives=1, horizon=64)


def island(**settings: Any) -> nmmo.World:
    """Return three players, of whom only the one in the middle can be shot."""
    return nmmo.World.from_text(ISLAND, SHOOTER, final_observations=True, **settings)


def doom(world: nmmo.World, slot: int = VICTIM) -> None:
    """Let the next shot at a player kill it."""
    world.edit.set(slot, health=1, protection=0, monster_protection=0)


def drawn_parallel(observation: Any = "flat", **settings: Any) -> ParallelEnv:
    world = island(**settings)
    env = ParallelEnv(world.config, observation=observation)
    env.world = world
    env.reset(seed=0)
    return env


def drawn_vector(mode: str = "SameStep", **settings: Any) -> VectorEnv:
    envs = VectorEnv(config=island(**settings).config, autoreset_mode=mode)
    envs.worlds = island(**{**settings, "respawn": envs.worlds.config.respawn})
    envs._bind()
    envs.reset(seed=0)
    return envs


def drawn_solo(slot: int = VICTIM, **settings: Any) -> SoloEnv:
    def wait(rows: Any, mask: Any) -> Any:
        return np.zeros(len(rows), np.int64)

    world = island(**settings)
    env = SoloEnv(world.config, opponents=wait, slot=slot)
    env.world = world
    env.reset(seed=0)
    return env


def waits(env: ParallelEnv) -> dict[str, int]:
    """Let everybody wait."""
    return dict.fromkeys(env.agents, 0)


def possible(env: ParallelEnv, rng: np.random.Generator) -> dict[str, int]:
    """Return a random possible action for every agent."""
    drawn = nmmo.sample_actions(env.world.mask, rng)
    return {name: int(drawn[int(name.removeprefix("player_"))]) for name in env.agents}
